/* SPDX-License-Identifier: ISC */
/*
 * What TAB offers at the end of a line of the shell.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/complete.h"

static void
names(void *ctx, enum cmdword_arg arg,
    void (*add)(struct completion *c, const char *name),
    struct completion *c)
{
	(void)ctx;
	if (arg == ARG_IFACE) {
		add(c, "lan0");
		add(c, "wan0");
	} else if (arg == ARG_TABLE) {
		add(c, "brutes");
	} else if (arg == ARG_LABEL) {
		add(c, "web");
	}
}

static const struct {
	const char *line, *want; /* words, each with a blank behind it */
	size_t start;
	bool end;
} rows[] = {
	{ "", "show kill load check confirm table flush enable disable clear "
	  "debug help quit exit ", 0, false },
	{ "s", "show ", 0, false },
	{ "show", "show ", 0, false },
	{ "show st", "states ", 5, false },
	{ "show T", "Tables ", 5, false },
	{ "sh st", "states ", 3, false },
	{ "show S", "Sources ", 5, false },
	{ "show o", "", 5, false },	/* natd has no fingerprints */
	{ "  show   st", "states ", 9, false },
	{ "show -vv st", "states ", 9, false },
	{ "show states h", "host ", 12, true },
	{ "show states host ", "", 17, false },
	{ "show states host 10.0.0.1 an", "and ", 26, true },
	{ "show states iface ", "lan0 wan0 ", 18, false },
	{ "show states on w", "wan0 ", 15, false },
	{ "show states label ", "web ", 18, false },
	{ "show rules ", "", 11, true },
	{ "show rules x y", "", 13, true },
	{ "kill ", "states id label key gateway ", 5, false },
	{ "kill label ", "web ", 11, false },
	{ "kill states pr", "proto ", 12, true },
	{ "table ", "brutes ", 6, false },
	{ "table brutes ", "show add delete replace test flush kill zero "
	  "expire ", 13, false },
	{ "table brutes add ", "", 17, false },
	{ "table brutes show ", "", 18, true },
	{ "flush R", "Reset ", 6, false },
	{ "debug n", "notice none ", 6, false },
	{ "enable ", "", 7, true },
	{ "frob ", "", 5, false },
	{ "load complete.t", "complete.test ", 5, false },
};

START_TEST(test_rows)
{
	const char *line = rows[_i].line;
	struct completion c;
	char got[1024] = "", dir[] = "/tmp/natctl.XXXXXX";
	FILE *f;
	size_t i;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_ptr_nonnull(f = fopen("complete.test", "w"));
	fclose(f);
	ck_assert_int_eq(complete_line(line, strlen(line), names, NULL, &c),
	    0);
	for (i = 0; i < c.n; i++) {
		strlcat(got, c.word[i], sizeof(got));
		strlcat(got, " ", sizeof(got));
	}
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "\"%s\": %s", line,
	    got);
	ck_assert_msg(c.start == rows[_i].start, "\"%s\": %zu", line,
	    c.start);
	ck_assert_msg(c.end == rows[_i].end, "\"%s\": end", line);
	completion_fini(&c);
	unlink("complete.test");
	rmdir(dir);
}
END_TEST

/* Only what stands before the cursor counts; long lines are no harm. */
START_TEST(test_cursor)
{
	struct completion c;
	char *line = malloc(100001);
	size_t i;

	ck_assert_int_eq(complete_line("show states", 4, names, NULL, &c), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.word[0], "show");
	completion_fini(&c);
	for (i = 0; i < 100000; i += 2)
		memcpy(line + i, "x ", 2);
	ck_assert_int_eq(complete_line(line, 100000, names, NULL, &c), 0);
	ck_assert_uint_eq(c.n, 0);
	completion_fini(&c);
	free(line);
}
END_TEST

START_TEST(test_common)
{
	struct completion c;

	ck_assert_int_eq(complete_line("show i", 6, names, NULL, &c), 0);
	ck_assert_uint_eq(completion_common(&c), 4);
	completion_fini(&c);
	ck_assert_int_eq(complete_line("e", 1, names, NULL, &c), 0);
	ck_assert_uint_eq(c.n, 2);	/* enable, exit */
	ck_assert_uint_eq(completion_common(&c), 1);
	completion_fini(&c);
	ck_assert_uint_eq(completion_common(&c), 0);
}
END_TEST

Suite *suite_complete(void);

Suite *
suite_complete(void)
{
	Suite *s = suite_create("complete");
	TCase *tc = tcase_create("complete");

	tcase_add_loop_test(tc, test_rows, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_cursor);
	tcase_add_test(tc, test_common);
	suite_add_tcase(s, tc);
	return s;
}
