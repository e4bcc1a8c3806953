/* SPDX-License-Identifier: ISC */
/*
 * Tables against an array that is searched from end to end.
 *
 * The seed of the random part is printed on failure; TEST_SEED sets it.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table.h"
#include "tests/rnd.h"

#define MODEL_MAX 4096

static struct {
	struct table_ent v[MODEL_MAX];
	uint32_t n;
} model;

static uint64_t seed, rng;

static uint32_t
rnd(uint32_t below)
{
	return (uint32_t)(test_random(&rng) >> 32) % below;
}

/* Addresses that often share their first bits. */
static void
rnd_addr(struct addr *a, uint8_t af)
{
	unsigned i, n = af == AF_INET ? 4 : 16;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < n; i++)
		a->b[i] = rnd(3) != 0 ? rnd(2) * 0x80 : rnd(256);
}

static void
rnd_ent(struct table_ent *e)
{
	memset(e, 0, sizeof(*e));
	e->af = rnd(2) ? AF_INET : AF_INET6;
	e->plen = rnd(3) == 0 ? addr_bits(e->af) : rnd(addr_bits(e->af) + 1);
	rnd_addr(&e->addr, e->af);
	addr_apply_plen(&e->addr, e->plen);
	e->neg = rnd(4) == 0;
	e->weight = rnd(4) == 0 ? rnd(65536) : 0;
	e->expire = rnd(5) == 0 ? rnd(1000) : 0;
	e->since = e->expire == 0 ? rnd(1000) : 0;
}

static struct table_ent *
model_find(const struct table_ent *e)
{
	uint32_t i;

	for (i = 0; i < model.n; i++)
		if (model.v[i].af == e->af && model.v[i].plen == e->plen &&
		    addr_equal(&model.v[i].addr, &e->addr))
			return &model.v[i];
	return NULL;
}

static const struct table_ent *
model_match(uint8_t af, const struct addr *a)
{
	const struct table_ent *best = NULL;
	uint32_t i;

	for (i = 0; i < model.n; i++)
		if (model.v[i].af == af &&
		    addr_in_prefix(a, &model.v[i].addr, model.v[i].plen) &&
		    (best == NULL || model.v[i].plen > best->plen))
			best = &model.v[i];
	return best;
}

static int
ent_cmp(const void *va, const void *vb)
{
	const struct table_ent *a = va, *b = vb;
	int c;

	if (a->af != b->af)
		return a->af == AF_INET ? -1 : 1;
	if ((c = memcmp(&a->addr, &b->addr, sizeof(a->addr))) != 0)
		return c;
	return (int)b->plen - a->plen;
}

static bool
ent_same(const struct table_ent *a, const struct table_ent *b)
{
	return a->af == b->af && a->plen == b->plen && a->neg == b->neg &&
	    a->weight == b->weight && a->expire == b->expire &&
	    a->since == b->since &&
	    addr_equal(&a->addr, &b->addr);
}

static void
step(struct table_set *ts, uint32_t nr)
{
	struct table_ent e, *have;
	int got;

	rnd_ent(&e);
	if (rnd(5) < 2 && model.n > 0) {
		e = model.v[rnd(model.n)];
		if (rnd(10) == 0)
			e.neg = !e.neg;
	}
	have = model_find(&e);
	if (rnd(5) < 3 && model.n < MODEL_MAX) {
		got = table_add(ts, nr, &e);
		if (have == NULL) {
			ck_assert_msg(got == 1, "add, seed %ju", seed);
			model.v[model.n++] = e;
		} else if (have->neg != e.neg) {
			ck_assert_msg(got == -EEXIST, "sign, seed %ju", seed);
		} else {
			ck_assert_msg(got == 0, "again, seed %ju", seed);
			*have = e;
		}
		return;
	}
	if (rnd(3) == 0 && have != NULL) {
		got = table_since(ts, nr, &e, 77);
		ck_assert_msg(got == (have->neg == e.neg), "since, seed %ju",
		    seed);
		if (got && have->expire == 0)
			have->since = 77;
		return;
	}
	got = table_delete(ts, nr, &e);
	ck_assert_msg(got == (have != NULL && have->neg == e.neg),
	    "delete, seed %ju", seed);
	if (got)
		*have = model.v[--model.n];
}

