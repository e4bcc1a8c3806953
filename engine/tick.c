/* SPDX-License-Identifier: ISC */
/*
 * Between bursts: timeouts, fragments that never became whole, commands.
 *
 * Each kind of work has a budget, so that a call is short; what is left makes
 * the caller come back at once.
 */
#include <errno.h>

#include "engine/core.h"
#include "engine/ifchange.h"
#include "engine/reass.h"
#include "engine/record.h"
#include "engine/srcnode.h"
#include "engine/wheel.h"
#include "engine/worker.h"

#define TICK_MS 100
#define TICK_VISITS 512	  /* states */
#define TICK_SWEEP 512	  /* indexes */
#define TICK_COMMANDS 256
#define KILL_TRIES 20	  /* ticks; a writer stays in a line for less */
#define TICK_FRAGS 32

/*
 * Return: was it carried out?  A thread that lost its processor within a line
 * leaves it in some ticks.
 */
static bool
command(struct worker *w, const struct engine_cmd *cmd)
{
	if (cmd->kind == CMD_SWEEP)
		w->sweep = 0;
	else if (cmd->kind == CMD_KILL)
		return record_kill(w, cmd->index, cmd->id) != -EAGAIN ||
		    ++w->cmdq.tries == KILL_TRIES;
	return true;
}

static unsigned
commands(struct worker *w)
{
	const struct engine_cmd *cmd;
	unsigned n = 0;

	while (n < TICK_COMMANDS && (cmd = worker_command(w)) != NULL &&
	    command(w, cmd)) {
		worker_command_done(w);
		n++;
	}
	return n;
}

/*
 * The sweep is through.  Where a writer stayed in a line, which happens if it
 * loses its processor there, another sweep begins with the next tick.
 */
static void
sweep_ends(struct worker *w)
{
	w->sweep = w->late;
	w->late = ARENA_NONE;
	if (w->sweep == ARENA_NONE)
		__atomic_store_n(&w->ifseen, w->ifchange, __ATOMIC_RELAXED);
}

/*
 * Look again at some more of all states: timeouts have changed, or the
 * interfaces have.
 */
static unsigned
sweep(struct worker *w)
{
	uint32_t top = arena_top(w->arena);
	unsigned n = 0;

	if (w->sweep == ARENA_NONE)
		return 0;
	while (n < TICK_SWEEP && w->sweep < top && !made_full(&w->made)) {
		if (w->ifseen != w->ifchange &&
		    !ifchange_review(w, w->sweep) && w->sweep < w->late)
			w->late = w->sweep;
		record_review(w, w->sweep++);
		n++;
	}
	if (w->sweep >= top)
		sweep_ends(w);
	/* what was made has to leave first */
	if (made_full(&w->made))
		return TICK_SWEEP;
	return n;
}

static unsigned
expire_fragments(struct worker *w)
{
	unsigned n;

	if (w->index != 0)
		return 0;
	n = reass_expire(w->eng->reass, w->now,
	    w->opt->timeout[TM_FRAG] * 1000, TICK_FRAGS);
	count_add(&w->count.reason[REASON_REASSTIME], n);
	count_add(&w->count.reason[REASON_REASSMEM],
	    reass_evicted(w->eng->reass));
	return n;
}

unsigned
engine_tick(struct worker *w, uint64_t now, uint32_t wall)
{
	struct wheel_env env = { .ended = record_ended, .arg = w };
	unsigned more = 0;

	worker_enter(w, now, wall);
	made_reset(&w->made);
	if (w->prog != NULL) {
		env.timeout = w->opt->timeout;
		more |= commands(w) == TICK_COMMANDS;
		more |= sweep(w) == TICK_SWEEP;
		more |= wheel_run(w->wheel, &env, now, TICK_VISITS) ==
		    TICK_VISITS;
		more |= expire_fragments(w) == TICK_FRAGS;
		if (w->index == 0)
			srcnodes_expire(w->eng->sources, now);
	}
	arena_cache_tick(w->arena, &w->cache, now);
	worker_leave(w);
	return more ? 0 : TICK_MS;
}
