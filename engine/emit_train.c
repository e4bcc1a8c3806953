/* SPDX-License-Identifier: ISC */
/*
 * A train of UDP datagrams, taken apart for a link that is too narrow for one.
 *
 * Their payloads lie behind one another.  The headers of each are written
 * right before its payload, over the end of the one before, which is done
 * with by then:
 *
 *	| headers | payload 0 ... | payload 1 ... | payload 2 |
 *	                | headers | payload 1 ... |
 */
#include "engine/emit.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

void
emit_train_init(struct emit_train *t, struct pdesc *pd)
{
	t->pd = pd;
	t->n = 0;
	t->headlen = pd->l3len + UDP_HLEN;
	t->off = t->headlen;
	memcpy(t->head, pd->pkt->data, t->headlen);
}

/*
 * Headers of a datagram of @size bytes, with the pseudo-header's sum.
 * Return: the kind of sum that it has now: partial, or none at all.
 */
static uint8_t
write_head(const struct emit_train *t, uint8_t *p, uint32_t size)
{
	uint8_t *l4 = p + t->pd->l3len;
	uint32_t len = UDP_HLEN + size;

	memcpy(p, t->head, t->headlen);
	wire_put16(p + 2, (uint16_t)(t->pd->l3len + len));
	wire_put16(p + 4, (uint16_t)(wire_get16(t->head + 4) + t->n));
	wire_put_raw16(p + 10, 0);
	wire_put_raw16(p + 10,
	    (uint16_t)~cksum_fold(wire_sum(0, p, t->pd->l3len)));
	wire_put16(l4 + 4, (uint16_t)len);
	if (t->pd->pkt->csum == CSUM_FULL && wire_raw16(l4 + 6) == 0)
		return CSUM_FULL;
	wire_put_raw16(l4 + 6, cksum_fold(wire_sum_pseudo(p + 12, p + 16, 4,
	    PROTO_UDP, len)));
	return CSUM_PARTIAL;
}

bool
emit_train_next(struct emit_train *t, struct pdesc *one, struct packet *pkt)
{
	const struct packet *train = t->pd->pkt;
	uint32_t size = t->pd->len - t->off;
	uint8_t *p = train->data + t->off - t->headlen;

	if (size == 0)
		return false;
	if (size > train->gso_size)
		size = train->gso_size;
	*pkt = *train;
	pkt->csum = write_head(t, p, size);
	pkt->data = p;
	pkt->len = t->headlen + size;
	pkt->gso = GSO_NONE;
	pkt->gso_size = 0;
	*one = *t->pd;
	one->pkt = pkt;
	one->len = pkt->len;
	one->l4len = (uint16_t)(UDP_HLEN + size);
	one->flags &= (uint16_t)~PD_GSO;
	t->off += size;
	t->n++;
	return true;
}
