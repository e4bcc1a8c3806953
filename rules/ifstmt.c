/* SPDX-License-Identifier: ISC */
/*
 * interface and route statements: natd's data planes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/addr_text.h"
#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"
#include "rules/print.h"

static const char *const planes[] = {
	[PLANE_TUN] = "tun", [PLANE_DIVERT] = "divert", [PLANE_XDP] = "xdp",
	[PLANE_PCAP] = "pcap",
};

static bool
bad(struct build *b, const struct span *at, const char *text)
{
	diag_error(b->diag, at, "%s", text);
	return false;
}

/* The word behind an option; NULL after an error. */
static const struct ast *
value(struct build *b, const struct ast **w, const char *name)
{
	if ((*w)->next == NULL) {
		diag_error(b->diag, &(*w)->loc, "'%s' needs a value", name);
		return NULL;
	}
	*w = (*w)->next;
	return *w;
}

static bool
read_prefix(const struct ast *w, struct iface_addr *a)
{
	const struct ast *word = w->kind == A_PAIR ? w->a : w;
	struct addr addr;
	uint8_t af;
	int64_t n = w->kind == A_PAIR ? w->b->n : -1;

	if (word->s == NULL || !addr_parse(word->s, &addr, &af))
		return false;
	if (n == -1)
		n = addr_bits(af);
	if (n < 0 || n > addr_bits(af))
		return false;
	a->addr = addr;
	a->af = af;
	a->plen = (uint8_t)n;
	return true;
}

/* An IPv4 network that is written short, as 10/8. */
static bool
read_short(const struct ast *w, struct iface_addr *a)
{
	if (w->kind != A_PAIR || w->a->s == NULL ||
	    !net_parse(w->a->s, &a->addr) || w->b->n < 0 || w->b->n > 32)
		return false;
	a->af = AF_INET;
	a->plen = (uint8_t)w->b->n;
	return true;
}

static bool
tun_option(struct build *b, const struct ast **w, struct iface_stmt *i)
{
	const struct ast *o = *w, *v;
	struct iface_addr **list;
	uint32_t *n;
	int64_t num;
	bool peer;

	if (o->kind == A_PAIR)
		return bad(b, &o->loc, "an option of tun stands here");
	if (strcmp(o->s, "default") == 0) {
		i->is_default = true;
		return true;
	}
	if (strcmp(o->s, "queues") == 0) {
		if ((v = value(b, w, o->s)) == NULL || !number_in(b, v, 1,
		    256, "queues", &num))
			return false;
		i->queues = (uint32_t)num;
		return true;
	}
	if (strcmp(o->s, "mtu") == 0) {
		if ((v = value(b, w, o->s)) == NULL || !number_in(b, v, 68,
		    65535, "mtu", &num))
			return false;
		i->mtu = (uint32_t)num;
		return true;
	}
	if (strcmp(o->s, "netns") == 0) {
		if ((v = value(b, w, o->s)) == NULL)
			return false;
		if (v->s == NULL)
			return bad(b, &v->loc, "netns takes a path in quotes");
		if (*v->s != '/') {
			bad(b, &v->loc, "the path of a network namespace "
			    "begins with '/'");
			if (strchr(v->s, '/') == NULL)
				diag_hint(b->diag, "did you mean "
				    "'/run/netns/%s'?", v->s);
			return false;
		}
		i->netns = v->s;
		return true;
	}
	peer = strcmp(o->s, "peer") == 0;
	if (!peer && strcmp(o->s, "address") != 0) {
		static const char *const names[] = {
			"queues", "mtu", "netns", "address", "peer",
			"default",
		};

		diag_error(b->diag, &o->loc, "tun has no option '%s'", o->s);
		diag_hint_near(b->diag, o->s, names, nitems(names));
		return false;
	}
	if ((v = value(b, w, o->s)) == NULL)
		return false;
	list = peer ? &i->peers : &i->addrs;
	n = peer ? &i->npeers : &i->naddrs;
	*list = zone_grow(b->zone, *list, *n, sizeof(**list));
	if (!read_prefix(v, &(*list)[*n])) {
		diag_error(b->diag, &v->loc, "%s takes a numeric address and "
		    "its prefix length, like 10.0.0.1/24", o->s);
		return false;
	}
	(*n)++;
	return true;
}

static bool
pcap_options(struct build *b, const struct ast *w, struct iface_stmt *i)
{
	const struct ast *v;

	if (w == NULL)
		return bad(b, b->at, "pcap takes a file in quotes");
	i->pcap_read = w->s;
	if (w->s == NULL || w->kind == A_PAIR)
		return bad(b, &w->loc, "pcap takes a file in quotes");
	if ((w = w->next) == NULL)
		return true;
	if (w->kind == A_PAIR || strcmp(w->s, "write") != 0)
		return bad(b, &w->loc, "'write' stands here");
	if ((v = value(b, &w, "write")) == NULL)
		return false;
	if (v->kind == A_PAIR)
		return bad(b, &v->loc, "write takes a file in quotes");
	i->pcap_write = v->s;
	return w->next == NULL ? true : bad(b, &w->next->loc,
	    "nothing may stand here");
}

