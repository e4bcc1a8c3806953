/* SPDX-License-Identifier: ISC */
/*
 * Which states a request is about, and what they are called.
 */
#ifndef ENGINE_NATD_STATES_H
#define ENGINE_NATD_STATES_H

#include <jansson.h>

struct filter;
struct natd;
struct session;
struct show_state;

/*
 * states_filter() - The filter of a request
 * @tree: as in ctl/proto.h; NULL: none
 * @out: for filter_free(); NULL, which matches all, if there is none
 *
 * Return: 0; else the request has been answered: the tree is wrong, or the
 * digits of a rule fit several.
 */
int states_filter(struct session *, const json_t *tree, struct filter **out);

/* states_fill() - Names for the numbers of a state's view, st->v. */
void states_fill(const struct natd *, struct show_state *st);

#endif
