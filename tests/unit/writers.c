/* SPDX-License-Identifier: ISC */
/*
 * A writer that stays in a line, as one does that loses its processor there:
 * packets do not wait for it for ever, and a change of routes reaches the
 * line all the same.
 */
#include <check.h>

#include "engine/arena.h"
#include "engine/fast/atomic.h"
#include "tests/harness.h"

Suite *suite_writers(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/8\n" \
	"interface wan0 tun address 198.51.100.1/24\n" \
	"interface wan1 tun address 203.0.113.1/24\n"
#define BY_WAN0 NET "route 192.0.2.0/24 via 198.51.100.9\n"
#define BY_WAN1 NET "route 192.0.2.0/24 via 203.0.113.9\n"
#define UDP "udp 10.0.0.2:1000 > 192.0.2.80:53"
#define UDP_BACK "udp 192.0.2.80:53 > 10.0.0.2:1000"
#define TCP "tcp 10.0.0.2:1000 > 192.0.2.80:80 "
#define TCP_BACK "tcp 192.0.2.80:80 > 10.0.0.2:1000 "

static struct harness h;

/* A line of the only record; side 0 is that of packets from lan0. */
static struct line *
only_line(unsigned side)
{
	uint32_t index, top = arena_top(h.arena);

	for (index = 0; index < top; index++)
		if (arena_line(h.arena, index * 2)->proto != 0)
			return arena_line(h.arena, index * 2 + side);
	ck_abort_msg("no record");
}

static void
hold(struct line *l)
{
	ck_assert(seq_enter(&l->seq));
}

START_TEST(test_udp)
{
	uint64_t drops;

	harness_new(&h, BY_WAN0 "pass\n");
	ck_in(&h, "lan0", UDP, "wan0 " UDP);
	ck_in(&h, "wan0", UDP_BACK, "lan0 " UDP_BACK);
	drops = harness_reason(&h, REASON_CONGEST);
	hold(only_line(0));
	ck_in(&h, "lan0", UDP, "drop congestion");
	ck_in(&h, "wan0", UDP_BACK, "lan0 " UDP_BACK);
	seq_leave(&only_line(0)->seq);
	ck_in(&h, "lan0", UDP, "wan0 " UDP);
	hold(only_line(1));
	ck_in(&h, "wan0", UDP_BACK, "drop congestion");
	ck_in(&h, "lan0", UDP, "wan0 " UDP);
	seq_leave(&only_line(1)->seq);
	ck_in(&h, "wan0", UDP_BACK, "lan0 " UDP_BACK);
	ck_assert_uint_eq(harness_reason(&h, REASON_CONGEST), drops + 2);
	harness_free(&h);
}
END_TEST

/* A segment is judged by both sides, so either line holds it up. */
START_TEST(test_tcp)
{
	unsigned side;

	harness_new(&h, BY_WAN0 "pass\n");
	ck_in(&h, "lan0", TCP "S seq 100", "wan0 " TCP "S seq 100 ack 0");
	ck_in(&h, "wan0", TCP_BACK "SA seq 500 ack 101",
	    "lan0 " TCP_BACK "SA seq 500 ack 101");
	for (side = 0; side < 2; side++) {
		hold(only_line(side));
		ck_in(&h, "lan0", TCP "A seq 101 ack 501", "drop congestion");
		seq_leave(&only_line(side)->seq);
		ck_in(&h, "lan0", TCP "A seq 101 ack 501",
		    "wan0 " TCP "A seq 101 ack 501");
	}
	harness_free(&h);
}
END_TEST

/* The way of a state changes while a writer is in its line. */
START_TEST(test_reroute)
{
	harness_new(&h, BY_WAN0 "pass\n");
	ck_in(&h, "lan0", UDP, "wan0 " UDP);
	hold(only_line(0));
	harness_interfaces(&h, BY_WAN1);
	harness_wait(&h, 1000);
	seq_leave(&only_line(0)->seq);
	harness_wait(&h, 1000);
	ck_in(&h, "lan0", UDP, "wan1 " UDP);
	ck_in(&h, "wan1", UDP_BACK, "lan0 " UDP_BACK);
	harness_free(&h);
}
END_TEST

Suite *
suite_writers(void)
{
	Suite *s = suite_create("writers");
	TCase *tc = tcase_create("writers");

	tcase_add_test(tc, test_udp);
	tcase_add_test(tc, test_tcp);
	tcase_add_test(tc, test_reroute);
	suite_add_tcase(s, tc);
	return s;
}
