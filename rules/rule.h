/* SPDX-License-Identifier: ISC */
/*
 * The plain rule: one line of the canonical print.
 *
 * Expansion turns each statement of a file into plain rules: one interface,
 * one protocol, one source, one destination, one operator for each port in
 * each.  Everything that follows reads plain rules: the printer, the compiler
 * to a program, the oracle of the tests, natd.
 *
 * Plain data, all of it in the zone of its ruleset; nothing here is freed
 * alone or changed once the ruleset is loaded.  Unless said otherwise NULL, 0
 * and false mean "not written".  Addresses are in network byte order (see
 * engine/addr.h), all other numbers, ports too, in host byte order.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/words.h"

struct anchor;
struct feature;
struct table;

/* Sizes of names, bytes without the NUL. */
#define RULE_TABLE_NAME_MAX	31
#define RULE_LABEL_MAX		63
#define RULE_TAG_MAX		63
#define RULE_QUEUE_NAME_MAX	63
#define RULE_ANCHOR_NAME_MAX	63	/* one part of a path */
#define RULE_ANCHOR_PATH_MAX	1023
#define RULE_IFNAME_MAX		15
#define RULE_RTLABEL_MAX	31
#define RULE_NLABELS		5

/*
 * Which ruleset of its anchor a rule stands in.  The order is that of the
 * print.
 */
enum rule_class {
	RULE_CLASS_SCRUB,
	RULE_CLASS_ETHER,
	RULE_CLASS_NAT,
	RULE_CLASS_RDR,
	RULE_CLASS_BINAT,
	RULE_CLASS_FILTER,
	RULE_CLASS_MAX,
};

enum rule_action {
	RULE_PASS,		/* filter, ether */
	RULE_BLOCK,		/* filter, ether */
	RULE_MATCH,		/* filter */
	RULE_TRANSLATE,		/* nat, rdr, binat: by `xlate' */
	RULE_SCRUB,		/* scrub */
	RULE_NO,		/* no nat, no rdr, no binat, no scrub */
	RULE_ANCHOR,		/* evaluate `anchor' (ruleset of same class) */
};

enum rule_dir { RULE_INOUT, RULE_IN, RULE_OUT };

/* How a block rule answers (`ret'). */
enum rule_return {
	RULE_DROP,
	RULE_RETURN,		/* RST for TCP, ICMP unreachable for the rest */
	RULE_RETURN_RST,	/* with `ret_ttl' */
	RULE_RETURN_ICMP,	/* with `ret_code', `ret_code6' */
};

/* Bits of `log'. */
enum {
	RULE_LOG = 1,		/* the packet that makes the state */
	RULE_LOG_ALL = 2,	/* every packet */
	RULE_LOG_MATCHES = 4,
	RULE_LOG_USER = 8,
};

/* Port, user and group operators; the names are pf's. */
enum rule_op {
	RULE_OP_NONE,
	RULE_OP_EQ,		/* = lo */
	RULE_OP_NE,		/* != lo */
	RULE_OP_LT,		/* < lo */
	RULE_OP_LE,		/* <= lo */
	RULE_OP_GT,		/* > lo */
	RULE_OP_GE,		/* >= lo */
	RULE_OP_IRG,		/* lo >< hi: strictly between */
	RULE_OP_XRG,		/* lo <> hi: below lo or above hi */
	RULE_OP_RRG,		/* lo:hi: both ends included; ports only */
};

struct rule_port {
	uint16_t lo, hi;
	uint8_t op;		/* enum rule_op */
};

#define RULE_ID_UNKNOWN UINT32_MAX	/* `user unknown': nobody's socket */

struct rule_owner {
	uint32_t lo, hi;	/* uids or gids */
	uint8_t op;		/* enum rule_op, never RRG */
};

/* What an address condition, or an address of a pool, is. */
enum rule_addr_type {
	RULE_ADDR_ANY,
	RULE_ADDR_PREFIX,	/* addr/plen, host bits clear in conditions */
	RULE_ADDR_RANGE,	/* addr - addr2, both included */
	RULE_ADDR_TABLE,	/* <name>; see rule_host.table */
	RULE_ADDR_DYNIF,	/* (name:mods)/plen */
	RULE_ADDR_NOROUTE,	/* no-route */
	RULE_ADDR_URPF,		/* urpf-failed, source only */
	RULE_ADDR_RTLABEL,	/* route "name" */
	RULE_ADDR_IFACE,	/* classic route option: interface alone */
};

/* Modifiers of interface names, bits of `mods'; the print's order. */
enum {
	RULE_MOD_NETWORK = 1,
	RULE_MOD_BROADCAST = 2,
	RULE_MOD_PEER = 4,
	RULE_MOD_NOALIAS = 8,	/* :0 */
};

struct rule_addr {
	uint8_t type;		/* enum rule_addr_type */
	uint8_t af;		/* of addr and addr2; 0: none or either */
	/*
	 * Prefix length.  128 (32 in an inet rule) when none was written; a
	 * dynamic interface's applies to each of its addresses, cut to the
	 * family's bits.
	 */
	uint8_t plen;
	uint8_t mods;		/* RULE_MOD_* */
	struct addr addr, addr2;
	const char *name;	/* table, interface, group or route label */
	struct table *table;	/* TABLE: what <name> means here, never NULL */
};

