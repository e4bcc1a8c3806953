/* SPDX-License-Identifier: ISC */
/*
 * Which anchors the rules of the main ruleset lead to, directly or through
 * others.
 */
#ifndef RULES_COMPILE_REACH_H
#define RULES_COMPILE_REACH_H

#include <stdbool.h>

struct anchor;
struct reach;
struct ruleset;

/* reach_new() - Walk a ruleset.  Return: what is reached, NULL: no memory. */
struct reach *reach_new(const struct ruleset *);
void reach_free(struct reach *);
bool reach_has(const struct reach *, const struct anchor *);

#endif
