/* SPDX-License-Identifier: ISC */
/*
 * A tree bitmap with a stride of six bits, with skipped levels, and copied
 * along the path of an edit.  Nodes are in trie_node.h.
 *
 * The writer may change a node of the current generation in place, since no
 * reader has seen it.  Any other is copied, and its pointer in the parent,
 * itself a copy by then, is changed.
 */
#include "engine/trie.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/bits.h"
#include "engine/trie_node.h"

/* in the trash: a piece with all below it, not a node alone */
#define IS_TREE(p) (((uintptr_t)(p) & 2) != 0)
#define TAG_TREE(p) ((void *)((uintptr_t)(p) | 2))

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
