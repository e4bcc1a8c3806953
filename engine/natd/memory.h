/* SPDX-License-Identifier: ISC */
/*
 * The memory of the states: a memfd that holds the arena.
 *
 * Address space is reserved for more records than the limit asks for, so that
 * a reload can raise it; only pages that are touched cost.  Huge pages come
 * from the pool (MFD_HUGETLB) if it has enough for all of it, else the kernel
 * is asked to use transparent ones.
 */
#ifndef ENGINE_NATD_MEMORY_H
#define ENGINE_NATD_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct memory;
struct show_memory;

/*
 * memory_new() - Make an arena
 * @limit: states at most, as pf counts; @nworkers: as the engine's
 * Return: 0 or negative errno.
 */
int memory_new(uint32_t limit, unsigned nworkers, struct memory **);
void memory_free(struct memory *);

struct arena *memory_arena(const struct memory *);

/* memory_limit_max() - The largest limit that fits what was reserved. */
uint32_t memory_limit_max(const struct memory *);

/* memory_show() - Bytes taken and reserved, kind of pages. */
void memory_show(const struct memory *, struct show_memory *);

#endif
