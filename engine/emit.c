/* SPDX-License-Identifier: ISC */
/*
 * Packets that the engine makes itself: answers.
 */
#include "engine/emit.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "engine/ifset.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define ICMP4_TOS 0xc0 /* internetwork control, RFC 1812 4.3.2.5 */
#define ICMP4_ECHO_REPLY 0
#define ICMP4_ECHO 8
#define ICMP6_TOOBIG 2
#define ICMP6_PARAM 4
#define ICMP6_PARAM_OPTION 2
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129
#define ICMP6_REDIRECT 137

/* What an IP header of ours says. */
struct head {
	uint8_t af, proto, ttl, tos;
	bool df;
	uint16_t id;		/* IPv4, host order */
	const struct addr *src, *dst;
};

static unsigned
head_len(uint8_t af)
{
	return af == AF_INET ? IP4_HLEN : IP6_HLEN;
}

/*
 * put_head() - Write an IP header before @len bytes of layer 4
 *
 * Return: the sum of the pseudo-header.
 */
static uint64_t
put_head(uint8_t *p, const struct head *h, uint32_t len)
{
	if (h->af == AF_INET) {
		p[0] = 0x45;
		p[1] = h->tos;
		wire_put16(p + 2, (uint16_t)(IP4_HLEN + len));
		wire_put16(p + 4, h->id);
		wire_put16(p + 6, h->df ? IP4_DF : 0);
		p[8] = h->ttl;
		p[9] = h->proto;
		wire_put16(p + 10, 0);
		memcpy(p + 12, h->src->b, 4);
		memcpy(p + 16, h->dst->b, 4);
		wire_put_raw16(p + 10,
		    (uint16_t)~cksum_fold(wire_sum(0, p, IP4_HLEN)));
		return wire_sum_pseudo(p + 12, p + 16, 4, h->proto, len);
	}
	wire_put32(p, 0x60000000 | (uint32_t)h->tos << 20);
	wire_put16(p + 4, (uint16_t)len);
	p[6] = h->proto;
	p[7] = h->ttl;
	memcpy(p + 8, h->src->b, 16);
	memcpy(p + 24, h->dst->b, 16);
	return wire_sum_pseudo(p + 8, p + 24, 16, h->proto, len);
}

static int
finish(struct packet *out, uint32_t len)
{
	*out = (struct packet) { .data = out->data, .len = len,
		.dir = DIR_OUT, .csum = CSUM_FULL, .gso = GSO_NONE,
		.fate = FATE_SEND, .changed = 1 };
	return 0;
}

/* is_group() - Multicast, or the broadcast of all networks. */
static bool
is_group(uint8_t af, const struct addr *a)
{
	if (af == AF_INET)
		return a->b[0] >> 4 == 0xe || a->w[0] == UINT32_MAX;
	return a->b[0] == 0xff;
}

/* is_host() - Does this source name a single host?  RFC 1122 3.2.2. */
static bool
is_host(uint8_t af, const struct addr *a)
{
	if (af == AF_INET)
		return a->b[0] != 0 && a->b[0] < 224;
	return a->b[0] != 0xff && !addr_is_zero(a);
}

int
emit_tcp(struct packet *out, uint32_t room, const struct emit_tcp *e)
{
	struct head h = { .af = e->af, .proto = PROTO_TCP, .tos = e->tos,
		.ttl = e->ttl != 0 ? e->ttl : EMIT_TTL, .df = true,
		.src = &e->t.src, .dst = &e->t.dst };
	unsigned hlen = TCP_HLEN + (e->mss != 0 ? 4 : 0);
	uint8_t *p = out->data + head_len(e->af);
	uint64_t sum;

	if (room < head_len(e->af) + hlen)
		return -ENOSPC;
	sum = put_head(out->data, &h, hlen);
	wire_put_raw16(p, e->t.sport);
	wire_put_raw16(p + 2, e->t.dport);
	wire_put32(p + 4, e->seq);
	wire_put32(p + 8, e->ack);
	p[12] = (uint8_t)(hlen / 4 << 4);
	p[13] = e->flags;
	wire_put16(p + 14, e->win);
	wire_put32(p + 16, 0);
	if (e->mss != 0) {
		p[20] = TCPOPT_MAXSEG;
		p[21] = 4;
		wire_put16(p + 22, e->mss);
	}
	wire_put_raw16(p + 16, (uint16_t)~cksum_fold(wire_sum(sum, p, hlen)));
	return finish(out, head_len(e->af) + hlen);
}

