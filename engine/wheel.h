/* SPDX-License-Identifier: ISC */
/*
 * Timer wheels: when states end.
 *
 * Each worker has a wheel of 64 slots of one second, and files the states it
 * made.  A packet only writes `last` into its line; when a slot comes up the
 * wheel computes the deadline anew, from `last` of both lines, the states of
 * both sides and the timeouts in force, and ends the state or files it again,
 * at most WHEEL_SPAN seconds away.  So changed timeouts and adaptive scaling
 * need no scan, and a state is seen at least every 64 s.
 *
 * Whoever puts a state under a shorter timeout (TRACK_MOVED) nudges its wheel,
 * from any thread.  A nudge that is lost, because the ring is full, costs
 * punctuality only.
 *
 * The wheel links lie in the cold records and belong to the wheel's thread;
 * wheel_nudge() is the one function for all threads.
 */
#ifndef ENGINE_WHEEL_H
#define ENGINE_WHEEL_H

#include <stdint.h>

#include "engine/arena.h"

#define WHEEL_SPAN 63	 /* s */
#define WHEEL_NOWHERE (WHEEL_SPAN + 1) /* cold.due of a state in no list */
#define WHEEL_RING 4096	 /* nudges that can wait */

struct wheel;

/* What deadlines follow from, beside the state. */
struct wheel_env {
	const uint32_t *timeout; /* TM_MAX global ones (words.h), s */
	/*
	 * A state ends, by its timeout: called with its lines dead and out of
	 * the table, before its index is given back.  May read all of it.
	 */
	void (*ended)(void *, uint32_t index);
	void *arg;
};

/* wheel_new() - Return: a wheel, or NULL (no memory). */
struct wheel *wheel_new(struct arena *, struct arena_cache *, unsigned worker,
    uint64_t now);
void wheel_free(struct wheel *);

/* wheel_add() - File a state just inserted; sets cold->worker. */
void wheel_add(struct wheel *, uint32_t index, uint64_t now);

/* wheel_nudge() - Look at this state soon.  Any thread, the wheel's too. */
void wheel_nudge(struct wheel *, uint32_t index);

/*
 * wheel_run() - Visit what is due
 * @budget: visits at most; the rest waits for the next call
 * Return: visits made.
 */
unsigned wheel_run(struct wheel *, const struct wheel_env *, uint64_t now,
    unsigned budget);

/*
 * wheel_adopt() - File every live state whose index is @worker modulo @n
 * After statetab_rebuild(), before packets.  Return: states filed.
 */
uint32_t wheel_adopt(struct wheel *, unsigned n, uint64_t now);

/*
 * wheel_class() - enum timeout that rules a state now (words.h)
 * wheel_timeout() - and what it is, scaled, in seconds
 * wheel_deadline() - and when it ends, in milliseconds
 *
 * Any thread.  Adaptive scaling (pf's adaptive.start and .end) never shortens
 * an established TCP state or one that has answered both ways.
 */
unsigned wheel_class(const struct arena *, uint32_t index);
uint32_t wheel_timeout(const struct arena *, uint32_t index,
    const uint32_t *timeout, unsigned what);
uint64_t wheel_deadline(const struct arena *, uint32_t index,
    const uint32_t *timeout, uint64_t now);

#endif
