/* SPDX-License-Identifier: ISC */
/*
 * The nodes of a trie; for trie.c, which changes them, and trie_read.c.
 *
 * A node at depth d (a multiple of 6) decides the bits d .. d+5.  `pfx' has a
 * bit for each entry whose prefix ends within them, at place (1 << len) - 1 +
 * value for len = plen - d; `kid' has a bit for each value below which longer
 * entries are.  slot[] holds first the entries, then the kids, each in the
 * order of their bits.  A kid with one entry only is that entry itself: a
 * pointer with its lowest bit set.
 *
 *	node, depth 0
 *	   pfx: 8/5 ... kid: 10 -> leaf 42.1.2.3/32
 *	                     17 -> node, depth 18 (levels 6, 12 have one kid)
 */
#ifndef ENGINE_TRIE_NODE_H
#define ENGINE_TRIE_NODE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/bits.h"
#include "engine/trie.h"

#define STRIDE 6
#define DEPTH_MAX 22		/* nodes on a path: depth 0, 6 .. 126 */

struct bits {
	uint64_t hi, lo;
};

struct node {
	uint64_t pfx, kid;
	uint64_t weight;	/* of all entries below, without negated */
	struct bits key;	/* the bits above depth; others arbitrary */
	uint32_t gen;
	uint8_t depth;
	uint8_t cap;		/* slots allocated */
	void *slot[];
};

#define IS_LEAF(p) (((uintptr_t)(p) & 1) != 0)
#define LEAF(p) ((const struct trie_leaf *)((uintptr_t)(p) & ~(uintptr_t)1))
#define TAG_LEAF(p) ((void *)((uintptr_t)(p) | 1))

static struct bits
bits_of(const struct addr *a)
{
	struct bits k;

	memcpy(&k, a, sizeof(k));
	k.hi = be64toh(k.hi);
	k.lo = be64toh(k.lo);
	return k;
}

/* The six bits at a depth; behind the last bit come zeros. */
static inline unsigned
bits_at(const struct bits *k, unsigned depth)
{
	if (depth <= 58)
		return k->hi >> (58 - depth) & 63;
	if (depth < 64)
		return (k->hi << (depth - 58) | k->lo >> (122 - depth)) & 63;
	if (depth <= 122)
		return k->lo >> (122 - depth) & 63;
	return k->lo << (depth - 122) & 63;
}

/* Leading bits that two keys share. */
static inline unsigned
bits_common(const struct bits *a, const struct bits *b)
{
	if (a->hi != b->hi)
		return __builtin_clzll(a->hi ^ b->hi);
	if (a->lo != b->lo)
		return 64 + __builtin_clzll(a->lo ^ b->lo);
	return 128;
}

static inline unsigned
home_depth(unsigned plen)
{
	return plen / STRIDE * STRIDE;
}

/* Place in `pfx' of a prefix of plen bits at its home node. */
static inline unsigned
pfx_place(const struct bits *k, unsigned plen)
{
	unsigned len = plen % STRIDE;

	return (1u << len) - 1 +
	    (bits_at(k, home_depth(plen)) >> (STRIDE - len));
}

/* Places in `pfx' of all prefixes of a six-bit value. */
static inline uint64_t
pfx_above(unsigned b)
{
	return 1 | UINT64_C(1) << (1 + (b >> 5)) |
	    UINT64_C(1) << (3 + (b >> 4)) | UINT64_C(1) << (7 + (b >> 3)) |
	    UINT64_C(1) << (15 + (b >> 2)) | UINT64_C(1) << (31 + (b >> 1));
}

static inline unsigned
below(uint64_t map, unsigned bit)
{
	return popcount64(map & ((UINT64_C(1) << bit) - 1));
}

static inline unsigned
node_slots(const struct node *nd)
{
	return popcount64(nd->pfx) + popcount64(nd->kid);
}

static inline unsigned
kid_slot(const struct node *nd, unsigned b)
{
	return popcount64(nd->pfx) + below(nd->kid, b);
}

static inline uint64_t
slot_weight(const void *p)
{
	if (p == NULL)
		return 0;
	if (IS_LEAF(p))
		return LEAF(p)->neg ? 0 : LEAF(p)->weight + (LEAF(p)->weight == 0);
	return ((const struct node *)p)->weight;
}

static inline bool
leaf_same(const struct trie_leaf *a, const struct trie_leaf *b)
{
	return a->plen == b->plen && addr_equal(&a->addr, &b->addr);
}

#endif
