/* SPDX-License-Identifier: ISC */
/*
 * Sets of tables: numbers, names, publication, garbage.
 *
 * Readers go from the array of tables, by the number, to the published root of
 * a family's trie; each of these three is one atomic pointer.  The writer
 * replaces the array when it grows, and whole tables when they end; both then
 * wait in the garbage beside the pieces of tries.
 */
#include "engine/table.h"

#include "engine/trie.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Lookups of one worker; a cache line of its own. */
struct counts {
	_Alignas(64) _Atomic uint64_t match;
	_Atomic uint64_t nomatch;
};

struct tab {
	_Atomic(const void *) pub[2];	/* readers' roots: IPv4, IPv6 */
	struct trie trie[2];
	char name[TABLE_NAMELEN];	/* "" without a name */
	char *anchor;			/* NULL without a name */
	struct counts *counts;		/* one for each worker */
	_Atomic(struct cells *) cells;	/* NULL until entries are counted */
	bool counting;			/* new entries are */
};

/* All tables by number; immutable but for its pointers. */
struct tabs {
	uint32_t cap;
	_Atomic(struct tab *) v[];
};

struct table_set {
	_Atomic(struct tabs *) tabs;
	unsigned nworkers;
	uint8_t *resting;		/* numbers not to be given out yet */
	struct trie_trash trash;
	struct tab *dead[64];		/* tables that ended */
	uint32_t dead_nr[64];
	uint32_t ndead;
	struct tabs *old_tabs[32];	/* arrays before each doubling */
	uint32_t nold;
	struct table_garbage *full;	/* bundles before this one */
	uint64_t gen, freed;		/* of garbage: to come, freed last */
};

struct table_garbage {
	struct table_set *set;
	struct table_garbage *next;
	struct trie_trash trash;
	struct tab *dead[64];
	uint32_t dead_nr[64];
	uint32_t ndead;
	struct tabs *old_tabs[32];
	uint32_t nold;
	uint64_t gen;
};

#define TABS_MIN 64

static struct tabs *
tabs_new(uint32_t cap)
{
	struct tabs *tabs;

	tabs = calloc(1, sizeof(*tabs) + cap * sizeof(tabs->v[0]));
	if (tabs != NULL)
		tabs->cap = cap;
	return tabs;
}

struct table_set *
table_set_new(unsigned nworkers)
{
	struct table_set *ts;
	struct tabs *tabs = NULL;

	if ((ts = calloc(1, sizeof(*ts))) == NULL ||
	    (tabs = tabs_new(TABS_MIN)) == NULL ||
	    (ts->resting = calloc(TABS_MIN, 1)) == NULL) {
		free(tabs);
		free(ts);
		return NULL;
	}
	atomic_init(&ts->tabs, tabs);
	ts->nworkers = nworkers == 0 ? 1 : nworkers;
	ts->gen = 1;
	return ts;
}

static void
tab_free(struct tab *t)
{
	struct trie_trash trash = { 0 };
	unsigned f;

	for (f = 0; f < 2; f++)
		if (trie_clear(&t->trie[f], &trash) == 0)
			trie_trash_empty(&trash);
	cells_free(atomic_load(&t->cells));
	free(t->counts);
	free(t->anchor);
	free(t);
}

void
table_set_free(struct table_set *ts)
{
	struct tabs *tabs;
	uint32_t i;

	if (ts == NULL)
		return;
	table_garbage_free(table_set_garbage(ts));
	trie_trash_empty(&ts->trash);
	tabs = atomic_load(&ts->tabs);
	for (i = 0; i < tabs->cap; i++)
		if (atomic_load(&tabs->v[i]) != NULL)
			tab_free(atomic_load(&tabs->v[i]));
	free(tabs);
	free(ts->resting);
	free(ts);
}

/* The table of a number, or NULL; for workers and the writer. */
static struct tab *
tab_at(const struct table_set *ts, uint32_t nr)
{
	struct tabs *tabs;

	tabs = atomic_load_explicit(&ts->tabs, memory_order_acquire);
	return nr < tabs->cap ?
	    atomic_load_explicit(&tabs->v[nr], memory_order_acquire) : NULL;
}

