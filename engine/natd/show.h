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

struct session;

/* Arguments that all share. */
struct show_args {
	const json_t *all;
	const char *anchor;	/* path, "" */
	uint64_t cursor;	/* 0: from the beginning */
	const json_t *filter;	/* NULL: none */
};

typedef void show_fn(struct session *, const struct show_args *);

show_fn show_rules, show_nat, show_labels, show_states, show_sources, show_info,
    show_tables, show_table_entries, show_queues;

/*
 * filter_ifname() - NAME of the filter ["if",NAME], NULL if there is none
 * Return: 0, or -EINVAL: another filter, answered with an error.
 */
int filter_ifname(struct session *, const json_t *filter, const char **name);

#endif
