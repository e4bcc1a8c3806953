/* SPDX-License-Identifier: ISC */
/*
 * A tree bitmap with a stride of six bits, with skipped levels, and copied
 * along the path of an edit.
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
 *
 * A reader does not check the bits of skipped levels.  It remembers one entry
 * of each node it passes, and takes the deepest that holds the address when
 * compared whole; if skipped bits differ, all entries below fail that.
 *
 * The writer may change a node of the current generation in place, since no
 * reader has seen it.  Any other is copied, and its pointer in the parent,
 * itself a copy by then, is changed.
 */
#include "engine/trie.h"

#include "engine/bits.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
#define IS_TREE(p) (((uintptr_t)(p) & 2) != 0) /* in the trash only */
#define LEAF(p) ((const struct trie_leaf *)((uintptr_t)(p) & ~(uintptr_t)1))
#define TAG_LEAF(p) ((void *)((uintptr_t)(p) | 1))
#define TAG_TREE(p) ((void *)((uintptr_t)(p) | 2))

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
static unsigned
bits_common(const struct bits *a, const struct bits *b)
{
	if (a->hi != b->hi)
		return __builtin_clzll(a->hi ^ b->hi);
	if (a->lo != b->lo)
		return 64 + __builtin_clzll(a->lo ^ b->lo);
	return 128;
}

static unsigned
home_depth(unsigned plen)
{
	return plen / STRIDE * STRIDE;
}

/* Place in `pfx' of a prefix of plen bits at its home node. */
static unsigned
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

static uint64_t
slot_weight(const void *p)
{
	if (p == NULL)
		return 0;
	if (IS_LEAF(p))
		return LEAF(p)->neg ? 0 : LEAF(p)->weight + (LEAF(p)->weight == 0);
	return ((const struct node *)p)->weight;
}

static size_t
node_bytes(unsigned cap)
{
	return sizeof(struct node) + cap * sizeof(void *);
}

/* Room in the trash for @n more pieces. */
static int
trash_reserve(struct trie_trash *tr, size_t n)
{
	size_t cap;
	void **v;

	if (tr->n + n <= tr->cap)
		return 0;
	cap = tr->cap < 64 ? 128 : tr->cap * 2;
	while (cap < tr->n + n)
		cap *= 2;
	if ((v = reallocarray(tr->v, cap, sizeof(*v))) == NULL)
		return -ENOMEM;
	tr->v = v;
	tr->cap = cap;
	return 0;
}

static void
trash_put(struct trie_trash *tr, void *p)
{
	tr->v[tr->n++] = p;
}

/* Free a piece and everything below it; depth is bounded by the family. */
static void
tree_free(void *p)
{
	struct node *nd = p;
	unsigned i, n;

	if (IS_LEAF(p)) {
		free((void *)(uintptr_t)LEAF(p));
		return;
	}
	n = node_slots(nd);
	for (i = 0; i < n; i++)
		tree_free(nd->slot[i]);
	free(nd);
}

void
trie_trash_empty(struct trie_trash *tr)
{
	size_t i;

	for (i = 0; i < tr->n; i++) {
		void *p = tr->v[i];

		if (IS_TREE(p))
			tree_free((void *)((uintptr_t)p & ~(uintptr_t)2));
		else
			free((void *)((uintptr_t)p & ~(uintptr_t)1));
	}
	free(tr->v);
	tr->v = NULL;
	tr->n = tr->cap = 0;
}

/*
 * node_own() - Make the node at a slot the writer's own, with room for @room
 * more slots
 *
 * Return: the node, now in *at; NULL: no memory.
 */
static struct node *
node_own(struct trie *t, void **at, unsigned room, struct trie_trash *tr)
{
	struct node *old = *at, *nd;
	unsigned n = node_slots(old);

	if (old->gen == t->gen && n + room <= old->cap)
		return old;
	if ((nd = malloc(node_bytes(n + room))) == NULL)
		return NULL;
	memcpy(nd, old, node_bytes(n));
	nd->gen = t->gen;
	nd->cap = n + room;
	t->bytes += node_bytes(nd->cap) - node_bytes(old->cap);
	*at = nd;
	if (old->gen == t->gen)
		free(old);
	else
		trash_put(tr, old);
	return nd;
}

