/* SPDX-License-Identifier: ISC */
/*
 * Making, finding and ending records.
 */
#include "engine/record.h"

#include <arpa/inet.h>

#include <errno.h>
#include <string.h>

#include "engine/core.h"
#include "engine/fast/track.h"
#include "engine/pool.h"
#include "engine/registry.h"
#include "engine/tabhits.h"
#include "engine/statetab.h"
#include "engine/sticky.h"
#include "engine/track.h"
#include "engine/tuple.h"
#include "engine/wheel.h"
#include "engine/wire.h"

/* The hash of a key, which may be known from a moment ago. */
static uint64_t
hash_of(const struct worker *w, enum memo_place place, const struct skey *k)
{
	const struct memo *m = &w->memo[place];

	if (key_alike(k, &m->key))
		return m->hash ^ key_turn(k->af_dir ^ m->key.af_dir);
	return key_hash(w->arena->header->fast.hash_key, k);
}

bool
record_own_key(const struct worker *w, const struct skey *k)
{
	return key_alike(k, &w->memo[MEMO_OWN].key);
}

uint64_t
record_hash(const struct worker *w, const struct pdesc *pd)
{
	struct skey k;

	tuple_key(&k, &pd->cur, pd->af, pd->proto, pd->dir, pd->rdomain);
	return hash_of(w, MEMO_OWN, &k);
}

uint32_t
record_find_key(struct worker *w, const struct skey *k, uint16_t ifidx)
{
	uint32_t lref;

	count_add(&w->count.searches, 1);
	lref = statetab_find_hashed(w->arena, k, hash_of(w, MEMO_OWN, k),
	    ifidx);
	return lref == LOOKUP_MISS ? ARENA_NONE : lref;
}

uint32_t
record_find(struct worker *w, const struct record_key *r)
{
	struct skey k;

	tuple_key(&k, &r->t, r->af, r->proto, r->dir, r->rdomain);
	return record_find_key(w, &k, r->ifidx);
}

/* The key that replies to a chosen port will have, and its hash. */
static const struct memo *
memo_reply(struct worker *w, const struct pdesc *pd, const struct tuple *t,
    uint8_t dir)
{
	struct memo *m = &w->memo[MEMO_REPLY];

	tuple_reply_key(&m->key, t, pd->af, pd->proto, dir, pd->rdomain);
	m->hash = key_hash(w->arena->header->fast.hash_key, &m->key);
	return m;
}

bool
record_taken(struct worker *w, const struct pdesc *pd, const struct tuple *t,
    uint8_t dir)
{
	const struct memo *m = memo_reply(w, pd, t, dir);

	return statetab_find_hashed(w->arena, &m->key, m->hash, pd->ifidx) !=
	    LOOKUP_MISS;
}

void
record_unseen(struct worker *w, const struct pdesc *pd, const struct tuple *t)
{
	lookup_prefetch(&w->arena->fast, memo_reply(w, pd, t, DIR_IN)->hash);
	w->unseen = true;
}

/*
 * publish() - The record of both keys
 *
 * If the second is that of a port taken unseen and somebody has it, ports are
 * looked at before the next one is taken.
 */
static int
publish(struct worker *w, const struct record_spec *s, uint32_t index,
    const struct skey key[2])
{
	uint64_t hash[2] = { hash_of(w, MEMO_OWN, &key[0]),
		hash_of(w, MEMO_REPLY, &key[1]) };
	bool unseen = w->unseen && key_same(&key[1], &w->memo[MEMO_REPLY].key);
	unsigned clash = 0;
	int error;

	error = statetab_insert_hashed(w->arena, index, s->kind, key, hash,
	    unseen, &clash);
	if (unseen && error == -EEXIST && clash == 1)
		w->looks = NAT_LOOKS;
	w->unseen = w->unseen && !unseen;
	return error;
}

/* Keys of both sides: see the head of record.h. */
static void
side_keys(const struct pdesc *pd, const struct record_spec *s,
    struct skey key[2])
{
	tuple_key(&key[0], s->before, pd->af, pd->proto,
	    s->kind == RECORD_HALF_OUT ? DIR_OUT : DIR_IN, pd->rdomain);
	tuple_reply_key(&key[1], s->after, pd->af, pd->proto,
	    s->kind == RECORD_HALF_IN ? DIR_OUT : DIR_IN, pd->rdomain);
}

