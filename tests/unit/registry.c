/* SPDX-License-Identifier: ISC */
/* The rule registry: rows, sets, texts, counters, and who keeps them alive. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/registry.h"

#define ROWS 1000

static struct arena_header header;
static struct arena arena;
static struct arena *const a = &arena;

static void
setup(void)
{
	memset(&header, 0, sizeof(header));
	header.row_max = header.row_pool.have = ROWS;
	header.row_pool.ask = ARENA_NONE;
	header.worker_max = 2;
	header.rowheads = 64;
	arena.header = &header;
	arena.rows = calloc(ROWS, sizeof(struct row));
	arena.rowheads = calloc(64, sizeof(uint32_t));
	arena.counts = calloc(ROWS * 3, sizeof(struct row_count));
}

static void
teardown(void)
{
	free(arena.rows);
	free(arena.rowheads);
	free(arena.counts);
}

static uint32_t
add(uint64_t id, const char *text)
{
	uint32_t row;

	ck_assert_int_eq(registry_add(a, id, text, &row), 0);
	return row;
}

START_TEST(test_same_text_same_row)
{
	uint32_t r = add(7, "pass in all");

	ck_assert_uint_eq(add(7, "pass in all"), r);
	ck_assert_uint_eq(registry_find(a, 7, "pass in all"), r);
	ck_assert_uint_eq(registry_find(a, 7, "pass out all"), ROW_NONE);
	registry_unref(a, r);
	ck_assert_uint_eq(registry_collect(a), 0);
	registry_unref(a, r);
	ck_assert_uint_eq(registry_collect(a), 1);
	ck_assert_uint_eq(registry_find(a, 7, "pass in all"), ROW_NONE);
}
END_TEST

START_TEST(test_collision_is_no_equality)
{
	uint32_t r = add(7, "pass in all"), s = add(7, "pass out all");

	ck_assert_uint_ne(r, s);
	ck_assert_uint_eq(registry_find(a, 7, "pass in all"), r);
	ck_assert_uint_eq(registry_find(a, 7, "pass out all"), s);
}
END_TEST

/*
 * A row whose only state ends while the next one is being made.  Once the
 * mark is gone a collection frees it, whether or not it had a state when the
 * mark was taken away.
 */
START_TEST(test_keep)
{
	static const uint64_t none[2];
	uint32_t row = add(1, "pass all");

	ck_assert_int_eq(registry_begin(a, 0, row), 0);
	registry_unref(a, row);
	registry_keep(a, row);
	registry_end(a, 0, row, none, none);
	ck_assert_uint_eq(registry_collect(a), 0);
	ck_assert_int_eq(registry_begin(a, 0, row), 0);
	ck_assert_uint_eq(registry_collect(a), 0);
	registry_keep(a, row);
	ck_assert_uint_eq(registry_collect(a), 0);
	registry_end(a, 0, row, none, none);
	/* a wheel may be looking at the state that has just ended */
	ck_assert_uint_eq(registry_collect(a), 0);
	ck_assert_uint_eq(registry_collect(a), 1);
}
END_TEST

/* Texts around the size of a piece come back whole, and cut when asked. */
START_TEST(test_text)
{
	char text[600], back[600];
	uint32_t row;
	int i;

	for (i = 0; i < _i; i++)
		text[i] = (char)('a' + i % 26);
	text[i] = '\0';
	row = add(1, text);
	ck_assert_uint_eq(registry_text(a, row, back, sizeof(back)), i);
	ck_assert_str_eq(back, text);
	ck_assert_uint_eq(registry_text(a, row, back, 4), i);
	ck_assert_uint_eq(strlen(back), i < 3 ? i : 3);
	ck_assert_uint_eq(add(1, text), row);
	registry_unref(a, row);
	registry_unref(a, row);
	ck_assert_uint_eq(registry_collect(a), 1);
}
END_TEST

static void
three(uint32_t r[3])
{
	r[0] = add(1, "pass all");
	r[1] = add(2, "match all tag a");
	r[2] = add(3, "nat on a -> b");
}

