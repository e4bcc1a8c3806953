/* SPDX-License-Identifier: ISC */
/*
 * A packet and its state: judge, count, translate.
 */
#include "engine/apply.h"

#include <netinet/in.h>

#include <string.h>

#include "engine/core.h"
#include "engine/fast/translate.h"
#include "engine/through.h"
#include "engine/track.h"
#include "engine/walk.h"

static bool
is_syn(const struct pdesc *pd)
{
	return pd->proto == IPPROTO_TCP && pd->tcpflags & TCPF_SYN;
}

/*
 * May a packet of this line leave without anybody's decision?  A SYN never
 * does: rules may want its options changed.
 */
static bool
way_is_clear(const struct worker *w, const struct pdesc *pd,
    const struct line *l)
{
	const struct packet *p = pd->pkt;
	const struct iface *ifp;
	uint32_t size = pd->len;

	if (load_relaxed(&l->flags) & LINE_SLOW || is_syn(pd))
		return false;
	if (!w->ifs->router)
		return true;
	if (p->gso != GSO_NONE)
		size = pd->l3len + pd->hdrlen + p->gso_size;
	ifp = worker_iface(w, load_relaxed(&l->egress));
	return ifp != NULL && ifp->flags & IFACE_UP && size <= ifp->mtu &&
	    pd->ttl > 1;
}

/*
 * Does a line's rewrite change anything?  Where the kernel routes, most do
 * not, and such a packet need not be copied back.
 */
static bool
rewrites(const struct worker *w, const struct line *l, uint32_t lref)
{
	const struct ext *x;
	unsigned side = lref & 1;

	if (l->sport != l->nsport || l->dport != l->ndport)
		return true;
	if ((l->af_dir & LINE_INET6) == 0)
		return l->src != l->nsrc || l->dst != l->ndst;
	x = arena_ext(w->arena, l->nsrc);
	return memcmp(x->addr[side][0], x->addr[side ^ 1][1], 16) != 0 ||
	    memcmp(x->addr[side][1], x->addr[side ^ 1][0], 16) != 0;
}

FAST_INLINE void
translate(const struct worker *w, struct pdesc *pd, uint32_t lref)
{
	const struct line *l = arena_line(w->arena, lref);
	uint8_t *ip = pd->pkt->data;
	unsigned how = 0;

	if (w->ifs->router)
		how |= TRANSLATE_TTL;
	else if (!rewrites(w, l, lref))
		return;
	if (pd->pkt->csum == CSUM_PARTIAL)
		how |= TRANSLATE_PARTIAL;
	if (pd->af == AF_INET)
		translate4(ip, ip + pd->l3len, l, how);
	else
		translate6(ip, ip + pd->l3len, l,
		    arena_ext(w->arena, l->nsrc), lref & 1, how);
	pd->pkt->changed = 1;
}

FAST_INLINE enum track
judge(const struct worker *w, const struct pdesc *pd, uint32_t lref)
{
	struct line *own = arena_line(w->arena, lref);
	struct line *peer = arena_line(w->arena, lref ^ 1);
	struct tcp_seg seg;

	if (pd->proto != IPPROTO_TCP)
		return track_other(own, peer, (uint32_t)w->now, pd->len);
	track_segment(pd, &seg);
	return track_tcp(own, peer, &seg, (uint32_t)w->now, pd->len);
}

enum track
apply_judge(const struct worker *w, const struct pdesc *pd, uint32_t lref)
{
	return judge(w, pd, lref);
}

void
apply_translate(const struct worker *w, struct pdesc *pd, uint32_t lref)
{
	translate(w, pd, lref);
}

int
apply_state(struct worker *w, struct pdesc *pd, uint32_t lref)
{
	const struct line *l = arena_line(w->arena, lref);
	struct packet *p = pd->pkt;
	enum track t;
	int reason;

	if (!way_is_clear(w, pd, l) || (t = judge(w, pd, lref)) == TRACK_BUSY)
		return WALK_AGAIN;
	if (t != TRACK_OK && (reason = track_verdict(w, pd, lref, t)) != 0) {
		if (reason != WALK_AGAIN)
			count_iface(w, p->ifidx, pd->dir, pd->af, true,
			    pd->len);
		return reason;
	}
	count_iface(w, p->ifidx, pd->dir, pd->af, false, pd->len);
	translate(w, pd, lref);
	p->fate = FATE_SEND;
	p->out_if = p->ifidx;
	if (w->ifs->router) {
		p->out_if = load_relaxed(&l->egress);
		count_iface(w, p->out_if, DIR_OUT, pd->af, false, pd->len);
	} else if (pd->dir == DIR_IN) {
		through_try(w, pd, lref);
	} else {
		through_learn(w, pd, lref);
	}
	return 0;
}
