/* SPDX-License-Identifier: ISC */
/*
 * What rules may ask for, and whether the engine does it.
 *
 * One table: a feature, whether it is carried out, and how to see that a rule
 * uses it.  Making the engine do one more of them changes a word here.
 */
#include <netinet/in.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/packet.h"
#include "rules/compile_impl.h"
#include "rules/compile_reach.h"
#include "rules/names.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define YES SUPPORT_YES
#define WARN SUPPORT_WARN
#define NO SUPPORT_NO
#define HOST SUPPORT_HOST

static const struct pool *
any_pool(const struct rule *r)
{
	return r->nat != NULL ? r->nat : r->rdr != NULL ? r->rdr : r->binat;
}

/* Does one of a rule's pools have the property? */
#define POOL_HAS(r, what)						\
	(((r)->nat != NULL && (r)->nat->what) ||			\
	((r)->rdr != NULL && (r)->rdr->what) ||				\
	((r)->binat != NULL && (r)->binat->what))

#define USES(name, expr)						\
static bool								\
uses_##name(const struct rule *r)					\
{									\
	return (expr);							\
}

USES(ether, r->class == RULE_CLASS_ETHER)
USES(route, r->route_type != RULE_ROUTE_NONE || r->route != NULL)
USES(nexthop6, r->route != NULL && r->route->ipv6_nexthop)
USES(rdomain, r->rdomain >= 0)
USES(rtlabel, r->from.addr.type == RULE_ADDR_RTLABEL ||
    r->to.addr.type == RULE_ADDR_RTLABEL)
USES(routing, r->from.addr.type == RULE_ADDR_NOROUTE ||
    r->to.addr.type == RULE_ADDR_NOROUTE ||
    r->from.addr.type == RULE_ADDR_URPF)
USES(table, r->from.addr.type == RULE_ADDR_TABLE ||
    r->to.addr.type == RULE_ADDR_TABLE)
USES(dynif, r->from.addr.type == RULE_ADDR_DYNIF ||
    r->to.addr.type == RULE_ADDR_DYNIF)
USES(os, r->os != NULL)
USES(user, r->user.op != RULE_OP_NONE)
USES(group, r->group.op != RULE_OP_NONE)
USES(received_on, r->received_on != NULL || r->received_on_any)
USES(prio, r->prio >= 0)
USES(set_prio, r->set.prio[0] >= 0 || r->set.prio[1] >= 0)
USES(set_queue, r->set.queue[0] != NULL)
USES(set_delay, r->set.delay >= 0)
USES(set_mark, r->set.mark_set)
USES(set_tos, r->set.tos >= 0 || r->scrub.set_tos >= 0)
USES(pkt_rate, r->pkt_rate != 0)
USES(pkt_size, r->max_pkt_size != 0)
USES(once, r->once)
USES(probability, r->probability != 0)
USES(tag, r->tag.text != NULL || r->tagged.text != NULL)
USES(rtable, r->rtable >= 0)
USES(dummynet, r->dn[0] != 0 || r->dn[1] != 0)
USES(scrub, r->scrub.no_df || r->scrub.random_id || r->scrub.min_ttl >= 0 ||
    r->scrub.max_mss >= 0)
/* divert-packet brings it by itself, as in pf: check_divert_packet() */
USES(scrub_tcp, r->scrub.reassemble_tcp && r->divert != RULE_DIVERT_PACKET)
USES(mss_auto, r->scrub.max_mss_auto)
USES(no_reassemble, r->scrub.no_frag_reassemble)
USES(modulate, r->state == RULE_STATE_MODULATE)
USES(synproxy, r->state == RULE_STATE_SYNPROXY)
USES(source_track, r->st.track != RULE_TRACK_OFF || r->st.max_src_states != 0 ||
    r->st.max_src_nodes != 0 || r->st.max_src_conn != 0 ||
    r->st.conn_rate != 0)
USES(overload, r->st.overload != NULL || r->st.overload_name != NULL)
USES(max_states, r->st.max != 0)
USES(no_sync, r->st.no_sync)
USES(pflow, r->st.pflow)
USES(sloppy, r->st.sloppy)
USES(related, r->st.allow_related)
USES(fail_return, r->fail_return)
USES(af_to, r->naf != 0)
USES(nptv6, r->nptv6.set)
USES(divert_packet, r->divert == RULE_DIVERT_PACKET)
USES(divert_socket, r->divert == RULE_DIVERT_TO ||
    r->divert == RULE_DIVERT_REPLY)
USES(log, r->log != 0)
USES(log_user, (r->log & RULE_LOG_USER) != 0)
USES(translation, any_pool(r) != NULL)
USES(sticky, POOL_HAS(r, sticky))
USES(mape, POOL_HAS(r, mape_offset != 0))
USES(blocks, POOL_HAS(r, block_size != 0))
USES(indep, POOL_HAS(r, endpoint_indep))
USES(hairpin, POOL_HAS(r, hairpin))

