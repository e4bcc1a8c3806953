/* SPDX-License-Identifier: ISC */
/*
 * The parts of the compiler among themselves.
 */
#ifndef RULES_COMPILE_IMPL_H
#define RULES_COMPILE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/progbuild.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/print_buf.h"

struct pool;
struct rule_origin;

struct compile {
	const struct ruleset *rs;
	const struct compile_env *env;
	struct diag *diag;
	struct progbuild *b;
	/* names numbered in the order of their use, without env's help */
	const struct table **tables;
	uint32_t ntables;
	const char **tags;
	uint32_t ntags;
	uint16_t nsockets;
	struct print_buf text;
	bool reached;	/* of the rule in check: the main ruleset leads to it */
};

/* compile_span() - Where a statement stands. */
void compile_span(struct compile *, const struct rule_origin *, struct span *);

/*
 * compile_check() - Refuse what the engine does not carry out
 * Return: 0, errors are messages; or -ENOMEM.
 */
int compile_check(struct compile *);

/* compile_prule() - What a rule does; Return: 0 or -ENOMEM. */
int compile_prule(struct compile *, const struct rule *, struct prule *);

/* What a pool of a rule is for: a rule may have one of each. */
enum pool_use { POOL_OF_NAT = 1, POOL_OF_RDR, POOL_OF_ROUTE };

/* compile_pool() - Its place in the program. */
uint32_t compile_pool(struct compile *, const struct rule *,
    const struct pool *, enum pool_use);

/* compile_cond() - What a rule asks. */
void compile_cond(struct compile *, const struct rule *, struct cond *);

/*
 * compile_binat_out(), compile_binat_in() - The two halves of a classic binat
 * rule; in this order, on one pair
 */
void compile_binat_out(struct compile *, const struct rule *, struct prule *,
    struct cond *);
void compile_binat_in(struct compile *, const struct rule *, struct prule *,
    struct cond *);

void compile_options(struct compile *, struct prog_options *);

/* compile_divert() - Does the kernel move the packets, with natd or without? */
bool compile_divert(const struct ruleset *);

/* What match rules ask of the one mark of a packet (compile_marks.c). */
struct mark_use {
	uint8_t marked, tabled;	/* directions and families */
};

enum mark_clash {
	CLASH_NONE,
	CLASH_OWN,		/* a mark that natd uses itself */
	CLASH_WAY_MARK,		/* a route option, and set mark */
	CLASH_WAY_TABLE,	/* a route option, and rtable */
	CLASH_MARK_TABLE,	/* set mark, and rtable */
};

void compile_mark_use(const struct ruleset *, struct mark_use *);
enum mark_clash compile_mark_clash(const struct mark_use *,
    const struct rule *);

/* Of rules whose tags must cross from in to out on a mark (compile_tags.c). */
struct tag_use {
	bool asked;		/* some rule with out asks for a tag */
	bool tagged, marked;	/* match rules with in give tags, set marks */
};

void compile_tag_use(const struct ruleset *, struct tag_use *);

enum tag_and_mark {
	TAG_OR_MARK,		/* one of them at the most, or a state */
	TAG_PERHAPS_MARK,	/* both if match rules say so */
	TAG_AND_MARK,
};

/* compile_tag_and_mark() - Do packets of this rule need their mark twice? */
enum tag_and_mark compile_tag_and_mark(const struct tag_use *,
    const struct rule *);

/* compile_tag_fits() - May a tag have this number? */
bool compile_tag_fits(const struct ruleset *, uint32_t nr);

/* compile_table(), compile_tag() - Numbers of names; errors are told. */
struct table;
uint32_t compile_table(struct compile *, const struct rule *,
    const struct table *);
uint16_t compile_tag(struct compile *, const struct rule *, const char *);

#endif
