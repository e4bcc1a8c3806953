/* SPDX-License-Identifier: ISC */
/*
 * Ending source nodes.
 */
#ifndef ENGINE_NATD_SOURCES_H
#define ENGINE_NATD_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

struct filter;
struct natd;

/*
 * sources_kill() - End the source nodes that a filter matches; NULL: all
 * @dry: count only
 *
 * Their states stay.  Return: how many.
 */
uint64_t sources_kill(struct natd *, const struct filter *, bool dry);

#endif
