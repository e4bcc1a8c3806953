/* SPDX-License-Identifier: ISC */
/*
 * What rules with out know of a packet's way in, where the kernel routes: the
 * tag that it got, and the interface that it came by.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_hosttags(void);

#define NET IF_LAN0("8") IF_WAN0("") IF_ALT0
/* no state with out: the rules are asked for each packet */
#define TAGGED "block out\npass out on wan0 tagged LAN no state\n"

#define A4 "udp 10.0.0.2:9 > 198.51.100.80:53"
#define B4 "udp 192.0.2.2:9 > 198.51.100.80:53"
#define A6 "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53"
#define ERR4(from, to, q) "icmp " from " > " to " 3/4 {" q "}"

static const struct scenario scenarios[] = {
	{ "a state's packets have its tag", NET "pass in on lan0 tag LAN\n"
	    "pass in on alt0\n" TAGGED, {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A6, "lan0 " A6 },
		{ "out wan0", A6, "wan0 " A6 },
		{ "in lan0", A6, "lan0 " A6 },
		{ "out wan0", A6, "wan0 " A6 },
		{ "in lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 7",
		    NULL },
		{ "out wan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 7",
		    "wan0 icmp 10.0.0.2 > 198.51.100.80 8/0 id 7" },
		{ "in alt0", B4, "alt0 " B4 },
		{ "out wan0", B4, "drop match" },
		{ "comes", "local", NULL },
		{ "out wan0", "udp 198.51.100.1:9 > 198.51.100.80:53",
		    "drop match" },
	} },
	{ "without a state the packet brings it", NET
	    "pass in on lan0 tag LAN no state\npass in on alt0 no state\n"
	    TAGGED, {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A6, "lan0 " A6 },
		{ "out wan0", A6, "wan0 " A6 },
		{ "in alt0", B4, "alt0 " B4 },
		{ "out wan0", B4, "drop match" },
		{ "wait", "0", "0" },
	} },
	{ "of another number, and none", NET "pass in on lan0 tag OTHER\n"
	    "pass in on alt0 tag LAN no state\nblock out\n"
	    "pass out on wan0 ! tagged LAN no state\n", {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in alt0", B4, "alt0 " B4 },
		{ "out wan0", B4, "drop match" },
		{ "comes", "local", NULL },
		{ "out wan0", A4, "wan0 " A4 },
	} },
	{ "translated on its way in", NET
	    "pass in on wan0 inet proto udp to 198.51.100.1 port 8053 "
	    "rdr-to 10.0.0.2 port 53 tag DMZ\n"
	    "block out\npass out on lan0 tagged DMZ no state\n", {
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:8053",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.2:53 home" },
		{ "out lan0", "udp 198.51.100.80:7 > 10.0.0.2:53",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:53" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:8053",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.2:53 home" },
		{ "out lan0", "udp 198.51.100.80:7 > 10.0.0.2:53",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:53" },
		{ "out lan0", "udp 198.51.100.80:8 > 10.0.0.2:53",
		    "drop match" },
	} },
	{ "answers that a state with out lets in, and errors", NET
	    "pass in on lan0 no state\npass out on wan0 tag ASKED\n"
	    "block out on lan0\npass out on lan0 tagged ASKED no state\n", {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in wan0", "udp 198.51.100.80:53 > 10.0.0.2:9", NULL },
		{ "out lan0", "udp 198.51.100.80:53 > 10.0.0.2:9",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:9" },
		{ "in wan0", ERR4("198.51.100.9", "10.0.0.2", A4), NULL },
		{ "out lan0", ERR4("198.51.100.9", "10.0.0.2", A4),
		    "lan0 " ERR4("198.51.100.9", "10.0.0.2", A4) },
		{ "out lan0", ERR4("198.51.100.9", "10.0.0.2",
		    "udp 10.0.0.2:10 > 198.51.100.80:53"), "drop match" },
	} },
	{ "what comes by an interface that is skipped", NET
	    "set skip on lan0\npass in on alt0\n" TAGGED
	    "pass out on alt0 tag LAN\n", {
		/* that state's answers come in by alt0, or nowhere */
		{ "out alt0", "udp 198.51.100.80:53 > 10.0.0.2:9", NULL },
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "drop match" },
		{ "in alt0", A4, "alt0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
	} },
	{ "the interface that it came by", NET "pass in\nblock out\n"
	    "pass out on wan0 received-on lan0 no state\n", {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A6, "lan0 " A6 },
		{ "out wan0", A6, "wan0 " A6 },
		{ "in alt0", B4, "alt0 " B4 },
		{ "out wan0", B4, "drop match" },
		{ "comes", "local", NULL },
		{ "out wan0", A4, "drop match" },
	} },
	{ "a rule's mark takes the place: a state knows both", NET
	    "match in on lan0 set mark 7\nmatch in on lan0 tag LAN\n"
	    "pass in on lan0 proto udp\n" TAGGED, {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		/* passed by no rule */
		{ "in lan0", "tcp 10.0.0.2:9 > 198.51.100.80:53 S seq 1",
		    "drop tag-and-mark" },
		{ "in lan0", "tcp 10.0.0.2:9 > 198.51.100.1:53 S seq 1",
		    "lan0 tcp 10.0.0.2:9 > 198.51.100.1:53 S seq 1 ack 0" },
		{ "in lan0", "tcp 10.0.0.2:9 > 224.0.0.5:53 S seq 1",
		    "lan0 tcp 10.0.0.2:9 > 224.0.0.5:53 S seq 1 ack 0" },
		{ "count", "tag-and-mark", "1" },
	} },
	{ "nobody asks for the tag", NET
	    "match in on lan0 set mark 7\nmatch in on lan0 tag LAN\n"
	    "block in on wan0 tagged LAN\n", {
		{ "in lan0", A4, "lan0 " A4 },
		{ "count", "tag-and-mark", "0" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run_host(&scenarios[_i]);
}
END_TEST

/* In one pass no rule is asked; the out half's state ends before the other. */
static const struct scenario anew = {
	"decided anew", NET "pass in on lan0 tag LAN\nblock out\n"
	    "pass out on wan0 tagged LAN keep state (udp.first 5, "
	    "udp.single 5, udp.multiple 5)\n", {
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A4, "wan0 " A4 },
		{ "wait", "20000", "1" },
		{ "in lan0", A4, "lan0 " A4 },
		{ "out wan0", A4, "wan0 " A4 },
		{ "in lan0", A4, "wan0 " A4 },
	}
};

START_TEST(test_anew)
{
	scenario_run_through(&anew);
}
END_TEST

/* What goes with the packet is the tag, and only where a rule wants it. */
START_TEST(test_carry)
{
	static struct harness h;
	const struct harness_options o = { .host = true };

	harness_new_with(&h, NET "pass in on lan0 tag LAN no state\n"
	    "pass in on alt0 tag ALT\n" TAGGED, &o);
	harness_in(&h, "lan0", A4);
	ck_assert_uint_ne(h.tag, 0);
	harness_in(&h, "lan0", "udp 10.0.0.2:9 > 198.51.100.1:53");
	ck_assert_uint_eq(h.tag, 0);	/* it stays here */
	harness_in(&h, "alt0", B4);
	ck_assert_uint_eq(h.tag, 0);	/* its state tells */
	harness_load(&h, NET "pass in on lan0 tag LAN no state\n"
	    "block in on lan0 tagged LAN\npass out\n");
	harness_in(&h, "lan0", A4);
	ck_assert_uint_eq(h.tag, 0);
	harness_free(&h);
}
END_TEST

Suite *
suite_hosttags(void)
{
	Suite *s = suite_create("hosttags");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_anew);
	tcase_add_test(tc, test_carry);
	suite_add_tcase(s, tc);
	return s;
}
