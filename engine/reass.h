/* SPDX-License-Identifier: ISC */
/*
 * Reassembly of IPv4 and IPv6 fragments, for matching.
 *
 * The pieces of one datagram may come to different workers: the first has
 * ports that a queue's hash takes in, the others have not.  So there is one
 * instance for all workers, under one lock; it is held while a piece is
 * copied in (or a datagram taken out of the lists), never while a datagram
 * is put together.
 *
 * Bounds: datagrams under way, memory, datagrams of one source, pieces of one
 * datagram, time.  When memory or datagrams run out the oldest datagram goes,
 * so that a flood of pieces that never become whole cannot lock out the
 * others for a minute.  No step searches: bytes have their place, and what
 * is there already is a bit map.
 *
 * Overlaps (RFC 5722; the same for IPv4, where nobody needs them either):
 * the datagram is dropped, and its later pieces are too, until the time is
 * out.  An exact duplicate of a piece, same bytes in the same place, is no
 * overlap and is ignored (RFC 8200 4.5).
 */
#ifndef ENGINE_REASS_H
#define ENGINE_REASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/emit.h"
#include "engine/pdesc.h"
#include "engine/reason.h"

#define REASS_PIECES_MAX 128 /* of one datagram: 64 KiB over 576-byte links */
#define REASS_DATAGRAM_MAX (40 + PACKET_MAX) /* room that is always enough */

struct reass;

struct reass_config {
	uint32_t datagrams;	/* under way at once, at most */
	uint32_t bytes;		/* of pieces, at most; rounded up to KiB */
	uint32_t per_source;	/* datagrams of one source address, at most */
	uint64_t key[2];	/* secret, for the hash */
};

enum reass_fate {
	REASS_HELD,	/* taken in; the datagram is not whole yet */
	REASS_DONE,	/* *out is the whole datagram, to be parsed anew */
	REASS_DROP,	/* drop the piece for *why */
};

/* reass_size() - Bytes that an instance needs. */
size_t reass_size(const struct reass_config *);

/*
 * reass_init() - An instance in memory of the caller
 * @mem: reass_size() bytes, aligned to 64, zero or not
 */
struct reass *reass_init(void *mem, const struct reass_config *);
void reass_fini(struct reass *);

/* reass_set_limit() - "set limit frags": at most cfg.datagrams. */
void reass_set_limit(struct reass *, uint32_t datagrams);

/*
 * reass_add() - Take in one fragment
 * @pd: parsed, with PD_FRAGMENT
 * @now: ms
 * @timeout: "set timeout frag", ms
 * @nodf: "set reassemble yes no-df": IPv4 fragments with DF are taken, and
 *	the bit is gone from the whole; without, they are dropped, as pf does
 * @out: out->data is a buffer of @room bytes; the rest is set if REASS_DONE:
 *	interface and direction are those of @pd
 * @fi: how the datagram may be cut again, if REASS_DONE
 * @why: reason, if REASS_DROP
 *
 * A datagram that does not fit into @room is dropped (REASON_FRAG).
 */
enum reass_fate reass_add(struct reass *, const struct pdesc *, uint64_t now,
    uint32_t timeout, bool nodf, struct packet *out, uint32_t room,
    struct fraginfo *fi, enum reason *why);

/*
 * reass_expire() - Give up datagrams that are older than @timeout ms
 *
 * At most @budget of them.  Return: how many were given up (those that an
 * overlap had spoilt before do not count); count them as
 * REASON_REASSTIME.
 */
unsigned reass_expire(struct reass *, uint64_t now, uint32_t timeout,
    unsigned budget);

/*
 * reass_evicted() - Datagrams that had to go for others since the last call;
 * count them as REASON_REASSMEM.
 */
uint32_t reass_evicted(struct reass *);

/* reass_used() - Datagrams under way, and bytes that their pieces occupy. */
void reass_used(struct reass *, uint32_t *datagrams, uint64_t *bytes);

#endif
