/* SPDX-License-Identifier: ISC */
/*
 * Which anchors are reached: the root, and what the rules of a reached anchor
 * name.  The list serves as the queue of the walk as well.
 */
#include "rules/compile_reach.h"

#include <stddef.h>
#include <stdlib.h>

#include "rules/rule.h"
#include "rules/ruleset.h"

struct reach {
	const struct anchor **v;
	size_t n, size;
	bool failed;
};

bool
reach_has(const struct reach *re, const struct anchor *a)
{
	size_t i;

	for (i = 0; i < re->n; i++)
		if (re->v[i] == a)
			return true;
	return false;
}

static void
add(struct reach *re, const struct anchor *a)
{
	const struct anchor **v;

	if (re->failed || reach_has(re, a))
		return;
	if (re->n == re->size) {
		re->size = re->size * 2 + 16;
		v = reallocarray(re->v, re->size, sizeof(*v));
		if (v == NULL) {
			re->failed = true;
			return;
		}
		re->v = v;
	}
	re->v[re->n++] = a;
}

static void
add_rule(struct reach *re, const struct rule *r)
{
	const struct anchor *a;

	if (r->anchor == NULL)
		return;
	if (!r->anchor_wild)
		add(re, r->anchor);
	for (a = r->anchor->children; r->anchor_wild && a != NULL; a = a->next)
		add(re, a);
}

struct reach *
reach_new(const struct ruleset *rs)
{
	struct reach *re = calloc(1, sizeof(*re));
	const struct rulelist *l;
	uint32_t i;
	size_t at;
	unsigned k;

	if (re == NULL)
		return NULL;
	add(re, rs->root);
	for (at = 0; at < re->n; at++)
		for (k = 0; k < RULE_CLASS_MAX; k++) {
			l = &re->v[at]->rules[k];
			for (i = 0; i < l->n; i++)
				add_rule(re, l->v[i]);
		}
	if (!re->failed)
		return re;
	reach_free(re);
	return NULL;
}

void
reach_free(struct reach *re)
{
	if (re == NULL)
		return;
	free(re->v);
	free(re);
}
