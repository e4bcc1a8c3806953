/* SPDX-License-Identifier: ISC */
/*
 * Bytes to descriptor: the common part, IPv4, TCP, UDP and SCTP.
 *
 * Nearly all packets are IPv4 without options, not fragmented, TCP or UDP:
 * parse_plain4() reads these straight, and what looks odd in any way is left to
 * parse4(), which looks at everything again and finds the reason.
 */
#include "engine/pdesc.h"

#include <netinet/tcp.h>

#include "engine/crc32c.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define TCPOPT_END 0
#define TCPOPT_PAD 1
#define WSCALE_MAX 14 /* RFC 7323, 2.3 */
#define WSCALE_NONE 0xff

/* First octets of IPv4 addresses that need a second look. */
#define ODD_SRC 0x01
#define ODD_DST 0x02
static const uint8_t octets[256] = {
	[0] = ODD_SRC | ODD_DST,
	[127] = ODD_SRC | ODD_DST,
	[224 ... 239] = ODD_SRC,
	[255] = ODD_SRC,
};

bool
ip4_cksum_ok(const uint8_t *p, unsigned hlen)
{
	return cksum_fold(wire_sum(0, p, hlen)) == 0xffff;
}

/*
 * martian4() - Addresses that no packet may have
 *
 * RFC 1122 3.2.1.3, RFC 1812 5.3.7, RFC 6274 3.  A host that has no address
 * yet sends from 0.0.0.0 to all (DHCP) or to a group (IGMP).  Loopback is for
 * the caller to judge, who knows the interface.
 */
static bool
martian4(struct pdesc *pd)
{
	uint32_t src = be32toh(pd->key.src.w[0]);
	uint32_t dst = be32toh(pd->key.dst.w[0]);

	if (src >> 24 == 127 || dst >> 24 == 127)
		pd->flags |= PD_LOOPBACK;
	if (src >> 28 == 0xe || src == 0xffffffff || dst >> 24 == 0)
		return true;
	return src >> 24 == 0 &&
	    (src != 0 || (dst != 0xffffffff && dst >> 28 != 0xe));
}

/*
 * options4() - Walk IPv4 options
 *
 * Return: OPT_... of what is there, or -1 if a length is wrong.
 */
static int
options4(const uint8_t *p, unsigned off, unsigned hlen)
{
	int opts = 0;

	while (off < hlen && p[off] != 0) { /* 0: end of list */
		unsigned len;

		if (p[off] == 1) { /* no operation */
			off++;
			continue;
		}
		if (off + 1 >= hlen)
			return -1;
		len = p[off + 1];
		if (len < 2 || off + len > hlen)
			return -1;
		opts |= p[off] == 148 ? OPT_ALERT : OPT_OTHER;
		off += len;
	}
	return opts != 0 ? opts : OPT_OTHER;
}

static inline void
start(struct pdesc *pd, struct packet *pkt)
{
	pd->pkt = pkt;
	pd->ifidx = pkt->ifidx;
	pd->received_on = pkt->dir == DIR_IN ? pkt->ifidx : pkt->in_if;
	pd->rdomain = 0;
	pd->dir = pkt->dir;
	pd->local = 0;
	pd->flags = pkt->gso != GSO_NONE ? PD_GSO : 0;
	pd->hdrlen = 0;
	pd->fragoff = 0;
	pd->fragmore = 0;
	pd->fraghdr = 0;
	pd->fragnxt = 0;
	pd->fragid = 0;
	pd->seq = 0;
	pd->ack = 0;
	pd->win = 0;
	pd->tcpflags = 0;
	pd->wscale = WSCALE_NONE;
	pd->mss = 0;
	pd->tag = 0;
	pd->icmp_type = 0;
	pd->icmp_code = 0;
	pd->icmp_class = ICMPC_NONE;
}

/*
 * addr_set4() - Store an address
 *
 * For key and for cur: to copy one to the other right afterwards would wait
 * for the stores.
 */
