/* SPDX-License-Identifier: ISC */
/*
 * Many packets: duplicates, budgets, limits, changes, random traffic, threads.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"
#include "tests/scenario.h"
#include "tests/rnd.h"

Suite *suite_flowmany(void);

#define NET IF_LAN0("8") IF_WAN0("")
#define NET2 NET "interface wan1 tun address 203.0.113.1/24\n"

static struct harness h;

static const struct scenario scenarios[] = {
	{ "an address that goes takes the states that borrowed it", NET
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) port 60000\n"
	    "pass\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53" },
		{ "wait", "1", "4" },
		{ "ifs", "interface lan0 tun address 10.0.0.1/8 "
		    "address 2001:db8:1::1/64\n"
		    "interface wan0 tun address 198.51.100.2/24 "
		    "address 2001:db8:2::1/64\n", "2" },
		{ "count", "interface-gone", "1" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.2:60000 > 198.51.100.80:53" },
	} },
	{ "an interface that goes takes the states bound to it",
	    "interface lan0 tun address 10.0.0.1/8\n"
	    "interface lan1 tun address 192.168.0.1/24\n"
	    "interface wan0 tun address 198.51.100.1/24\n"
	    "pass keep state (if-bound)\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.168.0.80:53",
		    "lan1 udp 10.0.0.2:1 > 192.168.0.80:53" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "state", "0", "lan0 udp 192.168.0.80:53 <- 10.0.0.2:1"
		    "       0:1" },
		{ "state", "1", "lan1 udp 10.0.0.2:1 -> 192.168.0.80:53"
		    "       1:0" },
		{ "ifs", "interface lan0 tun address 10.0.0.1/8\n"
		    "interface lan1 tun address 192.168.0.1/24\n", "2" },
		{ "count", "interface-gone", "1" },
	} },
	{ "if-bound: not by another interface", NET2
	    "block\npass in on lan0 keep state (if-bound)\n"
	    "pass out keep state (if-bound)\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "wan1", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "drop match" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
	} },
	{ "another route: the out half is decided anew", NET2
	    "route 192.0.2.0/24 via 198.51.100.9\n"
	    "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) port 60000\n"
	    "nat on wan1 inet from 10.0.0.0/8 to any -> (wan1) port 60000\n"
	    "pass\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan0 udp 198.51.100.1:60000 > 192.0.2.80:53" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan0 udp 198.51.100.1:60000 > 192.0.2.80:53" },
		{ "ifs", NET2 "route 192.0.2.0/24 via 203.0.113.9\n", "2" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan1 udp 203.0.113.1:60000 > 192.0.2.80:53" },
		{ "wan1", "udp 192.0.2.80:53 > 203.0.113.1:60000",
		    "lan0 udp 192.0.2.80:53 > 10.0.0.2:1" },
		{ "wait", "1", "2" },
		{ "state", "1", "all udp 203.0.113.1:60000 (10.0.0.2:1) -> "
		    "192.0.2.80:53       2:1" },
	} },
	{ "another route, and rules that ask for the in half's tag", NET2
	    "route 192.0.2.0/24 via 198.51.100.9\n"
	    "block\npass in on lan0 tag GOOD\n"
	    "pass out tagged GOOD tag SENT\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan0 udp 10.0.0.2:1 > 192.0.2.80:53" },
		{ "ifs", NET2 "route 192.0.2.0/24 via 203.0.113.9\n", "2" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.80:53" },
		{ "ifs", NET2 "route 192.0.2.0/24 via 198.51.100.9\n", "2" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.80:53",
		    "wan0 udp 10.0.0.2:1 > 192.0.2.80:53" },
		{ "wait", "1", "2" },
	} },
	{ "another way back is just taken", NET2
	    "route 192.0.2.0/24 via 198.51.100.9\n"
	    "rdr on wan0 inet proto udp to (wan0) port 53 -> 10.0.0.2\n"
	    "pass\n", {
		{ "wan0", "udp 192.0.2.80:9 > 198.51.100.1:53",
		    "lan0 udp 192.0.2.80:9 > 10.0.0.2:53" },
		{ "ifs", NET2 "route 192.0.2.0/24 via 203.0.113.9\n", "2" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.80:9",
		    "wan1 udp 198.51.100.1:53 > 192.0.2.80:9" },
	} },
	{ "the table is full: half-open states go, others never", NET
	    "set limit states 4\npass\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53", NULL },
		{ "lan0", "udp 10.0.0.2:2 > 198.51.100.80:53", NULL },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "lan0", "udp 10.0.0.2:3 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:3 > 198.51.100.80:53" },
		{ "wait", "1", "4" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:3",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:3" },
		{ "lan0", "udp 10.0.0.2:4 > 198.51.100.80:53",
		    "drop memory" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:3",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:3" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

START_TEST(test_duplicates)
{
	const char *text[BURST_MAX];
	struct engine_counters c;
	unsigned i;

	harness_new(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0)"
	    "\npass\n");
	for (i = 0; i < BURST_MAX; i++)
		text[i] = "udp 10.0.0.2:1 > 198.51.100.80:53";
	harness_burst(&h, "lan0", text, BURST_MAX);
	harness_burst(&h, "lan0", text, BURST_MAX);
	engine_counters(h.engine, &c);
	ck_assert_uint_eq(c.forwarded, 2 * BURST_MAX);
	ck_assert_uint_eq(c.inserts, 2);
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_free(&h);
}
END_TEST

/* Not even for a moment is there a second state that a limit could refuse. */
START_TEST(test_duplicates_limited)
{
	const char *text[BURST_MAX];
	struct engine_counters c;
	unsigned i;

	harness_new(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0)"
	    "\npass in\npass out on wan0 keep state (max 2)\n");
	for (i = 0; i < BURST_MAX; i++)
		text[i] = i % 2 ? "udp 10.0.0.2:1 > 198.51.100.80:53" :
		    "udp 10.0.0.2:2 > 198.51.100.80:53";
	harness_burst(&h, "lan0", text, BURST_MAX);
	engine_counters(h.engine, &c);
	ck_assert_uint_eq(c.forwarded, BURST_MAX);
	ck_assert_uint_eq(c.inserts, 4);
	ck_assert_uint_eq(harness_reason(&h, REASON_MAXSTATES), 0);
	harness_free(&h);
}
END_TEST

