/* SPDX-License-Identifier: ISC */
/*
 * Copies of packets to a next hop's link: dup-to, where the kernel routes.
 *
 * As pf does it, the copy goes straight to the link: by a packet socket,
 * packet(7), behind the kernel's IP.  So no hook and nobody's rules see it, it
 * cannot meet natd again on its way out, its header stays as it is, and a next
 * hop that is silent makes the kernel tell nobody that the original had not
 * arrived.
 *
 * A datagram that is too big for the link is cut, unless it says that it must
 * not be.  A TCP train is handed over as a train; how long its segments are
 * the kernel does not tell, so they become as long as the links allow.  One of
 * UDP cannot be copied, its datagrams would be others: it is cut before natd
 * gets it (DIVERT_SINGLES, divert.h).
 *
 * A struct copier belongs to one thread.
 */
#ifndef ENGINE_IO_COPY_H
#define ENGINE_IO_COPY_H

#include <stdint.h>

#include "engine/packet.h"

#define COPY_HEADER_MAX 14	/* Ethernet's */

struct copier {
	int fd;			/* -1: this kernel has no packet sockets */
};

/* A next hop on its link. */
struct copy_hop {
	uint32_t ifindex;	/* the kernel's; 0: nothing leads there now */
	uint32_t mtu;
	uint8_t len;		/* of the link's header */
	uint8_t header[COPY_HEADER_MAX]; /* of it, without the EtherType */
};

enum copy_fate {
	COPY_SENT,
	COPY_NO_HOP,		/* the next hop is unknown, or silent */
	COPY_TOO_BIG,		/* must not be cut */
	COPY_TRAIN,		/* of UDP */
	COPY_FAILED,		/* the kernel took it not, or not all of it */
	COPY_FATES
};

/* copy_name() - What -s info calls it. */
const char *copy_name(enum copy_fate);

/* copy_open() - Return: 0; negative errno: every copy will fail. */
int copy_open(struct copier *);
void copy_close(struct copier *);

/*
 * copy_send() - Send a copy of a packet
 * @mtu: of the links that it has been made for; 0: unknown
 *
 * The packet stays what it is, but for a partial sum, which may be finished.
 */
enum copy_fate copy_send(const struct copier *, struct packet *,
    const struct copy_hop *, uint32_t mtu);

#endif
