/* SPDX-License-Identifier: ISC */
/*
 * What the engine does not carry out is refused, or warned about.
 */
#include <netinet/in.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/packet.h"
#include "engine/srcnode.h"
#include "rules/compile_impl.h"
#include "rules/compile_reach.h"
#include "rules/feature.h"
#include "rules/names.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

/* Where a rule asks for a feature; where it begins if that is not known. */
static void
word_span(struct compile *c, const struct rule *r, const char *feature,
    struct span *sp)
{
	const struct feature *f = feature_find(feature);
	const struct rule_place *p = f == NULL ? NULL :
	    feature_place(f, &r->origin);

	compile_span(c, &r->origin, sp);
	if (p != NULL)
		*sp = (struct span){ sp->file, p->line, p->col, p->line2,
		    p->col2 };
}

/*
 * What no rule leads to may ask for anything, since nothing asks it: a rule
 * that does lead to it is refused.
 * @feature: the word that the caret stands under
 * @name, @why: the message
 */
static void
refuse(struct compile *c, const struct rule *r, const char *feature,
    const char *name, const char *why)
{
	struct span sp;

	word_span(c, r, feature, &sp);
	if (c->reached)
		diag_error(c->diag, &sp, "%s%s", name, why);
	else
		diag_warn(c->diag, &sp, "%s%s; no rule can lead to this "
		    "anchor", name, why);
}

/*
 * Owners of sockets: a packet that leaves has both with it, for one that comes
 * in the kernel tells the user only.  Where natd routes there is no socket.
 */
static void
check_owner(struct compile *c, const struct rule *r)
{
	bool user = r->user.op != RULE_OP_NONE;
	bool group = r->group.op != RULE_OP_NONE;
	struct span sp;

	if (!user && !group)
		return;
	word_span(c, r, user ? "user" : "group", &sp);
	if (!compile_divert(c->rs)) {
		diag_warn(c->diag, &sp, "%s: no packet of these interfaces has "
		    "a socket on this host, all are unknown",
		    user ? "user" : "group");
	} else if (group && r->dir != RULE_OUT) {
		refuse(c, r, "group", "group", " is for rules with out: the "
		    "kernel does not tell the group of a socket that a packet "
		    "comes in to");
	}
}

/* How many addresses a prefix has; 0: too many to have a route for each. */
static uint32_t
prefix_hops(uint8_t af, uint8_t plen)
{
	unsigned bits = addr_bits(af);

	if (plen >= bits)
		return 1;
	return af != 0 && bits - plen <= POOL_HOPS_BITS ?
	    1u << (bits - plen) : 0;
}

/*
 * What a const table of the text itself holds.  Others may change: natd takes
 * as many as it can then (engine/natd/hostways_learn.c).
 */
static bool
table_hops(const struct table *t, uint32_t *n)
{
	const struct table_entry *e;
	uint32_t i, j, one;

	if (!t->automatic && (!t->constant || !t->defined))
		return true;
	for (i = 0; i < t->nparts; i++)
		for (j = 0; t->parts[i].file == NULL && j < t->parts[i].n;
		    j++) {
			e = &t->parts[i].v[j];
			if (e->neg)
				continue;
			if ((one = prefix_hops(e->af, e->plen)) == 0)
				return false;
			*n += one;
		}
	return true;
}

/* False: more than can be known before a packet comes. */
static bool
element_hops(const struct rule *r, const struct rule_addr *a, uint32_t *n)
{
	uint32_t one;

	switch (a->type) {
	case RULE_ADDR_IFACE:
		++*n;
		return true;
	case RULE_ADDR_PREFIX:
		one = prefix_hops(a->af, a->plen);
		*n += one;
		return one != 0;
	case RULE_ADDR_TABLE:
		return table_hops(a->table, n);
	case RULE_ADDR_DYNIF:
		/* natd learns anew when addresses change */
		return a->mods & RULE_MOD_PEER && a->plen >=
		    addr_bits(r->af != 0 ? r->af : AF_INET6);
	default:
		return false;
	}
}

/* Addresses that the kernel can have a route for before a packet comes. */
static bool
few_hops(const struct rule *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->route->n; i++)
		if (!element_hops(r, &r->route->v[i].addr, &n))
			return false;
	return n <= 1u << POOL_HOPS_BITS;
}

