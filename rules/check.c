/* SPDX-License-Identifier: ISC */
/*
 * What makes a rule impossible.
 *
 * check_statement() looks at what all rules of a statement have in common,
 * before it is expanded; check_rule() at one combination.  Each mistake is
 * said once, with the other half of the contradiction as a note.
 */
#include <netinet/in.h>

#include <string.h>

#include "rules/build.h"
#include "rules/names.h"

static const char *
proto_word(const struct rule *r, char buf[static 8])
{
	const char *name = proto_name(r->proto);

	if (name != NULL)
		return name;
	buf[0] = (char)('0' + r->proto / 100);
	buf[1] = (char)('0' + r->proto / 10 % 10);
	buf[2] = (char)('0' + r->proto % 10);
	buf[3] = '\0';
	return buf;
}

/* Something that the protocol of the rule does not have. */
static bool
wrong_proto(struct build *b, const struct expansion *x, const struct rule *r,
    const struct span *at, const char *text)
{
	char buf[8];

	diag_error(b->diag, at, "%s", text);
	if (x->parts->proto != NULL)
		diag_note(b->diag, &x->parts->proto->loc,
		    "this rule matches proto %s", proto_word(r, buf));
	else
		diag_hint(b->diag, "this rule has no proto");
	return false;
}

static bool
check_ports(struct build *b, const struct expansion *x, const struct rule *r)
{
	const struct parts *p = x->parts;
	const struct ast *from = p->l3 != NULL ? p->l3from : p->from;
	const struct ast *to = p->l3 != NULL ? p->l3to : p->to;
	static const char text[] = "port only applies to tcp/udp";
	bool ok = true;

	if (r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP ||
	    r->proto == IPPROTO_SCTP)
		return true;
	if (r->from.port.op != RULE_OP_NONE)
		ok = wrong_proto(b, x, r, &from->b->loc, text);
	else if (r->to.port.op != RULE_OP_NONE)
		ok = wrong_proto(b, x, r, &to->b->loc, text);
	return ok;
}

static bool
check_icmp(struct build *b, const struct expansion *x, const struct rule *r)
{
	const struct ast *icmp = x->parts->icmp, *proto = x->parts->proto;

	if (r->icmp_type == -1 || icmp == NULL) {
		if (r->proto == IPPROTO_ICMP && r->af == AF_INET6)
			diag_error(b->diag, &proto->loc, "proto icmp doesn't "
			    "match address family inet6");
		else if (r->proto == IPPROTO_ICMPV6 && r->af == AF_INET)
			diag_error(b->diag, &proto->loc, "proto icmp6 doesn't "
			    "match address family inet");
		else
			return true;
		if (x->parts->af != NULL)
			diag_note(b->diag, &x->parts->af->loc,
			    "the address family is given here");
		return false;
	}
	if (r->proto != IPPROTO_ICMP && r->proto != IPPROTO_ICMPV6)
		return wrong_proto(b, x, r, &icmp->loc,
		    "icmp-type/code only applies to icmp");
	if ((r->proto == IPPROTO_ICMP) != (x->icmp_af == AF_INET)) {
		diag_error(b->diag, &icmp->loc, "icmp-type mismatch");
		diag_note(b->diag, &proto->loc, "this rule matches proto %s",
		    proto_name(r->proto));
		return false;
	}
	if (r->af == 0) {
		diag_error(b->diag, &icmp->loc, "must indicate address family "
		    "with icmp-type/code");
		diag_hint(b->diag, "'%s' stands before proto", x->icmp_af ==
		    AF_INET ? "inet" : "inet6");
		return false;
	}
	if (r->af != x->icmp_af) {
		diag_error(b->diag, &proto->loc, "proto %s doesn't match "
		    "address family %s", r->proto == IPPROTO_ICMP ? "icmp" :
		    "icmp6", r->af == AF_INET ? "inet" : "inet6");
		return false;
	}
	return true;
}

