/* SPDX-License-Identifier: ISC */
/*
 * When a packet thread has a realtime priority.  This program's
 * sched_setscheduler() does nothing, as the time is none that passes.
 */
#include "engine/natd/hurry.h"

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

Suite *suite_hurry(void);

#define MS 1000000ull

static int policy, denied;

int
sched_setscheduler(pid_t pid, int to, const struct sched_param *sp)
{
	ck_assert_int_eq(pid, 0);
	ck_assert(to & SCHED_RESET_ON_FORK);
	if (denied != 0) {
		errno = denied;
		return -1;
	}
	policy = to & ~SCHED_RESET_ON_FORK;
	ck_assert_int_eq(sp->sched_priority, policy == SCHED_RR);
	return 0;
}

static struct hurry h;
static uint64_t now;

/* Live some time in ticks, awake for @awake percent. */
static void
live(unsigned ms, unsigned awake)
{
	for (; ms >= 100; ms -= 100) {
		hurry_sleeps(&h, now);
		now += (100 - awake) * MS;
		hurry_wakes(&h, now);
		now += awake * MS;
		hurry_judge(&h, now);
	}
}

static void
setup(void)
{
	now = 1000 * MS;
	denied = 0;
	policy = SCHED_OTHER;
	memset(&h, 0, sizeof(h));
	hurry_init(&h);
	h.policy = SCHED_OTHER;
	hurry_want(&h, true);
	hurry_judge(&h, now);
}

/* Lives one after the other, and whether it has the priority behind each. */
static const struct {
	const char *what;
	struct {
		unsigned ms, awake;
		bool realtime;
	} live[6];
} rows[] = {
	{ "little to do", { { 300, 5, false }, { 5000, 60, false },
		{ 5000, 90, false } } },
	{ "busy throughout", { { 300, 5, false }, { 100, 100, true },
		{ 10000, 75, true }, { 10000, 95, true } } },
	{ "a pause", { { 300, 5, false }, { 100, 100, true },
		{ 800, 0, true }, { 200, 75, true }, { 800, 0, true } } },
	{ "the end", { { 300, 5, false }, { 100, 100, true },
		{ 1400, 29, false }, { 5000, 29, false } } },
	{ "it hogs, and tries again", { { 300, 5, false }, { 100, 100, true },
		{ 200, 100, false }, { 900, 100, false }, { 100, 100, true },
		{ 200, 100, false } } },
	{ "it hogs no more", { { 300, 5, false }, { 100, 100, true },
		{ 200, 100, false }, { 1000, 100, true }, { 3000, 75, true } } },
};

START_TEST(test_row)
{
	unsigned i;

	for (i = 0; i < 6 && rows[_i].live[i].ms != 0; i++) {
		live(rows[_i].live[i].ms, rows[_i].live[i].awake);
		ck_assert_msg((policy == SCHED_RR) == rows[_i].live[i].realtime,
		    "%s: %u", rows[_i].what, i);
	}
}
END_TEST

START_TEST(test_not_wanted)
{
	live(300, 5);
	live(100, 100);
	ck_assert_int_eq(policy, SCHED_RR);
	hurry_want(&h, false);
	ck_assert_int_eq(policy, SCHED_OTHER);
	ck_assert(!hurry_level(&h).allowed);
	live(1000, 100);
	ck_assert_int_eq(policy, SCHED_OTHER);
	hurry_want(&h, true);
	ck_assert_int_eq(policy, SCHED_RR);
}
END_TEST

START_TEST(test_denied)
{
	hurry_want(&h, false);
	denied = EPERM;
	hurry_want(&h, true);
	ck_assert_int_eq(hurry_refused(&h), EPERM);
	denied = 0;
	live(1000, 100);
	ck_assert_int_eq(policy, SCHED_OTHER);
}
END_TEST

/* Somebody chose a policy for it. */
START_TEST(test_chosen)
{
	hurry_want(&h, false);
	policy = h.policy = SCHED_BATCH;
	hurry_want(&h, true);
	live(1000, 100);
	ck_assert_int_eq(policy, SCHED_BATCH);
	hurry_want(&h, false);
	ck_assert_int_eq(policy, SCHED_BATCH);
}
END_TEST

static const struct {
	const char *what;
	struct hurry_level a, b;
	bool worse;
} ranks[] = {
	{ "nice behind realtime", { 0, -20, true }, { 1, 0, true }, true },
	{ "realtime before nice", { 1, 0, true }, { 0, -20, true }, false },
	{ "nice 0 behind -10", { 0, 0, false }, { 0, -10, false }, true },
	{ "the same", { 0, -10, false }, { 0, -10, false }, false },
};

START_TEST(test_rank)
{
	ck_assert_msg(hurry_worse(&ranks[_i].a, &ranks[_i].b) ==
	    ranks[_i].worse, "%s", ranks[_i].what);
}
END_TEST

Suite *
suite_hurry(void)
{
	Suite *s = suite_create("hurry");
	TCase *tc = tcase_create("hurry");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_row, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_not_wanted);
	tcase_add_test(tc, test_denied);
	tcase_add_test(tc, test_chosen);
	tcase_add_loop_test(tc, test_rank, 0,
	    (int)(sizeof(ranks) / sizeof(ranks[0])));
	suite_add_tcase(s, tc);
	return s;
}
