/* SPDX-License-Identifier: ISC */
/*
 * What rules may ask for, and whether the engine does it.
 *
 * One table: a feature, whether it is carried out, how to see that a rule
 * uses it, and the node of the syntax tree that asks for it.  Making the
 * engine do one more of them changes a word here.
 */
#include "rules/feature.h"

#include <string.h>

#include "rules/ast.h"
#include "rules/rule.h"
#include "rules/zone.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define YES SUPPORT_YES
#define WARN SUPPORT_WARN
#define NO SUPPORT_NO
#define HOST SUPPORT_HOST

#define ANY_OP	255
#define NOWHERE	A_WORD, 0	/* nothing is ever said about it */

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
/* the limits bring source-track with them, and speak for themselves */
USES(source_track, r->st.track != RULE_TRACK_OFF &&
    r->st.max_src_states == 0 && r->st.max_src_nodes == 0 &&
    r->st.max_src_conn == 0 && r->st.conn_rate == 0)
USES(max_src_states, r->st.max_src_states != 0)
USES(max_src_nodes, r->st.max_src_nodes != 0)
USES(max_src_conn, r->st.max_src_conn != 0)
USES(conn_rate, r->st.conn_rate != 0)
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

static const struct feature features[] = {
	{ "an ethernet rule", NO, uses_ether, NOWHERE },
	{ "route-to, reply-to or dup-to", YES, uses_route, P_ROUTE, ANY_OP },
	{ "prefer-ipv6-nexthop", NO, uses_nexthop6, A_POOLOPT, PO_NEXTHOP6 },
	{ "on rdomain", NO, uses_rdomain, A_IF, IF_RDOMAIN },
	{ "route \"LABEL\"", NO, uses_rtlabel, A_HOST, HOST_RTLABEL },
	{ "no-route or urpf-failed", YES, uses_routing, NOWHERE },
	{ "a table as an address", YES, uses_table, NOWHERE },
	{ "a dynamic interface address", YES, uses_dynif, NOWHERE },
	{ "os", NO, uses_os, P_FROM, ANY_OP },
	{ "user", YES, uses_user, P_USER, ANY_OP },
	{ "group", YES, uses_group, P_GROUP, ANY_OP },
	{ "received-on", YES, uses_received_on, NOWHERE },
	{ "prio", HOST, uses_prio, P_PRIO, ANY_OP },
	{ "set prio", HOST, uses_set_prio, A_SETOPT, SET_PRIO },
	{ "set queue", WARN, uses_set_queue, A_SETOPT, SET_QUEUE },
	{ "set delay", NO, uses_set_delay, A_SETOPT, SET_DELAY },
	{ "set mark", HOST, uses_set_mark, A_SETOPT, SET_MARK },
	{ "set tos", YES, uses_set_tos, NOWHERE },
	{ "max-pkt-rate", NO, uses_pkt_rate, P_PKTRATE, ANY_OP },
	{ "max-pkt-size", YES, uses_pkt_size, NOWHERE },
	{ "once", NO, uses_once, P_ONCE, ANY_OP },
	{ "probability", YES, uses_probability, NOWHERE },
	{ "tag or tagged", YES, uses_tag, P_TAG, ANY_OP },
	{ "rtable", HOST, uses_rtable, P_RTABLE, ANY_OP },
	{ "dnpipe or dnqueue", NO, uses_dummynet, P_DN, ANY_OP },
	{ "scrub with no-df, random-id, min-ttl or max-mss", YES, uses_scrub, NOWHERE },
	{ "reassemble tcp", NO, uses_scrub_tcp, A_SCRUBOPT, SC_REASSEMBLE_TCP },
	{ "max-mss auto", NO, uses_mss_auto, A_SCRUBOPT, SC_MAXMSS },
	{ "fragment no reassemble", NO, uses_no_reassemble,
	    A_SCRUBOPT, SC_FRAG_NOREASSEMBLE },
	{ "modulate state", NO, uses_modulate, P_STATE, RULE_STATE_MODULATE },
	{ "synproxy state", NO, uses_synproxy, P_STATE, RULE_STATE_SYNPROXY },
	{ "source-track", NO, uses_source_track, A_STATEOPT, SO_TRACK },
	{ "max-src-states", NO, uses_max_src_states,
	    A_STATEOPT, SO_MAXSRCSTATES },
	{ "max-src-nodes", NO, uses_max_src_nodes, A_STATEOPT, SO_MAXSRCNODES },
	{ "max-src-conn", NO, uses_max_src_conn, A_STATEOPT, SO_MAXSRCCONN },
	{ "max-src-conn-rate", NO, uses_conn_rate,
	    A_STATEOPT, SO_MAXSRCCONNRATE },
	{ "overload", NO, uses_overload, A_STATEOPT, SO_OVERLOAD },
	{ "a limit of states", YES, uses_max_states, NOWHERE },
	{ "no-sync", YES, uses_no_sync, NOWHERE },
	{ "pflow", NO, uses_pflow, A_STATEOPT, SO_PFLOW },
	{ "sloppy", YES, uses_sloppy, NOWHERE },
	{ "allow-related", NO, uses_related, A_STATEOPT, SO_RELATED },
	{ "fail-policy return", NO, uses_fail_return, NOWHERE },
	{ "af-to", NO, uses_af_to, P_AFTO, ANY_OP },
	{ "nptv6", NO, uses_nptv6, P_NPTV6, ANY_OP },
	{ "divert-packet", HOST, uses_divert_packet,
	    P_DIVERT, RULE_DIVERT_PACKET },
	{ "divert-to or divert-reply", HOST, uses_divert_socket,
	    P_DIVERT, ANY_OP },
	{ "log", WARN, uses_log, P_LOG, ANY_OP },
	{ "log (user)", NO, uses_log_user, P_LOG, ANY_OP },
	{ "nat, rdr and binat", YES, uses_translation, NOWHERE },
	{ "sticky-address of a translation", NO, uses_sticky, A_POOLOPT,
	    PO_STICKY },
	{ "map-e-portset", NO, uses_mape, A_POOLOPT, PO_MAPE },
	{ "port-block", NO, uses_blocks, A_POOLOPT, PO_PORTBLOCK },
	{ "endpoint-independent", NO, uses_indep, A_POOLOPT, PO_ENDPOINT },
	{ "hairpin", NO, uses_hairpin, A_POOLOPT, PO_HAIRPIN },
};


