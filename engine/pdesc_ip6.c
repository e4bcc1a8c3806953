/* SPDX-License-Identifier: ISC */
/*
 * Bytes to descriptor: IPv6 and its extension headers.
 *
 * A chain is at most CHAIN_MAX extension headers: hop-by-hop only as the
 * first, one routing header that is not of type 0 (RFC 5095), one fragment
 * header (RFC 8200 4.1 recommends each once).  Jumbograms are dropped.
 */
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define CHAIN_MAX 8
#define OPT6_PAD1 0
#define OPT6_PADN 1
#define OPT6_ALERT 5
#define OPT6_JUMBO 0xc2

/*
 * options6() - Walk the options of a hop-by-hop or destination header
 *
 * Return: OPT_..., or -1 if a length is wrong or it announces a jumbogram.
 */
static int
options6(const uint8_t *p, unsigned len)
{
	unsigned off = 2;
	int opts = 0;

	while (off < len) {
		unsigned n;

		if (p[off] == OPT6_PAD1) {
			off++;
			continue;
		}
		if (off + 1 >= len || off + 2 + p[off + 1] > len)
			return -1;
		n = 2u + p[off + 1];
		if (p[off] == OPT6_JUMBO)
			return -1;
		if (p[off] != OPT6_PADN)
			opts |= p[off] == OPT6_ALERT ? OPT_ALERT : OPT_OTHER;
		off += n;
	}
	return opts != 0 ? opts : OPT_OTHER;
}

/*
 * fragment6() - Read a fragment header
 *
 * Return: true if the walk ends here: what follows is no header.
 */
static bool
fragment6(struct chain6 *c, const uint8_t *p, uint32_t nxtoff)
{
	unsigned off = wire_get16(p + c->off + 2);

	c->fraghdr = (uint16_t)c->off;
	c->fragnxt = (uint16_t)nxtoff;
	c->fragoff = off & 0xfff8;
	c->fragmore = off & 1;
	c->fragid = wire_get32(p + c->off + 4);
	return c->fragoff != 0;
}

/*
 * header6() - Check one extension header that is there with @len bytes
 *
 * Return: 0 or the reason to drop.
 */
static enum reason
header6(struct chain6 *c, const uint8_t *p, uint32_t len, unsigned n,
    bool *routed)
{
	int opts;

	switch (c->proto) {
	case PROTO_HOPOPTS:
		if (n != 0)
			return REASON_IPOPTION;
		/* FALLTHROUGH */
	case PROTO_DSTOPTS:
		if ((opts = options6(p + c->off, len)) < 0)
			return REASON_IPOPTION;
		c->opts |= (uint8_t)opts;
		break;
	case PROTO_ROUTING:
		if (*routed || p[c->off + 2] == 0)
			return REASON_IPOPTION;
		*routed = true;
		c->opts |= OPT_OTHER;
		break;
	case PROTO_FRAGMENT:
		if (c->fraghdr != 0)
			return REASON_FRAG;
		break;
	}
	return REASON_MATCH;
}

/* ext6() - Is this an extension header that the walk steps over? */
static inline bool
ext6(uint8_t proto)
{
	return proto == PROTO_HOPOPTS || proto == PROTO_ROUTING ||
	    proto == PROTO_FRAGMENT || proto == PROTO_DSTOPTS ||
	    proto == PROTO_AH;
}

enum reason
chain6_walk(struct chain6 *c, const uint8_t *p, uint32_t end)
{
	uint32_t nxtoff = 6; /* the byte that says what header follows */
	bool routed = false;
	unsigned n;

	memset(c, 0, sizeof(*c));
	c->off = IP6_HLEN;
	c->proto = p[nxtoff];
	for (n = 0; ext6(c->proto); n++) {
		bool done = false;
		uint32_t len;
		enum reason reason;

		if (n == CHAIN_MAX)
			return REASON_IPOPTION;
		/* every one of them is at least 8 bytes long; RFC 7112: a
		 * first fragment has the whole chain */
		if (end - c->off < 8)
			return c->fraghdr != 0 ? REASON_FRAG : REASON_SHORT;
		if (c->proto == PROTO_FRAGMENT)
			len = FRAG6_HLEN;
		else if (c->proto == PROTO_AH)
			len = (p[c->off + 1] + 2u) * 4;
		else
			len = (p[c->off + 1] + 1u) * 8;
		if (end - c->off < len)
			return c->fraghdr != 0 ? REASON_FRAG : REASON_SHORT;
		reason = header6(c, p, len, n, &routed);
		if (reason != REASON_MATCH)
			return reason;
		if (c->proto == PROTO_FRAGMENT)
			done = fragment6(c, p, nxtoff);
		nxtoff = c->off;
		c->proto = p[c->off];
		c->off += len;
		if (done)
			break;
	}
	return REASON_MATCH;
}

