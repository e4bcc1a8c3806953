/* SPDX-License-Identifier: ISC */
/*
 * Builder of programs: growing arrays first, one block in the end.
 */
#include "engine/progbuild.h"

#include "engine/classify.h"
#include "engine/pool.h"
#include "engine/progmem.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct vec {
	char *v;
	uint32_t n, cap;
	size_t size;		/* of an element */
};

#define RECENT 8

struct progbuild {
	struct vec rules, match, match6, dyn, pools, pool_addrs, timeouts,
	    ifs, ifdyns, strings;
	uint32_t first[SECTION_MAX + 1];
	int section;
	bool chances;		/* some rule has a probability */
	bool tags;		/* some rule with out asks for a tag */
	uint32_t plain_max, vector_max;
	uint32_t recent[RECENT], nrecent; /* strings to compare with */
	int error;
};

/* Room for @n more elements, cleared; NULL: no memory, remembered. */
static void *
vec_add(struct progbuild *b, struct vec *v, uint32_t n)
{
	uint32_t cap = v->cap;
	char *p;

	if (n > UINT32_MAX / 2 - v->n) {
		b->error = -E2BIG;
		return NULL;
	}
	if (v->n + n > cap) {
		cap = cap < 16 ? 16 : cap;
		while (cap < v->n + n)
			cap *= 2;
		if ((p = reallocarray(v->v, cap, v->size)) == NULL) {
			b->error = -ENOMEM;
			return NULL;
		}
		v->v = p;
		v->cap = cap;
	}
	p = v->v + v->n * v->size;
	memset(p, 0, n * v->size);
	v->n += n;
	return p;
}

struct progbuild *
progbuild_new(void)
{
	struct progbuild *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->rules.size = sizeof(struct prule);
	b->match.size = sizeof(struct mrule);
	b->match6.size = sizeof(struct mrule6);
	b->dyn.size = sizeof(struct mdyn);
	b->pools.size = sizeof(struct ppool);
	b->pool_addrs.size = sizeof(struct ppool_addr);
	b->timeouts.size = TM_MAX * sizeof(uint32_t);
	b->ifs.size = sizeof(struct mif);
	b->ifdyns.size = sizeof(struct mifdyn);
	b->strings.size = 1;
	b->section = -1;
	progbuild_str(b, "");
	vec_add(b, &b->ifs, 1);	/* condition 0: every interface */
	return b;
}

void
progbuild_free(struct progbuild *b)
{
	if (b == NULL)
		return;
	free(b->rules.v);
	free(b->match.v);
	free(b->match6.v);
	free(b->dyn.v);
	free(b->pools.v);
	free(b->pool_addrs.v);
	free(b->timeouts.v);
	free(b->ifs.v);
	free(b->ifdyns.v);
	free(b->strings.v);
	free(b);
}

uint32_t
progbuild_str(struct progbuild *b, const char *s)
{
	size_t len = strlen(s) + 1;
	uint32_t off = b->strings.n, i;
	char *p;

	for (i = 0; i < RECENT && i < b->nrecent; i++)
		if (strcmp(b->strings.v + b->recent[i], s) == 0)
			return b->recent[i];
	if (len > UINT32_MAX / 2) {
		b->error = -E2BIG;
		return 0;
	}
	if ((p = vec_add(b, &b->strings, len)) == NULL)
		return 0;
	memcpy(p, s, len);
	b->recent[b->nrecent++ % RECENT] = off;
	return off;
}

uint32_t
progbuild_dyn(struct progbuild *b, const char *name, uint8_t mods,
    uint8_t plen)
{
	struct mifdyn *d = (struct mifdyn *)b->ifdyns.v;
	uint32_t i;

	for (i = 0; i < b->ifdyns.n; i++)
		if (d[i].mods == mods && d[i].plen == plen &&
		    strcmp(b->strings.v + d[i].name, name) == 0)
			return i;
	if ((d = vec_add(b, &b->ifdyns, 1)) == NULL)
		return 0;
	d->name = progbuild_str(b, name);
	d->mods = mods;
	d->plen = plen;
	return b->ifdyns.n - 1;
}

