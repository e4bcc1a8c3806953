/* SPDX-License-Identifier: ISC */
/*
 * A worker: what one packet thread has for itself.
 *
 * Everything in it belongs to the thread that uses it, but the counters and
 * the epoch, which others read, and the tail of the command queue, which
 * control writes.
 */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct worker;

/* worker_new() - Return: 0, -ENOMEM. */
int worker_new(struct engine *, unsigned index, struct worker **);
void worker_free(struct worker *);

struct engine_cmd;

/*
 * worker_enter(), worker_leave() - Around each burst and tick
 * Between them all that is in force stays as it is.
 */
void worker_enter(struct worker *, uint64_t now, uint32_t wall);
void worker_leave(struct worker *);

/*
 * worker_command() - The next command, or NULL
 * It is the next one until worker_command_done() says that it was carried out.
 */
const struct engine_cmd *worker_command(const struct worker *);
void worker_command_done(struct worker *);

#endif
