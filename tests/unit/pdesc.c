/* SPDX-License-Identifier: ISC */
/*
 * The parser: a table of packets, with the reason for which each is dropped,
 * and what is read from those that are not.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/pdesc.h"
#include "tests/hexpkt.h"

#define A "0a000001 c0000201 "		/* 10.0.0.1 to 192.0.2.1 */
#define B "c0000201 0a000001 "
#define V4F(frag, proto, addrs) "4500 L 0001 " frag " 40 " proto " S " addrs
#define V4(proto) V4F("4000", proto, A)
#define A6 "20010db8 00000000 00000000 00000001 " \
	"20010db8 00000000 00000000 00000002 "
#define B6 "20010db8 00000000 00000000 00000002 " \
	"20010db8 00000000 00000000 00000001 "
#define V6A(next, addrs) "60000000 M " next " 40 " addrs
#define V6(next) V6A(next, A6)
#define TCP "04d2 0050 00000001 00000002 5010 ffff T 0000 "
#define TCPF(flags) "04d2 0050 00000001 00000002 50" flags " ffff T 0000 "
#define UDP "04d2 0035 000c U 61626364 "
#define ECHO "0800 C 1234 0001 61626364 "
#define ECHO6 "8000 K 1234 0001 61626364 "
/* An error from 192.0.2.1 about a datagram of 10.0.0.1, not yet complete. */
#define ERR V4F("0000", "01", B) "0301 C 00000000 "
#define ERR6 V6A("3a", B6) "0100 K 00000000 "
#define IN4(proto) "4500 0100 0001 4000 3f " proto " S " A
#define IN6(next) "60000000 0100 " next " 3f " A6
#define PORTS "04d2 0035 000c 0000 "
#define HBH(next) next "00 010400000000 "	/* padding only */
#define DST(next) next "00 010400000000 "
#define RT2(next) next "02 0200 00000000 Z10 "
#define FRAG(next, off) next "00 " off " 00000007 "

