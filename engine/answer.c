/* SPDX-License-Identifier: ISC */
/*
 * Making the answers that emit.h can write.
 */
#include "engine/answer.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "engine/arena.h"
#include "engine/core.h"
#include "engine/emit.h"
#include "engine/fast/track.h"
#include "engine/ratelimit.h"
#include "engine/record.h"
#include "engine/tuple.h"

static bool
allowed(struct worker *w, const struct pdesc *pd)
{
	return ratelimit_allow(&w->limit, &pd->key.src, random_u32(&w->rnd),
	    w->now);
}

/* Where an answer goes: back by route, else back where it came from. */
static uint16_t
way_back(const struct worker *w, const struct pdesc *pd)
{
	struct route rt;

	if (w->ifs->router &&
	    ifset_route(w->ifs, pd->af, &pd->key.src, &rt) &&
	    worker_iface(w, rt.ifidx) != NULL)
		return rt.ifidx;
	return pd->pkt->ifidx;
}

static void
send_back(struct worker *w, const struct pdesc *pd, struct packet *out)
{
	out->ifidx = out->out_if = way_back(w, pd);
	out->reason = REASON_MATCH;
	made_close(&w->made, out);
	count_add(&w->count.made, 1);
}

/* The first address of the family among some; a global one if there is. */
static const struct addr *
first_address(const struct ifaddr *ia, uint32_t n, uint8_t af)
{
	const struct addr *local = NULL;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (ia[i].af != af)
			continue;
		if (!addr_is_linklocal(af, &ia[i].addr))
			return &ia[i].addr;
		if (local == NULL)
			local = &ia[i].addr;
	}
	return local;
}

/* Our own address that an error about this packet comes from, or NULL. */
static const struct addr *
own_address(const struct worker *w, const struct pdesc *pd)
{
	const uint16_t where[2] = { pd->pkt->ifidx, way_back(w, pd) };
	const struct iface *ifp;
	const struct addr *a;
	unsigned i;

	for (i = 0; i < nitems(where); i++) {
		if ((ifp = worker_iface(w, where[i])) == NULL)
			continue;
		a = first_address(&w->ifs->addrs[ifp->addr], ifp->naddr,
		    pd->af);
		if (a != NULL)
			return a;
	}
	return first_address(w->ifs->addrs, w->ifs->naddrs, pd->af);
}

static void
icmp(struct worker *w, struct pdesc *pd, uint8_t type, uint8_t code,
    uint32_t arg)
{
	struct emit_icmp e = {
		.type = type,
		.code = code,
		.arg = arg,
		.ifs = w->ifs,
	};
	const struct addr *src = own_address(w, pd);
	struct packet *out;

	if (src == NULL || pd->flags & PD_ICMPERR || !allowed(w, pd))
		return;
	e.src = *src;
	if ((out = made_open(&w->made, EMIT_ANSWER_ROOM)) != NULL &&
	    emit_icmp(out, EMIT_ANSWER_ROOM, pd, &e) == 0)
		send_back(w, pd, out);
}

void
answer_unreachable(struct worker *w, struct pdesc *pd, enum unreachable what)
{
	if (pd->af == AF_INET)
		icmp(w, pd, ICMP_UNREACH,
		    what == UNREACH_NET ? ICMP_UNREACH_NET : ICMP_UNREACH_PORT,
		    0);
	else
		icmp(w, pd, ICMP6_DST_UNREACH, what == UNREACH_NET ?
		    ICMP6_DST_UNREACH_NOROUTE : ICMP6_DST_UNREACH_NOPORT, 0);
}

void
answer_ttl(struct worker *w, struct pdesc *pd)
{
	if (pd->af == AF_INET)
		icmp(w, pd, ICMP_TIMXCEED, ICMP_TIMXCEED_INTRANS, 0);
	else
		icmp(w, pd, ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, 0);
}

void
answer_toobig(struct worker *w, struct pdesc *pd, uint32_t mtu)
{
	if (pd->af == AF_INET)
		icmp(w, pd, ICMP_UNREACH, ICMP_UNREACH_NEEDFRAG, mtu);
	else
		icmp(w, pd, ICMP6_PACKET_TOO_BIG, 0, mtu);
}

void
answer_rst(struct worker *w, struct pdesc *pd, uint8_t ttl)
{
	struct packet *out;

	if (!allowed(w, pd))
		return;
	if ((out = made_open(&w->made, EMIT_ANSWER_ROOM)) != NULL &&
	    emit_rst(out, EMIT_ANSWER_ROOM, pd, ttl) == 0)
		send_back(w, pd, out);
}

void
answer_block(struct worker *w, struct pdesc *pd, const struct verdict *v)
{
	const struct prule *r;

	if (v->rule == PROG_NONE)
		return;
	r = program_rule(w->prog, v->rule);
	if (r->block == BLOCK_DROP)
		return;
	if (pd->proto == IPPROTO_TCP && r->block != BLOCK_ICMP)
		answer_rst(w, pd, r->ret_ttl);
	else if (r->block != BLOCK_RST && pd->af == AF_INET)
		icmp(w, pd, ICMP_UNREACH, r->ret_icmp, 0);
	else if (r->block != BLOCK_RST)
		icmp(w, pd, ICMP6_DST_UNREACH, r->ret_icmp6, 0);
}

void
answer_challenge(struct worker *w, struct pdesc *pd, uint32_t lref)
{
	struct tcp_side own, peer;
	struct packet *out;

	if (!line_read(arena_line(w->arena, lref), &own) ||
	    !line_read(arena_line(w->arena, lref ^ 1), &peer) ||
	    !allowed(w, pd))
		return;
	if ((out = made_open(&w->made, EMIT_ANSWER_ROOM)) != NULL &&
	    emit_challenge(out, EMIT_ANSWER_ROOM, pd, peer.end, peer.ack,
	    peer.win) == 0)
		send_back(w, pd, out);
}

void
answer_gone(struct worker *w, uint32_t index, bool source)
{
	uint32_t lref = index * 2 + !source;	/* of who is told */
	struct emit_tcp e = { .flags = TCPF_RST | TCPF_ACK };
	struct tcp_side own, peer;
	struct record_key before;
	struct packet *out;

	record_before(w->arena, lref, &before);
	if (before.proto != IPPROTO_TCP ||
	    !line_read(arena_line(w->arena, lref), &own) ||
	    !line_read(arena_line(w->arena, lref ^ 1), &peer) ||
	    tcp_said(&own) == SAID_NOTHING)
		return;
	e.af = before.af;
	tuple_reverse(&before.t, IPPROTO_TCP, &e.t);
	e.seq = tcp_said(&peer) != SAID_NOTHING ? peer.end : 0;
	e.ack = own.end;
	if ((out = made_open(&w->made, EMIT_ANSWER_ROOM)) == NULL ||
	    emit_tcp(out, EMIT_ANSWER_ROOM, &e) != 0)
		return;
	out->ifidx = out->out_if = before.ifidx;
	out->reason = REASON_MATCH;
	made_close(&w->made, out);
	count_add(&w->count.made, 1);
}

void
answer_stale(struct worker *w, struct pdesc *pd)
{
	struct packet *out;

	if (!allowed(w, pd))
		return;
	if ((out = made_open(&w->made, EMIT_ANSWER_ROOM)) != NULL &&
	    emit_stale(out, EMIT_ANSWER_ROOM, pd) == 0)
		send_back(w, pd, out);
}
