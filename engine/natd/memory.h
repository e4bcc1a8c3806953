/* SPDX-License-Identifier: ISC */
/*
 * The memory of the states, which holds the arena.
 *
 * It is a file beside the control socket (statefile.h), and whoever starts
 * there next goes on with the states in it; or, where there can be no such
 * file, a memfd that ends with the process.
 *
 * Address space is reserved for more records than the limit asks for, so that
 * a reload can raise it.  Pages are had before they are needed, some ahead of
 * what is used and never beyond the limit: when there are none, new states are
 * refused, those there are go on.  Huge pages of a
 * memfd come from the pool (MFD_HUGETLB) if it has enough for all of it, else
 * the kernel is asked to use transparent ones.
 */
#ifndef ENGINE_NATD_MEMORY_H
#define ENGINE_NATD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/statetab.h"

struct arena;
struct memory;
struct show_memory;

struct memory_config {
	const char *path;	/* the file; NULL: a memfd */
	uint32_t limit;		/* states at most, as pf counts */
	unsigned nworkers;	/* as the engine's */
	uint64_t now;		/* ms, of the packets' clock */
};

/* What the file held, and why there is none. */
struct memory_past {
	bool lasting;		/* the states outlive the process */
	bool found;		/* there were some from before */
	struct statetab_rebuilt states;
	char why[128];		/* nothing was taken over, or will be */
};

/*
 * memory_new() - Make an arena, or take over what is in the file
 * What comes of the file is logged.
 * Return: 0 or negative errno; -EBUSY: another natd has the file.
 */
int memory_new(const struct memory_config *, struct memory **);
void memory_free(struct memory *);

/*
 * memory_start() - From now on a thread provides pages
 * Return: 0 or negative errno.  memory_free() ends it.
 */
int memory_start(struct memory *);

/* memory_wake() - It is to look at once: packets ask, or the limit is new. */
void memory_wake(struct memory *);

/*
 * memory_more() - What the thread does, by the caller: provide pages
 * Return: were some refused?
 */
bool memory_more(struct memory *);

/* memory_rows() - Are there pages for so many more rows of the registry? */
bool memory_rows(struct memory *, uint32_t n);

/* memory_tags() - Are there pages for names of tags below @n? @memory's. */
bool memory_tags(void *memory, uint32_t n);

struct arena *memory_arena(const struct memory *);
const struct memory_past *memory_past(const struct memory *);

/* memory_limit_max() - The largest limit that fits what was reserved. */
uint32_t memory_limit_max(const struct memory *);

/* memory_room() - Has the file's file system room for so many states? */
bool memory_room(const struct memory *, uint32_t limit);

/* memory_show() - Bytes taken and reserved, kind of pages. */
void memory_show(const struct memory *, struct show_memory *);

#endif
