/* SPDX-License-Identifier: ISC */
/* The rule registry: rows, sets, texts, and who keeps them alive. */
#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "engine/registry.h"

static void *mem;
static struct registry *reg;

static void
setup(void)
{
	mem = mmap(NULL, registry_size(), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	reg = registry_init(mem);
}

static void
teardown(void)
{
	munmap(mem, registry_size());
}

static uint32_t
bind_rule(uint64_t id, const char *text)
{
	uint32_t row;

	ck_assert_int_eq(registry_bind(reg, id, text, &row), 0);
	return row;
}

START_TEST(test_same_text_same_row)
{
	uint32_t a = bind_rule(7, "pass in all"), b = bind_rule(7, "pass in all");

	ck_assert_uint_eq(a, b);
	ck_assert_uint_eq(registry_used(reg), 1);
	registry_unbind(reg, a);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 0);
	registry_unbind(reg, a);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 1);
	ck_assert_uint_eq(registry_used(reg), 0);
}
END_TEST

START_TEST(test_collision_is_no_equality)
{
	uint32_t a = bind_rule(7, "pass in all"), b = bind_rule(7, "pass out all");

	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(registry_id(reg, a), registry_id(reg, b));
}
END_TEST

/* Texts around the size of a chunk come back whole, and cut when asked. */
START_TEST(test_text)
{
	char text[600], back[600];
	uint32_t row;
	size_t i;

	for (i = 0; i < (size_t)_i; i++)
		text[i] = (char)('a' + i % 26);
	text[i] = '\0';
	row = bind_rule(1, text);
	ck_assert_uint_eq(registry_text(reg, row, back, sizeof(back)), i);
	ck_assert_str_eq(back, text);
	if (i > 3) {
		ck_assert_uint_eq(registry_text(reg, row, back, 4), i);
		ck_assert_str_eq(back, "abc");
	}
	ck_assert_uint_eq(bind_rule(1, text), row);
}
END_TEST

START_TEST(test_sets)
{
	uint32_t r[3], got[REGISTRY_SET_MAX], s, t;
	unsigned i;

	r[0] = bind_rule(1, "pass all");
	r[1] = bind_rule(2, "match all tag a");
	r[2] = bind_rule(3, "nat on a -> b");
	s = registry_intern(reg, r, 3);
	ck_assert_uint_ne(s, r[0]);
	ck_assert_uint_eq(registry_intern(reg, r, 3), s);
	t = registry_intern(reg, r, 2);
	ck_assert_uint_ne(s, t);
	ck_assert_uint_eq(registry_rules(reg, s, got), 3);
	ck_assert_mem_eq(got, r, sizeof(r));
	ck_assert_uint_eq(registry_id(reg, s), 1);
	ck_assert_uint_eq(registry_users(reg, s), 2);
	ck_assert_uint_eq(registry_intern(reg, r, 1), r[0]);
	registry_release(reg, r[0]);

	/* a set keeps its rules alive, and its users keep the set */
	for (i = 0; i < 3; i++)
		registry_unbind(reg, r[i]);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 0);
	registry_release(reg, s);
	registry_release(reg, t);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 1);
	ck_assert_uint_eq(registry_used(reg), 4);
	registry_release(reg, s);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 4);
	ck_assert_uint_eq(registry_used(reg), 0);
}
END_TEST

START_TEST(test_full)
{
	char text[32];
	uint32_t row, r[2], i;

	for (i = 0; i < REGISTRY_ROWS; i++) {
		(void)snprintf(text, sizeof(text), "rule %u", i);
		ck_assert_int_eq(registry_bind(reg, i, text, &row), 0);
	}
	ck_assert_int_lt(registry_bind(reg, i, "one more", &row), 0);
	r[0] = 5;
	r[1] = 6;
	ck_assert_uint_eq(registry_intern(reg, r, 2), 5);
	registry_unbind(reg, 9);
	ck_assert_uint_eq(registry_collect(reg, NULL, NULL), 1);
	ck_assert_int_eq(registry_bind(reg, i, "one more", &row), 0);
	ck_assert_uint_eq(row, 9);
}
END_TEST

START_TEST(test_open)
{
	uint32_t a = bind_rule(1, "pass all"), b = bind_rule(2, "block all");
	struct registry *again;

	registry_hold(reg, a);
	again = registry_open(mem);
	ck_assert_ptr_nonnull(again);
	registry_hold(again, b);
	ck_assert_uint_eq(registry_collect(again, NULL, NULL), 1);
	ck_assert_uint_eq(registry_id(again, b), 2);
	memset(mem, 0, 64);
	ck_assert_ptr_null(registry_open(mem));
}
END_TEST

Suite *suite_registry(void);

Suite *
suite_registry(void)
{
	Suite *s = suite_create("registry");
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_same_text_same_row);
	tcase_add_test(tc, test_collision_is_no_equality);
	tcase_add_loop_test(tc, test_text, 0, 3);
	tcase_add_loop_test(tc, test_text, 122, 127);
	tcase_add_loop_test(tc, test_text, 247, 250);
	tcase_add_test(tc, test_sets);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_open);
	suite_add_tcase(s, tc);
	return s;
}
