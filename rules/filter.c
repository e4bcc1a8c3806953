/* SPDX-License-Identifier: ISC */
/*
 * pass, block and match: from parts to the template of an expansion.
 */
#include <netinet/in.h>

#include <string.h>

#include "rules/addr_text.h"
#include "rules/zone.h"
#include "rules/build.h"
#include "rules/feature.h"
#include "rules/host.h"
#include "rules/names.h"

static bool
one_any(struct build *b, struct host_list *l)
{
	l->v = zone_alloc(b->zone, sizeof(*l->v));
	l->v[0].addr.plen = 128;
	l->n = 1;
	return true;
}

static bool
read_hosts(struct build *b, const struct parts *p, int class,
    struct expansion *x)
{
	bool ether = class == RULE_CLASS_ETHER;
	const struct ast *from = ether ? p->l3from : p->from;
	const struct ast *to = ether ? p->l3to : p->to;
	bool ok = true;

	if (from != NULL && from->a != NULL)
		ok &= hosts_resolve(b, from->a, FOR_SOURCE, &x->from);
	else
		one_any(b, &x->from);
	if (to != NULL && to->a != NULL)
		ok &= hosts_resolve(b, to->a, FOR_DEST, &x->to);
	else
		one_any(b, &x->to);
	if (from != NULL && from->b != NULL)
		ok &= ports_read(b, from->b, &x->fports, &x->nfports);
	if (to != NULL && to->b != NULL)
		ok &= ports_read(b, to->b, &x->tports, &x->ntports);
	if (from != NULL)
		x->oses = from->c;
	return ok;
}

bool
expansion_begin(struct build *b, const struct parts *p, int class, int action,
    struct expansion *x)
{
	const struct ast *i;
	struct rule scratch;
	bool ok = true;

	memset(x, 0, sizeof(*x));
	x->parts = p;
	x->at = b->at;
	rule_init(&x->r, (uint8_t)class, (uint8_t)action);
	x->r.origin = build_origin(b, b->at);
	feature_places(b->zone, p->all, b->at->file, &x->r.origin);
	if (p->dir != NULL)
		x->r.dir = p->dir->op;
	if (p->log != NULL)
		ok &= log_read(b, p->log, &x->r);
	x->r.quick = p->quick != NULL;
	if (p->on != NULL) {
		x->ifs = p->on->a;
		for (i = x->ifs; i != NULL; i = i->next)
			ok &= iface_read(b, i, &scratch);
	}
	if (p->af != NULL)
		x->r.af = (uint8_t)p->af->n;
	if (p->proto != NULL && class != RULE_CLASS_ETHER)
		ok &= protos_read(b, p->proto->a, &x->protos, &x->nprotos);
	return read_hosts(b, p, class, x) && ok;
}

static bool
icmp_code(struct build *b, const struct ast *w, uint8_t af, uint8_t *out)
{
	const char *names[32];
	int64_t v;
	int n;

	if (!ast_number(w, &v)) {
		/* 3 and 1 are destination unreachable */
		n = icmp_code_number(af == AF_INET ? 3 : 1, w->s, af);
		if (n == -1) {
			diag_error(b->diag, &w->loc, "unknown return-icmp%s "
			    "code %s", af == AF_INET ? "" : "6", w->s);
			diag_hint_near(b->diag, w->s, names, icmp_code_names(
			    af == AF_INET ? 3 : 1, af, names, nitems(names)));
			return false;
		}
		v = n;
	}
	if (v < 0 || v > 255) {
		diag_error(b->diag, &w->loc, "illegal icmp%s-code %s",
		    af == AF_INET ? "" : "6", w->s);
		diag_hint(b->diag, "expected 0 - 255");
		return false;
	}
	*out = (uint8_t)v;
	return true;
}

static bool
read_block(struct build *b, const struct ast_block *bl, struct rule *r)
{
	int64_t v;

	r->ret = bl->plain ? (b->block_return ? RULE_RETURN : RULE_DROP) :
	    bl->ret;
	r->ret_code = 3;	/* port unreachable */
	r->ret_code6 = 4;
	if (bl->ttl != NULL) {
		if (bl->ttl->n < 0 || bl->ttl->n > 255) {
			diag_error(b->diag, &bl->ttl->loc,
			    "illegal ttl value %lld", (long long)bl->ttl->n);
			diag_hint(b->diag, "expected 0 - 255");
			return false;
		}
		v = bl->ttl->n;
		r->ret_ttl = (uint8_t)v;
		r->ret_ttl_set = true;
	}
	if (bl->code != NULL && !icmp_code(b, bl->code, AF_INET, &r->ret_code))
		return false;
	return bl->code6 == NULL || icmp_code(b, bl->code6, AF_INET6,
	    &r->ret_code6);
}

/* State: as written, else as set state-defaults says, else plain. */
static bool
read_state(struct build *b, const struct parts *p, struct expansion *x)
{
	struct rule *r = &x->r;
	const struct ast *opts = NULL;

	if (p->state != NULL) {
		r->state = p->state->op;
		opts = p->state->a;
	} else if (r->action == RULE_PASS) {
		r->state = RULE_STATE_KEEP;
		opts = b->state_defaults;
	}
	if (r->state == RULE_STATE_NONE)
		return true;
	if (!x->flags_given && !r->fragment && r->action == RULE_PASS) {
		r->flags = (uint8_t)tcp_flags("S");
		r->flagset = (uint8_t)tcp_flags("SA");
	}
	return stateopts_read(b, opts, r);
}

