/* SPDX-License-Identifier: ISC */
/*
 * The slow way of a packet: its halves, and what comes of them.
 */
#include "engine/walk.h"

#include <string.h>

#include "engine/answer.h"
#include "engine/carry.h"
#include "engine/core.h"
#include "engine/fast/layout.h"
#include "engine/first.h"
#include "engine/icmperr.h"
#include "engine/nat.h"
#include "engine/progmem.h"
#include "engine/record.h"
#include "engine/registry.h"
#include "engine/router.h"
#include "engine/sticky.h"
#include "engine/track.h"
#include "engine/tabhits.h"
#include "engine/tuple.h"

#define WALK_TRIES 4 /* a lost race each, then the packet is dropped */

static uint32_t
find_neighbour(struct worker *w, const struct pdesc *pd, uint8_t dir,
    uint16_t ifidx)
{
	struct tuple t;
	struct skey key;

	pdesc_known_as(pd, &t);
	tuple_key(&key, &t, pd->af, pd->proto, dir, pd->rdomain);
	return record_find_key(w, &key, ifidx);
}

/*
 * The burst has looked for the packet as it came, and perhaps as it leaves if
 * nothing has translated it.
 */
static uint32_t
find(struct worker *w, const struct pdesc *pd, struct walk *k, uint8_t dir,
    uint16_t ifidx)
{
	struct skey key;

	if (pd->flags & PD_FRAGMENT ||
	    (k->first != WALK_SEARCH && dir == pd->pkt->dir))
		return ARENA_NONE;
	if (pd->flags & PD_ICMPERR)
		return icmperr_find(w, pd, k, dir, ifidx);
	if (pd->flags & PD_ND)
		return find_neighbour(w, pd, dir, ifidx);
	tuple_key(&key, &pd->cur, pd->af, pd->proto, dir, pd->rdomain);
	if (k->first == WALK_ALONE && record_own_key(w, &key)) {
		count_add(&w->count.searches, 1);
		return ARENA_NONE;
	}
	return record_find_key(w, &key, ifidx);
}

static void
count_rule(struct worker *w, const struct half *h, uint32_t rule)
{
	if (rule != PROG_NONE)
		registry_packet(w->arena, w->index,
		    prog_rules(w->prog)[rule].row, h->dir, h->len);
}

static void
count_rules(struct worker *w, const struct half *h)
{
	const struct verdict *v = &h->verdict;
	uint32_t i;

	for (i = 0; i < v->nmatch; i++)
		count_rule(w, h, v->match[i]);
	if (v->nat != v->rule)
		count_rule(w, h, v->nat);
	count_rule(w, h, v->rule);
}

/*
 * Packets of a state count for its rules when the state ends.  Here count
 * those of a half that gets none, or was to get one and did not: no route, no
 * hop left ...  A packet that a rule blocks is counted where its fate is.
 */
static void
count_half(struct worker *w, const struct pdesc *pd, const struct half *h)
{
	if (!h->asked)
		return;
	count_iface(w, h->ifidx, h->dir, pd->af, h->blocked, h->len);
	if (h->ruled && !h->blocked)
		count_add(&w->count.reason[REASON_MATCH], 1);
	if (h->kind == HALF_FREE ||
	    (h->kind == HALF_NEW && h->row == ARENA_NONE)) {
		count_rules(w, h);
		tabhits_packet(w, pd, &h->verdict, h->dir, h->len);
	}
}

/* Once for each packet, however often its walk began. */
static void
count_halves(struct worker *w, const struct pdesc *pd, const struct walk *k)
{
	count_half(w, pd, &k->in);
	count_half(w, pd, &k->out);
}

/*
 * Nobody answers errors, or what a neighbour tells unasked; and no neighbour
 * is looked for through a router.
 */
static bool
makes_state(const struct worker *w, const struct pdesc *pd)
{
	if (pd->flags & PD_ND)
		return pd->icmp_class == ICMPC_ND_SOL && !w->ifs->router;
	return (pd->flags & (PD_FRAGMENT | PD_ICMPERR)) == 0;
}

