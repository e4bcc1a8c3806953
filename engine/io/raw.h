/* SPDX-License-Identifier: ISC */
/*
 * Sending whole IP packets past the hooks: raw sockets whose packets carry
 * a mark that the hooks let pass (MARK_MADE, engine/io/mark.h).
 *
 * The kernel routes them by destination, so an answer to a process of this
 * host reaches it too.  A struct raw belongs to one thread.
 */
#ifndef ENGINE_IO_RAW_H
#define ENGINE_IO_RAW_H

#include <stdint.h>

#include "engine/packet.h"

struct raw {
	int fd4, fd6;		/* fd6 -1: a kernel without IPv6 */
};

/* raw_open() - Return: 0 or negative errno. */
int raw_open(struct raw *);
void raw_close(struct raw *);

/*
 * raw_send() - Send a packet, by its way if it has one
 * @ifindex: the kernel's, for link-local addresses
 *
 * Return: 0 or negative errno.
 */
int raw_send(const struct raw *, const struct packet *, uint32_t ifindex);

#endif
