/* SPDX-License-Identifier: ISC */
/*
 * Pools: which addresses each kind of them gives, and how often.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/scenario.h"

Suite *suite_pools(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/8 address 2001:db8:1::1/64\n" \
	"interface wan0 tun address 198.51.100.1/24 " \
	"address 198.51.100.9/24 address 203.0.113.6/24 " \
	"address 2001:db8:2::1/64\n"

static struct harness h;

static const char *
client(unsigned i)
{
	static char text[128];

	/* destinations of their own: no two want the same port */
	snprintf(text, sizeof(text), "udp 10.0.%u.%u:1000 > 198.51.100.80:%u",
	    1 + i / 250, 1 + i % 250, 1 + i);
	return text;
}

/* How many of the pool's addresses (last byte) @n clients get. */
static unsigned
addresses(const char *rules, unsigned n, unsigned count[256])
{
	unsigned i, used = 0;
	char text[512];

	memset(count, 0, 256 * sizeof(*count));
	snprintf(text, sizeof(text), NET "%s\npass\n", rules);
	harness_new(&h, text);
	for (i = 0; i < n; i++) {
		harness_in(&h, "lan0", client(i));
		ck_assert_uint_eq(h.nout, 1);
		count[h.out[0].b.b[15]]++;
	}
	for (i = 0; i < 256; i++)
		used += count[i] > 0;
	return used;
}

/*
 * Kinds that take turns: with as many clients as a few rounds have, each
 * address gets its share exactly.
 */
static const struct {
	const char *what, *rules;
	unsigned clients, used;
	struct { uint8_t addr; unsigned times; } share[4];
} turns[] = {
	{ "a prefix", "nat on wan0 inet from any to any -> 198.51.100.16/29 "
	    "round-robin", 80, 8,
	    { { 16, 10 }, { 17, 10 }, { 22, 10 }, { 23, 10 } } },
	{ "a list", "nat on wan0 inet from any to any -> "
	    "{ 198.51.100.5, 198.51.100.9 }", 80, 2, { { 5, 40 }, { 9, 40 } } },
	{ "a table", "table <pool> { 198.51.100.5, 198.51.100.6, "
	    "198.51.100.7 }\nnat on wan0 inet from any to any -> <pool>", 90,
	    3, { { 5, 30 }, { 6, 30 }, { 7, 30 } } },
	{ "weights", "match out on wan0 inet nat-to "
	    "{ 198.51.100.5 weight 3, 198.51.100.9 }", 80, 2,
	    { { 5, 60 }, { 9, 20 } } },
	{ "prefixes in a table: entries take turns, and so do the addresses "
	    "of each", "table <pool> { 198.51.100.16/30, 198.51.100.32/30 }\n"
	    "nat on wan0 inet from any to any -> <pool>", 80, 8,
	    { { 16, 10 }, { 19, 10 }, { 32, 10 }, { 35, 10 } } },
	{ "the addresses of an interface", "nat on wan0 inet from any to any "
	    "-> (wan0)", 90, 3, { { 1, 30 }, { 9, 30 }, { 6, 30 } } },
	{ "networks around them", "match out on wan0 inet nat-to (wan0)/31",
	    60, 6, { { 0, 10 }, { 1, 10 }, { 9, 10 }, { 7, 10 } } },
	{ "a weight of one prefix alone", "match out on wan0 inet nat-to "
	    "198.51.100.16/30 weight 2 round-robin", 80, 4, { { 16, 20 }, { 19, 20 } } },
	{ "least-states of prefixes in a table", "match out on wan0 inet "
	    "nat-to { 198.51.100.16/30, 198.51.100.32/30 } least-states", 80,
	    8, { { 16, 10 }, { 19, 10 }, { 32, 10 }, { 35, 10 } } },
	{ "least-states, all being new", "match out on wan0 inet nat-to "
	    "198.51.100.16/30 least-states", 40, 4,
	    { { 16, 10 }, { 17, 10 }, { 18, 10 }, { 19, 10 } } },
	{ "least-states of one", "match out on wan0 inet nat-to "
	    "198.51.100.16/32 least-states", 3, 1, { { 16, 3 } } },
};

START_TEST(test_turns)
{
	unsigned c[256], i;

	ck_assert_msg(addresses(turns[_i].rules, turns[_i].clients, c) ==
	    turns[_i].used, "%s: other addresses", turns[_i].what);
	for (i = 0; i < 4 && turns[_i].share[i].times > 0; i++)
		ck_assert_msg(c[turns[_i].share[i].addr] ==
		    turns[_i].share[i].times, "%s: .%u comes %u times",
		    turns[_i].what, turns[_i].share[i].addr,
		    c[turns[_i].share[i].addr]);
	harness_free(&h);
}
END_TEST

