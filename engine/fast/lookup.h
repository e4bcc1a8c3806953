/* SPDX-License-Identifier: ISC */
/*
 * Finding the line of a packet.
 *
 * A lookup takes no lock.  What it finds it has verified against the line
 * itself, so a hit needs no sequence check; only a miss does, because an
 * entry may have been on the move between two buckets.  A record that ends
 * meanwhile is noticed by whoever enters its line (LINE_DEAD, track.h), and
 * its index rests for at least a second before it is another record.
 *
 * Several lines may have one key if they are bound to different interfaces.
 * A bound line answers only on its interface, and stands before a floating
 * one of the same key in its bucket, so that it wins.
 *
 * A burst runs in steps, so that the memory of all packets is under way at
 * once: hash and lookup_prefetch() for all, lookup_guess() for all,
 * lookup_guessed() for all.
 */
#ifndef ENGINE_FAST_LOOKUP_H
#define ENGINE_FAST_LOOKUP_H

#include "engine/fast/access.h"
#include "engine/fast/key.h"

#define LOOKUP_MISS ARENA_NONE
#define LOOKUP_BUSY 0xfffffffeu /* a writer stayed in: ask the slow path */
#define LOOKUP_CHAIN 8		/* buckets of one chain, the first counted */
#ifdef __bpf__
#define LOOKUP_TRIES 1
#define LOOKUP_WALK 4 /* buckets walked: the verifier walks every path */
#else
#define LOOKUP_TRIES 8
#define LOOKUP_WALK LOOKUP_CHAIN
#endif

/*
 * tags_match() - Lanes of a word of four 16-bit tags that equal @tag
 * Return: the top bit of each equal lane.
 */
static inline uint64_t
tags_match(uint64_t tags, uint16_t tag)
{
	const uint64_t low = 0x7fff7fff7fff7fffULL;
	uint64_t x = tags ^ tag * 0x0001000100010001ULL;

	return ~(((x & low) + low) | x | low);
}

/* Lane of a word of tags in memory order, from the lowest set bit. */
static inline unsigned
tags_lane(uint64_t lanes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (unsigned)__builtin_ctzll(lanes) >> 4;
#else
	return (unsigned)__builtin_clzll(lanes) >> 4;
#endif
}

static inline uint64_t
tags_drop(uint64_t lanes, unsigned lane)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return lanes & ~(0x8000ULL << (lane << 4));
#else
	return lanes & ~(0x8000000000000000ULL >> (lane << 4));
#endif
}

static inline uint64_t
bucket_tags(const struct bucket *b, unsigned half)
{
	return load_acquire((const word64 *)b->tag + half);
}

/*
 * ext_has() - Are the addresses of an extension record those of the key?
 * @side: side of the record that the key is compared with
 */
static inline int
ext_has(const struct ext *x, unsigned side, const struct skey *k)
{
	const word64 *a = (const word64 *)x->addr[side & 1][0];

	return ((load_relaxed(a) ^ k->aw[0]) |
	    (load_relaxed(a + 1) ^ k->aw[1]) |
	    (load_relaxed(a + 2) ^ k->aw[2]) |
	    (load_relaxed(a + 3) ^ k->aw[3])) == 0;
}

/*
 * line_has() - Does this line have this key, and live?
 *
 * The key's 16 bytes are written before the reference to them is published.
 * An IPv6 line names its extension record in nsrc.
 */
static inline int
line_has(const struct fast *f, const struct line *l, uint32_t lref,
    const struct skey *k)
{
	const struct ext *x;

	if (load_relaxed((const word64 *)l) != k->w[0] ||
	    load_relaxed((const word64 *)l + 1) != k->w[1] ||
	    load_relaxed(&l->state) == LINE_DEAD)
		return 0;
	if (k->af_dir & LINE_INET6) {
		x = ext_at(f, load_relaxed(&l->nsrc));
		if (x == (void *)0 || !ext_has(x, lref & 1, k))
			return 0;
	}
	return 1;
}

/*
 * line_bound() - Interface that a line is bound to, 0 if it floats: the one
 * that packets of the other side leave by.
 */
static inline uint16_t
line_bound(const struct fast *f, const struct line *l, uint32_t lref)
{
	const struct line *peer;

	if ((load_relaxed(&l->flags) & LINE_IFBOUND) == 0)
		return 0;
	peer = line_at(f, lref ^ 1);
	return peer == (void *)0 ? 0 : load_relaxed(&peer->egress);
}

/* line_answers() - Is this the line of a packet with this key, there? */
static inline int
line_answers(const struct fast *f, uint32_t lref, const struct skey *k,
    uint16_t ifidx)
{
	const struct line *l = line_at(f, lref);
	uint16_t bound;

	if (l == (void *)0 || !line_has(f, l, lref, k))
		return 0;
	bound = line_bound(f, l, lref);
	return bound == 0 || bound == ifidx;
}