static const struct {
	const char *what, *text;
	enum reason want;
} packets[] = {
	/* IPv4 headers */
	{ "nothing", "", REASON_SHORT },
	{ "one byte", "45", REASON_SHORT },
	{ "one byte short of an IPv4 header",
	    "4500 L 0001 4000 40 11 S 0a000001 c00002 X01 " UDP, REASON_SHORT },
	{ "a bare IPv4 header of a protocol without one", V4("2f"), 0 },
	{ "version 5", "55 Z27", REASON_UNSUPPORTED },
	{ "version 0", "05 Z27", REASON_UNSUPPORTED },
	{ "header length 4 words", "44 00 L 0001 4000 40 11 S " A UDP,
	    REASON_SHORT },
	{ "header length 0", "40 00 L 0001 4000 40 11 S " A UDP, REASON_SHORT },
	{ "header longer than the bytes", "4f00 L 0001 4000 40 11 S " A UDP,
	    REASON_SHORT },
	{ "header longer than the total length",
	    "4600 0014 0001 4000 40 11 S " A "00000000 " UDP, REASON_SHORT },
	{ "total length below the header",
	    "4500 0013 0001 4000 40 11 S " A UDP, REASON_SHORT },
	{ "total length 0", "4500 0000 0001 4000 40 06 S " A TCP,
	    REASON_SHORT },
	{ "total length beyond the bytes",
	    "4500 0021 0001 4000 40 11 S " A UDP, REASON_SHORT },
	{ "padding behind the datagram", "4500 0020 0001 4000 40 11 S " A
	    "04d2 0035 000c 0000 61626364 Z0e", 0 },
	{ "wrong IPv4 header sum", "4500 L 0001 4000 40 11 beef " A UDP,
	    REASON_HDRCKSUM },
	{ "IPv4 header sum of zero", "4500 L 0001 4000 40 11 0000 " A UDP,
	    REASON_HDRCKSUM },
	/* IPv4 options */
	{ "no operations and end", "4600 L 0001 4000 40 11 S " A "01010100 "
	    "04d2 0035 000c 0000 61626364", 0 },
	{ "record route", "4700 L 0001 4000 40 11 S " A "0707040000000000 "
	    "04d2 0035 000c 0000 61626364", 0 },
	{ "option of length 0", "4600 L 0001 4000 40 11 S " A "07000000 "
	    "04d2 0035 000c 0000 61626364", REASON_IPOPTION },
	{ "option of length 1", "4600 L 0001 4000 40 11 S " A "83010000 "
	    "04d2 0035 000c 0000 61626364", REASON_IPOPTION },
	{ "option beyond the header", "4600 L 0001 4000 40 11 S " A "07050400 "
	    "04d2 0035 000c 0000 61626364", REASON_IPOPTION },
	{ "option without its length", "4600 L 0001 4000 40 11 S " A "01010107 "
	    "04d2 0035 000c 0000 61626364", REASON_IPOPTION },
	{ "rubbish behind the end of options",
	    "4600 L 0001 4000 40 11 S " A "00ffffff "
	    "04d2 0035 000c 0000 61626364", 0 },
	/* IPv4 addresses */
	{ "source multicast", V4F("0000", "11", "e0000001 c0000201") UDP,
	    REASON_MARTIAN },
	{ "source 239.255.255.255", V4F("0000", "11", "efffffff c0000201") UDP,
	    REASON_MARTIAN },
	{ "source broadcast", V4F("0000", "11", "ffffffff c0000201") UDP,
	    REASON_MARTIAN },
	{ "source 0.0.0.0 to a host", V4F("0000", "11", "00000000 c0000201") UDP,
	    REASON_MARTIAN },
	{ "source 0.0.0.1 to all", V4F("0000", "11", "00000001 ffffffff") UDP,
	    REASON_MARTIAN },
	{ "target 0.0.0.0", V4F("0000", "11", "0a000001 00000000") UDP,
	    REASON_MARTIAN },
	{ "target 0.1.2.3", V4F("0000", "06", "0a000001 00010203") TCP,
	    REASON_MARTIAN },
	{ "DHCP's first packet", V4F("0000", "11", "00000000 ffffffff") UDP, 0 },
	{ "IGMP without an address", V4F("0000", "02", "00000000 e0000001")
	    "1164 0000 00000000", 0 },
	{ "target multicast", V4F("0000", "11", "0a000001 e00000fb") UDP, 0 },
	{ "land, TCP", V4F("0000", "06", "0a000001 0a000001")
	    "0050 0050 00000001 00000000 5002 ffff T 0000", REASON_MARTIAN },
	{ "land, UDP", V4F("0000", "11", "0a000001 0a000001")
	    "0035 0035 0008 U", REASON_MARTIAN },
	{ "to itself, another port", V4F("0000", "06", "0a000001 0a000001")
	    TCP, 0 },
	{ "to itself over loopback", V4F("0000", "11", "7f000001 7f000001")
	    "0035 0035 0008 U", 0 },
	{ "ping to itself", V4F("0000", "01", "0a000001 0a000001") ECHO, 0 },
	/* IPv4 fragments */
	{ "first fragment", V4F("2000", "11", A) "04d2 0035 0100 0000 Z10", 0 },
	{ "middle fragment", V4F("2003", "11", A) "Z10", 0 },
	{ "last fragment, odd length", V4F("0003", "11", A) "Z11", 0 },
	{ "middle fragment of 17 bytes", V4F("2003", "11", A) "Z11",
	    REASON_FRAG },
	{ "empty last fragment", V4F("0003", "11", A), REASON_FRAG },
	{ "empty first fragment", V4F("2000", "11", A), REASON_FRAG },
	{ "fragment that ends at 65535", V4F("1ffc", "11", A) "Z0b", 0 },
	{ "fragment beyond 65535", V4F("1ffc", "11", A) "Z0c", REASON_FRAG },
	{ "fragment at the last offset", V4F("1fff", "11", A) "Z08",
	    REASON_FRAG },
	{ "tiny first fragment (for reassembly)", V4F("2000", "06", A)
	    "04d2 0050 00000001", 0 },
	{ "first fragment of an ICMP error", V4F("2000", "01", B)
	    "0301 0000 00000000 " IN4("11") "04d20035", 0 },
	/* TCP */
	{ "TCP", V4("06") TCP, 0 },
	{ "TCP with a wrong sum", V4("06")
	    "04d2 0050 00000001 00000002 5010 ffff beef 0000", 0 },
	{ "no TCP header at all", V4("06"), REASON_SHORT },
	{ "TCP of 19 bytes", V4("06") "04d2 0050 00000001 00000002 5010 ffff "
	    "0000 00", REASON_SHORT },
	{ "TCP of 8 bytes", V4("06") "04d2 0050 00000001", REASON_SHORT },
	{ "TCP offset 4", V4("06")
	    "04d2 0050 00000001 00000002 4010 ffff 0000 0000", REASON_SHORT },
	{ "TCP offset 0", V4("06")
	    "04d2 0050 00000001 00000002 0010 ffff 0000 0000", REASON_SHORT },
	{ "TCP offset 6 of 20 bytes", V4("06")
	    "04d2 0050 00000001 00000002 6010 ffff 0000 0000", REASON_SHORT },
	{ "TCP offset 15 of 59 bytes", V4("06")
	    "04d2 0050 00000001 00000002 f010 ffff 0000 0000 Z27",
	    REASON_SHORT },
	{ "TCP offset 15", V4("06")
	    "04d2 0050 00000001 00000002 f010 ffff 0000 0000 Z28", 0 },
	{ "SYN RST", V4("06") TCPF("06"), REASON_NORM },
	{ "SYN FIN", V4("06") TCPF("03"), REASON_NORM },
	{ "no flags", V4("06") TCPF("00"), REASON_NORM },
	{ "FIN alone", V4("06") TCPF("01"), REASON_NORM },
	{ "FIN PSH URG", V4("06") TCPF("29"), REASON_NORM },
	{ "RST PSH", V4("06") TCPF("0c"), REASON_NORM },
	{ "RST", V4("06") TCPF("04"), 0 },
	{ "RST ACK", V4("06") TCPF("14"), 0 },
	{ "SYN ECE CWR", V4("06") TCPF("c2"), 0 },
	{ "FIN PSH ACK", V4("06") TCPF("19"), 0 },
	/* UDP */
	{ "UDP", V4("11") UDP, 0 },
	{ "UDP without a sum", V4("11") "04d2 0035 000c 0000 61626364", 0 },
	{ "UDP of 7 bytes", V4("11") "04d2 0035 0008 00", REASON_SHORT },
	{ "UDP length 7", V4("11") "04d2 0035 0007 0000", REASON_SHORT },
	{ "UDP length 0", V4("11") "04d2 0035 0000 0000", REASON_SHORT },
	{ "UDP length beyond the bytes", V4("11") "04d2 0035 0009 0000",
	    REASON_SHORT },
	{ "UDP length below the bytes", V4("11") "04d2 0035 0008 0000 00", 0 },
	{ "UDP to port 0", V4("11") "04d2 0000 0008 0000", REASON_SHORT },
	/* ICMP */
	{ "echo", V4("01") ECHO, 0 },
	{ "ICMP of 7 bytes", V4("01") "0800 0000 1234 00", REASON_SHORT },
	{ "ICMPv6 in IPv4", V4("3a") ECHO, REASON_NORM },
	{ "ICMP in IPv6", V6("01") ECHO, REASON_NORM },
	{ "unknown ICMP type", V4("01") "fd00 C 00000000", 0 },
	/* ICMP errors */
	{ "unreachable about UDP", ERR IN4("11") PORTS, 0 },
	{ "unreachable about TCP", ERR IN4("06") "04d2 0050 00000001", 0 },
	{ "unreachable about an echo", ERR IN4("01") "0800 0000 12340001", 0 },
	{ "unreachable about GRE, no payload", ERR IN4("2f"), 0 },
	{ "no quote", ERR, REASON_ICMPINNER },
	{ "quote of 19 bytes", V4F("0000", "01", B) "0301 C 00000000 "
	    "4500 0100 0001 4000 3f 11 0000 0a000001 c00002",
	    REASON_ICMPINNER },
	{ "quote without ports", ERR IN4("11"), REASON_ICMPINNER },
	{ "quote with 7 bytes of UDP", ERR IN4("11") "04d2 0035 000c 00",
	    REASON_ICMPINNER },
	{ "quote with 7 bytes of TCP", ERR IN4("06") "04d2 0035 000000",
	    REASON_ICMPINNER },
	{ "quoted length cuts the ports off", ERR
	    "4500 001b 0001 4000 3f 11 S " A PORTS, REASON_ICMPINNER },
	{ "wrong ICMP sum", V4F("0000", "01", B) "0301 beef 00000000 "
	    IN4("11") PORTS, REASON_PROTCKSUM },
	{ "wrong sum of the quoted header", ERR
	    "4500 0100 0001 4000 3f 11 beef " A PORTS, REASON_ICMPINNER },
	{ "wrong layer 4 sum in the quote", ERR IN4("11")
	    "04d2 0035 000c beef", 0 },
	{ "options in the quote", ERR "4700 0100 0001 4000 3f 11 S " A
	    "0707040000000000 " PORTS, 0 },
	{ "options in the quote, cut", ERR "4f00 0100 0001 4000 3f 11 0000 " A
	    "0707040000000000", REASON_ICMPINNER },
	{ "quoted header length 4", ERR "4400 0100 0001 4000 3f 11 S " A PORTS,
	    REASON_ICMPINNER },
	{ "quote is IPv6", ERR IN6("11") PORTS, REASON_ICMPINNER },
	{ "quoted ICMP error", ERR IN4("01") "0301 0000 00000000",
	    REASON_ICMPINNER },
	{ "quoted ICMPv6 in IPv4", ERR IN4("3a") "8000 0000 12340001",
	    REASON_ICMPINNER },
	{ "quoted fragment, not the first", ERR
	    "4500 0100 0001 0003 3f 11 S " A PORTS, REASON_FRAG },
	{ "quoted first fragment", ERR
	    "4500 0100 0001 2000 3f 11 S " A PORTS, 0 },
	{ "sent to another than the quoted source", ERR
	    "4500 0100 0001 4000 3f 11 S 0a000002 c0000201 " PORTS,
	    REASON_ICMPINNER },
	{ "RFC 4884 extension behind the quote", ERR IN4("11") PORTS
	    "Z64 2000 0000 0008 0101 00018141", 0 },
	{ "redirect", V4F("0000", "01", B) "0501 C 0a000002 " IN4("11") PORTS,
	    0 },
	{ "parameter problem", V4F("0000", "01", B) "0c00 C 14000000 "
	    IN4("11") PORTS, 0 },
	/* IPv6 headers */
	{ "IPv6 UDP", V6("11") UDP, 0 },
	{ "IPv6 TCP", V6("06") TCP, 0 },
	{ "IPv6 UDP without a header", V6("11"), REASON_SHORT },
	{ "IPv6 header, no payload, no next header", V6("3b"), 0 },
	{ "IPv6 header, cut by a byte", "60000000 0000 3b 40 "
	    "20010db8 00000000 00000000 00000001 "
	    "20010db8 00000000 00000000 000000", REASON_SHORT },
	{ "payload beyond the bytes", "60000000 000d 11 40 " A6
	    "04d2 0035 000c 1111 61626364", REASON_SHORT },
	{ "padding behind IPv6", "60000000 000c 11 40 " A6
	    "04d2 0035 000c 1111 61626364 Z10", 0 },
	{ "IPv6 TCP of 19 bytes", V6("06") "04d2 0050 00000001 00000002 5010 "
	    "ffff 0000 00", REASON_SHORT },
	{ "IPv6 source multicast", V6A("11", "ff020000 00000000 00000000 "
	    "00000001 20010db8 00000000 00000000 00000002") UDP,
	    REASON_MARTIAN },
	{ "IPv6 source unspecified to a host", V6A("11", "Z10 "
	    "20010db8 00000000 00000000 00000002") UDP, REASON_MARTIAN },
	{ "address detection", V6A("3a", "Z10 ff020000 00000000 00000001 "
	    "ff000002 ") "8700 K 00000000 fe800000 00000000 00000000 00000002",
	    0 },
	{ "IPv6 target unspecified", V6A("11",
	    "20010db8 00000000 00000000 00000002 Z10") UDP, REASON_MARTIAN },
	{ "mapped source", V6A("11", "00000000 00000000 0000ffff 0a000001 "
	    "20010db8 00000000 00000000 00000002") UDP, REASON_MARTIAN },
	{ "mapped target", V6A("11", "20010db8 00000000 00000000 00000002 "
	    "00000000 00000000 0000ffff 0a000001") UDP, REASON_MARTIAN },
	{ "multicast of the reserved scope", V6A("11",
	    "20010db8 00000000 00000000 00000002 "
	    "ff000000 00000000 00000000 00000001") UDP, REASON_MARTIAN },
	{ "IPv6 land", V6A("06", "20010db8 00000000 00000000 00000002 "
	    "20010db8 00000000 00000000 00000002")
	    "0050 0050 00000001 00000000 5002 ffff T 0000", REASON_MARTIAN },
	/* extension headers */
	{ "hop-by-hop, then UDP", V6("00") HBH("11")
	    "04d2 0035 000c 1111 61626364", 0 },
	{ "hop-by-hop that is cut", V6("00") "1100 0104", REASON_SHORT },
	{ "hop-by-hop longer than the packet", V6("00") "1101 010400000000",
	    REASON_SHORT },
	{ "hop-by-hop in second place", V6("3c") DST("00") HBH("11") PORTS,
	    REASON_IPOPTION },
	{ "two hop-by-hop", V6("00") HBH("00") HBH("11") PORTS,
	    REASON_IPOPTION },
	{ "option beyond its header", V6("00") "1100 010500000000 " PORTS,
	    REASON_IPOPTION },
	{ "option without a length", V6("00") "1100 0000000000 c3" PORTS,
	    REASON_IPOPTION },
	{ "jumbogram", V6("00") "1100 c204 00010000 " PORTS, REASON_IPOPTION },
	{ "routing type 0", V6("2b") "1102 0001 00000000 Z10" PORTS,
	    REASON_IPOPTION },
	{ "routing type 2", V6("2b") RT2("11") "04d2 0035 0008 1111", 0 },
	{ "two routing headers", V6("2b") RT2("2b") RT2("11") PORTS,
	    REASON_IPOPTION },
	{ "eight headers", V6("00") HBH("3c") DST("3c") DST("3c") DST("3c")
	    DST("3c") DST("3c") DST("3c") DST("11") "04d2 0035 0008 1111", 0 },
	{ "nine headers", V6("00") HBH("3c") DST("3c") DST("3c") DST("3c")
	    DST("3c") DST("3c") DST("3c") DST("3c") DST("11")
	    "04d2 0035 0008 1111", REASON_IPOPTION },
	{ "authentication header", V6("33") "1104 0000 00000001 00000001 Z0c "
	    "04d2 0035 0008 1111", 0 },
	{ "authentication header that is cut", V6("33")
	    "1105 0000 00000001 00000001 Z0c", REASON_SHORT },
	{ "headers up to the end, no layer 4", V6("00") HBH("06"),
	    REASON_SHORT },
	/* IPv6 fragments */
	{ "IPv6 first fragment", V6("2c") FRAG("11", "0001")
	    "04d2 0035 0100 1111 Z10", 0 },
	{ "IPv6 last fragment", V6("2c") FRAG("11", "0010") "Z11", 0 },
	{ "IPv6 middle fragment of 17 bytes", V6("2c") FRAG("11", "0011") "Z11",
	    REASON_FRAG },
	{ "IPv6 empty fragment", V6("2c") FRAG("11", "0010"), REASON_FRAG },
	{ "IPv6 fragment beyond 65535", V6("2c") FRAG("11", "fff8") "Z08",
	    REASON_FRAG },
	{ "atomic fragment", V6("2c") FRAG("11", "0000")
	    "04d2 0035 0008 1111", 0 },
	{ "fragment header that is cut", V6("2c") "1100 0001", REASON_SHORT },
	{ "two fragment headers, CVE-2023-4809", V6("2c") FRAG("2c", "0000")
	    FRAG("11", "0000") "04d2 0035 0008 1111", REASON_FRAG },
	{ "fragment header in a first fragment", V6("2c") FRAG("2c", "0001")
	    FRAG("11", "0001") "04d2 0035 0008 1111", REASON_FRAG },
	{ "first fragment ends in the chain", V6("2c") FRAG("3c", "0001")
	    "0601 010400000000", REASON_FRAG },
	{ "first fragment ends in TCP", V6("2c") FRAG("06", "0001")
	    "04d2 0050 00000001 00000002 5010 ffff", REASON_FRAG },
	{ "first fragment ends in TCP options", V6("2c") FRAG("06", "0001")
	    "04d2 0050 00000001 00000002 8010 ffff 0000 0000 Z04",
	    REASON_FRAG },
	{ "chain in a later fragment is data", V6("2c") FRAG("3c", "0010")
	    "06ff", 0 },
	/* ICMPv6 */
	{ "IPv6 echo", V6("3a") ECHO6, 0 },
	{ "ICMPv6 of 7 bytes", V6("3a") "8000 0000 123400", REASON_SHORT },
	{ "ICMPv6 unreachable", ERR6 IN6("11") PORTS, 0 },
	{ "too big about TCP", V6A("3a", B6) "0200 K 00000500 " IN6("06")
	    "04d2 0050 00000001", 0 },
	{ "wrong ICMPv6 sum", V6A("3a", B6) "0100 beef 00000000 " IN6("11")
	    PORTS, REASON_PROTCKSUM },
	{ "quoted IPv6 header that is cut", ERR6 "60000000 0100 11 3f "
	    "20010db8 00000000 00000000 00000001", REASON_ICMPINNER },
	{ "quoted IPv6 with a chain", ERR6 IN6("00") HBH("11") PORTS, 0 },
	{ "quoted chain that is cut", ERR6 IN6("00") "1101 0104",
	    REASON_ICMPINNER },
	{ "quote is IPv4 in ICMPv6", ERR6 IN4("11") PORTS, REASON_ICMPINNER },
	{ "quoted ICMPv6 error", ERR6 IN6("3a") "0100 0000 00000000",
	    REASON_ICMPINNER },
	{ "quoted ICMP in IPv6", ERR6 IN6("01") "0800 0000 12340001",
	    REASON_ICMPINNER },
	{ "quoted IPv6 fragment, not the first", ERR6 IN6("2c")
	    FRAG("11", "0010") PORTS, REASON_FRAG },
	{ "sent to another than the quoted IPv6 source", ERR6
	    "60000000 0100 11 3f 20010db8 00000000 00000000 00000003 "
	    "20010db8 00000000 00000000 00000002 " PORTS, REASON_ICMPINNER },
};

