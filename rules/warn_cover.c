/* SPDX-License-Identifier: ISC */
/*
 * Rules that never match because an earlier quick rule takes all that they
 * could match, and rules that never decide because a later one always does.
 *
 * A statement counts only if all of its rules are covered.  Between the two
 * rules there must be none that changes packets or that enters an anchor.
 * Every pair is compared up to PAIRS_MAX of them; in larger rulesets only
 * with rules for all addresses, of which there are few.
 */
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "rules/diag.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "rules/warn.h"

#define PAIRS_MAX 2000000u

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The ports that an operator takes; false for two pieces. */
static bool
interval(const struct rule_port *p, int32_t *lo, int32_t *hi)
{
	*lo = 0;
	*hi = UINT16_MAX;
	switch (p->op) {
	case RULE_OP_EQ:
		*lo = *hi = p->lo;
		return true;
	case RULE_OP_LT:
		*hi = p->lo - 1;
		return true;
	case RULE_OP_LE:
		*hi = p->lo;
		return true;
	case RULE_OP_GT:
		*lo = p->lo + 1;
		return true;
	case RULE_OP_GE:
		*lo = p->lo;
		return true;
	case RULE_OP_IRG:
		*lo = p->lo + 1;
		*hi = p->hi - 1;
		return true;
	case RULE_OP_RRG:
		*lo = p->lo;
		*hi = p->hi;
		return true;
	default:
		return false;
	}
}

static bool
port_covered(const struct rule_port *p, const struct rule_port *by)
{
	int32_t lo, hi, lo2, hi2;

	if (by->op == RULE_OP_NONE)
		return true;
	if (p->op == by->op && p->lo == by->lo && p->hi == by->hi)
		return true;
	return interval(p, &lo, &hi) && interval(by, &lo2, &hi2) &&
	    lo2 <= lo && hi <= hi2;
}

static bool
is_any(const struct rule_host *h)
{
	return h->addr.type == RULE_ADDR_ANY && !h->neg;
}

static bool
addr_covered(const struct rule_host *h, const struct rule_host *by)
{
	const struct rule_addr *a = &h->addr, *b = &by->addr;

	if (is_any(by))
		return true;
	if (h->neg != by->neg || a->type != b->type)
		return false;
	switch (a->type) {
	case RULE_ADDR_PREFIX:
		if (a->af != b->af)
			return false;
		return h->neg ? a->plen == b->plen && addr_equal(&a->addr,
		    &b->addr) : b->plen <= a->plen && addr_in_prefix(&a->addr,
		    &b->addr, b->plen);
	case RULE_ADDR_RANGE:
		return a->af == b->af && addr_equal(&a->addr, &b->addr) &&
		    addr_equal(&a->addr2, &b->addr2);
	case RULE_ADDR_TABLE:
		return a->table == b->table;
	case RULE_ADDR_DYNIF:
		return same(a->name, b->name) && a->mods == b->mods &&
		    a->plen == b->plen;
	case RULE_ADDR_RTLABEL:
		return same(a->name, b->name);
	default:
		return true;	/* no-route, urpf-failed */
	}
}

static bool
if_covered(const struct rule *r, const struct rule *by)
{
	if (by->ifname == NULL && !by->if_any && by->rdomain == -1)
		return true;
	return same(r->ifname, by->ifname) && r->if_neg == by->if_neg &&
	    r->if_any == by->if_any && r->rdomain == by->rdomain &&
	    r->rdomain_neg == by->rdomain_neg;
}

static bool
owner_covered(const struct rule_owner *o, const struct rule_owner *by)
{
	return by->op == RULE_OP_NONE || (o->op == by->op &&
	    o->lo == by->lo && o->hi == by->hi);
}

/* Flags are asked of TCP only. */
static bool
flags_covered(const struct rule *r, const struct rule *by)
{
	if (by->flagset == 0 || (r->proto != 0 && r->proto != IPPROTO_TCP))
		return true;
	return r->flagset == by->flagset && r->flags == by->flags;
}

/* Conditions that say the same of each packet each time. */
static bool
is_steady(const struct rule *r)
{
	return r->pkt_rate == 0 && r->probability == 0 && !r->once &&
	    r->tagged.text == NULL && r->os == NULL && r->max_pkt_size == 0;
}

