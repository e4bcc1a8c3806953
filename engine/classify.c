/* SPDX-License-Identifier: ISC */
/*
 * Packet keys, and the walk through a classifier's nodes.
 *
 * The walk goes down by recursion, which is bounded by the number of fields:
 * each level of maps uses one up.
 */
#include "engine/classify.h"

#include "engine/cnode.h"
#include "engine/ifbind.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

static void
u128_of(struct u128 *u, const struct addr *a)
{
	memcpy(u, a, sizeof(*u));
	u->hi = be64toh(u->hi);
	u->lo = be64toh(u->lo);
}

void
pkey_update(struct pkey *k, const struct pdesc *pd)
{
	k->field[CF_SPORT] = ntohs(pd->cur.sport);
	k->field[CF_DPORT] = ntohs(pd->cur.dport);
	if (pd->af == AF_INET) {
		k->field[CF_SRC] = ntohl(pd->cur.src.w[0]);
		k->field[CF_DST] = ntohl(pd->cur.dst.w[0]);
	} else {
		u128_of(&k->src6, &pd->cur.src);
		u128_of(&k->dst6, &pd->cur.dst);
	}
}

static bool
has_icmp(const struct pdesc *pd)
{
	return (pd->flags & PD_L4) != 0 && (pd->proto == IPPROTO_ICMP ||
	    pd->proto == IPPROTO_ICMPV6);
}

static bool
has_ports(const struct pdesc *pd)
{
	return (pd->flags & PD_L4) != 0 && (pd->proto == IPPROTO_TCP ||
	    pd->proto == IPPROTO_UDP || pd->proto == IPPROTO_SCTP);
}

void
pkey_init(struct pkey *k, const struct pdesc *pd, const struct ifbind *bind)
{
	bool frag = (pd->flags & PD_FRAGMENT) != 0;
	uint8_t tcp = pd->proto == IPPROTO_TCP ? 0xff : 0;

	k->pd = pd;
	k->af = pd->af;
	k->proto = pd->proto;
	k->dir = 1 + pd->dir;
	k->id = RULE_ID(k->af, k->proto, k->dir);
	k->refused = M_NEVER | (frag ? M_NOFRAG : M_FRAGONLY);
	if (!has_ports(pd))
		k->refused |= M_PORTS;
	if (has_icmp(pd) && (pd->flags & PD_ICMPERR) == 0 &&
	    icmp_is_reply(pd->icmp_class))
		k->refused |= M_NOREPLY;
	k->flags = pd->tcpflags;
	k->known = tcp;
	k->lost = frag ? tcp : 0;
	k->ifrow = ifbind_row(bind, pd->ifidx);
	pkey_update(k, pd);
}

static inline bool
u128_in(const struct u128 *x, const struct u128 *lo, const struct u128 *hi)
{
	return (x->hi > lo->hi || (x->hi == lo->hi && x->lo >= lo->lo)) &&
	    (x->hi < hi->hi || (x->hi == hi->hi && x->lo <= hi->lo));
}

static bool
match_addr6(const struct mrule6 *m, const struct pkey *k)
{
	return u128_in(&k->src6, &m->slo, &m->shi) != m->sneg &&
	    u128_in(&k->dst6, &m->dlo, &m->dhi) != m->dneg;
}

/* What few rules ask for. */
static bool
match_rare(const struct mrule *m, const struct pkey *k)
{
	const struct pdesc *pd = k->pd;

	if (m->icmp_type >= 0 && (!has_icmp(pd) ||
	    pd->icmp_type != m->icmp_type))
		return false;
	if (m->icmp_code >= 0 && (!has_icmp(pd) ||
	    pd->icmp_code != m->icmp_code))
		return false;
	return (m->tos < 0 || m->tos == pd->tos) &&
	    (m->max_len == 0 || pd->len <= m->max_len);
}

/* Is @x outside first .. first + span, or inside if @neg? */
#define MISS32(x, first, span, neg) \
	(((uint32_t)((x) - (first)) > (span)) ^ ((neg) != 0))
#define MISS16(x, first, span, neg) \
	(((uint16_t)((x) - (first)) > (span)) ^ ((neg) != 0))

/* What rules ask beside addresses, protocol and ports; 0: all of it holds. */
static inline uint32_t
miss_rest(uint16_t bits, uint16_t on, uint8_t flags, uint8_t flagset,
    const struct pkey *k)
{
	return (bits & k->refused) | (((k->flags & flagset) ^ flags) &
	    k->known) | (flagset & k->lost) |
	    (~(k->ifrow[on / 64] >> on % 64) & 1);
}

/*
 * One jump for nearly all of it: which condition fails differs from rule to
 * rule, so a jump for each would be guessed wrong again and again.
 */
