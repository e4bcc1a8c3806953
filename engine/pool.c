/* SPDX-License-Identifier: ISC */
/*
 * Choosing an address from a pool.
 *
 * Sizes are capped at 2^32 addresses for each element.  Where an IPv6 prefix
 * is larger and the choice is by chance or by hash, a second number fills the
 * remaining host bits; it also chooses within a table's entry.
 *
 * Round-robin positions lie in a small array of the engine, found by hash and
 * shared by the workers: programs are constant.  Two pools that share a place
 * only skip some addresses.  The states of an address are counted by each
 * worker in an array of its own, and summed where least-states asks.
 */
#include "engine/pool.h"

#include <arpa/inet.h>

#include <limits.h>

#include "engine/core.h"
#include "engine/fast/atomic.h"
#include "engine/ifbind.h"
#include "engine/table.h"

#define POOL_TRIES 16

/* The addresses of a prefix. */
struct span {
	struct addr lo;
	uint64_t size;		/* power of two */
	uint8_t af, plen;
};

static uint64_t
prefix_size(uint8_t af, unsigned plen)
{
	unsigned bits = addr_bits(af), host = bits - (plen < bits ? plen : bits);

	return UINT64_C(1) << (host < 32 ? host : 32);
}

static void
span_prefix(struct span *sp, uint8_t af, const struct addr *a, uint8_t plen)
{
	if (plen > addr_bits(af))
		plen = (uint8_t)addr_bits(af);
	sp->lo = *a;
	sp->af = af;
	sp->plen = plen;
	sp->size = prefix_size(af, plen);
	addr_apply_plen(&sp->lo, plen);
}


/* span_addr() - Address @n of a span; @bits fill host bits above 2^32. */
static void
span_addr(const struct span *sp, uint64_t n, uint64_t bits, struct addr *out)
{
	struct addr mask;

	*out = sp->lo;
	out->w[sp->af == AF_INET ? 0 : 3] |=
	    htonl((uint32_t)(n & (sp->size - 1)));
	if (sp->af == AF_INET6 && sp->plen < 96) {
		addr_mask(&mask, sp->plen);
		out->w[1] |= (uint32_t)bits & ~mask.w[1];
		out->w[2] |= (uint32_t)(bits >> 32) & ~mask.w[2];
	}
}

/* element_span() - The n-th span of an element that is no table. */
static bool
element_span(struct worker *w, const struct ppool_addr *pa, uint8_t af,
    uint32_t n, struct span *sp)
{
	struct addr a;
	uint8_t plen;

	if (pa->kind == PA_DYNIF) {
		if (n >= ifbind_dyn_count(w->env.bind, pa->ref, af))
			return false;
		ifbind_dyn_get(w->env.bind, pa->ref, af, n, &a, &plen);
		span_prefix(sp, af, &a, plen);
		return true;
	}
	if (n > 0 || pa->af != af)
		return false;
	sp->lo = pa->addr;
	sp->size = pa->size;
	sp->af = af;
	sp->plen = pa->plen;
	return true;
}

static uint64_t
element_weight(const struct ppool_addr *pa)
{
	return pa->weight > 0 ? pa->weight : 1;
}

/* element_slots() - How many slots an element has. */
static uint64_t
element_slots(struct worker *w, const struct ppool_addr *pa, uint8_t af)
{
	uint64_t size = 0;
	struct span sp;
	uint32_t n;

	if (pa->kind == PA_TABLE)
		return table_weight(w->env.tables, pa->ref, af);
	if (pa->kind == PA_DYNIF)
		for (n = 0; element_span(w, pa, af, n, &sp); n++)
			size += sp.size;
	else if (pa->af == af)
		size = pa->size;
	return size * element_weight(pa);
}

/*
 * element_addr() - The address of a slot
 * @inner: chooses within a table's entry, whose slots are its weight
 */
