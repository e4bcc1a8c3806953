/* SPDX-License-Identifier: ISC */
/*
 * The plain ruleset: all that one load of a file says.
 *
 * A tree of anchors holds the rules and tables; beside it stand the options,
 * queues, interfaces and routes.  Everything lives in the ruleset's zone and
 * goes with ruleset_free().  Once loaded it is read-only, so any number of
 * threads may read it.
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"
#include "rules/rule.h"

struct zone;

/* A network or address in a table. */
struct table_entry {
	struct addr addr;	/* host bits clear */
	uint8_t af;
	uint8_t plen;
	bool neg;		/* ! */
	uint16_t weight;	/* 1-65535; 0: not written, counts as 1 */
	uint32_t ttl;		/* s until it expires; 0: never */
};

/* A piece of a table's definition: a list, or a file and what was in it. */
struct table_part {
	const char *file;	/* NULL: a list */
	struct table_entry *v;	/* in the order of the text */
	uint32_t n;
	bool loaded;		/* file: v was read from it */
};

struct table {
	const char *name;
	struct anchor *anchor;	/* that it belongs to */
	bool defined;		/* by a statement; false: rules name it only */
	bool constant;		/* const */
	bool persist;
	bool counters;
	bool automatic;		/* made from a pool list: __automatic_N */
	bool written;		/* by a statement, even if automatic */
	/* has a list or file, so a load replaces the contents, maybe by none */
	bool initialized;
	struct table_part *parts;
	uint32_t nparts;
	uint32_t refs;		/* rules that name it */
	uint32_t reads;		/* of these: as an address or a pool */
	struct rule_origin origin;
	struct table *next;	/* of the same anchor, in order of definition */
};

/* The rules of one class in one anchor. */
struct rulelist {
	struct rule **v;	/* in order; v[i]->nr == i */
	uint32_t n;
};

struct anchor {
	const char *name;	/* last part of the path; "" for the root */
	const char *path;	/* "a/b/c"; "" for the root */
	struct anchor *parent;	/* NULL for the root */
	struct anchor *children; /* in alphabetical order */
	struct anchor *next;	/* sibling */
	struct rulelist rules[RULE_CLASS_MAX];
	struct table *tables, *tables_tail;
	/*
	 * Contents are given in this load: the root, inline anchors and
	 * targets of `load anchor'.  Others are only named by rules, and a
	 * load leaves alone what was put into them from outside.
	 */
	bool given;
	struct rule_origin inlined_at;
	bool inlined;		/* between braces: filter rules */
	bool inlined_ether;	/* between braces: ether rules */
	uint32_t depth;		/* of nesting braces */
	uint32_t nunnamed, nunnamed_ether; /* children without a name */
};

enum limit_name {
	LIMIT_STATES,
	LIMIT_SRC_NODES,
	LIMIT_FRAGS,
	LIMIT_TABLES,
	LIMIT_TABLE_ENTRIES,
	LIMIT_ANCHORS,
	LIMIT_PKTDELAY,
	LIMIT_MAX,
};

enum debug_level {		/* syslog's numbers */
	DEBUG_EMERG, DEBUG_ALERT, DEBUG_CRIT, DEBUG_ERR, DEBUG_WARNING,
	DEBUG_NOTICE, DEBUG_INFO, DEBUG_DEBUG, DEBUG_MAX,
};

enum syncookies { SYNCOOKIES_NEVER, SYNCOOKIES_ALWAYS, SYNCOOKIES_ADAPTIVE };

/* Options, one bit for each that a statement of the text set. */
enum {
	OPT_OPTIMIZATION = 1 << 0,
	OPT_LOGINTERFACE = 1 << 1,
	OPT_HOSTID = 1 << 2,
	OPT_BLOCK_POLICY = 1 << 3,
	OPT_FAIL_POLICY = 1 << 4,
	OPT_STATE_POLICY = 1 << 5,
	OPT_DEBUG = 1 << 6,
	OPT_FINGERPRINTS = 1 << 7,
	OPT_SKIP = 1 << 8,
	OPT_REASSEMBLE = 1 << 9,
	OPT_SYNCOOKIES = 1 << 10,
	OPT_REQUIRE_ORDER = 1 << 11,
	OPT_KEEPCOUNTERS = 1 << 12,
	OPT_NAT_POLICY = 1 << 13,
	OPT_RELOAD_STATES = 1 << 14,
	OPT_ON_EXIT = 1 << 15,
	OPT_ON_OVERLOAD = 1 << 16,
	OPT_WORKERS = 1 << 17,
	OPT_RULESET_OPTIMIZATION = 1 << 18,
	OPT_STATE_DEFAULTS = 1 << 19,
	OPT_UDP_GRO = 1 << 20,
};

/*
 * What `set' statements say, defaults filled in.  Options that act on the
 * rules behind them (block-policy, fail-policy, state-policy, state-defaults)
 * are already part of the plain rules; here stands the last value, for print.
 */