bool
pkey_match(const struct program *pg, const struct mrule *m,
    const struct pkey *k)
{
	uint32_t miss = (m->id ^ k->id) & m->id_mask;

	miss |= MISS16(k->field[CF_SPORT], m->splo, m->spspan,
	    m->bits & M_SPNEG);
	miss |= MISS16(k->field[CF_DPORT], m->dplo, m->dpspan,
	    m->bits & M_DPNEG);
	miss |= miss_rest(m->bits, m->on, m->flags, m->flagset, k);
	if (k->af == AF_INET)
		miss |= MISS32(k->field[CF_SRC], m->slo, m->sspan, m->bits & M_SNEG) |
		    MISS32(k->field[CF_DST], m->dlo, m->dspan, m->bits & M_DNEG);
	if (miss)
		return false;
	if (k->af != AF_INET && m->v6 != PROG_NONE &&
	    !match_addr6(prog_match6(pg) + m->v6, k))
		return false;
	return (m->bits & M_RARE) == 0 || match_rare(m, k);
}

/* Insert in order; what does not fit is left for the next time. */
static void
cand_add(struct cands *c, uint32_t rule, uint16_t bits)
{
	uint32_t i;

	if (c->n == CANDS_MAX)
		c->n--;		/* the limit says that this one is less */
	for (i = c->n++; i > 0 && c->v[i - 1] > rule; i--) {
		c->v[i] = c->v[i - 1];
		c->bits[i] = c->bits[i - 1];
	}
	c->v[i] = rule;
	c->bits[i] = bits;
	if (bits & M_FINAL)
		c->limit = rule;
	else if (c->n == CANDS_MAX) {
		c->limit = c->v[CANDS_MAX - 1];
		c->more = true;
	}
}

struct walk {
	const struct program *pg;
	const struct mrule *m;
	const struct pkey *k;
	const char *base;
	struct cands *c;
	uint32_t from;
};

#define NODE(w, unit) ((const void *)((w)->base + (size_t)(unit) * 8))

static inline void
try(struct walk *w, uint32_t rule)
{
	if (pkey_match(w->pg, &w->m[rule], w->k))
		cand_add(w->c, rule, w->m[rule].bits);
}

/* One entry; Return: can those behind it matter? */
static inline bool
walk_entry(struct walk *w, const struct centry *e)
{
	const struct pkey *k = w->k;

	if ((k->field[CF_SRC] - e->slo > e->sspan) |
	    (k->field[CF_DST] - e->dlo > e->dspan) |
	    ((uint16_t)(k->field[CF_DPORT] - e->dplo) > e->dpspan) |
	    ((e->proto != k->proto) & (e->proto != 0)))
		return true;
	if (e->rule > w->c->limit)
		return false;
	if (e->rule < w->from)
		return true;
	__builtin_prefetch(prog_rules(w->pg) + e->rule);
	if ((e->bits & M_WHOLE) == 0)
		try(w, e->rule);
	else if (miss_rest(e->bits, e->on, e->flags, e->flagset, k) == 0)
		cand_add(w->c, e->rule, e->bits);
	return true;
}

static void
walk_list(struct walk *w, const struct clist *l)
{
	const struct centry *e = l->v, *end = e + l->head.n;

	while (e < end && walk_entry(w, e))
		e++;
}

typedef int32_t ivec __attribute__((vector_size(16)));
typedef uint32_t uvec __attribute__((vector_size(16)));
typedef uint64_t lvec __attribute__((vector_size(16)));

/* Which of four values are outside?  All bits of each. */
static inline ivec
quad_miss(uvec x, const uint32_t *lo, const uint32_t *span)
{
	const uvec *vlo = __builtin_assume_aligned(lo, 16);
	const ivec *vspan = __builtin_assume_aligned(span, 16);

	return (ivec)(x - *vlo) > *vspan;
}

static void
walk_quads(struct walk *w, const struct cquads *l)
{
	const struct cquad *q = l->q, *end = q + l->nquads;
	const struct centry *e = (const void *)end;
	uint32_t s = w->k->field[CF_SRC], d = w->k->field[CF_DST];
	uint32_t p = CQUAD_PORT(w->k->proto, w->k->field[CF_DPORT]);
	uvec src = { s, s, s, s }, dst = { d, d, d, d }, port = { p, p, p, p };
	unsigned i;
	ivec miss;

	for (; q < end; q++, e += 4) {
		miss = quad_miss(src, q->slo, q->sspan) |
		    quad_miss(dst, q->dlo, q->dspan) |
		    quad_miss(port, q->plo, q->pspan);
		if ((((lvec)miss)[0] & ((lvec)miss)[1]) == UINT64_MAX)
			continue;
		for (i = 0; i < 4; i++)
			if (miss[i] == 0 && !walk_entry(w, &e[i]))
				return;
	}
}

/* How many of 16 ascending keys are at most @x. */
static inline uint32_t
block_rank(const int32_t *block, int32_t x)
{
	const ivec *v = __builtin_assume_aligned(block, 64);
	ivec all = { x, x, x, x }, above;

	above = (v[0] > all) + (v[1] > all) + (v[2] > all) + (v[3] > all);
	above += __builtin_shufflevector(above, above, 2, 3, 0, 1);
	above += __builtin_shufflevector(above, above, 1, 0, 3, 2);
	return CBLOCK + above[0];
}

