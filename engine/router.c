/* SPDX-License-Identifier: ISC */
/*
 * Route, hop limit, size; and what is for ourselves.
 */
#include "engine/router.h"

#include <netinet/in.h>

#include <errno.h>

#include "engine/answer.h"
#include "engine/core.h"
#include "engine/emit.h"
#include "engine/fast/cksum.h"
#include "engine/fast/tcp.h"
#include "engine/first.h"
#include "engine/walk.h"
#include "engine/wire.h"

/*
 * What no router forwards: addresses of groups, of all, and of one link
 * (RFC 3927 2.7, RFC 4291 2.5.6), and what hosts of one link say of themselves.
 */
static bool
not_forwarded(const struct pdesc *pd)
{
	const struct addr *src = &pd->cur.src, *dst = &pd->cur.dst;

	if (pd->af == AF_INET)
		return icmp_is_redirect(pd) ||
		    (dst->b[0] & 0xf0) == 0xe0 ||
		    dst->w[0] == UINT32_MAX ||
		    (dst->b[0] == 169 && dst->b[1] == 254) ||
		    (src->b[0] == 169 && src->b[1] == 254);
	return dst->b[0] == 0xff ||
	    (pd->proto == IPPROTO_ICMPV6 &&
	    icmp_is_discovery(pd->af, pd->icmp_type)) ||
	    (dst->b[0] == 0xfe && (dst->b[1] & 0xc0) == 0x80) ||
	    (src->b[0] == 0xfe && (src->b[1] & 0xc0) == 0x80);
}

/* The broadcast address of a network behind this interface (RFC 2644). */
static bool
directed_broadcast(const struct worker *w, const struct iface *ifp,
    const struct pdesc *pd)
{
	const struct ifaddr *ia = &w->ifs->addrs[ifp->addr];
	uint32_t i;

	if (pd->af != AF_INET)
		return false;
	for (i = 0; i < ifp->naddr; i++)
		if (ia[i].af == AF_INET && !addr_is_zero(&ia[i].broadcast) &&
		    addr_equal(&ia[i].broadcast, &pd->cur.dst))
			return true;
	return false;
}

int
router_way(struct worker *w, struct pdesc *pd, struct walk *k)
{
	const struct iface *ifp;
	struct route rt;
	uint16_t ifidx;

	if (ifset_local(w->ifs, pd->af, &pd->cur.dst, &ifidx)) {
		k->local = true;
		return 0;
	}
	if (not_forwarded(pd))
		return REASON_NOROUTE;
	if (k->in.way.kind == WAY_ROUTE)
		rt.ifidx = k->in.way.ifidx;
	else if (!ifset_route(w->ifs, pd->af, &pd->cur.dst, &rt))
		rt.ifidx = 0;
	if ((ifp = worker_iface(w, rt.ifidx)) == NULL) {
		answer_unreachable(w, pd, UNREACH_NET);
		return REASON_NOROUTE;
	}
	if (directed_broadcast(w, ifp, pd))
		return REASON_NOROUTE;
	k->out_if = rt.ifidx;
	return router_hop(w, pd);
}

int
router_out(struct worker *w, struct pdesc *pd, struct walk *k)
{
	struct route rt;

	if (!ifset_route(w->ifs, pd->af, &pd->cur.dst, &rt) ||
	    worker_iface(w, rt.ifidx) == NULL)
		return REASON_NOROUTE;
	k->out_if = rt.ifidx;
	return 0;
}

int
router_hop(struct worker *w, struct pdesc *pd)
{
	if (pd->ttl > 1)
		return 0;
	answer_ttl(w, pd);
	return REASON_TTL;
}

/* Bytes of headers that each segment of a train has. */
static uint32_t
train_head(const struct pdesc *pd)
{
	return (uint32_t)pd->l3len + pd->hdrlen;
}

/* A train's segments are what has to fit. */
static int
train_fits(struct worker *w, struct pdesc *pd, const struct iface *ifp)
{
	uint32_t head = train_head(pd);
	struct packet *p = pd->pkt;

	if (head + p->gso_size <= ifp->mtu)
		return 0;
	if (pd->af == AF_INET && (pd->flags & PD_DF) == 0) {
		if (p->gso == GSO_UDP)
			return 0; /* each datagram is cut */
		if (ifp->mtu > head) {
			p->gso_size = (uint16_t)(ifp->mtu - head);
			return 0;
		}
	}
	answer_toobig(w, pd, ifp->mtu);
	return REASON_TOOBIG;
}

int
router_fits(struct worker *w, struct pdesc *pd, uint16_t out_if)
{
	const struct iface *ifp = worker_iface(w, out_if);

	if (ifp == NULL || (ifp->flags & IFACE_UP) == 0)
		return REASON_IFDOWN;
	if (pd->pkt->gso != GSO_NONE)
		return train_fits(w, pd, ifp);
	if (pd->len <= ifp->mtu || w->fi != NULL)
		return 0;
	if (pd->af == AF_INET && (pd->flags & PD_DF) == 0)
		return 0;
	answer_toobig(w, pd, ifp->mtu);
	return REASON_TOOBIG;
}