START_TEST(test_sets)
{
	static const uint64_t packets[2] = { 5, 6 }, bytes[2] = { 50, 60 };
	uint32_t r[3], got[ROW_MEMBERS], s, t;
	struct row_count sum;
	unsigned i;

	three(r);
	ck_assert_int_eq(registry_set(a, r, 1, &s), 0);
	ck_assert_uint_eq(s, r[0]);
	ck_assert_int_eq(registry_set(a, r, 3, &s), 0);
	ck_assert_int_eq(registry_set(a, r, 3, &t), 0);
	ck_assert_uint_eq(s, t);
	ck_assert_int_eq(registry_set(a, r, 2, &t), 0);
	ck_assert_uint_ne(s, t);
	ck_assert_uint_eq(registry_members(a, s, got), 3);
	ck_assert_mem_eq(got, r, sizeof(r));
	ck_assert_uint_eq(registry_id(a, s), 1);

	/* a state of the set counts for all its rules */
	ck_assert_int_eq(registry_begin(a, 0, s), 0);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(registry_states(a, r[i]), 1);

	/* the state keeps the set, the set keeps its rules */
	for (i = 0; i < 3; i++)
		registry_unref(a, r[i]);
	ck_assert_uint_eq(registry_collect(a), 0);
	ck_assert_uint_eq(registry_collect(a), 1); /* t: nobody began one */
	ck_assert_uint_eq(registry_collect(a), 0);
	registry_end(a, 1, s, packets, bytes);
	registry_sum(a, r[2], &sum);
	ck_assert_uint_eq(sum.packets[1], 6);
	ck_assert_uint_eq(sum.bytes[0], 50);
	ck_assert_uint_eq(sum.created, 1);
	ck_assert_uint_eq(sum.ended, 1);
	ck_assert_uint_eq(registry_collect(a), 0);
	ck_assert_uint_eq(registry_collect(a), 4);
}
END_TEST

START_TEST(test_max)
{
	uint32_t r[3], s;

	three(r);
	registry_set_max(a, r[1], 2);
	ck_assert_int_eq(registry_set(a, r, 3, &s), 0);
	ck_assert_int_eq(registry_begin(a, 0, s), 0);
	ck_assert_int_eq(registry_begin(a, 0, s), 0);
	ck_assert_int_eq(registry_begin(a, 0, s), -ENOSPC);
	ck_assert_uint_eq(registry_states(a, r[0]), 2);
	ck_assert_uint_eq(registry_states(a, r[1]), 2);
	registry_abort(a, 0, s);
	ck_assert_int_eq(registry_begin(a, 1, s), 0);
}
END_TEST

START_TEST(test_clear)
{
	uint32_t r = add(1, "pass all");
	struct row_count sum;

	registry_counts(a, 0)[r].evaluations++;
	registry_packet(a, 1, r, 1, 100);
	registry_sum(a, r, &sum);
	ck_assert_uint_eq(sum.evaluations, 1);
	ck_assert_uint_eq(sum.bytes[1], 100);
	registry_clear(a);
	registry_packet(a, 0, r, 1, 7);
	registry_sum(a, r, &sum);
	ck_assert_uint_eq(sum.evaluations, 0);
	ck_assert_uint_eq(sum.bytes[1], 7);
}
END_TEST

START_TEST(test_timeouts)
{
	uint32_t t[25], r = add(1, "pass all"), i;

	ck_assert_uint_eq(registry_timeout(a, r, 3), 0);
	for (i = 0; i < 25; i++)
		t[i] = i * 10;
	ck_assert_int_eq(registry_set_timeouts(a, r, t, 25), 0);
	for (i = 0; i < 25; i++)
		ck_assert_uint_eq(registry_timeout(a, r, i), i * 10);
	registry_unref(a, r);
	ck_assert_uint_eq(registry_collect(a), 1);
	ck_assert_uint_eq(registry_timeout(a, add(2, "x"), 3), 0);
}
END_TEST

/* A full registry refuses, loses nothing, and takes up again. */
START_TEST(test_full)
{
	char text[200];
	uint32_t row, s, r[2] = { 5, 6 }, i;

	memset(text, 'x', sizeof(text));
	text[199] = '\0';
	for (i = 0; i < ROWS - 2; i++) {
		(void)snprintf(text, sizeof(text), "rule %u", i);
		ck_assert_uint_eq(add(i, text), i);
	}
	memset(text, 'x', 199);
	ck_assert_int_eq(registry_add(a, 1, text, &row), -ENOSPC);
	add(i, "one more");
	ck_assert_int_eq(registry_set(a, r, 2, &s), 0);
	ck_assert_int_eq(registry_add(a, i, "too many", &row), -ENOSPC);
	registry_unref(a, 9);
	ck_assert_uint_eq(registry_collect(a), 1);
	ck_assert_uint_eq(registry_collect(a), 1);
	add(i, "one more now");
	add(i, "and one for the set");
}
END_TEST

Suite *suite_registry(void);

Suite *
suite_registry(void)
{
	Suite *s = suite_create("registry");
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_same_text_same_row);
	tcase_add_test(tc, test_collision_is_no_equality);
	tcase_add_test(tc, test_keep);
	tcase_add_loop_test(tc, test_text, 0, 3);
	tcase_add_loop_test(tc, test_text, 79, 83);
	tcase_add_loop_test(tc, test_text, 159, 163);
	tcase_add_test(tc, test_sets);
	tcase_add_test(tc, test_max);
	tcase_add_test(tc, test_clear);
	tcase_add_test(tc, test_timeouts);
	tcase_add_test(tc, test_full);
	suite_add_tcase(s, tc);
	return s;
}
