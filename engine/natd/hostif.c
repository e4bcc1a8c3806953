/* SPDX-License-Identifier: ISC */
/*
 * From what the kernel has to what the engine reads.
 */
#include "engine/natd/hostif.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule.h"
#include "rules/ruleset.h"

#define EGRESS "egress"	/* the group of those with a default route */

bool
hostif_wanted(const struct ruleset *rs)
{
	const struct iface_stmt *st;

	for (st = rs->ifaces; st != NULL; st = st->next)
		if (st->plane == PLANE_DIVERT)
			return true;
	return rs->ifaces == NULL;
}

/* A name without its number is the driver's. */
static bool
is_driver(const char *name, const char *word)
{
	size_t n = strcspn(name, "0123456789");

	return n > 0 && strncmp(word, name, n) == 0 && word[n] == '\0';
}

bool
hostif_answers(const char *name, const struct hostnet_if *h, const char *word)
{
	return strcmp(word, name) == 0 || is_driver(name, word) ||
	    (h != NULL && (strcmp(word, h->group) == 0 ||
	    (h->egress && strcmp(word, EGRESS) == 0)));
}

bool
hostif_skipped(const struct ruleset *rs, const char *name,
    const struct hostnet_if *h)
{
	uint32_t i;

	for (i = 0; i < rs->options.nskip; i++)
		if (hostif_answers(name, h, rs->options.skip[i]))
			return true;
	return false;
}

bool
hostif_guards(const struct ruleset *rs, const struct hostnet_if *h)
{
	const struct iface_stmt *st;
	bool declared = rs->ifaces == NULL;

	for (st = rs->ifaces; st != NULL && !declared; st = st->next)
		declared = st->plane == PLANE_DIVERT &&
		    strcmp(st->name, h->name) == 0;
	return declared && (h->flags & IFACE_LOOPBACK) == 0 &&
	    !hostif_skipped(rs, h->name, h);
}

static bool
to_loopback(const struct rule *r)
{
	uint32_t i;

	for (i = 0; r->rdr != NULL && i < r->rdr->n; i++)
		if (r->rdr->v[i].addr.type == RULE_ADDR_PREFIX &&
		    r->rdr->v[i].addr.af == AF_INET &&
		    r->rdr->v[i].addr.addr.b[0] == 127)
			return true;
	return false;
}

static int
rule_needs(const struct rule *r, const struct anchor *a, void *arg)
{
	(void)a;
	switch (*(const enum hostif_need *)arg) {
	case HOSTIF_LOOPBACK:
		return to_loopback(r);
	case HOSTIF_PRIO:
		return r->set.prio[0] >= 0;
	case HOSTIF_OWNERS:
		return r->user.op != RULE_OP_NONE ||
		    r->group.op != RULE_OP_NONE;
	case HOSTIF_SINGLES:
		return (r->route_type == RULE_DUP_TO || r->probability != 0 ||
		    r->max_pkt_size != 0) &&
		    (r->proto == 0 || r->proto == IPPROTO_UDP);
	}
	return 0;
}

bool
hostif_needs(const struct ruleset *rs, enum hostif_need need)
{
	return ruleset_walk(rs, rule_needs, &need) != 0;
}

static void
add_group(struct iface *ifc, const char *name)
{
	if (ifc->ngroups < IFACE_GROUPS)
		strlcpy(ifc->group[ifc->ngroups++], name, IFACE_NAMELEN);
}

/* Is the kernel to take our own addresses as sources of what comes in? */
static bool
takes_own(const struct hostnet *net, const struct hostnet_if *h,
    const struct ruleset *rs)
{
	return net->way == HOSTWAY_FREE && !h->strict && hostif_guards(rs, h);
}

static uint8_t
own_flags(const char *ifname)
{
	switch (hostway_own(ifname, true)) {
	case OWN_OURS:
		return IFACE_OWNSRC | IFACE_GUARD;
	case OWN_TAKEN:
		return IFACE_OWNSRC;
	default:
		return 0;
	}
}

void
hostif_release(const struct hostnet *net, const struct ruleset *rs)
{
	unsigned i;

	for (i = 0; i < net->nifs; i++)
		if (rs == NULL || !takes_own(net, &net->ifs[i], rs))
			(void)hostway_own(net->ifs[i].name, false);
}

static void
fill(struct iface *ifc, uint16_t index, const struct hostnet_if *h,
    const struct ruleset *rs)
{
	memcpy(ifc->name, h->name, IFACE_NAMELEN);
	ifc->index = index;
	ifc->flags = h->flags;
	ifc->mtu = h->mtu;
	if (h->egress)
		add_group(ifc, EGRESS);
	if (h->group[0] != '\0')
		add_group(ifc, h->group);
	if (hostif_skipped(rs, h->name, h))
		ifc->flags |= IFACE_SKIP;
	if (hostif_guards(rs, h))
		ifc->flags |= IFACE_THROUGH;
}

