/* SPDX-License-Identifier: ISC */
/*
 * An arena whose memory is had in pieces.  What was not had cannot be touched
 * here: whoever looks there ends the test.
 */
#include "engine/arena.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/registry.h"
#include "engine/statetab.h"

Suite *suite_had(void);

#define PAGE 4096u
#define RECORDS 20000

static const struct arena_config config = { .record_max = RECORDS,
	.row_max = 4096, .worker_max = 3, .limit = 2 * RECORDS,
	.hash_key = { 11, 22 } };

static char *mem;
static size_t size;
static struct arena *a;
static struct arena_cache cache;
static uint32_t clients; /* that have a state */

static int
unlock(void *arg, uint64_t at, uint64_t len)
{
	uint64_t from = at & ~(uint64_t)(PAGE - 1);

	(void)arg;
	ck_assert_uint_le(at + len, size);
	ck_assert_int_eq(mprotect(mem + from, at + len - from,
	    PROT_READ | PROT_WRITE), 0);
	return 0;
}

static void
have(enum arena_kind kind, uint32_t from, uint32_t to, uint32_t ask)
{
	ck_assert_int_eq(arena_pieces(&config, kind, from, to, unlock, NULL),
	    0);
	if (kind != ARENA_FIXED)
		arena_set_had(a, kind, to, ask);
}

static void
setup(void)
{
	size = (arena_size(&config) + PAGE - 1) & ~(size_t)(PAGE - 1);
	mem = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	ck_assert(mem != MAP_FAILED);
	have(ARENA_FIXED, 0, 1, 0);
	ck_assert_int_eq(arena_init(mem, size, &config, &a), 0);
	have(ARENA_RECORDS, 0, 0, ARENA_NONE);
	have(ARENA_EXTS, 0, 0, ARENA_NONE);
	have(ARENA_ROWS, 0, 0, ARENA_NONE);
	arena_cache_init(&cache);
	clients = 0;
}

static void
teardown(void)
{
	arena_close(a);
	munmap(mem, size);
}

static void
key_of(struct skey *k, uint32_t client)
{
	memset(k, 0, sizeof(*k));
	key_make4(k, client, 9, 7, 80, 17, 0, 0);
}

/* A state of the next client.  Return: what taking its record said. */
static int
add(void)
{
	struct skey k[2];
	struct cold *c;
	uint32_t i;
	int error;

	if ((error = arena_take(a, &cache, 2, 0, &i)) != 0)
		return error;
	ck_assert_uint_lt(i, a->header->record_pool.have);
	key_of(&k[0], ++clients);
	memset(&k[1], 0, sizeof(k[1]));
	key_make4(&k[1], 9, clients, 80, 7, 17, 0, 0);
	statetab_fill(a, i, &k[0], &k[1], ARENA_NONE);
	c = arena_cold(a, i);
	c->ext = c->row[0] = c->row[1] = ARENA_NONE;
	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, NULL), 0);
	return 0;
}

static void
ck_all_there(void)
{
	struct skey k;
	uint32_t i;

	ck_assert_uint_eq(arena_states(a), 2 * clients);
	for (i = 1; i <= clients; i++) {
		key_of(&k, i);
		ck_assert_msg(statetab_find(a, &k, 0) != LOOKUP_MISS,
		    "client %u", i);
	}
}

/* As many as there is memory for, and then more. */
START_TEST(test_records)
{
	static const uint32_t had[] = { 1, 33, 100, 4096, 5000, RECORDS };
	uint32_t i, from = 0;

	ck_assert_int_eq(add(), -ENOMEM);
	for (i = 0; i < sizeof(had) / sizeof(had[0]); i++) {
		have(ARENA_RECORDS, from, had[i], ARENA_NONE);
		from = had[i];
		while (add() == 0)
			continue;
		ck_assert_uint_eq(clients, from);
		ck_assert_uint_eq(arena_used(a, ARENA_RECORDS), from);
		ck_all_there();
	}
	/* chains are as short as if all had been there from the beginning */
	ck_assert_uint_ge((uint32_t)a->header->fast.split,
	    RECORDS * 2 / ARENA_LOAD - 1);
}
END_TEST

