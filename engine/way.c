/* SPDX-License-Identifier: ISC */
/*
 * Choosing ways, keeping them, and sending copies.
 */
#include "engine/way.h"

#include <netinet/in.h>

#include <limits.h>
#include <string.h>

#include "engine/core.h"
#include "engine/pool.h"
#include "engine/sticky.h"
#include "engine/table.h"

/* ext.gw_af: the family, and */
#define GW_DUP 0x80
#define GW_OUT 0x40
#define GW_FAMILY 0x1f

#define WAY_LOST (-1) /* beside reasons: choose() */

/* The kernel sends nothing on to an address of its own. */
static bool
is_own(const struct worker *w, const struct way *way)
{
	return !addr_is_zero(&way->gw) &&
	    ifset_own_hop(w->ifs, way->af, &way->gw, way->ifidx, NULL);
}

/* The way by an address of the pool's; false: nothing leads there. */
static bool
take(struct worker *w, const struct ppool_addr *from, struct way *way)
{
	const struct iface *ifp;
	struct route rt;

	if (from->ifname != 0) {
		ifp = ifset_find(w->ifs, program_str(w->prog, from->ifname));
		if (ifp == NULL)
			return false;
		way->ifidx = ifp->index;
	} else if (w->ifs->router) {
		if (!ifset_route(w->ifs, way->af, &way->gw, &rt) ||
		    worker_iface(w, rt.ifidx) == NULL)
			return false;
		way->ifidx = rt.ifidx;
	}
	/* a table may hold more of them than the kernel is told */
	return w->ifs->router || (way_number(w, way) != 0 && !is_own(w, way));
}

/* Does the pool hold this next hop in a table? */
static bool
holds(const struct worker *w, const struct ppool *pool, const struct ifway *hop)
{
	const struct ppool_addr *pa;
	uint32_t i;

	for (i = 0; hop->ifidx == 0 && i < pool->naddr; i++) {
		pa = program_pool_addr(w->prog, pool->addr + i);
		if (pa->kind == PA_TABLE && table_match(w->env.tables, UINT_MAX,
		    pa->ref, hop->af, &hop->gw))
			return true;
	}
	return false;
}

/*
 * Where the kernel routes: any next hop that a table of the pool holds and that
 * has a number.  A large table has so many without that chance finds none.
 */
static bool
take_known(struct worker *w, const struct ppool *pool, struct way *way)
{
	const struct ifway *hop;
	uint32_t i, at, n = w->ifs->nways;

	if (n == 0 || w->ifs->router)
		return false;
	at = random_scale((uint32_t)random_u64(&w->rnd), n);
	for (i = 0; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
		hop = &w->ifs->ways[at];
		if (hop->af != way->af || addr_is_zero(&hop->gw) ||
		    hop->copies != (way->kind == WAY_DUP) ||
		    !holds(w, pool, hop))
			continue;
		way->ifidx = 0;
		way->gw = hop->gw;
		if (!is_own(w, way))
			return true;
	}
	return false;
}

static void
way_begin(struct way *way, const struct pdesc *pd, const struct prule *r)
{
	memset(way, 0, sizeof(*way));
	way->kind = r->route_kind;
	way->af = pd->af;
	way->out = pd->dir == DIR_OUT;
}

/*
 * The pool's choice, of those that lead somewhere
 * Return: 0, REASON_NOROUTE; WAY_LOST: the first packet goes without.
 */
static int
choose(struct worker *w, const struct pdesc *pd, const struct prule *r,
    struct way *way)
{
	const struct ppool *pool = program_pool(w->prog, r->route);
	struct pool_ask ask = {
		.af = pd->af, .src = &pd->cur.src, .host = &pd->cur.dst,
	};
	uint32_t tries = pool_tries(w, pool, pd->af);
	const struct ppool_addr *from;

	do {
		way_begin(way, pd, r);
		if (!pool_choose_from(w, pool, &ask, &way->gw, &from))
			return REASON_NOROUTE;
		if (take(w, from, way))
			return 0;
	} while (--tries > 0);
	if (pool_turns(pool) && take_known(w, pool, way))
		return 0;
	/* copies are lost one by one, and counted */
	return way->kind == WAY_DUP && !w->ifs->router ? WAY_LOST :
	    REASON_NOROUTE;
}

/* Is this element the one that the source's next hop is of, or as good? */
static bool
take_again(struct worker *w, const struct ppool_addr *pa,
    const struct srcnode_target *to, struct way *way)
{
	const struct iface *ifp;

	if (!pool_holds(w, pa, way->af, &to->addr))
		return false;
	if (pa->ifname != 0) {
		ifp = ifset_find(w->ifs, program_str(w->prog, pa->ifname));
		if (ifp == NULL || ifp->index != to->ifidx)
			return false;
	}
	way->gw = to->addr;
	way->ifidx = 0;
	return take(w, pa, way);
}

