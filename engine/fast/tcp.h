/* SPDX-License-Identifier: ISC */
/*
 * Judging one TCP segment (van Rooij: "Real Stateful TCP Packet Filtering in
 * IP Filter", 2001; RFC 9293; RFC 5961).
 *
 * A side's record says only what that side said itself: the highest sequence
 * number and acknowledgement it sent, and its windows.  From the records of
 * both sides follow the four bounds of a segment:
 *
 *	I    its data ends at or before the peer's ack + window
 *	II   it begins at or after own end - the peer's largest window
 *	III  it acknowledges nothing beyond the peer's end
 *	IV   it acknowledges at least the peer's end - the slack
 *
 * The slack is TCP_SLACK bytes, scaled by the sender's window scale.  Blocks
 * of selective acknowledgements are data of the options and move no bound.
 *
 * The stored window is the one that keeps the right edge (ack + window) from
 * going back, for what was sent under the old edge may still be under way.
 * While a side has sent only SYNs its windows are as on the wire, later in
 * units of its scale; they are scaled if both sides sent the option.  And
 * while it has acknowledged nothing, `ack' is the number after its own SYN.
 *
 * A side of a state that was picked up without its SYN is LOOSE: its segments
 * pass within a slack scaled by 14, until one keeps all four bounds.
 */
#ifndef ENGINE_FAST_TCP_H
#define ENGINE_FAST_TCP_H

#include "engine/fast/atomic.h"
#include "engine/fast/layout.h"

#define TCPF_FIN 0x01
#define TCPF_SYN 0x02
#define TCPF_RST 0x04
#define TCPF_PSH 0x08
#define TCPF_ACK 0x10

#define TCP_SLACK (65535 + 1500) /* a window and a packet, as pf */
#define TCP_MAXSCALE 14		 /* RFC 7323 2.3 */

/* line.state of TCP: the most that this side has said, and a flag. */
enum tcp_said {
	SAID_NOTHING = 0,
	SAID_SYN,    /* SYN without ACK */
	SAID_SYNACK, /* SYN with ACK */
	SAID_DATA,   /* a segment without SYN */
	SAID_FIN,
	SAID_RST,
};
#define SAID_MASK 0x0f
#define SAID_LOOSE 0x80

/* States of a connection's end as they are shown; pf's and BSD's numbers. */
enum tcp_state {
	TCPS_CLOSED = 0,
	TCPS_LISTEN,
	TCPS_SYN_SENT,
	TCPS_SYN_RECEIVED,
	TCPS_ESTABLISHED,
	TCPS_CLOSE_WAIT,
	TCPS_FIN_WAIT_1,
	TCPS_CLOSING,
	TCPS_LAST_ACK,
	TCPS_FIN_WAIT_2,
	TCPS_TIME_WAIT,
};

/* Which of the TCP timeouts a pair of ends is under. */
enum tcp_class {
	TCPC_FIRST = 0,
	TCPC_OPENING,
	TCPC_ESTABLISHED,
	TCPC_CLOSING,
	TCPC_FINWAIT,
	TCPC_CLOSED,
};

enum track {
	TRACK_OK = 0,
	TRACK_MOVED,	 /* ok, and the timeout class may have changed */
	TRACK_BAD,	 /* drop: state-mismatch */
	TRACK_CHALLENGE, /* drop, and answer its sender (RFC 5961) */
	TRACK_STALE,	 /* drop, and reset its sender (RFC 9293 3.5.1) */
	TRACK_REUSE,	 /* SYN on a closed connection: end it, look again */
	TRACK_DEAD,	 /* the record has ended: look again */
	TRACK_BUSY,	 /* somebody stayed in the line */
};

/* A segment; numbers in host order. */
struct tcp_seg {
	uint32_t seq, ack;
	uint32_t len;	/* payload; of a super-packet: all of it */
	uint16_t win;
	uint8_t flags;
	uint8_t wscale; /* of a SYN's option; 0xff: none */
};

/* What tracking is about: bytes 48 to 63 of a line. */
struct tcp_side {
	uint32_t end, ack;
	uint16_t win, maxwin;
	uint8_t state, flags;
	uint16_t egress;
};

_Static_assert(__builtin_offsetof(struct line, end) == 48 &&
	__builtin_offsetof(struct line, win) == 56 &&
	__builtin_offsetof(struct line, state) == 60 &&
	__builtin_offsetof(struct line, egress) == 62,
    "struct tcp_side is the end of struct line");

