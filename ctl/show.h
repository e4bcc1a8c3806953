/* SPDX-License-Identifier: ISC */
/*
 * What natd shows and natctl prints: one plain struct for each kind of
 * record.  ctl/show_json.h carries them over the socket.
 *
 * Strings are copies in the struct (names have a limit) or, if they may be
 * long, pointers; of a struct that was read from JSON they point into the
 * json_t and live as long as it does.  Counts of two: [0] in, [1] out, unless
 * said otherwise.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/view.h"

#define SHOW_NAME 64	/* names of tables, tags, labels, with the NUL */

/* A state: the engine's view with its numbers replaced by names. */
struct show_state {
	struct state_view v;
	char ifname[IFACE_NAMELEN];	/* "all" if floating */
	char if_seen[IFACE_NAMELEN];	/* interface it runs over */
	uint64_t rule;			/* id of the rule that made it, 0: none */
	uint8_t rule_digits;		/* that tell it from others; 0: all */
	int64_t nr;			/* its number now; -1: gone, or none */
	const char *anchor;		/* path of its anchor; "" is the root */
	const char *label;		/* of the rule, one a line; "" */
};

/* A source node: what a source was given by a rule with sticky-address. */
struct show_source {
	uint8_t af;
	struct addr src;
	char word[16];		/* what the rule says: "route-to" */
	struct addr to;		/* zero: an interface alone */
	char ifname[IFACE_NAMELEN]; /* of a next hop; "": that of its route */
	uint32_t states;
	uint32_t age;		/* s */
	uint32_t expires;	/* s; 0 while there are states */
	uint64_t packets, bytes; /* of states that have ended */
	uint64_t rule;		/* id */
	uint8_t rule_digits;	/* that tell it from others; 0: all */
	int64_t nr;		/* its number now; -1: gone */
	const char *anchor;	/* path of its anchor; "" is the root */
};

/* A rule.  All counts are 0 in the record that closes a brace. */
struct show_rule {
	int64_t nr;		/* in its ruleset; -1: the closing brace */
	uint64_t id;
	uint8_t id_digits;	/* that tell it from others; 0: all */
	const char *anchor;	/* path of the anchor it stands in */
	const char *rclass;	/* "filter", "nat", "rdr", "binat", "scrub" */
	const char *text;	/* canonical, without indentation; "}" */
	const char *file;
	uint32_t line, stmt;
	uint32_t depth;		/* of braces around it */
	bool open;		/* braces follow: the text ends in " {" */
	bool expired;		/* once */
	uint64_t evaluations;
	uint64_t packets[2], bytes[2];
	uint64_t states, created;
	uint32_t uid, pid;	/* who loaded it */
};

struct show_label {
	const char *label;	/* all of the rule, a blank between them */
	uint64_t evaluations;
	uint64_t packets[2], bytes[2];
	uint64_t states, created;
};

struct show_info {
	bool enabled;
	uint64_t since;		/* unix time of the last enable or disable */
	uint64_t started;	/* unix time */
	uint64_t now;		/* unix time of this record */
	char debug[16];		/* level's name */
	uint32_t hostid;
	char checksum[33];	/* over the rules, 32 hex digits */
	uint32_t revision;	/* loads that were put in force */
	uint32_t confirm;	/* s until the ruleset before returns; 0 */
	char loginterface[IFACE_NAMELEN];
	uint64_t rules, tables;
	uint64_t states, states_limit;
	uint32_t workers;
	char version[32];
	char plane[96];		/* divert: how the kernel hands packets over */
	char passes[96];	/* ... and how often a forwarded one */
	char udp_gro[256];	/* ... and where it gathers UDP */
	char priority[48];	/* ... and which the packet threads have */
	bool lasting;		/* states outlive this natd */
	uint32_t taken;		/* states of the one before, at the start */
	uint32_t mended;	/* of those: it was killed inside */
	uint32_t damaged;	/* not taken over */
	char past[160];		/* why none were, or will be */
};

/* A row of -s info: part "state", "source", "fragment", "reason", "limit". */
struct show_counter {
	char part[16];
	char name[32];
	uint64_t value;
	bool rate;		/* it counts up, so a rate makes sense */
};

struct show_timeout {
	char name[32];
	uint32_t value;		/* s, or states for adaptive.* */
};

struct show_limit {
	char name[32];
	uint64_t value;		/* 0: unlimited */
	uint64_t used;
};

/* Memory that natd holds for the packet path. */
struct show_memory {
	char name[32];		/* "arena", "program", ... */
	uint64_t bytes;		/* taken now */
	uint64_t limit;		/* at most */
	char pages[16];		/* "4k", "2M", "2M transparent" */
};

struct show_table {
	char name[SHOW_NAME];
	const char *anchor;
	bool constant, persist, active, referenced, counters;
	bool hidden;		/* an anchor has one of the same name */
	uint64_t addresses;
	uint64_t cleared;	/* unix time */
	uint32_t rules, anchors; /* references */
	uint64_t nomatch, match;
	/* with counters: [dir][block, match, pass, xpass] */
	uint64_t packets[2][4], bytes[2][4];
};

struct show_entry {
	struct addr addr;
	uint8_t af, plen;
	bool neg;
	char change;		/* 'A', 'C', ..., ' ': none */
	uint32_t weight;	/* 0: not set */
	uint32_t expires;	/* s, 0: never */
	uint64_t cleared;	/* unix time, 0: not known */
	bool counters;		/* these are kept: [dir][block, match, pass] */
	uint64_t packets[2][3], bytes[2][3];
	/* -T test -vv: the entry that matches the address; af 0: none */
	struct addr hit;
	uint8_t hit_af, hit_plen;
	bool hit_neg;
};

struct show_iface {
	char name[IFACE_NAMELEN];
	char plane[16];		/* "tun", "pcap", ...; "": the kernel's */
	bool up, skip;
	uint32_t mtu, queues;
	uint64_t cleared;	/* unix time */
	uint32_t rules;		/* that name it */
	/* [dir][af][0 pass, 1 block] */
	uint64_t packets[2][2][2], bytes[2][2][2];
	/* the data plane's own */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_errors, tx_dropped;
};

/* What a load did. */
struct load_report {
	uint32_t revision;
	uint64_t filter, nat, rdr, binat, tables; /* loaded */
	uint64_t kept;		/* states that stay */
	bool rechecked;		/* the four below were counted */
	uint64_t same, other, gone, blocked;
	uint32_t confirm;	/* s; 0: in force for good */
	bool dry;
	const char *text;	/* "rules loaded, states kept" */
};

#endif
