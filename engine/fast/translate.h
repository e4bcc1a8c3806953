/* SPDX-License-Identifier: ISC */
/*
 * Rewriting an established packet from a line's key to its rewrite.
 *
 * The bytes are those of a packet whose lengths have been checked, and which
 * has the line's key; so the differences are taken from the line alone.
 */
#ifndef ENGINE_FAST_TRANSLATE_H
#define ENGINE_FAST_TRANSLATE_H

#include "engine/fast/atomic.h"
#include "engine/fast/cksum.h"
#include "engine/fast/layout.h"

#define TRANSLATE_TTL 0x01     /* a router: one hop less */
#define TRANSLATE_PARTIAL 0x02 /* the layer 4 sum is a partial one */

/* Both ports of the key, and of the rewrite: two that lie in a row. */
#define LINE_PORTS __builtin_offsetof(struct line, sport)
#define LINE_NPORTS __builtin_offsetof(struct line, nsport)

#define L4_ICMP 1
#define L4_TCP 6
#define L4_UDP 17
#define L4_ICMP6 58

static inline uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
put16(uint8_t *p, uint16_t v)
{
	__builtin_memcpy(p, &v, sizeof(v));
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	__builtin_memcpy(p, &v, sizeof(v));
}

/*
 * translate_l4() - Ports or the ICMP id, and the checksum
 * @proto: the line's; where it is a constant, only its case is left
 * @addrs: difference of the addresses (cksum.h)
 * @how: TRANSLATE_...
 *
 * An ICMP (not ICMPv6) checksum does not cover the addresses.  A protocol
 * without ports that is not known here has no checksum to keep.
 */
FAST_INLINE void
translate_l4(uint8_t *l4, const struct line *l, uint8_t proto, uint64_t addrs,
    unsigned how)
{
	const uint8_t *line = (const uint8_t *)l;
	uint64_t ports;

	switch (proto) {
	case L4_TCP:
	case L4_UDP:
		ports = cksum_diff32(0, get32(line + LINE_PORTS),
		    get32(line + LINE_NPORTS));
		put32(l4, get32(line + LINE_NPORTS));
		l4 += proto == L4_TCP ? 16 : 6;
		if (how & TRANSLATE_PARTIAL)
			put16(l4, cksum_apply_partial(get16(l4), addrs));
		else if (proto == L4_TCP)
			put16(l4, cksum_apply(get16(l4), addrs + ports));
		else
			put16(l4, cksum_apply_udp(get16(l4), addrs + ports));
		break;
	case L4_ICMP:
	case L4_ICMP6:
		ports = cksum_diff16(0, l->sport, l->nsport);
		if (l->sport != l->nsport) /* else there may be no id */
			put16(l4 + 4, l->nsport);
		if (proto == L4_ICMP)
			addrs = 0;
		if (how & TRANSLATE_PARTIAL)
			put16(l4 + 2,
			    cksum_apply_partial(get16(l4 + 2), addrs));
		else
			put16(l4 + 2,
			    cksum_apply(get16(l4 + 2), addrs + ports));
		break;
	}
}

/*
 * translate4_as() - Rewrite an IPv4 packet of protocol @proto
 * @ip: its header, at least 20 bytes; with TRANSLATE_TTL the TTL is above 1
 * @l4: its layer 4 header, 20 bytes for TCP, 8 for UDP and ICMP
 */
FAST_INLINE void
translate4_as(uint8_t *ip, uint8_t *l4, const struct line *l, uint8_t proto,
    unsigned how)
{
	static const uint8_t less[2] = { 0xfe, 0xff };
	uint64_t addrs = 0, head;

	addrs = cksum_diff32(addrs, l->src, l->nsrc);
	addrs = cksum_diff32(addrs, l->dst, l->ndst);
	head = addrs;
	put32(ip + 12, l->nsrc);
	put32(ip + 16, l->ndst);
	if (how & TRANSLATE_TTL) {
		ip[8]--;
		head += get16(less); /* ~m + m', whatever m is */
	}
	put16(ip + 10, cksum_apply(get16(ip + 10), head));
	translate_l4(l4, l, proto, addrs, how);
}

FAST_INLINE void
translate4(uint8_t *ip, uint8_t *l4, const struct line *l, unsigned how)
{
	translate4_as(ip, l4, l, l->proto, how);
}

/*
 * translate6_as(), translate6() - Rewrite an IPv6 packet
 * @x: extension record of the line's record
 * @side: side of the line
 *
 * What leaves on this side is the reverse of what arrives on the other.
 */
FAST_INLINE void
translate6_as(uint8_t *ip, uint8_t *l4, const struct line *l,
    const struct ext *x, unsigned side, uint8_t proto, unsigned how)
{
	unsigned other = (side & 1) ^ 1, i;
	uint64_t addrs = 0;

	side &= 1;
	for (i = 0; i < 4; i++) {
		addrs = cksum_diff32(addrs, x->addr[side][0][i],
		    x->addr[other][1][i]);
		addrs = cksum_diff32(addrs, x->addr[side][1][i],
		    x->addr[other][0][i]);
		put32(ip + 8 + 4 * i, x->addr[other][1][i]);
		put32(ip + 24 + 4 * i, x->addr[other][0][i]);
	}
	if (how & TRANSLATE_TTL)
		ip[7]--;
	translate_l4(l4, l, proto, addrs, how);
}

static inline void
translate6(uint8_t *ip, uint8_t *l4, const struct line *l, const struct ext *x,
    unsigned side, unsigned how)
{
	translate6_as(ip, l4, l, x, side, l->proto, how);
}

#endif
