/* SPDX-License-Identifier: ISC */
/*
 * Routes against a linear scan; snapshots of interfaces.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ifset.h"
#include "engine/route.h"
#include "tests/rnd.h"

static uint64_t seed, rng;

static uint32_t
rnd(void)
{
	return (uint32_t)(test_random(&rng) >> 32);
}

static struct addr
addr_of(uint8_t af, const char *text)
{
	struct addr a = { .w = { 0 } };

	ck_assert_int_eq(inet_pton(af, text, a.b), 1);
	return a;
}

/* scan() - The stupid way: the longest that contains it, the first of equals. */
static const struct route *
scan(const struct route *r, uint32_t n, uint8_t af, const struct addr *a)
{
	const struct route *best = NULL;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (r[i].af == af && addr_in_prefix(a, &r[i].dst, r[i].plen) &&
		    (best == NULL || r[i].plen > best->plen))
			best = &r[i];
	return best;
}

/* A prefix that often lies in, beside or around another one. */
static void
random_route(struct route *r, const struct route *others, uint32_t n,
    unsigned kind)
{
	int i;

	memset(r, 0, sizeof(*r));
	r->af = kind == 0 ? AF_INET : kind == 1 ? AF_INET6 :
	    rnd() % 2 ? AF_INET : AF_INET6;
	r->plen = (uint8_t)(rnd() % (addr_bits(r->af) + 1));
	for (i = 0; i < (r->af == AF_INET ? 1 : 4); i++)
		r->dst.w[i] = rnd() % 8 ? rnd() : rnd() % 2 ? 0 : UINT32_MAX;
	if (n > 0 && rnd() % 2) {
		const struct route *o = &others[rnd() % n];

		if (o->af == r->af) {
			r->dst = o->dst;
			if (rnd() % 4 == 0)
				r->plen = o->plen;
			r->dst.b[rnd() % (addr_bits(r->af) / 8)] ^=
			    (uint8_t)(rnd() % 3);
		}
	}
	r->ifidx = (uint16_t)(1 + n % 60000); /* tells equals apart */
}

/* An address at, beside or inside a prefix. */
static struct addr
random_target(const struct route *r, uint32_t n, uint8_t af)
{
	struct addr a = { .w = { 0 } };
	const struct route *o = &r[rnd() % n];
	int i;

	for (i = 0; i < (af == AF_INET ? 1 : 4); i++)
		a.w[i] = rnd();
	if (o->af != af)
		return a;
	switch (rnd() % 4) {
	case 0: /* first */
		a = o->dst;
		addr_apply_plen(&a, o->plen);
		break;
	case 1: /* last */
		a = o->dst;
		addr_set_host(&a, o->plen, af);
		break;
	case 2: /* just outside */
		a = o->dst;
		addr_set_host(&a, o->plen, af);
		for (i = (int)addr_bits(af) / 8 - 1; i >= 0; i--)
			if (++a.b[i] != 0)
				break;
		break;
	}
	return a;
}

static const struct {
	const char *what;
	uint32_t n, rounds;
	unsigned kind;	/* 0: IPv4, 1: IPv6, 2: both */
} sizes[] = {
	{ "one IPv4 route", 1, 400, 0 },
	{ "one IPv6 route", 1, 400, 1 },
	{ "few", 5, 400, 2 },
	{ "some", 100, 20, 2 },
	{ "IPv4", 1000, 3, 0 },
	{ "IPv6", 1000, 3, 1 },
	{ "many", 5000, 1, 2 },
};

START_TEST(test_scan)
{
	static struct route r[5000];
	uint32_t n = sizes[_i].n, round, i;

	seed = test_begin(&rng);
	for (round = 0; round < sizes[_i].rounds; round++) {
		struct route_table *t;

		for (i = 0; i < n; i++)
			random_route(&r[i], r, i, sizes[_i].kind);
		ck_assert_ptr_nonnull(t = route_table_new(r, n));
		for (i = 0; i < 4000; i++) {
			uint8_t af = rnd() % 2 ? AF_INET : AF_INET6;
			struct addr a = random_target(r, n, af);
			const struct route *got, *want;

			got = route_lookup(t, af, &a);
			want = scan(r, n, af, &a);
			ck_assert_msg((got == NULL) == (want == NULL) &&
			    (got == NULL || (got->ifidx == want->ifidx &&
			    got->plen == want->plen)),
			    "%s: seed %#llx round %u", sizes[_i].what,
			    (unsigned long long)seed, round);
		}
		route_table_free(t);
	}
}
END_TEST

