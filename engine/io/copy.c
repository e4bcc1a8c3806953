/* SPDX-License-Identifier: ISC */
/*
 * Packet sockets with virtio-net headers, which say what a train is.
 */
#include "engine/io/copy.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/emit.h"
#include "engine/io/l4.h"
#include "engine/io/vnet.h"

#define SNDBUF (4 << 20)	/* some trains that wait for their link */
#define IP6_HLEN 40
#define IP6_NXT 6		/* offset of the next header, RFC 8200 3 */

static const char *const names[] = {
	[COPY_SENT] = "copies-sent",
	[COPY_NO_HOP] = "copies-no-hop",
	[COPY_TOO_BIG] = "copies-too-big",
	[COPY_TRAIN] = "copies-udp-train",
	[COPY_FAILED] = "copies-failed",
};
static_assert(sizeof(names) / sizeof(names[0]) == COPY_FATES,
    "a fate lacks its name");

const char *
copy_name(enum copy_fate fate)
{
	return names[fate];
}

int
copy_open(struct copier *c)
{
	int one = 1, size = SNDBUF, error;

	/* protocol 0: it receives nothing */
	c->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return -errno;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
	    sizeof(size));
	if (setsockopt(c->fd, SOL_PACKET, PACKET_VNET_HDR, &one,
	    sizeof(one)) == 0)
		return 0;
	error = -errno;
	copy_close(c);
	return error;
}

void
copy_close(struct copier *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/* One datagram, or train. */
static enum copy_fate
put(const struct copier *c, const struct packet *p, const struct copy_hop *hop)
{
	const uint16_t type = htons(p->data[0] >> 4 == 4 ? ETH_P_IP :
	    ETH_P_IPV6);
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = type,
		.sll_ifindex = (int)hop->ifindex,
	};
	struct virtio_net_hdr vnet;
	uint8_t head[COPY_HEADER_MAX];
	struct iovec v[] = {
		{ .iov_base = &vnet, .iov_len = sizeof(vnet) },
		{ .iov_base = head, .iov_len = hop->len },
		{ .iov_base = p->data, .iov_len = p->len },
	};
	const struct msghdr m = {
		.msg_name = &sll, .msg_namelen = sizeof(sll),
		.msg_iov = v, .msg_iovlen = 3,
	};

	if (vnet_encode(&vnet, p) != 0)
		return COPY_FAILED;
	/* offsets are those of the frame */
	if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		vnet.csum_start = (uint16_t)(vnet.csum_start + hop->len);
	if (vnet.hdr_len != 0)
		vnet.hdr_len = (uint16_t)(vnet.hdr_len + hop->len);
	memcpy(head, hop->header, sizeof(head));
	if (hop->len >= sizeof(type))
		memcpy(head + hop->len - sizeof(type), &type, sizeof(type));
	return sendmsg(c->fd, &m, 0) < 0 ? COPY_FAILED : COPY_SENT;
}

static enum copy_fate
put_train(const struct copier *c, const struct packet *p,
    const struct copy_hop *hop, uint32_t mtu)
{
	struct packet copy = *p;
	struct l4 l;

	if (p->gso == GSO_UDP)
		return COPY_TRAIN;
	if (l4_find(p, &l) != 0 || mtu <= l.off + l.hdrlen)
		return COPY_TOO_BIG;
	copy.gso_size = (uint16_t)(mtu - l.off - l.hdrlen);
	return put(c, &copy, hop);
}

/* What the headers of IPv6 allow to be cut begins with the first of them. */
static bool
cuts_behind_head(const struct packet *p)
{
	return p->data[IP6_NXT] != IPPROTO_HOPOPTS &&
	    p->data[IP6_NXT] != IPPROTO_ROUTING;
}

static enum copy_fate
put_pieces(const struct copier *c, const struct packet *p,
    const struct copy_hop *hop)
{
	const struct fraginfo fi = {
		.unfrag = IP6_HLEN, .nxtoff = IP6_NXT, .id = arc4random(),
	};
	uint8_t room[PACKET_MAX];
	struct packet whole = *p, piece = { .data = room };
	struct emit_frags f;
	struct pdesc pd;

	if (pdesc_parse(&pd, &whole) != 0 || (pd.af == AF_INET6 &&
	    !cuts_behind_head(p)) || emit_frags_init(&f, &pd, hop->mtu,
	    pd.af == AF_INET6 ? &fi : NULL) != 0)
		return COPY_TOO_BIG;
	while (emit_frags_next(&f, &piece, sizeof(room)) == 1)
		if (put(c, &piece, hop) != COPY_SENT)
			return COPY_FAILED;
	return COPY_SENT;
}

/* Who reads a copy may not know that a sum is still to be finished. */
static void
complete(struct packet *p)
{
	struct l4 l;

	if (p->csum != CSUM_PARTIAL || l4_find(p, &l) != 0)
		return;
	l4_finish(p, l.off, l.off + l.csum_off);
	p->csum = CSUM_FULL;
}

enum copy_fate
copy_send(const struct copier *c, struct packet *p,
    const struct copy_hop *hop, uint32_t mtu)
{
	if (hop->ifindex == 0)
		return COPY_NO_HOP;
	if (c->fd == -1)
		return COPY_FAILED;
	if (p->gso != GSO_NONE)
		return put_train(c, p, hop, mtu == 0 || hop->mtu < mtu ?
		    hop->mtu : mtu);
	complete(p);
	return p->len <= hop->mtu ? put(c, p, hop) : put_pieces(c, p, hop);
}