uint32_t
progbuild_timeouts(struct progbuild *b, const uint32_t set[TM_MAX])
{
	uint32_t n = b->timeouts.n;
	void *p;

	if (n > 0 && memcmp(b->timeouts.v + (n - 1) * b->timeouts.size, set,
	    b->timeouts.size) == 0)
		return n;
	if ((p = vec_add(b, &b->timeouts, 1)) == NULL)
		return 0;
	memcpy(p, set, b->timeouts.size);
	return n + 1;	/* 0 is the global set */
}

uint32_t
progbuild_pool(struct progbuild *b, const struct ppool *pool,
    const struct ppool_addr *v, uint32_t n)
{
	struct ppool_addr *addrs;
	struct ppool *p;

	if ((p = vec_add(b, &b->pools, 1)) == NULL)
		return PROG_NONE;
	*p = *pool;
	p->addr = b->pool_addrs.n;
	p->naddr = n;
	if (n == 0 || (addrs = vec_add(b, &b->pool_addrs, n)) == NULL)
		return b->pools.n - 1;
	memcpy(addrs, v, n * sizeof(*v));
	pool_measure(p, addrs);
	return b->pools.n - 1;
}

void
progbuild_section(struct progbuild *b, enum prog_section section)
{
	while (b->section < (int)section)
		b->first[++b->section] = b->rules.n;
}

/* The number of an interface condition; 0: none. */
static uint16_t
if_number(struct progbuild *b, const struct cond_if *c)
{
	struct mif *v = (struct mif *)b->ifs.v;
	uint32_t i;

	if (c->kind == COND_IF_ALL)
		return 0;
	for (i = 1; i < b->ifs.n; i++)
		if (v[i].kind == c->kind && v[i].neg == c->neg &&
		    (c->kind != COND_IF_WORD ||
		    strcmp(b->strings.v + v[i].name, c->name) == 0))
			return i;
	if (b->ifs.n > UINT16_MAX) {
		b->error = -E2BIG;
		return 0;
	}
	if ((v = vec_add(b, &b->ifs, 1)) == NULL)
		return 0;
	v->kind = c->kind;
	v->neg = c->neg;
	if (c->kind == COND_IF_WORD)
		v->name = progbuild_str(b, c->name);
	return b->ifs.n - 1;
}

static bool
is_dynamic(const struct cond_addr *c)
{
	return c->kind != COND_ANY && c->kind != COND_RANGE;
}

/*
 * One side for IPv4 packets: first and span.  A range of the other family
 * holds no IPv4 address, and a negated one all of them.
 */
static bool
side4(const struct cond_addr *c, uint32_t *first, uint32_t *span, bool *neg,
    bool *never)
{
	*first = 0;
	*span = UINT32_MAX;
	*neg = false;
	if (c->kind == COND_ANY)
		*never |= c->neg;
	if (c->kind != COND_RANGE)
		return false;
	if (c->af != AF_INET)
		return true;
	*first = ntohl(c->lo.w[0]);
	*span = ntohl(c->hi.w[0]) - *first;
	*neg = c->neg;
	return false;
}

static void
side6(const struct cond_addr *c, struct u128 *lo, struct u128 *hi,
    uint8_t *neg)
{
	lo->hi = lo->lo = 0;
	hi->hi = hi->lo = UINT64_MAX;
	*neg = 0;
	if (c->kind != COND_RANGE)
		return;
	if (c->af != AF_INET6) {
		*neg = !c->neg;
		return;
	}
	memcpy(lo, &c->lo, sizeof(*lo));
	memcpy(hi, &c->hi, sizeof(*hi));
	lo->hi = be64toh(lo->hi);
	lo->lo = be64toh(lo->lo);
	hi->hi = be64toh(hi->hi);
	hi->lo = be64toh(hi->lo);
	*neg = c->neg;
}

/* Addresses of both families. */
static void
put_addrs(struct progbuild *b, struct mrule *m, const struct cond *c)
{
	bool sneg, dneg, never = false, s6, d6;
	struct mrule6 *m6;

	s6 = side4(&c->src, &m->slo, &m->sspan, &sneg, &never);
	d6 = side4(&c->dst, &m->dlo, &m->dspan, &dneg, &never);
	m->bits |= (sneg ? M_SNEG : 0) | (dneg ? M_DNEG : 0) |
	    (never ? M_NEVER : 0);
	/* a positive IPv6 address in a rule without a family */
	if (m->af == 0 && ((s6 && !c->src.neg) || (d6 && !c->dst.neg)))
		m->af = AF_INET6;
	m->v6 = PROG_NONE;
	if (m->af == AF_INET ||
	    (c->src.kind != COND_RANGE && c->dst.kind != COND_RANGE))
		return;
	m->v6 = b->match6.n;
	if ((m6 = vec_add(b, &b->match6, 1)) == NULL)
		return;
	side6(&c->src, &m6->slo, &m6->shi, &m6->sneg);
	side6(&c->dst, &m6->dlo, &m6->dhi, &m6->dneg);
}

