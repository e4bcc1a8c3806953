/* SPDX-License-Identifier: ISC */
/*
 * Expansion: one statement becomes a rule for each combination of its lists.
 *
 * The loops, from the outside in: interfaces, protocols, icmp types, sources,
 * destinations, source ports, destination ports, OS names, users, groups.
 * They are one counter with a digit for each list, the last one turning
 * fastest.
 */
#include <netinet/in.h>

#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"

enum { D_IF, D_PROTO, D_ICMP, D_FROM, D_TO, D_FPORT, D_TPORT, D_OS, D_USER,
    D_GROUP, D_MAX };

struct counter {
	size_t at[D_MAX], max[D_MAX];
};

static size_t
list_length(const struct ast *a)
{
	size_t n = 0;

	for (; a != NULL; a = a->next)
		n++;
	return n;
}

static const struct ast *
list_at(const struct ast *a, size_t i)
{
	while (i-- > 0)
		a = a->next;
	return a;
}

static bool
next(struct counter *c)
{
	int d;

	for (d = D_MAX - 1; d >= 0; d--) {
		if (++c->at[d] < c->max[d])
			return true;
		c->at[d] = 0;
	}
	return false;
}

/* Append a copy of a rule to its list. */
static struct rule *
rule_add(struct build *b, const struct rule *r)
{
	struct rulelist *l = &b->anchor->rules[r->class];
	struct rule *n = zone_alloc(b->zone, sizeof(*n));
	uint32_t i;

	*n = *r;
	n->nr = l->n;
	n->tag.text = macro_nr(b, n->tag.raw, n->nr);
	n->tagged.text = macro_nr(b, n->tagged.raw, n->nr);
	for (i = 0; i < n->nlabels; i++)
		n->label[i].text = macro_nr(b, n->label[i].raw, n->nr);
	l->v = zone_grow(b->zone, l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = n;
	b->rs->nrules++;
	return n;
}

/* The family that all of a list have, or 0. */
static uint8_t
list_af(const struct host_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].addr.af == 0 || l->v[i].addr.af != l->v[0].addr.af)
			return 0;
	return l->n == 0 ? 0 : l->v[0].addr.af;
}

static uint8_t
statement_af(const struct expansion *x)
{
	uint8_t af = x->r.af;

	if (af == 0)
		af = list_af(&x->from);
	if (af == 0)
		af = list_af(&x->to);
	if (af == 0 && x->has_nat && x->r.naf == 0)
		af = list_af(&x->nat.hosts);
	if (af == 0 && x->has_rdr && x->r.naf == 0)
		af = list_af(&x->rdr.hosts);
	if (af == 0 && x->r.naf != 0)
		af = x->r.naf == AF_INET ? AF_INET6 : AF_INET;
	if (af == 0 && x->has_route && !x->route.opt.ipv6_nexthop)
		af = list_af(&x->route.hosts);
	if (af == 0)
		af = list_af(&x->divert);
	return af;
}

static bool
host_check(struct build *b, const struct host_item *it)
{
	if (it->addr.type != RULE_ADDR_PREFIX ||
	    it->addr.plen <= addr_bits(it->addr.af))
		return true;
	diag_error(b->diag, &it->node->loc, "netmask %u invalid for IPv4 "
	    "address", it->addr.plen);
	diag_hint(b->diag, "expected /0 - /32");
	return false;
}

static void
host_put(struct rule_host *h, const struct host_item *it, uint8_t af)
{
	h->addr = it->addr;
	h->neg = it->neg;
	/* a prefix length of a dynamic address that is too long for inet */
	if (af == AF_INET && h->addr.plen > 32)
		h->addr.plen = 32;
}

/* All of a family is any, as the rule has the family. */
static void
host_widen(struct rule_host *h)
{
	if (h->addr.type == RULE_ADDR_PREFIX && h->addr.plen == 0 && !h->neg)
		h->addr = (struct rule_addr){
			.type = RULE_ADDR_ANY, .plen = 128,
		};
}

