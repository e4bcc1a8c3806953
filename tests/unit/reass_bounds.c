/* SPDX-License-Identifier: ISC */
/*
 * Reassembly: its bounds of time, datagrams and memory, and several threads.
 */
#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>

#include "tests/unit/frags.h"

static enum reass_fate
fate(struct reass *r, const struct frag *f, uint64_t now)
{
	uint8_t buf[256];

	return frag_add(r, f, now, false, buf, sizeof(buf)).fate;
}

START_TEST(test_timeout)
{
	struct reass *r = frag_reass_new(16, 65536, 16);
	struct frag a = { .af = AF_INET, .src = 1, .id = 1, .len = 16,
		.more = true };
	struct frag b = { .af = AF_INET, .src = 1, .id = 1, .off = 16,
		.len = 8 };

	/* in time, to the millisecond */
	ck_assert_int_eq(fate(r, &a, 5000), REASS_HELD);
	ck_assert_uint_eq(reass_expire(r, 64999, FRAG_TTL, 10), 0);
	ck_assert_int_eq(fate(r, &b, 64999), REASS_DONE);
	/* too late */
	ck_assert_int_eq(fate(r, &a, 5000), REASS_HELD);
	ck_assert_int_eq(fate(r, &b, 65000), REASS_HELD);
	ck_assert_uint_eq(reass_expire(r, 65000, FRAG_TTL, 10), 1);
	ck_assert_uint_eq(reass_expire(r, 65000, FRAG_TTL, 10), 0);
	/* a spoilt one is forgotten, but does not count */
	ck_assert_uint_eq(reass_expire(r, 300000, FRAG_TTL, 10), 1);
	ck_assert_int_eq(fate(r, &a, 400000), REASS_HELD);
	a.salt = 1;
	ck_assert_int_eq(fate(r, &a, 400000), REASS_DROP);
	ck_assert_uint_eq(reass_expire(r, 460000, FRAG_TTL, 10), 0);
	ck_assert_int_eq(fate(r, &a, 460000), REASS_HELD);
	frag_reass_free(r);
}
END_TEST

/* The budget of a call holds, and the rest goes with the next. */
START_TEST(test_budget)
{
	uint8_t buf[256];
	struct reass *r = frag_reass_new(64, 1 << 20, 64);
	struct frag a = { .af = AF_INET, .len = 16, .more = true };

	for (a.id = 1; a.id <= 50; a.id++)
		frag_add(r, &a, 0, false, buf, sizeof(buf));
	ck_assert_uint_eq(reass_expire(r, FRAG_TTL, FRAG_TTL, 20), 20);
	ck_assert_uint_eq(reass_expire(r, FRAG_TTL, FRAG_TTL, 20), 20);
	ck_assert_uint_eq(reass_expire(r, FRAG_TTL, FRAG_TTL, 20), 10);
	frag_reass_free(r);
}
END_TEST

START_TEST(test_datagram_limit)
{
	uint8_t buf[256];
	struct reass *r = frag_reass_new(8, 65536, 100);
	struct frag a = { .af = AF_INET6, .src = 1, .len = 16, .more = true };
	struct frag b = a;
	uint32_t used;
	uint64_t bytes;

	for (a.id = 1; a.id <= 9; a.id++)
		ck_assert_int_eq(fate(r, &a, a.id), REASS_HELD);
	ck_assert_uint_eq(reass_evicted(r), 1);
	ck_assert_uint_eq(reass_evicted(r), 0);
	reass_used(r, &used, &bytes);
	ck_assert_uint_eq(used, 8);
	/* the first has gone, the second is there */
	b.off = 16;
	b.more = false;
	b.id = 2;
	ck_assert_int_eq(fate(r, &b, 9), REASS_DONE);
	b.id = 1;
	ck_assert_int_eq(fate(r, &b, 9), REASS_HELD);
	/* a smaller limit counts from now on; a larger one is cut */
	reass_set_limit(r, 4);
	a.id = 20;
	frag_add(r, &a, 10, false, buf, 256);
	reass_used(r, &used, &bytes);
	ck_assert_uint_eq(used, 4);
	reass_set_limit(r, 1000);
	for (a.id = 30; a.id < 60; a.id++)
		frag_add(r, &a, 11, false, buf, 256);
	reass_used(r, &used, &bytes);
	ck_assert_uint_eq(used, 8);
	frag_reass_free(r);
}
END_TEST

START_TEST(test_source_limit)
{
	uint8_t buf[256];
	struct reass *r = frag_reass_new(64, 65536, 4);
	struct frag a = { .af = AF_INET, .src = 1, .len = 16, .more = true };
	struct got g;

	for (a.id = 1; a.id <= 4; a.id++)
		ck_assert_int_eq(fate(r, &a, 0), REASS_HELD);
	g = frag_add(r, &a, 0, false, buf, sizeof(buf));
	ck_assert_int_eq(g.fate, REASS_DROP);
	ck_assert_int_eq(g.why, REASON_REASSMEM);
	a.src = 2;
	ck_assert_int_eq(fate(r, &a, 0), REASS_HELD);
	/* room again when one is whole */
	a.src = 1;
	a.id = 2;
	a.off = 16;
	a.more = false;
	ck_assert_int_eq(fate(r, &a, 0), REASS_DONE);
	a.id = 9;
	ck_assert_int_eq(fate(r, &a, 0), REASS_HELD);
	frag_reass_free(r);
}
END_TEST