static struct packet
packet_of(uint8_t *buf, size_t size, const char *text)
{
	struct packet pkt = { .data = buf, .ifidx = 1, .dir = DIR_IN };

	pkt.len = (uint32_t)hexpkt(buf, size, text);
	return pkt;
}

START_TEST(test_reason)
{
	uint8_t buf[2048], *exact;
	struct packet pkt;
	struct pdesc pd;
	enum reason got;

	pkt = packet_of(buf, sizeof(buf), packets[_i].text);
	/* a block of just that size, so that a sanitizer sees reads behind */
	ck_assert_ptr_nonnull(exact = malloc(pkt.len != 0 ? pkt.len : 1));
	memcpy(exact, buf, pkt.len);
	pkt.data = exact;
	got = pdesc_parse(&pd, &pkt);
	ck_assert_msg(got == packets[_i].want, "%s: %s, not %s",
	    packets[_i].what, reason_name(got), reason_name(packets[_i].want));
	ck_assert_msg(pkt.changed == 0, "%s: changed", packets[_i].what);
	free(pkt.data);
}
END_TEST

/* Every packet of the table, cut at every length: no read beyond, no crash. */
START_TEST(test_cut)
{
	uint8_t buf[2048], *cut;
	struct packet pkt, part;
	struct pdesc pd;
	uint32_t len;

	pkt = packet_of(buf, sizeof(buf), packets[_i].text);
	for (len = 0; len < pkt.len; len++) {
		ck_assert_ptr_nonnull(cut = malloc(len != 0 ? len : 1));
		memcpy(cut, buf, len);
		part = pkt;
		part.data = cut;
		part.len = len;
		if (pdesc_parse(&pd, &part) == 0) {
			ck_assert_uint_le(pd.l3len + pd.l4len, len);
			ck_assert_uint_eq(pd.len, part.len);
		}
		free(cut);
	}
}
END_TEST

