/* SPDX-License-Identifier: ISC */
/*
 * Connections through the router: NAT, redirection, answers, states.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_flow(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/24 address 2001:db8:1::1/64\n" \
	"interface wan0 tun address 198.51.100.1/24 " \
	"address 2001:db8:2::1/64\n"
#define NAT NET "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)\npass\n"
#define NAT1 NET "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) " \
	"port 60000\npass\n"

static const struct scenario scenarios[] = {
	{ "udp goes out with our address, and its reply back", NAT1, {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53 len 4",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53 len 4" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000 len 9",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1000 len 9" },
		{ "state", "0", "all udp 198.51.100.80:53 <- 10.0.0.2:1000"
		    "       1:2" },
		{ "state", "1", "all udp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:53       2:1" },
		{ "state", "2", "none" },
		{ "wan0", "udp 198.51.100.81:53 > 198.51.100.1:60000 len 9",
		    "wan0 icmp 198.51.100.1 > 198.51.100.81 3/3 "
		    "{udp 198.51.100.81:53 > 198.51.100.1:60000 len 9}" },
	} },
	{ "a tcp connection from end to end", NAT1, {
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 S seq 100 "
		    "mss 1460 wscale 7",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 S "
		    "seq 100 ack 0" },
		{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 SA "
		    "seq 500 ack 101 mss 1460 wscale 7",
		    "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1000 SA "
		    "seq 500 ack 101" },
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 A seq 101 "
		    "ack 501",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 A "
		    "seq 101 ack 501" },
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:80       4:4" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

Suite *
suite_flow(void)
{
	Suite *s = suite_create("flow");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	suite_add_tcase(s, tc);
	return s;
}
