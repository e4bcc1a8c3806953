/* SPDX-License-Identifier: ISC */
/*
 * Connections through the router: NAT, redirection, answers, states.
 */
#include <check.h>

#include "tests/scenario.h"

Suite *suite_flow(void);

#define NET IF_LAN0("24") IF_WAN0("")
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
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:80       2:0" },
		{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 SA "
		    "seq 500 ack 101 mss 1460 wscale 7",
		    "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1000 SA "
		    "seq 500 ack 101" },
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 A seq 101 "
		    "ack 501 len 10",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 A "
		    "seq 101 ack 501 len 10" },
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:80       4:4" },
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 FA seq 111 "
		    "ack 501",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 FA "
		    "seq 111 ack 501" },
		{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 FA "
		    "seq 501 ack 112",
		    "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1000 FA "
		    "seq 501 ack 112" },
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 A seq 112 "
		    "ack 502",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 A "
		    "seq 112 ack 502" },
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:80       9:9" },
		{ "lan0", "tcp 10.0.0.2:1000 > 198.51.100.80:80 S seq 9000",
		    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 S "
		    "seq 9000 ack 0" },
		{ "state", "1", "all tcp 198.51.100.1:60000 (10.0.0.2:1000)"
		    " -> 198.51.100.80:80       2:0" },
	} },
	{ "two clients with one source port", NAT, {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:? > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:? > 198.51.100.80:53" },
		{ "wait", "1", "4" },
	} },
	{ "one port of the pool, two clients: only to other servers", NAT1, {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.80:53",
		    "drop translate" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.81:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.81:53" },
		{ "count", "translate", "1" },
		{ "wait", "1", "4" },
	} },
	{ "rdr to a server inside", NET
	    "rdr on wan0 inet proto tcp from any to (wan0) port 8080 "
	    "-> 10.0.0.2 port 80\npass\n", {
		{ "wan0", "tcp 198.51.100.80:4000 > 198.51.100.1:8080 S "
		    "seq 1",
		    "lan0 tcp 198.51.100.80:4000 > 10.0.0.2:80 S seq 1 "
		    "ack 0" },
		{ "lan0", "tcp 10.0.0.2:80 > 198.51.100.80:4000 SA seq 7 "
		    "ack 2",
		    "wan0 tcp 198.51.100.1:8080 > 198.51.100.80:4000 SA "
		    "seq 7 ack 2" },
		{ "state", "0", "all tcp 10.0.0.2:80 (198.51.100.1:8080) <- "
		    "198.51.100.80:4000       2:4" },
		{ "state", "1", "all tcp 198.51.100.80:4000 -> 10.0.0.2:80"
		    "       4:2" },
		{ "wan0", "tcp 198.51.100.80:4000 > 198.51.100.1:8081 S "
		    "seq 1", "wan0 tcp 198.51.100.1:8081 > "
		    "198.51.100.80:4000 RA seq 0 ack 2" },
	} },
	{ "rdr of a range keeps the distance", NET
	    "rdr on wan0 inet proto udp from any to (wan0) "
	    "port 8000:8010 -> 10.0.0.2 port 80:*\npass\n", {
		{ "wan0", "udp 198.51.100.80:4000 > 198.51.100.1:8000",
		    "lan0 udp 198.51.100.80:4000 > 10.0.0.2:80" },
		{ "wan0", "udp 198.51.100.80:4000 > 198.51.100.1:8007",
		    "lan0 udp 198.51.100.80:4000 > 10.0.0.2:87" },
		{ "wan0", "udp 198.51.100.80:4000 > 198.51.100.1:8010",
		    "lan0 udp 198.51.100.80:4000 > 10.0.0.2:90" },
	} },
	{ "rdr of a range to one port", NET
	    "rdr on wan0 inet proto udp from any to (wan0) "
	    "port 8000:8010 -> 10.0.0.2 port 80\npass\n", {
		{ "wan0", "udp 198.51.100.80:4000 > 198.51.100.1:8003",
		    "lan0 udp 198.51.100.80:4000 > 10.0.0.2:80" },
		{ "wan0", "udp 198.51.100.80:4001 > 198.51.100.1:8004",
		    "lan0 udp 198.51.100.80:4001 > 10.0.0.2:80" },
		{ "lan0", "udp 10.0.0.2:80 > 198.51.100.80:4001",
		    "wan0 udp 198.51.100.1:8004 > 198.51.100.80:4001" },
	} },
	{ "rdr without a port keeps it", NET
	    "rdr on wan0 inet proto udp from any to (wan0) port 53 -> "
	    "10.0.0.2\npass\n", {
		{ "wan0", "udp 198.51.100.80:4000 > 198.51.100.1:53",
		    "lan0 udp 198.51.100.80:4000 > 10.0.0.2:53" },
	} },
	{ "binat goes both ways and keeps ports", NET
	    "binat on wan0 from 10.0.0.2 to any -> 198.51.100.7\npass\n", {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.7:1000 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.7:1000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1000" },
		{ "wan0", "udp 198.51.100.81:9 > 198.51.100.7:2000",
		    "lan0 udp 198.51.100.81:9 > 10.0.0.2:2000" },
		{ "lan0", "udp 10.0.0.2:2000 > 198.51.100.81:9",
		    "wan0 udp 198.51.100.7:2000 > 198.51.100.81:9" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.3:1000 > 198.51.100.80:53" },
	} },
	{ "modern nat-to and rdr-to", NET
	    "pass\n"
	    "pass in on wan0 inet proto tcp to (wan0) port 81 rdr-to "
	    "10.0.0.2 port 8081\n"
	    "pass out on wan0 inet from 10.0.0.0/24 nat-to (wan0) "
	    "port 60000\n", {
		{ "wan0", "tcp 198.51.100.80:5 > 198.51.100.1:81 S seq 1",
		    "lan0 tcp 198.51.100.80:5 > 10.0.0.2:8081 S seq 1 "
		    "ack 0" },
		{ "lan0", "udp 10.0.0.2:5 > 198.51.100.80:7",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:7" },
	} },
	{ "match nat-to is seen by the rules behind it", NET
	    "match out on wan0 inet from 10.0.0.0/24 nat-to (wan0) "
	    "port 60000\n"
	    "block out on wan0 from 10.0.0.0/24\n"
	    "pass in\npass out from (wan0)\n", {
		{ "lan0", "udp 10.0.0.2:5 > 198.51.100.80:7",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:7" },
	} },
	{ "nat without any filter rule passes and keeps state", NET
	    "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) "
	    "port 60000\n", {
		{ "lan0", "udp 10.0.0.2:5 > 198.51.100.80:7",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:7" },
		{ "wan0", "udp 198.51.100.80:7 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:5" },
		{ "wait", "1", "1" },
	} },
	{ "nat pass asks no filter rule", NET
	    "nat pass on wan0 inet from 10.0.0.0/24 to any -> (wan0) "
	    "port 60000\npass in\nblock out\n", {
		{ "lan0", "udp 10.0.0.2:5 > 198.51.100.80:7",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:7" },
		{ "wan0", "udp 198.51.100.80:7 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:7 > 10.0.0.2:5" },
	} },
	{ "static-port, and its clash", NET
	    "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) static-port"
	    "\npass\n", {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1000 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.80:53",
		    "drop translate" },
	} },
	{ "preserve-port takes another if it must", NET
	    "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) "
	    "preserve-port\npass\n", {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:1000 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.3:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:? > 198.51.100.80:53" },
	} },
	{ "hairpin by rules: in and out on one interface", NET
	    "rdr on lan0 inet proto tcp from any to 198.51.100.1 port 80 -> "
	    "10.0.0.2\n"
	    "nat on lan0 inet from 10.0.0.0/24 to 10.0.0.2 -> (lan0) "
	    "port 60000\npass\n", {
		{ "lan0", "tcp 10.0.0.3:1000 > 198.51.100.1:80 S seq 1",
		    "lan0 tcp 10.0.0.1:60000 > 10.0.0.2:80 S seq 1 ack 0" },
		{ "lan0", "tcp 10.0.0.2:80 > 10.0.0.1:60000 SA seq 5 ack 2",
		    "lan0 tcp 198.51.100.1:80 > 10.0.0.3:1000 SA seq 5 "
		    "ack 2" },
		{ "lan0", "tcp 10.0.0.3:1000 > 198.51.100.1:80 A seq 2 "
		    "ack 6",
		    "lan0 tcp 10.0.0.1:60000 > 10.0.0.2:80 A seq 2 ack 6" },
		{ "state", "0", "all tcp 10.0.0.2:80 (198.51.100.1:80) <- "
		    "10.0.0.3:1000       4:4" },
		{ "state", "1", "all tcp 10.0.0.1:60000 (10.0.0.3:1000) -> "
		    "10.0.0.2:80       4:4" },
	} },
	{ "both halves change the source: two records", NET
	    "pass in on lan0 inet from 10.0.0.2 nat-to 10.0.0.9 port 7000\n"
	    "pass out on wan0 inet from 10.0.0.9 nat-to (wan0) "
	    "port 60000\n", {
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1000" },
		{ "lan0", "udp 10.0.0.2:1000 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "state", "0", "all udp 198.51.100.80:53 <- "
		    "10.0.0.9:7000 (10.0.0.2:1000)       2:2" },
		{ "state", "1", "all udp 198.51.100.1:60000 (10.0.0.9:7000)"
		    " -> 198.51.100.80:53       2:2" },
		{ "wait", "1", "2" },
	} },
	{ "an id for each ping, and the way back", NAT, {
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 5 len 8",
		    "wan0 icmp 198.51.100.1 > 198.51.100.80 8/0 id ? len 8" },
		{ "lan0", "icmp 10.0.0.3 > 198.51.100.80 8/0 id 5 len 8",
		    "wan0 icmp 198.51.100.1 > 198.51.100.80 8/0 id ? len 8" },
		{ "state", "1", "all icmp 198.51.100.1:? (10.0.0.2:5) -> "
		    "198.51.100.80:8       0:0" },
	} },
	{ "an echo reply comes back through nat", NET
	    "nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) static-port"
	    "\npass\n", {
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.80 8/0 id 5 len 8",
		    "wan0 icmp 198.51.100.1 > 198.51.100.80 8/0 id 5 len 8" },
		{ "wan0", "icmp 198.51.100.80 > 198.51.100.1 0/0 id 5 len 8",
		    "lan0 icmp 198.51.100.80 > 10.0.0.2 0/0 id 5 len 8" },
		{ "wan0", "icmp 198.51.100.80 > 198.51.100.1 0/0 id 6 len 8",
		    "held" },
		{ "wan0", "icmp 198.51.100.80 > 198.51.100.1 14/0 id 5",
		    "held" },
	} },
	{ "no route, no hop left, and ourselves", NAT, {
		{ "lan0", "udp 10.0.0.2:1 > 8.8.8.8:53",
		    "drop no-route | lan0 icmp 10.0.0.1 > 10.0.0.2 3/0 "
		    "{udp 10.0.0.2:1 > 8.8.8.8:53}" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53 ttl 1",
		    "drop ttl-exceeded | lan0 icmp 10.0.0.1 > 10.0.0.2 11/0 "
		    "{udp 10.0.0.2:1 > 198.51.100.80:53}" },
		{ "lan0", "udp 10.0.0.2:1 > 224.0.0.1:53", "drop no-route" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.255:53",
		    "drop no-route" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.1 8/0 id 5 len 8",
		    "lan0 icmp 198.51.100.1 > 10.0.0.2 0/0 id 5 len 8" },
		{ "state", "0", "all icmp 198.51.100.1:8 <- 10.0.0.2:5"
		    "       0:0" },
		{ "lan0", "icmp 10.0.0.2 > 198.51.100.1 8/0 id 5 len 8",
		    "lan0 icmp 198.51.100.1 > 10.0.0.2 0/0 id 5 len 8" },
		{ "wait", "1", "1" },
		{ "lan0", "udp 10.0.0.1:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "count", "local", "2" },
	} },
	{ "addresses that nothing is forwarded from, or to", NET
	    "pass no state\n", {
		{ "lan0", "udp 10.0.0.1:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 198.51.100.1:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 10.0.0.255:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 198.51.100.255:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 224.0.0.1:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 0.0.0.0:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 127.0.0.1:1 > 198.51.100.80:53",
		    "drop martian" },
		{ "lan0", "udp 169.254.1.1:1 > 198.51.100.80:53",
		    "drop no-route" },
		{ "lan0", "udp 10.0.0.2:1 > 169.254.1.1:53",
		    "drop no-route" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.255:53",
		    "drop no-route" },
		{ "lan0", "udp 10.0.0.2:1 > 224.0.0.1:53", "drop no-route" },
		{ "lan0", "udp 10.0.0.2:1 > 255.255.255.255:53",
		    "drop no-route" },
		{ "count", "martian", "7" },
		{ "count", "no-route", "5" },
	} },
	{ "the same of IPv6", NET "pass no state\n", {
		{ "lan0", "udp [2001:db8:1::1]:1 > [2001:db8:2::80]:53",
		    "drop martian" },
		{ "lan0", "udp [::1]:1 > [2001:db8:2::80]:53",
		    "drop martian" },
		{ "lan0", "udp [::]:1 > [2001:db8:2::80]:53",
		    "drop martian" },
		{ "lan0", "udp [::ffff:10.0.0.2]:1 > [2001:db8:2::80]:53",
		    "drop martian" },
		{ "lan0", "udp [ff0e::2]:1 > [2001:db8:2::80]:53",
		    "drop martian" },
		{ "lan0", "udp [fe80::2]:1 > [2001:db8:2::80]:53",
		    "drop no-route" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [fe80::80]:53",
		    "drop no-route" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [ff0e::80]:53",
		    "drop no-route" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:2::80 135/0",
		    "drop normalize" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:2::80 137/0 "
		    "ttl 254", "drop normalize" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:2::80 135/0 "
		    "ttl 255 len 16", "drop no-route" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:2::80 138/0 "
		    "ttl 9", "wan0 icmp6 2001:db8:1::2 > 2001:db8:2::80 138/0 "
		    "id 0" },
	} },
	{ "a second packet on the last hop dies on the fast way too", NAT1, {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53 ttl 2",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53 ttl 1",
		    "drop ttl-exceeded | lan0 icmp 10.0.0.1 > 10.0.0.2 11/0 "
		    "{udp 10.0.0.2:1 > 198.51.100.80:53}" },
	} },
	{ "block return answers by protocol", NET
	    "block return\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "drop match | lan0 icmp 10.0.0.1 > 10.0.0.2 3/3 "
		    "{udp 10.0.0.2:1 > 198.51.100.80:53}" },
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:53 S seq 10",
		    "drop match | lan0 tcp 198.51.100.80:53 > 10.0.0.2:1 RA "
		    "seq 0 ack 11" },
		{ "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:53 R seq 10",
		    "drop match" },
		{ "wait", "1", "0" },
	} },
	{ "block in the out half answers with what the client knows", NET
	    "rdr on lan0 inet proto tcp from any to 10.0.0.1 port 80 -> "
	    "198.51.100.80\npass in\nblock return-rst out proto tcp\n", {
		{ "lan0", "tcp 10.0.0.2:1 > 10.0.0.1:80 S seq 10",
		    "drop match | lan0 tcp 10.0.0.1:80 > 10.0.0.2:1 RA "
		    "seq 0 ack 11" },
		{ "wait", "1", "0" },
	} },
	{ "no state: each packet by the rules, both ways", NET
	    "pass in on lan0 no state\npass out on wan0 no state\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "wait", "1", "0" },
		{ "load", NET "block\npass in on lan0 no state\n"
		    "pass out on wan0 no state\n", "0" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "drop match" },
	} },
	{ "a state in the in half only", NET
	    "block\npass in on lan0\npass out on wan0 no state\n"
	    "pass in on wan0 no state\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "wan0", "udp 198.51.100.80:54 > 10.0.0.2:1",
		    "drop match" },
		{ "state", "0", "all udp 198.51.100.80:53 <- 10.0.0.2:1"
		    "       1:2" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "state", "0", "all udp 198.51.100.80:53 <- 10.0.0.2:1"
		    "       2:2" },
		{ "wait", "1", "1" },
	} },
	{ "a state in the out half only", NET
	    "block\npass in on lan0 no state\n"
	    "pass out on wan0 nat-to (wan0) port 60000\n"
	    "pass out on lan0 no state\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "wan0", "udp 198.51.100.81:53 > 198.51.100.1:60000",
		    "drop match" },
		{ "state", "0", "all udp 198.51.100.1:60000 (10.0.0.2:1) "
		    "-> 198.51.100.80:53       2:1" },
		{ "wait", "1", "1" },
	} },
	{ "a state tags its packets for the other half's rules", NET
	    "block\npass in on lan0 tag GOOD\n"
	    "pass out on wan0 tagged GOOD no state\n"
	    "pass in on wan0 no state\npass out on lan0 no state\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 10.0.0.2:1",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:1::2]:1 > [2001:db8:2::80]:53" },
		{ "wait", "1", "2" },
	} },
	{ "and keeps what the first half said for the answers", NET
	    "block\npass in on lan0 tag GOOD no state\n"
	    "pass out on wan0 tagged GOOD nat-to (wan0) port 60000\n"
	    "pass out on lan0 tagged GOOD no state\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "wait", "1", "1" },
	} },
	{ "set skip: not filtered, still routed", NET
	    "set skip on lan0\nblock\npass out on wan0 nat-to (wan0) "
	    "port 60000\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "wait", "1", "1" },
	} },
	{ "a reload keeps states", NAT1, {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53" },
		{ "load", NET "block\n", "2" },
		{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:60000",
		    "lan0 udp 198.51.100.80:53 > 10.0.0.2:1" },
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:54",
		    "drop match" },
		{ "state", "1", "all udp 198.51.100.1:60000 (10.0.0.2:1) "
		    "-> 198.51.100.80:53       2:1" },
	} },
	{ "limits of states: of a rule", NET
	    "pass in\npass out on wan0 keep state (max 2)\n", {
		{ "lan0", "udp 10.0.0.2:1 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:1 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.2:2 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:2 > 198.51.100.80:53" },
		{ "lan0", "udp 10.0.0.2:3 > 198.51.100.80:53",
		    "drop state-limit" },
		{ "wait", "1", "4" },
		{ "wait", "70000", "0" },
		{ "lan0", "udp 10.0.0.2:3 > 198.51.100.80:53",
		    "wan0 udp 10.0.0.2:3 > 198.51.100.80:53" },
	} },
	{ "ipv6, without and with translation", NET
	    "pass\nrdr on wan0 inet6 proto udp from any to (wan0) port 53 "
	    "-> 2001:db8:1::9\n", {
		{ "lan0", "udp [2001:db8:1::2]:1000 > [2001:db8:2::80]:53",
		    "wan0 udp [2001:db8:1::2]:1000 > [2001:db8:2::80]:53" },
		{ "wan0", "udp [2001:db8:2::80]:53 > [2001:db8:1::2]:1000",
		    "lan0 udp [2001:db8:2::80]:53 > [2001:db8:1::2]:1000" },
		{ "wan0", "udp [2001:db8:2::80]:5 > [2001:db8:2::1]:53 len 3",
		    "lan0 udp [2001:db8:2::80]:5 > [2001:db8:1::9]:53 "
		    "len 3" },
		{ "lan0", "udp [2001:db8:1::9]:53 > [2001:db8:2::80]:5 len 3",
		    "wan0 udp [2001:db8:2::1]:53 > [2001:db8:2::80]:5 "
		    "len 3" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:2::80 128/0 id 3",
		    "wan0 icmp6 2001:db8:1::2 > 2001:db8:2::80 128/0 id 3" },
		{ "lan0", "icmp6 2001:db8:1::2 > 2001:db8:1::1 128/0 id 3",
		    "lan0 icmp6 2001:db8:1::1 > 2001:db8:1::2 129/0 id 3" },
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:9::1]:5",
		    "drop no-route | lan0 icmp6 2001:db8:1::1 > "
		    "2001:db8:1::2 1/0 {udp [2001:db8:1::2]:1 > "
		    "[2001:db8:9::1]:5}" },
		{ "lan0", "tcp [2001:db8:1::2]:1 > [2001:db8:1::1]:5 S "
		    "seq 4",
		    "lan0 tcp [2001:db8:1::1]:5 > [2001:db8:1::2]:1 RA "
		    "seq 0 ack 5" },
		{ "state", "0", "all udp 2001:db8:2::80[53] <- "
		    "2001:db8:1::2[1000]       1:2" },
	} },
	{ "another protocol is translated by address", NAT, {
		{ "lan0", "gre 10.0.0.2 > 198.51.100.80 len 30",
		    "wan0 gre 198.51.100.1 > 198.51.100.80 len 30" },
		{ "wan0", "gre 198.51.100.80 > 198.51.100.1 len 30",
		    "lan0 gre 198.51.100.80 > 10.0.0.2 len 30" },
		{ "lan0", "gre 10.0.0.3 > 198.51.100.80 len 30",
		    "drop translate" },
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
