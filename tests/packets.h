/* SPDX-License-Identifier: ISC */
/*
 * Packets, good and bad, and the reason for which the parser drops each: rows
 * for the parser's tests, and what the fuzzer begins with.  The text is that
 * of tests/hexpkt.h.
 */
#ifndef TESTS_PACKETS_H
#define TESTS_PACKETS_H

#include "engine/reason.h"
#include "tests/hexwords.h"

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
	{ "option of length 2", "4600 L 0001 4000 40 11 S " A "88020100 "
	    "04d2 0035 000c 0000 61626364", 0 },
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
	{ "SYN with options", V4("06") "04d2 0050 00000001 00000000 a002 ffff T "
	    "0000 020405b4 0402080a 00000001 00000000 01030307", 0 },
	{ "SYN ACK back", V4F("4000", "06", B) "0050 04d2 00001000 00000002 "
	    "7012 ffff T 0000 020405b4 01030307", 0 },
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
	{ "quoted length below the quoted header", ERR
	    "4500 0013 0001 4000 3f 2f S " A PORTS, REASON_ICMPINNER },
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
	{ "address detection", ND6A("Z10 ff020000 00000000 00000001 "
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
	{ "two options", V6("00") "1100 0102 0000 0100"
	    "04d2 0035 0008 1111", 0 },
	{ "jumbogram behind padding", V6("00") "1101 0102 0000 c204 00010000 "
	    "0102 0000" PORTS, REASON_IPOPTION },
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
	{ "IPv6 fragment that ends at 65535", V6("2c") FRAG("11", "fff8")
	    "Z07", 0 },
	{ "first fragment ends before ICMPv6", V6("2c") FRAG("3c", "0001")
	    DST("3a"), REASON_FRAG },
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
	/* SCTP */
	{ "SCTP", V4("84") "04d2 0b59 11223344 55667788", 0 },
	{ "SCTP of 11 bytes", V4("84") "04d2 0b59 11223344 556677",
	    REASON_SHORT },
	{ "SCTP from port 0", V4("84") "0000 0b59 11223344 55667788",
	    REASON_SHORT },
	{ "SCTP to port 0", V4("84") "04d2 0000 11223344 55667788",
	    REASON_SHORT },
	{ "IPv6 SCTP", V6("84") "04d2 0b59 11223344 55667788 0b000004", 0 },
	{ "SCTP in a first fragment of 8 bytes", V4F("2000", "84", A)
	    "04d2 0b59 11223344", 0 },
	/* ICMPv6 */
	{ "IPv6 echo", V6("3a") ECHO6, 0 },
	{ "MLD report", "60000000 M 00 01 fe800000 Z0b 01 ff020000 Z0b 16 "
	    "3a00 05020000 0100 8f00 K 0000 0000", 0 },
	{ "neighbour solicitation", ND6 "8700 K 00000000 "
	    "20010db8 00000000 00000000 00000002", 0 },
	{ "neighbour solicitation through a router", V6("3a") "8700 K "
	    "00000000 20010db8 00000000 00000000 00000002", REASON_NORM },
	{ "neighbour advertisement without a target", ND6 "8800 K 00000000 "
	    "20010db8 00000000 00000000 000000", REASON_SHORT },
	{ "router advertisement through a router", V6("3a") "8600 K "
	    "40000708 00000000 00000000", REASON_NORM },
	{ "redirect through a router", V6("3a") "8900 K 00000000 Z20",
	    REASON_NORM },
	{ "ICMPv6 of 7 bytes", V6("3a") "8000 0000 123400", REASON_SHORT },
	{ "ICMPv6 unreachable", ERR6 IN6("11") PORTS, 0 },
	{ "too big about TCP", V6A("3a", B6) "0200 K 00000500 " IN6("06")
	    "04d2 0050 00000001", 0 },
	{ "wrong ICMPv6 sum", V6A("3a", B6) "0100 beef 00000000 " IN6("11")
	    PORTS, REASON_PROTCKSUM },
	{ "quoted IPv6 header alone, GRE", ERR6 IN6("2f"), 0 },
	{ "quoted IPv6 length cuts the ports off", ERR6
	    "60000000 0004 11 3f " A6 PORTS, REASON_ICMPINNER },
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

#endif
