/* SPDX-License-Identifier: ISC */
/*
 * Both halves of a forwarded packet at once: what comes in by one interface
 * and is decided altogether comes out of the other; what is not comes out of
 * its own, and is asked about again.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_through(void);

#define NET IF_LAN0("8") IF_WAN0("mtu 1400 ") IF_ALT0
#define NAT NET \
	"nat on { wan0 alt0 } inet from 10.0.0.0/8 to any -> 198.51.100.1 " \
	"static-port\n" \
	"nat on wan0 inet6 from 2001:db8:1::/64 to any -> 2001:db8:2::1 " \
	"static-port\n" \
	"rdr on wan0 inet proto udp to 198.51.100.1 port 8053 -> 10.0.0.2 " \
	"port 53\n"

#define OUT4 "udp 10.0.0.2:9 > 198.51.100.80:53"
#define OUT4_NAT "udp 198.51.100.1:9 > 198.51.100.80:53"
/* a flow that has passed both hooks once */
#define FLOW4 \
	{ "in lan0", OUT4, "lan0 " OUT4 }, \
	{ "out wan0", OUT4, "wan0 " OUT4_NAT }

#define BACK4 "udp 198.51.100.80:53 > 10.0.0.2:9"
#define IN4 "udp 198.51.100.80:7 > 10.0.0.2:54"
#define PLAIN(port) "udp 10.0.0.2:9 > 198.51.100.80:" port
#define FLOW_PLAIN(port) \
	{ "in lan0", PLAIN(port), "lan0 " PLAIN(port) }, \
	{ "out wan0", PLAIN(port), "wan0 " PLAIN(port) }, \
	{ "in lan0", PLAIN(port), "lan0 " PLAIN(port) }, \
	{ "out wan0", PLAIN(port), "wan0 " PLAIN(port) }

