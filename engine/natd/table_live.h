/* SPDX-License-Identifier: ISC */
/*
 * Traffic of states that still live, by the entries of a table with counters.
 *
 * What a worker has counted comes from states that are over; this walks those
 * that are not: for all tables as a whole, and the entries of one at a time.
 * Control's thread.
 */
#ifndef ENGINE_NATD_TABLE_LIVE_H
#define ENGINE_NATD_TABLE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cells.h"

struct natd;
struct table_ent;
struct table_live;

struct table_live *table_live_new(void);
void table_live_free(struct table_live *);

/*
 * table_live_look() - Look at the states, before table_live_get()
 * @again: no need to, if this table was looked at within the last second
 *
 * A state that ends between the two is counted twice: look first, then get
 * all that is wanted.
 */
void table_live_look(const struct natd *, uint32_t nr, bool again);

/*
 * table_live_get() - All that was counted, over or not
 * @cell: of table @nr, which was looked at; CELL_NONE: of any, as a whole
 *
 * Zeros if the table has no counters.
 */
void table_live_get(const struct natd *, uint32_t nr, uint32_t cell,
    struct cell_counts *);

/*
 * table_live_zero() - Begin to count anew
 * @v: @n entries; 0: all, and the table as a whole
 */
void table_live_zero(const struct natd *, uint32_t nr,
    const struct table_ent *v, size_t n);

/*
 * table_live_settle() - After entries or rules have changed
 *
 * Begins to count anew what was zeroed under states that, as of now, end up
 * elsewhere.  Looks at the states only if there may be such a table.
 */
void table_live_settle(const struct natd *);

#endif
