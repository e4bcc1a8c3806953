/* SPDX-License-Identifier: ISC */
/*
 * set OPTION: remembered, and said at once for -v.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/names.h"
#include "rules/print.h"

/* Where a value goes: nowhere for a file that is loaded into an anchor. */
static struct ruleset_options *
target(struct build *b, uint32_t bit)
{
	struct ruleset_options *o;

	if (!b->options_apply) {
		o = zone_alloc(b->zone, sizeof(*o));
		return o;
	}
	b->rs->options.set |= bit;
	if (bit != 0)
		b->rs->set_at.option[__builtin_ctz(bit)] =
		    build_origin(b, b->at);
	return &b->rs->options;
}

static void
unknown(struct build *b, const struct ast *w, const char *what,
    const char *const *names, size_t n)
{
	char list[128] = "";
	size_t i, len = 0;

	diag_error(b->diag, &w->loc, "%s %s", what, w->s);
	if (diag_hint_near(b->diag, w->s, names, n))
		return;
	for (i = 0; i < n; i++) {
		strlcat(list, i == 0 ? "" : i + 1 < n ? ", " : " or ",
		    sizeof(list));
		len = strlcat(list, names[i], sizeof(list));
	}
	if (len < sizeof(list))
		diag_hint(b->diag, "expected %s", list);
}

static void
set_timeout(struct build *b, const struct ast_stmt *st)
{
	const char *names[TM_MAX];
	struct ruleset_options *o = target(b, 0);
	const struct ast *p;
	int64_t v;
	int tm;

	for (p = st->args; p != NULL; p = p->next) {
		if ((tm = timeout_number(p->a->s)) == -1) {
			unknown(b, p->a, "unknown timeout", names,
			    timeout_names(names, TM_MAX));
			continue;
		}
		if (!number_in(b, p->b, 0, TIMEOUT_MAX,
		    "seconds of a timeout", &v))
			continue;
		o->timeout[tm] = (int32_t)v;
		o->timeout_set |= 1u << tm;
		if (b->options_apply)
			b->rs->set_at.timeout[tm] = build_origin(b, &p->loc);
		build_say(b, "set timeout %s %d", timeout_name((unsigned)tm),
		    o->timeout[tm]);
	}
}

static void
set_limit(struct build *b, const struct ast_stmt *st)
{
	const char *names[LIMIT_MAX];
	struct ruleset_options *o = target(b, 0);
	const struct ast *p;
	char what[64];
	unsigned i;
	int64_t v;
	int n;

	for (i = 0; i < LIMIT_MAX; i++)
		names[i] = limit_name(i);
	for (p = st->args; p != NULL; p = p->next) {
		if ((n = limit_number(p->a->s)) == -1) {
			diag_error(b->diag, &p->loc, "unable to set limit %s "
			    "%lld", p->a->s, (long long)p->b->n);
			diag_hint_near(b->diag, p->a->s, names, LIMIT_MAX);
			continue;
		}
		snprintf(what, sizeof(what), "limit %s", names[n]);
		if (!number_in(b, p->b, 0, UINT32_MAX, what, &v))
			continue;
		o->limit[n] = (uint32_t)v;
		o->limit_set |= 1u << n;
		if (b->options_apply)
			b->rs->set_at.limit[n] = build_origin(b, &p->loc);
		build_say(b, "set limit %s %u", names[n], o->limit[n]);
	}
}

static void
set_optimization(struct build *b, const struct ast_stmt *st)
{
	static const char *const names[] = {
		"normal", "high-latency", "satellite", "conservative",
		"aggressive",
	};
	struct ruleset_options *o;

	if (optimization_find(st->args->s) == NULL) {
		unknown(b, st->args, "unknown optimization", names,
		    nitems(names));
		return;
	}
	o = target(b, OPT_OPTIMIZATION);
	o->optimization = st->args->s;
	build_say(b, "set optimization %s", st->args->s);
}

static void
set_rulesetopt(struct build *b, const struct ast_stmt *st)
{
	static const char *const names[] = { "none", "basic", "profile" };
	size_t i;

	for (i = 0; i < nitems(names); i++)
		if (strcmp(st->args->s, names[i]) == 0) {
			target(b, OPT_RULESET_OPTIMIZATION);
			return;
		}
	unknown(b, st->args, "unknown ruleset-optimization", names,
	    nitems(names));
}

