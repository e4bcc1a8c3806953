/* SPDX-License-Identifier: ISC */
/*
 * A snapshot of interfaces, addresses and routes.
 *
 * Own addresses and broadcast addresses lie in one hash table with linear
 * probing, at most half full, and so do next hops in another.  Nobody outside
 * chooses them, so the hash needs no key.
 */
#include "engine/ifset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/route.h"

enum own_kind { OWN_NONE = 0, OWN_LOCAL, OWN_BROADCAST };

struct own {
	struct addr addr;
	uint16_t ifidx;
	uint8_t af, kind;
};

/* The block: the public part first. */
struct block {
	struct ifset pub;
	struct route_table *routes;
	uint32_t mask;		/* places in own[], minus one */
	struct own *own;
	uint32_t way_mask;	/* the same of way[], numbers of ways by hash */
	uint16_t *way;
	struct iface *ifaces;
	struct ifaddr *addrs;
};

static inline uint32_t
own_hash(const struct addr *a)
{
	uint64_t h = a->w[0] ^ (uint64_t)a->w[1] << 32;

	h = (h ^ h >> 29) * 0x9e3779b97f4a7c15u;
	h ^= a->w[2] ^ (uint64_t)a->w[3] << 32;
	h = (h ^ h >> 32) * 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

/* own_place() - Where this address is, or the free place for it. */
static struct own *
own_place(const struct block *b, uint8_t af, const struct addr *a)
{
	uint32_t i;

	for (i = own_hash(a) & b->mask; b->own[i].kind != OWN_NONE;
	    i = (i + 1) & b->mask)
		if (b->own[i].af == af && addr_equal(&b->own[i].addr, a))
			break;
	return &b->own[i];
}

static void
own_add(struct block *b, uint8_t af, const struct addr *a, uint16_t ifidx,
    enum own_kind kind)
{
	struct own *o = own_place(b, af, a);

	/* an address of ours counts as that, whatever else it is */
	if (o->kind != OWN_NONE &&
	    (o->kind == OWN_LOCAL || kind != OWN_LOCAL))
		return;
	*o = (struct own) { .addr = *a, .ifidx = ifidx, .af = af,
		.kind = (uint8_t)kind };
}

/* set_broadcast() - RFC 3021: networks of 31 and 32 bits have none. */
static void
set_broadcast(const struct iface *ifp, struct ifaddr *ia)
{
	if (ia->af != AF_INET || !addr_is_zero(&ia->broadcast) ||
	    (ifp->flags & IFACE_BROADCAST) == 0 || ia->plen > 30)
		return;
	ia->broadcast = ia->addr;
	addr_set_host(&ia->broadcast, ia->plen, AF_INET);
}

static void
own_fill(struct block *b)
{
	const struct iface *ifp;
	struct ifaddr *ia;
	uint32_t n;
	uint16_t i;

	for (i = 1; i <= b->pub.nifaces; i++) {
		ifp = &b->ifaces[i];
		for (n = 0; n < ifp->naddr; n++) {
			ia = &b->addrs[ifp->addr + n];
			set_broadcast(ifp, ia);
			own_add(b, ia->af, &ia->addr, i, OWN_LOCAL);
			if (!addr_is_zero(&ia->broadcast))
				own_add(b, ia->af, &ia->broadcast, i,
				    OWN_BROADCAST);
		}
	}
}

/* on_link() - The routes that addresses make: their prefix, their peer. */
static uint32_t
on_link(const struct block *b, struct route *r)
{
	const struct ifaddr *ia;
	uint32_t n, count = 0;
	uint16_t i;

	for (i = 1; i <= b->pub.nifaces; i++) {
		for (n = 0; n < b->ifaces[i].naddr; n++) {
			ia = &b->addrs[b->ifaces[i].addr + n];
			r[count++] = (struct route) { .dst = ia->addr,
				.af = ia->af, .plen = ia->plen, .ifidx = i };
			if (!addr_is_zero(&ia->peer))
				r[count++] = (struct route) { .dst = ia->peer,
					.af = ia->af, .ifidx = i,
					.plen = (uint8_t)addr_bits(ia->af) };
		}
	}
	return count;
}

/* iface_of() - The interface that has this address on link, longest match. */
static uint16_t
iface_of(const struct route *linked, uint32_t n, const struct route *r)
{
	uint16_t ifidx = 0;
	int plen = -1;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (linked[i].af == r->af && linked[i].plen > plen &&
		    addr_in_prefix(&r->gateway, &linked[i].dst,
			linked[i].plen)) {
			plen = linked[i].plen;
			ifidx = linked[i].ifidx;
		}
	return ifidx;
}

static struct route_table *
make_routes(const struct block *b, const struct route *routes, uint32_t n)
{
	struct route_table *t = NULL;
	struct route *all;
	uint32_t linked, count, i;

	all = calloc((size_t)b->pub.naddrs * 2 + n + 1, sizeof(*all));
	if (all == NULL)
		return NULL;
	count = linked = on_link(b, all);
	for (i = 0; i < n; i++) {
		all[count] = routes[i];
		if (routes[i].ifidx == 0)
			all[count].ifidx = iface_of(all, linked, &routes[i]);
		if (all[count].ifidx != 0)
			count++;
	}
	t = route_table_new(all, count);
	free(all);
	return t;
}

/* block_new() - Room for all, and the arrays copied. */
static struct block *
block_new(const struct iface *ifaces, uint16_t nifaces,
    const struct ifaddr *addrs, uint32_t naddrs)
{
	size_t nif = (size_t)nifaces + 1, places = 4;
	struct block *b;

	while (places < (size_t)naddrs * 4)
		places *= 2;
	b = calloc(1, sizeof(*b) + places * sizeof(*b->own) +
	    nif * sizeof(*b->ifaces) + naddrs * sizeof(*b->addrs));
	if (b == NULL)
		return NULL;
	b->own = (struct own *)(b + 1);
	b->ifaces = (struct iface *)(b->own + places);
	b->addrs = (struct ifaddr *)(b->ifaces + nif);
	b->mask = (uint32_t)places - 1;
	memcpy(b->ifaces, ifaces, nif * sizeof(*ifaces));
	if (naddrs > 0)
		memcpy(b->addrs, addrs, naddrs * sizeof(*addrs));
	b->pub.nifaces = nifaces;
	b->pub.ifaces = b->ifaces;
	b->pub.addrs = b->addrs;
	b->pub.naddrs = naddrs;
	return b;
}

struct ifset *
ifset_new(const struct iface *ifaces, uint16_t nifaces,
    const struct ifaddr *addrs, uint32_t naddrs, const struct route *routes,
    uint32_t nroutes, bool router)
{
	struct block *b;

	if ((b = block_new(ifaces, nifaces, addrs, naddrs)) == NULL)
		return NULL;
	own_fill(b);
	if ((b->routes = make_routes(b, routes, nroutes)) == NULL) {
		free(b);
		return NULL;
	}
	b->pub.routes = b->routes;
	b->pub.router = router;
	return &b->pub;
}

void
ifset_free(struct ifset *ifs)
{
	struct block *b = (struct block *)ifs;

	if (b == NULL)
		return;
	route_table_free(b->routes);
	free((void *)(uintptr_t)b->pub.ways);
	free(b->way);
	free(b);
}

/* Networks of next hops differ in their last bits alone. */
static uint32_t
way_place(const struct block *b, const struct ifway *w)
{
	return (own_hash(&w->gw) ^ w->ifidx ^ (uint32_t)w->copies << 8) &
	    b->way_mask;
}

int
ifset_ways(struct ifset *ifs, const struct ifway *v, uint16_t n)
{
	struct block *b = (struct block *)ifs;
	uint32_t size = 1, at;
	struct ifway *copy;
	uint16_t i;

	if (n == 0)
		return 0;
	while (size < 2u * n)
		size *= 2;
	copy = calloc(n, sizeof(*copy));
	b->way = calloc(size, sizeof(*b->way));
	if (copy == NULL || b->way == NULL) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, v, n * sizeof(*copy));
	ifs->ways = copy;
	ifs->nways = n;
	b->way_mask = size - 1;
	for (i = 0; i < n; i++) {
		if (v[i].af == 0)
			continue;
		ifs->routed |= !v[i].copies;
		for (at = way_place(b, &v[i]); b->way[at] != 0;)
			at = (at + 1) & b->way_mask;
		b->way[at] = (uint16_t)(i + 1);
	}
	return 0;
}

