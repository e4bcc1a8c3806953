/* SPDX-License-Identifier: ISC */
/*
 * Building a program: rules and conditions in, one block out.
 *
 * rules/compile.c walks a ruleset in pf's order of evaluation and tells the
 * builder section by section what each rule asks and does; the builder lays
 * everything out and makes the classifiers.  Used by one thread; nothing of
 * it stays in the program.
 *
 * Running out of memory is remembered and told by progbuild_finish().
 */
#ifndef ENGINE_PROGBUILD_H
#define ENGINE_PROGBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/program.h"

struct progbuild;

/* Rulesets of a program, in the order of evaluation. */
enum prog_section {
	SECTION_BINAT,
	SECTION_RDR,
	SECTION_NAT,
	SECTION_FILTER,
	SECTION_MAX,
};

/* What one side of a packet must be. */
enum cond_addr_kind {
	COND_ANY = 0,
	COND_RANGE,		/* lo .. hi of family af; prefixes too */
	COND_TABLE,		/* ref: number in the table set */
	COND_DYNIF,		/* ref: progbuild_dyn() */
	COND_NOROUTE,
	COND_URPF,		/* source: not routed back by the interface */
};

struct cond_addr {
	uint8_t kind;
	uint8_t af;
	bool neg;
	uint32_t ref;
	struct addr lo, hi;
};

/* Ports lo .. hi, host order; none if lo is above hi. */
struct cond_port {
	bool set, neg;
	uint16_t lo, hi;
};

/* An interface; the zero value is "every one". */
enum cond_if_kind {
	COND_IF_ALL = 0,
	COND_IF_WORD,		/* answers to the word */
	COND_IF_ANY,		/* is one, and no loopback */
};

struct cond_if {
	uint8_t kind;
	bool neg;
	const char *name;	/* COND_IF_WORD */
};

/*
 * Owner of a socket, user or group: lo .. hi, none if lo is above hi.  Nobody
 * is outside of every range, also of a negated one.
 */
struct cond_owner {
	bool set, neg;
	bool nobody;		/* holds for packets without an owner */
	uint32_t lo, hi;
};

/* All that a rule asks; see rules/rule.h for the meaning of the members. */
struct cond {
	struct cond_if on, received_on;
	uint8_t dir;		/* 0: both, else 1 + enum packet_dir */
	uint8_t af, proto;	/* 0: any */
	struct cond_addr src, dst;
	struct cond_port sport, dport;
	uint8_t flags, flagset;
	int16_t icmp_type, icmp_code, tos; /* -1: any */
	int8_t prio;		/* -1: any */
	struct cond_owner user, group;
	bool fragment;		/* fragments only */
	bool no_reply;		/* makes state: not for ICMP replies */
	uint32_t max_len;	/* 0: any */
	uint32_t probability;	/* 0: always */
	uint16_t tag;		/* 0: any */
	bool tag_neg;
};

struct progbuild *progbuild_new(void);
void progbuild_free(struct progbuild *);

/* progbuild_str() - Keep a string; equal neighbours are kept once. */
uint32_t progbuild_str(struct progbuild *, const char *);

/*
 * progbuild_dyn() - A dynamic address
 * @mods: DYN_*; @plen: bits of it that count, 128: all
 */
enum dyn_mod {
	DYN_NETWORK = 1,
	DYN_BROADCAST = 2,
	DYN_PEER = 4,
	DYN_NOALIAS = 8,
};
uint32_t progbuild_dyn(struct progbuild *, const char *name, uint8_t mods,
    uint8_t plen);

/* progbuild_timeouts() - A set of timeouts of a rule; never 0. */
uint32_t progbuild_timeouts(struct progbuild *, const uint32_t[TM_MAX]);

/* progbuild_pool() - A pool; its addr and naddr are filled in. */
uint32_t progbuild_pool(struct progbuild *, const struct ppool *,
    const struct ppool_addr *, uint32_t n);

/* progbuild_section() - The rules that follow belong there; in order. */
void progbuild_section(struct progbuild *, enum prog_section);

/*
 * progbuild_rule() - The next rule
 * Return: its place, as an anchor's rules need it in prule.anchor.
 */
uint32_t progbuild_rule(struct progbuild *, const struct prule *,
    const struct cond *);

/* progbuild_anchor_end() - All rules of this anchor have been given. */
void progbuild_anchor_end(struct progbuild *, uint32_t anchor);

/* progbuild_count() - Rules so far. */
uint32_t progbuild_count(const struct progbuild *);

/*
 * progbuild_tune() - Other sizes for the kinds of classifiers
 *
 * See classify_build(); 0 is as measured.  Tests use it.
 */
void progbuild_tune(struct progbuild *, uint32_t plain_max,
    uint32_t vector_max);

/*
 * progbuild_finish() - Make the program
 *
 * The builder is empty afterwards; free it.  Return: 0, -ENOMEM, or -E2BIG
 * (more interfaces or strings than numbers for them).
 */
int progbuild_finish(struct progbuild *, const struct prog_options *,
    struct program **out);

#endif
