/* SPDX-License-Identifier: ISC */
/*
 * Which local socket would get a packet: sock_diag(7), the exact look-up of
 * one tuple, as the kernel itself makes it when the packet arrives.
 *
 * TCP and UDP only.  A struct sockdiag belongs to the network namespace it was
 * opened in, and to one thread; a question is one send and one receive, which
 * the kernel answers at once.
 */
#ifndef ENGINE_IO_SOCKDIAG_H
#define ENGINE_IO_SOCKDIAG_H

#include <stdbool.h>
#include <stdint.h>

struct sockdiag {
	int fd;			/* -1: not open */
	uint32_t seq;
};

/* A packet that comes in, in network order; IPv4 addresses in [0]. */
struct sockdiag_ask {
	uint8_t af, proto;
	uint32_t ifindex;	/* the kernel's, 0: not known */
	uint32_t remote[4], local[4];
	uint16_t rport, lport;
};

#define SOCKDIAG_NOBODY UINT32_MAX

/*
 * sockdiag_open() - Return: 0 or negative errno.
 */
int sockdiag_open(struct sockdiag *);
void sockdiag_close(struct sockdiag *);

/*
 * sockdiag_find() - Is there such a socket?
 * @uid: its owner; SOCKDIAG_NOBODY: it has none (any more)
 *
 * A listening socket that is not bound to an address answers for any: ask
 * about addresses of this host only.
 */
bool sockdiag_find(struct sockdiag *, const struct sockdiag_ask *,
    uint32_t *uid);

#endif
