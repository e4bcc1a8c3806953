/* SPDX-License-Identifier: ISC */
/*
 * Bytes to descriptor: ICMP, ICMPv6, and the packets that errors quote.
 *
 * RFC 5508, REQ-3: of an error the ICMP sum must be right and the quoted IPv4
 * header's too; options of the quoted header are stepped over; the quoted
 * layer 4 sum is not looked at, nor are RFC 4884's extensions.  An error must
 * come back to whoever sent the quoted packet, or it is made up.
 */
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define QUOTED_L4_MIN 8 /* RFC 792: 64 bits of the original data */
#define ND_HLEN 24	/* RFC 4861 4.3, 4.4: up to the target's end */
#define ND_HOPS 255	/* RFC 4861 6.1, 7.1, 8.1: it comes from this link */

static const uint16_t classes4[256] = {
	[0] = ICMPC_ECHO_REP,
	[8] = ICMPC_ECHO_REQ,
	[13] = ICMPC_TSTAMP_REQ,
	[14] = ICMPC_TSTAMP_REP,
	[15] = ICMPC_INFO_REQ,
	[16] = ICMPC_INFO_REP,
	[17] = ICMPC_MASK_REQ,
	[18] = ICMPC_MASK_REP,
};

static const uint16_t classes6[256] = {
	[128] = ICMPC_ECHO_REQ,
	[129] = ICMPC_ECHO_REP,
	[135] = ICMPC_ND_SOL,
	[136] = ICMPC_ND_ADV,
	[139] = ICMPC_NI_REQ,
	[140] = ICMPC_NI_REP,
};

uint16_t
icmp_class(uint8_t af, uint8_t type)
{
	uint16_t cls = af == AF_INET ? classes4[type] : classes6[type];

	return cls != 0 ? cls : (uint16_t)(ICMPC_OTHER + type * 2);
}

bool
icmp_has_id(uint16_t cls)
{
	return cls >= ICMPC_ECHO_REQ && cls <= ICMPC_MASK_REP;
}

bool
icmp_is_reply(uint16_t cls)
{
	return (cls & 1) != 0 && cls != ICMPC_ND_ADV;
}

bool
icmp_is_discovery(uint8_t af, uint8_t type)
{
	return af == AF_INET6 && type >= 133 && type <= 137;
}

