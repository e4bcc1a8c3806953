/* SPDX-License-Identifier: ISC */
/*
 * Connections to measure with: an engine between an inside and an outside,
 * and the packets of any number of TCP connections through its NAT.
 *
 * Connection i is 10.x.y.z:port to one of 65,536 servers; what NAT made of it
 * is remembered, so that packets of both directions can be written.
 */
#ifndef TESTS_BENCH_FLOWS_H
#define TESTS_BENCH_FLOWS_H

#include <stdint.h>

#include "engine/arena.h"
#include "engine/engine.h"

#define FLOW_INSIDE 1	/* interface indexes */
#define FLOW_OUTSIDE 2
#define FLOW_NOW 1000000 /* ms: when connections are opened */
#define FLOW_LEN 52	/* bytes of a packet: TCP with twelve bytes of options */

struct flows {
	struct engine *engine;
	struct arena *arena;
	void *mem;
	size_t memlen;
	struct program *program;
	struct ifset *ifs;
	uint32_t n;		/* connections made */
	uint32_t *nat_addr;	/* network order */
	uint16_t *nat_port;
	uint32_t n_max;
};

/*
 * flows_new() - An engine with a ruleset of @nrules rules that never match,
 * a nat rule and a pass rule, and room for @n connections.  Exits on error.
 */
struct flows *flows_new(uint32_t n, uint32_t nrules, unsigned workers);
void flows_free(struct flows *);

/* flows_syn() - Write the first packet of connection @i. */
void flows_syn(struct packet *, uint32_t i);

/* flows_data() - Write a packet of connection @i: from inside, or back. */
void flows_data(const struct flows *, struct packet *, uint32_t i, int back);

/* flows_open() - Open connections up to @n: SYN, SYN and ACK, ACK. */
void flows_open(struct flows *, uint32_t n);

/* flows_expire() - Let the clock go on until no connection is left. */
void flows_expire(struct flows *, uint64_t *now);

#endif