static void
put_port(struct mrule *m, const struct cond_port *c, uint16_t *first,
    uint16_t *span, uint16_t negbit)
{
	*first = 0;
	*span = UINT16_MAX;
	if (!c->set)
		return;
	m->bits |= M_PORTS | M_NOFRAG;
	if (c->lo > c->hi) {
		if (!c->neg)
			m->bits |= M_NEVER;
		return;
	}
	*first = c->lo;
	*span = c->hi - c->lo;
	if (c->neg)
		m->bits |= negbit;
}

static void
put_owner(struct mowner *m, const struct cond_owner *c)
{
	if (!c->set)
		return;
	m->bits = (uint8_t)(MO_SET | (c->neg ? MO_NEG : 0) |
	    (c->nobody ? MO_NOBODY : 0) | (c->lo > c->hi ? MO_NEVER : 0));
	m->first = c->lo;
	m->span = c->hi - c->lo;
}

static uint32_t
put_dyn(struct progbuild *b, const struct cond *c)
{
	uint16_t received = if_number(b, &c->received_on);
	struct mdyn *d;

	if (!is_dynamic(&c->src) && !is_dynamic(&c->dst) && received == 0 &&
	    c->probability == 0 && c->tag == 0 && c->prio < 0 &&
	    !c->user.set && !c->group.set)
		return PROG_NONE;
	if ((d = vec_add(b, &b->dyn, 1)) == NULL)
		return PROG_NONE;
	if (is_dynamic(&c->src)) {
		d->skind = c->src.kind;
		d->sneg = c->src.neg;
		d->sref = c->src.ref;
	}
	if (is_dynamic(&c->dst)) {
		d->dkind = c->dst.kind;
		d->dneg = c->dst.neg;
		d->dref = c->dst.ref;
	}
	d->received_on = received;
	d->probability = c->probability;
	b->chances |= c->probability != 0;
	b->tags |= c->tag != 0 && c->dir != 1 + DIR_IN;
	d->tag = c->tag;
	d->tag_neg = c->tag_neg;
	d->prio = (uint8_t)(c->prio + 1);
	put_owner(&d->user, &c->user);
	put_owner(&d->group, &c->group);
	return b->dyn.n - 1;
}

/* What a rule's match means for the rules behind and before it. */
static uint16_t
put_effect(const struct prule *rule, uint32_t dyn)
{
	if (dyn != PROG_NONE || rule->anchor != PROG_NONE)
		return 0;
	switch (rule->action) {
	case PRULE_ANCHOR:
	case PRULE_MATCH:
		return 0;
	case PRULE_PASS:
	case PRULE_BLOCK:
		if (rule->quick)
			return M_FINAL;
		return rule->tag == 0 ? M_PLAIN : 0;
	default:
		return M_FINAL;	/* a translation ruleset's first match */
	}
}

/* Does a rule change packets beside their addresses? */
static bool
rule_sets(const struct prule *r)
{
	return r->set_tos >= 0 || r->set_prio[0] >= 0 || r->min_ttl != 0 ||
	    r->max_mss != 0 || r->scrub != 0 || r->mark != 0 ||
	    steer_any(&r->steer);
}

