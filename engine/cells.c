/* SPDX-License-Identifier: ISC */
/*
 * Chunk k holds 64 << k cells, so that a number says where its cell is:
 *
 *	number	0 .. 63		64 .. 191	192 .. 447	...
 *	chunk	0		1		2
 *
 * Cells at rest form a queue by their `next', the oldest first.
 */
#include "engine/cells.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define CHUNK_MIN 64u
#define CHUNKS 26		/* some 2^32 cells */

struct cell {
	_Atomic uint64_t packets[2][CELL_XPASS], bytes[2][CELL_XPASS];
	uint32_t when;
	uint32_t next;		/* at rest */
};

struct cells {
	_Atomic(struct cell *) chunk[CHUNKS];
	_Atomic uint64_t packets[2][CELL_OPS], bytes[2][CELL_OPS];
	/* the writer's */
	uint32_t n;		/* numbers below have been used */
	uint32_t oldest, newest; /* at rest, CELL_NONE: none */
	uint64_t *gen;		/* by number: when it went to rest */
	uint32_t ngen;
	bool owe;
};

struct cells *
cells_new(void)
{
	struct cells *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->oldest = c->newest = CELL_NONE;
	return c;
}

void
cells_free(struct cells *c)
{
	unsigned i;

	if (c == NULL)
		return;
	for (i = 0; i < CHUNKS; i++)
		free(atomic_load(&c->chunk[i]));
	free(c->gen);
	free(c);
}

size_t
cells_bytes(const struct cells *c)
{
	size_t n = c == NULL ? 0 : sizeof(*c) + c->ngen * sizeof(*c->gen);
	unsigned k;

	for (k = 0; c != NULL && k < CHUNKS; k++)
		if (atomic_load(&c->chunk[k]) != NULL)
			n += ((size_t)CHUNK_MIN << k) * sizeof(struct cell);
	return n;
}

static unsigned
chunk_of(uint32_t nr)
{
	return 57 - (unsigned)__builtin_clzll((uint64_t)nr + CHUNK_MIN);
}

static struct cell *
cell_at(const struct cells *c, uint32_t nr)
{
	unsigned k = chunk_of(nr);
	struct cell *v = atomic_load_explicit(&c->chunk[k],
	    memory_order_acquire);

	return &v[nr + CHUNK_MIN - ((uint64_t)CHUNK_MIN << k)];
}

static uint32_t
take_rested(struct cells *c, uint64_t freed)
{
	struct cell_counts old;
	uint32_t nr = c->oldest;

	if (nr == CELL_NONE || c->gen[nr] > freed)
		return CELL_NONE;
	c->oldest = cell_at(c, nr)->next;
	if (c->oldest == CELL_NONE)
		c->newest = CELL_NONE;
	cells_get(c, nr, &old);
	cells_adjust(c, nr, &old, -1);
	return nr;
}

uint32_t
cells_take(struct cells *c, uint64_t freed)
{
	uint32_t nr = take_rested(c, freed);
	unsigned k = chunk_of(c->n);
	struct cell *v;

	if (nr != CELL_NONE)
		return nr;
	if (c->n == CELL_NONE)
		return CELL_NONE;
	if (atomic_load(&c->chunk[k]) == NULL) {
		v = calloc((size_t)CHUNK_MIN << k, sizeof(*v));
		if (v == NULL)
			return CELL_NONE;
		atomic_store_explicit(&c->chunk[k], v, memory_order_release);
	}
	return c->n++;
}

void
cells_rest(struct cells *c, uint32_t nr, uint64_t gen)
{
	uint32_t want;
	uint64_t *v;

	if (nr >= c->ngen) {
		want = c->n + c->n / 2;
		if ((v = reallocarray(c->gen, want, sizeof(*v))) == NULL)
			return;		/* it stays behind */
		c->gen = v;
		c->ngen = want;
	}
	c->gen[nr] = gen;
	cell_at(c, nr)->next = CELL_NONE;
	if (c->newest == CELL_NONE)
		c->oldest = nr;
	else
		cell_at(c, c->newest)->next = nr;
	c->newest = nr;
}

uint32_t
cells_when(const struct cells *c, uint32_t nr)
{
	return cell_at(c, nr)->when;
}

void
cells_set_when(struct cells *c, uint32_t nr, uint32_t when)
{
	cell_at(c, nr)->when = when;
}

bool
cells_owe(const struct cells *c)
{
	return c->owe;
}

void
cells_set_owe(struct cells *c, bool owe)
{
	c->owe = owe;
}

static void
add(_Atomic uint64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void
cells_add(struct cells *c, uint32_t nr, unsigned dir, enum cell_op op,
    uint64_t packets, uint64_t bytes)
{
	struct cell *cell;

	add(&c->packets[dir][op], packets);
	add(&c->bytes[dir][op], bytes);
	if (nr == CELL_NONE || op == CELL_XPASS)
		return;
	cell = cell_at(c, nr);
	add(&cell->packets[dir][op], packets);
	add(&cell->bytes[dir][op], bytes);
}

/* Where a number stands; NULL: not kept. */
static _Atomic uint64_t *
place(const struct cells *c, uint32_t nr, bool bytes, unsigned dir,
    unsigned op)
{
	struct cells *all = (struct cells *)(uintptr_t)c;
	struct cell *cell;

	if (nr == CELL_NONE)
		return bytes ? &all->bytes[dir][op] : &all->packets[dir][op];
	if (op == CELL_XPASS)
		return NULL;
	cell = cell_at(c, nr);
	return bytes ? &cell->bytes[dir][op] : &cell->packets[dir][op];
}

static uint64_t
value(const _Atomic uint64_t *at)
{
	return at == NULL ? 0 : atomic_load_explicit(at,
	    memory_order_relaxed);
}

void
cells_get(const struct cells *c, uint32_t nr, struct cell_counts *out)
{
	unsigned dir, op;

	for (dir = 0; dir < 2; dir++)
		for (op = 0; op < CELL_OPS; op++) {
			out->packets[dir][op] = value(place(c, nr, false, dir,
			    op));
			out->bytes[dir][op] = value(place(c, nr, true, dir,
			    op));
		}
}

void
cells_adjust(struct cells *c, uint32_t nr, const struct cell_counts *by,
    int sign)
{
	unsigned dir, op;

	for (dir = 0; dir < 2; dir++)
		for (op = 0; op < (nr == CELL_NONE ? CELL_OPS : CELL_XPASS);
		    op++) {
			add(place(c, nr, false, dir, op), (uint64_t)sign *
			    by->packets[dir][op]);
			add(place(c, nr, true, dir, op), (uint64_t)sign *
			    by->bytes[dir][op]);
		}
}
