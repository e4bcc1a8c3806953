/* SPDX-License-Identifier: ISC */
/*
 * Printing plain rules back as text.
 *
 * There is one canonical form: what is printed is accepted again and means
 * the same, and the print of the print is the print.
 */
#ifndef RULES_PRINT_H
#define RULES_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/addr.h"
#include "rules/addr_text.h"

struct anchor;
struct host;
struct iface_stmt;
struct pool;
struct queue;
struct route_stmt;
struct rule;
struct rule_addr;
struct ruleset;
struct ruleset_options;
struct table;
struct table_entry;

enum {
	PRINT_NUMBERS = 1,	/* -vv: "@N " before each rule, not indented;
				 * counts behind tables and interfaces */
	PRINT_SERVICES = 2,	/* -P: names instead of port numbers */
	/*
	 * The form that goes over the socket and into rule ids: `$nr' stays
	 * unreplaced in labels and tags, a made-up source-hash key is left
	 * out.
	 */
	PRINT_RAW = 4,
	PRINT_EXPIRED = 8,	/* also rules in `hide', with "# expired" */
	PRINT_NO_INDENT = 16,
	PRINT_ANCHORS = 32,	/* named anchors are shown with their rules */
};

struct print_options {
	int flags;		/* PRINT_* */
	struct host *host;	/* names of PRINT_SERVICES; NULL: built-in */
	/*
	 * With PRINT_NUMBERS: how many addresses a table holds or a dynamic
	 * interface stands for in this family (0: both); -1: not known, shown
	 * as *.  NULL: all are *.
	 */
	int (*count)(void *arg, const struct rule_addr *, uint8_t af);
	/* Which rules have expired (once); NULL: none. */
	bool (*expired)(void *arg, const struct rule *);
	void *arg;
	/* Printed after each rule's line if set; indent is in blanks. */
	void (*after)(void *arg, FILE *, const struct rule *, int indent);
};

/*
 * print_count_offline() - For print_options.count, with a host as its arg: by
 * the definitions of tables in the ruleset and the host's interfaces
 */
int print_count_offline(void *host, const struct rule_addr *, uint8_t af);

/* print_rule() - One rule without number, indentation and newline. */
void print_rule(FILE *, const struct rule *, const struct print_options *);

/*
 * print_rules() - The rules of an anchor: all classes in their order, one
 * line each, inline anchors with their contents between braces
 */
void print_rules(FILE *, const struct anchor *, const struct print_options *);

/*
 * print_loaded_rules() - The rules of an anchor that were loaded into it: all
 * but those that an anchor rule shows in braces
 */
void print_loaded_rules(FILE *, const struct anchor *,
    const struct print_options *);

/* print_class() - Those of one class only (enum rule_class). */
void print_class(FILE *, const struct anchor *, int class,
    const struct print_options *);

/* print_queues() - All queues, depth first. */
void print_queues(FILE *, const struct ruleset *);
void print_queue(FILE *, const struct queue *);

/* print_table() - A table's definition, without newline. */
void print_table(FILE *, const struct table *);

/* print_automatic() - Automatic tables of an anchor and those below it. */
void print_automatic(FILE *, const struct anchor *);

/* print_planes() - All interface and route statements. */
void print_planes(FILE *, const struct ruleset *);
void print_iface(FILE *, const struct iface_stmt *);
void print_route(FILE *, const struct route_stmt *);

/* print_rule_addr() - One address condition, without port and negation. */
void print_rule_addr(FILE *, const struct rule_addr *, uint8_t af,
    const struct print_options *);

/* print_entry() - A table entry, as in a table's list. */
void print_entry(FILE *, const struct table_entry *);

/* entry_text() - print_entry() into a malloc(3)ed string, or NULL. */
char *entry_text(const struct table_entry *);

/* print_quoted() - A string in quotes, as the scanner reads it back. */
void print_quoted(FILE *, const char *);

/* print_name() - A name as a word, or in quotes if it is no plain word. */
void print_name(FILE *, const char *);

/*
 * anchor_print() - The contents of one anchor as a text that loads again into
 * it: its tables and rules, and what was loaded into anchors below it
 */
void anchor_print(FILE *, const struct anchor *, int flags);

/*
 * ruleset_text() - The whole ruleset as a text that loads again
 * @flags: PRINT_RAW for what natctl sends to natd
 *
 * Options, interface and route statements, tables, queues and all rules,
 * contents of inline anchors in braces and of loaded anchors as well.  Table
 * files stand by name; macros are gone.
 *
 * Return: a malloc(3)ed string, or NULL.
 */
char *ruleset_text(const struct ruleset *, int flags);

#endif
