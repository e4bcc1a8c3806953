/* SPDX-License-Identifier: ISC */
/*
 * Ending states, for a request.
 *
 * Control's thread only.  The request is answered when the states are gone, so
 * the session is `pending' until then, and others are served meanwhile.
 */
#ifndef ENGINE_NATD_KILL_H
#define ENGINE_NATD_KILL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct filter;
struct kill;
struct session;

#define KILL_WAIT 2000	/* ms that the workers may be silent */

/*
 * What follows; it answers the session.
 * @killed: as pf counts: a forwarded connection is two
 * @error: 0: no packet finds those states any more, and nobody sees them;
 * -ETIMEDOUT: the workers were silent for KILL_WAIT, and some may be left.
 */
typedef void kill_done(struct session *, const json_t *args, const void *arg,
    int error, uint64_t killed);

/*
 * kill_start() - End the states that a filter matches; NULL: all
 * @filter: is taken over, also on failure
 * @dry: count only
 * @args: of the request, for @done; a reference is held
 *
 * The other half of a connection goes with it.  Return: 0, or -ENOMEM.
 */
int kill_start(struct session *, const json_t *args, struct filter *filter,
    bool dry, kill_done *done, const void *arg);

/* kill_free() - Give it up; nothing follows. */
void kill_free(struct kill *);

#endif