START_TEST(test_random)
{
	unsigned c[256], i;

	ck_assert_uint_eq(addresses("nat on wan0 inet from any to any -> "
	    "198.51.100.16/30 random", 400, c), 4);
	for (i = 16; i < 20; i++) /* 100 expected, 5 sigma */
		ck_assert_msg(c[i] > 56 && c[i] < 144, "%u times", c[i]);
	harness_free(&h);
}
END_TEST

START_TEST(test_sourcehash)
{
	unsigned c[256], i, last = 0;
	char text[128];

	ck_assert_uint_eq(addresses("nat on wan0 inet from any to any -> "
	    "198.51.100.16/30 source-hash 0x0123456789abcdef0123456789abcdef",
	    400, c), 4);
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text),
		    "udp 10.3.3.3:%u > 198.51.100.80:53", 1000 + i);
		harness_in(&h, "lan0", text);
		ck_assert_uint_eq(h.nout, 1);
		ck_assert(i == 0 || h.out[0].b.b[15] == last);
		last = h.out[0].b.b[15];
	}
	harness_free(&h);
}
END_TEST

START_TEST(test_bitmask)
{
	harness_new(&h, NET "nat on wan0 inet from 10.0.1.0/24 to any -> "
	    "203.0.113.0/24 bitmask static-port\n"
	    "rdr on wan0 inet proto udp from any to 203.0.113.0/24 port 9 -> "
	    "10.0.1.0/24 bitmask\npass\n");
	ck_in(&h, "lan0", "udp 10.0.1.77:5 > 198.51.100.80:53",
	    "wan0 udp 203.0.113.77:5 > 198.51.100.80:53");
	ck_in(&h, "wan0", "udp 198.51.100.80:53 > 203.0.113.78:9",
	    "lan0 udp 198.51.100.80:53 > 10.0.1.78:9");
	harness_free(&h);
	harness_new(&h, NET "match out on wan0 inet6 from 2001:db8:1::/64 "
	    "nat-to 2001:db8:7:8000::/49 bitmask static-port\npass\n");
	ck_in(&h, "lan0",
	    "udp [2001:db8:1:0:a:b:c:d]:5 > [2001:db8:2::80]:53",
	    "wan0 udp [2001:db8:7:8000:a:b:c:d]:5 > [2001:db8:2::80]:53");
	harness_free(&h);
}
END_TEST

/* The whole key counts: with another half many clients have another address. */
START_TEST(test_sourcehash_key)
{
	static const char *const keys[] = {
		"0x0123456789abcdef0123456789abcdef",
		"0x0123456789abcdef0123456789abcdee",
		"0x1123456789abcdef0123456789abcdef",
	};
	uint8_t got[3][100];
	unsigned k, i, other;
	char text[512];

	for (k = 0; k < 3; k++) {
		snprintf(text, sizeof(text), NET "nat on wan0 inet from any "
		    "to any -> 198.51.100.64/26 source-hash %s\npass\n",
		    keys[k]);
		harness_new(&h, text);
		for (i = 0; i < 100; i++) {
			harness_in(&h, "lan0", client(i));
			ck_assert_uint_eq(h.nout, 1);
			got[k][i] = h.out[0].b.b[15];
		}
		harness_free(&h);
		for (other = i = 0; i < 100; i++)
			other += got[k][i] != got[0][i];
		ck_assert_msg(k == 0 || other > 80, "key %u: only %u", k,
		    other);
	}
}
END_TEST

/*
 * IPv6: where chance or a hash chooses, each bit of the host part comes as 0
 * and as 1, however long that part is, and no other bit changes.
 */
static const struct {
	const char *pool;
	unsigned plen;
	bool all;	/* else it begins at the first address */
} wide[] = {
	{ "random", 40, true }, { "random", 56, true },
	{ "random", 64, true }, { "random", 95, true },
	{ "random", 96, true }, { "random", 120, true },
	{ "source-hash 0x0123456789abcdef0123456789abcdef", 56, true },
	{ "source-hash 0x0123456789abcdef0123456789abcdef", 64, true },
	{ "source-hash 0x0123456789abcdef0123456789abcdef", 96, true },
	{ "round-robin", 56, false }, { "round-robin", 120, false },
};