static void
slot_open(struct node *nd, unsigned i, void *p)
{
	memmove(&nd->slot[i + 1], &nd->slot[i],
	    (node_slots(nd) - i) * sizeof(void *));
	nd->slot[i] = p;
}

static void
slot_close(struct node *nd, unsigned i)
{
	memmove(&nd->slot[i], &nd->slot[i + 1],
	    (node_slots(nd) - i - 1) * sizeof(void *));
}

/* Add an entry to the node at its home depth. */
static void
node_add_pfx(struct node *nd, const struct bits *k, unsigned plen, void *leaf)
{
	unsigned place = pfx_place(k, plen);

	slot_open(nd, below(nd->pfx, place), leaf);
	nd->pfx |= UINT64_C(1) << place;
}

static void
node_add_kid(struct node *nd, const struct bits *k, void *p)
{
	unsigned b = bits_at(k, nd->depth);

	slot_open(nd, kid_slot(nd, b), p);
	nd->kid |= UINT64_C(1) << b;
}

/* Put an entry or a subtree where it belongs in a new node. */
static void
node_add(struct node *nd, void *p)
{
	struct bits k;

	if (IS_LEAF(p)) {
		k = bits_of(&LEAF(p)->addr);
		if (home_depth(LEAF(p)->plen) == nd->depth)
			node_add_pfx(nd, &k, LEAF(p)->plen, p);
		else
			node_add_kid(nd, &k, p);
	} else
		node_add_kid(nd, &((struct node *)p)->key, p);
	nd->weight += slot_weight(p);
}

/* A node of two, at the greatest depth that holds both. */
static struct node *
node_join(struct trie *t, void *a, unsigned adepth, void *b, unsigned bdepth,
    unsigned common, const struct bits *key)
{
	struct node *nd;

	if ((nd = calloc(1, node_bytes(2))) == NULL)
		return NULL;
	nd->gen = t->gen;
	nd->cap = 2;
	nd->key = *key;
	nd->depth = home_depth(common);
	if (nd->depth > adepth)
		nd->depth = adepth;
	if (nd->depth > bdepth)
		nd->depth = bdepth;
	node_add(nd, a);
	node_add(nd, b);
	t->bytes += node_bytes(2);
	return nd;
}

/* The walk of an edit from the root to where it happens. */
struct path {
	struct node *v[DEPTH_MAX];
	void **at[DEPTH_MAX];	/* where the pointer to v[i] stands */
	unsigned n;
};

static void
path_weigh(struct path *pa, uint64_t delta)
{
	unsigned i;

	for (i = 0; i < pa->n; i++)
		pa->v[i]->weight += delta;
}

/* Replace the entry at a slot by one of the same prefix. */
static void
leaf_replace(void **at, void *leaf, struct path *pa, struct trie_trash *tr)
{
	path_weigh(pa, slot_weight(leaf) - slot_weight(*at));
	trash_put(tr, *at);
	*at = leaf;
}

static bool
leaf_same(const struct trie_leaf *a, const struct trie_leaf *b)
{
	return a->plen == b->plen && addr_equal(&a->addr, &b->addr);
}

/*
 * leaf_place() - Hang a new entry into the tree
 *
 * All steps that can fail come before the first change that a lookup in this
 * version could notice.
 */
