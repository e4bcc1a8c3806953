/* SPDX-License-Identifier: ISC */
/*
 * The file of the states: what one natd leaves, the next one takes over, and
 * what it does not trust.
 */
#include "engine/natd/memory.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "engine/natd/log.h"
#include "engine/natd/statefile.h"
#include "engine/registry.h"
#include "engine/statetab.h"

Suite *suite_memory(void);

#define STATES 40
#define WHERE "/dev/shm"
#define NOW 100000000000 /* ms */

static char dir[64], path[96], aside[128];

/* Two states on a record, as a connection that is forwarded makes them. */
static void
add(struct arena *a, struct arena_cache *cache, uint32_t client, uint32_t row)
{
	struct tcp_side side = { .end = 5, .state = SAID_DATA };
	struct skey k[2];
	struct cold *c;
	uint32_t i;

	memset(k, 0, sizeof(k));
	key_make4(&k[0], client, 9, 7, 80, 6, 0, 0);
	key_make4(&k[1], 9, client, 80, 7, 6, 0, 0);
	ck_assert_int_eq(arena_take(a, cache, 2, 0, &i), 0);
	statetab_fill(a, i, &k[0], &k[1], ARENA_NONE);
	line_put(arena_line(a, i * 2), &side);
	c = arena_cold(a, i);
	c->ext = ARENA_NONE;
	c->row[0] = c->row[1] = row;
	ck_assert_int_eq(statetab_insert(a, i, RECORD_FORWARD, NULL), 0);
}

static bool
has(const struct arena *a, uint32_t client)
{
	struct skey k;

	memset(&k, 0, sizeof(k));
	key_make4(&k, client, 9, 7, 80, 6, 0, 0);
	return statetab_find(a, &k, 0) != LOOKUP_MISS;
}

static struct memory *
open_with(uint32_t limit, unsigned nworkers)
{
	struct memory_config c = {
		.path = path, .limit = limit, .nworkers = nworkers, .now = NOW,
	};
	struct memory *m = NULL;

	ck_assert_int_eq(memory_new(&c, &m), 0);
	return m;
}

/* Some states of a rule, counted by the last worker, in a file of one natd. */
static void
leave(void)
{
	struct memory *m = open_with(1000, 2);
	struct arena *a = memory_arena(m);
	struct arena_cache cache;
	uint32_t i, row;

	ck_assert(memory_past(m)->lasting);
	ck_assert(!memory_past(m)->found);
	ck_assert_int_eq(registry_add(a, 42, "pass all", &row), 0);
	arena_cache_init(&cache);
	for (i = 0; i < STATES / 2; i++)
		add(a, &cache, i + 1, row);
	registry_packet(a, 1, row, 0, 7);
	registry_clear(a);
	registry_packet(a, 1, row, 0, 7);
	strcpy(a->ifaces[3], "lan0");
	strcpy(a->tags[1], "GOOD");
	a->own->n = 1;
	memory_free(m);
}

static void
ck_taken(struct memory *m, unsigned nworkers)
{
	struct arena *a = memory_arena(m);
	struct arena_cache cache;
	struct row_count sum;
	uint32_t i, row;

	ck_assert_msg(memory_past(m)->lasting, "%s", memory_past(m)->why);
	ck_assert(memory_past(m)->found);
	ck_assert_uint_eq(memory_past(m)->states.states, STATES);
	ck_assert_uint_eq(memory_past(m)->states.mended, 0);
	ck_assert_uint_eq(memory_past(m)->states.dropped, 0);
	ck_assert_uint_eq(arena_states(a), STATES);
	for (i = 0; i < STATES / 2; i++)
		ck_assert(has(a, i + 1));
	row = registry_find(a, 42, "pass all");
	ck_assert_uint_eq(registry_states(a, row), STATES);
	registry_packet(a, nworkers - 1, row, 0, 7);
	registry_sum(a, row, &sum);
	ck_assert_uint_eq(sum.bytes[0], 14);
	ck_assert_str_eq(a->ifaces[3], "lan0");
	ck_assert_str_eq(a->tags[1], "GOOD");
	ck_assert_uint_eq(a->own->n, 1);
	arena_cache_init(&cache);
	add(a, &cache, 1000, row);
	ck_assert(has(a, 1000));
}

/* Nothing was taken over.  @why: of a file that stays as it is. */
static void
ck_refused(const char *why)
{
	struct memory *m = open_with(1000, 2);
	const struct memory_past *p = memory_past(m);

	ck_assert(!p->found);
	ck_assert_msg(strstr(p->why, why) != NULL, "%s", p->why);
	ck_assert_uint_eq(arena_states(memory_arena(m)), 0);
	memory_free(m);
}

/* Write over some bytes of the file. */
static void
scribble(off_t at, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pwrite(fd, bytes, n, at), (ssize_t)n);
	close(fd);
}

static void
setup(void)
{
	log_init(true, 0);
	snprintf(dir, sizeof(dir), WHERE "/natd-memory.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock.states", dir);
	snprintf(aside, sizeof(aside), "%s.old", path);
}