/*
 * martian6() - Addresses that no packet may have
 *
 * RFC 4291 2.5.2, 2.7; mapped IPv4 addresses belong on no wire.  A host that
 * has no address yet speaks to groups only (RFC 4862 5.4.2).
 */
static bool
martian6(struct pdesc *pd, const uint8_t *p)
{
	uint64_t shi = be64toh(wire_raw64(p + 8));
	uint64_t slo = be64toh(wire_raw64(p + 16));
	uint64_t dhi = be64toh(wire_raw64(p + 24));
	uint64_t dlo = be64toh(wire_raw64(p + 32));

	if (shi >> 56 == 0xff ||
	    (dhi >> 56 == 0xff && (dhi >> 48 & 15) == 0))
		return true;
	if (likely(shi != 0) && likely(dhi != 0))
		return false;
	if ((shi == 0 && slo == 1) || (dhi == 0 && dlo == 1))
		pd->flags |= PD_LOOPBACK;
	if (shi == 0 && (slo >> 32 == 0xffff ||
	    (slo == 0 && dhi >> 56 != 0xff)))
		return true;
	return dhi == 0 && (dlo >> 32 == 0xffff || dlo == 0);
}

/*
 * is_mld() - A message that must carry a router alert and nothing else
 *
 * RFC 2710 3, RFC 3810 5: types 130 to 132 and 143, hop limit 1.
 */
static bool
is_mld(const struct pdesc *pd, const uint8_t *p)
{
	uint8_t type;

	if (pd->proto != PROTO_ICMPV6 || pd->ttl != 1 || pd->l4len == 0)
		return false;
	type = p[pd->l3len];
	return (type >= 130 && type <= 132) || type == 143;
}

/* frag6() - What the chain said of fragments. */
static enum reason
frag6(struct pdesc *pd, const struct chain6 *c)
{
	pd->fraghdr = c->fraghdr;
	pd->fragnxt = c->fragnxt;
	pd->fragid = c->fragid;
	if (c->fraghdr == 0)
		return REASON_MATCH;
	/* RFC 6946: an atomic fragment is a whole datagram */
	if (c->fragoff == 0 && !c->fragmore)
		return REASON_MATCH;
	pd->flags |= PD_FRAGMENT;
	pd->fragoff = c->fragoff;
	pd->fragmore = c->fragmore;
	if (c->fragoff == 0)
		pd->flags |= PD_FIRSTFRAG;
	/* bytes of this piece: all behind the fragment header */
	if (pd->len == (uint32_t)c->fraghdr + FRAG6_HLEN ||
	    (c->fragmore && (pd->len - c->fraghdr) % 8 != 0) ||
	    c->fragoff + pd->len - c->fraghdr - FRAG6_HLEN > PACKET_MAX)
		return REASON_FRAG;
	return REASON_MATCH;
}

enum reason
pdesc_parse6(struct pdesc *pd, uint8_t *p)
{
	struct packet *pkt = pd->pkt;
	struct chain6 c;
	enum reason reason;
	uint32_t len;

	if (pkt->len < IP6_HLEN)
		return REASON_SHORT;
	len = IP6_HLEN + (uint32_t)wire_get16(p + 4);
	if (len > pkt->len)
		return REASON_SHORT;
	pkt->len = len;
	pd->af = AF_INET6;
	pd->len = len;
	pd->tos = (uint8_t)(wire_get16(p) >> 4);
	pd->ttl = p[7];
	memcpy(pd->key.src.b, p + 8, 16);
	memcpy(pd->cur.src.b, p + 8, 16);
	memcpy(pd->key.dst.b, p + 24, 16);
	memcpy(pd->cur.dst.b, p + 24, 16);
	if (martian6(pd, p))
		return REASON_MARTIAN;
	if (!ext6(p[6])) { /* the common case */
		pd->proto = p[6];
		pd->l3len = IP6_HLEN;
		pd->l4len = (uint16_t)(len - IP6_HLEN);
		return pdesc_layer4(pd, p);
	}
	if ((reason = chain6_walk(&c, p, len)) != REASON_MATCH)
		return reason;
	pd->proto = c.proto;
	pd->l3len = (uint16_t)c.off;
	pd->l4len = (uint16_t)(len - c.off);
	if ((reason = frag6(pd, &c)) != REASON_MATCH)
		return reason;
	if (c.opts != 0 && (c.opts != OPT_ALERT || !is_mld(pd, p)))
		pd->flags |= PD_OPTIONS;
	return pdesc_layer4(pd, p);
}
