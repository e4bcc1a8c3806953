/* SPDX-License-Identifier: ISC */
/*
 * What control may see of the arena: plain structs, copied out.
 *
 * A reader walks indexes and copies one record at a time under its lines'
 * sequence words; it never stops a worker.  A record of a forwarded
 * connection gives two views, as pf has two states.
 */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/engine.h"
#include "engine/srcnode.h"

struct arena;

/* One side's end point. */
struct view_end {
	struct addr addr;
	uint16_t port;		/* host order; ICMP: id or type */
};

struct view_peer {
	uint8_t state;		/* tcp_state, or other_state */
	uint8_t wscale;		/* 0xff: none */
	uint32_t seqlo, window, seqdiff;
};

/*
 * A state as pf shows it.  `wire` is the connection as it is seen on the
 * interface's wire, `stack` as the host (or the router's inside) sees it; [0]
 * is the end that -s states shows left, [1] right.
 */
struct state_view {
	uint64_t id;
	uint32_t creatorid;
	uint16_t ifidx;		/* 0: floating ("all") */
	uint16_t if_seen;	/* interface it runs over */
	uint8_t af, proto, dir;
	uint16_t rdomain;
	struct view_end wire[2], stack[2];
	struct view_peer peer[2]; /* [0] left, [1] right */
	struct view_end gw[2];	/* next hop by a route option, towards [0] and
				 * towards [1]; address zero: none */
	uint32_t age;		/* s */
	uint32_t expires;	/* s */
	uint64_t packets[2], bytes[2]; /* [0] with the first packet, [1] back */
	uint32_t row;		/* registry row of the half */
	uint8_t sloppy, pflow, sticky, srctrack;
	/* the whole connection, both halves: as the first packet had it, and
	 * as its reply arrives */
	struct view_end orig_src, orig_dst, reply_src, reply_dst;
};

/*
 * view_record() - The states of one record
 * Return: number of views filled: 0 (no such record), 1 or 2.
 */
unsigned view_record(const struct engine *, uint32_t index, uint64_t now,
    uint32_t wall, struct state_view out[2]);

/* Indexes in use lie below this. */
uint32_t view_limit(const struct engine *);

/*
 * view_source() - The source node in a place; is there one?
 * view_sources() - Places lie below this; @used: how many have one
 */
bool view_source(const struct engine *, uint32_t place, uint64_t now,
    struct srcnode_view *);
uint32_t view_sources(const struct engine *, uint32_t *used);

#endif
