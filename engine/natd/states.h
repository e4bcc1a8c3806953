/* SPDX-License-Identifier: ISC */
/*
 * Ending states on request.
 */
#ifndef ENGINE_NATD_STATES_H
#define ENGINE_NATD_STATES_H

#include <stdbool.h>
#include <stdint.h>

struct filter;
struct natd;

/*
 * states_kill() - End the states that a filter matches; NULL: all
 * @dry: count only
 * @killed: as pf counts: a forwarded connection is two
 *
 * The other half of a connection goes with it.  Return: 0, or -EAGAIN: a
 * worker took no more commands for a second, and some are left.
 */
int states_kill(struct natd *, const struct filter *, bool dry,
    uint64_t *killed);

#endif
