/* SPDX-License-Identifier: ISC */
/*
 * Names of interface groups.  The kernel knows a group of each interface, as
 * a number; ip(8) has names for them in a file of its own, and so have rules.
 */
#ifndef ENGINE_IO_IFGROUP_H
#define ENGINE_IO_IFGROUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * ifgroup_name() - The name that the administrator gave a group
 * @name: gets it, or nothing: group 0 is that of all that have none, others
 *	need not have a name
 *
 * Reads /etc/iproute2/group, or /usr/share/iproute2/group if that is not
 * there.
 */
void ifgroup_name(uint32_t group, char *name, size_t len);

#endif
