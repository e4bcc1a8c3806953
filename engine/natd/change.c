/* SPDX-License-Identifier: ISC */
/*
 * The small requests: hello, set, confirm, flush.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/filter.h"
#include "ctl/proto.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/hops.h"
#include "engine/natd/log.h"
#include "engine/natd/loader.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/remote.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/states.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "rules/names.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

void
request_hello(struct session *s, const json_t *args)
{
	const struct natd *natd = s->natd;
	struct jsonbuf *b = &s->out;
	uint64_t version;

	if (arg_u64(s, args, "version", PROTO_VERSION, UINT32_MAX,
	    &version) != 0)
		return;
	if (version != PROTO_VERSION) {
		answer_error(b, PROTO_ERROR_VERSION, "natd speaks version %d "
		    "of the protocol, you speak %u", PROTO_VERSION,
		    (unsigned)version);
		return;
	}
	answer_done_open(b);
	jsonbuf_member_u64(b, "version", PROTO_VERSION);
	jsonbuf_member_str(b, "natd", PACKAGE_VERSION);
	jsonbuf_member_bool(b, "readonly", s->readonly);
	jsonbuf_member_bool(b, "enabled", engine_enabled(natd->engine));
	jsonbuf_member_u64(b, "revision", natd->rev->number);
	jsonbuf_member_u64(b, "states",
	    arena_states(memory_arena(natd->memory)));
	jsonbuf_member_u64(b, "pid", (uint64_t)getpid());
	jsonbuf_member_u64(b, "started", natd->started);
	answer_done_close(b);
}

/*
 * While nothing is filtered the kernel is not to ask: its hooks go, and come
 * back.  States stay; what passed meanwhile they have not seen.
 */
static int
set_enabled(struct natd *natd, bool on)
{
	int error;

	if (!on) {
		natd_watch(natd, true);
		planes_unhook(natd->planes);
		loader_interfaces(natd);
	}
	if ((error = engine_set_enabled(natd->engine, on)) != 0)
		return error;
	if (on && (error = planes_hook(natd->planes, natd->rev->rs,
	    true)) != 0) {
		planes_unhook(natd->planes);
		(void)engine_set_enabled(natd->engine, false);
		return error;
	}
	if (on)
		loader_interfaces(natd);
	natd_watch(natd, false);
	natd->since = (uint64_t)time(NULL);
	return 0;
}

/* What a change would do to a connection of the sender: it goes on, or not. */
static void
answer_safe(struct session *s, int error, const char *why)
{
	if (error == -EACCES)
		answer_error(&s->out, PROTO_ERROR_REMOTE, "%s", why);
	else if (error != 0)
		answer_error(&s->out, PROTO_ERROR_INTERNAL, "%s",
		    strerror(-error));
	else
		answer_count(&s->out, "count", 0);
}

static void
switch_dry(struct session *s, const json_t *args, bool on)
{
	struct remote r = { .af = 0 };
	char why[256] = "";

	if (remote_arg(s, args, &r) == 0)
		answer_safe(s, remote_switch(s->natd, &r, on, why,
		    sizeof(why)), why);
}

void
request_set(struct session *s, const json_t *args)
{
	struct natd *natd = s->natd;
	const json_t *enabled = json_object_get(args, "enabled");
	const char *debug;
	bool on, dry, changed = false;
	int level = natd->debug, error;

	if (arg_bool(s, args, "enabled", &on) != 0 ||
	    arg_str(s, args, "debug", NULL, &debug) != 0 ||
	    arg_bool(s, args, "dry", &dry) != 0)
		return;
	if (enabled == NULL && debug == NULL) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "set takes enabled or debug");
		return;
	}
	if (debug != NULL && (level = debug_number(debug)) < 0) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "\"%.40s\" is no debug level", debug);
		return;
	}
	if (dry) {
		switch_dry(s, args, enabled == NULL ?
		    engine_enabled(natd->engine) : on);
		return;
	}
	if (enabled != NULL && on != engine_enabled(natd->engine)) {
		if ((error = set_enabled(natd, on)) != 0) {
			answer_error(&s->out, PROTO_ERROR_INTERNAL,
			    "cannot %s: %s", on ? "enable" : "disable",
			    strerror(-error));
			return;
		}
		changed = true;
	}
	changed |= level != natd->debug;
	natd->debug = (uint8_t)level;
	log_detail(level == DEBUG_DEBUG);
	answer_done_open(&s->out);
	jsonbuf_member_bool(&s->out, "enabled", engine_enabled(natd->engine));
	jsonbuf_member_str(&s->out, "debug", debug_name(natd->debug));
	jsonbuf_member_bool(&s->out, "changed", changed);
	answer_done_close(&s->out);
}

void
request_confirm(struct session *s, const json_t *args)
{
	(void)args;
	if (loader_confirm(s->natd->loader))
		answer_count(&s->out, "revision", s->natd->rev->number);
	else
		answer_error(&s->out, PROTO_ERROR_STATE,
		    "no load waits for a confirmation");
}

typedef int flush_fn(struct session *, const json_t *args, uint64_t *count);

static int
flush_states(struct session *s, const json_t *args, uint64_t *count)
{
	struct filter *filter;
	int error;

	error = states_filter(s, json_object_get(args, "filter"), &filter);
	if (error != 0)
		return error;
	error = states_kill(s->natd, filter, false, count);
	filter_free(filter);
	if (error != 0)
		answer_error(&s->out, PROTO_ERROR_INTERNAL,
		    "the workers are too busy; %llu states were cleared",
		    (unsigned long long)*count);
	return error;
}

