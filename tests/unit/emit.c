/* SPDX-License-Identifier: ISC */
/*
 * Packets that the engine makes: what may be answered, what the answer says,
 * sums worked out the plain way; pieces put together again by offset.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/emit.h"
#include "engine/ifset.h"
#include "engine/pdesc.h"
#include "engine/ratelimit.h"
#include "tests/hexpkt.h"
#include "tests/hexwords.h"

#define SYN "04d2 0050 00001000 00000000 5002 ffff T 0000 "

static void
parse(struct pdesc *pd, struct packet *pkt, uint8_t *buf, size_t size,
    const char *text)
{
	*pkt = (struct packet) { .data = buf, .ifidx = 1 };
	pkt->len = (uint32_t)hexpkt(buf, size, text);
	ck_assert_msg(pdesc_parse(pd, pkt) == 0, "no packet: %s", text);
}

/* sums_ok() - All sums of a made packet, the plain way. */
static void
sums_ok(const struct packet *p, const char *what)
{
	bool v4 = p->data[0] >> 4 == 4;
	uint8_t proto = p->data[v4 ? 9 : 6];
	size_t l4 = v4 ? 20 : 40;

	ck_assert_msg(p->csum == CSUM_FULL && p->gso == GSO_NONE &&
	    p->dir == DIR_OUT && p->fate == FATE_SEND && p->changed,
	    "%s: struct packet", what);
	if (v4)
		ck_assert_msg(sum16(0, p->data, 20) == 0xffff, "%s: header",
		    what);
	ck_assert_msg((proto == 1 ? sum16(0, p->data + l4, p->len - l4) :
	    l4_sum(p->data, p->len, l4, proto)) == 0xffff, "%s: layer 4",
	    what);
}

/* RST */
static const struct {
	const char *what, *text, *want; /* NULL: no answer */
} resets[] = {
	{ "SYN", V4("06") SYN,
	    "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 00000000 00001001 5014 0000 T 0000" },
	{ "ACK with data", V4("06")
	    "04d2 0050 00001000 00002000 5018 ffff T 0000 616263",
	    "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 00002000 00001003 5014 0000 T 0000" },
	{ "FIN", V4("06") "04d2 0050 ffffffff 00002000 5011 ffff T 0000",
	    "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 00002000 00000000 5014 0000 T 0000" },
	{ "SYN ACK", V4("06") "04d2 0050 00001000 00002000 5012 ffff T 0000",
	    "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 00002000 00001001 5014 0000 T 0000" },
	{ "IPv6 SYN", V6("06") SYN, "60000000 M 06 40 " B6
	    "0050 04d2 00000000 00001001 5014 0000 T 0000" },
	{ "RST", V4("06") "04d2 0050 00001000 00002000 5004 ffff T 0000",
	    NULL },
	{ "RST ACK", V4("06") "04d2 0050 00001000 00002000 5014 ffff T 0000",
	    NULL },
	{ "UDP", V4("11") UDP, NULL },
	{ "to multicast", V4F("4000", "06", "0a000001 e0000001") SYN, NULL },
	{ "to all", V4F("4000", "06", "0a000001 ffffffff") SYN, NULL },
	{ "from 240.0.0.1", V4F("4000", "06", "f0000001 0a000001") SYN, NULL },
	{ "to an IPv6 group", V6A("06", "20 Z0e 01 ff02 Z0d 01") SYN, NULL },
	{ "a first fragment", V4F("2000", "06", A)
	    "04d2 0050 00001000 00000000 5002 ffff 0000 0000 Z04", NULL },
	{ "a later fragment", V4F("2008", "06", A) "Z18", NULL },
};

