/* SPDX-License-Identifier: ISC */
/*
 * Looking around in a ruleset.
 */
#include "rules/ruleset.h"

#include <string.h>

#include "rules/diag.h"
#include "rules/zone.h"

void
ruleset_free(struct ruleset *rs)
{
	if (rs != NULL)
		zone_free(rs->zone);
}

struct anchor *
ruleset_anchor(const struct ruleset *rs, const char *path)
{
	struct anchor *a = rs->root;
	size_t len;

	while (a != NULL && *(path += strspn(path, "/")) != '\0') {
		len = strcspn(path, "/");
		for (a = a->children; a != NULL; a = a->next)
			if (strncmp(a->name, path, len) == 0 &&
			    a->name[len] == '\0')
				break;
		path += len;
	}
	return a;
}

struct anchor *
anchor_child(struct zone *zone, struct anchor *parent, const char *name)
{
	struct anchor **pp, *a;
	int cmp = 1;

	for (pp = &parent->children; *pp != NULL; pp = &(*pp)->next)
		if ((cmp = strcmp(name, (*pp)->name)) <= 0)
			break;
	if (*pp != NULL && cmp == 0)
		return *pp;
	if ((a = zone_alloc(zone, sizeof(*a))) == NULL)
		return NULL;
	a->name = name;
	a->path = parent->parent == NULL ? name :
	    zone_printf(zone, "%s/%s", parent->path, name);
	a->parent = parent;
	if (a->path == NULL)
		return NULL;
	a->next = *pp;
	*pp = a;
	return a;
}

struct anchor *
ruleset_anchor_make(struct ruleset *rs, const char *path)
{
	struct anchor *a = rs->root;
	const char *name;
	size_t len;

	while (a != NULL && *(path += strspn(path, "/")) != '\0') {
		len = strcspn(path, "/");
		if ((name = zone_strndup(rs->zone, path, len)) == NULL)
			return NULL;
		a = anchor_child(rs->zone, a, name);
		path += len;
	}
	return a;
}

static int
walk(const struct anchor *a, int (*fn)(const struct rule *,
    const struct anchor *, void *), void *arg)
{
	const struct anchor *c;
	uint32_t i, k;
	int ret;

	for (k = 0; k < RULE_CLASS_MAX; k++)
		for (i = 0; i < a->rules[k].n; i++)
			if ((ret = fn(a->rules[k].v[i], a, arg)) != 0)
				return ret;
	for (c = a->children; c != NULL; c = c->next)
		if ((ret = walk(c, fn, arg)) != 0)
			return ret;
	return 0;
}

int
ruleset_walk(const struct ruleset *rs, int (*fn)(const struct rule *,
    const struct anchor *, void *), void *arg)
{
	return walk(rs->root, fn, arg);
}

/* The number that messages know a file by. */
static uint32_t
file_number(struct diag *d, const char *name)
{
	const char *have;
	uint32_t i;

	for (i = 0;; i++) {
		have = diag_file_name(d, i);
		if (strcmp(have, name) == 0)
			return i;
		if (strcmp(have, "-") == 0)
			return diag_file(d, name, NULL, 0);
	}
}

void
rule_origin_span(struct diag *d, const struct rule_origin *o, struct span *sp)
{
	memset(sp, 0, sizeof(*sp));
	if (o->line == 0 || o->file == NULL)
		return;
	sp->file = file_number(d, o->file);
	sp->line = sp->line2 = o->line;
	sp->col = o->col;
	sp->col2 = o->col + 1;
}

void
rule_init(struct rule *r, uint8_t class, uint8_t action)
{
	unsigned i;

	memset(r, 0, sizeof(*r));
	r->class = class;
	r->action = action;
	r->rdomain = -1;
	r->icmp_type = r->icmp_code = r->tos = -1;
	r->prio = -1;
	r->rtable = -1;
	r->set.prio[0] = r->set.prio[1] = r->set.tos = -1;
	r->set.delay = -1;
	r->scrub.min_ttl = r->scrub.max_mss = r->scrub.set_tos = -1;
	r->from.addr.plen = r->to.addr.plen = 128;
	for (i = 0; i < TM_MAX; i++)
		r->st.timeout[i] = -1;
}
