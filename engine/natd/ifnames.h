/* SPDX-License-Identifier: ISC */
/*
 * The engine's numbers of interfaces, by name: 1 and up.
 *
 * An interface keeps its number as long as there is room.  Hosts of
 * containers make interfaces without end; when all numbers are given away,
 * that of the one seen last the longest ago goes to another.
 */
#ifndef ENGINE_NATD_IFNAMES_H
#define ENGINE_NATD_IFNAMES_H

#include <stdint.h>

#include "engine/ifset.h"

struct ifnames {
	uint16_t n;		/* [1 .. n] */
	uint32_t turn;
	uint32_t seen[IFACE_MAX];
	char (*name)[IFACE_NAMELEN]; /* [IFACE_MAX], the caller's */
};

/*
 * ifnames_init() - Numbers of an earlier process go on
 * @name: [IFACE_MAX] names, which states outlive; zeros if there were none
 */
void ifnames_init(struct ifnames *, char (*name)[IFACE_NAMELEN]);

/* ifnames_turn() - A new look at the interfaces begins. */
void ifnames_turn(struct ifnames *);

/* ifnames_get() - Number of a name; 0: more than IFACE_MAX at once. */
uint16_t ifnames_get(struct ifnames *, const char *name);

#endif
