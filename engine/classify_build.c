/* SPDX-License-Identifier: ISC */
/*
 * Building classifiers.
 *
 * For each field a rule is the smallest block, aligned to a power of two,
 * that holds the interval it asks for; such blocks nest or are apart.  The
 * cover of a rule in a field is the number of rules of the set whose blocks
 * begin in its own: an estimate of how many packets would have to look at it
 * if it were filed there.  A rule is filed under the field of least cover; if
 * even that is half of the set, the rule is wide.
 */
#include "engine/classify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cbuild.h"

#define LIST_MAX 16	/* rules that are a list rather than filed further */
#define WIDE_LIST_MAX 24 /* wide rules that are a list */
#define MAP_MIN 6	/* rules that make a map worth its search */
#define PLAIN_MAX 2

/* A rule on its way into a map. */
struct filed {
	cnum lo, hi;
	uint32_t rule;
};

static uint32_t build_node(struct cbuild *, const uint32_t *rules, uint32_t n,
    unsigned used);

/* The aligned block around an interval. */
static struct cival
block_of(struct cival v)
{
	cnum d = v.lo ^ v.hi, mask;
	unsigned bits;

	if (d == 0)
		return v;
	bits = d >> 64 ? 128 - __builtin_clzll((uint64_t)(d >> 64)) :
	    64 - __builtin_clzll((uint64_t)d);
	mask = bits == 128 ? ~(cnum)0 : ((cnum)1 << bits) - 1;
	v.lo &= ~mask;
	v.hi = v.lo | mask;
	return v;
}

