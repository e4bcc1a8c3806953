/* SPDX-License-Identifier: ISC */
/*
 * Rule by rule, condition by condition.
 */
#include "tests/oracle/naive.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

struct naive {
	const struct naive_env *env;
	struct pdesc *pd;
	struct naive_verdict *v;
	uint32_t random;
	const struct rule *last;
	bool stop;		/* quick, first match, or dropped */
};

static bool
bits_equal(const uint8_t *a, const uint8_t *b, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}

static unsigned
family_bits(uint8_t af)
{
	return af == AF_INET ? 32 : 128;
}

/* Is an address in a table, by its definition? */
static bool
naive_table(const struct table *t, uint8_t af, const struct addr *a)
{
	const struct table_entry *e;
	int best = -1;
	bool in = false;
	uint32_t p, i;

	for (p = 0; p < t->nparts; p++) {
		for (i = 0; i < t->parts[p].n; i++) {
			e = &t->parts[p].v[i];
			if (e->af == af && (int)e->plen > best &&
			    bits_equal(e->addr.b, a->b, e->plen)) {
				best = e->plen;
				in = !e->neg;
			}
		}
	}
	return in;
}

static bool
iface_named(const struct iface *i, const char *name)
{
	size_t n = strlen(i->name);
	unsigned g;

	if (strcmp(i->name, name) == 0)
		return true;
	for (g = 0; g < i->ngroups; g++)
		if (strcmp(i->group[g], name) == 0)
			return true;
	while (n > 0 && isdigit((unsigned char)i->name[n - 1]))
		n--;
	return n == strlen(name) && strncmp(i->name, name, n) == 0;
}

static const struct iface *
iface_of(const struct naive *nv, uint16_t ifidx)
{
	return ifidx == 0 || ifidx > nv->env->ifs->nifaces ? NULL :
	    &nv->env->ifs->ifaces[ifidx];
}

static bool
if_is(const struct naive *nv, uint16_t ifidx, const char *name, bool any)
{
	const struct iface *i = iface_of(nv, ifidx);

	if (i == NULL)
		return false;
	if (any)
		return (i->flags & IFACE_LOOPBACK) == 0;
	return iface_named(i, name);
}

/* Does one address of an interface put @a into (name:mods)/plen? */
static bool
ifaddr_holds(const struct rule_addr *ra, const struct ifaddr *ia, uint8_t af,
    const struct addr *a)
{
	static const struct addr zero;
	const struct addr *net = &ia->addr;
	unsigned bits = ra->plen;

	if (ia->af != af)
		return false;
	if (ra->mods & RULE_MOD_NETWORK) {
		if (af == AF_INET6 && ia->addr.b[0] == 0xfe &&
		    ia->addr.b[1] >> 6 == 2)
			return false;
		bits = ia->plen;
	}
	if (ra->mods & RULE_MOD_BROADCAST)
		net = af == AF_INET ? &ia->broadcast : &zero;
	if (ra->mods & RULE_MOD_PEER)
		net = &ia->peer;
	if (memcmp(net, &zero, sizeof(zero)) == 0 &&
	    (ra->mods & (RULE_MOD_BROADCAST | RULE_MOD_PEER)))
		return false;
	if (bits > family_bits(af))
		bits = family_bits(af);
	return bits_equal(net->b, a->b, bits);
}

/* Would the address count at all, for :0? */
static bool
ifaddr_counts(const struct rule_addr *ra, const struct ifaddr *ia, uint8_t af)
{
	static const struct addr zero;

	if (ia->af != af)
		return false;
	if ((ra->mods & RULE_MOD_NETWORK) && af == AF_INET6 &&
	    ia->addr.b[0] == 0xfe && ia->addr.b[1] >> 6 == 2)
		return false;
	if (ra->mods & RULE_MOD_BROADCAST)
		return af == AF_INET &&
		    memcmp(&ia->broadcast, &zero, sizeof(zero)) != 0;
	if (ra->mods & RULE_MOD_PEER)
		return memcmp(&ia->peer, &zero, sizeof(zero)) != 0;
	return true;
}

