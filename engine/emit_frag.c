/* SPDX-License-Identifier: ISC */
/*
 * Packets that the engine makes itself: pieces of a datagram.
 */
#include <errno.h>

#include "engine/emit.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define OPT4_END 0
#define OPT4_PAD 1
#define OPT4_COPY 0x80 /* goes into every piece, RFC 791 3.1 */
#define PIECE_MIN 8
#define IP6_NXT 6 /* offset of the first next-header byte */

void
emit_finish_csum(struct pdesc *pd)
{
	struct packet *pkt = pd->pkt;
	uint8_t *l4 = pkt->data + pd->l3len;
	uint32_t len = pd->l4len;
	uint16_t sum;
	int off;

	if (pkt->csum != CSUM_PARTIAL || pkt->gso != GSO_NONE)
		return;
	pkt->csum = CSUM_FULL;
	if ((pd->flags & (PD_FRAGMENT | PD_FIRSTFRAG)) == PD_FRAGMENT ||
	    (off = cksum_place(pd->af, pd->proto, len)) < 0)
		return;
	if (pd->proto == PROTO_UDP && wire_get16(l4 + 4) < len)
		len = wire_get16(l4 + 4);
	/* the field holds the pseudo-header's sum, and is summed with it */
	sum = (uint16_t)~cksum_fold(wire_sum(0, l4, len));
	if (pd->proto == PROTO_UDP && sum == 0)
		sum = 0xffff;
	wire_put_raw16(l4 + off, sum);
	pkt->changed = 1;
}

static int
init4(struct emit_frags *f, const struct pdesc *pd)
{
	if (wire_get16(f->p + 6) & IP4_DF)
		return -EMSGSIZE;
	f->head = pd->l3len;
	f->off = pd->l3len;
	f->base = pd->fragoff;
	f->more = pd->fragmore;
	return 0;
}

/*
 * init6() - The fragment header goes where it was
 *
 * An answer to what came in pieces may have no extension headers (echo): then
 * it goes behind the IP header.
 */
static int
init6(struct emit_frags *f, const struct pdesc *pd, const struct fraginfo *fi)
{
	if (fi == NULL)
		return -EMSGSIZE;
	f->head = IP6_HLEN;
	f->nxtoff = IP6_NXT;
	if (pd->l3len > IP6_HLEN) {
		f->head = fi->unfrag;
		f->nxtoff = fi->nxtoff;
	}
	if (f->head < IP6_HLEN || f->head > pd->l3len || f->nxtoff >= f->head)
		return -EMSGSIZE;
	f->off = f->head;
	f->id = fi->id;
	return 0;
}

int
emit_frags_init(struct emit_frags *f, struct pdesc *pd, uint32_t mtu,
    const struct fraginfo *fi)
{
	uint32_t head;
	int error;

	*f = (struct emit_frags) { .p = pd->pkt->data, .len = pd->len,
		.af = pd->af };
	if (pd->pkt->gso != GSO_NONE)
		return -EMSGSIZE;
	error = pd->af == AF_INET ? init4(f, pd) : init6(f, pd, fi);
	if (error != 0)
		return error;
	if (fi != NULL && fi->maxfrag != 0 && fi->maxfrag < mtu)
		mtu = fi->maxfrag;
	head = f->head + (pd->af == AF_INET ? 0 : FRAG6_HLEN);
	if (mtu < head + PIECE_MIN)
		return -EMSGSIZE;
	f->piece = (mtu - head) & ~7u;
	emit_finish_csum(pd);
	return 0;
}

/*
 * drop_options() - Blank the options that only the first piece has
 *
 * They become no-operations, so that the header keeps its length.
 */
static void
drop_options(uint8_t *p, unsigned hlen)
{
	unsigned off = IP4_HLEN, len;

	while (off < hlen && p[off] != OPT4_END) {
		len = p[off] == OPT4_PAD || off + 1 >= hlen ? 1 : p[off + 1];
		if (len == 0 || off + len > hlen)
			return;
		if ((p[off] & OPT4_COPY) == 0)
			memset(p + off, OPT4_PAD, len);
		off += len;
	}
}

static void
head4(const struct emit_frags *f, uint8_t *p, uint32_t n)
{
	uint32_t off = f->off - f->head;
	bool more = f->off + n < f->len || f->more;

	if (off != 0)
		drop_options(p, f->head);
	wire_put16(p + 2, (uint16_t)(f->head + n));
	wire_put16(p + 6, (uint16_t)((f->base + off) / 8 |
	    (more ? IP4_MF : 0)));
	wire_put16(p + 10, 0);
	wire_put_raw16(p + 10,
	    (uint16_t)~cksum_fold(wire_sum(0, p, f->head)));
}

static void
head6(const struct emit_frags *f, uint8_t *p, uint32_t n)
{
	uint32_t off = f->off - f->head;
	bool more = f->off + n < f->len;
	uint8_t *fh = p + f->head;

	wire_put16(p + 4, (uint16_t)(f->head - IP6_HLEN + FRAG6_HLEN + n));
	fh[0] = p[f->nxtoff];
	fh[1] = 0;
	p[f->nxtoff] = PROTO_FRAGMENT;
	wire_put16(fh + 2, (uint16_t)(off | more));
	wire_put32(fh + 4, f->id);
}

int
emit_frags_next(struct emit_frags *f, struct packet *out, uint32_t room)
{
	uint32_t n = f->len - f->off, head = f->head;
	uint8_t *p = out->data;

	if (n == 0)
		return 0;
	if (n > f->piece)
		n = f->piece;
	if (f->af == AF_INET6)
		head += FRAG6_HLEN;
	if (room < head + n)
		return -ENOSPC;
	memcpy(p, f->p, f->head);
	memcpy(p + head, f->p + f->off, n);
	if (f->af == AF_INET)
		head4(f, p, n);
	else
		head6(f, p, n);
	f->off += n;
	*out = (struct packet) { .data = p, .len = head + n, .dir = DIR_OUT,
		.csum = CSUM_FULL, .gso = GSO_NONE, .fate = FATE_SEND,
		.changed = 1 };
	return 1;
}
