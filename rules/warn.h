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

#include <stddef.h>
#include <stdint.h>

struct anchor;
struct diag;
struct host;
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

/* warn_cover() - Rules that never match, or never decide. */
void warn_cover(const struct anchor *, struct diag *);

#endif
