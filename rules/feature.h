/* SPDX-License-Identifier: ISC */
/*
 * What rules may ask for and an engine may not do: the list, and where such
 * words stand in the text.
 *
 * A rule keeps the places of those of its words only that a message may be
 * about; most rules have none.
 */
#ifndef RULES_FEATURE_H
#define RULES_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/compile.h"

struct ast;
struct rule;
struct rule_origin;
struct rule_place;
struct zone;

struct feature {
	const char *name;	/* as in messages */
	enum compile_support support;
	bool (*uses)(const struct rule *);
	uint8_t kind, op;	/* the node that asks for it */
};

/* feature_get() - Line @i of the list, NULL behind the last. */
const struct feature *feature_get(uint32_t i);
const struct feature *feature_find(const char *name);

/* feature_place() - Where the word stands, or NULL: not known. */
const struct rule_place *feature_place(const struct feature *,
    const struct rule_origin *);

/*
 * feature_places() - Keep where such words of a statement stand
 * @zone: the ruleset's
 * @parts: of the statement
 * @file: that it stands in; words from elsewhere are left out
 */
void feature_places(struct zone *zone, const struct ast *parts, uint32_t file,
    struct rule_origin *);

#endif
