/* SPDX-License-Identifier: ISC */
/*
 * Which states a request is about, and ending them.
 */
#ifndef ENGINE_NATD_STATES_H
#define ENGINE_NATD_STATES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct filter;
struct natd;
struct session;

/*
 * states_filter() - The filter of a request
 * @tree: as in ctl/proto.h; NULL: none
 * @out: for filter_free(); NULL, which matches all, if there is none
 *
 * Return: 0; else the request has been answered: the tree is wrong, or the
 * digits of a rule fit several.
 */
int states_filter(struct session *, const json_t *tree, struct filter **out);

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