/* Where the kernel routes, a route option is a mark and a table of routes. */
static void
check_route(struct compile *c, const struct rule *r)
{
	static const char word[] = "route-to, reply-to or dup-to";

	if (r->route == NULL || !compile_divert(c->rs))
		return;
	if (!few_hops(r))
		refuse(c, r, word, "route-to, reply-to and dup-to", " take up "
		    "to 256 next hops of a rule where the kernel routes: "
		    "addresses, small networks, interfaces, their peers, and "
		    "tables");
}

/* The port of a divert socket is a queue here, and some are natd's own. */
static void
check_divert_packet(struct compile *c, const struct rule *r)
{
	static const char word[] = "divert-packet";
	struct span sp;

	if (r->divert != RULE_DIVERT_PACKET || !compile_divert(c->rs))
		return;
	if (r->divert_port >= PACKET_QUEUE &&
	    r->divert_port - PACKET_QUEUE < PACKET_QUEUES)
		refuse(c, r, word, word, " to a queue of natd itself: those "
		    "from 28256 to 28319 are its own");
	if (r->scrub.reassemble_tcp) {
		word_span(c, r, word, &sp);
		diag_warn(c->diag, &sp, "the reassemble tcp that comes with "
		    "divert-packet has no effect in this version");
	}
	if (r->route != NULL)
		refuse(c, r, word, word, " together with route-to, reply-to "
		    "or dup-to: nobody would send the packet there");
}

/* A packet has one mark, and whatever is carried out by it needs that. */
static void
check_mark(struct compile *c, const struct rule *r, const struct mark_use *u)
{
	static const char *const clashes[] = {
		[CLASH_OWN] = "set mark with a number that natd uses itself: "
		    "those from 0x6e600000 to 0x6e60ffff are its own",
		[CLASH_WAY_MARK] = "set mark, here or by a match rule, "
		    "together with route-to or reply-to: they are carried "
		    "out by a mark",
		[CLASH_WAY_TABLE] = "rtable, here or by a match rule, "
		    "together with route-to or reply-to",
		[CLASH_MARK_TABLE] = "set mark together with rtable, one of "
		    "them perhaps by a match rule: rtable is carried out by "
		    "a mark",
	};
	enum mark_clash clash;

	if (!compile_divert(c->rs))
		return;
	if ((clash = compile_mark_clash(u, r)) != CLASH_NONE)
		refuse(c, r, r->set.mark_set ? "set mark" : "rtable",
		    clashes[clash], "");
	if (r->rtable >= 0 && r->class != RULE_CLASS_FILTER)
		refuse(c, r, "rtable", "rtable", " is for filter rules");
}

static void
check_feature(struct compile *c, const struct rule *r,
    const struct feature *f)
{
	struct span sp;

	switch (f->support) {
	case SUPPORT_YES:
		break;
	case SUPPORT_WARN:
		word_span(c, r, f->name, &sp);
		diag_warn(c->diag, &sp, "%s has no effect in this version",
		    f->name);
		break;
	case SUPPORT_HOST:
		if (!compile_divert(c->rs))
			refuse(c, r, f->name, f->name, " is for divert "
			    "interfaces only");
		break;
	default:
		refuse(c, r, f->name, f->name, " is not supported by this "
		    "version");
		break;
	}
}

static void
check_features(struct compile *c, const struct rule *r)
{
	const struct feature *f;
	uint32_t i;

	check_owner(c, r);
	check_route(c, r);
	check_divert_packet(c, r);
	for (i = 0; (f = feature_get(i)) != NULL; i++)
		if (f->support != SUPPORT_YES && f->uses(r))
			check_feature(c, r, f);
}

/*
 * A scrub rule that asks for nothing but reassembly: all fragments are
 * reassembled anyway.
 */
static bool
scrub_is_plain(const struct compile *c, const struct rule *r)
{
	return r->action == RULE_SCRUB && c->rs->options.reassemble &&
	    !r->scrub.no_df && !r->scrub.random_id &&
	    !r->scrub.reassemble_tcp && !r->scrub.max_mss_auto &&
	    r->scrub.min_ttl < 0 && r->scrub.max_mss < 0 &&
	    r->scrub.set_tos < 0 && !r->scrub.no_frag_reassemble;
}

