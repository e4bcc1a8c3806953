/* SPDX-License-Identifier: ISC */
/*
 * A burst: parse all, look up all, apply all, then what has to walk.
 *
 * The steps are kept apart so that the memory of all packets is under way at
 * once.  A packet of a whole record (forwarded, or a half in host mode) is
 * done by engine/fast/ alone; any other walks, behind the fast ones, and those
 * that found no state only as far as the budget goes, so that a flood of new
 * connections does not starve the old ones.
 *
 * Fates: each packet that came in is counted once as forwarded, dropped or
 * consumed.  A datagram put together from fragments counts as the fragment
 * that completed it; the others were consumed.
 */
#include <netinet/in.h>

#include <string.h>

#include "engine/apply.h"
#include "engine/core.h"
#include "engine/emit.h"
#include "engine/reass.h"
#include "engine/statetab.h"
#include "engine/through.h"
#include "engine/tuple.h"
#include "engine/walk.h"
#include "engine/worker.h"

/*
 * May this host get it itself?  Any that is not known to leave: the kernel has
 * local addresses of no interface, and other tables redirect behind natd.  Of
 * other protocols no train is lost.
 */
static bool
may_end_here(const struct worker *w, const struct packet *p)
{
	uint8_t proto = p->data[p->data[0] >> 4 == 6 ? 6 : 9];

	return !w->ifs->router && p->changed && p->dir == DIR_IN &&
	    !p->decided && !p->leaves && (p->gso == GSO_UDP ||
	    (p->gso == GSO_NONE && proto == IPPROTO_UDP));
}

/* Counts a fate and sets reason and, unless it is sent or held, the fate. */
static inline void
done(struct worker *w, struct packet *p, int outcome)
{
	switch (outcome) {
	case 0:
		p->reason = REASON_MATCH;
		count_add(&w->count.forwarded, 1);
		p->home = may_end_here(w, p);
		return;
	case WALK_DONE:
		p->reason = REASON_LOCAL;
		p->fate = FATE_HELD;
		count_add(&w->count.consumed, 1);
		break;
	case WALK_BLOCKED:
		p->reason = REASON_MATCH;
		p->fate = FATE_DROP;
		count_add(&w->count.dropped, 1);
		break;
	default:
		p->reason = (uint8_t)outcome;
		p->fate = FATE_DROP;
		count_add(&w->count.dropped, 1);
		break;
	}
	count_add(&w->count.reason[p->reason], 1);
}

/*
 * forged() - Does it claim to come from this host?
 *
 * The kernel would drop it, but was told not to (through.c).  What the host
 * sends to many comes back to itself, by the same interface.
 */
static bool
forged(const struct worker *w, const struct pdesc *pd)
{
	const struct addr *dst = &pd->key.dst;

	return pd->af == AF_INET &&
	    ifset_local(w->ifs, pd->af, &pd->key.src, NULL) &&
	    (dst->b[0] & 0xf0) != 0xe0 && dst->w[0] != INADDR_BROADCAST &&
	    !ifset_broadcast(w->ifs, pd->af, dst, NULL);
}

/* What parsing does not know: what the interface says of the packet. */
static inline int
place(const struct worker *w, struct pdesc *pd, const struct iface *ifp)
{
	const struct packet *p = pd->pkt;

	if (ifp == NULL)
		return REASON_IFDOWN;
	/* the answer of a local service to which a rule redirects may be on
	 * its way out with that address: walk_host() looks at it again */
	if (pd->flags & PD_LOOPBACK && (ifp->flags & IFACE_LOOPBACK) == 0 &&
	    p->dir == DIR_IN)
		return REASON_MARTIAN;
	if (ifp->flags & IFACE_GUARD && p->dir == DIR_IN && forged(w, pd))
		return REASON_MARTIAN;
	pd->rdomain = ifp->rdomain;
	pd->prio = p->prio <= PD_PRIO_MAX ? (uint8_t)p->prio : PD_PRIO_NONE;
	return 0;
}

/* May a state lead this packet all the way? */
static inline bool
may_be_fast(const struct worker *w, const struct pdesc *pd,
    const struct iface *ifp)
{
	/* with ways that the kernel routes by, all look ahead (walk.c) */
	return w->filtering && (ifp->flags & IFACE_SKIP) == 0 &&
	    !w->ifs->routed &&
	    (pd->flags & (PD_FRAGMENT | PD_OPTIONS | PD_ICMPERR | PD_ND)) == 0;
}

