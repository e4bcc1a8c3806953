/* SPDX-License-Identifier: ISC */
/*
 * Checksums carried through changes, beside sums over all the bytes.
 */
#include <arpa/inet.h>

#include <check.h>
#include <string.h>

#include "engine/fast/cksum.h"
#include "engine/fast/translate.h"

Suite *suite_cksum(void);

static const struct {
	const char *what;
	uint16_t cksum, from, to, want; /* host order */
} updates[] = {
	{ "RFC 1624 section 4: zero, not 0xffff", 0xdd2f, 0x5555, 0x3285, 0 },
	{ "nothing changes", 0x1234, 0xabcd, 0xabcd, 0x1234 },
	{ "nothing changes, sum 0", 0x0000, 0x0001, 0x0001, 0x0000 },
	{ "one more is one less", 0x1234, 0x0001, 0x0002, 0x1233 },
	{ "carry out of the word", 0x0001, 0x0000, 0x0002, 0xfffe },
	{ "from all ones to zero is no change", 0x4321, 0xffff, 0, 0x4321 },
};

START_TEST(test_update16)
{
	uint16_t got = cksum_update16(htons(updates[_i].cksum),
	    htons(updates[_i].from), htons(updates[_i].to));

	ck_assert_msg(ntohs(got) == updates[_i].want, "%s: %#x",
	    updates[_i].what, ntohs(got));
}
END_TEST