static const struct {
	const char *what, *text;
	uint16_t flags;		/* PD_... that must be set, exactly */
	uint8_t proto;
	uint16_t l3len, l4len, hdrlen;
	uint32_t datalen;
	uint16_t sport, dport;	/* host order; ICMP: class as is */
} reads[] = {
	{ "TCP", V4("06") TCP "616263", PD_L4 | PD_DF, 6, 20, 23, 20, 3,
	    1234, 80 },
	{ "UDP", V4("11") UDP, PD_L4 | PD_DF, 17, 20, 12, 8, 4, 1234, 53 },
	{ "padding is not payload", "4500 0020 0001 0000 40 11 S " A
	    "04d2 0035 000c 0000 61626364 Z0e", PD_L4, 17, 20, 12, 8, 4,
	    1234, 53 },
	{ "echo", V4("01") ECHO, PD_L4 | PD_DF, 1, 20, 12, 8, 4, 0x1234,
	    ICMPC_ECHO_REQ },
	{ "IPv6 echo reply", V6("3a") "8100 K 1234 0001", PD_L4, 58, 40, 8, 8,
	    0, 0x1234, ICMPC_ECHO_REP },
	{ "neighbour solicitation has no id", V6("3a") "8700 K 12345678 Z10",
	    PD_L4, 58, 40, 24, 8, 16, 0, ICMPC_ND_SOL },
	{ "one-way type", V4("01") "fd00 C 12345678", PD_L4 | PD_DF, 1, 20, 8,
	    8, 0, 0, ICMPC_OTHER + 253 * 2 },
	{ "options", "4700 L 0001 0000 40 11 S " A "0707040000000000 "
	    "04d2 0035 0008 0000", PD_L4 | PD_OPTIONS, 17, 28, 8, 8, 0,
	    1234, 53 },
	{ "router alert of IGMP", "4600 L 0001 0000 01 02 S 0a000001 e0000016 "
	    "94040000 2200 0000 00000000", 0, 2, 24, 8, 0, 8, 0, 0 },
	{ "router alert of UDP", "4600 L 0001 0000 01 11 S 0a000001 e0000016 "
	    "94040000 04d2 0035 0008 0000", PD_L4 | PD_OPTIONS, 17, 24, 8, 8,
	    0, 1234, 53 },
	{ "loopback", V4F("0000", "11", "7f000001 7f000002") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 20, 12, 8, 4, 1234, 53 },
	{ "IPv6 loopback", V6A("11", "Z0f 01 Z0f 01") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 40, 12, 8, 4, 1234, 53 },
	{ "first fragment", V4F("2000", "11", A) "04d2 0035 0100 0000 Z10",
	    PD_L4 | PD_FRAGMENT | PD_FIRSTFRAG, 17, 20, 24, 8, 16, 1234, 53 },
	{ "second fragment", V4F("2003", "11", A) "04d2 0035 0100 0000",
	    PD_FRAGMENT, 17, 20, 8, 0, 8, 0, 0 },
	{ "tiny first fragment", V4F("2000", "06", A) "04d2 0050 00000001",
	    PD_FRAGMENT | PD_FIRSTFRAG, 6, 20, 8, 0, 8, 0, 0 },
	{ "hop-by-hop", V6("00") HBH("11") "04d2 0035 0008 1111",
	    PD_L4 | PD_OPTIONS, 17, 48, 8, 8, 0, 1234, 53 },
	{ "MLD report", "60000000 M 00 01 fe800000 Z0b 01 ff020000 Z0b 16 "
	    "3a00 05020000 0100 8f00 0000 00000000", PD_L4, 58, 48, 8, 8, 0,
	    0, ICMPC_OTHER + 143 * 2 },
	{ "atomic fragment", V6("2c") FRAG("11", "0000")
	    "04d2 0035 0008 1111", PD_L4, 17, 48, 8, 8, 0, 1234, 53 },
	{ "IPv6 second fragment", V6("2c") FRAG("11", "0010") "Z11",
	    PD_FRAGMENT, 17, 48, 17, 0, 17, 0, 0 },
	{ "unreachable", ERR IN4("11") PORTS, PD_L4 | PD_ICMPERR, 1, 20, 36,
	    8, 28, 0, ICMPC_OTHER + 3 * 2 },
	{ "SCTP has no ports here", V4("84") "04d2 0035 00000000 00000000",
	    PD_DF, 132, 20, 12, 0, 12, 0, 0 },
};