static const struct scenario scenarios[] = {
	{ "both ways, source translated", NAT "pass\n", {
		FLOW4,
		{ "in lan0", OUT4, "wan0 " OUT4_NAT },
		{ "in wan0", "udp 198.51.100.80:53 > 198.51.100.1:9",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:9" },
		{ "in lan0", OUT4, "wan0 " OUT4_NAT },
		/* both trackers have seen both sides */
		{ "state", "0", "all udp 198.51.100.80:53 <- 10.0.0.2:9"
		    "       2:2" },
		{ "state", "1", "all udp 198.51.100.1:9 (10.0.0.2:9) -> "
		    "198.51.100.80:53       2:2" },
	} },
	{ "both ways, destination translated", NAT "pass\n", {
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:8053",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.2:53 home" },
		{ "out lan0", "udp 198.51.100.80:7 > 10.0.0.2:53",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:53" },
		{ "in lan0", "udp 10.0.0.2:53 > 198.51.100.80:7",
		    "wan0 udp 198.51.100.1:8053 > 198.51.100.80:7" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:8053",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:53" },
	} },
	{ "IPv6", NAT "pass\n", {
		{ "in lan0", "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53",
		    "lan0 udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53" },
		{ "out wan0", "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:2::1]:9 > [2001:db8:2::80]:53" },
		{ "in lan0", "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:2::1]:9 > [2001:db8:2::80]:53" },
		{ "in wan0", "udp [2001:db8:2::80]:53 > [2001:db8:2::1]:9",
		    "lan0 udp [2001:db8:2::80]:53 > [2001:db8:1::2]:9" },
	} },
	{ "what the kernel would answer with an error", NAT "pass\n", {
		FLOW4,
		{ "in lan0", OUT4 " ttl 1", "lan0 " OUT4 },
		{ "in lan0", OUT4 " len 1372", "wan0 " OUT4_NAT " len 1372" },
		{ "in lan0", OUT4 " len 1373", "lan0 " OUT4 " len 1373" },
	} },
	{ "to an address of this host, by now", NAT "pass\n", {
		FLOW4,
		{ "ifs", NET "interface x0 tun address 198.51.100.80/32\n",
		    NULL },
		{ "out wan0", OUT4, "wan0 " OUT4_NAT },
		{ "in lan0", OUT4, "lan0 " OUT4 },
	} },
	{ "by another interface: as it is, and the next ones there",
	    NAT "pass\n", {
		FLOW4,
		{ "in lan0", OUT4, "wan0 " OUT4_NAT },
		{ "again alt0", OUT4_NAT, "alt0 " OUT4_NAT },
		{ "in lan0", OUT4, "alt0 " OUT4_NAT },
		{ "again wan0", OUT4_NAT, "wan0 " OUT4_NAT },
		{ "in lan0", OUT4, "wan0 " OUT4_NAT },
		{ "again wan0", "udp 198.51.100.1:10 > 198.51.100.80:53",
		    "drop way-changed" },
	} },
	{ "after a change of interfaces the way is learnt anew",
	    NAT "pass\n", {
		FLOW4,
		{ "in lan0", OUT4, "wan0 " OUT4_NAT },
		{ "ifs", NET, NULL },
		{ "in lan0", OUT4, "lan0 " OUT4 },
		{ "out alt0", OUT4, "alt0 " OUT4_NAT },
		{ "in lan0", OUT4, "alt0 " OUT4_NAT },
	} },
	{ "back where it came from", NET
	    "nat on lan0 inet from 10.0.0.0/8 to 10.0.0.9 -> 10.0.0.1 "
	    "static-port\npass\n", {
		{ "in lan0", "udp 10.0.0.2:9 > 10.0.0.9:53",
		    "lan0 udp 10.0.0.2:9 > 10.0.0.9:53" },
		{ "out lan0", "udp 10.0.0.2:9 > 10.0.0.9:53",
		    "lan0 udp 10.0.0.1:9 > 10.0.0.9:53" },
		{ "in lan0", "udp 10.0.0.2:9 > 10.0.0.9:53",
		    "lan0 udp 10.0.0.2:9 > 10.0.0.9:53" },
	} },
	{ "a half without a state, or bound to its interface", NET
	    "pass in all\npass out on wan0 proto udp to port 53 no state\n"
	    "pass out on wan0 proto udp to port 54 keep state (if-bound)\n", {
		FLOW_PLAIN("53"),
		FLOW_PLAIN("54"),
	} },
	{ "another program gets both sides' packets, in and out", NET
	    "pass\npass out on wan0 proto udp to port 53 "
	    "divert-packet port 700\n"
	    "pass in on wan0 proto udp to port 54 divert-packet port 701\n", {
		{ "in lan0", OUT4, "lan0 " OUT4 },
		{ "out wan0", OUT4, "wan0 " OUT4 " divert 700" },
		{ "in wan0", BACK4, "wan0 " BACK4 " divert 700" },
		{ "out lan0", BACK4, "lan0 " BACK4 },
		{ "in lan0", OUT4, "lan0 " OUT4 },
		{ "out wan0", OUT4, "wan0 " OUT4 " divert 700" },
		{ "in wan0", IN4, "wan0 " IN4 " divert 701" },
		{ "out lan0", IN4, "lan0 " IN4 },
		{ "in wan0", IN4, "wan0 " IN4 " divert 701" },
	} },
	{ "a socket of this host gets one side's packets", NET
	    "pass\npass in on lan0 inet proto udp to port 53 "
	    "divert-to 127.0.0.1 port 1\n"
	    "pass in on wan0 inet proto udp to port 54 "
	    "divert-to 127.0.0.1 port 2\n"
	    "pass out on wan0 inet proto udp to port 55 divert-reply\n", {
		{ "in lan0", OUT4, "lan0 " OUT4 " socket 2" },
		{ "out lan0", BACK4, "lan0 " BACK4 " socket 2" },
		{ "in lan0", OUT4, "lan0 " OUT4 " socket 2" },
		{ "in wan0", IN4, "wan0 " IN4 " socket 3" },
		{ "out wan0", PLAIN("55"), "wan0 " PLAIN("55") " socket 1" },
		{ "in wan0", "udp 198.51.100.80:55 > 10.0.0.2:9",
		    "wan0 udp 198.51.100.80:55 > 10.0.0.2:9 socket 1" },
	} },
	{ "another table: not for what comes back", NET
	    "match in on lan0 inet rtable 0\npass in inet rtable 0\n"
	    "pass in on lan0 inet proto udp to port 53\npass out\n", {
		{ "in lan0", OUT4, "lan0 " OUT4 " table 0" },
		{ "out wan0", OUT4, "wan0 " OUT4 },
		{ "in lan0", OUT4, "lan0 " OUT4 " table 0" },
		{ "in wan0", BACK4, "wan0 " BACK4 },
		{ "in wan0", IN4, "wan0 " IN4 " table 0" },
	} },
	{ "a rule's mark, or what it changes", NET
	    "match out on wan0 proto udp to port 53 set mark 7\n"
	    "match out on wan0 proto udp to port 54 set tos 8\npass\n", {
		{ "in lan0", OUT4, "lan0 " OUT4 },
		{ "out wan0", OUT4, "wan0 " OUT4 },
		{ "in lan0", OUT4, "lan0 " OUT4 },
	} },
	{ "what is changed and may be for this host", NET
	    "rdr on wan0 inet proto udp to any port 1 -> 10.0.0.1\n"
	    "rdr on wan0 inet6 proto udp to any port 1 -> 2001:db8:1::1\n"
	    "rdr on wan0 inet proto udp to any port 2 -> 127.0.0.53\n"
	    "rdr on wan0 inet proto udp to any port 3 -> 10.0.0.2\n"
	    "nat on wan0 inet all -> 198.51.100.1 static-port\npass\n", {
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:1",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.1:1 home" },
		{ "in wan0", "udp [2001:db8:2::80]:7 > [2001:db8:2::1]:1",
		    "wan0 udp [2001:db8:2::80]:7 > [2001:db8:1::1]:1 home" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:2",
		    "wan0 udp 198.51.100.80:7 > 127.0.0.53:2 home" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:3",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.2:3 home" },
		{ "out lan0", "udp 198.51.100.80:7 > 10.0.0.2:3",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:3" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:3",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:3" },
		/* the second by its state alone */
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:1",
		    "wan0 udp 198.51.100.80:7 > 10.0.0.1:1 home" },
		{ "in wan0", "udp 198.51.100.80:7 > 198.51.100.1:5",
		    "wan0 udp 198.51.100.80:7 > 198.51.100.1:5" },
		{ "out wan0", "udp 10.0.0.1:9 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:9 > 198.51.100.80:53" },
		{ "in wan0", "udp 198.51.100.80:53 > 198.51.100.1:9",
		    "wan0 udp 198.51.100.80:53 > 10.0.0.1:9 home" },
	} },
	{ "from this host it does not come", NAT "pass\n", {
		{ "in lan0", "udp 198.51.100.1:9 > 198.51.100.80:53",
		    "drop martian" },
		{ "in lan0", "udp 10.0.0.1:9 > 198.51.100.80:53",
		    "drop martian" },
		{ "in lan0", "udp 10.0.0.1:9 > 224.0.0.251:5353",
		    "lan0 udp 10.0.0.1:9 > 224.0.0.251:5353" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run_through(&scenarios[_i]);
}
END_TEST

/* The same where it is not wanted: out of the interface it came in by. */
static const struct scenario twice = {
	"two passes", NAT "pass\n", {
		FLOW4,
		{ "in lan0", OUT4, "lan0 " OUT4 },
		{ "out wan0", OUT4, "wan0 " OUT4_NAT },
	}
};

/*
 * What is translated on its way in: the reply is seen on its way out, where
 * the port must be free as well.
 */
static const struct scenario inward = {
	"two sources, one port each", NET
	    "match in on lan0 inet proto udp from 10.0.0.0/8 nat-to 192.0.2.9 "
	    "port 60000:60001\npass\n", {
		{ "in lan0", "udp 10.0.0.2:9 > 198.51.100.80:53",
		    "lan0 udp 192.0.2.9:? > 198.51.100.80:53 home" },
		{ "in lan0", "udp 10.0.0.3:9 > 198.51.100.80:53",
		    "lan0 udp 192.0.2.9:? > 198.51.100.80:53 home" },
		{ "in lan0", "udp 10.0.0.4:9 > 198.51.100.80:53",
		    "drop translate" },
		{ "count", "state-insert", "0" },
	}
};

START_TEST(test_inward)
{
	scenario_run_host(&inward);
}
END_TEST

START_TEST(test_twice)
{
	scenario_run_host(&twice);
}
END_TEST

Suite *
suite_through(void)
{
	Suite *s = suite_create("through");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_inward);
	tcase_add_test(tc, test_twice);
	suite_add_tcase(s, tc);
	return s;
}