static uint32_t
set_cap(const struct table_set *ts)
{
	return atomic_load_explicit(&ts->tabs, memory_order_relaxed)->cap;
}

static unsigned
family(uint8_t af)
{
	return af == AF_INET ? 0 : 1;
}

/* Double the array of tables. */
static int
set_grow(struct table_set *ts)
{
	struct tabs *old = atomic_load(&ts->tabs), *tabs;
	uint32_t cap = old->cap * 2, i;
	uint8_t *resting;

	if (ts->nold == 32 || cap == 0)
		return -ENOMEM;
	if ((resting = reallocarray(ts->resting, cap, 1)) == NULL)
		return -ENOMEM;
	memset(resting + old->cap, 0, cap - old->cap);
	ts->resting = resting;
	if ((tabs = tabs_new(cap)) == NULL)
		return -ENOMEM;
	for (i = 0; i < old->cap; i++)
		atomic_init(&tabs->v[i], atomic_load(&old->v[i]));
	atomic_store_explicit(&ts->tabs, tabs, memory_order_release);
	ts->old_tabs[ts->nold++] = old;
	return 0;
}

static int
tab_set_name(struct tab *t, const char *anchor, const char *name)
{
	char *copy;
	size_t len = strlen(anchor) + 1;

	if (strlen(name) >= sizeof(t->name))
		return -ENAMETOOLONG;
	if ((copy = malloc(len)) == NULL)
		return -ENOMEM;
	memcpy(copy, anchor, len);
	free(t->anchor);
	t->anchor = copy;
	strlcpy(t->name, name, sizeof(t->name));
	return 0;
}

/* A table's memory, its counters on cache lines of their own. */
static struct tab *
tab_new(unsigned nworkers)
{
	struct tab *t;
	size_t size = nworkers * sizeof(*t->counts);

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	if ((t->counts = aligned_alloc(64, size)) == NULL) {
		free(t);
		return NULL;
	}
	memset(t->counts, 0, size);
	return t;
}

int
table_new(struct table_set *ts, const char *anchor, const char *name,
    uint32_t *nr)
{
	struct tab *t;
	uint32_t i;
	int error;

	if (name != NULL && table_find(ts, anchor, name) != TABLE_NONE)
		return -EEXIST;
	for (i = 0; i < set_cap(ts); i++)
		if (tab_at(ts, i) == NULL && !ts->resting[i])
			break;
	if (i == set_cap(ts) && (error = set_grow(ts)) != 0)
		return error;
	if ((t = tab_new(ts->nworkers)) == NULL)
		return -ENOMEM;
	if (name != NULL && (error = tab_set_name(t, anchor, name)) != 0) {
		tab_free(t);
		return error;
	}
	atomic_store_explicit(&atomic_load(&ts->tabs)->v[i], t,
	    memory_order_release);
	*nr = i;
	return 0;
}

uint32_t
table_find(const struct table_set *ts, const char *anchor, const char *name)
{
	const struct tab *t;
	uint32_t i;

	for (i = 0; i < set_cap(ts); i++)
		if ((t = tab_at(ts, i)) != NULL && t->anchor != NULL &&
		    strcmp(t->name, name) == 0 && strcmp(t->anchor, anchor) == 0)
			return i;
	return TABLE_NONE;
}

/* Move the garbage so far into a bundle before the list. */
static int
garbage_bundle(struct table_set *ts)
{
	struct table_garbage *g;

	if (ts->trash.n == 0 && ts->ndead == 0 && ts->nold == 0)
		return 0;
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return -ENOMEM;
	g->set = ts;
	g->next = ts->full;
	g->trash = ts->trash;
	memset(&ts->trash, 0, sizeof(ts->trash));
	memcpy(g->dead, ts->dead, sizeof(g->dead));
	memcpy(g->dead_nr, ts->dead_nr, sizeof(g->dead_nr));
	g->ndead = ts->ndead;
	memcpy(g->old_tabs, ts->old_tabs, sizeof(g->old_tabs));
	g->nold = ts->nold;
	ts->ndead = ts->nold = 0;
	ts->full = g;
	return 0;
}