START_TEST(test_read)
{
	const char *what = reads[_i].what;
	uint8_t buf[2048];
	struct packet pkt;
	struct pdesc pd;
	bool icmp;

	pkt = packet_of(buf, sizeof(buf), reads[_i].text);
	memset(&pd, 0xa5, sizeof(pd));
	ck_assert_msg(pdesc_parse(&pd, &pkt) == 0, "%s: dropped", what);
	icmp = pd.proto == 1 || pd.proto == 58;
	ck_assert_msg(pd.flags == reads[_i].flags, "%s: flags %#x", what,
	    pd.flags);
	ck_assert_msg(pd.proto == reads[_i].proto, "%s: proto", what);
	ck_assert_msg(pd.l3len == reads[_i].l3len, "%s: l3len", what);
	ck_assert_msg(pd.l4len == reads[_i].l4len, "%s: l4len", what);
	ck_assert_msg(pd.hdrlen == reads[_i].hdrlen, "%s: hdrlen", what);
	ck_assert_msg(pd.datalen == reads[_i].datalen, "%s: datalen", what);
	ck_assert_msg(ntohs(pd.key.sport) == reads[_i].sport, "%s: sport",
	    what);
	ck_assert_msg((icmp ? pd.key.dport : ntohs(pd.key.dport)) ==
	    reads[_i].dport, "%s: dport", what);
	ck_assert_msg(memcmp(&pd.key, &pd.cur, sizeof(pd.key)) == 0,
	    "%s: cur is not key", what);
	ck_assert_msg(pd.len == pkt.len && pd.len == pd.l3len + pd.l4len,
	    "%s: len", what);
	ck_assert_msg(pd.ifidx == 1 && pd.received_on == 1 && pd.tag == 0 &&
	    pd.pkt == &pkt, "%s: not from the packet", what);
}
END_TEST