/* Step 1: descriptors, and keys of those that states may lead. */
static void
parse(struct worker *w, struct packet *const *pkt, unsigned n)
{
	struct burst *b = &w->burst;
	const struct iface *ifp;
	struct pdesc *pd;
	unsigned i;
	int reason;

	b->nkeys = b->nslow = 0;
	for (i = 0; i < n; i++) {
		pd = &b->pd[i];
		ifp = worker_iface(w, pkt[i]->ifidx);
		pkt[i]->changed = 0;
		pkt[i]->mark = 0;
		pkt[i]->steer = (struct steer){ 0 };
		pkt[i]->out_if = 0;
		pkt[i]->carry = 0;
		pkt[i]->copy = 0;
		pkt[i]->decided = 0;
		pkt[i]->home = 0;
		pkt[i]->leaves = 0;
		pkt[i]->singly = 0;
		pkt[i]->fate = FATE_DROP;
		if ((reason = pdesc_parse(pd, pkt[i])) != 0 ||
		    (reason = place(w, pd, ifp)) != 0) {
			done(w, pkt[i], reason);
			continue;
		}
		if (pkt[i]->again) {
			done(w, pkt[i], through_again(w, pd));
			continue;
		}
		if (!may_be_fast(w, pd, ifp)) {
			b->missed[i] = false;
			b->slow[b->nslow++] = (uint8_t)i;
			continue;
		}
		tuple_key(&b->key[b->nkeys], &pd->key, pd->af, pd->proto,
		    pd->dir, pd->rdomain);
		b->ifidx[b->nkeys] = pd->ifidx;
		b->at[b->nkeys++] = (uint8_t)i;
	}
}

/*
 * expect_all() - All first packets of the burst
 *
 * Each will fill a record: let that memory be under way while the others are
 * done.
 *
 * A packet whose key comes a second time must look for the state that the
 * first one makes: those of one remainder of the hash are taken for the same.
 */
static void
expect_all(struct worker *w, unsigned n)
{
	uint64_t seen[4] = { 0 }, bit, *word, h;
	struct burst *b = &w->burst;
	unsigned i, at, nth = 0;

	arena_expect(w->arena, &w->cache, n, w->now);
	for (i = 0; i < b->nslow; i++) {
		at = b->slow[i];
		if (!b->missed[at])
			continue;
		h = b->hash[b->nth[at]];
		word = &seen[h / 64 % nitems(seen)];
		bit = UINT64_C(1) << h % 64;
		b->first[at] = (*word & bit) != 0 ? WALK_SEARCH :
		    lookup_alone(&w->arena->fast, h) ? WALK_ALONE : WALK_FIRST;
		*word |= bit;
		arena_prefetch(w->arena, &w->cache, nth++);
	}
}

/* Steps 2 and 3: look up all, apply all. */
static void
lookup_apply(struct worker *w)
{
	struct burst *b = &w->burst;
	unsigned i, at, missed = 0;
	struct packet *p;
	uint32_t lref;
	int outcome;

	statetab_hash_burst(w->arena, b->key, b->nkeys, b->hash);
	statetab_find_burst(w->arena, b->key, b->hash, b->ifidx, b->nkeys,
	    b->lref);
	count_add(&w->count.searches, b->nkeys);
	for (i = 0; i < b->nkeys; i++) {
		at = b->at[i];
		p = b->pd[at].pkt; /* pd may become the answer's */
		lref = b->lref[i];
		if (lref == LOOKUP_BUSY)
			lref = statetab_find(w->arena, &b->key[i],
			    b->ifidx[i]);
		if (lref != LOOKUP_MISS &&
		    (outcome = apply_state(w, &b->pd[at], lref)) !=
		    WALK_AGAIN) {
			done(w, p, outcome);
			continue;
		}
		b->missed[at] = lref == LOOKUP_MISS;
		b->nth[at] = (uint8_t)i;
		missed += b->missed[at];
		b->slow[b->nslow++] = (uint8_t)at;
	}
	if (missed > 0)
		expect_all(w, missed);
}