/* One side, from or to. */
struct rule_host {
	struct rule_addr addr;
	bool neg;		/* ! */
	struct rule_port port;
};

/* A layer 2 address condition of an ether rule. */
struct rule_mac {
	bool set, neg;
	uint8_t addr[6], mask[6];
};

enum pool_filter {		/* endpoint-independent: who may send to it */
	POOL_FILTER_ENDPOINT,		/* everybody */
	POOL_FILTER_ADDRESS,		/* addresses that were sent to */
	POOL_FILTER_ADDRESS_PORT,	/* addresses and ports */
};

struct pool_addr {
	struct rule_addr addr;
	const char *ifname;	/* classic route option `(IF ADDR)'; or NULL */
	uint16_t weight;	/* 1 if not written */
	bool weight_set;
};

/* Where the kernel routes, a pool of next hops has 256 at the most. */
#define POOL_HOPS_BITS 8

/*
 * A pool: the addresses that a translation or a route option may take.
 *
 * Modern pools have one entry: an address, a prefix, a dynamic interface or a
 * table, which for a list is an automatic one (table->automatic).  Classic
 * pools may have any number of any of these.
 */
struct pool {
	struct pool_addr *v;
	uint32_t n;		/* at least 1 in a rule that translates */
	uint8_t af;		/* of its addresses; 0: either */
	bool classic;		/* print lists as { A, B } */
	uint8_t type;		/* enum pool_type */
	bool type_set;		/* type was written, not a default */
	bool sticky;		/* sticky-address */
	bool static_port;
	bool preserve_port;
	bool endpoint_indep;
	bool endpoint_filter_set;
	uint8_t endpoint_filter; /* enum pool_filter */
	bool endpoint_dep;
	bool hairpin;
	bool ipv6_nexthop;	/* prefer-ipv6-nexthop */
	/*
	 * Ports, host order.  nat: the range to choose from, 50001-65535 when
	 * none was written (port_set false) and 0-0 with static-port.  rdr:
	 * 0-0 keeps the port; lo == hi one port; otherwise port number lo plus
	 * the distance within the matched range.
	 */
	uint16_t port_lo, port_hi;
	bool port_set;
	uint8_t mape_offset, mape_len;	/* map-e-portset; offset 0: not set */
	uint16_t mape_psid;
	uint32_t block_size, block_max;	/* port-block SIZE max N; 0: off */
	/* source-hash key; key_set false: made up, not part of the text */
	uint8_t key[16];
	bool key_set;
};

/* Translation by nptv6 PREFIX to PREFIX (RFC 6296). */
struct rule_nptv6 {
	bool set;
	struct addr from, to;
	uint8_t from_plen, to_plen;
};

/* What a pass rule does about a state. */
enum rule_state {
	RULE_STATE_NONE,	/* no state; all but pass rules */
	RULE_STATE_KEEP,
	RULE_STATE_MODULATE,
	RULE_STATE_SYNPROXY,
};

enum rule_track { RULE_TRACK_OFF, RULE_TRACK_GLOBAL, RULE_TRACK_RULE };

/* State options; a number of 0 means "no limit". */
struct rule_state_opts {
	uint32_t max;		/* states of the rule */
	uint32_t max_src_states, max_src_nodes, max_src_conn;
	uint32_t conn_rate, conn_rate_secs;	/* max-src-conn-rate N/S */
	uint8_t track;		/* enum rule_track */
	struct table *overload;
	const char *overload_name;
	bool flush, flush_global;
	bool if_bound;		/* in effect, from state-policy too */
	bool binding_set;	/* if-bound or floating: differs from policy */
	bool no_sync, sloppy, pflow, allow_related;
	/* timeouts of the rule; -1: not written, the global one holds */
	int32_t timeout[TM_MAX];
};

/* Scrub, as an option of pass and match, or as a rule. */
struct rule_scrub {
	bool set;		/* any of these was written */
	bool no_df, random_id, reassemble_tcp;
	bool max_mss_auto;
	int32_t min_ttl;	/* -1: off */
	int32_t max_mss;	/* bytes, -1: off */
	int32_t set_tos;	/* whole TOS byte, -1: off */
	bool no_frag_reassemble; /* scrub rules: fragment no reassemble */
};

/* set ( ... ) */
struct rule_set {
	int16_t prio[2];	/* 0-7; [1] for empty ACKs, low delay; -1: off */
	int16_t tos;		/* -1: off */
	int32_t delay;		/* ms, -1: off */
	const char *queue[2];	/* queue names; [1] like prio[1] */
	uint32_t mark;
	bool mark_set;
};

/* A string after replacing macros, and with `$nr' left in (for rule ids). */
struct rule_text {
	const char *text, *raw;	/* raw equals text unless $nr is in it */
};

