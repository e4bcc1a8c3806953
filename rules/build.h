/* SPDX-License-Identifier: ISC */
/*
 * Building a plain ruleset from statements.
 *
 * A struct build is the state of one load.  Statements are worked off in
 * their order; options that act on what follows (block-policy, ...) are kept
 * here.  parser/load.c drives it: build_new(), then build_stmts() for the
 * main text and for each file that build_next_load() asks for, then
 * build_finish().
 */
#ifndef RULES_BUILD_H
#define RULES_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/ast.h"
#include "rules/diag.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

struct zone;
struct host;

/* A `load anchor' that waits for the main text to end. */
struct build_load {
	struct anchor *anchor;	/* that FILE is for */
	const char *path, *file;
	const struct ast_stmt *body;	/* contents in braces, or NULL */
	struct span loc;
	struct build_load *next;
};

/* `overload <T>' in some rule: somebody should read T. */
struct build_overload {
	struct anchor *anchor;
	const char *name;
	struct span loc;
	struct build_overload *next;
};

struct build {
	struct ruleset *rs;
	struct zone *zone;	/* the ruleset's */
	struct diag *diag;
	struct host *host;
	bool no_names, files;
	void (*sink)(void *, const char *);
	void *sink_arg;

	/* where statements go now */
	struct anchor *anchor;
	bool in_body;		/* between the braces of an inline anchor */
	bool in_ether;		/* and that is an ether anchor */
	bool options_apply;	/* false in files for anchors */
	bool sub;		/* the text is for an anchor of its own (-a) */

	/* what `set' said for the statements that follow */
	bool block_return;
	bool state_if_bound;
	bool reassemble;
	const struct ast *state_defaults;
	struct span state_defaults_at;
	bool require_order;
	int order;		/* rank of the last statement */
	struct span order_at;
	const char *order_what;

	uint32_t stmt;		/* number of the statement, from 1 */
	const char *file_name;	/* of file_nr, for origins */
	uint32_t file_nr;
	const struct span *at;	/* of the statement */
	unsigned auto_tables;
	unsigned depth;
	struct build_load *loads, *loads_tail;
	unsigned nloads;
	struct table_slot *slots;	/* hash of tables by anchor, name */
	size_t nslots, nused;
	struct queue *queues_tail;
	struct queue *queues_failed;	/* that had a mistake */
	struct iface_stmt *ifaces_tail;
	struct route_stmt *routes_tail;
	/* overload tables of rules, with their places */
	struct build_overload *overloads;
	bool warn;		/* about those that no rule reads */
};

struct build *build_new(struct diag *, struct host *);
/* build_free() - Ends the build; its ruleset too unless taken away. */
void build_free(struct build *);

/*
 * build_declare() - Before all rules, what holds for them wherever it stands:
 * interface statements, which the host is told, and `set reassemble', whose
 * print stands before all rules
 */
void build_declare(struct build *, const struct ast_stmt *);
void build_stmts(struct build *, const struct ast_stmt *);
struct build_load *build_next_load(struct build *);
/* build_finish() - What can only be said when all is read. */
void build_finish(struct build *);

/* build_origin() - Where the statement in work stands. */
struct rule_origin build_origin(struct build *, const struct span *);
/* origin_note() - A note about another statement, if it has a place. */
void origin_note(struct build *, const struct rule_origin *,
    const char *fmt, ...) __attribute__((__format__(__printf__, 3, 4)));
