/* SPDX-License-Identifier: ISC */
/*
 * SCTP: ports are matched, kept by nat, and changed with the CRC over them.
 */
#include <check.h>

#include "engine/crc32c.h"
#include "tests/scenario.h"

Suite *suite_sctp(void);

#define NET IF_LAN0("24") IF_WAN0("")
#define NAT NET "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)\npass\n"
#define RDR NET "rdr on wan0 inet proto sctp to (wan0) port 2905 -> " \
	"10.0.0.2 port 5000\n" \
	"rdr on wan0 inet6 proto sctp to (wan0) port 2905 -> " \
	"2001:db8:1::2 port 5000\npass\n"

static const struct scenario scenarios[] = {
	{ "nat changes the address and keeps the port", NAT, {
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2905 len 20",
		    "wan0 sctp 198.51.100.1:1000 > 198.51.100.80:2905 "
		    "len 20" },
		{ "wan0", "sctp 198.51.100.80:2905 > 198.51.100.1:1000 id 7 "
		    "len 4", "lan0 sctp 198.51.100.80:2905 > 10.0.0.2:1000 "
		    "len 4" },
		{ "state", "1", "all sctp 198.51.100.1:1000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:2905       2:1" },
		{ "wan0", "sctp 198.51.100.80:2906 > 198.51.100.1:1000",
		    "held" },
	} },
	{ "another client with the port: to another server, or not", NAT, {
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2905",
		    "wan0 sctp 198.51.100.1:1000 > 198.51.100.80:2905" },
		{ "lan0", "sctp 10.0.0.3:1000 > 198.51.100.80:2905",
		    "drop translate" },
		{ "lan0", "sctp 10.0.0.3:1000 > 198.51.100.81:2905",
		    "wan0 sctp 198.51.100.1:1000 > 198.51.100.81:2905" },
		{ "lan0", "sctp 10.0.0.3:1001 > 198.51.100.80:2905",
		    "wan0 sctp 198.51.100.1:1001 > 198.51.100.80:2905" },
	} },
	{ "a range that a rule names is used", NET
	    "nat on wan0 inet proto sctp from 10.0.0.0/24 to any -> (wan0) "
	    "port 60000\npass\n", {
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2905 len 33",
		    "wan0 sctp 198.51.100.1:60000 > 198.51.100.80:2905 "
		    "len 33" },
		{ "wan0", "sctp 198.51.100.80:2905 > 198.51.100.1:60000 "
		    "len 1000", "lan0 sctp 198.51.100.80:2905 > "
		    "10.0.0.2:1000 len 1000" },
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2905 len 33",
		    "wan0 sctp 198.51.100.1:60000 > 198.51.100.80:2905 "
		    "len 33" },
	} },
	{ "rdr to another port, and back", RDR, {
		{ "wan0", "sctp 198.51.100.80:9 > 198.51.100.1:2905 len 20",
		    "lan0 sctp 198.51.100.80:9 > 10.0.0.2:5000 len 20" },
		{ "lan0", "sctp 10.0.0.2:5000 > 198.51.100.80:9 len 21",
		    "wan0 sctp 198.51.100.1:2905 > 198.51.100.80:9 len 21" },
		{ "wan0", "sctp 198.51.100.80:9 > 198.51.100.1:2905",
		    "lan0 sctp 198.51.100.80:9 > 10.0.0.2:5000" },
		{ "wan0", "sctp [2001:db8:2::80]:9 > [2001:db8:2::1]:2905",
		    "lan0 sctp [2001:db8:2::80]:9 > [2001:db8:1::2]:5000" },
		{ "lan0", "sctp [2001:db8:1::2]:5000 > [2001:db8:2::80]:9",
		    "wan0 sctp [2001:db8:2::1]:2905 > [2001:db8:2::80]:9" },
	} },
	{ "an error about an association", RDR, {
		{ "wan0", "sctp 198.51.100.80:9 > 198.51.100.1:2905 len 20",
		    "lan0 sctp 198.51.100.80:9 > 10.0.0.2:5000 len 20" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 3/2 "
		    "{sctp 198.51.100.80:9 > 10.0.0.2:5000 len 20}",
		    "wan0 icmp 198.51.100.1 > 198.51.100.80 3/2 "
		    "{sctp 198.51.100.80:9 > 198.51.100.1:2905 len 20}" },
		{ "lan0", "hex 4500 L 0001 0000 40 01 S 0a000002 c6336450 "
		    "0302 C 00000000 4500 0034 0001 0000 40 84 S c6336450 "
		    "0a000002 0009 1388 11223344",
		    "wan0 icmp 198.51.100.1 > 198.51.100.80 3/2 "
		    "{sctp 198.51.100.80:9 > 198.51.100.1:2905 len 8}" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 3/2 "
		    "{sctp 198.51.100.80:10 > 10.0.0.2:5000 len 20}",
		    "wan0 icmp 10.0.0.2 > 198.51.100.80 3/2 "
		    "{sctp 198.51.100.80:10 > 10.0.0.2:5000 len 20}" },
	} },
	{ "rules by port", NET "block\npass in on lan0 proto sctp to port "
	    "2905\npass out proto sctp from port 1000\n", {
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2905",
		    "wan0 sctp 10.0.0.2:1000 > 198.51.100.80:2905" },
		{ "lan0", "sctp 10.0.0.2:1000 > 198.51.100.80:2904",
		    "drop match" },
		{ "lan0", "sctp 10.0.0.2:1001 > 198.51.100.80:2905",
		    "drop match" },
	} },
	{ "no second piece over the header", NET "set reassemble no\npass\n",
	{
		{ "lan0", "hex 4500 L 0001 2000 40 84 S 0a000002 c6336450 "
		    "03e8 0b59 11223344 55667788 0b000004",
		    "wan0 sctp 10.0.0.2:1000 > 198.51.100.80:2905 len 4" },
		{ "lan0", "hex 4500 L 0001 2000 40 84 S 0a000002 c6336450 "
		    "03e8 0b59 11223344", "drop fragment" },
		{ "lan0", "hex 4500 L 0001 0001 40 84 S 0a000002 c6336450 "
		    "03e8 0b59 11223344", "drop fragment" },
		{ "lan0", "hex 4500 L 0001 0002 40 84 S 0a000002 c6336450 "
		    "03e8 0b59 11223344", "wan0 sctp 10.0.0.2 > "
		    "198.51.100.80 piece 16 len 8" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

/* What was wrong by some bits is wrong by the same bits afterwards. */
START_TEST(test_wrong_sum)
{
	static struct harness h;
	static struct pkt pk[2];
	uint8_t *crc[2];
	unsigned i;

	harness_new(&h, RDR);
	for (i = 0; i < 2; i++) {
		struct packet p = { .data = pk[i].b, .ifidx = 2 };
		struct packet *v[1] = { &p };

		pkt_read(&pk[i],
		    "sctp 198.51.100.80:9 > 198.51.100.1:2905 len 40");
		crc[i] = pk[i].b + 20 + SCTP_CKSUM;
		crc[i][1] ^= i == 0 ? 0 : 0x40;
		p.len = pk[i].len;
		engine_burst(h.worker, v, 1, h.now, h.wall);
		ck_assert_int_eq(p.fate, FATE_SEND);
	}
	ck_assert_ptr_null(pkt_sums(pk[0].b, pk[0].len));
	crc[1][1] ^= 0x40;
	ck_assert_mem_eq(pk[0].b, pk[1].b, pk[0].len);
	harness_free(&h);
}
END_TEST

Suite *
suite_sctp(void)
{
	Suite *s = suite_create("sctp");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_test(tc, test_wrong_sum);
	suite_add_tcase(s, tc);
	return s;
}
