/* SPDX-License-Identifier: ISC */
/*
 * The syntax tree: what the grammar builds and the checks read.
 *
 * A file is a list of statements.  A rule of any kind is a list of parts, in
 * the order in which they were written; the grammar says what a part looks
 * like, and rules/part.c says which parts a kind of statement takes and in
 * which order.  All nodes are of one type, `struct ast', whose members mean
 * what the list below says.  Lists are linked by `next'.  Everything lives in
 * a zone and is not changed after parsing.
 */
#ifndef RULES_AST_H
#define RULES_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/diag.h"

struct zone;

enum ast_kind {
	/* words */
	A_WORD,		/* s; n if it is a number */
	A_NUMBER,	/* s, n */

	/*
	 * Addresses: op is an enum host_kind, s a name or address, s2 the
	 * end of a range or the address of a classic route entry, n the
	 * prefix length or -1, neg, n2 the weight or 0, ttl in a: A_NUMBER.
	 */
	A_HOST,
	A_IF,		/* s, neg; op: enum if_kind; n for rdomain */
	A_PORT,		/* op: enum rule_op; a, b: words */
	A_OWNER,	/* the same, for user and group */
	A_ICMP,		/* a: type word, b: code word or NULL */
	A_POOL,		/* a: hosts, b: port words "from[:to]", c: options */
	A_POOLOPT,	/* op: enum poolopt_kind, a, b, c: arguments */
	A_STATEOPT,	/* op: enum stateopt_kind, a, b: arguments */
	A_SCRUBOPT,	/* op: enum scrubopt_kind, a: argument */
	A_SETOPT,	/* op: enum setopt_kind, a, b: arguments */
	A_BANDWIDTH,	/* a: rate, b: burst, c: "Nms" */
	A_PAIR,		/* a, b */

	/* parts of rules */
	P_PASS,		/* nat pass */
	P_DIR,		/* op: enum rule_dir */
	P_LOG,		/* op: RULE_LOG bits, s: pflogN or NULL */
	P_QUICK,
	P_ON,		/* a: A_IF list */
	P_ROUTE,	/* op: enum rule_route, a: A_POOL; fastroute: op 0 */
	P_AF,		/* n: AF_INET, AF_INET6 */
	P_PROTO,	/* a: words */
	P_ALL,
	P_FROM,		/* a: hosts, b: ports, c: os words; NULL: absent */
	P_TO,		/* a: hosts, b: ports */
	P_L3,
	P_BRIDGE,	/* a: word */
	P_ARROW,	/* a: A_POOL */
	P_FOR,		/* antispoof: a: A_IF list, neg: in parentheses */

	P_USER,		/* a: A_OWNER list */
	P_GROUP,
	P_FLAGS,	/* a: set word, b: mask word; both NULL: any */
	P_ICMP,		/* op: 4 or 6; a: A_ICMP list */
	P_TOS,		/* a: word */
	P_PRIO,		/* a: number */
	P_RECEIVED,	/* s, neg; s NULL: any */
	P_TAGGED,	/* s, neg */
	P_TAG,		/* s */
	P_FRAGMENT,
	P_ALLOWOPTS,
	P_PROBABILITY,	/* a: word */
	P_PKTRATE,	/* a, b: numbers */
	P_PKTSIZE,	/* a: number */
	P_ONCE,
	P_RTABLE,	/* a: number */
	P_LABEL,	/* s */
	P_RIDENTIFIER,	/* a: number */
	P_DN,		/* op: 1 for queues, a, b: numbers */
	P_SET,		/* a: A_SETOPT list */
	P_SCRUB,	/* a: A_SCRUBOPT list */
	P_SCRUBOPT,	/* a: A_SCRUBOPT, written alone: scrub rules */
	P_STATE,	/* op: enum rule_state, a: A_STATEOPT list */
	P_DIVERT,	/* op: enum rule_divert, a: A_HOST, b: port word */
	P_NAT,		/* a: A_POOL */
	P_RDR,
	P_BINAT,
	P_AFTO,		/* n: family, a: A_POOL from, b: A_POOL to or NULL */
	P_NPTV6,	/* a, b: A_HOST */
};

enum host_kind {
	HOST_NAME,	/* s[/n]: name, interface or address */
	HOST_RANGE,	/* s - s2 */
	HOST_DYN,	/* (s)[/n] */
	HOST_TABLE,	/* <s> */
	HOST_NOROUTE,
	HOST_URPF,
	HOST_RTLABEL,	/* route "s" */
	HOST_ANY,
	HOST_ROUTE,	/* (s s2[/n]): classic route entry */
};

enum if_kind { IF_NAME, IF_ANY, IF_RDOMAIN, IF_DYN };

enum poolopt_kind {
	PO_TYPE,	/* n: enum pool_type; a: source-hash key */
	PO_STICKY,
	PO_STATICPORT,
	PO_PRESERVEPORT,
	PO_ENDPOINT,	/* a: word of the filter, or NULL */
	PO_ENDPOINT_DEP,
	PO_PORTBLOCK,	/* a: size, b: max */
	PO_HAIRPIN,
	PO_MAPE,	/* a, b, c */
	PO_NEXTHOP6,
};

enum stateopt_kind {
	SO_MAX,		/* a: number */
	SO_NOSYNC,
	SO_PFLOW,
	SO_SLOPPY,
	SO_IFBOUND,
	SO_FLOATING,
	SO_TRACK,	/* n: enum rule_track, 0 for plain */
	SO_MAXSRCSTATES,
	SO_MAXSRCNODES,
	SO_MAXSRCCONN,
	SO_MAXSRCCONNRATE, /* a, b */
	SO_OVERLOAD,	/* s; n: 1 flush, 2 flush global */
	SO_RELATED,
	SO_TIMEOUT,	/* a: name, b: number */
};