static bool
dynif_holds(const struct naive *nv, const struct rule_addr *ra, uint8_t af,
    const struct addr *a)
{
	const struct ifset *ifs = nv->env->ifs;
	const struct ifaddr *ia;
	uint32_t i, n;

	for (i = 1; i <= ifs->nifaces; i++) {
		if (strcmp(ra->name, "self") != 0 &&
		    !iface_named(&ifs->ifaces[i], ra->name))
			continue;
		for (n = 0; n < ifs->ifaces[i].naddr; n++) {
			ia = &ifs->addrs[ifs->ifaces[i].addr + n];
			if (ifaddr_holds(ra, ia, af, a))
				return true;
			if ((ra->mods & RULE_MOD_NOALIAS) &&
			    ifaddr_counts(ra, ia, af))
				break;
		}
	}
	return false;
}

static const struct route *
route_to(const struct naive *nv, uint8_t af, const struct addr *a)
{
	const struct route *rt, *best = NULL;
	uint32_t i;

	for (i = 0; i < nv->env->nroutes; i++) {
		rt = &nv->env->routes[i];
		if (rt->af == af && bits_equal(rt->dst.b, a->b, rt->plen) &&
		    (best == NULL || rt->plen > best->plen))
			best = rt;
	}
	return best;
}

static bool
addr_holds(const struct naive *nv, const struct rule_addr *ra,
    const struct addr *a)
{
	uint8_t af = nv->pd->af;
	const struct route *rt;

	switch (ra->type) {
	case RULE_ADDR_ANY:
		return true;
	case RULE_ADDR_PREFIX:
		return ra->af == af && bits_equal(ra->addr.b, a->b, ra->plen);
	case RULE_ADDR_RANGE:
		return ra->af == af &&
		    memcmp(&ra->addr, a, family_bits(af) / 8) <= 0 &&
		    memcmp(a, &ra->addr2, family_bits(af) / 8) <= 0;
	case RULE_ADDR_TABLE:
		return naive_table(ra->table, af, a);
	case RULE_ADDR_DYNIF:
		return dynif_holds(nv, ra, af, a);
	case RULE_ADDR_NOROUTE:
		return route_to(nv, af, a) == NULL;
	case RULE_ADDR_URPF:
		rt = route_to(nv, af, a);
		return rt == NULL || rt->ifidx != nv->pd->ifidx;
	}
	return false;
}

static bool
port_holds(const struct rule_port *p, uint16_t net)
{
	int x = ntohs(net), lo = p->lo, hi = p->hi;

	switch (p->op) {
	case RULE_OP_EQ:
		return x == lo;
	case RULE_OP_NE:
		return x != lo;
	case RULE_OP_LT:
		return x < lo;
	case RULE_OP_LE:
		return x <= lo;
	case RULE_OP_GT:
		return x > lo;
	case RULE_OP_GE:
		return x >= lo;
	case RULE_OP_IRG:
		return x > lo && x < hi;
	case RULE_OP_XRG:
		return x < lo || x > hi;
	case RULE_OP_RRG:
		return x >= lo && x <= hi;
	}
	return true;
}

/* pf_match_uid(): nobody fits = and != only. */
static bool
owner_holds(const struct rule_owner *o, uint32_t id)
{
	switch (o->op) {
	case RULE_OP_EQ:
		return id == o->lo;
	case RULE_OP_NE:
		return id != o->lo;
	case RULE_OP_NONE:
		return true;
	}
	if (id == RULE_ID_UNKNOWN)
		return false;
	switch (o->op) {
	case RULE_OP_LT:
		return id < o->lo;
	case RULE_OP_LE:
		return id <= o->lo;
	case RULE_OP_GT:
		return id > o->lo;
	case RULE_OP_GE:
		return id >= o->lo;
	case RULE_OP_IRG:
		return id > o->lo && id < o->hi;
	case RULE_OP_XRG:
		return id < o->lo || id > o->hi;
	}
	return false;
}