/* answer_tcp() - May the sender of this segment be answered?  Address it. */
static int
answer_tcp(struct emit_tcp *e, const struct pdesc *pd)
{
	if (pd->proto != PROTO_TCP || (pd->flags & PD_L4) == 0 ||
	    (pd->flags & PD_FRAGMENT) || (pd->tcpflags & TH_RST) ||
	    !is_host(pd->af, &pd->key.src) || is_group(pd->af, &pd->key.dst))
		return -EPERM;
	if (!pdesc_sum_ok(pd))
		return -EBADMSG;
	*e = (struct emit_tcp) { .af = pd->af, .t = { .src = pd->key.dst,
		.dst = pd->key.src, .sport = pd->key.dport,
		.dport = pd->key.sport } };
	return 0;
}

int
emit_rst(struct packet *out, uint32_t room, const struct pdesc *pd,
    uint8_t ttl)
{
	struct emit_tcp e;
	int error;

	if ((error = answer_tcp(&e, pd)) != 0)
		return error;
	e.ttl = ttl;
	e.flags = TH_RST | TH_ACK;
	e.seq = pd->tcpflags & TH_ACK ? pd->ack : 0;
	e.ack = pd->seq + pd->datalen + ((pd->tcpflags & TH_SYN) != 0) +
	    ((pd->tcpflags & TH_FIN) != 0);
	return emit_tcp(out, room, &e);
}

int
emit_stale(struct packet *out, uint32_t room, const struct pdesc *pd)
{
	struct emit_tcp e;
	int error;

	if ((error = answer_tcp(&e, pd)) != 0)
		return error;
	e.flags = TH_RST;
	e.seq = pd->ack;
	return emit_tcp(out, room, &e);
}

int
emit_challenge(struct packet *out, uint32_t room, const struct pdesc *pd,
    uint32_t seq, uint32_t ack, uint16_t win)
{
	struct emit_tcp e;
	int error;

	if ((pd->tcpflags & TH_RST) != 0) {
		/* RFC 5961 3.2: a RST that is not exact gets one too */
		struct pdesc other = *pd;

		other.tcpflags &= (uint8_t)~TH_RST;
		error = answer_tcp(&e, &other);
	} else
		error = answer_tcp(&e, pd);
	if (error != 0)
		return error;
	e.flags = TH_ACK;
	e.seq = seq;
	e.ack = ack;
	e.win = win;
	return emit_tcp(out, room, &e);
}

/* to_many() - Was the packet sent to more than one host? */
static bool
to_many(const struct pdesc *pd, const struct ifset *ifs)
{
	return is_group(pd->af, &pd->key.dst) ||
	    (ifs != NULL &&
	    ifset_broadcast(ifs, pd->af, &pd->key.dst, NULL));
}

static bool
may_tell(const struct pdesc *pd, const struct emit_icmp *e)
{
	bool icmp = pd->proto == (pd->af == AF_INET ? PROTO_ICMP :
	    PROTO_ICMPV6);

	if ((pd->flags & (PD_FRAGMENT | PD_FIRSTFRAG)) == PD_FRAGMENT)
		return false;
	if (icmp && (pd->flags & PD_L4) == 0)
		return false; /* cannot tell that it is no error */
	if (icmp && pd->af == AF_INET && icmp_is_error(pd->af, pd->icmp_type))
		return false;
	if (icmp && pd->af == AF_INET6 &&
	    (pd->icmp_type < 128 || pd->icmp_type == ICMP6_REDIRECT))
		return false;
	if (!is_host(pd->af, &pd->key.src) ||
	    (e->ifs != NULL &&
	    ifset_broadcast(e->ifs, pd->af, &pd->key.src, NULL)))
		return false;
	if (pd->af == AF_INET6 && (e->type == ICMP6_TOOBIG ||
	    (e->type == ICMP6_PARAM && e->code == ICMP6_PARAM_OPTION)))
		return true;
	return !to_many(pd, e->ifs);
}

/* first_segment() - Bytes of the packet, or of the first of a train. */
static uint32_t
first_segment(const struct pdesc *pd)
{
	uint32_t len = pd->len, one;

	if ((pd->flags & PD_GSO) && pd->pkt->gso_size != 0) {
		one = (uint32_t)pd->l3len + pd->hdrlen + pd->pkt->gso_size;
		if (one < len)
			len = one;
	}
	return len;
}

/* mend_head() - Hop limit, and length of a train's segment, in a quote. */
static void
mend_head(uint8_t *q, const struct pdesc *pd, uint32_t len)
{
	uint64_t diff;

	if (pd->af == AF_INET6) {
		q[7] = pd->ttl;
		wire_put16(q + 4, (uint16_t)(len - IP6_HLEN));
		return;
	}
	diff = wire_change16(q + 2, htobe16((uint16_t)len));
	diff += wire_change16(q + 8,
	    htobe16((uint16_t)(pd->ttl << 8 | q[9])));
	wire_carry(q + 10, diff);
}