static int
by_rules(struct worker *w, struct pdesc *pd, struct half *h)
{
	struct verdict *v = &h->verdict;
	const struct prule *r = NULL;
	int reason = 0;

	if (!w->ifs->router && h->dir == DIR_OUT)
		carry_out(w, pd);
	if (w->prog->chances)
		w->env.random = random_u32(&w->rnd);
	program_eval(w->prog, &w->env, pd, v);
	if (v->rule != PROG_NONE)
		h->rule = r = prog_rules(w->prog) + v->rule;
	h->kind = HALF_FREE;
	if (v->action == PRULE_BLOCK) {
		reason = v->reason;
		if (reason == REASON_MATCH)
			reason = WALK_BLOCKED;
	} else if (pd->flags & PD_OPTIONS && (r == NULL || !r->allow_opts)) {
		reason = REASON_IPOPTION;
	} else {
		if (v->keep != STATE_NO && makes_state(w, pd))
			h->kind = HALF_NEW;
		if (r != NULL && r->action == PRULE_PASS &&
		    prule_translates(r))
			reason = nat_translate(w, pd, w->prog, v->rule);
		if (r != NULL && reason == 0 && r->route != PROG_NONE)
			reason = way_choose(w, pd, r, &h->before.src,
			    &h->way);
	}
	if (v->tag != 0)
		pd->tag = v->tag;
	if (reason != 0)
		h->kind = HALF_FREE;
	h->ruled = r != NULL;
	action_of(v, &h->action);
	return reason;
}

static int
by_state(struct worker *w, struct pdesc *pd, struct walk *k, struct half *h)
{
	const struct cold *c = arena_cold(w->arena, h->lref / 2);
	uint16_t tag;
	bool out;

	if ((tag = record_tag(w->arena, h->lref / 2)) != 0)
		pd->tag = tag;
	h->kind = HALF_STATE;
	way_load(w->arena, h->lref, &h->way);
	out = load_relaxed(&c->kind) == RECORD_HALF_OUT;
	action_row(w->eng, load_relaxed(&c->row[out]), &h->action);
	/* pf: what comes back is routed as ever */
	if (out != (pd->dir == DIR_OUT))
		h->action.steer.table = 0;
	return pd->flags & PD_ICMPERR ?
	    (int)icmperr_translate(w, pd, k, h->lref) :
	    track_packet(w, pd, h->lref);
}

int
walk_half(struct worker *w, struct pdesc *pd, struct walk *k, struct half *h,
    uint8_t dir, uint16_t ifidx)
{
	const struct iface *ifp = worker_iface(w, ifidx);
	int reason;

	pd->dir = h->dir = dir;
	pd->ifidx = h->ifidx = ifidx;
	h->before = h->after = pd->cur;
	h->kind = HALF_NONE;
	h->ruled = false;
	h->rule = NULL;
	h->row = ARENA_NONE;
	h->way.kind = WAY_NONE;
	h->way.node = 0;
	if (!w->filtering || (ifp != NULL && ifp->flags & IFACE_SKIP))
		return 0;
	h->lref = find(w, pd, k, dir, ifidx);
	reason = h->lref == ARENA_NONE ? by_rules(w, pd, h) :
	    by_state(w, pd, k, h);
	scrub_announce(pd, &h->action);
	h->after = pd->cur;
	h->tag = pd->tag;
	h->asked = true;
	h->blocked = reason != 0;
	h->len = pd->len;
	return reason;
}

static void
scrub(struct worker *w, struct pdesc *pd, const struct half *h)
{
	if (h->kind != HALF_NONE && !action_none(&h->action))
		scrub_apply(pd, &h->action, random_u32(&w->rnd));
}

/* The bytes, as both halves have made them. */
static void
rewrite(struct worker *w, struct pdesc *pd, const struct walk *k)
{
	scrub(w, pd, &k->in);
	scrub(w, pd, &k->out);
	if (pd->flags & PD_ICMPERR)
		pdesc_rewrite_quote(pd, &k->inner);
	else
		pdesc_rewrite(pd);
}

static bool
whole_record(const struct worker *w, const struct half *h)
{
	uint16_t out_if;

	return h->kind == HALF_STATE && record_way(w, h->lref, &out_if);
}