/*
 * Where the kernel routes, the datagram goes on in the place of the piece that
 * completed it: so it keeps where it came from, and needs no way of its own.
 */
static void
replace(struct packet *piece, struct packet *whole)
{
	uint32_t cookie = piece->cookie;

	*piece = *whole;
	piece->cookie = cookie;
	piece->changed = 1;
	whole->fate = FATE_DROP;
}

/* A fragment joins its datagram, which walks when it is whole. */
static void
reassemble(struct worker *w, struct pdesc *pd)
{
	struct packet *piece = pd->pkt, *whole;
	uint32_t timeout = w->opt->timeout[TM_FRAG] * 1000;
	enum reason why = REASON_FRAG;
	struct fraginfo fi;
	int outcome;

	if ((whole = made_open(&w->made, REASS_DATAGRAM_MAX)) == NULL) {
		done(w, piece, REASON_MEMORY);
		return;
	}
	switch (reass_add(w->eng->reass, pd, w->now, timeout,
	    w->opt->reassemble_nodf, whole, REASS_DATAGRAM_MAX, &fi, &why)) {
	case REASS_HELD:
		piece->fate = FATE_HELD;
		piece->reason = REASON_MATCH;
		count_add(&w->count.consumed, 1);
		return;
	case REASS_DROP:
		done(w, piece, why);
		return;
	case REASS_DONE:
		break;
	}
	whole->fate = FATE_DROP;
	made_close(&w->made, whole);
	if ((outcome = pdesc_parse(pd, whole)) == 0 &&
	    (outcome = place(w, pd, worker_iface(w, whole->ifidx))) == 0) {
		w->fi = &fi;
		outcome = walk_packet(w, pd, WALK_SEARCH);
		w->fi = NULL;
	}
	if (outcome != 0)
		whole->fate = FATE_DROP;
	done(w, piece, outcome);
	if (outcome != 0)
		return;
	piece->fate = FATE_HELD;
	if (!w->ifs->router)
		replace(piece, whole);
}

static void
walk_one(struct worker *w, struct pdesc *pd, enum walk_first first)
{
	struct packet *p = pd->pkt; /* pd may become the answer's */
	int outcome;

	if (pd->flags & PD_FRAGMENT && w->opt->reassemble) {
		reassemble(w, pd);
		return;
	}
	if ((pd->flags & PD_FRAGMENT) == 0 ||
	    (outcome = pdesc_fragcheck(pd)) == 0)
		outcome = walk_packet(w, pd, first);
	done(w, p, outcome);
}

/* The hash that the walk of a first packet will need again. */
static void
remember(struct worker *w, unsigned at)
{
	const struct burst *b = &w->burst;
	struct memo *m = &w->memo[MEMO_OWN];

	m->key = b->key[b->nth[at]];
	m->hash = b->hash[b->nth[at]];
}

/* Step 4: the rest, first packets as far as the budget goes. */
static void
walk_all(struct worker *w)
{
	struct burst *b = &w->burst;
	uint32_t budget = w->eng->cfg.new_budget;
	unsigned i, at;

	for (i = 0; i < b->nslow; i++) {
		at = b->slow[i];
		if (b->missed[at] && budget == 0) {
			done(w, b->pd[at].pkt, REASON_BUDGET);
			continue;
		}
		if (b->missed[at]) {
			budget--;
			remember(w, at);
		}
		walk_one(w, &b->pd[at], b->missed[at] ?
		    (enum walk_first)b->first[at] : WALK_SEARCH);
	}
}

static void
drop_all(struct worker *w, struct packet *const *pkt, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		pkt[i]->changed = 0;
		pkt[i]->out_if = 0;
		pkt[i]->carry = 0;
		done(w, pkt[i], WALK_BLOCKED);
	}
}

void
engine_burst(struct worker *w, struct packet *const *pkt, unsigned n,
    uint64_t now, uint32_t wall)
{
	if (n > BURST_MAX)
		n = BURST_MAX;
	worker_enter(w, now, wall);
	made_reset(&w->made);
	count_add(&w->count.in, n);
	if (w->prog == NULL) {
		drop_all(w, pkt, n);
	} else {
		parse(w, pkt, n);
		lookup_apply(w);
		walk_all(w);
	}
	worker_leave(w);
}