START_TEST(test_rst)
{
	const char *what = resets[_i].what;
	uint8_t buf[256], made[256], want[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;
	size_t len;
	int error;

	parse(&pd, &pkt, buf, sizeof(buf), resets[_i].text);
	error = emit_rst(&out, sizeof(made), &pd, 0);
	ck_assert_msg((error == 0) == (resets[_i].want != NULL), "%s: %d",
	    what, error);
	if (error != 0) {
		ck_assert_int_eq(error, -EPERM);
		return;
	}
	sums_ok(&out, what);
	len = hexpkt(want, sizeof(want), resets[_i].want);
	ck_assert_msg(out.len == len && memcmp(made, want, len) == 0,
	    "%s: other bytes", what);
	/* the hop limit is as asked; no byte too many is written */
	ck_assert_int_eq(emit_rst(&out, (uint32_t)len, &pd, 7), 0);
	ck_assert_uint_eq(made[pd.af == AF_INET ? 8 : 7], 7);
	ck_assert_int_eq(emit_rst(&out, (uint32_t)len - 1, &pd, 7), -ENOSPC);
}
END_TEST

/* After a translation the sender is still spoken to as it knew itself. */
START_TEST(test_rst_translated)
{
	uint8_t buf[256], made[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;

	parse(&pd, &pkt, buf, sizeof(buf), V4("06") SYN);
	pd.cur.src.w[0] = htonl(0x01020304);
	pd.cur.sport = htons(9);
	pdesc_rewrite(&pd);
	ck_assert_int_eq(emit_rst(&out, sizeof(made), &pd, 0), 0);
	ck_assert_uint_eq(ntohl(*(uint32_t *)(void *)(made + 16)), 0x0a000001);
	ck_assert_uint_eq((unsigned)made[22] << 8 | made[23], 1234);
}
END_TEST

/* A wrong sum: nobody knows whose segment it was. */
START_TEST(test_rst_damaged)
{
	uint8_t buf[256], made[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;

	parse(&pd, &pkt, buf, sizeof(buf), V4("06")
	    "04d2 0050 00001000 00002000 5010 ffff 1234 0000");
	ck_assert_int_eq(emit_rst(&out, sizeof(made), &pd, 0), -EBADMSG);
	ck_assert_int_eq(emit_stale(&out, sizeof(made), &pd), -EBADMSG);
	ck_assert_int_eq(emit_challenge(&out, 256, &pd, 1, 2, 3), -EBADMSG);
	/* a partial sum will be made right */
	pkt.csum = CSUM_PARTIAL;
	ck_assert_int_eq(emit_rst(&out, sizeof(made), &pd, 0), 0);
}
END_TEST

START_TEST(test_stale)
{
	uint8_t buf[256], made[256], want[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;
	size_t len;

	parse(&pd, &pkt, buf, sizeof(buf), V4("06")
	    "04d2 0050 00001000 ee6b2800 5010 ffff T 0000");
	ck_assert_int_eq(emit_stale(&out, sizeof(made), &pd), 0);
	len = hexpkt(want, sizeof(want), "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 ee6b2800 00000000 5004 0000 T 0000");
	ck_assert_uint_eq(out.len, len);
	ck_assert_mem_eq(made, want, len);
}
END_TEST

START_TEST(test_challenge)
{
	uint8_t buf[256], made[256], want[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;
	size_t len;

	parse(&pd, &pkt, buf, sizeof(buf), V4("06") SYN);
	ck_assert_int_eq(emit_challenge(&out, 256, &pd, 0x11223344,
	    0x55667788, 0x1234), 0);
	sums_ok(&out, "challenge");
	len = hexpkt(want, sizeof(want), "4500 L 0000 4000 40 06 S " B
	    "0050 04d2 11223344 55667788 5010 1234 T 0000");
	ck_assert_mem_eq(made, want, len);
	/* a RST that is not exact is challenged too: RFC 5961 3.2 */
	parse(&pd, &pkt, buf, sizeof(buf), V4("06")
	    "04d2 0050 00001000 00002000 5004 ffff T 0000");
	ck_assert_int_eq(emit_challenge(&out, 256, &pd, 0x11223344,
	    0x55667788, 0x1234), 0);
	ck_assert_mem_eq(made, want, len);
	ck_assert_uint_eq(pd.tcpflags, TH_RST);
}
END_TEST

START_TEST(test_tcp_mss)
{
	uint8_t made[256], want[256];
	struct packet out = { .data = made };
	struct emit_tcp e = { .af = AF_INET6, .flags = TH_SYN, .ttl = 3,
		.tos = 0x12, .win = 0x4000, .mss = 1440, .seq = 5 };
	size_t len;

	e.t.src.b[0] = e.t.dst.b[0] = 0x20;
	e.t.src.b[15] = 1;
	e.t.dst.b[15] = 2;
	e.t.sport = htons(80);
	e.t.dport = htons(1234);
	ck_assert_int_eq(emit_tcp(&out, 63, &e), -ENOSPC);
	ck_assert_int_eq(emit_tcp(&out, 64, &e), 0);
	len = hexpkt(want, sizeof(want), "61200000 M 06 03 20 Z0e 01 20 Z0e "
	    "02 0050 04d2 00000005 00000000 6002 4000 T 0000 0204 05a0");
	ck_assert_uint_eq(out.len, len);
	ck_assert_mem_eq(made, want, len);
}
END_TEST

/* ICMP errors */
static const struct {
	const char *what, *text;
	uint8_t type, code;
	int error;
} errors[] = {
	{ "UDP", V4("11") UDP, 3, 3, 0 },
	{ "TCP", V4("06") SYN, 3, 13, 0 },
	{ "echo", V4("01") "0800 C 1234 0001", 11, 0, 0 },
	{ "echo reply", V4("01") "0000 C 1234 0001", 3, 1, 0 },
	{ "GRE", V4("2f") "00000800", 3, 2, 0 },
	{ "options", "4700 L 0001 0000 40 11 S " A "0707040000000000 "
	    "04d2 0035 0008 0000", 3, 3, 0 },
	{ "first fragment", V4F("2000", "11", A) "04d2 0035 0100 0000", 11, 0,
	    0 },
	{ "later fragment", V4F("2001", "11", A) "Z08", 11, 0, -EPERM },
	{ "ICMP error", V4F("0000", "01", B) "0301 C 00000000 4500 0100 0001 "
	    "4000 3f 11 S " A "04d2 0035 000c 0000", 3, 3, -EPERM },
	{ "first fragment of an ICMP error", V4F("2000", "01", B)
	    "0301 0000 00000000 4500 0100 0001 4000 3f 11 S " A "04d20035", 3,
	    3, -EPERM },
	{ "redirect", V4F("0000", "01", B) "0501 C 0a000009 4500 0100 0001 "
	    "4000 3f 11 S " A "04d2 0035 000c 0000", 3, 3, -EPERM },
	{ "to multicast", V4F("4000", "11", "0a000001 e0000001") UDP, 3, 3,
	    -EPERM },
	{ "to all", V4F("4000", "11", "0a000001 ffffffff") UDP, 3, 3,
	    -EPERM },
	{ "to a directed broadcast", V4F("4000", "11", "0a000001 0a0000ff")
	    UDP, 3, 3, -EPERM },
	{ "from a directed broadcast", V4F("4000", "11", "0a0000ff c0000201")
	    UDP, 3, 3, -EPERM },
	{ "from nobody", V4F("4000", "11", "00000000 ffffffff") UDP, 3, 3,
	    -EPERM },
	{ "from class E", V4F("4000", "11", "f0000001 c0000201") UDP, 3, 3,
	    -EPERM },
	{ "IPv6 UDP", V6("11") UDP, 1, 4, 0 },
	{ "IPv6 TCP", V6("06") SYN, 2, 0, 0 },
	{ "IPv6 echo", V6("3a") "8000 K 1234 0001", 3, 0, 0 },
	{ "ICMPv6 error", V6A("3a", B6) "0100 K 00000000 60000000 0100 11 3f "
	    A6 "04d2 0035 000c 0000", 1, 4, -EPERM },
	{ "unknown ICMPv6 error", V6("3a") "6400 K 00000000", 1, 4, -EPERM },
	{ "ICMPv6 redirect", "60000000 M 3a ff " A6 "8900 K 00000000 Z20", 1, 4,
	    -EPERM },
	{ "to an IPv6 group", V6A("11", "20 Z0e 01 ff02 Z0d 01") UDP, 1, 4,
	    -EPERM },
	{ "too big to an IPv6 group", V6A("11", "20 Z0e 01 ff05 Z0d 01") UDP,
	    2, 0, 0 },
	{ "unknown option to an IPv6 group",
	    V6A("11", "20 Z0e 01 ff05 Z0d 01") UDP, 4, 2, 0 },
	{ "bad field to an IPv6 group", V6A("11", "20 Z0e 01 ff05 Z0d 01") UDP,
	    4, 0, -EPERM },
	{ "IPv6 from nobody", "60000000 M 3a ff Z10 ff02 Z0d 01 8700 K 00000000 "
	    "Z10", 2, 0, -EPERM },
};

static struct ifset *
ifset_lan(void)
{
	struct iface ifs[2] = { [1] = { .name = "lan0", .index = 1,
		.naddr = 1, .flags = IFACE_UP | IFACE_BROADCAST } };
	struct ifaddr lan = { .af = AF_INET, .plen = 24 };

	lan.addr.w[0] = htonl(0x0a0000fe);
	return ifset_new(ifs, 1, &lan, 1, NULL, 0, true);
}

START_TEST(test_icmp)
{
	const char *what = errors[_i].what;
	uint8_t buf[256], made[EMIT_ANSWER_ROOM];
	struct packet pkt, out = { .data = made };
	struct ifset *ifs = ifset_lan();
	struct emit_icmp e = { .type = errors[_i].type,
		.code = errors[_i].code, .arg = 1400, .ifs = ifs };
	uint32_t head;
	struct pdesc pd, back;

	parse(&pd, &pkt, buf, sizeof(buf), errors[_i].text);
	e.src.w[0] = htonl(0x0a0000fe);
	e.src.b[15] = pd.af == AF_INET ? 0 : 9;
	head = pd.af == AF_INET ? 20 : 40;
	ck_assert_msg(emit_icmp(&out, sizeof(made), &pd, &e) ==
	    errors[_i].error, "%s", what);
	if (errors[_i].error != 0) {
		ifset_free(ifs);
		return;
	}
	sums_ok(&out, what);
	ck_assert_msg(out.len == head + 8 + pkt.len, "%s: length", what);
	ck_assert_msg(memcmp(made + head + 8, buf, pkt.len) == 0, "%s: quote",
	    what);
	ck_assert_uint_eq(made[head], e.type);
	ck_assert_uint_eq(made[head + 1], e.code);
	ck_assert_uint_eq((unsigned)made[head + 6] << 8 | made[head + 7],
	    1400);
	/* whoever gets it can find the packet it is about */
	ck_assert_msg(pdesc_parse(&back, &out) == 0, "%s: not understood",
	    what);
	ck_assert_uint_ne(back.flags & PD_ICMPERR, 0);
	ck_assert(memcmp(&back.quote.t, &pd.key, sizeof(pd.key)) == 0);
	ck_assert(addr_equal(&back.key.src, &e.src));
	ck_assert(addr_equal(&back.key.dst, &pd.key.src));
	ck_assert_int_eq(emit_icmp(&out, out.len - 1, &pd, &e), -ENOSPC);
	ifset_free(ifs);
}
END_TEST

/* Translated, hop limit counted down, and still quoted as it was sent. */
static const struct {
	const char *what, *text;
	uint8_t csum;
} sent[] = {
	{ "TCP", V4("06") SYN "", CSUM_FULL },
	{ "UDP", V4("11") UDP, CSUM_FULL },
	{ "UDP without a sum", V4("11") "04d2 0035 0008 0000", CSUM_FULL },
	{ "UDP, partial", V4("11") "04d2 0035 0008 1234", CSUM_PARTIAL },
	{ "echo", V4("01") "0800 C 1234 0001", CSUM_FULL },
	{ "GRE", V4("2f") "00000800", CSUM_FULL },
	{ "IPv6 TCP", V6("06") SYN "616263", CSUM_FULL },
	{ "IPv6 behind headers", V6("00") "3c00 010400000000 "
	    "1100 010400000000 04d2 0035 0008 1111", CSUM_FULL },
};

START_TEST(test_quote_undone)
{
	const char *what = sent[_i].what;
	uint8_t buf[256], first[256], made[EMIT_ANSWER_ROOM];
	struct packet pkt, out = { .data = made };
	struct emit_icmp e = { .type = 3, .code = 1 };
	struct pdesc pd;
	uint32_t head, sum;
	int i;

	parse(&pd, &pkt, buf, sizeof(buf), sent[_i].text);
	pkt.csum = sent[_i].csum;
	memcpy(first, buf, pkt.len);
	for (i = 0; i < (pd.af == AF_INET ? 1 : 4); i++) {
		pd.cur.src.w[i] = 0x12345678;
		pd.cur.dst.w[i] = 0x9abcdef0;
	}
	pd.cur.sport = 0x1111;
	pd.cur.dport = 0x2222;
	pdesc_rewrite(&pd);
	if (pd.af == AF_INET) { /* one hop */
		buf[8]--;
		sum = ((uint32_t)buf[10] << 8 | buf[11]) + 0x100;
		sum = (sum & 0xffff) + (sum >> 16);
		buf[10] = (uint8_t)(sum >> 8);
		buf[11] = (uint8_t)sum;
		ck_assert_uint_eq(sum16(0, buf, 20), 0xffff);
	} else
		buf[7]--;
	e.src.b[0] = 0x20;
	head = pd.af == AF_INET ? 28 : 48;
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_msg(out.len == head + pkt.len &&
	    memcmp(made + head, first, pkt.len) == 0, "%s", what);
	sums_ok(&out, what);
}
END_TEST

/* 576 and 1280 bytes are the most; a chain may be longer than that. */
START_TEST(test_quote_cut)
{
	static uint8_t buf[4096];
	uint8_t made[EMIT_ANSWER_ROOM];
	struct packet pkt, out = { .data = made };
	struct emit_icmp e = { .type = 3, .code = 1 };
	struct pdesc pd;

	e.src.b[0] = 0x20;
	parse(&pd, &pkt, buf, sizeof(buf), V4("11")
	    "04d2 0035 0408 0000 Zff Zff Zff Zff Z04");
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 576);
	sums_ok(&out, "IPv4");
	parse(&pd, &pkt, buf, sizeof(buf), V6("11")
	    "04d2 0035 0600 0000 Zff Zff Zff Zff Zff Zff Z06");
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 1280);
	sums_ok(&out, "IPv6");
	/* between what fits and the limit */
	parse(&pd, &pkt, buf, sizeof(buf), V4("11")
	    "04d2 0035 021c 0000 Zff Zff Z16");
	ck_assert_uint_eq(pkt.len, 560);
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 576);
	sums_ok(&out, "560 bytes");
	/* the ports are quoted, the place of the sum is not */
	parse(&pd, &pkt, buf, sizeof(buf), V6("3c")
	    "3c11 Z8e 3c11 Z8e 3c11 Z8e 3c11 Z8e 3c11 Z8e 3c11 Z8e 3c11 Z8e "
	    "0615 Zae 04d2 0050 00001000 00000000 5002 ffff 1234 0000");
	ck_assert_uint_eq(pd.l3len, 1224);
	pd.cur.src.w[3] = 0x12345678;
	pd.cur.sport = 0x1111;
	pdesc_rewrite(&pd);
	e.ttl = 9;
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	e.ttl = 0;
	ck_assert_uint_eq(made[7], 9);
	ck_assert_mem_eq(made + 48 + 1224, "\4\322\0\120\0\0\20\0", 8);
	sums_ok(&out, "cut in TCP");
	/* 8 headers of 256 bytes: the ports are not in the quote */
	parse(&pd, &pkt, buf, sizeof(buf), V6("3c")
	    "3c1f Zfe 3c1f Zfe 3c1f Zfe 3c1f Zfe 3c1f Zfe 3c1f Zfe 3c1f Zfe "
	    "111f Zfe 04d2 0035 0008 1111");
	pd.cur.src.w[3] = 0x12345678;
	pd.cur.sport = 0x1111;
	pdesc_rewrite(&pd);
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 1280);
	ck_assert_mem_eq(made + 48 + 8, pd.key.src.b, 16);
	sums_ok(&out, "IPv6, long chain");
}
END_TEST

/* Of a train the first segment is quoted. */
START_TEST(test_quote_train)
{
	static uint8_t buf[8192];
	uint8_t made[EMIT_ANSWER_ROOM];
	struct packet pkt = { .data = buf, .gso = GSO_TCP4, .gso_size = 200,
		.csum = CSUM_PARTIAL };
	struct packet out = { .data = made };
	struct emit_icmp e = { .type = 3, .code = 4, .arg = 228 };
	struct pdesc pd;

	pkt.len = (uint32_t)hexpkt(buf, sizeof(buf), V4("06")
	    "04d2 0050 00001000 00002000 5010 ffff 0000 0000 Zff Zff Zff");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	e.src.w[0] = htonl(0x0a0000fe);
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 28 + 240);
	ck_assert_uint_eq((unsigned)made[30] << 8 | made[31], 240);
	ck_assert_uint_eq(sum16(0, made + 28, 20), 0xffff);
	ck_assert_uint_eq(made[26] << 8 | made[27], 228);

	pkt.gso = GSO_TCP6;
	pkt.len = (uint32_t)hexpkt(buf, sizeof(buf), V6("06")
	    "04d2 0050 00001000 00002000 5010 ffff 0000 0000 Zff Zff Zff");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	e.type = 2;
	ck_assert_int_eq(emit_icmp(&out, sizeof(made), &pd, &e), 0);
	ck_assert_uint_eq(out.len, 48 + 260);
	ck_assert_uint_eq((unsigned)made[52] << 8 | made[53], 220);
}
END_TEST

