/* SPDX-License-Identifier: ISC */
/*
 * What natctl shows as text: one function for each kind of record.
 *
 * The forms are pf's, so that a script that reads pfctl's output reads this;
 * what pf does not know stands on lines of its own, below pf's.
 */
#ifndef CTL_FORMAT_H
#define CTL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/show.h"

/* How to print. */
struct format {
	FILE *out;
	unsigned verbose;	/* number of -v */
	bool detail;		/* -g */
	/*
	 * -r: the host name of an address, or NULL if it has none; valid
	 * until the next call.  NULL: addresses are printed.
	 */
	const char *(*name)(void *arg, uint8_t af, const struct addr *);
	/* -P: the service name of a port, or NULL.  NULL: numbers. */
	const char *(*service)(void *arg, uint8_t proto, uint16_t port);
	void *arg;
};

/*
 * format_state() - -s states: a line; -v: TCP's windows, facts, and both
 * directions of a translated connection; -vv: identity and rule
 */
void format_state(const struct format *, const struct show_state *);

/* format_source() - -s Sources: a line; -v: facts. */
void format_source(const struct format *, const struct show_source *);

/* format_rule() - -s rules, nat: a line; -v: counters; -vv: number. */
void format_rule(const struct format *, const struct show_rule *);
void format_label(const struct format *, const struct show_label *);

/*
 * format_info() - -s info
 * @v: @n rows of counters, each part's together, in the order of the print
 * @logif: counters of the loginterface, or NULL
 */
void format_info(const struct format *, const struct show_info *,
    const struct show_counter *v, size_t n, const struct show_iface *logif);

void format_timeout(const struct format *, const struct show_timeout *);
void format_limit(const struct format *, const struct show_limit *);
void format_memory(const struct format *, const struct show_memory *);
void format_table(const struct format *, const struct show_table *);
void format_iface(const struct format *, const struct show_iface *);

/* format_anchor() - A path below @base ("": the root); the rest is hidden. */
void format_anchor(const struct format *, const char *path, const char *base);

/*
 * format_entry() - An entry of a table: -T show; with @test (-T test -vv) the
 * entry that matches behind it
 */
void format_entry(const struct format *, const struct show_entry *, bool test);

/* format_entry_stats() - -T show -v: what is known of it, below its line. */
void format_entry_stats(const struct format *, const struct show_entry *);

#endif