static int
leaf_place(struct trie *t, void *leaf, struct trie_trash *tr)
{
	const struct trie_leaf *l = LEAF(leaf);
	struct bits k = bits_of(&l->addr), ok;
	unsigned home = home_depth(l->plen), common, depth, i;
	struct path pa = { .n = 0 };
	void **at = &t->root;
	struct node *nd;

	while (*at != NULL) {
		if (IS_LEAF(*at)) {
			if (leaf_same(LEAF(*at), l)) {
				leaf_replace(at, leaf, &pa, tr);
				return 0;
			}
			ok = bits_of(&LEAF(*at)->addr);
			depth = home_depth(LEAF(*at)->plen);
		} else {
			ok = ((struct node *)*at)->key;
			depth = ((struct node *)*at)->depth;
		}
		common = bits_common(&k, &ok);
		if (IS_LEAF(*at) || home < depth || common < depth) {
			nd = node_join(t, *at, depth, leaf, home, common, &k);
			if (nd == NULL)
				return -ENOMEM;
			*at = nd;
			path_weigh(&pa, slot_weight(leaf));
			return 1;
		}
		if ((nd = node_own(t, at, 1, tr)) == NULL)
			return -ENOMEM;
		pa.v[pa.n++] = nd;
		if (home == depth) {
			i = pfx_place(&k, l->plen);
			if (nd->pfx >> i & 1) {
				leaf_replace(&nd->slot[below(nd->pfx, i)],
				    leaf, &pa, tr);
				return 0;
			}
			node_add_pfx(nd, &k, l->plen, leaf);
			path_weigh(&pa, slot_weight(leaf));
			return 1;
		}
		i = bits_at(&k, depth);
		if ((nd->kid >> i & 1) == 0) {
			node_add_kid(nd, &k, leaf);
			path_weigh(&pa, slot_weight(leaf));
			return 1;
		}
		at = &nd->slot[kid_slot(nd, i)];
	}
	*at = leaf;
	return 1;
}

int
trie_insert(struct trie *t, const struct trie_leaf *l, struct trie_trash *tr)
{
	struct trie_leaf *leaf;
	int ret;

	if (trash_reserve(tr, DEPTH_MAX + 1) != 0 ||
	    (leaf = malloc(sizeof(*leaf))) == NULL)
		return -ENOMEM;
	*leaf = *l;
	if ((ret = leaf_place(t, TAG_LEAF(leaf), tr)) < 0)
		free(leaf);
	else if (ret == 1) {
		t->n++;
		t->bytes += sizeof(*leaf);
	}
	return ret;
}

/* Own all nodes down to the entry's; sets the slot of the entry. */
static int
path_own(struct trie *t, const struct bits *k, unsigned plen, struct path *pa,
    unsigned *slot, struct trie_trash *tr)
{
	void **at = &t->root;
	struct node *nd;

	for (pa->n = 0; !IS_LEAF(*at);) {
		if ((nd = node_own(t, at, 0, tr)) == NULL)
			return -ENOMEM;
		pa->at[pa->n] = at;
		pa->v[pa->n++] = nd;
		if (nd->depth == home_depth(plen))
			*slot = below(nd->pfx, pfx_place(k, plen));
		else
			*slot = kid_slot(nd, bits_at(k, nd->depth));
		at = &nd->slot[*slot];
	}
	return 0;
}

int
trie_remove(struct trie *t, const struct addr *a, uint8_t plen,
    struct trie_trash *tr)
{
	const struct trie_leaf *l = trie_exact(t->root, a, plen);
	struct bits k = bits_of(a);
	struct path pa;
	struct node *nd;
	unsigned slot = 0;

	if (l == NULL)
		return 0;
	if (trash_reserve(tr, DEPTH_MAX + 2) != 0 ||
	    path_own(t, &k, plen, &pa, &slot, tr) != 0)
		return -ENOMEM;
	t->n--;
	t->bytes -= sizeof(*l);
	trash_put(tr, TAG_LEAF(l));
	if (pa.n == 0) {
		t->root = NULL;
		return 1;
	}
	path_weigh(&pa, -slot_weight(TAG_LEAF(l)));
	nd = pa.v[pa.n - 1];
	slot_close(nd, slot);
	if (nd->depth == home_depth(plen))
		nd->pfx &= ~(UINT64_C(1) << pfx_place(&k, plen));
	else
		nd->kid &= ~(UINT64_C(1) << bits_at(&k, nd->depth));
	if (node_slots(nd) == 1) {	/* nodes have two slots or more */
		*pa.at[pa.n - 1] = nd->slot[0];
		t->bytes -= node_bytes(nd->cap);
		free(nd);
	}
	return 1;
}

int
trie_clear(struct trie *t, struct trie_trash *tr)
{
	if (t->root == NULL)
		return 0;
	if (trash_reserve(tr, 1) != 0)
		return -ENOMEM;
	if (IS_LEAF(t->root))
		trash_put(tr, t->root);
	else
		trash_put(tr, TAG_TREE(t->root));
	t->root = NULL;
	t->n = 0;
	t->bytes = 0;
	return 0;
}

const void *
trie_publish(struct trie *t)
{
	t->gen++;
	return t->root;
}

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
