/* SPDX-License-Identifier: ISC */
/*
 * Where the arena's regions lie, and which of their memory is there.
 *
 * Regions follow each other at page boundaries, in the order of enum
 * arena_region; the header says where they lie, so that a later build with
 * other proportions still opens an older arena.
 *
 * What the records up to an index need is the beginning of several regions:
 *
 *	buckets ######....|overflow ####....
 *	lines   ###########............
 *	cold    ######.................
 *
 * and what rows need the beginning of each worker's counters.
 */
#include <string.h>

#include "engine/arena.h"
#include "engine/arena_parts.h"
#include "engine/registry.h"

#define ROWS_DEFAULT 65536u

_Static_assert(sizeof(struct arena_header) <= ARENA_PAGE,
    "the header is one page, which may be a BPF map");

static uint32_t
bucket_max(uint32_t records)
{
	uint32_t n = records / (ARENA_LOAD / 2) + 1;

	return n < ARENA_BUCKETS_MIN ? ARENA_BUCKETS_MIN : n;
}

static uint32_t
power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

/* How many of @n buckets may have to go on elsewhere. */
static uint32_t
overflow_max(uint32_t n)
{
	return n / 4 + 64;
}

size_t
arena_plan_header(struct arena_header *h, const struct arena_config *c)
{
	uint64_t at = 0;
	unsigned i;

	if (c->record_max == 0 || c->record_max > ARENA_RECORDS_MAX ||
	    c->ext_max > ARENA_RECORDS_MAX || c->row_max > 1u << 24 ||
	    c->worker_max > 1024)
		return 0;
	h->fast.record_max = c->record_max;
	h->fast.bucket_max = bucket_max(c->record_max);
	h->overflow_max = overflow_max(h->fast.bucket_max);
	h->ext_max = c->ext_max != 0 ? c->ext_max : c->record_max;
	h->row_max = c->row_max != 0 ? c->row_max : ROWS_DEFAULT;
	h->worker_max = c->worker_max != 0 ? c->worker_max : ARENA_WORKERS_MAX;
	h->rowheads = power_of_two(h->row_max);
	h->size[REGION_HEADER] = sizeof(*h);
	h->size[REGION_BUCKETS] = ((uint64_t)h->fast.bucket_max +
	    h->overflow_max) * sizeof(struct bucket);
	h->size[REGION_LINES] = (uint64_t)c->record_max * 2 *
	    sizeof(struct line);
	h->size[REGION_COLD] = (uint64_t)c->record_max * sizeof(struct cold);
	h->size[REGION_EXT] = (uint64_t)h->ext_max * sizeof(struct ext);
	h->size[REGION_ROWS] = (uint64_t)h->row_max * sizeof(struct row);
	h->size[REGION_ROWHEADS] = (uint64_t)h->rowheads * sizeof(uint32_t);
	h->size[REGION_COUNTS] = ((uint64_t)h->worker_max + 1) * h->row_max *
	    sizeof(struct row_count);
	h->size[REGION_IFACES] = (uint64_t)ARENA_IFACES * ARENA_NAMELEN;
	h->size[REGION_TAGS] = (uint64_t)ARENA_TAGS * ARENA_TAGLEN;
	h->size[REGION_OWN] = sizeof(struct arena_own);
	for (i = 0; i < REGION_MAX; i++) {
		h->offset[i] = at;
		at += (h->size[i] + ARENA_PAGE - 1) & ~(uint64_t)(ARENA_PAGE - 1);
	}
	return (size_t)at;
}

size_t
arena_plan(const struct arena_config *c, uint64_t offset[REGION_MAX],
    uint64_t size[REGION_MAX])
{
	struct arena_header h;
	size_t total;

	memset(&h, 0, sizeof(h));
	if ((total = arena_plan_header(&h, c)) == 0)
		return 0;
	memcpy(offset, h.offset, sizeof(h.offset));
	memcpy(size, h.size, sizeof(h.size));
	return total;
}

size_t
arena_size(const struct arena_config *c)
{
	uint64_t offset[REGION_MAX], size[REGION_MAX];

	return arena_plan(c, offset, size);
}

/* Buckets for so many records. */
static uint32_t
buckets_for(const struct arena_header *h, uint32_t records)
{
	uint32_t n = bucket_max(records);

	return n < h->fast.bucket_max ? n : h->fast.bucket_max;
}

static uint32_t
overflow_for(const struct arena_header *h, uint32_t records)
{
	uint32_t n = overflow_max(buckets_for(h, records));

	return n < h->overflow_max ? n : h->overflow_max;
}