bool
check_rule(struct build *b, const struct expansion *x, const struct rule *r)
{
	const struct parts *p = x->parts;
	bool ok = true;

	if (r->os != NULL && r->proto != IPPROTO_TCP)
		ok = wrong_proto(b, x, r, &p->from->c->loc,
		    "os only applies to tcp");
	ok &= check_ports(b, x, r);
	ok &= check_icmp(b, x, r);
	if (r->proto != IPPROTO_TCP && r->proto != IPPROTO_UDP) {
		if (r->user.op != RULE_OP_NONE)
			ok = wrong_proto(b, x, r, &p->user->loc,
			    "user only applies to tcp/udp");
		else if (r->group.op != RULE_OP_NONE)
			ok = wrong_proto(b, x, r, &p->group->loc,
			    "group only applies to tcp/udp");
	}
	if (r->fragment && (r->from.port.op != RULE_OP_NONE ||
	    r->to.port.op != RULE_OP_NONE || r->flagset != 0 ||
	    r->icmp_type != -1)) {
		diag_error(b->diag, &p->fragment->loc, "fragments can be "
		    "filtered only on IP header fields");
		ok = false;
	}
	if (r->action == RULE_BLOCK && r->ret == RULE_RETURN_RST &&
	    r->proto != IPPROTO_TCP && r->class == RULE_CLASS_FILTER)
		ok = wrong_proto(b, x, r, x->at,
		    "return-rst can only be applied to TCP rules");
	if (r->af == AF_INET6 && (r->scrub.no_df || r->scrub.random_id) &&
	    r->class == RULE_CLASS_FILTER) {
		diag_error(b->diag, &p->scrub->loc, "address family inet6 "
		    "does not support scrub options no-df, random-id");
		ok = false;
	}
	if (r->naf != 0 && r->naf == r->af) {
		diag_error(b->diag, &p->afto->loc, "must indicate different "
		    "address family with af-to");
		ok = false;
	}
	return ok;
}

static bool
no(struct build *b, const struct ast *p, const char *text)
{
	diag_error(b->diag, &p->loc, "%s", text);
	return false;
}

static bool
check_flags(struct build *b, const struct expansion *x)
{
	const struct ast *p = x->parts->flags;
	size_t i;

	/* `flags any' is no condition */
	if (x->nprotos == 0 || p == NULL || (p->a == NULL && p->b == NULL))
		return true;
	for (i = 0; i < x->nprotos; i++)
		if (x->protos[i] == IPPROTO_TCP)
			return true;
	no(b, p, "flags only apply to tcp");
	diag_note(b->diag, &x->parts->proto->loc, "no protocol here is tcp");
	return false;
}

static bool
check_state(struct build *b, const struct expansion *x)
{
	const struct parts *p = x->parts;
	const struct rule *r = &x->r;
	bool ok = true;

	if (p->state != NULL && p->state->op != RULE_STATE_NONE &&
	    r->action != RULE_PASS)
		ok = no(b, p->state,
		    "keep state is great, but only for pass rules");
	if (p->allow_opts != NULL && r->action != RULE_PASS)
		ok = no(b, p->allow_opts,
		    "allow-opts can only be specified for pass rules");
	if (p->once != NULL && r->action != RULE_PASS &&
	    r->action != RULE_BLOCK)
		ok = no(b, p->once, "once is for pass and block rules");
	if (r->st.sloppy && (r->state == RULE_STATE_MODULATE ||
	    r->state == RULE_STATE_SYNPROXY))
		ok = no(b, p->state, "sloppy state matching cannot be used "
		    "with synproxy state or modulate state");
	if (r->state == RULE_STATE_SYNPROXY && r->dir != RULE_IN)
		diag_warn(b->diag, &p->state->loc, "synproxy used for inbound "
		    "rules only, ignored for outbound");
	return ok;
}