/* Echo */
static const struct {
	const char *what, *text, *want;
	int error;
} echoes[] = {
	{ "IPv4", V4("01") "0800 C 1234 0001 616263", "4500 L 0001 4000 40 01 "
	    "S " B "0000 C 1234 0001 616263", 0 },
	{ "options are left out", "4710 L 0001 0000 11 01 S " A
	    "0707040000000000 0800 C 1234 0001", "4510 L 0001 0000 40 01 S " B
	    "0000 C 1234 0001", 0 },
	{ "IPv6", V6("3a") "8000 K 1234 0001 616263", "60000000 M 3a 40 " B6
	    "8100 K 1234 0001 616263", 0 },
	{ "IPv6 behind a header", V6("00") "3a00 010400000000 "
	    "8000 K 1234 0001", "60000000 M 3a 40 " B6 "8100 K 1234 0001", 0 },
	{ "wrong sum", V4("01") "0800 beef 1234 0001", NULL, -EBADMSG },
	{ "wrong IPv6 sum", V6("3a") "8000 beef 1234 0001", NULL, -EBADMSG },
	{ "a reply", V4("01") "0000 C 1234 0001", NULL, -EPERM },
	{ "an IPv6 reply", V6("3a") "8100 K 1234 0001", NULL, -EPERM },
	{ "timestamp", V4("01") "0d00 C 1234 0001 Z0c", NULL, -EPERM },
	{ "UDP", V4("11") UDP, NULL, -EPERM },
	{ "to all", V4F("0000", "01", "0a000001 ffffffff")
	    "0800 C 1234 0001", NULL, -EPERM },
	{ "first fragment", V4F("2000", "01", A) "0800 0000 1234 0001", NULL,
	    -EPERM },
};

