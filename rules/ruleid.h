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
 * ruleid_digits() - How many of an id's first digits tell it from another id
 *
 * People read and type the shortest prefix that no other rule has: the larger
 * number for the ids before and behind it in order.
 *
 * Return: RULEID_DIGITS_MIN to RULEID_DIGITS.
 */
#define RULEID_DIGITS 16	/* hexadecimal, of a whole id */
#define RULEID_DIGITS_MIN 6
unsigned ruleid_digits(uint64_t id, uint64_t other);

#endif
