/* SPDX-License-Identifier: ISC */
/*
 * Suites: the unit tests of one area as one program.
 *
 * tests/unit/NAME.c holds the tests of one module and ends in
 *
 *	Suite *
 *	suite_NAME(void)
 *
 * tests/check_AREA.c lists those of its area in the macro SUITES before it
 * includes this header, which declares them and makes main().  The sources go
 * into tests/local.mk.  An argument runs the suites of those names only; the
 * environment of check(3) (CK_FORK, CK_RUN_CASE, ...) works as always.
 *
 *	#define SUITES(X) \
 *		X(addr) \
 *		X(cksum) \
 *		...
 *	#include "tests/suite.h"
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE_DECLARE(name) Suite *suite_##name(void);
SUITES(SUITE_DECLARE)

static const struct suite_row {
	const char *name;
	Suite *(*make)(void);
} suite_rows[] = {
#define SUITE_ROW(name) { #name, suite_##name },
	SUITES(SUITE_ROW)
	{ NULL, NULL },
};

static int
suite_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return argc < 2;
}

int
main(int argc, char **argv)
{
	const struct suite_row *row;
	SRunner *sr = NULL;
	int failed;

	/* a busy machine, or a sanitizer, is no failure */
	setenv("CK_DEFAULT_TIMEOUT", "120", 0);
	for (row = suite_rows; row->name != NULL; row++) {
		if (!suite_wanted(row->name, argc, argv))
			continue;
		if (sr == NULL)
			sr = srunner_create(row->make());
		else
			srunner_add_suite(sr, row->make());
	}
	if (sr == NULL) {
		fprintf(stderr, "%s: no such suite\n", argv[0]);
		return EXIT_FAILURE;
	}
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