uint16_t
ifset_way(const struct ifset *ifs, const struct ifway *way)
{
	const struct block *b = (const struct block *)ifs;
	const struct ifway *v;
	uint32_t at;

	if (ifs->nways == 0)
		return 0;
	for (at = way_place(b, way); b->way[at] != 0;
	    at = (at + 1) & b->way_mask) {
		v = &ifs->ways[b->way[at] - 1];
		if (v->af == way->af && v->ifidx == way->ifidx &&
		    v->copies == way->copies && addr_equal(&v->gw, &way->gw))
			return b->way[at];
	}
	return 0;
}

bool
iface_answers(const struct iface *i, const char *word)
{
	size_t len = strlen(word);
	unsigned g;

	if (strcmp(i->name, word) == 0)
		return true;
	for (g = 0; g < i->ngroups; g++)
		if (strcmp(i->group[g], word) == 0)
			return true;
	return len > 0 && strncmp(i->name, word, len) == 0 &&
	    i->name[len] != '\0' &&
	    i->name[len + strspn(i->name + len, "0123456789")] == '\0' &&
	    (word[len - 1] < '0' || word[len - 1] > '9');
}

const struct iface *
ifset_find(const struct ifset *ifs, const char *name)
{
	uint16_t i;

	for (i = 1; i <= ifs->nifaces; i++)
		if (strcmp(ifs->ifaces[i].name, name) == 0)
			return &ifs->ifaces[i];
	return NULL;
}

