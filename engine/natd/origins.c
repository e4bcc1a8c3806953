/* SPDX-License-Identifier: ISC */
/*
 * Where rules stand in the files of people.
 */
#include "engine/natd/origins.h"

#include <errno.h>
#include <stdint.h>

#include "engine/natd/loader.h"
#include "engine/natd/revision.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "rules/zone.h"

struct origins {
	const struct load *l;
	size_t next;
	uint32_t n;
	const char *file;
};

/* The rule is the caller's own: the ruleset was made here and is not shared. */
static struct rule_origin *
origin_of(const struct rule *rule)
{
	return (struct rule_origin *)(uintptr_t)&rule->origin;
}

static int
set_origin(const struct rule *rule, const struct anchor *a, void *arg)
{
	struct origins *o = arg;
	struct rule_origin *to = origin_of(rule);
	const struct load_origin *from;

	(void)a;
	if (o->next < o->l->norigins &&
	    (from = &o->l->origins[o->next])->rule == o->n) {
		to->file = o->file;
		to->line = from->line;
		to->stmt = from->stmt;
		o->next++;
	}
	o->n++;
	return o->next == o->l->norigins;
}

void
origins_set(struct load *l, struct revision *rev, const struct ruleset *rs)
{
	struct origins o = { .l = l };

	if (l->norigins == 0)
		return;
	o.file = rev->origin = l->origin_file;
	l->origin_file = NULL;
	ruleset_walk(rs, set_origin, &o);
}

struct kept {
	const struct revision *from;
	struct zone *zone;	/* of the new ruleset */
	const char *was, *file;	/* the last name, there and here */
};

static int
keep_origin(const struct rule *rule, const struct anchor *a, void *arg)
{
	struct kept *k = arg;
	struct rule_origin *to = origin_of(rule);
	const struct revision_rule *rr = revision_find(k->from, rule->id);

	(void)a;
	if (rr == NULL)
		return 0;
	*to = rr->rule->origin;
	if (to->file != NULL && to->file != k->was) {
		k->was = to->file;
		k->file = zone_strdup(k->zone, to->file);
	}
	if (to->file != NULL)
		to->file = k->file;
	return rr->rule->origin.file != NULL && to->file == NULL ? -ENOMEM : 0;
}

int
origins_keep(const struct revision *from, struct ruleset *rs)
{
	struct kept k = { .from = from, .zone = rs->zone };

	return from == NULL ? 0 : ruleset_walk(rs, keep_origin, &k);
}
