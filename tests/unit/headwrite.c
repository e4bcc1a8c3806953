/* SPDX-License-Identifier: ISC */
/*
 * Which changes of a header the kernel is told to make, and how.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/io/headwrite.h"

static const uint8_t train[] = {
	0x45, 0, 0x20, 0, 0, 7, 0x40, 0, 64, IPPROTO_TCP, 0x12, 0x34,
	10, 0, 0, 2, 198, 51, 100, 80,
	0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x10, 1, 0,
	0xab, 0xcd, 0, 0, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8,
	'd', 'a', 't', 'a',
};

static const struct {
	const char *what;
	unsigned at[4];		/* bytes that change; 0: none */
	bool can;
	uint8_t mark[4];
	uint16_t port, word;
} changes[] = {
	{ "source address", { 12, 15 }, true, { 0xf5, 0, 0, 0xfd }, 40000,
	    0xb805 },
	{ "source, its port and the sums", { 13, 20, 10, 36 }, true,
	    { 10, 0xff, 0, 2 }, 0x6340, 0xb805 },
	{ "source port", { 21 }, true, { 10, 0, 0, 2 }, 0x9cbf, 0xb805 },
	{ "destination", { 16, 23 }, true, { 0x39, 51, 100, 80 }, 0xaf,
	    0xbc05 },
	{ "destination port", { 22 }, true, { 198, 51, 100, 80 }, 0xff50,
	    0xbc05 },
	{ "source and destination", { 12, 16 }, false, { 0 }, 0, 0 },
	{ "source and destination port", { 12, 23 }, false, { 0 }, 0, 0 },
	{ "type of service", { 12, 1 }, false, { 0 }, 0, 0 },
	{ "hop limit", { 12, 8 }, false, { 0 }, 0, 0 },
	{ "sequence", { 12, 27 }, false, { 0 }, 0, 0 },
	{ "window", { 12, 34 }, false, { 0 }, 0, 0 },
	{ "an option", { 12, 51 }, false, { 0 }, 0, 0 },
};

START_TEST(test_change)
{
	uint8_t b[sizeof(train)];
	struct packet p = { .data = b, .len = sizeof(b), .gso = GSO_TCP4 };
	struct headwrite hw;
	uint32_t mark = 0, prio = 0;
	unsigned i;

	memcpy(b, train, sizeof(b));
	headwrite_keep(&hw, &p);
	p.decided = 1;
	p.out_if = 5;
	for (i = 0; i < 4 && changes[_i].at[i] != 0; i++)
		b[changes[_i].at[i]] ^= 0xff;
	ck_assert_msg(headwrite_say(&hw, &p, &mark, &prio) == changes[_i].can,
	    "%s", changes[_i].what);
	if (!changes[_i].can)
		return;
	ck_assert_mem_eq(&mark, changes[_i].mark, 4);
	ck_assert_msg(prio == headwrite_prio(htons(changes[_i].port),
	    changes[_i].word), "%s: %08x", changes[_i].what, prio);
	/* the port comes first in memory */
	ck_assert_mem_eq(&prio, b + (changes[_i].word & HEADWRITE_DST ? 22 :
	    20), 2);
}
END_TEST

/* Packets that go back as bytes. */
static const struct {
	const char *what;
	struct packet p;
	uint8_t first;		/* byte */
} others[] = {
	{ "no train", { .gso = GSO_NONE, .decided = 1 }, 0x45 },
	{ "of UDP", { .gso = GSO_UDP, .decided = 1 }, 0x45 },
	{ "when it leaves", { .gso = GSO_TCP4, .dir = DIR_OUT, .decided = 1 },
	    0x45 },
	{ "has a priority", { .gso = GSO_TCP4, .prio = 6, .decided = 1 },
	    0x45 },
	{ "gets one", { .gso = GSO_TCP4, .set_prio = 1, .decided = 1 }, 0x45 },
	{ "to be asked about again", { .gso = GSO_TCP4 }, 0x45 },
	{ "has IP options", { .gso = GSO_TCP4, .decided = 1 }, 0x46 },
};

START_TEST(test_other)
{
	uint8_t b[sizeof(train)];
	struct packet p = others[_i].p;
	struct headwrite hw;
	uint32_t mark, prio;

	memcpy(b, train, sizeof(b));
	b[0] = others[_i].first;
	p.data = b;
	p.len = sizeof(b);
	headwrite_keep(&hw, &p);
	b[12] ^= 0xff;
	ck_assert_msg(!headwrite_say(&hw, &p, &mark, &prio), "%s",
	    others[_i].what);
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

Suite *suite_headwrite(void);

Suite *
suite_headwrite(void)
{
	Suite *s = suite_create("headwrite");
	TCase *tc = tcase_create("headwrite");

	tcase_add_loop_test(tc, test_change, 0, ROWS(changes));
	tcase_add_loop_test(tc, test_other, 0, ROWS(others));
	suite_add_tcase(s, tc);
	return s;
}
