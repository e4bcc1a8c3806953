/* SPDX-License-Identifier: ISC */
/*
 * Classic rules: nat, rdr, binat and scrub.
 */
#include <netinet/in.h>

#include <string.h>

#include "rules/build.h"

static bool
check_arrow(struct build *b, const struct ast_stmt *st, const struct parts *p)
{
	if (!st->neg && p->arrow == NULL) {
		diag_error(b->diag, b->at,
		    "translation rule requires '-> address'");
		return false;
	}
	if (st->neg && p->arrow != NULL) {
		diag_error(b->diag, &p->arrow->loc,
		    "translation rule with 'no' does not need '->'");
		return false;
	}
	if (st->neg && p->pass != NULL) {
		diag_error(b->diag, &p->pass->loc, "\"pass\" not valid with "
		    "\"no\"");
		return false;
	}
	return true;
}

static bool
check_ports(struct build *b, const struct expansion *x)
{
	const struct ast *to = x->parts->to, *arrow = x->parts->arrow;
	size_t i;

	for (i = 0; i < x->ntports && x->r.class == RULE_CLASS_RDR; i++)
		if (x->tports[i].op != RULE_OP_EQ &&
		    x->tports[i].op != RULE_OP_RRG) {
			diag_error(b->diag, &to->b->loc,
			    "invalid port operator for rdr destination port");
			return false;
		}
	if (x->r.class != RULE_CLASS_RDR || arrow == NULL ||
	    arrow->a->b == NULL)
		return true;
	for (i = 0; i < x->nprotos; i++)
		if (x->protos[i] != IPPROTO_TCP &&
		    x->protos[i] != IPPROTO_UDP &&
		    x->protos[i] != IPPROTO_SCTP)
			break;
	if (x->nprotos == 0 || i < x->nprotos) {
		diag_error(b->diag, &arrow->a->b->loc,
		    "port is only valid with tcp/udp/sctp");
		return false;
	}
	return true;
}

/* The family of a binat rule: the one given, or that of its addresses. */
static uint8_t
binat_af(const struct expansion *x, bool has_pool)
{
	uint8_t af = x->r.af;

	if (af == 0 && x->from.n == 1)
		af = x->from.v[0].addr.af;
	if (af == 0 && x->to.n == 1)
		af = x->to.v[0].addr.af;
	if (af == 0 && has_pool && x->nat.hosts.n == 1)
		af = x->nat.hosts.v[0].addr.af;
	return af;
}

/*
 * The one source in this family, of several addresses of a name as well; NULL
 * after an error.
 */
static const struct host_item *
binat_source(struct build *b, const struct expansion *x, uint8_t af)
{
	const struct ast *from = x->parts->from;
	const struct span *at = from != NULL ? &from->loc : b->at;
	const struct host_item *it = NULL;
	size_t i, n = 0;

	for (i = 0; i < x->from.n; i++)
		if (x->from.v[i].addr.af == 0 || x->from.v[i].addr.af == af) {
			it = &x->from.v[i];
			n++;
		}
	if (n > 1) {
		diag_error(b->diag, at, "multiple binat ip addresses");
		return NULL;
	}
	if (it != NULL && it->addr.type == RULE_ADDR_TABLE) {
		diag_error(b->diag, at, "table <%s> cannot be used as the "
		    "source of a binat rule", it->addr.name);
		return NULL;
	}
	return it != NULL ? it : &x->from.v[0];	/* expand() says it */
}

static bool
is_binat_source(const struct host_item *it)
{
	return !it->neg && (it->addr.type == RULE_ADDR_PREFIX ||
	    it->addr.type == RULE_ADDR_DYNIF || it->addr.type ==
	    RULE_ADDR_ANY);
}

