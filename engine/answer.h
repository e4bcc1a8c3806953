/* SPDX-License-Identifier: ISC */
/*
 * Answers to the sender of a packet: RST, ICMP errors, challenge ACKs.
 *
 * They are limited in rate per destination, quote or answer the packet as its
 * sender knew it, pass no rules (as pf's do), and leave by the route to that
 * sender, else the way the packet came.  An answer that cannot be made is
 * left out; nothing else depends on it.
 */
#ifndef ENGINE_ANSWER_H
#define ENGINE_ANSWER_H

#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/program.h"

struct worker;

enum unreachable { UNREACH_NET, UNREACH_PORT };

void answer_unreachable(struct worker *, struct pdesc *, enum unreachable);
void answer_ttl(struct worker *, struct pdesc *);
void answer_toobig(struct worker *, struct pdesc *, uint32_t mtu);
void answer_rst(struct worker *, struct pdesc *, uint8_t ttl);

/* answer_block() - What the rule that blocked asks for, if anything. */
void answer_block(struct worker *, struct pdesc *, const struct verdict *);

/* answer_challenge() - RFC 5961: say to the sender where its peer stands. */
void answer_challenge(struct worker *, struct pdesc *, uint32_t lref);

/*
 * answer_gone() - A record ends as the address that it borrowed is gone
 * @source: it was its new source, else its first target
 *
 * The end that knows nothing of that address is reset; the other cannot be
 * told by an address that is not ours any more.  TCP only.
 */
void answer_gone(struct worker *, uint32_t index, bool source);

/* answer_stale() - Reset who acknowledges what was never sent. */
void answer_stale(struct worker *, struct pdesc *);

#endif