START_TEST(test_empty)
{
	struct route_table *t = route_table_new(NULL, 0);
	struct addr a = addr_of(AF_INET, "192.0.2.1");

	ck_assert_ptr_nonnull(t);
	ck_assert_ptr_null(route_lookup(t, AF_INET, &a));
	a = addr_of(AF_INET6, "2001:db8::1");
	ck_assert_ptr_null(route_lookup(t, AF_INET6, &a));
	route_table_free(t);
	route_table_free(NULL);
}
END_TEST

/* Prefixes of every length in one another, first with the address order. */
START_TEST(test_nested)
{
	struct route r[129];
	struct route_table *t;
	struct addr a;
	unsigned i, bit;

	for (i = 0; i <= 128; i++)
		r[i] = (struct route) { .af = AF_INET6, .plen = (uint8_t)i,
			.ifidx = (uint16_t)(i + 1) };
	ck_assert_ptr_nonnull(t = route_table_new(r, 129));
	memset(&a, 0, sizeof(a));
	ck_assert_uint_eq(route_lookup(t, AF_INET6, &a)->plen, 128);
	for (bit = 0; bit < 128; bit++) {
		memset(&a, 0, sizeof(a));
		a.b[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		ck_assert_uint_eq(route_lookup(t, AF_INET6, &a)->plen, bit);
	}
	route_table_free(t);
}
END_TEST

static struct ifset *
sample(void)
{
	struct iface ifs[4] = {
		[1] = { .name = "lan0", .index = 1, .mtu = 1500, .addr = 0,
		    .naddr = 3, .flags = IFACE_UP | IFACE_BROADCAST },
		[2] = { .name = "wan0", .index = 2, .mtu = 1400, .addr = 3,
		    .naddr = 2, .flags = IFACE_UP | IFACE_POINTOPOINT },
		[3] = { .name = "gone0", .index = 3 },
	};
	struct ifaddr addrs[] = {
		{ .addr = addr_of(AF_INET, "10.0.0.1"), .af = AF_INET,
		    .plen = 24 },
		{ .addr = addr_of(AF_INET6, "fe80::1"), .af = AF_INET6,
		    .plen = 64 },
		{ .addr = addr_of(AF_INET6, "2001:db8:1::1"), .af = AF_INET6,
		    .plen = 64 },
		{ .addr = addr_of(AF_INET, "198.51.100.1"), .af = AF_INET,
		    .plen = 32, .peer = addr_of(AF_INET, "198.51.100.80") },
		{ .addr = addr_of(AF_INET, "203.0.113.1"), .af = AF_INET,
		    .plen = 28, .broadcast = addr_of(AF_INET,
			"203.0.113.15") },
	};
	struct route routes[] = {
		{ .af = AF_INET, .plen = 0, .ifidx = 2,
		    .gateway = addr_of(AF_INET, "198.51.100.80") },
		{ .dst = addr_of(AF_INET, "10.9.0.0"), .af = AF_INET,
		    .plen = 16, .gateway = addr_of(AF_INET, "10.0.0.9") },
		{ .dst = addr_of(AF_INET, "10.8.0.0"), .af = AF_INET,
		    .plen = 16, .gateway = addr_of(AF_INET, "172.16.0.1") },
		{ .dst = addr_of(AF_INET, "10.0.0.0"), .af = AF_INET,
		    .plen = 24, .ifidx = 2,
		    .gateway = addr_of(AF_INET, "198.51.100.80") },
	};

	return ifset_new(ifs, 3, addrs, 5, routes, 4, true);
}

static const struct {
	const char *what, *dst;
	uint16_t ifidx;		/* 0: no route */
	const char *gateway;	/* NULL: on link */
} ways[] = {
	{ "on link", "10.0.0.7", 1, NULL },
	{ "on link before a route of that prefix", "10.0.0.255", 1, NULL },
	{ "the peer", "198.51.100.80", 2, NULL },
	{ "beside the peer: default", "198.51.100.81", 2, "198.51.100.80" },
	{ "by the gateway's interface", "10.9.1.1", 1, "10.0.0.9" },
	{ "gateway nowhere on link: default", "10.8.1.1", 2,
	    "198.51.100.80" },
	{ "default", "192.0.2.1", 2, "198.51.100.80" },
	{ "IPv6 on link", "2001:db8:1::77", 1, NULL },
	{ "IPv6 without default", "2001:db8:2::1", 0, NULL },
};

START_TEST(test_way)
{
	uint8_t af = strchr(ways[_i].dst, ':') ? AF_INET6 : AF_INET;
	struct addr dst = addr_of(af, ways[_i].dst), gw = { .w = { 0 } };
	struct ifset *ifs = sample();
	struct route rt;
	bool found;

	found = ifset_route(ifs, af, &dst, &rt);
	ck_assert_msg(found == (ways[_i].ifidx != 0), "%s", ways[_i].what);
	if (found) {
		if (ways[_i].gateway != NULL)
			gw = addr_of(af, ways[_i].gateway);
		ck_assert_msg(rt.ifidx == ways[_i].ifidx, "%s: interface %u",
		    ways[_i].what, rt.ifidx);
		ck_assert_msg(addr_equal(&rt.gateway, &gw), "%s: gateway",
		    ways[_i].what);
	}
	ifset_free(ifs);
}
END_TEST

static const struct {
	const char *addr;
	uint16_t local, broadcast; /* interface, 0: is none */
} owns[] = {
	{ "10.0.0.1", 1, 0 }, { "10.0.0.2", 0, 0 }, { "10.0.0.255", 0, 1 },
	{ "fe80::1", 1, 0 }, { "2001:db8:1::1", 1, 0 },
	{ "198.51.100.1", 2, 0 }, { "198.51.100.80", 0, 0 },
	{ "203.0.113.1", 2, 0 }, { "203.0.113.15", 0, 2 }, { "0.0.0.0", 0, 0 },
	{ "::", 0, 0 }, { "255.255.255.255", 0, 0 },
};

START_TEST(test_own)
{
	uint8_t af = strchr(owns[_i].addr, ':') ? AF_INET6 : AF_INET;
	struct addr a = addr_of(af, owns[_i].addr);
	struct ifset *ifs = sample();
	uint16_t ifidx = 0;

	ck_assert_int_eq(ifset_local(ifs, af, &a, &ifidx),
	    owns[_i].local != 0);
	ck_assert_uint_eq(ifidx, owns[_i].local);
	ifidx = 0;
	ck_assert_int_eq(ifset_broadcast(ifs, af, &a, &ifidx),
	    owns[_i].broadcast != 0);
	ck_assert_uint_eq(ifidx, owns[_i].broadcast);
	/* the same bits in the other family are somebody else */
	ck_assert(!ifset_local(ifs, af == AF_INET ? AF_INET6 : AF_INET, &a,
	    NULL));
	ifset_free(ifs);
}
END_TEST

START_TEST(test_find)
{
	struct ifset *ifs = sample();

	ck_assert_uint_eq(ifset_find(ifs, "wan0")->index, 2);
	ck_assert_ptr_null(ifset_find(ifs, "wan"));
	ck_assert_ptr_null(ifset_find(ifs, ""));
	ck_assert(ifs->router);
	ifset_free(ifs);
	ifset_free(NULL);
}
END_TEST

/* Nothing at all is a snapshot too. */
START_TEST(test_no_interfaces)
{
	struct iface none = { .name = "" };
	struct ifset *ifs = ifset_new(&none, 0, NULL, 0, NULL, 0, false);
	struct addr a = addr_of(AF_INET, "10.0.0.1");
	struct route rt;

	ck_assert_ptr_nonnull(ifs);
	ck_assert(!ifset_local(ifs, AF_INET, &a, NULL));
	ck_assert(!ifset_route(ifs, AF_INET, &a, &rt));
	ifset_free(ifs);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_route(void);

Suite *
suite_route(void)
{
	Suite *s = suite_create("route");
	TCase *tc = tcase_create("lookup");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_scan, 0, ROWS(sizes));
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_nested);
	suite_add_tcase(s, tc);
	tc = tcase_create("ifset");
	tcase_add_loop_test(tc, test_way, 0, ROWS(ways));
	tcase_add_loop_test(tc, test_own, 0, ROWS(owns));
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_no_interfaces);
	suite_add_tcase(s, tc);
	return s;
}