/* Does @by match every packet that @r matches? */
static bool
is_covered(const struct rule *r, const struct rule *by)
{
	return (by->proto == 0 || by->proto == r->proto) &&
	    (by->dir == RULE_INOUT || by->dir == r->dir) &&
	    (by->af == 0 || by->af == r->af) &&
	    addr_covered(&r->to, &by->to) &&
	    port_covered(&r->to.port, &by->to.port) &&
	    addr_covered(&r->from, &by->from) &&
	    port_covered(&r->from.port, &by->from.port) &&
	    if_covered(r, by) && flags_covered(r, by) && is_steady(by) &&
	    (by->icmp_type == -1 || (by->icmp_type == r->icmp_type &&
	    (by->icmp_code == -1 || by->icmp_code == r->icmp_code))) &&
	    (by->tos == -1 || by->tos == r->tos) &&
	    (by->prio == -1 || by->prio == r->prio) &&
	    (!by->fragment || r->fragment) &&
	    (!by->received_on_any || r->received_on_any) &&
	    (by->received_on == NULL || (same(r->received_on,
	    by->received_on) && r->received_on_neg == by->received_on_neg)) &&
	    owner_covered(&r->user, &by->user) &&
	    owner_covered(&r->group, &by->group);
}

static bool
decides(const struct rule *r)
{
	return r->action == RULE_PASS || r->action == RULE_BLOCK;
}

/* A rule behind which packets may be others, or other rules stand. */
static bool
is_barrier(const struct rule *r)
{
	return r->action == RULE_ANCHOR || (r->action == RULE_MATCH &&
	    (r->nat != NULL || r->rdr != NULL || r->naf != 0 ||
	    r->nptv6.set));
}

/* Something that a rule does even if another one decides. */
static bool
acts_at_once(const struct rule *r)
{
	return r->tag.text != NULL || r->once || r->pkt_rate != 0 ||
	    (r->log & RULE_LOG_MATCHES) != 0;
}

struct lookup {
	const struct rulelist *l;
	uint32_t *barriers;	/* how many stand before rule i */
	uint32_t *wide;		/* rules for all addresses */
	uint32_t nwide;
	bool all;		/* compare every pair */
};

static bool
works(const struct lookup *k, uint32_t i, uint32_t j)
{
	const struct rule *r = k->l->v[i], *by = k->l->v[j];

	if (i == j || !decides(by))
		return false;
	if (j < i ? !by->quick : r->quick || !decides(r) || acts_at_once(r))
		return false;
	if (k->barriers[i] != k->barriers[j])
		return false;
	return is_covered(r, by);
}

/* The rule that covers rule @i; NULL if there is none. */
static const struct rule *
cover_of(const struct lookup *k, uint32_t i)
{
	uint32_t j, n = k->all ? k->l->n : k->nwide, at;

	for (j = 0; j < n; j++) {
		at = k->all ? j : k->wide[j];
		if (works(k, i, at))
			return k->l->v[at];
	}
	return NULL;
}

static void
say(struct diag *d, const struct rule *r, const struct rule *by)
{
	bool earlier = by->nr < r->nr;
	struct span sp;

	rule_origin_span(d, &r->origin, &sp);
	diag_warn_named(d, "never-matches", &sp, earlier ?
	    "this rule never matches" : "this rule never decides");
	rule_origin_span(d, &by->origin, &sp);
	diag_note(d, &sp, earlier ? "what it could match ends at this quick "
	    "rule" : "all that it matches, this later rule matches too");
}

static void
look(const struct lookup *k, struct diag *d)
{
	const struct rulelist *l = k->l;
	const struct rule *by, *first;
	uint32_t i, end;

	for (i = 0; i < l->n; i = end) {
		first = NULL;
		for (end = i; end < l->n && l->v[end]->origin.stmt ==
		    l->v[i]->origin.stmt; end++)
			continue;
		for (; i < end; i++) {
			if (l->v[i]->action == RULE_ANCHOR ||
			    (by = cover_of(k, i)) == NULL ||
			    by->origin.stmt == l->v[i]->origin.stmt)
				break;
			first = first == NULL ? by : first;
		}
		if (i == end && first != NULL)
			say(d, l->v[end - 1], first);
	}
}

static void
look_at_list(const struct rulelist *l, struct diag *d)
{
	struct lookup k = { .l = l };
	uint32_t i, n = 0;

	k.barriers = calloc((size_t)l->n + 1, sizeof(*k.barriers));
	k.wide = calloc((size_t)l->n + 1, sizeof(*k.wide));
	if (k.barriers == NULL || k.wide == NULL)
		goto out;
	for (i = 0; i < l->n; i++) {
		k.barriers[i] = n;
		n += is_barrier(l->v[i]);
		if (is_any(&l->v[i]->from) && is_any(&l->v[i]->to))
			k.wide[k.nwide++] = i;
	}
	k.all = (uint64_t)l->n * l->n <= PAIRS_MAX;
	if ((uint64_t)l->n * k.nwide > PAIRS_MAX)
		k.nwide = PAIRS_MAX / l->n;
	look(&k, d);
out:
	free(k.barriers);
	free(k.wide);
}

void
warn_cover(const struct anchor *a, struct diag *d)
{
	const struct anchor *c;

	if (a->rules[RULE_CLASS_FILTER].n > 1)
		look_at_list(&a->rules[RULE_CLASS_FILTER], d);
	for (c = a->children; c != NULL; c = c->next)
		warn_cover(c, d);
}
