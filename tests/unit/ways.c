/* SPDX-License-Identifier: ISC */
/*
 * Route options: route-to, reply-to, dup-to, where natd routes and where the
 * kernel does.
 */
#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "engine/ifset.h"
#include "tests/scenario.h"

Suite *suite_ways(void);

#define NET IF_LAN0("8") IF_WAN0("") \
	"interface wan1 tun address 203.0.113.1/24 " \
	"address 2001:db8:3::1/64\n" \
	"route 0.0.0.0/0 via 198.51.100.254\n" \
	"route ::/0 via 2001:db8:2::fe\n"

static const struct scenario scenarios[] = {
	{ "route-to, modern: the way of all packets of the side", NET
	    "pass\npass in on lan0 inet from 10.0.0.2 to any "
	    "route-to 203.0.113.254\n", {
		{ "lan0", "udp 10.0.0.3:1 > 192.0.2.9:53",
		    "wan0 udp 10.0.0.3:1 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "wan1", "udp 192.0.2.9:53 > 10.0.0.2:1",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "state", "2", "all udp 192.0.2.9:53 {203.0.113.254} <- "
		    "10.0.0.2:1       2:2" },
		{ "state", "3", "all udp 10.0.0.2:1 -> 192.0.2.9:53 "
		    "{203.0.113.254}       2:2" },
		/* what is for ourselves is never sent elsewhere */
		{ "lan0", "icmp 10.0.0.2 > 10.0.0.1 8/0 id 1",
		    "lan0 icmp 10.0.0.1 > 10.0.0.2 0/0 id 1" },
		/* a new route changes nothing for it */
		{ "ifs", NET "route 192.0.2.0/24 via 10.0.0.9\n", "5" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
	} },
	{ "route-to with nat: the address of the way", NET
	    "match out on wan0 inet from 10.0.0.0/8 nat-to (wan0) port 6000\n"
	    "match out on wan1 inet from 10.0.0.0/8 nat-to (wan1) port 6000\n"
	    "pass\npass in on lan0 route-to (wan1 203.0.113.254) inet proto "
	    "udp\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 203.0.113.1:6000 > 192.0.2.9:53" },
		{ "wan1", "udp 192.0.2.9:53 > 203.0.113.1:6000",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53 ttl 1", NULL },
	} },
	{ "route-to an interface alone", NET
	    "pass in on lan0 route-to wan1 inet6\npass out\n", {
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53",
		    "wan1 udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53" },
		{ "state", "0", "all udp 2001:db8:9::9[53] <- "
		    "2001:db8:1::2[1]       0:1" },
	} },
	{ "route-to out: another interface than the route's", NET
	    "pass in\npass out on wan0 inet route-to 203.0.113.254\n"
	    "block out on wan1\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
	} },
	{ "next hops in turn", NET
	    "pass out\npass in on lan0 route-to { (wan0 198.51.100.253), "
	    "(wan1 203.0.113.254) } round-robin inet\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:2 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:2 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:3 > 192.0.2.9:53",
		    "wan0 udp 10.0.0.2:3 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:2 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:2 > 192.0.2.9:53" },
	} },
	{ "pools of one rule take their turns each by itself", NET
	    "pass in\npass out on wan0 inet proto udp from 10.0.0.0/8 "
	    "nat-to { 198.51.100.7 198.51.100.8 } route-to { "
	    "(wan0 198.51.100.253), (wan1 203.0.113.254) }\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.7:? > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:2 > 192.0.2.9:53",
		    "wan1 udp 198.51.100.8:? > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:3 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.7:? > 192.0.2.9:53" },
	} },
	{ "a way that leads nowhere", NET
	    "pass out\npass in on lan0 route-to (wan9 192.0.2.1) inet\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53", "drop no-route" },
		{ "wait", "1", "0" },
	} },
	{ "the way's interface goes", NET
	    "pass out\npass in on lan0 route-to (wan1 203.0.113.254) inet\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "ifs", "interface lan0 tun address 10.0.0.1/8\n"
		    "interface wan0 tun address 198.51.100.1/24\n"
		    "route 0.0.0.0/0 via 198.51.100.254\n", NULL },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "drop interface-gone" },
	} },
	{ "reply-to: answers leave where the question came in", NET
	    "pass\npass in on wan1 inet reply-to (wan1 203.0.113.254)\n", {
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan1 udp 10.0.0.2:53 > 192.0.2.9:5" },
		{ "wan0", "udp 192.0.2.9:6 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:6 > 10.0.0.2:53" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:6",
		    "wan0 udp 10.0.0.2:53 > 192.0.2.9:6" },
		{ "state", "0", "all udp 10.0.0.2:53 <- 192.0.2.9:5 "
		    "{203.0.113.254}       1:2" },
		{ "ifs", NET "route 192.0.2.0/24 via 198.51.100.9\n", "4" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan1 udp 10.0.0.2:53 > 192.0.2.9:5" },
		/* our own answer, too */
		{ "wan1", "icmp 192.0.2.9 > 203.0.113.1 8/0 id 7",
		    "wan1 icmp 203.0.113.1 > 192.0.2.9 0/0 id 7" },
	} },
	{ "reply-to stays when the way to the server changes", NET
	    "pass\npass in on wan1 inet reply-to (wan1 203.0.113.254)\n", {
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "ifs", NET "route 10.0.0.2/32 via 198.51.100.9\n", "2" },
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "wan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "wan0", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan1 udp 10.0.0.2:53 > 192.0.2.9:5" },
		{ "state", "0", "all udp 10.0.0.2:53 <- 192.0.2.9:5 "
		    "{203.0.113.254}       1:2" },
	} },
	{ "reply-to and if-bound", NET
	    "pass\npass in on wan1 reply-to (wan1 203.0.113.254) inet "
	    "keep state (if-bound)\n", {
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan1 udp 10.0.0.2:53 > 192.0.2.9:5" },
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "wait", "1", "2" },
	} },
	{ "dup-to: copies of both sides, as the rule's half has them", NET
	    "match out on wan0 inet from 10.0.0.0/8 nat-to (wan0) port 6000\n"
	    "pass\npass in on lan0 dup-to (wan1 203.0.113.9) inet\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53 | "
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "wan0", "udp 192.0.2.9:53 > 198.51.100.1:6000",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1 | "
		    "wan1 udp 192.0.2.9:53 > 10.0.0.2:1" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53 | "
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "state", "0", "all udp 192.0.2.9:53 {203.0.113.9} <- "
		    "10.0.0.2:1 {203.0.113.9}       2:2" },
	} },
	{ "dup-to of packets out: as they leave", NET
	    "match out on wan0 inet from 10.0.0.0/8 nat-to (wan0) port 6000\n"
	    "pass\npass out on wan0 dup-to (wan1 203.0.113.9) inet\n", {
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53 | "
		    "wan1 udp 198.51.100.1:6000 > 192.0.2.9:53" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53 | "
		    "wan1 udp 198.51.100.1:6000 > 192.0.2.9:53" },
		{ "wan0", "udp 192.0.2.9:53 > 198.51.100.1:6000",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1 | "
		    "wan1 udp 192.0.2.9:53 > 10.0.0.2:1" },
	} },
};

