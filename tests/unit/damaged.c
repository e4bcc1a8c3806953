/* SPDX-License-Identifier: ISC */
/*
 * Taking over an arena whose memory was damaged, on purpose or not: whatever
 * stands in it, what comes of it is states that can be shown, used, reviewed
 * and ended, and nobody looks outside (there are guards around the memory).
 *
 * TEST_ROUNDS says how often, for a longer run by hand.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"
#include "tests/harness.h"
#include "tests/rnd.h"

Suite *suite_damaged(void);

#define ROUNDS 150
#define CHANGES 24 /* words changed at most */

#define NET6 \
	"interface lan0 tun address 10.0.0.1/24 address fd00::1/64\n" \
	"interface wan0 tun address 198.51.100.1/24 address 2001:db8::1/64\n"

static const char rules[] = NET6
    "set timeout udp.first 20\n"
    "match out on wan0 set tos 0x28\n"
    "match in on lan0 tag LAN\n"
    "pass in on lan0 keep state (udp.single 50, max 500)\n"
    "pass in on wan0 route-to 10.0.0.77 inet proto udp to port 77\n"
    "pass in on wan0 keep state (if-bound)\n"
    "pass out on wan0 inet from 10.0.0.0/8 nat-to (wan0)\n"
    "pass out\n";
static const char others[] = NET6
    "pass in on lan0 no state\n"
    "pass out on wan0 inet from 10.0.0.0/8 nat-to 198.51.100.1\n"
    "pass out tagged LAN\n";

static const char *const traffic[][2] = {
	{ "lan0", "tcp 10.0.0.%u:1000 > 198.51.100.80:80 S seq 100" },
	{ "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:%u SA seq 5 ack 101" },
	{ "lan0", "udp 10.0.0.%u:1000 > 198.51.100.80:53" },
	{ "wan0", "udp 198.51.100.80:53 > 198.51.100.1:%u" },
	{ "lan0", "icmp 10.0.0.%u > 198.51.100.80 8/0 id 7" },
	{ "lan0", "udp fd00::%u:1000 > 2001:db8::80:53" },
	{ "wan0", "udp 2001:db8::80:53 > fd00::%u:1000" },
	{ "lan0", "tcp fd00::%u:1000 > 2001:db8::80:80 S seq 100" },
	{ "wan0", "udp 198.51.100.80:9 > 10.0.0.%u:77" },
	{ "lan0", "tcp 10.0.0.%u:1000 > 198.51.100.80:80 A seq 101 ack 6" },
	{ "lan0", "udp 10.0.0.1:9 > 198.51.100.%u:99" },
};

static struct harness h;

static void
some_traffic(void)
{
	char text[128];
	unsigned i, j;

	for (j = 2; j < 12; j++)
		for (i = 0; i < sizeof(traffic) / sizeof(traffic[0]); i++) {
			snprintf(text, sizeof(text), traffic[i][1], j);
			harness_in(&h, traffic[i][0], text);
		}
}

/* Something in use: @at is where, @words how many. */
static uint32_t *
some_words(uint64_t *seed, size_t *words)
{
	const struct arena_header *head = h.mem;
	const struct {
		enum arena_region region;
		size_t used;
	} v[] = {
		{ REGION_HEADER, sizeof(*head) },
		{ REGION_BUCKETS, 64 * sizeof(struct bucket) },
		{ REGION_LINES, head->record_pool.top * 2 *
		    sizeof(struct line) },
		{ REGION_COLD, head->record_pool.top * sizeof(struct cold) },
		{ REGION_EXT, head->ext_pool.top * sizeof(struct ext) },
		{ REGION_ROWS, head->row_pool.top * sizeof(struct row) },
		{ REGION_ROWHEADS, 256 },
		{ REGION_COUNTS, head->row_pool.top *
		    sizeof(struct row_count) },
		{ REGION_IFACES, 8 * ARENA_NAMELEN },
		{ REGION_TAGS, 4 * ARENA_TAGLEN },
		{ REGION_OWN, 64 },
	};
	unsigned i = (unsigned)(test_random(seed) % (sizeof(v) / sizeof(v[0])));

	*words = v[i].used / sizeof(uint32_t);
	return (uint32_t *)(void *)((char *)h.mem +
	    head->offset[v[i].region]);
}

