/* SPDX-License-Identifier: ISC */
/*
 * The state arena's records, as they lie in memory.
 *
 * The arena is one block of memory without a pointer inside: it may be a
 * memfd that outlives the process, a snapshot file, or a BPF array.  All
 * references are 32-bit indexes.
 *
 *     header | buckets | overflow buckets | lines | cold | ext | rows
 *
 * A record is two lines, one for each side of the connection, and a cold
 * record, all three under the same index: line 2*i is side 0, line 2*i+1 is
 * side 1.  A reference (`lref`) in a bucket is index * 2 + side.
 *
 * A line's key is the packet as it ARRIVES at the engine on that side, its
 * rewrite is what leaves.  For a record
 *   - of a forwarded connection in router mode both keys have direction in;
 *   - of one half (host mode, or a connection of this host) one key has
 *     direction in and the other direction out, on one interface.
 * The key of one side is the reverse of the other side's rewrite.
 *
 * Letters: [I] set before insertion, then constant; [W] written only by the
 * holder of this line's sequence word; read by others with relaxed loads
 * inside a sequence check.
 */
#ifndef ENGINE_FAST_LAYOUT_H
#define ENGINE_FAST_LAYOUT_H

#ifdef __bpf__
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int int32_t;
#else
#include <stdint.h>
#endif

/*
 * Changes with what a member means, and with key_hash().  Where they lie is in
 * the number beside it, see engine/arena_layout.c.
 */
#define ARENA_LAYOUT 6
#define ARENA_NONE 0xffffffffu

/* line.af_dir */
#define LINE_INET6 0x01	  /* key words are folds; whole addresses in ext */
#define LINE_OUT 0x02	  /* direction of the key is out */
#define LINE_KEYBITS 0x03 /* bits that take part in the comparison */

/* line.flags: low four bits are the window scale of this side */
#define LINE_WSCALE_MASK 0x0f
#define LINE_WSCALE 0x10  /* this side sent the option */
#define LINE_SLOW 0x20	  /* never on the fast path (modulated, route-to) */
#define LINE_SLOPPY 0x40  /* no sequence checks */
#define LINE_IFBOUND 0x80 /* compare the interface after the hit */

/* line.state of any protocol: the record has ended */
#define LINE_DEAD 0xff

struct line {
	/* key, 16 bytes, network order [I] */
	uint32_t src;
	uint32_t dst;
	uint16_t sport; /* ICMP: id */
	uint16_t dport; /* ICMP: type class */
	uint8_t proto;
	uint8_t af_dir;
	uint16_t rdomain;

	/* rewrite, 12 bytes, network order [I]; IPv6 addresses: the other
	 * side's key in ext, reversed, and nsrc is the index of that ext */
	uint32_t nsrc;
	uint32_t ndst;
	uint16_t nsport; /* ICMP: id */
	uint16_t ndport;

	uint32_t seq;	  /* odd while a writer is in; upper bits count up */
	uint32_t last;	  /* [W] time of the last packet, ms, low 32 bits */
	uint32_t packets; /* [W] carried to ext before it wraps */
	uint64_t bytes;	  /* [W] */

	/* [W] TCP: what this side said itself */
	uint32_t end;	 /* highest sequence number sent, plus one */
	uint32_t ack;	 /* highest acknowledgement sent */
	uint16_t win;	 /* last window, unscaled as on the wire */
	uint16_t maxwin; /* largest window, unscaled */

	uint8_t state;	 /* [W] of this side: enum tcp_state, or other's */
	uint8_t flags;	 /* LINE_... */
	uint16_t egress; /* interface a packet of this side leaves by */
};

struct bucket {
	uint16_t tag[8];   /* upper hash bits; 0: free */
	uint32_t lref[8];  /* index * 2 + side */
	uint32_t seq;	   /* odd while a writer is in */
	uint32_t overflow; /* next bucket of the overflow pool + 1; 0: none */
	uint8_t more[8];   /* hash bits 16 to 23: where a split puts the entry;
			    * writers only */
};

/* cold.kind */
enum record_kind {
	RECORD_FREE = 0,
	RECORD_FORWARD,	 /* both halves of a forwarded connection */
	RECORD_HALF_IN,	 /* made by a packet with direction in */
	RECORD_HALF_OUT, /* made by a packet with direction out */
	RECORD_DEAD,	 /* unlinked, index resting */
};

struct cold {
	uint32_t created;   /* unix seconds; id = created << 32 | index */
	uint32_t next;	    /* timer wheel, ARENA_NONE ends */
	uint32_t prev;
	uint32_t row[2];    /* rule rows (registry): the in half's, the out
			     * half's; ARENA_NONE: no such half */
	uint32_t ext;	    /* extension record; ARENA_NONE: none */
	uint32_t due;	    /* wheel slot it is filed in, seconds */
	uint8_t kind;	    /* enum record_kind */
	uint8_t tclass;	    /* enum timeout class that rules now */
	uint8_t worker;	    /* whose wheel it is in */
	uint8_t flags;	    /* COLD_... */
};

#define COLD_LOG_ALL 0x02
#define COLD_NOSYNC 0x04
#define COLD_PFLOW 0x08

/*
 * Only for records that need one: IPv6, modulated sequence numbers, gateways,
 * source tracking, tags, packet counters past 32 bits.
 */
struct ext {
	uint32_t addr[2][2][4]; /* [side][src, dst] IPv6 key addresses */
	uint32_t gw[2][4];	/* [side] next hop of a route option */
	uint32_t seqdiff[2];	/* [side] added to this side's numbers */
	uint32_t srcnode[2];	/* ARENA_NONE: none */
	uint32_t packets_hi[2];
	uint16_t tag;
	uint8_t gw_af[2];	/* family and flags (way.c); 0: none */
	union {
		uint32_t next;	/* free list */
		uint16_t gw_if[2]; /* in use: interfaces of the next hops */
	};
};

_Static_assert(sizeof(struct line) == 64, "a line is one cache line");
_Static_assert(sizeof(struct bucket) == 64, "a bucket is one cache line");
_Static_assert(sizeof(struct cold) == 32, "two cold records a cache line");
_Static_assert(sizeof(struct ext) == 128, "an extension is two lines");

#endif
