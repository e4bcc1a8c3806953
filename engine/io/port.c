/* SPDX-License-Identifier: ISC */
/*
 * What every port has, whatever its plane.
 */
#include "engine/io/port.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
port_init(struct io_port *p, unsigned nqueues)
{
	p->queue = aligned_alloc(64, nqueues * sizeof(*p->queue));
	if (p->queue == NULL)
		return -ENOMEM;
	memset(p->queue, 0, nqueues * sizeof(*p->queue));
	p->nqueues = nqueues;
	return 0;
}

void
port_fini(struct io_port *p)
{
	free(p->queue);
	p->queue = NULL;
}

void
io_port_counters(const struct io_port *p, struct io_counters *sum)
{
	const struct io_counters *c;
	unsigned i;

	memset(sum, 0, sizeof(*sum));
#define ADD(m) sum->m += __atomic_load_n(&c->m, __ATOMIC_RELAXED)
	for (i = 0; i < p->nqueues; i++) {
		c = &p->queue[i].c;
		ADD(rx_packets);
		ADD(rx_bytes);
		ADD(tx_packets);
		ADD(tx_bytes);
		ADD(rx_errors);
		ADD(tx_dropped);
	}
#undef ADD
}

int
port_why(char *why, size_t len, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return error;
}