START_TEST(test_budget)
{
	const char *text[BURST_MAX] = {
		"udp 10.0.0.2:1 > 198.51.100.80:53",
		"udp 10.0.0.2:2 > 198.51.100.80:53",
		"udp 10.0.0.2:3 > 198.51.100.80:53",
		"udp 10.0.0.2:4 > 198.51.100.80:53",
	};

	harness_new_with(&h, NET "pass\n",
	    &(struct harness_options){ .new_budget = 2 });
	harness_burst(&h, "lan0", text, 4);
	ck_assert_uint_eq(h.nout, 2);
	ck_assert_uint_eq(harness_reason(&h, REASON_BUDGET), 2);
	harness_burst(&h, "lan0", text, 4);
	ck_assert_uint_eq(h.nout, 4);
	harness_free(&h);
}
END_TEST

/* Packets of a state count for all its rules, at the latest when it ends. */
START_TEST(test_counters)
{
	struct rule_counters c[3];
	struct iface_counters ic;
	unsigned i;

	harness_new(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0)"
	    " port 60000\nmatch out on wan0\npass\n");
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53 len 72",
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53 len 72");
	ck_in(&h, "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000 len 172",
	    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1 len 172");
	harness_wait(&h, 100000);
	ck_assert_uint_eq(harness_states(&h), 0);
	for (i = 0; i < 3; i++)
		engine_rule_counters(h.engine,
		    program_rule(h.program, i)->row, &c[i]);
	/* nat and match: the out half; pass: both */
	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(c[i].packets[DIR_OUT], 1);
		ck_assert_uint_eq(c[i].bytes[DIR_OUT], 100);
		ck_assert_uint_eq(c[i].packets[DIR_IN], 1);
		ck_assert_uint_eq(c[i].bytes[DIR_IN], 200);
		ck_assert_uint_eq(c[i].created, 1);
	}
	ck_assert_uint_eq(c[2].packets[DIR_IN], 2);
	ck_assert_uint_eq(c[2].packets[DIR_OUT], 2);
	ck_assert_uint_eq(c[2].created, 2);
	ck_assert_uint_eq(c[2].states, 0);
	engine_iface_counters(h.engine, 2, &ic);
	ck_assert_uint_eq(ic.packets[DIR_IN][0][0], 1);
	ck_assert_uint_eq(ic.bytes[DIR_OUT][0][0], 100);
	engine_clear_iface_counters(h.engine, 2);
	engine_iface_counters(h.engine, 2, &ic);
	ck_assert_uint_eq(ic.packets[DIR_IN][0][0], 0);
	ck_assert_uint_eq(ic.bytes[DIR_OUT][0][0], 0);
	engine_iface_counters(h.engine, 1, &ic);
	ck_assert_uint_eq(ic.packets[DIR_IN][0][0], 1);
	engine_clear_rule_counters(h.engine);
	engine_rule_counters(h.engine, program_rule(h.program, 2)->row, c);
	ck_assert_uint_eq(c[0].packets[DIR_IN], 0);
	harness_free(&h);
}
END_TEST

