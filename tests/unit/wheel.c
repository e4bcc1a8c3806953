/* SPDX-License-Identifier: ISC */
/*
 * When states end: wheels under a clock that the test turns.
 */
#include <pthread.h>
#include <string.h>

#include "engine/registry.h"
#include "engine/statetab.h"
#include "engine/wheel.h"
#include "engine/words.h"
#include "tests/unit/arena_mem.h"

Suite *suite_wheel(void);

#define BEGIN 1000000u /* ms */
#define ALL 100000u

static struct arena_mem m;
static struct arena *a;
static struct arena_cache cache;
static struct wheel *w;
static uint32_t timeouts[TM_MAX];
static uint32_t nended, last_ended;

static const struct arena_config config = {
	.record_max = 8192, .ext_max = 64, .row_max = 64, .worker_max = 1,
	.limit = 100000, .hash_key = { 3, 4 },
};

static void
ended(void *arg, uint32_t index)
{
	(void)arg;
	ck_assert_uint_eq(arena_line(a, index * 2)->state, LINE_DEAD);
	nended++;
	last_ended = index;
}

static const struct wheel_env env = { .timeout = timeouts, .ended = ended };

static void
setup(void)
{
	arena_mem_new(&m, &config);
	a = m.arena;
	arena_cache_init(&cache);
	ck_assert_ptr_nonnull(w = wheel_new(a, &cache, 0, BEGIN));
	memset(timeouts, 0, sizeof(timeouts));
	timeouts[TM_TCP_FIRST] = 120;
	timeouts[TM_TCP_OPENING] = 30;
	timeouts[TM_TCP_ESTABLISHED] = 86400;
	timeouts[TM_TCP_CLOSING] = 900;
	timeouts[TM_TCP_FINWAIT] = 45;
	timeouts[TM_TCP_CLOSED] = 90;
	timeouts[TM_UDP_FIRST] = 60;
	timeouts[TM_UDP_SINGLE] = 30;
	timeouts[TM_UDP_MULTIPLE] = 300;
	timeouts[TM_ICMP_FIRST] = 20;
	timeouts[TM_ICMP_ERROR] = 10;
	timeouts[TM_OTHER_FIRST] = 61;
	timeouts[TM_OTHER_SINGLE] = 31;
	timeouts[TM_OTHER_MULTIPLE] = 62;
	nended = 0;
}

static void
teardown(void)
{
	wheel_free(w);
	arena_mem_free(&m);
}

/* A record in table and wheel, whose first packet came just now. */
static uint32_t
add(uint32_t c, uint8_t proto, uint64_t now)
{
	struct skey k[2];
	struct line *l;
	uint32_t i;

	memset(k, 0, sizeof(k));
	key_make4(&k[0], c, 9, 7, 80, proto, 0, 0);
	key_make4(&k[1], 9, ~c, 80, 7, proto, 0, 0);
	ck_assert_int_eq(arena_take(a, &cache, 2, now, &i), 0);
	statetab_fill(a, i, &k[0], &k[1], ARENA_NONE);
	arena_cold(a, i)->ext = ARENA_NONE;
	arena_cold(a, i)->row[0] = arena_cold(a, i)->row[1] = ARENA_NONE;
	l = arena_line(a, i * 2);
	l[0].last = l[1].last = (uint32_t)now;
	l[0].packets = 1;
	l[0].state = 1; /* SAID_SYN, OTHER_SINGLE */
	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, NULL), 0);
	wheel_add(w, i, now);
	return i;
}

/* A packet of one side, whatever the protocol makes of it. */
static void
packet(uint32_t lref, uint8_t state, uint64_t now)
{
	struct line *l = arena_line(a, lref);

	l->state = state;
	l->packets++;
	l->last = (uint32_t)now;
}

static void
run_to(uint64_t *now, uint64_t to)
{
	for (; *now < to; *now += 100)
		wheel_run(w, &env, *now, ALL);
	*now = to;
	wheel_run(w, &env, *now, ALL);
}

