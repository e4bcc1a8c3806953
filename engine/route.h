/* SPDX-License-Identifier: ISC */
/*
 * Longest-prefix match over a fixed set of routes.
 *
 * The set never changes, so nested prefixes are flattened when it is built:
 * the address space becomes a row of ranges, each with the route that is the
 * longest match in all of it, and a lookup is a binary search in an array (of
 * 4 bytes per range for IPv4).  An index over the upper bits of IPv4
 * addresses, about as large as the number of ranges, leaves it a few steps.
 * n routes make at most 2n + 1 ranges.
 *
 * Immutable once built; any number of threads may look up.
 */
#ifndef ENGINE_ROUTE_H
#define ENGINE_ROUTE_H

#include <stdint.h>

#include "engine/ifset.h"

struct route_table;

/*
 * route_table_new() - Build; of two routes with one prefix the first counts
 * Return: the table, or NULL: no memory.
 */
struct route_table *route_table_new(const struct route *, uint32_t n);
void route_table_free(struct route_table *);

/* route_lookup() - The longest match, or NULL; lives as long as the table. */
const struct route *route_lookup(const struct route_table *, uint8_t af,
    const struct addr *dst);

#endif
