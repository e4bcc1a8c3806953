/* SPDX-License-Identifier: ISC */
/*
 * Worlds and rulesets.
 */
#include "tests/oracle/gen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

const char *const gen_tags[GEN_TAGS] = { "lan", "dmz", "guest", "vpn" };

uint32_t
gen_rnd(struct gen *g, uint32_t below)
{
	g->rng ^= g->rng << 13;
	g->rng ^= g->rng >> 7;
	g->rng ^= g->rng << 17;
	return (uint32_t)(g->rng >> 32) % below;
}

bool
gen_chance(struct gen *g, uint32_t percent)
{
	return gen_rnd(g, 100) < percent;
}

static void *
take(struct gen *g, size_t n)
{
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (g->used + n > g->size) {
		fprintf(stderr, "oracle: a ruleset needs more memory\n");
		exit(EXIT_FAILURE);
	}
	p = g->mem + g->used;
	g->used += n;
	memset(p, 0, n);
	return p;
}

/* An address of the stock: few bits vary, so prefixes nest and meet. */
static void
stock_addr(struct gen *g, uint8_t af, struct addr *a)
{
	uint32_t v = 10u << 24 | gen_rnd(g, 3) << 16 | gen_rnd(g, 4) << 8 |
	    gen_rnd(g, 4);

	if (g->selective)
		v = 10u << 24 | gen_rnd(g, 1 << 18);
	memset(a, 0, sizeof(*a));
	if (af == AF_INET) {
		a->w[0] = htonl(v);
		return;
	}
	a->w[0] = htonl(gen_chance(g, 90) ? 0x20010db8 : 0xfe800000);
	a->w[1] = htonl(v & 0xffffff);
	a->w[3] = htonl(gen_rnd(g, 4));
}

static unsigned
stock_plen(struct gen *g, uint8_t af)
{
	static const uint8_t p4[] = { 32, 32, 32, 24, 24, 30, 16, 8, 23, 9, 0 };
	static const uint8_t p6[] = { 128, 128, 64, 64, 48, 32, 63, 127, 10, 0 };
	unsigned n = g->selective ? 6 : 11;

	return af == AF_INET ? p4[gen_rnd(g, n)] :
	    p6[gen_rnd(g, n < nitems(p6) ? n : nitems(p6))];
}

static const struct {
	const char *name, *group, *group2;
	uint8_t flags;
} stock_ifaces[] = {
	{ "lo0", "lo", NULL, IFACE_LOOPBACK },
	{ "em0", "egress", "wan", 0 },
	{ "em1", "inside", NULL, 0 },
	{ "em12", "inside", "lab", 0 },
	{ "tun0", NULL, NULL, IFACE_POINTOPOINT },
	{ "tun1", "egress", NULL, IFACE_POINTOPOINT },
	{ "vlan7x", NULL, NULL, 0 },
};

static const char *const stock_words[] = {
	"lo0", "em0", "em1", "em12", "tun0", "em", "tun", "egress", "inside",
	"lab", "vlan", "vlan7x", "nosuch", "em1x", "e", "wan",
};

static const char *
stock_word(struct gen *g)
{
	return stock_words[gen_rnd(g, nitems(stock_words))];
}

static struct ifaddr
world_addr(struct gen *g)
{
	struct ifaddr ia;

	memset(&ia, 0, sizeof(ia));
	ia.af = gen_chance(g, 60) ? AF_INET : AF_INET6;
	ia.plen = ia.af == AF_INET ? 24 + gen_rnd(g, 7) : 64;
	stock_addr(g, ia.af, &ia.addr);
	if (ia.af == AF_INET && gen_chance(g, 70)) {
		ia.broadcast = ia.addr;
		addr_set_host(&ia.broadcast, ia.plen, AF_INET);
	}
	if (gen_chance(g, 30))
		stock_addr(g, ia.af, &ia.peer);
	return ia;
}

