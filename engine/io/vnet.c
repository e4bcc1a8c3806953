/* SPDX-License-Identifier: ISC */
/*
 * The virtio-net header in front of a packet on a TUN device.
 */
#include "engine/io/vnet.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/io/l4.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* VIRTIO 1.3, 5.1.6 */
#endif

#define TCP_FLAGS_OFF 13
#define TCP_CWR 0x80	/* RFC 3168 6.1 */

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
	l4_finish(p, h->csum_start, at);
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
