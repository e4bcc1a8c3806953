/* SPDX-License-Identifier: ISC */
/*
 * What the registry's files share.  Callers of the functions have the lock,
 * or are alone.
 */
#ifndef ENGINE_REGISTRY_PARTS_H
#define ENGINE_REGISTRY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"
#include "engine/fast/atomic.h"
#include "engine/registry.h"

static inline struct row *
row_at(const struct arena *a, uint32_t row)
{
	return &a->rows[row];
}

/* row_known() - Has this row ever been used? */
static inline bool
row_known(const struct arena *a, uint32_t row)
{
	return row < load_relaxed(&a->header->row_pool.top);
}

/* registry_row_put() - Put a row into the free list. */
void registry_row_put(struct arena *, uint32_t row);

/* registry_index_add() - Make a rule or a set findable by its id. */
void registry_index_add(struct arena *, uint32_t row);

/* registry_states_set() - So many states of a row live; nobody counts. */
void registry_states_set(struct arena *, uint32_t row, uint32_t live);

#endif
