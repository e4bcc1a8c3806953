/* SPDX-License-Identifier: ISC */
/*
 * Ways: where a rule's route option sends packets, in place of the route.
 *
 *	route-to	the packets of the side that began
 *	reply-to	those of the other side
 *	dup-to		copies of both sides' packets
 *
 * A way is an interface, a gateway, or both.  It is chosen when the state is
 * made, and lies in the state's extension record, one for each side.  Packets
 * for addresses of this host are never sent elsewhere.
 */
#ifndef ENGINE_WAY_H
#define ENGINE_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

struct arena;
struct packet;
struct pdesc;
struct prule;
struct tuple;
struct worker;

enum way_kind { WAY_NONE = 0, WAY_ROUTE, WAY_REPLY, WAY_DUP };

struct way {
	uint8_t kind;		/* enum way_kind */
	uint8_t af;		/* of the gateway */
	bool out;		/* of a rule that saw the packet going out */
	uint16_t ifidx;		/* 0: the one that leads to the gateway, where
				 * the kernel routes */
	struct addr gw;		/* zero: the target itself is on the link */
	uint32_t node;		/* the source node that it is of; 0: none */
};

/*
 * way_choose() - The way of a first packet, from its rule's pool
 *
 * Where that has several, those that nothing leads to are passed over, up to as
 * many as pool_tries() says; where the kernel routes and a table holds more than
 * are known, any that is known is taken then.  With sticky-address a source that
 * was given a way has it again, as long as the pool holds it and it leads
 * somewhere.
 * @src: the source, as the packet came to this half
 *
 * Return: 0; REASON_NOROUTE: the pool is empty, or nothing leads there;
 * REASON_SRCLIMIT: no source node is left to remember it.
 */
int way_choose(struct worker *, const struct pdesc *, const struct prule *,
    const struct addr *src, struct way *);

/*
 * way_store() - A side's way into an extension record, before its insertion
 * way_load() - The way of a line's packets, WAY_ROUTE or WAY_DUP
 * Return: has it one?
 */
void way_store(struct arena *, uint32_t ext, unsigned side,
    const struct way *);
bool way_load(const struct arena *, uint32_t lref, struct way *);

/* way_number() - What a packet says to be sent that way, host mode; 0: none. */
uint16_t way_number(const struct worker *, const struct way *);

/*
 * way_offer() - Host mode: have the data plane send a copy of a packet, with
 * the bytes that it has now
 */
void way_offer(struct worker *, struct packet *, const struct way *);

/*
 * way_copy() - Router: send a copy of a packet by a way
 * @t: what it is translated to
 */
void way_copy(struct worker *, const struct pdesc *, const struct tuple *,
    const struct way *);

#endif