/*
 * DCCP and UDP-Lite sum the addresses as well, and SCTP its ports, which
 * engine/fast/translate.h does not know of: their packets walk.
 */
static bool
sum_is_known(uint8_t proto, const struct record_spec *s)
{
	if (proto == IPPROTO_SCTP)
		return s->before->sport == s->after->sport &&
		    s->before->dport == s->after->dport;
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto_is_icmp(proto) || wire_cksum_off(proto) < 0;
}

/* What the first packet says of both sides. */
static void
fill_lines(struct worker *w, const struct pdesc *pd,
    const struct record_spec *s, uint32_t index)
{
	struct line *l = arena_line(w->arena, index * 2);
	struct tcp_side side[2];
	struct tcp_seg seg;
	unsigned i;

	memset(side, 0, sizeof(side));
	for (i = 0; i < 2; i++) {
		side[i].flags = s->line_flags[i];
		if (!sum_is_known(pd->proto, s))
			side[i].flags |= LINE_SLOW;
		side[i].egress = s->egress[i];
	}
	if (pd->proto == IPPROTO_TCP) {
		track_segment(pd, &seg);
		tcp_begin(&side[0], &side[1], &seg);
	} else {
		side[0].state = OTHER_SINGLE;
	}
	line_put(&l[0], &side[0]);
	line_put(&l[1], &side[1]);
	store_relaxed(&l[0].last, (uint32_t)w->now);
	store_relaxed(&l[1].last, (uint32_t)w->now);
	store_relaxed(&l[0].packets, 1);
	store_relaxed(&l[0].bytes, (uint64_t)pd->len);
}

static void
fill_cold(struct worker *w, const struct record_spec *s, uint32_t index,
    uint32_t ext)
{
	struct cold *c = arena_cold(w->arena, index);

	/* Whoever looks at the table may read these at any time. */
	store_relaxed(&c->created, w->wall);
	store_relaxed(&c->next, ARENA_NONE);
	store_relaxed(&c->prev, ARENA_NONE);
	store_relaxed(&c->row[0], s->row[0]);
	store_relaxed(&c->row[1], s->row[1]);
	store_relaxed(&c->ext, ext);
	store_relaxed(&c->due, WHEEL_NOWHERE);
	store_relaxed(&c->tclass, 0);
	store_relaxed(&c->worker, (uint8_t)w->index);
	store_relaxed(&c->flags, s->cold_flags);
}

/* States per pool address, for least-states. */
static void
count_addresses(struct worker *w, const struct tuple *before,
    const struct tuple *after, int delta)
{
	if (!addr_equal(&before->src, &after->src))
		pool_count(w, &after->src, delta);
	if (!addr_equal(&before->dst, &after->dst))
		pool_count(w, &after->dst, delta);
}

static void
count_record(struct worker *w, uint32_t index, int delta)
{
	struct record_key before;
	struct tuple after;

	record_before(w->arena, index * 2, &before);
	record_after(w->arena, index * 2, &after);
	count_addresses(w, &before.t, &after, delta);
}

void
record_recount(struct worker *w)
{
	uint32_t index;

	for (index = 0; index < arena_top(w->arena); index++)
		if (statetab_live(w->arena, index))
			count_record(w, index, 1);
}

/* Count the state for its rules; undone if one of them is at its limit. */
static int
begin_rows(struct worker *w, const struct record_spec *s)
{
	if (s->row[0] != ARENA_NONE &&
	    registry_begin(w->arena, w->index, s->row[0]) != 0)
		return -EDQUOT;
	if (s->row[1] != ARENA_NONE &&
	    registry_begin(w->arena, w->index, s->row[1]) != 0) {
		if (s->row[0] != ARENA_NONE)
			registry_abort(w->arena, w->index, s->row[0]);
		return -EDQUOT;
	}
	return 0;
}

static void
abort_rows(struct worker *w, const struct record_spec *s)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (s->row[i] != ARENA_NONE)
			registry_abort(w->arena, w->index, s->row[i]);
}

/* The state is not made after all: neither rules nor sources have it. */
static void
abort_counts(struct worker *w, const struct record_spec *s)
{
	abort_rows(w, s);
	sticky_abort(w, s->node);
}