/* The writer's and the workers' lookups give what the model says. */
static void
lookups(struct table_set *ts, uint32_t nr, unsigned n)
{
	const struct table_ent *want;
	struct table_ent got;
	struct addr a;
	uint8_t af;

	while (n-- > 0) {
		af = rnd(2) ? AF_INET : AF_INET6;
		rnd_addr(&a, af);
		if (rnd(2) && model.n > 0) {
			want = &model.v[rnd(model.n)];
			af = want->af;
			a = want->addr;
			if (rnd(2))
				a.b[rnd(addr_bits(af) / 8)] ^= 1 << rnd(8);
		}
		want = model_match(af, &a);
		ck_assert_msg(table_test(ts, nr, af, &a, &got) ==
		    (want != NULL), "test, seed %ju", seed);
		ck_assert_msg(want == NULL || ent_same(&got, want),
		    "longest, seed %ju", seed);
		ck_assert_msg(table_match(ts, 0, nr, af, &a) ==
		    (want != NULL && !want->neg), "match, seed %ju", seed);
	}
}

/* Shorter prefixes first: the order of picks. */
static int
pick_cmp(const void *va, const void *vb)
{
	const struct table_ent *a = va, *b = vb;
	int c;

	if (a->af != b->af || (c = memcmp(&a->addr, &b->addr,
	    sizeof(a->addr))) != 0)
		return ent_cmp(va, vb);
	return (int)a->plen - b->plen;
}

static unsigned
weight(const struct table_ent *e)
{
	return e->weight == 0 ? 1 : e->weight;
}

static void
picks(const struct table_set *ts, uint32_t nr, const struct table_ent *v)
{
	uint64_t sum[2] = { 0, 0 }, at;
	struct table_ent p, want;
	uint32_t i, f;

	for (i = 0; i < model.n; i++) {
		want = v[i];
		want.expire = want.since = 0;	/* the writer's */
		f = v[i].af == AF_INET ? 0 : 1;
		if (v[i].neg)
			continue;
		at = sum[f] + rnd(weight(&v[i]));
		ck_assert_msg(table_pick(ts, nr, v[i].af, at, &p) &&
		    ent_same(&p, &want), "pick, seed %ju", seed);
		sum[f] += weight(&v[i]);
	}
	ck_assert_uint_eq(table_weight(ts, nr, AF_INET), sum[0]);
	ck_assert_uint_eq(table_weight(ts, nr, AF_INET6), sum[1]);
	ck_assert(!table_pick(ts, nr, AF_INET, sum[0], &p));
}

/* Listing, weights and picks agree with the sorted model. */
static void
order(const struct table_set *ts, uint32_t nr)
{
	static struct table_ent v[MODEL_MAX];
	struct table_ent e, *after = NULL;
	uint32_t i;

	memcpy(v, model.v, model.n * sizeof(v[0]));
	qsort(v, model.n, sizeof(v[0]), ent_cmp);
	for (i = 0; i < model.n; i++) {
		ck_assert_msg(table_next(ts, nr, after, &e) &&
		    ent_same(&e, &v[i]), "next, seed %ju", seed);
		after = &e;
	}
	ck_assert_msg(!table_next(ts, nr, after, &e), "end, seed %ju", seed);
	ck_assert_uint_eq(table_size(ts, nr), model.n);
	qsort(v, model.n, sizeof(v[0]), pick_cmp);
	picks(ts, nr, v);
}

