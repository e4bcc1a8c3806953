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
#include "engine/cnode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 16	/* rules that are a list rather than filed further */
#define WIDE_LIST_MAX 24 /* wide rules that are a list */
#define MAP_MIN 6	/* rules that make a map worth its search */
#define PLAIN_MAX 2

typedef unsigned __int128 num;

/* What a rule asks of a field, and the block around it. */
struct ival {
	num lo, hi;
};

struct build {
	struct program *pg;
	const struct mrule *m;
	uint8_t af;
	uint32_t vector_max, list_max, wide_max;
	char *mem;		/* nodes, zeroed to cap */
	size_t used, cap;
	int error;
};

/* A rule on its way into a map. */
struct filed {
	num lo, hi;
	uint32_t rule;
};

static uint32_t build_node(struct build *, const uint32_t *rules, uint32_t n,
    unsigned used);

/* Take @bytes; Return: node units, 0 after an error. */
static uint32_t
take(struct build *b, size_t bytes, size_t align)
{
	size_t at = (b->used + align - 1) & ~(align - 1), cap = b->cap;
	char *p;

	if (b->error != 0)
		return 0;
	while (at + bytes > cap)
		cap = cap == 0 ? 4096 : cap * 2;
	if (cap / 8 > UINT32_MAX) {
		b->error = -ENOMEM;
		return 0;
	}
	if (cap != b->cap) {
		if ((p = aligned_alloc(64, cap)) == NULL) {
			b->error = -ENOMEM;
			return 0;
		}
		if (b->used > 0)
			memcpy(p, b->mem, b->used);
		memset(p + b->used, 0, cap - b->used);
		free(b->mem);
		b->mem = p;
		b->cap = cap;
	}
	b->used = at + bytes;
	return at / 8;
}

static void *
at(const struct build *b, uint32_t unit)
{
	return b->mem + (size_t)unit * 8;
}

static unsigned
field_bits(const struct build *b, unsigned field)
{
	return field >= CF_SPORT ? 16 : b->af == AF_INET ? 32 : 128;
}

static num
num_of(const struct u128 *u)
{
	return (num)u->hi << 64 | u->lo;
}

static num
field_max(const struct build *b, unsigned field)
{
	unsigned bits = field_bits(b, field);

	return bits == 128 ? ~(num)0 : ((num)1 << bits) - 1;
}

static void
ival_addr6(const struct build *b, const struct mrule *m, unsigned field,
    struct ival *v)
{
	const struct mrule6 *m6;

	if (m->v6 == PROG_NONE)
		return;
	m6 = prog_match6(b->pg) + m->v6;
	if (field == CF_SRC ? m6->sneg : m6->dneg)
		return;
	v->lo = num_of(field == CF_SRC ? &m6->slo : &m6->dlo);
	v->hi = num_of(field == CF_SRC ? &m6->shi : &m6->dhi);
}

static void
ival_set(struct ival *v, uint32_t lo, uint32_t span, bool neg)
{
	if (neg)
		return;
	v->lo = lo;
	v->hi = (num)lo + span;
}

/* What values a rule can match; all of them for what is negated. */
static struct ival
rule_ival(const struct build *b, uint32_t rule, unsigned field)
{
	const struct mrule *m = &b->m[rule];
	struct ival v = { 0, field_max(b, field) };

	switch (field) {
	case CF_SRC:
		if (b->af == AF_INET)
			ival_set(&v, m->slo, m->sspan, m->bits & M_SNEG);
		else
			ival_addr6(b, m, field, &v);
		break;
	case CF_DST:
		if (b->af == AF_INET)
			ival_set(&v, m->dlo, m->dspan, m->bits & M_DNEG);
		else
			ival_addr6(b, m, field, &v);
		break;
	case CF_SPORT:
		if (m->bits & M_PORTS)
			ival_set(&v, m->splo, m->spspan, m->bits & M_SPNEG);
		break;
	case CF_DPORT:
		if (m->bits & M_PORTS)
			ival_set(&v, m->dplo, m->dpspan, m->bits & M_DPNEG);
		break;
	}
	return v;
}

/* The aligned block around an interval. */
static struct ival
block_of(struct ival v)
{
	num d = v.lo ^ v.hi, mask;
	unsigned bits;

	if (d == 0)
		return v;
	bits = d >> 64 ? 128 - __builtin_clzll((uint64_t)(d >> 64)) :
	    64 - __builtin_clzll((uint64_t)d);
	mask = bits == 128 ? ~(num)0 : ((num)1 << bits) - 1;
	v.lo &= ~mask;
	v.hi = v.lo | mask;
	return v;
}

