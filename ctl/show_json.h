/* SPDX-License-Identifier: ISC */
/*
 * Records of the control protocol: a struct of ctl/show.h as a JSON line,
 * and back.
 *
 * show_X_write() puts one line, {"type":TYPE,...} and a newline, into the
 * buffer.  show_X_read() fills the struct from a parsed line; strings that
 * are pointers point into the json_t.  It returns 0, or -EINVAL when the line
 * is of another type or a member makes no sense.
 */
#ifndef CTL_SHOW_JSON_H
#define CTL_SHOW_JSON_H

#include <jansson.h>

#include "ctl/jsonbuf.h"
#include "ctl/show.h"

#define SHOW_RECORDS(X)    \
	X(state, "state")  \
	X(source, "source") \
	X(rule, "rule")    \
	X(label, "label")  \
	X(info, "info")    \
	X(counter, "counter") \
	X(timeout, "timeout") \
	X(limit, "limit")  \
	X(memory, "memory") \
	X(table, "table")  \
	X(entry, "entry")  \
	X(iface, "interface")

#define SHOW_DECLARE(name, type)                                       \
	void show_##name##_write(struct jsonbuf *, const struct show_##name *); \
	int show_##name##_read(const json_t *, struct show_##name *);
SHOW_RECORDS(SHOW_DECLARE)
#undef SHOW_DECLARE

/* show_type() - The type of a record, or NULL if the line is none. */
const char *show_type(const json_t *);

/*
 * show_state_scan() - A state from its line as natd writes it, in a tenth of
 * the time of a parser: answers of states are long
 * @line: without the newline; written to, and @st points into it
 *
 * Return: 0, or -EINVAL: parse it, and show_state_read() will tell.
 */
int show_state_scan(char *line, struct show_state *);

/* The members of a load report: the value of "done". */
void load_report_write(struct jsonbuf *, const struct load_report *);
int load_report_read(const json_t *, struct load_report *);

#endif