static bool
own_find(const struct ifset *ifs, uint8_t af, const struct addr *a,
    enum own_kind kind, uint16_t *ifidx)
{
	const struct own *o = own_place((const struct block *)ifs, af, a);

	if (o->kind != kind)
		return false;
	if (ifidx != NULL)
		*ifidx = o->ifidx;
	return true;
}

bool
ifset_local(const struct ifset *ifs, uint8_t af, const struct addr *a,
    uint16_t *ifidx)
{
	return own_find(ifs, af, a, OWN_LOCAL, ifidx);
}

static bool
has_addr(const struct ifset *ifs, uint16_t ifidx, uint8_t af,
    const struct addr *a)
{
	const struct iface *ifp = &ifs->ifaces[ifidx];
	const struct ifaddr *ia = ifs->addrs + ifp->addr;
	uint32_t i;

	for (i = 0; i < ifp->naddr; i++)
		if (ia[i].af == af && addr_equal(&ia[i].addr, a))
			return true;
	return false;
}

bool
ifset_own_hop(const struct ifset *ifs, uint8_t af, const struct addr *a,
    uint16_t on, uint16_t *ifidx)
{
	if (!ifset_local(ifs, af, a, ifidx))
		return false;
	if (on == 0 || !addr_is_linklocal(af, a))
		return true;
	if (ifidx != NULL)
		*ifidx = on;
	return on <= ifs->nifaces && has_addr(ifs, on, af, a);
}

bool
ifset_broadcast(const struct ifset *ifs, uint8_t af, const struct addr *a,
    uint16_t *ifidx)
{
	return own_find(ifs, af, a, OWN_BROADCAST, ifidx);
}

bool
ifset_own(const struct ifset *ifs, uint8_t af, const struct addr *a)
{
	return own_place((const struct block *)ifs, af, a)->kind != OWN_NONE;
}

bool
ifset_route(const struct ifset *ifs, uint8_t af, const struct addr *dst,
    struct route *out)
{
	const struct route *r = route_lookup(ifs->routes, af, dst);

	if (r == NULL)
		return false;
	*out = *r;
	return true;
}
