/* SPDX-License-Identifier: ISC */
/*
 * Making workers, entering and leaving them, their command queue.
 */
#include "engine/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core.h"
#include "engine/nat.h"
#include "engine/owner.h"
#include "engine/registry.h"
#include "engine/wheel.h"

#define ANSWERS_EACH 100 /* a second, to one destination */
#define ANSWERS_ALL 10000

static enum reason
xlate(void *arg, struct pdesc *pd, const struct program *pg, uint32_t rule)
{
	return nat_translate(arg, pd, pg, rule);
}

/* A place that nobody has used yet remembers the key of zeros. */
static void
memo_init(struct worker *w)
{
	unsigned i;

	for (i = 0; i < MEMO_MAX; i++)
		w->memo[i].hash = key_hash(w->arena->header->fast.hash_key,
		    &w->memo[i].key);
}

int
worker_new(struct engine *e, unsigned index, struct worker **out)
{
	uint64_t key[2];
	struct worker *w;

	if ((w = aligned_alloc(64, (sizeof(*w) + 63) & ~(size_t)63)) == NULL)
		return -ENOMEM;
	memset(w, 0, sizeof(*w));
	w->eng = e;
	w->arena = e->arena;
	w->index = index;
	w->sweep = w->late = ARENA_NONE;
	arena_cache_init(&w->cache);
	memo_init(w);
	random_init(&w->rnd, e->cfg.key, RANDOM_WORKER + index);
	key[0] = random_u64(&w->rnd);
	key[1] = random_u64(&w->rnd);
	ratelimit_init(&w->limit, key, ANSWERS_EACH, ANSWERS_ALL);
	w->env.worker = index;
	w->env.owner = owner_find;
	w->env.owner_arg = w;
	w->env.xlate = xlate;
	w->env.xlate_arg = w;
	w->env.counts = registry_counts(w->arena, index);
	w->ifcount = calloc(IFACE_MAX, sizeof(*w->ifcount));
	w->addr_states = calloc(ADDR_SLOTS, sizeof(*w->addr_states));
	w->wheel = wheel_new(e->arena, &w->cache, index, e->cfg.now);
	if (w->ifcount == NULL || w->addr_states == NULL || w->wheel == NULL ||
	    made_init(&w->made, e->cfg.made_max) != 0) {
		worker_free(w);
		return -ENOMEM;
	}
	*out = w;
	return 0;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	arena_cache_drain(w->arena, &w->cache);
	if (w->wheel != NULL)
		wheel_free(w->wheel);
	made_fini(&w->made);
	free(w->ifcount);
	free(w->addr_states);
	free(w);
}

void
worker_enter(struct worker *w, uint64_t now, uint32_t wall)
{
	const struct inforce *f;

	/* Odd before the pointer is read: see engine.c, retire(). */
	__atomic_store_n(&w->epoch, w->epoch + 1, __ATOMIC_SEQ_CST);
	f = __atomic_load_n(&w->eng->force, __ATOMIC_SEQ_CST);
	w->now = now;
	w->wall = wall;
	w->force = f;
	w->ifs = f->ifs;
	w->prog = f->bind != NULL ? f->prog : NULL;
	w->opt = w->prog != NULL ? program_options(w->prog) : NULL;
	w->filtering = f->enabled;
	w->env.ifs = f->ifs;
	w->env.bind = f->bind;
	w->env.tables = f->tables;
	w->env.now = now;
	w->set.n = 0;
	if (f->ifchange != w->ifchange) {
		w->ifchange = f->ifchange;
		w->sweep = 0;
		w->late = ARENA_NONE;
	}
}

void
worker_leave(struct worker *w)
{
	__atomic_store_n(&w->epoch, w->epoch + 1, __ATOMIC_RELEASE);
}

const struct engine_cmd *
worker_command(const struct worker *w)
{
	const struct cmdq *q = &w->cmdq;

	if (q->head == __atomic_load_n(&q->tail, __ATOMIC_ACQUIRE))
		return NULL;
	return &q->cmd[q->head % CMDQ_SIZE];
}

void
worker_command_done(struct worker *w)
{
	w->cmdq.tries = 0;
	__atomic_store_n(&w->cmdq.head, w->cmdq.head + 1, __ATOMIC_RELEASE);
}

int
engine_command(struct worker *w, const struct engine_cmd *cmd)
{
	struct cmdq *q = &w->cmdq;

	if (q->tail - __atomic_load_n(&q->head, __ATOMIC_ACQUIRE) == CMDQ_SIZE)
		return -EAGAIN;
	q->cmd[q->tail % CMDQ_SIZE] = *cmd;
	__atomic_store_n(&q->tail, q->tail + 1, __ATOMIC_RELEASE);
	return 0;
}

uint32_t
engine_commands(const struct worker *w)
{
	return w->cmdq.tail;
}

uint32_t
engine_commands_done(const struct worker *w)
{
	return __atomic_load_n(&w->cmdq.head, __ATOMIC_ACQUIRE);
}

struct packet *
engine_made(struct worker *w)
{
	return made_next(&w->made);
}
