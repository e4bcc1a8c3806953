/* SPDX-License-Identifier: ISC */
/*
 * show info: status and counters.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/show_json.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/io/divert.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/live.h"
#include "engine/natd/loader.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/workers.h"
#include "engine/reason.h"
#include "rules/names.h"
#include "rules/ruleset.h"

static void
counter_write(struct session *s, const char *part, const char *name,
    uint64_t value, bool rate)
{
	struct show_counter c = { .value = value, .rate = rate };

	snprintf(c.part, sizeof(c.part), "%s", part);
	snprintf(c.name, sizeof(c.name), "%s", name);
	show_counter_write(&s->out, &c);
}

/* What the kernel dropped before natd saw it. */
static void
drops_write(struct session *s, const struct plane *host)
{
	struct divert_drops d;

	if (host == NULL || divert_drops(host->nqueues, &d) != 0)
		return;
	counter_write(s, "packets", "queue-waiting", d.waiting, false);
	counter_write(s, "packets", "queue-full", d.full, true);
	counter_write(s, "packets", "queue-overrun", d.overrun, true);
}

/* What became of copies behind the engine, where the kernel routes. */
static void
copies_write(struct session *s, const struct plane *host)
{
	uint64_t sum[COPY_FATES];
	unsigned i;

	if (host == NULL)
		return;
	divert_copies(host->port, sum);
	for (i = 0; i < COPY_FATES; i++)
		counter_write(s, "packets", copy_name((enum copy_fate)i),
		    sum[i], true);
}

static void
counters_write(struct session *s)
{
	struct engine_counters c;
	unsigned i;

	engine_counters(s->natd->engine, &c);
	counter_write(s, "state", "current entries",
	    arena_states(memory_arena(s->natd->memory)), false);
	live_refresh(s->natd->live, s->natd);
	counter_write(s, "state", "half-open tcp",
	    live_half_open(s->natd->live), false);
	counter_write(s, "state", "searches", c.searches, true);
	counter_write(s, "state", "inserts", c.inserts, true);
	counter_write(s, "state", "removals", c.removals, true);
	for (i = 0; i < REASON_MAX; i++)
		counter_write(s, "reason", reason_name((enum reason)i),
		    c.reason[i], true);
	counter_write(s, "packets", "in", c.in, true);
	counter_write(s, "packets", "forwarded", c.forwarded, true);
	counter_write(s, "packets", "dropped", c.dropped, true);
	counter_write(s, "packets", "consumed", c.consumed, true);
	counter_write(s, "packets", "made", c.made, true);
	counter_write(s, "packets", "one-pass", c.through, true);
	counter_write(s, "packets", "one-pass-turned", c.turned, true);
	counter_write(s, "packets", "diverted", c.diverted, true);
	counter_write(s, "packets", "copies", c.copies, true);
	counter_write(s, "packets", "copies-lost", c.copies_lost, true);
	copies_write(s, planes_host(s->natd->planes));
	drops_write(s, planes_host(s->natd->planes));
}

static void
priority_name(const struct workers *w, char *buf, size_t len)
{
	struct hurry_level l = workers_level(w);

	if (l.realtime > 0)
		snprintf(buf, len, "realtime %d", l.realtime);
	else
		snprintf(buf, len, "nice %d%s", l.nice,
		    l.allowed ? " (realtime in need)" :
		    workers_refused(w) != 0 ? " (a higher one was refused)" :
		    "");
}

static void
info_write(struct session *s)
{
	const struct natd *natd = s->natd;
	const struct revision *rev = natd->rev;
	const struct ruleset_options *o = &rev->rs->options;
	const struct plane *host = planes_host(natd->planes);
	const struct memory_past *past = memory_past(natd->memory);
	struct show_info i = {
		.enabled = engine_enabled(natd->engine),
		.since = natd->since, .started = natd->started,
		.now = (uint64_t)time(NULL), .hostid = natd->hostid,
		.revision = rev->number, .rules = rev->nrules,
		.tables = rev->tables, .workers = natd->nworkers,
		.states = arena_states(memory_arena(natd->memory)),
		.states_limit = arena_limit(memory_arena(natd->memory)),
	};

	i.lasting = past->lasting;
	i.taken = past->states.states;
	i.mended = past->states.mended;
	i.damaged = past->states.dropped;
	snprintf(i.past, sizeof(i.past), "%s", past->why);
	if (natd->loader != NULL)
		i.confirm = loader_confirm_left(natd->loader);
	snprintf(i.debug, sizeof(i.debug), "%s", debug_name(natd->debug));
	snprintf(i.checksum, sizeof(i.checksum), "%s", rev->checksum);
	snprintf(i.version, sizeof(i.version), "%s", PACKAGE_VERSION);
	if (host != NULL)
		snprintf(i.plane, sizeof(i.plane), "divert, %s%s, %u queue%s "
		    "of %d packets", planes_hooks_name(natd->planes),
		    planes_fault(natd->planes)[0] == '\0' ? "" :
		    " (of earlier rules)", host->nqueues, host->nqueues == 1 ? "" : "s",
		    DIVERT_QUEUE_LEN);
	if (host != NULL && natd->ifs != NULL)
		planes_passes(natd->planes, natd->ifs, i.passes,
		    sizeof(i.passes));
	if (host != NULL)
		planes_gro(natd->planes, i.udp_gro, sizeof(i.udp_gro));
	if (host != NULL)
		priority_name(natd->workers, i.priority, sizeof(i.priority));
	if (o->loginterface != NULL)
		snprintf(i.loginterface, sizeof(i.loginterface), "%s",
		    o->loginterface);
	show_info_write(&s->out, &i);
}

static void
loginterface_write(struct session *s)
{
	const char *name = s->natd->rev->rs->options.loginterface;
	struct iface_counters c;
	struct show_iface si = { .up = true };
	const struct iface *ifp;

	if (name == NULL || s->natd->ifs == NULL ||
	    (ifp = ifset_find(s->natd->ifs, name)) == NULL)
		return;
	snprintf(si.name, sizeof(si.name), "%s", name);
	engine_iface_counters(s->natd->engine, ifp->index, &c);
	memcpy(si.packets, c.packets, sizeof(si.packets));
	memcpy(si.bytes, c.bytes, sizeof(si.bytes));
	show_iface_write(&s->out, &si);
}

void
show_info(struct session *s, const struct show_args *a)
{
	(void)a;
	info_write(s);
	counters_write(s);
	loginterface_write(s);
	answer_done(&s->out);
}