START_TEST(test_kill)
{
	struct engine_cmd cmd = { .kind = CMD_KILL };
	struct state_view v[2];

	harness_new(&h, NET "pass\n");
	harness_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53");
	ck_assert_uint_eq(view_record(h.engine, 0, h.now, h.wall, v), 2);
	cmd.index = (uint32_t)v[0].id;
	cmd.id = v[0].id ^ (UINT64_C(1) << 40);
	ck_assert_int_eq(engine_command(h.worker, &cmd), 0);
	harness_wait(&h, 100);
	ck_assert_uint_eq(harness_states(&h), 2);
	cmd.id = v[0].id;
	ck_assert_int_eq(engine_command(h.worker, &cmd), 0);
	ck_assert_uint_ne(engine_commands(h.worker),
	    engine_commands_done(h.worker));
	harness_wait(&h, 100);
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_assert_uint_eq(engine_commands(h.worker),
	    engine_commands_done(h.worker));
	harness_free(&h);
}
END_TEST

/* Another thread has lost its processor within the line. */
START_TEST(test_kill_busy)
{
	struct engine_cmd cmd = { .kind = CMD_KILL };
	struct state_view v[2];
	struct line *l;

	harness_new(&h, NET "pass\n");
	harness_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53");
	ck_assert_uint_eq(view_record(h.engine, 0, h.now, h.wall, v), 2);
	cmd.index = (uint32_t)v[0].id;
	cmd.id = v[0].id;
	l = arena_line(h.arena, cmd.index * 2 + 1);
	ck_assert_int_eq(seq_enter(&l->seq), 1);
	ck_assert_int_eq(engine_command(h.worker, &cmd), 0);
	harness_wait(&h, 300);
	ck_assert_uint_ne(engine_commands(h.worker),
	    engine_commands_done(h.worker));
	seq_leave(&l->seq);
	harness_wait(&h, 100);
	ck_assert_uint_eq(engine_commands(h.worker),
	    engine_commands_done(h.worker));
	ck_assert_uint_eq(harness_states(&h), 0);
	harness_free(&h);
}
END_TEST

START_TEST(test_disabled)
{
	harness_new(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> (wan0)"
	    "\nblock\n");
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53", "drop match");
	ck_assert_int_eq(engine_set_enabled(h.engine, false), 0);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53");
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_assert_int_eq(engine_set_enabled(h.engine, true), 0);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53", "drop match");
	harness_restart(&h, NET "block\npass out on wan0 tagged BAD no state\n"
	    "pass out on wan0 tagged GOOD no state\n"
	    "pass in on lan0 tag GOOD\n");
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53");
	harness_free(&h);
}
END_TEST

/*
 * An own address that went while no engine ran ends what borrowed it; one that
 * an interface has got instead is another one, and what stayed, stays.
 */
START_TEST(test_restart_address)
{
	static const char rules[] = "nat on wan0 inet proto udp from "
	    "10.0.0.0/8 to any -> (wan0) port 60000\n"
	    "nat on wan0 inet proto tcp from 10.0.0.0/8 to any -> "
	    "198.51.100.9\npass\n";
	static const char moved[] = "interface lan0 tun address 10.0.0.1/24\n"
	    "interface wan0 tun address 198.51.100.7/24\n";
	char text[512];

	snprintf(text, sizeof(text), "%s%s", NET, rules);
	harness_new(&h, text);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53");
	harness_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 1");
	harness_restart(&h, text);
	harness_wait(&h, 200);
	ck_assert_uint_eq(harness_states(&h), 4);
	snprintf(text, sizeof(text), "%s%s", moved, rules);
	harness_restart(&h, text);
	harness_wait(&h, 200);
	ck_assert_uint_eq(harness_reason(&h, REASON_IFDOWN), 1);
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_free(&h);
}
END_TEST

