/* SPDX-License-Identifier: ISC */
/*
 * Timeouts by the clock, and what TCP segments may pass a state.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_flowtime(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/24\n" \
	"interface wan0 tun address 198.51.100.1/24\n"
#define PASS NET "pass\n"
#define C "10.0.0.2:1000 > 198.51.100.80:80 "
#define S "198.51.100.80:80 > 10.0.0.2:1000 "
#define TO_C(t) "lan0 tcp " S t
#define TO_S(t) "wan0 tcp " C t

/* Up to and with the third segment; next: client 101, server 501. */
#define OPEN \
	{ "lan0", "tcp " C "S seq 100 win 1000", TO_S("S seq 100 ack 0") }, \
	{ "wan0", "tcp " S "SA seq 500 ack 101 win 2000", \
	    TO_C("SA seq 500 ack 101") }, \
	{ "lan0", "tcp " C "A seq 101 ack 501 win 1000", \
	    TO_S("A seq 101 ack 501") }
#define UDP_OUT { "lan0", "udp " C, "wan0 udp 10.0.0.2:1000 > " \
	"198.51.100.80:80" }
#define UDP_IN { "wan0", "udp " S, "lan0 udp 198.51.100.80:80 > " \
	"10.0.0.2:1000" }

static const struct scenario scenarios[] = {
	{ "udp.first 60", PASS, {
		UDP_OUT, { "wait", "59900", "2" }, { "wait", "1200", "0" } } },
	{ "udp.single 30, for one side that goes on", PASS, {
		UDP_OUT, UDP_OUT, { "wait", "29900", "2" },
		{ "wait", "1200", "0" } } },
	{ "udp.single 30, until the first side spoke again", PASS, {
		UDP_OUT, UDP_IN, { "wait", "29900", "2" },
		{ "wait", "1200", "0" } } },
	{ "udp.multiple 60, counted from the last packet", PASS, {
		UDP_OUT, UDP_IN, UDP_OUT, { "wait", "59900", "2" }, UDP_IN,
		{ "wait", "59900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.first 120", PASS, {
		{ "lan0", "tcp " C "S seq 100", TO_S("S seq 100 ack 0") },
		{ "wait", "119900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.opening 30", PASS, {
		{ "lan0", "tcp " C "S seq 100", TO_S("S seq 100 ack 0") },
		{ "wan0", "tcp " S "SA seq 500 ack 101",
		    TO_C("SA seq 500 ack 101") },
		{ "wait", "29900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.established 86400", PASS, {
		OPEN, { "wait", "86399900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.closing 900", PASS, {
		OPEN,
		{ "lan0", "tcp " C "FA seq 101 ack 501",
		    TO_S("FA seq 101 ack 501") },
		{ "wait", "899900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.finwait 45", PASS, {
		OPEN,
		{ "lan0", "tcp " C "FA seq 101 ack 501",
		    TO_S("FA seq 101 ack 501") },
		{ "wan0", "tcp " S "FA seq 501 ack 101",
		    TO_C("FA seq 501 ack 101") },
		{ "wait", "44900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.closed 90, after both sides have closed", PASS, {
		OPEN,
		{ "lan0", "tcp " C "FA seq 101 ack 501",
		    TO_S("FA seq 101 ack 501") },
		{ "wan0", "tcp " S "FA seq 501 ack 102",
		    TO_C("FA seq 501 ack 102") },
		{ "lan0", "tcp " C "A seq 102 ack 502",
		    TO_S("A seq 102 ack 502") },
		{ "wait", "89900", "2" }, { "wait", "1200", "0" } } },
	{ "tcp.closed 90, after a reset", PASS, {
		OPEN,
		{ "wan0", "tcp " S "R seq 501", TO_C("R seq 501 ack 0") },
		{ "wait", "89900", "2" }, { "wait", "1200", "0" } } },
	{ "icmp.first 20, and icmp.error 10 once both have spoken", PASS, {
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 5",
		    "wan0 icmp 10.0.0.2 > 198.51.100.80 8/0 id 5" },
		{ "wait", "19900", "2" }, { "wait", "1200", "0" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 5",
		    "wan0 icmp 10.0.0.2 > 198.51.100.80 8/0 id 5" },
		{ "wan0", "icmp 198.51.100.80 > 10.0.0.2 0/0 id 5",
		    "lan0 icmp 198.51.100.80 > 10.0.0.2 0/0 id 5" },
		{ "wait", "9900", "2" }, { "wait", "1200", "0" } } },
	{ "set timeout, and timeouts of a rule", NET
	    "set timeout udp.first 7\npass\n"
	    "pass proto udp to port 81 keep state (udp.first 3)\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:80", NULL },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:81", NULL },
		{ "wait", "2900", "4" }, { "wait", "1200", "2" },
		{ "wait", "2800", "2" }, { "wait", "1200", "0" } } },
	{ "a reload with another timeout moves old states too", PASS, {
		UDP_OUT,
		{ "load", NET "set timeout udp.first 300\npass\n", "2" },
		{ "wait", "299900", "2" }, { "wait", "1200", "0" } } },
	{ "adaptive: half-open ones shrink, others never", NET
	    "set timeout { adaptive.start 2, adaptive.end 10 }\npass\n", {
		OPEN,
		{ "wait", "1", "2" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:80", NULL },
		{ "lan0", "udp 10.0.0.2:2 > 198.51.100.80:80", NULL },
		/* 6 states: half of the way, so half of 60 s; 4: 45 s */
		{ "wait", "29000", "6" }, { "wait", "2200", "4" },
		{ "wait", "13000", "4" }, { "wait", "2000", "2" },
		{ "wait", "86350000", "2" }, { "wait", "6000", "0" } } },
	{ "segments outside of the windows", PASS, {
		OPEN,
		{ "wan0", "tcp " S "A seq 1501 ack 101 len 100",
		    "drop state-mismatch" },
		{ "wan0", "tcp " S "A seq 501 ack 9101 len 1",
		    "drop state-mismatch" },
		{ "lan0", "tcp " C "A seq 2102 ack 501 len 1",
		    "drop state-mismatch" },
		{ "lan0", "tcp " C "A seq 101 ack 4294900000 len 1",
		    "drop state-mismatch" },
		{ "wan0", "tcp " S "A seq 501 ack 101 len 1000",
		    TO_C("A seq 501 ack 101 len 1000") },
		{ "lan0", "tcp " C "A seq 101 ack 1501 len 1",
		    TO_S("A seq 101 ack 1501 len 1") },
		{ "count", "state-mismatch", "4" } } },
	{ "a reset must be exact; one in the window is challenged", PASS, {
		OPEN,
		{ "wan0", "tcp " S "R seq 600",
		    "drop challenge-ack | wan0 tcp " C "A seq 101 ack 501" },
		{ "wan0", "tcp " S "R seq 999999", "drop state-mismatch" },
		{ "state", "0", "all tcp 198.51.100.80:80 <- 10.0.0.2:1000"
		    "       4:4" },
		{ "wan0", "tcp " S "R seq 501", TO_C("R seq 501 ack 0") },
		{ "state", "0", "all tcp 198.51.100.80:80 <- 10.0.0.2:1000"
		    "       10:10" } } },
	{ "a server that still has an older connection is reset", NET
	    "nat on wan0 from 10.0.0.0/24 to any -> (wan0) port 60000\n"
	    "pass\n", {
		{ "lan0", "tcp " C "S seq 100 win 1000",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 S seq 100 "
		    "ack 0" },
		{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 A "
		    "seq 77000 ack 4000000000 win 1000",
		    "drop state-mismatch | wan0 tcp 198.51.100.1:60000 > "
		    "198.51.100.80:80 R seq 4000000000 ack 0" },
		{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 RA "
		    "seq 77000 ack 4000000000", "drop state-mismatch" },
	} },
	{ "a syn on a live connection is challenged", PASS, {
		OPEN,
		{ "lan0", "tcp " C "S seq 7777",
		    "drop challenge-ack | lan0 tcp " S "A seq 501 ack 101" },
		{ "state", "0", "all tcp 198.51.100.80:80 <- 10.0.0.2:1000"
		    "       4:4" } } },
	{ "what ends goes on time, however long it was there",
	    "set timeout tcp.closed 5\n" PASS, {
		OPEN,
		{ "wait", "300000", "2" },
		{ "lan0", "tcp " C "R seq 101", TO_S("R seq 101 ack 0") },
		{ "wait", "4000", "2" },
		{ "wait", "3000", "0" } } },
	{ "a new connection with the ports of one that ended, beside others",
	    PASS, {
		{ "lan0", "udp 10.0.0.2:9 > 198.51.100.80:9", NULL },
		{ "lan0", "udp 10.0.0.2:8 > 198.51.100.80:9", NULL },
		OPEN,
		{ "lan0", "tcp " C "FA seq 101 ack 501",
		    TO_S("FA seq 101 ack 501") },
		{ "wan0", "tcp " S "FA seq 501 ack 102",
		    TO_C("FA seq 501 ack 102") },
		{ "lan0", "tcp " C "A seq 102 ack 502",
		    TO_S("A seq 102 ack 502") },
		{ "wait", "0", "6" },
		{ "lan0", "tcp " C "S seq 900000",
		    TO_S("S seq 900000 ack 0") },
		{ "wan0", "tcp " S "SA seq 7 ack 900001",
		    TO_C("SA seq 7 ack 900001") },
		{ "wait", "0", "6" } } },
	{ "a first segment without syn finds no rule: no state, as pf", PASS, {
		{ "lan0", "tcp " C "A seq 100 ack 5",
		    TO_S("A seq 100 ack 5") },
		{ "wait", "1", "0" } } },
	{ "flags any picks connections up", NET "pass flags any\n", {
		{ "lan0", "tcp " C "A seq 100 ack 5 len 3",
		    TO_S("A seq 100 ack 5 len 3") },
		{ "wan0", "tcp " S "A seq 5 ack 103 len 3",
		    TO_C("A seq 5 ack 103 len 3") },
		{ "wait", "100", "2" },
		{ "state", "1", "all tcp 10.0.0.2:1000 -> 198.51.100.80:80"
		    "       4:4" } } },
	{ "sloppy passes what the windows would not", NET
	    "pass keep state (sloppy)\n", {
		OPEN,
		{ "wan0", "tcp " S "A seq 900000 ack 101 len 100",
		    TO_C("A seq 900000 ack 101 len 100") } } },
	{ "window scales count if both sides have them", PASS, {
		{ "lan0", "tcp " C "S seq 100 win 1000 wscale 4",
		    TO_S("S seq 100 ack 0") },
		{ "wan0", "tcp " S "SA seq 500 ack 101 win 2000 wscale 0",
		    TO_C("SA seq 500 ack 101") },
		{ "lan0", "tcp " C "A seq 101 ack 501 win 1000",
		    TO_S("A seq 101 ack 501") },
		{ "wan0", "tcp " S "A seq 16401 ack 101 len 100",
		    TO_C("A seq 16401 ack 101 len 100") },
		{ "wan0", "tcp " S "A seq 16501 ack 101 len 100",
		    "drop state-mismatch" } } },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

Suite *
suite_flowtime(void)
{
	Suite *s = suite_create("flowtime");
	TCase *tc = tcase_create("scenarios");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	suite_add_tcase(s, tc);
	return s;
}