/* What the sides said, and how long such a state lasts. */
static const struct {
	const char *what;
	uint8_t proto, state[2];
	uint32_t packets[2];
	unsigned class;
} classes[] = {
	{ "tcp, a SYN", 6, { SAID_SYN, 0 }, { 1, 0 }, TM_TCP_FIRST },
	{ "tcp, answered", 6, { SAID_SYN, SAID_SYNACK }, { 1, 1 },
	    TM_TCP_OPENING },
	{ "tcp, established", 6, { SAID_DATA, SAID_DATA }, { 2, 1 },
	    TM_TCP_ESTABLISHED },
	{ "tcp, one FIN", 6, { SAID_FIN, SAID_DATA }, { 3, 3 },
	    TM_TCP_CLOSING },
	{ "tcp, RST", 6, { SAID_DATA, SAID_RST }, { 3, 3 }, TM_TCP_CLOSED },
	{ "udp, one packet", 17, { 1, 0 }, { 1, 0 }, TM_UDP_FIRST },
	{ "udp, one way", 17, { 1, 0 }, { 2, 0 }, TM_UDP_SINGLE },
	{ "udp, answered once", 17, { 1, 2 }, { 1, 1 }, TM_UDP_SINGLE },
	{ "udp, both ways", 17, { 2, 2 }, { 2, 1 }, TM_UDP_MULTIPLE },
	{ "icmp, asked", 1, { 1, 0 }, { 1, 0 }, TM_ICMP_FIRST },
	{ "icmp, answered", 1, { 1, 2 }, { 1, 1 }, TM_ICMP_ERROR },
	{ "gre, one packet", 47, { 1, 0 }, { 1, 0 }, TM_OTHER_FIRST },
	{ "gre, one way", 47, { 1, 0 }, { 2, 0 }, TM_OTHER_SINGLE },
	{ "gre, both ways", 47, { 2, 2 }, { 2, 2 }, TM_OTHER_MULTIPLE },
};

/* Alive until the deadline, gone within a second after it. */
START_TEST(test_classes)
{
	uint64_t now = BEGIN + 350, end;
	uint32_t i = add(1, classes[_i].proto, now);
	struct line *l = arena_line(a, i * 2);
	unsigned side;

	for (side = 0; side < 2; side++) {
		l[side].state = classes[_i].state[side];
		l[side].packets = classes[_i].packets[side];
		/* a FIN that nobody has acknowledged */
		l[side].end = classes[_i].state[side] == SAID_FIN ? 100 : 0;
	}
	ck_assert_msg(wheel_class(a, i) == classes[_i].class, "%s",
	    classes[_i].what);
	end = now + timeouts[classes[_i].class] * 1000ull;
	ck_assert_uint_eq(wheel_deadline(a, i, timeouts, now), end);
	wheel_nudge(w, i);
	run_to(&now, end - 1);
	ck_assert_msg(nended == 0, "%s: too early", classes[_i].what);
	run_to(&now, end + 1000);
	ck_assert_msg(nended == 1, "%s: too late", classes[_i].what);
	ck_assert_uint_eq(arena_states(a), 0);
}
END_TEST

/* A packet of either side puts the end off. */
START_TEST(test_packets_put_off)
{
	uint64_t now = BEGIN;
	uint32_t i = add(1, 17, now);
	unsigned n;

	packet(i * 2 + 1, OTHER_MULTIPLE, now);
	packet(i * 2, OTHER_MULTIPLE, now);
	for (n = 0; n < 5; n++) {
		run_to(&now, now + 299000);
		ck_assert_uint_eq(nended, 0);
		packet(i * 2 + (n & 1), OTHER_MULTIPLE, now);
	}
	run_to(&now, now + 299900);
	ck_assert_uint_eq(nended, 0);
	run_to(&now, now + 1100);
	ck_assert_uint_eq(nended, 1);
	ck_assert_uint_eq(last_ended, i);
}
END_TEST

/* A state of a day that closes now: nudged, it ends in time; without a nudge
 * no later than the next visit. */
START_TEST(test_shorter)
{
	uint64_t now = BEGIN;
	uint32_t i = add(1, 6, now), j = add(2, 6, now);

	packet(i * 2, SAID_DATA, now);
	packet(i * 2 + 1, SAID_DATA, now);
	packet(j * 2, SAID_DATA, now);
	packet(j * 2 + 1, SAID_DATA, now);
	run_to(&now, now + 10000);
	packet(i * 2, SAID_RST, now);
	packet(j * 2, SAID_RST, now);
	wheel_nudge(w, i);
	run_to(&now, now + 89900);
	ck_assert_uint_eq(nended, 0);
	run_to(&now, now + 1100);
	ck_assert_uint_ge(nended, 1);
	run_to(&now, now + 63000);
	ck_assert_uint_eq(nended, 2);
}
END_TEST