static inline int
seq_geq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

static inline uint32_t
tcp_said(const struct tcp_side *s)
{
	return s->state & SAID_MASK;
}

/* The scale of a side's windows: the option counts if both sent it. */
static inline unsigned
tcp_scale(const struct tcp_side *s, const struct tcp_side *other)
{
	return s->flags & other->flags & LINE_WSCALE ?
	    s->flags & LINE_WSCALE_MASK : 0;
}

/* Has @peer acknowledged all that @s said? */
static inline int
tcp_acked(const struct tcp_side *s, const struct tcp_side *peer)
{
	return tcp_said(peer) >= SAID_SYNACK && seq_geq(peer->ack, s->end);
}

/*
 * tcp_state_of() - The state of one end, as pf would show it
 *
 * pf writes into the record of the one side what the other has acknowledged;
 * here it follows from both.  A sloppy state whose other side is never seen
 * takes this side's word for both.
 */
static inline enum tcp_state
tcp_state_of(const struct tcp_side *s, const struct tcp_side *peer)
{
	uint32_t said = tcp_said(s), psaid = tcp_said(peer);

	if (said == SAID_RST || psaid == SAID_RST)
		return TCPS_TIME_WAIT;
	if (s->flags & LINE_SLOPPY) {
		if (said == SAID_NOTHING && psaid >= SAID_DATA)
			return psaid == SAID_FIN ? TCPS_CLOSING :
						   TCPS_ESTABLISHED;
		if (psaid == SAID_NOTHING && said >= SAID_DATA)
			return said == SAID_FIN ? TCPS_CLOSING :
						  TCPS_ESTABLISHED;
	}
	if (said == SAID_NOTHING)
		return TCPS_CLOSED;
	if (said == SAID_FIN)
		return tcp_acked(s, peer) ? TCPS_FIN_WAIT_2 : TCPS_CLOSING;
	return psaid >= SAID_SYNACK ? TCPS_ESTABLISHED : TCPS_SYN_SENT;
}

/* tcp_class_of() - The timeout that rules a connection; pf's order. */
static inline enum tcp_class
tcp_class_of(const struct tcp_side *a, const struct tcp_side *b)
{
	enum tcp_state s = tcp_state_of(a, b), t = tcp_state_of(b, a);

	if (s >= TCPS_FIN_WAIT_2 && t >= TCPS_FIN_WAIT_2)
		return TCPC_CLOSED;
	if (s >= TCPS_CLOSING && t >= TCPS_CLOSING)
		return TCPC_FINWAIT;
	if (s == TCPS_CLOSED || t == TCPS_CLOSED)
		return TCPC_FIRST;
	if (s < TCPS_ESTABLISHED || t < TCPS_ESTABLISHED)
		return TCPC_OPENING;
	if (s >= TCPS_CLOSING || t >= TCPS_CLOSING)
		return TCPC_CLOSING;
	return TCPC_ESTABLISHED;
}

/* What is over: a SYN may begin a new connection with the same ports. */
static inline int
tcp_over(const struct tcp_side *own, const struct tcp_side *peer)
{
	return tcp_class_of(own, peer) == TCPC_CLOSED;
}

/* Upper edge of what a side may send: bound I. */
FAST_INLINE uint32_t
tcp_edge(const struct tcp_side *own, const struct tcp_side *peer)
{
	uint32_t said = tcp_said(peer), win = peer->win;

	if (said >= SAID_DATA)
		win <<= tcp_scale(peer, own);
	if (win == 0)
		win = 1; /* a zero window may be probed */
	return (said >= SAID_SYNACK ? peer->ack : own->end) + win;
}

/* Lower edge: bound II. */
FAST_INLINE uint32_t
tcp_floor(const struct tcp_side *own, const struct tcp_side *peer)
{
	uint32_t win = peer->maxwin;

	if (tcp_said(peer) >= SAID_DATA)
		win <<= tcp_scale(peer, own);
	return own->end - (win == 0 ? 1 : win);
}

/* Bounds III and IV; of a SYN, its data or not. */
FAST_INLINE int
tcp_ack_fits(const struct tcp_side *own, const struct tcp_side *peer,
    uint32_t ack)
{
	int32_t behind = (int32_t)(peer->end - ack);

	if (tcp_said(peer) == SAID_SYN)
		return ack == peer->end || ack == peer->ack;
	return behind >= 0 && behind <= TCP_SLACK << tcp_scale(own, peer);
}

