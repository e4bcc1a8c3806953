/* SPDX-License-Identifier: ISC */
/*
 * The state table: insertion, clashes, bindings, growth, and random work
 * beside a list that is searched from end to end.
 */
#include <errno.h>
#include <string.h>

#include "engine/fast/track.h"
#include "engine/statetab.h"
#include "tests/unit/arena_mem.h"

Suite *suite_statetab(void);

static struct arena_mem m;
static struct arena *a;
static struct arena_cache cache;
static uint64_t now = 5000;

static const struct arena_config config = {
	.record_max = 1 << 18, .row_max = 64, .worker_max = 1,
	.limit = 1u << 20, .hash_key = { 0x0123456789abcdef, 42 },
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

/* A connection: client c's port p to one server, behind address 9.9.9.9. */
static void
keys4(struct skey k[2], uint32_t c, uint16_t p)
{
	memset(k, 0, 2 * sizeof(*k));
	key_make4(&k[0], c, 0x01020304, p, 80, 6, 0, 0);
	key_make4(&k[1], 0x01020304, 0x09090909 + c, 80, p, 6, 0, 0);
}

static void
keys6(struct skey k[2], uint32_t c, uint16_t p)
{
	uint32_t client[4] = { 0x20010db8, c, 0, 1 };
	uint32_t server[4] = { 0x20010db8, 0, 7, 2 };
	uint32_t outside[4] = { 0x20010db8, 0, c, 3 };

	memset(k, 0, 2 * sizeof(*k));
	key_make6(&k[0], client, server, p, 80, 6, 0, 0);
	key_make6(&k[1], server, outside, 80, p, 6, 0, 0);
}

static uint32_t
take(const struct skey k[2])
{
	uint32_t i, ext = ARENA_NONE;

	ck_assert_int_eq(arena_take(a, &cache, 2, now, &i), 0);
	if (k[0].af_dir & LINE_INET6)
		ck_assert_int_eq(arena_take_ext(a, &cache, now, &ext), 0);
	statetab_fill(a, i, &k[0], &k[1], ext);
	arena_cold(a, i)->ext = ext;
	return i;
}

static void
give(uint32_t i)
{
	uint32_t ext = arena_cold(a, i)->ext;

	if (ext != ARENA_NONE)
		arena_give_ext(a, &cache, now, ext);
	arena_give(a, &cache, 2, now, i);
}

static uint32_t
add(const struct skey k[2])
{
	uint32_t i = take(k);

	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, NULL), 0);
	return i;
}

/*
 * As one packet finds it, which must be as a burst does.  A key that is alone
 * is found by nobody, whichever way it goes.
 */
static uint32_t
find(const struct skey *k, uint16_t ifidx)
{
	uint32_t one = statetab_find(a, k, ifidx), lref;
	struct skey turned = *k;
	uint64_t hash;

	statetab_hash_burst(a, k, 1, &hash);
	statetab_find_burst(a, k, &hash, &ifidx, 1, &lref);
	ck_assert_uint_eq(lref, one);
	if (lookup_alone(&a->fast, hash)) {
		turned.af_dir ^= LINE_OUT;
		ck_assert_uint_eq(one, LOOKUP_MISS);
		ck_assert_uint_eq(statetab_find(a, &turned, ifidx),
		    LOOKUP_MISS);
	}
	return one;
}

/* The other direction has a hash of its own, and is seen beside the key. */
START_TEST(test_alone)
{
	struct skey k[2], turned;
	uint64_t hash;

	_i ? keys6(k, 1, 2) : keys4(k, 1, 2);
	turned = k[0];
	turned.af_dir ^= LINE_OUT;
	statetab_hash_burst(a, &turned, 1, &hash);
	ck_assert(lookup_alone(&a->fast, hash));
	add(k);
	ck_assert(!lookup_alone(&a->fast, hash));
	statetab_hash_burst(a, &k[0], 1, &hash);
	ck_assert(!lookup_alone(&a->fast, hash));
}
END_TEST

