/* SPDX-License-Identifier: ISC */
/*
 * The state table made anew, from the records alone.
 *
 * After a crash, buckets, pools and counts may be half changed, and a line
 * may have lost its writer: its sequence word is odd for ever.  Only records
 * are believed: what is whole is put into an empty table, the rest becomes
 * free.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"
#include "engine/statetab.h"

#define PROTO_TCP 6

static bool
used(const uint8_t *bits, uint32_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static void
use(uint8_t *bits, uint32_t i)
{
	bits[i / 8] |= (uint8_t)(1u << i % 8);
}

/* May this line be looked up and tracked?  @ext: the record's. */
static bool
line_whole(const struct arena *a, const struct line *l, uint32_t ext)
{
	if (l->seq & 1 || l->state == LINE_DEAD ||
	    (l->af_dir & ~LINE_KEYBITS) != 0)
		return false;
	return (l->af_dir & LINE_INET6) == 0 ||
	    (l->nsrc == ext && ext < a->header->ext_pool.top);
}

static bool
record_whole(const struct arena *a, uint32_t i, const uint8_t *ext_used)
{
	const struct cold *c = arena_cold(a, i);
	const struct line *l = arena_line(a, i * 2);
	unsigned side;

	if (c->kind != RECORD_FORWARD && c->kind != RECORD_HALF_IN &&
	    c->kind != RECORD_HALF_OUT)
		return false;
	if (c->ext != ARENA_NONE && (c->ext >= a->header->ext_pool.top ||
	    used(ext_used, c->ext)))
		return false;
	for (side = 0; side < 2; side++)
		if (c->row[side] != ARENA_NONE &&
		    c->row[side] >= a->header->row_pool.top)
			return false;
	return l[0].proto == l[1].proto && line_whole(a, &l[0], c->ext) &&
	    line_whole(a, &l[1], c->ext);
}

/* Was there a record at all, whole or not? */
static bool
record_there(const struct arena *a, uint32_t i)
{
	uint8_t kind = arena_cold(a, i)->kind;

	return kind != RECORD_FREE && kind != RECORD_DEAD;
}

/* An empty table with about as many buckets as these records need. */
static void
table_clear(struct arena *a, uint32_t records)
{
	struct arena_header *h = a->header;
	uint32_t n, old = (uint32_t)h->fast.split, mask = 1;

	n = (uint32_t)((uint64_t)records * 2 / ARENA_LOAD);
	if (n < ARENA_BUCKETS_MIN)
		n = ARENA_BUCKETS_MIN;
	if (n > h->fast.bucket_max)
		n = h->fast.bucket_max;
	while (mask < n - 1)
		mask = mask << 1 | 1;
	/* a split that was never published may have written one more */
	if (old >= h->fast.bucket_max)
		old = h->fast.bucket_max - 1;
	memset(bucket_at(&a->fast, 0), 0,
	    ((size_t)(old > n ? old : n) + (old >= n)) *
	    sizeof(struct bucket));
	memset(bucket_at(&a->fast, h->fast.bucket_max), 0,
	    h->overflow_pool.top * sizeof(struct bucket));
	h->fast.split = (uint64_t)mask << 32 | n;
	h->growing = 0;
	h->records = 0;
}

static void
line_resync(struct line *l)
{
	if (l->proto == PROTO_TCP && (l->state & SAID_MASK) != SAID_NOTHING)
		l->state |= SAID_LOOSE;
}

static void
record_restore(struct arena *a, uint32_t i, bool resync, uint8_t *ext_used,
    struct statetab_rebuilt *r)
{
	struct cold *c = arena_cold(a, i);
	uint8_t kind = c->kind;

	if (!record_whole(a, i, ext_used) ||
	    statetab_insert(a, i, kind, NULL) != 0) {
		r->torn += record_there(a, i);
		c->kind = RECORD_FREE;
		return;
	}
	if (resync) {
		line_resync(arena_line(a, i * 2));
		line_resync(arena_line(a, i * 2 + 1));
	}
	if (c->ext != ARENA_NONE) {
		use(ext_used, c->ext);
		arena_ext(a, c->ext)->tag = 0; /* numbered anew */
	}
	a->header->states += statetab_weight(kind);
	r->records++;
}

int
statetab_rebuild(struct arena *a, const uint64_t hash_key[2], bool resync,
    struct statetab_rebuilt *out)
{
	struct arena_header *h = a->header;
	struct statetab_rebuilt r = { 0, 0 };
	uint32_t i, n = 0, top = h->record_pool.top;
	uint8_t *ext_used;

	if ((ext_used = calloc(1, h->ext_pool.top / 8 + 1)) == NULL)
		return -ENOMEM;
	for (i = 0; i < top; i++)
		n += record_there(a, i);
	if (hash_key != NULL) {
		h->fast.hash_key[0] = hash_key[0];
		h->fast.hash_key[1] = hash_key[1];
	}
	table_clear(a, n);
	memset(&h->overflow_pool, 0, sizeof(h->overflow_pool));
	h->overflow_pool.head = ARENA_NONE;
	h->overflow_pool.max = h->overflow_max;
	h->states = 0;
	for (i = 0; i < top; i++)
		record_restore(a, i, resync, ext_used, &r);
	arena_rebuild_pools(a, ext_used);
	free(ext_used);
	registry_rebuild(a);
	if (out != NULL)
		*out = r;
	return 0;
}
