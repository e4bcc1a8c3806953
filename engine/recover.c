/* SPDX-License-Identifier: ISC */
/*
 * The state table made anew, from the records alone.
 *
 * After a crash, buckets, pools and counts may be half changed, and a line
 * may have lost its writer: its sequence word is odd for ever.  Only records
 * are believed, and only after a look at all that others take for granted, as
 * the memory may have been damaged: what is sound is put into an empty table,
 * the rest becomes free.
 *
 * A line is torn if its writer was killed inside.  Its key and its rewrite
 * are constants, and each number of its tracker is one that held before or
 * after the packet.  So it is mended: a TCP side is picked up anew, as after
 * packets that nobody has seen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"
#include "engine/statetab.h"

#define PROTO_TCP 6
#define BATCH 16 /* records whose memory is under way at once */

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

static void
unuse(uint8_t *bits, uint32_t i)
{
	bits[i / 8] &= (uint8_t)~(1u << i % 8);
}

/* What a side may have said, by protocol. */
static bool
said_sound(const struct line *l)
{
	if (l->proto != PROTO_TCP)
		return l->state <= OTHER_MULTIPLE;
	return (l->state & ~(SAID_MASK | SAID_LOOSE)) == 0 &&
	    (l->state & SAID_MASK) <= SAID_RST;
}

/* May this line be looked up and tracked?  @ext: the record's. */
static bool
line_sound(const struct arena *a, const struct line *l, uint32_t ext)
{
	if ((l->af_dir & ~LINE_KEYBITS) != 0 || l->egress >= ARENA_IFACES ||
	    !said_sound(l))
		return false;
	return (l->af_dir & LINE_INET6) == 0 ||
	    (l->nsrc == ext && ext < a->header->ext_pool.top);
}

/* Directions of the keys of both sides, by kind (see record.h). */
static bool
sides_sound(uint8_t kind, const struct line *l)
{
	uint8_t turned = l[0].af_dir ^ l[1].af_dir;

	if (l[0].proto != l[1].proto || (turned & LINE_INET6) != 0)
		return false;
	switch (kind) {
	case RECORD_FORWARD:
		return turned == 0 && (l[0].af_dir & LINE_OUT) == 0;
	case RECORD_HALF_IN:
		return turned == LINE_OUT && (l[0].af_dir & LINE_OUT) == 0;
	case RECORD_HALF_OUT:
		return turned == LINE_OUT && (l[0].af_dir & LINE_OUT) != 0;
	default:
		return false;
	}
}

static bool
record_sound(const struct arena *a, uint32_t i, const uint8_t *ext_used)
{
	const struct cold *c = arena_cold(a, i);
	const struct line *l = arena_line(a, i * 2);
	unsigned side;

	if (c->ext != ARENA_NONE && (c->ext >= a->header->ext_pool.top ||
	    used(ext_used, c->ext)))
		return false;
	for (side = 0; side < 2; side++)
		if (c->row[side] != ARENA_NONE &&
		    c->row[side] >= a->header->row_pool.top)
			return false;
	return sides_sound(c->kind, l) && line_sound(a, &l[0], c->ext) &&
	    line_sound(a, &l[1], c->ext);
}

/* Was there a record at all, that had not ended? */
static bool
record_there(const struct arena *a, uint32_t i)
{
	const struct line *l = arena_line(a, i * 2);

	return statetab_live(a, i) && l[0].state != LINE_DEAD &&
	    l[1].state != LINE_DEAD;
}

/*
 * An empty table with about as many buckets as these records need.  Nothing is
 * believed of the others, which are to come.
 */
static void
table_clear(struct arena *a, uint32_t records)
{
	struct arena_header *h = a->header;
	uint32_t n, mask = 1;

	n = (uint32_t)((uint64_t)records * 2 / ARENA_LOAD);
	if (n < ARENA_BUCKETS_MIN)
		n = ARENA_BUCKETS_MIN;
	if (n > h->bucket_have)
		n = h->bucket_have;
	while (mask < n - 1)
		mask = mask << 1 | 1;
	memset(bucket_at(&a->fast, 0), 0,
	    (size_t)h->bucket_have * sizeof(struct bucket));
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

/* Both lines without a writer.  Return: one of them had one. */
static bool
record_mend(struct line *l)
{
	bool torn = false;
	unsigned side;

	for (side = 0; side < 2; side++) {
		if ((l[side].seq & 1) == 0)
			continue;
		l[side].seq++;
		line_resync(&l[side]);
		torn = true;
	}
	return torn;
}

/* A record on its way into the table, whose buckets are being fetched. */
struct coming {
	uint32_t index;
	struct skey key[2];
	uint64_t hash[2];
};

/* Is it to be restored?  Its extension record is its own from then on. */
static bool
record_comes(struct arena *a, uint32_t i, uint8_t *ext_used,
    struct coming *m, struct statetab_rebuilt *r)
{
	struct cold *c = arena_cold(a, i);

	if (!record_there(a, i)) {
		c->kind = RECORD_FREE;
		return false;
	}
	if (!record_sound(a, i, ext_used)) {
		r->dropped += statetab_weight(c->kind);
		c->kind = RECORD_FREE;
		return false;
	}
	if (c->ext != ARENA_NONE)
		use(ext_used, c->ext);
	m->index = i;
	statetab_keys(a, i, m->key, m->hash);
	lookup_prefetch(&a->fast, m->hash[0]);
	lookup_prefetch(&a->fast, m->hash[1]);
	return true;
}

static void
record_restore(struct arena *a, const struct coming *m, bool resync,
    uint8_t *ext_used, struct statetab_rebuilt *r)
{
	struct cold *c = arena_cold(a, m->index);
	struct line *l = arena_line(a, m->index * 2);
	unsigned weight = statetab_weight(c->kind);

	if (statetab_insert_hashed(a, m->index, c->kind, m->key, m->hash,
	    false, NULL) != 0) {
		r->dropped += weight;
		c->kind = RECORD_FREE;
		if (c->ext != ARENA_NONE)
			unuse(ext_used, c->ext);
		return;
	}
	if (record_mend(l))
		r->mended += weight;
	if (resync) {
		line_resync(&l[0]);
		line_resync(&l[1]);
	}
	a->header->states += weight;
	r->states += weight;
}

/* All of them, some at a time. */
static void
records_restore(struct arena *a, bool resync, uint8_t *ext_used,
    struct statetab_rebuilt *r)
{
	uint32_t i = 0, top = arena_top(a);
	struct coming m[BATCH];
	unsigned j, n;

	while (i < top) {
		for (n = 0; n < BATCH && i < top; i++)
			n += record_comes(a, i, ext_used, &m[n], r);
		for (j = 0; j < n; j++)
			record_restore(a, &m[j], resync, ext_used, r);
	}
}

int
statetab_rebuild(struct arena *a, const uint64_t hash_key[2], bool resync,
    struct statetab_rebuilt *out)
{
	struct arena_header *h = a->header;
	struct statetab_rebuilt r = { 0 };
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
	h->overflow_pool.lock = h->overflow_pool.top = 0;
	h->overflow_pool.head = ARENA_NONE;
	h->states = 0;
	records_restore(a, resync, ext_used, &r);
	arena_rebuild_pools(a, ext_used);
	free(ext_used);
	registry_rebuild(a);
	if (out != NULL)
		*out = r;
	return 0;
}