START_TEST(test_tcp_fields)
{
	uint8_t buf[256];
	struct pdesc pd;
	struct packet pkt = packet_of(buf, sizeof(buf), V4("06")
	    "04d2 0050 89abcdef 76543210 80c2 1234 T 0000 "
	    "0204 05b4 01 0303 0f 0402 0000");

	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.seq, 0x89abcdef);
	ck_assert_uint_eq(pd.ack, 0x76543210);
	ck_assert_uint_eq(pd.win, 0x1234);
	ck_assert_uint_eq(pd.tcpflags, 0xc2);
	ck_assert_uint_eq(pd.mss, 1460);
	ck_assert_uint_eq(pd.wscale, 14); /* 15 is read as 14 */
}
END_TEST

/* Options of a SYN that are no use: taken as not there, packet passes. */
static const struct {
	const char *what, *opts; /* 12 bytes */
	uint16_t mss;
	uint8_t wscale;
} synopts[] = {
	{ "none", "Z0c", 0, 0xff },
	{ "end before the scale", "00 030307 Z08", 0, 0xff },
	{ "length 0", "0200 05b4 03030701 Z04", 0, 0xff },
	{ "length 1", "03010303 07 Z07", 0, 0xff },
	{ "last byte without length", "01010101 01010101 010101 03", 0, 0xff },
	{ "beyond the header", "01010101 01010101 0101 0304", 0, 0xff },
	{ "scale of wrong length", "0304 0700 020405b4 Z04", 1460, 0xff },
	{ "unknown kind is stepped over", "fd04 0000 03030001 020405b4", 1460,
	    0 },
};