START_TEST(test_model)
{
	struct table_set *ts = table_set_new(2);
	uint32_t nr, round, i;

	seed = test_begin(&rng);
	ck_assert_int_eq(table_new(ts, "", "t", &nr), 0);
	model.n = 0;
	/* with counters, too; and they come and go */
	ck_assert_int_eq(table_count_entries(ts, nr, _i == 1), 0);
	for (round = 0; round < 400; round++) {
		if (round % 100 == 99)
			ck_assert_int_eq(table_count_entries(ts, nr,
			    table_cells(ts, nr) == NULL), 0);
		for (i = rnd(40); i > 0; i--)
			step(ts, nr);
		table_publish(ts, nr);
		lookups(ts, nr, 40);
		if (round % 16 == 0)
			order(ts, nr);
		table_garbage_free(table_set_garbage(ts));
		if (round == 300) {
			ck_assert_uint_eq(table_flush(ts, nr), model.n);
			model.n = 0;
		}
	}
	table_set_free(ts);
}
END_TEST

/* Edits are seen all at once, and what a reader holds stays readable. */
START_TEST(test_publish)
{
	struct table_set *ts = table_set_new(1);
	struct table_ent e = { .af = AF_INET, .plen = 32, .weight = 1 };
	struct table_garbage *g;
	uint32_t nr, i;

	ck_assert_int_eq(table_new(ts, "", "t", &nr), 0);
	for (i = 0; i < 1000; i++) {
		e.addr.w[0] = i * 0x01000193;
		ck_assert_int_eq(table_add(ts, nr, &e), 1);
		ck_assert(!table_match(ts, 0, nr, AF_INET, &e.addr));
	}
	table_publish(ts, nr);
	ck_assert(table_match(ts, 0, nr, AF_INET, &e.addr));
	table_flush(ts, nr);
	e.addr.w[0] = 1;
	ck_assert_int_eq(table_add(ts, nr, &e), 1);
	for (i = 0; i < 1000; i++) {
		e.addr.w[0] = i * 0x01000193;
		ck_assert(table_match(ts, 0, nr, AF_INET, &e.addr));
	}
	table_publish(ts, nr);
	g = table_set_garbage(ts);
	ck_assert(!table_match(ts, 0, nr, AF_INET, &e.addr));
	e.addr.w[0] = 1;
	ck_assert(table_match(ts, 0, nr, AF_INET, &e.addr));
	table_garbage_free(g);
	table_set_free(ts);
}
END_TEST

START_TEST(test_names)
{
	struct table_set *ts = table_set_new(1);
	struct table_garbage *g;
	uint32_t nr[300], i, again;
	char name[40];

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		ck_assert_int_eq(table_new(ts, i % 2 ? "a/b" : "", name,
		    &nr[i]), 0);
		ck_assert_uint_eq(nr[i], i);
	}
	ck_assert_uint_eq(table_find(ts, "", "t8"), 8);
	ck_assert_uint_eq(table_find(ts, "a/b", "t8"), TABLE_NONE);
	ck_assert_int_eq(table_new(ts, "", "t8", &again), -EEXIST);
	memset(name, 'x', 39);
	name[39] = '\0';
	ck_assert_int_eq(table_new(ts, "", name, &again), -ENAMETOOLONG);

	/* a number rests until the garbage is gone */
	ck_assert_int_eq(table_new(ts, "", NULL, &again), 0);
	ck_assert(table_name(ts, again) == NULL);
	ck_assert_int_eq(table_adopt(ts, again, "", "t8"), 0);
	ck_assert_uint_eq(table_find(ts, "", "t8"), again);
	ck_assert_str_eq(table_name(ts, again), "t8");
	g = table_set_garbage(ts);
	ck_assert_int_eq(table_new(ts, "", "u", &again), 0);
	ck_assert_uint_ne(again, 8);
	table_garbage_free(g);
	ck_assert_int_eq(table_new(ts, "", "v", &again), 0);
	ck_assert_uint_eq(again, 8);
	table_set_free(ts);
}
END_TEST