/* The stupid way: RFC 1071 byte by byte. */
static uint16_t
sum_bytes(const uint8_t *p, size_t n, uint32_t sum)
{
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* All words before, some words after; the other word is not zero, so that no
 * sum has two forms. */
START_TEST(test_every_word)
{
	static const uint16_t to[] = { 0, 1, 2, 0xff, 0x100, 0x7fff, 0x8000,
		0xa5a5, 0xfffe, 0xffff };
	uint8_t w[4] = { 0, 0, 0x12, 0x34 };
	uint16_t before, after, v;
	uint32_t from;
	unsigned i;

	for (from = 0; from <= 0xffff; from++)
		for (i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
			v = htons((uint16_t)from);
			memcpy(w, &v, 2);
			before = htons((uint16_t)~sum_bytes(w, 4, 0));
			memcpy(w, &to[i], 2);
			after = htons((uint16_t)~sum_bytes(w, 4, 0));
			ck_assert_uint_eq(cksum_update16(before, v, to[i]),
			    after);
		}
}
END_TEST

static const struct {
	uint64_t sum;
	uint16_t want;
} folds[] = {
	{ 0, 0 }, { 0xffff, 0xffff }, { 0x10000, 1 }, { 0x1fffe, 0xffff },
	{ 0x1ffff, 1 }, { 0xffffffff, 0xffff }, { 0x100000000, 1 },
	{ 0xffffffffffffffff, 0xffff }, { 0xffffffffffff0001, 1 },
	{ 0x0001000200030004, 10 }, { 0xfffffffeffffffff, 0xfffe },
};

START_TEST(test_fold)
{
	ck_assert_uint_eq(cksum_fold(folds[_i].sum), folds[_i].want);
}
END_TEST

static const struct {
	const char *what;
	uint16_t cksum;
	uint32_t from, to;
	uint16_t want;
} udp[] = {
	{ "no checksum stays none", 0, 1, 2, 0 },
	{ "a sum of zero is sent as all ones", 1, 0x10000, 0x20000, 0xffff },
	{ "all ones, no change", 0xffff, 7, 7, 0xffff },
	{ "all ones, one more", 0xffff, 7, 8, 0xfffe },
};

START_TEST(test_udp)
{
	uint16_t got = cksum_apply_udp(htons(udp[_i].cksum),
	    cksum_diff32(0, htonl(udp[_i].from), htonl(udp[_i].to)));

	ck_assert_msg(ntohs(got) == udp[_i].want, "%s: %#x", udp[_i].what,
	    ntohs(got));
}
END_TEST

/* A packet for the rewrites: IPv4 or IPv6, @proto, some payload. */
struct packet_case {
	const char *what;
	uint8_t proto, inet6, how;
};

static const struct packet_case packets[] = {
	{ "tcp", L4_TCP, 0, 0 },
	{ "tcp, ttl", L4_TCP, 0, TRANSLATE_TTL },
	{ "udp, ttl", L4_UDP, 0, TRANSLATE_TTL },
	{ "icmp", L4_ICMP, 0, 0 },
	{ "icmp, ttl", L4_ICMP, 0, TRANSLATE_TTL },
	{ "gre", 47, 0, TRANSLATE_TTL },
	{ "tcp6", L4_TCP, 1, 0 },
	{ "udp6, ttl", L4_UDP, 1, TRANSLATE_TTL },
	{ "icmp6, ttl", L4_ICMP6, 1, TRANSLATE_TTL },
	{ "tcp, partial", L4_TCP, 0, TRANSLATE_PARTIAL | TRANSLATE_TTL },
	{ "udp, partial", L4_UDP, 0, TRANSLATE_PARTIAL },
	{ "udp6, partial", L4_UDP, 1, TRANSLATE_PARTIAL },
};

#define PAYLOAD 33
#define L4LEN (20 + PAYLOAD)

static unsigned
cksum_at(uint8_t proto)
{
	return proto == L4_TCP ? 16 : proto == L4_UDP ? 6 : 2;
}

/* The pseudo-header's sum, from the packet's own bytes; host order. */
static uint16_t
pseudo(const uint8_t *p, const struct packet_case *c)
{
	uint32_t sum = L4LEN + c->proto;

	if (c->proto == L4_ICMP)
		return 0;
	return c->inet6 ? sum_bytes(p + 8, 32, sum) :
	    sum_bytes(p + 12, 8, sum);
}

static void
set16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Fill in every checksum, from nothing. */
static void
finish(uint8_t *p, const struct packet_case *c)
{
	uint8_t *l4 = p + (c->inet6 ? 40 : 20), *field;
	uint16_t sum;

	if (!c->inet6) {
		set16(p + 10, 0);
		set16(p + 10, (uint16_t)~sum_bytes(p, 20, 0));
	}
	if (c->proto == 47)
		return;
	field = l4 + cksum_at(c->proto);
	set16(field, 0);
	if (c->how & TRANSLATE_PARTIAL) {
		set16(field, pseudo(p, c));
		return;
	}
	sum = (uint16_t)~sum_bytes(l4, L4LEN, pseudo(p, c));
	set16(field, sum == 0 && c->proto == L4_UDP ? 0xffff : sum);
}

static void
make(uint8_t *p, const struct packet_case *c, const uint8_t src[16],
    const uint8_t dst[16], unsigned sport, unsigned dport, uint8_t ttl)
{
	uint8_t *l4;
	unsigned i;

	memset(p, 0, 40 + L4LEN);
	if (c->inet6) {
		p[0] = 0x60;
		set16(p + 4, L4LEN);
		p[6] = c->proto;
		p[7] = ttl;
		memcpy(p + 8, src, 16);
		memcpy(p + 24, dst, 16);
		l4 = p + 40;
	} else {
		p[0] = 0x45;
		set16(p + 2, 20 + L4LEN);
		p[8] = ttl;
		p[9] = c->proto;
		memcpy(p + 12, src, 4);
		memcpy(p + 16, dst, 4);
		l4 = p + 20;
	}
	for (i = 0; i < L4LEN; i++)
		l4[i] = (uint8_t)(i * 37 + 11);
	if (c->proto == L4_TCP || c->proto == L4_UDP) {
		set16(l4, sport);
		set16(l4 + 2, dport);
	} else if (c->proto != 47) {
		set16(l4 + 4, sport);
	}
	finish(p, c);
}

/* What translation makes is what a sender with those addresses would have
 * made, to the last byte. */
START_TEST(test_translate)
{
	static const uint8_t src[16] = { 10, 0, 0, 2, 5, 6, 7 };
	static const uint8_t dst[16] = { 192, 0, 2, 9, 1 };
	static const uint8_t nsrc[16] = { 198, 51, 100, 1, 0xff, 0xff, 3 };
	static const uint8_t ndst[16] = { 203, 0, 113, 77, 0, 9 };
	const struct packet_case *c = &packets[_i];
	uint8_t p[40 + L4LEN], want[40 + L4LEN];
	struct line l;
	struct ext x;

	memset(&l, 0, sizeof(l));
	l.proto = c->proto;
	l.sport = htons(4711);
	l.nsport = htons(50123);
	if (c->proto == L4_TCP || c->proto == L4_UDP) {
		l.dport = htons(80);
		l.ndport = htons(8080);
	}
	memcpy(&l.src, src, 4);
	memcpy(&l.dst, dst, 4);
	memcpy(&l.nsrc, nsrc, 4);
	memcpy(&l.ndst, ndst, 4);
	memcpy(x.addr[1][0], src, 16);
	memcpy(x.addr[1][1], dst, 16);
	memcpy(x.addr[0][0], ndst, 16); /* the other side's key, reversed */
	memcpy(x.addr[0][1], nsrc, 16);
	make(p, c, src, dst, 4711, 80, 64);
	make(want, c, nsrc, ndst, 50123, 8080,
	    c->how & TRANSLATE_TTL ? 63 : 64);
	if (c->inet6)
		translate6(p, p + 40, &l, &x, 1, c->how);
	else
		translate4(p, p + 20, &l, c->how);
	ck_assert_msg(memcmp(p, want, sizeof(p)) == 0, "%s", c->what);
}
END_TEST

Suite *
suite_cksum(void)
{
	Suite *s = suite_create("cksum");
	TCase *tc = tcase_create("cksum");

	tcase_add_loop_test(tc, test_update16, 0,
	    sizeof(updates) / sizeof(updates[0]));
	tcase_add_test(tc, test_every_word);
	tcase_add_loop_test(tc, test_fold, 0,
	    sizeof(folds) / sizeof(folds[0]));
	tcase_add_loop_test(tc, test_udp, 0, sizeof(udp) / sizeof(udp[0]));
	tcase_add_loop_test(tc, test_translate, 0,
	    sizeof(packets) / sizeof(packets[0]));
	suite_add_tcase(s, tc);
	return s;
}