START_TEST(test_echo)
{
	const char *what = echoes[_i].what;
	uint8_t buf[256], made[256], want[256];
	struct packet pkt, out = { .data = made };
	struct pdesc pd;
	size_t len;
	int error;

	parse(&pd, &pkt, buf, sizeof(buf), echoes[_i].text);
	error = emit_echo_reply(&out, sizeof(made), &pd);
	ck_assert_msg(error == echoes[_i].error, "%s: %d", what, error);
	if (error != 0)
		return;
	sums_ok(&out, what);
	len = hexpkt(want, sizeof(want), echoes[_i].want);
	ck_assert_msg(out.len == len && memcmp(made, want, len) == 0,
	    "%s: other bytes", what);
	ck_assert_int_eq(emit_echo_reply(&out, out.len, &pd), 0);
	ck_assert_int_eq(emit_echo_reply(&out, out.len - 1, &pd), -ENOSPC);
}
END_TEST

/* A partial sum is finished as it goes by. */
static const struct {
	const char *what, *full;
	uint8_t place;		/* of the sum in the packet */
} partials[] = {
	{ "TCP", V4("06") SYN "616263", 36 },
	{ "UDP", V4("11") UDP, 26 },
	{ "IPv6 TCP", V6("06") SYN "61", 56 },
	{ "IPv6 UDP", V6("11") UDP, 46 },
	{ "echo in IPv6", V6("3a") "8000 K 1234 0001 61", 42 },
	/* the sum comes out as zero, and is sent as all ones */
	{ "UDP, zero", V4("11") "04d2 0035 000a U 2ed1", 26 },
};

