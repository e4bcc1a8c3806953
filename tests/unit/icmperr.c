/* SPDX-License-Identifier: ISC */
/*
 * ICMP errors: found by what they quote, translated inside and outside.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_icmperr(void);

#define NET IF_LAN0("24") IF_WAN0("") \
	"route 192.0.2.0/24 via 198.51.100.9\n"
#define NAT NET "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) " \
	"port 60000\npass out\npass in on lan0\nblock in on wan0\n"
#define RDR NET "rdr on wan0 inet proto tcp from any to (wan0) port 80 -> " \
	"10.0.0.2 port 8080\npass\n"
#define OUT { "lan0", "udp 10.0.0.2:1000 > 192.0.2.80:53 len 4", \
	"wan0 udp 198.51.100.1:60000 > 192.0.2.80:53 len 4" }

static const struct scenario scenarios[] = {
	{ "from a router outside: traceroute", NAT, {
		OUT,
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 11/0 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 1 len 4}",
		    "lan0 icmp 198.51.100.9 > 10.0.0.2 11/0 "
		    "{udp 10.0.0.2:1000 > 192.0.2.80:53 len 4}" },
		{ "wan0", "icmp 192.0.2.80 > 198.51.100.1 3/3 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 9 len 4}",
		    "lan0 icmp 192.0.2.80 > 10.0.0.2 3/3 "
		    "{udp 10.0.0.2:1000 > 192.0.2.80:53 len 4}" },
		{ "state", "1", "all udp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 192.0.2.80:53       1:0" },
	} },
	{ "errors keep no state alive", NAT, {
		OUT,
		{ "wait", "50000", "2" },
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 11/0 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 1 len 4}",
		    "lan0 icmp 198.51.100.9 > 10.0.0.2 11/0 "
		    "{udp 10.0.0.2:1000 > 192.0.2.80:53 len 4}" },
		{ "wait", "12000", "0" },
	} },
	{ "about nothing known", NAT, {
		OUT,
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 11/0 "
		    "{udp 198.51.100.1:60001 > 192.0.2.80:53 ttl 1 len 4}",
		    "drop match" },
		{ "lan0", "icmp 10.0.0.2 > 10.0.0.1 3/3 "
		    "{udp 10.0.0.1:5 > 10.0.0.2:6}", "drop icmp-no-state" },
	} },
	{ "a redirect is of one link, whatever it is about", NAT, {
		OUT,
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 5/1 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 9 len 4}",
		    "drop match" },
		{ "load", NET "pass\n", "2" },
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 5/1 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 9 len 4}",
		    "drop icmp-no-state" },
		{ "lan0", "icmp 10.0.0.2 > 192.0.2.80 5/1 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:1000 len 4}",
		    "drop no-route" },
	} },
	{ "about nothing known, where addresses change: what it quotes would "
	    "not fit its receiver", NAT, {
		{ "lan0", "icmp 10.0.0.2 > 192.0.2.80 3/3 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:99}",
		    "drop icmp-no-state" },
		{ "count", "icmp-no-state", "1" },
	} },
	{ "about nothing known, where addresses stay: the rules decide", NET
	    "pass in on lan0\npass out on wan0\n", {
		{ "lan0", "icmp 10.0.0.2 > 192.0.2.80 3/3 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:99}",
		    "wan0 icmp 10.0.0.2 > 192.0.2.80 3/3 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:99}" },
		{ "wait", "1", "0" },
	} },
	{ "a redirection of all of an address takes no error about nothing",
	    NET "pass in on wan0 to 198.51.100.1 rdr-to 10.0.0.2\npass out\n",
	{
		{ "wan0", "icmp 192.0.2.80 > 198.51.100.1 3/3 "
		    "{udp 198.51.100.1:53 > 192.0.2.80:99}",
		    "drop icmp-no-state" },
	} },
	{ "the quoted packet's sender is not who the error goes to", NAT, {
		OUT,
		{ "wan0", "icmp 198.51.100.9 > 10.0.0.2 11/0 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 1 len 4}",
		    "drop icmp-malformed" },
	} },
	{ "need-frag for a tcp segment, which must be one that was sent", NAT,
	{
		{ "lan0", "tcp 10.0.0.2:1000 > 192.0.2.80:80 S seq 100",
		    "wan0 tcp 198.51.100.1:60000 > 192.0.2.80:80 S seq 100 "
		    "ack 0" },
		{ "wan0", "tcp 192.0.2.80:80 > 198.51.100.1:60000 SA seq 7 "
		    "ack 101",
		    "lan0 tcp 192.0.2.80:80 > 10.0.0.2:1000 SA seq 7 "
		    "ack 101" },
		{ "lan0", "tcp 10.0.0.2:1000 > 192.0.2.80:80 A seq 101 ack 8 "
		    "len 100",
		    "wan0 tcp 198.51.100.1:60000 > 192.0.2.80:80 A seq 101 "
		    "ack 8 len 100" },
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 3/4 mtu 576 "
		    "{tcp 198.51.100.1:60000 > 192.0.2.80:80 A seq 101 ack 8 "
		    "len 100}",
		    "lan0 icmp 198.51.100.9 > 10.0.0.2 3/4 "
		    "{tcp 10.0.0.2:1000 > 192.0.2.80:80 A seq 101 ack 8 "
		    "len 100}" },
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 3/4 mtu 576 "
		    "{tcp 198.51.100.1:60000 > 192.0.2.80:80 A "
		    "seq 4000000 ack 8}", "drop state-mismatch" },
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 192.0.2.80:80       4:4" },
	} },
	{ "from inside, about an answer: our own source", NAT, {
		OUT,
		{ "wan0", "udp 192.0.2.80:53 > 198.51.100.1:60000 len 4",
		    "lan0 udp 192.0.2.80:53 > 10.0.0.2:1000 len 4" },
		{ "lan0", "icmp 10.0.0.2 > 192.0.2.80 3/3 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:1000 len 4}",
		    "wan0 icmp 198.51.100.1 > 192.0.2.80 3/3 "
		    "{udp 192.0.2.80:53 > 198.51.100.1:60000 len 4}" },
		{ "lan0", "icmp 10.0.0.77 > 192.0.2.80 11/0 "
		    "{udp 192.0.2.80:53 > 10.0.0.2:1000 len 4}",
		    "wan0 icmp 198.51.100.1 > 192.0.2.80 11/0 "
		    "{udp 192.0.2.80:53 > 198.51.100.1:60000 len 4}" },
	} },
	{ "about a redirected connection", RDR, {
		{ "wan0", "tcp 192.0.2.80:4000 > 198.51.100.1:80 S seq 50",
		    "lan0 tcp 192.0.2.80:4000 > 10.0.0.2:8080 S seq 50 "
		    "ack 0" },
		{ "lan0", "icmp 10.0.0.254 > 192.0.2.80 3/1 "
		    "{tcp 192.0.2.80:4000 > 10.0.0.2:8080 S seq 50}",
		    "wan0 icmp 198.51.100.1 > 192.0.2.80 3/1 "
		    "{tcp 192.0.2.80:4000 > 198.51.100.1:80 S seq 50 "
		    "ack 0}" },
	} },
	{ "about a ping", NET "nat on wan0 inet from 10.0.0.0/24 to any -> "
	    "(wan0) static-port\npass\n", {
		{ "lan0", "icmp 10.0.0.2 > 192.0.2.80 8/0 id 5 len 8",
		    "wan0 icmp 198.51.100.1 > 192.0.2.80 8/0 id 5 len 8" },
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 3/1 "
		    "{icmp 198.51.100.1 > 192.0.2.80 8/0 id 5 len 8}",
		    "lan0 icmp 198.51.100.9 > 10.0.0.2 3/1 "
		    "{icmp 10.0.0.2 > 192.0.2.80 8/0 id 5 len 8}" },
	} },
	{ "through two records", NET
	    "block\npass in on lan0\npass out on wan0 nat-to (wan0) "
	    "port 60000\npass out on lan0 no state\n"
	    "pass in on lan0 proto udp to port 53 no state\n", {
		OUT,
		{ "wan0", "icmp 198.51.100.9 > 198.51.100.1 11/0 "
		    "{udp 198.51.100.1:60000 > 192.0.2.80:53 ttl 1 len 4}",
		    "lan0 icmp 198.51.100.9 > 10.0.0.2 11/0 "
		    "{udp 10.0.0.2:1000 > 192.0.2.80:53 len 4}" },
		{ "wait", "1", "1" },
	} },
	{ "ipv6", NET "pass\nnat on wan0 inet6 from 2001:db8:1::/64 to any -> "
	    "(wan0) port 60000\n", {
		{ "lan0", "udp [2001:db8:1::2]:1000 > [2001:db8:2::80]:53 "
		    "len 4",
		    "wan0 udp [2001:db8:2::1]:60000 > [2001:db8:2::80]:53 "
		    "len 4" },
		{ "wan0", "icmp6 2001:db8:2::9 > 2001:db8:2::1 3/0 "
		    "{udp [2001:db8:2::1]:60000 > [2001:db8:2::80]:53 "
		    "len 4}",
		    "lan0 icmp6 2001:db8:2::9 > 2001:db8:1::2 3/0 "
		    "{udp [2001:db8:1::2]:1000 > [2001:db8:2::80]:53 "
		    "len 4}" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

Suite *
suite_icmperr(void)
{
	Suite *s = suite_create("icmperr");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	suite_add_tcase(s, tc);
	return s;
}
