/* SPDX-License-Identifier: ISC */
/*
 * Random worlds: interfaces, routes, tables, rulesets, and packets that hit.
 *
 * Everything comes from one sequence of numbers, so a seed is the whole test.
 * Addresses, ports and names are taken from small stocks, so that rules and
 * packets meet; packets are mostly made from the conditions of a rule.
 */
#ifndef TESTS_ORACLE_GEN_H
#define TESTS_ORACLE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/pdesc.h"
#include "rules/ruleset.h"

#define GEN_TABLES 4
#define GEN_TAGS 4
#define GEN_OWNERS 8 /* users and groups are 0 to 7, or unknown */

struct gen {
	uint64_t rng;
	/* memory of one ruleset */
	char *mem;
	size_t used, size;
	struct ruleset rs;
	const struct rule **all;	/* every rule, for packets */
	uint32_t nall, max;
	uint64_t next_id;
	struct table tables[GEN_TABLES];
	/* how the ruleset is */
	bool selective;		/* many narrow rules instead of wide ones */
	bool xlate, anchors;
};

extern const char *const gen_tags[GEN_TAGS];

uint32_t gen_rnd(struct gen *, uint32_t below);
bool gen_chance(struct gen *, uint32_t percent);

/* gen_world() - Interfaces and routes; *routes is for the naive lookup. */
struct ifset *gen_world(struct gen *, const struct route **routes,
    uint32_t *nroutes);

/* gen_ruleset() - A ruleset of about @n filter rules into g->rs. */
void gen_ruleset(struct gen *, uint32_t n);

/* gen_packet() - A packet, mostly one that some rule matches. */
void gen_packet(struct gen *, const struct ifset *, struct pdesc *);

#endif
