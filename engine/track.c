/* SPDX-License-Identifier: ISC */
/*
 * Packets of a state on the slow way, and what judgements lead to.
 */
#include "engine/track.h"

#include <netinet/in.h>

#include "engine/answer.h"
#include "engine/arena.h"
#include "engine/core.h"
#include "engine/fast/track.h"
#include "engine/record.h"
#include "engine/walk.h"
#include "engine/wheel.h"

#define TRACK_TRIES 4 /* a writer may have lost its processor inside */

static void
nudge(struct worker *w, uint32_t index)
{
	unsigned owner = load_relaxed(&arena_cold(w->arena, index)->worker);

	if (owner < w->eng->cfg.nworkers)
		wheel_nudge(w->eng->worker[owner]->wheel, index);
}

int
track_verdict(struct worker *w, struct pdesc *pd, uint32_t lref, enum track t)
{
	switch (t) {
	case TRACK_OK:
		return 0;
	case TRACK_MOVED:
		nudge(w, lref / 2);
		return 0;
	case TRACK_CHALLENGE:
		answer_challenge(w, pd, lref);
		return REASON_CHALLENGE;
	case TRACK_STALE:
		answer_stale(w, pd);
		return REASON_BADSTATE;
	case TRACK_REUSE:
		record_end(w, lref / 2);
		return WALK_AGAIN;
	case TRACK_DEAD:
		return WALK_AGAIN;
	case TRACK_BUSY:
		return REASON_CONGEST;
	case TRACK_BAD:
		break;
	}
	return REASON_BADSTATE;
}

int
track_packet(struct worker *w, struct pdesc *pd, uint32_t lref)
{
	struct line *own = arena_line(w->arena, lref);
	struct line *peer = arena_line(w->arena, lref ^ 1);
	unsigned tries = TRACK_TRIES;
	struct tcp_seg seg;
	enum track t;
	int reason;

	if (pd->flags & PD_OPTIONS && (load_relaxed(
	    &arena_cold(w->arena, lref / 2)->flags) & COLD_ALLOWOPTS) == 0)
		return REASON_IPOPTION;
	if (pd->proto == IPPROTO_TCP)
		track_segment(pd, &seg);
	for (;;) {
		t = pd->proto == IPPROTO_TCP ?
		    track_tcp(own, peer, &seg, (uint32_t)w->now, pd->len) :
		    track_other(own, peer, (uint32_t)w->now, pd->len);
		if (t != TRACK_BUSY || --tries == 0)
			break;
		arena_wait(w->arena);
	}
	/* neighbours of one link: their state says nothing of addresses */
	if ((reason = track_verdict(w, pd, lref, t)) == 0 &&
	    (pd->flags & PD_ND) == 0)
		record_after(w->arena, lref, &pd->cur);
	return reason;
}
