/* SPDX-License-Identifier: ISC */
/*
 * Records: making, finding and ending them.
 *
 * A record is made from the first packet's tuple before and after its
 * translation: side 0 is the side of the first packet, its key is the tuple
 * before, what it becomes is the tuple after; side 1's key is the reply to
 * the tuple after, and it becomes the reply to the tuple before.
 *
 *	kind		key of side 0	key of side 1
 *	forward		in		in
 *	half in		in		out
 *	half out	out		in
 *
 * Which half of a forwarded connection changed which address is told by
 * COLD_SRC_IN and COLD_DST_OUT: as a rule the out half changes the source and
 * the in half the destination.  So the tuple between both halves follows from
 * the two ends (record_middle()).  Where both halves change the same side the
 * connection gets two records.
 */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/fast/key.h"
#include "engine/pdesc.h"
#include "engine/way.h"

struct arena;
struct engine;
struct worker;

/* cold.flags, beside those of layout.h */
#define COLD_SRC_IN 0x10    /* forward: the in half changed the source */
#define COLD_DST_OUT 0x20   /* forward: the out half changed the target */
#define COLD_ALLOWOPTS 0x40 /* packets with IP options pass */
#define COLD_REROUTE 0x80   /* the way out has to be looked up again */

/* What is to be made. */
struct record_spec {
	uint8_t kind;		/* enum record_kind */
	uint8_t cold_flags;
	uint8_t line_flags[2];	/* LINE_SLOPPY, LINE_IFBOUND, LINE_SLOW */
	uint16_t egress[2];
	uint32_t row[2];	/* in half's, out half's; ARENA_NONE */
	const struct tuple *before, *after;
	struct way way[2];	/* of each side's packets */
	uint32_t node[2];	/* source nodes of the halves; 0: none */
	uint16_t tag;		/* that its packets carry; 0: none */
};

/* What a packet is looked up by. */
struct record_key {
	uint8_t af, proto, dir;
	uint16_t rdomain;
	uint16_t ifidx;		/* on which such a packet is seen */
	struct tuple t;
};

/*
 * record_find() - The line with this key
 * Return: index * 2 + side, or ARENA_NONE.
 */
uint32_t record_find(struct worker *, const struct record_key *);
uint32_t record_find_key(struct worker *, const struct skey *,
    uint16_t ifidx);

/*
 * record_own_key() - Is this the key of the first packet that walks, in either
 * direction?
 */
bool record_own_key(const struct worker *, const struct skey *);

/*
 * record_hash() - Keyed hash of a packet's key as it is now, whoever's state
 * that is: the walk of a first packet has it already
 */
uint64_t record_hash(const struct worker *, const struct pdesc *);

/*
 * record_taken() - Would the reply to @t, seen in direction @dir, find a
 * record?
 * For choosing ports: a hint, record_make() decides.
 */
bool record_taken(struct worker *, const struct pdesc *,
    const struct tuple *t, uint8_t dir);

/*
 * record_unseen() - Take it that it would find none, coming in, unproven
 *
 * The memory that knows is most often far away.  It is fetched, and the proof
 * is record_make()'s, before it makes a record that is answered by this key:
 * it returns -EEXIST if there is one, and sets worker.looks.
 */
void record_unseen(struct worker *, const struct pdesc *,
    const struct tuple *t);

/*
 * record_make() - A record from its first packet, in the table and the wheel
 *
 * Return: 0; -EEXIST: one of the keys is there already (the same first packet
 * came twice, or the port was taken meanwhile); -EAGAIN: a bucket stayed
 * locked, or a source node is gone meanwhile; -EINVAL: the reply would be the
 * packet itself; -ENOSPC: the limit of states is reached; -EDQUOT: a rule has
 * as many as its `max' allows; -ENOMEM: no room in the table's buckets.
 */
int record_make(struct worker *, const struct pdesc *,
    const struct record_spec *);

/*
 * record_end() - Take a record out of the table
 *
 * Adds its packets to its rules' counters.  Only one of several callers does
 * it.  Return: was it this one?
 */
bool record_end(struct worker *, uint32_t index);

/*
 * record_recount() - Count the addresses of all records that are there
 * At the start, over an arena of an earlier process; before packets.
 */
void record_recount(struct worker *);

/*
 * record_kill() - End a record if it still is the one with this id
 * Return: 0, -ENOENT (it is not), -EAGAIN (a writer stayed in a line).
 */
int record_kill(struct worker *, uint32_t index, uint64_t id);

/* record_review() - Something changed: have its wheel look at a record. */
void record_review(struct worker *, uint32_t index);

/*
 * record_tag() - The tag that packets of the state carry on (0: none), as if
 * the rules had set it
 *
 * Of a forwarded connection: what its in half says, for an out half that has
 * to be decided anew.
 */
uint16_t record_tag(const struct arena *, uint32_t index);

/* record_middle() - Between the halves of a forwarded connection. */
void record_middle(const struct arena *, uint32_t index, struct tuple *);

/*
 * record_way() - Does the record lead a packet of this line all the way?
 * Return: yes, and *out_if is the interface it leaves by.
 */
bool record_way(const struct worker *, uint32_t lref, uint16_t *out_if);

/*
 * record_turn() - Change flags and egress of a line
 * @flags: LINE_..., added to those that it has
 *
 * Return: false: a writer stayed in, and nothing has happened.
 */
bool record_turn(struct arena *, uint32_t lref, uint8_t flags,
    uint16_t egress);

/*
 * record_ended() - Count a record out; for wheel_env.ended
 * Called once for each record, by whoever ended it, before its index is free.
 */
void record_ended(void *worker, uint32_t index);

/* record_before() - The key of a line: a packet as it comes to it. */
void record_before(const struct arena *, uint32_t lref, struct record_key *);

/* record_after() - What such a packet becomes. */
void record_after(const struct arena *, uint32_t lref, struct tuple *);

#endif
