/* SPDX-License-Identifier: ISC */
/*
 * Where layer 4 begins in a packet, for planes that have to finish sums.
 *
 * The engine parses packets with all checks (engine/pdesc.h); here is only
 * what a device's offloads are about.
 */
#ifndef ENGINE_IO_L4_H
#define ENGINE_IO_L4_H

#include <stdint.h>

#include "engine/packet.h"

struct l4 {
	uint32_t off;
	uint8_t proto;
	uint8_t csum_off;	/* of the sum, from `off' */
	uint16_t hdrlen;
};

/* l4_find() - TCP or UDP with its whole header.  Return: 0 or -EINVAL. */
int l4_find(const struct packet *, struct l4 *);

/*
 * l4_finish() - Finish a partial sum as a network card would
 * @start: first byte that is summed, up to the end of the packet
 * @at: where the sum goes; the field holds the part of the pseudo-header
 *
 * RFC 1071.  @start and @at + 2 lie in the packet.
 */
void l4_finish(struct packet *, uint32_t start, uint32_t at);

#endif
