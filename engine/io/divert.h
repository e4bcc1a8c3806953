/* SPDX-License-Identifier: ISC */
/*
 * The divert plane: the kernel routes, and asks about each packet when it
 * comes in and before it goes out.
 *
 * One port serves all interfaces: a packet says by which of the kernel's
 * interfaces it comes, and a map that control makes says which of the
 * engine's that is.  Hooks (engine/io/hooks.h) send packets to the queues
 * DIVERT_QUEUE and up, one for each worker, or to those from DIVERT_SINGLES
 * on, to which the kernel hands no trains: a datagram is to be copied (dup-to)
 * or looked at by itself, and how long the datagrams of a train are the kernel
 * does not tell.
 *
 * Packets wait in the kernel for a verdict: settle gives it to each packet of
 * a burst, whatever its fate.  tx is for packets that the engine made.
 */
#ifndef ENGINE_IO_DIVERT_H
#define ENGINE_IO_DIVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/io/copy.h"
#include "engine/io/io.h"

#define DIVERT_QUEUE PACKET_QUEUE
#define DIVERT_SINGLES (PACKET_QUEUE + PACKET_QUEUES / 2)
#define DIVERT_QUEUE_LEN 8192	/* packets that wait */

struct divert_map;

/* What a map is made of. */
struct divert_spec {
	const uint32_t *ifindex; /* [n] the kernel's, by the engine's index; 0:
				  * there is no such interface */
	const uint32_t *mtu;	/* [n] */
	unsigned n;
	const struct copy_hop *hops; /* [nhops] way i is hops[i - 1] */
	unsigned nhops;
};

/* divert_map_new() - From the kernel's numbers to the engine's, and back. */
struct divert_map *divert_map_new(const struct divert_spec *);
void divert_map_free(struct divert_map *);

/*
 * divert_map_set() - Put a map into force
 * Return: the one before (or NULL), to be freed when every worker has passed
 * a quiescent point.  The port frees its last one itself.
 */
struct divert_map *divert_map_set(struct io_port *, struct divert_map *);

/*
 * divert_flags() - What the queues do.  Control's thread.
 * @pass: what does not fit into one passes
 * @owners: packets of local sockets come with their user and group
 */
void divert_flags(struct io_port *, bool pass, bool owners);

/* divert_copies() - Copies by their fate, all queues. */
void divert_copies(const struct io_port *, uint64_t sum[COPY_FATES]);

/* divert_read() - Does somebody read the queues of this namespace? */
bool divert_read(void);

/* What the kernel says of the queues; dropped: since they exist. */
struct divert_drops {
	uint64_t waiting;	/* now, for natd's verdict */
	uint64_t full;		/* the queue was full */
	uint64_t overrun;	/* the socket's buffer was */
};
/* divert_drops() - Return: 0 or negative errno.  Reads a file of /proc. */
int divert_drops(unsigned queues, struct divert_drops *);

#endif
