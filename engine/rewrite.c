/* SPDX-License-Identifier: ISC */
/*
 * Descriptor to bytes: translated addresses, ports and ids, and the sums that
 * cover them.
 *
 * Every change goes through wire_change16() or wire_change32(), which store
 * the new value and tell the difference; a difference goes into a sum once
 * all changes below that sum are made (RFC 1624, equation 3).  As that is
 * done in words as they lie in memory, the byte order does not matter.  Each
 * field lies at an even place of what the sum covers, which IP, TCP, UDP and
 * ICMP see to.
 *
 * A full sum (complemented in the field) takes the difference of all it
 * covers.  A partial one (the pseudo-header's, not complemented; the rest is
 * added when the packet is sent) takes that of the addresses only.
 */
#include "engine/crc32c.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

static inline uint64_t
put_addr(uint8_t *p, const struct addr *to, uint8_t af)
{
	uint64_t diff;

	diff = wire_change32(p, to->w[0]);
	if (af != AF_INET6)
		return diff;
	diff += wire_change32(p + 4, to->w[1]);
	diff += wire_change32(p + 8, to->w[2]);
	return diff + wire_change32(p + 12, to->w[3]);
}

/* carry_partial() - A difference into a sum that is not complemented. */
static inline void
carry_partial(uint8_t *p, uint64_t diff)
{
	if (diff != 0)
		wire_put_raw16(p, cksum_apply_partial(wire_raw16(p), diff));
}

/* carry_layer4() - Into a full one; UDP's sum of zero stays (RFC 768). */
static inline uint64_t
carry_layer4(uint8_t *p, uint8_t proto, uint64_t diff)
{
	if (proto != PROTO_UDP || diff == 0)
		return wire_carry(p, diff);
	return wire_change16(p, cksum_apply_udp(wire_raw16(p), diff));
}

/*
 * put_sctp() - Ports, and the checksum that covers them, as far as they are
 * there
 */
static uint64_t
put_sctp(uint8_t *p, uint32_t len, bool partial, const struct tuple *t)
{
	uint32_t was = wire_raw32(p);
	uint64_t diff;

	diff = wire_change16(p, t->sport) + wire_change16(p + 2, t->dport);
	if (diff == 0 || partial || len < SCTP_HLEN)
		return diff;
	was = crc32c_change(was ^ wire_raw32(p), len);
	return diff + wire_change32(p + SCTP_CKSUM,
	    wire_raw32(p + SCTP_CKSUM) ^ was);
}

/* put_ports() - Ports, or the id of an ICMP query; @len bytes are there. */
static inline uint64_t
put_ports(uint8_t *p, uint32_t len, uint8_t proto, uint16_t cls, bool partial,
    const struct tuple *t)
{
	if (proto == PROTO_TCP || proto == PROTO_UDP)
		return wire_change16(p, t->sport) +
		    wire_change16(p + 2, t->dport);
	if (proto == PROTO_SCTP)
		return put_sctp(p, len, partial, t);
	if (icmp_has_id(cls))
		return wire_change16(p + 4, t->sport);
	return 0;
}

/* put_addrs() - Both addresses of an IP header, and its own sum. */
static inline uint64_t
put_addrs(uint8_t *p, uint8_t af, const struct tuple *t, uint64_t *own)
{
	uint64_t diff;

	*own = 0;
	if (af == AF_INET6) {
		diff = put_addr(p + 8, &t->src, af);
		return diff + put_addr(p + 24, &t->dst, af);
	}
	diff = put_addr(p + 12, &t->src, af);
	diff += put_addr(p + 16, &t->dst, af);
	*own = wire_carry(p + 10, diff);
	return diff;
}

void
pdesc_rewrite(struct pdesc *pd)
{
	uint8_t *p = pd->pkt->data, *l4 = p + pd->l3len;
	uint64_t addrs, ports, own;
	int off;

	addrs = put_addrs(p, pd->af, &pd->cur, &own);
	ports = 0;
	if (pd->flags & PD_L4)
		ports = put_ports(l4, pd->l4len, pd->proto, pd->icmp_class,
		    pd->pkt->csum == CSUM_PARTIAL, &pd->cur);
	if (addrs == 0 && ports == 0)
		return;
	pd->pkt->changed = 1;
	if ((pd->flags & (PD_FRAGMENT | PD_FIRSTFRAG)) == PD_FRAGMENT)
		return;
	if ((off = cksum_place(pd->af, pd->proto, pd->l4len)) < 0)
		return;
	if (pd->proto == PROTO_ICMP)
		addrs = 0; /* no pseudo-header */
	if (pd->pkt->csum == CSUM_PARTIAL)
		carry_partial(l4 + off, addrs);
	else
		carry_layer4(l4 + off, pd->proto, addrs + ports);
}

/*
 * rewrite_inner() - Translate the quoted packet
 *
 * Return: the difference that all this makes to the ICMP sum.
 */
static uint64_t
rewrite_inner(const struct pdquote *q, uint8_t *p, const struct tuple *t)
{
	uint8_t *l4 = p + q->l4off;
	uint64_t addrs, ports, own, sum = 0;
	int off;

	addrs = put_addrs(p + q->off, q->af, t, &own);
	ports = 0;
	if (q->l4len >= 8)
		ports = put_ports(l4, q->l4len, q->proto, q->icmp_class,
		    false, t);
	if ((off = cksum_place(q->af, q->proto, q->l4len)) >= 0)
		sum = carry_layer4(l4 + off, q->proto,
		    (q->proto == PROTO_ICMP ? 0 : addrs) + ports);
	return addrs + own + ports + sum;
}

void
pdesc_rewrite_quote(struct pdesc *pd, const struct tuple *inner)
{
	uint8_t *p = pd->pkt->data, *sum = p + pd->l3len + 2;
	uint64_t addrs, diff, own;

	diff = rewrite_inner(&pd->quote, p, inner);
	addrs = put_addrs(p, pd->af, &pd->cur, &own);
	if (addrs == 0 && diff == 0)
		return;
	pd->pkt->changed = 1;
	if (pd->af == AF_INET)
		addrs = 0;
	if (pd->pkt->csum == CSUM_PARTIAL)
		carry_partial(sum, addrs);
	else
		wire_carry(sum, addrs + diff);
}