START_TEST(test_finish)
{
	uint8_t buf[256], want[256];
	uint32_t pseudo, l4;
	struct packet pkt;
	struct pdesc pd;

	parse(&pd, &pkt, buf, sizeof(buf), partials[_i].full);
	memcpy(want, buf, pkt.len);
	l4 = pd.l3len;
	memset(buf + partials[_i].place, 0, 2);
	pseudo = l4_sum(buf, pkt.len, l4, pd.proto) + 0xffff -
	    sum16(0, buf + l4, pkt.len - l4);
	pseudo %= 0xffff;
	buf[partials[_i].place] = (uint8_t)(pseudo >> 8);
	buf[partials[_i].place + 1] = (uint8_t)pseudo;
	pkt.csum = CSUM_PARTIAL;
	emit_finish_csum(&pd);
	ck_assert_uint_eq(pkt.csum, CSUM_FULL);
	ck_assert_msg(l4_sum(buf, pkt.len, l4, pd.proto) == 0xffff, "%s",
	    partials[_i].what);
	ck_assert_msg(pd.proto != 17 || (buf[partials[_i].place] |
	    buf[partials[_i].place + 1]) != 0, "%s: zero", partials[_i].what);
	/* once only */
	memcpy(want, buf, pkt.len);
	emit_finish_csum(&pd);
	ck_assert_mem_eq(buf, want, pkt.len);
}
END_TEST

