/* SPDX-License-Identifier: ISC */
/*
 * What readers of a trie ask: the longest prefix, one prefix, a place by
 * weight, the next in order.
 *
 * A reader does not check the bits of skipped levels.  It remembers one entry
 * of each node it passes, and takes the deepest that holds the address when
 * compared whole; if skipped bits differ, all entries below fail that.
 */
#include <assert.h>
#include <string.h>

#include "engine/bits.h"
#include "engine/trie_node.h"

static inline bool
leaf_holds(const struct trie_leaf *l, const struct bits *k)
{
	struct bits lk = bits_of(&l->addr);

	return bits_common(&lk, k) >= l->plen;
}

const struct trie_leaf *
trie_lookup(const void *root, const struct addr *a)
{
	const struct trie_leaf *cand[DEPTH_MAX + 1];
	struct bits k = bits_of(a);
	const struct node *nd;
	unsigned n = 0, b;
	uint64_t m;

	while (root != NULL) {
		if (IS_LEAF(root)) {
			cand[n++] = LEAF(root);
			break;
		}
		nd = root;
		b = bits_at(&k, nd->depth);
		if ((m = nd->pfx & pfx_above(b)) != 0)
			cand[n++] = LEAF(nd->slot[below(nd->pfx,
			    63 - __builtin_clzll(m))]);
		if ((nd->kid >> b & 1) == 0)
			break;
		root = nd->slot[kid_slot(nd, b)];
	}
	while (n-- > 0)
		if (leaf_holds(cand[n], &k))
			return cand[n];
	return NULL;
}

const struct trie_leaf *
trie_exact(const void *root, const struct addr *a, uint8_t plen)
{
	struct trie_leaf want = { .addr = *a, .plen = plen };
	struct bits k = bits_of(a);
	const struct node *nd;
	unsigned i;

	while (root != NULL && !IS_LEAF(root)) {
		nd = root;
		if (nd->depth > home_depth(plen))
			return NULL;
		if (nd->depth == home_depth(plen)) {
			i = pfx_place(&k, plen);
			root = nd->pfx >> i & 1 ?
			    nd->slot[below(nd->pfx, i)] : NULL;
		} else {
			i = bits_at(&k, nd->depth);
			root = nd->kid >> i & 1 ?
			    nd->slot[kid_slot(nd, i)] : NULL;
		}
	}
	return root != NULL && leaf_same(LEAF(root), &want) ? LEAF(root) : NULL;
}

uint64_t
trie_weight(const void *root)
{
	return slot_weight(root);
}

/* Six-bit values at which prefixes of `pfx' begin. */
static uint64_t
pfx_starts(uint64_t pfx)
{
	uint64_t starts = 0;
	unsigned i, len;

	for (; pfx != 0; pfx &= pfx - 1) {
		i = __builtin_ctzll(pfx);
		len = 31 - __builtin_clz(i + 1);
		starts |= UINT64_C(1) <<
		    ((i + 1 - (1u << len)) << (STRIDE - len));
	}
	return starts;
}

/* Put the slots of all that begins at value @b behind order[n]. */
static unsigned
order_at(const struct node *nd, unsigned b, uint8_t *order, unsigned n)
{
	unsigned len, i;

	for (len = 0; nd->pfx != 0 && len < STRIDE; len++) {
		if ((b & ((1u << (STRIDE - len)) - 1)) != 0)
			continue;
		i = (1u << len) - 1 + (b >> (STRIDE - len));
		if (nd->pfx >> i & 1)
			order[n++] = below(nd->pfx, i);
	}
	if (nd->kid >> b & 1)
		order[n++] = kid_slot(nd, b);
	return n;
}

/*
 * node_order() - Slots of a node in the order of addresses, shorter prefixes
 * first
 * @order: one place for each slot
 */
static unsigned
node_order(const struct node *nd, uint8_t order[static 127])
{
	uint64_t m = pfx_starts(nd->pfx) | nd->kid;
	unsigned n = 0;

	for (; m != 0; m &= m - 1)
		n = order_at(nd, __builtin_ctzll(m), order, n);
	return n;
}

const struct trie_leaf *
trie_pick(const void *root, uint64_t at)
{
	uint8_t order[127];
	const struct node *nd;
	unsigned i, n;

	if (at >= slot_weight(root))
		return NULL;
	while (!IS_LEAF(root)) {
		nd = root;
		n = node_order(nd, order);
		for (i = 0; i < n; i++) {
			root = nd->slot[order[i]];
			if (at < slot_weight(root))
				break;
			at -= slot_weight(root);
		}
		assert(i < n);	/* weights of nodes are sums */
	}
	return LEAF(root);
}

/* The first entry of a subtree in order. */
static const struct trie_leaf *
tree_first(const void *p)
{
	const struct node *nd;
	uint8_t order[STRIDE + 1];

	while (!IS_LEAF(p)) {
		nd = p;
		order_at(nd, __builtin_ctzll(pfx_starts(nd->pfx) | nd->kid),
		    order, 0);
		p = nd->slot[order[0]];
	}
	return LEAF(p);
}

static bool
leaf_behind(const struct trie_leaf *l, const struct addr *a, uint8_t plen)
{
	int c = memcmp(&l->addr, a, sizeof(*a));

	return c > 0 || (c == 0 && l->plen > plen);
}

/* The first entry behind a place, shorter prefixes first. */
static const struct trie_leaf *
walk_after(const void *root, const struct addr *a, uint8_t plen)
{
	const struct trie_leaf *best = NULL, *l;
	const struct node *nd;
	uint8_t order[127];
	unsigned i, n, lo, hi;

	if (root == NULL)
		return NULL;
	if (a == NULL)
		return tree_first(root);
	while (!IS_LEAF(root)) {
		nd = root;
		n = node_order(nd, order);
		/* slots [0, lo) begin at or before the cursor */
		for (lo = 0, hi = n; lo < hi;) {
			i = (lo + hi) / 2;
			if (leaf_behind(tree_first(nd->slot[order[i]]), a,
			    plen))
				hi = i;
			else
				lo = i + 1;
		}
		if (lo < n) {
			l = tree_first(nd->slot[order[lo]]);
			if (best == NULL || leaf_behind(best, &l->addr, l->plen))
				best = l;
		}
		if (lo == 0)
			return best;
		root = nd->slot[order[lo - 1]];
	}
	l = LEAF(root);
	return leaf_behind(l, a, plen) ? l : best;
}

/* The next shorter prefix with the same address. */
static const struct trie_leaf *
shorter(const void *root, const struct addr *a, uint8_t plen)
{
	const struct trie_leaf *l;

	while (plen-- > 0) {
		if ((a->b[plen / 8] >> (7 - plen % 8) & 1) != 0)
			break;
		if ((l = trie_exact(root, a, plen)) != NULL)
			return l;
	}
	return NULL;
}

const struct trie_leaf *
trie_after(const void *root, const struct addr *a, uint8_t plen)
{
	const struct trie_leaf *l, *longer;

	if (root == NULL)
		return NULL;
	if (a != NULL && (l = shorter(root, a, plen)) != NULL)
		return l;
	longer = walk_after(root, a, 8 * sizeof(*a));
	for (l = longer; longer != NULL && addr_equal(&longer->addr, &l->addr);
	    longer = walk_after(root, &l->addr, l->plen))
		l = longer;
	return l;
}