/* One is told, once, and again after the answer. */
START_TEST(test_asks)
{
	have(ARENA_RECORDS, 0, 1000, 500);
	while (clients < 400)
		ck_assert_int_eq(add(), 0);
	ck_assert(!arena_asks(a));
	while (clients < 600)
		ck_assert_int_eq(add(), 0);
	ck_assert(arena_asks(a));
	ck_assert(!arena_asks(a));
	while (clients < 700)
		ck_assert_int_eq(add(), 0);
	ck_assert(!arena_asks(a));
	arena_answer(a);
	have(ARENA_RECORDS, 1000, 2000, 1500);
	while (clients < 1400)
		ck_assert_int_eq(add(), 0);
	ck_assert(!arena_asks(a));
	while (clients < 1600)
		ck_assert_int_eq(add(), 0);
	ck_assert(arena_asks(a));
	arena_answer(a);
	/* refused: nobody need be told for each packet */
	arena_set_had(a, ARENA_RECORDS, 2000, ARENA_NONE);
	while (add() == 0)
		continue;
	ck_assert(!arena_asks(a));
}
END_TEST

START_TEST(test_exts)
{
	uint32_t i, n = 0;

	ck_assert_int_eq(arena_take_ext(a, &cache, 0, &i), -ENOMEM);
	have(ARENA_EXTS, 0, 77, 40);
	while (arena_take_ext(a, &cache, 0, &i) == 0)
		n++;
	ck_assert_uint_eq(n, 77);
	ck_assert(arena_asks(a));
}
END_TEST

START_TEST(test_rows)
{
	struct row_count sum;
	uint32_t i, row, made = 0;
	char text[200];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0'; /* three rows */
	ck_assert_int_eq(registry_add(a, 1, text, &row), -ENOSPC);
	have(ARENA_ROWS, 0, 100, 50);
	while (registry_add(a, made + 1, text, &row) == 0) {
		made++;
		for (i = 0; i < config.worker_max; i++)
			registry_packet(a, i, row, 0, 7);
		registry_sum(a, row, &sum);
		ck_assert_uint_eq(sum.packets[0], config.worker_max);
		ck_assert_uint_eq(registry_states(a, row), 0);
	}
	ck_assert_uint_eq(made, 33);
	ck_assert(arena_asks(a));
	registry_clear(a);
	have(ARENA_ROWS, 100, 200, ARENA_NONE);
	ck_assert_int_eq(registry_add(a, made + 1, text, &row), 0);
}
END_TEST

/* Another process takes it over, with what is used and no more. */
START_TEST(test_again)
{
	static const uint64_t key[2] = { 33, 44 };
	uint32_t row;

	have(ARENA_RECORDS, 0, 3000, ARENA_NONE);
	have(ARENA_ROWS, 0, 8, ARENA_NONE);
	ck_assert_int_eq(registry_add(a, 1, "pass", &row), 0);
	while (add() == 0)
		continue;
	/* what is in buckets that come later is not believed */
	memset(bucket_at(&a->fast, a->header->bucket_have), 0xff,
	    9 * sizeof(struct bucket));
	arena_close(a);
	ck_assert_int_eq(arena_open(mem, size, &a), 0);
	arena_set_had(a, ARENA_RECORDS, 3000, ARENA_NONE);
	arena_set_had(a, ARENA_EXTS, 0, ARENA_NONE);
	arena_set_had(a, ARENA_ROWS, 8, ARENA_NONE);
	ck_assert_int_eq(statetab_rebuild(a, key, false, NULL), 0);
	ck_all_there();
	arena_cache_init(&cache);
	ck_assert_int_eq(add(), -ENOMEM);
	have(ARENA_RECORDS, 3000, RECORDS, ARENA_NONE);
	while (add() == 0)
		continue;
	ck_assert_uint_eq(clients, RECORDS);
	ck_all_there();
}
END_TEST

Suite *
suite_had(void)
{
	Suite *s = suite_create("had");
	TCase *tc = tcase_create("had");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_records);
	tcase_add_test(tc, test_asks);
	tcase_add_test(tc, test_exts);
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_again);
	suite_add_tcase(s, tc);
	return s;
}
