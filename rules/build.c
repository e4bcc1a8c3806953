/* SPDX-License-Identifier: ISC */
/*
 * Statements to a ruleset, one after the other.
 */
#include "rules/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/host.h"
#include "rules/names.h"

static void
defaults(struct ruleset_options *o)
{
	unsigned i;

	for (i = 0; i < TM_MAX; i++)
		o->timeout[i] = timeout_default(i);
	for (i = 0; i < LIMIT_MAX; i++)
		o->limit[i] = limit_default(i);
	o->optimization = "normal";
	o->debug = DEBUG_ERR;
	o->fingerprints = "/etc/pf.os";
	o->reassemble = true;
	o->syncookies_start = 25;
	o->syncookies_end = 12;
}

struct build *
build_new(struct diag *d, struct host *h)
{
	struct zone *a = zone_new();
	struct build *b;

	if (a == NULL)
		return NULL;
	if ((b = calloc(1, sizeof(*b))) == NULL) {
		zone_free(a);
		return NULL;
	}
	b->zone = a;
	if ((b->rs = zone_alloc(a, sizeof(*b->rs))) == NULL ||
	    (b->rs->root = zone_alloc(a, sizeof(*b->rs->root))) == NULL) {
		zone_free(a);
		free(b);
		return NULL;
	}
	b->rs->zone = a;
	b->rs->root->name = b->rs->root->path = "";
	b->diag = d;
	b->host = h;
	b->anchor = b->rs->root;
	b->options_apply = true;
	b->reassemble = true;
	defaults(&b->rs->options);
	return b;
}

void
build_free(struct build *b)
{
	if (b == NULL)
		return;
	ruleset_free(b->rs);
	free(b);
}

struct rule_origin
build_origin(struct build *b, const struct span *at)
{
	struct rule_origin o = {
		.line = at->line, .col = at->col, .stmt = b->stmt,
	};

	if (b->file_name == NULL || b->file_nr != at->file) {
		b->file_name = zone_strdup(b->zone,
		    diag_file_name(b->diag, at->file));
		b->file_nr = at->file;
	}
	o.file = b->file_name;
	return o;
}

void
build_say(struct build *b, const char *fmt, ...)
{
	char *line;
	va_list ap;
	int n;

	if (b->sink == NULL)
		return;
	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	b->sink(b->sink_arg, line);
	free(line);
}

void
origin_note(struct build *b, const struct rule_origin *o, const char *fmt, ...)
{
	struct span sp;
	char *text;
	va_list ap;
	int n;

	rule_origin_span(b->diag, o, &sp);
	if (sp.line == 0)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	diag_note(b->diag, &sp, "%s", text);
	free(text);
}

/* Ranks for set require-order; 0: anywhere. */
static const struct kind {
	const char *name;
	void (*run)(struct build *, const struct ast_stmt *);
	int order;
	bool in_body;		/* may stand in an inline anchor */
} kinds[] = {
	[ST_SET] = { "options", build_set, 1, false },
	[ST_TABLE] = { "tables", build_table, 0, true },
	[ST_QUEUE] = { "queues", build_queue, 2, false },
	[ST_RULE] = { "filter rules", build_rule, 4, true },
	[ST_ANCHOR] = { "anchors", build_anchor, 4, true },
	[ST_LOAD] = { "load anchor", build_load_anchor, 0, false },
	[ST_ANTISPOOF] = { "antispoof", build_antispoof, 4, true },
	[ST_XLATE] = { "translation rules", build_xlate, 3, false },
	[ST_SCRUB] = { "scrub rules", build_scrub, 2, false },
	[ST_ETHER] = { "ether rules", build_ether, 2, true },
	[ST_INTERFACE] = { "interface statements", build_interface, 0,
	    false },
	[ST_ROUTE] = { "route statements", build_route, 0, false },
};

static bool
in_order(struct build *b, const struct ast_stmt *st)
{
	const struct kind *k = &kinds[st->kind];
	int order = k->order;

	if (st->kind == ST_ANCHOR && st->op != RULE_CLASS_FILTER)
		order = st->op == RULE_CLASS_ETHER ? 2 : 3;
	if (order == 0 || b->in_body)
		return true;
	if (b->require_order && order < b->order) {
		diag_error(b->diag, &st->loc, "Rules must be in order: "
		    "options, ethernet, normalization, queueing, "
		    "translation, filtering");
		diag_note(b->diag, &b->order_at, "%s stand here",
		    b->order_what);
		return false;
	}
	if (order >= b->order) {
		b->order = order;
		b->order_at = st->loc;
		b->order_what = k->name;
	}
	return true;
}

static bool
is_ether(const struct ast_stmt *st)
{
	return st->kind == ST_ETHER || (st->kind == ST_ANCHOR &&
	    st->op == RULE_CLASS_ETHER);
}

/* nat-anchor, rdr-anchor, binat-anchor */
static bool
is_xlate_anchor(const struct ast_stmt *st)
{
	return st->kind == ST_ANCHOR && st->op != RULE_CLASS_FILTER &&
	    st->op != RULE_CLASS_ETHER;
}

