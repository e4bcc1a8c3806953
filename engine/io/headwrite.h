/* SPDX-License-Identifier: ISC */
/*
 * A new header that the kernel writes itself.
 *
 * A changed packet that goes back to the kernel as bytes is copied three
 * times on the way: into the message, when the packet is made one piece, and
 * from the message over it.  For a train of TCP over IPv4 that is half of
 * what it costs.  Where all that has changed is the source's address and
 * port, or the destination's, the verdict just says so: the address stands in
 * the packet's mark, the rest in its priority, and a chain of natd's right
 * behind the queue (chains.c) writes both into the header, with the sums.
 *
 *	priority  16 bits: the port, as it stands in the header
 *	          16 bits: 10111 | destination? | the engine's interface (10)
 *
 * The halves are in this order in memory, so that the kernel writes the first
 * two bytes whatever the machine's byte order.  What the packet is to bear
 * behind that chain is the mark of a decided packet (mark.h): so only packets
 * that are decided when they come in are written so.
 */
#ifndef ENGINE_IO_HEADWRITE_H
#define ENGINE_IO_HEADWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"

#define HEADWRITE_SIGN 0xb000u		/* no usual class of tc(8) */
#define HEADWRITE_SIGN_MASK 0xf000u
#define HEADWRITE_KIND (HEADWRITE_SIGN | 0x0800u)
#define HEADWRITE_DST 0x0400u
#define HEADWRITE_IFIDX 0x03ffu
/* Nothing is to be written: all is decided and done (divert.c). */
#define HEADWRITE_NONE headwrite_prio(0, HEADWRITE_SIGN)

/* A header as it came in. */
struct headwrite {
	uint8_t len;		/* 0: none that the kernel could write */
	uint8_t head[20 + 60];	/* IPv4 without options, TCP with them */
};

/* headwrite_prio() - Both halves as a priority; @port in network order. */
uint32_t headwrite_prio(uint16_t port, uint16_t what);

/* headwrite_keep() - Remember a packet's header before the engine sees it. */
void headwrite_keep(struct headwrite *, const struct packet *);

/*
 * headwrite_say() - What makes the kernel change that header into this one
 *
 * Return: whether it can; @mark and @prio are set if so.
 */
bool headwrite_say(const struct headwrite *, const struct packet *,
    uint32_t *mark, uint32_t *prio);

#endif