/* Routes that come with addresses: to their prefixes, and to peers. */
static uint32_t
world_routes(struct route *rt, const struct ifset *ifs)
{
	static const struct addr zero;
	uint32_t n = 0, i, j;

	for (i = 1; i <= ifs->nifaces; i++) {
		for (j = 0; j < ifs->ifaces[i].naddr; j++) {
			const struct ifaddr *ia =
			    &ifs->addrs[ifs->ifaces[i].addr + j];

			rt[n].dst = ia->addr;
			addr_apply_plen(&rt[n].dst, ia->plen);
			rt[n].af = ia->af;
			rt[n].plen = ia->plen;
			rt[n++].ifidx = i;
			if (memcmp(&ia->peer, &zero, sizeof(zero)) == 0)
				continue;
			rt[n].dst = ia->peer;
			rt[n].af = ia->af;
			rt[n].plen = addr_bits(ia->af);
			rt[n++].ifidx = i;
		}
	}
	return n;
}

struct ifset *
gen_world(struct gen *g, const struct route **routes, uint32_t *nroutes)
{
	static struct iface ifs[nitems(stock_ifaces) + 1];
	static struct ifaddr addrs[64];
	static struct route all[128];
	struct route given[8];
	uint32_t naddr = 0, i, k, ngiven = gen_rnd(g, nitems(given) + 1);
	struct ifset *set;

	memset(ifs, 0, sizeof(ifs));
	memset(given, 0, sizeof(given));
	memset(all, 0, sizeof(all));
	for (i = 1; i <= nitems(stock_ifaces); i++) {
		snprintf(ifs[i].name, sizeof(ifs[i].name), "%s",
		    stock_ifaces[i - 1].name);
		ifs[i].index = i;
		ifs[i].flags = IFACE_UP | stock_ifaces[i - 1].flags;
		if (stock_ifaces[i - 1].group != NULL)
			snprintf(ifs[i].group[ifs[i].ngroups++],
			    IFACE_NAMELEN, "%s", stock_ifaces[i - 1].group);
		if (stock_ifaces[i - 1].group2 != NULL)
			snprintf(ifs[i].group[ifs[i].ngroups++],
			    IFACE_NAMELEN, "%s", stock_ifaces[i - 1].group2);
		ifs[i].mtu = 1500;
		ifs[i].addr = naddr;
		for (k = gen_rnd(g, 4); k > 0; k--, ifs[i].naddr++)
			addrs[naddr++] = world_addr(g);
	}
	for (i = 0; i < ngiven; i++) {
		given[i].af = gen_chance(g, 60) ? AF_INET : AF_INET6;
		given[i].plen = 12 + gen_rnd(g, 40);
		if (given[i].plen > addr_bits(given[i].af))
			given[i].plen = 20;
		stock_addr(g, given[i].af, &given[i].dst);
		addr_apply_plen(&given[i].dst, given[i].plen);
		given[i].ifidx = 1 + gen_rnd(g, nitems(stock_ifaces));
	}
	set = ifset_new(ifs, nitems(stock_ifaces), addrs, naddr, given, ngiven,
	    true);
	if (set == NULL)
		exit(EXIT_FAILURE);
	*nroutes = world_routes(all, set);
	memcpy(all + *nroutes, given, ngiven * sizeof(given[0]));
	*nroutes += ngiven;
	*routes = all;
	return set;
}

static void
gen_tables(struct gen *g)
{
	static const char *const names[] = { "t0", "t1", "t2", "t3" };
	struct table_entry *e;
	struct table *t;
	uint32_t i, k, j;

	for (i = 0; i < GEN_TABLES; i++) {
		t = &g->tables[i];
		memset(t, 0, sizeof(*t));
		t->name = names[i];
		t->parts = take(g, sizeof(*t->parts));
		t->nparts = 1;
		t->parts->v = e = take(g, 12 * sizeof(*e));
		for (k = gen_rnd(g, 12); k > 0; k--) {
			e = &t->parts->v[t->parts->n];
			e->af = gen_chance(g, 60) ? AF_INET : AF_INET6;
			e->plen = stock_plen(g, e->af);
			stock_addr(g, e->af, &e->addr);
			addr_apply_plen(&e->addr, e->plen);
			e->neg = gen_chance(g, 25);
			for (j = 0; j < t->parts->n; j++)
				if (t->parts->v[j].af == e->af &&
				    t->parts->v[j].plen == e->plen &&
				    addr_equal(&t->parts->v[j].addr, &e->addr))
					break;
			t->parts->n += j == t->parts->n;
		}
	}
}

static void
gen_prefix(struct gen *g, struct rule_addr *a, uint8_t af)
{
	a->type = RULE_ADDR_PREFIX;
	a->af = af;
	a->plen = stock_plen(g, af);
	stock_addr(g, af, &a->addr);
	addr_apply_plen(&a->addr, a->plen);
}