static bool
read_divert(struct build *b, const struct ast *p, struct expansion *x)
{
	uint16_t hi;
	bool range, star;

	x->r.divert = p->op;
	if (p->op == RULE_DIVERT_REPLY)
		return true;
	if (!port_word(b, p->b, &x->r.divert_port, &hi, &range, &star))
		return false;
	if (range || x->r.divert_port == 0) {
		diag_error(b->diag, &p->b->loc, "invalid divert port");
		return false;
	}
	if (p->op == RULE_DIVERT_PACKET) {
		if (b->reassemble) {
			x->r.scrub.set = true;
			x->r.scrub.reassemble_tcp = true;
		}
		return true;
	}
	return hosts_resolve(b, p->a, FOR_POOL, &x->divert);
}

static bool
read_nptv6(struct build *b, const struct ast *p, struct expansion *x)
{
	struct rule_nptv6 *n = &x->r.nptv6;
	uint8_t af, af2;

	if (!addr_parse(p->a->s, &n->from, &af) || af != AF_INET6 ||
	    !addr_parse(p->b->s, &n->to, &af2) || af2 != AF_INET6 ||
	    p->a->n < 1 || p->a->n > 64 || p->b->n != p->a->n) {
		diag_error(b->diag, &p->loc, "nptv6 takes two IPv6 prefixes "
		    "of one length, at most 64");
		return false;
	}
	n->set = true;
	n->from_plen = n->to_plen = (uint8_t)p->a->n;
	addr_apply_plen(&n->from, n->from_plen);
	addr_apply_plen(&n->to, n->to_plen);
	if (x->r.af == AF_INET) {
		diag_error(b->diag, &p->loc, "nptv6 is for inet6");
		return false;
	}
	x->r.af = AF_INET6;
	return true;
}

static bool
read_pools(struct build *b, const struct parts *p, struct expansion *x)
{
	const struct ast *nat = p->nat != NULL ? p->nat : p->binat;
	bool ok = true;

	if (p->afto != NULL) {
		x->r.naf = (uint8_t)p->afto->n;
		x->has_nat = true;
		ok &= pool_spec_read(b, p->afto->a, true, false, &x->nat);
		if (p->afto->b != NULL) {
			x->has_rdr = true;
			ok &= pool_spec_read(b, p->afto->b, false, false,
			    &x->rdr);
		}
	}
	if (nat != NULL) {
		x->has_nat = true;
		x->is_binat = p->binat != NULL;
		ok &= pool_spec_read(b, nat->a, true, false, &x->nat);
		if (x->is_binat) {
			if (nat->a->b != NULL) {
				diag_error(b->diag, &nat->a->b->loc,
				    "binat-to keeps the ports");
				ok = false;
			}
			x->nat.opt.static_port = true;
			x->nat.opt.port_lo = x->nat.opt.port_hi = 0;
		}
	}
	if (p->rdr != NULL) {
		x->has_rdr = true;
		ok &= pool_spec_read(b, p->rdr->a, false, false, &x->rdr);
	}
	if (p->route != NULL) {
		x->has_route = true;
		x->r.route_type = p->route->op;
		x->r.route_classic = p->route_classic;
		ok &= route_spec_read(b, p->route->a, p->route_classic,
		    &x->route);
	}
	if (p->nptv6 != NULL)
		ok &= read_nptv6(b, p->nptv6, x);
	if (p->divert != NULL)
		ok &= read_divert(b, p->divert, x);
	return ok;
}

/* Options that a rule has only once. */
static bool
check_twice(struct build *b, const struct parts *p)
{
	const struct ast *a;
	unsigned diverts = 0, nats = 0, rdrs = 0, states = 0;

	for (a = p->all; a != NULL; a = a->next) {
		if (a->kind == P_DIVERT && ++diverts == 2) {
			diag_error(b->diag, &a->loc,
			    "more than one divert option");
			return false;
		}
		if ((a->kind == P_NAT || a->kind == P_BINAT) && ++nats == 2) {
			diag_error(b->diag, &a->loc,
			    "cannot respecify nat-to/binat-to");
			return false;
		}
		if ((a->kind == P_RDR && ++rdrs == 2) || (a->kind == P_BINAT &&
		    p->rdr != NULL)) {
			diag_error(b->diag, &a->loc, "cannot respecify "
			    "rdr-to");
			return false;
		}
		if (a->kind == P_STATE && ++states == 2) {
			diag_error(b->diag, &a->loc,
			    "modulate or keep cannot be redefined");
			return false;
		}
	}
	return true;
}

void
build_rule(struct build *b, const struct ast_stmt *st)
{
	struct expansion x;
	struct parts p;
	bool ok;

	if (!parts_sort(b, st, IN_FILTER, &p) || !check_twice(b, &p))
		return;
	ok = expansion_begin(b, &p, RULE_CLASS_FILTER, st->op, &x);
	if (st->block != NULL)
		ok &= read_block(b, st->block, &x.r);
	ok &= expansion_options(b, &x);
	ok &= read_state(b, &p, &x);
	ok &= read_pools(b, &p, &x);
	if (!ok || !check_statement(b, &x))
		return;
	expand(b, &x);
}
