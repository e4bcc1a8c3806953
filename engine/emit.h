/* SPDX-License-Identifier: ISC */
/*
 * Packets that the engine makes itself: TCP answers, ICMP errors, echo
 * replies, fragments.
 *
 * Each is written into a buffer of the caller: out->data points to it, @room
 * is its size.  On success the rest of *out is set: full sums, no train,
 * DIR_OUT, FATE_SEND, all else zero; by which interface it goes is for the
 * caller to say.  On failure *out is as it was, but not the buffer.  Nothing is
 * kept; any thread may call.
 *
 * How often answers go out is the caller's affair too: see ratelimit.h.
 */
#ifndef ENGINE_EMIT_H
#define ENGINE_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"

struct ifset;

#define EMIT_TTL 64		/* hops of what we send, RFC 1700 */
#define EMIT_ICMP4_MAX 576	/* bytes of an ICMP error, RFC 1812 4.3.2.3 */
#define EMIT_ICMP6_MAX 1280	/* RFC 4443 2.4 c */
#define EMIT_ANSWER_ROOM EMIT_ICMP6_MAX /* enough for any answer but echo */

/*
 * Answers to TCP look at the checksum of what they answer: a segment that was
 * damaged on its way may belong to another connection, and is nobody's.
 */

/* A TCP segment without data. */
struct emit_tcp {
	uint8_t af;
	uint8_t flags;		/* TH_... */
	uint8_t ttl;		/* 0: EMIT_TTL */
	uint8_t tos;
	uint16_t win;		/* as on the wire, host order */
	uint16_t mss;		/* option of a SYN; 0: none */
	struct tuple t;		/* as it leaves */
	uint32_t seq, ack;
};

/* emit_tcp() - Write a segment; Return: 0, -ENOSPC. */
int emit_tcp(struct packet *out, uint32_t room, const struct emit_tcp *);

/*
 * emit_rst() - Reset the sender of a segment
 * @ttl: hop limit; 0: EMIT_TTL
 *
 * As pf does it: RST and ACK; our sequence number is the one that the segment
 * acknowledges, and we acknowledge all that it holds.  The answer is
 * addressed to the sender as it knew the packet (key).
 *
 * Return: 0, -EPERM (no TCP, or a fragment; never about a RST, nor to or
 * about multicast and broadcast), -EBADMSG (its sum is wrong), -ENOSPC.
 */
int emit_rst(struct packet *out, uint32_t room, const struct pdesc *,
    uint8_t ttl);

/*
 * emit_stale() - Reset the sender of an acknowledgement of what was not sent
 *
 * RFC 9293 3.5.1: a bare RST, whose number is that acknowledgement.
 *
 * Return: 0, -EPERM, -EBADMSG, -ENOSPC.
 */
int emit_stale(struct packet *out, uint32_t room, const struct pdesc *);

/*
 * emit_challenge() - Challenge ACK to the sender of a segment (RFC 5961)
 * @seq, @ack, @win: what the sender of the answer, our side of the state,
 *	would put in: SND.NXT, RCV.NXT, window; numbers as the receiver knows
 *	them
 *
 * Return: 0, -EPERM, -EBADMSG, -ENOSPC.
 */
int emit_challenge(struct packet *out, uint32_t room, const struct pdesc *,
    uint32_t seq, uint32_t ack, uint16_t win);

/* An ICMP or ICMPv6 error; the family is that of the packet it is about. */
struct emit_icmp {
	uint8_t type, code;
	uint8_t ttl;		/* 0: EMIT_TTL */
	uint32_t arg;		/* MTU or pointer, host order; v4 MTU: in the
				 * lower half, pointer: in the upper byte */
	struct addr src;	/* our address that it comes from */
	const struct ifset *ifs; /* to know directed broadcasts; may be NULL */
};

/*
 * emit_icmp() - Tell the sender of a packet what became of it
 *
 * Quotes the packet as the sender knew it: before pdesc_rewrite() its bytes,
 * after it they are translated back in the quote.  A train is quoted as its
 * first segment.  At most 576 bytes (1280 for IPv6) in all.
 *
 * Return: 0; -EPERM where RFC 1122 3.2.2, RFC 1812 4.3.2.7 and RFC 4443 2.4 e
 * forbid an answer: about ICMP errors and redirects, fragments but the first,
 * packets from or to no single host (for IPv6, too-big and the parameter
 * problem of an unknown option may go to the sender of a multicast);
 * -ENOSPC.
 */