static inline void
addr_set4(struct addr *a, uint32_t w)
{
	a->w[0] = w;
	a->w[1] = 0;
	a->w[2] = 0;
	a->w[3] = 0;
}

/*
 * flags_bad() - Combinations that no TCP sends
 *
 * As pf's normalisation: SYN with RST; neither SYN, ACK nor RST; FIN, PSH or
 * URG without ACK.  SYN with FIN goes too (RFC 9293 knows no such segment).
 */
static inline bool
flags_bad(uint8_t f)
{
	if (f & TH_SYN) {
		if (f & (TH_RST | TH_FIN))
			return true;
	} else if ((f & (TH_ACK | TH_RST)) == 0)
		return true;
	return (f & TH_ACK) == 0 && (f & (TH_FIN | TH_PUSH | TH_URG)) != 0;
}

/* syn_options() - Window scale and segment size of a SYN; at most 40 bytes. */
static void
syn_options(struct pdesc *pd, const uint8_t *p, unsigned len)
{
	const uint8_t *end = p + len;
	unsigned n;

	for (; p < end; p += n) {
		n = 1;
		if (p[0] == TCPOPT_PAD)
			continue;
		if (p[0] == TCPOPT_END || end - p < 2)
			return;
		n = p[1];
		if (n < 2 || n > end - p)
			return;
		if (p[0] == TCPOPT_MAXSEG && n == 4)
			pd->mss = wire_get16(p + 2);
		else if (p[0] == TCPOPT_WINDOW && n == 3)
			pd->wscale = p[2] < WSCALE_MAX ? p[2] : WSCALE_MAX;
	}
}

/* tcp() - A TCP header that is there as a whole, @hlen bytes. */
static inline enum reason
tcp(struct pdesc *pd, const uint8_t *p, unsigned hlen)
{
	uint8_t f = p[13];

	pd->key.sport = pd->cur.sport = wire_raw16(p);
	pd->key.dport = pd->cur.dport = wire_raw16(p + 2);
	pd->seq = wire_get32(p + 4);
	pd->ack = wire_get32(p + 8);
	pd->tcpflags = f;
	pd->win = wire_get16(p + 14);
	pd->hdrlen = (uint16_t)hlen;
	pd->datalen = pd->l4len - hlen;
	if (unlikely((f & (TH_SYN | TH_RST | TH_ACK)) != TH_ACK)) {
		if (flags_bad(f))
			return REASON_NORM;
		if (f & TH_SYN)
			syn_options(pd, p + TCP_HLEN, hlen - TCP_HLEN);
	}
	pd->flags |= PD_L4;
	return REASON_MATCH;
}

static inline void
udp(struct pdesc *pd, const uint8_t *p)
{
	pd->key.sport = pd->cur.sport = wire_raw16(p);
	pd->key.dport = pd->cur.dport = wire_raw16(p + 2);
	pd->hdrlen = UDP_HLEN;
	pd->datalen = pd->l4len - UDP_HLEN;
	pd->flags |= PD_L4;
}

/*
 * land() - A packet to the socket that sent it
 *
 * Over loopback this is what some programs do; elsewhere it is an attack.
 */
static inline bool
land(const struct pdesc *pd)
{
	return unlikely(pd->key.sport == pd->key.dport) &&
	    addr_equal(&pd->key.src, &pd->key.dst) &&
	    (pd->flags & PD_LOOPBACK) == 0;
}

/* short_header() - The layer 4 header is not whole: what does that mean? */
static enum reason
short_header(const struct pdesc *pd)
{
	if ((pd->flags & PD_FRAGMENT) == 0)
		return REASON_SHORT;
	/* RFC 7112: IPv6 wants the whole chain in the first fragment; with
	 * IPv4 reassembly may still mend it */
	return pd->af == AF_INET6 ? REASON_FRAG : REASON_MATCH;
}

