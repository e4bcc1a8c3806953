/* SPDX-License-Identifier: ISC */
/*
 * The rule registry after the process was killed: rows that are not whole are
 * dropped, everything else follows from the rows and the live records.
 */
#include <string.h>

#include "engine/registry_parts.h"
#include "engine/statetab.h"

/* Is this a further row that nobody has claimed?  Claim it. */
static bool
claim(struct arena *a, uint32_t row)
{
	if (!row_known(a, row) || row_at(a, row)->kind != ROW_MORE ||
	    row_at(a, row)->mark != 0)
		return false;
	row_at(a, row)->mark = 1;
	return true;
}

static bool
rule_whole(struct arena *a, const struct row *r)
{
	uint32_t more = r->more, left;

	if (r->n > ROW_TEXT_MAX)
		return false;
	for (left = r->n; left > ROW_TEXT; left -= ROW_TEXT) {
		if (!claim(a, more))
			return false;
		more = row_at(a, more)->more;
	}
	return more == ROW_NONE;
}

/* Own timeouts are kept if both rows are there, else the global ones hold. */
static void
timeouts_check(struct arena *a, struct row *r)
{
	uint32_t second;

	if (r->timeouts == ROW_NONE)
		return;
	if (claim(a, r->timeouts) &&
	    claim(a, second = row_at(a, r->timeouts)->more))
		row_at(a, second)->more = ROW_NONE;
	else
		r->timeouts = ROW_NONE;
}

static bool
set_whole(const struct arena *a, const struct row *r)
{
	uint32_t i;

	if (r->n < 2 || r->n > ROW_MEMBERS)
		return false;
	for (i = 0; i < r->n; i++)
		if (registry_kind(a, r->member[i]) != ROW_RULE)
			return false;
	return true;
}

static void
rebuild_rules(struct arena *a)
{
	struct row *r;
	uint32_t row;

	for (row = 0; row < a->header->row_pool.top; row++) {
		r = row_at(a, row);
		r->limited = r->programs = r->mark = 0;
	}
	for (row = 0; row < a->header->row_pool.top; row++) {
		r = row_at(a, row);
		if (r->kind != ROW_RULE)
			continue;
		if (rule_whole(a, r))
			timeouts_check(a, r);
		else
			r->kind = ROW_FREE;
	}
}

static void
rebuild_sets(struct arena *a)
{
	struct row *r;
	uint32_t row, i;

	for (row = 0; row < a->header->row_pool.top; row++) {
		r = row_at(a, row);
		if (r->kind != ROW_SET)
			continue;
		if (!set_whole(a, r)) {
			r->kind = ROW_FREE;
			continue;
		}
		r->more = r->timeouts = ROW_NONE;
		for (i = 0; i < r->n; i++)
			row_at(a, r->member[i])->programs++;
	}
}

/* Index and free list; further rows that nobody claimed are free. */
static void
rebuild_index(struct arena *a)
{
	struct row *r;
	uint32_t row;

	memset(a->rowheads, 0, a->header->rowheads * sizeof(*a->rowheads));
	a->header->row_pool.head = 0;
	for (row = 0; row < a->header->row_pool.top; row++) {
		r = row_at(a, row);
		if (r->kind == ROW_RULE || r->kind == ROW_SET)
			registry_index_add(a, row);
		else if (r->kind != ROW_MORE || r->mark == 0)
			registry_row_put(a, row);
		r->mark = 0;
	}
}

static void
rebuild_states(struct arena *a)
{
	uint32_t member[ROW_MEMBERS], index, row;
	struct cold *c;
	unsigned half, i, n;

	for (index = 0; index < arena_top(a); index++) {
		if (!statetab_live(a, index))
			continue;
		c = arena_cold(a, index);
		for (half = 0; half < 2; half++) {
			n = registry_members(a, c->row[half], member);
			if (n == 0) {
				c->row[half] = ARENA_NONE;
				continue;
			}
			for (i = 0; i < n; i++)
				row_at(a, member[i])->limited++;
			if (row_at(a, c->row[half])->kind == ROW_SET)
				row_at(a, c->row[half])->limited++;
		}
	}
	for (row = 0; row < a->header->row_pool.top; row++)
		registry_states_set(a, row, row_at(a, row)->limited);
}

void
registry_rebuild(struct arena *a)
{
	struct arena_header *h = a->header;

	h->row_lock = 0;
	rebuild_rules(a);
	rebuild_sets(a);
	rebuild_index(a);
	rebuild_states(a);
}