bool
icmp_is_error(uint8_t af, uint8_t type)
{
	if (af == AF_INET6)
		return type >= 1 && type <= 4; /* RFC 4443 */
	/* unreachable, source quench, redirect, time exceeded, parameter */
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/*
 * quote_ports() - Read what is quoted of layer 4
 *
 * Ports of TCP, UDP and SCTP, id of an ICMP query.  An error about an error does
 * not exist (RFC 1122 3.2.2).
 */
static enum reason
quote_ports(struct pdquote *q, const uint8_t *p)
{
	bool icmp = q->proto == (q->af == AF_INET ? PROTO_ICMP : PROTO_ICMPV6);

	q->t.sport = q->t.dport = 0;
	q->icmp_class = ICMPC_NONE;
	q->seq = 0;
	if (q->proto != PROTO_TCP && q->proto != PROTO_UDP &&
	    q->proto != PROTO_SCTP && !icmp)
		return q->proto == PROTO_ICMP || q->proto == PROTO_ICMPV6 ?
		    REASON_ICMPINNER : REASON_MATCH;
	if (q->l4len < QUOTED_L4_MIN)
		return REASON_ICMPINNER;
	p += q->l4off;
	if (icmp) {
		if (icmp_is_error(q->af, p[0]))
			return REASON_ICMPINNER;
		q->icmp_class = icmp_class(q->af, p[0]);
		q->t.dport = q->icmp_class;
		if (icmp_has_id(q->icmp_class))
			q->t.sport = wire_raw16(p + 4);
		return REASON_MATCH;
	}
	q->t.sport = wire_raw16(p);
	q->t.dport = wire_raw16(p + 2);
	if (q->proto == PROTO_TCP)
		q->seq = wire_get32(p + 4);
	return REASON_MATCH;
}

/* quote4() - @p is the packet, of which @room bytes are quote. */
static enum reason
quote4(struct pdquote *q, const uint8_t *p, uint32_t room)
{
	unsigned hlen, len;

	p += q->off;
	if (room < IP4_HLEN || p[0] >> 4 != 4)
		return REASON_ICMPINNER;
	hlen = (p[0] & 0x0f) * 4;
	len = wire_get16(p + 2);
	if (hlen < IP4_HLEN || hlen > room || len < hlen ||
	    !ip4_cksum_ok(p, hlen))
		return REASON_ICMPINNER;
	if (wire_get16(p + 6) & IP4_OFFMASK)
		return REASON_FRAG;
	memset(&q->t, 0, sizeof(q->t));
	q->t.src.w[0] = wire_raw32(p + 12);
	q->t.dst.w[0] = wire_raw32(p + 16);
	q->proto = p[9];
	q->l4off = (uint16_t)(q->off + hlen);
	q->l4len = (uint16_t)((len < room ? len : room) - hlen);
	return REASON_MATCH;
}

static enum reason
quote6(struct pdquote *q, const uint8_t *p, uint32_t room)
{
	struct chain6 c;
	uint32_t len;

	p += q->off;
	if (room < IP6_HLEN || p[0] >> 4 != 6)
		return REASON_ICMPINNER;
	len = IP6_HLEN + (uint32_t)wire_get16(p + 4);
	if (len > room)
		len = room;
	if (chain6_walk(&c, p, len) != REASON_MATCH)
		return REASON_ICMPINNER;
	if (c.fragoff != 0)
		return REASON_FRAG;
	memcpy(q->t.src.b, p + 8, 16);
	memcpy(q->t.dst.b, p + 24, 16);
	q->proto = c.proto;
	q->l4off = (uint16_t)(q->off + c.off);
	q->l4len = (uint16_t)(len - c.off);
	return REASON_MATCH;
}

static enum reason
quote(struct pdesc *pd, const uint8_t *p)
{
	struct pdquote *q = &pd->quote;
	uint32_t room = pd->l4len - ICMP_HLEN;
	enum reason reason;

	if (!pdesc_sum_ok(pd))
		return REASON_PROTCKSUM;
	q->af = pd->af;
	q->off = (uint16_t)(pd->l3len + ICMP_HLEN);
	reason = pd->af == AF_INET ? quote4(q, p, room) : quote6(q, p, room);
	if (reason != REASON_MATCH)
		return reason;
	if ((reason = quote_ports(q, p)) != REASON_MATCH)
		return reason;
	if (!addr_equal(&pd->key.dst, &q->t.src))
		return REASON_ICMPINNER;
	pd->flags |= PD_ICMPERR;
	return REASON_MATCH;
}

/* discovery() - Routers and neighbours of this link. */
static enum reason
discovery(struct pdesc *pd, const uint8_t *l4)
{
	if (pd->ttl != ND_HOPS || pd->flags & PD_FRAGMENT) /* RFC 6980 */
		return REASON_NORM;
	if (pd->icmp_class != ICMPC_ND_SOL && pd->icmp_class != ICMPC_ND_ADV)
		return REASON_MATCH;
	if (pd->l4len < ND_HLEN)
		return REASON_SHORT;
	memcpy(pd->target.b, l4 + ICMP_HLEN, sizeof(pd->target.b));
	pd->flags |= PD_ND;
	return REASON_MATCH;
}

void
pdesc_known_as(const struct pdesc *pd, struct tuple *t)
{
	*t = pd->cur;
	if ((pd->flags & PD_ND) == 0)
		return;
	if (pd->icmp_class == ICMPC_ND_SOL) {
		t->dst = pd->target;
		return;
	}
	t->src = pd->target;
	if (t->dst.b[0] == 0xff)
		t->dst = (struct addr){ 0 };
}

enum reason
pdesc_icmp(struct pdesc *pd, const uint8_t *l4)
{
	/* neither family carries the other's messages */
	if (pd->proto != (pd->af == AF_INET ? PROTO_ICMP : PROTO_ICMPV6))
		return REASON_NORM;
	if (pd->l4len < ICMP_HLEN) {
		if ((pd->flags & PD_FRAGMENT) == 0)
			return REASON_SHORT;
		return pd->af == AF_INET6 ? REASON_FRAG : REASON_MATCH;
	}
	pd->flags |= PD_L4;
	pd->hdrlen = ICMP_HLEN;
	pd->datalen = pd->l4len - ICMP_HLEN;
	pd->icmp_type = l4[0];
	pd->icmp_code = l4[1];
	pd->icmp_class = icmp_class(pd->af, l4[0]);
	pd->key.dport = pd->cur.dport = pd->icmp_class;
	if (icmp_has_id(pd->icmp_class))
		pd->key.sport = pd->cur.sport = wire_raw16(l4 + 4);
	if (icmp_is_error(pd->af, l4[0]) && (pd->flags & PD_FRAGMENT) == 0)
		return quote(pd, l4 - pd->l3len);
	if (icmp_is_discovery(pd->af, l4[0]))
		return discovery(pd, l4);
	return REASON_MATCH;
}
