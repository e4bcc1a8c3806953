/* SPDX-License-Identifier: ISC */
/*
 * Next hops of rules, and the kernel's tables for them.
 */
#include "engine/natd/hostways.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/hosthop.h"
#include "engine/io/hostnet.h"
#include "engine/io/hostroute.h"
#include "engine/io/mark.h"
#include "engine/natd/hostif.h"
#include "engine/natd/ifnames.h"
#include "engine/natd/log.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

struct hop {
	char ifname[IFACE_NAMELEN];	/* "": as the gateway is routed */
	uint8_t af;
	bool copies;			/* of dup-to */
	bool asked;			/* by the ruleset learnt last */
	struct addr gw;			/* zero: on the link */
	int error;			/* of the last try to set it */
};

struct hostways {
	unsigned n;
	struct hop *v;		/* way i is v[i - 1] */
	struct copy_hop *links;	/* [n], for hostways_links() */
	uint8_t tables[256];	/* of rtable: 1: asked for, 2: led to */
	bool clean;		/* nothing is left of an earlier natd */
	const struct hostnet *net; /* while a ruleset is walked */
	int error;		/* ... */
};

struct hostways *
hostways_new(void)
{
	return calloc(1, sizeof(struct hostways));
}

void
hostways_free(struct hostways *hw)
{
	if (hw == NULL)
		return;
	free(hw->v);
	free(hw->links);
	free(hw);
}

static bool
same_hop(const struct hop *a, const struct hop *b)
{
	return a->af == b->af && a->copies == b->copies &&
	    addr_equal(&a->gw, &b->gw) && strcmp(a->ifname, b->ifname) == 0;
}

/* One more hop: @like, with this address. */
static void
add(struct hostways *hw, const struct hop *like, uint8_t af,
    const struct addr *gw)
{
	struct hop hop = *like, *v;
	unsigned i;

	hop.af = af;
	hop.gw = *gw;
	hop.asked = true;
	for (i = 0; i < hw->n; i++)
		if (same_hop(&hw->v[i], &hop)) {
			hw->v[i].asked = true;
			return;
		}
	if (hw->n == MARK_ARG_MASK) {
		hw->error = -E2BIG;
		return;
	}
	if ((v = reallocarray(hw->v, hw->n + 1, sizeof(*v))) == NULL) {
		hw->error = -ENOMEM;
		return;
	}
	hw->v = v;
	hw->v[hw->n++] = hop;
}

/* All addresses of a network; they differ in the last byte. */
static void
add_prefix(struct hostways *hw, const struct hop *like, uint8_t af,
    const struct addr *net, uint8_t plen)
{
	unsigned bits = addr_bits(af), i;
	struct addr gw = *net;

	if (plen >= bits) {
		add(hw, like, af, net);
		return;
	}
	if (bits - plen > POOL_HOPS_BITS)
		return; /* refused by compile_support.c */
	addr_apply_plen(&gw, plen);
	for (i = 0; i < 1u << (bits - plen); i++) {
		add(hw, like, af, &gw);
		gw.b[bits / 8 - 1]++;
	}
}

static void
add_table(struct hostways *hw, const struct hop *like, const struct table *t)
{
	const struct table_entry *e;
	uint32_t i, j;

	for (i = 0; i < t->nparts; i++)
		for (j = 0; j < t->parts[i].n; j++) {
			e = &t->parts[i].v[j];
			add_prefix(hw, like, e->af, &e->addr, e->plen);
		}
}

/* The other ends of an interface, or of a group of them. */
static void
add_peers(struct hostways *hw, const struct hop *like, uint8_t af,
    const char *word)
{
	const struct hostnet *net = hw->net;
	const struct ifaddr *a;
	unsigned i, j;

	for (i = 0; i < net->nifs; i++) {
		if (!hostif_answers(net->ifs[i].name, &net->ifs[i], word))
			continue;
		for (j = 0; j < net->naddrs; j++) {
			a = &net->addrs[j].a;
			if (net->addrs[j].ifindex == net->ifs[i].ifindex &&
			    !addr_is_zero(&a->peer) &&
			    (af == 0 || af == a->af))
				add(hw, like, a->af, &a->peer);
		}
	}
}

static void
add_element(struct hostways *hw, const struct rule *r,
    const struct pool_addr *pa)
{
	static const struct addr none;
	struct hop like = { .copies = r->route_type == RULE_DUP_TO };

	if (pa->ifname != NULL)
		strlcpy(like.ifname, pa->ifname, sizeof(like.ifname));
	switch (pa->addr.type) {
	case RULE_ADDR_IFACE:
		if (r->af != AF_INET6)
			add(hw, &like, AF_INET, &none);
		if (r->af != AF_INET)
			add(hw, &like, AF_INET6, &none);
		break;
	case RULE_ADDR_TABLE:
		add_table(hw, &like, pa->addr.table);
		break;
	case RULE_ADDR_DYNIF:
		add_peers(hw, &like, r->af, pa->addr.name);
		break;
	default:
		add_prefix(hw, &like, pa->addr.af != 0 ? pa->addr.af : r->af,
		    &pa->addr.addr, pa->addr.plen);
		break;
	}
}

