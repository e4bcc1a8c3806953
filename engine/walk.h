/* SPDX-License-Identifier: ISC */
/*
 * The walk: the slow way of a packet through the engine.
 *
 * A packet passes one half (host mode: in or out) or two (router mode: in on
 * the interface of arrival, out on that of departure).  In each half a state
 * knows it, or the rules decide and say whether a state is to be made.  What
 * both halves want is put into the table at the end, as one record where
 * possible; then the packet's bytes are rewritten, once.
 *
 * Everything that is not an established packet of a whole record comes here:
 * first packets, halves, ICMP errors, fragments, packets with options.
 */
#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/program.h"
#include "engine/reason.h"
#include "engine/scrub.h"
#include "engine/way.h"

struct worker;

enum half_kind {
	HALF_NONE = 0,	/* not filtered: skipped, or filtering is off */
	HALF_STATE,	/* a state knows the packet */
	HALF_NEW,	/* passed by the rules, which want a state */
	HALF_FREE,	/* passed by the rules without a state */
};

/* What the burst knows already of a packet's states. */
enum walk_first {
	WALK_SEARCH = 0,	/* nothing */
	WALK_FIRST,		/* there is none of its key */
	WALK_ALONE,		/* nor of that with the other direction */
};

struct half {
	uint8_t kind;		/* enum half_kind */
	uint8_t dir;
	uint16_t ifidx;
	bool asked;		/* states or rules were */
	bool blocked;		/* by them */
	bool ruled;		/* passed by a rule */
	uint32_t len;		/* of the packet */
	uint32_t lref;		/* HALF_STATE: the line it hit */
	uint32_t row;		/* HALF_NEW: of a state before; ARENA_NONE */
	uint16_t tag;		/* that the packet carries after this half */
	struct tuple before, after; /* around this half's translation */
	struct verdict verdict;	/* HALF_NEW, HALF_FREE */
	const struct prule *rule; /* that decided; NULL: none, or a state */
	struct action action;	/* what its rules change in the packet */
	struct way way;		/* where its rule or state sends the packet,
				 * or, for HALF_NEW, the replies */
};

struct walk {
	struct half in, out;
	struct tuple inner;	/* ICMP errors: the quote, translated so far */
	uint8_t first;		/* enum walk_first, as long as it holds */
	bool local;		/* ends at one of our own addresses */
	uint16_t out_if;
};

/* What a walk may say beside a reason to drop; 0 lets the packet go on. */
#define WALK_AGAIN REASON_MAX	      /* lost a race: begin again */
#define WALK_BLOCKED (REASON_MAX + 1) /* by a rule; counted as match */
#define WALK_DONE (REASON_MAX + 2)    /* it ends here, consumed */

/*
 * walk_half() - What is said of the packet in one half
 *
 * Changes pd->cur (and walk.inner) by the translation of this half.
 *
 * Return: 0 when it passes, WALK_AGAIN, WALK_BLOCKED, or the reason of the
 * drop.
 */
int walk_half(struct worker *, struct pdesc *, struct walk *, struct half *,
    uint8_t dir, uint16_t ifidx);

/*
 * walk_packet() - All of it: halves, route, states, bytes, fate
 * @first: what was found a moment ago
 *
 * Return: 0 and the packet's fate is FATE_SEND; WALK_DONE, WALK_BLOCKED, or
 * the reason of the drop.
 */
int walk_packet(struct worker *, struct pdesc *, enum walk_first first);

/*
 * walk_own() - The out half for a packet that the engine itself sends
 *
 * Return: 0, WALK_BLOCKED or the reason of the drop.
 */
int walk_own(struct worker *, struct pdesc *);

#endif
