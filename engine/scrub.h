/* SPDX-License-Identifier: ISC */
/*
 * What rules change in packets beside addresses: scrub and set.
 *
 * The rules that took part in a half (match rules in order, then the deciding
 * one) give one struct action.  It belongs to the half's registry row, so
 * packets of a state get it from there, as long as the state lives.
 */
#ifndef ENGINE_SCRUB_H
#define ENGINE_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/program.h"

struct engine;
struct worker;

#define ACTION_TOS 0x01
#define ACTION_NODF 0x02
#define ACTION_RANDOMID 0x04
#define ACTION_PRIO 0x08

struct action {
	uint8_t flags;		/* ACTION_... */
	uint8_t tos;
	uint8_t min_ttl;	/* 0: leave */
	uint16_t max_mss;	/* 0: leave */
	uint8_t prio[2];	/* the second for urgent packets */
	struct steer steer;
	uint32_t mark;		/* 0: leave */
	bool any;		/* there is something in it */
};

/* action_sum() - What a verdict with sets adds up to; action_of() - any. */
void action_sum(const struct verdict *, struct action *);

static inline void
action_of(const struct verdict *v, struct action *a)
{
	if (v->sets)
		action_sum(v, a);
	else
		*a = (struct action){ .any = false };
}

/*
 * action_row() - Of a registry row; nothing if there is no such row
 * Return: does it change anything at all?
 */
bool action_row(const struct engine *, uint32_t row, struct action *);

/* action_every() - Does it change other packets than SYNs? */
static inline bool
action_every(const struct action *a)
{
	return a->any && (a->flags != 0 || a->min_ttl != 0 || a->mark != 0 ||
	    steer_any(&a->steer));
}

/*
 * action_bind() - A rule's actions become those of its row
 * action_bind_set() - and a set's follow from its members
 *
 * Rows are what their text says, so whoever stores first stores right.
 */
void action_bind(struct engine *, const struct prule *);
void action_bind_set(struct engine *, uint32_t row);

/* action_none() - Does it leave the bytes alone? */
static inline bool
action_none(const struct action *a)
{
	return !a->any || ((a->flags & ~ACTION_PRIO) == 0 && a->min_ttl == 0 &&
	    a->max_mss == 0);
}

/*
 * scrub_announce() - What later decisions must know: TTL, DF, mark, priority,
 *	and who else is to get the packet
 * scrub_apply() - Carry an action into the bytes
 * @rnd: for random-id
 */
void scrub_announce(struct pdesc *, const struct action *);
void scrub_apply(struct pdesc *, const struct action *, uint32_t rnd);

#endif