void
table_remove(struct table_set *ts, uint32_t nr)
{
	struct tab *t = tab_at(ts, nr);

	if (t == NULL)
		return;
	atomic_store_explicit(&atomic_load(&ts->tabs)->v[nr], NULL,
	    memory_order_release);
	ts->resting[nr] = 1;
	if (ts->ndead == 64 && garbage_bundle(ts) != 0)
		return;		/* no memory for the list: it stays behind */
	ts->dead_nr[ts->ndead] = nr;
	ts->dead[ts->ndead++] = t;
}

int
table_adopt(struct table_set *ts, uint32_t nr, const char *anchor,
    const char *name)
{
	struct tab *t = tab_at(ts, nr);
	uint32_t old = table_find(ts, anchor, name);
	int error;

	if (t == NULL)
		return -ENOENT;
	if (old == nr)
		return 0;
	if ((error = tab_set_name(t, anchor, name)) != 0)
		return error;
	if (old != TABLE_NONE)
		table_remove(ts, old);
	return 0;
}

uint32_t
table_next_nr(const struct table_set *ts, uint32_t nr)
{
	for (; nr < set_cap(ts); nr++)
		if (tab_at(ts, nr) != NULL)
			return nr;
	return TABLE_NONE;
}

const char *
table_name(const struct table_set *ts, uint32_t nr)
{
	const struct tab *t = tab_at(ts, nr);

	return t != NULL && t->anchor != NULL ? t->name : NULL;
}

const char *
table_anchor(const struct table_set *ts, uint32_t nr)
{
	const struct tab *t = tab_at(ts, nr);

	return t != NULL ? t->anchor : NULL;
}

/* When it ends or began, wherever that is kept. */
static uint32_t
leaf_when(const struct tab *t, const struct trie_leaf *l)
{
	return l->counted ? cells_when(atomic_load(&t->cells), l->cell) :
	    l->when;
}

/* What any reader may look at. */
static void
ent_constant(struct table_ent *e, const struct trie_leaf *l, uint8_t af)
{
	memset(e, 0, sizeof(*e));
	e->addr = l->addr;
	e->af = af;
	e->plen = l->plen;
	e->neg = l->neg;
	e->weight = l->weight;
}

static void
ent_of(const struct tab *t, struct table_ent *e, const struct trie_leaf *l,
    uint8_t af)
{
	uint32_t when = leaf_when(t, l);

	ent_constant(e, l, af);
	e->expire = l->timed ? when : 0;
	e->since = l->timed ? 0 : when;
}

static bool
ent_valid(const struct table_ent *e)
{
	struct addr a = e->addr;

	if ((e->af != AF_INET && e->af != AF_INET6) ||
	    e->plen > addr_bits(e->af))
		return false;
	addr_apply_plen(&a, e->plen);
	return addr_equal(&a, &e->addr);
}

/* A new leaf, with the cell of the one that it replaces or one of its own. */
static int
leaf_put(struct table_set *ts, struct tab *t, struct trie *tr,
    struct trie_leaf *l, const struct trie_leaf *have)
{
	struct cells *c = atomic_load(&t->cells);
	uint32_t when = l->when, cell = CELL_NONE;
	int ret;

	if (t->counting) {
		l->counted = true;
		cell = have != NULL && have->counted ? have->cell :
		    cells_take(c, ts->freed);
		if (cell == CELL_NONE)
			return -ENOMEM;
		l->cell = cell;
	}
	ret = trie_insert(tr, l, &ts->trash);
	if (cell == CELL_NONE)
		return ret;
	if (ret >= 0)
		cells_set_when(c, cell, when);
	else if (have == NULL || !have->counted)
		cells_rest(c, cell, 0);		/* nobody has seen it */
	return ret;
}

int
table_add(struct table_set *ts, uint32_t nr, const struct table_ent *e)
{
	struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *have;
	struct trie_leaf l = {
		.addr = e->addr,
		.plen = e->plen,
		.neg = e->neg,
		.timed = e->expire != 0,
		.weight = e->weight,
		.when = e->expire != 0 ? e->expire : e->since,
	};
	struct trie *tr;

	if (t == NULL || !ent_valid(e))
		return -EINVAL;
	tr = &t->trie[family(e->af)];
	if ((have = trie_exact(tr->root, &l.addr, l.plen)) != NULL) {
		if (have->neg != l.neg)
			return -EEXIST;
		if (have->weight == l.weight && leaf_when(t, have) == l.when &&
		    have->timed == l.timed)
			return 0;
	}
	return leaf_put(ts, t, tr, &l, have);
}

