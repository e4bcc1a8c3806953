/* SPDX-License-Identifier: ISC */
/*
 * Timer wheels.
 *
 *     head[second % 64] -> cold -> cold -> ...
 *
 * A slot that comes becomes the list `running' in one step, and is visited
 * from there: so a slot may take new states while it is worked off, and a
 * budget may end the work at any point.  cold.due is the slot that a state
 * was filed in, or DUE_NONE; a state at the head of `running' is known by
 * being there.
 */
#include "engine/wheel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fast/atomic.h"
#include "engine/statetab.h"

#define SLOTS (WHEEL_SPAN + 1)
#define DUE_NONE WHEEL_NOWHERE

struct wheel {
	struct arena *arena;
	struct arena_cache *cache;
	uint64_t second;	/* every slot before it has been taken */
	uint32_t head[SLOTS];
	uint32_t running;	/* of a slot that was taken, not yet visited */
	uint8_t worker;
	/* many producers, one consumer; entries are index + 1, 0 is empty */
	uint32_t ring_head, ring_tail;
	uint32_t ring[WHEEL_RING];
};

/* One visit, for the question whether a state is due indeed. */
struct visit {
	const struct wheel *wheel;
	const struct wheel_env *env;
	uint64_t now;
};

struct wheel *
wheel_new(struct arena *arena, struct arena_cache *cache, unsigned worker,
    uint64_t now)
{
	struct wheel *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	memset(w->head, 0xff, sizeof(w->head));
	w->running = ARENA_NONE;
	w->arena = arena;
	w->cache = cache;
	w->worker = (uint8_t)worker;
	w->second = now / 1000;
	return w;
}

void
wheel_free(struct wheel *w)
{
	free(w);
}

/* The slot for a deadline: not in the past, at most WHEEL_SPAN ahead. */
static uint32_t
slot_for(const struct wheel *w, uint64_t deadline)
{
	uint64_t s = deadline / 1000 + (deadline % 1000 != 0);

	if (s < w->second)
		s = w->second;
	if (s > w->second + WHEEL_SPAN)
		s = w->second + WHEEL_SPAN;
	return s % SLOTS;
}

static void
file(struct wheel *w, uint32_t index, uint64_t deadline)
{
	struct cold *c = arena_cold(w->arena, index);
	uint32_t slot = slot_for(w, deadline), *head = &w->head[slot];

	c->prev = ARENA_NONE;
	c->next = *head;
	if (*head != ARENA_NONE)
		arena_cold(w->arena, *head)->prev = index;
	*head = index;
	store_relaxed(&c->due, slot);
}

static void
unfile(struct wheel *w, uint32_t index)
{
	struct cold *c = arena_cold(w->arena, index);

	if (c->prev != ARENA_NONE)
		arena_cold(w->arena, c->prev)->next = c->next;
	else if (w->running == index)
		w->running = c->next;
	else
		w->head[c->due] = c->next;
	if (c->next != ARENA_NONE)
		arena_cold(w->arena, c->next)->prev = c->prev;
	store_relaxed(&c->due, DUE_NONE);
}

/*
 * A new state is looked at in a second: then its first packets are through,
 * and its timeout is known.
 */
void
wheel_add(struct wheel *w, uint32_t index, uint64_t now)
{
	store_relaxed(&arena_cold(w->arena, index)->worker, w->worker);
	file(w, index, now + 1000);
}