/* Outer blocks before those inside them, then by rule. */
static int
filed_cmp(const void *va, const void *vb)
{
	const struct filed *a = va, *b = vb;

	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi > b->hi ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/*
 * cover() - For one field, note it for the rules of which it is the best
 * @best: least cover so far; @field: the field of it
 */
static void
cover(struct cbuild *b, const uint32_t *rules, uint32_t n, unsigned f,
    uint32_t *best, uint8_t *field)
{
	cnum *starts = malloc(n * sizeof(*starts));
	struct cival v;
	uint32_t i, c;

	if (starts == NULL) {
		b->error = -ENOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		starts[i] = block_of(cbuild_ival(b, rules[i], f)).lo;
	qsort(starts, n, sizeof(*starts), cbuild_num_cmp);
	for (i = 0; i < n; i++) {
		v = block_of(cbuild_ival(b, rules[i], f));
		if (v.lo == 0 && v.hi == cbuild_max(b, f))
			continue;
		c = (v.hi == cbuild_max(b, f) ? n :
		    cbuild_below(starts, n, v.hi + 1)) -
		    cbuild_below(starts, n, v.lo);
		if (c < best[i]) {
			best[i] = c;
			field[i] = f;
		}
	}
	free(starts);
}

static void
entry_set(const struct cbuild *b, struct centry *e, uint32_t rule)
{
	const struct mrule *m = &b->m[rule];
	bool v4 = b->af == AF_INET;

	e->rule = rule;
	e->slo = e->dlo = 0;
	e->sspan = e->dspan = UINT32_MAX;
	e->dplo = 0;
	e->dpspan = UINT16_MAX;
	if (v4 && (m->bits & M_SNEG) == 0) {
		e->slo = m->slo;
		e->sspan = m->sspan;
	}
	if (v4 && (m->bits & M_DNEG) == 0) {
		e->dlo = m->dlo;
		e->dspan = m->dspan;
	}
	if ((m->bits & (M_PORTS | M_DPNEG)) == M_PORTS) {
		e->dplo = m->dplo;
		e->dpspan = m->dpspan;
	}
	e->proto = m->proto;
	e->on = m->on;
	e->flags = m->flags;
	e->flagset = m->flagset;
	e->bits = m->bits;
	if (v4 && m->splo == 0 && m->spspan == UINT16_MAX && (m->bits &
	    (M_SNEG | M_DNEG | M_SPNEG | M_DPNEG | M_RARE)) == 0)
		e->bits |= M_WHOLE;
}

/* The same of entry @e, for its place in a quad; NULL: never. */
static void
quad_set(struct cquad *q, unsigned i, const struct centry *e)
{
	uint32_t plo = UINT32_MAX, pspan = 0;

	if (e != NULL) {
		plo = 0;
		pspan = UINT32_MAX;
		q->slo[i] = e->slo - CQUAD_TOP;
		q->sspan[i] = e->sspan ^ CQUAD_TOP;
		q->dlo[i] = e->dlo - CQUAD_TOP;
		q->dspan[i] = e->dspan ^ CQUAD_TOP;
		if (e->proto != 0) {
			plo = CQUAD_PORT(e->proto, e->dplo);
			pspan = e->dpspan;
		}
	}
	q->plo[i] = plo - CQUAD_TOP;
	q->pspan[i] = pspan ^ CQUAD_TOP;
}

static uint32_t
build_quads(struct cbuild *b, const uint32_t *rules, uint32_t n)
{
	uint32_t nquads = (n + 3) / 4, node, i;
	struct cquads *l;
	struct centry *e;

	node = cbuild_take(b, sizeof(*l) + nquads * sizeof(l->q[0]) +
	    n * sizeof(*e), 64);
	if (node == 0)
		return 0;
	cbuild_head(b, node, CN_QUADS, rules, n);
	l = cbuild_at(b, node);
	l->nquads = nquads;
	e = (void *)&l->q[nquads];
	for (i = 0; i < nquads * 4; i++) {
		if (i < n)
			entry_set(b, &e[i], rules[i]);
		quad_set(&l->q[i / 4], i % 4, i < n ? &e[i] : NULL);
	}
	return node;
}

static uint32_t
build_list(struct cbuild *b, const uint32_t *rules, uint32_t n)
{
	uint32_t node, i;

	if (n >= CQUAD_MIN)
		return build_quads(b, rules, n);
	node = cbuild_take(b, sizeof(struct clist) +
	    n * sizeof(struct centry), 64);
	if (node == 0)
		return 0;
	cbuild_head(b, node, CN_LIST, rules, n);
	for (i = 0; i < n; i++)
		entry_set(b, &((struct clist *)cbuild_at(b, node))->v[i],
		    rules[i]);
	return node;
}

/* Intervals under construction: keys and values of a search. */
struct cuts {
	cnum *keys;
	uint32_t *values;
	uint32_t n;
};

static void
cut(struct cuts *c, cnum key, uint32_t value)
{
	if (c->n > 0 && c->keys[c->n - 1] == key) {
		c->values[c->n - 1] = value;
		return;
	}
	if (c->n > 0 && c->values[c->n - 1] == value)
		return;
	c->keys[c->n] = key;
	c->values[c->n++] = value;
}

/* A block whose node is made, and the last one around it. */
struct open {
	cnum hi;
	uint32_t node;
	struct open *around;
};

/* Close the blocks that end before @lo; Return: the innermost still open. */
static struct open *
blocks_close(const struct cbuild *b, unsigned field, struct open *top, cnum lo,
    bool all, struct cuts *c)
{
	while (top != NULL && (all || top->hi < lo)) {
		if (top->hi != cbuild_max(b, field))
			cut(c, top->hi + 1,
			    top->around != NULL ? top->around->node : 0);
		top = top->around;
	}
	return top;
}

/* A node for each different block of rules that are sorted by block. */
static void
map_nodes(struct cbuild *b, unsigned field, const struct filed *f, uint32_t n,
    unsigned used, struct open *v, struct cuts *c)
{
	uint32_t i, j, *group = malloc(n * sizeof(*group));
	struct open *top = NULL;
	struct cnode *cn;

	if (group == NULL) {
		b->error = -ENOMEM;
		return;
	}
	cut(c, 0, 0);
	for (i = 0; i < n; i = j, v++) {
		for (j = i; j < n && f[j].lo == f[i].lo && f[j].hi == f[i].hi;
		    j++)
			group[j - i] = f[j].rule;
		top = blocks_close(b, field, top, f[i].lo, false, c);
		v->hi = f[i].hi;
		v->around = top;
		if ((v->node = build_node(b, group, j - i, used)) == 0)
			break;
		cn = cbuild_at(b, v->node);
		cn->parent = top != NULL ? top->node : 0;
		cut(c, f[i].lo, v->node);
		top = v;
	}
	blocks_close(b, field, top, 0, true, c);
	free(group);
}

/* The map of one field. */
static struct csearch
build_map(struct cbuild *b, unsigned field, struct filed *f, uint32_t n,
    unsigned used)
{
	struct csearch s = { .field = field };
	struct open *v = malloc(n * sizeof(*v));
	struct cuts c = {
		.keys = malloc((2 * n + 2) * sizeof(cnum)),
		.values = malloc((2 * n + 2) * sizeof(uint32_t)),
	};

	if (v == NULL || c.keys == NULL || c.values == NULL)
		b->error = -ENOMEM;
	if (b->error == 0) {
		qsort(f, n, sizeof(*f), filed_cmp);
		map_nodes(b, field, f, n, used | 1u << field, v, &c);
	}
	if (b->error == 0)
		s = cbuild_search(b, field, c.keys, c.values, c.n);
	free(c.keys);
	free(c.values);
	free(v);
	return s;
}

/* Rules that are wide in every field left. */
static uint32_t
build_wide(struct cbuild *b, const uint32_t *rules, uint32_t n)
{
	uint32_t node, rest = 0;
	struct cnode *c;

	if (n <= b->wide_max)
		return build_list(b, rules, n);
	if (n > b->vector_max) {
		rest = build_wide(b, rules + b->vector_max, n - b->vector_max);
		n = b->vector_max;
	}
	if ((node = cbuild_vector(b, rules, n)) == 0)
		return 0;
	c = cbuild_at(b, node);
	c->next = rest;
	if (rest != 0)
		c->last = ((struct cnode *)cbuild_at(b, rest))->last;
	return node;
}

/* A set of rules, each with the field it is filed under. */
struct sorted {
	uint32_t n;
	const uint32_t *rules;
	uint8_t *field;		/* CF_MAX: wide */
	uint32_t count[CF_MAX + 1];
};

/* Choose fields; small maps are not worth a search. */
static void
sort_rules(struct cbuild *b, struct sorted *st, uint32_t *best, unsigned used)
{
	uint32_t i, f;

	for (i = 0; i < st->n; i++) {
		best[i] = st->n / 2 + 1;
		st->field[i] = CF_MAX;
	}
	for (f = 0; f < CF_MAX && b->error == 0; f++)
		if ((used >> f & 1) == 0)
			cover(b, st->rules, st->n, f, best, st->field);
	for (i = 0; i < st->n; i++)
		st->count[st->field[i]]++;
	for (i = 0; i < st->n; i++)
		if (st->count[st->field[i]] < MAP_MIN && b->list_max > 1)
			st->field[i] = CF_MAX;
	memset(st->count, 0, sizeof(st->count));
	for (i = 0; i < st->n; i++)
		st->count[st->field[i]]++;
}

/* The rules filed under a field, for its map. */
static struct csearch
sorted_map(struct cbuild *b, const struct sorted *st, unsigned f, unsigned used)
{
	struct csearch s = { .field = f };
	struct filed *v = malloc(st->count[f] * sizeof(*v));
	struct cival iv;
	uint32_t i, n = 0;

	if (v == NULL) {
		b->error = -ENOMEM;
		return s;
	}
	for (i = 0; i < st->n; i++) {
		if (st->field[i] != f)
			continue;
		iv = block_of(cbuild_ival(b, st->rules[i], f));
		v[n++] = (struct filed){ iv.lo, iv.hi, st->rules[i] };
	}
	s = build_map(b, f, v, n, used);
	free(v);
	return s;
}

static uint32_t
sorted_wide(struct cbuild *b, const struct sorted *st)
{
	uint32_t *v, i, n = 0, node;

	if (st->count[CF_MAX] == 0)
		return 0;
	if ((v = malloc(st->count[CF_MAX] * sizeof(*v))) == NULL) {
		b->error = -ENOMEM;
		return 0;
	}
	for (i = 0; i < st->n; i++)
		if (st->field[i] == CF_MAX)
			v[n++] = st->rules[i];
	node = build_wide(b, v, n);
	free(v);
	return node;
}

static uint32_t
build_maps(struct cbuild *b, const struct sorted *st, unsigned used)
{
	struct csearch map[CF_MAX];
	uint32_t nmaps = 0, f, node, wide;
	struct cmaps *c;

	for (f = 0; f < CF_MAX; f++)
		if (st->count[f] != 0)
			map[nmaps++] = sorted_map(b, st, f, used);
	wide = sorted_wide(b, st);
	node = cbuild_take(b, sizeof(*c) + nmaps * sizeof(c->map[0]), 64);
	if (node == 0)
		return 0;
	cbuild_head(b, node, CN_MAPS, st->rules, st->n);
	c = cbuild_at(b, node);
	c->head.next = wide;
	c->head.nmaps = nmaps;
	memcpy(c->map, map, nmaps * sizeof(map[0]));
	return node;
}

/* A node for ascending rules; @used: fields in which they are equal. */
static uint32_t
build_node(struct cbuild *b, const uint32_t *rules, uint32_t n, unsigned used)
{
	struct sorted st = { .n = n, .rules = rules };
	uint32_t *best, node = 0;

	if (n <= b->list_max)
		return build_list(b, rules, n);
	st.field = malloc(n);
	best = malloc(n * sizeof(*best));
	if (st.field == NULL || best == NULL)
		b->error = -ENOMEM;
	else
		sort_rules(b, &st, best, used);
	free(best);
	if (b->error == 0)
		node = st.count[CF_MAX] == n ? build_wide(b, rules, n) :
		    build_maps(b, &st, used);
	free(st.field);
	return node;
}

/* The classifier of one direction and family; other rules are left out. */
static uint32_t
build_root(struct cbuild *b, const struct section *sec, uint8_t dir,
    uint8_t af)
{
	uint32_t *rules, n = 0, i, node = 0;

	if ((rules = malloc((sec->end - sec->first) * sizeof(*rules))) == NULL) {
		b->error = -ENOMEM;
		return 0;
	}
	b->af = af;
	for (i = sec->first; i < sec->end; i++)
		if ((b->m[i].af == 0 || b->m[i].af == af) &&
		    (b->m[i].dir == 0 || b->m[i].dir == dir) &&
		    (b->m[i].bits & M_NEVER) == 0)
			rules[n++] = i;
	if (n > 0)
		node = build_node(b, rules, n, 0);
	free(rules);
	return node;
}

static bool
has_dir(const struct cbuild *b, const struct section *sec)
{
	uint32_t i;

	for (i = sec->first; i < sec->end; i++)
		if (b->m[i].dir != 0)
			return true;
	return false;
}

static void
build_section(struct cbuild *b, struct section *sec, uint32_t plain_max)
{
	static const uint8_t af[2] = { AF_INET, AF_INET6 };
	bool dirs = has_dir(b, sec);
	unsigned i;

	if (sec->end - sec->first <= plain_max)
		return;
	for (i = 0; i < 2; i++) {
		sec->root[0][i] = build_root(b, sec, 1, af[i]);
		sec->root[1][i] = dirs ? build_root(b, sec, 2, af[i]) :
		    sec->root[0][i];
	}
	sec->base = 1;		/* there is one; the place comes later */
}

int
classify_build(struct program **pgp, uint32_t plain_max, uint32_t vector_max)
{
	struct program *pg = *pgp, *moved;
	struct cbuild b = {
		.pg = pg,
		.m = prog_match(pg),
		.vector_max = vector_max != 0 && vector_max < CVECTOR_MAX ?
		    vector_max : CVECTOR_MAX,
		.list_max = plain_max != 0 ? 1 : LIST_MAX,
		.wide_max = plain_max != 0 ? 1 : WIDE_LIST_MAX,
	};
	int i;

	cbuild_take(&b, 8, 8);		/* unit 0 names no node */
	for (i = 0; i < SECTION_MAX && b.error == 0; i++)
		build_section(&b, &pg->section[i],
		    plain_max != 0 ? plain_max : PLAIN_MAX);
	moved = b.error == 0 ? aligned_alloc(64, pg->size +
	    ((b.used + 63) & ~(size_t)63)) : NULL;
	if (moved == NULL) {
		for (i = 0; i < SECTION_MAX; i++)
			pg->section[i].base = 0;
		free(b.mem);
		return -ENOMEM;
	}
	memcpy(moved, pg, pg->size);
	memcpy((char *)moved + pg->size, b.mem, b.used);
	for (i = 0; i < SECTION_MAX; i++)
		if (moved->section[i].base != 0)
			moved->section[i].base = pg->size;
	moved->size += (b.used + 63) & ~(size_t)63;
	free(b.mem);
	free(pg);
	*pgp = moved;
	return 0;
}