START_TEST(test_syn_options)
{
	char text[512];
	uint8_t buf[256];
	struct packet pkt;
	struct pdesc pd;

	snprintf(text, sizeof(text), V4("06") "04d2 0050 00000001 00000000 "
	    "8002 ffff T 0000 %s", synopts[_i].opts);
	pkt = packet_of(buf, sizeof(buf), text);
	ck_assert_msg(pdesc_parse(&pd, &pkt) == 0, "%s", synopts[_i].what);
	ck_assert_msg(pd.mss == synopts[_i].mss, "%s: mss", synopts[_i].what);
	ck_assert_msg(pd.wscale == synopts[_i].wscale, "%s: wscale",
	    synopts[_i].what);
}
END_TEST

START_TEST(test_fragment_fields)
{
	uint8_t buf[256];
	struct pdesc pd;
	struct packet pkt = packet_of(buf, sizeof(buf),
	    V4F("2003", "11", A) "Z10");

	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.fragoff, 24);
	ck_assert_uint_eq(pd.fragmore, 1);
	ck_assert_uint_eq(pd.fragid, 1);
	pkt = packet_of(buf, sizeof(buf), V6("00") HBH("2c")
	    FRAG("11", "0010") "Z11");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.fragoff, 16);
	ck_assert_uint_eq(pd.fragmore, 0);
	ck_assert_uint_eq(pd.fragid, 7);
	ck_assert_uint_eq(pd.fraghdr, 48);
	ck_assert_uint_eq(pd.fragnxt, 40);
}
END_TEST

START_TEST(test_quote_fields)
{
	uint8_t buf[256];
	struct pdesc pd;
	struct packet pkt = packet_of(buf, sizeof(buf), ERR
	    "4700 0100 0001 4000 3f 06 S " A "0707040000000000 "
	    "04d2 0050 89abcdef");

	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.quote.off, 28);
	ck_assert_uint_eq(pd.quote.l4off, 56);
	ck_assert_uint_eq(pd.quote.l4len, 8);
	ck_assert_uint_eq(pd.quote.af, AF_INET);
	ck_assert_uint_eq(pd.quote.proto, 6);
	ck_assert_uint_eq(ntohl(pd.quote.t.src.w[0]), 0x0a000001);
	ck_assert_uint_eq(ntohl(pd.quote.t.dst.w[0]), 0xc0000201);
	ck_assert_uint_eq(ntohs(pd.quote.t.sport), 1234);
	ck_assert_uint_eq(ntohs(pd.quote.t.dport), 80);
	ck_assert_uint_eq(pd.quote.seq, 0x89abcdef);
	pkt = packet_of(buf, sizeof(buf), ERR6 IN6("3a") "8000 0000 1234 0001");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.quote.icmp_class, ICMPC_ECHO_REQ);
	ck_assert_uint_eq(ntohs(pd.quote.t.sport), 0x1234);
	ck_assert_uint_eq(pd.quote.l4off, 40 + 8 + 40);
}
END_TEST

/* Every type has a class of its own, and request ^ 1 is the reply. */
START_TEST(test_classes)
{
	static const struct { uint8_t af, req, rep; } pairs[] = {
		{ AF_INET, 8, 0 }, { AF_INET, 13, 14 }, { AF_INET, 15, 16 },
		{ AF_INET, 17, 18 }, { AF_INET6, 128, 129 },
		{ AF_INET6, 133, 134 }, { AF_INET6, 135, 136 },
		{ AF_INET6, 139, 140 },
	};
	static const uint8_t afs[] = { AF_INET, AF_INET6 };
	unsigned i, a, b;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_uint_eq(icmp_class(pairs[i].af, pairs[i].req) ^ 1,
		    icmp_class(pairs[i].af, pairs[i].rep));
	for (i = 0; i < 2; i++)
		for (a = 0; a < 256; a++)
			for (b = 0; b < a; b++)
				ck_assert_uint_ne(
				    icmp_class(afs[i], (uint8_t)a),
				    icmp_class(afs[i], (uint8_t)b));
}
END_TEST