void
wheel_nudge(struct wheel *w, uint32_t index)
{
	uint32_t tail = load_relaxed(&w->ring_tail);

	do {
		if (tail - load_acquire(&w->ring_head) >= WHEEL_RING)
			return;
	} while (!__atomic_compare_exchange_n(&w->ring_tail, &tail, tail + 1,
	    1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	store_release(&w->ring[tail % WHEEL_RING], index + 1);
}

/* The next state of the ring, or ARENA_NONE. */
static uint32_t
ring_next(struct wheel *w)
{
	uint32_t *entry = &w->ring[w->ring_head % WHEEL_RING];
	uint32_t v = load_acquire(entry);

	if (v == 0)
		return ARENA_NONE;
	store_relaxed(entry, 0);
	store_release(&w->ring_head, w->ring_head + 1);
	return v - 1;
}

/* Asked with both lines entered: has nothing come since? */
static bool
still_due(void *arg, uint32_t index)
{
	const struct visit *v = arg;

	return wheel_deadline(v->wheel->arena, index, v->env->timeout,
	    v->now) <= v->now;
}

/* An ended record is in no list any more: its indexes may rest. */
static void
give(struct wheel *w, uint32_t index, unsigned weight, uint64_t now)
{
	uint32_t ext = arena_cold(w->arena, index)->ext;

	if (ext != ARENA_NONE)
		arena_give_ext(w->arena, w->cache, now, ext);
	arena_give(w->arena, w->cache, weight, now, index);
}

/* Look at a state, which is in a list: file it again, or end it. */
static void
visit(struct wheel *w, struct visit *v, uint32_t index)
{
	unsigned kind = load_acquire(&arena_cold(w->arena, index)->kind);
	uint64_t deadline;

	unfile(w, index);
	if (kind == RECORD_DEAD) {
		give(w, index, 0, v->now);
		return;
	}
	(void)statetab_carry(w->arena, w->cache, index, v->now);
	deadline = wheel_deadline(w->arena, index, v->env->timeout, v->now);
	if (deadline > v->now) {
		file(w, index, deadline);
		return;
	}
	if (statetab_end(w->arena, index, still_due, v) != 0) {
		/* in use again, or somebody is just ending it */
		file(w, index, v->now + 1000);
		return;
	}
	v->env->ended(v->env->arg, index);
	give(w, index, statetab_weight(kind), v->now);
}

/*
 * A nudge may be late: the state ended since, and its index may rest or be
 * another's.  `worker' says whether the links are this wheel's at all.
 */
static bool
filed_here(const struct wheel *w, const struct cold *c)
{
	return load_relaxed(&c->worker) == w->worker &&
	    load_relaxed(&c->due) < DUE_NONE;
}

static unsigned
run_ring(struct wheel *w, struct visit *v, unsigned budget)
{
	uint32_t index;

	for (; budget > 0; budget--) {
		if ((index = ring_next(w)) == ARENA_NONE)
			break;
		if (filed_here(w, arena_cold(w->arena, index)))
			visit(w, v, index);
	}
	return budget;
}

static unsigned
run_list(struct wheel *w, struct visit *v, unsigned budget)
{
	for (; budget > 0 && w->running != ARENA_NONE; budget--)
		visit(w, v, w->running);
	return budget;
}

/* Make the slot of the next second the running list. */
static void
take_slot(struct wheel *w)
{
	uint32_t *head = &w->head[w->second % SLOTS];

	w->running = *head;
	*head = ARENA_NONE;
	w->second++;
}

unsigned
wheel_run(struct wheel *w, const struct wheel_env *env, uint64_t now,
    unsigned budget)
{
	struct visit v = { w, env, now };
	uint64_t second = now / 1000;
	unsigned left;

	left = run_ring(w, &v, budget);
	left = run_list(w, &v, left);
	if (second > w->second + SLOTS)
		w->second = second - SLOTS; /* one round visits all */
	while (left > 0 && w->running == ARENA_NONE && w->second <= second) {
		take_slot(w);
		left = run_list(w, &v, left);
	}
	return budget - left;
}

uint32_t
wheel_adopt(struct wheel *w, unsigned n, uint64_t now)
{
	uint32_t index, filed = 0;

	for (index = w->worker % n; index < arena_top(w->arena); index += n) {
		if (!statetab_live(w->arena, index))
			continue;
		store_relaxed(&arena_cold(w->arena, index)->worker, w->worker);
		file(w, index, now); /* it may be over since long ago */
		filed++;
	}
	return filed;
}
