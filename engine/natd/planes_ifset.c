/* SPDX-License-Identifier: ISC */
/*
 * The snapshot of interfaces, addresses and routes that the engine reads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/natd/hostif.h"
#include "engine/natd/hostways.h"
#include "engine/natd/log.h"
#include "engine/natd/planes_impl.h"

static void
iface_fill(struct iface *ifc, struct ifaddr *addrs, uint32_t at,
    const struct iface_stmt *st, const struct plane *pl,
    const struct ruleset *rs)
{
	uint32_t i;

	/* one that is not open keeps its addresses: nobody else has them */
	if (pl != NULL) {
		memcpy(ifc->name, pl->name, IFACE_NAMELEN);
		ifc->flags = IFACE_UP | IFACE_POINTOPOINT;
	}
	if (hostif_skipped(rs, st->name, NULL))
		ifc->flags |= IFACE_SKIP;
	ifc->mtu = pl != NULL ? pl->mtu : TUN_MTU;
	ifc->addr = at;
	ifc->naddr = st->naddrs;
	for (i = 0; i < st->naddrs; i++) {
		addrs[at + i].addr = st->addrs[i].addr;
		addrs[at + i].af = st->addrs[i].af;
		addrs[at + i].plen = st->addrs[i].plen;
		/* the one peer of its family, for (if:peer) */
		for (uint32_t j = 0; j < st->npeers; j++)
			if (st->peers[j].af == st->addrs[i].af &&
			    addr_is_zero(&addrs[at + i].peer))
				addrs[at + i].peer = st->peers[j].addr;
	}
}

static struct route *
ruleset_routes(struct planes *p, const struct ruleset *rs, uint32_t *n)
{
	const struct route_stmt *rt;
	struct route *v;

	*n = 0;
	for (rt = rs->routes; rt != NULL; rt = rt->next)
		(*n)++;
	if ((v = calloc(*n + 1, sizeof(*v))) == NULL)
		return NULL;
	*n = 0;
	for (rt = rs->routes; rt != NULL; rt = rt->next) {
		v[*n].dst = rt->net;
		v[*n].gateway = rt->via;
		v[*n].af = rt->af;
		v[*n].plen = rt->plen;
		v[*n].ifidx = rt->iface != NULL ?
		    ifnames_get(&p->names, rt->iface->name) : 0;
		(*n)++;
	}
	return v;
}

static int
learn(struct planes *p, const struct ruleset *rs, const struct program *prog)
{
	const struct hostways_ask ask = { rs, prog, p->tables, p->net };

	return hostways_learn(p->ways, &ask);
}

/* The kernel's tables come first, as a packet may be marked at once. */
static struct ifset *
host_ifset(struct planes *p, const struct ruleset *rs,
    const struct program *prog)
{
	struct ifset *set;
	int error;

	/* -E2BIG is hops_say()'s */
	if ((error = learn(p, rs, prog)) != 0 && error != -E2BIG)
		log_warnx("next hops of rules: %s", strerror(-error));
	if (p->hooking)
		hostways_apply(p->ways, p->net);
	set = hostif_ifset(&p->names, p->net, rs, p->hooking);
	if (set == NULL)
		return NULL;
	if (hostways_ifset(p->ways, &p->names, set) != 0) {
		ifset_free(set);
		return NULL;
	}
	return set;
}

static struct ifset *
declared_ifset(struct planes *p, const struct ruleset *rs)
{
	const struct iface_stmt *st;
	struct iface *ifs;
	struct ifaddr *addrs;
	struct route *routes;
	struct ifset *set = NULL;
	uint32_t naddrs = 0, nroutes, at = 0;
	uint16_t i;
	unsigned j;

	for (st = rs->ifaces; st != NULL; st = st->next)
		naddrs += ifnames_get(&p->names, st->name) > 0 ? st->naddrs : 0;
	ifs = calloc(p->names.n + 1u, sizeof(*ifs));
	addrs = calloc(naddrs + 1, sizeof(*addrs));
	routes = ruleset_routes(p, rs, &nroutes);
	for (i = 1; ifs != NULL && i <= p->names.n; i++)
		ifs[i].index = i;
	if (ifs == NULL || addrs == NULL || routes == NULL)
		goto out;
	for (st = rs->ifaces; st != NULL; st = st->next) {
		if ((i = ifnames_get(&p->names, st->name)) == 0)
			continue;
		for (j = 0; j < p->n && p->v[j]->ifidx != i; j++)
			;
		iface_fill(&ifs[i], addrs, at, st,
		    j < p->n ? p->v[j] : NULL, rs);
		at += st->naddrs;
	}
	/* what a capture holds was routed when it was made */
	set = ifset_new(ifs, p->names.n, addrs, naddrs, routes, nroutes,
	    planes_count(rs, PLANE_PCAP) == 0);
out:
	free(ifs);
	free(addrs);
	free(routes);
	return set;
}

struct ifset *
planes_ifset(struct planes *p, const struct ruleset *rs,
    const struct program *prog)
{
	return planes_host(p) != NULL && p->net != NULL ?
	    host_ifset(p, rs, prog) : declared_ifset(p, rs);
}

struct hostways *
planes_ways(struct planes *p)
{
	return planes_host(p) != NULL && p->net != NULL ? p->ways : NULL;
}

bool
planes_follow(struct planes *p, const struct ruleset *rs,
    const struct program *prog)
{
	/* what it lacks is hops_say()'s */
	(void)learn(p, rs, prog);
	return hostways_news(p->ways);
}

struct ifset *
planes_view(struct planes *p, const struct ruleset *rs)
{
	return planes_host(p) != NULL && p->net != NULL ?
	    hostif_ifset(&p->names, p->net, rs, p->hooking) :
	    declared_ifset(p, rs);
}