/*
 * Family and interface of a combination.  Return: false if two halves of it
 * exclude each other.
 */
static bool
combine_af(struct rule *r, const struct host_item *s,
    const struct host_item *d)
{
	const char *scope = s->scope != NULL ? s->scope : d->scope;

	if ((s->addr.af != 0 && d->addr.af != 0 &&
	    s->addr.af != d->addr.af) ||
	    (r->af != 0 && s->addr.af != 0 && s->addr.af != r->af) ||
	    (r->af != 0 && d->addr.af != 0 && d->addr.af != r->af))
		return false;
	if (s->scope != NULL && d->scope != NULL &&
	    strcmp(s->scope, d->scope) != 0)
		return false;
	if (scope != NULL && r->ifname != NULL && !r->if_neg &&
	    strcmp(scope, r->ifname) != 0)
		return false;
	if (r->af == 0)
		r->af = s->addr.af != 0 ? s->addr.af : d->addr.af;
	if (scope != NULL && r->ifname == NULL) {
		r->ifname = scope;
		r->if_any = false;
	}
	return true;
}

/* What the protocol takes away: flags, modulate, synproxy. */
static void
fit_proto(struct rule *r)
{
	if (r->proto == 0 || r->proto == IPPROTO_TCP)
		return;
	r->flags = r->flagset = 0;
	r->flags_any = false;
	if (r->state == RULE_STATE_MODULATE ||
	    r->state == RULE_STATE_SYNPROXY)
		r->state = RULE_STATE_KEEP;
}

static bool
fit_divert(struct build *b, const struct expansion *x, struct rule *r)
{
	size_t i;

	if (r->divert != RULE_DIVERT_TO)
		return true;
	for (i = 0; i < x->divert.n; i++) {
		const struct rule_addr *a = &x->divert.v[i].addr;

		if (r->af != 0 && a->af != r->af)
			continue;
		r->divert_addr = a->addr;
		r->divert_af = a->af;
		r->af = a->af;
		return true;
	}
	diag_error(b->diag, &x->parts->divert->loc,
	    "divert-to address family mismatch");
	return false;
}

static bool
fit_pools(struct build *b, const struct expansion *x, struct rule *r)
{
	uint8_t af;
	bool classic = r->class == RULE_CLASS_NAT ||
	    r->class == RULE_CLASS_RDR;

	if (x->has_nat) {
		af = r->naf != 0 ? r->naf : r->af;
		if ((r->nat = pool_fit(b, &x->nat, &af, NULL, classic)) ==
		    NULL)
			return false;
		if (r->naf == 0)
			r->af = af;
	}
	if (x->has_rdr) {
		af = r->naf != 0 ? r->naf : r->af;
		if ((r->rdr = pool_fit(b, &x->rdr, &af, &r->to.port,
		    classic)) == NULL)
			return false;
		if (r->naf == 0)
			r->af = af;
	}
	if (!x->has_route)
		return true;
	if (r->route_classic)
		return (r->route = route_fit(b, &x->route, r->af)) != NULL;
	af = x->route.opt.ipv6_nexthop ? 0 : r->af;
	if ((r->route = pool_fit(b, &x->route, &af, NULL, false)) == NULL)
		return false;
	if (!x->route.opt.ipv6_nexthop)
		r->af = af;
	return true;
}

static void
fit_texts(struct build *b, struct rule *r)
{
	uint32_t i, n = 0;

	r->tag.raw = macro_text(b, r, r->tag.raw);
	r->tagged.raw = macro_text(b, r, r->tagged.raw);
	for (i = 0; i < r->nlabels; i++) {
		r->label[n].raw = macro_text(b, r, r->label[i].raw);
		if (r->label[n].raw[0] != '\0')
			n++;	/* an empty label is none */
	}
	r->nlabels = (uint8_t)n;
}

/* The macros of a label may leave a '\\' at its end, which has no print. */
static bool
end_check(struct build *b, const struct expansion *x, const char *what,
    const char *s)
{
	if (s == NULL || *s == '\0' || s[strlen(s) - 1] != '\\')
		return true;
	diag_error(b->diag, x->at, "%s ends in '\\': %s", what, s);
	return false;
}

