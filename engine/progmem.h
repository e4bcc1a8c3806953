/* SPDX-License-Identifier: ISC */
/*
 * The inside of a program: for the files that build, bind and evaluate it.
 *
 *	struct program | rules | matches | IPv6 pairs | dynamic conditions |
 *	pools | pool addresses | timeouts | interface conditions and words |
 *	dynamic addresses | strings | classifiers
 *
 * Everything is reached by a byte offset from the program's own address.
 */
#ifndef ENGINE_PROGMEM_H
#define ENGINE_PROGMEM_H

#include <stddef.h>
#include <stdint.h>

#include "engine/progbuild.h"
#include "engine/program.h"

/* An array in the block. */
struct span_of {
	uint64_t off;
	uint32_t n;
};

enum mrule_bits {
	M_SNEG = 0x01,		/* IPv4 source, negated */
	M_DNEG = 0x02,
	M_SPNEG = 0x04,
	M_DPNEG = 0x08,
	M_PORTS = 0x10,		/* asks for ports: has a layer 4 header */
	M_FRAGONLY = 0x20,
	M_NOFRAG = 0x40,	/* asks for what fragments do not have */
	M_NOREPLY = 0x80,
	M_NEVER = 0x100,	/* contradicts itself */
	M_RARE = 0x200,		/* asks for one of: icmp, tos, max_len */
	M_FINAL = 0x400,	/* if it matches, it decides: quick, no anchor */
	M_PLAIN = 0x800,	/* pass or block that leaves no trace when a
				 * later rule decides */
	M_WHOLE = 0x1000,	/* of a list's entry, see cnode.h */
};

/*
 * What a rule asks that is constant in the text, but IPv6 addresses: one
 * cache line.  Addresses and ports are host order, as first and span:
 * (x - first) <= span, without sign, is the whole test.
 */
struct mrule {
	uint32_t slo, sspan, dlo, dspan;
	uint16_t splo, spspan, dplo, dpspan;
	uint16_t bits;
	uint16_t on;		/* interface condition, 0: none */
	uint8_t af, proto, dir;
	uint8_t flags, flagset;
	uint8_t pad;
	int16_t icmp_type, icmp_code, tos;
	uint32_t max_len;
	uint32_t v6;		/* IPv6 pair, PROG_NONE: any */
	uint32_t dyn;		/* what is not constant, PROG_NONE: nothing */
	uint32_t end;		/* first rule behind an anchor's contents */
	uint32_t id, id_mask;	/* af, proto and dir: RULE_ID(), and what of it
				 * the rule asks for */
};
_Static_assert(sizeof(struct mrule) == 64, "a rule asks on one cache line");

#define RULE_ID(af, proto, dir) \
	((uint32_t)(af) | (uint32_t)(proto) << 8 | (uint32_t)(dir) << 16)

/* IPv6 conditions, as pairs of 64-bit host order numbers. */
struct u128 {
	uint64_t hi, lo;
};
struct mrule6 {
	struct u128 slo, shi, dlo, dhi;
	uint8_t sneg, dneg;
};

/* An owner; (x - first) <= span, as above. */
struct mowner {
	uint32_t first, span;
	uint8_t bits;		/* MO_... */
};
#define MO_SET 0x01
#define MO_NEG 0x02
#define MO_NOBODY 0x04
#define MO_NEVER 0x08		/* the range is empty */

/* What is not constant in the text, or rare. */
struct mdyn {
	uint8_t skind, sneg, dkind, dneg;	/* enum cond_addr_kind */
	uint32_t sref, dref;
	uint32_t probability;
	uint16_t tag;
	uint8_t tag_neg;
	uint16_t received_on;	/* interface condition, 0: none */
	uint8_t prio;		/* plus 1; 0: any */
	struct mowner user, group;
};

/* An interface condition. */
struct mif {
	uint8_t kind, neg;	/* enum cond_if_kind */
	uint32_t name;		/* string */
};

/* A dynamic address. */
struct mifdyn {
	uint32_t name;
	uint8_t mods, plen;
};

/* The rules of a section and its classifier; see cnode.h. */
struct section {
	uint32_t first, end;	/* rules */
	uint64_t base;		/* offset of the nodes, 0: a plain loop */
	uint32_t root[2][2];	/* in, out; for IPv4, for IPv6 */
};

struct program {
	struct prog_options options;
	struct section section[SECTION_MAX];
	struct span_of rules, match, match6, dyn, pools, pool_addrs, timeouts,
	    ifs, ifdyns, strings;
	uint64_t size;
	bool chances;		/* some rule has a probability */
	bool tags;		/* some rule with out asks for a tag */
	struct tabhits *hits;	/* NULL: no rule counts for a table; set by
				 * engine_set_rules() */
};

#define PROG_AT(pg, off) ((const void *)((const char *)(pg) + (off)))

static inline const struct prule *
prog_rules(const struct program *pg)
{
	return PROG_AT(pg, pg->rules.off);
}

static inline const struct mrule *
prog_match(const struct program *pg)
{
	return PROG_AT(pg, pg->match.off);
}

static inline const struct mrule6 *
prog_match6(const struct program *pg)
{
	return PROG_AT(pg, pg->match6.off);
}

static inline const struct mdyn *
prog_dyn(const struct program *pg)
{
	return PROG_AT(pg, pg->dyn.off);
}

static inline const struct mif *
prog_ifs(const struct program *pg)
{
	return PROG_AT(pg, pg->ifs.off);
}

static inline const struct mifdyn *
prog_ifdyns(const struct program *pg)
{
	return PROG_AT(pg, pg->ifdyns.off);
}

#endif
