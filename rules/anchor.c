/* SPDX-License-Identifier: ISC */
/*
 * Anchors: the tree, and the rules that lead into it.
 */
#include <stdio.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"

#define LOADS_MAX 4096	/* files of `load anchor' in one load */

struct anchor *
anchor_get(struct build *b, struct anchor *from, const char *path)
{
	struct anchor *a = *path == '/' ? b->rs->root : from;
	size_t len;

	for (; *path != '\0'; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0)
			break;
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			if (a->parent != NULL)
				a = a->parent;
			continue;
		}
		a = anchor_child(b->zone, a, zone_strndup(b->zone, path, len));
	}
	return a;
}

static bool
anchor_name_ok(struct build *b, const struct ast *w)
{
	const char *s = w->s;
	size_t len;

	if (*s == '\0') {
		diag_error(b->diag, &w->loc, "anchor name is empty");
		return false;
	}
	if (strlen(s) + strlen(b->anchor->path) + 1 > RULE_ANCHOR_PATH_MAX) {
		diag_error(b->diag, &w->loc, "anchor path too long (max %d "
		    "chars)", RULE_ANCHOR_PATH_MAX);
		return false;
	}
	for (; *s != '\0'; s += len) {
		s += *s == '/';
		len = strcspn(s, "/");
		if (len > RULE_ANCHOR_NAME_MAX) {
			diag_error(b->diag, &w->loc, "anchor name too long "
			    "(max %d chars)", RULE_ANCHOR_NAME_MAX);
			return false;
		}
		if (*s == '_') {
			diag_error(b->diag, &w->loc, "anchor names beginning "
			    "with '_' are reserved for internal use");
			return false;
		}
	}
	return true;
}

/* The anchor that a rule leads to; NULL after an error. */
static struct anchor *
target(struct build *b, const struct ast_stmt *st, struct rule *r)
{
	const char *name;
	size_t len;

	if (st->word == NULL) {
		if (!st->has_body) {
			diag_error(b->diag, b->at, "anchors without explicit "
			    "rules must specify a name");
			return NULL;
		}
		r->anchor_inline = true;
		/* counted apart, as they are printed apart */
		if (st->op == RULE_CLASS_ETHER)
			return anchor_child(b->zone, b->anchor, zone_printf(
			    b->zone, "_ether%u", ++b->anchor->nunnamed_ether));
		return anchor_child(b->zone, b->anchor, zone_printf(b->zone, "_%u",
		    ++b->anchor->nunnamed));
	}
	name = st->word->s;
	len = strlen(name);
	r->anchor_name = name;
	r->anchor_inline = st->has_body;
	if (!anchor_name_ok(b, st->word))
		return NULL;
	if (st->has_body && strchr(name, '/') != NULL) {
		diag_error(b->diag, &st->word->loc, "anchor names containing "
		    "'/' cannot be used for inline anchors");
		return NULL;
	}
	if (strcmp(name, "*") == 0 || (len > 2 && strcmp(name + len - 2,
	    "/*") == 0)) {
		r->anchor_wild = true;
		name = zone_strndup(b->zone, name, len < 2 ? 0 : len - 2);
	}
	return anchor_get(b, b->anchor, name);
}

static void
body(struct build *b, const struct ast_stmt *st, struct anchor *a)
{
	struct anchor *outer = b->anchor;
	bool in_body = b->in_body, in_ether = b->in_ether;
	const struct span *at = b->at;

	a->given = true;
	a->inlined_at = build_origin(b, b->at);
	if (st->op == RULE_CLASS_ETHER)
		a->inlined_ether = true;
	else
		a->inlined = true;
	a->depth = outer->depth + 1;
	b->anchor = a;
	b->in_body = true;
	b->in_ether = st->op == RULE_CLASS_ETHER;
	build_stmts(b, st->body);
	b->anchor = outer;
	b->in_body = in_body;
	b->in_ether = in_ether;
	b->at = at;
}

