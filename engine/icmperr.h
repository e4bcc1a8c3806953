/* SPDX-License-Identifier: ISC */
/*
 * ICMP errors about packets of a state.
 *
 * An error belongs to the state of the packet that it quotes.  That packet
 * went the other way, so the reply to it has the key of the line that errors
 * of this side belong to.  What the line does to a packet is done to the
 * error outside, and backwards inside.
 *
 * Errors never refresh, change or end a state (RFC 4787 REQ-10, RFC 5508
 * REQ-6).
 */
#ifndef ENGINE_ICMPERR_H
#define ENGINE_ICMPERR_H

#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/reason.h"

struct walk;
struct worker;

/*
 * icmperr_find() - The line of an error, by walk.inner
 * Return: its reference or ARENA_NONE.
 */
uint32_t icmperr_find(struct worker *, const struct pdesc *,
    const struct walk *, uint8_t dir, uint16_t ifidx);

/*
 * icmperr_translate() - Carry the line's translation into an error
 *
 * Changes pd->cur and walk.inner.  Where the line hides its source, the error
 * gets the source that the line's packets get, whoever sent it (RFC 5508
 * REQ-5).
 *
 * Return: REASON_MATCH; REASON_ICMPINNER when the error does not go to the
 * sender of what it quotes; REASON_BADSTATE when the quoted TCP segment was
 * never sent.
 */
enum reason icmperr_translate(struct worker *, struct pdesc *, struct walk *,
    uint32_t lref);

#endif
