/* SPDX-License-Identifier: ISC */
/*
 * A revision of the rules.
 */
#include "engine/natd/revision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/program.h"
#include "rules/rule.h"
#include "rules/ruleid.h"
#include "rules/ruleset.h"
#include "rules/zone.h"

void
revision_free(struct revision *r)
{
	size_t i;

	if (r == NULL)
		return;
	if (r->prog != NULL)
		program_free(r->prog);
	ruleset_free(r->rs);
	for (i = 0; i < r->ngrafts; i++)
		ruleset_free(r->grafts[i]);
	free(r->grafts);
	free(r->text);
	free(r->original);
	free(r->ifaces);
	free(r->rules);
	free(r);
}

static int
rule_cmp(const void *a, const void *b)
{
	const struct revision_rule *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * A checksum over the rules, 32 hex digits as pf shows one: two sums over
 * their ids in order.  It tells people whether two machines hold the same
 * rules; nothing relies on it.
 */
static void
checksum_add(uint64_t sum[2], uint64_t id)
{
	sum[0] = (sum[0] ^ id) * 0x9e3779b97f4a7c15u;
	sum[0] ^= sum[0] >> 29;
	sum[1] = (sum[1] + id) * 0xbf58476d1ce4e5b9u;
	sum[1] ^= sum[1] >> 32;
}

struct walk {
	struct revision *r;
	uint64_t sum[2];
};

/* All labels, one a line; NULL: no memory. */
static const char *
label_lines(const struct rule *rule, struct zone *zone)
{
	const char *all = "";
	uint8_t i;

	for (i = 0; i < rule->nlabels && all != NULL; i++)
		all = i == 0 ? rule->label[0].text : zone_printf(zone,
		    "%s\n%s", all, rule->label[i].text);
	return all;
}

static int
index_rule(const struct rule *rule, const struct anchor *a, void *arg)
{
	struct walk *w = arg;
	struct revision *r = w->r;
	const char *labels;

	if ((labels = label_lines(rule, r->rs->zone)) == NULL)
		return -ENOMEM;
	r->rules[r->nrules++] = (struct revision_rule){
		.id = rule->id, .rule = rule, .anchor = a, .row = UINT32_MAX,
		.labels = labels,
	};
	r->filter += rule->class == RULE_CLASS_FILTER;
	r->nat += rule->class == RULE_CLASS_NAT;
	r->rdr += rule->class == RULE_CLASS_RDR;
	r->binat += rule->class == RULE_CLASS_BINAT;
	checksum_add(w->sum, rule->id);
	return 0;
}

static uint64_t
count_tables(const struct anchor *a)
{
	const struct anchor *child;
	const struct table *t;
	uint64_t n = 0;

	for (t = a->tables; t != NULL; t = t->next)
		n += !t->automatic && t->defined;
	for (child = a->children; child != NULL; child = child->next)
		n += count_tables(child);
	return n;
}

static int
count_rule(const struct rule *rule, const struct anchor *a, void *arg)
{
	size_t *n = arg;

	(void)rule;
	(void)a;
	(*n)++;
	return 0;
}

/* The rules are in order of their ids: neighbours share the most digits. */
static void
set_digits(struct revision_rule *rules, size_t n)
{
	unsigned before = RULEID_DIGITS_MIN, behind;
	size_t i;

	for (i = 0; i < n; i++) {
		behind = i + 1 < n ?
		    ruleid_digits(rules[i].id, rules[i + 1].id) :
		    RULEID_DIGITS_MIN;
		rules[i].digits = (uint8_t)(before > behind ? before : behind);
		before = behind;
	}
}

int
revision_index(struct revision *r)
{
	struct walk w = { .r = r };
	size_t n = 0;
	int error;

	ruleset_walk(r->rs, count_rule, &n);
	r->rules = calloc(n + 1, sizeof(*r->rules));
	if (r->rules == NULL)
		return -ENOMEM;
	if ((error = ruleset_walk(r->rs, index_rule, &w)) != 0)
		return error;
	if (r->nrules > 0)
		qsort(r->rules, r->nrules, sizeof(*r->rules), rule_cmp);
	set_digits(r->rules, r->nrules);
	r->tables = count_tables(r->rs->root);
	snprintf(r->checksum, sizeof(r->checksum), "%016llx%016llx",
	    (unsigned long long)w.sum[0], (unsigned long long)w.sum[1]);
	return 0;
}

static struct revision_rule *
find(const struct revision *r, uint64_t id)
{
	struct revision_rule key = { .id = id };

	return r->nrules == 0 ? NULL : bsearch(&key, r->rules, r->nrules,
	    sizeof(*r->rules), rule_cmp);
}

void
revision_rows(struct revision *r)
{
	const struct prule *pr;
	struct revision_rule *rr;
	uint32_t i;

	for (i = 0; i < program_nrules(r->prog); i++) {
		pr = program_rule(r->prog, i);
		if ((rr = find(r, pr->id)) != NULL)
			rr->row = pr->row;
	}
}

const struct revision_rule *
revision_find(const struct revision *r, uint64_t id)
{
	return find(r, id);
}

size_t
revision_prefix(const struct revision *r, uint64_t prefix, unsigned digits,
    const struct revision_rule **first)
{
	const unsigned shift = 4 * (RULEID_DIGITS - digits);
	size_t lo = 0, hi = r->nrules, mid, n = 0;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (r->rules[mid].id >> shift < prefix)
			lo = mid + 1;
		else
			hi = mid;
	}
	*first = r->rules + lo;
	while (lo + n < r->nrules && r->rules[lo + n].id >> shift == prefix)
		n++;
	return n;
}