/* New timeouts reach every state within 64 s. */
START_TEST(test_changed_timeouts)
{
	uint64_t now = BEGIN;
	uint32_t i;
	unsigned n;

	for (n = 0; n < 500; n++) {
		i = add(n, 6, now);
		packet(i * 2, SAID_DATA, now);
		packet(i * 2 + 1, SAID_DATA, now);
		run_to(&now, now + 200);
	}
	run_to(&now, now + 1000000);
	ck_assert_uint_eq(nended, 0);
	timeouts[TM_TCP_ESTABLISHED] = 600;
	run_to(&now, now + 64000);
	ck_assert_uint_eq(nended, 500);
	ck_assert_uint_eq(a->header->records, 0);
}
END_TEST

/* Work is bounded by the budget, and nothing is lost to it. */
START_TEST(test_budget)
{
	uint64_t now = BEGIN;
	unsigned n, visits;

	for (n = 0; n < 1000; n++)
		add(n, 1, now);
	now += 30000;
	for (n = 0; nended < 1000; n++) {
		visits = wheel_run(w, &env, now, 7);
		ck_assert_uint_le(visits, 7);
		ck_assert_uint_lt(n, 400);
	}
	ck_assert_uint_ge(n, 1000 / 7);
}
END_TEST

/* The clock stands still for an hour: all that is due is found. */
START_TEST(test_clock_jumps)
{
	uint64_t now = BEGIN;
	unsigned n;

	for (n = 0; n < 300; n++) {
		add(n, 17, now);
		run_to(&now, now + 150);
	}
	now += 3600000;
	wheel_run(w, &env, now, ALL);
	ck_assert_uint_eq(nended, 300);
}
END_TEST

/* Between start and end of adaptive scaling timeouts shrink in proportion,
 * but not those of states that have traffic both ways. */
START_TEST(test_adaptive)
{
	uint32_t i = add(1, 17, BEGIN), j = add(2, 6, BEGIN);

	packet(j * 2, SAID_DATA, BEGIN);
	packet(j * 2 + 1, SAID_DATA, BEGIN);
	timeouts[TM_ADAPTIVE_START] = 100;
	timeouts[TM_ADAPTIVE_END] = 300;
	a->header->states = 100;
	ck_assert_uint_eq(wheel_timeout(a, i, timeouts, TM_UDP_FIRST), 60);
	a->header->states = 200;
	ck_assert_uint_eq(wheel_timeout(a, i, timeouts, TM_UDP_FIRST), 30);
	ck_assert_uint_eq(wheel_timeout(a, j, timeouts, TM_TCP_ESTABLISHED),
	    86400);
	a->header->states = 1000;
	ck_assert_uint_le(wheel_timeout(a, i, timeouts, TM_UDP_FIRST), 15);
	ck_assert_uint_ge(wheel_timeout(a, i, timeouts, TM_UDP_FIRST), 1);
	ck_assert_uint_eq(wheel_timeout(a, j, timeouts, TM_TCP_ESTABLISHED),
	    86400);
	a->header->states = 4;
}
END_TEST

/* A rule's own timeout rules its states; the shorter half's both. */
START_TEST(test_own_timeouts)
{
	uint32_t own[TM_MAX] = { [TM_UDP_FIRST] = 7 }, row, i;

	i = add(1, 17, BEGIN);
	ck_assert_int_eq(registry_add(a, 1, "pass proto udp", &row), 0);
	ck_assert_int_eq(registry_set_timeouts(a, row, own, TM_MAX), 0);
	arena_cold(a, i)->row[1] = row;
	ck_assert_uint_eq(wheel_timeout(a, i, timeouts, TM_UDP_FIRST), 7);
	ck_assert_uint_eq(wheel_timeout(a, i, timeouts, TM_UDP_SINGLE), 30);
}
END_TEST

