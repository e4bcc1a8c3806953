/* SPDX-License-Identifier: ISC */
#include "engine/natd/table_live.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/natd/daemon.h"
#include "engine/natd/memory.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "engine/registry.h"
#include "engine/tabhits.h"
#include "engine/table.h"
#include "engine/view.h"

struct table_live {
	time_t when;
	uint32_t nr;
	struct cell_counts *all;	/* by table */
	struct cell_counts *v;		/* of @nr, by cell */
	uint32_t nall, n;
};

struct table_live *
table_live_new(void)
{
	return calloc(1, sizeof(struct table_live));
}

void
table_live_free(struct table_live *l)
{
	if (l == NULL)
		return;
	free(l->all);
	free(l->v);
	free(l);
}

/* Line @i of an array that grows; NULL: no memory. */
static struct cell_counts *
counts_of(struct cell_counts **to, uint32_t *have, uint32_t i)
{
	struct cell_counts *v;
	size_t n;

	if (i >= *have) {
		n = (size_t)i + i / 2 + 64;
		if ((v = reallocarray(*to, n, sizeof(*v))) == NULL)
			return NULL;
		memset(v + *have, 0, (n - *have) * sizeof(*v));
		*to = v;
		*have = (uint32_t)n;
	}
	return &(*to)[i];
}

/* What lives for a cell of the table that was looked at, or a whole table. */
static struct cell_counts *
live_of(const struct table_live *l, uint32_t nr, uint32_t cell)
{
	if (cell == CELL_NONE)
		return nr < l->nall ? &l->all[nr] : NULL;
	return nr == l->nr && cell < l->n ? &l->v[cell] : NULL;
}

static void
add(struct cell_counts *to, const struct state_view *v, unsigned op)
{
	unsigned side;

	for (side = 0; to != NULL && side < 2; side++) {
		to->packets[v->dir ^ side][op] += v->packets[side];
		to->bytes[v->dir ^ side][op] += v->bytes[side];
	}
}

/* The entry that holds an address of the state, as tabhits.c finds it. */
static void
count_side(struct table_live *l, const struct table_set *set, uint32_t nr,
    const struct state_view *v, unsigned side, unsigned op)
{
	const struct addr *const a[2] = {
		side == 0 ? &v->orig_src.addr : &v->orig_dst.addr,
		side == 0 ? &v->reply_dst.addr : &v->reply_src.addr,
	};
	struct table_ent e;
	uint32_t cell;
	unsigned i;

	for (i = 0; i < 2; i++)
		if (table_test(set, nr, v->af, a[i], &e) && !e.neg)
			break;
	add(counts_of(&l->all, &l->nall, nr), v, i < 2 ? op : CELL_XPASS);
	if (i == 2 || nr != l->nr)
		return;
	cell = table_cell(set, nr, e.af, &e.addr, e.plen);
	if (cell != CELL_NONE)
		add(counts_of(&l->v, &l->n, cell), v, op);
}

static void
count_state(struct table_live *l, const struct natd *natd,
    const struct state_view *v)
{
	uint32_t member[ROW_MEMBERS];
	struct tabhit h;
	unsigned i, n, side;

	n = registry_members(memory_arena(natd->memory), v->row, member);
	for (i = 0; i < n; i++) {
		if (!tabhits_row(natd->engine, member[i], &h))
			continue;
		for (side = 0; side < 2; side++)
			if (h.table[side] != TABLE_NONE)
				count_side(l, tables_set(natd->tables),
				    h.table[side], v, side, h.op);
	}
}

