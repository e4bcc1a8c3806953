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
#include "tests/packets.h"

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
	{ "neighbour solicitation has no id", ND6 "8700 K 12345678 Z10",
	    PD_L4 | PD_ND, 58, 40, 24, 8, 16, 0, ICMPC_ND_SOL },
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
	{ "from loopback", V4F("0000", "11", "7f000001 0a000001") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 20, 12, 8, 4, 1234, 53 },
	{ "to loopback", V4F("0000", "11", "0a000001 7f000001") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 20, 12, 8, 4, 1234, 53 },
	{ "from IPv6 loopback", V6A("11", "Z0f 01 20 Z0e 01") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 40, 12, 8, 4, 1234, 53 },
	{ "to IPv6 loopback", V6A("11", "20 Z0e 01 Z0f 01") UDP,
	    PD_L4 | PD_LOOPBACK, 17, 40, 12, 8, 4, 1234, 53 },
	{ "to ::2", V6A("11", "20 Z0e 01 Z0f 02") UDP, PD_L4, 17, 40, 12, 8,
	    4, 1234, 53 },
	{ "from ::2", V6A("11", "Z0f 02 20 Z0e 01") UDP, PD_L4, 17, 40, 12, 8,
	    4, 1234, 53 },
	{ "to 0:0:0:1::1", V6A("11", "20 Z0e 01 Z07 01 Z07 01") UDP, PD_L4,
	    17, 40, 12, 8, 4, 1234, 53 },
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
	{ "MLD query", "60000000 M 00 01 fe800000 Z0b 01 ff020000 Z0b 01 "
	    "3a00 05020000 0100 8200 0000 00000000", PD_L4, 58, 48, 8, 8, 0,
	    0, ICMPC_OTHER + 130 * 2 },
	{ "MLD done", "60000000 M 00 01 fe800000 Z0b 01 ff020000 Z0b 01 "
	    "3a00 05020000 0100 8400 0000 00000000", PD_L4, 58, 48, 8, 8, 0,
	    0, ICMPC_OTHER + 132 * 2 },
	{ "MLD from far away", "60000000 M 00 40 fe800000 Z0b 01 ff020000 "
	    "Z0b 16 3a00 05020000 0100 8f00 0000 00000000",
	    PD_L4 | PD_OPTIONS, 58, 48, 8, 8, 0, 0, ICMPC_OTHER + 143 * 2 },
	{ "router alert of an echo", "60000000 M 00 01 fe800000 Z0b 01 "
	    "ff020000 Z0b 16 3a00 05020000 0100 8000 0000 00010000",
	    PD_L4 | PD_OPTIONS, 58, 48, 8, 8, 0, 1, ICMPC_ECHO_REQ },
	{ "router solicitation with an alert", "60000000 M 00 ff fe800000 "
	    "Z0b 01 ff020000 Z0b 02 3a00 05020000 0100 8500 0000 00000000",
	    PD_L4 | PD_OPTIONS, 58, 48, 8, 8, 0, 0,
	    ICMPC_OTHER + 133 * 2 },
	{ "IPv6 router alert of UDP", "60000000 M 00 01 fe800000 Z0b 01 "
	    "ff020000 Z0b 16 1100 05020000 0100 04d2 0035 0008 1111",
	    PD_L4 | PD_OPTIONS, 17, 48, 8, 8, 0, 1234, 53 },
	{ "atomic fragment", V6("2c") FRAG("11", "0000")
	    "04d2 0035 0008 1111", PD_L4, 17, 48, 8, 8, 0, 1234, 53 },
	{ "IPv6 second fragment", V6("2c") FRAG("11", "0010") "Z11",
	    PD_FRAGMENT, 17, 48, 17, 0, 17, 0, 0 },
	{ "unreachable", ERR IN4("11") PORTS, PD_L4 | PD_ICMPERR, 1, 20, 36,
	    8, 28, 0, ICMPC_OTHER + 3 * 2 },
	{ "SCTP", V4("84") "04d2 0035 11223344 55667788 0b000004",
	    PD_L4 | PD_DF, 132, 20, 16, 12, 4, 1234, 53 },
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
	ck_assert_uint_eq(pd.fragid, 1);
	ck_assert_uint_eq(pd.ttl, 0x40);
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
	{ "scale behind what has no value", "0402 030307 0101010101 01 01", 0,
	    7 },
	{ "scale 13", "03030d Z09", 0, 13 },
	{ "another kind of that length", "fd0405b4 fd030700 Z04", 0, 0xff },
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
	struct packet pkt = packet_of(buf, sizeof(buf),
	    V4F("0000", "01", "c0000209 0a000001") "0301 C 00000000 "
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
		{ AF_INET6, 135, 136 }, { AF_INET6, 139, 140 },
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

/* The types that quote a packet, and no others. */
START_TEST(test_error_types)
{
	unsigned t;

	for (t = 0; t < 256; t++) {
		ck_assert_int_eq(icmp_is_error(AF_INET, (uint8_t)t),
		    t != 0 && strchr("\3\4\5\13\14", (int)t) != NULL);
		ck_assert_int_eq(icmp_is_error(AF_INET6, (uint8_t)t),
		    t != 0 && strchr("\1\2\3\4", (int)t) != NULL);
	}
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
	tcase_add_test(tc, test_error_types);
	tcase_add_loop_test(tc, test_fragcheck, 0, ROWS(fragchecks));
	tcase_add_loop_test(tc, test_train, 0, ROWS(trains));
	tcase_add_test(tc, test_longest);
	tcase_add_test(tc, test_reason_names);
	suite_add_tcase(s, tc);
	return s;
}