/* What ended while no engine ran has ended, and no packet wakes it. */
START_TEST(test_restart_late)
{
	harness_new(&h, NET "pass\n");
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53");
	h.now += 61000;		/* udp.first */
	harness_restart(&h, NET "block\n");
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_wait(&h, 100);
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_in(&h, "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1", "drop match");
	harness_free(&h);
}
END_TEST

/* TCP goes on unseen, by more than any window; then it is followed again. */
START_TEST(test_disabled_tcp)
{
	static const char *const rows[][3] = {
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 100",
		    "wan0 tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 100 ack 0" },
		{ "wan0", "tcp 198.51.100.80:80 > 10.0.0.2:1 SA seq 500 "
		    "ack 101", "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1 SA "
		    "seq 500 ack 101" },
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 101 "
		    "ack 501", "wan0 tcp 10.0.0.2:1 > 198.51.100.80:80 A "
		    "seq 101 ack 501" },
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 9000101 "
		    "ack 7000501", "drop state-mismatch" },
		{ NULL, NULL, NULL },
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 9000101 "
		    "ack 7000501", "wan0 tcp 10.0.0.2:1 > 198.51.100.80:80 A "
		    "seq 9000101 ack 7000501" },
		{ "wan0", "tcp 198.51.100.80:80 > 10.0.0.2:1 A seq 7000501 "
		    "ack 9000101", "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1 A "
		    "seq 7000501 ack 9000101" },
		{ "wan0", "tcp 198.51.100.80:80 > 10.0.0.2:1 A seq 7000501 "
		    "ack 8", "drop state-mismatch" },
	};
	size_t i;

	harness_new(&h, NET "pass\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i][0] != NULL) {
			ck_in(&h, rows[i][0], rows[i][1], rows[i][2]);
			continue;
		}
		ck_assert_int_eq(engine_set_enabled(h.engine, false), 0);
		ck_assert_int_eq(engine_set_enabled(h.engine, true), 0);
		harness_wait(&h, 200);
	}
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_free(&h);
}
END_TEST