void build_say(struct build *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/*
 * number_in() - A number in a range, or an error that tells the range
 * @what: the number's name, the error's first words
 */
bool number_in(struct build *, const struct ast *, int64_t lo, int64_t hi,
    const char *what, int64_t *out);

/* statements, one function each */
void build_set(struct build *, const struct ast_stmt *);
void build_table(struct build *, const struct ast_stmt *);
void build_queue(struct build *, const struct ast_stmt *);
void build_rule(struct build *, const struct ast_stmt *);
void build_anchor(struct build *, const struct ast_stmt *);
void build_load_anchor(struct build *, const struct ast_stmt *);
void build_antispoof(struct build *, const struct ast_stmt *);
void build_xlate(struct build *, const struct ast_stmt *);
void build_scrub(struct build *, const struct ast_stmt *);
void build_ether(struct build *, const struct ast_stmt *);
void build_interface(struct build *, const struct ast_stmt *);
void build_route(struct build *, const struct ast_stmt *);

void queues_check(struct build *);
#define BUILD_RULES_MAX (1u << 22)	/* of one ruleset */
void routes_check(struct build *);

/* tables */
struct table *tabledef_find(struct build *, const struct anchor *,
    const char *name);
struct table *tabledef_get(struct build *, struct anchor *, const char *name);
struct table *tabledef_automatic(struct build *);
void tabledef_add_entry(struct build *, struct table *,
    const struct table_entry *);

/* anchors */
struct anchor *anchor_get(struct build *, struct anchor *from,
    const char *path);

/*
 * The parts of one statement, sorted.  Options stay in `all', to be walked.
 */
enum {			/* kinds of statements, for parts */
	IN_FILTER = 1, IN_ANCHOR = 2, IN_NAT = 4, IN_BINAT = 8, IN_SCRUB = 16,
	IN_ANTISPOOF = 32, IN_ETHER = 64, IN_XANCHOR = 128,
};

struct parts {
	const struct ast_stmt *stmt;
	const struct ast *all;
	const struct ast *dir, *log, *quick, *on, *af, *proto, *from, *to;
	const struct ast *route;	/* in either place */
	bool route_classic;
	const struct ast *arrow, *pass, *forif, *bridge, *l3;
	const struct ast *l3from, *l3to;
	/* options that other checks point at */
	const struct ast *flags, *icmp, *state, *user, *group, *fragment;
	const struct ast *nat, *rdr, *binat, *afto, *nptv6, *divert, *scrub;
	const struct ast *allow_opts, *once;
};

/* parts_sort() - False after an error. */
bool parts_sort(struct build *, const struct ast_stmt *, int kind,
    struct parts *);

/* Addresses after names are resolved. */
struct host_item {
	struct rule_addr addr;
	bool neg;
	const char *scope;	/* interface that a link-local one means */
	uint16_t weight;
	uint32_t ttl;
	const struct ast *node;
};

struct host_list {
	struct host_item *v;
	size_t n;
};

enum host_where { FOR_SOURCE, FOR_DEST, FOR_TABLE, FOR_POOL, FOR_ROUTE };

/* hosts_resolve() - False after an error. */
bool hosts_resolve(struct build *, const struct ast *, enum host_where,
    struct host_list *);
/* hosts_word() - The same for a word, as of a table file. */
bool hosts_word(struct build *, const struct span *, const char *word,
    int64_t plen, enum host_where, struct host_list *);
/* dynif_parse() - The name and modifiers of (IF:MOD). */
bool dynif_parse(struct build *, const struct span *, const char *text,
    struct rule_addr *);
/* if_addrs() - Addresses of an interface, by RULE_MOD_*. */
void if_addrs(struct build *, const char *name, int mods, int64_t plen,
    struct host_list *);

/* A pool before it is fitted to a combination's family. */
struct pool_spec {
	const struct ast *node;		/* A_POOL */
	struct host_list hosts;
	struct pool opt;		/* options without addresses */
	bool port_star;			/* port N:* */
	bool is_nat, is_route;
};

/* pool_spec_read() - Resolve and check a pool; false after an error. */
bool pool_spec_read(struct build *, const struct ast *, bool is_nat,
    bool is_route, struct pool_spec *);
/*
 * pool_fit() - The pool for one rule: its family, its port range
 * @af: of the addresses wanted, 0: either; set to that of the pool then
 * @match: ports of the rule that `N:*' refers to
 *
 * Return: NULL after an error.
 */
struct pool *pool_fit(struct build *, const struct pool_spec *, uint8_t *af,
    const struct rule_port *match, bool classic);

/* route_fit() - The same for the classic route-to (IF ADDR). */
struct pool *route_fit(struct build *, const struct pool_spec *, uint8_t af);
/* route_spec_read() - Read a route option; false after an error. */
bool route_spec_read(struct build *, const struct ast *, bool classic,
    struct pool_spec *);

/* The lists of one statement, and what is the same in all its rules. */
struct expansion {
	const struct parts *parts;
	struct rule r;		/* the template */
	const struct ast *ifs;
	uint8_t *protos;
	size_t nprotos;
	const struct ast *icmps;
	uint8_t icmp_af;
	struct host_list from, to;
	struct rule_port *fports, *tports;
	size_t nfports, ntports;
	const struct ast *oses;
	struct rule_owner *users, *groups;
	size_t nusers, ngroups;
	bool flags_given;
	/* label, tag, tagged: text with macros still in */
	struct pool_spec nat, rdr, route;
	bool has_nat, has_rdr, has_route, is_binat;
	struct host_list divert;
	const struct span *at;	/* of the statement */
	bool has_errors;
};

/* common to all kinds of rules; false after an error */
bool expansion_begin(struct build *, const struct parts *, int class,
    int action, struct expansion *);
bool expansion_options(struct build *, struct expansion *);
bool expansion_state(struct build *, struct expansion *);
void expand(struct build *, struct expansion *);

/* check_rule() - Rules of 15; says what is wrong. False: do not add it. */
bool check_rule(struct build *, const struct expansion *, const struct rule *);
bool check_statement(struct build *, struct expansion *);

/* words to plain values; false after an error */
bool ports_read(struct build *, const struct ast *, struct rule_port **,
    size_t *);
bool port_word(struct build *, const struct ast *, uint16_t *lo,
    uint16_t *hi, bool *range, bool *star);
bool protos_read(struct build *, const struct ast *, uint8_t **, size_t *);
bool owners_read(struct build *, const struct ast *, bool group,
    struct rule_owner **, size_t *);
bool icmp_read(struct build *, const struct ast *, uint8_t af,
    struct rule *);
bool tos_read(struct build *, const struct ast *, int16_t *);
bool iface_read(struct build *, const struct ast *, struct rule *);
bool log_read(struct build *, const struct ast *, struct rule *);
bool text_read(struct build *, const struct ast *, const char *what,
    size_t max, const char **);
bool stateopts_read(struct build *, const struct ast *, struct rule *);

/* macro_text() - Replace $if, $srcaddr ... but not $nr. */
const char *macro_text(struct build *, const struct rule *, const char *);
/* macro_nr() - Replace $nr. */
const char *macro_nr(struct build *, const char *, uint32_t nr);

#endif
