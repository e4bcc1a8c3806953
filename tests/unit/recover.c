/* SPDX-License-Identifier: ISC */
/*
 * The arena: limits, resting indexes, opening what another process left, and
 * making the table anew from what a killed one left half done.
 */
#include <errno.h>
#include <string.h>

#include "engine/registry.h"
#include "engine/statetab.h"
#include "tests/unit/arena_mem.h"

Suite *suite_recover(void);

static struct arena_mem m;
static struct arena *a;
static struct arena_cache cache;

static const struct arena_config config = {
	.record_max = 4096, .ext_max = 512, .row_max = 64, .worker_max = 1,
	.limit = 8192, .hash_key = { 1, 2 },
};

static void
setup(void)
{
	arena_mem_new(&m, &config);
	a = m.arena;
	arena_cache_init(&cache);
}

static void
teardown(void)
{
	arena_mem_free(&m);
}

static void
keys(struct skey k[2], uint32_t c, uint8_t proto)
{
	const uint32_t client[4] = { c, 0, 0, 1 }, server[4] = { 9, 9, 9, 9 };
	const uint32_t outside[4] = { 0, c, 0, 2 };

	memset(k, 0, 2 * sizeof(*k));
	if (c & 1) {
		key_make6(&k[0], client, server, 7, 80, proto, 0, 0);
		key_make6(&k[1], server, outside, 80, 7, proto, 0, 0);
	} else {
		key_make4(&k[0], c, 9, 7, 80, proto, 0, 0);
		key_make4(&k[1], 9, ~c, 80, 7, proto, 0, 0);
	}
}

/* A TCP record in the table; odd ones are IPv6. */
static uint32_t
add(uint32_t c)
{
	struct tcp_side side = { .end = 5, .state = SAID_DATA };
	uint32_t i, ext = ARENA_NONE;
	struct skey k[2];
	struct cold *cold;

	keys(k, c, 6);
	ck_assert_int_eq(arena_take(a, &cache, 2, 0, &i), 0);
	if (k[0].af_dir & LINE_INET6)
		ck_assert_int_eq(arena_take_ext(a, &cache, 0, &ext), 0);
	statetab_fill(a, i, &k[0], &k[1], ext);
	line_put(arena_line(a, i * 2), &side);
	cold = arena_cold(a, i);
	cold->ext = ext;
	cold->row[0] = cold->row[1] = ARENA_NONE;
	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, NULL), 0);
	return i;
}

static uint32_t
find(uint32_t c, unsigned side)
{
	struct skey k[2];

	keys(k, c, 6);
	return statetab_find(a, &k[side], 0);
}

START_TEST(test_limit)
{
	uint32_t i, n;

	arena_set_limit(a, 9);
	for (n = 0; n < 4; n++)
		ck_assert_int_eq(arena_take(a, &cache, 2, 0, &i), 0);
	ck_assert_int_eq(arena_take(a, &cache, 2, 0, &i), -ENOSPC);
	ck_assert_uint_eq(arena_states(a), 8);
	ck_assert_int_eq(arena_take(a, &cache, 1, 0, &i), 0);
	ck_assert_int_eq(arena_take(a, &cache, 1, 0, &i), -ENOSPC);
	arena_give(a, &cache, 1, 0, i);
	ck_assert_int_eq(arena_take(a, &cache, 1, 0, &i), 0);
	/* lowered: nobody is thrown out, nobody comes in */
	arena_set_limit(a, 2);
	ck_assert_uint_eq(arena_states(a), 9);
	arena_uncount(a, 1);
	ck_assert_int_eq(arena_take(a, &cache, 1, 0, &i), -ENOSPC);
}
END_TEST

