/* SPDX-License-Identifier: ISC */
/*
 * Packets of a state on the slow way.
 */
#ifndef ENGINE_TRACK_H
#define ENGINE_TRACK_H

#include <stdint.h>

#include "engine/fast/tcp.h"
#include "engine/pdesc.h"

struct worker;

/* track_segment() - The TCP part of a descriptor. */
static inline void
track_segment(const struct pdesc *pd, struct tcp_seg *s)
{
	s->seq = pd->seq;
	s->ack = pd->ack;
	s->len = pd->datalen;
	s->win = pd->win;
	s->flags = pd->tcpflags;
	s->wscale = pd->wscale;
}

/*
 * track_verdict() - What follows from a judgement (enum track)
 *
 * Nudges the state's wheel, answers a challenge, ends a state whose ports
 * begin a new connection.
 *
 * Return: 0: the packet goes on; WALK_AGAIN; or the reason of the drop.
 */
int track_verdict(struct worker *, struct pdesc *, uint32_t lref,
    enum track);

/*
 * track_packet() - Judge a packet by the line it hit, and translate pd->cur
 * Return: as track_verdict().
 */
int track_packet(struct worker *, struct pdesc *, uint32_t lref);

#endif
