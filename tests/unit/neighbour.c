/* SPDX-License-Identifier: ISC */
/*
 * IPv6 neighbour and router discovery under rules that keep state, on a host.
 *
 * The target of a message is its payload, which the words for packets make of
 * 0, 1, 2 ...: so the neighbour asked for is always TARGET.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"
Suite *suite_neighbour(void);

#define TARGET "1:203:405:607:809:a0b:c0d:e0f"
#define GROUP "ff02::1:ff0d:e0f"
#define US "2001:db8:1::1"
#define IFS "interface lan0 tun address 2001:db8:1::1/64\n" \
	"interface wan0 tun address 2001:db8:2::1/64\n"
#define ND(from, to, type) "icmp6 " from " > " to " " type " ttl 255 len 16"

struct row {
	unsigned dir;
	const char *text;
	bool passes;
};

#define SHUT(dir, text) { dir, text, false }
#define GOES(dir, text) { dir, text, true }

static const struct {
	const char *what, *rules;
	struct row rows[12];
	unsigned states;
} cases[] = {
	{ "an answer comes back to who asked", "block\npass out\n", {
		SHUT(DIR_IN, ND(TARGET, US, "136/0")),
		GOES(DIR_OUT, ND(US, GROUP, "135/0")),
		GOES(DIR_IN, ND(TARGET, US, "136/0")),
		/* from another of its addresses, and once more */
		GOES(DIR_IN, ND("fe80::2", US, "136/0")),
		GOES(DIR_OUT, ND(US, TARGET, "135/0")),
		/* nobody else was asked, and nobody else has asked */
		SHUT(DIR_IN, ND(TARGET, "2001:db8:1::9", "136/0")),
		SHUT(DIR_IN, ND(TARGET, US, "135/0")),
		SHUT(DIR_IN, "icmp6 " TARGET " > " US " 129/0 id 0"),
	}, 1 },
	{ "two that want one address", "block\npass out\n", {
		GOES(DIR_OUT, ND("::", GROUP, "135/0")),
		GOES(DIR_IN, ND(TARGET, "ff02::1", "136/0")),
	}, 1 },
	{ "asked by others", "block\n"
	    "pass in inet6 proto icmp6 "
	    "icmp6-type { neighbrsol neighbradv }\n", {
		SHUT(DIR_OUT, ND(US, "fe80::9", "136/0")),
		GOES(DIR_IN, ND("fe80::9", GROUP, "135/0")),
		GOES(DIR_OUT, ND(TARGET, "fe80::9", "136/0")),
		/* unasked, it passes and leaves nothing behind */
		GOES(DIR_IN, ND("fe80::7", "ff02::1", "136/0")),
		GOES(DIR_IN, ND("fe80::7", US, "136/0")),
		/* of no link, and too short to say whom */
		SHUT(DIR_IN, "icmp6 fe80::9 > " GROUP " 135/0 ttl 254 len 16"),
		SHUT(DIR_IN, "icmp6 fe80::9 > " GROUP " 135/0 ttl 255 len 15"),
	}, 1 },
	{ "everything passes", "pass\n", {
		GOES(DIR_IN, ND(TARGET, US, "136/0")),
		GOES(DIR_OUT, ND(US, "ff02::1", "136/0")),
		GOES(DIR_IN, "icmp6 fe80::1 > ff02::1 134/0 ttl 255 len 8"),
		GOES(DIR_OUT, "icmp6 fe80::2 > ff02::2 133/0 ttl 255"),
	}, 2 },
	{ "a router's word is no answer", "block\npass out\n", {
		GOES(DIR_OUT, "icmp6 fe80::2 > fe80::1 133/0 ttl 255"),
		SHUT(DIR_IN, "icmp6 fe80::1 > fe80::2 134/0 ttl 255 len 8"),
		SHUT(DIR_IN, "icmp6 fe80::1 > ff02::1 134/0 ttl 255 len 8"),
	}, 1 },
	{ "a router's word", "block\n"
	    "pass in inet6 proto icmp6 icmp6-type routeradv\n", {
		GOES(DIR_IN, "icmp6 fe80::1 > ff02::1 134/0 ttl 255 len 8"),
		GOES(DIR_IN, "icmp6 fe80::1 > ff02::1 134/0 ttl 255 len 8"),
		SHUT(DIR_IN, "icmp6 fe80::1 > ff02::1 134/0 ttl 64 len 8"),
		SHUT(DIR_IN, "icmp6 fe80::1 > ff02::1 137/0 ttl 255 len 32"),
		SHUT(DIR_OUT, "icmp6 fe80::1 > ff02::1 134/0 ttl 255 len 8"),
	}, 1 },
	{ "translation keeps away", "nat on lan0 inet6 from any to any -> "
	    US "\nblock\npass out\n", {
		GOES(DIR_OUT, ND("fe80::1", GROUP, "135/0")),
		GOES(DIR_IN, ND(TARGET, "fe80::1", "136/0")),
	}, 1 },
};

static bool
is_sent(const char *got)
{
	return strncmp(got, "lan0 ", 5) == 0;
}

START_TEST(test_discovery)
{
	const struct harness_options opt = { .host = true };
	char rules[512];
	const struct row *r;
	const char *got;
	struct harness h;

	snprintf(rules, sizeof(rules), IFS "%s", cases[_i].rules);
	harness_new_with(&h, rules, &opt);
	for (r = cases[_i].rows; r->text != NULL; r++) {
		got = harness_dir(&h, "lan0", r->dir, r->text);
		ck_assert_msg(is_sent(got) == r->passes, "%s: %s: %s",
		    cases[_i].what, r->text, got);
	}
	ck_assert_msg(harness_states(&h) == cases[_i].states, "%s: %u states",
	    cases[_i].what, harness_states(&h));
	harness_free(&h);
}
END_TEST

/*
 * A state of one type never admits another, but for answers: all ordered
 * pairs of types, both ways, between two hosts and one id.
 */
START_TEST(test_types)
{
	const struct harness_options opt = { .host = true };
	static const uint8_t answers[][2] = {
		{ 128, 129 }, { 135, 136 }, { 139, 140 },
	};
	char first[96], next[96];
	struct harness h;
	unsigned a, b, i;
	bool answer, got;

	for (a = 1; a < 256; a++) {
		harness_new_with(&h, IFS "block\npass out\n", &opt);
		snprintf(first, sizeof(first), "icmp6 " US " > " TARGET
		    " %u/0 ttl 255 len 16", a);
		if (!is_sent(harness_dir(&h, "lan0", DIR_OUT, first)) ||
		    harness_states(&h) == 0) {
			/* errors, answers, and what is not asked for */
			ck_assert_msg(a <= 4 || a == 129 || a == 136 ||
			    a == 140, "type %u makes no state", a);
			harness_free(&h);
			continue;
		}
		for (b = 5; b < 256; b++) {
			answer = false;
			for (i = 0; i < 3; i++)
				answer |= a == answers[i][0] &&
				    b == answers[i][1];
			snprintf(next, sizeof(next), "icmp6 " TARGET " > " US
			    " %u/0 ttl 255 len 16", b);
			got = is_sent(harness_dir(&h, "lan0", DIR_IN, next));
			ck_assert_msg(got == answer, "a state of type %u %s "
			    "type %u", a, got ? "admits" : "does not admit",
			    b);
		}
		harness_free(&h);
	}
}
END_TEST

Suite *
suite_neighbour(void)
{
	Suite *s = suite_create("neighbour");
	TCase *tc = tcase_create("discovery");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_discovery, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_types);
	suite_add_tcase(s, tc);
	return s;
}