bool
table_since(struct table_set *ts, uint32_t nr, const struct table_ent *e,
    uint32_t when)
{
	struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *have;

	if (t == NULL || !ent_valid(e))
		return false;
	have = trie_exact(t->trie[family(e->af)].root, &e->addr, e->plen);
	if (have == NULL || have->neg != e->neg)
		return false;
	/* leaves are constant for all but this member, which is the writer's */
	if (have->counted && !have->timed)
		cells_set_when(atomic_load(&t->cells), have->cell, when);
	else if (!have->timed)
		((struct trie_leaf *)(uintptr_t)have)->when = when;
	return true;
}

/* Give every entry of a family a leaf as those to come will have. */
static int
recount(struct table_set *ts, struct tab *t, unsigned f)
{
	struct trie *tr = &t->trie[f];
	const struct trie_leaf *have, *next;
	struct trie_leaf l;

	for (have = trie_after(tr->root, NULL, 0); have != NULL; have = next) {
		l = *have;
		l.counted = false;
		l.when = leaf_when(t, have);
		if (leaf_put(ts, t, tr, &l, have) < 0)
			return -ENOMEM;
		if (have->counted && !t->counting)
			cells_rest(atomic_load(&t->cells), have->cell,
			    ts->gen);
		next = trie_after(tr->root, &l.addr, l.plen);
	}
	return 0;
}

int
table_count_entries(struct table_set *ts, uint32_t nr, bool on)
{
	struct tab *t = tab_at(ts, nr);
	struct cells *c;
	int error;

	if (t == NULL || t->counting == on)
		return 0;
	if (atomic_load(&t->cells) == NULL) {
		if ((c = cells_new()) == NULL)
			return -ENOMEM;
		atomic_store_explicit(&t->cells, c, memory_order_release);
	}
	t->counting = on;
	error = recount(ts, t, 0);
	return error != 0 ? error : recount(ts, t, 1);
}

struct cells *
table_cells(const struct table_set *ts, uint32_t nr)
{
	const struct tab *t = tab_at(ts, nr);

	return t == NULL || !t->counting ? NULL : atomic_load(&t->cells);
}

uint32_t
table_cell(const struct table_set *ts, uint32_t nr, uint8_t af,
    const struct addr *a, uint8_t plen)
{
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;

	if (t == NULL)
		return CELL_NONE;
	l = trie_exact(t->trie[family(af)].root, a, plen);
	return l == NULL || !l->counted ? CELL_NONE : l->cell;
}

static void
carry_cell(const struct cells *from, uint32_t was, struct cells *to,
    uint32_t is)
{
	struct cell_counts old;

	cells_get(from, was, &old);
	cells_adjust(to, is, &old, 1);
}

/* An entry that stays has been there since, too. */
static void
carry_entry(struct table_set *ts, uint32_t from, uint32_t to,
    const struct table_ent *e)
{
	uint32_t was = table_cell(ts, from, e->af, &e->addr, e->plen);
	uint32_t is = table_cell(ts, to, e->af, &e->addr, e->plen);
	struct table_ent old;

	if (was == CELL_NONE || is == CELL_NONE ||
	    !table_get(ts, from, e->af, &e->addr, e->plen, &old) ||
	    old.neg != e->neg)
		return;
	carry_cell(table_cells(ts, from), was, table_cells(ts, to), is);
	if (old.expire == 0)
		table_since(ts, to, e, old.since);
}

/* Of lookups; the last one who counts is the writer, see table_set_new(). */
static void
carry_lookups(struct table_set *ts, uint32_t from, uint32_t to)
{
	struct counts *own = &tab_at(ts, to)->counts[ts->nworkers - 1];
	struct table_counters c;

	table_counters(ts, from, &c);
	atomic_fetch_add(&own->match, c.match);
	atomic_fetch_add(&own->nomatch, c.nomatch);
}