enum scrubopt_kind {
	SC_NODF,
	SC_RANDOMID,
	SC_MINTTL,
	SC_MAXMSS,	/* a: number or the word auto */
	SC_SETTOS,
	SC_REASSEMBLE_TCP,
	SC_FRAG_REASSEMBLE,
	SC_FRAG_NOREASSEMBLE,
};

enum setopt_kind { SET_PRIO, SET_QUEUE, SET_TOS, SET_DELAY, SET_MARK };

struct ast {
	uint8_t kind;	/* enum ast_kind */
	uint8_t op;
	bool neg;
	bool quoted;	/* a word that stood in quotes */
	struct span loc;
	const char *s, *s2;
	int64_t n, n2;
	struct ast *a, *b, *c;
	struct ast *next;
	struct ast *last;	/* of a list, in its first node */
};

enum stmt_kind {
	ST_MACRO,	/* text: the line to print */
	ST_SET,		/* word, args: see enum set_kind in `op' */
	ST_TABLE,	/* word: name, args: A_WORD or A_HOST list: parts */
	ST_QUEUE,	/* word: name, args */
	ST_RULE,	/* op: enum rule_action pass, block, match */
	ST_ANCHOR,	/* op: enum rule_class; word: name or NULL, body */
	ST_LOAD,	/* word: name, args: file; or body */
	ST_ANTISPOOF,
	ST_XLATE,	/* op: enum rule_class; neg: `no' */
	ST_SCRUB,	/* neg: `no' */
	ST_ETHER,	/* op: pass, block */
	ST_INTERFACE,	/* args: words */
	ST_ROUTE,	/* args: words */
};

enum set_kind {
	SETS_TIMEOUT,	/* args: A_PAIR list */
	SETS_LIMIT,
	SETS_OPTIMIZATION,
	SETS_RULESETOPT,
	SETS_LOGINTERFACE,
	SETS_HOSTID,
	SETS_BLOCKPOLICY, /* n: 1 return */
	SETS_FAILPOLICY,
	SETS_STATEPOLICY, /* n: 1 if-bound */
	SETS_STATEDEFAULTS,
	SETS_DEBUG,
	SETS_FINGERPRINTS,
	SETS_SKIP,	/* args: A_IF list */
	SETS_REASSEMBLE, /* args: word, neg: no-df */
	SETS_SYNCOOKIES, /* args: word, then words in parentheses */
	SETS_REQUIREORDER,
	SETS_WORD,	/* word: the option, args: its value */
};

/* How a block action was written. */
struct ast_block {
	bool plain;	/* nothing: set block-policy decides */
	uint8_t ret;	/* enum rule_return */
	struct ast *ttl;
	bool icmp6;	/* return-icmp6: code is the ICMPv6 one */
	struct ast *code, *code6;
};

/* A piece of a table definition. */
struct ast_tpart {
	struct ast *word;	/* const, persist, counters */
	struct ast *file;
	struct ast *hosts;
	bool list;		/* a list, maybe empty */
	struct ast_tpart *next, *last;
};

/* A piece of a queue definition. */
enum qpart_kind {
	Q_ON, Q_PARENT, Q_BANDWIDTH, Q_MIN, Q_MAX, Q_FLOWS, Q_QUANTUM,
	Q_QLIMIT, Q_DEFAULT, Q_ALTQ,
};

struct ast_stmt {
	uint8_t kind;	/* enum stmt_kind */
	uint8_t op;
	bool neg;
	bool has_body;
	bool end_body;
	int n;
	struct span loc;
	struct ast *word;
	struct ast *args;
	struct ast *parts;
	struct ast_block *block;
	struct ast_tpart *tparts;
	const char *text;
	struct ast_stmt *body;
	struct ast_stmt *next, *last;
};

/* ast_new() - A node of this kind, all else zero. */
struct ast *ast_new(struct zone *, int kind, const struct span *);

/* ast_append() - Add @node (maybe a list) to @list (maybe NULL). */
struct ast *ast_append(struct ast *list, struct ast *node);

struct ast *ast_op(struct zone *, int kind, const struct span *, int op,
    struct ast *a, struct ast *b);
struct ast *ast_num(struct zone *, int kind, const struct span *, int64_t n,
    struct ast *a);
struct ast *ast_str(struct zone *, int kind, const struct span *,
    const char *s, bool neg);

/* ast_host() - An address; @plen NULL: none. */
struct ast *ast_host(struct zone *, const struct span *, int host_kind,
    const struct ast *word, const struct ast *word2, const struct ast *plen);

/* ast_join() - Two words as one, with a blank between; text in @strings. */
struct ast *ast_join(struct zone *, struct zone *strings, struct ast *,
    const struct ast *);

struct ast_stmt *ast_stmt(struct zone *, int kind, const struct span *,
    int op);
struct ast_stmt *ast_stmt_append(struct ast_stmt *list, struct ast_stmt *);
struct ast_tpart *ast_tpart(struct zone *, struct ast *word,
    struct ast *file, struct ast *hosts, bool list);
struct ast_tpart *ast_tpart_append(struct ast_tpart *, struct ast_tpart *);
struct ast_block *ast_block(struct zone *, int ret, bool plain);

/*
 * ast_number() - The value of a number or a word like 0x1f
 *
 * Return: true and the value, or false if the word is no number or exceeds
 * 63 bits.
 */
bool ast_number(const struct ast *, int64_t *);

#endif