int emit_icmp(struct packet *out, uint32_t room, const struct pdesc *,
    const struct emit_icmp *);

/*
 * emit_echo_reply() - Answer an echo request to an address of ours
 *
 * Answers the packet as its bytes stand: before pdesc_rewrite() to the sender
 * as it is known on the wire, after it as this host would see it (and the
 * reply has the way out through the state before it).  IPv4 options and IPv6
 * extension headers are left out.
 *
 * Return: 0, -EPERM (no echo request, a fragment, or to no single host),
 * -EBADMSG (its sum is wrong: drop it), -ENOSPC.
 */
int emit_echo_reply(struct packet *out, uint32_t room, const struct pdesc *);

/*
 * emit_finish_csum() - Make a partial layer 4 sum a full one
 *
 * For what no data plane will finish: fragments, answers.  Sets pkt->csum.
 * A train's cannot be made full: then nothing is done.
 */
void emit_finish_csum(struct pdesc *);

/*
 * What reassembly remembers of a datagram, to cut it again (RFC 8200 4.5: no
 * other IPv6 datagram is fragmented by a router).
 */
struct fraginfo {
	uint16_t maxfrag;	/* bytes of the largest piece, IP header
				 * included */
	uint16_t unfrag;	/* IPv6: bytes before the fragment header */
	uint16_t nxtoff;	/* IPv6: offset of the byte that announced it */
	uint32_t id;		/* of the datagram, as read from the wire */
};

/* A datagram being cut. */
struct emit_frags {
	const uint8_t *p;	/* the datagram */
	uint32_t len;
	uint32_t head;		/* bytes that each piece repeats */
	uint32_t off;		/* next byte behind them */
	uint32_t piece;		/* bytes of data in one piece */
	uint16_t base;		/* IPv4: offset of this datagram's own data */
	uint8_t more;		/* IPv4: it is a fragment itself, not the last */
	uint8_t af;
	uint16_t nxtoff;
	uint32_t id;
};

/*
 * emit_frags_init() - Begin to cut a packet into pieces
 * @mtu: of the way out
 * @fi: if it was reassembled, or answers what was, else NULL; pieces are
 *	then no larger than those it came in
 *
 * The bytes must be final (translated) and stay until the last piece is
 * made; a partial sum is finished in them.  What came in pieces over IPv6
 * must leave in pieces again, also where it would fit.
 *
 * Return: 0; -EMSGSIZE: must not be cut (IPv4 with DF, IPv6 that was not
 * reassembled, a train) or the MTU leaves no room for 8 bytes of data.
 */
int emit_frags_init(struct emit_frags *, struct pdesc *, uint32_t mtu,
    const struct fraginfo *fi);

/*
 * emit_frags_next() - Write the next piece
 *
 * RFC 791 3.2: options without the copy bit are in the first only.
 *
 * Return: 1 a piece was made, 0 there is none left, -ENOSPC.
 */
int emit_frags_next(struct emit_frags *, struct packet *out, uint32_t room);

/* A train of UDP datagrams being taken apart. */
struct emit_train {
	struct pdesc *pd;	/* the train */
	uint8_t head[60 + 8];	/* its headers */
	uint32_t headlen;
	uint32_t off;		/* of the next payload */
	uint32_t n;		/* datagrams so far */
};

/*
 * emit_train_init() - Begin to take a train (GSO_UDP, IPv4) apart
 * Its bytes must be final; they are used up.
 */
void emit_train_init(struct emit_train *, struct pdesc *);

/*
 * emit_train_next() - The next datagram, which lies in the train's bytes
 *
 * Good until the next call; each has an identification of its own, counted
 * up.  Its sum is partial, or none if the train has none.
 *
 * Return: false: there is none left.
 */
bool emit_train_next(struct emit_train *, struct pdesc *one,
    struct packet *pkt);

#endif