static const struct {
	const char *what, *text;
	enum reason want;
} fragchecks[] = {
	{ "whole datagram", V4("06") TCP, 0 },
	{ "tiny first TCP", V4F("2000", "06", A) "04d2 0050 00000001",
	    REASON_FRAG },
	{ "first TCP without its options", V4F("2000", "06", A)
	    "04d2 0050 00000001 00000002 8010 ffff 0000 0000 01010101",
	    REASON_FRAG },
	{ "first TCP", V4F("2000", "06", A)
	    "04d2 0050 00000001 00000002 5010 ffff 0000 0000 01010101", 0 },
	{ "TCP at offset 8", V4F("2001", "06", A) "Z10", REASON_FRAG },
	{ "TCP at offset 56", V4F("2007", "06", A) "Z10", REASON_FRAG },
	{ "TCP at offset 64", V4F("2008", "06", A) "Z10", 0 },
	{ "UDP at offset 8", V4F("2001", "11", A) "Z10", 0 },
	{ "GRE, first", V4F("2000", "2f", A) "Z08", 0 },
};

START_TEST(test_fragcheck)
{
	uint8_t buf[256];
	struct packet pkt = packet_of(buf, sizeof(buf), fragchecks[_i].text);
	struct pdesc pd;

	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_msg(pdesc_fragcheck(&pd) == fragchecks[_i].want, "%s",
	    fragchecks[_i].what);
}
END_TEST

static const struct {
	const char *what, *text;
	uint8_t gso;
	enum reason want;
} trains[] = {
	{ "TCP as TCP4", V4("06") TCP, GSO_TCP4, 0 },
	{ "TCP as TCP6", V4("06") TCP, GSO_TCP6, REASON_NORM },
	{ "TCP as UDP", V4("06") TCP, GSO_UDP, REASON_NORM },
	{ "UDP as UDP", V4("11") UDP, GSO_UDP, 0 },
	{ "UDP as TCP4", V4("11") UDP, GSO_TCP4, REASON_NORM },
	{ "IPv6 TCP as TCP6", V6("06") TCP, GSO_TCP6, 0 },
	{ "IPv6 TCP as TCP4", V6("06") TCP, GSO_TCP4, REASON_NORM },
	{ "IPv6 UDP as UDP", V6("11") UDP, GSO_UDP, 0 },
	{ "a fragment", V4F("2000", "11", A) "04d2 0035 0100 0000", GSO_UDP,
	    REASON_NORM },
	{ "echo as UDP", V4("01") ECHO, GSO_UDP, REASON_NORM },
};

START_TEST(test_train)
{
	uint8_t buf[256];
	struct packet pkt = packet_of(buf, sizeof(buf), trains[_i].text);
	struct pdesc pd;
	enum reason got;

	pkt.gso = trains[_i].gso;
	pkt.gso_size = 1000;
	got = pdesc_parse(&pd, &pkt);
	ck_assert_msg(got == trains[_i].want, "%s: %s", trains[_i].what,
	    reason_name(got));
	if (got == 0)
		ck_assert_uint_ne(pd.flags & PD_GSO, 0);
}
END_TEST

/* The longest trains: 65535 bytes of IPv4, 40 + 65535 of IPv6. */
START_TEST(test_longest)
{
	static uint8_t buf[40 + 65535];
	struct packet pkt = { .data = buf, .gso = GSO_TCP4, .gso_size = 1448 };
	struct pdesc pd;

	ck_assert_uint_eq(hexpkt(buf, sizeof(buf), "4500 ffff 0001 4000 40 06 "
	    "S " A "04d2 0050 00000001 00000002 5010 ffff 0000 0000"), 40);
	pkt.len = 65535;
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.l4len, 65515);
	ck_assert_uint_eq(pd.datalen, 65495);
	pkt.gso = GSO_TCP6;
	ck_assert_uint_eq(hexpkt(buf, sizeof(buf), "60000000 ffff 06 40 " A6
	    "04d2 0050 00000001 00000002 5010 ffff 0000 0000"), 60);
	pkt.len = 40 + 65535;
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_uint_eq(pd.l4len, 65535);
	ck_assert_uint_eq(pd.datalen, 65515);
	ck_assert_uint_eq(pd.len, 65575);
}
END_TEST

START_TEST(test_reason_names)
{
	int i, j;

	for (i = 0; i < REASON_MAX; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(reason_name((enum reason)i),
			    reason_name((enum reason)j));
	ck_assert_str_eq(reason_name(REASON_MATCH), "match");
	ck_assert_str_eq(reason_name(REASON_NOROUTE), "no-route");
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_pdesc(void);

Suite *
suite_pdesc(void)
{
	Suite *s = suite_create("pdesc");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, test_reason, 0, ROWS(packets));
	tcase_add_loop_test(tc, test_cut, 0, ROWS(packets));
	tcase_add_loop_test(tc, test_read, 0, ROWS(reads));
	tcase_add_test(tc, test_tcp_fields);
	tcase_add_loop_test(tc, test_syn_options, 0, ROWS(synopts));
	tcase_add_test(tc, test_fragment_fields);
	tcase_add_test(tc, test_quote_fields);
	tcase_add_test(tc, test_classes);
	tcase_add_loop_test(tc, test_fragcheck, 0, ROWS(fragchecks));
	tcase_add_loop_test(tc, test_train, 0, ROWS(trains));
	tcase_add_test(tc, test_longest);
	tcase_add_test(tc, test_reason_names);
	suite_add_tcase(s, tc);
	return s;
}