/* The way that the source was given, if the pool has it still. */
static bool
choose_again(struct worker *w, const struct pdesc *pd, const struct prule *r,
    const struct srcnode_target *to, struct way *way)
{
	const struct ppool *pool = program_pool(w->prog, r->route);
	uint32_t i;

	way_begin(way, pd, r);
	for (i = 0; i < pool->naddr; i++)
		if (take_again(w, program_pool_addr(w->prog, pool->addr + i),
		    to, way))
			return true;
	return false;
}

/*
 * With sticky-address.  Two workers may choose for one source at the same time:
 * the second takes what the first has given it, or else its connections would
 * go different ways.
 */
static int
choose_sticky(struct worker *w, const struct pdesc *pd,
    const struct sticky_ask *ask, struct way *way)
{
	struct srcnode_target old, to;
	struct way other;
	uint32_t node = sticky_find(w, ask, &old);
	bool had = node != 0;
	int reason;

	if (!had || !choose_again(w, pd, ask->rule, &old, way)) {
		if ((reason = choose(w, pd, ask->rule, way)) != 0)
			return reason;
		to = (struct srcnode_target){ way->gw, way->ifidx };
		node = sticky_give(w, ask, had ? &old : NULL, &to);
		if (node == 0)
			return REASON_SRCLIMIT;
		if (choose_again(w, pd, ask->rule, &to, &other))
			*way = other;
	}
	way->node = node;
	return 0;
}

int
way_choose(struct worker *w, const struct pdesc *pd, const struct prule *r,
    const struct addr *src, struct way *way)
{
	const struct ppool *pool = program_pool(w->prog, r->route);
	const struct sticky_ask ask = {
		.rule = r, .src = src, .kind = SRCNODE_ROUTE, .af = pd->af,
	};
	bool sticky = pool->flags & POOL_STICKY && pool->type != POOL_NONE;
	int reason = sticky ? choose_sticky(w, pd, &ask, way) :
	    choose(w, pd, r, way);

	return reason == WAY_LOST ? 0 : reason;
}

void
way_store(struct arena *a, uint32_t ext, unsigned side, const struct way *way)
{
	struct ext *x = arena_ext(a, ext);
	unsigned i;

	for (i = 0; i < 4; i++)
		store_relaxed(&x->gw[side][i], way->gw.w[i]);
	store_relaxed(&x->gw_if[side], way->ifidx);
	store_relaxed(&x->gw_af[side], (uint8_t)(way->af |
	    (way->kind == WAY_DUP ? GW_DUP : 0) | (way->out ? GW_OUT : 0)));
}

bool
way_load(const struct arena *a, uint32_t lref, struct way *way)
{
	uint32_t ext = load_relaxed(&arena_cold(a, lref / 2)->ext);
	unsigned side = lref & 1, i;
	const struct ext *x;
	uint8_t af;

	way->kind = WAY_NONE;
	way->node = 0;
	if (ext >= a->header->ext_max)
		return false;
	x = arena_ext(a, ext);
	if ((af = load_relaxed(&x->gw_af[side])) == 0)
		return false;
	way->kind = af & GW_DUP ? WAY_DUP : WAY_ROUTE;
	way->out = (af & GW_OUT) != 0;
	way->af = af & GW_FAMILY;
	way->ifidx = load_relaxed(&x->gw_if[side]);
	for (i = 0; i < 4; i++)
		way->gw.w[i] = load_relaxed(&x->gw[side][i]);
	return true;
}

uint16_t
way_number(const struct worker *w, const struct way *way)
{
	const struct ifway hop = {
		.af = way->af, .copies = way->kind == WAY_DUP,
		.ifidx = way->ifidx, .gw = way->gw,
	};

	return ifset_way(w->ifs, &hop);
}

void
way_offer(struct worker *w, struct packet *p, const struct way *way)
{
	p->copy = way_number(w, way);
	count_add(p->copy != 0 ? &w->count.copies : &w->count.copies_lost, 1);
}

void
way_copy(struct worker *w, const struct pdesc *pd, const struct tuple *t,
    const struct way *way)
{
	const struct packet *p = pd->pkt;
	struct pdesc copy = *pd;
	struct packet *out;

	if (worker_iface(w, way->ifidx) == NULL ||
	    (out = made_open(&w->made, p->len)) == NULL) {
		count_add(&w->count.copies_lost, 1);
		return;
	}
	memcpy(out->data, p->data, p->len);
	out->len = p->len;
	out->csum = p->csum;
	out->gso = p->gso;
	out->gso_size = p->gso_size;
	out->ifidx = p->ifidx;
	out->out_if = way->ifidx;
	out->fate = FATE_SEND;
	copy.pkt = out;
	copy.cur = *t;
	if ((pd->flags & PD_ICMPERR) == 0)
		pdesc_rewrite(&copy);
	made_close(&w->made, out);
	count_add(&w->count.made, 1);
	count_add(&w->count.copies, 1);
}