/* No index comes back before its rest; then all of them do, once each. */
START_TEST(test_rest)
{
	static uint8_t seen[4096];
	uint32_t i, n;

	arena_set_limit(a, UINT32_MAX);
	for (n = 0; n < 4096; n++) {
		ck_assert_int_eq(arena_take(a, &cache, 1, 500, &i), 0);
		ck_assert_uint_lt(i, 4096);
		ck_assert_uint_eq(seen[i]++, 0);
	}
	ck_assert_int_eq(arena_take(a, &cache, 1, 500, &i), -ENOMEM);
	ck_assert_uint_eq(arena_states(a), 4096);
	for (n = 0; n < 4096; n++)
		arena_give(a, &cache, 1, 1000 + n / 4, n);
	ck_assert_int_eq(arena_take(a, &cache, 1, 1999, &i), -ENOMEM);
	ck_assert_int_eq(arena_take(a, &cache, 1, 2000, &i), 0);
	ck_assert_uint_lt(i, 4);
	memset(seen, 0, sizeof(seen));
	seen[i] = 1;
	for (n = 1; n < 4096; n++) {
		ck_assert_int_eq(arena_take(a, &cache, 1, 1u << 20, &i), 0);
		ck_assert_uint_eq(seen[i]++, 0);
	}
	ck_assert_int_eq(arena_take(a, &cache, 1, 1u << 20, &i), -ENOMEM);
}
END_TEST

/* What one worker frees, another gets. */
START_TEST(test_two_caches)
{
	struct arena_cache other;
	uint32_t i, n, at[4096];

	arena_cache_init(&other);
	for (n = 0; n < 4096; n++)
		ck_assert_int_eq(arena_take(a, &cache, 1, 0, &at[n]), 0);
	ck_assert_int_eq(arena_take(a, &other, 1, 0, &i), -ENOMEM);
	for (n = 0; n < 4096; n++)
		arena_give(a, &cache, 1, 0, at[n]);
	for (n = 0; n < 20; n++)
		arena_cache_tick(a, &cache, 1000);
	for (n = 0; n < 4096 - 2 * ARENA_BATCH; n++)
		ck_assert_int_eq(arena_take(a, &other, 1, 1000, &i), 0);
	arena_cache_drain(a, &cache);
	for (n = 0; n < 2 * ARENA_BATCH; n++)
		ck_assert_int_eq(arena_take(a, &other, 1, 1000, &i), 0);
}
END_TEST

START_TEST(test_open)
{
	struct arena *b;
	struct arena_header *h = m.mem;

	ck_assert_int_eq(arena_open(m.mem, m.size, &b), 0);
	ck_assert_ptr_eq(b->fast.lines, a->fast.lines);
	arena_close(b);
	ck_assert_int_eq(arena_open(m.mem, m.size - 4096, &b), -EINVAL);
	ck_assert_int_eq(arena_open((char *)m.mem + 8, m.size - 8, &b),
	    -EINVAL);
	ck_assert_int_eq(arena_open(m.mem, 64, &b), -EINVAL);
	h->layout++;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), -EINVAL);
	h->layout--;
	h->magic[3] ^= 1;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), -EINVAL);
	h->magic[3] ^= 1;
	h->offset[REGION_COLD] += 4096;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), -EINVAL);
	h->offset[REGION_COLD] -= 4096;
	h->record_pool.top = h->record_pool.max + 1;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), -EINVAL);
	h->record_pool.top = 0;
	h->fast.record_max = 0;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), -EINVAL);
}
END_TEST

START_TEST(test_bad_sizes)
{
	struct arena_config c = config;
	struct arena *b;

	c.record_max = 0;
	ck_assert_uint_eq(arena_size(&c), 0);
	c.record_max = ARENA_RECORDS_MAX + 1;
	ck_assert_uint_eq(arena_size(&c), 0);
	c = config;
	ck_assert_int_eq(arena_init(m.mem, m.size - 1, &c, &b), -EINVAL);
	ck_assert_int_eq(arena_init((char *)m.mem + 4, m.size, &c, &b),
	    -EINVAL);
	/* sixteen million states are an address space, not memory */
	c.record_max = 1u << 24;
	ck_assert_uint_gt(arena_size(&c), (size_t)160 << 24);
}
END_TEST

/*
 * The process is killed: some records whole, some with a writer inside, some
 * ended and not yet given back, the table in disorder.
 */
#define RECORDS 300

