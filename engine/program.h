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
#include "engine/words.h"

#define PROG_NONE 0xffffffffu
#define OWNER_NOBODY 0xffffffffu
#define PROG_MATCHES 8 /* match rules remembered for one packet */

struct ifbind;
struct program;
struct row_count;
struct table_set;

enum prule_action {
	PRULE_PASS = 0,
	PRULE_BLOCK,
	PRULE_MATCH,
	PRULE_ANCHOR,
	PRULE_NAT, PRULE_NONAT,
	PRULE_RDR, PRULE_NORDR,
	PRULE_BINAT, PRULE_NOBINAT,
};

enum block_kind { BLOCK_DROP = 0, BLOCK_RETURN, BLOCK_RST, BLOCK_ICMP };

enum state_kind { STATE_NO = 0, STATE_KEEP, STATE_MODULATE, STATE_SYNPROXY };

enum ppool_flags {
	POOL_STICKY = 0x01,
	POOL_STATICPORT = 0x02,
	POOL_PRESERVEPORT = 0x04,
	POOL_PORTS = 0x08,	/* port range given */
	POOL_KEEPDIST = 0x10,	/* rdr ports keep their distance in a range */
	POOL_VARIES = 0x20,	/* some address is not in the text: set by
				 * progbuild_pool() */
};

/* One element of a pool: a prefix or what changes. */
enum ppool_addr_kind { PA_PREFIX = 0, PA_TABLE, PA_DYNIF, PA_IFACE };
struct ppool_addr {
	uint8_t kind, af;
	uint8_t plen;
	uint8_t dynmod;		/* PA_DYNIF: enum dyn_mod bits */
	uint16_t weight;
	uint32_t ref;		/* PA_TABLE: number in the table set;
				 * PA_DYNIF: number for ifbind_dyn_*() */
	uint32_t ifname;	/* offset: interface of a next hop; 0: none */
	struct addr addr;	/* of a prefix: the first */
	uint64_t size;		/* set by progbuild_pool(): addresses of a
				 * prefix, as far as is counted */
};

struct ppool {
	uint8_t type, flags;
	uint16_t port_lo, port_hi; /* host order; both 0: none given */
	uint16_t port_base;	/* KEEPDIST: first port of the range that the
				 * rule matches */
	uint32_t naddr;
	uint32_t addr;		/* index of the first in prog_pool_addr() */
	uint64_t key[2];	/* source-hash; identity of the pool */
	uint64_t slots[2];	/* without POOL_VARIES: of IPv4 and IPv6
				 * addresses; set by progbuild_pool() */
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
	uint32_t route;		/* pool of next hops, PROG_NONE: as routed */
	uint8_t route_kind;	/* enum way_kind */
	uint32_t text;		/* offset: canonical text, NUL-terminated */
	uint32_t label;		/* offset: first label, 0: none */
	int16_t set_tos;	/* -1: leave */
	int16_t set_prio[2];
	uint16_t min_ttl, max_mss;
	uint16_t scrub;		/* SCRUB_... */
	uint32_t mark;
	struct steer steer;
	bool sets;		/* any of these; set by progbuild_rule() */
	/* tables of from and to with counters: number + 1; 0: none */
	uint32_t count[2];
	/* where it was written */
	uint32_t file, line;	/* offset of the name; line number */
};

/* prule_translates() - Does the rule itself have a pool? */
static inline bool
prule_translates(const struct prule *r)
{
	return r->nat != PROG_NONE || r->rdr != PROG_NONE;
}

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
	const struct ifbind *bind; /* of this program and this ifset */
	const struct table_set *tables;
	uint64_t now;		/* ms */
	/* fresh for each packet if program_chances(): program_random() */
	uint32_t random;
	unsigned worker;	/* whose table counters, see table_set_new() */
	/*
	 * Called when a rule asks for the owner of a packet's socket; NULL:
	 * nobody has one.  Sets uid and gid, each OWNER_NOBODY if there is
	 * none, or it cannot be known.
	 */
	void *owner_arg;
	void (*owner)(void *arg, const struct pdesc *, uint32_t *uid,
	    uint32_t *gid);
	void *xlate_arg;
	/*
	 * Called when a match rule, or a classic translation rule, translates:
	 * chooses address and port from the pool and changes pd->cur.
	 * Returns 0 or the reason for which the packet is dropped.
	 */
	enum reason (*xlate)(void *arg, struct pdesc *, const struct program *,
	    uint32_t rule);
	/* by row: counts each rule evaluated as a candidate; NULL: nobody */
	struct row_count *counts;
};

/* What the rules say to one packet in one direction. */
struct verdict {
	uint8_t action;		/* PRULE_PASS or PRULE_BLOCK */
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
	bool sets;		/* any of these, but the tag */
	struct steer steer;
	uint32_t mark;
};

/*
 * program_random() - The next of a packet's random numbers
 *
 * The first rule with a probability whose other conditions hold takes
 * program_random(env->random) and matches if that is below its probability;
 * the second one takes the number after that, and so on.
 */
static inline uint32_t
program_random(uint32_t r)
{
	r = r * 747796405u + 2891336453u;
	r = ((r >> ((r >> 28) + 4)) ^ r) * 277803737u;
	return r >> 22 ^ r;
}

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

/* program_chances() - Does any rule have a probability? */
bool program_chances(const struct program *);

/* program_tags() - Does any rule ask for the tag of what leaves? */
bool program_tags(const struct program *);

uint32_t program_nrules(const struct program *);
const struct prule *program_rule(const struct program *, uint32_t);
struct prule *program_rule_mut(struct program *, uint32_t); /* before use */
const struct ppool *program_pool(const struct program *, uint32_t);
const struct ppool_addr *program_pool_addr(const struct program *, uint32_t);
const struct prog_options *program_options(const struct program *);
const uint32_t *program_timeouts(const struct program *, uint32_t set);
const char *program_str(const struct program *, uint32_t off);
void program_free(struct program *);

#endif
