/* SPDX-License-Identifier: ISC */
/*
 * The packet threads.
 *
 * One round of a thread: for each of its queues a burst through the engine;
 * then a tick if it is due.  A round without a packet ends in epoll_wait(2),
 * outside of RCU's read side.  The set of ports is read once a round.
 *
 * A thread that has just moved much data naps before it waits: more comes
 * meanwhile, as a network card holds its interrupt back for some time.  Woken
 * by each packet it would take the processor from the very program that is
 * sending, and both would change places for every packet.
 */
#include "engine/natd/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-qsbr.h>

#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/natd/hurry.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"

#define TICK_MAX 100	/* ms between two ticks, engine.h */
#define EVENTS_MAX 64
#define NAP_BYTES 65536	/* moved since the last wait: a thread naps first */
#define NAP_NS 50000

struct thread {
	struct workers *all;
	struct worker *worker;
	unsigned index;
	pthread_t id;
	bool runs;
	struct hurry hurry;
	int epoll, wake;
	uint64_t due;		/* ms, of the next tick */
	uint32_t rounds;	/* that are over, see workers_quiesce() */
	uint64_t moved;		/* bytes received since the last wait */
	/* packets of one burst that leave by one port */
	struct packet *batch[BURST_MAX];
};

struct workers {
	unsigned n;
	struct engine *engine;
	struct memory *memory;
	struct arena *arena;	/* in it */
	struct portset *set;	/* RCU */
	uint64_t *clock;	/* replay, us */
	bool replay;		/* since the last set */
	bool stop;
	const struct plane *gone;
	struct thread *t;	/* [n] */
};

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t
clock_ms(clockid_t id)
{
	return clock_ns(id) / 1000000;
}

/* As rcu_dereference(), in words that a race detector understands. */
static const struct portset *
workers_set(const struct workers *w)
{
	return __atomic_load_n(&w->set, __ATOMIC_ACQUIRE);
}