static enum reason
layer4_tcp(struct pdesc *pd, const uint8_t *p)
{
	unsigned hlen;

	if (pd->l4len < TCP_HLEN)
		return short_header(pd);
	hlen = (p[12] >> 4) * 4;
	if (hlen < TCP_HLEN)
		return REASON_SHORT;
	if (hlen > pd->l4len)
		return short_header(pd);
	return tcp(pd, p, hlen);
}

static enum reason
layer4_udp(struct pdesc *pd, const uint8_t *p)
{
	unsigned ulen;

	if (pd->l4len < UDP_HLEN)
		return short_header(pd);
	ulen = wire_get16(p + 4);
	if (ulen < UDP_HLEN || wire_raw16(p + 2) == 0)
		return REASON_SHORT;
	if (ulen > pd->l4len && (pd->flags & PD_FRAGMENT) == 0)
		return REASON_SHORT;
	udp(pd, p);
	return REASON_MATCH;
}

/* RFC 9260 3.1, 3.3.2; who has no port cannot be answered. */
static enum reason
layer4_sctp(struct pdesc *pd, const uint8_t *p)
{
	if (pd->l4len < SCTP_HLEN)
		return short_header(pd);
	if (wire_raw16(p) == 0 || wire_raw16(p + 2) == 0)
		return REASON_SHORT;
	pd->key.sport = pd->cur.sport = wire_raw16(p);
	pd->key.dport = pd->cur.dport = wire_raw16(p + 2);
	pd->hdrlen = SCTP_HLEN;
	pd->datalen = pd->l4len - SCTP_HLEN;
	pd->flags |= PD_L4;
	return REASON_MATCH;
}

/* gso_fits() - Is this what the data plane calls it? */
static bool
gso_fits(const struct pdesc *pd)
{
	if (pd->flags & PD_FRAGMENT)
		return false;
	switch (pd->pkt->gso) {
	case GSO_TCP4:
		return pd->af == AF_INET && pd->proto == PROTO_TCP;
	case GSO_TCP6:
		return pd->af == AF_INET6 && pd->proto == PROTO_TCP;
	case GSO_UDP:
		return pd->proto == PROTO_UDP;
	}
	return false;
}

enum reason
pdesc_layer4(struct pdesc *pd, const uint8_t *p)
{
	enum reason reason = REASON_MATCH;

	pd->key.sport = pd->key.dport = 0;
	pd->cur.sport = pd->cur.dport = 0;
	pd->datalen = pd->l4len;
	p += pd->l3len;
	if (unlikely(pd->flags & PD_GSO) && !gso_fits(pd))
		return REASON_NORM;
	if ((pd->flags & (PD_FRAGMENT | PD_FIRSTFRAG)) != PD_FRAGMENT) {
		if (pd->proto == PROTO_TCP)
			reason = layer4_tcp(pd, p);
		else if (pd->proto == PROTO_UDP)
			reason = layer4_udp(pd, p);
		else if (pd->proto == PROTO_ICMP || pd->proto == PROTO_ICMPV6)
			reason = pdesc_icmp(pd, p);
		else if (pd->proto == PROTO_SCTP)
			reason = layer4_sctp(pd, p);
	}
	if (reason != REASON_MATCH)
		return reason;
	if ((pd->proto == PROTO_TCP || pd->proto == PROTO_UDP) &&
	    (pd->flags & PD_L4) && land(pd))
		return REASON_MARTIAN;
	return REASON_MATCH;
}

