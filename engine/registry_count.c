/* SPDX-License-Identifier: ISC */
/*
 * The rule registry: live states and counters.
 *
 * Live states are one exact word per row.  Counters are written by one worker
 * each, and summed when read; clearing them keeps the sums of that moment as
 * a base, in one more set behind those of the workers.
 */
#include <errno.h>
#include <string.h>

#include "engine/registry_parts.h"

/*
 * Live states.  Every rule of a row counts them, and so does a set's own row,
 * which they keep alive.
 */
static void
states_drop(struct row *r)
{
	store_relaxed(&r->mark, 1);
	__atomic_fetch_sub(&r->states, 1, __ATOMIC_RELEASE);
}

static bool
states_add(struct row *r)
{
	uint32_t max = load_relaxed(&r->max_states), was;

	was = __atomic_fetch_add(&r->states, 1, __ATOMIC_RELAXED);
	if (max == 0 || was < max)
		return true;
	states_drop(r);
	return false;
}

static struct row_count *
count_at(const struct arena *a, uint32_t set, uint32_t row)
{
	return &a->counts[(size_t)set * a->header->row_max + row];
}

static void
bump(uint64_t *counter, uint64_t n)
{
	store_relaxed(counter, load_relaxed(counter) + n);
}

int
registry_begin(struct arena *a, unsigned worker, uint32_t row)
{
	uint32_t member[ROW_MEMBERS];
	unsigned i, n = registry_members(a, row, member);

	for (i = 0; i < n; i++)
		if (!states_add(row_at(a, member[i])))
			break;
	if (i < n) {
		while (i-- > 0)
			states_drop(row_at(a, member[i]));
		return -ENOSPC;
	}
	if (row_at(a, row)->kind == ROW_SET)
		(void)states_add(row_at(a, row));
	for (i = 0; i < n; i++)
		bump(&count_at(a, worker, member[i])->created, 1);
	return 0;
}

void
registry_end(struct arena *a, unsigned worker, uint32_t row,
    const uint64_t packets[2], const uint64_t bytes[2])
{
	uint32_t member[ROW_MEMBERS];
	unsigned i, dir, n = registry_members(a, row, member);
	struct row_count *c;

	for (i = 0; i < n; i++) {
		c = count_at(a, worker, member[i]);
		for (dir = 0; dir < 2; dir++) {
			bump(&c->packets[dir], packets[dir]);
			bump(&c->bytes[dir], bytes[dir]);
		}
		bump(&c->ended, 1);
		states_drop(row_at(a, member[i]));
	}
	if (row_known(a, row) && row_at(a, row)->kind == ROW_SET)
		states_drop(row_at(a, row));
}

void
registry_abort(struct arena *a, unsigned worker, uint32_t row)
{
	uint32_t member[ROW_MEMBERS];
	unsigned i, n = registry_members(a, row, member);

	for (i = 0; i < n; i++) {
		bump(&count_at(a, worker, member[i])->created, UINT64_MAX);
		states_drop(row_at(a, member[i]));
	}
	if (row_known(a, row) && row_at(a, row)->kind == ROW_SET)
		states_drop(row_at(a, row));
}

void
registry_evaluated(struct arena *a, unsigned worker, uint32_t row)
{
	bump(&count_at(a, worker, row)->evaluations, 1);
}

void
registry_packet(struct arena *a, unsigned worker, uint32_t row, unsigned dir,
    uint32_t bytes)
{
	struct row_count *c = count_at(a, worker, row);

	bump(&c->packets[dir], 1);
	bump(&c->bytes[dir], bytes);
}

uint32_t
registry_states(const struct arena *a, uint32_t row)
{
	return row_known(a, row) ? load_relaxed(&row_at(a, row)->states) : 0;
}

/* Sums; @sign is 1 or, for the base, all ones (minus one). */
static void
sum_add(struct row_count *to, const struct row_count *c, uint64_t sign)
{
	unsigned dir;

	to->evaluations += sign * load_relaxed(&c->evaluations);
	for (dir = 0; dir < 2; dir++) {
		to->packets[dir] += sign * load_relaxed(&c->packets[dir]);
		to->bytes[dir] += sign * load_relaxed(&c->bytes[dir]);
	}
	to->created += sign * load_relaxed(&c->created);
	to->ended += sign * load_relaxed(&c->ended);
}

static void
sum_workers(const struct arena *a, uint32_t row, struct row_count *sum)
{
	uint32_t i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < a->header->worker_max; i++)
		sum_add(sum, count_at(a, i, row), 1);
}

void
registry_sum(const struct arena *a, uint32_t row, struct row_count *sum)
{
	sum_workers(a, row, sum);
	sum_add(sum, count_at(a, a->header->worker_max, row), UINT64_MAX);
}

void
registry_clear(struct arena *a)
{
	uint32_t row;

	for (row = 0; row < load_relaxed(&a->header->row_pool.top); row++)
		if (row_at(a, row)->kind == ROW_RULE)
			sum_workers(a, row,
			    count_at(a, a->header->worker_max, row));
}