static bool
texts_check(struct build *b, const struct expansion *x, const struct rule *r)
{
	uint32_t i;

	for (i = 0; i < r->nlabels; i++) {
		if (strlen(r->label[i].raw) > RULE_LABEL_MAX) {
			diag_error(b->diag, x->at,
			    "rule label too long (max %d chars)",
			    RULE_LABEL_MAX);
			return false;
		}
		if (!end_check(b, x, "rule label", r->label[i].raw))
			return false;
	}
	if ((r->tag.raw != NULL && strlen(r->tag.raw) > RULE_TAG_MAX) ||
	    (r->tagged.raw != NULL && strlen(r->tagged.raw) > RULE_TAG_MAX)) {
		diag_error(b->diag, x->at, "tag too long, max %d chars",
		    RULE_TAG_MAX);
		return false;
	}
	return end_check(b, x, "tag", r->tag.raw) &&
	    end_check(b, x, "tag", r->tagged.raw);
}

/*
 * binat-to: the second rule takes what comes back.  It is the first one the
 * other way round: to the target, redirected to the source.
 */
static void
add_reverse(struct build *b, const struct rule *r)
{
	struct rule in = *r;
	struct pool *p = zone_alloc(b->zone, sizeof(*p));

	in.dir = RULE_IN;
	in.nat = NULL;
	in.from = r->to;
	in.to.addr = r->nat->v[0].addr;
	in.to.neg = false;
	in.to.port = r->from.port;
	p->v = zone_alloc(b->zone, sizeof(*p->v));
	p->n = 1;
	p->v[0].addr = r->from.addr;
	p->v[0].weight = 1;
	p->af = r->af;
	in.rdr = p;
	rule_add(b, &in);
}

static bool
binat_check(struct build *b, const struct expansion *x, const struct rule *r)
{
	const struct rule_addr *s = &r->from.addr, *t = &r->nat->v[0].addr;
	const struct span *at = &x->parts->binat->loc;

	if (t->type == RULE_ADDR_TABLE)
		diag_error(b->diag, at, "tables cannot be used as the "
		    "redirect address of a binat-to rule");
	else if (t->type == RULE_ADDR_DYNIF &&
	    (t->mods & RULE_MOD_NOALIAS) == 0)
		diag_error(b->diag, at, "dynamic interfaces must be used with "
		    ":0 in a binat-to rule");
	else if (s->type == RULE_ADDR_PREFIX && t->type == RULE_ADDR_PREFIX &&
	    s->plen != t->plen)
		diag_error(b->diag, at, "'binat-to' source mask and redirect "
		    "mask must be the same");
	else
		return true;
	return false;
}

/* One combination.  Return: was a rule made, or an error said? */
static bool
combine(struct build *b, struct expansion *x, const struct counter *c,
    uint8_t af)
{
	const struct host_item *s = &x->from.v[c->at[D_FROM]];
	const struct host_item *d = &x->to.v[c->at[D_TO]];
	struct rule r = x->r;
	unsigned errors = diag_errors(b->diag);
	bool ok;

	r.af = af;
	if (x->ifs != NULL && !iface_read(b, list_at(x->ifs, c->at[D_IF]),
	    &r))
		return true;
	if (!combine_af(&r, s, d))
		return false;
	ok = host_check(b, s);
	ok &= host_check(b, d);
	host_put(&r.from, s, r.af);
	host_put(&r.to, d, r.af);
	if (!x->is_binat && r.class != RULE_CLASS_BINAT) {
		host_widen(&r.from);
		host_widen(&r.to);
	}
	if (x->nprotos != 0)
		r.proto = x->protos[c->at[D_PROTO]];
	if (x->icmps != NULL)
		ok &= icmp_read(b, list_at(x->icmps, c->at[D_ICMP]),
		    x->icmp_af, &r);
	if (x->nfports != 0)
		r.from.port = x->fports[c->at[D_FPORT]];
	if (x->ntports != 0)
		r.to.port = x->tports[c->at[D_TPORT]];
	if (x->oses != NULL)
		r.os = list_at(x->oses, c->at[D_OS])->s;
	if (x->nusers != 0)
		r.user = x->users[c->at[D_USER]];
	if (x->ngroups != 0)
		r.group = x->groups[c->at[D_GROUP]];
	fit_proto(&r);
	ok &= check_rule(b, x, &r);
	ok &= fit_divert(b, x, &r);
	ok &= fit_pools(b, x, &r);
	if (ok && x->is_binat)
		ok = binat_check(b, x, &r);
	if (ok) {
		fit_texts(b, &r);
		ok = texts_check(b, x, &r);
	}
	if (!ok || diag_errors(b->diag) != errors) {
		x->has_errors = true;
		return true;
	}
	if (x->is_binat)
		r.dir = RULE_OUT;
	rule_add(b, &r);
	if (x->is_binat)
		add_reverse(b, &r);
	return true;
}