static inline uint32_t
search_narrow(const struct walk *w, const struct csearch *s, uint32_t value)
{
	const int32_t *keys = NODE(w, s->keys);
	int32_t x = (int32_t)(value ^ 0x80000000u);
	uint32_t block = 0, l, i;

	if (x == INT32_MAX) {	/* what the last blocks are filled with */
		i = s->n - 1;
		l = s->levels - 1;
		block = i / CBLOCK;
	} else {
		for (l = 0; l + 1 < s->levels; l++)
			block = block * (CBLOCK + 1) +
			    block_rank(keys + s->level[l] + block * CBLOCK, x);
		i = block_rank(keys + s->level[l] + block * 2 * CBLOCK, x) - 1;
	}
	return (uint32_t)keys[s->level[l] + block * 2 * CBLOCK + CBLOCK +
	    i % CBLOCK];
}

static uint32_t
search_wide(const struct walk *w, const struct csearch *s, const struct u128 *x)
{
	const uint32_t *values = NODE(w, s->values);
	const struct u128 *v = NODE(w, s->keys);
	uint32_t lo = 0, n = s->n, half;

	while (n > 1) {		/* the first key is 0 */
		half = n / 2;
		if (v[lo + half].hi < x->hi || (v[lo + half].hi == x->hi &&
		    v[lo + half].lo <= x->lo))
			lo += half;
		n -= half;
	}
	return values[lo];
}

/* The value of the interval that holds the packet's field. */
static inline uint32_t
search(const struct walk *w, const struct csearch *s)
{
	const struct pkey *k = w->k;

	if (s->wide)
		return search_wide(w, s, s->field == CF_SRC ? &k->src6 :
		    &k->dst6);
	return search_narrow(w, s, k->field[s->field]);
}

/* One rule whose bit is set in all rows; Return: no later one can matter. */
static inline bool
vector_bit(struct walk *w, const struct cvrule *r)
{
	const struct pkey *k = w->k;

	if (~(k->ifrow[r->on / 64] >> r->on % 64) & 1)
		return false;
	if (r->rule > w->c->limit)
		return true;
	if (r->rule >= w->from)
		try(w, r->rule);
	return false;
}

static void
walk_vector(struct walk *w, const struct cvector *v)
{
	const uint64_t *rows = NODE(w, v->rows), *row[CF_MAX + 1];
	const uint16_t *protos = NODE(w, v->protos);
	const struct cvrule *rules = NODE(w, v->rules);
	uint32_t i, f;
	uint64_t m;

	row[0] = rows + (size_t)protos[w->k->proto] * v->words;
	for (f = 0; f < v->head.nmaps; f++)
		row[f + 1] = rows + (size_t)search(w, &v->map[f]) * v->words;
	for (i = 0; i < v->words; i++) {
		m = row[0][i];
		for (f = 1; f <= v->head.nmaps; f++)
			m &= row[f][i];
		for (; m != 0; m &= m - 1)
			if (vector_bit(w, &rules[i * 64 + __builtin_ctzll(m)]))
				return;
	}
}

static void walk_node(struct walk *, const struct cnode *);

/* All searches first: they do not wait for each other. */
static void
walk_maps(struct walk *w, const struct cmaps *c)
{
	const struct cnode *v;
	uint32_t node[CF_MAX], i;

	for (i = 0; i < c->head.nmaps; i++) {
		node[i] = search(w, &c->map[i]);
		__builtin_prefetch(NODE(w, node[i]));
	}
	for (i = 0; i < c->head.nmaps; i++)
		for (; node[i] != 0; node[i] = v->parent) {
			v = NODE(w, node[i]);
			walk_node(w, v);
		}
}

/* A node and those behind it. */
static void
walk_node(struct walk *w, const struct cnode *c)
{
	for (;; c = NODE(w, c->next)) {
		if (c->first <= w->c->limit && c->last >= w->from) {
			if (c->kind == CN_LIST)
				walk_list(w, (const struct clist *)c);
			else if (c->kind == CN_QUADS)
				walk_quads(w, (const struct cquads *)c);
			else if (c->kind == CN_VECTOR)
				walk_vector(w, (const struct cvector *)c);
			else
				walk_maps(w, (const struct cmaps *)c);
		}
		if (c->next == 0)
			return;
	}
}

void
classify(const struct program *pg, const struct section *sec,
    const struct pkey *k, uint32_t from, struct cands *c)
{
	uint32_t root = sec->root[k->dir - 1][k->af != AF_INET];
	struct walk w = {
		.pg = pg,
		.m = prog_match(pg),
		.k = k,
		.base = PROG_AT(pg, sec->base),
		.c = c,
		.from = from,
	};

	c->n = 0;
	c->more = false;
	c->limit = UINT32_MAX;
	if (root != 0)
		walk_node(&w, NODE(&w, root));
}
