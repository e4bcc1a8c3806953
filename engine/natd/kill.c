/* SPDX-License-Identifier: ISC */
/*
 * Ending states, and the request "kill".
 *
 * Only workers end states.  One turn of control's loop looks at a slice of the
 * arena and queues a command for each record that matches; then it waits until
 * every worker has carried out the last command that it was given.
 *
 *	walk: SLICE records a turn, less if a queue is full
 *	  |
 *	wait: look again each WAIT_MS, until all is done
 *
 * A worker ticks at least every 100 ms, however busy it is.
 */
#include "engine/natd/kill.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/filter.h"
#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/request.h"
#include "engine/natd/sources.h"
#include "engine/natd/states.h"
#include "engine/natd/workers.h"
#include "engine/view.h"

#define SLICE 20000	/* records of one turn: some milliseconds */
#define WAIT_MS 1

struct kill {
	struct session *s;
	json_t *args;
	struct filter *filter;
	bool dry;
	kill_done *done;
	const void *arg;
	struct event *turn;
	uint32_t at, limit;	/* next record; those behind came later */
	uint64_t killed;
	uint32_t mark[WORKERS_MAX]; /* commands that are to be done */
	uint32_t moved;		/* all that was done, when last looked at */
	uint64_t until;		/* ms, of workers_clock(): it has to move */
};

/* Return: false: the worker's queue is full. */
static bool
ask(struct kill *k, uint32_t index, uint64_t id)
{
	const struct engine_cmd cmd = {
		.kind = CMD_KILL, .index = index, .id = id,
	};
	struct natd *natd = k->s->natd;
	unsigned w = index % natd->nworkers;
	struct worker *worker = engine_worker(natd->engine, w);

	if (engine_command(worker, &cmd) != 0)
		return false;
	k->mark[w] = engine_commands(worker);
	return true;
}

/* Return: false: come back to the same record. */
static bool
look(struct kill *k, uint32_t index, uint64_t now, uint32_t wall)
{
	struct state_view v[2];
	struct show_state st;
	unsigned j, n, hits = 0;

	n = view_record(k->s->natd->engine, index, now, wall, v);
	for (j = 0; j < n; j++) {
		st.v = v[j];
		states_fill(k->s->natd, &st);
		hits += filter_match(k->filter, &st);
	}
	/* one record is both halves, and they end together */
	if (hits == 0)
		return true;
	if (!k->dry && !ask(k, index, v[0].id))
		return false;
	k->killed += n;
	return true;
}

/* Return: false: a queue is full. */
static bool
walk(struct kill *k)
{
	uint32_t end = k->limit - k->at > SLICE ? k->at + SLICE : k->limit;
	uint64_t now;
	uint32_t wall;

	workers_time(k->s->natd->workers, &now, &wall);
	while (k->at < end) {
		if (!look(k, k->at, now, wall))
			return false;
		k->at++;
	}
	return true;
}

/* Have all done what they were asked?  Those that have not are woken. */
static bool
settled(struct kill *k)
{
	struct natd *natd = k->s->natd;
	uint32_t done, moved = k->at;
	bool all = true;
	unsigned w;

	for (w = 0; w < natd->nworkers; w++) {
		done = engine_commands_done(engine_worker(natd->engine, w));
		moved += done;
		if ((int32_t)(done - k->mark[w]) < 0) {
			workers_wake(natd->workers, w);
			all = false;
		}
	}
	if (moved != k->moved)
		k->until = workers_clock() + KILL_WAIT;
	k->moved = moved;
	return all;
}

static void
finish(struct kill *k, int error)
{
	struct session *s = k->s;

	s->killing = NULL;
	k->done(s, k->args, k->arg, error, k->killed);
	kill_free(k);
}

static void
turn(evutil_socket_t fd, short what, void *arg)
{
	struct kill *k = arg;
	struct timeval again = { 0, 0 };
	bool free = walk(k), all = settled(k);

	(void)fd;
	(void)what;
	if (k->at == k->limit && all) {
		finish(k, 0);
	} else if (workers_clock() >= k->until) {
		finish(k, -ETIMEDOUT);
	} else {
		if (k->at == k->limit || !free)
			again.tv_usec = WAIT_MS * 1000;
		evtimer_add(k->turn, &again);
	}
}

int
kill_start(struct session *s, const json_t *args, struct filter *filter,
    bool dry, kill_done *done, const void *arg)
{
	const struct timeval at_once = { 0, 0 };
	struct natd *natd = s->natd;
	struct kill *k;
	unsigned w;

	if ((k = calloc(1, sizeof(*k))) == NULL) {
		filter_free(filter);
		return -ENOMEM;
	}
	k->s = s;
	k->args = json_incref((json_t *)(uintptr_t)args);
	k->filter = filter;
	k->dry = dry;
	k->done = done;
	k->arg = arg;
	k->limit = view_limit(natd->engine);
	k->until = workers_clock() + KILL_WAIT;
	for (w = 0; w < natd->nworkers; w++)
		k->mark[w] = engine_commands_done(engine_worker(natd->engine,
		    w));
	k->turn = evtimer_new(natd->base, turn, k);
	if (k->turn == NULL || evtimer_add(k->turn, &at_once) != 0) {
		kill_free(k);
		return -ENOMEM;
	}
	s->killing = k;
	s->pending = true;
	return 0;
}

void
kill_free(struct kill *k)
{
	if (k == NULL)
		return;
	if (k->turn != NULL)
		event_free(k->turn);
	filter_free(k->filter);
	json_decref(k->args);
	free(k);
}

static void
killed(struct session *s, const json_t *args, const void *arg, int error,
    uint64_t n)
{
	(void)args;
	(void)arg;
	if (error != 0)
		answer_error(&s->out, PROTO_ERROR_INTERNAL, "the workers "
		    "did not answer; of %llu states to be killed some may be "
		    "left", (unsigned long long)n);
	else
		answer_count(&s->out, "killed", n);
	s->pending = false;
	s->answered(s);
}

void
request_kill(struct session *s, const json_t *args)
{
	struct filter *filter;
	const char *what;
	bool dry, sources;

	if (arg_str(s, args, "what", "states", &what) != 0 ||
	    arg_bool(s, args, "dry", &dry) != 0)
		return;
	sources = strcmp(what, "sources") == 0;
	if (!sources && strcmp(what, "states") != 0) {
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED,
		    "this natd has no %.40s to kill", what);
		return;
	}
	if (json_object_get(args, "filter") == NULL) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "kill needs a filter; flush ends all %s", what);
		return;
	}
	if (states_filter(s, json_object_get(args, "filter"), &filter) != 0)
		return;
	if (sources) {
		answer_count(&s->out, "killed",
		    sources_kill(s->natd, filter, dry));
		filter_free(filter);
	} else if (kill_start(s, args, filter, dry, killed, NULL) != 0)
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
}
