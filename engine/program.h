/* SPDX-License-Identifier: ISC */
/*
 * A compiled ruleset: one immutable block, offsets instead of pointers.
 *
 * rules/compile.c builds it from plain rules; the engine asks it what to do
 * with a first packet.  Rules of all rulesets and anchors lie in one array in
 * pf's order of evaluation and are named by their place in it.
 *
 * What the text does not fix stands behind numbers and is looked up in the
 * program's environment (struct prog_env): interfaces, tables, dynamic
 * addresses.  A change of those recompiles nothing.
 */
#ifndef ENGINE_PROGRAM_H
#define ENGINE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/pdesc.h"
#include "engine/reason.h"

#define PROG_NONE 0xffffffffu
#define PROG_MATCHES 8 /* match rules remembered for one packet */

struct program;
struct table_set;

enum rule_action {
	RULE_PASS = 0,
	RULE_BLOCK,
	RULE_MATCH,
	RULE_ANCHOR,
	RULE_NAT, RULE_NONAT,
	RULE_RDR, RULE_NORDR,
	RULE_BINAT, RULE_NOBINAT,
};

enum block_kind { BLOCK_DROP = 0, BLOCK_RETURN, BLOCK_RST, BLOCK_ICMP };

enum state_kind { STATE_NO = 0, STATE_KEEP, STATE_MODULATE, STATE_SYNPROXY };

enum pool_type {
	POOL_NONE = 0, /* one address, or the first of a prefix */
	POOL_BITMASK,
	POOL_RANDOM,
	POOL_SRCHASH,
	POOL_ROUNDROBIN,
	POOL_LEASTSTATES,
};

enum pool_flags {
	POOL_STICKY = 0x01,
	POOL_STATICPORT = 0x02,
	POOL_PRESERVEPORT = 0x04,
	POOL_PORTS = 0x08,	/* port range given */
	POOL_KEEPDIST = 0x10,	/* rdr ports keep their distance in a range */
};

/* One element of a pool. */
enum pool_addr_kind { PA_PREFIX = 0, PA_RANGE, PA_TABLE, PA_DYNIF };
struct pool_addr {
	uint8_t kind, af;
	uint8_t plen;
	uint8_t dynmod;		/* PA_DYNIF: enum dyn_mod bits */
	uint16_t weight;
	uint32_t ref;		/* table number, or interface word number */
	struct addr addr, hi;	/* prefix, or first and last */
};

struct pool {
	uint8_t type, flags;
	uint16_t port_lo, port_hi; /* host order; both 0: none given */
	uint32_t naddr;
	uint32_t addr;		/* index of the first in prog_pool_addr() */
	uint64_t key[2];	/* source-hash; identity of the pool */
};

/* A rule as the engine needs it once it has matched. */
struct prule {
	uint64_t id;		/* rule id: hash of the canonical text */
	uint32_t row;		/* registry row, set by engine_commit() */
	uint32_t nr;		/* number in its ruleset, as shown by -vv */
	uint32_t anchor;	/* index of the anchor's own rule, PROG_NONE */
	uint8_t action, dir, af, quick;
	uint8_t log;		/* LOG_... */
	uint8_t block;		/* enum block_kind */
	uint8_t ret_ttl;
	uint8_t ret_icmp, ret_icmp6; /* codes */
	uint8_t keep;		/* enum state_kind */
	uint8_t allow_opts;
	uint8_t natpass;	/* classic translation with pass */
	uint16_t sflags;	/* PR_... */
	uint16_t tag;		/* tag set, 0: none */
	uint32_t max_states;	/* 0: no limit */
	uint32_t timeouts;	/* index of an own set, 0: the global one */
	uint32_t nat, rdr;	/* pools, PROG_NONE: no translation */
	uint32_t text;		/* offset: canonical text, NUL-terminated */
	uint32_t label;		/* offset: first label, 0: none */
	int16_t set_tos;	/* -1: leave */
	int16_t set_prio[2];
	uint16_t min_ttl, max_mss;
	uint16_t scrub;		/* SCRUB_... */
	uint32_t mark;
	/* where it was written */
	uint32_t file, line;	/* offset of the name; line number */
};