void
build_stmts(struct build *b, const struct ast_stmt *st)
{
	for (; st != NULL; st = st->next) {
		b->at = &st->loc;
		b->stmt++;
		if (st->kind == ST_MACRO) {
			build_say(b, "%s", st->text);
			continue;
		}
		if (b->in_body && (!kinds[st->kind].in_body ||
		    is_xlate_anchor(st))) {
			diag_error(b->diag, b->at, "%s cannot stand in an "
			    "inline anchor", is_xlate_anchor(st) ?
			    kinds[ST_XLATE].name : kinds[st->kind].name);
			continue;
		}
		if (b->in_body && b->in_ether != is_ether(st)) {
			diag_error(b->diag, b->at, b->in_ether ?
			    "%s cannot stand in an ether anchor" :
			    "%s cannot stand in this anchor",
			    kinds[st->kind].name);
			continue;
		}
		if (in_order(b, st))
			kinds[st->kind].run(b, st);
	}
	b->rs->nstmts = b->stmt;
}

/* The table that a name means: the anchor's own, else the root's. */
static struct table *
table_at(struct build *b, const struct anchor *a, const char *name)
{
	struct table *t = tabledef_find(b, a, name);

	return t == NULL ? tabledef_find(b, b->rs->root, name) : t;
}

static struct table *
link_table(struct build *b, struct anchor *a, const char *name)
{
	struct table *t = table_at(b, a, name);

	if (t == NULL)
		t = tabledef_get(b, a, name);
	t->refs++;
	return t;
}

static void
link_addr(struct build *b, struct anchor *a, struct rule_addr *ra)
{
	if (ra->type != RULE_ADDR_TABLE)
		return;
	if (ra->table == NULL)
		ra->table = link_table(b, a, ra->name);
	else
		ra->table->refs++;
	ra->table->reads++;
}

static void
link_pool(struct build *b, struct anchor *a, struct pool *p)
{
	uint32_t i;

	for (i = 0; p != NULL && i < p->n; i++)
		link_addr(b, a, &p->v[i].addr);
}

/* What a rule could not know when it was made. */
static void
finish_rule(struct build *b, struct anchor *a, struct rule *r)
{
	link_addr(b, a, &r->from.addr);
	link_addr(b, a, &r->to.addr);
	link_pool(b, a, r->nat);
	link_pool(b, a, r->rdr);
	link_pool(b, a, r->binat);
	link_pool(b, a, r->route);
	if (r->st.overload_name != NULL)
		r->st.overload = link_table(b, a, r->st.overload_name);
	if (r->class == RULE_CLASS_FILTER && r->action == RULE_PASS)
		r->fail_return = b->rs->options.fail_return;
	/* `floating' has to be said only where the policy is if-bound */
	r->st.binding_set = r->state != RULE_STATE_NONE && !r->st.if_bound &&
	    b->rs->options.state_if_bound;
}

static void
finish_anchor(struct build *b, struct anchor *a)
{
	struct anchor *c;
	uint32_t i, k;

	for (k = 0; k < RULE_CLASS_MAX; k++)
		for (i = 0; i < a->rules[k].n; i++)
			finish_rule(b, a, a->rules[k].v[i]);
	for (c = a->children; c != NULL; c = c->next)
		finish_anchor(b, c);
}

static void
finish_options(struct ruleset_options *o)
{
	const struct optimization *opt = optimization_find(o->optimization);
	uint32_t n = o->limit[LIMIT_STATES];
	size_t i;

	for (i = 0; i < nitems(optimization_timeouts); i++)
		if ((o->timeout_set & 1u << optimization_timeouts[i]) == 0)
			o->timeout[optimization_timeouts[i]] = opt->tm[i];
	if ((o->limit_set & 1u << LIMIT_STATES) == 0)
		return;
	if ((o->timeout_set & (1u << TM_ADAPTIVE_START |
	    1u << TM_ADAPTIVE_END)) == 0) {
		o->timeout[TM_ADAPTIVE_START] = (int32_t)(n / 10 * 6);
		o->timeout[TM_ADAPTIVE_END] = (int32_t)(n / 10 * 12);
	}
}

/* A table that offenders go into and no rule looks at does nothing. */
static void
overloads_check(struct build *b)
{
	const struct build_overload *o;
	const struct table *t;

	for (o = b->overloads; o != NULL && !b->sub && b->warn; o = o->next) {
		t = table_at(b, o->anchor, o->name);
		if (t == NULL || t->reads != 0)
			continue;
		diag_warn_named(b->diag, "overload-unread", &o->loc, "<%s> is "
		    "filled here, but no rule reads it: offenders are "
		    "recorded and never blocked", o->name);
		diag_hint(b->diag, "add for example: block in quick from "
		    "<%s>", o->name);
	}
}

void
build_finish(struct build *b)
{
	queues_check(b);
	finish_options(&b->rs->options);
	finish_anchor(b, b->rs->root);
	overloads_check(b);
}