/* Memory for eight chunks: the oldest datagrams make room for new ones. */
START_TEST(test_memory_limit)
{
	static uint8_t buf[REASS_DATAGRAM_MAX];
	struct reass *r = frag_reass_new(64, 8 * 1024, 64);
	struct frag a = { .af = AF_INET, .src = 1, .id = 1, .len = 1024,
		.off = 1024, .more = true };
	struct got g;

	for (a.id = 1; a.id <= 8; a.id++)
		ck_assert_int_eq(fate(r, &a, a.id), REASS_HELD);
	ck_assert_uint_eq(reass_evicted(r), 0);
	/* this one needs two: bytes and a header */
	a.off = 0;
	ck_assert_int_eq(fate(r, &a, 9), REASS_HELD);
	ck_assert_uint_eq(reass_evicted(r), 2);
	/* one that never fits spoils itself */
	a.id = 30;
	a.len = 9 * 1024;
	g = frag_add(r, &a, 9, false, buf, sizeof(buf));
	ck_assert_int_eq(g.fate, REASS_DROP);
	ck_assert_int_eq(g.why, REASON_REASSMEM);
	frag_reass_free(r);
}
END_TEST

START_TEST(test_pieces_limit)
{
	struct reass *r = frag_reass_new(4, 65536 * 2, 4);
	struct frag a = { .af = AF_INET, .src = 1, .id = 1, .len = 8,
		.more = true };
	int i;

	for (i = 0; i < REASS_PIECES_MAX; i++, a.off += 8)
		ck_assert_int_eq(fate(r, &a, 0), REASS_HELD);
	ck_assert_int_eq(fate(r, &a, 0), REASS_DROP);
	frag_reass_free(r);
}
END_TEST

START_TEST(test_no_room)
{
	uint8_t buf[64];
	struct reass *r = frag_reass_new(4, 65536, 4);
	struct frag a = { .af = AF_INET, .src = 1, .id = 1, .len = 40,
		.more = true };
	uint32_t used;
	uint64_t bytes;
	struct got g;

	frag_add(r, &a, 0, false, buf, sizeof(buf));
	a.off = 40;
	a.len = 5;
	a.more = false;
	g = frag_add(r, &a, 0, false, buf, sizeof(buf));
	ck_assert_int_eq(g.fate, REASS_DROP);
	ck_assert_int_eq(g.why, REASON_FRAG);
	reass_used(r, &used, &bytes);
	ck_assert_uint_eq(used, 0);
	ck_assert_uint_eq(bytes, 0);
	frag_reass_free(r);
}
END_TEST

/* Four workers, pieces of every datagram spread over them. */
#define THREADS 4
#define DATAGRAMS 2000

static struct reass *shared;
static unsigned delivered[DATAGRAMS];

static void *
worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, i;
	static __thread uint8_t buf[4096];

	for (i = 0; i < DATAGRAMS; i++) {
		struct frag f = { .af = i % 2 ? AF_INET : AF_INET6, .src = i,
			.id = i, .off = me * 520, .len = 520,
			.more = me != THREADS - 1 };
		struct got g = frag_add(shared, &f, 0, false, buf, sizeof(buf));

		if (g.fate == REASS_DROP)
			return (void *)"dropped";
		if (g.fate == REASS_DONE) {
			uint32_t head = f.af == AF_INET ? 20 : 40, n;

			__atomic_fetch_add(&delivered[i], 1, __ATOMIC_RELAXED);
			for (n = 0; n < THREADS * 520; n++)
				if (buf[head + n] != frag_byte(&f, n))
					return (void *)"wrong byte";
		}
	}
	return NULL;
}

START_TEST(test_threads)
{
	pthread_t t[THREADS];
	uintptr_t i;
	void *bad;

	shared = frag_reass_new(DATAGRAMS, DATAGRAMS * 4096, DATAGRAMS);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, worker,
		    (void *)i), 0);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(t[i], &bad), 0);
		ck_assert_msg(bad == NULL, "%s", (const char *)bad);
	}
	for (i = 0; i < DATAGRAMS; i++)
		ck_assert_uint_eq(delivered[i], 1);
	frag_reass_free(shared);
}
END_TEST

Suite *suite_reass_bounds(void);

Suite *
suite_reass_bounds(void)
{
	Suite *s = suite_create("reass_bounds");
	TCase *tc = tcase_create("bounds");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_timeout);
	tcase_add_test(tc, test_budget);
	tcase_add_test(tc, test_datagram_limit);
	tcase_add_test(tc, test_source_limit);
	tcase_add_test(tc, test_memory_limit);
	tcase_add_test(tc, test_pieces_limit);
	tcase_add_test(tc, test_no_room);
	tcase_add_test(tc, test_threads);
	suite_add_tcase(s, tc);
	return s;
}
