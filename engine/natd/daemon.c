/* SPDX-License-Identifier: ISC */
/*
 * The daemon's parts: made and ended in one order.
 */
#include "engine/natd/daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/natd/anchors.h"
#include "engine/natd/control.h"
#include "engine/natd/hostsock.h"
#include "engine/natd/hurry.h"
#include "engine/natd/live.h"
#include "engine/natd/loader.h"
#include "engine/natd/log.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/revision.h"
#include "engine/natd/statefile.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"
#include "engine/natd/tags.h"
#include "engine/natd/targets.h"
#include "engine/natd/udpgro.h"
#include "engine/natd/workers.h"
#include "rules/ruleset.h"

#define MADE_MAX 256	/* packets a worker can make per burst */
#define STATES_DEFAULT 100000 /* pf's default of `limit states' */

/* Threads: what the file says, else one for each core. */
static uint32_t
count_workers(const struct ruleset *rs)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = rs != NULL ? planes_workers(rs) : 0;

	if (n == 0)
		n = cores > 0 ? (uint32_t)cores : 1;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

/*
 * Of a natd that runs, the states are to outlive it.  A replay's times are
 * those of its captures.
 */
static bool
states_last(const struct natd *natd, const struct ruleset *rs)
{
	const struct iface_stmt *st;

	for (st = rs != NULL ? rs->ifaces : NULL; st != NULL; st = st->next)
		if (st->plane == PLANE_PCAP)
			return false;
	return !natd->opt.dry;
}

static int
init_memory(struct natd *natd, const struct ruleset *rs)
{
	struct memory_config cfg = {
		.limit = STATES_DEFAULT, .nworkers = natd->nworkers,
		.now = workers_clock(),
	};
	char path[PATH_MAX];
	int error;

	if (rs != NULL)
		cfg.limit = rs->options.limit[LIMIT_STATES];
	if (states_last(natd, rs)) {
		control_beside(natd, STATEFILE_SUFFIX, path, sizeof(path));
		cfg.path = path;
	}
	error = memory_new(&cfg, &natd->memory);
	if (error == -EBUSY)
		log_warnx("%s is in use: a natd answers there already", path);
	else if (error != 0)
		log_warnx("no memory can be reserved for %u states (set limit "
		    "states; ulimit -v and -f)", cfg.limit);
	return error;
}

static struct planes *
init_planes(struct natd *natd)
{
	char gro[PATH_MAX];

	if (!natd->opt.dry)
		control_beside(natd, UDPGRO_SUFFIX, gro, sizeof(gro));
	return planes_new(natd->nworkers, natd->socks, natd->targets,
	    tables_set(natd->tables), memory_arena(natd->memory)->ifaces,
	    natd->opt.dry ? NULL : gro);
}

static int
init_engine(struct natd *natd)
{
	struct engine_config cfg = { .made_max = MADE_MAX };
	int error;

	cfg.arena = memory_arena(natd->memory);
	arena_set_wait(cfg.arena, hurry_yield);
	cfg.nworkers = natd->nworkers;
	cfg.host = hostsock_engine(natd->socks);
	cfg.now = workers_clock();
	arc4random_buf(cfg.key, sizeof(cfg.key));
	error = engine_new(&cfg, &natd->engine);
	explicit_bzero(&cfg, sizeof(cfg));
	return error;
}

void
natd_watch(struct natd *natd, bool ends)
{
	const struct plane *host = planes_host(natd->planes);

	arena_set_unwatched(memory_arena(natd->memory),
	    !engine_enabled(natd->engine) || (host != NULL && (ends ||
	    (natd->rev != NULL && natd->rev->rs->options.exit_pass))));
}

int
natd_init(struct natd *natd, const struct ruleset *rs)
{
	int error;

	natd->started = (uint64_t)time(NULL);
	natd->since = natd->cleared = natd->started;
	natd->hostid = arc4random() | 1;
	natd->nworkers = count_workers(rs);
	if ((natd->socks = hostsock_new(natd->nworkers)) == NULL)
		log_warn("ports of local sockets cannot be known");
	if ((error = init_memory(natd, rs)) != 0)
		return error;
	if ((error = init_engine(natd)) != 0)
		return error;
	natd->tables = tables_new(natd->nworkers + 1); /* and control */
	natd->targets = targets_new();
	if (natd->tables == NULL)
		return -ENOMEM;
	natd->planes = init_planes(natd);
	natd->anchors = anchors_new();
	natd->tags = tags_new(memory_arena(natd->memory)->tags, memory_tags,
	    natd->memory);
	natd->live = live_new();
	natd->table_live = table_live_new();
	if (natd->planes == NULL ||
	    natd->anchors == NULL || natd->tags == NULL ||
	    natd->targets == NULL || natd->live == NULL ||
	    natd->table_live == NULL)
		return -ENOMEM;
	if ((error = engine_set_tables(natd->engine,
	    tables_set(natd->tables), NULL)) != 0)
		return error;
	return workers_new(natd->engine, natd->memory, natd->nworkers,
	    planes_clock(natd->planes), &natd->workers);
}

void
natd_fini(struct natd *natd)
{
	size_t i;

	for (i = 0; i < sizeof(natd->events) / sizeof(natd->events[0]); i++)
		if (natd->events[i] != NULL)
			event_free(natd->events[i]);
	loader_free(natd->loader);
	control_free(natd->control);
	workers_free(natd->workers);
	engine_free(natd->engine);
	hostsock_free(natd->socks);
	ifset_free(natd->ifs);
	planes_free(natd->planes);
	tables_free(natd->tables);
	revision_free(natd->rev);
	anchors_free(natd->anchors);
	tags_free(natd->tags);
	targets_free(natd->targets);
	live_free(natd->live);
	table_live_free(natd->table_live);
	memory_free(natd->memory);
	if (natd->base != NULL)
		event_base_free(natd->base);
	free(natd->opt.defines);
	memset(natd, 0, sizeof(*natd));
}
