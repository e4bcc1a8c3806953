/* SPDX-License-Identifier: ISC */
/*
 * What the files of the parser share; nobody else includes this.
 */
#ifndef ENGINE_PDESC_PARTS_H
#define ENGINE_PDESC_PARTS_H

#include "engine/pdesc.h"
#include "engine/wire.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define IP4_HLEN 20	/* without options */
#define IP6_HLEN 40
#define IP4_DF 0x4000
#define IP4_MF 0x2000
#define IP4_OFFMASK 0x1fff
#define UDP_HLEN 8
#define TCP_HLEN 20
#define ICMP_HLEN 8
#define FRAG6_HLEN 8

#define PROTO_HOPOPTS 0
#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AH 51
#define PROTO_ICMPV6 58
#define PROTO_DSTOPTS 60
#define PROTO_SCTP 132

#define OPT_ALERT 0x01	/* router alert, RFC 2113 and 2711 */
#define OPT_OTHER 0x02	/* any other, or padding alone */

/* An IPv6 header chain, walked. */
struct chain6 {
	uint32_t off;		/* of the first byte behind it */
	uint8_t proto;
	uint8_t opts;		/* OPT_... */
	uint8_t fragmore;
	uint16_t fragoff;	/* bytes */
	uint16_t fraghdr;	/* offset of the fragment header, 0: none */
	uint16_t fragnxt;
	uint32_t fragid;
};

/*
 * chain6_walk() - Walk the extension headers of an IPv6 packet
 * @p: its IPv6 header; @end: bytes of the packet that are there
 *
 * Stops at the first header that is none of hop-by-hop, routing, fragment,
 * authentication and destination options, or behind the fragment header of
 * a piece that is not the first.
 *
 * Return: 0, or why the packet must be dropped.
 */
enum reason chain6_walk(struct chain6 *, const uint8_t *p, uint32_t end);

enum reason pdesc_parse6(struct pdesc *, uint8_t *p);

/* pdesc_layer4() - Read the header at l3len. */
enum reason pdesc_layer4(struct pdesc *, const uint8_t *p);

/* pdesc_icmp() - The same for ICMP and ICMPv6. */
enum reason pdesc_icmp(struct pdesc *, const uint8_t *p);

/* cksum_place() - Where the sum of this layer 4 header is, or -1. */
static inline int
cksum_place(uint8_t af, uint8_t proto, uint32_t l4len)
{
	int off;

	if (proto == PROTO_ICMP && af == AF_INET)
		off = 2;
	else
		off = wire_cksum_off(proto);
	return off >= 0 && (uint32_t)off + 2 <= l4len ? off : -1;
}

/* ip4_cksum_ok() - Does an IPv4 header of @hlen bytes sum up? */
bool ip4_cksum_ok(const uint8_t *p, unsigned hlen);

#endif