static uint32_t
some_value(uint64_t *seed, uint32_t was)
{
	uint64_t r = test_random(seed);

	switch (r % 6) {
	case 0:
		return (uint32_t)(r >> 32);
	case 1:
		return was ^ 1u << (r >> 32 & 31);
	case 2:
		return was + (uint32_t)(r >> 32 & 7) - 3;
	case 3:
		return UINT32_MAX;
	case 4:
		return (uint32_t)(r >> 32 & 0x3ff);
	default:
		return was ^ (uint32_t)(r >> 40 & 0xff) << (r >> 32 & 24);
	}
}

/* Offsets are read before anything is changed. */
static void
damage(uint64_t *seed)
{
	uint32_t *at[CHANGES], value[CHANGES];
	unsigned i, n = 1 + (unsigned)(test_random(seed) % CHANGES);
	size_t words;

	for (i = 0; i < n; i++) {
		at[i] = some_words(seed, &words);
		at[i] += test_random(seed) % words;
		value[i] = some_value(seed, *at[i]);
	}
	for (i = 0; i < n; i++)
		*at[i] = value[i];
}

static void
end_all(void)
{
	struct engine_cmd cmd = { .kind = CMD_KILL };

	for (cmd.index = 0; cmd.index < arena_top(h.arena); cmd.index++) {
		cmd.id = (uint64_t)arena_cold(h.arena, cmd.index)->created <<
		    32 | cmd.index;
		ck_assert_int_eq(engine_command(h.worker, &cmd), 0);
	}
	harness_wait(&h, 2000);
}

/* Everything that is done with states. */
static void
use_them(void)
{
	char text[64];
	uint32_t i;

	for (i = 0; i < harness_states(&h); i++)
		(void)harness_state(&h, i);
	for (i = 0; i < h.arena->header->row_pool.top; i++)
		registry_text(h.arena, i, text, sizeof(text));
	some_traffic();
	harness_wait(&h, 1000);
	harness_load(&h, others);
	some_traffic();
	harness_interfaces(&h, "interface lan0 tun address 10.0.0.1/24\n"
	    "interface wan0 tun address 198.51.100.7/24\n");
	harness_wait(&h, 30000);
	some_traffic();
	harness_load(&h, rules);
	harness_wait(&h, 100000);
	end_all();
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_assert_uint_eq(arena_states(h.arena), 0);
}

START_TEST(test_damaged)
{
	const char *rounds = getenv("TEST_ROUNDS");
	unsigned i, n = rounds != NULL ? (unsigned)atoi(rounds) : ROUNDS;
	unsigned opened = 0, kept = 0;
	struct statetab_rebuilt found;
	uint64_t seed, first = test_begin(&seed);
	void *before;

	harness_new_with(&h, rules, &(struct harness_options){
	    .records = 256 });
	some_traffic();
	harness_end(&h);
	ck_assert_ptr_nonnull(before = malloc(h.size));
	memcpy(before, h.mem, h.size);
	for (i = 0; i < n; i++) {
		memcpy(h.mem, before, h.size);
		damage(&seed);
		if (harness_begin(&h, i & 1 ? rules : others, &found) != 0)
			continue;
		opened++;
		kept += found.states;
		use_them();
		harness_end(&h);
	}
	memcpy(h.mem, before, h.size);
	ck_assert_int_eq(harness_begin(&h, rules, &found), 0);
	harness_free(&h);
	/* the damage was not so great that nothing was tried */
	ck_assert_msg(opened > n / 2 && kept > opened * 40,
	    "seed %llu: %u of %u, %u states", (unsigned long long)first,
	    opened, n, kept);
	free(before);
}
END_TEST