/*
 * tcp_fits() - All four bounds
 * @own: the sender; has said something unless the segment is its first
 *
 * A FIN may stand just behind a full window, so it does not count in bound I.
 */
FAST_INLINE int
tcp_fits(const struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	uint32_t last = s->seq + s->len + (s->flags & TCPF_SYN ? 1 : 0);

	if (s->flags & TCPF_ACK && !tcp_ack_fits(own, peer, s->ack))
		return 0;
	if (tcp_said(own) == SAID_NOTHING)
		return 1;
	return seq_geq(tcp_edge(own, peer), last) &&
	    seq_geq(s->seq, tcp_floor(own, peer));
}

/* The bounds of a side that was picked up. */
static inline int
tcp_fits_loosely(const struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	const int32_t slack = TCP_SLACK << TCP_MAXSCALE;
	int32_t d = (int32_t)(s->seq + s->len - own->end);

	if (tcp_said(own) != SAID_NOTHING && (d > slack || d < -slack))
		return 0;
	d = (int32_t)(s->ack - peer->end);
	return tcp_said(peer) == SAID_NOTHING || (d <= slack && d >= -slack);
}

/*
 * A RST must carry the number that its receiver expects next (RFC 5961 3.2):
 * the end of what its sender sent, or what the receiver acknowledged last.
 * The answer to a SYN acknowledges that SYN instead, with or without its data
 * (RFC 9293 3.10.7.3).
 */
static inline enum track
tcp_judge_rst(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	uint32_t said = tcp_said(own), psaid = tcp_said(peer);

	if ((said != SAID_NOTHING && s->seq == own->end) ||
	    (psaid >= SAID_SYNACK && s->seq == peer->ack) ||
	    (said == SAID_NOTHING && psaid != SAID_NOTHING &&
		s->flags & TCPF_ACK && (s->ack == peer->end ||
		(psaid == SAID_SYN && s->ack == peer->ack)))) {
		own->state = (own->state & SAID_LOOSE) | SAID_RST;
		if (said == SAID_NOTHING)
			own->end = s->seq;
		return said == SAID_RST ? TRACK_OK : TRACK_MOVED;
	}
	if (psaid >= SAID_SYNACK && seq_geq(s->seq, peer->ack) &&
	    seq_geq(tcp_edge(own, peer), s->seq))
		return TRACK_CHALLENGE;
	return TRACK_BAD;
}

/*
 * Is this the answer to a SYN from a connection that its sender still has, and
 * the other end has not?  It acknowledges what that SYN did not say.  The end
 * that opens would reset it (RFC 9293 3.5.1), but its state knows nothing of
 * the older connection: so it is reset for it, as pf does, and the SYN that is
 * sent again finds nothing in its way.
 */
static inline int
tcp_stale(const struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	return tcp_said(own) == SAID_NOTHING && tcp_said(peer) == SAID_SYN &&
	    s->flags & TCPF_ACK &&
	    !(seq_geq(s->ack, peer->ack) && seq_geq(peer->end, s->ack));
}

/*
 * Is this the SYN that its side has sent before?  With or without the data of
 * a fast open (RFC 7413).
 */
static inline int
tcp_same_syn(const struct tcp_side *own, const struct tcp_seg *s)
{
	if (tcp_said(own) == SAID_SYN)
		return s->seq + 1 == own->ack;
	return s->seq + 1 == own->end || s->seq + 1 + s->len == own->end;
}

/*
 * May this SYN be?  As the first word of a side, as the same SYN again, or
 * while nobody has answered.  On a live connection it is challenged (RFC 5961
 * 4.2), on a closed one it begins the next.
 */
static inline enum track
tcp_judge_syn(const struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	uint32_t said = tcp_said(own), psaid = tcp_said(peer);

	if (s->flags & (TCPF_FIN | TCPF_RST))
		return TRACK_BAD;
	if ((s->flags & TCPF_ACK) == 0 && tcp_over(own, peer))
		return TRACK_REUSE;
	if (psaid == SAID_NOTHING && said <= SAID_SYNACK)
		return TRACK_OK;
	if (psaid == SAID_NOTHING)
		return s->flags & TCPF_ACK ? TRACK_BAD : TRACK_REUSE;
	if (said == SAID_NOTHING) {
		if (psaid > SAID_SYNACK)
			return TRACK_CHALLENGE;
		if (tcp_stale(own, peer, s))
			return TRACK_STALE;
		return tcp_fits(own, peer, s) ? TRACK_OK : TRACK_BAD;
	}
	if (said <= SAID_SYNACK) {
		if (!tcp_same_syn(own, s))
			return TRACK_CHALLENGE;
		return (s->flags & TCPF_ACK) == 0 ||
			tcp_ack_fits(own, peer, s->ack) ? TRACK_OK : TRACK_BAD;
	}
	if (psaid == SAID_SYN && s->flags & TCPF_ACK)
		return tcp_fits(own, peer, s) ? TRACK_OK : TRACK_BAD;
	return TRACK_CHALLENGE;
}