/* The states outlive this process, so the clock is the machine's. */
uint64_t
workers_clock(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

void
workers_time(const struct workers *w, uint64_t *now, uint32_t *wall)
{
	uint64_t us;

	if (__atomic_load_n(&w->replay, __ATOMIC_RELAXED)) {
		us = __atomic_load_n(w->clock, __ATOMIC_RELAXED);
		*now = us / 1000;
		*wall = (uint32_t)(us / 1000000);
		return;
	}
	*now = workers_clock();
	*wall = (uint32_t)(clock_ms(CLOCK_REALTIME_COARSE) / 1000);
}

/* Send a run of packets that leave by one interface. */
static void
thread_send(struct thread *t, const struct portset *set, uint16_t ifidx,
    unsigned n)
{
	const struct plane *pl;

	pl = ifidx < IFACE_MAX ? set->by_ifidx[ifidx] : NULL;
	if (pl == NULL)
		pl = set->by_ifidx[0];
	if (n > 0 && pl != NULL)
		pl->ops->tx(pl->port, t->index % pl->nqueues, t->batch, n);
}

static void
thread_send_burst(struct thread *t, const struct portset *set,
    struct packet *const *pkts, unsigned n)
{
	uint16_t ifidx = 0, to;
	unsigned i, run = 0;

	for (i = 0; i < n; i++) {
		if (pkts[i]->fate != FATE_SEND)
			continue;
		/* where the kernel routes, it passes on the same interface */
		to = pkts[i]->out_if != 0 ? pkts[i]->out_if : pkts[i]->ifidx;
		if (run > 0 && to != ifidx) {
			thread_send(t, set, ifidx, run);
			run = 0;
		}
		ifidx = to;
		t->batch[run++] = pkts[i];
	}
	thread_send(t, set, ifidx, run);
}

/* What the engine itself has to say. */
static void
thread_send_made(struct thread *t, const struct portset *set)
{
	struct packet *p;

	while ((p = engine_made(t->worker)) != NULL)
		thread_send_burst(t, set, &p, 1);
}

/*
 * A queue failed.  Its descriptor may be readable for good, so it wakes nobody
 * any more until the next set of ports; it is still read once a round, and so
 * control hears of it as often as it asks.
 */
static void
thread_lost(struct thread *t, const struct plane *pl, unsigned queue)
{
	int fd = pl->ops->fd(pl->port, queue);

	if (fd != -1)
		epoll_ctl(t->epoll, EPOLL_CTL_DEL, fd, NULL);
	__atomic_store_n(&t->all->gone, pl, __ATOMIC_RELAXED);
}

static int
thread_queue(struct thread *t, const struct portset *set,
    const struct plane *pl, unsigned queue)
{
	struct packet *pkts[BURST_MAX];
	uint64_t now = 0;
	uint32_t wall;
	int i, n;

	if ((n = pl->ops->rx(pl->port, queue, pkts, BURST_MAX, &now)) <= 0) {
		if (n < 0 && n != -ENODATA)
			thread_lost(t, pl, queue);
		return n;
	}
	for (i = 0; i < n; i++)
		t->moved += pkts[i]->len;
	workers_time(t->all, &now, &wall);
	engine_burst(t->worker, pkts, (unsigned)n, now, wall);
	if (pl->ops->settle != NULL)
		pl->ops->settle(pl->port, queue, pkts, (unsigned)n);
	else
		thread_send_burst(t, set, pkts, (unsigned)n);
	thread_send_made(t, set);
	return n;
}

static void
thread_tick(struct thread *t, const struct portset *set)
{
	uint64_t now;
	uint32_t wall;
	unsigned next;

	workers_time(t->all, &now, &wall);
	if (now < t->due && now + TICK_MAX > t->due)
		return;
	hurry_judge(&t->hurry, clock_ns(CLOCK_MONOTONIC));
	next = engine_tick(t->worker, now, wall);
	thread_send_made(t, set);
	t->due = now + (next < TICK_MAX ? next : TICK_MAX);
}

/* Return: whether there was a packet. */
static bool
thread_round(struct thread *t, const struct portset *set)
{
	bool got = false;
	unsigned i, q;

	for (i = 0; i < set->n; i++)
		for (q = t->index; q < set->v[i]->nqueues; q += t->all->n)
			got |= thread_queue(t, set, set->v[i], q) > 0;
	thread_tick(t, set);
	return got;
}

/* The capture whose next packet is the oldest, and its time. */
static const struct plane *
replay_next(const struct portset *set, uint64_t *when)
{
	const struct plane *first = NULL;
	uint64_t us;
	unsigned i;

	for (i = 0; i < set->n; i++)
		if (set->v[i]->ops->peek != NULL &&
		    set->v[i]->ops->peek(set->v[i]->port, 0, &us) == 0 &&
		    (first == NULL || us < *when)) {
			first = set->v[i];
			*when = us;
		}
	return first;
}

/*
 * A step of a replay: the next millisecond that has a packet.  In between
 * the engine is given its ticks, so that states expire as they would have.
 */
static bool
replay_round(struct thread *t, const struct portset *set)
{
	uint64_t when = 0, us = *t->all->clock;
	const struct plane *pl;

	if (t->index != 0 || (pl = replay_next(set, &when)) == NULL)
		return false;
	if (us == 0 || when < us)
		us = when;
	/* a gap of days is not lived through, but its end is */
	if (when - us > 3600 * 1000000ull)
		us = when - 3600 * 1000000ull;
	for (; us < when; us += TICK_MAX * 1000) {
		__atomic_store_n(t->all->clock, us, __ATOMIC_RELAXED);
		thread_tick(t, set);
	}
	if (when > *t->all->clock)
		__atomic_store_n(t->all->clock, when, __ATOMIC_RELAXED);
	thread_tick(t, set);
	return thread_queue(t, set, pl, 0) > 0;
}

/* Around a wait. */
static void
thread_leaves(struct thread *t)
{
	urcu_qsbr_thread_offline();
	hurry_sleeps(&t->hurry, clock_ns(CLOCK_MONOTONIC));
}

static void
thread_returns(struct thread *t)
{
	hurry_wakes(&t->hurry, clock_ns(CLOCK_MONOTONIC));
	urcu_qsbr_thread_online();
}

/* Return: has it slept? */
static bool
thread_nap(struct thread *t)
{
	const struct timespec ts = { .tv_nsec = NAP_NS };
	bool much = t->moved >= NAP_BYTES;

	t->moved = 0;
	if (much && !t->all->replay) {
		thread_leaves(t);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
		thread_returns(t);
	}
	return much;
}

static void
thread_sleep(struct thread *t)
{
	struct epoll_event ev[EVENTS_MAX];
	uint64_t now, drained;
	uint32_t wall;
	int wait;

	workers_time(t->all, &now, &wall);
	wait = t->due > now ? (int)(t->due - now) : 1;
	/* without interfaces nothing ticks, and nothing needs to */
	if (wait > TICK_MAX ||
	    __atomic_load_n(&t->all->replay, __ATOMIC_RELAXED) ||
	    workers_set(t->all) == NULL)
		wait = TICK_MAX;
	thread_leaves(t);
	epoll_wait(t->epoll, ev, EVENTS_MAX, wait);
	thread_returns(t);
	if (read(t->wake, &drained, sizeof(drained)) > 0)
		t->due = 0;	/* commands wait for a tick */
}

/* A replay waits for its memory, so that it gives the same bytes twice. */
static void
thread_memory(const struct thread *t, bool replay)
{
	if (!arena_asks(t->all->arena))
		return;
	if (replay)
		(void)memory_more(t->all->memory);
	else
		memory_wake(t->all->memory);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	const struct portset *set;
	bool got;

	hurry_init(&t->hurry);
	/* the usual slack of 50 us would double a nap */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	urcu_qsbr_register_thread();
	while (!__atomic_load_n(&t->all->stop, __ATOMIC_RELAXED)) {
		set = workers_set(t->all);
		hurry_want(&t->hurry, set != NULL && set->waits);
		got = set != NULL && (set->replay ? replay_round(t, set) :
		    thread_round(t, set));
		if (set != NULL && set->replay && !got && t->due == 0)
			thread_tick(t, set);
		thread_memory(t, set != NULL && set->replay);
		__atomic_store_n(&t->rounds, t->rounds + 1, __ATOMIC_RELEASE);
		urcu_qsbr_quiescent_state();
		if (!got && !thread_nap(t))
			thread_sleep(t);
	}
	urcu_qsbr_unregister_thread();
	return NULL;
}

static int
thread_init(struct thread *t)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if ((t->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    (t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->wake, &ev) == -1)
		return -errno;
	return 0;
}

int
workers_new(struct engine *engine, struct memory *memory, unsigned n,
    uint64_t *clock, struct workers **out)
{
	struct workers *w;
	unsigned i;
	int error = 0;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->t = calloc(n, sizeof(*w->t))) == NULL) {
		free(w);
		return -ENOMEM;
	}
	w->n = n;
	w->engine = engine;
	w->memory = memory;
	w->arena = memory_arena(memory);
	w->clock = clock;
	for (i = 0; i < n; i++) {
		w->t[i].all = w;
		w->t[i].worker = engine_worker(engine, i);
		w->t[i].index = i;
		w->t[i].epoll = w->t[i].wake = -1;
	}
	for (i = 0; error == 0 && i < n; i++)
		error = thread_init(&w->t[i]);
	if (error != 0) {
		workers_free(w);
		return error;
	}
	*out = w;
	return 0;
}