/* Where the kernel routes, only a state remembers tag and mark. */
static void
check_tag(struct compile *c, const struct rule *r, const struct tag_use *u)
{
	struct span sp;

	switch (compile_tag_and_mark(u, r)) {
	case TAG_OR_MARK:
		break;
	case TAG_PERHAPS_MARK:
		word_span(c, r, "set mark", &sp);
		diag_warn(c->diag, &sp, "no state: what match rules give a tag "
		    "and set mark is dropped here if it is forwarded");
		break;
	case TAG_AND_MARK:
		refuse(c, r, "set mark", "tag and set mark", " need a state "
		    "where the kernel routes: no state remembers one of them "
		    "only");
		break;
	}
}

struct check {
	struct compile *c;
	struct tag_use tags;
	struct reach *reach;
	const struct anchor *last;	/* asked for */
	struct mark_use marks;
};

/* Every rule once, of anchors that nothing leads to as well. */
static int
check_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	struct check *k = arg;

	if (a != k->last) {
		k->last = a;
		k->c->reached = reach_has(k->reach, a);
	}
	check_tag(k->c, r, &k->tags);
	check_mark(k->c, r, &k->marks);
	if (r->class != RULE_CLASS_SCRUB) {
		check_features(k->c, r);
	} else if (!scrub_is_plain(k->c, r)) {
		refuse(k->c, r, "", "a scrub rule that asks for more than "
		    "reassembly", " is not supported by this version");
	}
	return 0;
}

static int
check_rules(struct compile *c)
{
	struct check k = { .c = c, .reach = reach_new(c->rs) };

	if (k.reach == NULL)
		return -ENOMEM;
	compile_tag_use(c->rs, &k.tags);
	compile_mark_use(c->rs, &k.marks);
	(void)ruleset_walk(c->rs, check_rule, &k);
	reach_free(k.reach);
	return 0;
}

/* Options of the ruleset that are not carried out. */
static const struct unmet {
	uint32_t bit;		/* OPT_* */
	enum compile_support support;
	const char *name;
} unmet[] = {
	{ OPT_SYNCOOKIES, SUPPORT_NO, "set syncookies" },
	{ OPT_NAT_POLICY, SUPPORT_NO, "set nat-policy rfc" },
	{ OPT_RELOAD_STATES, SUPPORT_NO, "set reload-states recheck" },
	{ OPT_FINGERPRINTS, SUPPORT_WARN, "set fingerprints" },
};

static bool
unmet_used(const struct ruleset_options *o, uint32_t bit)
{
	switch (bit) {
	case OPT_SYNCOOKIES:
		return o->syncookies != SYNCOOKIES_NEVER;
	case OPT_NAT_POLICY:
		return o->nat_rfc;
	case OPT_RELOAD_STATES:
		return o->reload_recheck;
	default:
		return (o->set & bit) != 0;
	}
}

static void
no_effect(struct compile *c, const struct rule_origin *at, const char *set,
    const char *name)
{
	struct span sp;

	compile_span(c, at, &sp);
	diag_warn(c->diag, &sp, "%s%s has no effect in this version", set,
	    name);
}

static void
check_idle(struct compile *c)
{
	static const uint8_t idle_timeouts[] = {
		TM_INTERVAL, TM_TCP_TSDIFF, TM_SCTP_FIRST, TM_SCTP_OPENING,
		TM_SCTP_ESTABLISHED, TM_SCTP_CLOSING, TM_SCTP_CLOSED,
	};
	static const uint8_t idle_limits[] = { LIMIT_PKTDELAY };
	const struct ruleset_options *o = &c->rs->options;
	const struct option_origins *at = &c->rs->set_at;
	size_t i;

	for (i = 0; i < sizeof(idle_timeouts); i++)
		if (o->timeout_set & 1u << idle_timeouts[i])
			no_effect(c, &at->timeout[idle_timeouts[i]],
			    "set timeout ", timeout_name(idle_timeouts[i]));
	for (i = 0; i < sizeof(idle_limits); i++)
		if (o->limit_set & 1u << idle_limits[i])
			no_effect(c, &at->limit[idle_limits[i]], "set limit ",
			    limit_name(idle_limits[i]));
}