/* The kernel routes: what it is told, and when. */
static const struct scenario hosted[] = {
	{ "route-to of packets in", NET
	    "pass\npass in on lan0 inet proto udp route-to "
	    "(wan1 203.0.113.254)\n", {
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53", "drop no-route" },
		{ "way", "- 203.0.113.254", NULL },
		{ "way", "wan1 203.0.113.254", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 2" },
		{ "comes", "way 2", NULL },
		{ "out wan1", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "comes", "forwarded", NULL },
		{ "in wan1", "udp 192.0.2.9:53 > 10.0.0.2:1",
		    "wan1 udp 192.0.2.9:53 > 10.0.0.2:1" },
		{ "out lan0", "udp 192.0.2.9:53 > 10.0.0.2:1",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 2" },
		/* for this host: as ever */
		{ "in lan0", "udp 10.0.0.2:1 > 198.51.100.1:53",
		    "lan0 udp 10.0.0.2:1 > 198.51.100.1:53" },
	} },
	{ "reply-to: a service of this host", NET
	    "pass\npass in on wan1 inet reply-to (wan1 203.0.113.254)\n", {
		{ "way", "wan1 203.0.113.254", NULL },
		{ "in wan1", "udp 192.0.2.9:5 > 203.0.113.1:53",
		    "wan1 udp 192.0.2.9:5 > 203.0.113.1:53" },
		{ "comes", "local", NULL },
		{ "out wan0", "udp 203.0.113.1:53 > 192.0.2.9:5",
		    "wan0 udp 203.0.113.1:53 > 192.0.2.9:5 way 1" },
	} },
	{ "reply-to: a server behind, told when its answer comes in", NET
	    "pass\npass in on wan1 inet reply-to (wan1 203.0.113.254)\n"
	    "match in on wan1 inet proto udp to port 53 rdr-to 10.0.0.2\n", {
		{ "way", "wan1 203.0.113.254", NULL },
		{ "in wan1", "udp 192.0.2.9:6 > 203.0.113.1:53",
		    "wan1 udp 192.0.2.9:6 > 10.0.0.2:53 home" },
		{ "out lan0", "udp 192.0.2.9:6 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:6 > 10.0.0.2:53" },
		{ "in lan0", "udp 10.0.0.2:53 > 192.0.2.9:6",
		    "lan0 udp 10.0.0.2:53 > 192.0.2.9:6 way 1" },
		{ "comes", "way 1", NULL },
		{ "out wan1", "udp 10.0.0.2:53 > 192.0.2.9:6",
		    "wan1 udp 203.0.113.1:53 > 192.0.2.9:6 way 1" },
	} },
	{ "route-to of packets out: of this host, and forwarded", NET
	    "pass\nmatch out on wan0 inet from 10.0.0.0/8 nat-to 203.0.113.1 "
	    "port 6000\npass out on wan0 inet route-to 203.0.113.254\n", {
		{ "way", "- 203.0.113.254", NULL },
		{ "comes", "local", NULL },
		{ "out wan0", "udp 198.51.100.1:9 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:9 > 192.0.2.9:53 way 1" },
		{ "comes", "forwarded", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53" },
		/* the first one is sent anew, the next are told in time */
		{ "out wan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 203.0.113.1:6000 > 192.0.2.9:53 way 1" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 1" },
		{ "comes", "way 1", NULL },
		{ "out wan1", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan1 udp 203.0.113.1:6000 > 192.0.2.9:53 way 1" },
	} },
	{ "dup-to: each packet of the half's state, once in each direction",
	    NET "match out on wan0 inet from 10.0.0.0/8 nat-to (wan0) port "
	    "6000\npass\npass out on wan0 inet dup-to (wan1 203.0.113.9)\n", {
		/* a way of route-to is another one */
		{ "way", "wan1 203.0.113.9", NULL },
		{ "comes", "forwarded", NULL },
		{ "out wan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53" },
		{ "way", "wan1 203.0.113.9 copies", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53" },
		{ "out wan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "wan0 udp 198.51.100.1:6000 > 192.0.2.9:53 copy 2" },
		{ "in wan0", "udp 192.0.2.9:53 > 198.51.100.1:6000",
		    "wan0 udp 192.0.2.9:53 > 10.0.0.2:1 copy 2" },
		{ "out lan0", "udp 192.0.2.9:53 > 10.0.0.2:1",
		    "lan0 udp 192.0.2.9:53 > 10.0.0.2:1" },
		/* an error about it is of the state */
		{ "in wan0", "icmp 192.0.2.9 > 198.51.100.1 3/3 {udp "
		    "198.51.100.1:6000 > 192.0.2.9:53}",
		    "wan0 icmp 192.0.2.9 > 10.0.0.2 3/3 {udp "
		    "10.0.0.2:1 > 192.0.2.9:53} copy 2" },
	} },
	{ "few of a table's next hops have a number: these are found", NET
	    "table <one> persist { 203.0.112.0/22 }\n"
	    "table <many> persist { 203.0.112.1 203.0.112.2 203.0.112.3 "
	    "203.0.112.4 203.0.112.5 203.0.112.6 203.0.112.7 203.0.112.8 "
	    "203.0.112.9 203.0.112.10 203.0.112.11 203.0.112.12 203.0.112.13 "
	    "203.0.112.14 203.0.112.15 203.0.112.16 203.0.112.17 203.0.112.18 "
	    "203.0.112.19 203.0.112.20 203.0.115.200 203.0.115.201 }\n"
	    "table <not> persist { 203.0.115.0/24 !203.0.115.200 }\n"
	    "pass\npass in on lan0 inet proto udp route-to <one>\n"
	    "pass in on lan0 inet proto udp to port 54 route-to <many>\n"
	    "pass in on lan0 inet proto udp to port 55 route-to <not>\n"
	    "pass in on lan0 inet proto udp to port 56 dup-to <many>\n"
	    "pass in on lan0 inet proto udp to port 58 route-to <one> "
	    "source-hash\n", {
		{ "way", "- 203.0.115.200", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 1" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:54",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:54 way 1" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:55", "drop no-route" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:56",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:56" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:58", "drop no-route" },
	} },
	{ "a next hop without a number is passed over; none is no route", NET
	    "table <none> persist\npass\n"
	    "pass in on lan0 inet proto udp route-to { 203.0.113.8 "
	    "203.0.113.9 203.0.113.7 }\n"
	    "pass in on lan0 inet proto udp to port 54 route-to 203.0.113.8\n"
	    "pass in on lan0 inet proto udp to port 55 dup-to 203.0.113.8\n"
	    "pass in on lan0 inet proto udp to port 56 route-to <none>\n", {
		{ "way", "- 203.0.113.9", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 1" },
		{ "in lan0", "udp 10.0.0.2:2 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:2 > 192.0.2.9:53 way 1" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:54", "drop no-route" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:55",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:55" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:56", "drop no-route" },
	} },
	{ "an address of this host is no next hop, as long as it is ours", NET
	    "table <t> persist { 203.0.113.1 203.0.113.9 }\n"
	    "pass\npass in on lan0 inet proto udp route-to { 203.0.113.1 "
	    "203.0.113.9 }\n"
	    "pass in on lan0 inet proto udp to port 54 route-to 203.0.113.1\n"
	    "pass in on lan0 inet proto udp to port 55 route-to <t>\n", {
		{ "way", "- 203.0.113.1", NULL },
		{ "way", "- 203.0.113.9", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:53 way 2" },
		{ "in lan0", "udp 10.0.0.2:2 > 192.0.2.9:53",
		    "lan0 udp 10.0.0.2:2 > 192.0.2.9:53 way 2" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:54", "drop no-route" },
		{ "in lan0", "udp 10.0.0.2:1 > 192.0.2.9:55",
		    "lan0 udp 10.0.0.2:1 > 192.0.2.9:55 way 2" },
		{ "in lan0", "udp 10.0.0.2:2 > 192.0.2.9:55",
		    "lan0 udp 10.0.0.2:2 > 192.0.2.9:55 way 2" },
		{ "ifs", IF_LAN0("8") IF_WAN0("") "interface wan1 tun address "
		    "203.0.113.2/24\n", NULL },
		{ "way", "- 203.0.113.1", NULL },
		{ "in lan0", "udp 10.0.0.2:2 > 192.0.2.9:54",
		    "lan0 udp 10.0.0.2:2 > 192.0.2.9:54 way 1" },
	} },
	{ "a link-local address of ours is another host's on another link",
	    IF_LAN0("8") IF_WAN0("") "interface wan1 tun address fe80::1/64 "
	    "address 2001:db8:1::1/64\ninterface wan2 tun address "
	    "fe80::2/64\npass\npass in on wan1 inet6 proto udp route-to "
	    "(wan2 fe80::1)\npass in on wan1 inet6 proto udp to port 54 "
	    "route-to (wan2 fe80::2)\npass in on wan1 inet6 proto udp to "
	    "port 55 route-to (wan1 fe80::1)\n", {
		{ "way", "wan2 fe80::1", NULL },
		{ "way", "wan2 fe80::2", NULL },
		{ "way", "wan1 fe80::1", NULL },
		{ "in wan1", "udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53",
		    "wan1 udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53 way 1" },
		{ "in wan1", "udp [2001:db8:1::2]:1 > [2001:db8:9::9]:54",
		    "drop no-route" },
		{ "in wan1", "udp [2001:db8:1::2]:1 > [2001:db8:9::9]:55",
		    "drop no-route" },
	} },
	{ "dup-to: for this host as well, and not what is blocked", NET
	    "block\npass in on lan0 inet proto udp to port 53 dup-to "
	    "203.0.113.9\n", {
		{ "way", "- 203.0.113.9 copies", NULL },
		{ "in lan0", "udp 10.0.0.2:1 > 10.0.0.1:53",
		    "lan0 udp 10.0.0.2:1 > 10.0.0.1:53 copy 1" },
		{ "in lan0", "udp 10.0.0.2:1 > 10.0.0.1:54", "drop match" },
		{ "out lan0", "udp 10.0.0.1:53 > 10.0.0.2:1",
		    "lan0 udp 10.0.0.1:53 > 10.0.0.2:1 copy 1" },
	} },
};

START_TEST(test_hosted)
{
	scenario_run_host(&hosted[_i]);
}
END_TEST

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

static bool
same_way(const struct ifway *a, const struct ifway *b)
{
	return a->af == b->af && a->copies == b->copies &&
	    a->ifidx == b->ifidx && addr_equal(&a->gw, &b->gw);
}

/* Numbers of many next hops, some of which nobody has. */
START_TEST(test_numbers)
{
	struct ifset *ifs = ifset_new(&(struct iface){ .index = 0 }, 0, NULL, 0,
	    NULL, 0, false);
	struct ifway v[1000], w;
	uint16_t i;

	ck_assert_ptr_nonnull(ifs);
	ck_assert_uint_eq(ifset_way(ifs, &(struct ifway){ .af = AF_INET }), 0);
	memset(v, 0, sizeof(v));
	for (i = 0; i < 1000; i++) {
		if (i % 7 == 3)
			continue;
		v[i].af = i % 2 ? AF_INET : AF_INET6;
		v[i].copies = i % 3 == 0;
		v[i].ifidx = i % 5;
		v[i].gw.w[i % 2 ? 0 : 3] = htonl(0x0a000000 + i / 10);
	}
	ck_assert_int_eq(ifset_ways(ifs, v, 1000), 0);
	ck_assert(ifs->routed);
	for (i = 0; i < 1000; i++) {
		w = v[i];
		if (w.af == 0)
			continue;
		ck_assert_msg(same_way(&v[ifset_way(ifs, &w) - 1], &w),
		    "hop %u", i);
		w.gw.w[1] = 1;
		ck_assert_uint_eq(ifset_way(ifs, &w), 0);
	}
	ck_assert_uint_eq(ifset_way(ifs, &v[3]), 0);
	ifset_free(ifs);
}
END_TEST

Suite *
suite_ways(void)
{
	Suite *s = suite_create("ways");
	TCase *tc = tcase_create("scenarios");

	tcase_add_test(tc, test_numbers);
	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_loop_test(tc, test_hosted, 0,
	    sizeof(hosted) / sizeof(hosted[0]));
	suite_add_tcase(s, tc);
	return s;
}
