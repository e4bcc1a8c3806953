/* SPDX-License-Identifier: ISC */
/*
 * ICMP errors: found by what they quote, translated inside and outside.
 */
#include "engine/icmperr.h"

#include "engine/arena.h"
#include "engine/core.h"
#include "engine/fast/tcp.h"
#include "engine/fast/track.h"
#include "engine/record.h"
#include "engine/tuple.h"
#include "engine/walk.h"

uint32_t
icmperr_find(struct worker *w, const struct pdesc *pd, const struct walk *k,
    uint8_t dir, uint16_t ifidx)
{
	struct record_key key = {
		.af = pd->quote.af,
		.proto = pd->quote.proto,
		.dir = dir,
		.rdomain = pd->rdomain,
		.ifidx = ifidx,
	};

	/* of one link: no router passes it on, whatever it quotes */
	if (w->ifs->router && icmp_is_redirect(pd))
		return ARENA_NONE;
	tuple_reverse(&k->inner, pd->quote.proto, &key.t);
	return record_find(w, &key);
}

/* Has the sender of the quoted segment sent that sequence number? */
static bool
segment_known(const struct worker *w, uint32_t lref, uint32_t seq)
{
	struct tcp_side own, sender;

	if (!line_read(arena_line(w->arena, lref), &own) ||
	    !line_read(arena_line(w->arena, lref ^ 1), &sender))
		return false;
	if (own.flags & LINE_SLOPPY || sender.state & SAID_LOOSE)
		return true;
	return seq_geq(tcp_edge(&sender, &own), seq) &&
	    seq_geq(seq, tcp_floor(&sender, &own));
}

enum reason
icmperr_translate(struct worker *w, struct pdesc *pd, struct walk *k,
    uint32_t lref)
{
	struct record_key before;
	struct tuple after;

	if (!addr_equal(&pd->cur.dst, &k->inner.src))
		return REASON_ICMPINNER;
	if (pd->quote.proto == IPPROTO_TCP &&
	    !segment_known(w, lref, pd->quote.seq))
		return REASON_BADSTATE;
	record_before(w->arena, lref, &before);
	record_after(w->arena, lref, &after);
	pd->cur.dst = after.dst;
	if (!addr_equal(&before.t.src, &after.src))
		pd->cur.src = after.src;
	tuple_reverse(&after, pd->quote.proto, &k->inner);
	return REASON_MATCH;
}