/* What is behind the arrow, beside this source. */
static struct pool *
binat_pool(struct build *b, struct expansion *x, const struct host_item *from,
    uint8_t af)
{
	const struct span *at = &x->parts->arrow->loc;
	struct pool *pl = pool_fit(b, &x->nat, &af, NULL, true);

	if (pl == NULL)
		return NULL;
	if (pl->n != 1 || pl->v[0].addr.type == RULE_ADDR_TABLE) {
		diag_error(b->diag, at, "binat takes one address, no "
		    "tables and no lists");
		return NULL;
	}
	if (!is_binat_source(from)) {
		diag_error(b->diag, &x->parts->from->loc, "binat takes one "
		    "address as its source");
		return NULL;
	}
	if (pl->v[0].addr.type != RULE_ADDR_DYNIF &&
	    from->addr.type == RULE_ADDR_PREFIX && from->addr.af == af &&
	    from->addr.plen != pl->v[0].addr.plen) {
		diag_error(b->diag, at, "'binat' source mask and redirect "
		    "mask must be the same");
		return NULL;
	}
	pl->type = POOL_NONE;
	return pl;
}

static void
build_binat(struct build *b, struct expansion *x)
{
	const struct parts *p = x->parts;
	const struct ast *pool = p->arrow != NULL ? p->arrow->a : NULL;
	const struct span *at = p->arrow != NULL ? &p->arrow->loc : b->at;
	const struct host_item *from;

	if (x->nfports != 0 || x->ntports != 0) {
		diag_error(b->diag, x->nfports != 0 ? &p->from->loc :
		    &p->to->loc, "binat rules have no ports");
		return;
	}
	if (pool != NULL && !pool_spec_read(b, pool, false, false, &x->nat))
		return;
	if (pool != NULL && (pool->b != NULL || pool->c != NULL)) {
		diag_error(b->diag, at, "binat takes an address only");
		return;
	}
	if ((x->r.af = binat_af(x, pool != NULL)) == 0) {
		diag_error(b->diag, b->at, "binat ip versions must match, or "
		    "an address family be given");
		return;
	}
	if ((from = binat_source(b, x, x->r.af)) == NULL)
		return;
	if (pool != NULL && (x->r.binat = binat_pool(b, x, from, x->r.af)) ==
	    NULL)
		return;
	expand(b, x);
}

void
build_xlate(struct build *b, const struct ast_stmt *st)
{
	int kind = st->op == RULE_CLASS_BINAT ? IN_BINAT : IN_NAT;
	struct expansion x;
	struct parts p;
	bool ok;

	if (!parts_sort(b, st, kind, &p) || !check_arrow(b, st, &p))
		return;
	ok = expansion_begin(b, &p, st->op, st->neg ? RULE_NO :
	    RULE_TRANSLATE, &x);
	ok &= expansion_options(b, &x);
	if (!ok)
		return;
	x.r.xlate_pass = p.pass != NULL;
	if (st->op == RULE_CLASS_BINAT) {
		build_binat(b, &x);
		return;
	}
	if (!check_ports(b, &x))
		return;
	if (p.arrow != NULL && st->op == RULE_CLASS_NAT) {
		x.has_nat = true;
		ok = pool_spec_read(b, p.arrow->a, true, false, &x.nat);
	} else if (p.arrow != NULL) {
		x.has_rdr = true;
		ok = pool_spec_read(b, p.arrow->a, false, false, &x.rdr);
	}
	if (ok)
		expand(b, &x);
}

void
build_scrub(struct build *b, const struct ast_stmt *st)
{
	struct expansion x;
	struct parts p;
	const struct ast *a;
	bool ok;

	if (!parts_sort(b, st, IN_SCRUB, &p))
		return;
	ok = expansion_begin(b, &p, RULE_CLASS_SCRUB, st->neg ? RULE_NO :
	    RULE_SCRUB, &x);
	ok &= expansion_options(b, &x);
	if (!ok)
		return;
	for (a = p.all; a != NULL; a = a->next) {
		if (a->kind == P_SCRUBOPT && st->neg) {
			diag_error(b->diag, &a->loc, "'no scrub' takes no options");
			return;
		}
		if (a->kind == P_SCRUBOPT && x.r.scrub.reassemble_tcp &&
		    a->a->op == SC_REASSEMBLE_TCP && p.dir != NULL) {
			diag_error(b->diag, &a->loc, "reassemble tcp rules "
			    "can not specify direction");
			return;
		}
	}
	x.r.scrub.set = true;
	expand(b, &x);
}
