/* SPDX-License-Identifier: ISC */
/*
 * Traffic of states that still live, by rule.
 */
#include "engine/natd/live.h"

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"
#include "engine/fast/tcp.h"
#include "engine/natd/daemon.h"
#include "engine/natd/memory.h"
#include "engine/natd/workers.h"
#include "engine/registry.h"
#include "engine/view.h"

struct traffic {
	uint64_t packets[2], bytes[2];	/* [dir] */
};

struct live {
	time_t when;
	struct traffic *v;	/* by row */
	uint32_t n;
	uint64_t half_open;
};

struct live *
live_new(void)
{
	return calloc(1, sizeof(struct live));
}

void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	free(l->v);
	free(l);
}

static struct traffic *
live_row(struct live *l, uint32_t row)
{
	struct traffic *v;
	uint32_t n;

	if (row >= l->n) {
		n = row + row / 2 + 64;
		if ((v = reallocarray(l->v, n, sizeof(*v))) == NULL)
			return NULL;
		memset(v + l->n, 0, (n - l->n) * sizeof(*v));
		l->v = v;
		l->n = n;
	}
	return &l->v[row];
}

static void
live_count(struct live *l, const struct arena *a, const struct state_view *v)
{
	uint32_t member[ROW_MEMBERS];
	struct traffic *t;
	unsigned i, n, side;

	n = registry_members(a, v->row, member);
	for (i = 0; i < n; i++) {
		if ((t = live_row(l, member[i])) == NULL)
			return;
		for (side = 0; side < 2; side++) {
			t->packets[v->dir ^ side] += v->packets[side];
			t->bytes[v->dir ^ side] += v->bytes[side];
		}
	}
}

/* pf's sense: one side has not answered yet. */
static bool
is_half_open(const struct state_view *v)
{
	return v->proto == IPPROTO_TCP &&
	    (v->peer[0].state < TCPS_ESTABLISHED ||
	    v->peer[1].state < TCPS_ESTABLISHED);
}

uint64_t
live_half_open(const struct live *l)
{
	return l->half_open;
}

void
live_refresh(struct live *l, const struct natd *natd)
{
	struct state_view v[2];
	struct timespec ts;
	uint32_t i, limit = view_limit(natd->engine), wall;
	uint64_t now;
	unsigned j, n;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (l->when == ts.tv_sec)
		return;
	l->when = ts.tv_sec;
	l->half_open = 0;
	if (l->n > 0)
		memset(l->v, 0, l->n * sizeof(*l->v));
	workers_time(natd->workers, &now, &wall);
	for (i = 0; i < limit; i++) {
		n = view_record(natd->engine, i, now, wall, v);
		l->half_open += n > 0 && is_half_open(&v[0]) ? n : 0;
		for (j = 0; j < n; j++)
			live_count(l, memory_arena(natd->memory), &v[j]);
	}
}

void
live_add(const struct live *l, uint32_t row, struct rule_counters *c)
{
	unsigned d;

	for (d = 0; d < 2 && row < l->n; d++) {
		c->packets[d] += l->v[row].packets[d];
		c->bytes[d] += l->v[row].bytes[d];
	}
}