/*
 * put_quote() - Quote a packet as its sender knew it
 *
 * The bytes may be translated already: key is put into the copy, by the
 * rules of pdesc_rewrite(), as far as the copy goes.
 */
static void
put_quote(uint8_t *q, uint32_t n, const struct pdesc *pd)
{
	struct packet pkt = *pd->pkt;
	struct pdesc copy = *pd;

	memcpy(q, pkt.data, n);
	pkt.data = q;
	copy.pkt = &pkt;
	copy.cur = pd->key;
	copy.l4len = (uint16_t)(n > pd->l3len ? n - pd->l3len : 0);
	if (copy.l4len < 8)
		copy.flags &= (uint16_t)~PD_L4;
	pdesc_rewrite(&copy);
	mend_head(q, pd, first_segment(pd));
}

int
emit_icmp(struct packet *out, uint32_t room, const struct pdesc *pd,
    const struct emit_icmp *e)
{
	unsigned hlen = head_len(pd->af);
	struct head h = { .af = pd->af, .ttl = e->ttl != 0 ? e->ttl : EMIT_TTL,
		.src = &e->src, .dst = &pd->key.src };
	uint8_t *p = out->data + hlen;
	uint32_t max, n;
	uint64_t sum;

	if (!may_tell(pd, e))
		return -EPERM;
	max = pd->af == AF_INET ? EMIT_ICMP4_MAX : EMIT_ICMP6_MAX;
	n = first_segment(pd);
	if (n > max - hlen - ICMP_HLEN)
		n = max - hlen - ICMP_HLEN;
	if (room < hlen + ICMP_HLEN + n)
		return -ENOSPC;
	if (pd->af == AF_INET) {
		h.proto = PROTO_ICMP;
		h.tos = ICMP4_TOS;
		h.id = (uint16_t)pd->fragid;
	} else
		h.proto = PROTO_ICMPV6;
	sum = put_head(out->data, &h, ICMP_HLEN + n);
	if (pd->af == AF_INET)
		sum = 0;
	p[0] = e->type;
	p[1] = e->code;
	wire_put16(p + 2, 0);
	wire_put32(p + 4, e->arg);
	put_quote(p + ICMP_HLEN, n, pd);
	wire_put_raw16(p + 2,
	    (uint16_t)~cksum_fold(wire_sum(sum, p, ICMP_HLEN + n)));
	return finish(out, hlen + ICMP_HLEN + n);
}

int
emit_echo_reply(struct packet *out, uint32_t room, const struct pdesc *pd)
{
	bool v4 = pd->af == AF_INET;
	unsigned hlen = head_len(pd->af);
	const uint8_t *ip = pd->pkt->data;
	uint8_t *p = out->data + hlen;
	struct addr src = { .w = { 0 } }, dst = { .w = { 0 } };
	struct head h = { .af = pd->af, .ttl = EMIT_TTL, .tos = pd->tos,
		.proto = v4 ? PROTO_ICMP : PROTO_ICMPV6, .src = &src,
		.dst = &dst, .df = (pd->flags & PD_DF) != 0,
		.id = (uint16_t)pd->fragid };
	uint64_t sum;

	if ((pd->flags & PD_L4) == 0 || (pd->flags & PD_FRAGMENT) ||
	    pd->proto != h.proto ||
	    pd->icmp_type != (v4 ? ICMP4_ECHO : ICMP6_ECHO))
		return -EPERM;
	memcpy(dst.b, ip + (v4 ? 12 : 8), v4 ? 4 : 16);
	memcpy(src.b, ip + (v4 ? 16 : 24), v4 ? 4 : 16);
	if (!is_host(pd->af, &dst) || is_group(pd->af, &src))
		return -EPERM;
	if (!pdesc_sum_ok(pd))
		return -EBADMSG;
	if (room < hlen + pd->l4len)
		return -ENOSPC;
	sum = put_head(out->data, &h, pd->l4len);
	memcpy(p, ip + pd->l3len, pd->l4len);
	p[0] = v4 ? ICMP4_ECHO_REPLY : ICMP6_ECHO_REPLY;
	wire_put16(p + 2, 0);
	wire_put_raw16(p + 2,
	    (uint16_t)~cksum_fold(wire_sum(v4 ? 0 : sum, p, pd->l4len)));
	return finish(out, hlen + pd->l4len);
}
