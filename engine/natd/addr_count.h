/* SPDX-License-Identifier: ISC */
/*
 * How many addresses stand behind a name in a rule: <table:12>, (em0:2).
 */
#ifndef ENGINE_NATD_ADDR_COUNT_H
#define ENGINE_NATD_ADDR_COUNT_H

#include <stdint.h>

struct natd;
struct rule_addr;

/*
 * addr_count() - Addresses in a table, or of a dynamic interface address
 * @af: of this family only; 0: of both
 *
 * Control's thread.  Return: the number; -1: no such table or interface now.
 */
int addr_count(const struct natd *, const struct rule_addr *, uint8_t af);

#endif
