/* SPDX-License-Identifier: ISC */
/*
 * antispoof: what comes in elsewhere from an interface's network, and what
 * comes in from its own addresses, is blocked.
 */
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"

static bool
is_loopback(struct build *b, const char *name)
{
	size_t i, n;
	const struct host_if *const *v = host_ifs(b->host, &n);

	for (i = 0; i < n; i++)
		if (host_if_matches(v[i], name))
			return (v[i]->flags & HOST_IF_LOOPBACK) != 0;
	return false;
}

/* One of the two kinds of rules for one interface. */
static void
one(struct build *b, const struct parts *p, const struct ast *i, bool network)
{
	struct ast on = *i;
	struct expansion x;
	struct rule_addr dyn = { 0 };

	if (!expansion_begin(b, p, RULE_CLASS_FILTER, RULE_BLOCK, &x) ||
	    !expansion_options(b, &x))
		return;
	x.r.dir = RULE_IN;
	x.r.ret = RULE_DROP;
	x.from.n = 0;
	x.from.v = NULL;
	if (i->op == IF_DYN) {
		if (!dynif_parse(b, &i->loc, i->s, &dyn))
			return;
		if (network)
			dyn.mods |= RULE_MOD_NETWORK;
		dyn.plen = 128;
		x.from.v = zone_alloc(b->zone, sizeof(*x.from.v));
		x.from.v[0].addr = dyn;
		x.from.n = 1;
	} else {
		if_addrs(b, i->s, network ? RULE_MOD_NETWORK : 0, -1,
		    &x.from);
		if (x.from.n == 0)
			return;
	}
	if (network) {
		on.neg = true;
		on.op = IF_NAME;
		on.next = NULL;
		if (i->op == IF_DYN)
			on.s = dyn.name;
		x.ifs = &on;
	}
	expand(b, &x);
}

void
build_antispoof(struct build *b, const struct ast_stmt *st)
{
	const struct ast *i;
	struct parts p;

	if (!parts_sort(b, st, IN_ANTISPOOF, &p))
		return;
	if (p.forif == NULL) {
		diag_error(b->diag, b->at, "antispoof needs 'for' and an interface");
		return;
	}
	for (i = p.forif->a; i != NULL; i = i->next) {
		if (i->neg || i->op == IF_ANY || i->op == IF_RDOMAIN) {
			diag_error(b->diag, &i->loc, "antispoof takes interface "
			    "names");
			continue;
		}
		if (strlen(i->s) > RULE_IFNAME_MAX && i->op != IF_DYN) {
			diag_error(b->diag, &i->loc, "interface name too long");
			continue;
		}
		one(b, &p, i, true);
		if (!is_loopback(b, i->s))
			one(b, &p, i, false);
	}
}
