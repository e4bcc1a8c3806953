/* SPDX-License-Identifier: ISC */
/*
 * State options: keep state ( ... ) and set state-defaults.
 */
#include <string.h>

#include "rules/build.h"
#include "rules/names.h"
#include "rules/zone.h"

static bool
twice(struct build *b, const struct ast *o, const char *name)
{
	diag_error(b->diag, &o->loc, "state option '%s' multiple definitions",
	    name);
	return false;
}

/* A limit: a positive number, once. */
static bool
limit(struct build *b, const struct ast *o, const struct ast *num,
    const char *name, int64_t min, uint32_t *out)
{
	int64_t v;

	if (*out != 0)
		return twice(b, o, name);
	if (!number_in(b, num, min, UINT32_MAX, name, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
bit(struct build *b, const struct ast *o, const char *name, bool *out)
{
	if (*out)
		return twice(b, o, name);
	*out = true;
	return true;
}

static bool
timeout_opt(struct build *b, const struct ast *o,
    struct rule_state_opts *st)
{
	static const char *const others[] = {
		"max", "max-src-states", "max-src-nodes", "max-src-conn",
	};
	const char *names[TM_MAX + nitems(others)];
	size_t i, n;
	int tm = timeout_number(o->a->s);
	int64_t v;

	if (tm == -1) {
		diag_error(b->diag, &o->a->loc, strchr(o->a->s, '.') != NULL ?
		    "unknown timeout %s" : "unknown state option %s",
		    o->a->s);
		n = timeout_names(names, TM_MAX);
		for (i = 0; i < nitems(others); i++)
			names[n++] = others[i];
		diag_hint_near(b->diag, o->a->s, names, n);
		return false;
	}
	if (strchr(o->a->s, '.') == NULL) {
		diag_error(b->diag, &o->a->loc,
		    "illegal state timeout %s", o->a->s);
		diag_hint(b->diag, "it is one for all: set timeout %s",
		    o->a->s);
		return false;
	}
	if (st->timeout[tm] != -1) {
		diag_error(b->diag, &o->loc,
		    "state timeout %s multiple definitions", o->a->s);
		return false;
	}
	if (!number_in(b, o->b, 0, TIMEOUT_MAX, "seconds of a timeout", &v))
		return false;
	st->timeout[tm] = (int32_t)v;
	return true;
}

static bool
binding(struct build *b, const struct ast *o, struct rule_state_opts *st)
{
	if (st->binding_set) {
		diag_error(b->diag, &o->loc,
		    "state locking option: multiple definitions");
		return false;
	}
	st->binding_set = true;
	st->if_bound = o->op == SO_IFBOUND;
	return true;
}

static bool
overload(struct build *b, const struct ast *o, struct rule_state_opts *st)
{
	struct build_overload *u;

	if (st->overload_name != NULL) {
		diag_error(b->diag, &o->loc, "multiple 'overload' table "
		    "definitions");
		return false;
	}
	if (strlen(o->s) > RULE_TABLE_NAME_MAX) {
		diag_error(b->diag, &o->loc, "table name '%s' too long, max "
		    "%d chars", o->s, RULE_TABLE_NAME_MAX);
		return false;
	}
	st->overload_name = o->s;
	u = zone_alloc(b->zone, sizeof(*u));
	u->anchor = b->anchor;
	u->name = o->s;
	u->loc = o->loc;
	u->next = b->overloads;
	b->overloads = u;
	st->flush = o->n >= 1;
	st->flush_global = o->n == 2;
	return true;
}

static bool
stateopt(struct build *b, const struct ast *o, struct rule_state_opts *st,
    const struct ast **track)
{
	switch (o->op) {
	case SO_MAX:
		return limit(b, o, o->a, "max", 0, &st->max);
	case SO_NOSYNC:
		return bit(b, o, "no-sync", &st->no_sync);
	case SO_PFLOW:
		return bit(b, o, "pflow", &st->pflow);
	case SO_SLOPPY:
		return bit(b, o, "sloppy", &st->sloppy);
	case SO_RELATED:
		return bit(b, o, "allow-related", &st->allow_related);
	case SO_IFBOUND:
	case SO_FLOATING:
		return binding(b, o, st);
	case SO_TRACK:
		if (*track != NULL)
			return twice(b, o, "source-track");
		*track = o;
		return true;
	case SO_MAXSRCSTATES:
		return limit(b, o, o->a, "max-src-states", 1,
		    &st->max_src_states);
	case SO_MAXSRCNODES:
		return limit(b, o, o->a, "max-src-nodes", 1,
		    &st->max_src_nodes);
	case SO_MAXSRCCONN:
		return limit(b, o, o->a, "max-src-conn", 1,
		    &st->max_src_conn);
	case SO_MAXSRCCONNRATE:
		return limit(b, o, o->a, "max-src-conn-rate", 1,
		    &st->conn_rate) && limit(b, o, o->b, "max-src-conn-rate",
		    1, &st->conn_rate_secs);
	case SO_OVERLOAD:
		return overload(b, o, st);
	default:
		return timeout_opt(b, o, st);
	}
}

/* Source tracking as written, or as the limits imply. */
static bool
tracking(struct build *b, const struct ast *list, const struct ast *track,
    struct rule_state_opts *st)
{
	static const struct { int op; const char *name; } rule_only[] = {
		{ SO_MAXSRCNODES, "max-src-nodes" },
		{ SO_MAXSRCCONN, "max-src-conn" },
		{ SO_MAXSRCCONNRATE, "max-src-conn-rate" },
	};
	const struct ast *o;
	size_t i;
	bool ok = true;

	st->track = track == NULL ? RULE_TRACK_OFF : track->n != 0 ?
	    (uint8_t)track->n : RULE_TRACK_GLOBAL;
	for (o = list; o != NULL; o = o->next) {
		for (i = 0; i < nitems(rule_only); i++)
			if (o->op == rule_only[i].op)
				break;
		if (i == nitems(rule_only)) {
			if (o->op == SO_MAXSRCSTATES &&
			    st->track == RULE_TRACK_OFF)
				st->track = RULE_TRACK_GLOBAL;
			continue;
		}
		if (track != NULL && track->n == RULE_TRACK_GLOBAL) {
			diag_error(b->diag, &o->loc, "'%s' is incompatible "
			    "with 'source-track global'", rule_only[i].name);
			diag_note(b->diag, &track->loc, "written here");
			ok = false;
		}
		st->track = RULE_TRACK_RULE;
	}
	return ok;
}

bool
stateopts_read(struct build *b, const struct ast *list, struct rule *r)
{
	struct rule_state_opts *st = &r->st;
	const struct ast *o, *track = NULL, *over = NULL;
	bool ok = true;

	for (o = list; o != NULL; o = o->next) {
		ok &= stateopt(b, o, st, &track);
		if (o->op == SO_OVERLOAD)
			over = o;
	}
	ok &= tracking(b, list, track, st);
	if (ok && over != NULL && st->max_src_conn == 0 &&
	    st->conn_rate == 0) {
		diag_error(b->diag, &over->loc, "'overload' requires "
		    "'max-src-conn' or 'max-src-conn-rate'");
		ok = false;
	}
	if (st->max != 0 && st->timeout[TM_ADAPTIVE_START] == -1 &&
	    st->timeout[TM_ADAPTIVE_END] == -1) {
		uint64_t start = (uint64_t)st->max / 10 * 6;
		uint64_t end = (uint64_t)st->max / 10 * 12;

		st->timeout[TM_ADAPTIVE_START] = (int32_t)(start > INT32_MAX ?
		    INT32_MAX : start);
		st->timeout[TM_ADAPTIVE_END] = (int32_t)(end > INT32_MAX ?
		    INT32_MAX : end);
	}
	if (st->conn_rate_secs != 0 && st->timeout[TM_SRC_TRACK] <
	    (int64_t)st->conn_rate_secs)
		st->timeout[TM_SRC_TRACK] =
		    st->conn_rate_secs > TIMEOUT_MAX ? TIMEOUT_MAX :
		    (int32_t)st->conn_rate_secs;
	if (!st->binding_set)
		st->if_bound = b->state_if_bound;
	return ok;
}
