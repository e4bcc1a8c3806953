/* SPDX-License-Identifier: ISC */
/*
 * Translated packets: each sum is computed anew, the plain way, and must be
 * right exactly if it was right before.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/pdesc.h"
#include "tests/hexpkt.h"
#include "tests/hexwords.h"
#include "tests/rnd.h"

#define ROUNDS 4000

static uint64_t seed, rng;

static uint32_t
rnd(void)
{
	return (uint32_t)(test_random(&rng) >> 32);
}

/* A value that is often one of those that go wrong. */
static uint32_t
odd32(void)
{
	static const uint32_t odd[] = { 0, 0xffffffff, 0xffff, 0xffff0000, 1 };
	uint32_t r = rnd();

	return r % 4 == 0 ? odd[rnd() % 5] : rnd();
}

static void
odd_tuple(struct tuple *t, uint8_t af)
{
	int i, n = af == AF_INET ? 1 : 4;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < n; i++) {
		t->src.w[i] = odd32();
		t->dst.w[i] = odd32();
	}
	t->sport = (uint16_t)odd32();
	t->dport = (uint16_t)odd32();
}

static const struct {
	const char *what, *text;
	size_t l4;		/* where layer 4 begins */
	uint8_t proto;
	uint8_t cksum;		/* place of the sum in it */
} bases[] = {
	{ "TCP", V4("06") TCP "616263", 20, 6, 16 },
	{ "UDP", V4("11") "04d2 0035 000b U 616263", 20, 17, 6 },
	{ "UDP, odd data", V4("11") "04d2 0035 000c U 61626364", 20, 17, 6 },
	{ "options", "4700 L 0001 0000 40 06 S " A "0707040000000000 "
	    "04d2 0050 00000001 00000002 5010 ffff 0000 0000", 28, 6, 16 },
	{ "echo", V4("01") "0800 C 1234 0001 616263", 20, 1, 2 },
	{ "IPv6 TCP", V6("06") TCP "616263", 40, 6, 16 },
	{ "IPv6 UDP", V6("11") "04d2 0035 000b U 616263", 40, 17, 6 },
	{ "IPv6 echo", V6("3a") "8000 K 1234 0001 616263", 40, 58, 2 },
	{ "neighbour solicitation", "60000000 M 3a ff " A6 "8700 K 00000000 Z10",
	    40, 58, 2 },
	{ "DCCP", V4("21") "04d2 0035 0300 0000 00000000", 20, 33, 6 },
};

/* all_sum() - Of layer 4, with a pseudo-header where there is one. */
static uint32_t
all_sum(const uint8_t *p, size_t len, size_t l4, uint8_t proto)
{
	return proto == 1 ? sum16(0, p + l4, len - l4)
			  : l4_sum(p, len, l4, proto);
}

/* mod - 0xffff and 0 are both zero. */
static uint32_t
mod(uint32_t sum)
{
	return sum % 0xffff;
}

START_TEST(test_full)
{
	const char *what = bases[_i].what;
	size_t l4 = bases[_i].l4, len;
	uint8_t first[256], buf[256];
	uint32_t before, field;
	struct packet pkt;
	struct pdesc pd;
	int n;

	seed = test_begin(&rng);
	len = hexpkt(first, sizeof(first), bases[_i].text);
	for (n = 0; n < ROUNDS; n++) {
		memcpy(buf, first, len);
		pkt = (struct packet) { .data = buf, .len = (uint32_t)len };
		if (n % 3 == 1) { /* a wrong sum */
			buf[l4 + bases[_i].cksum] = (uint8_t)rnd();
			buf[l4 + bases[_i].cksum + 1] = (uint8_t)(rnd() | 1);
		}
		before = all_sum(buf, len, l4, bases[_i].proto);
		ck_assert_msg(pdesc_parse(&pd, &pkt) == 0, "%s", what);
		odd_tuple(&pd.cur, pd.af);
		pdesc_rewrite(&pd);
		ck_assert_msg(
		    mod(all_sum(buf, len, l4, bases[_i].proto)) == mod(before),
		    "%s: sum, seed %#llx round %d", what,
		    (unsigned long long)seed, n);
		if (pd.af == AF_INET)
			ck_assert_msg(sum16(0, buf,
			    (buf[0] & 15) * 4u) == 0xffff,
			    "%s: header sum, seed %#llx round %d", what,
			    (unsigned long long)seed, n);
		field = (uint32_t)buf[l4 + 6] << 8 | buf[l4 + 7];
		ck_assert_msg(bases[_i].proto != 17 || field != 0,
		    "%s: a UDP sum of zero, seed %#llx round %d", what,
		    (unsigned long long)seed, n);
		/* the parser reads what was asked for */
		ck_assert(memcmp(buf + (pd.af == AF_INET ? 12 : 8),
		    pd.cur.src.b, pd.af == AF_INET ? 4 : 16) == 0);
		ck_assert(memcmp(buf + (pd.af == AF_INET ? 16 : 24),
		    pd.cur.dst.b, pd.af == AF_INET ? 4 : 16) == 0);
		/* and back again: the bytes from before */
		pd.cur = pd.key;
		pdesc_rewrite(&pd);
		if (n % 3 != 1)
			ck_assert_msg(memcmp(buf, first, len) == 0,
			    "%s: not undone, seed %#llx round %d", what,
			    (unsigned long long)seed, n);
	}
}
END_TEST

