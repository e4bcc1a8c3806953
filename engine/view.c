/* SPDX-License-Identifier: ISC */
/*
 * Records as pf's states.
 *
 * A half is a pair of tuples: before and after its translation, in the
 * direction of the first packet.  An in half has the one before on the wire
 * and the one after on the stack; an out half the other way round.  The end
 * shown left is the target of an in half, the source of an out half.
 *
 * Side 0 of a record sent the first packet, so it is the source of both
 * halves.
 */
#include "engine/view.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <string.h>

#include "engine/core.h"
#include "engine/fast/track.h"
#include "engine/record.h"
#include "engine/statetab.h"
#include "engine/sticky.h"
#include "engine/tuple.h"
#include "engine/way.h"
#include "engine/wheel.h"

/* A record, copied out. */
struct copy {
	struct record_key key;	/* of side 0 */
	struct tuple middle, after;
	struct tcp_side side[2];
	uint8_t kind, flags;
	uint32_t created, row[2];
	bool sticky[2];		/* the halves */
	uint16_t ifidx[2];	/* where packets of the sides are seen */
	struct addr gw[2];	/* where packets of the sides go */
};

/* ICMP types of the query classes; those from ICMPC_OTHER on carry theirs. */
static const struct {
	uint8_t v4, v6;
} icmp_types[] = {
	[ICMPC_ECHO_REQ] = { ICMP_ECHO, ICMP6_ECHO_REQUEST },
	[ICMPC_ECHO_REP] = { ICMP_ECHOREPLY, ICMP6_ECHO_REPLY },
	[ICMPC_TSTAMP_REQ] = { ICMP_TSTAMP, 0 },
	[ICMPC_TSTAMP_REP] = { ICMP_TSTAMPREPLY, 0 },
	[ICMPC_INFO_REQ] = { ICMP_IREQ, 0 },
	[ICMPC_INFO_REP] = { ICMP_IREQREPLY, 0 },
	[ICMPC_MASK_REQ] = { ICMP_MASKREQ, 0 },
	[ICMPC_MASK_REP] = { ICMP_MASKREPLY, 0 },
	[ICMPC_ND_SOL] = { 0, ND_NEIGHBOR_SOLICIT },
	[ICMPC_ND_ADV] = { 0, ND_NEIGHBOR_ADVERT },
	[ICMPC_NI_REQ] = { 0, 139 }, /* RFC 4620 */
	[ICMPC_NI_REP] = { 0, 140 },
};

static uint16_t
class_type(uint8_t af, uint16_t icmp_class)
{
	if (icmp_class >= ICMPC_OTHER)
		return (uint16_t)((icmp_class - ICMPC_OTHER) / 2);
	if (icmp_class >= nitems(icmp_types))
		return 0;
	return af == AF_INET ? icmp_types[icmp_class].v4 :
	    icmp_types[icmp_class].v6;
}

/* copy_record() - Copy, and be sure that it was one record all the time. */
static bool
copy_record(const struct arena *a, uint32_t index, struct copy *c)
{
	const struct cold *cold = arena_cold(a, index);
	struct way way;
	unsigned i;

	if (!statetab_live(a, index))
		return false;
	c->created = load_relaxed(&cold->created);
	c->kind = load_relaxed(&cold->kind);
	c->flags = load_relaxed(&cold->flags);
	record_before(a, index * 2, &c->key);
	record_after(a, index * 2, &c->after);
	for (i = 0; i < 2; i++) {
		c->row[i] = load_relaxed(&cold->row[i]);
		c->sticky[i] = sticky_load(a, index, i) != 0;
		memset(&way, 0, sizeof(way));
		way_load(a, index * 2 + i, &way);
		c->gw[i] = way.gw;
		if (!line_read(arena_line(a, index * 2 + i), &c->side[i]) ||
		    c->side[i].state == LINE_DEAD)
			return false;
	}
	for (i = 0; i < 2; i++)
		c->ifidx[i] = c->side[i ^ 1].egress;
	record_middle(a, index, &c->middle);
	return statetab_live(a, index) &&
	    load_relaxed(&cold->created) == c->created;
}

static void
ends(const struct copy *c, const struct tuple *t, struct view_end *src,
    struct view_end *dst)
{
	src->addr = t->src;
	dst->addr = t->dst;
	src->port = ntohs(t->sport);
	dst->port = proto_is_icmp(c->key.proto) ?
	    class_type(c->key.af, t->dport) : ntohs(t->dport);
}

