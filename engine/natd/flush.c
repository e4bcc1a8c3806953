/* SPDX-License-Identifier: ISC */
/*
 * The request "flush".
 *
 * States go first, then what is done at once, then rules: by a load of the
 * rest.  Each waits for the one before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/proto.h"
#include "engine/engine.h"
#include "engine/ifset.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/hops.h"
#include "engine/natd/kill.h"
#include "engine/natd/loader.h"
#include "engine/natd/remote.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/sources.h"
#include "engine/natd/states.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

typedef int flush_fn(struct session *, const json_t *args, uint64_t *count);

static int
flush_sources(struct session *s, const json_t *args, uint64_t *count)
{
	(void)args;
	*count += sources_kill(s->natd, NULL, false);
	return 0;
}

static const struct iface *
iface_named(const struct ifset *ifs, const char *name)
{
	uint16_t i;

	for (i = 1; ifs != NULL && i <= ifs->nifaces; i++)
		if (strcmp(ifs->ifaces[i].name, name) == 0)
			return &ifs->ifaces[i];
	return NULL;
}

/* Those of an interface, or all that belong to none. */
static int
flush_info(struct session *s, const json_t *args, uint64_t *count)
{
	const json_t *filter = json_object_get(args, "filter");
	struct natd *natd = s->natd;
	const struct iface *ifp;
	const char *name = NULL;

	if (filter != NULL && filter_ifname(s, filter, &name) != 0)
		return -1;
	if (name == NULL) {
		engine_clear_counters(natd->engine);
		natd->cleared = (uint64_t)time(NULL);
	} else if ((ifp = iface_named(natd->ifs, name)) != NULL) {
		engine_clear_iface_counters(natd->engine, ifp->index);
		natd->ifcleared[ifp->index] = (uint64_t)time(NULL);
	} else {
		answer_error(&s->out, PROTO_ERROR_MISSING,
		    "there is no interface %.40s", name);
		return -1;
	}
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

/* Return: false: it has been answered with an error. */
static bool
reload(struct session *s, const json_t *args, unsigned drop, uint64_t count,
    const struct remote *remote)
{
	struct load *l = load_new();
	struct reload *r = calloc(1, sizeof(*r));
	const char *anchor;

	if (arg_str(s, args, "anchor", "", &anchor) != 0) {
		load_free(l);
		free(r);
		return false;
	}
	if (l == NULL || r == NULL || (l->anchor = strdup(anchor)) == NULL) {
		load_free(l);
		free(r);
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
		return false;
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
	return true;
}

static const struct flush {
	const char *name;
	bool states;		/* first; the rest follows when they are gone */
	flush_fn *fn[4];	/* in order, NULL ends */
	unsigned drop;		/* then a load without these; 0: none */
	const char *no;		/* why there is none of it to flush */
} flushes[] = {
	{ .name = "states", .states = true },
	{ .name = "info", .fn = { flush_info } },
	{ .name = "counters", .fn = { flush_counters } },
	{ .name = "tables", .fn = { flush_tables } },
	{ .name = "sources", .fn = { flush_sources } },
	{ .name = "osfp", .no = "natd recognizes no operating systems" },
	{ .name = "rules", .drop = DROP_FILTER },
	{ .name = "nat", .drop = DROP_NAT },
	{ .name = "reset", .drop = DROP_OPTIONS },
	{ .name = "all", .states = true,
	    .fn = { flush_sources, flush_info, flush_counters, flush_tables },
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
	r.stateless = f->states;
	if (f->drop != 0)
		(void)reload(s, args, f->drop, 0, &r);
	else if (r.stateless)
		remote_answer(s, remote_check(s->natd, s->natd->rev, &r, why,
		    sizeof(why)), why);
	else
		answer_count(&s->out, "count", 0);
}

/* All but the states.  Return: false: it has been answered. */
static bool
flush_rest(struct session *s, const json_t *args, const struct flush *f,
    uint64_t count)
{
	unsigned j;

	for (j = 0; j < nitems(f->fn) && f->fn[j] != NULL; j++)
		if (f->fn[j](s, args, &count) != 0)
			return false;
	if (f->drop != 0)
		return reload(s, args, f->drop, count, NULL);
	answer_count(&s->out, "count", count);
	return false;
}

static void
states_gone(struct session *s, const json_t *args, const void *f, int error,
    uint64_t count)
{
	if (error != 0)
		answer_error(&s->out, PROTO_ERROR_INTERNAL, "the workers "
		    "did not answer; of %llu states to be cleared some may be "
		    "left, and nothing else was flushed",
		    (unsigned long long)count);
	else if (flush_rest(s, args, f, count))
		return;
	s->pending = false;
	s->answered(s);
}

static void
flush_states(struct session *s, const json_t *args, const struct flush *f)
{
	struct filter *filter;

	if (states_filter(s, json_object_get(args, "filter"), &filter) == 0 &&
	    kill_start(s, args, filter, false, states_gone, f) != 0)
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
}

void
request_flush(struct session *s, const json_t *args)
{
	const struct flush *f;
	const char *what;
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
	f = &flushes[i];
	if (f->no != NULL)
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED, "%s", f->no);
	else if (dry)
		flush_dry(s, args, f);
	else if (f->states)
		flush_states(s, args, f);
	else
		(void)flush_rest(s, args, f, 0);
}