/* Ethernet conditions; the layer 3 ones stand in from, to. */
struct rule_ether {
	struct rule_mac from, to;
	const char *bridge_to;
	uint16_t proto;		/* EtherType */
	bool proto_set;
};

enum rule_divert {
	RULE_DIVERT_NONE,
	RULE_DIVERT_TO,		/* a local socket: divert_addr, divert_port */
	RULE_DIVERT_REPLY,
	RULE_DIVERT_PACKET,	/* a divert socket: divert_port */
};

/* A word of a rule, from line:col up to, but not with, line2:col2. */
struct rule_place {
	const struct feature *feature;	/* rules/feature.h */
	uint32_t line, col, line2, col2;
};

/* Where a rule comes from, for messages and natctl. */
struct rule_origin {
	const char *file;	/* "stdin" for `-' */
	uint32_t line, col;	/* of the statement's first token */
	uint32_t stmt;		/* statements count from 1 in a load */
	uint32_t nplaces;
	const struct rule_place *places; /* in the same file */
};

struct rule {
	uint8_t class;		/* enum rule_class */
	uint8_t action;		/* enum rule_action */
	uint8_t dir;		/* enum rule_dir */
	bool quick;
	uint32_t nr;		/* place in its ruleset, from 0 */
	uint64_t id;		/* by ruleid_assign(); 0 before that */
	struct rule_origin origin;

	/* block */
	uint8_t ret;		/* enum rule_return */
	uint8_t ret_ttl;	/* of the RST; 0: the default */
	bool ret_ttl_set;
	uint8_t ret_code;	/* ICMP unreachable code */
	uint8_t ret_code6;	/* ICMPv6 unreachable code */
	/* pass whose state cannot be made: answer (set fail-policy return) */
	bool fail_return;

	/* log */
	uint8_t log;		/* RULE_LOG* */
	uint8_t logif;		/* number of pflogN */

	/* interface */
	const char *ifname;	/* name, group or driver; NULL: every one */
	bool if_neg;
	bool if_any;		/* on any: all but loopback */
	int32_t rdomain;	/* on rdomain N; -1: not written */
	bool rdomain_neg;

	/* conditions */
	uint8_t af;		/* AF_INET, AF_INET6; 0: both */
	uint8_t proto;		/* 0: any */
	struct rule_host from, to;
	const char *os;		/* fingerprint of the source, `os "S"' */
	const char *received_on;
	bool received_on_neg;
	bool received_on_any;
	struct rule_owner user, group;
	bool flags_any;		/* `flags any' was written */
	uint8_t flags, flagset;	/* TCP: packet & flagset == flags; 0/0: any */
	int16_t icmp_type;	/* -1: any */
	int16_t icmp_code;	/* -1: any */
	int16_t tos;		/* -1: any */
	int8_t prio;		/* -1: any */
	bool fragment;		/* only fragments */
	bool allow_opts;
	uint32_t pkt_rate, pkt_rate_secs;	/* max-pkt-rate N/S */
	uint32_t max_pkt_size;	/* bytes; 0: any */
	/* matches when a 32-bit random number is below this; 0: always */
	uint32_t probability;
	bool once;
	struct rule_text tagged;
	bool tagged_neg;

	/* what a match does */
	struct rule_text tag;
	int16_t rtable;		/* -1: unchanged */
	struct rule_text label[RULE_NLABELS];
	uint8_t nlabels;
	uint32_t ridentifier;
	bool ridentifier_set;
	uint32_t dn[2];		/* dnpipe or dnqueue N, (N, M) */
	bool dnqueue;		/* dn holds queues, not pipes */
	struct rule_set set;
	struct rule_scrub scrub;

	/* state */
	uint8_t state;		/* enum rule_state */
	struct rule_state_opts st;
	/* a stateless pass rule prints `no state' */

	/* translation and routing; NULL: none */
	struct pool *nat;	/* nat-to; class nat */
	struct pool *rdr;	/* rdr-to; class rdr; af-to's `to POOL' */
	struct pool *binat;	/* class binat only */
	struct pool *route;	/* route-to, reply-to, dup-to */
	uint8_t naf;		/* af-to: the family after; 0: no af-to */
	struct rule_nptv6 nptv6;
	uint8_t route_type;	/* enum rule_route */
	bool route_classic;	/* written between interface and family */
	bool xlate_pass;	/* class nat, rdr, binat: nat pass ... */

	/* divert */
	uint8_t divert;		/* enum rule_divert */
	uint8_t divert_af;
	struct addr divert_addr;
	uint16_t divert_port;

	/* RULE_ANCHOR */
	struct anchor *anchor;	/* what is evaluated; never NULL then */
	const char *anchor_name; /* as written; NULL: an unnamed one */
	bool anchor_wild;	/* with slash and star: all children */
	bool anchor_inline;	/* has braces, or is unnamed */

	/* class ether */
	struct rule_ether ether;
};

enum rule_route {
	RULE_ROUTE_NONE,
	RULE_ROUTE_TO,
	RULE_REPLY_TO,
	RULE_DUP_TO,
};

#endif