static void
set_loginterface(struct build *b, const struct ast_stmt *st)
{
	struct ruleset_options *o;

	if (strlen(st->args->s) > RULE_IFNAME_MAX) {
		diag_error(b->diag, &st->args->loc, "interface name too long");
		return;
	}
	o = target(b, OPT_LOGINTERFACE);
	o->loginterface = strcmp(st->args->s, "none") == 0 ? NULL :
	    st->args->s;
	build_say(b, "set loginterface %s", st->args->s);
}

static void
set_hostid(struct build *b, const struct ast_stmt *st)
{
	struct ruleset_options *o;
	int64_t v;

	if (ast_number(st->args, &v) && v == 0) {
		diag_error(b->diag, &st->args->loc,
		    "hostid must be non-zero");
		return;
	}
	if (!number_in(b, st->args, 1, UINT32_MAX, "hostid", &v))
		return;
	o = target(b, OPT_HOSTID);
	o->hostid = (uint32_t)v;
	build_say(b, "set hostid 0x%08x", o->hostid);
}

static void
set_policy(struct build *b, const struct ast_stmt *st)
{
	bool ret = st->n != 0;

	if (st->op == SETS_BLOCKPOLICY) {
		b->block_return = ret;
		target(b, OPT_BLOCK_POLICY)->block_return = ret;
	} else {
		target(b, OPT_FAIL_POLICY)->fail_return = ret;
	}
	build_say(b, "set %s-policy %s", st->op == SETS_BLOCKPOLICY ?
	    "block" : "fail", ret ? "return" : "drop");
}

static void
set_statepolicy(struct build *b, const struct ast_stmt *st)
{
	b->state_if_bound = st->n != 0;
	target(b, OPT_STATE_POLICY)->state_if_bound = b->state_if_bound;
	build_say(b, "set state-policy %s", b->state_if_bound ? "if-bound" :
	    "floating");
}

static void
set_statedefaults(struct build *b, const struct ast_stmt *st)
{
	struct rule scratch;
	unsigned i;

	if (b->state_defaults != NULL) {
		diag_error(b->diag, b->at, "cannot redefine state-defaults");
		diag_note(b->diag, &b->state_defaults_at,
		    "they are defined here");
		return;
	}
	memset(&scratch, 0, sizeof(scratch));
	for (i = 0; i < TM_MAX; i++)
		scratch.st.timeout[i] = -1;
	if (!stateopts_read(b, st->args, &scratch))
		return;
	b->state_defaults = st->args;
	b->state_defaults_at = *b->at;
	target(b, OPT_STATE_DEFAULTS);
}

static void
set_debug(struct build *b, const struct ast_stmt *st)
{
	static const char *const names[] = {
		"emerg", "alert", "crit", "err", "warning", "notice", "info",
		"debug", "none", "urgent", "misc", "loud",
	};
	struct ruleset_options *o;
	int n = debug_number(st->args->s);

	if (n == -1) {
		unknown(b, st->args, "unknown debug level", names,
		    nitems(names));
		return;
	}
	o = target(b, OPT_DEBUG);
	o->debug = (uint8_t)n;
	build_say(b, "set debug %s", st->args->s);
}

static void
set_fingerprints(struct build *b, const struct ast_stmt *st)
{
	if (b->files && access(st->args->s, R_OK) == -1) {
		diag_error(b->diag, &st->args->loc, "cannot load \"%s\": %s",
		    st->args->s, strerror(errno));
		return;
	}
	target(b, OPT_FINGERPRINTS)->fingerprints = st->args->s;
	build_say(b, "set fingerprints \"%s\"", st->args->s);
}