bool
table_count_carry(struct table_set *ts, uint32_t from, uint32_t to)
{
	struct cells *was = table_cells(ts, from), *is = table_cells(ts, to);
	struct table_ent e;
	bool more;

	if (was == NULL || is == NULL)
		return false;
	carry_lookups(ts, from, to);
	cells_set_owe(is, cells_owe(is) || cells_owe(was));
	carry_cell(was, CELL_NONE, is, CELL_NONE);
	for (more = table_next(ts, to, NULL, &e); more;
	    more = table_next(ts, to, &e, &e))
		carry_entry(ts, from, to, &e);
	return true;
}

int
table_delete(struct table_set *ts, uint32_t nr, const struct table_ent *e)
{
	struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *have;
	struct trie *tr;
	uint32_t cell;
	int ret;

	if (t == NULL || !ent_valid(e))
		return 0;
	tr = &t->trie[family(e->af)];
	have = trie_exact(tr->root, &e->addr, e->plen);
	if (have == NULL || have->neg != e->neg)
		return 0;
	cell = have->counted ? have->cell : CELL_NONE;
	ret = trie_remove(tr, &e->addr, e->plen, &ts->trash);
	if (ret == 1 && cell != CELL_NONE)
		cells_rest(atomic_load(&t->cells), cell, ts->gen);
	return ret;
}

/* The cells of a tree that is in the trash. */
static void
rest_all(struct table_set *ts, struct tab *t, const void *root)
{
	const struct trie_leaf *l;

	if (atomic_load(&t->cells) == NULL)
		return;
	for (l = trie_after(root, NULL, 0); l != NULL;
	    l = trie_after(root, &l->addr, l->plen))
		if (l->counted)
			cells_rest(atomic_load(&t->cells), l->cell, ts->gen);
}

uint32_t
table_flush(struct table_set *ts, uint32_t nr)
{
	struct tab *t = tab_at(ts, nr);
	const void *root;
	uint32_t n = 0, had;
	unsigned f;

	for (f = 0; t != NULL && f < 2; f++) {
		root = t->trie[f].root;
		had = t->trie[f].n;
		if (trie_clear(&t->trie[f], &ts->trash) != 0)
			continue;
		rest_all(ts, t, root);
		n += had;
	}
	return n;
}

void
table_publish(struct table_set *ts, uint32_t nr)
{
	struct tab *t = tab_at(ts, nr);
	unsigned f;

	for (f = 0; t != NULL && f < 2; f++)
		atomic_store_explicit(&t->pub[f], trie_publish(&t->trie[f]),
		    memory_order_release);
}

struct table_garbage *
table_set_garbage(struct table_set *ts)
{
	struct table_garbage *g, *b;

	if (garbage_bundle(ts) != 0)
		return NULL;	/* stays until the next call */
	g = ts->full;
	ts->full = NULL;
	for (b = g; b != NULL; b = b->next)
		b->gen = ts->gen;
	ts->gen += g != NULL;
	return g;
}

void
table_garbage_free(struct table_garbage *g)
{
	struct table_garbage *next;
	uint32_t i;

	for (; g != NULL; g = next) {
		next = g->next;
		trie_trash_empty(&g->trash);
		if (g->gen > g->set->freed)
			g->set->freed = g->gen;
		for (i = 0; i < g->ndead; i++) {
			tab_free(g->dead[i]);
			g->set->resting[g->dead_nr[i]] = 0;
		}
		for (i = 0; i < g->nold; i++)
			free(g->old_tabs[i]);
		free(g);
	}
}

uint32_t
table_size(const struct table_set *ts, uint32_t nr)
{
	const struct tab *t = tab_at(ts, nr);

	return t == NULL ? 0 : t->trie[0].n + t->trie[1].n;
}

size_t
table_bytes(const struct table_set *ts, uint32_t nr)
{
	const struct tab *t = tab_at(ts, nr);

	return t == NULL ? 0 : sizeof(*t) + ts->nworkers * sizeof(*t->counts) +
	    t->trie[0].bytes + t->trie[1].bytes +
	    cells_bytes(atomic_load(&t->cells));
}