static void
teardown(void)
{
	unlink(path);
	unlink(aside);
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(test_again)
{
	static const struct {
		const char *what;
		uint32_t limit;
		unsigned nworkers;
	} rows[] = {
		{ "as before", 1000, 2 },
		{ "a larger limit", 5000000, 2 },
		{ "more workers", 1000, 5 },
		{ "fewer of both", 100, 1 },
		{ "more of both", 5000000, 8 },
	};
	struct memory *m;

	leave();
	m = open_with(rows[_i].limit, rows[_i].nworkers);
	ck_taken(m, rows[_i].nworkers);
	ck_assert_uint_ge(memory_limit_max(m), rows[_i].limit);
	ck_assert_uint_eq(arena_limit(memory_arena(m)), rows[_i].limit);
	memory_free(m);
	m = open_with(1000, 2);
	ck_assert_uint_eq(memory_past(m)->states.states, STATES + 2);
	memory_free(m);
	ck_assert_int_eq(access(aside, F_OK), -1);
}
END_TEST

/*
 * A state of 50 days ago has a line that looks like one of now.  The longest
 * timeout is 2,000,000 s.
 */
START_TEST(test_long_ago)
{
	static const struct {
		const char *what;
		uint64_t looked;
		uint32_t limit; /* large: it is copied first */
		bool alive;
	} rows[] = {
		{ "nobody has said", 0, 1000, true },
		{ "just now", NOW - 1, 1000, true },
		{ "within the longest timeout", NOW - 2000000000, 1000, true },
		{ "before it", NOW - 2000000001, 1000, false },
		{ "before it, and copied", NOW - 2000000001, 5000000, false },
		{ "49 days and 17 hours", NOW - (1LL << 32), 1000, false },
		{ "by another clock", NOW + 60000, 1000, false },
	};
	struct memory *m;
	struct arena *a;
	struct arena_cache cache;
	uint32_t i, live = 0, want = rows[_i].alive ? STATES : 0;

	leave();
	m = open_with(1000, 2);
	arena_set_looked(memory_arena(m), rows[_i].looked);
	memory_free(m);
	m = open_with(rows[_i].limit, 2);
	a = memory_arena(m);
	ck_assert_msg(memory_past(m)->states.states == want, "%s",
	    rows[_i].what);
	ck_assert_uint_eq(memory_past(m)->states.dropped, 0);
	ck_assert_uint_eq(arena_states(a), want);
	for (i = 0; i < STATES / 2; i++)
		ck_assert_msg(has(a, i + 1) == rows[_i].alive, "%s",
		    rows[_i].what);
	/* nor does a new one wake those beside it */
	arena_cache_init(&cache);
	add(a, &cache, 1000, ROW_NONE);
	for (i = 0; i < arena_top(a); i++)
		live += statetab_live(a, i);
	ck_assert_msg(live == want / 2 + 1, "%s: %u", rows[_i].what, live);
	memory_free(m);
}
END_TEST

/* Only one at a time; and after it the next. */
START_TEST(test_lock)
{
	struct memory_config c = { .path = path, .limit = 10, .nworkers = 1 };
	struct memory *m, *other = NULL;

	m = open_with(1000, 2);
	ck_assert_int_eq(memory_new(&c, &other), -EBUSY);
	ck_assert_ptr_null(other);
	memory_free(m);
	m = open_with(1000, 2);
	ck_assert(memory_past(m)->found);
	memory_free(m);
}
END_TEST

/* Of another kind: set aside, and a new one takes its place. */
START_TEST(test_aside)
{
	static const char junk[16] = "junk";
	static const struct {
		off_t at;
		const char *why;
	} rows[] = {
		{ offsetof(struct arena_header, magic), "layout" },
		{ offsetof(struct arena_header, layout), "layout" },
		{ offsetof(struct arena_header, offset), "layout" },
		{ offsetof(struct arena_header, record_pool.top), "layout" },
		{ offsetof(struct arena_header, boot_id), "boot" },
	};
	struct memory *m;

	leave();
	scribble(rows[_i].at, junk, sizeof(junk));
	ck_refused(rows[_i].why);
	ck_assert_int_eq(access(aside, F_OK), 0);
	m = open_with(1000, 2);
	ck_assert(memory_past(m)->found);
	memory_free(m);
}
END_TEST

START_TEST(test_truncated)
{
	static const off_t size[] = { 1, 64, 4096, 1 << 20 };

	leave();
	ck_assert_int_eq(truncate(path, size[_i]), 0);
	ck_refused("layout");
	ck_assert_int_eq(access(aside, F_OK), 0);
}
END_TEST

/*
 * A file whose maker was killed before it wrote anything.  To read its first
 * page through a mapping would take a page, and there may be none.
 */
START_TEST(test_hole)
{
	struct memory *m;
	int fd;

	ck_assert_int_ge(fd = open(path, O_RDWR | O_CREAT, 0600), 0);
	ck_assert_int_eq(ftruncate(fd, 64 << 20), 0);
	ck_assert_int_eq(pwrite(fd, "junk", 4, 32 << 20), 4);
	close(fd);
	m = open_with(1000, 2);
	ck_assert(memory_past(m)->lasting);
	ck_assert(!memory_past(m)->found);
	ck_assert_str_eq(memory_past(m)->why, "");
	memory_free(m);
	ck_assert_int_eq(access(aside, F_OK), -1);
}
END_TEST

static uint32_t
records_had(const struct arena *a)
{
	return __atomic_load_n(&a->header->record_pool.have, __ATOMIC_ACQUIRE);
}

static bool
grows_to(const struct arena *a, uint32_t least)
{
	unsigned i;

	for (i = 0; i < 1000; i++) {
		if (records_had(a) >= least)
			return true;
		usleep(10000);
	}
	return false;
}

/* Pages are had while a thread takes them, and the limit ends it. */
START_TEST(test_ahead)
{
	struct memory *m = open_with(60000, 1);
	struct arena *a = memory_arena(m);
	struct arena_cache cache;
	uint32_t i, index, had = records_had(a);

	ck_assert_uint_lt(had, 10000);
	arena_cache_init(&cache);
	ck_assert_int_eq(memory_start(m), 0);
	ck_assert(grows_to(a, had + 1));
	for (i = 0; i < 60000; i++) {
		if (arena_asks(a))
			memory_wake(m);
		if (arena_used(a, ARENA_RECORDS) + ARENA_BATCH >=
		    records_had(a))
			ck_assert(grows_to(a, i < 59900 ? i + 100 : 60000));
		ck_assert_int_eq(arena_take(a, &cache, 1, 0, &index), 0);
	}
	ck_assert_int_eq(arena_take(a, &cache, 1, 0, &index), -ENOSPC);
	ck_assert_uint_eq(records_had(a), 60000);
	/* a larger limit is a reload's, which wakes the thread */
	arena_set_limit(a, 70000);
	memory_wake(m);
	ck_assert(grows_to(a, 70000));
	memory_free(m);
	/* and with a small one there is no more than that */
	m = open_with(100, 1);
	ck_assert(!memory_more(m));
	memory_free(m);
	ck_assert_int_eq(unlink(path), 0);
	m = open_with(100, 1);
	ck_assert(!memory_more(m));
	ck_assert_uint_eq(records_had(memory_arena(m)), 100);
	memory_free(m);
}
END_TEST

/* What is there for rows and for names of tags, before they are written. */
START_TEST(test_rows)
{
	struct memory *m = open_with(1000, 2);
	struct arena *a = memory_arena(m);
	char text[32];
	uint32_t i, row;

	ck_assert(memory_rows(m, 5000));
	for (i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "pass to port %u", i);
		ck_assert_int_eq(registry_add(a, i, text, &row), 0);
	}
	ck_assert(memory_tags(m, ARENA_TAGS));
	ck_assert(!memory_tags(m, ARENA_TAGS + 1));
	ck_assert(memory_rows(m, UINT32_MAX));
	ck_assert_uint_eq(a->header->row_pool.have, a->header->row_max);
	memory_free(m);
}
END_TEST