/* Ended by somebody else: the wheel gives the index back, and only once. */
START_TEST(test_ended_elsewhere)
{
	uint64_t now = BEGIN;
	uint32_t i = add(1, 6, now), j, n;

	ck_assert_int_eq(statetab_end(a, i, NULL, NULL), 0);
	arena_uncount(a, 2);
	wheel_nudge(w, i);
	wheel_nudge(w, i);
	run_to(&now, now + 2000);
	ck_assert_uint_eq(nended, 0);
	ck_assert_uint_eq(arena_states(a), 0);
	wheel_nudge(w, i); /* late: it rests */
	run_to(&now, now + 2000);
	for (n = 0; n < config.record_max; n++)
		ck_assert_int_eq(arena_take(a, &cache, 1, now, &j), 0);
	ck_assert_int_eq(arena_take(a, &cache, 1, now, &j), -12);
}
END_TEST

START_TEST(test_adopt)
{
	struct wheel *v[2];
	struct arena_cache c[2];
	uint64_t now = BEGIN;
	unsigned n;

	for (n = 0; n < 100; n++)
		add(n, 1, now);
	ck_assert_int_eq(statetab_end(a, 50, NULL, NULL), 0);
	for (n = 0; n < 2; n++) {
		arena_cache_init(&c[n]);
		v[n] = wheel_new(a, &c[n], n, now);
	}
	ck_assert_uint_eq(wheel_adopt(v[0], 2, now) +
	    wheel_adopt(v[1], 2, now), 99);
	for (; now < BEGIN + 22000; now += 500)
		for (n = 0; n < 2; n++)
			wheel_run(v[n], &env, now, ALL);
	ck_assert_uint_eq(nended, 99);
	wheel_free(v[0]);
	wheel_free(v[1]);
}
END_TEST

/*
 * States expire while packets of them come: a packet either is counted before
 * the end, or finds the state dead; what was counted is in the line.
 */
#define STORM 2000

static uint32_t storm[STORM];
static uint64_t counted[STORM];
static unsigned stop; /* atomic */
static uint64_t clock_ms; /* atomic */

static void *
storm_run(void *arg)
{
	uint64_t s = 4711;
	uint32_t n;
	struct line *l;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		n = (uint32_t)(test_random(&s) % STORM);
		l = arena_line(a, storm[n] * 2);
		if (track_other(l, l + 1, (uint32_t)__atomic_load_n(&clock_ms,
		    __ATOMIC_RELAXED), 10) <= TRACK_MOVED)
			counted[n]++;
	}
	return NULL;
}

START_TEST(test_storm)
{
	uint64_t now = BEGIN;
	pthread_t t;
	uint32_t n;

	timeouts[TM_UDP_FIRST] = timeouts[TM_UDP_SINGLE] = 1;
	clock_ms = now;
	stop = 0;
	for (n = 0; n < STORM; n++) {
		storm[n] = add(n, 17, now);
		counted[n] = 0;
	}
	ck_assert_int_eq(pthread_create(&t, NULL, storm_run, NULL), 0);
	while (nended < STORM) {
		now += 400;
		__atomic_store_n(&clock_ms, now, __ATOMIC_RELAXED);
		wheel_run(w, &env, now, 100);
		ck_assert_uint_lt(now, BEGIN + 100000000);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(t, NULL);
	for (n = 0; n < STORM; n++)
		ck_assert_uint_eq(arena_line(a, storm[n] * 2)->packets,
		    counted[n] + 1);
	ck_assert_uint_eq(a->header->records, 0);
}
END_TEST

Suite *
suite_wheel(void)
{
	Suite *s = suite_create("wheel");
	TCase *tc = tcase_create("wheel");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_classes, 0,
	    sizeof(classes) / sizeof(classes[0]));
	tcase_add_test(tc, test_packets_put_off);
	tcase_add_test(tc, test_shorter);
	tcase_add_test(tc, test_changed_timeouts);
	tcase_add_test(tc, test_budget);
	tcase_add_test(tc, test_clock_jumps);
	tcase_add_test(tc, test_adaptive);
	tcase_add_test(tc, test_own_timeouts);
	tcase_add_test(tc, test_ended_elsewhere);
	tcase_add_test(tc, test_adopt);
	tcase_add_test(tc, test_storm);
	suite_add_tcase(s, tc);
	return s;
}