/* Fragments */
static const struct {
	const char *what, *head; /* up to layer 4, which is UDP */
	uint32_t data, mtu;
	uint16_t maxfrag;	/* 0: was not reassembled */
	uint16_t unfrag, nxtoff;
	int error;
	unsigned pieces;
} cuts[] = {
	{ "in three", "4500 ffff 0007 0000 40 11 S " A, 3000, 1280, 0, 0, 0,
	    0, 3 },
	{ "fits", "4500 ffff 0007 0000 40 11 S " A, 100, 1280, 0, 0, 0, 0,
	    1 },
	{ "to the byte", "4500 ffff 0007 0000 40 11 S " A, 1256 * 2 - 8, 1276,
	    0, 0, 0, 0, 2 },
	{ "one byte more", "4500 ffff 0007 0000 40 11 S " A, 1256 * 2 - 7,
	    1276, 0, 0, 0, 0, 3 },
	{ "DF", "4500 ffff 0007 4000 40 11 S " A, 3000, 1280, 0, 0, 0,
	    -EMSGSIZE, 0 },
	{ "largest, smallest MTU", "4500 ffff 0007 0000 40 11 S " A, 65507, 68,
	    0, 0, 0, 0, 1365 },
	{ "no room", "4500 ffff 0007 0000 40 11 S " A, 3000, 27, 0, 0, 0,
	    -EMSGSIZE, 0 },
	{ "no larger than it came", "4500 ffff 0007 0000 40 11 S " A, 3000,
	    1500, 620, 0, 0, 0, 6 },
	{ "larger pieces than the MTU", "4500 ffff 0007 0000 40 11 S " A, 3000,
	    620, 1500, 0, 0, 0, 6 },
	{ "options", "4900 ffff 0007 0000 40 11 S " A
	    "9404 0000 0707 0400 0000 0001 0101 0100", 3000, 1280, 0, 0, 0, 0,
	    3 },
	{ "a fragment itself", "4500 ffff 0007 2000 40 11 S " A, 1200, 640, 0,
	    0, 0, 0, 2 },
	{ "IPv6", "60000000 ffff 11 40 " A6, 3000, 1280, 1280, 40, 6, 0, 3 },
	{ "IPv6 behind a header", "60000000 ffff 00 40 " A6
	    "1100 010400000000", 3000, 1280, 1280, 48, 40, 0, 3 },
	{ "IPv6 that fits leaves as it came", "60000000 ffff 11 40 " A6, 1300,
	    9000, 1280, 40, 6, 0, 2 },
	{ "an answer without the header", "60000000 ffff 11 40 " A6, 3000,
	    1280, 1280, 48, 40, 0, 3 },
	{ "no such place", "60000000 ffff 00 40 " A6 "1100 010400000000",
	    3000, 1280, 1280, 56, 48, -EMSGSIZE, 0 },
	{ "IPv6 from a sender", "60000000 ffff 11 40 " A6, 3000, 1280, 0, 40,
	    6, -EMSGSIZE, 0 },
};

