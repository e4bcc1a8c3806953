/* SPDX-License-Identifier: ISC */
#include "engine/natd/hops.h"

#include <time.h>

#include "engine/arena.h"
#include "engine/natd/daemon.h"
#include "engine/natd/hostways.h"
#include "engine/natd/loader.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "engine/statetab.h"
#include "engine/view.h"
#include "engine/way.h"

void
hops_say(struct natd *natd)
{
	struct hostways *hw = planes_ways(natd->planes);

	if (hw != NULL)
		hostways_say(hw, tables_set(natd->tables));
}

void
hops_tell(const struct natd *natd, uint32_t table,
    void (*tell)(void *arg, const char *text), void *arg)
{
	const struct hostways *hw = planes_ways(natd->planes);

	if (hw != NULL && (table == TABLE_NONE ||
	    hostways_watches(hw, table)))
		hostways_tell(hw, tables_set(natd->tables), table, tell, arg);
}

void
hops_lost(struct natd *natd)
{
	struct hostways *hw = planes_ways(natd->planes);

	if (hw != NULL)
		hostways_lost(hw);
}

void
hops_follow(struct natd *natd, uint32_t table)
{
	const struct revision *rev = natd->rev;
	struct hostways *hw = planes_ways(natd->planes);

	if (hw == NULL || rev == NULL ||
	    (table != TABLE_NONE && !hostways_watches(hw, table)))
		return;
	if (planes_follow(natd->planes, rev->rs, rev->prog))
		loader_hops(natd);
	hops_say(natd);
}

void
hops_adopt(struct natd *natd)
{
	struct hostways *hw = planes_ways(natd->planes);
	const struct arena *arena = memory_arena(natd->memory);
	uint32_t lref, end = arena_top(arena) * 2;
	struct way way;

	if (hw == NULL)
		return;
	for (lref = 0; lref < end; lref++)
		if (statetab_live(arena, lref / 2) &&
		    way_load(arena, lref, &way))
			hostways_keep(hw, way.ifidx == 0 ? "" :
			    planes_ifname(natd->planes, way.ifidx),
			    way.kind == WAY_DUP, way.af, &way.gw);
	if (hostways_news(hw))
		loader_hops(natd);
}

static void
ask_states(const struct natd *natd, struct hostways *hw)
{
	uint32_t i, limit = view_limit(natd->engine), wall;
	struct state_view v[2];
	unsigned j, n;
	uint64_t ms;

	workers_time(natd->workers, &ms, &wall);
	for (i = 0; i < limit; i++) {
		n = view_record(natd->engine, i, ms, wall, v);
		for (j = 0; j < n; j++) {
			hostways_used(hw, &v[j].gw[0].addr);
			hostways_used(hw, &v[j].gw[1].addr);
		}
	}
}

void
hops_second(struct natd *natd)
{
	struct hostways *hw = planes_ways(natd->planes);
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (hw == NULL || natd->rev == NULL ||
	    !hostways_idle(hw, (uint32_t)ts.tv_sec))
		return;
	ask_states(natd, hw);
	hostways_release(hw, (uint32_t)ts.tv_sec);
	/* and there may be numbers for what had none */
	if (planes_follow(natd->planes, natd->rev->rs, natd->rev->prog))
		loader_hops(natd);
	hops_say(natd);
}