/* A rule's row that is lost with the process leaves states without one. */
START_TEST(test_no_row)
{
	static const char before[] =
	    "interface lan0 tun address 10.0.0.1/24\n"
	    "interface wan0 tun address 198.51.100.1/24\n"
	    "interface wan1 tun address 203.0.113.1/24\n"
	    "route 192.0.2.0/24 via 198.51.100.9\npass\n";
	static const char after[] =
	    "interface lan0 tun address 10.0.0.1/24\n"
	    "interface wan0 tun address 198.51.100.1/24\n"
	    "interface wan1 tun address 203.0.113.1/24\n"
	    "route 192.0.2.0/24 via 203.0.113.9\npass\n";
	struct statetab_rebuilt found;
	uint32_t i;

	harness_new(&h, before);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 192.0.2.7:53",
	    "wan0 udp 10.0.0.2:1 > 192.0.2.7:53");
	for (i = 0; i < h.arena->header->row_pool.top; i++)
		h.arena->rows[i].n = ROW_TEXT_MAX + 1;
	harness_end(&h);
	ck_assert_int_eq(harness_begin(&h, before, &found), 0);
	ck_assert_uint_eq(found.states, 2);
	harness_interfaces(&h, after);
	harness_wait(&h, 200);
	ck_in(&h, "lan0", "udp 10.0.0.2:1 > 192.0.2.7:53",
	    "wan1 udp 10.0.0.2:1 > 192.0.2.7:53");
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_free(&h);
}
END_TEST

/* Chains that end elsewhere are not followed when their row is collected. */
START_TEST(test_chains)
{
	struct statetab_rebuilt found;
	unsigned sets = 0, own = 0;
	struct row *rows;
	uint32_t i;

	harness_new(&h, rules);
	some_traffic();
	rows = h.arena->rows;
	for (i = 0; i < h.arena->header->row_pool.top; i++) {
		if (rows[i].kind == ROW_SET) {
			rows[i].more = rows[i].timeouts = 0xffff0000;
			sets++;
		} else if (rows[i].kind == ROW_RULE &&
		    rows[i].timeouts != ROW_NONE) {
			rows[rows[rows[i].timeouts].more].more = 0xffff0000;
			own++;
		}
	}
	ck_assert_uint_gt(sets, 0);
	ck_assert_uint_gt(own, 0);
	harness_end(&h);
	ck_assert_int_eq(harness_begin(&h, others, &found), 0);
	end_all();
	for (i = 0; i < 4; i++) {
		harness_load(&h, others);
		harness_wait(&h, 2000);
	}
	for (i = 0; i < h.arena->header->row_pool.top; i++)
		ck_assert_uint_eq(registry_states(h.arena, i), 0);
	harness_free(&h);
}
END_TEST

/* Killed while it ended states: whoever gets their records can use them. */
START_TEST(test_ending)
{
	struct statetab_rebuilt found;
	struct line *l;
	uint32_t i;

	harness_new(&h, rules);
	some_traffic();
	for (i = 0; i < 2 * arena_top(h.arena); i++) {
		l = arena_line(h.arena, i);
		l->state = LINE_DEAD;
		l->seq |= 1;
	}
	harness_end(&h);
	ck_assert_int_eq(harness_begin(&h, rules, &found), 0);
	ck_assert_uint_eq(found.states, 0);
	some_traffic();
	ck_assert_uint_gt(harness_states(&h), 0);
	for (i = 0; i < arena_top(h.arena); i++)
		if (statetab_live(h.arena, i)) {
			ck_assert_uint_eq(arena_line(h.arena, i * 2)->seq & 1,
			    0);
			ck_assert_uint_eq(arena_line(h.arena,
			    i * 2 + 1)->seq & 1, 0);
		}
	end_all();
	harness_free(&h);
}
END_TEST

Suite *
suite_damaged(void)
{
	Suite *s = suite_create("damaged");
	TCase *tc = tcase_create("damaged");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_no_row);
	tcase_add_test(tc, test_chains);
	tcase_add_test(tc, test_ending);
	suite_add_tcase(s, tc);
	return s;
}