/*
 * A partial sum: the field is the pseudo-header's, before and after, and
 * ports do not come into it.
 */
START_TEST(test_partial)
{
	const char *what = bases[_i].what;
	size_t l4 = bases[_i].l4, len;
	uint8_t buf[256], *field;
	uint32_t pseudo;
	struct packet pkt;
	struct pdesc pd;
	int n;

	if (bases[_i].proto == 1)
		return;
	seed = test_begin(&rng);
	len = hexpkt(buf, sizeof(buf), bases[_i].text);
	field = buf + l4 + bases[_i].cksum;
	memset(field, 0, 2);
	/* what the pseudo-header alone adds up to */
	pseudo = l4_sum(buf, len, l4, bases[_i].proto) + 0xffff -
	    sum16(0, buf + l4, len - l4);
	pseudo = mod(pseudo);
	field[0] = (uint8_t)(pseudo >> 8);
	field[1] = (uint8_t)pseudo;
	for (n = 0; n < ROUNDS; n++) {
		pkt = (struct packet) { .data = buf, .len = (uint32_t)len,
			.csum = CSUM_PARTIAL };
		if (pdesc_parse(&pd, &pkt) != 0) {
			/* what the round before made of it is a martian */
			pd.flags |= PD_L4;
		}
		odd_tuple(&pd.cur, pd.af);
		pdesc_rewrite(&pd);
		pseudo = (uint32_t)field[0] << 8 | field[1];
		memset(field, 0, 2);
		ck_assert_msg(mod(pseudo + sum16(0, buf + l4, len - l4)) ==
		    mod(l4_sum(buf, len, l4, bases[_i].proto)),
		    "%s: seed %#llx round %d", what,
		    (unsigned long long)seed, n);
		field[0] = (uint8_t)(pseudo >> 8);
		field[1] = (uint8_t)pseudo;
	}
}
END_TEST

START_TEST(test_udp_none)
{
	uint8_t buf[64], first[64];
	size_t len = hexpkt(buf, sizeof(buf), V4("11") "04d2 0035 0008 0000");
	struct packet pkt = { .data = buf, .len = (uint32_t)len };
	struct pdesc pd;

	memcpy(first, buf, len);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	pdesc_rewrite(&pd);
	ck_assert_uint_eq(pkt.changed, 0);
	ck_assert_mem_eq(buf, first, len);
	pd.cur.sport = htons(99);
	pdesc_rewrite(&pd);
	ck_assert_uint_eq(pkt.changed, 1);
	ck_assert_uint_eq(buf[26] | buf[27], 0);
	ck_assert_uint_eq(buf[21], 99);
}
END_TEST

/* Only the pieces that have a layer 4 sum get it changed. */
START_TEST(test_fragments)
{
	uint8_t buf[64], first[64];
	size_t len = hexpkt(buf, sizeof(buf), V4F("2003", "11", A)
	    "0001 0002 0003 0004");
	struct packet pkt = { .data = buf, .len = (uint32_t)len };
	struct pdesc pd;

	memcpy(first, buf, len);
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	pd.cur.src.w[0] = htonl(0x01020304);
	pd.cur.sport = htons(99);
	pdesc_rewrite(&pd);
	ck_assert_mem_eq(buf + 20, first + 20, 8);
	ck_assert_uint_eq(sum16(0, buf, 20), 0xffff);

	len = hexpkt(buf, sizeof(buf), V4F("2000", "11", A)
	    "04d2 0035 0100 1234");
	pkt = (struct packet) { .data = buf, .len = (uint32_t)len };
	ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
	pd.cur.src.w[0] = htonl(0x0a000003);
	pdesc_rewrite(&pd);
	ck_assert_uint_eq((unsigned)buf[26] << 8 | buf[27], 0x1232);
}
END_TEST

static const struct {
	const char *what, *text;
	int inner_sum;		/* is all of the quote's layer 4 there? */
} errors[] = {
	{ "UDP", ERR "4500 0024 0001 4000 3f 11 S " A
	    "04d2 0035 0010 beef 61626364 65666768", 1 },
	{ "UDP without a sum", ERR IN4("11") "04d2 0035 0010 0000", 0 },
	{ "TCP, 8 bytes", ERR IN4("06") "04d2 0050 00000001", 0 },
	{ "TCP, 20 bytes", ERR "4500 0028 0001 4000 3f 06 S " A
	    "04d2 0050 00000001 00000002 5010 ffff 1234 0000", 1 },
	{ "echo", ERR IN4("01") "0800 1111 1234 0001 6162", 0 },
	{ "GRE", ERR IN4("2f") "0000 0800 4500 0000", 0 },
	{ "options", ERR "4700 0100 0001 4000 3f 11 S " A
	    "0707040000000000 04d2 0035 0010 beef", 0 },
	{ "IPv6 UDP", ERR6 IN6("11") "04d2 0035 000c beef 61626364", 0 },
	{ "IPv6 TCP", ERR6 IN6("06") "04d2 0050 00000001 00000002 5010 ffff "
	    "1234 0000", 0 },
	{ "IPv6 echo", ERR6 IN6("3a") "8000 1111 1234 0001", 0 },
};