static void
check_unmet(struct compile *c)
{
	const struct ruleset *rs = c->rs;
	const struct rule_origin *at;
	struct span sp;
	size_t i;

	for (i = 0; i < sizeof(unmet) / sizeof(unmet[0]); i++) {
		if (!unmet_used(&rs->options, unmet[i].bit))
			continue;
		at = &rs->set_at.option[__builtin_ctz(unmet[i].bit)];
		compile_span(c, at, &sp);
		if (unmet[i].support == SUPPORT_WARN)
			no_effect(c, at, unmet[i].name, "");
		else
			diag_error(c->diag, &sp, "%s is not supported by this "
			    "version", unmet[i].name);
	}
}

/* What happens without natd is the kernel's: only where it moves packets. */
static void
check_divert(struct compile *c)
{
	const struct ruleset_options *o = &c->rs->options;
	const struct option_origins *at = &c->rs->set_at;
	struct span sp;

	if (compile_divert(c->rs))
		return;
	compile_span(c, &at->option[__builtin_ctz(OPT_ON_EXIT)], &sp);
	if (o->exit_pass)
		diag_error(c->diag, &sp,
		    "set on-exit pass is for divert interfaces only");
	compile_span(c, &at->option[__builtin_ctz(OPT_ON_OVERLOAD)], &sp);
	if (o->overload_pass)
		diag_error(c->diag, &sp,
		    "set on-overload pass is for divert interfaces only");
	compile_span(c, &at->option[__builtin_ctz(OPT_UDP_GRO)], &sp);
	if ((o->set & OPT_UDP_GRO) != 0)
		diag_error(c->diag, &sp,
		    "set udp-gro is for divert interfaces only");
}

static uint32_t
count_anchors(const struct anchor *of)
{
	const struct anchor *a;
	uint32_t n = 0;

	for (a = of->children; a != NULL; a = a->next)
		n += 1 + count_anchors(a);
	return n;
}

static void
check_limits(struct compile *c)
{
	uint32_t limit = c->rs->options.limit[LIMIT_ANCHORS];
	uint32_t n = count_anchors(c->rs->root);
	struct span sp;

	compile_span(c, &c->rs->set_at.limit[LIMIT_STATES], &sp);
	if (c->rs->options.limit[LIMIT_STATES] > ARENA_RECORDS_MAX)
		diag_error(c->diag, &sp, "limit states is %u at most",
		    ARENA_RECORDS_MAX);
	compile_span(c, &c->rs->set_at.limit[LIMIT_FRAGS], &sp);
	if (c->rs->options.limit[LIMIT_FRAGS] > ENGINE_FRAGS_MAX)
		diag_error(c->diag, &sp, "limit frags is %u at most",
		    ENGINE_FRAGS_MAX);
	compile_span(c, &c->rs->set_at.limit[LIMIT_SRC_NODES], &sp);
	if (c->rs->options.limit[LIMIT_SRC_NODES] > SRCNODES_MAX)
		diag_error(c->diag, &sp, "limit src-nodes is %u at most",
		    SRCNODES_MAX);
	compile_span(c, &c->rs->set_at.limit[LIMIT_ANCHORS], &sp);
	if (n > limit)
		diag_error(c->diag, &sp, "%u anchors, and limit anchors is %u",
		    n, limit);
}

/* One warning: queues come in trees. */
static void
check_queues(struct compile *c)
{
	struct span sp;

	if (c->rs->queues == NULL)
		return;
	compile_span(c, &c->rs->queues->origin, &sp);
	diag_warn(c->diag, &sp, "queues: natd shapes no traffic, that is left "
	    "to the system");
}

void
compile_check_options(const struct ruleset *rs, struct diag *d)
{
	struct compile c = { .rs = rs, .diag = d };

	check_unmet(&c);
	check_divert(&c);
	check_idle(&c);
	check_limits(&c);
	check_queues(&c);
}

int
compile_check(struct compile *c)
{
	int error;

	if ((error = check_rules(c)) != 0)
		return error;
	compile_check_options(c->rs, c->diag);
	return 0;
}