/* One half; a packet that a rule blocks is answered if the rule says so. */
static int
half(struct worker *w, struct pdesc *pd, struct walk *k, struct half *h,
    uint8_t dir, uint16_t ifidx)
{
	int reason = walk_half(w, pd, k, h, dir, ifidx);

	if (reason == WALK_BLOCKED)
		answer_block(w, pd, &h->verdict);
	if (reason == 0 && w->ifs->router && h->way.kind == WAY_DUP &&
	    !whole_record(w, h))
		way_copy(w, pd, &pd->cur, &h->way);
	return reason;
}

/* Does the state that the packet hit lead it all the way? */
static bool
whole(const struct worker *w, const struct walk *k, uint16_t *out_if)
{
	return k->in.kind == HALF_STATE &&
	    record_way(w, k->in.lref, out_if);
}

/*
 * The copy that a whole record sends: as it was between the halves, or as it
 * leaves, whichever of them the rule was in.
 */
static void
whole_copy(struct worker *w, const struct pdesc *pd, const struct walk *k)
{
	unsigned side = k->in.lref & 1;
	struct tuple t = pd->cur;

	if (k->in.way.out == (side != 0)) {
		record_middle(w->arena, k->in.lref / 2, &t);
		if (side != 0)
			tuple_reverse(&t, pd->proto, &t);
	}
	way_copy(w, pd, &t, &k->in.way);
}

/*
 * A whole record speaks for the out half as well; seen from the side that
 * answers, its in half is the connection's out half.
 */
static void
whole_actions(struct worker *w, struct pdesc *pd, struct walk *k)
{
	const struct cold *c = arena_cold(w->arena, k->in.lref / 2);
	unsigned side = k->in.lref & 1;

	action_row(w->eng, load_relaxed(&c->row[side]), &k->in.action);
	action_row(w->eng, load_relaxed(&c->row[side ^ 1]), &k->out.action);
	k->out.kind = HALF_STATE;
	scrub_announce(pd, &k->in.action);
	scrub_announce(pd, &k->out.action);
}

/* Everything is decided: states, size, bytes, off. */
static int
leave(struct worker *w, struct pdesc *pd, struct walk *k)
{
	int reason;

	if ((reason = router_fits(w, pd, k->out_if)) != 0 ||
	    (reason = first_states(w, pd, k)) != 0)
		return reason;
	rewrite(w, pd, k);
	return router_send(w, pd, k->out_if);
}

/* The route has changed since the record was made, and no rule has set it. */
static bool
rerouted(const struct worker *w, const struct walk *k)
{
	return (k->in.lref & 1) == 0 && k->in.way.kind != WAY_ROUTE &&
	    load_relaxed(&arena_cold(w->arena,
	    k->in.lref / 2)->flags) & COLD_REROUTE;
}

/* The way that the in half's rule gave the record, of either side. */
static void
keep_way(const struct worker *w, struct half *in)
{
	struct way *way = &in->way;

	if (way->kind != WAY_NONE && way->out)
		way->kind = WAY_NONE;
	if (way->kind == WAY_NONE && way_load(w->arena, in->lref ^ 1, way))
		way->kind = way->kind == WAY_ROUTE && !way->out ? WAY_REPLY :
		    WAY_NONE;
	way->node = sticky_load(w->arena, in->lref / 2, 0);
}

/* The record ends, its in half stays, and the out half is decided anew. */
static int
rebuild(struct worker *w, struct pdesc *pd, struct walk *k)
{
	uint32_t index = k->in.lref / 2;
	int reason;

	if (!record_end(w, index))
		return WALK_AGAIN;
	k->in.kind = HALF_NEW;
	k->in.after = pd->cur;
	/* no rule was asked; a row may be lost with a process (recover.c) */
	memset(&k->in.verdict, 0, sizeof(k->in.verdict));
	k->in.verdict.rule = k->in.verdict.nat = PROG_NONE;
	w->looks = NAT_LOOKS; /* there is no way back for an unseen port */
	if (k->local)
		return router_local(w, pd, k);
	reason = half(w, pd, k, &k->out, DIR_OUT, k->out_if);
	return reason != 0 ? reason : leave(w, pd, k);
}

