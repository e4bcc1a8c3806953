/* SPDX-License-Identifier: ISC */
/*
 * The netfilter marks that natd uses itself: what its own hooks
 * (engine/io/hooks.h) know a packet by that they have seen before.
 *
 *	 31           16 15    12 11                 0
 *	+---------------+--------+--------------------+
 *	|    0x6e60     |  kind  |      argument      |
 *	+---------------+--------+--------------------+
 *
 * A mark of natd's is a word from one of its hooks to the next.  The packet
 * may carry one of somebody else's before, and loses that one.
 */
#ifndef ENGINE_IO_MARK_H
#define ENGINE_IO_MARK_H

#include <assert.h>
#include <stdint.h>

#include "engine/packet.h"

#define MARK_NATD 0x6e600000u		/* "n`": no usual mark */
#define MARK_NATD_MASK 0xffff0000u
#define MARK_KIND_MASK 0xfffff000u	/* with MARK_NATD */
#define MARK_ARG_MASK 0x00000fffu

static_assert(MARK_ARG_MASK == PACKET_TAG_MAX, "a tag fits the argument");

enum mark_kind {
	MARK_MADE = 0,		/* natd has made the packet: no hook asks */
	MARK_DECIDED = 1,	/* both halves are decided when it comes in; it
				 * is to leave by the interface (the engine's
				 * index) of the argument */
	MARK_WAY = 2,		/* to be routed by way n of route options */
	MARK_TAG = 3,		/* has come in without a state, with the tag of
				 * the argument (engine/carry.h) */
	MARK_SOCKET = 4,	/* for a socket of this host: that of number n
				 * (divert-to), or 0: that of the connection */
	MARK_TABLE = 5,		/* to be routed by the kernel's table n */
};

/* mark_make() - The mark of a kind with its argument. */
static inline uint32_t
mark_make(enum mark_kind kind, uint32_t arg)
{
	return MARK_NATD | (uint32_t)kind << 12 | (arg & MARK_ARG_MASK);
}

/* mark_natd() - Is this one of natd's? */
static inline int
mark_natd(uint32_t mark)
{
	return (mark & MARK_NATD_MASK) == MARK_NATD;
}

/* mark_is() - Is this a mark of natd's, and of this kind? */
static inline int
mark_is(uint32_t mark, enum mark_kind kind)
{
	return (mark & MARK_KIND_MASK) == mark_make(kind, 0);
}

/* mark_arg() - Its argument. */
static inline uint32_t
mark_arg(uint32_t mark)
{
	return mark & MARK_ARG_MASK;
}

#endif