START_TEST(test_rebuild)
{
	static const uint64_t key[2] = { 77, 78 };
	uint32_t at[RECORDS], c, i, live = 0, torn = 0, damaged = 0;
	struct statetab_rebuilt r;
	struct arena *b;

	for (c = 0; c < RECORDS; c++)
		at[c] = add(c);
	for (c = 0; c < RECORDS; c++)
		if (c % 10 == 3) {
			arena_line(a, at[c] * 2 + (c / 10 & 1))->seq |= 1;
			torn++;
			live++;
		} else if (c % 10 == 4) {
			ck_assert_int_eq(statetab_end(a, at[c], NULL, NULL),
			    0);
		} else if (c % 50 == 5) {
			arena_cold(a, at[c])->ext = 1u << 30;
			damaged++;
		} else {
			live++;
		}
	/* locks held for ever, entries that lead nowhere, half a split */
	for (i = 0; i < 64; i++) {
		bucket_at(&a->fast, i)->seq |= i & 1;
		bucket_at(&a->fast, i)->tag[i & 7] = 1;
		bucket_at(&a->fast, i)->lref[i & 7] = i;
	}
	a->header->growing = 1;
	a->header->record_pool.lock = a->header->ext_pool.lock = 1;
	a->header->overflow_pool.lock = 1;
	a->header->states = 12345;
	ck_assert_int_eq(arena_open(m.mem, m.size, &b), 0);
	arena_close(a);
	m.arena = a = b;
	ck_assert_int_eq(statetab_rebuild(a, _i ? key : NULL, _i, &r), 0);
	ck_assert_uint_eq(r.states, live * 2);
	ck_assert_uint_eq(r.mended, torn * 2);
	ck_assert_uint_eq(r.dropped, damaged * 2);
	ck_assert_uint_eq(arena_states(a), live * 2);
	ck_assert_uint_eq(a->header->fast.hash_key[0], _i ? 77 : 1);
	for (c = 0; c < RECORDS; c++) {
		bool gone = c % 10 == 4 || c % 50 == 5;
		bool mended = c % 10 == 3 && (c / 10 & 1) == 0;
		const struct line *l = arena_line(a, at[c] * 2);

		ck_assert_uint_eq(find(c, 0), gone ? LOOKUP_MISS : at[c] * 2);
		ck_assert_uint_eq(find(c, 1), gone ? LOOKUP_MISS :
		    at[c] * 2 + 1);
		ck_assert(statetab_live(a, at[c]) == !gone);
		if (gone)
			continue;
		ck_assert_uint_eq(l[0].seq & 1, 0);
		ck_assert_uint_eq(l[1].seq & 1, 0);
		/* a side that was torn is picked up anew, or all are */
		ck_assert(!!(l[0].state & SAID_LOOSE) == (_i || mended));
		ck_assert_uint_eq(l[1].state, 0);
	}
	/* and life goes on: every index that is free can be had */
	arena_cache_init(&cache);
	for (c = RECORDS; c < RECORDS + 200; c++) {
		i = add(c);
		ck_assert_uint_eq(find(c, 0), i * 2);
	}
	for (i = live + 200; i < 4096; i++)
		ck_assert_int_eq(arena_take(a, &cache, 0, 0, &c), 0);
	ck_assert_int_eq(arena_take(a, &cache, 0, 0, &c), -ENOMEM);
}
END_TEST

/* States hold their rules' rows again. */
START_TEST(test_rebuild_rows)
{
	struct statetab_rebuilt r;
	uint32_t row, i;

	ck_assert_int_eq(registry_add(a, 42, "pass all", &row), 0);
	i = add(2);
	arena_cold(a, i)->row[0] = arena_cold(a, i)->row[1] = row;
	i = add(4);
	arena_cold(a, i)->row[1] = row;
	i = add(6);
	arena_cold(a, i)->row[0] = 63; /* a row that never was */
	ck_assert_int_eq(statetab_rebuild(a, NULL, false, &r), 0);
	ck_assert_uint_eq(r.states, 4);
	ck_assert_uint_eq(r.dropped, 2);
	ck_assert_uint_eq(registry_find(a, 42, "pass all"), row);
	ck_assert_uint_eq(registry_states(a, row), 3);
}
END_TEST

Suite *
suite_recover(void)
{
	Suite *s = suite_create("recover");
	TCase *tc = tcase_create("arena");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_rest);
	tcase_add_test(tc, test_two_caches);
	tcase_add_test(tc, test_open);
	tcase_add_test(tc, test_bad_sizes);
	tcase_add_loop_test(tc, test_rebuild, 0, 2);
	tcase_add_test(tc, test_rebuild_rows);
	suite_add_tcase(s, tc);
	return s;
}
