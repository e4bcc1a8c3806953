/* SPDX-License-Identifier: ISC */
/*
 * Ports: every free one is found, in an order nobody can tell.
 */
#include "engine/ports.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"

Suite *suite_ports(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/8\n" \
	"interface wan0 tun address 198.51.100.1/24\n"

static struct harness h;

static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 10, 16, 17, 255, 256, 257,
	1000, 15535, 32768, 40000, 64512, 65535, 65536 };

static const uint8_t key[2][32] = { { 1, 2, 3 }, { 1, 2, 4 } };

START_TEST(test_permutation)
{
	static uint8_t seen[65536];
	struct ports ps;
	uint32_t n = sizes[_i], i, v;

	ports_init(&ps, key[0]);
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < n; i++) {
		v = ports_nth(&ps, n, i);
		ck_assert_uint_lt(v, n);
		ck_assert_msg(seen[v]++ == 0, "%u of %u comes twice", v, n);
	}
}
END_TEST

START_TEST(test_keys_differ)
{
	struct ports a, b;
	uint32_t i, same = 0;

	ports_init(&a, key[0]);
	ports_init(&b, key[1]);
	for (i = 0; i < 15535; i++)
		same += ports_nth(&a, 15535, i) == ports_nth(&b, 15535, i);
	ck_assert_uint_lt(same, 20); /* one expected */
}
END_TEST

/* The port of the packet that came out. */
static unsigned
port_out(void)
{
	ck_assert_uint_eq(h.nout, 1);
	return (unsigned)h.out[0].b.b[20] << 8 | h.out[0].b.b[21];
}

static const char *
client(unsigned i)
{
	static char text[128];

	snprintf(text, sizeof(text), "udp 10.0.%u.%u:1000 > 198.51.100.80:53",
	    1 + i / 250, 1 + i % 250);
	return text;
}

/* Chi-square over 64 bins: starts are spread evenly (63 degrees, p 0.001). */
START_TEST(test_spread)
{
	unsigned bins[64] = { 0 }, i, n = 6400;
	double chi = 0, d;

	harness_new_with(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> "
	    "(wan0)\npass\n", &(struct harness_options){ .records = 16384 });
	for (i = 0; i < n; i++) {
		harness_in(&h, "lan0", client(i));
		ck_assert_uint_ge(port_out(), 50001);
		bins[(port_out() - 50001) * 64 / 15535]++;
	}
	for (i = 0; i < 64; i++) {
		d = bins[i] - n / 64.0;
		chi += d * d / (n / 64.0);
	}
	ck_assert_msg(chi < 103.4, "chi-square %.1f", chi);
	harness_free(&h);
}
END_TEST

/*
 * Every port of a range is found, each once, and each of its connections is
 * counted once, however many ports had to be tried.
 */
static const char *const policies[] = { "floating", "if-bound" };

START_TEST(test_all_found)
{
	unsigned seen[200] = { 0 }, i, p;
	struct iface_counters in, out;
	char text[512];

	snprintf(text, sizeof(text), "set state-policy %s\n" NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) "
	    "port 60000:60199\npass\n", policies[_i]);
	harness_new(&h, text);
	for (i = 0; i < 200; i++) {
		harness_in(&h, "lan0", client(i));
		p = port_out();
		ck_assert_uint_ge(p, 60000);
		ck_assert_uint_lt(p, 60200);
		ck_assert_msg(seen[p - 60000]++ == 0, "port %u twice", p);
	}
	engine_iface_counters(h.engine, 1, &in);
	engine_iface_counters(h.engine, 2, &out);
	ck_assert_uint_eq(in.packets[DIR_IN][0][0], 200);
	ck_assert_uint_eq(out.packets[DIR_OUT][0][0], 200);
	ck_assert_uint_eq(harness_reason(&h, REASON_MATCH), 2 * 200);
	ck_in(&h, "lan0", client(200), "drop translate");
	harness_wait(&h, 65000);
	harness_in(&h, "lan0", client(200));
	ck_assert_uint_ge(port_out(), 60000);
	harness_free(&h);
}
END_TEST

/* pf's range: to one server all of it is used, nothing besides, then none. */
START_TEST(test_whole_range)
{
	static uint8_t seen[65536];
	unsigned i, p;

	harness_new_with(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> "
	    "(wan0)\npass\n", &(struct harness_options){ .records = 20000 });
	for (i = 0; i < 65536 - 50001; i++) {
		harness_in(&h, "lan0", client(i));
		p = port_out();
		ck_assert_msg(p >= 50001 && seen[p]++ == 0, "%s gets %u",
		    client(i), p);
	}
	ck_in(&h, "lan0", client(i), "drop translate");
	harness_free(&h);
}
END_TEST

Suite *
suite_ports(void)
{
	Suite *s = suite_create("ports");
	TCase *tc = tcase_create("ports");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_permutation, 0,
	    sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(tc, test_keys_differ);
	tcase_add_test(tc, test_spread);
	tcase_add_loop_test(tc, test_all_found, 0,
	    sizeof(policies) / sizeof(policies[0]));
	tcase_add_test(tc, test_whole_range);
	suite_add_tcase(s, tc);
	return s;
}