static void
peer(const struct copy *c, unsigned side, struct view_peer *p)
{
	const struct tcp_side *s = &c->side[side], *other = &c->side[side ^ 1];

	memset(p, 0, sizeof(*p));
	p->wscale = 0xff;
	if (proto_is_icmp(c->key.proto))
		return;
	if (c->key.proto != IPPROTO_TCP) {
		p->state = (uint8_t)other_state_of(s->state, other->state);
		return;
	}
	p->state = (uint8_t)tcp_state_of(s, other);
	if (s->flags & LINE_WSCALE)
		p->wscale = s->flags & LINE_WSCALE_MASK;
	p->seqlo = s->end;
	if (seq_geq(tcp_edge(s, other), s->end))
		p->window = tcp_edge(s, other) - s->end;
}

/* What both halves of a record have in common. */
static void
common(const struct engine *e, uint32_t index, const struct copy *c,
    uint64_t now, uint32_t wall, struct state_view *v)
{
	const struct program *pg = e->force->prog;
	struct record_key reply;
	uint64_t due;
	unsigned i;

	memset(v, 0, sizeof(*v));
	v->id = (uint64_t)c->created << 32 | index;
	v->af = c->key.af;
	v->proto = c->key.proto;
	v->rdomain = c->key.rdomain;
	v->age = wall > c->created ? wall - c->created : 0;
	v->sloppy = (c->side[0].flags & LINE_SLOPPY) != 0;
	v->pflow = (c->flags & COLD_PFLOW) != 0;
	if (pg != NULL) {
		due = wheel_deadline(e->arena, index,
		    program_options(pg)->timeout, now);
		v->expires = due > now ? (uint32_t)((due - now) / 1000) : 0;
	}
	for (i = 0; i < 2; i++) {
		v->packets[i] = statetab_packets(e->arena, index * 2 + i);
		v->bytes[i] = load_relaxed(
		    &arena_line(e->arena, index * 2 + i)->bytes);
	}
	ends(c, &c->key.t, &v->orig_src, &v->orig_dst);
	record_before(e->arena, index * 2 + 1, &reply);
	ends(c, &reply.t, &v->reply_src, &v->reply_dst);
}

/* One half: the tuples around its translation. */
static void
half(const struct copy *c, unsigned which, const struct tuple *before,
    const struct tuple *after, struct state_view *v)
{
	const struct tuple *wire = which == DIR_IN ? before : after;
	const struct tuple *stack = which == DIR_IN ? after : before;
	unsigned src = which == DIR_IN, dst = !src;
	const struct tcp_side *bound = &c->side[which];

	v->dir = (uint8_t)which;
	v->row = c->row[which];
	v->sticky = c->sticky[which];
	v->if_seen = c->ifidx[which];
	if (bound->flags & LINE_IFBOUND)
		v->ifidx = v->if_seen;
	ends(c, wire, &v->wire[src], &v->wire[dst]);
	ends(c, stack, &v->stack[src], &v->stack[dst]);
	v->gw[dst].addr = c->gw[0];
	v->gw[src].addr = c->gw[1];
	peer(c, 0, &v->peer[src]);
	peer(c, 1, &v->peer[dst]);
}

unsigned
view_record(const struct engine *e, uint32_t index, uint64_t now,
    uint32_t wall, struct state_view out[2])
{
	struct copy c;

	if (index >= arena_top(e->arena) ||
	    !copy_record(e->arena, index, &c))
		return 0;
	common(e, index, &c, now, wall, &out[0]);
	switch (c.kind) {
	case RECORD_FORWARD:
		out[1] = out[0];
		half(&c, DIR_IN, &c.key.t, &c.middle, &out[0]);
		half(&c, DIR_OUT, &c.middle, &c.after, &out[1]);
		return 2;
	case RECORD_HALF_IN:
		half(&c, DIR_IN, &c.key.t, &c.after, &out[0]);
		return 1;
	case RECORD_HALF_OUT:
		half(&c, DIR_OUT, &c.key.t, &c.after, &out[0]);
		return 1;
	default:
		return 0;
	}
}

uint32_t
view_limit(const struct engine *e)
{
	return arena_top(e->arena);
}

bool
view_source(const struct engine *e, uint32_t place, uint64_t now,
    struct srcnode_view *v)
{
	return srcnode_view(e->sources, place, now, v);
}

uint32_t
view_sources(const struct engine *e, uint32_t *used)
{
	*used = srcnodes_used(e->sources);
	return srcnodes_top(e->sources);
}
