/* SPDX-License-Identifier: ISC */
/*
 * A packet on its way through a burst: bytes, and what a data plane knows
 * of them.
 *
 * The data plane owns the buffer and the struct.  It fills the first part,
 * hands up to BURST_MAX of them to engine_burst(), and then does what `fate`
 * says.  The engine rewrites the bytes in place.  Packets that the engine
 * makes itself (answers, reassembled datagrams, fragments) are structs of the
 * same kind over the worker's own buffers, handed out by engine_made().
 */
#ifndef ENGINE_PACKET_H
#define ENGINE_PACKET_H

#include <stdint.h>

#define BURST_MAX 32		/* packets of one burst */
#define PACKET_QUEUE 28256	/* first queue of the kernel that natd itself reads:
				 * 0x6e60; others begin at 0 */
#define PACKET_QUEUES 64	/* how many are its own: two for each worker */
#define PACKET_MAX 65535	/* bytes of the largest datagram, RFC 791 */
#define PACKET_TAG_MAX 4095	/* largest tag that goes with a packet */

enum packet_dir {
	DIR_IN = 0,
	DIR_OUT = 1,
};

/* What the data plane says of the layer 4 checksum. */
enum packet_csum {
	CSUM_FULL = 0,	  /* the field holds the whole checksum */
	CSUM_PARTIAL = 1, /* the field holds the folded pseudo-header sum, not
			   * complemented; the rest is added further down */
};

/* Kind of a super-packet: a train of segments with one header. */
enum packet_gso {
	GSO_NONE = 0,
	GSO_TCP4,
	GSO_TCP6,
	GSO_UDP, /* UDP_L4 segmentation, either family */
};

enum packet_fate {
	FATE_DROP = 0, /* counted under `reason` */
	FATE_SEND,     /* router: to out_if; host: accept with these bytes */
	FATE_HELD,     /* the engine took what it needs; buffer is free */
};

/* What a rule has the kernel do with its packets, host mode; 0: nothing. */
struct steer {
	uint16_t queue;	     /* of the program that gets it, divert-packet */
	uint16_t socket;     /* it is for a socket of this host, though not for
			      * its address: STEER_REPLY, or divert-to's */
	uint16_t table;	     /* number + 1 of the table to route it by */
};

#define STEER_REPLY 1	     /* whichever socket has this connection */

/* steer_add() - What a later rule says, over an earlier one. */
static inline void
steer_add(struct steer *s, const struct steer *more)
{
	if (more->queue != 0)
		s->queue = more->queue;
	if (more->socket != 0)
		s->socket = more->socket;
	if (more->table != 0)
		s->table = more->table;
}

/* steer_any() - Does it ask for anything? */
static inline int
steer_any(const struct steer *s)
{
	return (s->queue | s->socket | s->table) != 0;
}

struct packet {
	/* set by the data plane */
	uint8_t *data;	     /* first byte of the IP header */
	uint32_t len;	     /* bytes from there */
	uint16_t ifidx;	     /* interface of arrival (index in the ifset); of
			      * departure for DIR_OUT in host mode */
	uint8_t dir;	     /* enum packet_dir; always DIR_IN in router mode */
	uint8_t csum;	     /* enum packet_csum */
	uint8_t gso;	     /* enum packet_gso */
	uint16_t gso_size;   /* payload bytes per segment */
	uint32_t cookie;     /* the data plane's own */
	uint8_t local;	     /* DIR_OUT, host mode: this host has made it */
	uint16_t routed;	     /* way (ifset.h) that it was routed by, 0: none */
	uint8_t marked;	     /* it comes with a mark of natd's own */
	uint32_t prio;	     /* priority that the kernel has given it */
	uint8_t owned;	     /* DIR_OUT: by a socket of uid and gid */
	uint32_t uid, gid;
	uint8_t again;	     /* DIR_OUT: it was decided when it came in, and
			      * leaves by another interface than out_if said */
	uint16_t in_if;	     /* DIR_OUT: interface that it came in by, 0: this
			      * host has made it, or nobody knows */
	uint16_t tag;	     /* DIR_OUT: what `carry' was when it came in */

	/* set by the engine */
	uint8_t fate;	     /* enum packet_fate */
	uint8_t reason;	     /* enum reason */
	uint8_t changed;     /* the bytes differ from what came in */
	uint8_t decided;     /* host, DIR_IN: the out half is decided as well,
			      * if it leaves by out_if */
	uint8_t singly;	     /* host, DIR_OUT: a train that is to come again
			      * in pieces, as it came; nothing else is said */
	uint8_t leaves;	     /* host, DIR_IN: one like it has left, as it is now;
			      * not told of all */
	uint8_t home;	     /* host, DIR_IN: UDP that was changed and may be for
			      * this host itself */
	uint16_t carry;	     /* host, DIR_IN: tag to come back with, 0: none */
	uint16_t out_if;     /* interface to send by */
	uint32_t mark;	     /* netfilter mark, 0: leave alone */
	uint16_t way;	     /* way for the kernel to route it by, 0: none */
	uint16_t copy;	     /* host: way that a copy of it goes, 0: none */
	struct steer steer;
	uint8_t set_prio;    /* priority + 1, 0: leave alone */
};

#endif