static bool
element_addr(struct worker *w, const struct ppool_addr *pa, uint8_t af,
    uint64_t slot, uint64_t inner, struct addr *out)
{
	struct table_ent te;
	struct span sp;
	uint64_t slots;
	uint32_t n;

	if (pa->kind == PA_TABLE) {
		if (!table_pick(w->env.tables, pa->ref, af, slot, &te))
			return false;
		span_prefix(&sp, af, &te.addr, te.plen);
		span_addr(&sp, inner, inner, out);
		return true;
	}
	if (pa->kind != PA_DYNIF) {
		if (!element_span(w, pa, af, 0, &sp))
			return false;
		span_addr(&sp, slot, inner, out);
		return true;
	}
	for (n = 0; element_span(w, pa, af, n, &sp); n++) {
		slots = sp.size * element_weight(pa);
		if (slot < slots) {
			span_addr(&sp, slot, inner, out);
			return true;
		}
		slot -= slots;
	}
	return false;
}

static uint64_t
pool_slots(struct worker *w, const struct ppool *pl, uint8_t af)
{
	uint64_t total = 0;
	uint32_t i;

	if ((pl->flags & POOL_VARIES) == 0)
		return pl->slots[af != AF_INET];
	for (i = 0; i < pl->naddr; i++)
		total += element_slots(w,
		    program_pool_addr(w->prog, pl->addr + i), af);
	return total;
}

/* An element whose addresses are what the text says. */
static void
measure(struct ppool_addr *pa)
{
	struct span sp;

	pa->size = 1;
	if (pa->kind == PA_PREFIX) {
		span_prefix(&sp, pa->af, &pa->addr, pa->plen);
		pa->addr = sp.lo;
		pa->plen = sp.plen;
		pa->size = sp.size;
	} else if (pa->kind == PA_IFACE) {
		pa->plen = (uint8_t)addr_bits(pa->af);
	}
}

void
pool_measure(struct ppool *pl, struct ppool_addr *pa)
{
	uint32_t i;

	pl->slots[0] = pl->slots[1] = 0;
	for (i = 0; i < pl->naddr; i++) {
		measure(&pa[i]);
		if (pa[i].kind == PA_TABLE || pa[i].kind == PA_DYNIF)
			pl->flags |= POOL_VARIES;
		else
			pl->slots[pa[i].af != AF_INET] +=
			    pa[i].size * element_weight(&pa[i]);
	}
}

static bool
pool_slot(struct worker *w, const struct ppool *pl, uint8_t af, uint64_t slot,
    uint64_t inner, struct addr *out, const struct ppool_addr **from)
{
	const struct ppool_addr *pa;
	uint64_t slots;
	uint32_t i, last = pl->naddr - 1;

	for (i = 0; i <= last; i++) {
		pa = program_pool_addr(w->prog, pl->addr + i);
		if (i == last || slot < (slots = element_slots(w, pa, af))) {
			*from = pa;
			return element_addr(w, pa, af, slot, inner, out);
		}
		slot -= slots;
	}
	return false;
}

static uint32_t
pool_place(const struct ppool *pl)
{
	return (uint32_t)(pl->key[0] ^ pl->key[0] >> 32 ^ pl->key[1]) %
	    POOL_SLOTS;
}

static uint64_t
source_hash(struct worker *w, const struct ppool *pl,
    const struct pool_ask *ask)
{
	struct random keyed = w->eng->pools;

	keyed.k0 = pl->key[0];
	keyed.k1 = pl->key[1];
	return random_hash(&keyed, ask->src, sizeof(*ask->src));
}

static uint32_t
addr_slot(const struct addr *a)
{
	uint32_t h = a->w[0] ^ a->w[1] ^ a->w[2] ^ a->w[3];

	/*
	 * 2^32 / golden ratio: spreads neighbours, in the upper bits.  The
	 * lower ones know nothing of the last byte, which lies highest here.
	 */
	h *= 0x9e3779b1;
	return random_scale(h, ADDR_SLOTS);
}

/* A state may end at another worker: one count alone may be below zero. */
static uint32_t
addr_states(const struct engine *e, const struct addr *a)
{
	uint32_t slot = addr_slot(a), n = 0;
	unsigned i;

	for (i = 0; i < e->cfg.nworkers; i++)
		n += load_relaxed(&e->worker[i]->addr_states[slot]);
	return n;
}

