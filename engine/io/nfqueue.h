/* SPDX-License-Identifier: ISC */
/*
 * The messages of an NFQUEUE: packets from the kernel, verdicts to it.
 *
 * linux/netfilter/nfnetlink_queue.h is the reference.  What the kernel says
 * of checksums was found by experiment:
 *
 *   - not ready, one packet: the field holds the pseudo-header's sum; a
 *     packet that comes back changed must have its whole sum;
 *   - a train: the field holds the pseudo-header's sum over all of it, and
 *     must when it comes back, as the kernel cuts it and sums the pieces; a
 *     TCP train to a socket of this host is the exception, its sum is checked
 *     as if it were one packet.  One that is decided (packet.h) leaves;
 *   - neither: the sum is whole.
 *
 * One socket serves two queues, of which the second has no trains: the kernel
 * cuts them before.  It belongs to the worker that reads it.
 */
#ifndef ENGINE_IO_NFQUEUE_H
#define ENGINE_IO_NFQUEUE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/packet.h"

/* Bytes of the longest packet that fits a message (its attribute is 16 bits
 * long, header included). */
#define NFQ_PACKET_MAX (0xffff - 4)
#define NFQ_MESSAGE_MAX (65536 + 512)

/*
 * nfq_open() - Bind two queues of this network namespace to a new socket
 * @singles: the one without trains
 * @len: packets that wait in the kernel at the most
 * @overload_pass: what does not fit passes instead of being dropped
 *
 * Return: descriptor (non-blocking) or negative errno: -EBUSY: somebody
 * else reads this queue; -EOPNOTSUPP: no NFQUEUE in this kernel.
 */
int nfq_open(uint16_t queue, uint16_t singles, uint32_t len,
    bool overload_pass);

/*
 * nfq_flags() - Change that of a queue, and whether packets tell their sockets'
 * owners
 * Any thread; Return: 0 or negative errno.
 */
int nfq_flags(int fd, uint16_t queue, bool overload_pass, bool owners);

/* A message as it was read. */
struct nfq_packet {
	uint16_t queue;
	uint32_t id;		/* in it */
	uint32_t ifindex;	/* the kernel's: in, or out for DIR_OUT */
	uint32_t in_ifindex;	/* DIR_OUT: that it came in by; 0: none */
};

/*
 * nfq_decode() - Take over a message: data, len, dir, sums, train, mark
 *
 * The packet's bytes stay where they are in @buf; cookie gets the id.
 *
 * Return: 0; 1: the tail of the packet is missing (and zero in @buf, which
 * has room for it), so it may pass but not be changed; -ENOMSG: no packet (an
 * answer to a verdict); -EMSGSIZE: a packet that cannot be taken, id is set;
 * -EINVAL: a broken message.
 */
int nfq_decode(void *buf, size_t len, struct packet *,
    struct nfq_packet *);

/*
 * nfq_clamp() - Make both sides of a TCP connection send what fits a message
 *
 * Loopback's MTU lets a single segment be longer than NFQ_PACKET_MAX, and
 * then its tail would be missing.  The MSS of a SYN that says so is lowered.
 *
 * Return: whether the packet was changed.
 */
bool nfq_clamp(struct packet *);

/* A verdict's message up to the packet's bytes. */
struct nfq_verdict {
	union {
		struct nlmsghdr hdr;
		uint8_t bytes[64];
	};
};

/* What it says. */
struct nfq_say {
	bool accept;		/* else it is dropped */
	uint16_t to;		/* accepted by this queue's reader, if not 0;
				 * without one it is dropped */
	bool all;		/* the same to all packets before it that have
				 * no verdict yet */
	bool set_mark, set_prio; /* else the packet keeps its own */
	uint32_t mark, prio;
	uint32_t payload;	/* the packet's bytes follow, so many, padded
				 * to four; 0: they are as they were */
};

/*
 * nfq_verdict() - Message for one packet
 * Return: bytes of the message without those of the packet.
 */
size_t nfq_verdict(struct nfq_verdict *, uint16_t queue, uint32_t id,
    const struct nfq_say *);

/*
 * nfq_finish() - Bring the sum of a changed packet into the form that the
 * kernel wants back.
 */
void nfq_finish(struct packet *);

#endif
