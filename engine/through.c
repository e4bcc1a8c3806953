/* SPDX-License-Identifier: ISC */
/*
 * Both halves of a forwarded packet at once, where the kernel routes.
 *
 * A packet that the kernel forwards passes two hooks, and natd is asked at
 * both: in when it arrives, out when it leaves.  Once both halves have a
 * state, the second question is one too many: the packet would be copied to
 * user space and back for nothing new.
 *
 *	     in             routing             out
 *	 ----[1]---- ... ------------- ... ----[2]---->	first packets
 *	      |                                 |
 *	   in half                          out half
 *
 *	     in             routing             out
 *	 ----[1]---- ... ------------- ... ----------->	both have a state
 *	      |         "decided, leaves by N"
 *	   in half
 *	   out half
 *
 * At [1] the in half's line judges and translates as ever.  What it lets go
 * on is looked up once more with direction out.  If that is a state's packet
 * as well, its line judges, counts and translates too, and the data plane
 * marks the packet with the interface that this line's packets leave by.  The
 * hook at [2] lets a packet pass that leaves where its mark says.  Any other
 * comes to through_again(): it is translated already, so nothing is left but
 * to learn the new way, for the packets behind it.
 *
 * The kernel routes between [1] and [2], and sees a packet that its out half
 * has translated already.  Destinations are translated at [1] in either case;
 * the source is another matter, see source_may().  What the kernel would
 * answer with an ICMP error goes to the packet's source, and so must have the
 * one that the sender knows: such packets are asked about twice.
 *
 * The interface that packets of a line leave by is the line's `egress'.  It
 * is learnt at [2], and forgotten (0) when interfaces, addresses or default
 * routes change (ifchange.c): a line without one is asked about twice.  A
 * line that is bound to its interface never goes through.
 */
#include "engine/through.h"

#include <netinet/in.h>

#include "engine/apply.h"
#include "engine/core.h"
#include "engine/record.h"
#include "engine/track.h"
#include "engine/tuple.h"

static bool
is_multicast(uint8_t af, const struct addr *a)
{
	return af == AF_INET6 ? a->b[0] == 0xff : (a->b[0] & 0xf0) == 0xe0;
}

/*
 * The kernel takes a packet of an IPv4 source that is its own for a forgery,
 * unless the interface says otherwise (IFACE_OWNSRC); and forwards nothing
 * from a link-local one.
 */
static bool
source_may(const struct iface *in, uint8_t af, const struct tuple *from,
    const struct tuple *to)
{
	if (addr_equal(&from->src, &to->src))
		return true;
	return af == AF_INET ? (in->flags & IFACE_OWNSRC) != 0 :
	    !addr_is_linklocal(af, &to->src);
}

/* Would the kernel have to say that it is too big? */
static bool
fits(const struct worker *w, const struct pdesc *pd, const struct iface *in,
    const struct iface *out)
{
	uint32_t most = out->mtu;

	if (w->ifs->route_mtu != 0 && w->ifs->route_mtu < most)
		most = w->ifs->route_mtu;
	/* the pieces of a train have come through the interface's own MTU */
	return (pd->pkt->gso == GSO_NONE ? pd->len : in->mtu) <= most;
}

/* The interface that a line's packets are known to leave by, or NULL. */
static const struct iface *
way_of(const struct worker *w, const struct pdesc *pd, const struct line *l)
{
	const struct iface *ifp = worker_iface(w, load_relaxed(&l->egress));

	/* back where it came from: the kernel may tell of a better way */
	if (ifp == NULL || ifp->index == pd->pkt->ifidx ||
	    (ifp->flags & (IFACE_UP | IFACE_SKIP | IFACE_THROUGH)) !=
	    (IFACE_UP | IFACE_THROUGH) ||
	    load_relaxed(&l->flags) & (LINE_SLOW | LINE_IFBOUND))
		return NULL;
	return ifp;
}

void
through_try(struct worker *w, struct pdesc *pd, uint32_t lref)
{
	const struct iface *in = worker_iface(w, pd->pkt->ifidx), *out;
	struct record_key key = {
		.af = pd->af, .proto = pd->proto, .dir = DIR_OUT,
		.rdomain = pd->rdomain,
	};
	struct tuple after;
	enum track t;
	uint32_t next;

	/* does it leave?  Of UDP that has changed it is asked in any case */
	if (pd->ttl <= 1 || (!w->ifs->through &&
	    (pd->proto != IPPROTO_UDP || !pd->pkt->changed)))
		return;
	record_after(w->arena, lref, &key.t);
	if (is_multicast(pd->af, &key.t.dst) ||
	    ifset_local(w->ifs, pd->af, &key.t.dst, NULL) ||
	    (next = record_find(w, &key)) == ARENA_NONE)
		return;
	pd->pkt->leaves = 1;
	if (!w->ifs->through ||
	    (out = way_of(w, pd, arena_line(w->arena, next))) == NULL)
		return;
	record_after(w->arena, next, &after);
	if (!source_may(in, pd->af, &key.t, &after) || !fits(w, pd, in, out))
		return;
	t = apply_judge(w, pd, next);
	if (t > TRACK_MOVED)
		return; /* nothing was counted: asked again when it leaves */
	(void)track_verdict(w, pd, next, t);
	apply_translate(w, pd, next);
	count_iface(w, out->index, DIR_OUT, pd->af, false, pd->len);
	count_add(&w->count.through, 1);
	pd->pkt->decided = 1;
	pd->pkt->out_if = out->index;
}

void
through_learn(struct worker *w, const struct pdesc *pd, uint32_t lref)
{
	const struct line *l = arena_line(w->arena, lref);

	if (w->ifs->through && load_relaxed(&l->egress) != pd->ifidx &&
	    (load_relaxed(&l->flags) & LINE_IFBOUND) == 0)
		(void)record_turn(w->arena, lref, 0, pd->ifidx);
}

int
through_again(struct worker *w, struct pdesc *pd)
{
	struct record_key key = {
		.af = pd->af, .proto = pd->proto, .dir = DIR_IN,
		.rdomain = pd->rdomain,
	};
	uint32_t lref;

	/* what would come back is the other side of the line that led it */
	tuple_reverse(&pd->key, pd->proto, &key.t);
	if ((lref = record_find(w, &key)) == ARENA_NONE)
		return REASON_WAY;
	through_learn(w, pd, lref ^ 1);
	count_add(&w->count.turned, 1);
	pd->pkt->fate = FATE_SEND;
	pd->pkt->out_if = pd->pkt->ifidx;
	return 0;
}
