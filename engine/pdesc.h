/* SPDX-License-Identifier: ISC */
/*
 * Packet descriptor: everything the engine reads from a packet's headers,
 * read once, behind one length check each.
 *
 * pdesc_parse() fills it from untrusted bytes.  After it returned 0, the
 * headers it names lie inside the packet, and nobody parses them again.
 * `key` is the packet as it arrived and never changes; `cur` is how rules
 * and translation have made it so far; the bytes change only in
 * pdesc_rewrite(), once.
 */
#ifndef ENGINE_PDESC_H
#define ENGINE_PDESC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/packet.h"
#include "engine/reason.h"

/*
 * Addresses and ports, network order.  ICMP: sport is the id of a query, 0 of
 * all else, and dport is the icmp_class as it stands in the enum.
 */
struct tuple {
	struct addr src, dst;
	uint16_t sport, dport;
};

/*
 * ICMP query classes: they are the destination port of an ICMP state's key,
 * so that a state of one kind never admits another.  Request and reply of
 * one kind are neighbours: class ^ 1 is the other.
 */
enum icmp_class {
	ICMPC_NONE = 0,
	ICMPC_ECHO_REQ = 2,
	ICMPC_ECHO_REP = 3,
	ICMPC_TSTAMP_REQ = 4,
	ICMPC_TSTAMP_REP = 5,
	ICMPC_INFO_REQ = 6,
	ICMPC_INFO_REP = 7,
	ICMPC_MASK_REQ = 8,
	ICMPC_MASK_REP = 9,
	/* ICMPv6 beside echo */
	ICMPC_ND_SOL = 10,
	ICMPC_ND_ADV = 11,
	ICMPC_NI_REQ = 12,
	ICMPC_NI_REP = 13,
	/* one-way messages: a state of its own for each type */
	ICMPC_OTHER = 0x100, /* plus the type * 2 */
};

enum pdesc_flags {
	PD_FRAGMENT = 0x01,	/* not a whole datagram */
	PD_FIRSTFRAG = 0x02,	/* offset 0: has a layer 4 header */
	PD_OPTIONS = 0x04,	/* IP options, routing or hop-by-hop headers
				 * that need allow-opts */
	PD_ICMPERR = 0x08,	/* error; `quote` is filled */
	PD_DF = 0x10,
	PD_L4 = 0x20,		/* ports or ICMP fields are valid */
	PD_LOOPBACK = 0x40,	/* an address is of 127/8 or ::1: a martian on
				 * all but a loopback interface */
	PD_GSO = 0x80,		/* super-packet */
	PD_ND = 0x100,		/* asks for a neighbour or is one's answer;
				 * `target` is filled */
};

#define PD_PRIO_MAX 7
#define PD_PRIO_NONE 0xff

/* The header quoted by an ICMP error. */
struct pdquote {
	uint16_t off;		/* of the quoted IP header, from the packet */
	uint16_t l4off;		/* of its layer 4 header, from the packet */
	uint16_t l4len;		/* bytes of it that are there */
	uint8_t af, proto;
	struct tuple t;		/* as quoted: source is the original sender */
	uint16_t icmp_class;	/* for quoted ICMP queries */
	uint32_t seq;		/* TCP */
};

struct pdesc {
	struct packet *pkt;

	uint8_t af, proto;	/* proto: the last header's */
	uint8_t ttl, tos;
	uint16_t flags;		/* PD_... */
	uint16_t ifidx;		/* interface the rules see now */
	uint16_t received_on;	/* interface of arrival, 0 if local */
	uint16_t rdomain;
	uint8_t dir;		/* direction the rules see now */
	uint8_t local;		/* made by or for this host */
	uint8_t prio;		/* 0 to PD_PRIO_MAX; above: no rule's */

	uint16_t l3len;		/* bytes of IP header and extensions */
	uint16_t l4len;		/* bytes of layer 4 header and payload;
				 * super-packets: of the whole train, see len */
	uint16_t hdrlen;	/* bytes of the layer 4 header */
	uint32_t len;		/* bytes from IP header to the end */

	struct tuple key, cur;

	/* fragments */
	uint16_t fragoff;	/* bytes */
	uint8_t fragmore;
	uint16_t fraghdr;	/* IPv6: offset of the fragment header; also
				 * of an atomic fragment, which is whole */
	uint16_t fragnxt;	/* IPv6: offset of the byte that announces it */
	uint32_t fragid;

	/* TCP */
	uint32_t seq, ack;
	uint16_t win;		/* unscaled, host order */
	uint8_t tcpflags;
	uint8_t wscale;		/* of the SYN's option; 0xff: none */
	uint16_t mss;		/* of the SYN's option; 0: none */
	uint32_t datalen;	/* payload bytes */