/* put_datagram() - Lengths and sum of a UDP datagram behind @head. */
static uint32_t
put_datagram(uint8_t *buf, size_t size, const char *head, uint32_t data)
{
	uint32_t l3 = (uint32_t)hexpkt(buf, size, head), i, sum;
	uint8_t *u = buf + l3;

	for (i = 0; i < 8 + data; i++)
		u[i] = (uint8_t)(i * 7 + i / 256);
	u[0] = 4;
	u[2] = 0;
	u[3] = 53;
	u[4] = (uint8_t)((8 + data) >> 8);
	u[5] = (uint8_t)(8 + data);
	u[6] = u[7] = 0;
	if (buf[0] >> 4 == 4) {
		buf[2] = (uint8_t)((l3 + 8 + data) >> 8);
		buf[3] = (uint8_t)(l3 + 8 + data);
		buf[10] = buf[11] = 0;
		sum = ~sum16(0, buf, l3);
		buf[10] = (uint8_t)(sum >> 8);
		buf[11] = (uint8_t)sum;
	} else {
		buf[4] = (uint8_t)((l3 + 8 + data - 40) >> 8);
		buf[5] = (uint8_t)(l3 + 8 + data - 40);
	}
	return l3 + 8 + data;
}

/* check_options() - RFC 791: only those with the copy bit, behind the first. */
static void
check_options(const uint8_t *p, unsigned off)
{
	static const uint8_t all[] = { 0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 1,
		1, 1, 1, 0 };
	static const uint8_t later[] = { 0x94, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 0 };

	if ((p[0] & 15) == 9)
		ck_assert_mem_eq(p + 20, off == 0 ? all : later, 16);
}

START_TEST(test_cut)
{
	static uint8_t buf[66000], made[66000], back[66000];
	const char *what = cuts[_i].what;
	struct packet pkt = { .data = buf }, out = { .data = made };
	struct fraginfo fi = { .maxfrag = cuts[_i].maxfrag,
		.unfrag = cuts[_i].unfrag, .nxtoff = cuts[_i].nxtoff,
		.id = 0xdeadbeef };
	uint32_t limit = cuts[_i].mtu, at, end = 0, total;
	unsigned n = 0;
	struct emit_frags f;
	struct pdesc pd, piece;
	int error;

	pkt.len = put_datagram(buf, sizeof(buf), cuts[_i].head, cuts[_i].data);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	total = pd.l4len;
	error = emit_frags_init(&f, &pd, cuts[_i].mtu,
	    fi.maxfrag != 0 ? &fi : NULL);
	ck_assert_msg(error == cuts[_i].error, "%s: %d", what, error);
	if (error != 0)
		return;
	if (fi.maxfrag != 0 && fi.maxfrag < limit)
		limit = fi.maxfrag;
	ck_assert_int_eq(emit_frags_next(&f, &out, pd.l3len), -ENOSPC);
	while ((error = emit_frags_next(&f, &out, sizeof(made))) == 1) {
		ck_assert_msg(out.len <= limit, "%s: %u bytes", what, out.len);
		ck_assert_msg(pdesc_parse(&piece, &out) == 0, "%s: piece %u",
		    what, n);
		ck_assert(memcmp(&piece.key.src, &pd.key.src, 16) == 0);
		ck_assert_uint_eq(piece.proto, 17);
		ck_assert_uint_eq(piece.ttl, pd.ttl);
		ck_assert_uint_eq(piece.fragid, pd.af == AF_INET ? 7 :
		    0xdeadbeef);
		at = piece.fragoff;
		ck_assert_msg(at == end, "%s: piece %u at %u", what, n, at);
		memcpy(back + at, made + piece.l3len, piece.l4len);
		end = at + piece.l4len;
		if (pd.af == AF_INET) {
			check_options(made, at);
			ck_assert_uint_eq(sum16(0, made, piece.l3len), 0xffff);
		}
		ck_assert_msg(piece.fragmore == (end < total ||
		    (pd.flags & PD_FRAGMENT) != 0), "%s: more", what);
		n++;
	}
	ck_assert_int_eq(error, 0);
	ck_assert_msg(n == cuts[_i].pieces, "%s: %u pieces", what, n);
	ck_assert_uint_eq(end, total);
	ck_assert_mem_eq(back, buf + pd.l3len, total);
}
END_TEST

/* A fragment in the middle keeps its place; a train is not cut. */
START_TEST(test_cut_middle)
{
	static uint8_t buf[2048], made[2048];
	struct packet pkt = { .data = buf }, out = { .data = made };
	struct emit_frags f;
	struct pdesc pd;

	pkt.len = (uint32_t)hexpkt(buf, sizeof(buf),
	    V4F("2010", "11", A) "Zff Zff Zff Z03");
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(emit_frags_init(&f, &pd, 420, NULL), 0);
	ck_assert_int_eq(emit_frags_next(&f, &out, sizeof(made)), 1);
	ck_assert_uint_eq((unsigned)made[6] << 8 | made[7], 0x2010);
	ck_assert_int_eq(emit_frags_next(&f, &out, sizeof(made)), 1);
	ck_assert_uint_eq((unsigned)made[6] << 8 | made[7], 0x2010 + 50);
	ck_assert_int_eq(emit_frags_next(&f, &out, sizeof(made)), 0);

	pkt.len = (uint32_t)hexpkt(buf, sizeof(buf), V4F("0000", "06", A) SYN);
	pkt.gso = GSO_TCP4;
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	ck_assert_int_eq(emit_frags_init(&f, &pd, 420, NULL), -EMSGSIZE);
}
END_TEST