static bool
check(struct build *b, const struct parts *p, const struct ast_stmt *st)
{
	const struct ast *a;

	if (p->state != NULL)
		diag_error(b->diag, &p->state->loc,
		    "cannot specify state handling on anchors");
	else if (p->route != NULL)
		diag_error(b->diag, &p->route->loc,
		    "cannot specify route handling on anchors");
	else if ((a = p->nat) != NULL || (a = p->rdr) != NULL ||
	    (a = p->binat) != NULL || (a = p->afto) != NULL ||
	    (a = p->nptv6) != NULL || (a = p->divert) != NULL)
		diag_error(b->diag, &a->loc,
		    "cannot specify translation on anchors");
	else if (p->once != NULL)
		diag_error(b->diag, &p->once->loc,
		    "cannot specify 'once' on anchors");
	else if (p->scrub != NULL)
		diag_error(b->diag, &p->scrub->loc,
		    "cannot specify scrub on anchors");
	else if (st->has_body && st->op != RULE_CLASS_FILTER &&
	    st->op != RULE_CLASS_ETHER)
		diag_error(b->diag, b->at, "nat-anchor, rdr-anchor and "
		    "binat-anchor take no rules in braces");
	else
		return true;
	return false;
}

void
build_anchor(struct build *b, const struct ast_stmt *st)
{
	static const int kinds[] = {
		[RULE_CLASS_FILTER] = IN_ANCHOR, [RULE_CLASS_ETHER] = IN_ETHER,
		[RULE_CLASS_NAT] = IN_XANCHOR, [RULE_CLASS_RDR] = IN_XANCHOR,
		[RULE_CLASS_BINAT] = IN_XANCHOR,
	};
	struct anchor lost = { .name = "", .path = "", .parent = b->anchor };
	struct anchor *to;
	struct expansion x;
	struct parts p;
	struct rule scratch = { 0 };
	bool ok;

	ok = parts_sort(b, st, kinds[st->op], &p) && check(b, &p, st);
	to = target(b, st, &scratch);
	if (to != NULL && st->has_body && (st->op == RULE_CLASS_ETHER ?
	    to->inlined_ether : to->inlined)) {
		diag_error(b->diag, &st->word->loc,
		    "inline anchor '%s' already exists", st->word->s);
		origin_note(b, &to->inlined_at, "the first one is here");
		to = NULL;
	}
	if (ok && to != NULL && expansion_begin(b, &p, st->op, RULE_ANCHOR,
	    &x)) {
		x.r.anchor = to;
		x.r.anchor_name = scratch.anchor_name;
		x.r.anchor_wild = scratch.anchor_wild;
		x.r.anchor_inline = scratch.anchor_inline;
		if (expansion_options(b, &x) && check_statement(b, &x))
			expand(b, &x);
	}
	if (st->has_body)
		body(b, st, to != NULL ? to : &lost);
}

void
build_load_anchor(struct build *b, const struct ast_stmt *st)
{
	struct build_load *l;
	struct anchor_load *al;

	if (b->in_body) {
		diag_error(b->diag, b->at,
		    "load anchor cannot stand in an inline anchor");
		return;
	}
	if (!anchor_name_ok(b, st->word))
		return;
	if (++b->nloads > LOADS_MAX) {
		diag_error(b->diag, b->at, "more than %d load anchor "
		    "statements", LOADS_MAX);
		return;
	}
	l = zone_alloc(b->zone, sizeof(*l));
	l->anchor = anchor_get(b, b->anchor, st->word->s);
	l->path = l->anchor->path;
	l->loc = st->loc;
	if (st->has_body)
		l->body = st->body;
	else
		l->file = st->args->s;
	if (l->body == NULL && l->file != NULL) {
		al = zone_alloc(b->zone, sizeof(*al));
		al->name = st->word->s;
		al->file = st->args->s;
		al->next = b->rs->loads;
		b->rs->loads = al;
	}
	l->anchor->given = true;
	if (b->loads_tail != NULL)
		b->loads_tail->next = l;
	else
		b->loads = l;
	b->loads_tail = l;
}

struct build_load *
build_next_load(struct build *b)
{
	struct build_load *l = b->loads;

	if (l != NULL && (b->loads = l->next) == NULL)
		b->loads_tail = NULL;
	return l;
}