void
pool_count(struct worker *w, const struct addr *a, int delta)
{
	uint32_t *states = &w->addr_states[addr_slot(a)];

	store_relaxed(states, load_relaxed(states) + (uint32_t)delta);
}

/* The address with the fewest states, from a moving place on. */
static bool
least_states(struct worker *w, const struct ppool *pl, uint8_t af,
    uint64_t total, uint64_t first, struct addr *out,
    const struct ppool_addr **from)
{
	const struct ppool_addr *pa;
	uint32_t n = total < POOL_LOOK ? (uint32_t)total : POOL_LOOK, i;
	uint32_t least = UINT32_MAX, states;
	struct addr a;

	for (i = 0; i < n; i++) {
		if (!pool_slot(w, pl, af, (first + i) % total,
		    (first + i) / total, &a, &pa))
			continue;
		states = addr_states(w->eng, &a);
		if (states < least) {
			least = states;
			*out = a;
			*from = pa;
		}
	}
	return least != UINT32_MAX;
}

/* The network part of the pool, the host part of the replaced address. */
static bool
bitmask(struct worker *w, const struct ppool *pl, const struct pool_ask *ask,
    struct addr *out)
{
	struct addr mask;
	struct span sp;
	unsigned i;

	if (pl->naddr == 0 || !element_span(w,
	    program_pool_addr(w->prog, pl->addr), ask->af, 0, &sp))
		return false;
	addr_mask(&mask, sp.plen);
	*out = sp.lo;
	for (i = 0; i < (ask->af == AF_INET ? 1u : 4u); i++)
		out->w[i] |= ask->host->w[i] & ~mask.w[i];
	return true;
}

bool
pool_choose_from(struct worker *w, const struct ppool *pl,
    const struct pool_ask *ask, struct addr *out,
    const struct ppool_addr **from)
{
	uint64_t total, n = 0, inner = 0;
	uint32_t *turn;

	if (pl->type == POOL_BITMASK) {
		*from = program_pool_addr(w->prog, pl->addr);
		return bitmask(w, pl, ask, out);
	}
	if ((total = pool_slots(w, pl, ask->af)) == 0)
		return false;
	turn = &w->eng->pool_turn[pool_place(pl)];
	switch (pl->type) {
	case POOL_RANDOM:
		n = random_u64(&w->rnd);
		inner = random_u64(&w->rnd);
		break;
	case POOL_SRCHASH:
		n = source_hash(w, pl, ask);
		inner = n >> 32 ^ n << 32;
		break;
	case POOL_ROUNDROBIN:
		n = __atomic_fetch_add(turn, 1, __ATOMIC_RELAXED);
		inner = n / total;
		break;
	case POOL_LEASTSTATES:
		n = __atomic_fetch_add(turn, 1, __ATOMIC_RELAXED);
		return least_states(w, pl, ask->af, total, n, out, from);
	default:
		break;
	}
	return pool_slot(w, pl, ask->af, n % total, inner, out, from);
}

bool
pool_choose(struct worker *w, const struct ppool *pl,
    const struct pool_ask *ask, struct addr *out)
{
	const struct ppool_addr *from;

	return pool_choose_from(w, pl, ask, out, &from);
}

bool
pool_holds(struct worker *w, const struct ppool_addr *pa, uint8_t af,
    const struct addr *a)
{
	struct span sp;
	uint32_t n;

	if (pa->kind == PA_TABLE)
		return table_match(w->env.tables, UINT_MAX, pa->ref, af, a);
	for (n = 0; element_span(w, pa, af, n, &sp); n++)
		if (addr_in_prefix(a, &sp.lo, sp.plen))
			return true;
	return false;
}

bool
pool_turns(const struct ppool *pl)
{
	return pl->type == POOL_RANDOM || pl->type == POOL_ROUNDROBIN ||
	    pl->type == POOL_LEASTSTATES;
}

uint32_t
pool_tries(struct worker *w, const struct ppool *pl, uint8_t af)
{
	uint64_t total;

	if (!pool_turns(pl))
		return 1;
	total = pool_slots(w, pl, af);
	if (total >= POOL_TRIES)
		return POOL_TRIES;
	return total > 0 ? (uint32_t)total : 1;
}