START_TEST(test_counters)
{
	struct table_set *ts = table_set_new(2);
	struct table_ent e = { .af = AF_INET, .plen = 0 };
	struct addr a = { .w = { 1 } };
	struct table_counters c;
	uint32_t nr;

	ck_assert_int_eq(table_new(ts, "", "t", &nr), 0);
	ck_assert(!table_match(ts, 0, nr, AF_INET, &a));
	ck_assert_int_eq(table_add(ts, nr, &e), 1);
	table_publish(ts, nr);
	ck_assert(table_match(ts, 0, nr, AF_INET, &a));
	ck_assert(table_match(ts, 1, nr, AF_INET, &a));
	ck_assert(!table_match(ts, 1, nr, AF_INET6, &a));
	table_counters(ts, nr, &c);
	ck_assert_uint_eq(c.match, 2);
	ck_assert_uint_eq(c.nomatch, 2);
	ck_assert(!table_match(ts, 0, 99999, AF_INET, &a));
	e.plen = 33;
	ck_assert_int_eq(table_add(ts, nr, &e), -EINVAL);
	table_set_free(ts);
}
END_TEST

static uint64_t
passed(const struct table_set *ts, uint32_t nr, uint8_t af,
    const struct addr *a, uint8_t plen, unsigned dir, enum cell_op op)
{
	uint32_t cell = plen == 255 ? CELL_NONE :
	    table_cell(ts, nr, af, a, plen);
	struct cell_counts c;

	ck_assert(plen == 255 || cell != CELL_NONE);
	cells_get(table_cells(ts, nr), cell, &c);
	ck_assert_uint_eq(c.bytes[dir][op], c.packets[dir][op] * 100);
	return c.packets[dir][op];
}
#define OF_ALL 255

static void
hit(const struct table_set *ts, uint32_t nr, const struct addr *a,
    const struct addr *or, unsigned dir, enum cell_op op, unsigned n)
{
	const struct addr *const both[2] = { a, or };

	table_count(ts, nr, AF_INET, both, dir, op, n, n * 100);
}

/* The deciding entry counts, a negated one and none are XPass. */
START_TEST(test_count)
{
	struct table_set *ts = table_set_new(1);
	struct table_ent net = { .af = AF_INET, .plen = 8, .since = 7 },
	    host = { .af = AF_INET, .plen = 32 },
	    not = { .af = AF_INET, .plen = 32, .neg = true };
	struct addr in = { .b = { 10, 9, 9, 9 } }, out = { .b = { 11 } };
	struct table_ent e;
	uint32_t nr;

	net.addr.b[0] = host.addr.b[0] = not.addr.b[0] = 10;
	host.addr.b[3] = 1;
	not.addr.b[3] = 2;
	ck_assert_int_eq(table_new(ts, "", "t", &nr), 0);
	hit(ts, nr, &in, &in, 0, CELL_PASS, 1);
	ck_assert_ptr_null(table_cells(ts, nr));
	/* some are there before, some come after */
	ck_assert_int_eq(table_add(ts, nr, &net), 1);
	ck_assert_int_eq(table_count_entries(ts, nr, true), 0);
	ck_assert_int_eq(table_add(ts, nr, &host), 1);
	ck_assert_int_eq(table_add(ts, nr, &not), 1);
	table_publish(ts, nr);
	ck_assert(table_get(ts, nr, AF_INET, &net.addr, 8, &e));
	ck_assert_uint_eq(e.since, 7);
	hit(ts, nr, &in, &out, 0, CELL_PASS, 2);
	hit(ts, nr, &out, &in, 1, CELL_BLOCK, 3);
	hit(ts, nr, &host.addr, &in, 1, CELL_MATCH, 4);
	hit(ts, nr, &not.addr, &out, 0, CELL_PASS, 5);
	hit(ts, nr, &out, &out, 0, CELL_PASS, 6);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &net.addr, 8, 0, CELL_PASS),
	    2);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &net.addr, 8, 1,
	    CELL_BLOCK), 3);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &host.addr, 32, 1,
	    CELL_MATCH), 4);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &not.addr, 32, 0,
	    CELL_PASS), 0);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, NULL, OF_ALL, 0,
	    CELL_XPASS), 11);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, NULL, OF_ALL, 0,
	    CELL_PASS), 2);
	/* another weight is the same entry */
	host.weight = 3;
	ck_assert_int_eq(table_add(ts, nr, &host), 0);
	table_publish(ts, nr);
	hit(ts, nr, &host.addr, &in, 1, CELL_MATCH, 1);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &host.addr, 32, 1,
	    CELL_MATCH), 5);
	ck_assert_int_eq(table_count_entries(ts, nr, false), 0);
	table_publish(ts, nr);
	ck_assert_ptr_null(table_cells(ts, nr));
	ck_assert_uint_eq(table_cell(ts, nr, AF_INET, &net.addr, 8),
	    CELL_NONE);
	ck_assert(table_get(ts, nr, AF_INET, &net.addr, 8, &e));
	ck_assert_uint_eq(e.since, 7);
	table_set_free(ts);
}
END_TEST

