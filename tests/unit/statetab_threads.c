/* SPDX-License-Identifier: ISC */
/*
 * The state table under several threads: lookups beside insertion, removal
 * and growth.  Meant for the thread sanitizer as well.
 *
 * Each worker owns a share of the connections, makes and ends them in random
 * order, and looks up those of all.  What one owns itself must be exactly as
 * it left it; of others' a hit must have the key that was asked for.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "engine/statetab.h"
#include "tests/unit/arena_mem.h"

Suite *suite_statetab_threads(void);

#define WORKERS 3
#define SHARE 3000 /* connections of one worker */
#ifdef FAST_TSAN
#define STEPS 60000
#else
#define STEPS 200000
#endif

static struct arena_mem m;
static struct arena *a;
static uint64_t clock_ms = 1000; /* atomic */
static unsigned ready;		 /* atomic */

struct worker {
	pthread_t thread;
	unsigned n;
	uint64_t random;
	struct arena_cache cache;
	uint32_t held[SHARE]; /* index + 1 */
	unsigned long hits, wrong, lost, failed, dead;
	int error;
	uint64_t packets[SHARE];
};

static struct worker workers[WORKERS];

/*
 * Indexes must come round within the test, but not while a thread that lost
 * its processor between finding a line and using it is away: that is what the
 * rest of a second is for.  64 changes a millisecond do both.
 */
static uint64_t
clock_read(void)
{
	return __atomic_fetch_add(&clock_ms, 1, __ATOMIC_RELAXED) / 64;
}

static void
keys(struct skey k[2], uint32_t c)
{
	const uint32_t client[4] = { 1, c, 3, 4 }, server[4] = { 5, 6, 7, 8 };
	const uint32_t outside[4] = { 9, 9, c, 9 };

	memset(k, 0, 2 * sizeof(*k));
	if (c % 3 == 0) {
		key_make6(&k[0], client, server, 7, 80, 17, 0, 0);
		key_make6(&k[1], server, outside, 80, 7, 17, 0, 0);
	} else {
		key_make4(&k[0], c, 0x01020304, 7, 80, 17, 0, 0);
		key_make4(&k[1], 0x01020304, ~c, 80, 7, 17, 0, 0);
	}
}

static void
make(struct worker *w, uint32_t c)
{
	uint32_t i, ext = ARENA_NONE;
	uint64_t now = clock_read();
	struct skey k[2];
	int error;

	keys(k, w->n * SHARE + c);
	if (arena_take(a, &w->cache, 2, now, &i) != 0)
		return;
	if (k[0].af_dir & LINE_INET6 &&
	    arena_take_ext(a, &w->cache, now, &ext) != 0) {
		arena_give(a, &w->cache, 2, now, i);
		return;
	}
	statetab_fill(a, i, &k[0], &k[1], ext);
	store_relaxed(&arena_cold(a, i)->ext, ext);
	w->packets[c] = 0;
	do
		error = statetab_insert(a, i, RECORD_FORWARD, NULL);
	while (error == -EAGAIN); /* somebody lost the processor */
	if (error == 0) {
		w->held[c] = i + 1;
		return;
	}
	w->failed++;
	w->error = error;
}

static void
end(struct worker *w, uint32_t c)
{
	uint32_t i = w->held[c] - 1, ext;
	uint64_t now = clock_read();
	int error;

	do
		error = statetab_end(a, i, NULL, NULL);
	while (error == -EAGAIN);
	w->lost += error != 0;
	ext = load_relaxed(&arena_cold(a, i)->ext);
	if (ext != ARENA_NONE)
		arena_give_ext(a, &w->cache, now, ext);
	arena_give(a, &w->cache, 2, now, i);
	w->held[c] = 0;
}

/* A packet of somebody's connection: what is found must be what was asked. */
static void
look(struct worker *w, uint32_t c, unsigned side)
{
	unsigned owner = c / SHARE;
	struct line *l;
	struct skey k[2];
	uint32_t lref;
	enum track t;

	keys(k, c);
	lref = statetab_find(a, &k[side], 0);
	if (owner == w->n && (lref == LOOKUP_MISS ? 0 : (lref >> 1) + 1) !=
	    w->held[c % SHARE])
		w->wrong++;
	if (lref == LOOKUP_MISS)
		return;
	l = arena_line(a, lref);
	if (load_relaxed((word64 *)l) != k[side].w[0] || (lref & 1) != side)
		w->wrong++;
	t = track_other(l, arena_line(a, lref ^ 1), 1, 100);
	w->hits += t <= TRACK_MOVED;
	w->dead += t == TRACK_DEAD;
}

static void *
run(void *arg)
{
	struct worker *w = arg;
	uint32_t c;
	unsigned i;

	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < WORKERS)
		cpu_pause();
	for (i = 0; i < STEPS; i++) {
		c = test_random(&w->random) % SHARE;
		if (test_random(&w->random) % 4 != 0)
			look(w, (uint32_t)(test_random(&w->random) %
			    (WORKERS * SHARE)), i & 1);
		else if (w->held[c] == 0)
			make(w, c);
		else if (test_random(&w->random) % 2)
			end(w, c);
		else
			look(w, w->n * SHARE + c, i & 1);
	}
	return NULL;
}

static void
setup(void)
{
	const struct arena_config c = { .record_max = 1 << 16, .row_max = 64,
		.worker_max = WORKERS, .limit = 1u << 30,
		.hash_key = { 7, 9 } };

	arena_mem_new(&m, &c);
	a = m.arena;
}