static int
num_cmp(const void *va, const void *vb)
{
	num a, b;

	memcpy(&a, va, sizeof(a));
	memcpy(&b, vb, sizeof(b));
	return a < b ? -1 : a > b;
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

/* How many of the sorted numbers are below @x. */
static uint32_t
count_below(const num *v, uint32_t n, num x)
{
	uint32_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (v[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * cover() - For one field, note it for the rules of which it is the best
 * @best: least cover so far; @field: the field of it
 */
static void
cover(struct build *b, const uint32_t *rules, uint32_t n, unsigned f,
    uint32_t *best, uint8_t *field)
{
	num *starts = malloc(n * sizeof(*starts));
	struct ival v;
	uint32_t i, c;

	if (starts == NULL) {
		b->error = -ENOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		starts[i] = block_of(rule_ival(b, rules[i], f)).lo;
	qsort(starts, n, sizeof(*starts), num_cmp);
	for (i = 0; i < n; i++) {
		v = block_of(rule_ival(b, rules[i], f));
		if (v.lo == 0 && v.hi == field_max(b, f))
			continue;
		c = (v.hi == field_max(b, f) ? n :
		    count_below(starts, n, v.hi + 1)) -
		    count_below(starts, n, v.lo);
		if (c < best[i]) {
			best[i] = c;
			field[i] = f;
		}
	}
	free(starts);
}

static void
head_set(struct build *b, uint32_t node, unsigned kind, const uint32_t *rules,
    uint32_t n)
{
	struct cnode *c = at(b, node);

	c->kind = kind;
	c->n = n;
	c->first = rules[0];
	c->last = rules[n - 1];
}

static void
entry_set(const struct build *b, struct centry *e, uint32_t rule)
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
	e->dir = m->dir;
	e->on = m->on;
	e->flags = m->flags;
	e->flagset = m->flagset;
	e->bits = m->bits;
	if (v4 && m->splo == 0 && m->spspan == UINT16_MAX && (m->bits &
	    (M_SNEG | M_DNEG | M_SPNEG | M_DPNEG | M_RARE)) == 0)
		e->bits |= M_WHOLE;
}

static uint32_t
build_list(struct build *b, const uint32_t *rules, uint32_t n)
{
	uint32_t node = take(b, sizeof(struct clist) +
	    n * sizeof(struct centry), 64), i;

	if (node == 0)
		return 0;
	head_set(b, node, CN_LIST, rules, n);
	for (i = 0; i < n; i++)
		entry_set(b, &((struct clist *)at(b, node))->v[i], rules[i]);
	return node;
}

/*
 * Levels of a search tree, the lowest one last and of double blocks
 *
 * Return: 32-bit places in all.
 */
static uint32_t
search_levels(struct csearch *s, uint32_t blocks[static CLEVELS])
{
	uint32_t l, off = 0;

	blocks[0] = (s->n + CBLOCK - 1) / CBLOCK;
	for (s->levels = 1; blocks[s->levels - 1] > 1; s->levels++)
		blocks[s->levels] = (blocks[s->levels - 1] + CBLOCK) /
		    (CBLOCK + 1);
	for (l = 0; l + 1 < s->levels; l++) {
		s->level[l] = off;
		off += blocks[s->levels - 1 - l] * CBLOCK;
	}
	off = (off + 2 * CBLOCK - 1) & ~(2u * CBLOCK - 1);
	s->level[l] = off;
	return off + blocks[0] * 2 * CBLOCK;
}

/*
 * Keys of 32 bits as a tree of blocks.  Above the lowest level, key i of a
 * block is the least key below its way i + 1.
 */
static void
search_narrow(struct build *b, struct csearch *s, const num *keys,
    const uint32_t *values)
{
	uint32_t blocks[CLEVELS], places, i, l, up, leaf;
	int32_t *v, *low, *level;

	places = search_levels(s, blocks);
	if ((s->keys = take(b, (size_t)places * 4, 128)) == 0)
		return;
	v = at(b, s->keys);
	low = v + s->level[s->levels - 1];
	for (i = 0; i < places; i++)
		v[i] = INT32_MAX;
	for (i = 0; i < s->n; i++) {
		leaf = i / CBLOCK * 2 * CBLOCK + i % CBLOCK;
		low[leaf] = (int32_t)((uint32_t)keys[i] ^ 0x80000000u);
		low[leaf + CBLOCK] = (int32_t)values[i];
	}
	for (l = 1; l < s->levels; l++) {
		level = v + s->level[s->levels - 1 - l];
		for (i = 0; i < blocks[l] * CBLOCK; i++) {
			leaf = i / CBLOCK * (CBLOCK + 1) + i % CBLOCK + 1;
			for (up = l - 1; up > 0; up--)
				leaf *= CBLOCK + 1;
			if (leaf < blocks[0])
				level[i] = low[leaf * 2 * CBLOCK];
		}
	}
}

static void
search_wide(struct build *b, struct csearch *s, const num *keys,
    const uint32_t *values)
{
	struct u128 *v;
	uint32_t i;

	s->wide = 1;
	if ((s->keys = take(b, s->n * sizeof(*v), 16)) == 0)
		return;
	v = at(b, s->keys);
	for (i = 0; i < s->n; i++) {
		v[i].hi = keys[i] >> 64;
		v[i].lo = keys[i];
	}
	if ((s->values = take(b, s->n * sizeof(*values), 4)) != 0)
		memcpy(at(b, s->values), values, s->n * sizeof(*values));
}

/* A search over @n sorted keys, the first 0, with a value for each. */
static struct csearch
build_search(struct build *b, unsigned field, const num *keys,
    const uint32_t *values, uint32_t n)
{
	struct csearch s = { .field = field, .n = n };

	if (field_bits(b, field) == 128)
		search_wide(b, &s, keys, values);
	else
		search_narrow(b, &s, keys, values);
	return s;
}

/* Intervals under construction: keys and values of a search. */
struct cuts {
	num *keys;
	uint32_t *values;
	uint32_t n;
};

static void
cut(struct cuts *c, num key, uint32_t value)
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
	num hi;
	uint32_t node;
	struct open *around;
};

/* Close the blocks that end before @lo; Return: the innermost still open. */
static struct open *
blocks_close(const struct build *b, unsigned field, struct open *top, num lo,
    bool all, struct cuts *c)
{
	while (top != NULL && (all || top->hi < lo)) {
		if (top->hi != field_max(b, field))
			cut(c, top->hi + 1,
			    top->around != NULL ? top->around->node : 0);
		top = top->around;
	}
	return top;
}

/* A node for each different block of rules that are sorted by block. */
static void
map_nodes(struct build *b, unsigned field, const struct filed *f, uint32_t n,
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
		cn = at(b, v->node);
		cn->parent = top != NULL ? top->node : 0;
		cut(c, f[i].lo, v->node);
		top = v;
	}
	blocks_close(b, field, top, 0, true, c);
	free(group);
}

/* The map of one field. */
static struct csearch
build_map(struct build *b, unsigned field, struct filed *f, uint32_t n,
    unsigned used)
{
	struct csearch s = { .field = field };
	struct open *v = malloc(n * sizeof(*v));
	struct cuts c = {
		.keys = malloc((2 * n + 2) * sizeof(num)),
		.values = malloc((2 * n + 2) * sizeof(uint32_t)),
	};

	if (v == NULL || c.keys == NULL || c.values == NULL)
		b->error = -ENOMEM;
	if (b->error == 0) {
		qsort(f, n, sizeof(*f), filed_cmp);
		map_nodes(b, field, f, n, used | 1u << field, v, &c);
	}
	if (b->error == 0)
		s = build_search(b, field, c.keys, c.values, c.n);
	free(c.keys);
	free(c.values);
	free(v);
	return s;
}

/* One field of a bit vector block. */
struct vfield {
	struct cuts c;
	uint64_t *rows;
	uint32_t nrows;
};

/* Cut points of a field: where the set of matching rules changes. */
static uint32_t
vector_cuts(const struct build *b, unsigned f, const uint32_t *rules,
    uint32_t n, num *keys)
{
	uint32_t i, k, nk = 0;
	struct ival v;

	keys[nk++] = 0;
	for (i = 0; i < n; i++) {
		v = rule_ival(b, rules[i], f);
		keys[nk++] = v.lo;
		if (v.hi != field_max(b, f))
			keys[nk++] = v.hi + 1;
	}
	qsort(keys, nk, sizeof(*keys), num_cmp);
	for (i = k = 1; i < nk; i++)
		if (keys[i] != keys[k - 1])
			keys[k++] = keys[i];
	return k;
}

/*
 * vector_rows() - For each interval, a bit for each rule that can match there
 * @rows: cleared
 *
 * First row i is what changes at key i, then the changes are summed up.
 */
static void
vector_rows(const struct build *b, unsigned f, const uint32_t *rules,
    uint32_t n, const num *keys, uint32_t nk, uint64_t *rows)
{
	uint32_t words = (n + 63) / 64, i, w, k;
	struct ival v;

	for (i = 0; i < n; i++) {
		v = rule_ival(b, rules[i], f);
		k = count_below(keys, nk, v.lo);
		rows[(size_t)k * words + i / 64] ^= UINT64_C(1) << i % 64;
		if (v.hi == field_max(b, f))
			continue;
		k = count_below(keys, nk, v.hi + 1);
		rows[(size_t)k * words + i / 64] ^= UINT64_C(1) << i % 64;
	}
	for (k = 1; k < nk; k++)
		for (w = 0; w < words; w++)
			rows[(size_t)k * words + w] ^=
			    rows[(size_t)(k - 1) * words + w];
}

/* Search and rows of a field behind rows[*nrows]; grows the rows. */
static bool
vector_field(struct build *b, unsigned f, const uint32_t *rules, uint32_t n,
    uint64_t **rows, uint32_t *nrows, struct csearch *s)
{
	uint32_t words = (n + 63) / 64, nk, i, *values;
	num *keys = malloc((2 * n + 1) * sizeof(*keys));
	uint64_t *more;

	if (keys == NULL)
		goto nomem;
	nk = vector_cuts(b, f, rules, n, keys);
	if (nk == 1) {		/* nobody asks for this field */
		free(keys);
		return false;
	}
	values = malloc(nk * sizeof(*values));
	more = reallocarray(*rows, (size_t)(*nrows + nk) * words, 8);
	if (more != NULL)
		*rows = more;
	if (values == NULL || more == NULL) {
		free(values);
		goto nomem;
	}
	memset(more + (size_t)*nrows * words, 0, (size_t)nk * words * 8);
	vector_rows(b, f, rules, n, keys, nk, more + (size_t)*nrows * words);
	for (i = 0; i < nk; i++)
		values[i] = (*nrows)++;
	*s = build_search(b, f, keys, values, nk);
	free(values);
	free(keys);
	return true;
nomem:
	free(keys);
	b->error = -ENOMEM;
	return false;
}

/* A row for each protocol that rules ask for, one for all others. */
static bool
vector_protos(struct build *b, const uint32_t *rules, uint32_t n,
    uint64_t **rows, uint32_t *nrows, uint16_t of[256])
{
	uint32_t words = (n + 63) / 64, i, p, k;
	bool seen[256] = { false };
	uint64_t *row;

	for (i = 0; i < n; i++)
		seen[b->m[rules[i]].proto] = true;
	for (p = 0, k = 1; p < 256; p++)
		k += seen[p];
	row = reallocarray(*rows, (size_t)(*nrows + k) * words, 8);
	if (row == NULL) {
		b->error = -ENOMEM;
		return false;
	}
	*rows = row;
	memset(row + (size_t)*nrows * words, 0, (size_t)k * words * 8);
	seen[0] = true;		/* the row of all others */
	for (p = 0; p < 256; p++) {
		if (!seen[p]) {
			of[p] = of[0];
			continue;
		}
		of[p] = (*nrows)++;
		row = *rows + (size_t)of[p] * words;
		for (i = 0; i < n; i++)
			if (b->m[rules[i]].proto == 0 ||
			    b->m[rules[i]].proto == p)
				row[i / 64] |= UINT64_C(1) << i % 64;
	}
	return true;
}

static uint32_t
copy_in(struct build *b, const void *v, size_t bytes, size_t align)
{
	uint32_t unit = take(b, bytes, align);

	if (unit != 0)
		memcpy(at(b, unit), v, bytes);
	return unit;
}

static uint32_t
vector_rules(struct build *b, const uint32_t *rules, uint32_t n)
{
	uint32_t unit = take(b, n * sizeof(struct cvrule), 8), i;
	struct cvrule *v = at(b, unit);

	for (i = 0; unit != 0 && i < n; i++) {
		v[i].rule = rules[i];
		v[i].on = b->m[rules[i]].on;
		v[i].dir = b->m[rules[i]].dir;
	}
	return unit;
}

/* One block of bit vectors. */
static uint32_t
build_vector(struct build *b, const uint32_t *rules, uint32_t n)
{
	struct csearch s[CF_MAX];
	uint32_t words = (n + 63) / 64, nrows = 0, nmaps = 0, f, node = 0;
	uint64_t *rows = NULL;
	uint16_t protos[256];
	struct cvector *v, head;

	for (f = 0; f < CF_MAX && b->error == 0; f++)
		nmaps += vector_field(b, f, rules, n, &rows, &nrows, &s[nmaps]);
	if (b->error == 0 && vector_protos(b, rules, n, &rows, &nrows, protos)) {
		memset(&head, 0, sizeof(head));
		head.words = words;
		head.rows = copy_in(b, rows, (size_t)nrows * words * 8, 64);
		head.protos = copy_in(b, protos, sizeof(protos), 8);
		head.rules = vector_rules(b, rules, n);
		node = take(b, sizeof(*v) + nmaps * sizeof(s[0]), 64);
	}
	free(rows);
	if (node == 0)
		return 0;
	v = at(b, node);
	*v = head;
	memcpy(v->map, s, nmaps * sizeof(s[0]));
	head_set(b, node, CN_VECTOR, rules, n);
	v->head.nmaps = nmaps;
	return node;
}

/* Rules that are wide in every field left. */
static uint32_t
build_wide(struct build *b, const uint32_t *rules, uint32_t n)
{
	uint32_t node, rest = 0;
	struct cnode *c;

	if (n <= b->wide_max)
		return build_list(b, rules, n);
	if (n > b->vector_max) {
		rest = build_wide(b, rules + b->vector_max, n - b->vector_max);
		n = b->vector_max;
	}
	if ((node = build_vector(b, rules, n)) == 0)
		return 0;
	c = at(b, node);
	c->next = rest;
	if (rest != 0)
		c->last = ((struct cnode *)at(b, rest))->last;
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
sort_rules(struct build *b, struct sorted *st, uint32_t *best, unsigned used)
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
sorted_map(struct build *b, const struct sorted *st, unsigned f, unsigned used)
{
	struct csearch s = { .field = f };
	struct filed *v = malloc(st->count[f] * sizeof(*v));
	struct ival iv;
	uint32_t i, n = 0;

	if (v == NULL) {
		b->error = -ENOMEM;
		return s;
	}
	for (i = 0; i < st->n; i++) {
		if (st->field[i] != f)
			continue;
		iv = block_of(rule_ival(b, st->rules[i], f));
		v[n++] = (struct filed){ iv.lo, iv.hi, st->rules[i] };
	}
	s = build_map(b, f, v, n, used);
	free(v);
	return s;
}

static uint32_t
sorted_wide(struct build *b, const struct sorted *st)
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
build_maps(struct build *b, const struct sorted *st, unsigned used)
{
	struct csearch map[CF_MAX];
	uint32_t nmaps = 0, f, node, wide;
	struct cmaps *c;

	for (f = 0; f < CF_MAX; f++)
		if (st->count[f] != 0)
			map[nmaps++] = sorted_map(b, st, f, used);
	wide = sorted_wide(b, st);
	node = take(b, sizeof(*c) + nmaps * sizeof(c->map[0]), 64);
	if (node == 0)
		return 0;
	head_set(b, node, CN_MAPS, st->rules, st->n);
	c = at(b, node);
	c->head.next = wide;
	c->head.nmaps = nmaps;
	memcpy(c->map, map, nmaps * sizeof(map[0]));
	return node;
}

/* A node for ascending rules; @used: fields in which they are equal. */
static uint32_t
build_node(struct build *b, const uint32_t *rules, uint32_t n, unsigned used)
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

/* The classifier of one family; rules of the other one are left out. */
static uint32_t
build_root(struct build *b, const struct section *sec, uint8_t af)
{
	uint32_t *rules, n = 0, i, node = 0;

	if ((rules = malloc((sec->end - sec->first) * sizeof(*rules))) == NULL) {
		b->error = -ENOMEM;
		return 0;
	}
	b->af = af;
	for (i = sec->first; i < sec->end; i++)
		if ((b->m[i].af == 0 || b->m[i].af == af) &&
		    (b->m[i].bits & M_NEVER) == 0)
			rules[n++] = i;
	if (n > 0)
		node = build_node(b, rules, n, 0);
	free(rules);
	return node;
}

static void
build_section(struct build *b, struct section *sec, uint32_t plain_max)
{
	if (sec->end - sec->first <= plain_max)
		return;
	sec->root[0] = build_root(b, sec, AF_INET);
	sec->root[1] = build_root(b, sec, AF_INET6);
	sec->base = 1;		/* there is one; the place comes later */
}

int
classify_build(struct program **pgp, uint32_t plain_max, uint32_t vector_max)
{
	struct program *pg = *pgp, *moved;
	struct build b = {
		.pg = pg,
		.m = prog_match(pg),
		.vector_max = vector_max != 0 && vector_max < CVECTOR_MAX ?
		    vector_max : CVECTOR_MAX,
		.list_max = plain_max != 0 ? 1 : LIST_MAX,
		.wide_max = plain_max != 0 ? 1 : WIDE_LIST_MAX,
	};
	int i;

	take(&b, 8, 8);		/* unit 0 names no node */
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