static int
learn_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	struct hostways *hw = arg;
	uint32_t i;

	(void)a;
	if (r->rtable >= 0)
		hw->tables[r->rtable] |= 1;
	for (i = 0; r->route != NULL && i < r->route->n; i++)
		add_element(hw, r, &r->route->v[i]);
	return 0;
}

int
hostways_learn(struct hostways *hw, const struct ruleset *rs,
    const struct hostnet *net)
{
	unsigned i;

	for (i = 0; i < hw->n; i++)
		hw->v[i].asked = false;
	hw->net = net;
	hw->error = 0;
	ruleset_walk(rs, learn_rule, hw);
	return hw->error;
}

int
hostways_ifset(const struct hostways *hw, struct ifnames *names,
    struct ifset *set)
{
	struct ifway *v = calloc(hw->n + 1, sizeof(*v));
	unsigned i;
	int error;

	if (v == NULL)
		return -ENOMEM;
	for (i = 0; i < hw->n; i++) {
		v[i].af = hw->v[i].af;
		v[i].gw = hw->v[i].gw;
		v[i].copies = hw->v[i].copies;
		if (hw->v[i].ifname[0] != '\0')
			v[i].ifidx = ifnames_get(names, hw->v[i].ifname);
	}
	error = ifset_ways(set, v, (uint16_t)hw->n);
	free(v);
	return error;
}

static uint32_t
ifindex_of(const struct hostnet *net, const char *name)
{
	unsigned i;

	for (i = 0; i < net->nifs; i++)
		if (strcmp(net->ifs[i].name, name) == 0)
			return net->ifs[i].ifindex;
	return 0;
}

static int
apply_route(const struct hop *h, uint16_t n, const struct hostnet *net)
{
	uint32_t ifindex = 0;

	if (h->ifname[0] != '\0' &&
	    (ifindex = ifindex_of(net, h->ifname)) == 0)
		return -ENODEV;
	return hostroute_set(n, h->af, &h->gw, ifindex);
}

static void
apply_tables(struct hostways *hw)
{
	unsigned i;
	int error;

	for (i = 0; i < 256; i++) {
		if (hw->tables[i] != 1)
			continue;
		if ((error = hostroute_table((uint8_t)i)) != 0)
			log_warnx("rtable %u: %s", i, strerror(-error));
		else
			hw->tables[i] = 3;
	}
}

/* What has come of a hop, if that is news; -EAGAIN never lasts. */
static void
say(struct hop *h, int error)
{
	char gw[INET6_ADDRSTRLEN];

	if (error == -EAGAIN)
		return;
	if (error != 0 && error != h->error)
		log_warnx("next hop %s%s%s%s: %s", addr_is_zero(&h->gw) ? "" :
		    inet_ntop(h->af, &h->gw, gw, sizeof(gw)),
		    h->ifname[0] != '\0' ? " on " : "", h->ifname,
		    h->copies ? " of dup-to" : "",
		    error == -EDESTADDRREQ ? "its link needs an address" :
		    strerror(-error));
	h->error = error;
}

void
hostways_apply(struct hostways *hw, const struct hostnet *net)
{
	unsigned i;

	if (!hw->clean)
		hostways_clear(hw);
	apply_tables(hw);
	for (i = 0; i < hw->n; i++)
		if (!hw->v[i].copies)
			say(&hw->v[i], apply_route(&hw->v[i],
			    (uint16_t)(i + 1), net));
}

static int
find_link(const struct hop *h, const struct hostnet *net, struct copy_hop *to)
{
	uint32_t ifindex = 0;

	if (h->ifname[0] != '\0' &&
	    (ifindex = ifindex_of(net, h->ifname)) == 0)
		return -ENODEV;
	return hosthop_find(net, h->af, &h->gw, ifindex, to);
}

unsigned
hostways_links(struct hostways *hw, const struct hostnet *net,
    const struct copy_hop **out)
{
	struct copy_hop *v;
	bool any = false;
	unsigned i;

	*out = NULL;
	for (i = 0; i < hw->n && !any; i++)
		any = hw->v[i].copies;
	if (!any || (v = calloc(hw->n, sizeof(*v))) == NULL)
		return 0;
	for (i = 0; i < hw->n; i++)
		/* states may still want what no rule asks for: not forever */
		if (hw->v[i].copies && (hw->v[i].asked ||
		    hw->v[i].error != -EHOSTUNREACH))
			say(&hw->v[i], find_link(&hw->v[i], net, &v[i]));
	free(hw->links);
	*out = hw->links = v;
	return hw->n;
}

void
hostways_clear(struct hostways *hw)
{
	int error = hostroute_clear();
	unsigned i;

	if (error != 0)
		log_warnx("cannot remove the routing tables of route options: "
		    "%s", strerror(-error));
	for (i = 0; i < 256; i++)
		hw->tables[i] &= 1;
	hw->clean = true;
}
