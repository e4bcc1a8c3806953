/* SPDX-License-Identifier: ISC */
/*
 * SipHash-1-3 against another implementation, and keys.
 *
 * The vectors are Python's hash() of bytes (sys.hash_info says siphash13),
 * with the key that PYTHONHASHSEED 0, 1 and 77 make.
 */
#include <check.h>
#include <string.h>

#include "engine/fast/key.h"

Suite *suite_hash(void);

#define K1 { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }
#define K77 { 0xa5d82b05502b1222, 0x2a36ec6c04605b32 }

static const struct {
	const char *what;
	uint64_t key[2];
	const char *message;
	uint64_t want;
} vectors[] = {
	{ "two zero words, zero key", { 0, 0 },
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0x76be999e3e25b2a0 },
	{ "two words, zero key", { 0, 0 },
	    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
	    0x8972188433a5c5b7 },
	{ "two words, a key", K1,
	    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
	    0x12e9d283f9f37002 },
	{ "all ones", K1,
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	    0xd82606bff847f00b },
	{ "text, another key", K77, "natd natd natd 1", 0xdfa0b6d5a1d04b78 },
};

START_TEST(test_vectors)
{
	struct skey k;

	memcpy(k.w, vectors[_i].message, 16);
	ck_assert_msg(siphash13_words(vectors[_i].key, k.w, 2) ==
	    vectors[_i].want, "%s", vectors[_i].what);
	k.af_dir &= (uint8_t)~(LINE_INET6 | LINE_OUT);
	ck_assert(key_hash(vectors[_i].key, &k) ==
	    siphash13_words(vectors[_i].key, k.w, 2));
}
END_TEST

/* Six words, as an IPv6 key: 48 bytes counting up from @from. */
static const struct {
	uint64_t key[2];
	uint8_t from;
	uint64_t want;
} long_vectors[] = {
	{ { 0, 0 }, 0, 0xfe1f2445ba50237f },
	{ K1, 100, 0x86a64e4af5970bbc },
};

START_TEST(test_long_vectors)
{
	uint64_t w[6];
	uint8_t b[48];
	struct skey k;
	unsigned i;

	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(long_vectors[_i].from + i);
	memcpy(w, b, sizeof(w));
	ck_assert(siphash13_words(long_vectors[_i].key, w, 6) ==
	    long_vectors[_i].want);
	memcpy(&k, b, sizeof(k));
	ck_assert(key_hash6(long_vectors[_i].key, &k) ==
	    long_vectors[_i].want);
}
END_TEST

START_TEST(test_one_word)
{
	const uint64_t key[2] = K77;
	uint64_t w;

	memcpy(&w, "\0\1\2\3\4\5\6\7", 8);
	ck_assert(siphash13_words(key, &w, 1) == 0xf55af4419e8ffa31);
}
END_TEST

START_TEST(test_key6)
{
	const uint32_t src[4] = { 1, 2, 3, 4 }, dst[4] = { 5, 6, 7, 8 };
	struct skey k, l;

	key_make6(&k, src, dst, 9, 10, 17, 1, 11);
	ck_assert_uint_eq(k.af_dir, LINE_INET6 | LINE_OUT);
	ck_assert_uint_eq(k.src, key_fold(src));
	ck_assert_uint_eq(k.dst, key_fold(dst));
	ck_assert(memcmp(k.addr[0], src, 16) == 0);
	ck_assert(memcmp(k.addr[1], dst, 16) == 0);
	key_make4(&l, k.src, k.dst, 9, 10, 17, 1, 11);
	ck_assert_uint_eq(l.af_dir, LINE_OUT);
	ck_assert(l.w[0] == k.w[0] && l.w[1] != k.w[1]);
}
END_TEST

/* Both directions of a tuple: one bucket, two tags. */
START_TEST(test_direction)
{
	const uint32_t src[4] = { 1, 2, 3, 4 }, dst[4] = { 5, 6, 7, 8 };
	const uint64_t secret[2] = K77;
	struct skey in, out;
	uint64_t a, b;

	if (_i) {
		key_make6(&in, src, dst, 9, 10, 17, 0, 11);
		key_make6(&out, src, dst, 9, 10, 17, 1, 11);
	} else {
		key_make4(&in, 1, 2, 9, 10, 17, 0, 11);
		key_make4(&out, 1, 2, 9, 10, 17, 1, 11);
	}
	ck_assert(key_alike(&in, &out) && !key_same(&in, &out));
	a = key_hash(secret, &in);
	b = key_hash(secret, &out);
	ck_assert(a << 16 == b << 16);
	ck_assert_uint_ne(hash_tag(a), hash_tag(b));
	out.sport ^= 1;
	ck_assert(!key_alike(&in, &out));
	ck_assert(key_hash(secret, &out) << 16 != b << 16);
}
END_TEST

Suite *
suite_hash(void)
{
	Suite *s = suite_create("hash");
	TCase *tc = tcase_create("hash");

	tcase_add_loop_test(tc, test_vectors, 0,
	    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tc, test_long_vectors, 0, 2);
	tcase_add_test(tc, test_one_word);
	tcase_add_test(tc, test_key6);
	tcase_add_loop_test(tc, test_direction, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
