/* SPDX-License-Identifier: ISC */
/*
 * What every port has, whatever its plane: counters for each queue.
 *
 * A plane's own port begins with this.  Counters are written by the one
 * worker that reads the queue, and read by anybody with relaxed loads.
 */
#ifndef ENGINE_IO_PORT_H
#define ENGINE_IO_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/io/io.h"

struct port_queue {
	_Alignas(64) struct io_counters c;
};

struct io_port {
	unsigned nqueues;
	struct port_queue *queue; /* [nqueues] */
};

/* port_init() - Counters of zero for @nqueues.  Return: 0 or -ENOMEM. */
int port_init(struct io_port *, unsigned nqueues);
void port_fini(struct io_port *);

/* port_count() - Add to a counter that this thread alone writes. */
static inline void
port_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* port_why() - Say why; returns @error. */
int port_why(char *why, size_t len, int error, const char *fmt, ...)
    __attribute__((__format__(__printf__, 4, 5)));

#endif