/* Conditions on the layer 4 header. */
static bool
l4_holds(const struct naive *nv, const struct rule *r,
    const struct rule_port *sport, const struct rule_port *dport)
{
	const struct pdesc *pd = nv->pd;
	bool ports = sport->op != RULE_OP_NONE || dport->op != RULE_OP_NONE;
	bool icmp = r->icmp_type >= 0 || r->icmp_code >= 0;

	if (pd->flags & PD_FRAGMENT)
		return !ports && !icmp &&
		    !(pd->proto == IPPROTO_TCP && r->flagset != 0);
	if (r->fragment)
		return false;
	if (ports && ((pd->proto != IPPROTO_TCP && pd->proto != IPPROTO_UDP &&
	    pd->proto != IPPROTO_SCTP) || (pd->flags & PD_L4) == 0 ||
	    !port_holds(sport, pd->cur.sport) ||
	    !port_holds(dport, pd->cur.dport)))
		return false;
	if (pd->proto == IPPROTO_TCP && (pd->tcpflags & r->flagset) != r->flags)
		return false;
	if (icmp && ((pd->proto != IPPROTO_ICMP &&
	    pd->proto != IPPROTO_ICMPV6) || (pd->flags & PD_L4) == 0))
		return false;
	return (r->icmp_type < 0 || r->icmp_type == pd->icmp_type) &&
	    (r->icmp_code < 0 || r->icmp_code == pd->icmp_code);
}

/* pf: a rule that makes states does not take replies to nothing. */
static bool
is_lone_reply(const struct pdesc *pd)
{
	return (pd->proto == IPPROTO_ICMP || pd->proto == IPPROTO_ICMPV6) &&
	    (pd->flags & (PD_L4 | PD_ICMPERR)) == PD_L4 &&
	    pd->icmp_class % 2 == 1 && pd->icmp_type != 136;
}

static bool
rule_holds(struct naive *nv, const struct rule *r,
    const struct rule_host *from, const struct rule_host *to)
{
	const struct pdesc *pd = nv->pd;
	uint32_t uid, gid;

	if (r->ifname != NULL || r->if_any)
		if (if_is(nv, pd->ifidx, r->ifname, r->if_any) == r->if_neg)
			return false;
	if ((r->dir == RULE_IN && pd->dir != DIR_IN) ||
	    (r->dir == RULE_OUT && pd->dir != DIR_OUT) ||
	    (r->af != 0 && r->af != pd->af) ||
	    (r->proto != 0 && r->proto != pd->proto))
		return false;
	if (addr_holds(nv, &from->addr, &pd->cur.src) == from->neg ||
	    addr_holds(nv, &to->addr, &pd->cur.dst) == to->neg ||
	    !l4_holds(nv, r, &from->port, &to->port))
		return false;
	if (r->class == RULE_CLASS_FILTER && r->action == RULE_PASS &&
	    r->state != RULE_STATE_NONE && !r->st.sloppy && is_lone_reply(pd))
		return false;
	if ((r->tos >= 0 && r->tos != pd->tos) ||
	    (r->max_pkt_size != 0 && pd->len > r->max_pkt_size))
		return false;
	if (r->tagged.text != NULL &&
	    (nv->env->tag(r->tagged.text) == pd->tag) == r->tagged_neg)
		return false;
	if ((r->received_on != NULL || r->received_on_any) &&
	    if_is(nv, pd->received_on, r->received_on, r->received_on_any) ==
	    r->received_on_neg)
		return false;
	if (r->prio >= 0 && r->prio != pd->prio)
		return false;
	if (r->user.op != RULE_OP_NONE || r->group.op != RULE_OP_NONE) {
		nv->env->owner(pd, &uid, &gid);
		if (!owner_holds(&r->user, uid) ||
		    !owner_holds(&r->group, gid))
			return false;
	}
	if (r->probability != 0) {
		nv->random = program_random(nv->random);
		return nv->random < r->probability;
	}
	return true;
}

/* A classic binat rule in its second direction. */
static bool
binat_in_holds(struct naive *nv, const struct rule *r)
{
	struct rule_host any = { .addr.type = RULE_ADDR_ANY };

	if (r->binat != NULL)
		any.addr = r->binat->v[0].addr;
	return rule_holds(nv, r, &r->to, &any);
}

static bool
holds(struct naive *nv, const struct rule *r)
{
	if (r->class == RULE_CLASS_BINAT && r->action != RULE_ANCHOR &&
	    nv->pd->dir == DIR_IN)
		return binat_in_holds(nv, r);
	return rule_holds(nv, r, &r->from, &r->to);
}