static void
set_skip(struct build *b, const struct ast_stmt *st)
{
	struct ruleset_options *o = target(b, OPT_SKIP);
	const struct ast *i;
	char *buf = NULL;
	size_t size;
	FILE *f;

	for (i = st->args; i != NULL; i = i->next)
		if (i->neg || i->op != IF_NAME) {
			diag_error(b->diag, &i->loc, i->op == IF_RDOMAIN ?
			    "skip on rdomain is not supported" :
			    "skip on takes plain interface names");
			return;
		} else if (strlen(i->s) > RULE_IFNAME_MAX) {
			diag_error(b->diag, &i->loc, "interface name too long");
			return;
		}
	if (st->args->next == NULL && strcmp(st->args->s, "none") == 0) {
		o->nskip = 0;
		o->skip = NULL;
		build_say(b, "set skip on none");
		return;
	}
	for (i = st->args; i != NULL; i = i->next) {
		o->skip = zone_grow(b->zone, o->skip, o->nskip,
		    sizeof(*o->skip));
		o->skip[o->nskip++] = i->s;
	}
	if (b->sink == NULL || (f = open_memstream(&buf, &size)) == NULL)
		return;
	for (i = st->args; i != NULL; i = i->next) {
		print_name(f, i->s);
		fputc(' ', f);
	}
	fclose(f);
	build_say(b, "set skip on { %s}", buf == NULL ? "" : buf);
	free(buf);
}

static void
set_reassemble(struct build *b, const struct ast_stmt *st)
{
	struct ruleset_options *o;

	if (st->n == -1) {
		diag_error(b->diag, &st->args->loc, "reassemble is 'yes' or 'no'");
		return;
	}
	o = target(b, OPT_REASSEMBLE);
	o->reassemble = st->n == 1;
	o->reassemble_no_df = st->neg;
	build_say(b, "set reassemble %s%s", st->n == 1 ? "yes" : "no",
	    st->neg ? " no-df" : "");
}

static bool
percent(struct build *b, const struct ast *w, uint8_t *out)
{
	unsigned long v;
	char *end;

	v = strtoul(w->s, &end, 10);
	if (end == w->s || strcmp(end, "%") != 0 || v < 1 || v > 99) {
		diag_error(b->diag, &w->loc, "illegal percentage value");
		diag_hint(b->diag, "expected 1%% - 99%%");
		return false;
	}
	*out = (uint8_t)v;
	return true;
}

static void
set_syncookies(struct build *b, const struct ast_stmt *st)
{
	static const char *const names[] = {
		[SYNCOOKIES_NEVER] = "never", [SYNCOOKIES_ALWAYS] = "always",
		[SYNCOOKIES_ADAPTIVE] = "adaptive",
	};
	struct ruleset_options *o;
	const struct ast *w;
	uint8_t start = 0, end = 0, *to;
	size_t i;

	for (i = 0; i < nitems(names); i++)
		if (strcmp(st->word->s, names[i]) == 0)
			break;
	if (i == nitems(names)) {
		unknown(b, st->word, "illegal value for syncookies", names,
		    nitems(names));
		return;
	}
	for (w = st->args; w != NULL; w = w->next->next) {
		to = strcmp(w->s, "start") == 0 ? &start :
		    strcmp(w->s, "end") == 0 ? &end : NULL;
		if (to == NULL || w->next == NULL) {
			diag_error(b->diag, &w->loc, "'start N%%' or 'end N%%' "
			    "stands here");
			return;
		}
		if (!percent(b, w->next, to))
			return;
	}
	if (st->args != NULL && i != SYNCOOKIES_ADAPTIVE) {
		diag_error(b->diag, &st->args->loc, "start and end can only "
		    "be set for adaptive syncookies");
		return;
	}
	if (start == 0)
		start = 25;
	if (end == 0)
		end = start / 2;
	if (start <= end) {
		diag_error(b->diag, &st->args->loc,
		    "start must be higher than end");
		return;
	}
	o = target(b, OPT_SYNCOOKIES);
	o->syncookies = (uint8_t)i;
	o->syncookies_numbers = st->args != NULL;
	o->syncookies_start = start;
	o->syncookies_end = end;
	if (st->args != NULL)
		build_say(b, "set syncookies adaptive (start %u%%, end "
		    "%u%%)", start, end);
	else
		build_say(b, "set syncookies %s", names[i]);
}

static void
set_requireorder(struct build *b, const struct ast_stmt *st)
{
	if (st->n == -1) {
		diag_error(b->diag, &st->args->loc,
		    "require-order is 'yes' or 'no'");
		return;
	}
	b->require_order = st->n == 1;
	target(b, OPT_REQUIRE_ORDER)->require_order = b->require_order;
	build_say(b, "set require-order %s", st->n == 1 ? "yes" : "no");
}