/* frag4() - The fragment fields of an IPv4 header. */
static enum reason
frag4(struct pdesc *pd, const uint8_t *p)
{
	unsigned off = wire_get16(p + 6);

	pd->fragid = wire_get16(p + 4);
	if (off & IP4_DF)
		pd->flags |= PD_DF;
	if ((off & (IP4_MF | IP4_OFFMASK)) == 0)
		return REASON_MATCH;
	pd->flags |= PD_FRAGMENT;
	pd->fragmore = (off & IP4_MF) != 0;
	off = (off & IP4_OFFMASK) * 8;
	pd->fragoff = (uint16_t)off;
	if (off == 0)
		pd->flags |= PD_FIRSTFRAG;
	if (pd->l4len == 0 || (pd->fragmore && pd->l4len % 8 != 0) ||
	    pd->l3len + off + pd->l4len > PACKET_MAX)
		return REASON_FRAG;
	return REASON_MATCH;
}

static __attribute__((noinline, cold)) enum reason
parse4(struct pdesc *pd, const uint8_t *p)
{
	struct packet *pkt = pd->pkt;
	unsigned hlen = (p[0] & 0x0f) * 4, len;
	enum reason reason;
	int opts;

	if (pkt->len < IP4_HLEN || hlen < IP4_HLEN || hlen > pkt->len)
		return REASON_SHORT;
	len = wire_get16(p + 2);
	if (len < hlen || len > pkt->len)
		return REASON_SHORT;
	if (!ip4_cksum_ok(p, hlen))
		return REASON_HDRCKSUM;
	pkt->len = len;
	pd->af = AF_INET;
	pd->len = len;
	pd->l3len = (uint16_t)hlen;
	pd->l4len = (uint16_t)(len - hlen);
	pd->tos = p[1];
	pd->ttl = p[8];
	pd->proto = p[9];
	addr_set4(&pd->key.src, wire_raw32(p + 12));
	addr_set4(&pd->cur.src, wire_raw32(p + 12));
	addr_set4(&pd->key.dst, wire_raw32(p + 16));
	addr_set4(&pd->cur.dst, wire_raw32(p + 16));
	if (martian4(pd))
		return REASON_MARTIAN;
	if (hlen > IP4_HLEN) {
		opts = options4(p, IP4_HLEN, hlen);
		if (opts < 0)
			return REASON_IPOPTION;
		/* RFC 3376 4: every IGMP message has a router alert */
		if (opts != OPT_ALERT || pd->proto != PROTO_IGMP)
			pd->flags |= PD_OPTIONS;
	}
	if ((reason = frag4(pd, p)) != REASON_MATCH)
		return reason;
	return pdesc_layer4(pd, p);
}

/*
 * parse_plain4() - The common case
 *
 * Return: false if anything is unusual; then the descriptor is not finished.
 */
static inline bool
parse_plain4(struct pdesc *pd, const uint8_t *p)
{
	struct packet *pkt = pd->pkt;
	uint32_t src = wire_raw32(p + 12), dst = wire_raw32(p + 16);
	uint32_t len = wire_get16(p + 2), hlen;
	uint64_t sum;

	sum = (uint64_t)wire_raw32(p) + wire_raw32(p + 4) +
	    wire_raw32(p + 8) + src + dst;
	if (unlikely(cksum_fold(sum) != 0xffff) ||
	    unlikely(len > pkt->len) || unlikely(len < IP4_HLEN + UDP_HLEN) ||
	    unlikely((octets[p[12]] & ODD_SRC) | (octets[p[16]] & ODD_DST)) ||
	    unlikely(wire_get16(p + 6) & (IP4_MF | IP4_OFFMASK)))
		return false;
	pkt->len = len;
	pd->af = AF_INET;
	pd->len = len;
	pd->l3len = IP4_HLEN;
	pd->l4len = (uint16_t)(len - IP4_HLEN);
	pd->tos = p[1];
	pd->ttl = p[8];
	pd->proto = p[9];
	pd->fragid = wire_get16(p + 4);
	if (p[6] & (IP4_DF >> 8))
		pd->flags |= PD_DF;
	addr_set4(&pd->key.src, src);
	addr_set4(&pd->cur.src, src);
	addr_set4(&pd->key.dst, dst);
	addr_set4(&pd->cur.dst, dst);
	p += IP4_HLEN;
	if (pd->proto == PROTO_TCP) {
		if (unlikely(len < IP4_HLEN + TCP_HLEN))
			return false;
		hlen = (p[12] >> 4) * 4;
		if (unlikely(hlen < TCP_HLEN) || unlikely(hlen > pd->l4len) ||
		    unlikely(tcp(pd, p, hlen) != REASON_MATCH))
			return false;
	} else {
		if (unlikely(wire_get16(p + 4) > pd->l4len) ||
		    unlikely(wire_get16(p + 4) < UDP_HLEN) ||
		    unlikely(wire_raw16(p + 2) == 0))
			return false;
		udp(pd, p);
	}
	return src != dst || !land(pd);
}

