/* SPDX-License-Identifier: ISC */
/*
 * The classic route option: route-to IF, route-to (IF ADDR), and lists of
 * these.  An interface alone stays a name; it is not resolved.
 */
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"

static bool
entry_read(struct build *b, const struct ast *h, struct host_list *l)
{
	size_t i = l->n;

	if (strlen(h->s) > RULE_IFNAME_MAX) {
		diag_error(b->diag, &h->loc, "interface name too long");
		return false;
	}
	if (h->op == HOST_NAME && h->n == -1) {
		l->v = zone_grow(b->zone, l->v, l->n, sizeof(*l->v));
		memset(&l->v[l->n], 0, sizeof(*l->v));
		l->v[l->n++].addr.type = RULE_ADDR_IFACE;
	} else if (h->op != HOST_ROUTE) {
		diag_error(b->diag, &h->loc, "one list holds either addresses, or "
		    "interfaces and (IF ADDRESS)");
		return false;
	} else if (!hosts_word(b, &h->loc, h->s2, h->n, FOR_ROUTE, l)) {
		return false;
	}
	for (; i < l->n; i++) {
		l->v[i].node = h;
		l->v[i].scope = h->s;
	}
	return true;
}

bool
route_spec_read(struct build *b, const struct ast *node, bool classic,
    struct pool_spec *ps)
{
	struct ast copy = *node;
	const struct ast *h;
	bool ok;

	if (!classic)
		return pool_spec_read(b, node, false, true, ps);
	copy.a = NULL;
	ok = pool_spec_read(b, &copy, false, true, ps);
	ps->node = node;
	for (h = node->a; h != NULL; h = h->next)
		ok &= entry_read(b, h, &ps->hosts);
	return ok;
}

struct pool *
route_fit(struct build *b, const struct pool_spec *ps, uint8_t af)
{
	struct pool *p = zone_alloc(b->zone, sizeof(*p));
	size_t i;

	*p = ps->opt;
	p->af = af;
	p->classic = true;
	for (i = 0; i < ps->hosts.n; i++) {
		const struct host_item *it = &ps->hosts.v[i];

		if (it->addr.af != 0 && af != 0 && it->addr.af != af &&
		    !(p->ipv6_nexthop && it->addr.af == AF_INET6))
			continue;
		p->v = zone_grow(b->zone, p->v, p->n, sizeof(*p->v));
		memset(&p->v[p->n], 0, sizeof(*p->v));
		p->v[p->n].addr = it->addr;
		p->v[p->n].ifname = it->scope;
		p->v[p->n].weight = 1;
		if (it->addr.plen > addr_bits(it->addr.af) &&
		    it->addr.af != 0) {
			diag_error(b->diag, &it->node->loc, "netmask %u "
			    "invalid for IPv4 address", it->addr.plen);
			return NULL;
		}
		p->n++;
	}
	if (p->n == 0) {
		diag_error(b->diag, &ps->node->loc, "no routing address with "
		    "matching address family found.");
		return NULL;
	}
	if (p->n > 1 && !p->type_set)
		p->type = POOL_ROUNDROBIN;
	if (p->n > 1 && p->type != POOL_ROUNDROBIN) {
		diag_error(b->diag, &ps->node->loc, "only round-robin valid "
		    "for multiple redirection addresses");
		return NULL;
	}
	return p;
}
