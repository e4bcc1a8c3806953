/* SPDX-License-Identifier: ISC */
/*
 * natd's command line.
 */
#include "engine/natd/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/natd/log.h"
#include "parser/load.h"

#define FILE_DEFAULT SYSCONFDIR "/natd.conf"

static _Noreturn void
usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "usage: natd [-bdhnuv] [-D macro=value] [-f file] "
	    "[-p socket]\n");
	exit(status);
}

static void
define(struct natd_options *o, char *arg)
{
	struct load_define *v;
	char *eq = strchr(arg, '=');

	if (eq == NULL || eq == arg)
		fatalx("-D wants macro=value, not \"%s\"", arg);
	v = reallocarray(o->defines, o->ndefines + 1, sizeof(*v));
	if (v == NULL)
		fatal("-D");
	*eq = '\0';
	v[o->ndefines] = (struct load_define){ .name = arg, .value = eq + 1 };
	o->defines = v;
	o->ndefines++;
}

/* A daemon works in "/": paths of the command line must not mean that. */
static const char *
absolute(const char *path)
{
	char *cwd, *full;

	if (path == NULL || path[0] == '/')
		return path;
	if ((cwd = getcwd(NULL, 0)) == NULL ||
	    asprintf(&full, "%s/%s", cwd, path) < 0)
		fatal("%s", path);
	free(cwd);
	return full;
}

enum task
cmdline_read(struct natd_options *o, int argc, char **argv)
{
	enum task task = TASK_RUN;
	int c;

	o->file = FILE_DEFAULT;
	o->socket = getenv(PROTO_SOCKET_ENV);
	if (o->socket != NULL && o->socket[0] == '\0')
		o->socket = NULL;
	while ((c = getopt(argc, argv, "D:bdf:hnp:uv")) != -1) {
		switch (c) {
		case 'D':
			define(o, optarg);
			break;
		case 'b':
			task = TASK_SHUT;
			break;
		case 'd':
			o->foreground = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'h':
			usage(0);
		case 'n':
			task = TASK_CHECK;
			break;
		case 'p':
			o->socket = optarg;
			break;
		case 'u':
			task = TASK_OPEN;
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage(1);
		}
	}
	if (argc > optind)
		usage(1);
	if (task == TASK_RUN && !o->foreground) {
		o->file = absolute(o->file);
		o->socket = absolute(o->socket);
	}
	return task;
}