static void
gen_range(struct gen *g, struct rule_addr *a, uint8_t af)
{
	struct addr t;

	a->type = RULE_ADDR_RANGE;
	a->af = af;
	stock_addr(g, af, &a->addr);
	stock_addr(g, af, &a->addr2);
	if (memcmp(&a->addr, &a->addr2, sizeof(t)) > 0) {
		t = a->addr;
		a->addr = a->addr2;
		a->addr2 = t;
	}
}

static void
gen_dynif(struct gen *g, struct rule_addr *a, uint8_t af)
{
	static const uint8_t mods[] = {
		0, 0, 0, RULE_MOD_NETWORK, RULE_MOD_BROADCAST, RULE_MOD_PEER,
	};

	a->type = RULE_ADDR_DYNIF;
	a->name = gen_chance(g, 15) ? "self" : stock_word(g);
	a->mods = mods[gen_rnd(g, nitems(mods))] |
	    (gen_chance(g, 30) ? RULE_MOD_NOALIAS : 0);
	a->plen = af == AF_INET ? 32 : 128;
	if ((a->mods & (RULE_MOD_NETWORK | RULE_MOD_BROADCAST)) == 0 &&
	    gen_chance(g, 30))
		a->plen = 20 + gen_rnd(g, 12);
}

static void
gen_host(struct gen *g, struct rule_host *h, uint8_t af, bool source)
{
	uint32_t what = gen_rnd(g, 100);

	h->addr.plen = 128;
	h->neg = gen_chance(g, 8);
	if (what < (g->selective ? 8 : 35) || af == 0) {
		h->addr.type = RULE_ADDR_ANY;
		h->neg = gen_chance(g, 2);
		if (af == 0 && gen_chance(g, 20)) {
			h->addr.type = RULE_ADDR_TABLE;
			h->addr.table = &g->tables[gen_rnd(g, GEN_TABLES)];
			h->addr.name = h->addr.table->name;
		} else if (gen_chance(g, 5))
			gen_dynif(g, &h->addr, 0);
	} else if (what < 80 || g->selective)
		gen_prefix(g, &h->addr, af);
	else if (what < 86)
		gen_range(g, &h->addr, af);
	else if (what < 92) {
		h->addr.type = RULE_ADDR_TABLE;
		h->addr.table = &g->tables[gen_rnd(g, GEN_TABLES)];
		h->addr.name = h->addr.table->name;
	} else if (what < 97)
		gen_dynif(g, &h->addr, af);
	else
		h->addr.type = source && gen_chance(g, 50) ? RULE_ADDR_URPF :
		    RULE_ADDR_NOROUTE;
}

static uint16_t
stock_port(struct gen *g)
{
	static const uint16_t ports[] = {
		0, 1, 22, 53, 80, 81, 443, 1023, 1024, 8080, 65534, 65535,
	};

	if (g->selective && gen_chance(g, 60))
		return 1000 + gen_rnd(g, 300);
	return ports[gen_rnd(g, nitems(ports))];
}

static void
gen_port(struct gen *g, struct rule_port *p)
{
	static const uint8_t ops[] = {
		RULE_OP_EQ, RULE_OP_EQ, RULE_OP_EQ, RULE_OP_NE, RULE_OP_LT,
		RULE_OP_LE, RULE_OP_GT, RULE_OP_GE, RULE_OP_IRG, RULE_OP_XRG,
		RULE_OP_RRG,
	};
	uint16_t t;

	p->op = ops[gen_rnd(g, g->selective ? 3 : nitems(ops))];
	p->lo = stock_port(g);
	if (p->op < RULE_OP_IRG)
		return;
	p->hi = stock_port(g);
	if (p->lo > p->hi) {
		t = p->lo;
		p->lo = p->hi;
		p->hi = t;
	}
}

static struct rule_text
stock_tag(struct gen *g)
{
	const char *t = gen_tags[gen_rnd(g, GEN_TAGS)];

	return (struct rule_text){ t, t };
}

/* A rule that asks nothing and does nothing. */
static struct rule *
rule_plain(struct gen *g, uint8_t class, uint8_t action)
{
	struct rule *r = take(g, sizeof(*r));

	rule_init(r, class, action);
	r->id = ++g->next_id;
	if (g->nall < g->max)
		g->all[g->nall++] = r;
	return r;
}

