/* SPDX-License-Identifier: ISC */
/*
 * Source nodes: what one source address was given under one rule.
 *
 * A pool with sticky-address remembers here which of its addresses a source
 * has, and how many states the source has by that.  A node lives while it has
 * states, and timeout src.track after that; one that has had none yet lives
 * SRCNODE_BEGIN, until the first packet has made its state.  A rule is known
 * by its id, so that nodes outlive a reload that leaves it as it is.
 *
 * All workers share the table, under one lock: it is taken by the first packet
 * and by the end of a state of such a rule, and by nobody for longer than a
 * walk through a chain of its hash, or SRCNODE_LOOK nodes.  Memory is taken
 * when the limit is set.  Times are milliseconds of the engine's clock.
 */
#ifndef ENGINE_SRCNODE_H
#define ENGINE_SRCNODE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

struct random;
struct srcnodes;

#define SRCNODES_MAX 1000000	/* a number has 20 bits, see srcnode.c */
#define SRCNODES_USUAL 10000	/* pf's limit if the ruleset sets none */
#define SRCNODE_LOOK 1024	/* nodes looked at under the lock */
#define SRCNODE_BEGIN 1000	/* ms */

/* What a node is for; pf's words for it are those of the rule. */
enum srcnode_kind { SRCNODE_ROUTE = 1 };

struct srcnode_key {
	uint64_t rule;		/* id */
	struct addr src;
	uint8_t kind, af;
	uint8_t spare[6];	/* zero: the key is hashed as it lies here */
};

struct srcnode_target {
	struct addr addr;
	uint16_t ifidx;		/* of a next hop; 0: none in particular */
};

struct srcnode_view {
	struct srcnode_key key;
	struct srcnode_target to;
	uint32_t ref;
	uint32_t states;
	uint32_t created;	/* unix seconds */
	uint32_t expires;	/* ms; 0 while there are states */
	uint64_t packets, bytes; /* of states that have ended */
};

/* srcnodes_new() - An empty table without room; NULL: no memory. */
struct srcnodes *srcnodes_new(const struct random *hash);
void srcnodes_free(struct srcnodes *);

/*
 * srcnodes_set_limit() - As many nodes at most, SRCNODES_MAX and not more
 *
 * Nodes above a lower limit stay until they end.  Control, or before there are
 * workers.  Return: 0, -ENOMEM: the limit is what it was.
 */
int srcnodes_set_limit(struct srcnodes *, uint32_t limit);

/* srcnodes_used() - Nodes there are. */
uint32_t srcnodes_used(const struct srcnodes *);

/*
 * srcnode_find() - What this source was given
 * Return: the node's reference, above zero; 0: it has none.
 */
uint32_t srcnode_find(struct srcnodes *, const struct srcnode_key *,
    uint64_t now, struct srcnode_target *);

/*
 * srcnode_give() - The source has this target now, in place of another
 * @old: what it had, when last looked at, and cannot have; NULL: nothing
 * @to: gets what it has; that is another one if somebody else was first
 * @own: the rule's own timeout src.track, s; 0: it has none
 * @wall: unix seconds
 *
 * Return: the node's reference; 0: there are as many as the limit allows.
 */
uint32_t srcnode_give(struct srcnodes *, const struct srcnode_key *,
    const struct srcnode_target *old, struct srcnode_target *to, uint32_t own,
    uint64_t now, uint32_t wall);

/* srcnode_begin() - It has one more state; false: it is gone meanwhile. */
bool srcnode_begin(struct srcnodes *, uint32_t ref);

/*
 * srcnode_end() - It has one state less; that one's packets and bytes
 * @track: timeout src.track of the ruleset, s
 *
 * A node that was killed, and counts no more, is none of the caller's concern.
 */
void srcnode_end(struct srcnodes *, uint32_t ref, uint32_t track, uint64_t now,
    uint64_t packets, uint64_t bytes);

/* srcnodes_expire() - Look at the next SRCNODE_LOOK nodes, and free some. */
void srcnodes_expire(struct srcnodes *, uint64_t now);

/*
 * srcnode_view() - The node in a place, from 0 to srcnodes_top() - 1
 * Return: is there one?
 */
bool srcnode_view(struct srcnodes *, uint32_t place, uint64_t now,
    struct srcnode_view *);
uint32_t srcnodes_top(const struct srcnodes *);

/*
 * srcnode_kill() - The source is given something anew by its next connection;
 * the states that it has stay, and go where they went.  Was there such a node?
 */
bool srcnode_kill(struct srcnodes *, uint32_t ref);

#endif