/* Forget what a side said: its SYN has a new number, and nobody answered. */
static inline void
tcp_restart(struct tcp_side *own)
{
	own->state = SAID_NOTHING;
	own->flags &= (uint8_t)~(LINE_WSCALE | LINE_WSCALE_MASK);
	own->end = own->ack = 0;
	own->win = own->maxwin = 0;
}

/* Take over the acknowledgement and the window of a segment. */
FAST_INLINE void
tcp_note_window(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s, uint32_t said)
{
	unsigned scale = tcp_scale(own, peer), unit;
	uint32_t win, edge, old, max;

	unit = said >= SAID_DATA ? scale : 0;
	win = s->win;
	if ((s->flags & TCPF_SYN) == 0)
		win <<= scale;
	max = own->maxwin;
	if (tcp_said(own) < SAID_DATA && unit != 0)
		max = (max + (1u << unit) - 1) >> unit;
	if (max < (win + (1u << unit) - 1) >> unit)
		max = (win + (1u << unit) - 1) >> unit;
	if (s->flags & TCPF_ACK) {
		edge = s->ack + win;
		if (tcp_said(own) < SAID_SYNACK) {
			own->ack = s->ack;
		} else {
			old = own->ack + ((uint32_t)own->win
			    << (tcp_said(own) >= SAID_DATA ? scale : 0));
			if (seq_geq(old, edge))
				edge = old;
			if (seq_geq(s->ack, own->ack))
				own->ack = s->ack;
		}
		win = edge - own->ack;
	}
	win = (win + (1u << unit) - 1) >> unit;
	own->win = win > 65535 ? 65535 : (uint16_t)win;
	own->maxwin = max > 65535 ? 65535 : max == 0 ? 1 : (uint16_t)max;
}

/*
 * tcp_note_as() - Write an accepted segment into its sender's record
 * tcp_note() is the same once, where nothing is known of the segment.
 */
FAST_INLINE enum track
tcp_note_as(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	uint32_t was = tcp_said(own), said = SAID_DATA;
	uint32_t end = s->seq + s->len;
	int unacked = tcp_said(peer) == SAID_FIN && !tcp_acked(peer, own);

	if (s->flags & TCPF_SYN) {
		said = s->flags & TCPF_ACK ? SAID_SYNACK : SAID_SYN;
		end++;
		if (s->wscale != 0xff) {
			own->flags &= (uint8_t)~LINE_WSCALE_MASK;
			own->flags |= LINE_WSCALE;
			own->flags |= s->wscale > TCP_MAXSCALE ?
			    TCP_MAXSCALE : s->wscale;
		}
	}
	if (s->flags & TCPF_FIN) {
		said = SAID_FIN;
		end++;
	}
	if (said < was)
		said = was;
	if (s->flags & (TCPF_ACK | TCPF_SYN))
		tcp_note_window(own, peer, s, said);
	if (said == SAID_SYN)
		own->ack = s->seq + 1;
	if (was == SAID_NOTHING || seq_geq(end, own->end))
		own->end = end;
	own->state = (uint8_t)((own->state & SAID_LOOSE) | said);
	if (said != was || (unacked && tcp_acked(peer, own)))
		return TRACK_MOVED;
	return TRACK_OK;
}

static inline enum track
tcp_note(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	return tcp_note_as(own, peer, s);
}