const struct feature *
feature_get(uint32_t i)
{
	return i < nitems(features) ? &features[i] : NULL;
}

bool
compile_feature(uint32_t i, const char **name, enum compile_support *support)
{
	if (i >= nitems(features))
		return false;
	*name = features[i].name;
	*support = features[i].support;
	return true;
}

const struct feature *
feature_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(features); i++)
		if (strcmp(features[i].name, name) == 0)
			return &features[i];
	return NULL;
}

const struct rule_place *
feature_place(const struct feature *f, const struct rule_origin *o)
{
	uint32_t i;

	for (i = 0; i < o->nplaces; i++)
		if (o->places[i].feature == f)
			return &o->places[i];
	return NULL;
}

struct found {
	struct zone *zone;
	struct rule_place *v;
	uint32_t n, file;
};

static void
add(struct found *f, const struct feature *feature, const struct span *at)
{
	uint32_t i;

	if (at->file != f->file)
		return;
	for (i = 0; i < f->n; i++)
		if (f->v[i].feature == feature)
			return;	/* the first one is pointed at */
	f->v = zone_grow(f->zone, f->v, f->n, sizeof(*f->v));
	f->v[f->n++] = (struct rule_place){ feature, at->line, at->col,
	    at->line2, at->col2 };
}

static void
add_node(struct found *f, const struct ast *a)
{
	struct span at = a->loc;
	size_t i;

	if (a->kind == P_FROM) {
		if (a->c == NULL)
			return;
		at = a->c->loc;		/* the system's name */
	}
	for (i = 0; i < nitems(features); i++)
		if (features[i].kind == a->kind &&
		    (features[i].op == ANY_OP || features[i].op == a->op))
			add(f, &features[i], &at);
}

/* A part, and what it holds in lists: options hold none of their own. */
static void
add_part(struct found *f, const struct ast *part)
{
	const struct ast *const lists[] = { part->a, part->b,
	    part->a != NULL && part->a->kind == A_POOL ? part->a->a : NULL,
	    part->a != NULL && part->a->kind == A_POOL ? part->a->c : NULL,
	    part->b != NULL && part->b->kind == A_POOL ? part->b->c : NULL };
	const struct ast *a;
	size_t i;

	add_node(f, part);
	for (i = 0; i < nitems(lists); i++)
		for (a = lists[i]; a != NULL; a = a->next)
			if (a->kind >= A_HOST)
				add_node(f, a);
}

void
feature_places(struct zone *zone, const struct ast *parts, uint32_t file,
    struct rule_origin *o)
{
	struct found f = { .zone = zone, .file = file };

	for (; parts != NULL; parts = parts->next)
		add_part(&f, parts);
	o->places = f.v;
	o->nplaces = f.n;
}
