/* SPDX-License-Identifier: ISC */
/*
 * The router between the halves (router mode): route, hop limit, size.
 *
 * A packet whose target is one of our own addresses ends here; another one
 * needs a route, a hop left, and to fit the interface it leaves by.  What
 * does not is answered as RFC 1812 and RFC 4443 ask, at a limited rate; the
 * answer quotes the packet as it arrived, so it needs no translation.
 */
#ifndef ENGINE_ROUTER_H
#define ENGINE_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"

struct walk;
struct worker;

/*
 * router_way() - Where does pd->cur go?
 *
 * Sets walk.local or walk.out_if.  Return: 0, or why it goes nowhere
 * (REASON_NOROUTE, REASON_TTL); the answer is made.
 */
int router_way(struct worker *, struct pdesc *, struct walk *);

/* router_out() - The same for a packet of our own: sets walk.out_if. */
int router_out(struct worker *, struct pdesc *, struct walk *);

/* router_hop() - May it make one hop more?  Return: 0, REASON_TTL. */
int router_hop(struct worker *, struct pdesc *);

/*
 * router_fits() - Does the packet fit the interface, whole or in fragments?
 *
 * May make a train's segments smaller.  Asked before the bytes change, for
 * answers quote them.  Return: 0; REASON_TOOBIG (answered); REASON_IFDOWN
 * (interface gone or down).
 */
int router_fits(struct worker *, struct pdesc *, uint16_t out_if);

/*
 * router_emit() - Off by an interface: cuts into fragments if need be, and
 * sets the fate; router_send() counts down the hop limit before
 * Return: 0; REASON_MEMORY, when there is no room for the fragments.
 */
int router_emit(struct worker *, struct pdesc *, uint16_t out_if);
int router_send(struct worker *, struct pdesc *, uint16_t out_if);

/*
 * router_local() - A packet for one of our own addresses that rules passed
 *
 * Echo is answered through the states; TCP by RST and UDP by port unreachable,
 * for nothing listens.  Return: WALK_DONE or the reason of a drop.
 */
int router_local(struct worker *, struct pdesc *, struct walk *);

#endif
