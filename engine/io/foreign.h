/* SPDX-License-Identifier: ISC */
/*
 * Who else translates addresses in this network namespace: tables of
 * nf_tables that are not natd's, and those of the older iptables.  They are
 * only read.
 */
#ifndef ENGINE_IO_FOREIGN_H
#define ENGINE_IO_FOREIGN_H

#include <stddef.h>

#define FOREIGN_LEN 256

/*
 * foreign_nat() - Call @fn with the name of each table that translates
 * @fn: gets "table ip nat, chain POSTROUTING: masquerade"; all chains of a
 *	table in one call
 *
 * A chain that could translate and has no such rule is none.  Needs
 * CAP_NET_ADMIN.  Return: 0 or negative errno, what was found before it said.
 */
int foreign_nat(void (*fn)(void *arg, const char *what), void *arg);

#endif