/* The judgement of any segment; see tcp_judge(). */
static inline enum track
tcp_judge_any(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	enum track t;

	if (own->state == LINE_DEAD || peer->state == LINE_DEAD)
		return TRACK_DEAD;
	if (own->flags & LINE_SLOPPY) {
		if ((s->flags & (TCPF_SYN | TCPF_ACK)) == TCPF_SYN &&
		    tcp_said(own) != SAID_NOTHING && tcp_over(own, peer))
			return TRACK_REUSE;
		if ((s->flags & TCPF_RST) == 0)
			return tcp_note(own, peer, s);
		t = tcp_said(own) == SAID_RST ? TRACK_OK : TRACK_MOVED;
		own->state = (own->state & SAID_LOOSE) | SAID_RST;
		return t;
	}
	if (s->flags & TCPF_SYN) {
		t = tcp_judge_syn(own, peer, s);
		if (t != TRACK_OK)
			return t;
		if (tcp_said(peer) == SAID_NOTHING && !tcp_same_syn(own, s))
			tcp_restart(own);
		return tcp_note(own, peer, s);
	}
	if (s->flags & TCPF_RST)
		return tcp_judge_rst(own, peer, s);
	if ((s->flags & TCPF_ACK) == 0)
		return TRACK_BAD; /* RFC 9293 3.10.7.4, fifth */
	if (tcp_stale(own, peer, s))
		return TRACK_STALE;
	if (own->state & SAID_LOOSE) {
		if (!tcp_fits_loosely(own, peer, s))
			return TRACK_BAD;
		if (tcp_said(own) != SAID_NOTHING &&
		    tcp_said(peer) >= SAID_SYNACK && tcp_fits(own, peer, s))
			own->state &= SAID_MASK;
		return tcp_note(own, peer, s);
	}
	if (tcp_said(own) == SAID_NOTHING || tcp_said(peer) == SAID_NOTHING ||
	    !tcp_fits(own, peer, s))
		return TRACK_BAD;
	return tcp_note(own, peer, s);
}

/*
 * tcp_is_steady() - Is this what nearly all segments are?
 * Both sides have sent data and nothing later, and this is more of it.
 */
static inline int
tcp_is_steady(const struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	return own->state == SAID_DATA && peer->state == SAID_DATA &&
	    (s->flags & (TCPF_FIN | TCPF_SYN | TCPF_RST | TCPF_ACK)) ==
	    TCPF_ACK && (own->flags & LINE_SLOPPY) == 0;
}

/*
 * tcp_judge_steady() - tcp_judge_any() of a steady segment
 *
 * What is known of it is said again, so that the compiler drops whatever asks
 * for it.
 */
FAST_INLINE enum track
tcp_judge_steady(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	struct tcp_side o = *own, p = *peer;
	struct tcp_seg seg = *s;
	enum track t;

	o.state = p.state = SAID_DATA;
	seg.flags = TCPF_ACK;
	if (!tcp_fits(&o, &p, &seg))
		return TRACK_BAD;
	t = tcp_note_as(&o, &p, &seg);
	*own = o;
	return t;
}

/*
 * tcp_judge() - May this segment pass, and what does it change?
 * @own: record of the side that sent it; changed if the segment passes
 * @peer: record of the other side; read only
 *
 * Return: TRACK_OK or TRACK_MOVED, else the segment must not pass and @own is
 * as it was.
 */
FAST_INLINE enum track
tcp_judge(struct tcp_side *own, const struct tcp_side *peer,
    const struct tcp_seg *s)
{
	struct tcp_side o, p;
	struct tcp_seg seg;
	enum track t;

	if (tcp_is_steady(own, peer, s))
		return tcp_judge_steady(own, peer, s);
	/* copies, for what a call is handed the steady ones would have to
	 * keep in memory */
	o = *own;
	p = *peer;
	seg = *s;
	t = tcp_judge_any(&o, &p, &seg);
	*own = o;
	return t;
}

/*
 * tcp_begin() - Both records of a new state, from its first segment
 *
 * Flags that the caller has set (LINE_SLOPPY, LINE_SLOW, LINE_IFBOUND) stay.
 * Without a SYN, or with the answer to one, both sides are picked up: loose,
 * and with the largest scale, for nobody saw which one they agreed on.
 */
static inline void
tcp_begin(struct tcp_side *own, struct tcp_side *peer,
    const struct tcp_seg *s)
{
	tcp_restart(own);
	tcp_restart(peer);
	if ((s->flags & (TCPF_SYN | TCPF_ACK)) != TCPF_SYN) {
		own->state = peer->state = SAID_LOOSE;
		own->flags |= LINE_WSCALE | TCP_MAXSCALE;
		peer->flags |= LINE_WSCALE | TCP_MAXSCALE;
	}
	tcp_note(own, peer, s);
	if (s->flags & TCPF_RST)
		own->state = (own->state & SAID_LOOSE) | SAID_RST;
}

#endif