/*
 * A worker that still reads an entry which was deleted counts for nobody else:
 * its cell is another's when the garbage has been freed, and is empty then.
 */
START_TEST(test_count_reuse)
{
	struct table_set *ts = table_set_new(1);
	struct table_ent e = { .af = AF_INET, .plen = 32 };
	uint32_t nr, cell, i, n = 0;

	ck_assert_int_eq(table_new(ts, "", "t", &nr), 0);
	ck_assert_int_eq(table_count_entries(ts, nr, true), 0);
	ck_assert_int_eq(table_add(ts, nr, &e), 1);
	table_publish(ts, nr);
	cell = table_cell(ts, nr, AF_INET, &e.addr, 32);
	hit(ts, nr, &e.addr, &e.addr, 0, CELL_PASS, 9);
	ck_assert_int_eq(table_delete(ts, nr, &e), 1);
	table_publish(ts, nr);
	for (i = 1; i < 1000; i++) {	/* over several chunks */
		e.addr.b[2] = (uint8_t)(i >> 8);
		e.addr.b[3] = (uint8_t)i;
		ck_assert_int_eq(table_add(ts, nr, &e), 1);
		ck_assert_uint_ne(table_cell(ts, nr, AF_INET, &e.addr, 32),
		    cell);
	}
	table_publish(ts, nr);
	table_garbage_free(table_set_garbage(ts));
	e.addr.b[2] = 99;
	ck_assert_int_eq(table_add(ts, nr, &e), 1);
	ck_assert_uint_eq(table_cell(ts, nr, AF_INET, &e.addr, 32), cell);
	ck_assert_uint_eq(passed(ts, nr, AF_INET, &e.addr, 32, 0, CELL_PASS),
	    0);
	/* all of them rest, and none is given out twice */
	ck_assert_uint_eq(table_flush(ts, nr), 1000);
	table_publish(ts, nr);
	table_garbage_free(table_set_garbage(ts));
	for (i = 0; i < 1000; i++) {
		e.addr.b[2] = (uint8_t)(i >> 8);
		e.addr.b[3] = (uint8_t)i;
		ck_assert_int_eq(table_add(ts, nr, &e), 1);
		cell = table_cell(ts, nr, AF_INET, &e.addr, 32);
		ck_assert_uint_lt(cell, 1000);
		n += cell;
	}
	ck_assert_uint_eq(n, 999 * 1000 / 2);
	table_set_free(ts);
}
END_TEST