/* Another way out.  The source must not be forgotten between two records. */
static int
reroute(struct worker *w, struct pdesc *pd, struct walk *k)
{
	uint32_t index = k->in.lref / 2, held[2] = { 0, 0 };
	int reason;

	k->in.row = load_relaxed(&arena_cold(w->arena, index)->row[0]);
	record_middle(w->arena, index, &pd->cur);
	if ((reason = router_way(w, pd, k)) != 0)
		return reason;
	registry_keep(w->arena, k->in.row);
	keep_way(w, &k->in);
	held[0] = k->in.way.node;
	if (sticky_begin(w, held) != 0)
		held[0] = k->in.way.node = 0;
	reason = rebuild(w, pd, k);
	sticky_abort(w, held);
	return reason;
}

static int
walk_router(struct worker *w, struct pdesc *pd, struct walk *k)
{
	int reason;

	if (ifset_own(w->ifs, pd->af, &pd->key.src))
		return REASON_MARTIAN;
	reason = half(w, pd, k, &k->in, DIR_IN, pd->pkt->ifidx);
	if (reason != 0)
		return reason;
	if (whole(w, k, &k->out_if)) {
		if (rerouted(w, k) && (pd->flags & PD_ICMPERR) == 0)
			return reroute(w, pd, k);
		whole_actions(w, pd, k);
		if (k->in.way.kind == WAY_DUP)
			whole_copy(w, pd, k);
		if ((reason = router_hop(w, pd)) != 0)
			return reason;
		count_iface(w, k->out_if, DIR_OUT, pd->af, false, pd->len);
		return leave(w, pd, k);
	}
	if ((reason = router_way(w, pd, k)) != 0)
		return reason;
	if (k->local)
		return router_local(w, pd, k);
	reason = half(w, pd, k, &k->out, DIR_OUT, k->out_if);
	if (reason != 0)
		return reason;
	/* rules of that interface are not asked, as a state would pass it */
	if (k->out.way.kind == WAY_ROUTE)
		k->out_if = k->out.way.ifidx;
	return leave(w, pd, k);
}

static bool
is_loopback(uint8_t af, const struct addr *a)
{
	static const struct addr one = { .b = { [15] = 1 } };

	return af == AF_INET ? a->b[0] == 127 : addr_equal(a, &one);
}

/* Does a loopback address leave by an interface that is none? */
static bool
leaks_loopback(const struct worker *w, const struct pdesc *pd)
{
	const struct iface *ifp = worker_iface(w, pd->pkt->ifidx);

	return pd->pkt->dir == DIR_OUT && pd->flags & PD_LOOPBACK &&
	    (ifp->flags & IFACE_LOOPBACK) == 0 &&
	    (is_loopback(pd->af, &pd->cur.src) ||
	    is_loopback(pd->af, &pd->cur.dst));
}

/*
 * What the out half's state says of a packet that comes in: where the kernel
 * forwards it, it is too late for another way when it leaves.
 */
static bool
way_ahead(struct worker *w, const struct pdesc *pd, struct way *way)
{
	struct record_key key = {
		.af = pd->af, .proto = pd->proto, .dir = DIR_OUT,
		.rdomain = pd->rdomain, .t = pd->cur,
	};
	uint32_t lref;

	if (pd->flags & (PD_FRAGMENT | PD_ICMPERR) ||
	    (lref = record_find(w, &key)) == ARENA_NONE)
		return false;
	pd->pkt->leaves = 1;
	return way_load(w->arena, lref, way) && way->kind == WAY_ROUTE;
}

/*
 * host_way() - Where the kernel is to send the packet
 * @again: gets whether it must be sent anew: it is about to leave elsewhere
 *
 * Return: 0 or the reason of the drop.
 */
static int
host_way(struct worker *w, struct pdesc *pd, const struct half *h, bool *again)
{
	struct packet *p = pd->pkt;
	struct way way = h->way;

	*again = false;
	if (way.kind != WAY_ROUTE && (!w->ifs->routed ||
	    p->dir == DIR_OUT || !way_ahead(w, pd, &way)))
		return 0;
	if (pd->flags & PD_ICMPERR ||
	    ifset_local(w->ifs, pd->af, &pd->cur.dst, NULL))
		return 0;
	if ((p->way = way_number(w, &way)) == 0)
		return REASON_NOROUTE;
	p->leaves = 1;
	*again = p->dir == DIR_OUT && !p->local && p->routed != p->way;
	return 0;
}

