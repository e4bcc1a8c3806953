/* SPDX-License-Identifier: ISC */
/*
 * natctl: control natd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/natctl.h"
#include "ctl/shell.h"

/* Words instead of flags. */
static int
run_command(struct natctl *n, struct options *o)
{
	char err[OPTIONS_ERR_MAX];
	int special;

	if (options_command(o, &special, err) != 0) {
		fprintf(stderr, "natctl: %s\n", err);
		return 1;
	}
	if (special == SH_HELP)
		options_usage(stdout);
	return special == 0 ? natctl_run(n, o) : 0;
}

static int
run(struct natctl *n, struct options *o)
{
	if (o->help) {
		options_usage(stdout);
		return 0;
	}
	if (o->version) {
		printf("natctl %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (options_any(o))
		return natctl_run(n, o);
	if (o->nargs > 0)
		return run_command(n, o);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return shell_run(n, o);
	options_usage(stderr);
	return 1;
}

int
main(int argc, char **argv)
{
	char err[OPTIONS_ERR_MAX];
	struct options o;
	struct natctl n;
	int status = 1;

	natctl_init(&n, stdout, stderr);
	if (options_parse(&o, argc - 1, argv + 1, err) != 0)
		fprintf(stderr, "natctl: %s\n", err);
	else
		status = run(&n, &o);
	natctl_fini(&n);
	options_fini(&o);
	if (fflush(stdout) != 0) {
		perror("natctl: standard output");
		return 1;
	}
	return status;
}
