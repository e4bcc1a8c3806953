/* SPDX-License-Identifier: ISC */
/*
 * Where the kernel has sockets: what the engine asks about them, and when;
 * and priorities, which only the kernel has.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_hostsocks(void);

#define NET IF_LAN0("8") IF_WAN0("")

static const struct scenario scenarios[] = {
	{ "a client's own port is not a service's", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) "
	    "preserve-port\npass\n", {
		{ "socket", "udp 198.51.100.1 1194 0", "0" },
		{ "out wan0", "udp 10.0.0.2:1194 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:? > 198.51.100.80:53" },
		{ "in wan0", "udp 198.51.100.80:53 > 198.51.100.1:1194",
		    "wan0 udp 198.51.100.80:53 > 198.51.100.1:1194" },
		{ "out wan0", "udp 10.0.0.2:1195 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1195 > 198.51.100.80:53" },
		{ "out wan0", "tcp 10.0.0.2:1194 > 198.51.100.80:53 S",
		    "wan0 tcp 198.51.100.1:1194 > 198.51.100.80:53 S "
		    "seq 0 ack 0" },
	} },
	{ "static-port does not give it either", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) static-port\n"
	    "pass\n", {
		{ "socket", "udp 0.0.0.0 1194 0", "0" },
		{ "out wan0", "udp 10.0.0.2:1194 > 198.51.100.80:53",
		    "drop translate" },
		{ "count", "translate", "1" },
		{ "out wan0", "udp 10.0.0.2:1195 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1195 > 198.51.100.80:53" },
	} },
	{ "a range is searched past the ports that sockets have", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) "
	    "port 60000:60002\npass\n", {
		{ "socket", "udp 198.51.100.1 60000 0", "0" },
		{ "socket", "udp 198.51.100.1 60002 0", "0" },
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60001 > 198.51.100.80:53" },
		{ "out wan0", "udp 10.0.0.2:2 > 198.51.100.80:53",
		    "drop translate" },
	} },
	{ "a range without a free port is not searched again for 100 ms", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) "
	    "port 60000:60002\npass\n", {
		{ "socket", "udp 198.51.100.1 60000 0", "0" },
		{ "socket", "udp 198.51.100.1 60001 0", "0" },
		{ "socket", "udp 198.51.100.1 60002 0", "0" },
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "drop translate" },
		{ "asked", "", "3" },
		/* whoever wants one */
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "drop translate" },
		{ "out wan0", "udp 10.0.0.3:9 > 198.51.100.80:53",
		    "drop translate" },
		{ "asked", "", "3" },
		/* another server, port or protocol is another range */
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.81:53",
		    "drop translate" },
		{ "asked", "", "6" },
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.80:54",
		    "drop translate" },
		{ "asked", "", "9" },
		{ "out wan0", "tcp 10.0.0.2:1 > 198.51.100.80:53 S",
		    "wan0 tcp 198.51.100.1:? > 198.51.100.80:53 S seq 0 "
		    "ack 0" },
		{ "asked", "", "10" },
		{ "wait", "99", NULL },
		{ "out wan0", "udp 10.0.0.4:2 > 198.51.100.80:53",
		    "drop translate" },
		{ "asked", "", "10" },
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.82:53",
		    "drop translate" },
		{ "asked", "", "13" },
		{ "wait", "1", NULL },
		{ "out wan0", "udp 10.0.0.4:2 > 198.51.100.80:53",
		    "drop translate" },
		{ "asked", "", "16" },
		{ "out wan0", "udp 10.0.0.2:1 > 198.51.100.82:53",
		    "drop translate" },
		{ "asked", "", "16" },
	} },
	{ "a socket that is bound to another interface is no hindrance", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) static-port\n"
	    "match in on lan0 inet proto tcp nat-to 198.51.100.1 "
	    "static-port\npass\n", {
		{ "socket", "udp 0.0.0.0 1194 0 lan0", "0" },
		{ "socket", "udp 0.0.0.0 1195 0 wan0", "0" },
		{ "out wan0", "udp 10.0.0.2:1194 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1194 > 198.51.100.80:53" },
		{ "out wan0", "udp 10.0.0.2:1195 > 198.51.100.80:53",
		    "drop translate" },
		/* before routing nobody knows where replies will come in */
		{ "socket", "tcp 0.0.0.0 1194 0 wan0", NULL },
		{ "in lan0", "tcp 10.0.0.2:1194 > 198.51.100.80:53 S",
		    "drop translate" },
	} },
	{ "a socket's own packets keep its port", NET
	    "nat on wan0 inet from any to any -> (wan0) preserve-port\n"
	    "pass\n", {
		{ "socket", "udp 198.51.100.1 1194 0", "0" },
		{ "out wan0", "udp 198.51.100.1:1194 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1194 > 198.51.100.80:53" },
		{ "socket", "udp 198.51.100.1 1 0", "0" },
	} },
	{ "addresses that are not the host's are not asked about", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> 198.51.100.9 "
	    "static-port\npass\n", {
		{ "socket", "udp 0.0.0.0 1194 0", "0" },
		{ "out wan0", "udp 10.0.0.2:1194 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.9:1194 > 198.51.100.80:53" },
		{ "socket", "udp 198.51.100.1 1 0", "0" },
	} },
	{ "only first packets ask", NET
	    "nat on wan0 inet6 from 2001:db8:1::/64 to any -> "
	    "2001:db8:2::1 static-port\npass\n", {
		{ "out wan0", "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:2::1]:9 > [2001:db8:2::80]:53" },
		{ "out wan0", "udp [2001:db8:1::2]:9 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:2::1]:9 > [2001:db8:2::80]:53" },
		{ "in wan0", "udp [2001:db8:2::80]:53 > [2001:db8:2::1]:9",
		    "wan0 udp [2001:db8:2::80]:53 > [2001:db8:1::2]:9 home" },
		{ "socket", "udp 198.51.100.1 1 0", "1" },
	} },
	{ "user of packets out: the sending socket's", NET
	    "block\npass out proto tcp user 1000\n"
	    "pass out proto udp group >= 100\npass proto tcp user unknown\n"
	    , {
		{ "from", "1000 1000", NULL },
		{ "out wan0", "tcp 198.51.100.1:1 > 198.51.100.80:2 S",
		    "wan0 tcp 198.51.100.1:1 > 198.51.100.80:2 S seq 0 "
		    "ack 0" },
		{ "out wan0", "udp 198.51.100.1:1 > 198.51.100.80:2",
		    "wan0 udp 198.51.100.1:1 > 198.51.100.80:2" },
		{ "from", "33 33", NULL },
		{ "out wan0", "tcp 198.51.100.1:3 > 198.51.100.80:2 S",
		    "drop match" },
		{ "out wan0", "udp 198.51.100.1:3 > 198.51.100.80:2",
		    "drop match" },
		{ "from", "nobody", NULL },
		{ "out wan0", "tcp 198.51.100.1:4 > 198.51.100.80:2 S",
		    "wan0 tcp 198.51.100.1:4 > 198.51.100.80:2 S seq 0 "
		    "ack 0" },
		{ "out wan0", "udp 198.51.100.1:4 > 198.51.100.80:2",
		    "drop match" },
		{ "socket", "udp 0.0.0.0 1 0", "0" },
	} },
	{ "user of packets in: the socket's that would get them", NET
	    "block\npass in proto tcp user 33\n"
	    "pass in on wan0 proto udp user != unknown\n", {
		{ "socket", "tcp 0.0.0.0 80 33", "0" },
		{ "socket", "tcp 0.0.0.0 22 0", "0" },
		{ "socket", "udp 0.0.0.0 5353 7", "0" },
		{ "in wan0", "tcp 198.51.100.80:1 > 198.51.100.1:80 S",
		    "wan0 tcp 198.51.100.80:1 > 198.51.100.1:80 S seq 0 "
		    "ack 0" },
		{ "in wan0", "tcp 198.51.100.80:1 > 198.51.100.1:22 S",
		    "drop match" },
		{ "in wan0", "udp 198.51.100.80:5353 > 224.0.0.251:5353",
		    "wan0 udp 198.51.100.80:5353 > 224.0.0.251:5353" },
		{ "in wan0", "udp 198.51.100.80:1 > 198.51.100.1:1",
		    "drop match" },
		/* forwarded: not the socket that listens everywhere */
		{ "in lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S",
		    "drop match" },
		{ "socket", "tcp 0.0.0.0 1 0", "4" },
		/* a state's packets do not ask */
		{ "in wan0", "tcp 198.51.100.80:1 > 198.51.100.1:80 S",
		    NULL },
		{ "socket", "tcp 0.0.0.0 1 0", "4" },
	} },
	{ "user after a redirection: of the new target", NET
	    "block\nmatch in proto tcp to port 80 rdr-to 198.51.100.1 "
	    "port 8080\npass in proto tcp user 33\n", {
		{ "socket", "tcp 0.0.0.0 80 0", "0" },
		{ "socket", "tcp 0.0.0.0 8080 33", "0" },
		{ "in wan0", "tcp 198.51.100.80:1 > 198.51.100.1:80 S",
		    "wan0 tcp 198.51.100.80:1 > 198.51.100.1:8080 S seq 0 "
		    "ack 0" },
	} },
	{ "rules without users do not ask", NET "block\npass proto udp\n", {
		{ "in wan0", "udp 198.51.100.80:1 > 198.51.100.1:1",
		    "wan0 udp 198.51.100.80:1 > 198.51.100.1:1" },
		{ "socket", "tcp 0.0.0.0 1 0", "0" },
	} },
	{ "prio, and set prio", NET
	    "block\nmatch proto tcp set prio (2, 6)\npass out prio 3 "
	    "no state\npass in on wan0 set prio 5\n", {
		{ "out wan0", "udp 198.51.100.1:1 > 198.51.100.80:2",
		    "drop match" },
		{ "prio", "3", NULL },
		{ "out wan0", "udp 198.51.100.1:1 > 198.51.100.80:2",
		    "wan0 udp 198.51.100.1:1 > 198.51.100.80:2" },
		{ "out wan0", "tcp 198.51.100.1:1 > 198.51.100.80:2 PA len 9",
		    "wan0 tcp 198.51.100.1:1 > 198.51.100.80:2 PA seq 0 "
		    "ack 0 len 9 prio 2" },
		{ "out wan0", "tcp 198.51.100.1:1 > 198.51.100.80:2 A",
		    "wan0 tcp 198.51.100.1:1 > 198.51.100.80:2 A seq 0 "
		    "ack 0 prio 6" },
		{ "out wan0", "tcp 198.51.100.1:1 > 198.51.100.80:2 PA len 9 "
		    "tos 16", "wan0 tcp 198.51.100.1:1 > 198.51.100.80:2 PA "
		    "seq 0 ack 0 len 9 prio 6" },
		{ "prio", "8", NULL },
		{ "out wan0", "udp 198.51.100.1:1 > 198.51.100.80:2",
		    "drop match" },
		/* all packets of a state */
		{ "in wan0", "udp 198.51.100.80:9 > 198.51.100.1:9",
		    "wan0 udp 198.51.100.80:9 > 198.51.100.1:9 prio 5" },
		{ "out wan0", "udp 198.51.100.1:9 > 198.51.100.80:9",
		    "wan0 udp 198.51.100.1:9 > 198.51.100.80:9 prio 5" },
		{ "in wan0", "udp 198.51.100.80:9 > 198.51.100.1:9",
		    "wan0 udp 198.51.100.80:9 > 198.51.100.1:9 prio 5" },
	} },
};

static const struct scenario routed = {
	"a router between its own interfaces has no sockets", NET
	"nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) static-port\n"
	"pass\n", {
		{ "socket", "udp 0.0.0.0 1194 0", "0" },
		{ "lan0", "udp 10.0.0.2:1194 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1194 > 198.51.100.80:53" },
		{ "socket", "udp 198.51.100.1 1 0", "0" },
		{ "load", NET "block\npass proto udp user unknown\n"
		    "block proto udp from any port 9 user 0\n", "2" },
		{ "lan0", "udp 10.0.0.2:9 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:9 > 198.51.100.80:53" },
		{ "socket", "udp 198.51.100.1 1 0", "0" },
	}
};

START_TEST(test_scenario)
{
	scenario_run_host(&scenarios[_i]);
}
END_TEST

START_TEST(test_routed)
{
	scenario_run(&routed);
}
END_TEST

Suite *
suite_hostsocks(void)
{
	Suite *s = suite_create("hostsocks");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_routed);
	suite_add_tcase(s, tc);
	return s;
}