/* The first packet of a rule with out: sent by its way, past the hooks. */
static int
send_again(struct worker *w, struct pdesc *pd)
{
	const struct packet *p = pd->pkt;
	struct packet *out;

	if ((out = made_open(&w->made, p->len)) == NULL)
		return REASON_MEMORY;
	out->len = p->len;
	memcpy(out->data, p->data, p->len);
	out->csum = p->csum;
	out->gso = p->gso;
	out->gso_size = p->gso_size;
	out->out_if = out->ifidx = p->ifidx;
	out->way = p->way;
	out->fate = FATE_SEND;
	made_close(&w->made, out);
	count_add(&w->count.made, 1);
	pd->pkt->fate = FATE_HELD;
	return WALK_DONE;
}

/*
 * What is sent by hand cannot be a train, and how long its pieces are the
 * kernel does not tell: it cuts it, and natd is asked about each.
 */
static int
ask_singly(struct packet *p)
{
	p->singly = 1;
	p->fate = FATE_SEND;
	return 0;
}

static int
walk_host(struct worker *w, struct pdesc *pd, struct walk *k)
{
	struct half *h = pd->pkt->dir == DIR_IN ? &k->in : &k->out;
	bool again = false;
	int reason;

	reason = half(w, pd, k, h, pd->pkt->dir, pd->pkt->ifidx);
	if (reason == 0 && leaks_loopback(w, pd))
		reason = REASON_MARTIAN;
	if (reason != 0 || (reason = host_way(w, pd, h, &again)) != 0)
		return reason;
	if (again && pd->pkt->gso != GSO_NONE)
		return ask_singly(pd->pkt);
	if ((h->dir == DIR_IN && (reason = carry_in(w, pd, h)) != 0) ||
	    (reason = first_states(w, pd, k)) != 0)
		return reason;
	rewrite(w, pd, k);
	if (again)
		return send_again(w, pd);
	if (h->way.kind == WAY_DUP)
		way_offer(w, pd->pkt, &h->way);
	if (pd->pkt->steer.queue != 0)
		count_add(&w->count.diverted, 1);
	pd->pkt->out_if = pd->pkt->ifidx;
	pd->pkt->fate = FATE_SEND;
	return 0;
}

static void
start(struct worker *w, struct pdesc *pd, struct walk *k)
{
	pd->cur = pd->key;
	pd->tag = 0;
	k->in.kind = k->out.kind = HALF_NONE;
	k->in.asked = k->out.asked = false;
	k->local = false;
	k->first = WALK_SEARCH;
	k->out_if = 0;
	w->unseen = false;
	if (pd->flags & PD_ICMPERR)
		k->inner = pd->quote.t;
}

int
walk_packet(struct worker *w, struct pdesc *pd, enum walk_first first)
{
	int reason = WALK_AGAIN;
	struct walk k;
	unsigned i;

	for (i = 0; i < WALK_TRIES && reason == WALK_AGAIN; i++) {
		start(w, pd, &k);
		if (i == 0)
			k.first = (uint8_t)first;
		reason = w->ifs->router ? walk_router(w, pd, &k) :
		    walk_host(w, pd, &k);
	}
	count_halves(w, pd, &k);
	return reason == WALK_AGAIN ? (int)REASON_STATEINS : reason;
}

static int
walk_out(struct worker *w, struct pdesc *pd, struct walk *k)
{
	int reason;

	if ((reason = router_out(w, pd, k)) != 0 ||
	    (reason = walk_half(w, pd, k, &k->out, DIR_OUT, k->out_if)) != 0)
		return reason;
	if (k->out.way.kind == WAY_ROUTE)
		k->out_if = k->out.way.ifidx;
	if ((reason = router_fits(w, pd, k->out_if)) != 0 ||
	    (reason = first_states(w, pd, k)) != 0)
		return reason;
	rewrite(w, pd, k);
	return router_emit(w, pd, k->out_if);
}

int
walk_own(struct worker *w, struct pdesc *pd)
{
	int reason = WALK_AGAIN;
	struct walk k;
	unsigned i;

	for (i = 0; i < WALK_TRIES && reason == WALK_AGAIN; i++) {
		start(w, pd, &k);
		reason = walk_out(w, pd, &k);
	}
	count_halves(w, pd, &k);
	return reason == WALK_AGAIN ? (int)REASON_STATEINS : reason;
}