static int
flush_info(struct session *s, const json_t *args, uint64_t *count)
{
	(void)args;
	engine_clear_counters(s->natd->engine);
	s->natd->cleared = (uint64_t)time(NULL);
	*count += 1;
	return 0;
}

static int
flush_counters(struct session *s, const json_t *args, uint64_t *count)
{
	(void)args;
	engine_clear_rule_counters(s->natd->engine);
	*count += 1;
	return 0;
}

static int
flush_tables(struct session *s, const json_t *args, uint64_t *count)
{
	struct tables *tb = s->natd->tables;
	const struct table_set *set = tables_set(tb);
	const char *anchor, *name;
	uint32_t nr;

	if (arg_str(s, args, "anchor", "", &anchor) != 0)
		return -1;
	tables_lock(tb);
	for (nr = table_next_nr(set, 0); nr != TABLE_NONE;
	    nr = table_next_nr(set, nr + 1)) {
		name = table_name(set, nr);
		if (name == NULL || strcmp(table_anchor(set, nr), anchor) != 0)
			continue;
		tables_delete(tb, nr, s->natd->workers);
		*count += 1;
	}
	tables_unlock(tb);
	table_live_settle(s->natd);
	hops_follow(s->natd, TABLE_NONE);
	return 0;
}

/* Rules that go by a load of the rest: answered when that is in force. */
struct reload {
	struct session *s;
	uint64_t count;
};

static void
reload_done(struct load *l)
{
	struct reload *r = l->arg;
	struct session *s = r->s;

	if (l->error != 0)
		answer_error(&s->out, l->code != NULL ? l->code :
		    PROTO_ERROR_INTERNAL, "%s", l->why[0] != '\0' ? l->why : strerror(-l->error));
	else
		answer_count(&s->out, "count", r->count);
	free(r);
	s->pending = false;
	s->answered(s);
}

static void
reload(struct session *s, const json_t *args, unsigned drop, uint64_t count,
    const struct remote *remote)
{
	struct load *l = load_new();
	struct reload *r = calloc(1, sizeof(*r));
	const char *anchor;

	if (arg_str(s, args, "anchor", "", &anchor) != 0) {
		load_free(l);
		free(r);
		return;
	}
	if (l == NULL || r == NULL || (l->anchor = strdup(anchor)) == NULL) {
		load_free(l);
		free(r);
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
		return;
	}
	l->again = true;
	l->drop = drop;
	if (remote != NULL) {
		l->dry = true;
		l->remote = *remote;
	}
	l->uid = s->uid;
	l->pid = s->pid;
	r->s = s;
	r->count = count;
	l->arg = r;
	l->done = reload_done;
	s->pending = true;
	loader_start(s->natd->loader, l);
}

static const struct flush {
	const char *name;
	flush_fn *fn[4];	/* in order, NULL ends */
	unsigned drop;		/* then a load without these; 0: none */
	const char *no;		/* why there is none of it to flush */
} flushes[] = {
	{ .name = "states", .fn = { flush_states } },
	{ .name = "info", .fn = { flush_info } },
	{ .name = "counters", .fn = { flush_counters } },
	{ .name = "tables", .fn = { flush_tables } },
	{ .name = "sources", .no = "natd keeps no source nodes" },
	{ .name = "osfp", .no = "natd recognizes no operating systems" },
	{ .name = "rules", .drop = DROP_FILTER },
	{ .name = "nat", .drop = DROP_NAT },
	{ .name = "reset", .drop = DROP_OPTIONS },
	{ .name = "all",
	    .fn = { flush_states, flush_info, flush_counters, flush_tables },
	    .drop = DROP_FILTER | DROP_NAT | DROP_OPTIONS },
};

/* Nothing goes: what would become of the sender's connection? */
static void
flush_dry(struct session *s, const json_t *args, const struct flush *f)
{
	struct remote r = { .af = 0 };
	char why[256] = "";

	if (remote_arg(s, args, &r) != 0)
		return;
	r.stateless = f->fn[0] == flush_states;
	if (f->drop != 0)
		reload(s, args, f->drop, 0, &r);
	else if (r.stateless)
		answer_safe(s, remote_check(s->natd, s->natd->rev, &r, why,
		    sizeof(why)), why);
	else
		answer_count(&s->out, "count", 0);
}

void
request_flush(struct session *s, const json_t *args)
{
	const char *what;
	uint64_t count = 0;
	unsigned j;
	bool dry;
	int i;

	if (arg_str(s, args, "what", "", &what) != 0 ||
	    arg_bool(s, args, "dry", &dry) != 0)
		return;
	if ((i = pick(flushes, nitems(flushes), sizeof(flushes[0]), what)) < 0) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "there is no \"%.40s\" to flush", what);
		return;
	}
	if (flushes[i].no != NULL) {
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED, "%s",
		    flushes[i].no);
		return;
	}
	if (dry) {
		flush_dry(s, args, &flushes[i]);
		return;
	}
	for (j = 0; j < 4 && flushes[i].fn[j] != NULL; j++)
		if (flushes[i].fn[j](s, args, &count) != 0)
			return;
	if (flushes[i].drop != 0)
		reload(s, args, flushes[i].drop, count, NULL);
	else
		answer_count(&s->out, "count", count);
}
