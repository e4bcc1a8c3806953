/* SPDX-License-Identifier: ISC */
/*
 * Warnings: rules that load, and do not do what their writer thinks.
 *
 * Each warning has a name, which stands behind its text; a comment line
 *
 *	# natd: no-warn NAME...
 *
 * anywhere in the ruleset turns it off.  A warning is given only for what
 * holds for every packet and every content of tables and anchors; where that
 * is not certain there is none.
 */
#ifndef RULES_WARN_H
#define RULES_WARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"

struct anchor;
struct diag;
struct host;
struct rule;
struct rulelist;
struct ruleset;

/*
 * warn_ruleset() - Look at a whole ruleset that loaded without errors
 * @host: the interfaces to believe in
 *
 * Costs some milliseconds at most; of very large rulesets less is looked at.
 */
void warn_ruleset(const struct ruleset *, struct host *, struct diag *);

/*
 * warn_comments() - Turn off what the comments of a text say
 *
 * Names that there are not are warned about.
 */
void warn_comments(struct diag *, uint32_t file, const char *text, size_t len);

/* warn_name() - Name @i of a warning, NULL behind the last. */
const char *warn_name(size_t i);

/*
 * Inner parts, for each other and for tests.
 */

/* warn_covered() - Does @by match every packet that @r matches? */
bool warn_covered(const struct rule *r, const struct rule *by);

/* Packets of one kind, as a rule sees them. */
struct warn_traffic {
	uint8_t dir;		/* enum rule_dir */
	const char *ifname;	/* NULL: on every interface */
	uint8_t af, proto;
	const struct addr *to;	/* NULL: anywhere */
	uint16_t port;		/* 0: any port */
	int16_t icmp_type;	/* -1: not ICMP */
};

/*
 * warn_blocked() - Are all these packets blocked, whatever the rest of them
 * says?
 *
 * Return: the rule that blocks them, or NULL if one of them might pass.
 */
const struct rule *warn_blocked(const struct rulelist *,
    const struct warn_traffic *, struct host *);

/* warn_cover() - Rules that never match, or never decide. */
void warn_cover(const struct anchor *, struct diag *);

#endif