static const struct feature {
	const char *name;
	enum compile_support support;
	bool (*uses)(const struct rule *);
} features[] = {
	{ "an ethernet rule", NO, uses_ether },
	{ "route-to, reply-to or dup-to", YES, uses_route },
	{ "prefer-ipv6-nexthop", NO, uses_nexthop6 },
	{ "on rdomain", NO, uses_rdomain },
	{ "route \"LABEL\"", NO, uses_rtlabel },
	{ "no-route or urpf-failed", YES, uses_routing },
	{ "a table as an address", YES, uses_table },
	{ "a dynamic interface address", YES, uses_dynif },
	{ "os", NO, uses_os },
	{ "user", YES, uses_user },
	{ "group", YES, uses_group },
	{ "received-on", YES, uses_received_on },
	{ "prio", HOST, uses_prio },
	{ "set prio", HOST, uses_set_prio },
	{ "set queue", WARN, uses_set_queue },
	{ "set delay", NO, uses_set_delay },
	{ "set mark", HOST, uses_set_mark },
	{ "set tos", YES, uses_set_tos },
	{ "max-pkt-rate", NO, uses_pkt_rate },
	{ "max-pkt-size", YES, uses_pkt_size },
	{ "once", NO, uses_once },
	{ "probability", YES, uses_probability },
	{ "tag or tagged", YES, uses_tag },
	{ "rtable", HOST, uses_rtable },
	{ "dnpipe or dnqueue", NO, uses_dummynet },
	{ "scrub with no-df, random-id, min-ttl or max-mss", YES, uses_scrub },
	{ "reassemble tcp", NO, uses_scrub_tcp },
	{ "max-mss auto", NO, uses_mss_auto },
	{ "fragment no reassemble", NO, uses_no_reassemble },
	{ "modulate state", NO, uses_modulate },
	{ "synproxy state", NO, uses_synproxy },
	{ "source-track and limits per source", NO, uses_source_track },
	{ "overload", NO, uses_overload },
	{ "a limit of states", YES, uses_max_states },
	{ "no-sync", YES, uses_no_sync },
	{ "pflow", NO, uses_pflow },
	{ "sloppy", YES, uses_sloppy },
	{ "allow-related", NO, uses_related },
	{ "fail-policy return", NO, uses_fail_return },
	{ "af-to", NO, uses_af_to },
	{ "nptv6", NO, uses_nptv6 },
	{ "divert-packet", HOST, uses_divert_packet },
	{ "divert-to or divert-reply", HOST, uses_divert_socket },
	{ "log", WARN, uses_log },
	{ "log (user)", NO, uses_log_user },
	{ "nat, rdr and binat", YES, uses_translation },
	{ "sticky-address", NO, uses_sticky },
	{ "map-e-portset", NO, uses_mape },
	{ "port-block", NO, uses_blocks },
	{ "endpoint-independent", NO, uses_indep },
	{ "hairpin", NO, uses_hairpin },
};

#define NFEATURES (sizeof(features) / sizeof(features[0]))

bool
compile_feature(uint32_t i, const char **name, enum compile_support *support)
{
	if (i >= NFEATURES)
		return false;
	*name = features[i].name;
	*support = features[i].support;
	return true;
}

/*
 * What no rule leads to may ask for anything, since nothing asks it: a rule
 * that does lead to it is refused.
 */
static void
refuse(struct compile *c, const struct rule *r, const char *name,
    const char *why)
{
	struct span sp;

	compile_span(c, &r->origin, &sp);
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
	bool user = uses_user(r), group = uses_group(r);
	struct span sp;

	if (!user && !group)
		return;
	compile_span(c, &r->origin, &sp);
	if (!compile_divert(c->rs)) {
		diag_warn(c->diag, &sp, "%s: no packet of these interfaces has "
		    "a socket on this host, all are unknown",
		    user ? "user" : "group");
	} else if (group && r->dir != RULE_OUT) {
		refuse(c, r, "group", " is for rules with out: the kernel "
		    "does not tell the group of a socket that a packet comes "
		    "in to");
	}
}

/* Addresses that the kernel can have a route for before a packet comes. */
static bool
fixed_hops(const struct pool *p)
{
	const struct rule_addr *a;
	uint32_t i, j, k;

	for (i = 0; i < p->n; i++) {
		a = &p->v[i].addr;
		if (a->type == RULE_ADDR_IFACE ||
		    (a->type == RULE_ADDR_PREFIX &&
		    a->plen >= addr_bits(a->af)))
			continue;
		if (a->type != RULE_ADDR_TABLE || !a->table->automatic)
			return false;
		for (j = 0; j < a->table->nparts; j++)
			for (k = 0; k < a->table->parts[j].n; k++)
				if (a->table->parts[j].v[k].plen <
				    addr_bits(a->table->parts[j].v[k].af))
					return false;
	}
	return true;
}