/* A reload fills a new table: what stays goes on counting. */
START_TEST(test_count_carry)
{
	struct table_set *ts = table_set_new(1);
	struct table_ent a = { .af = AF_INET, .plen = 32, .since = 5 },
	    b = { .af = AF_INET, .plen = 24, .since = 9 }, e;
	struct table_counters c;
	uint32_t old, new;

	a.addr.b[0] = b.addr.b[0] = 10;
	ck_assert_int_eq(table_new(ts, "", "t", &old), 0);
	ck_assert_int_eq(table_new(ts, "", NULL, &new), 0);
	ck_assert_int_eq(table_count_entries(ts, old, true), 0);
	ck_assert_int_eq(table_add(ts, old, &a), 1);
	table_publish(ts, old);
	hit(ts, old, &a.addr, &a.addr, 0, CELL_PASS, 3);
	a.since = 9;
	/* not to one without */
	ck_assert(!table_count_carry(ts, old, new));
	ck_assert_int_eq(table_count_entries(ts, new, true), 0);
	ck_assert_int_eq(table_add(ts, new, &a), 1);
	ck_assert_int_eq(table_add(ts, new, &b), 1);
	table_publish(ts, new);
	hit(ts, new, &a.addr, &a.addr, 0, CELL_PASS, 1);
	ck_assert(table_match(ts, 0, old, AF_INET, &a.addr));
	ck_assert(table_match(ts, 0, new, AF_INET, &a.addr));
	ck_assert(table_count_carry(ts, old, new));
	table_counters(ts, new, &c);
	ck_assert_uint_eq(c.match, 2);
	ck_assert_uint_eq(c.nomatch, 0);
	ck_assert_uint_eq(passed(ts, new, AF_INET, &a.addr, 32, 0,
	    CELL_PASS), 4);
	ck_assert_uint_eq(passed(ts, new, AF_INET, &b.addr, 24, 0,
	    CELL_PASS), 0);
	ck_assert_uint_eq(passed(ts, new, AF_INET, NULL, OF_ALL, 0,
	    CELL_PASS), 4);
	ck_assert(table_get(ts, new, AF_INET, &a.addr, 32, &e));
	ck_assert_uint_eq(e.since, 5);
	ck_assert(table_get(ts, new, AF_INET, &b.addr, 24, &e));
	ck_assert_uint_eq(e.since, 9);
	table_set_free(ts);
}
END_TEST

/* Neither when an entry was to end nor what its opposite counted is carried. */
START_TEST(test_count_carry_other)
{
	struct table_set *ts = table_set_new(1);
	struct table_ent a = { .af = AF_INET, .plen = 32, .expire = 5000 },
	    b = { .af = AF_INET, .plen = 24, .since = 5 }, e;
	uint32_t old, new;

	a.addr.b[0] = b.addr.b[0] = 10;
	ck_assert_int_eq(table_new(ts, "", "t", &old), 0);
	ck_assert_int_eq(table_new(ts, "", NULL, &new), 0);
	ck_assert_int_eq(table_count_entries(ts, old, true), 0);
	ck_assert_int_eq(table_count_entries(ts, new, true), 0);
	ck_assert_int_eq(table_add(ts, old, &a), 1);
	ck_assert_int_eq(table_add(ts, old, &b), 1);
	table_publish(ts, old);
	hit(ts, old, &a.addr, &a.addr, 0, CELL_PASS, 3);
	a.expire = 0;
	a.since = b.since = 9;
	b.neg = true;
	ck_assert_int_eq(table_add(ts, new, &a), 1);
	ck_assert_int_eq(table_add(ts, new, &b), 1);
	table_count_carry(ts, old, new);
	ck_assert_uint_eq(passed(ts, new, AF_INET, &a.addr, 32, 0,
	    CELL_PASS), 3);
	ck_assert(table_get(ts, new, AF_INET, &a.addr, 32, &e));
	ck_assert_uint_eq(e.since, 9);
	ck_assert(table_get(ts, new, AF_INET, &b.addr, 24, &e));
	ck_assert_uint_eq(e.since, 9);
	table_set_free(ts);
}
END_TEST

Suite *suite_table(void);

Suite *
suite_table(void)
{
	Suite *s = suite_create("table");
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_model, 0, 2);
	tcase_add_test(tc, test_publish);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_counters);
	tcase_add_test(tc, test_count);
	tcase_add_test(tc, test_count_reuse);
	tcase_add_test(tc, test_count_carry);
	tcase_add_test(tc, test_count_carry_other);
	suite_add_tcase(s, tc);
	return s;
}