static void
ask_six(unsigned i)
{
	char text[128];

	snprintf(text, sizeof(text),
	    "udp [2001:db8:1::%x]:1000 > [2001:db8:2::80]:53", i);
	harness_in(&h, "lan0", text);
	ck_assert_uint_eq(h.nout, 1);
}

START_TEST(test_wide)
{
	static const uint8_t net[16] = { 0x20, 0x01, 0x0d, 0xb8, 0xa5, 0xa5,
		0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5 };
	uint8_t ones[16] = { 0 }, zeros[16] = { 0 }, at, bit;
	const uint8_t *src;
	unsigned i, j;
	char text[512];

	snprintf(text, sizeof(text), NET "match out on wan0 inet6 from any "
	    "nat-to 2001:db8:a5a5:a5a5:a5a5:a5a5:a5a5:a5a5/%u %s\npass\n",
	    wide[_i].plen, wide[_i].pool);
	harness_new(&h, text);
	for (i = 0; i < 100; i++) {
		ask_six(i + 2);
		src = h.out[0].b.b + 8;
		for (j = 0; j < 16; j++) {
			ones[j] |= src[j];
			zeros[j] |= (uint8_t)~src[j];
		}
	}
	for (i = 0; i < 128; i++) {
		bit = (uint8_t)(0x80 >> i % 8);
		at = (uint8_t)(i / 8);
		if (i < wide[_i].plen)
			ck_assert_msg(((net[at] & bit) != 0 ? zeros[at] :
			    ones[at]) & bit ? false : true,
			    "/%u %s: bit %u changes", wide[_i].plen,
			    wide[_i].pool, i);
		else if (wide[_i].all || i >= 122)
			ck_assert_msg(ones[at] & zeros[at] & bit,
			    "/%u %s: bit %u does not change", wide[_i].plen,
			    wide[_i].pool, i);
		else if (i < 120)
			ck_assert_msg((ones[at] & bit) == 0,
			    "/%u %s: bit %u is used", wide[_i].plen,
			    wide[_i].pool, i);
	}
	harness_free(&h);
}
END_TEST

/* An address whose ports are all in use leads to the next, and round again. */
START_TEST(test_next_address)
{
	unsigned i, round;
	char text[128];

	harness_new(&h, "set timeout { udp.first 60, udp.single 60 }\n" NET "nat on wan0 inet "
	    "from any to any -> 198.51.100.16/28 port 60000 round-robin\n"
	    "pass\n");
	for (round = 0; round < 2; round++) {
		/* all but the last address stay in use */
		for (i = 0; i < 16 - round; i++) {
			snprintf(text, sizeof(text),
			    "udp 10.0.0.%u:1 > 198.51.100.80:53", 100 + i);
			harness_in(&h, "lan0", text);
			ck_assert_uint_eq(h.nout, 1);
			ck_assert_uint_eq(h.out[0].b.b[15], 16 + i);
		}
		if (round == 0)
			harness_wait(&h, 20000);
	}
	harness_wait(&h, 45000);
	ck_in(&h, "lan0", "udp 10.0.0.9:1 > 198.51.100.80:53",
	    "wan0 udp 198.51.100.31:60000 > 198.51.100.80:53");
	ck_in(&h, "lan0", "udp 10.0.0.9:2 > 198.51.100.80:53",
	    "drop translate");
	harness_free(&h);
}
END_TEST

/* Chance, too, leads to another address where one is used up. */
START_TEST(test_random_next)
{
	char text[128];
	unsigned i;

	harness_new(&h, NET "nat on wan0 inet from any to any -> "
	    "198.51.100.16/28 port 60000 random\npass\n");
	for (i = 0; i < 8; i++) {
		snprintf(text, sizeof(text),
		    "udp 10.0.0.%u:1 > 198.51.100.80:53", 100 + i);
		harness_in(&h, "lan0", text);
		ck_assert_uint_eq(h.nout, 1);
	}
	harness_free(&h);
}
END_TEST

#define OUT(port) "udp 10.0.0.2:" #port " > 198.51.100.80:53"
#define SIX(port) "udp [2001:db8:1::2]:" #port " > [2001:db8:2::80]:53"
#define AS6(a) "wan0 udp [2001:db8" #a "]:? > [2001:db8:2::80]:53"
#define AS(n) "wan0 udp 198.51.100." #n ":? > 198.51.100.80:53"

