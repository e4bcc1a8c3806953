/* SPDX-License-Identifier: ISC */
/*
 * Features of devices: what the kernel says of those that every host has.
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/io/ethtool.h"

START_TEST(test_read)
{
	bool on[ETHTOOL_FEATURES] = { false };
	struct ethtool t;

	ck_assert_int_eq(ethtool_open(&t), 0);
	/* of another interface, or of none, nothing is known */
	ck_assert_int_eq(ethtool_read(&t, "natd-no-such0", on), -ENODEV);
	ck_assert_int_eq(ethtool_read(&t, "a-name-that-is-too-long", on),
	    -ENODEV);
	ck_assert_int_eq(ethtool_switch(&t, "natd-no-such0", ETHTOOL_UDP_GRO,
	    true), -ENODEV);
	ck_assert_int_eq(ethtool_read(&t, "lo", on), 0);
	ck_assert(t.n > 0);
	ck_assert(t.bit[ETHTOOL_GRO] < t.n);
	ck_assert(t.bit[ETHTOOL_GRO] != t.bit[ETHTOOL_UDP_GRO]);
	ethtool_close(&t);
	ck_assert_int_eq(ethtool_read(&t, "lo", on), -EBADF);
}
END_TEST

START_TEST(test_name)
{
	char name[ETHTOOL_NAMELEN] = "";

	/* loopback is the first of each namespace */
	ck_assert(ethtool_name(1, name));
	ck_assert_str_eq(name, "lo");
	ck_assert(!ethtool_name(0, name));
}
END_TEST

Suite *suite_ethtool(void);

Suite *
suite_ethtool(void)
{
	Suite *s = suite_create("ethtool");
	TCase *tc = tcase_create("features");

	tcase_add_test(tc, test_read);
	tcase_add_test(tc, test_name);
	suite_add_tcase(s, tc);
	return s;
}