static void
make_link(void)
{
	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert_int_eq(symlink(aside, path), 0);
}

static void
make_hard_link(void)
{
	ck_assert_int_eq(link(path, aside), 0);
}

static void
make_open(void)
{
	ck_assert_int_eq(chmod(path, 0640), 0);
}

static void
make_other(void)
{
	ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
}

static void
make_fifo(void)
{
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

/* Not ours: the states lie elsewhere, and it stays what it is. */
START_TEST(test_foreign)
{
	static const struct {
		void (*make)(void);
		const char *why;
		bool root;
	} rows[] = {
		{ make_link, "symbolic link", false },
		{ make_hard_link, "other names", false },
		{ make_open, "others may open", false },
		{ make_other, "somebody else", true },
		{ make_fifo, "not a regular file", false },
	};
	struct stat before, after;

	if (rows[_i].root && geteuid() != 0)
		return;
	leave();
	rows[_i].make();
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_refused(rows[_i].why);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}
END_TEST

/* On a disk there is none. */
START_TEST(test_disk)
{
	struct statfs fs;

	ck_assert_int_eq(statfs(".", &fs), 0);
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return;
	strcpy(path, "memory-test.states");
	ck_refused("tmpfs");
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

Suite *
suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *tc = tcase_create("file");
	struct statfs fs;

	/* where there is no such file system nothing can be shown */
	if (statfs(WHERE, &fs) == -1 || fs.f_type != TMPFS_MAGIC)
		return s;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_again, 0, 5);
	tcase_add_loop_test(tc, test_long_ago, 0, 7);
	tcase_add_test(tc, test_lock);
	tcase_add_loop_test(tc, test_aside, 0, 5);
	tcase_add_loop_test(tc, test_truncated, 0, 4);
	tcase_add_test(tc, test_hole);
	tcase_add_test(tc, test_ahead);
	tcase_add_test(tc, test_rows);
	tcase_add_loop_test(tc, test_foreign, 0, 5);
	tcase_add_test(tc, test_disk);
	suite_add_tcase(s, tc);
	return s;
}