uint32_t
progbuild_rule(struct progbuild *b, const struct prule *rule,
    const struct cond *c)
{
	uint32_t nr = b->rules.n;
	struct prule *p = vec_add(b, &b->rules, 1);
	struct mrule *m = vec_add(b, &b->match, 1);

	if (p == NULL || m == NULL)
		return nr;
	*p = *rule;
	p->sets = rule_sets(rule);
	m->dir = c->dir;
	m->af = c->af;
	m->proto = c->proto;
	put_addrs(b, m, c);
	put_port(m, &c->sport, &m->splo, &m->spspan, M_SPNEG);
	put_port(m, &c->dport, &m->dplo, &m->dpspan, M_DPNEG);
	m->flags = c->flagset != 0 ? c->flags : 0;
	m->flagset = c->flagset;
	m->icmp_type = c->icmp_type;
	m->icmp_code = c->icmp_code;
	m->tos = c->tos;
	m->max_len = c->max_len;
	if (c->icmp_type >= 0 || c->icmp_code >= 0)
		m->bits |= M_NOFRAG | M_RARE;
	if (c->tos >= 0 || c->max_len != 0)
		m->bits |= M_RARE;
	m->bits |= (c->fragment ? M_FRAGONLY : 0) |
	    (c->no_reply ? M_NOREPLY : 0);
	m->on = if_number(b, &c->on);
	m->id = RULE_ID(m->af, m->proto, m->dir);
	m->id_mask = RULE_ID(m->af != 0 ? 0xff : 0, m->proto != 0 ? 0xff : 0,
	    m->dir != 0 ? 0xff : 0);
	m->dyn = put_dyn(b, c);
	m->bits |= put_effect(rule, m->dyn);
	m->end = nr + 1;
	return nr;
}

void
progbuild_anchor_end(struct progbuild *b, uint32_t anchor)
{
	if (anchor < b->match.n)
		((struct mrule *)b->match.v)[anchor].end = b->rules.n;
}

uint32_t
progbuild_count(const struct progbuild *b)
{
	return b->rules.n;
}

/* Where an array goes, each on a cache line of its own. */
static void
place(struct span_of *s, const struct vec *v, uint64_t *size)
{
	s->off = *size;
	s->n = v->n;
	*size = (*size + v->n * v->size + 63) & ~UINT64_C(63);
}

static void
fill(struct program *pg, const struct span_of *s, const struct vec *v)
{
	if (v->n > 0)
		memcpy((char *)pg + s->off, v->v, v->n * v->size);
}

int
progbuild_finish(struct progbuild *b, const struct prog_options *options,
    struct program **out)
{
	struct program head, *pg;
	int i, error;

	if (b->error != 0)
		return b->error;
	progbuild_section(b, SECTION_FILTER);
	b->first[SECTION_MAX] = b->rules.n;
	memset(&head, 0, sizeof(head));
	head.options = *options;
	head.chances = b->chances;
	head.tags = b->tags;
	for (i = 0; i < SECTION_MAX; i++) {
		head.section[i].first = b->first[i];
		head.section[i].end = b->first[i + 1];
	}
	head.size = (sizeof(head) + 63) & ~UINT64_C(63);
	place(&head.rules, &b->rules, &head.size);
	place(&head.match, &b->match, &head.size);
	place(&head.match6, &b->match6, &head.size);
	place(&head.dyn, &b->dyn, &head.size);
	place(&head.pools, &b->pools, &head.size);
	place(&head.pool_addrs, &b->pool_addrs, &head.size);
	place(&head.timeouts, &b->timeouts, &head.size);
	place(&head.ifs, &b->ifs, &head.size);
	place(&head.ifdyns, &b->ifdyns, &head.size);
	place(&head.strings, &b->strings, &head.size);
	if ((pg = aligned_alloc(64, head.size)) == NULL)
		return -ENOMEM;
	*pg = head;
	fill(pg, &pg->rules, &b->rules);
	fill(pg, &pg->match, &b->match);
	fill(pg, &pg->match6, &b->match6);
	fill(pg, &pg->dyn, &b->dyn);
	fill(pg, &pg->pools, &b->pools);
	fill(pg, &pg->pool_addrs, &b->pool_addrs);
	fill(pg, &pg->timeouts, &b->timeouts);
	fill(pg, &pg->ifs, &b->ifs);
	fill(pg, &pg->ifdyns, &b->ifdyns);
	fill(pg, &pg->strings, &b->strings);
	if ((error = classify_build(&pg, b->plain_max, b->vector_max)) != 0) {
		program_free(pg);
		return error;
	}
	*out = pg;
	return 0;
}

void
progbuild_tune(struct progbuild *b, uint32_t plain_max, uint32_t vector_max)
{
	b->plain_max = plain_max;
	b->vector_max = vector_max;
}