void
table_live_look(const struct natd *natd, uint32_t nr, bool again)
{
	struct table_live *l = natd->table_live;
	struct state_view v[2];
	struct timespec ts;
	uint32_t i, limit = view_limit(natd->engine), wall;
	uint64_t ms;
	unsigned j, n;

	if (table_cells(tables_set(natd->tables), nr) == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (again && l->when == ts.tv_sec && l->nr == nr)
		return;
	l->when = ts.tv_sec;
	l->nr = nr;
	if (l->nall > 0)
		memset(l->all, 0, l->nall * sizeof(*l->all));
	if (l->n > 0)
		memset(l->v, 0, l->n * sizeof(*l->v));
	workers_time(natd->workers, &ms, &wall);
	for (i = 0; i < limit; i++) {
		n = view_record(natd->engine, i, ms, wall, v);
		for (j = 0; j < n; j++)
			count_state(l, natd, &v[j]);
	}
}

/* How far a number is below zero, as something to add. */
static uint64_t
below(uint64_t n)
{
	return (int64_t)n < 0 ? -n : 0;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* All that was counted, over or not; less than nothing: see settle(). */
static void
get(const struct table_live *l, const struct cells *c, uint32_t nr,
    uint32_t cell, struct cell_counts *out)
{
	const struct cell_counts *live = live_of(l, nr, cell);
	unsigned dir, op;

	cells_get(c, cell, out);
	for (dir = 0; live != NULL && dir < 2; dir++)
		for (op = 0; op < CELL_OPS; op++) {
			out->packets[dir][op] += live->packets[dir][op];
			out->bytes[dir][op] += live->bytes[dir][op];
		}
}

void
table_live_get(const struct natd *natd, uint32_t nr, uint32_t cell,
    struct cell_counts *out)
{
	const struct cells *c = table_cells(tables_set(natd->tables), nr);
	unsigned dir, op;

	memset(out, 0, sizeof(*out));
	if (c == NULL)
		return;
	get(natd->table_live, c, nr, cell, out);
	for (dir = 0; dir < 2; dir++)
		for (op = 0; op < CELL_OPS; op++) {
			out->packets[dir][op] += below(out->packets[dir][op]);
			out->bytes[dir][op] += below(out->bytes[dir][op]);
		}
}

/*
 * What is over is taken off before the living are looked at: a state that ends
 * between the two is counted then, and not twice.
 */
static void
zero(struct table_live *l, struct cells *c, uint32_t cell)
{
	struct cell_counts had;

	(void)l;
	cells_get(c, cell, &had);
	cells_adjust(c, cell, &had, -1);
}

/* The living, so far; once, also if an entry is named again. */
static void
take_live(struct table_live *l, struct cells *c, uint32_t cell)
{
	struct cell_counts *live = live_of(l, l->nr, cell);

	if (live == NULL)
		return;
	cells_adjust(c, cell, live, -1);
	memset(live, 0, sizeof(*live));
	l->when = 0;		/* nobody is to show what is left of it */
}

typedef void zero_fn(struct table_live *, struct cells *, uint32_t cell);

static void
each(const struct natd *natd, uint32_t nr, const struct table_ent *v,
    size_t n, zero_fn *fn)
{
	const struct table_set *set = tables_set(natd->tables);
	struct cells *c = table_cells(set, nr);
	struct table_ent e;
	uint32_t cell;
	size_t i;
	bool more;

	for (i = 0; i < n; i++) {
		cell = table_cell(set, nr, v[i].af, &v[i].addr, v[i].plen);
		if (cell != CELL_NONE && table_get(set, nr, v[i].af,
		    &v[i].addr, v[i].plen, &e) && e.neg == v[i].neg)
			fn(natd->table_live, c, cell);
	}
	if (n > 0)
		return;
	fn(natd->table_live, c, CELL_NONE);
	for (more = table_next(set, nr, NULL, &e); more;
	    more = table_next(set, nr, &e, &e)) {
		cell = table_cell(set, nr, e.af, &e.addr, e.plen);
		if (cell != CELL_NONE)
			fn(natd->table_live, c, cell);
	}
}

void
table_live_zero(const struct natd *natd, uint32_t nr,
    const struct table_ent *v, size_t n)
{
	if (table_cells(tables_set(natd->tables), nr) == NULL)
		return;
	each(natd, nr, v, n, zero);
	table_live_look(natd, nr, false);
	each(natd, nr, v, n, take_live);
	cells_set_owe(table_cells(tables_set(natd->tables), nr), true);
}

/*
 * What was taken off for states that live comes back when they end; but not
 * there, or not at all, if meanwhile their address or their rule went.
 */
static void
settle(struct table_live *l, struct cells *c, uint32_t cell)
{
	struct cell_counts n, by = { 0 };
	const struct cell_counts *live = live_of(l, l->nr, cell);
	uint64_t packets, bytes;
	unsigned dir, op;

	get(l, c, l->nr, cell, &n);
	for (dir = 0; dir < 2; dir++) {
		packets = bytes = 0;
		for (op = 0; op < CELL_XPASS; op++) {
			by.packets[dir][op] = below(n.packets[dir][op]);
			by.bytes[dir][op] = below(n.bytes[dir][op]);
			packets += by.packets[dir][op];
			bytes += by.bytes[dir][op];
		}
		if (cell != CELL_NONE || live == NULL)
			continue;
		/* of an address that went: taken off where it will come */
		by.packets[dir][op] = below(n.packets[dir][op]) -
		    least(packets, live->packets[dir][op]);
		by.bytes[dir][op] = below(n.bytes[dir][op]) -
		    least(bytes, live->bytes[dir][op]);
	}
	cells_adjust(c, cell, &by, 1);
}

/* Nothing lives that could leave a debt. */
static bool
is_quiet(const struct table_live *l)
{
	static const struct cell_counts none;
	const struct cell_counts *all = live_of(l, l->nr, CELL_NONE);

	return all == NULL || memcmp(all, &none, sizeof(none)) == 0;
}

void
table_live_settle(const struct natd *natd)
{
	const struct table_set *set = tables_set(natd->tables);
	struct cells *c;
	uint32_t nr;

	for (nr = table_next_nr(set, 0); nr != TABLE_NONE;
	    nr = table_next_nr(set, nr + 1)) {
		if (table_name(set, nr) == NULL ||
		    (c = table_cells(set, nr)) == NULL || !cells_owe(c))
			continue;
		table_live_look(natd, nr, false);
		each(natd, nr, NULL, 0, settle);
		cells_set_owe(c, !is_quiet(natd->table_live));
	}
}