int
workers_start(struct workers *w)
{
	char name[16];
	sigset_t all, old;
	unsigned i;
	int error = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (i = 0; error == 0 && i < w->n; i++) {
		error = -pthread_create(&w->t[i].id, NULL, thread_main,
		    &w->t[i]);
		w->t[i].runs = error == 0;
		snprintf(name, sizeof(name), "natd/%u", i % 1000);
		if (error == 0)
			pthread_setname_np(w->t[i].id, name);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

void
workers_wake(struct workers *w, unsigned i)
{
	uint64_t one = 1;

	(void)!write(w->t[i].wake, &one, sizeof(one));
}

void
workers_free(struct workers *w)
{
	unsigned i;

	if (w == NULL)
		return;
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < w->n; i++) {
		if (w->t[i].runs) {
			workers_wake(w, i);
			pthread_join(w->t[i].id, NULL);
		}
		if (w->t[i].epoll != -1)
			close(w->t[i].epoll);
		if (w->t[i].wake != -1)
			close(w->t[i].wake);
	}
	free(w->t);
	free(w);
}

/* Wait on the descriptors of the new set; closed ones have left already. */
static void
thread_watch(struct thread *t, const struct portset *old,
    const struct portset *set)
{
	struct epoll_event ev = { .events = EPOLLIN };
	unsigned i, q;
	int fd;

	for (i = 0; old != NULL && i < old->n; i++) {
		if (set->by_ifidx[old->v[i]->ifidx] == old->v[i])
			continue;
		for (q = t->index; q < old->v[i]->nqueues; q += t->all->n)
			if ((fd = old->v[i]->ops->fd(old->v[i]->port, q)) !=
			    -1)
				epoll_ctl(t->epoll, EPOLL_CTL_DEL, fd, NULL);
	}
	for (i = 0; i < set->n; i++)
		for (q = t->index; q < set->v[i]->nqueues; q += t->all->n)
			if ((fd = set->v[i]->ops->fd(set->v[i]->port, q)) !=
			    -1)
				epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* What has left the set is freed behind this, so nobody may report it. */
static void
forget_gone(struct workers *w, const struct portset *set)
{
	const struct plane *pl = __atomic_load_n(&w->gone, __ATOMIC_RELAXED);

	if (pl != NULL && set->by_ifidx[pl->ifidx] != pl)
		__atomic_compare_exchange_n(&w->gone, &pl, NULL, false,
		    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void
workers_publish(void *arg, struct portset *set)
{
	struct workers *w = arg;
	struct portset *old = w->set;
	unsigned i;

	__atomic_store_n(&w->replay, set->replay, __ATOMIC_RELAXED);
	__atomic_store_n(&w->set, set, __ATOMIC_RELEASE);
	for (i = 0; i < w->n; i++) {
		thread_watch(&w->t[i], old, set);
		workers_wake(w, i);
	}
	workers_quiesce(w);
	forget_gone(w, set);
}

void
workers_quiesce(struct workers *w)
{
	unsigned i;

	urcu_qsbr_synchronize_rcu();
	/* the same once more in words that a race detector understands */
	for (i = 0; i < w->n; i++)
		(void)__atomic_load_n(&w->t[i].rounds, __ATOMIC_ACQUIRE);
}

const char *
workers_gone(struct workers *w)
{
	const struct plane *pl;

	pl = __atomic_exchange_n(&w->gone, NULL, __ATOMIC_RELAXED);
	return pl != NULL ? pl->name : NULL;
}

struct hurry_level
workers_level(const struct workers *w)
{
	struct hurry_level worst = hurry_level(&w->t[0].hurry), level;
	unsigned i;

	for (i = 1; i < w->n; i++) {
		level = hurry_level(&w->t[i].hurry);
		if (hurry_worse(&level, &worst))
			worst = level;
	}
	return worst;
}

int
workers_refused(const struct workers *w)
{
	unsigned i;
	int error;

	for (i = 0; i < w->n; i++)
		if ((error = hurry_refused(&w->t[i].hurry)) != 0)
			return error;
	return 0;
}