struct ruleset_options {
	uint32_t set;		/* OPT_* */
	int32_t timeout[TM_MAX];	/* s, or states; all filled in */
	uint32_t timeout_set;	/* bit 1 << enum timeout: set by name */
	uint32_t limit[LIMIT_MAX];	/* all filled in */
	uint32_t limit_set;	/* bit 1 << enum limit_name */
	const char *optimization; /* "normal" */
	const char *loginterface; /* NULL: none */
	uint32_t hostid;	/* 0: choose one */
	bool block_return;
	bool fail_return;
	bool state_if_bound;
	uint8_t debug;		/* enum debug_level */
	const char *fingerprints;
	const char **skip;	/* interfaces, groups, drivers */
	uint32_t nskip;
	bool reassemble;	/* default true */
	bool reassemble_no_df;
	uint8_t syncookies;	/* enum syncookies */
	bool syncookies_numbers; /* start, end were written */
	uint8_t syncookies_start, syncookies_end;	/* percent */
	bool require_order;
	bool nat_rfc;		/* set nat-policy rfc */
	bool reload_recheck;	/* set reload-states recheck */
	bool exit_pass;		/* set on-exit pass */
	bool overload_pass;	/* set on-overload pass */
	bool no_udp_gro;	/* set udp-gro no */
	uint32_t workers;	/* 0: number of cores */
};

/* Where the statements stand that set options; line 0: none does. */
struct option_origins {
	struct rule_origin option[32];		/* by the number of its bit */
	struct rule_origin timeout[TM_MAX], limit[LIMIT_MAX];
};

/* queue ... bandwidth BW: bits per second. */
struct queue_rate {
	uint64_t rate;		/* 0: not written */
	uint64_t burst;		/* 0: not written */
	uint32_t burst_ms;
};

struct queue {
	const char *name;
	const char *ifname;	/* of a root queue; NULL otherwise */
	const char *parent;	/* NULL for a root queue */
	struct queue_rate bandwidth, min, max;
	uint32_t flows, quantum;	/* 0: not written */
	uint32_t qlimit;	/* packets, default 50 */
	bool qlimit_set;
	bool is_default;
	struct rule_origin origin;
	struct queue *parent_queue;	/* NULL for a root queue */
	struct queue *children, *sibling;	/* in order of definition */
	struct queue *next;	/* all queues, in order of definition */
};

enum iface_plane { PLANE_TUN, PLANE_DIVERT, PLANE_XDP, PLANE_PCAP };

struct iface_addr {
	struct addr addr;	/* with host bits */
	uint8_t af, plen;
};

/* interface NAME tun|divert|xdp|pcap ... */
struct iface_stmt {
	const char *name;
	uint8_t plane;		/* enum iface_plane */
	uint32_t queues;	/* tun; 0: one per worker */
	uint32_t mtu;		/* tun; 0: 1500 */
	const char *netns;	/* tun; NULL: natd's own */
	struct iface_addr *addrs, *peers;	/* tun */
	uint32_t naddrs, npeers;
	bool is_default;	/* tun */
	const char *pcap_read, *pcap_write;	/* pcap */
	struct rule_origin origin;
	struct iface_stmt *next;
};

/* route PREFIX via ADDR */
struct route_stmt {
	struct addr net, via;	/* of one family */
	uint8_t af, plen;
	struct iface_stmt *iface;	/* whose prefix holds `via' */
	struct rule_origin origin;
	struct route_stmt *next;
};

/* load anchor NAME from FILE, as written; already carried out. */
struct anchor_load {
	const char *name, *file;
	struct anchor_load *next;
};

struct ruleset {
	struct zone *zone;
	struct anchor *root;
	struct ruleset_options options;
	struct option_origins set_at;
	struct queue *queues;
	struct iface_stmt *ifaces;
	struct route_stmt *routes;
	struct anchor_load *loads;
	uint32_t nrules;	/* of all classes in all anchors */
	uint32_t nstmts;
};

/* ruleset_free() - Give back a ruleset and all that it holds. */
void ruleset_free(struct ruleset *);

/*
 * ruleset_anchor() - Find an anchor by its path ("a/b"; "" is the root)
 *
 * Return: the anchor, or NULL.
 */
struct anchor *ruleset_anchor(const struct ruleset *, const char *path);

/*
 * ruleset_anchor_make() - The same, made with all above it if there is none
 *
 * Return: the anchor, or NULL (no memory).
 */
struct anchor *ruleset_anchor_make(struct ruleset *, const char *path);

/*
 * anchor_child() - The child of this name, made if there is none
 * @name: lives as long as the zone
 *
 * Return: the child, or NULL (no memory, if the zone has nowhere else to go).
 */
struct anchor *anchor_child(struct zone *, struct anchor *parent,
    const char *name);

/*
 * ruleset_walk() - Call @fn for every rule of every anchor
 *
 * Depth first: the rules of an anchor in the order of classes, then its
 * children in alphabetical order.  Ends early if @fn returns nonzero.
 *
 * Return: 0, or what @fn returned.
 */
int ruleset_walk(const struct ruleset *,
    int (*fn)(const struct rule *, const struct anchor *, void *), void *);

/*
 * rule_origin_span() - The place of a statement, for messages
 *
 * @sp is "nowhere" if the origin is.
 */
struct diag;
struct span;
void rule_origin_span(struct diag *, const struct rule_origin *,
    struct span *sp);

/*
 * rule_init() - A rule that asks nothing and does nothing but @action
 * @class: enum rule_class; @action: enum rule_action
 */
void rule_init(struct rule *, uint8_t class, uint8_t action);

#endif