/* natd's own options: a name and one of two words. */
static const struct choice {
	const char *name, *off, *on;
	uint32_t bit;
	size_t member;
} choices[] = {
	{ "nat-policy", "pf", "rfc", OPT_NAT_POLICY,
	    offsetof(struct ruleset_options, nat_rfc) },
	{ "reload-states", "keep", "recheck", OPT_RELOAD_STATES,
	    offsetof(struct ruleset_options, reload_recheck) },
	{ "on-exit", "block", "pass", OPT_ON_EXIT,
	    offsetof(struct ruleset_options, exit_pass) },
	{ "on-overload", "drop", "pass", OPT_ON_OVERLOAD,
	    offsetof(struct ruleset_options, overload_pass) },
	{ "udp-gro", "yes", "no", OPT_UDP_GRO,
	    offsetof(struct ruleset_options, no_udp_gro) },
};

static void
set_choice(struct build *b, const struct choice *c, const struct ast_stmt *st)
{
	struct ruleset_options *o;
	bool on;

	if (st->args == NULL || st->args->next != NULL ||
	    (strcmp(st->args->s, c->on) != 0 &&
	    strcmp(st->args->s, c->off) != 0)) {
		diag_error(b->diag, st->args != NULL ? &st->args->loc : b->at,
		    "%s is '%s' or '%s'", c->name, c->off, c->on);
		return;
	}
	on = strcmp(st->args->s, c->on) == 0;
	o = target(b, c->bit);
	*(bool *)((char *)o + c->member) = on;
	build_say(b, "set %s %s", c->name, on ? c->on : c->off);
}

static void
set_word(struct build *b, const struct ast_stmt *st)
{
	static const char *const names[] = {
		"timeout", "limit", "optimization", "ruleset-optimization",
		"loginterface", "hostid", "block-policy", "fail-policy",
		"state-policy", "state-defaults", "debug", "fingerprints",
		"skip", "reassemble", "syncookies", "require-order",
		"keepcounters", "nat-policy", "reload-states", "on-exit",
		"on-overload", "udp-gro", "workers",
	};
	int64_t v;
	size_t i;

	for (i = 0; i < nitems(choices); i++)
		if (strcmp(st->word->s, choices[i].name) == 0) {
			set_choice(b, &choices[i], st);
			return;
		}
	if (strcmp(st->word->s, "keepcounters") == 0) {
		if (st->args != NULL) {
			diag_error(b->diag, &st->args->loc, "keepcounters "
			    "takes no value");
			return;
		}
		target(b, OPT_KEEPCOUNTERS);
		build_say(b, "set keepcounters");
	} else if (strcmp(st->word->s, "workers") == 0 && st->args != NULL &&
	    st->args->next == NULL) {
		if (!number_in(b, st->args, 1, 256, "workers", &v))
			return;
		target(b, OPT_WORKERS)->workers = (uint32_t)v;
		build_say(b, "set workers %lld", (long long)v);
	} else {
		diag_error(b->diag, &st->word->loc, "unknown option \"%s\"",
		    st->word->s);
		diag_hint_near(b->diag, st->word->s, names, nitems(names));
	}
}

static void (*const setters[])(struct build *, const struct ast_stmt *) = {
	[SETS_TIMEOUT] = set_timeout, [SETS_LIMIT] = set_limit,
	[SETS_OPTIMIZATION] = set_optimization,
	[SETS_RULESETOPT] = set_rulesetopt,
	[SETS_LOGINTERFACE] = set_loginterface, [SETS_HOSTID] = set_hostid,
	[SETS_BLOCKPOLICY] = set_policy, [SETS_FAILPOLICY] = set_policy,
	[SETS_STATEPOLICY] = set_statepolicy,
	[SETS_STATEDEFAULTS] = set_statedefaults, [SETS_DEBUG] = set_debug,
	[SETS_FINGERPRINTS] = set_fingerprints, [SETS_SKIP] = set_skip,
	[SETS_REASSEMBLE] = set_reassemble,
	[SETS_SYNCOOKIES] = set_syncookies,
	[SETS_REQUIREORDER] = set_requireorder, [SETS_WORD] = set_word,
};

void
build_set(struct build *b, const struct ast_stmt *st)
{
	setters[st->op](b, st);
}