static const struct scenario scenarios[] = {
	{ "least-states: what ended counts no more",
	    "set timeout { udp.first 60, udp.single 60 }\n" NET
	    "match out on wan0 inet nat-to 198.51.100.16/31 least-states\n"
	    "pass\n", {
		{ "lan0", OUT(1), AS(16) },
		{ "lan0", OUT(2), AS(17) },
		{ "lan0", OUT(3), AS(16) },
		{ "lan0", OUT(4), AS(17) },
		{ "wait", "50000", "8" },
		{ "lan0", OUT(2), AS(17) },
		{ "lan0", OUT(4), AS(17) },
		{ "wait", "15000", "4" },
		{ "lan0", OUT(5), AS(16) },
		{ "lan0", OUT(6), AS(16) },
		{ "lan0", OUT(7), AS(16) },
	} },
	{ "least-states: equal ones take turns", NET
	    "match out on wan0 inet nat-to 198.51.100.16/31 least-states\n"
	    "pass\n", {
		{ "lan0", OUT(1), AS(16) },
		{ "wait", "90000", "0" },
		{ "lan0", OUT(1), AS(17) },
		{ "wait", "90000", "0" },
		{ "lan0", OUT(1), AS(16) },
	} },
	{ "least-states of IPv6",
	    "set timeout { udp.first 60, udp.single 60 }\n" NET
	    "match out on wan0 inet6 nat-to 2001:db8::/127 least-states\n"
	    "pass\n", {
		{ "lan0", SIX(1), AS6(::) },
		{ "lan0", SIX(2), AS6(::1) },
		{ "wait", "50000", "4" },
		{ "lan0", SIX(2), AS6(::1) },
		{ "wait", "15000", "2" },
		{ "lan0", SIX(3), AS6(::) },
		{ "lan0", SIX(4), AS6(::1) },
		{ "wait", "50000", NULL },
		{ "lan0", SIX(3), AS6(::) },
		{ "wait", "15000", "2" },
		{ "lan0", SIX(5), AS6(::1) },
	} },
	{ "a redirection to fewer ports goes round", NET
	    "rdr on wan0 inet proto udp to 198.51.100.1 port 8000:8009 -> "
	    "10.0.0.2 port 80:84\npass\n", {
		{ "wan0", "udp 198.51.100.80:9 > 198.51.100.1:8000",
		    "lan0 udp 198.51.100.80:9 > 10.0.0.2:80" },
		{ "wan0", "udp 198.51.100.80:9 > 198.51.100.1:8004",
		    "lan0 udp 198.51.100.80:9 > 10.0.0.2:84" },
		{ "wan0", "udp 198.51.100.80:10 > 198.51.100.1:8006",
		    "lan0 udp 198.51.100.80:10 > 10.0.0.2:81" },
		{ "wan0", "udp 198.51.100.80:11 > 198.51.100.1:8009",
		    "lan0 udp 198.51.100.80:11 > 10.0.0.2:84" },
	} },
	{ "an empty table has no address to give",
	    "table <servers> persist\n" NET "rdr on wan0 inet proto udp to "
	    "198.51.100.1 port 53 -> <servers>\npass\n", {
		{ "wan0", "udp 198.51.100.80:9 > 198.51.100.1:53",
		    "drop translate" },
		{ "count", "translate", "1" },
	} },
	{ "nor has an interface without one, until it gets one",
	    "interface lan0 tun address 10.0.0.1/8\n"
	    "interface wan0 tun address 2001:db8:2::1/64\n"
	    "route 198.51.100.0/24 via 10.0.0.9\n"
	    "match in on lan0 inet nat-to (wan0)\npass\n", {
		{ "lan0", OUT(1), "drop translate" },
		{ "ifs", "interface lan0 tun address 10.0.0.1/8\n"
		    "interface wan0 tun address 2001:db8:2::1/64 "
		    "address 198.51.100.7/24\n", "0" },
		{ "lan0", OUT(1), AS(7) },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

Suite *
suite_pools(void)
{
	Suite *s = suite_create("pools");
	TCase *tc = tcase_create("pools");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_turns, 0,
	    sizeof(turns) / sizeof(turns[0]));
	tcase_add_test(tc, test_random);
	tcase_add_test(tc, test_sourcehash);
	tcase_add_test(tc, test_sourcehash_key);
	tcase_add_test(tc, test_bitmask);
	tcase_add_loop_test(tc, test_wide, 0, sizeof(wide) / sizeof(wide[0]));
	tcase_add_test(tc, test_next_address);
	tcase_add_test(tc, test_random_next);
	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	suite_add_tcase(s, tc);
	return s;
}
