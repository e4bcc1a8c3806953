/* SPDX-License-Identifier: ISC */
/*
 * Parts of a ruleset that come from elsewhere.
 */
#include "engine/natd/graft.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/ruleset.h"

/* Anchor rules lead into the tree that they stand in. */
static int
lead(struct ruleset *to, const struct rulelist *l)
{
	uint32_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i]->anchor != NULL && (l->v[i]->anchor =
		    ruleset_anchor_make(to, l->v[i]->anchor->path)) == NULL)
			return -ENOMEM;
	return 0;
}

/* Contents of one anchor; those above and below it are another matter. */
static int
replace(struct ruleset *to, const struct anchor *src)
{
	struct anchor *dst = ruleset_anchor_make(to, src->path);
	struct table *t;
	unsigned i;
	int error = 0;

	if (dst == NULL)
		return -ENOMEM;
	for (i = 0; i < RULE_CLASS_MAX && error == 0; i++) {
		to->nrules += src->rules[i].n - dst->rules[i].n;
		dst->rules[i] = src->rules[i];
		error = lead(to, &dst->rules[i]);
	}
	dst->tables = src->tables;
	for (t = dst->tables; t != NULL; t = t->next)
		t->anchor = dst;
	return error;
}

static int
replace_below(struct ruleset *to, const struct anchor *src)
{
	const struct anchor *child;
	int error;

	if ((error = replace(to, src)) != 0)
		return error;
	/* anchors nest as deep as braces may */
	for (child = src->children; child != NULL && error == 0;
	    child = child->next)
		if (child->given)
			error = replace_below(to, child);
	return error;
}

int
graft_anchor(struct ruleset *to, const struct ruleset *part, const char *path)
{
	const struct anchor *src = ruleset_anchor(part, path);

	return src != NULL ? replace_below(to, src) : 0;
}

static void
keep(struct anchor *a, bool (*is)(const struct table *))
{
	struct anchor *child;
	struct table *t;

	for (t = a->tables; t != NULL; t = t->next)
		if (is(t)) {
			t->initialized = false;
			t->nparts = 0;
		}
	/* anchors nest as deep as braces may */
	for (child = a->children; child != NULL; child = child->next)
		keep(child, is);
}

static bool
is_named(const struct table *t)
{
	return !t->automatic;
}

static bool
is_filed(const struct table *t)
{
	uint32_t i;

	for (i = 0; i < t->nparts; i++)
		if (t->parts[i].file != NULL && !t->parts[i].loaded)
			return true;
	return false;
}

void
graft_keep_tables(struct anchor *a)
{
	keep(a, is_named);
}

void
graft_keep_files(struct anchor *a)
{
	keep(a, is_filed);
}

/* Options that stand alone: their bit, their place, their kind. */
#define OPTION(bit, m) \
	{ bit, offsetof(struct ruleset_options, m), \
	    sizeof(((struct ruleset_options *)0)->m) }
static const struct {
	uint32_t bit;
	size_t off, size;
} plain[] = {
	OPTION(OPT_HOSTID, hostid),
	OPTION(OPT_BLOCK_POLICY, block_return),
	OPTION(OPT_FAIL_POLICY, fail_return),
	OPTION(OPT_STATE_POLICY, state_if_bound),
	OPTION(OPT_DEBUG, debug),
	OPTION(OPT_REASSEMBLE, reassemble),
	OPTION(OPT_REASSEMBLE, reassemble_no_df),
	OPTION(OPT_SYNCOOKIES, syncookies),
	OPTION(OPT_SYNCOOKIES, syncookies_numbers),
	OPTION(OPT_SYNCOOKIES, syncookies_start),
	OPTION(OPT_SYNCOOKIES, syncookies_end),
	OPTION(OPT_REQUIRE_ORDER, require_order),
	OPTION(OPT_NAT_POLICY, nat_rfc),
	OPTION(OPT_RELOAD_STATES, reload_recheck),
	OPTION(OPT_ON_EXIT, exit_pass),
	OPTION(OPT_ON_OVERLOAD, overload_pass),
	OPTION(OPT_UDP_GRO, no_udp_gro),
	OPTION(OPT_WORKERS, workers),
};
#define TEXT(bit, m) { bit, offsetof(struct ruleset_options, m) }
static const struct {
	uint32_t bit;
	size_t off;
} texts[] = {
	TEXT(OPT_LOGINTERFACE, loginterface),
	TEXT(OPT_FINGERPRINTS, fingerprints),
	TEXT(OPT_OPTIMIZATION, optimization),
};

static int
graft_text(struct ruleset *rs, size_t off, const struct ruleset_options *old)
{
	const char *s, **to;

	s = *(const char *const *)(const void *)((const char *)old + off);
	to = (const char **)(void *)((char *)&rs->options + off);
	*to = s != NULL ? zone_strdup(rs->zone, s) : NULL;
	return s != NULL && *to == NULL ? -ENOMEM : 0;
}

static int
graft_skip(struct ruleset *rs, const struct ruleset_options *old)
{
	const char **v = NULL;
	uint32_t i;

	for (i = 0; i < old->nskip; i++) {
		if ((v = zone_grow(rs->zone, v, i, sizeof(*v))) == NULL ||
		    (v[i] = zone_strdup(rs->zone, old->skip[i])) == NULL)
			return -ENOMEM;
	}
	rs->options.skip = v;
	rs->options.nskip = old->nskip;
	return 0;
}

int
graft_options(struct ruleset *rs, const struct ruleset_options *old)
{
	struct ruleset_options *o = &rs->options;
	size_t i;
	int error = 0;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if ((o->set & plain[i].bit) == 0)
			memcpy((char *)o + plain[i].off,
			    (const char *)old + plain[i].off, plain[i].size);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) && error == 0; i++)
		if ((o->set & texts[i].bit) == 0)
			error = graft_text(rs, texts[i].off, old);
	if (error == 0 && (o->set & OPT_SKIP) == 0)
		error = graft_skip(rs, old);
	/* an optimization sets the timeouts that it stands for */
	for (i = 0; i < TM_MAX; i++)
		if ((o->timeout_set & (1u << i)) == 0 &&
		    (o->set & OPT_OPTIMIZATION) == 0)
			o->timeout[i] = old->timeout[i];
	for (i = 0; i < LIMIT_MAX; i++)
		if ((o->limit_set & (1u << i)) == 0)
			o->limit[i] = old->limit[i];
	o->set |= old->set;
	o->timeout_set |= old->timeout_set;
	o->limit_set |= old->limit_set;
	return error;
}