/* Search one bucket; its own chain link is not followed. */
static inline uint32_t
bucket_find(const struct fast *f, const struct bucket *b, uint16_t tag,
    const struct skey *k, uint16_t ifidx)
{
	uint32_t lref;
	unsigned half, lane;
	uint64_t m;

	for (half = 0; half < 2; half++) {
		m = tags_match(bucket_tags(b, half), tag);
#ifdef __bpf__
		if (m == 0)
			continue;
		for (lane = 0; lane < 4; lane++) {
			if (tags_drop(m, lane) == m)
				continue;
#else
		for (; m != 0; m = tags_drop(m, lane)) {
			lane = tags_lane(m);
#endif
			lref = load_acquire(&b->lref[half * 4 + lane]);
			if (line_answers(f, lref, k, ifidx))
				return lref;
		}
	}
	return LOOKUP_MISS;
}

/*
 * lookup_once() - One walk of a chain
 * Return: a reference, LOOKUP_MISS if the key was not there at one moment of
 * the call, or LOOKUP_BUSY if that cannot be said.
 */
static inline uint32_t
lookup_once(const struct fast *f, const struct skey *k, uint64_t hash,
    uint16_t ifidx)
{
	struct fast_head *h = head_at(f);
	const struct bucket *first, *b;
	uint16_t tag = hash_tag(hash);
	uint32_t begin, lref, over;
	uint64_t split;
	unsigned i;

	split = load_acquire(&h->split);
	first = b = bucket_at(f, split_bucket(split, hash));
	if (first == (void *)0)
		return LOOKUP_BUSY;
	begin = seq_begin(&first->seq);
	for (i = 0;; i++) {
		lref = bucket_find(f, b, tag, k, ifidx);
		if (lref != LOOKUP_MISS)
			return lref;
		over = load_acquire(&b->overflow);
		if (over == 0)
			break;
		if (i == LOOKUP_WALK - 1)
			return LOOKUP_BUSY;
		b = bucket_at(f, h->bucket_max + over - 1);
		if (b == (void *)0)
			return LOOKUP_BUSY;
	}
	if (!seq_same(&first->seq, begin))
		return LOOKUP_BUSY;
	if (split_bucket(load_relaxed(&h->split), hash) !=
	    split_bucket(split, hash))
		return LOOKUP_BUSY;
	return LOOKUP_MISS;
}

/*
 * lookup() - The line whose key this is
 * @hash: key_hash() of the key with the arena's secret
 * @ifidx: interface that the packet is seen on
 *
 * Return: index * 2 + side, LOOKUP_MISS, or LOOKUP_BUSY after some tries.
 */
static inline uint32_t
lookup(const struct fast *f, const struct skey *k, uint64_t hash,
    uint16_t ifidx)
{
	uint32_t lref = LOOKUP_BUSY;
	unsigned i;

	for (i = 0; i < LOOKUP_TRIES && lref == LOOKUP_BUSY; i++)
		lref = lookup_once(f, k, hash, ifidx);
	return lref;
}

#ifndef __bpf__
static inline void
lookup_prefetch(const struct fast *f, uint64_t hash)
{
	uint64_t split = load_relaxed(&f->head->split);

	prefetch_read(bucket_at(f, split_bucket(split, hash)));
}

/*
 * lookup_alone() - Is there surely no line with the key of this hash, nor one
 * with that key in the other direction?
 */
static inline int
lookup_alone(const struct fast *f, uint64_t hash)
{
	const uint64_t turn = key_turn(LINE_OUT) >> 48;
	uint64_t split = load_acquire(&f->head->split);
	uint32_t at = split_bucket(split, hash);
	const struct bucket *b = bucket_at(f, at);
	uint16_t tag = hash_tag(hash) | (uint16_t)turn;
	uint32_t begin = seq_begin(&b->seq);
	uint64_t found;

	found = tags_match(bucket_tags(b, 0) | turn * 0x0001000100010001ULL,
	    tag) | tags_match(bucket_tags(b, 1) | turn * 0x0001000100010001ULL,
	    tag);
	return found == 0 && load_acquire(&b->overflow) == 0 &&
	    seq_same(&b->seq, begin) &&
	    split_bucket(load_relaxed(&f->head->split), hash) == at;
}

/*
 * lookup_guess() - The first line that may be the one, and fetch it
 * @peer: the other side's line as well (TCP)
 *
 * Return: a reference for lookup_guessed(), or LOOKUP_MISS.
 */
static inline uint32_t
lookup_guess(const struct fast *f, uint64_t hash, int peer)
{
	uint64_t split = load_relaxed(&f->head->split);
	const struct bucket *b = bucket_at(f, split_bucket(split, hash));
	uint16_t tag = hash_tag(hash);
	uint64_t m;
	unsigned half;
	uint32_t lref, over;

	for (half = 0; half < 2; half++) {
		m = tags_match(bucket_tags(b, half), tag);
		if (m == 0)
			continue;
		lref = load_acquire(&b->lref[half * 4 + tags_lane(m)]);
		prefetch_write(line_at(f, lref));
		if (peer)
			prefetch_read(line_at(f, lref ^ 1));
		return lref;
	}
	over = load_relaxed(&b->overflow);
	if (over != 0)
		prefetch_read(bucket_at(f, f->head->bucket_max + over - 1));
	return LOOKUP_MISS;
}

/*
 * lookup_guessed() - lookup(), which looks at the guess first
 *
 * No line of the chain stands before the guess, so if the key is the guess's
 * own it is what lookup() would have returned when the guess was made.
 */
static inline uint32_t
lookup_guessed(const struct fast *f, const struct skey *k, uint64_t hash,
    uint16_t ifidx, uint32_t guess)
{
	if (guess != LOOKUP_MISS && line_answers(f, guess, k, ifidx))
		return guess;
	return lookup(f, k, hash, ifidx);
}
#endif

#endif
