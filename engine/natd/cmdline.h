/* SPDX-License-Identifier: ISC */
/*
 * natd's command line.
 */
#ifndef NATD_CMDLINE_H
#define NATD_CMDLINE_H

#include "engine/natd/daemon.h"

/* What natd is to do. */
enum task {
	TASK_RUN = 0,
	TASK_CHECK,	/* -n */
	TASK_SHUT,	/* -b */
	TASK_OPEN,	/* -u */
};

/*
 * cmdline_read() - Options of the command line, over those of the environment
 *
 * The strings are those of argv or live as long as the process.  A mistake
 * ends it with the usage.
 */
enum task cmdline_read(struct natd_options *, int argc, char **argv);

#endif