/* How often */
START_TEST(test_ratelimit_one)
{
	static struct ratelimit rl;
	static const uint64_t key[2] = { 3, 4 };
	struct addr a = { .w = { htonl(0x0a000001) } };
	unsigned n, sent_n = 0, ms;
	uint32_t rnd = 12345;

	ratelimit_init(&rl, key, 100, 100000);
	for (n = 0; n < 1000; n++, rnd = rnd * 1664525 + 1013904223)
		sent_n += ratelimit_allow(&rl, &a, rnd >> 8, 5000);
	/* a second's worth at once, give or take the chance */
	ck_assert_msg(sent_n >= 80 && sent_n <= 130, "%u at once", sent_n);
	for (ms = 0, sent_n = 0; ms < 20000; ms++)
		for (n = 0; n < 5; n++, rnd = rnd * 1664525 + 1013904223)
			sent_n += ratelimit_allow(&rl, &a, rnd >> 8,
			    5001 + ms);
	/* 100 a second for 20 s */
	ck_assert_msg(sent_n >= 1900 && sent_n <= 2100, "%u in 20 s", sent_n);
	/* the clock may stand still or be asked out of order */
	ck_assert(!ratelimit_allow(&rl, &a, 2, 5000));
}
END_TEST

START_TEST(test_ratelimit_others)
{
	static struct ratelimit rl;
	static const uint64_t key[2] = { 3, 4 };
	struct addr a = { .w = { 0 } };
	unsigned n, sent_n = 0;

	/* one that has used up its share does not take the others' */
	ratelimit_init(&rl, key, 10, 100000);
	for (n = 0; n < 1000; n++)
		ratelimit_allow(&rl, &a, n, 0);
	for (n = 1; n <= 100; n++) {
		a.w[0] = n;
		sent_n += ratelimit_allow(&rl, &a, 2, 0);
	}
	ck_assert_uint_ge(sent_n, 95); /* few share a bucket */
	/* but all together have a bound */
	ratelimit_init(&rl, key, 10, 50);
	for (n = 0, sent_n = 0; n < 1000; n++) {
		a.w[0] = n;
		sent_n += ratelimit_allow(&rl, &a, n, 0);
	}
	ck_assert_msg(sent_n >= 45 && sent_n <= 55, "%u", sent_n);
	/* none at all */
	ratelimit_init(&rl, key, 0, 50);
	ck_assert(!ratelimit_allow(&rl, &a, 0, 100000));
	/* one a second is possible */
	ratelimit_init(&rl, key, 1, 50);
	ck_assert(ratelimit_allow(&rl, &a, 2, 0));
	ck_assert(!ratelimit_allow(&rl, &a, 2, 0));
	ck_assert(ratelimit_allow(&rl, &a, 2, 1500));
}
END_TEST

/* Bytes behind a UDP datagram are not in its sum. */
START_TEST(test_finish_trailer)
{
	uint8_t buf[64];
	struct packet pkt;
	struct pdesc pd;

	parse(&pd, &pkt, buf, sizeof(buf), V4("11") "04d2 0035 000a cc1d 2ed1 "
	    "ffee");
	pkt.csum = CSUM_PARTIAL;
	emit_finish_csum(&pd);
	ck_assert_uint_eq((unsigned)buf[26] << 8 | buf[27], 0xffff);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_emit(void);

Suite *
suite_emit(void)
{
	Suite *s = suite_create("emit");
	TCase *tc = tcase_create("answers");

	tcase_add_loop_test(tc, test_rst, 0, ROWS(resets));
	tcase_add_test(tc, test_rst_translated);
	tcase_add_test(tc, test_rst_damaged);
	tcase_add_test(tc, test_stale);
	tcase_add_test(tc, test_challenge);
	tcase_add_test(tc, test_tcp_mss);
	tcase_add_loop_test(tc, test_icmp, 0, ROWS(errors));
	tcase_add_loop_test(tc, test_quote_undone, 0, ROWS(sent));
	tcase_add_test(tc, test_quote_cut);
	tcase_add_test(tc, test_quote_train);
	tcase_add_loop_test(tc, test_echo, 0, ROWS(echoes));
	suite_add_tcase(s, tc);
	tc = tcase_create("pieces");
	tcase_add_loop_test(tc, test_finish, 0, ROWS(partials));
	tcase_add_test(tc, test_finish_trailer);
	tcase_add_loop_test(tc, test_cut, 0, ROWS(cuts));
	tcase_add_test(tc, test_cut_middle);
	suite_add_tcase(s, tc);
	tc = tcase_create("ratelimit");
	tcase_add_test(tc, test_ratelimit_one);
	tcase_add_test(tc, test_ratelimit_others);
	suite_add_tcase(s, tc);
	return s;
}
