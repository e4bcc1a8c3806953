/* SPDX-License-Identifier: ISC */
/*
 * A packet of an established state: enter its line, judge, count, leave.
 *
 * The peer's line is read before the own one is entered and never waited for
 * inside, so two workers on the two sides of one state cannot stop each other.
 */
#ifndef ENGINE_FAST_TRACK_H
#define ENGINE_FAST_TRACK_H

#include "engine/fast/atomic.h"
#include "engine/fast/layout.h"
#include "engine/fast/tcp.h"

/* line.state of all protocols but TCP. */
enum other_said {
	OTHER_NOTHING = 0,
	OTHER_SINGLE,	/* it has sent */
	OTHER_MULTIPLE, /* it has sent after the other side had */
};

/*
 * line_load(), line_put() - What a line's side said, inside its bracket
 *
 * Member by member: a word put together from its parts would have to wait
 * until these are stored.
 */
static inline void
line_load(const struct line *l, struct tcp_side *out)
{
	forget(l);
	out->end = load_relaxed(&l->end);
	out->ack = load_relaxed(&l->ack);
	out->win = load_relaxed(&l->win);
	out->maxwin = load_relaxed(&l->maxwin);
	out->state = load_relaxed(&l->state);
	out->flags = load_relaxed(&l->flags);
	out->egress = load_relaxed(&l->egress);
}

static inline void
line_put(struct line *l, const struct tcp_side *in)
{
	forget(l);
	store_relaxed(&l->end, in->end);
	store_relaxed(&l->ack, in->ack);
	store_relaxed(&l->win, in->win);
	store_relaxed(&l->maxwin, in->maxwin);
	store_relaxed(&l->state, in->state);
	store_relaxed(&l->flags, in->flags);
	store_relaxed(&l->egress, in->egress);
}

/*
 * line_read() - The same from outside, as one moment's
 * Return: 1, or 0 if a writer stayed in.
 */
static inline int
line_read(const struct line *l, struct tcp_side *out)
{
	uint32_t begin;
	unsigned i;

	for (i = 0; i < SEQ_TRIES; i++) {
		begin = seq_begin(&l->seq);
		line_load(l, out);
		if (seq_same(&l->seq, begin))
			return 1;
		cpu_pause();
	}
	return 0;
}

/* One packet more; a bracket is open. */
static inline void
line_count(struct line *l, uint32_t now, uint32_t bytes)
{
	store_relaxed(&l->last, now);
	store_relaxed(&l->packets, load_relaxed(&l->packets) + 1);
	store_relaxed(&l->bytes, load_relaxed(&l->bytes) + bytes);
}

/*
 * track_tcp_upto() - A segment, if its verdict is not beyond @worst
 *
 * Whoever cannot do what a verdict asks for leaves the packet to another.
 */
FAST_INLINE enum track
track_tcp_upto(struct line *own, const struct line *peer,
    const struct tcp_seg *s, uint32_t now, uint32_t bytes, enum track worst)
{
	struct tcp_side o, p;
	enum track t;

	if (!line_read(peer, &p) || !seq_enter(&own->seq))
		return TRACK_BUSY;
	line_load(own, &o);
	t = tcp_judge(&o, &p, s);
	if (t <= worst) {
		line_put(own, &o);
		line_count(own, now, bytes);
	}
	seq_leave(&own->seq);
	return t;
}

/*
 * track_tcp() - A segment of the side whose line is @own
 * @now: milliseconds, low 32 bits
 * @bytes: length of the packet from its IP header
 *
 * Return: enum track; only TRACK_OK and TRACK_MOVED have changed anything.
 */
FAST_INLINE enum track
track_tcp(struct line *own, const struct line *peer, const struct tcp_seg *s,
    uint32_t now, uint32_t bytes)
{
	return track_tcp_upto(own, peer, s, now, bytes, TRACK_MOVED);
}

/*
 * track_other() - A packet of any other protocol
 *
 * Reads the peer's line only until this side has sent after the other.
 */
static inline enum track
track_other(struct line *own, const struct line *peer, uint32_t now,
    uint32_t bytes)
{
	enum track t = TRACK_OK;
	uint8_t was, state;

	if (!seq_enter(&own->seq))
		return TRACK_BUSY;
	was = state = load_relaxed(&own->state);
	if (was == LINE_DEAD) {
		seq_leave(&own->seq);
		return TRACK_DEAD;
	}
	if (state < OTHER_MULTIPLE) {
		state = load_relaxed(&peer->state) != OTHER_NOTHING ?
		    OTHER_MULTIPLE : OTHER_SINGLE;
		if (state != was) {
			store_relaxed(&own->state, state);
			t = TRACK_MOVED;
		}
	}
	line_count(own, now, bytes);
	seq_leave(&own->seq);
	return t;
}

/*
 * track_other_steady() - The same, if the state has traffic both ways already
 * Return: TRACK_OK, or TRACK_MOVED (nothing is changed: track_other() will),
 * TRACK_DEAD, TRACK_BUSY.
 */
static inline enum track
track_other_steady(struct line *own, uint32_t now, uint32_t bytes)
{
	enum track t = TRACK_OK;
	uint8_t state;

	if (!seq_enter(&own->seq))
		return TRACK_BUSY;
	state = load_relaxed(&own->state);
	if (state == LINE_DEAD)
		t = TRACK_DEAD;
	else if (state != OTHER_MULTIPLE)
		t = TRACK_MOVED;
	else
		line_count(own, now, bytes);
	seq_leave(&own->seq);
	return t;
}

/*
 * other_state_of() - The state of one end as pf shows it: 0 no traffic,
 * 1 single, 2 multiple (the other side has sent after this one).
 */
static inline unsigned
other_state_of(uint8_t own, uint8_t peer)
{
	if (own == OTHER_NOTHING)
		return OTHER_NOTHING;
	return peer == OTHER_MULTIPLE ? OTHER_MULTIPLE : OTHER_SINGLE;
}

#endif