static void
gen_l4(struct gen *g, struct rule *r)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
		IPPROTO_SCTP, IPPROTO_GRE, IPPROTO_ICMP, IPPROTO_ICMPV6,
	};
	static const uint8_t types[] = { 0, 3, 8, 128, 129, 135 };

	if (gen_chance(g, g->selective ? 10 : 35))
		return;
	r->proto = protos[gen_rnd(g, nitems(protos))];
	if (r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP ||
	    r->proto == IPPROTO_SCTP) {
		if (gen_chance(g, 20))
			gen_port(g, &r->from.port);
		if (gen_chance(g, g->selective ? 80 : 40))
			gen_port(g, &r->to.port);
		return;
	}
	if (r->proto == IPPROTO_ICMP)
		r->af = AF_INET;
	if (r->proto == IPPROTO_ICMPV6)
		r->af = AF_INET6;
	if (r->proto != IPPROTO_GRE && gen_chance(g, 50)) {
		r->icmp_type = types[gen_rnd(g, nitems(types))];
		if (gen_chance(g, 30))
			r->icmp_code = gen_rnd(g, 3);
	}
}

/* Conditions that any rule may have. */
static void
gen_conditions(struct gen *g, struct rule *r)
{
	if (gen_chance(g, 35)) {
		r->if_any = gen_chance(g, 10);
		r->ifname = r->if_any ? NULL : stock_word(g);
		r->if_neg = !r->if_any && gen_chance(g, 20);
	}
	if (gen_chance(g, 70))
		r->af = gen_chance(g, 70) ? AF_INET : AF_INET6;
	gen_l4(g, r);
	gen_host(g, &r->from, r->af, true);
	gen_host(g, &r->to, r->af, false);
}

static void
gen_owner(struct gen *g, struct rule_owner *o)
{
	static const uint8_t ops[] = {
		RULE_OP_EQ, RULE_OP_NE, RULE_OP_LT, RULE_OP_LE, RULE_OP_GT,
		RULE_OP_GE, RULE_OP_IRG, RULE_OP_XRG,
	};

	o->op = ops[gen_rnd(g, sizeof(ops))];
	o->lo = gen_rnd(g, GEN_OWNERS);
	o->hi = o->lo + gen_rnd(g, GEN_OWNERS);
	if (o->op <= RULE_OP_NE && gen_chance(g, 30))
		o->lo = o->hi = RULE_ID_UNKNOWN;
}

/* Conditions of filter rules. */
static void
gen_more_conditions(struct gen *g, struct rule *r)
{
	if (gen_chance(g, 50))
		r->dir = gen_chance(g, 50) ? RULE_IN : RULE_OUT;
	if (gen_chance(g, 6))
		r->tos = gen_rnd(g, 4);
	if (gen_chance(g, 4))
		r->max_pkt_size = 100 + gen_rnd(g, 1000);
	if (gen_chance(g, 8)) {
		r->tagged = stock_tag(g);
		r->tagged_neg = gen_chance(g, 30);
	}
	if (gen_chance(g, 6)) {
		r->received_on_any = gen_chance(g, 20);
		r->received_on = r->received_on_any ? NULL : stock_word(g);
		r->received_on_neg = gen_chance(g, 30);
	}
	if (gen_chance(g, 6))
		r->prio = (int8_t)gen_rnd(g, 8);
	if ((r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP) &&
	    gen_chance(g, 10)) {
		gen_owner(g, &r->user);
		/* of packets that leave only, see rules/compile_support.c */
		if (r->dir == RULE_OUT && gen_chance(g, 50))
			gen_owner(g, &r->group);
	}
	if (gen_chance(g, 8))
		r->probability = 1 + (gen_rnd(g, UINT32_MAX) >> gen_rnd(g, 4));
	if (r->from.port.op == RULE_OP_NONE && r->to.port.op == RULE_OP_NONE &&
	    r->icmp_type < 0 && r->icmp_code < 0 && gen_chance(g, 5)) {
		r->fragment = true;
		return;
	}
	if ((r->proto == 0 || r->proto == IPPROTO_TCP) && gen_chance(g, 50)) {
		r->flagset = gen_chance(g, 70) ? 0x12 : gen_rnd(g, 256);
		r->flags = gen_chance(g, 70) ? r->flagset & 0x02 :
		    r->flagset & gen_rnd(g, 256);
	}
}

