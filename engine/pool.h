/* SPDX-License-Identifier: ISC */
/*
 * Pools: the addresses that a translation may choose from.
 *
 * A pool's addresses, in the order of its elements, are numbered slots; an
 * element of weight w has each of its addresses w times, and an entry of a
 * table as many slots as its weight.  A pool type is a way to choose a slot.
 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

struct ppool;
struct ppool_addr;
struct worker;

struct pool_ask {
	uint8_t af;
	const struct addr *src;	/* of the connection: source-hash */
	const struct addr *host; /* address to be replaced: bitmask */
};

/*
 * pool_choose() - An address of the pool
 *
 * Round-robin moves on by one; least-states looks at up to POOL_LOOK
 * addresses.
 *
 * Return: false if the pool holds no address of this family now.
 */
#define POOL_LOOK 64
bool pool_choose(struct worker *, const struct ppool *,
    const struct pool_ask *, struct addr *);

/* pool_choose_from() - The same; @from gets the element that it is of. */
bool pool_choose_from(struct worker *, const struct ppool *,
    const struct pool_ask *, struct addr *, const struct ppool_addr **from);

/* pool_holds() - Is this an address of the element, now? */
bool pool_holds(struct worker *, const struct ppool_addr *, uint8_t af,
    const struct addr *);

/* pool_turns() - May it give one connection another address than before? */
bool pool_turns(const struct ppool *);

/*
 * pool_tries() - How many addresses to ask for before "no free port": 1 for
 * a pool that would give the same one again
 */
uint32_t pool_tries(struct worker *, const struct ppool *, uint8_t af);

/*
 * pool_count() - States per address, for least-states: +1 when a state with
 * this address in place of another is made, -1 when it ends
 */
void pool_count(struct worker *, const struct addr *, int delta);

/*
 * pool_measure() - Fill in the sizes of a pool and of its elements, and clear
 * the host bits of addresses; once, for progbuild_pool()
 */
void pool_measure(struct ppool *, struct ppool_addr *);

#endif