/* All that parse_plain4() does not read to its end. */
static __attribute__((noinline)) enum reason
parse_any(struct pdesc *pd, struct packet *pkt)
{
	uint8_t *p = pkt->data;

	start(pd, pkt);
	if (pkt->len == 0)
		return REASON_SHORT;
	switch (p[0] >> 4) {
	case 4:
		return parse4(pd, p);
	case 6:
		return pdesc_parse6(pd, p);
	}
	return REASON_UNSUPPORTED;
}

enum reason
pdesc_parse(struct pdesc *pd, struct packet *pkt)
{
	const uint8_t *p = pkt->data;

	if (likely(pkt->len >= IP4_HLEN + UDP_HLEN) && likely(p[0] == 0x45) &&
	    likely(p[9] == PROTO_TCP ? pkt->gso <= GSO_TCP4 :
		p[9] == PROTO_UDP && pkt->gso == GSO_NONE)) {
		start(pd, pkt);
		if (likely(parse_plain4(pd, p)))
			return REASON_MATCH;
	}
	return parse_any(pd, pkt);
}

bool
pdesc_sum_ok(const struct pdesc *pd)
{
	const uint8_t *ip = pd->pkt->data, *l4 = ip + pd->l3len;
	int off = cksum_place(pd->af, pd->proto, pd->l4len);
	uint32_t len = pd->l4len;
	uint64_t sum = 0;

	if (pd->pkt->csum == CSUM_PARTIAL || pd->flags & PD_GSO || off < 0)
		return true;
	if (pd->proto == PROTO_UDP) {
		if (pd->af == AF_INET && wire_raw16(l4 + off) == 0)
			return true;
		len = wire_get16(l4 + 4);
	}
	if (pd->af == AF_INET6)
		sum = wire_sum_pseudo(ip + 8, ip + 24, 16, pd->proto, len);
	else if (pd->proto != PROTO_ICMP)
		sum = wire_sum_pseudo(ip + 12, ip + 16, 4, pd->proto, len);
	return cksum_fold(wire_sum(sum, l4, len)) == 0xffff;
}

/*
 * A first fragment that does not have its layer 4 header whole could carry
 * the rest, ports or flags, past the rules in a second one; and a second one
 * that begins inside of the header could write over what the rules saw.
 */
enum reason
pdesc_fragcheck(const struct pdesc *pd)
{
	if ((pd->flags & PD_FRAGMENT) == 0)
		return REASON_MATCH;
	if (pd->flags & PD_FIRSTFRAG) {
		bool known = pd->proto == PROTO_TCP || pd->proto == PROTO_UDP ||
		    pd->proto == PROTO_ICMP || pd->proto == PROTO_ICMPV6 ||
		    pd->proto == PROTO_SCTP;

		return known && (pd->flags & PD_L4) == 0 ? REASON_FRAG
							 : REASON_MATCH;
	}
	if ((pd->proto == PROTO_TCP && pd->fragoff < 60) ||
	    (pd->proto == PROTO_SCTP && pd->fragoff < SCTP_HLEN))
		return REASON_FRAG;
	return REASON_MATCH;
}