START_TEST(test_quote)
{
	const char *what = errors[_i].what;
	uint8_t first[256], buf[256], *q;
	uint32_t before = 0;
	struct tuple inner, old;
	struct packet pkt;
	struct pdesc pd;
	size_t len, l4;
	int n;

	seed = test_begin(&rng);
	len = hexpkt(first, sizeof(first), errors[_i].text);
	for (n = 0; n < ROUNDS; n++) {
		memcpy(buf, first, len);
		pkt = (struct packet) { .data = buf, .len = (uint32_t)len };
		ck_assert_msg(pdesc_parse(&pd, &pkt) == 0, "%s", what);
		ck_assert_uint_ne(pd.flags & PD_ICMPERR, 0);
		q = buf + pd.quote.off;
		l4 = (size_t)(pd.quote.l4off - pd.quote.off);
		if (errors[_i].inner_sum)
			before = l4_sum(q, l4 + pd.quote.l4len, l4,
			    pd.quote.proto);
		odd_tuple(&pd.cur, pd.af);
		odd_tuple(&inner, pd.af);
		pdesc_rewrite_quote(&pd, &inner);
		ck_assert_uint_eq(pkt.changed, 1);
		ck_assert_msg(mod(all_sum(buf, len, pd.l3len, pd.proto)) == 0,
		    "%s: ICMP sum, seed %#llx round %d", what,
		    (unsigned long long)seed, n);
		if (pd.af == AF_INET) {
			ck_assert_uint_eq(sum16(0, buf, 20), 0xffff);
			ck_assert_msg(sum16(0, q, l4) == 0xffff,
			    "%s: quoted header, seed %#llx round %d", what,
			    (unsigned long long)seed, n);
		}
		if (errors[_i].inner_sum)
			ck_assert_msg(mod(l4_sum(q, l4 + pd.quote.l4len, l4,
			    pd.quote.proto)) == mod(before),
			    "%s: quoted sum, seed %#llx round %d", what,
			    (unsigned long long)seed, n);
		ck_assert(memcmp(q + (pd.af == AF_INET ? 12 : 8), inner.src.b,
		    pd.af == AF_INET ? 4 : 16) == 0);
		if (pd.quote.proto == 6 || pd.quote.proto == 17) {
			ck_assert(memcmp(q + l4, &inner.sport, 2) == 0);
			ck_assert(memcmp(q + l4 + 2, &inner.dport, 2) == 0);
		}
		if (pd.quote.icmp_class != 0)
			ck_assert(memcmp(q + l4 + 4, &inner.sport, 2) == 0);
		/* undone */
		old = pd.quote.t;
		pd.cur = pd.key;
		pdesc_rewrite_quote(&pd, &old);
		ck_assert_msg(memcmp(buf, first, len) == 0,
		    "%s: not undone, seed %#llx round %d", what,
		    (unsigned long long)seed, n);
	}
}
END_TEST

/* Only the inside, only the outside, nothing. */
START_TEST(test_quote_half)
{
	uint8_t first[256], buf[256];
	struct packet pkt;
	struct tuple inner;
	struct pdesc pd;
	size_t len;
	int which;

	len = hexpkt(first, sizeof(first), errors[_i].text);
	for (which = 0; which < 3; which++) {
		memcpy(buf, first, len);
		pkt = (struct packet) { .data = buf, .len = (uint32_t)len };
		ck_assert_int_eq(pdesc_parse(&pd, &pkt), 0);
		inner = pd.quote.t;
		if (which == 1)
			inner.src.w[0] ^= 0x01020304;
		if (which == 2)
			pd.cur.src.w[0] ^= 0x01020304;
		pdesc_rewrite_quote(&pd, &inner);
		ck_assert_uint_eq(pkt.changed, which != 0);
		ck_assert_int_eq(memcmp(buf, first, len) != 0, which != 0);
		ck_assert_msg(mod(all_sum(buf, len, pd.l3len, pd.proto)) == 0,
		    "%s: half %d", errors[_i].what, which);
	}
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

Suite *suite_rewrite(void);

Suite *
suite_rewrite(void)
{
	Suite *s = suite_create("rewrite");
	TCase *tc = tcase_create("rewrite");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_full, 0, ROWS(bases));
	tcase_add_loop_test(tc, test_partial, 0, ROWS(bases));
	tcase_add_test(tc, test_udp_none);
	tcase_add_test(tc, test_fragments);
	tcase_add_loop_test(tc, test_quote, 0, ROWS(errors));
	tcase_add_loop_test(tc, test_quote_half, 0, ROWS(errors));
	suite_add_tcase(s, tc);
	return s;
}