#define PR_SLOPPY 0x01
#define PR_IFBOUND 0x02
#define PR_NOSYNC 0x04
#define PR_PFLOW 0x08
#define SCRUB_NODF 0x01
#define SCRUB_RANDOMID 0x02
#define SCRUB_TCP 0x04
#define RLOG 0x01
#define RLOG_ALL 0x02
#define RLOG_MATCHES 0x04
#define RLOG_USER 0x08

/* Timeouts in seconds, in language.md's print order. */
enum timeout {
	TM_TCP_FIRST, TM_TCP_OPENING, TM_TCP_ESTABLISHED, TM_TCP_CLOSING,
	TM_TCP_FINWAIT, TM_TCP_CLOSED,
	TM_UDP_FIRST, TM_UDP_SINGLE, TM_UDP_MULTIPLE,
	TM_ICMP_FIRST, TM_ICMP_ERROR,
	TM_OTHER_FIRST, TM_OTHER_SINGLE, TM_OTHER_MULTIPLE,
	TM_FRAG, TM_INTERVAL, TM_ADAPTIVE_START, TM_ADAPTIVE_END,
	TM_SRC_TRACK, TM_TS_DIFF,
	TM_SCTP_FIRST, TM_SCTP_OPENING, TM_SCTP_ESTABLISHED, TM_SCTP_CLOSING,
	TM_SCTP_CLOSED,
	TM_MAX
};

/* Options of the ruleset that the engine itself obeys. */
struct prog_options {
	uint32_t timeout[TM_MAX];
	uint32_t limit_states, limit_frags, limit_srcnodes;
	uint8_t block_return;	/* block-policy at the end of the file */
	uint8_t reassemble, reassemble_nodf;
	uint8_t enabled;
};

/* What rules are asked with, beside the packet. */
struct prog_env {
	const struct ifset *ifs;
	const struct table_set *tables;
	uint64_t now;		/* ms */
	uint32_t random;	/* for probability: fresh for each packet */
	void *xlate_arg;
	/*
	 * Called when a match rule, or a classic translation rule, translates:
	 * chooses address and port from the pool and changes pd->cur.
	 * Returns 0 or the reason for which the packet is dropped.
	 */
	enum reason (*xlate)(void *arg, struct pdesc *, const struct program *,
	    uint32_t rule);
	/* Called for each rule evaluated as a candidate: counters. */
	void *count_arg;
	void (*count)(void *arg, uint32_t rule);
};

/* What the rules say to one packet in one direction. */
struct verdict {
	uint8_t action;		/* RULE_PASS or RULE_BLOCK */
	uint8_t reason;
	uint8_t log;
	uint8_t keep;		/* enum state_kind */
	uint32_t rule;		/* rule that decided, PROG_NONE: none did */
	uint32_t nat;		/* rule that translated last, PROG_NONE */
	uint32_t match[PROG_MATCHES]; /* match rules that applied, in order */
	uint32_t nmatch;
	/* sums of what match rules and the last rule set */
	uint16_t tag;
	int16_t set_tos, set_prio[2];
	uint16_t min_ttl, max_mss, scrub;
	uint32_t mark;
};

/*
 * program_eval() - What do the rules say to this packet?
 *
 * pf's order: binat, then rdr (in) or nat (out), first match; then the filter
 * rules, last match wins, quick ends, match applies at once.  Rules see
 * pd->cur, pd->dir and pd->ifidx.  No rule matched: pass without state.  The
 * translation of the last matching pass rule has NOT been applied when this
 * returns: the caller does, by env->xlate.
 *
 * Costs one classification (no loop over the rules above some 64 of them);
 * allocates nothing, takes no lock; any number of threads at once.
 */
void program_eval(const struct program *, const struct prog_env *,
    struct pdesc *, struct verdict *);

uint32_t program_nrules(const struct program *);
const struct prule *program_rule(const struct program *, uint32_t);
struct prule *program_rule_mut(struct program *, uint32_t); /* before use */
const struct pool *program_pool(const struct program *, uint32_t);
const struct pool_addr *program_pool_addr(const struct program *, uint32_t);
const struct prog_options *program_options(const struct program *);
const uint32_t *program_timeouts(const struct program *, uint32_t set);
const char *program_str(const struct program *, uint32_t off);
void program_free(struct program *);

#endif
