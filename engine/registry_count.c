/* SPDX-License-Identifier: ISC */
/*
 * The rule registry: live states and counters.
 *
 * Counters are written by one worker each, and summed when read; clearing them
 * keeps the sums of that moment as a base, in one more set behind those of the
 * workers.
 *
 * Live states are what was created less what has ended, over all workers: so a
 * first packet changes no word that others change as well.  Who sums reads all
 * ends before all beginnings.  A state's beginning was written before its end
 * could be, so the difference is never less than what lived at the moment
 * between, and a row that comes out at none had none.  Only rules with `max`
 * have an exact word beside that, which says whether one more is allowed.
 */
#include <errno.h>
#include <string.h>

#include "engine/registry_parts.h"

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

/* Take one of the states that a rule's `max` allows. */
static bool
limit_take(struct row *r)
{
	uint32_t max = load_relaxed(&r->max_states);

	if (max == 0 ||
	    __atomic_fetch_add(&r->limited, 1, __ATOMIC_RELAXED) < max)
		return true;
	__atomic_fetch_sub(&r->limited, 1, __ATOMIC_RELAXED);
	return false;
}

static void
limit_give(struct row *r)
{
	if (load_relaxed(&r->max_states) != 0)
		__atomic_fetch_sub(&r->limited, 1, __ATOMIC_RELAXED);
}

/* A row has a state less; it stays until the next collection. */
static void
row_less(struct row *r, uint64_t *counter, uint64_t n)
{
	limit_give(r);
	store_relaxed(&r->mark, 1);
	store_release(counter, load_relaxed(counter) + n);
}

/*
 * rules_of() - The rules of a row: a set's members, or *@row if it is a rule
 *
 * A set's own row counts its states as well, which keep it alive.
 */
static unsigned
rules_of(const struct arena *a, const uint32_t *row, const uint32_t **rule)
{
	const struct row *r = row_at(a, *row);
	unsigned kind = registry_kind(a, *row);

	*rule = kind == ROW_SET ? r->member : row;
	return kind == ROW_SET ? r->n : kind == ROW_RULE;
}

int
registry_begin(struct arena *a, unsigned worker, uint32_t row)
{
	struct row_count *c = count_at(a, worker, 0);
	const uint32_t *rule;
	unsigned i, n = rules_of(a, &row, &rule);

	for (i = 0; i < n; i++)
		if (!limit_take(row_at(a, rule[i])))
			break;
	if (i < n) {
		while (i-- > 0)
			limit_give(row_at(a, rule[i]));
		return -ENOSPC;
	}
	for (i = 0; i < n; i++)
		bump(&c[rule[i]].created, 1);
	if (rule != &row)
		bump(&c[row].created, 1);
	return 0;
}

void
registry_end(struct arena *a, unsigned worker, uint32_t row,
    const uint64_t packets[2], const uint64_t bytes[2])
{
	struct row_count *counts = count_at(a, worker, 0), *c;
	const uint32_t *rule;
	unsigned i, dir, n = rules_of(a, &row, &rule);

	for (i = 0; i < n; i++) {
		c = &counts[rule[i]];
		for (dir = 0; dir < 2; dir++) {
			bump(&c->packets[dir], packets[dir]);
			bump(&c->bytes[dir], bytes[dir]);
		}
		row_less(row_at(a, rule[i]), &c->ended, 1);
	}
	if (rule != &row)
		row_less(row_at(a, row), &counts[row].ended, 1);
}

void
registry_abort(struct arena *a, unsigned worker, uint32_t row)
{
	struct row_count *c = count_at(a, worker, 0);
	const uint32_t *rule;
	unsigned i, n = rules_of(a, &row, &rule);

	for (i = 0; i < n; i++)
		row_less(row_at(a, rule[i]), &c[rule[i]].created, UINT64_MAX);
	if (rule != &row)
		row_less(row_at(a, row), &c[row].created, UINT64_MAX);
}

struct row_count *
registry_counts(struct arena *a, unsigned worker)
{
	return count_at(a, worker, 0);
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
	uint32_t i, n = a->header->worker_max;
	uint64_t live = 0;

	if (!row_known(a, row))
		return 0;
	for (i = 0; i < n; i++)
		live -= load_acquire(&count_at(a, i, row)->ended);
	for (i = 0; i < n; i++)
		live += load_acquire(&count_at(a, i, row)->created);
	return (uint32_t)live;
}

void
registry_states_set(struct arena *a, uint32_t row, uint32_t live)
{
	bump(&count_at(a, 0, row)->ended,
	    (uint64_t)registry_states(a, row) - live);
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