bool
table_get(const struct table_set *ts, uint32_t nr, uint8_t af,
    const struct addr *a, uint8_t plen, struct table_ent *out)
{
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;

	if (t == NULL ||
	    (l = trie_exact(t->trie[family(af)].root, a, plen)) == NULL)
		return false;
	ent_of(t, out, l, af);
	return true;
}

bool
table_test(const struct table_set *ts, uint32_t nr, uint8_t af,
    const struct addr *a, struct table_ent *out)
{
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;

	if (t == NULL ||
	    (l = trie_lookup(t->trie[family(af)].root, a)) == NULL)
		return false;
	ent_of(t, out, l, af);
	return true;
}

bool
table_next(const struct table_set *ts, uint32_t nr,
    const struct table_ent *after, struct table_ent *out)
{
	static const uint8_t afs[2] = { AF_INET, AF_INET6 };
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;
	unsigned f = after == NULL ? 0 : family(after->af);

	for (; t != NULL && f < 2; f++, after = NULL) {
		l = trie_after(t->trie[f].root,
		    after == NULL ? NULL : &after->addr,
		    after == NULL ? 0 : after->plen);
		if (l != NULL) {
			ent_of(t, out, l, afs[f]);
			return true;
		}
	}
	return false;
}

static const void *
root_read(const struct tab *t, uint8_t af)
{
	return atomic_load_explicit(&t->pub[family(af)], memory_order_acquire);
}

bool
table_match(const struct table_set *ts, unsigned worker, uint32_t nr,
    uint8_t af, const struct addr *a)
{
	struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;
	_Atomic uint64_t *count;
	bool match;

	if (t == NULL)
		return false;
	l = trie_lookup(root_read(t, af), a);
	match = l != NULL && !l->neg;
	if (worker < ts->nworkers) {
		count = match ? &t->counts[worker].match :
		    &t->counts[worker].nomatch;
		atomic_store_explicit(count, atomic_load_explicit(count,
		    memory_order_relaxed) + 1, memory_order_relaxed);
	}
	return match;
}

void
table_count(const struct table_set *ts, uint32_t nr, uint8_t af,
    const struct addr *const a[2], unsigned dir, enum cell_op op,
    uint64_t packets, uint64_t bytes)
{
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l = NULL;
	struct cells *c;
	unsigned i;

	if (t == NULL || (c = atomic_load_explicit(&t->cells,
	    memory_order_acquire)) == NULL)
		return;
	for (i = 0; i < 2; i++) {
		l = trie_lookup(root_read(t, af), a[i]);
		if (l != NULL && !l->neg)
			break;
		l = NULL;
	}
	cells_add(c, l != NULL && l->counted ? l->cell : CELL_NONE, dir,
	    l != NULL ? op : CELL_XPASS, packets, bytes);
}

uint64_t
table_weight(const struct table_set *ts, uint32_t nr, uint8_t af)
{
	const struct tab *t = tab_at(ts, nr);

	return t == NULL ? 0 : trie_weight(root_read(t, af));
}

bool
table_pick(const struct table_set *ts, uint32_t nr, uint8_t af, uint64_t n,
    struct table_ent *out)
{
	const struct tab *t = tab_at(ts, nr);
	const struct trie_leaf *l;

	if (t == NULL || (l = trie_pick(root_read(t, af), n)) == NULL)
		return false;
	ent_constant(out, l, af);
	return true;
}

void
table_counters(const struct table_set *ts, uint32_t nr,
    struct table_counters *c)
{
	const struct tab *t = tab_at(ts, nr);
	unsigned i;

	c->match = c->nomatch = 0;
	for (i = 0; t != NULL && i < ts->nworkers; i++) {
		c->match += atomic_load_explicit(&t->counts[i].match,
		    memory_order_relaxed);
		c->nomatch += atomic_load_explicit(&t->counts[i].nomatch,
		    memory_order_relaxed);
	}
}

void
table_counters_clear(struct table_set *ts, uint32_t nr)
{
	struct tab *t = tab_at(ts, nr);
	unsigned i;

	for (i = 0; t != NULL && i < ts->nworkers; i++) {
		atomic_store(&t->counts[i].match, 0);
		atomic_store(&t->counts[i].nomatch, 0);
	}
}