/* Is there more to remember than fits into lines and cold record? */
static bool
needs_ext(const struct pdesc *pd, const struct record_spec *s)
{
	return pd->af == AF_INET6 || s->tag != 0 ||
	    s->way[0].kind != WAY_NONE || s->way[1].kind != WAY_NONE ||
	    s->node[0] != 0 || s->node[1] != 0;
}

/* An index, and an extension record if it takes one. */
static int
take(struct worker *w, const struct pdesc *pd, const struct record_spec *s,
    uint32_t *index, uint32_t *ext)
{
	unsigned weight = statetab_weight(s->kind);
	int error;

	*ext = ARENA_NONE;
	error = arena_take(w->arena, &w->cache, weight, w->now, index);
	if (error != 0 || !needs_ext(pd, s))
		return error;
	error = arena_take_ext(w->arena, &w->cache, w->now, ext);
	if (error != 0)
		arena_give(w->arena, &w->cache, weight, w->now, *index);
	return error;
}

static void
give(struct worker *w, const struct record_spec *s, uint32_t index,
    uint32_t ext)
{
	if (ext != ARENA_NONE)
		arena_give_ext(w->arena, &w->cache, w->now, ext);
	arena_give(w->arena, &w->cache, statetab_weight(s->kind), w->now,
	    index);
}

int
record_make(struct worker *w, const struct pdesc *pd,
    const struct record_spec *s)
{
	uint32_t index, ext;
	struct skey key[2];
	unsigned side;
	int error;

	if ((error = begin_rows(w, s)) != 0)
		return error;
	if ((error = sticky_begin(w, s->node)) != 0) {
		abort_rows(w, s);
		return error;
	}
	if (take(w, pd, s, &index, &ext) != 0) {
		abort_counts(w, s);
		return -ENOSPC;
	}
	side_keys(pd, s, key);
	statetab_fill(w->arena, index, &key[0], &key[1], ext);
	for (side = 0; side < 2; side++)
		if (s->way[side].kind != WAY_NONE)
			way_store(w->arena, ext, side, &s->way[side]);
	sticky_store(w->arena, ext, s->node);
	if (s->tag != 0)
		store_relaxed(&arena_ext(w->arena, ext)->tag, s->tag);
	fill_lines(w, pd, s, index);
	fill_cold(w, s, index, ext);
	if ((error = publish(w, s, index, key)) != 0) {
		give(w, s, index, ext);
		abort_counts(w, s);
		return error == -ENOSPC ? -ENOMEM : error;
	}
	wheel_add(w->wheel, index, w->now);
	count_addresses(w, s->before, s->after, 1);
	count_add(&w->count.inserts, statetab_weight(s->kind));
	return 0;
}

/* Traffic of a line's record as one half sees it: side 0 in, or out. */
static void
end_row(struct worker *w, uint32_t index, unsigned half)
{
	uint32_t row = load_relaxed(&arena_cold(w->arena, index)->row[half]);
	uint64_t packets[2], bytes[2];
	unsigned side;

	if (row == ARENA_NONE)
		return;
	for (side = 0; side < 2; side++) {
		packets[side ^ half] = statetab_packets(w->arena,
		    index * 2 + side);
		bytes[side ^ half] = load_relaxed(
		    &arena_line(w->arena, index * 2 + side)->bytes);
	}
	registry_end(w->arena, w->index, row, packets, bytes);
	tabhits_record(w, index, row, packets, bytes);
}

void
record_ended(void *arg, uint32_t index)
{
	struct worker *w = arg;
	const struct cold *c = arena_cold(w->arena, index);

	end_row(w, index, 0);
	end_row(w, index, 1);
	sticky_ended(w, index);
	count_record(w, index, -1);
	count_add(&w->count.removals,
	    (load_relaxed(&c->row[0]) != ARENA_NONE) +
	    (load_relaxed(&c->row[1]) != ARENA_NONE));
}

static int
end(struct worker *w, uint32_t index)
{
	unsigned kind = load_relaxed(&arena_cold(w->arena, index)->kind);
	int error;

	if ((error = statetab_end(w->arena, index, NULL, NULL)) != 0)
		return error;
	record_ended(w, index);
	arena_uncount(w->arena, statetab_weight(kind));
	wheel_nudge(w->wheel, index);
	return 0;
}

