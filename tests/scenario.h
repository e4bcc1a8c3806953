/* SPDX-License-Identifier: ISC */
/*
 * Scenarios: a ruleset, and what happens in order, as rows of a table.
 *
 *	does	what			expects
 *	IFACE	a packet in words	what comes out (harness_in())
 *	"in IFACE", "out IFACE"		the same in host mode
 *	"again IFACE"			harness_again()
 *	"socket" harness_socket()'s	how often the host was asked till then
 *	"asked"	""			the same
 *	"from"	"UID GID", or "nobody"	packets out come from a socket of theirs
 *	"way"	harness_way()'s
 *	"comes"	"local", "forwarded", or "way N": what is known of packets out
 *	"prio"	number			packets come with this priority
 *	"wait"	milliseconds		number of states then
 *	"state"	number			the state's line
 *	"load"	a ruleset		number of states then
 *	"ifs"	interfaces		number of states then, a second later
 *	"count"	name of a reason	how often it was counted
 *
 * In what comes out `?' stands for any number; a NULL expects nothing special.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include "tests/harness.h"

#define SCENARIO_STEPS 40

/*
 * The network of most scenarios: a LAN of 10.0.0.0/@plen, and two ways out of
 * it; @options are words of the interface statement, each with a blank behind.
 */
#define IF_LAN0(plen) "interface lan0 tun address 10.0.0.1/" plen \
	" address 2001:db8:1::1/64\n"
#define IF_WAN0(options) "interface wan0 tun " options \
	"address 198.51.100.1/24 address 2001:db8:2::1/64\n"
#define IF_ALT0 "interface alt0 tun address 192.0.2.1/24\n"

struct step {
	const char *does, *what, *expects;
};

struct scenario {
	const char *name, *rules;
	struct step steps[SCENARIO_STEPS];
};

/* scenario_run() - Play it; a difference fails the test with name and row. */
void scenario_run(const struct scenario *);

/* scenario_run_host() - The same in host mode. */
void scenario_run_host(const struct scenario *);

/*
 * scenario_run_through() - In host mode, where both halves of a packet may be
 * decided when it comes in: it then comes out of the other interface.
 */
void scenario_run_through(const struct scenario *);

#endif