static void
gen_actions(struct gen *g, struct rule *r)
{
	r->log = gen_chance(g, 10) ? 1 + gen_rnd(g, 7) : 0;
	if (gen_chance(g, 8))
		r->tag = stock_tag(g);
	if (gen_chance(g, 5))
		r->scrub.min_ttl = 1 + gen_rnd(g, 64);
	if (gen_chance(g, 5))
		r->scrub.max_mss = 1 + gen_rnd(g, 1460);
	r->scrub.no_df = gen_chance(g, 5);
	r->scrub.random_id = gen_chance(g, 5);
	if (gen_chance(g, 5))
		r->set.tos = gen_rnd(g, 256);
	if (gen_chance(g, 10)) {
		r->set.prio[0] = (int16_t)gen_rnd(g, 8);
		r->set.prio[1] = (int16_t)gen_rnd(g, 8);
	}
	if (gen_chance(g, 5)) {
		r->set.mark_set = true;
		r->set.mark = 1 + gen_rnd(g, 100);
	}
}

static struct pool *
gen_pool(struct gen *g, uint8_t af)
{
	struct pool *p = take(g, sizeof(*p));

	p->v = take(g, sizeof(*p->v));
	p->n = 1;
	p->af = af;
	p->v->weight = 1;
	gen_prefix(g, &p->v->addr, af);
	return p;
}

/* nat-to and rdr-to. */
static void
gen_translation(struct gen *g, struct rule *r)
{
	if (!g->xlate || r->dir == RULE_INOUT || !gen_chance(g, 25))
		return;
	if (r->af == 0)
		return;
	if (gen_chance(g, 70))
		r->nat = gen_pool(g, r->af);
	if (gen_chance(g, 40))
		r->rdr = gen_pool(g, r->af);
	if (r->action == RULE_PASS)
		r->state = RULE_STATE_KEEP;
}

static void
list_add(struct gen *g, struct rulelist *l, struct rule *r)
{
	struct rule **v;

	if ((l->n & (l->n - 1)) == 0) {
		v = take(g, (l->n == 0 ? 1 : 2 * l->n) * sizeof(*v));
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
	}
	r->nr = l->n;
	l->v[l->n++] = r;
}

static void gen_filter(struct gen *, struct anchor *, uint32_t n,
    unsigned depth);
static void gen_classic(struct gen *, struct anchor *, unsigned depth);

static struct anchor *
anchor_new(struct gen *g)
{
	struct anchor *a = take(g, sizeof(*a));

	a->name = a->path = "a";
	return a;
}

/* What an anchor rule names: one anchor, or some children of one. */
static struct anchor *
gen_contents(struct gen *g, int class, uint32_t n, unsigned depth, bool *wild)
{
	struct anchor *a = anchor_new(g), *kid;
	uint32_t i;

	*wild = gen_chance(g, 20);
	for (i = 0; *wild && i < 3; i++) {
		kid = anchor_new(g);
		kid->next = a->children;
		a->children = kid;
		if (class == RULE_CLASS_FILTER)
			gen_filter(g, kid, n / 3, depth + 1);
		else
			gen_classic(g, kid, depth + 1);
	}
	if (*wild)
		return a;
	if (class == RULE_CLASS_FILTER)
		gen_filter(g, a, n, depth + 1);
	else
		gen_classic(g, a, depth + 1);
	return a;
}

static void
gen_anchor(struct gen *g, struct anchor *in, int class, uint32_t n,
    unsigned depth)
{
	struct rule *r = rule_plain(g, class, RULE_ANCHOR);
	bool wild;

	if (gen_chance(g, 50))
		gen_conditions(g, r);
	if (class == RULE_CLASS_FILTER) {
		if (gen_chance(g, 50))
			gen_more_conditions(g, r);
		r->quick = gen_chance(g, 30);
		if (gen_chance(g, 10))
			r->tag = stock_tag(g);
	}
	r->anchor = gen_contents(g, class, n, depth, &wild);
	r->anchor_wild = wild;
	list_add(g, &in->rules[class], r);
	if (gen_chance(g, 20)) {	/* the same contents once more */
		struct rule *again = rule_plain(g, class, RULE_ANCHOR);

		again->anchor = r->anchor;
		again->anchor_wild = r->anchor_wild;
		list_add(g, &in->rules[class], again);
	}
}

