/* SPDX-License-Identifier: ISC */
/*
 * Rule ids: a stable name for each rule over reloads.
 *
 * An id is a 64-bit hash of the anchor's path, the rule's canonical text
 * (automatic tables by their contents, `$nr' unreplaced, a made-up
 * source-hash key left out) and its place among equal texts of the ruleset.
 * Two different rules with one hash get different ids; 0 is never one.
 */
#ifndef RULES_RULEID_H
#define RULES_RULEID_H

#include <stddef.h>
#include <stdint.h>

struct rule;
struct ruleset;

/*
 * ruleid_assign() - Give every rule of a ruleset its id
 *
 * Return: 0 or -ENOMEM.
 */
int ruleid_assign(struct ruleset *);

/*
 * ruleid_print() - An id as its shortest unique prefix of at least six digits
 * @ids: all ids, sorted by value; @n: how many
 */
#define RULEID_TEXT_MAX 17
const char *ruleid_print(char buf[static RULEID_TEXT_MAX], uint64_t id,
    const uint64_t *ids, size_t n);

#endif
