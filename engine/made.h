/* SPDX-License-Identifier: ISC */
/*
 * Packets that the engine makes during a burst, until they are fetched.
 *
 * The worker has a number of packet structs and one stretch of bytes, which
 * are handed out in order and all taken back when the next burst begins.  No
 * room is a normal answer: then there is no answer to the peer.
 */
#ifndef ENGINE_MADE_H
#define ENGINE_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/packet.h"

struct made {
	struct packet *pkt;	/* [max] */
	uint8_t *bytes;
	uint32_t max, n, next;
	size_t size, used;
};

/* made_init() - Room for @max packets; Return: 0, -ENOMEM. */
int made_init(struct made *, uint32_t max);
void made_fini(struct made *);

/* made_reset() - A new burst, or tick: all are taken back. */
void made_reset(struct made *);

/*
 * made_open() - A packet with @room bytes, or NULL
 *
 * It counts only after made_close(), which keeps as many bytes as it has
 * become long; opened again without, it is given up.
 */
struct packet *made_open(struct made *, uint32_t room);
void made_close(struct made *, struct packet *);

/* made_full() - Is there room for no other? */
static inline bool
made_full(const struct made *m)
{
	return m->n == m->max;
}

/* made_next() - The next one that was closed and is to be sent, or NULL. */
struct packet *made_next(struct made *);

#endif