/* Where the kernel routes, a route option is a mark and a table of routes. */
static void
check_route(struct compile *c, const struct rule *r)
{
	if (!uses_route(r) || r->route == NULL || !compile_divert(c->rs))
		return;
	if (r->route_type == RULE_DUP_TO)
		refuse(c, r, "dup-to", " is for tun interfaces only");
	else if (!fixed_hops(r->route))
		refuse(c, r, "route-to and reply-to", " take addresses and "
		    "interfaces only where the kernel routes: no networks, "
		    "no tables, no (interface:peer)");
}

/* The port of a divert socket is a queue here, and some are natd's own. */
static void
check_divert_packet(struct compile *c, const struct rule *r)
{
	struct span sp;

	if (!uses_divert_packet(r) || !compile_divert(c->rs))
		return;
	if (r->divert_port >= PACKET_QUEUE &&
	    r->divert_port - PACKET_QUEUE < WORKERS_MAX)
		refuse(c, r, "divert-packet", " to a queue of natd itself: "
		    "those from 28256 to 28287 are its own");
	if (r->scrub.reassemble_tcp) {
		compile_span(c, &r->origin, &sp);
		diag_warn(c->diag, &sp, "the reassemble tcp that comes with "
		    "divert-packet has no effect in this version");
	}
	if (uses_route(r))
		refuse(c, r, "divert-packet", " together with route-to or "
		    "reply-to: the kernel would not route the packet again");
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
		refuse(c, r, clashes[clash], "");
	if (r->rtable >= 0 && r->class != RULE_CLASS_FILTER)
		refuse(c, r, "rtable", " is for filter rules");
}

static void
check_feature(struct compile *c, const struct rule *r,
    const struct feature *f)
{
	struct span sp;

	switch (f->support) {
	case YES:
		break;
	case WARN:
		compile_span(c, &r->origin, &sp);
		diag_warn(c->diag, &sp, "%s has no effect in this version",
		    f->name);
		break;
	case HOST:
		if (!compile_divert(c->rs))
			refuse(c, r, f->name, " is for divert interfaces only");
		break;
	default:
		refuse(c, r, f->name, " is not supported by this version");
		break;
	}
}

static void
check_features(struct compile *c, const struct rule *r)
{
	size_t i;

	check_owner(c, r);
	check_route(c, r);
	check_divert_packet(c, r);
	for (i = 0; i < NFEATURES; i++)
		if (features[i].support != YES && features[i].uses(r))
			check_feature(c, r, &features[i]);
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
		compile_span(c, &r->origin, &sp);
		diag_warn(c->diag, &sp, "no state: what match rules give a tag "
		    "and set mark is dropped here if it is forwarded");
		break;
	case TAG_AND_MARK:
		refuse(c, r, "tag and set mark", " need a state where the "
		    "kernel routes: no state remembers one of them only");
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
		refuse(k->c, r, "a scrub rule that asks for more than "
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
	{ OPT_SYNCOOKIES, NO, "set syncookies" },
	{ OPT_NAT_POLICY, NO, "set nat-policy rfc" },
	{ OPT_RELOAD_STATES, NO, "set reload-states recheck" },
	{ OPT_FINGERPRINTS, WARN, "set fingerprints" },
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
		TM_INTERVAL, TM_SRC_TRACK, TM_TCP_TSDIFF, TM_SCTP_FIRST,
		TM_SCTP_OPENING, TM_SCTP_ESTABLISHED, TM_SCTP_CLOSING,
		TM_SCTP_CLOSED,
	};
	static const uint8_t idle_limits[] = {
		LIMIT_SRC_NODES, LIMIT_PKTDELAY,
	};
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
		if (unmet[i].support == WARN)
			no_effect(c, at, unmet[i].name, "");
		else
			diag_error(c->diag, &sp, "%s is not supported by this "
			    "version", unmet[i].name);
	}
}

static void
check_tables(struct compile *c, const struct anchor *a)
{
	const struct anchor *child;
	const struct table *t;

	for (t = a->tables; t != NULL; t = t->next)
		if (t->counters)
			no_effect(c, &t->origin, "the option counters of a table", "");
	for (child = a->children; child != NULL; child = child->next)
		check_tables(c, child);
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

	compile_span(c, &c->rs->set_at.limit[LIMIT_FRAGS], &sp);
	if (c->rs->options.limit[LIMIT_FRAGS] > ENGINE_FRAGS_MAX)
		diag_error(c->diag, &sp, "limit frags is %u at most",
		    ENGINE_FRAGS_MAX);
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
	check_tables(&c, rs->root);
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