/* Cut into fragments, which are packets that the engine makes. */
static int
send_fragments(struct worker *w, struct pdesc *pd, const struct iface *ifp)
{
	struct emit_frags ef;
	struct packet *out;
	int n;

	if (emit_frags_init(&ef, pd, ifp->mtu, w->fi) != 0)
		return REASON_TOOBIG;
	for (;;) {
		if ((out = made_open(&w->made, ifp->mtu)) == NULL)
			return REASON_MEMORY;
		if ((n = emit_frags_next(&ef, out, ifp->mtu)) <= 0)
			return n == 0 ? 0 : REASON_TOOBIG;
		out->ifidx = pd->pkt->ifidx;
		out->out_if = ifp->index;
		made_close(&w->made, out);
	}
}

/* The datagrams of a train are no segments: each has its own fragments. */
static int
send_train(struct worker *w, struct pdesc *pd, const struct iface *ifp)
{
	struct emit_train t;
	struct packet pkt;
	struct pdesc one;
	int reason = 0;

	emit_train_init(&t, pd);
	while (reason == 0 && emit_train_next(&t, &one, &pkt))
		reason = send_fragments(w, &one, ifp);
	return reason;
}

/*
 * Must it leave in pieces?  IPv6 only as it came: no router may cut it.  Of
 * trains only those of UDP; the segments of the others have been made to fit.
 */
static bool
in_pieces(const struct worker *w, const struct pdesc *pd,
    const struct iface *ifp)
{
	if (pd->pkt->gso == GSO_UDP)
		return train_head(pd) + pd->pkt->gso_size > ifp->mtu;
	if (pd->pkt->gso != GSO_NONE)
		return false;
	if (pd->af == AF_INET6 && w->fi != NULL)
		return true;
	return pd->len > ifp->mtu;
}

static void
count_down(struct pdesc *pd)
{
	uint8_t *p = pd->pkt->data;
	uint16_t was;

	pd->pkt->changed = 1;
	if (pd->af == AF_INET6) {
		p[7]--;
		return;
	}
	was = wire_raw16(p + 8);
	p[8]--;
	wire_put_raw16(p + 10,
	    cksum_update16(wire_raw16(p + 10), was, wire_raw16(p + 8)));
}

int
router_emit(struct worker *w, struct pdesc *pd, uint16_t out_if)
{
	const struct iface *ifp = worker_iface(w, out_if);

	pd->pkt->out_if = out_if;
	if (in_pieces(w, pd, ifp)) {
		pd->pkt->fate = FATE_HELD;
		return pd->pkt->gso == GSO_NONE ? send_fragments(w, pd, ifp) :
		    send_train(w, pd, ifp);
	}
	pd->pkt->fate = FATE_SEND;
	return 0;
}

int
router_send(struct worker *w, struct pdesc *pd, uint16_t out_if)
{
	count_down(pd);
	return router_emit(w, pd, out_if);
}

/* The answer to an echo request goes out through the states. */
static int
echo(struct worker *w, struct pdesc *pd)
{
	struct packet *out;
	uint32_t room = pd->len + EMIT_ANSWER_ROOM;
	int reason;

	if ((out = made_open(&w->made, room)) == NULL)
		return REASON_MEMORY;
	if ((reason = emit_echo_reply(out, room, pd)) != 0)
		return reason == -EBADMSG ? REASON_PROTCKSUM : WALK_DONE;
	made_close(&w->made, out);
	out->fate = FATE_DROP;
	out->ifidx = pd->pkt->ifidx;
	if (pdesc_parse(pd, out) != 0 || walk_own(w, pd) != 0)
		return WALK_DONE;
	count_add(&w->count.made, 1);
	return WALK_DONE;
}

static bool
echo_request(const struct pdesc *pd)
{
	return pd->icmp_class == ICMPC_ECHO_REQ;
}

int
router_local(struct worker *w, struct pdesc *pd, struct walk *k)
{
	int reason;

	if (pd->flags & PD_ICMPERR)
		return k->in.kind == HALF_STATE ? WALK_DONE : REASON_ICMPERR;
	if (echo_request(pd)) {
		if ((reason = first_states(w, pd, k)) != 0)
			return reason;
		pdesc_rewrite(pd);
		return echo(w, pd);
	}
	if (pd->flags & PD_FRAGMENT)
		return WALK_DONE;
	if (!pdesc_sum_ok(pd))
		return REASON_PROTCKSUM;
	if (pd->proto == IPPROTO_TCP && (pd->tcpflags & TCPF_RST) == 0)
		answer_rst(w, pd, 0);
	else if (pd->proto == IPPROTO_UDP)
		answer_unreachable(w, pd, UNREACH_PORT);
	return WALK_DONE;
}