START_TEST(test_both_sides)
{
	struct skey k[2], x[2];
	uint32_t i, j;

	keys4(k, 1, 2);
	keys6(x, 1, 2);
	i = add(k);
	j = add(x);
	ck_assert_uint_eq(find(&k[0], 1), i * 2);
	ck_assert_uint_eq(find(&k[1], 7), i * 2 + 1);
	ck_assert_uint_eq(find(&x[0], 1), j * 2);
	ck_assert_uint_eq(find(&x[1], 1), j * 2 + 1);
	k[0].sport++;
	ck_assert_uint_eq(find(&k[0], 1), LOOKUP_MISS);
	ck_assert_uint_eq(arena_states(a), 4);
}
END_TEST

/* Keys that differ in one member are different keys. */
START_TEST(test_every_member_counts)
{
	struct skey k[2], v[7];
	unsigned i;

	keys4(k, 1, 2);
	add(k);
	for (i = 0; i < 7; i++)
		v[i] = k[0];
	v[0].src ^= 1;
	v[1].dst ^= 1;
	v[2].sport ^= 1;
	v[3].dport ^= 1;
	v[4].proto = 17;
	v[5].af_dir ^= LINE_OUT;
	v[6].rdomain ^= 1;
	for (i = 0; i < 7; i++)
		ck_assert_uint_eq(find(&v[i], 0), LOOKUP_MISS);
}
END_TEST

/* IPv6 addresses that fold alike are told apart. */
START_TEST(test_fold_is_not_the_address)
{
	struct skey k[2], twin;

	keys6(k, 5, 6);
	add(k);
	twin = k[0];
	twin.addr[0][0] ^= 0xff;
	twin.addr[0][3] ^= 0xff;
	ck_assert_uint_eq(key_fold(twin.addr[0]), twin.src);
	ck_assert_uint_eq(find(&twin, 0), LOOKUP_MISS);
}
END_TEST

START_TEST(test_clash)
{
	struct skey k[2], other[2];
	unsigned side = 9;
	uint32_t i, j;

	keys4(k, 1, 2);
	i = add(k);
	j = take(k);
	ck_assert_int_eq(statetab_insert(a, j, RECORD_FORWARD, &side),
	    -EEXIST);
	ck_assert_uint_eq(side, 0);
	keys4(other, 3, 4);
	other[1] = k[1];
	statetab_fill(a, j, &other[0], &other[1], ARENA_NONE);
	ck_assert_int_eq(statetab_insert(a, j, RECORD_FORWARD, &side),
	    -EEXIST);
	ck_assert_uint_eq(side, 1);
	ck_assert_uint_eq(find(&other[0], 0), LOOKUP_MISS);
	ck_assert(!statetab_live(a, j));
	ck_assert_int_eq(statetab_end(a, i, NULL, NULL), 0);
	ck_assert_int_eq(statetab_end(a, i, NULL, NULL), -ENOENT);
	ck_assert_int_eq(statetab_insert(a, j, RECORD_FORWARD, &side), 0);
	ck_assert_uint_eq(find(&k[1], 0), j * 2 + 1);
	statetab_fill(a, i, &k[0], &k[0], ARENA_NONE);
	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, &side),
	    -EINVAL);
}
END_TEST

static uint32_t
add_bound(const struct skey k[2], uint16_t ifidx)
{
	uint32_t i = take(k);

	if (ifidx != 0) {
		arena_line(a, i * 2)->flags = LINE_IFBOUND;
		arena_line(a, i * 2 + 1)->egress = ifidx;
	}
	if (statetab_insert(a, i, RECORD_FORWARD, NULL) == 0)
		return i;
	give(i);
	return ARENA_NONE;
}

/*
 * Records with one key, bound to interfaces 1 and 2 and floating, come and go
 * in every order: the bound one answers on its interface.
 */