/* Addresses of one interface, to the end of @to; how many. */
static uint32_t
addresses(const struct hostnet *net, uint32_t ifindex, struct ifaddr *to)
{
	uint32_t n = 0;
	unsigned i;

	for (i = 0; i < net->naddrs; i++)
		if (net->addrs[i].ifindex == ifindex)
			to[n++] = net->addrs[i].a;
	return n;
}

struct ifset *
hostif_ifset(struct ifnames *names, const struct hostnet *net,
    const struct ruleset *rs, bool own)
{
	struct iface *ifs = calloc(IFACE_MAX, sizeof(*ifs));
	struct ifaddr *addrs = calloc(net->naddrs + 1, sizeof(*addrs));
	struct ifset *set = NULL;
	uint32_t at = 0;
	uint16_t index;
	unsigned i;

	ifnames_turn(names);
	for (i = 0; ifs != NULL && addrs != NULL && i < net->nifs; i++) {
		if ((index = ifnames_get(names, net->ifs[i].name)) == 0)
			continue;
		fill(&ifs[index], index, &net->ifs[i], rs);
		if (own && takes_own(net, &net->ifs[i], rs))
			ifs[index].flags |= own_flags(net->ifs[i].name);
		ifs[index].addr = at;
		ifs[index].naddr = addresses(net, net->ifs[i].ifindex,
		    addrs + at);
		at += ifs[index].naddr;
	}
	if (ifs != NULL && addrs != NULL)
		set = ifset_new(ifs, names->n, addrs, at, NULL, 0, false);
	if (set != NULL) {
		set->through = net->way == HOSTWAY_FREE;
		set->route_mtu = net->route_mtu;
	}
	free(ifs);
	free(addrs);
	return set;
}

void
hostif_numbers(struct ifnames *names, const struct hostnet *net,
    uint32_t ifindex[IFACE_MAX], uint32_t mtu[IFACE_MAX])
{
	uint16_t at;
	unsigned i;

	for (i = 0; i < net->nifs; i++) {
		at = ifnames_get(names, net->ifs[i].name);
		ifindex[at] = net->ifs[i].ifindex;
		mtu[at] = net->ifs[i].mtu;
	}
	ifindex[0] = 0;
}

static const struct hostnet_if *
find_if(const struct hostnet *net, const char *name)
{
	unsigned i;

	for (i = 0; i < net->nifs; i++)
		if (strcmp(net->ifs[i].name, name) == 0)
			return &net->ifs[i];
	return NULL;
}

/* Names for the hooks: those that are declared, or else those skipped. */
static unsigned
hook_names(const struct hostnet *net, const struct ruleset *rs,
    const char **v)
{
	const struct iface_stmt *st;
	unsigned n = 0, i;

	for (st = rs->ifaces; st != NULL; st = st->next)
		if (st->plane == PLANE_DIVERT &&
		    !hostif_skipped(rs, st->name, find_if(net, st->name)))
			v[n++] = st->name;
	for (i = 0; rs->ifaces == NULL && i < net->nifs; i++)
		if (hostif_skipped(rs, net->ifs[i].name, &net->ifs[i]))
			v[n++] = net->ifs[i].name;
	return n;
}

/* Where decided packets leave, each with its mark. */
static unsigned
hook_ways(struct ifnames *names, const struct hostnet *net,
    const struct ruleset *rs, struct hooks_way *v)
{
	unsigned n = 0, i;

	for (i = 0; i < net->nifs; i++) {
		if (!hostif_guards(rs, &net->ifs[i]))
			continue;
		v[n].name = net->ifs[i].name;
		v[n++].ifidx = ifnames_get(names, net->ifs[i].name);
	}
	return n;
}

int
hostif_hooks(struct ifnames *names, const struct hostnet *net,
    struct targets *targets, const struct ruleset *rs, unsigned nqueues,
    enum hooks_kind *kind, char *why, size_t len)
{
	struct hooks hk = {
		.queue = DIVERT_QUEUE, .nqueues = (uint16_t)nqueues,
		.singles = hostif_needs(rs, HOSTIF_SINGLES) ? DIVERT_SINGLES : 0,
		.pass = rs->options.exit_pass, .all = rs->ifaces == NULL,
	};
	const struct iface_stmt *st;
	struct hooks_socket *sockets = NULL;
	struct hooks_way *ways;
	const char **v;
	unsigned n = net->nifs;
	int error = -ENOMEM;

	for (st = rs->ifaces; st != NULL; st = st->next)
		n++;
	v = calloc(n + 1, sizeof(*v));
	ways = calloc(n + 1, sizeof(*ways));
	if (targets != NULL)
		sockets = targets_list(targets, &hk.nsockets);
	if (v != NULL && ways != NULL &&
	    (targets == NULL || sockets != NULL)) {
		hk.nnames = hook_names(net, rs, v);
		hk.names = v;
		if (names != NULL)
			hk.nways = hook_ways(names, net, rs, ways);
		hk.ways = ways;
		hk.sockets = sockets;
		error = hooks_set(&hk, kind, why, len);
	} else {
		strlcpy(why, "no memory", len);
	}
	free((void *)v);
	free(ways);
	free(sockets);
	return error;
}