static bool
read_iface(struct build *b, const struct ast_stmt *st, struct iface_stmt *i)
{
	const struct ast *w = st->args;
	size_t k;

	if (w->kind != A_WORD || strlen(w->s) > RULE_IFNAME_MAX ||
	    *w->s == '\0') {
		diag_error(b->diag, &w->loc, "interface name too long");
		return false;
	}
	i->name = w->s;
	if ((w = w->next) == NULL || w->kind != A_WORD)
		return bad(b, w != NULL ? &w->loc : b->at,
		    "an interface needs a data plane: tun, divert, xdp or pcap");
	for (k = 0; k < nitems(planes); k++)
		if (strcmp(w->s, planes[k]) == 0)
			break;
	if (k == nitems(planes)) {
		diag_error(b->diag, &w->loc, "no data plane '%s': tun, divert, "
		    "xdp or pcap", w->s);
		return false;
	}
	i->plane = (uint8_t)k;
	w = w->next;
	if (k == PLANE_PCAP)
		return pcap_options(b, w, i);
	if (k != PLANE_TUN && w != NULL)
		return bad(b, &w->loc, "this data plane has no options");
	for (; w != NULL; w = w->next)
		if (!tun_option(b, &w, i))
			return false;
	return true;
}

/* Before all else, so that rules above the statement know the interface. */
void
build_declare(struct build *b, const struct ast_stmt *st)
{
	const struct iface_stmt *o;
	struct iface_stmt *i;

	for (; st != NULL; st = st->next) {
		if (st->kind == ST_SET && st->op == SETS_REASSEMBLE &&
		    st->n != -1)
			b->reassemble = st->n == 1;
		if (st->kind != ST_INTERFACE)
			continue;
		b->at = &st->loc;
		i = zone_alloc(b->zone, sizeof(*i));
		i->origin = build_origin(b, b->at);
		if (!read_iface(b, st, i))
			continue;
		for (o = b->rs->ifaces; o != NULL; o = o->next) {
			if (strcmp(o->name, i->name) == 0) {
				diag_error(b->diag, b->at, "interface %s is "
				    "declared twice", i->name);
				origin_note(b, &o->origin, "the first "
				    "statement is here");
				break;
			}
			if ((o->plane == PLANE_TUN && i->plane ==
			    PLANE_DIVERT) || (o->plane == PLANE_DIVERT &&
			    i->plane == PLANE_TUN)) {
				diag_error(b->diag, b->at, "tun and divert "
				    "cannot be used together");
				break;
			}
		}
		if (o != NULL)
			continue;
		if (b->ifaces_tail != NULL)
			b->ifaces_tail->next = i;
		else
			b->rs->ifaces = i;
		b->ifaces_tail = i;
		if (i->plane == PLANE_TUN)
			host_declare(b->host, i);
	}
}

void
build_interface(struct build *b, const struct ast_stmt *st)
{
	(void)st;	/* build_declare() has read it */
	if (b->anchor != b->rs->root)
		diag_error(b->diag, b->at, "interface statements cannot stand "
		    "in anchors");
}

void
build_route(struct build *b, const struct ast_stmt *st)
{
	struct route_stmt *r = zone_alloc(b->zone, sizeof(*r));
	const struct ast *w = st->args, *via;
	struct iface_addr net, gw;
	const struct route_stmt *o;

	if (b->anchor != b->rs->root) {
		diag_error(b->diag, b->at, "route statements cannot stand in "
		    "anchors");
		return;
	}
	if (w->next == NULL || w->next->kind != A_WORD ||
	    strcmp(w->next->s, "via") != 0 || (via = w->next->next) == NULL ||
	    via->next != NULL) {
		diag_error(b->diag, b->at, "a route is written 'route PREFIX via "
		    "ADDRESS'");
		return;
	}
	if (w->kind == A_WORD && strcmp(w->s, "default") == 0 &&
	    read_prefix(via, &gw)) {
		memset(&net, 0, sizeof(net));
		net.af = gw.af;
	} else if (!read_prefix(w, &net) && !read_short(w, &net)) {
		diag_error(b->diag, &w->loc, "a route takes a "
		    "numeric network, like 10.0.0.0/8, or default");
		return;
	}
	if (!read_prefix(via, &gw) || gw.plen != addr_bits(gw.af)) {
		diag_error(b->diag, &via->loc, "a gateway is a numeric "
		    "address");
		return;
	}
	if (gw.af != net.af) {
		diag_error(b->diag, &via->loc, "the gateway is not of the "
		    "prefix's address family");
		return;
	}
	r->net = net.addr;
	r->af = net.af;
	r->plen = net.plen;
	r->via = gw.addr;
	addr_apply_plen(&r->net, r->plen);
	r->origin = build_origin(b, b->at);
	for (o = b->rs->routes; o != NULL; o = o->next)
		if (o->af == r->af && o->plen == r->plen &&
		    addr_equal(&o->net, &r->net)) {
			diag_error(b->diag, b->at, "there is a route for this "
			    "prefix already, in line %u", o->origin.line);
			return;
		}
	/* declared interfaces are all known by now */
	for (r->iface = b->rs->ifaces; r->iface != NULL;
	    r->iface = r->iface->next) {
		uint32_t k;

		for (k = 0; k < r->iface->naddrs; k++)
			if (r->iface->addrs[k].af == r->af &&
			    addr_in_prefix(&r->via, &r->iface->addrs[k].addr,
			    r->iface->addrs[k].plen))
				break;
		if (k < r->iface->naddrs)
			break;
	}
	if (r->iface == NULL) {
		diag_error(b->diag, &via->loc, "the gateway is on no prefix "
		    "of a declared interface");
		return;
	}
	if (b->routes_tail != NULL)
		b->routes_tail->next = r;
	else
		b->rs->routes = r;
	b->routes_tail = r;
}