START_TEST(test_bound_wins)
{
	static const uint16_t order[][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct skey k[2], k1;
	uint32_t at[3], gone;
	unsigned i, drop;

	keys4(k, 1, 2);
	k1 = k[1];
	for (drop = 0; drop < 3; drop++) {
		for (i = 0; i < 3; i++) {
			k[1].dport = (uint16_t)(k1.dport + i);
			at[order[_i][i]] = add_bound(k, order[_i][i]);
			ck_assert_uint_eq(add_bound(k, order[_i][i]),
			    ARENA_NONE);
		}
		/* one goes, making a hole, and comes again */
		gone = order[_i][drop];
		ck_assert_int_eq(statetab_end(a, at[gone], NULL, NULL), 0);
		k[1].dport = (uint16_t)(k1.dport + 9);
		at[gone] = add_bound(k, (uint16_t)gone);
		ck_assert_uint_eq(find(&k[0], 1), at[1] * 2);
		ck_assert_uint_eq(find(&k[0], 2), at[2] * 2);
		ck_assert_uint_eq(find(&k[0], 3), at[0] * 2);
		ck_assert_int_eq(statetab_end(a, at[0], NULL, NULL), 0);
		ck_assert_uint_eq(find(&k[0], 3), LOOKUP_MISS);
		ck_assert_int_eq(statetab_end(a, at[1], NULL, NULL), 0);
		ck_assert_int_eq(statetab_end(a, at[2], NULL, NULL), 0);
	}
}
END_TEST

/*
 * Somebody who is inside all locks has lost the processor to the one who
 * wants to get in, and is back when that waits.
 */
static unsigned waits;

static void
each_lock(bool enter)
{
	uint32_t *lock[ARENA_BUCKETS_MIN + 2];
	unsigned i;

	for (i = 0; i < ARENA_BUCKETS_MIN; i++)
		lock[i] = &bucket_at(&a->fast, i)->seq;
	lock[i++] = &a->header->record_pool.lock;
	lock[i++] = &a->header->overflow_pool.lock;
	while (i-- > 0)
		if (!enter)
			seq_leave(lock[i]);
		else
			ck_assert(seq_enter(lock[i]));
}

static void
holder_leaves(void)
{
	if (waits++ == 0)
		each_lock(false);
}

static void
in_find(const struct skey *k, uint32_t i)
{
	(void)i;
	ck_assert_uint_eq(find(k, 0), LOOKUP_MISS);
}

static void
in_insert(const struct skey *k, uint32_t i)
{
	(void)i;
	ck_assert_uint_ne(add(k), ARENA_NONE);
}

static void
in_end(const struct skey *k, uint32_t i)
{
	(void)k;
	ck_assert_int_eq(statetab_end(a, i, NULL, NULL), 0);
}

static void
in_pool(const struct skey *k, uint32_t i)
{
	(void)k;
	(void)i;
	arena_cache_drain(a, &cache);
}

static void
in_overflow(const struct skey *k, uint32_t i)
{
	(void)k;
	(void)i;
	arena_give_overflow(a, arena_take_overflow(a));
}

static void (*const waiters[])(const struct skey *, uint32_t) = {
	in_find, in_insert, in_end, in_pool, in_overflow,
};

START_TEST(test_holder_comes_back)
{
	struct skey k[2], other[2];
	uint32_t i;

	keys4(k, 1, 2);
	keys4(other, 3, 4);
	i = add(k);
	waits = 0;
	arena_set_wait(a, holder_leaves);
	each_lock(true);
	waiters[_i](other, i);
	ck_assert_uint_eq(waits, 1);
}
END_TEST

static bool
never(void *arg, uint32_t index)
{
	*(uint32_t *)arg = index;
	return false;
}

START_TEST(test_end_asks)
{
	struct skey k[2];
	uint32_t i, asked = 0;

	keys4(k, 1, 2);
	i = add(k);
	ck_assert_int_eq(statetab_end(a, i, never, &asked), -EAGAIN);
	ck_assert_uint_eq(asked, i);
	ck_assert_uint_eq(find(&k[0], 0), i * 2);
	ck_assert_uint_eq(arena_line(a, i * 2)->seq & 1, 0);
	ck_assert_uint_eq(arena_line(a, i * 2 + 1)->seq & 1, 0);
}
END_TEST

/* Every record is found at every size; the mean load stays what it should. */
START_TEST(test_growth)
{
	static uint32_t at[100000];
	struct skey k[2];
	uint32_t n, i, want = 100000;

	for (n = 0; n < want; n++) {
		keys4(k, n * 7919, (uint16_t)n);
		at[n] = add(k);
		if ((n & (n - 1)) == 0)
			for (i = 0; i <= n; i++) {
				keys4(k, i * 7919, (uint16_t)i);
				ck_assert_uint_eq(find(&k[1], 0),
				    at[i] * 2 + 1);
			}
	}
	ck_assert_uint_ge((uint32_t)a->header->fast.split,
	    want * 2 / ARENA_LOAD);
	ck_assert_uint_le((uint32_t)a->header->fast.split,
	    want * 2 / ARENA_LOAD + 1);
}
END_TEST

/* The stupid table: who holds which of few clients and ports. */
#define CLIENTS 40
#define PORTS 50

static void
random_keys(struct skey k[2], unsigned c, unsigned p)
{
	if (c & 1)
		keys6(k, c, (uint16_t)p);
	else
		keys4(k, c, (uint16_t)p);
}

START_TEST(test_beside_a_list)
{
	static uint32_t held[CLIENTS][PORTS];
	uint64_t seed = test_seed(20240501 + _i), s = seed;
	unsigned step, c, p, live = 0;
	struct skey k[2];
	uint32_t got;

	memset(held, 0, sizeof(held));
	for (step = 0; step < 100000; step++) {
		c = test_random(&s) % CLIENTS;
		p = test_random(&s) % PORTS;
		now += test_random(&s) % 3;
		random_keys(k, c, p);
		got = find(&k[0], 0);
		ck_assert_msg(got == (held[c][p] == 0 ? LOOKUP_MISS :
		    (held[c][p] - 1) * 2), "seed %llu step %u",
		    (unsigned long long)seed, step);
		got = find(&k[1], 0);
		ck_assert_msg(got == (held[c][p] == 0 ? LOOKUP_MISS :
		    held[c][p] * 2 - 1), "seed %llu step %u",
		    (unsigned long long)seed, step);
		if (held[c][p] == 0) {
			held[c][p] = add(k) + 1;
			live++;
		} else if (test_random(&s) % 2) {
			ck_assert_int_eq(statetab_end(a, held[c][p] - 1, NULL,
			    NULL), 0);
			give(held[c][p] - 1);
			held[c][p] = 0;
			live--;
		}
	}
	ck_assert_uint_eq(arena_states(a), live * 2);
	ck_assert_uint_eq(a->header->records, live);
}
END_TEST

/* One bucket takes many entries by its overflow chain, and then no more. */
START_TEST(test_chain_is_bounded)
{
	struct skey k[2], first[2];
	uint32_t n = 0, i;
	int error = 0;

	/* keys whose hashes meet: found by trying, as nobody outside can */
	keys4(first, 0, 0);
	a->header->growing = 1; /* the table stays at 16 buckets */
	for (i = 0; error == 0 && i < 100000; i++) {
		keys4(k, i, 1);
		if ((key_hash(config.hash_key, &k[0]) & 15) != 3 ||
		    (key_hash(config.hash_key, &k[1]) & 15) == 3)
			continue;
		error = statetab_insert(a, take(k), RECORD_FORWARD, NULL);
		n += error == 0;
		if (error == 0)
			ck_assert_uint_ne(find(&k[0], 0),
			    LOOKUP_MISS);
	}
	ck_assert_int_eq(error, -ENOSPC);
	ck_assert_uint_eq(n, LOOKUP_CHAIN * 8);
	/* none of the refused one's keys is left behind */
	ck_assert_uint_eq(find(&k[1], 0), LOOKUP_MISS);
}
END_TEST

/*
 * Protocols without sequence numbers: the kernel's part takes a packet only of
 * a state that has traffic both ways, and else has changed nothing.
 */
START_TEST(test_other)
{
	struct line *l, *peer;
	struct skey k[2];

	keys4(k, 1, 2);
	l = arena_line(a, add(k) * 2);
	peer = l + 1;
	ck_assert_int_eq(track_other_steady(l, 5, 100), TRACK_MOVED);
	ck_assert_int_eq(track_other(l, peer, 5, 100), TRACK_MOVED);
	ck_assert_uint_eq(l->state, OTHER_SINGLE);
	ck_assert_int_eq(track_other(l, peer, 6, 100), TRACK_OK);
	ck_assert_int_eq(track_other_steady(l, 7, 100), TRACK_MOVED);
	ck_assert_uint_eq(l->packets, 2);
	ck_assert_uint_eq(l->last, 6);
	ck_assert_int_eq(track_other(peer, l, 7, 50), TRACK_MOVED);
	ck_assert_uint_eq(peer->state, OTHER_MULTIPLE);
	ck_assert_int_eq(track_other(l, peer, 8, 100), TRACK_MOVED);
	ck_assert_int_eq(track_other_steady(l, 9, 100), TRACK_OK);
	ck_assert_uint_eq(l->packets, 4);
	ck_assert_uint_eq(l->bytes, 400);
	ck_assert_uint_eq(l->last, 9);
	/* a writer that stays inside */
	ck_assert(seq_enter(&l->seq));
	ck_assert_int_eq(track_other_steady(l, 10, 100), TRACK_BUSY);
	ck_assert_int_eq(track_other(l, peer, 10, 100), TRACK_BUSY);
	seq_leave(&l->seq);
	ck_assert_uint_eq(l->packets, 4);
	l->state = LINE_DEAD;
	ck_assert_int_eq(track_other_steady(l, 10, 100), TRACK_DEAD);
	ck_assert_int_eq(track_other(l, peer, 10, 100), TRACK_DEAD);
	ck_assert_int_eq(track_other(l, peer, 10, 100), TRACK_DEAD);
	ck_assert_uint_eq(l->packets, 4);
	ck_assert_uint_eq(l->seq & 1, 0);
}
END_TEST

START_TEST(test_packets_are_carried)
{
	struct skey k[2];
	struct line *l;
	uint32_t i;

	keys4(k, 1, 2);
	i = add(k);
	l = arena_line(a, i * 2);
	l->packets = 0xfffffffe;
	ck_assert_uint_eq(statetab_packets(a, i * 2), 0xfffffffe);
	ck_assert_int_eq(statetab_carry(a, &cache, i, now), 0);
	ck_assert_uint_ne(arena_cold(a, i)->ext, ARENA_NONE);
	ck_assert_uint_eq(l->packets, 0x7ffffffe);
	l->packets += 4;
	ck_assert_uint_eq(statetab_packets(a, i * 2), 0x100000002);
	ck_assert_int_eq(statetab_carry(a, &cache, i, now), 0);
	ck_assert_uint_eq(statetab_packets(a, i * 2), 0x100000002);
	ck_assert_uint_eq(statetab_packets(a, i * 2 + 1), 0);
}
END_TEST

/*
 * A worker that ends a record of another's may count it after the owner has
 * given its indexes back.
 */
START_TEST(test_packets_at_rest)
{
	struct skey k[2];
	uint32_t i;

	keys6(k, 1, 2);
	i = add(k);
	arena_line(a, i * 2)->packets = 7;
	arena_ext(a, arena_cold(a, i)->ext)->packets_hi[1] = 3;
	arena_line(a, i * 2 + 1)->packets = 5;
	ck_assert_int_eq(statetab_end(a, i, NULL, NULL), 0);
	now += 123456;
	give(i);
	ck_assert_uint_eq(statetab_packets(a, i * 2), 7);
	ck_assert_uint_eq(statetab_packets(a, i * 2 + 1), 0x180000005);
}
END_TEST

Suite *
suite_statetab(void)
{
	Suite *s = suite_create("statetab");
	TCase *tc = tcase_create("table");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_both_sides);
	tcase_add_loop_test(tc, test_alone, 0, 2);
	tcase_add_test(tc, test_every_member_counts);
	tcase_add_test(tc, test_fold_is_not_the_address);
	tcase_add_test(tc, test_clash);
	tcase_add_loop_test(tc, test_bound_wins, 0, 6);
	tcase_add_loop_test(tc, test_holder_comes_back, 0,
	    sizeof(waiters) / sizeof(waiters[0]));
	tcase_add_test(tc, test_end_asks);
	tcase_add_test(tc, test_growth);
	tcase_add_loop_test(tc, test_beside_a_list, 0, 4);
	tcase_add_test(tc, test_chain_is_bounded);
	tcase_add_test(tc, test_other);
	tcase_add_test(tc, test_packets_are_carried);
	tcase_add_test(tc, test_packets_at_rest);
	suite_add_tcase(s, tc);
	return s;
}
