/* SPDX-License-Identifier: ISC */
/*
 * What the files of the arena share.
 */
#ifndef ENGINE_ARENA_PARTS_H
#define ENGINE_ARENA_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/arena.h"

#define ARENA_PAGE 4096u

/* arena_plan_header() - Fill sizes and offsets; the total, or 0. */
size_t arena_plan_header(struct arena_header *, const struct arena_config *);

/* arena_ask() - Note that more memory is wanted. */
static inline void
arena_ask(uint32_t *asked)
{
	if (load_relaxed(asked) == ASKED_NOT)
		store_relaxed(asked, ASKED);
}

#endif
