/* SPDX-License-Identifier: ISC */
/*
 * Printing a rule's state and its options.
 */
#include <stdarg.h>
#include <stdio.h>

#include "rules/names.h"
#include "rules/print_impl.h"

struct list {
	FILE *f;
	const char *before;	/* what opens the list if an item comes */
	unsigned n;
};

static void __attribute__((__format__(__printf__, 2, 3)))
item(struct list *l, const char *fmt, ...)
{
	va_list ap;

	fputs(l->n++ == 0 ? l->before : ", ", l->f);
	va_start(ap, fmt);
	vfprintf(l->f, fmt, ap);
	va_end(ap);
}

static void
limits(struct list *l, const struct rule_state_opts *st)
{
	if (st->max != 0)
		item(l, "max %u", st->max);
	if (st->no_sync)
		item(l, "no-sync");
	if (st->track != RULE_TRACK_OFF)
		item(l, "source-track %s", st->track == RULE_TRACK_RULE ?
		    "rule" : "global");
	if (st->max_src_states != 0)
		item(l, "max-src-states %u", st->max_src_states);
	if (st->max_src_conn != 0)
		item(l, "max-src-conn %u", st->max_src_conn);
	if (st->conn_rate != 0)
		item(l, "max-src-conn-rate %u/%u", st->conn_rate,
		    st->conn_rate_secs);
	if (st->max_src_nodes != 0)
		item(l, "max-src-nodes %u", st->max_src_nodes);
	if (st->overload_name == NULL)
		return;
	item(l, "overload <");
	print_name(l->f, st->overload_name);
	fputc('>', l->f);
	if (st->flush)
		fputs(" flush", l->f);
	if (st->flush_global)
		fputs(" global", l->f);
}

void
print_state(FILE *f, const struct rule *r)
{
	const struct rule_state_opts *st = &r->st;
	struct list l = { .f = f, .before = " keep state (" };
	unsigned i;

	if (r->state == RULE_STATE_NONE) {
		if (r->action == RULE_PASS && r->class == RULE_CLASS_FILTER)
			fputs(" no state", f);
		return;
	}
	if (r->state != RULE_STATE_KEEP) {
		fputs(r->state == RULE_STATE_MODULATE ? " modulate state" :
		    " synproxy state", f);
		l.before = " (";
	}
	limits(&l, st);
	if (st->if_bound)
		item(&l, "if-bound");
	else if (st->binding_set)
		item(&l, "floating");
	if (st->sloppy)
		item(&l, "sloppy");
	if (st->pflow)
		item(&l, "pflow");
	if (st->allow_related)
		item(&l, "allow-related");
	for (i = 0; i < TM_MAX; i++)
		if (st->timeout[i] != -1)
			item(&l, "%s %d", timeout_name(i), st->timeout[i]);
	if (l.n != 0)
		fputc(')', f);
}