static bool
scoped(const struct host_list *l)
{
	return l->n == 1 && l->v[0].scope != NULL;
}

static void
family_note(struct build *b, const struct host_list *l)
{
	uint8_t af = list_af(l);

	if (scoped(l))
		diag_note(b->diag, &l->v[0].node->loc, "this address of inet6 "
		    "is one of interface %s", l->v[0].scope);
	else if (af != 0 && l->v[0].node != NULL)
		diag_note(b->diag, &l->v[0].node->loc, "%s an address of %s",
		    l->n == 1 ? "this is" : "this and what follows is",
		    af == AF_INET ? "inet" : "inet6");
}

/* Which families, or interfaces of scopes, do not go together? */
static void
families_note(struct build *b, const struct expansion *x)
{
	if (x->parts->af != NULL)
		diag_note(b->diag, &x->parts->af->loc, "the family is given "
		    "here");
	if (x->parts->on != NULL && (scoped(&x->from) || scoped(&x->to)))
		diag_note(b->diag, &x->parts->on->loc, "the interface is "
		    "given here");
	family_note(b, &x->from);
	family_note(b, &x->to);
}

static bool
too_many(struct build *b, const struct expansion *x, const struct counter *c)
{
	uint64_t n = b->rs->nrules;
	uint64_t all = 1;
	int d;

	for (d = 0; d < D_MAX && all <= BUILD_RULES_MAX; d++)
		all *= c->max[d];
	if (n + all <= BUILD_RULES_MAX)
		return false;
	diag_error(b->diag, x->at, "with this statement there are more than "
	    "%u rules", BUILD_RULES_MAX);
	return true;
}

#define OR_ONE(n) ((n) == 0 ? 1 : (n))

void
expand(struct build *b, struct expansion *x)
{
	struct counter c = { .max = {
		[D_IF] = OR_ONE(list_length(x->ifs)),
		[D_PROTO] = OR_ONE(x->nprotos),
		[D_ICMP] = OR_ONE(list_length(x->icmps)),
		[D_FROM] = x->from.n,
		[D_TO] = x->to.n,
		[D_FPORT] = OR_ONE(x->nfports),
		[D_TPORT] = OR_ONE(x->ntports),
		[D_OS] = OR_ONE(list_length(x->oses)),
		[D_USER] = OR_ONE(x->nusers),
		[D_GROUP] = OR_ONE(x->ngroups),
	} };
	uint8_t af = statement_af(x);
	bool any = false;

	if (too_many(b, x, &c))
		return;
	if (c.max[D_FROM] != 0 && c.max[D_TO] != 0)
		do
			any |= combine(b, x, &c, af);
		while (next(&c));
	if (x->has_errors) {
		struct span at = *x->at;

		at.line2 = 0;
		diag_note(b->diag, &at, "skipping rule due to errors");
	} else if (!any) {
		diag_error(b->diag, x->at,
		    "rule expands to no valid combination");
		families_note(b, x);
	}
}