	uint16_t tag;		/* tag number, 0: none */

	/* ICMP */
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_class;
	union {			/* undefined without its flag */
		struct pdquote quote;	/* PD_ICMPERR */
		struct addr target;	/* PD_ND: the neighbour */
	};
};

/*
 * pdesc_parse() - Read a packet's headers
 *
 * Checks lengths, IPv4 header sum, address oddities and header chains
 * (RFC 791, 1858, 5722, 6274, 7112, 8200: at most 8 extension headers, one
 * fragment header).  Layer 4 checksums are verified of ICMP errors only
 * (RFC 5508, REQ-3), and there the quoted packet's is not.  Bytes behind the
 * datagram's end (link layer padding) are cut off: pkt->len shrinks.
 *
 * A fragment is described as far as it goes; its layer 4 header (PD_L4) only
 * if it is there as a whole.  Where fragments are not reassembled, ask
 * pdesc_fragcheck() too.
 *
 * Return: 0, or the reason why the packet must be dropped.
 */
enum reason pdesc_parse(struct pdesc *, struct packet *);

/*
 * pdesc_fragcheck() - May this fragment pass without being reassembled?
 *
 * RFC 1858 and 3128: no first fragment without its whole layer 4 header, no
 * TCP fragment that begins inside of it.
 *
 * Return: 0, or the reason why it must be dropped.
 */
enum reason pdesc_fragcheck(const struct pdesc *);

/*
 * pdesc_sum_ok() - Is the layer 4 checksum right?
 *
 * Reads all of the packet as its bytes stand, so it is for packets that are
 * going to be answered.  What has no sum yet, a train's segments or a partial
 * one, counts as right, and so does what has none: UDP's zero over IPv4, and
 * protocols that are not known here.
 */
bool pdesc_sum_ok(const struct pdesc *);

/*
 * pdesc_rewrite() - Carry `cur` into the bytes
 *
 * Addresses, ports or ICMP id, and every checksum that covers them, by
 * difference (RFC 1624): a wrong sum stays wrong, a partial one stays
 * partial, a UDP sum of zero stays zero.  What the difference is taken from
 * is read from the packet, so calling it again changes nothing.  Sets
 * pkt->changed if any byte differs.
 */
void pdesc_rewrite(struct pdesc *);

/*
 * pdesc_rewrite_quote() - Translate an ICMP error, inside and outside
 * @inner: the quoted packet as its sender knew it; ports of TCP and UDP, the
 *	id of a query in sport
 *
 * For packets with PD_ICMPERR, instead of pdesc_rewrite(): carries the
 * addresses of `cur` into the outer header and `inner` into the quote, with
 * the quote's own checksums as far as they are there, and the ICMP sum.
 */
void pdesc_rewrite_quote(struct pdesc *, const struct tuple *inner);

/*
 * pdesc_known_as() - By which tuple the state of a packet is known
 *
 * It is `cur`, but with PD_ND as in pf the neighbour stands for the group
 * that is asked, and for whatever address it answers from; an answer to all
 * nodes is one to the unspecified address, which asks whether another has the
 * address that it wants (RFC 4862 5.4).
 */
void pdesc_known_as(const struct pdesc *, struct tuple *);

/*
 * icmp_class() - Class of a message, see enum icmp_class
 * @af: AF_INET for ICMP, AF_INET6 for ICMPv6
 */
uint16_t icmp_class(uint8_t af, uint8_t type);

/* icmp_is_error() - Does a message of this type quote a packet? */
bool icmp_is_error(uint8_t af, uint8_t type);

/*
 * icmp_is_reply() - Does a message of this class only ever answer another?
 * A neighbour's advertisement does not: it may come unasked (RFC 4861 7.2.6).
 */
bool icmp_is_reply(uint16_t cls);

/*
 * icmp_is_redirect() - Is this an IPv4 redirect?  ICMPv6's are discovery.
 *
 * RFC 1122 3.2.2.2: it comes from a router of the host's own network.
 */
static inline bool
icmp_is_redirect(const struct pdesc *pd)
{
	return pd->af == AF_INET && pd->icmp_type == 5 &&
	    pd->icmp_class != ICMPC_NONE;
}

/*
 * icmp_is_discovery() - Is this neighbour discovery (RFC 4861)?  No router
 * forwards it.
 */
bool icmp_is_discovery(uint8_t af, uint8_t type);

/* icmp_has_id() - Do bytes 4 and 5 of this class hold a query's id? */
bool icmp_has_id(uint16_t cls);

#endif
