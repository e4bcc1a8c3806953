/* SPDX-License-Identifier: ISC */
/*
 * The virtio-net header in front of a packet on a TUN device.
 */
#include "engine/io/vnet.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* VIRTIO 1.3, 5.1.6 */
#endif

#define EXT_MAX 8	/* extension headers walked, as in pdesc */
#define TCP_CSUM_OFF 16	/* RFC 9293 3.1 */
#define UDP_CSUM_OFF 6	/* RFC 768 */
#define TCP_FLAGS_OFF 13
#define TCP_CWR 0x80	/* RFC 3168 6.1 */

/* Where layer 4 begins, and what it is. */
struct l4 {
	uint32_t off;
	uint8_t proto;
	uint8_t csum_off;
	uint16_t hdrlen;
};

/* One step over an IPv6 extension header; false at the last. */
static bool
ext_step(const struct packet *p, struct l4 *l)
{
	const uint8_t *h = p->data + l->off;

	switch (l->proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (p->len - l->off < 8)
			return false;
		l->proto = h[0];
		l->off += ((uint32_t)h[1] + 1) * 8;
		return l->off < p->len;
	default:
		return false;
	}
}

/* Find TCP or UDP with its whole header.  Return: 0 or -EINVAL. */
static int
l4_find(const struct packet *p, struct l4 *l)
{
	unsigned i;

	if (p->len < 20)
		return -EINVAL;
	if (p->data[0] >> 4 == 4) {
		l->proto = p->data[9];
		l->off = (p->data[0] & 0x0fu) * 4;
	} else if (p->data[0] >> 4 == 6 && p->len >= 40) {
		l->proto = p->data[6];
		l->off = 40;
		for (i = 0; i < EXT_MAX && ext_step(p, l); i++)
			;
	} else {
		return -EINVAL;
	}
	if (l->off < 20 || l->off > p->len)
		return -EINVAL;
	if (l->proto == IPPROTO_UDP) {
		l->csum_off = UDP_CSUM_OFF;
		l->hdrlen = 8;
	} else if (l->proto == IPPROTO_TCP && p->len - l->off >= 20) {
		l->csum_off = TCP_CSUM_OFF;
		l->hdrlen = (uint16_t)((p->data[l->off + 12] >> 4) * 4);
	} else {
		return -EINVAL;
	}
	return p->len - l->off >= l->hdrlen ? 0 : -EINVAL;
}

/* Finish a checksum as a network card would: RFC 1071 from start to end. */
static void
csum_finish(struct packet *p, uint32_t start, uint32_t at)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = start; i + 1 < p->len; i += 2)
		sum += (uint32_t)p->data[i] << 8 | p->data[i + 1];
	if (i < p->len)
		sum += (uint32_t)p->data[i] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0)
		sum = 0xffff; /* means the same; 0 would be "none" in UDP */
	p->data[at] = (uint8_t)(sum >> 8);
	p->data[at + 1] = (uint8_t)sum;
}

static int
gso_decode(uint8_t type, const struct packet *p)
{
	switch (type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return GSO_NONE;
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return p->data[0] >> 4 == 4 ? GSO_TCP4 : -EINVAL;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return p->data[0] >> 4 == 6 ? GSO_TCP6 : -EINVAL;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return GSO_UDP;
	default:
		return -EINVAL;
	}
}

int
vnet_decode(const struct virtio_net_hdr *h, struct packet *p)
{
	uint32_t at = (uint32_t)h->csum_start + h->csum_offset;
	struct l4 l;
	int gso;

	p->csum = CSUM_FULL;
	p->gso = GSO_NONE;
	p->gso_size = 0;
	if (p->len == 0 || (gso = gso_decode(h->gso_type, p)) < 0)
		return -EINVAL;
	if ((h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return gso == GSO_NONE ? 0 : -EINVAL;
	if (at + 2 > p->len)
		return -EINVAL;
	if (l4_find(p, &l) == 0 && h->csum_start == l.off &&
	    h->csum_offset == l.csum_off) {
		p->csum = CSUM_PARTIAL;
		p->gso = (uint8_t)gso;
		p->gso_size = gso != GSO_NONE ? h->gso_size : 0;
		return gso != GSO_NONE && h->gso_size == 0 ? -EINVAL : 0;
	}
	if (gso != GSO_NONE)
		return -EINVAL;
	csum_finish(p, h->csum_start, at);
	return 0;
}

int
vnet_encode(struct virtio_net_hdr *h, const struct packet *p)
{
	static const uint8_t types[] = {
		[GSO_NONE] = VIRTIO_NET_HDR_GSO_NONE,
		[GSO_TCP4] = VIRTIO_NET_HDR_GSO_TCPV4,
		[GSO_TCP6] = VIRTIO_NET_HDR_GSO_TCPV6,
		[GSO_UDP] = VIRTIO_NET_HDR_GSO_UDP_L4,
	};
	struct l4 l;

	memset(h, 0, sizeof(*h));
	if (p->csum != CSUM_PARTIAL)
		return p->gso == GSO_NONE ? 0 : -EINVAL;
	if (l4_find(p, &l) != 0)
		return -EINVAL;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->csum_start = (uint16_t)l.off;
	h->csum_offset = l.csum_off;
	if (p->gso == GSO_NONE)
		return 0;
	if ((p->gso == GSO_UDP) != (l.proto == IPPROTO_UDP))
		return -EINVAL;
	h->hdr_len = (uint16_t)(l.off + l.hdrlen);
	/* a train that is no longer one: all of it fits one segment */
	if (p->len - h->hdr_len <= p->gso_size) {
		h->hdr_len = 0;
		return 0;
	}
	h->gso_type = types[p->gso];
	h->gso_size = p->gso_size;
	/* only the first segment may say that the window was reduced */
	if (l.proto == IPPROTO_TCP &&
	    (p->data[l.off + TCP_FLAGS_OFF] & TCP_CWR) != 0)
		h->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	return 0;
}
