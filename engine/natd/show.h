/* SPDX-License-Identifier: ISC */
/*
 * The request "show", in parts: one function for each thing that is shown.
 *
 * Each writes at most PROTO_PORTION records and then the line that ends the
 * portion.
 */
#ifndef ENGINE_NATD_SHOW_H
#define ENGINE_NATD_SHOW_H

#include <jansson.h>
#include <stdint.h>

#include "ctl/show.h"

struct natd;
struct session;

/* Arguments that all share. */
struct show_args {
	const json_t *all;
	const char *anchor;	/* path, "" */
	uint64_t cursor;	/* 0: from the beginning */
	const json_t *filter;	/* NULL: none */
};

typedef void show_fn(struct session *, const struct show_args *);

show_fn show_rules, show_nat, show_labels, show_states, show_info,
    show_timeouts, show_memories, show_tables, show_table_entries,
    show_interfaces, show_queues, show_anchors, show_running, show_config;

/*
 * filter_ifname() - NAME of the filter ["if",NAME], NULL if there is none
 * Return: 0, or -EINVAL: another filter, answered with an error.
 */
int filter_ifname(struct session *, const json_t *filter, const char **name);

/* state_fill() - Names for the numbers of a state's view. */
void state_fill(const struct natd *, struct show_state *);

#endif