static void
gen_filter(struct gen *g, struct anchor *a, uint32_t n, unsigned depth)
{
	uint32_t i, inside;
	struct rule *r;

	for (i = 0; i < n; i++) {
		if (g->anchors && depth < 5 && gen_chance(g, 8)) {
			inside = 1 + gen_rnd(g, n / 4 + 2);
			gen_anchor(g, a, RULE_CLASS_FILTER, inside, depth);
			i += inside;
			continue;
		}
		r = rule_plain(g, RULE_CLASS_FILTER, RULE_PASS);
		if (gen_chance(g, 45))
			r->action = gen_chance(g, 70) ? RULE_BLOCK : RULE_MATCH;
		gen_conditions(g, r);
		gen_more_conditions(g, r);
		gen_actions(g, r);
		if (r->action != RULE_MATCH)
			r->quick = gen_chance(g, g->selective ? 60 : 15);
		if (r->action == RULE_PASS && gen_chance(g, 80)) {
			r->state = RULE_STATE_KEEP;
			r->st.sloppy = gen_chance(g, 10);
		}
		/* see rules/compile_tags.c */
		if (r->action == RULE_PASS && r->state == RULE_STATE_NONE &&
		    r->tag.text != NULL && r->dir != RULE_OUT)
			r->set.mark_set = false;
		if (r->action != RULE_BLOCK)
			gen_translation(g, r);
		list_add(g, &a->rules[RULE_CLASS_FILTER], r);
	}
}

static void
gen_classic_rule(struct gen *g, struct anchor *a, int class)
{
	struct rule *r = rule_plain(g, class, RULE_TRANSLATE);

	gen_conditions(g, r);
	if (r->af == 0) {
		r->af = AF_INET;
		if (r->proto == IPPROTO_ICMPV6)
			r->proto = IPPROTO_UDP;
		r->icmp_type = r->icmp_code = -1;
	}
	if (gen_chance(g, 20))
		r->tag = stock_tag(g);
	if (gen_chance(g, 10)) {
		r->tagged = stock_tag(g);
		r->tagged_neg = gen_chance(g, 30);
	}
	if (class == RULE_CLASS_BINAT) {
		memset(&r->from, 0, sizeof(r->from));
		gen_prefix(g, &r->from.addr, r->af);
		r->to.port.op = RULE_OP_NONE;
		r->icmp_type = r->icmp_code = -1;
	}
	if (gen_chance(g, 25))
		r->action = RULE_NO;
	else {
		r->xlate_pass = gen_chance(g, 25);
		r->log = gen_chance(g, 10);
		if (class == RULE_CLASS_NAT)
			r->nat = gen_pool(g, r->af);
		else if (class == RULE_CLASS_RDR)
			r->rdr = gen_pool(g, r->af);
		else
			r->binat = gen_pool(g, r->af);
	}
	list_add(g, &a->rules[class], r);
}

static void
gen_classic(struct gen *g, struct anchor *a, unsigned depth)
{
	static const uint8_t classes[] = {
		RULE_CLASS_NAT, RULE_CLASS_RDR, RULE_CLASS_BINAT,
	};
	uint32_t c, n;

	for (c = 0; c < nitems(classes); c++) {
		for (n = gen_rnd(g, 5); n > 0; n--) {
			if (g->anchors && depth < 3 && gen_chance(g, 15))
				gen_anchor(g, a, classes[c], 1, depth);
			else
				gen_classic_rule(g, a, classes[c]);
		}
	}
}

void
gen_ruleset(struct gen *g, uint32_t n)
{
	unsigned i;

	g->used = 0;
	g->nall = 0;
	g->next_id = 0;
	memset(&g->rs, 0, sizeof(g->rs));
	g->rs.options.reassemble = true;
	for (i = 0; i < TM_MAX; i++)
		g->rs.options.timeout[i] = 60;
	gen_tables(g);
	g->rs.root = take(g, sizeof(*g->rs.root));
	g->rs.root->name = g->rs.root->path = "";
	if (g->xlate)
		gen_classic(g, g->rs.root, 0);
	gen_filter(g, g->rs.root, n, 0);
}
