/* SPDX-License-Identifier: ISC */
/*
 * Packets of a state that the burst leaves to the walk, as those with IP
 * options: they are tracked and counted as any other, once.
 */
#include <check.h>

#include "engine/arena.h"
#include "tests/scenario.h"

Suite *suite_slowway(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/8\n" \
	"interface wan0 tun address 198.51.100.1/24\n"

/* UDP with a router alert (RFC 2113): 32 bytes, without a sum of its own. */
#define ALERT(port) \
	"hex 4600 L 0001 0000 40 11 S 0a000002 c6336450 94040000 " \
	"03e8 00" port " 0008 0000"
#define PLAIN(port) "udp 10.0.0.2:1000 > 198.51.100.80:" port
#define BACK(port) "udp 198.51.100.80:" port " > 10.0.0.2:1000"

static const struct scenario scenarios[] = {
	{ "options pass with a rule that allows them, first packets or not",
	    NET "pass\npass proto udp to port 54 allow-opts\n", {
		{ "lan0", ALERT("35"), "drop ip-option" },
		{ "lan0", PLAIN("53"), "wan0 " PLAIN("53") },
		{ "lan0", ALERT("35"), "drop ip-option" },
		{ "count", "ip-option", "2" },
		{ "lan0", ALERT("36"), "wan0 " PLAIN("54") },
		{ "lan0", ALERT("36"), "wan0 " PLAIN("54") },
		{ "lan0", PLAIN("54"), "wan0 " PLAIN("54") },
		{ "count", "ip-option", "2" },
	} },
	{ "they keep a state alive, and say that both sides have spoken",
	    "set timeout { udp.first 10, udp.single 20, udp.multiple 60 }\n"
	    NET "pass allow-opts\n", {
		{ "lan0", ALERT("36"), "wan0 " PLAIN("54") },
		{ "wait", "9000", "2" },
		{ "lan0", ALERT("36"), "wan0 " PLAIN("54") },
		{ "wait", "9000", "2" },
		{ "wan0", BACK("54"), "lan0 " BACK("54") },
		{ "lan0", ALERT("36"), "wan0 " PLAIN("54") },
		{ "wait", "59000", "2" },
		{ "wait", "2000", "0" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

START_TEST(test_counted_once)
{
	static struct harness h;
	const struct line *l = NULL;
	uint32_t i;

	harness_new(&h, NET "pass allow-opts\n");
	for (i = 0; i < 5; i++)
		ck_in(&h, "lan0", ALERT("36"), "wan0 " PLAIN("54"));
	for (i = 0; i < arena_top(h.arena) && (l == NULL || l->proto == 0); i++)
		l = arena_line(h.arena, i * 2);
	ck_assert(l != NULL && l->proto == 17);
	ck_assert_uint_eq(l[0].packets, 5);
	ck_assert_uint_eq(l[0].bytes, 5 * 32);
	ck_assert_uint_eq(l[1].packets, 0);
	harness_free(&h);
}
END_TEST

Suite *
suite_slowway(void)
{
	Suite *s = suite_create("slowway");
	TCase *tc = tcase_create("slowway");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_counted_once);
	suite_add_tcase(s, tc);
	return s;
}