static bool
check_route(struct build *b, const struct expansion *x)
{
	const struct ast *p = x->parts->route;
	const struct rule *r = &x->r;

	if (p == NULL)
		return true;
	if (r->action != RULE_PASS)
		return no(b, p, "route-to, reply-to and dup-to are not "
		    "supported on block rules");
	if (r->state == RULE_STATE_NONE)
		return no(b, p, "route-to, reply-to and dup-to require keep "
		    "state");
	if (r->dir == RULE_INOUT && (p->op != RULE_DUP_TO ||
	    x->parts->route_classic))
		return no(b, p, "direction must be explicit with rules that "
		    "specify routing");
	return true;
}

static bool
check_divert(struct build *b, const struct expansion *x)
{
	const struct ast *p = x->parts->divert;
	const struct rule *r = &x->r;

	if (p == NULL)
		return true;
	if (r->action == RULE_MATCH)
		return no(b, p, "divert is not supported on match rules");
	if (r->divert == RULE_DIVERT_TO && r->dir == RULE_OUT)
		return no(b, p, "divert-to used with outgoing rule");
	if (r->divert == RULE_DIVERT_REPLY && r->dir == RULE_IN)
		return no(b, p, "divert-reply used with incoming rule");
	return true;
}

static bool
check_xlate(struct build *b, const struct expansion *x)
{
	const struct parts *p = x->parts;
	const struct ast *t = p->nat != NULL ? p->nat : p->rdr;
	const struct rule *r = &x->r;

	if (p->afto != NULL) {
		if (r->action == RULE_MATCH)
			return no(b, p->afto, "af-to not supported on match "
			    "rules");
		if (r->action != RULE_PASS || r->dir != RULE_IN)
			return no(b, p->afto, "af-to can only be used with "
			    "direction in");
		if (p->route != NULL)
			return no(b, p->afto, "af-to cannot be used together "
			    "with route-to, reply-to, dup-to");
		if (t != NULL || p->binat != NULL)
			return no(b, p->afto, "af-to cannot be used together "
			    "with nat-to, rdr-to, binat-to");
		t = p->afto;
	}
	if (p->binat != NULL) {
		if (r->dir != RULE_INOUT)
			return no(b, p->binat, "binat-to cannot be specified "
			    "with a direction");
		t = p->binat;
	}
	if (p->nptv6 != NULL) {
		if (t != NULL)
			return no(b, p->nptv6, "nptv6 cannot be used together "
			    "with another translation");
		t = p->nptv6;
	}
	if (t == NULL)
		return true;
	if (r->action != RULE_MATCH && r->state == RULE_STATE_NONE)
		return no(b, t, t == p->nptv6 ? "nptv6 requires keep state" :
		    "nat-to and rdr-to require keep state");
	if (r->dir == RULE_INOUT && p->binat == NULL)
		return no(b, t, t == p->nptv6 ? "nptv6 requires a direction" :
		    "nat-to and rdr-to require a direction");
	return true;
}

static bool
check_binat(struct build *b, const struct expansion *x)
{
	const struct ast *p = x->parts->binat;
	const struct rule_addr *s;

	if (p == NULL)
		return true;
	if (x->from.n == 1 && x->from.v[0].addr.type == RULE_ADDR_TABLE) {
		diag_error(b->diag, &p->loc, "invalid use of table <%s> as "
		    "the source address of a binat-to rule",
		    x->from.v[0].addr.name);
		return false;
	}
	s = x->from.n == 1 ? &x->from.v[0].addr : NULL;
	if (s != NULL && s->type == RULE_ADDR_DYNIF &&
	    (s->mods & RULE_MOD_NOALIAS) == 0)
		return no(b, p, "dynamic interfaces must be used with :0 in a "
		    "binat-to rule");
	if (s == NULL || (s->type != RULE_ADDR_PREFIX &&
	    s->type != RULE_ADDR_DYNIF) || x->from.v[0].neg)
		return no(b, p, "binat-to requires a specified source and "
		    "redirect address");
	return true;
}

bool
check_statement(struct build *b, struct expansion *x)
{
	bool ok = check_flags(b, x);

	ok &= check_state(b, x);
	ok &= check_route(b, x);
	ok &= check_divert(b, x);
	ok &= check_xlate(b, x);
	return check_binat(b, x) && ok;
}