static void
teardown(void)
{
	arena_mem_free(&m);
}

START_TEST(test_workers)
{
	uint64_t seed = test_seed(99991 + (uint64_t)_i);
	unsigned i, c, held = 0;
	struct skey k[2];

	for (i = 0; i < WORKERS; i++) {
		memset(&workers[i], 0, sizeof(workers[i]));
		workers[i].n = i;
		workers[i].random = seed * 8 + i + 1;
		arena_cache_init(&workers[i].cache);
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, run,
		    &workers[i]), 0);
	}
	for (i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < WORKERS; i++) {
		ck_assert_msg(workers[i].wrong == 0 && workers[i].lost == 0 &&
		    workers[i].failed == 0, "worker %u: %lu wrong, %lu lost, "
		    "%lu failed (%d), seed %llu", i, workers[i].wrong,
		    workers[i].lost, workers[i].failed, workers[i].error,
		    (unsigned long long)seed);
		ck_assert_uint_gt(workers[i].hits, 0);
		for (c = 0; c < SHARE; c++) {
			keys(k, i * SHARE + c);
			held += workers[i].held[c] != 0;
			ck_assert_uint_eq(statetab_find(a, &k[1], 0),
			    workers[i].held[c] == 0 ? LOOKUP_MISS :
			    workers[i].held[c] * 2 - 1);
		}
	}
	ck_assert_uint_eq(arena_states(a), held * 2);
	ck_assert_uint_gt((uint32_t)a->header->fast.split,
	    ARENA_BUCKETS_MIN * 16);
}
END_TEST

/*
 * Two threads are the two sides of one TCP state; a third ends it, once.
 * Each side counts what it got through: the lines must say the same.
 */
static uint64_t passed[2];
static int ends[2];

static void *
side_run(void *arg)
{
	unsigned side = (unsigned)(uintptr_t)arg;
	struct line *own = arena_line(a, side);
	struct tcp_seg s = { .seq = side ? 201 : 101, .ack = side ? 101 : 201,
		.win = 1000, .flags = TCPF_ACK, .wscale = 0xff };
	enum track t;

	do {
		t = track_tcp(own, arena_line(a, side ^ 1), &s, 5, 40);
		if (t <= TRACK_MOVED) {
			passed[side]++;
			s.seq += s.len;
			s.len = 10;
		} else if (t == TRACK_BAD) {
			s.len = 0; /* the window is full */
			s.ack = side ? load_relaxed(&arena_line(a, 0)->end) :
				       load_relaxed(&arena_line(a, 1)->end);
		}
	} while (t != TRACK_DEAD);
	return NULL;
}

static void *
end_run(void *arg)
{
	int *error = arg;

	while (load_relaxed(&arena_line(a, 0)->packets) < 20000 ||
	    load_relaxed(&arena_line(a, 1)->packets) < 20000)
		cpu_pause();
	do
		*error = statetab_end(a, 0, NULL, NULL);
	while (*error == -EAGAIN);
	return NULL;
}

START_TEST(test_two_sides_and_an_end)
{
	struct tcp_seg syn = { .seq = 100, .win = 1000, .flags = TCPF_SYN,
		.wscale = 0xff };
	struct tcp_seg synack = { .seq = 200, .ack = 101, .win = 1000,
		.flags = TCPF_SYN | TCPF_ACK, .wscale = 0xff };
	struct arena_cache cache;
	struct tcp_side s[2];
	struct skey k[2];
	pthread_t t[4];
	uint32_t i;

	arena_cache_init(&cache);
	keys(k, 1);
	k[0].proto = k[1].proto = 6;
	ck_assert_int_eq(arena_take(a, &cache, 2, 0, &i), 0);
	ck_assert_uint_eq(i, 0);
	statetab_fill(a, 0, &k[0], &k[1], ARENA_NONE);
	memset(s, 0, sizeof(s));
	tcp_begin(&s[0], &s[1], &syn);
	line_put(arena_line(a, 0), &s[0]);
	line_put(arena_line(a, 1), &s[1]);
	ck_assert_int_eq(statetab_insert(a, 0, RECORD_FORWARD, NULL), 0);
	ck_assert_int_eq(track_tcp(arena_line(a, 1), arena_line(a, 0), &synack,
	    1, 60), TRACK_MOVED);
	passed[0] = passed[1] = 0;
	pthread_create(&t[0], NULL, side_run, (void *)0);
	pthread_create(&t[1], NULL, side_run, (void *)1);
	pthread_create(&t[2], NULL, end_run, &ends[0]);
	pthread_create(&t[3], NULL, end_run, &ends[1]);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(ends[0] + ends[1], -ENOENT);
	ck_assert_uint_eq(statetab_packets(a, 0), passed[0]);
	ck_assert_uint_eq(statetab_packets(a, 1), passed[1] + 1);
	ck_assert_uint_eq(arena_line(a, 0)->bytes, passed[0] * 40);
	ck_assert_uint_eq(statetab_find(a, &k[0], 0), LOOKUP_MISS);
}
END_TEST

Suite *
suite_statetab_threads(void)
{
	Suite *s = suite_create("statetab_threads");
	TCase *tc = tcase_create("threads");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_workers, 0, 2);
	tcase_add_test(tc, test_two_sides_and_an_end);
	suite_add_tcase(s, tc);
	return s;
}
