/* SPDX-License-Identifier: ISC */
/*
 * The language, executed the simple way: rule by rule, over plain rules.
 *
 * This is the second opinion that the compiled program is compared with.  It
 * shares no code with the compiler or the engine beyond the descriptor, the
 * interface snapshot's data and the sequence of random numbers: it reads
 * rules/rule.h and asks each condition of each rule in turn.
 */
#ifndef TESTS_ORACLE_NAIVE_H
#define TESTS_ORACLE_NAIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/pdesc.h"
#include "engine/program.h"
#include "rules/ruleset.h"

struct naive_env {
	const struct ifset *ifs;
	const struct route *routes;
	uint32_t nroutes;
	uint32_t random;
	uint16_t (*tag)(const char *name);
	/* as prog_env.owner; the same packet has the same owners */
	void (*owner)(const struct pdesc *, uint32_t *uid, uint32_t *gid);
	/* translate pd->cur as the rule says; as prog_env.xlate */
	enum reason (*xlate)(struct pdesc *, const struct rule *);
};

/* The same as struct verdict, rules as themselves. */
struct naive_verdict {
	uint8_t action;		/* PRULE_PASS or PRULE_BLOCK */
	uint8_t reason;
	uint8_t log, keep;
	const struct rule *rule, *nat;
	const struct rule *match[PROG_MATCHES];
	uint32_t nmatch;
	uint16_t tag;
	int16_t set_tos, set_prio[2];
	uint16_t min_ttl, max_mss, scrub;
	uint32_t mark;
};

void naive_eval(const struct ruleset *, const struct naive_env *,
    struct pdesc *, struct naive_verdict *);

#endif