/* Whoever walks the pieces, and where the walk is. */
struct walk {
	const struct arena_header *h;
	uint32_t from, to;
	int (*fn)(void *, uint64_t, uint64_t);
	void *arg;
};

/* Those of a region, @first before the first of them, of @each bytes. */
static int
piece(const struct walk *w, enum arena_region r, uint64_t first, size_t each)
{
	if (w->from >= w->to)
		return 0;
	return w->fn(w->arg, w->h->offset[r] + (first + w->from) * each,
	    (uint64_t)(w->to - w->from) * each);
}

/* Buckets and their overflow. */
static int
bucket_pieces(const struct walk *buckets, const struct walk *overflow)
{
	int error = piece(buckets, REGION_BUCKETS, 0, sizeof(struct bucket));

	return error != 0 ? error : piece(overflow, REGION_BUCKETS,
	    overflow->h->fast.bucket_max, sizeof(struct bucket));
}

/* With the buckets of an empty table. */
static int
fixed_pieces(const struct walk *w)
{
	static const enum arena_region whole[] = { REGION_HEADER,
		REGION_ROWHEADS, REGION_IFACES, REGION_OWN };
	struct walk b = *w, o = *w;
	unsigned i;
	int error = 0;

	for (i = 0; error == 0 && i < sizeof(whole) / sizeof(whole[0]); i++)
		error = piece(w, whole[i], 0, w->h->size[whole[i]]);
	b.to *= buckets_for(w->h, 0);
	o.to *= overflow_for(w->h, 0);
	return error != 0 ? error : bucket_pieces(&b, &o);
}

static int
record_pieces(const struct walk *w)
{
	struct walk b = *w, o = *w;
	int error;

	b.from = buckets_for(w->h, w->from);
	b.to = buckets_for(w->h, w->to);
	o.from = overflow_for(w->h, w->from);
	o.to = overflow_for(w->h, w->to);
	if ((error = piece(w, REGION_LINES, 0, 2 * sizeof(struct line))) != 0 ||
	    (error = piece(w, REGION_COLD, 0, sizeof(struct cold))) != 0)
		return error;
	return bucket_pieces(&b, &o);
}

static int
ext_pieces(const struct walk *w)
{
	return piece(w, REGION_EXT, 0, sizeof(struct ext));
}

static int
row_pieces(const struct walk *w)
{
	uint32_t set;
	int error;

	error = piece(w, REGION_ROWS, 0, sizeof(struct row));
	for (set = 0; error == 0 && set <= w->h->worker_max; set++)
		error = piece(w, REGION_COUNTS, (uint64_t)set * w->h->row_max,
		    sizeof(struct row_count));
	return error;
}

static int
tag_pieces(const struct walk *w)
{
	return piece(w, REGION_TAGS, 0, ARENA_TAGLEN);
}

int
arena_pieces(const struct arena_config *c, enum arena_kind kind,
    uint32_t from, uint32_t to, int (*fn)(void *, uint64_t, uint64_t),
    void *arg)
{
	static int (*const pieces[])(const struct walk *) = {
		[ARENA_FIXED] = fixed_pieces,
		[ARENA_RECORDS] = record_pieces,
		[ARENA_EXTS] = ext_pieces,
		[ARENA_ROWS] = row_pieces,
		[ARENA_TAGNAMES] = tag_pieces,
	};
	struct arena_header h;
	const struct walk w = { &h, from, to, fn, arg };

	memset(&h, 0, sizeof(h));
	arena_plan_header(&h, c);
	return pieces[kind](&w);
}

static struct arena_pool *
pool_of(const struct arena *a, enum arena_kind kind)
{
	struct arena_header *h = a->header;

	return kind == ARENA_RECORDS ? &h->record_pool :
	    kind == ARENA_EXTS ? &h->ext_pool : &h->row_pool;
}

/* Buckets come before the records that fill them. */
static void
set_buckets(struct arena *a, uint32_t records)
{
	struct arena_header *h = a->header;
	uint32_t n = buckets_for(h, records), have = h->bucket_have;

	if (n > have)
		memset(bucket_at(&a->fast, have), 0,
		    (size_t)(n - have) * sizeof(struct bucket));
	store_release(&h->bucket_have, n);
	store_release(&h->overflow_pool.have, overflow_for(h, records));
}

void
arena_set_had(struct arena *a, enum arena_kind kind, uint32_t have,
    uint32_t ask)
{
	struct arena_pool *p = pool_of(a, kind);

	if (kind == ARENA_RECORDS)
		set_buckets(a, have);
	store_relaxed(&p->ask, ask);
	store_release(&p->have, have);
}

uint32_t
arena_used(const struct arena *a, enum arena_kind kind)
{
	return load_relaxed(&pool_of(a, kind)->top);
}
