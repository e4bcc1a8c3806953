/* SPDX-License-Identifier: ISC */
/*
 * What the engine asks of the host it runs on.
 *
 * The engine makes no system call; what only the operating system knows comes
 * by these functions, which the caller hands in (engine_config.host).  They
 * are called for first packets only, by the worker that has the packet, and
 * may take as long as one system call does.
 */
#ifndef ENGINE_HOST_H
#define ENGINE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"

/* Which local socket would get this packet? */
struct host_ask {
	uint8_t af, proto;
	uint16_t ifidx;		/* by which it comes in, 0: any */
	struct tuple t;		/* source: the other host */
};

struct engine_host {
	void *arg;
	/*
	 * Return: is there one?  *uid gets its owner.  Protocols without
	 * sockets that can be looked up have none.
	 */
	bool (*socket)(void *arg, unsigned worker, const struct host_ask *,
	    uint32_t *uid);
};

#endif
