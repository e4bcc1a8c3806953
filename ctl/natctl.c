/* SPDX-License-Identifier: ISC */
/*
 * natctl: controls natd, and checks and prints rulesets without it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/offline.h"
#include "parser/load.h"

static void
usage(FILE *f)
{
	fputs("usage: natctl -n [-NPqv] [-a anchor] [-D macro=value] "
	    "[-I file]\n\t[-o level] -f file\n", f);
}

/* -D NAME=VALUE, split at the last `='. */
static bool
define(struct offline_options *o, char *arg)
{
	struct load_define *v;
	char *eq = strrchr(arg, '=');

	if (eq == NULL || eq == arg) {
		fprintf(stderr, "natctl: -D takes NAME=VALUE\n");
		return false;
	}
	v = reallocarray((void *)(uintptr_t)o->defines, o->ndefines + 1,
	    sizeof(*v));
	if (v == NULL)
		return false;
	*eq = '\0';
	v[o->ndefines].name = arg;
	v[o->ndefines].value = eq + 1;
	o->defines = v;
	o->ndefines++;
	return true;
}

int
main(int argc, char **argv)
{
	struct offline_options o = { .prog = "natctl" };
	bool dry = false;
	int ch, status;

	while ((ch = getopt(argc, argv, "a:D:F:f:hI:Nno:Pqv")) != -1) {
		switch (ch) {
		case 'a':
			o.anchor = optarg;
			break;
		case 'D':
			if (!define(&o, optarg))
				return EXIT_FAILURE;
			break;
		case 'F':
			break;	/* -n: nothing is flushed */
		case 'f':
			o.file = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'I':
			o.host_file = optarg;
			break;
		case 'N':
			o.no_names = true;
			break;
		case 'n':
			dry = true;
			break;
		case 'o':
			if (strcmp(optarg, "none") != 0 &&
			    strcmp(optarg, "basic") != 0 &&
			    strcmp(optarg, "profile") != 0) {
				usage(stderr);
				return EXIT_FAILURE;
			}
			break;
		case 'P':
			o.services = true;
			break;
		case 'q':
			o.quiet = true;
			break;
		case 'v':
			o.verbose++;
			break;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (!dry || o.file == NULL || optind != argc) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	status = offline_check(&o, stdout);
	free((void *)(uintptr_t)o.defines);
	return status;
}
