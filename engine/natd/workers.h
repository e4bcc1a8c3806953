/* SPDX-License-Identifier: ISC */
/*
 * The packet threads.
 *
 * Worker w reads queue w (and w + n, ...) of every port, hands bursts to its
 * struct worker of the engine, and sends what comes out.  With nothing to do
 * it sleeps in epoll until a packet, a tick or a wake-up.  Between two bursts
 * it passes a quiescent point (liburcu, QSBR); asleep it is one.
 *
 * With captures instead of devices one worker plays them all in the order of
 * their times, and the clock is theirs.
 */
#ifndef ENGINE_NATD_WORKERS_H
#define ENGINE_NATD_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/natd/hurry.h"

struct engine;
struct memory;
struct portset;
struct workers;

/*
 * workers_new() - Prepare @n threads over an engine; none runs yet
 * @memory: of its states, which is told when they want more
 * @clock: where a replay keeps its time (planes_clock())
 */
int workers_new(struct engine *, struct memory *, unsigned n, uint64_t *clock,
    struct workers **);
int workers_start(struct workers *);
/* workers_free() - Stop and join them. */
void workers_free(struct workers *);

/*
 * workers_publish() - Let them use this set of ports; returns when nobody
 * uses the one before.  Fits planes_update().
 */
void workers_publish(void *workers, struct portset *);

/* workers_quiesce() - Wait until every worker has been between two bursts. */
void workers_quiesce(struct workers *);

/* workers_wake() - Let worker @i tick now: it has commands. */
void workers_wake(struct workers *, unsigned i);

/* workers_clock() - Milliseconds of the clock of packets that are not a replay's. */
uint64_t workers_clock(void);

/* workers_time() - Milliseconds and unix seconds of the engine's clock. */
void workers_time(const struct workers *, uint64_t *now, uint32_t *wall);

/*
 * workers_level() - How the threads rank among others (hurry.h), the worst
 * Where the kernel routes, they ask for more than they were started with when
 * they get the first set of ports.
 */
struct hurry_level workers_level(const struct workers *);

/* workers_refused() - errno with which the kernel denied that to one, or 0. */
int workers_refused(const struct workers *);

/* workers_gone() - A name of an interface that failed since, or NULL. */
const char *workers_gone(struct workers *);

#endif