static void
actions(struct naive_verdict *v, const struct rule *r)
{
	v->log |= r->log;
	if (r->scrub.set_tos >= 0)
		v->set_tos = r->scrub.set_tos;
	if (r->set.tos >= 0)
		v->set_tos = r->set.tos;
	if (r->scrub.min_ttl > 0)
		v->min_ttl = r->scrub.min_ttl;
	if (r->scrub.max_mss > 0)
		v->max_mss = r->scrub.max_mss;
	if (r->scrub.no_df)
		v->scrub |= SCRUB_NODF;
	if (r->scrub.random_id)
		v->scrub |= SCRUB_RANDOMID;
	if (r->set.prio[0] >= 0)
		memcpy(v->set_prio, r->set.prio, sizeof(v->set_prio));
	if (r->set.mark_set && r->set.mark != 0)
		v->mark = r->set.mark;
}

static void
translate(struct naive *nv, const struct rule *r)
{
	enum reason why = nv->env->xlate(nv->pd, r);

	if (why == REASON_MATCH) {
		nv->v->nat = r;
		return;
	}
	nv->v->action = PRULE_BLOCK;
	nv->v->reason = why;
	nv->v->rule = r;
	nv->stop = true;
}

static bool run(struct naive *, const struct anchor *, int class);

/* Return: a pass or block rule matched in it. */
static bool
run_anchor(struct naive *nv, const struct rule *r)
{
	const struct anchor *a;
	bool matched = false;

	if (!r->anchor_wild)
		matched = run(nv, r->anchor, r->class);
	else
		for (a = r->anchor->children; a != NULL && !nv->stop;
		    a = a->next)
			matched |= run(nv, a, r->class);
	if (matched && r->quick)
		nv->stop = true;
	return matched;
}

/* Return: a pass or block rule matched. */
static bool
run_filter(struct naive *nv, const struct rule *r)
{
	if (r->action == RULE_MATCH) {
		if (nv->v->nmatch < PROG_MATCHES)
			nv->v->match[nv->v->nmatch++] = r;
		actions(nv->v, r);
		if (r->nat != NULL || r->rdr != NULL)
			translate(nv, r);
		return false;
	}
	nv->last = r;
	if (r->quick)
		nv->stop = true;
	return true;
}

static void
run_nat(struct naive *nv, const struct rule *r)
{
	nv->stop = true;
	if (r->action == RULE_NO)
		return;
	if (r->xlate_pass) {
		nv->last = r;
		nv->v->log |= r->log;
	}
	translate(nv, r);
}

static bool
run(struct naive *nv, const struct anchor *a, int class)
{
	const struct rule *r;
	bool matched = false;
	uint32_t i;

	for (i = 0; i < a->rules[class].n && !nv->stop; i++) {
		r = a->rules[class].v[i];
		if (!holds(nv, r))
			continue;
		if (r->tag.text != NULL)
			nv->pd->tag = nv->env->tag(r->tag.text);
		if (r->action == RULE_ANCHOR)
			matched |= run_anchor(nv, r);
		else if (class == RULE_CLASS_FILTER)
			matched |= run_filter(nv, r);
		else
			run_nat(nv, r);
	}
	return matched;
}

static void
decide(struct naive *nv)
{
	struct naive_verdict *v = nv->v;
	const struct rule *r = nv->last;

	v->rule = r;
	if (r != NULL && r->class != RULE_CLASS_FILTER) {
		v->keep = STATE_KEEP;
	} else if (r != NULL) {
		actions(v, r);
		if (r->action == RULE_BLOCK)
			v->action = PRULE_BLOCK;
		else if (r->state == RULE_STATE_KEEP)
			v->keep = STATE_KEEP;
	}
	if (v->action == PRULE_PASS && v->nat != NULL)
		v->keep = STATE_KEEP;
}

void
naive_eval(const struct ruleset *rs, const struct naive_env *env,
    struct pdesc *pd, struct naive_verdict *v)
{
	struct naive nv = {
		.env = env, .pd = pd, .v = v, .random = env->random,
	};
	int classic = pd->dir == DIR_IN ? RULE_CLASS_RDR : RULE_CLASS_NAT;

	memset(v, 0, sizeof(*v));
	v->action = PRULE_PASS;
	v->set_tos = v->set_prio[0] = v->set_prio[1] = -1;
	run(&nv, rs->root, RULE_CLASS_BINAT);
	if (v->reason == 0 && v->nat == NULL) {
		nv.stop = false;
		run(&nv, rs->root, classic);
	}
	if (v->reason == 0 && nv.last == NULL) {
		nv.stop = false;
		run(&nv, rs->root, RULE_CLASS_FILTER);
	}
	if (v->reason == 0)
		decide(&nv);
	v->tag = pd->tag;
}
