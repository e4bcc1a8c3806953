/* SPDX-License-Identifier: ISC */
/*
 * What goes with a packet from its in half to its out half, where the kernel
 * routes.
 */
#include "engine/carry.h"

#include <netinet/in.h>

#include "engine/core.h"
#include "engine/record.h"
#include "engine/tuple.h"
#include "engine/walk.h"

/* Does it end here, or on this link?  It has no out half then. */
static bool
stays(const struct worker *w, const struct pdesc *pd)
{
	const struct addr *to = &pd->cur.dst;

	if (pd->flags & PD_ND || ifset_local(w->ifs, pd->af, to, NULL) ||
	    ifset_broadcast(w->ifs, pd->af, to, NULL))
		return true;
	if (pd->af == AF_INET6) /* link scope at the most, RFC 4291 2.7 */
		return to->b[0] == 0xff && (to->b[1] & 0x0f) <= 2;
	return to->w[0] == INADDR_BROADCAST || /* or RFC 5771 4 */
	    (to->b[0] == 224 && to->b[1] == 0 && to->b[2] == 0);
}

int
carry_in(const struct worker *w, struct pdesc *pd, const struct half *h)
{
	pd->pkt->carry = 0;
	/* led another way, by the state that its out half has */
	if (h->kind != HALF_FREE || pd->pkt->way != 0)
		return 0;
	if (pd->tag == 0 || !program_tags(w->prog) || stays(w, pd))
		return 0;
	if (h->action.mark != 0 || h->action.steer.table != 0)
		return REASON_TAG;
	pd->pkt->carry = pd->tag;
	return 0;
}

/*
 * The state that has led it in.  An error was led by what it quotes, which
 * has gone the other way already.
 */
static uint32_t
led_by(struct worker *w, const struct pdesc *pd)
{
	struct record_key key = {
		.af = pd->af, .proto = pd->proto, .dir = DIR_OUT,
		.rdomain = pd->rdomain, .ifidx = pd->received_on,
	};

	if (pd->flags & PD_ICMPERR) {
		key.af = pd->quote.af;
		key.proto = pd->quote.proto;
		key.t = pd->quote.t;
	} else {
		tuple_reverse(&pd->key, pd->proto, &key.t);
	}
	return record_find(w, &key);
}

void
carry_out(struct worker *w, struct pdesc *pd)
{
	const struct iface *in = worker_iface(w, pd->received_on);
	uint32_t lref;

	pd->tag = pd->pkt->tag;
	if (pd->tag != 0 || !program_tags(w->prog) || in == NULL ||
	    in->flags & IFACE_SKIP || pd->flags & (PD_FRAGMENT | PD_ND))
		return;
	if ((lref = led_by(w, pd)) != ARENA_NONE)
		pd->tag = record_tag(w->arena, lref / 2);
}
