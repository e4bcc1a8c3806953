/* SPDX-License-Identifier: ISC */
/*
 * What is answered, how, and what never is.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_answers(void);

#define NET \
	"interface lan0 tun address 10.0.0.1/24\n" \
	"interface wan0 tun address 198.51.100.1/24\n"
#define C "10.0.0.2:1000 > 198.51.100.80:80 "
#define RST "drop match | lan0 tcp 198.51.100.80:80 > 10.0.0.2:1000 RA "
#define UNREACH "drop match | lan0 icmp 10.0.0.1 > 10.0.0.2 3/3 "
/* 10.0.0.2 to 198.51.100.80, and to 10.0.0.1 */
#define AWAY "hex 4500 L 0001 0000 40 06 S 0a000002 c6336450 "
#define HERE "0001 0000 40 06 S 0a000002 0a000001 "

static const struct scenario scenarios[] = {
	{ "a reset says what the segment wants to hear", NET "block return\n",
	{
		{ "lan0", "tcp " C "S seq 100", RST "seq 0 ack 101" },
		{ "lan0", "tcp " C "S seq 100 len 10", RST "seq 0 ack 111" },
		{ "lan0", "tcp " C "A seq 100 ack 7", RST "seq 7 ack 100" },
		{ "lan0", "tcp " C "A seq 100 ack 7 len 9",
		    RST "seq 7 ack 109" },
		{ "lan0", "tcp " C "FA seq 100 ack 7 len 5",
		    RST "seq 7 ack 106" },
		{ "lan0", "tcp " C "SA seq 100 ack 7", RST "seq 7 ack 101" },
		{ "lan0", "tcp " C "A seq 4294967295 ack 0 len 2",
		    RST "seq 0 ack 1" },
	} },
	{ "never a reset for a reset, nor for a fragment", NET
	    "set reassemble no\nblock return\n", {
		{ "lan0", "tcp " C "R seq 100", "drop match" },
		{ "lan0", "tcp " C "RA seq 100 ack 7", "drop match" },
		{ "lan0", "hex 4500 L 0001 2000 40 06 S 0a000002 c6336450 "
		    "04d2 0036 00000001 00000000 5002 ffff T 0000 61626364",
		    "drop match" },
		{ "lan0", "hex 4500 L 0001 0008 40 06 S 0a000002 c6336450 "
		    "04d2 0036 00000001 00000000 5002 ffff 0000 0000",
		    "drop match" },
	} },
	{ "an error quotes the packet, of fragments the first alone", NET
	    "set reassemble no\nblock return\n", {
		{ "lan0", "udp " C "len 3", UNREACH "{udp " C "len 3}" },
		{ "lan0", "gre 10.0.0.2 > 198.51.100.80 len 3",
		    UNREACH "{gre 10.0.0.2 > 198.51.100.80 len 3}" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 4",
		    UNREACH "{icmp 10.0.0.2 > 198.51.100.80 8/0 id 4}" },
		{ "lan0", "hex 4500 L 0001 2000 40 11 S 0a000002 c6336450 "
		    "03e8 0050 0100 0000 6162636465666768",
		    UNREACH "{udp " C "len 8}" },
		{ "lan0", "hex 4500 L 0001 0002 40 11 S 0a000002 c6336450 "
		    "03e8 0050 0100 0000 6162636465666768", "drop match" },
	} },
	{ "never an error for an error, nor to or about many", NET
	    "block return\n", {
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 3/3 "
		    "{udp 198.51.100.80:53 > 10.0.0.2:99}", "drop match" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 5/1 "
		    "{udp 198.51.100.80:53 > 10.0.0.2:99}", "drop match" },
		{ "lan0", "udp 10.0.0.2:1 > 10.0.0.255:53", "drop match" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.255:53",
		    "drop match" },
		{ "lan0", "udp 10.0.0.2:1 > 255.255.255.255:53",
		    "drop match" },
		{ "lan0", "udp 10.0.0.2:1 > 224.0.0.5:53", "drop match" },
		{ "lan0", "udp 0.0.0.0:68 > 255.255.255.255:67",
		    "drop match" },
		{ "lan0", "tcp 10.0.0.2:1 > 224.0.0.5:53 S seq 1",
		    "drop match" },
	} },
	{ "kinds of block for kinds of packets", NET
	    "block drop proto tcp to port 1\n"
	    "block return-rst proto tcp to port 2\n"
	    "block return-icmp(host-prohib) proto { tcp udp } to "
	    "port 3\n"
	    "block return-icmp(13) proto gre\n", {
		{ "lan0", "tcp 10.0.0.2:9 > 198.51.100.80:1 S seq 1",
		    "drop match" },
		{ "lan0", "tcp 10.0.0.2:9 > 198.51.100.80:2 S seq 1",
		    "drop match | lan0 tcp 198.51.100.80:2 > 10.0.0.2:9 RA "
		    "seq 0 ack 2" },
		{ "lan0", "tcp 10.0.0.2:9 > 198.51.100.80:3 S seq 1",
		    "drop match | lan0 icmp 10.0.0.1 > 10.0.0.2 3/10 "
		    "{tcp 10.0.0.2:9 > 198.51.100.80:3 S seq 1 ack 0}" },
		{ "lan0", "udp 10.0.0.2:9 > 198.51.100.80:3",
		    "drop match | lan0 icmp 10.0.0.1 > 10.0.0.2 3/10 "
		    "{udp 10.0.0.2:9 > 198.51.100.80:3}" },
		{ "lan0", "gre 10.0.0.2 > 198.51.100.80 len 3",
		    "drop match | lan0 icmp 10.0.0.1 > 10.0.0.2 3/13 "
		    "{gre 10.0.0.2 > 198.51.100.80 len 3}" },
	} },
	{ "a segment that was damaged on its way is not answered", NET
	    "block return\n", {
		{ "lan0", AWAY "03e8 0050 00000064 00000000 5002 ffff T 0000",
		    RST "seq 0 ack 101" },
		{ "lan0", AWAY "03e8 0050 00000064 00000000 5002 ffff 1234 "
		    "0000", "drop match" },
		{ "lan0", AWAY "03e8 0050 00000064 00000000 5002 ffff 0000 "
		    "0000", "drop match" },
	} },
	{ "nor a damaged one to ourselves", NET "pass flags any\n", {
		{ "lan0", "hex 4500 L " HERE "03e8 0050 00000064 00000007 "
		    "5010 ffff T 0000", "lan0 tcp 10.0.0.1:80 > "
		    "10.0.0.2:1000 RA seq 7 ack 100" },
		{ "lan0", "hex 4500 L " HERE "03e8 0050 00000064 00000007 "
		    "5010 ffff 1234 0000", "drop proto-cksum" },
		{ "lan0", "hex 4500 L 0001 0000 40 11 S 0a000002 0a000001 "
		    "03e8 0050 000b U 616263", "lan0 icmp 10.0.0.1 > 10.0.0.2 "
		    "3/3 {udp 10.0.0.2:1000 > 10.0.0.1:80 len 3}" },
		{ "lan0", "hex 4500 L 0001 0000 40 11 S 0a000002 0a000001 "
		    "03e8 0050 000b 0000 616263", "lan0 icmp 10.0.0.1 > "
		    "10.0.0.2 3/3 {udp 10.0.0.2:1000 > 10.0.0.1:80 len 3}" },
		{ "lan0", "hex 4500 L 0001 0000 40 11 S 0a000002 0a000001 "
		    "03e8 0050 000b 1234 616263", "drop proto-cksum" },
		{ "count", "proto-cksum", "2" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

Suite *
suite_answers(void)
{
	Suite *s = suite_create("answers");
	TCase *tc = tcase_create("scenarios");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	suite_add_tcase(s, tc);
	return s;
}
