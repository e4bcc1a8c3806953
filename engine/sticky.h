/* SPDX-License-Identifier: ISC */
/*
 * sticky-address: rules, records and source nodes (srcnode.h).
 *
 * A rule's pool is asked for a first packet; the node's reference goes with
 * the half of the walk, and into the extension record of the state that comes
 * of it, by half: [0] in, [1] out.
 */
#ifndef ENGINE_STICKY_H
#define ENGINE_STICKY_H

#include <stdint.h>

#include "engine/srcnode.h"

struct arena;
struct engine;
struct prule;
struct worker;

/* The source of a first packet, as it came to its half. */
struct sticky_ask {
	const struct prule *rule;
	const struct addr *src;
	uint8_t kind;		/* enum srcnode_kind */
	uint8_t af;
};

/* sticky_find() - What the source has by the rule; as srcnode_find(). */
uint32_t sticky_find(struct worker *, const struct sticky_ask *,
    struct srcnode_target *);
/* sticky_give() - It has this from now on; as srcnode_give(). */
uint32_t sticky_give(struct worker *, const struct sticky_ask *,
    const struct srcnode_target *old, struct srcnode_target *to);

/*
 * sticky_begin() - A state is about to be made, with these nodes; 0: none
 * Return: 0; -EAGAIN: one of them is gone meanwhile, and neither counts it.
 */
int sticky_begin(struct worker *, const uint32_t node[2]);
/* sticky_abort() - It was not made after all. */
void sticky_abort(struct worker *, const uint32_t node[2]);
/* sticky_store() - Into an extension record, before its insertion. */
void sticky_store(struct arena *, uint32_t ext, const uint32_t node[2]);
/* sticky_load() - The node of a record's half; 0: none. */
uint32_t sticky_load(const struct arena *, uint32_t index, unsigned half);
/* sticky_ended() - A record has ended. */
void sticky_ended(struct worker *, uint32_t index);

/*
 * sticky_adopt() - Nodes for the records of an earlier process
 *
 * Its nodes are gone with it, and are made again from what states have: the
 * rule, the source, the way.  Return: 0, -ENOMEM.
 */
int sticky_adopt(struct engine *);

#endif