/* Host mode: each half by itself; the kernel routes. */
START_TEST(test_host)
{
	harness_new_with(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> "
	    "(wan0) port 60000\npass\n", &(struct harness_options){
	    .host = true });
	ck_assert_str_eq(harness_dir(&h, "lan0", DIR_IN,
	    "udp 10.0.0.2:1 > 198.51.100.80:53"),
	    "lan0 udp 10.0.0.2:1 > 198.51.100.80:53");
	ck_assert_str_eq(harness_dir(&h, "wan0", DIR_OUT,
	    "udp 10.0.0.2:1 > 198.51.100.80:53"),
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53");
	ck_assert_str_eq(harness_dir(&h, "wan0", DIR_IN,
	    "udp 198.51.100.80:53 > 198.51.100.1:60000"),
	    "wan0 udp 198.51.100.80:53 > 10.0.0.2:1");
	ck_assert_str_eq(harness_dir(&h, "lan0", DIR_OUT,
	    "udp 198.51.100.80:53 > 10.0.0.2:1"),
	    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1");
	ck_assert_str_eq(harness_state(&h, 0),
	    "all udp 198.51.100.80:53 <- 10.0.0.2:1       1:2");
	ck_assert_str_eq(harness_state(&h, 1), "all udp 198.51.100.1:60000 "
	    "(10.0.0.2:1) -> 198.51.100.80:53       2:1");
	harness_free(&h);
}
END_TEST

/* A tag means the same after a restart, however the rules number theirs. */
START_TEST(test_restart_tags)
{
	harness_new(&h, NET "block\npass in on lan0 tag GOOD\n"
	    "pass out on wan0 tagged GOOD no state\n");
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53");
	harness_restart(&h, NET "block\npass out on wan0 tagged BAD no state\n"
	    "pass in on lan0 tag GOOD\n");
	ck_assert_uint_eq(harness_states(&h), 1);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53", "drop match");
	harness_free(&h);
}
END_TEST

/* The states, their rules and what these change outlive the engine. */
START_TEST(test_restart)
{
	static const char rules[] = NET "nat on wan0 inet from 10.0.0.0/8 to "
	    "any -> (wan0) port 60000\nmatch out on wan0 set tos 0x28\n"
	    "pass keep state (udp.single 200)\n";
	struct rule_counters c;

	harness_new(&h, rules);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53");
	ck_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 100",
	    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 S seq 100 ack 0");
	ck_in(&h, "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 SA "
	    "seq 500 ack 101",
	    "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1 SA seq 500 ack 101");
	harness_restart(&h, rules);
	ck_assert_uint_eq(harness_states(&h), 4);
	engine_rule_counters(h.engine, program_rule(h.program, 2)->row, &c);
	ck_assert_uint_eq(c.states, 4);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53");
	ck_assert_uint_eq(h.out[0].b.b[1], 0x28);
	ck_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 101 "
	    "ack 501 len 5", "wan0 tcp 198.51.100.1:60000 > "
	    "198.51.100.80:80 A seq 101 ack 501 len 5");
	harness_wait(&h, 190000);
	ck_assert_uint_eq(harness_states(&h), 4);
	harness_wait(&h, 12000);
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_restart(&h, NET "block\n");
	ck_in(&h, "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 A "
	    "seq 501 ack 106 len 7",
	    "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1 A seq 501 ack 106 len 7");
	harness_wait(&h, 86402000);
	ck_assert_uint_eq(harness_states(&h), 0);
	harness_free(&h);
}
END_TEST

/* Random traffic */

#define TRAFFIC_RULES NET \
	"nat on wan0 inet from 10.0.0.0/8 to any -> (wan0) port 60000:60063\n" \
	"rdr on wan0 inet proto { tcp udp } from any to (wan0) port 80:99 " \
	"-> 10.0.0.3 port 8000:*\n" \
	"binat on wan0 from 10.0.0.9 to any -> 198.51.100.9\n" \
	"pass\nblock in on wan0 proto udp from any to any port 7\n"

static void
random_packet(uint64_t *seed, char *text, size_t len, const char **iface)
{
	static const char *const tcp[] = { "S", "S", "A", "SA", "FA", "R" };
	unsigned r = (unsigned)test_random(seed), kind = r % 8;
	unsigned c = 2 + r / 8 % 8, s = 80 + r / 64 % 3;
	unsigned sp = 1000 + r / 256 % 4, dp = 5 + r / 1024 % 3;

	*iface = kind < 6 ? "lan0" : "wan0";
	if (kind < 3)
		snprintf(text, len, "udp 10.0.0.%u:%u > 198.51.100.%u:%u "
		    "len %u", c, sp, s, dp, r / 4096 % 64);
	else if (kind < 5)
		snprintf(text, len, "tcp 10.0.0.%u:%u > 198.51.100.%u:%u %s "
		    "seq %u ack %u len %u", c, sp, s, dp,
		    tcp[r / 4096 % 6], r / 65536 % 100, r / 65536 % 7,
		    r % 2 ? 0 : r / 65536 % 50);
	else if (kind == 5)
		snprintf(text, len, "icmp 10.0.0.%u > 198.51.100.%u 8/0 id %u",
		    c, s, sp);
	else if (kind == 6)
		snprintf(text, len, "udp 198.51.100.%u:%u > 198.51.100.1:%u",
		    s, sp, 80 + dp);
	else
		snprintf(text, len, "udp 198.51.100.%u:%u > 198.51.100.%u:%u",
		    s, dp, r & 4096 ? 1 : 9, 60000 + r / 8192 % 64);
}

/* The packet that answers this one. */
static void
turn_round(const struct pkt *b, struct pkt *r)
{
	uint8_t *p = r->b;

	memcpy(p, b->b, b->len);
	r->len = b->len;
	memcpy(p + 12, b->b + 16, 4);
	memcpy(p + 16, b->b + 12, 4);
	if (p[9] == 1) {
		p[20] = 0; /* echo reply: 0x0800 less in the sum */
		p[22] = (uint8_t)(p[22] + 8 < 256 ? p[22] + 8 :
		    p[22] + 8 - 256);
		if (p[22] < 8 && ++p[23] == 0)
			p[22]++;
		return;
	}
	memcpy(p + 20, b->b + 22, 2);
	memcpy(p + 22, b->b + 20, 2);
}

/*
 * What answers the packet that came out comes back as what answers the one
 * that went in: translation undone is the identity.
 */
START_TEST(test_there_and_back)
{
	static struct pkt in, back, want;
	uint64_t first = test_seed(1), seed = first;
	unsigned i, forwarded = 0;
	const char *iface;
	char text[128];

	harness_new(&h, TRAFFIC_RULES);
	for (i = 0; i < 4000; i++) {
		do
			random_packet(&seed, text, sizeof(text), &iface);
		while (strncmp(text, "tcp", 3) == 0);
		pkt_read(&in, text);
		harness_packet(&h, iface, &in);
		if (h.fate != FATE_SEND)
			continue;
		forwarded++;
		turn_round(&h.out[0].b, &back);
		turn_round(&in, &want);
		snprintf(text, sizeof(text), "%s", h.out[0].iface);
		harness_packet(&h, text, &back);
		ck_assert_msg(h.nout == 1 && h.out[0].b.len == want.len &&
		    memcmp(h.out[0].b.b + 12, want.b + 12, want.len - 12) ==
		    0, "seed %llu, packet %u: %s", (unsigned long long)first,
		    i, harness_packet(&h, text, &back));
		if (i % 64 == 0)
			harness_wait(&h, 5000);
	}
	ck_assert_uint_gt(forwarded, 1000);
	harness_free(&h);
}
END_TEST

/* No two states have a key in common, whatever happened. */
static void
check_keys(uint64_t seed, unsigned step)
{
	struct state_view v[256];
	unsigned n = 0, i, j;
	uint32_t index;

	for (index = 0; index < view_limit(h.engine) && n < 254; index++)
		n += view_record(h.engine, index, h.now, h.wall, v + n);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			ck_assert_msg(v[i].proto != v[j].proto ||
			    v[i].dir != v[j].dir ||
			    memcmp(v[i].wire, v[j].wire, sizeof(v[i].wire)) !=
			    0 || memcmp(v[i].stack, v[j].stack,
			    sizeof(v[i].stack)) != 0 || v[i].id == v[j].id,
			    "seed %llu, step %u: two states %llx, %llx",
			    (unsigned long long)seed, step,
			    (unsigned long long)v[i].id,
			    (unsigned long long)v[j].id);
}

static uint64_t
mix(uint64_t sum, const void *p, size_t len)
{
	const uint8_t *b = p;

	while (len-- > 0)
		sum = (sum ^ *b++) * UINT64_C(0x100000001b3);
	return sum;
}

/* Random traffic, time and reloads; Return: a sum of all that came out. */
static uint64_t
traffic(uint64_t first, unsigned steps, uint8_t key)
{
	uint64_t seed = first, sum = 0;
	const char *iface;
	char text[128];
	unsigned i, k;

	harness_new_with(&h, TRAFFIC_RULES,
	    &(struct harness_options){ .seed = key });
	for (i = 0; i < steps; i++) {
		random_packet(&seed, text, sizeof(text), &iface);
		harness_in(&h, iface, text);
		for (k = 0; k < h.nout; k++)
			sum = mix(sum, h.out[k].b.b, h.out[k].b.len);
		if (test_random(&seed) % 32 == 0)
			harness_wait(&h, test_random(&seed) % 20000);
		if (i % 256 == 255) {
			check_keys(first, i);
			harness_load(&h, TRAFFIC_RULES);
		}
	}
	harness_wait(&h, 90000000);
	ck_assert_uint_eq(harness_states(&h), 0);
	for (k = 0; k < program_nrules(h.program); k++)
		ck_assert_uint_eq(registry_states(h.arena,
		    program_rule(h.program, k)->row), 0);
	harness_free(&h);
	return sum;
}

START_TEST(test_traffic)
{
	uint64_t seed = test_seed(7 + (uint64_t)_i), sum;

	sum = traffic(seed, 3000, 0);
	ck_assert_uint_eq(traffic(seed, 3000, 0), sum);
	ck_assert_uint_ne(traffic(seed, 3000, 1), sum);
}
END_TEST

/* Threads */

#define THREADS 2
#define FLOWS 64
#define ROUNDS 400

static uint16_t mapped[FLOWS]; /* outside port, 0: not known yet */
static unsigned lost[THREADS];

static void
udp_packet(struct pkt *p, const char *src, unsigned sport, const char *dst,
    unsigned dport)
{
	char text[128];

	snprintf(text, sizeof(text), "udp %s:%u > %s:%u len 8", src, sport,
	    dst, dport);
	pkt_read(p, text);
}

/* Both threads send both sides of all connections. */
static void *
thread(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, i, k, port;
	struct worker *w = engine_worker(h.engine, me);
	struct pkt *buf = calloc(BURST_MAX, sizeof(*buf));
	struct packet p[BURST_MAX], *v[BURST_MAX];
	uint64_t now = h.now;

	for (i = 0; i < ROUNDS; i++) {
		memset(p, 0, sizeof(p));
		for (k = 0; k < BURST_MAX; k++) {
			unsigned flow = (i * 7 + k + me) % FLOWS;

			port = __atomic_load_n(&mapped[flow],
			    __ATOMIC_RELAXED);
			p[k].ifidx = k % 2 != 0 && port != 0 ? 2 : 1;
			if (p[k].ifidx == 1)
				udp_packet(&buf[k], "10.0.0.2", 1000 + flow,
				    "198.51.100.80", 53);
			else
				udp_packet(&buf[k], "198.51.100.80", 53,
				    "198.51.100.1", port);
			p[k].data = buf[k].b;
			p[k].len = buf[k].len;
			p[k].cookie = flow;
			v[k] = &p[k];
		}
		engine_burst(w, v, BURST_MAX, now, h.wall);
		for (k = 0; k < BURST_MAX; k++) {
			if (p[k].fate != FATE_SEND) {
				lost[me]++;
				continue;
			}
			if (p[k].ifidx == 1)
				__atomic_store_n(&mapped[p[k].cookie],
				    (uint16_t)(p[k].data[20] << 8 |
				    p[k].data[21]), __ATOMIC_RELAXED);
		}
		now += 10;
		engine_tick(w, now, h.wall);
	}
	free(buf);
	return NULL;
}

START_TEST(test_threads)
{
	pthread_t t[THREADS];
	struct engine_counters c;
	struct state_view v[2];
	unsigned i;
	uint32_t index;

	harness_new_with(&h, NET "nat on wan0 inet from 10.0.0.0/8 to any -> "
	    "(wan0)\npass\n", &(struct harness_options){ .workers = THREADS });
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, thread,
		    (void *)(uintptr_t)i), 0);
	for (i = 0; i < 50; i++) { /* control looks on, and reloads */
		for (index = 0; index < view_limit(h.engine); index++)
			(void)view_record(h.engine, index, h.now, h.wall, v);
		ck_assert_int_eq(engine_set_enabled(h.engine, true), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	engine_counters(h.engine, &c);
	ck_assert_uint_eq(c.in, THREADS * ROUNDS * BURST_MAX);
	ck_assert_uint_eq(c.in, c.forwarded + c.dropped + c.consumed);
	ck_assert_uint_eq(harness_states(&h), 2 * FLOWS);
	ck_assert_uint_eq(c.inserts, 2 * FLOWS);
	/* a thread that loses its processor inside a line may cost a few */
	ck_assert_uint_eq(lost[0] + lost[1], c.reason[REASON_CONGEST]);
	ck_assert_uint_lt(lost[0] + lost[1], c.in / 100);
	harness_free(&h);
}
END_TEST

Suite *
suite_flowmany(void)
{
	Suite *s = suite_create("flowmany");
	TCase *tc = tcase_create("many");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_duplicates);
	tcase_add_test(tc, test_duplicates_limited);
	tcase_add_test(tc, test_budget);
	tcase_add_test(tc, test_counters);
	tcase_add_test(tc, test_kill);
	tcase_add_test(tc, test_kill_busy);
	tcase_add_test(tc, test_disabled);
	tcase_add_test(tc, test_disabled_tcp);
	tcase_add_test(tc, test_host);
	tcase_add_test(tc, test_restart);
	tcase_add_test(tc, test_restart_tags);
	tcase_add_test(tc, test_restart_address);
	tcase_add_test(tc, test_restart_late);
	tcase_add_test(tc, test_there_and_back);
	tcase_add_loop_test(tc, test_traffic, 0, 2);
	tcase_add_test(tc, test_threads);
	suite_add_tcase(s, tc);
	return s;
}