bool
record_end(struct worker *w, uint32_t index)
{
	return end(w, index) == 0;
}

int
record_kill(struct worker *w, uint32_t index, uint64_t id)
{
	if (index >= arena_top(w->arena) ||
	    (uint32_t)id != index || !statetab_live(w->arena, index) ||
	    load_relaxed(&arena_cold(w->arena, index)->created) != id >> 32)
		return -ENOENT;
	return end(w, index);
}

void
record_review(struct worker *w, uint32_t index)
{
	if (statetab_live(w->arena, index) &&
	    load_relaxed(&arena_cold(w->arena, index)->worker) == w->index)
		wheel_nudge(w->wheel, index);
}

bool
record_way(const struct worker *w, uint32_t lref, uint16_t *out_if)
{
	if (load_relaxed(&arena_cold(w->arena, lref / 2)->kind) !=
	    RECORD_FORWARD)
		return false;
	*out_if = load_relaxed(&arena_line(w->arena, lref)->egress);
	return true;
}

bool
record_turn(struct arena *a, uint32_t lref, uint8_t flags, uint16_t egress)
{
	struct line *l = arena_line(a, lref);
	struct tcp_side s;

	if (!seq_enter(&l->seq))
		return false;
	line_load(l, &s);
	if (s.state != LINE_DEAD) {
		s.flags |= flags;
		s.egress = egress;
		line_put(l, &s);
	}
	seq_leave(&l->seq);
	return true;
}

static void
copy_addr(struct addr *to, const uint32_t from[4])
{
	unsigned i;

	for (i = 0; i < 4; i++)
		to->w[i] = load_relaxed(&from[i]);
}

void
record_before(const struct arena *a, uint32_t lref, struct record_key *r)
{
	const struct line *l = arena_line(a, lref);
	const struct ext *x;
	uint32_t ext;
	uint8_t af_dir = load_relaxed(&l->af_dir);

	memset(r, 0, sizeof(*r));
	r->af = af_dir & LINE_INET6 ? AF_INET6 : AF_INET;
	r->proto = load_relaxed(&l->proto);
	r->dir = af_dir & LINE_OUT ? DIR_OUT : DIR_IN;
	r->rdomain = load_relaxed(&l->rdomain);
	r->ifidx = load_relaxed(&arena_line(a, lref ^ 1)->egress);
	r->t.sport = load_relaxed(&l->sport);
	r->t.dport = load_relaxed(&l->dport);
	if (proto_is_icmp(r->proto))
		r->t.dport = ntohs(r->t.dport);
	if (r->af == AF_INET) {
		r->t.src.w[0] = load_relaxed(&l->src);
		r->t.dst.w[0] = load_relaxed(&l->dst);
		return;
	}
	/* A reader of the whole table may meet an index on its way out. */
	ext = load_relaxed(&l->nsrc);
	if (ext >= a->header->ext_max)
		return;
	x = arena_ext(a, ext);
	copy_addr(&r->t.src, x->addr[lref & 1][0]);
	copy_addr(&r->t.dst, x->addr[lref & 1][1]);
}

void
record_after(const struct arena *a, uint32_t lref, struct tuple *t)
{
	struct record_key r;

	record_before(a, lref ^ 1, &r);
	tuple_reverse(&r.t, r.proto, t);
}

uint16_t
record_tag(const struct arena *a, uint32_t index)
{
	uint32_t ext = load_relaxed(&arena_cold(a, index)->ext);

	return ext >= a->header->ext_max ? 0 :
	    load_relaxed(&arena_ext(a, ext)->tag);
}

void
record_middle(const struct arena *a, uint32_t index, struct tuple *t)
{
	uint8_t flags = load_relaxed(&arena_cold(a, index)->flags);
	struct record_key before;

	record_before(a, index * 2, &before);
	record_after(a, index * 2, t);
	if ((flags & COLD_SRC_IN) == 0) {
		t->src = before.t.src;
		t->sport = before.t.sport;
	}
	if (flags & COLD_DST_OUT) {
		t->dst = before.t.dst;
		t->dport = before.t.dport;
	}
}
