/* SPDX-License-Identifier: ISC */
/*
 * natctl without natd: -n -f FILE and what goes with it.
 */
#ifndef CTL_OFFLINE_H
#define CTL_OFFLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag;
struct host;
struct load_define;
struct ruleset;

struct offline_options {
	const char *prog;	/* program name for messages */
	const char *file;	/* -f; "-": standard input; NULL: none */
	const char *anchor;	/* -a; NULL: main ruleset */
	const char *host_file;	/* -I; NULL: this system */
	const struct load_define *defines;	/* -D */
	size_t ndefines;
	int verbose;		/* -v, -vv */
	bool quiet;		/* -q */
	bool no_names;		/* -N */
	bool services;		/* -P */
};

/*
 * offline_load() - Read the file of -f; print what -v prints on the way
 * @out: where -v goes; messages go to standard error
 * @rs: the ruleset on success
 * @host: the host description, which the printer may want; the caller ends
 *    it by host_free(); set on failure too, maybe to NULL
 *
 * Return: 0, or a negative errno after saying why on standard error.
 */
int offline_load(const struct offline_options *, FILE *out,
    struct ruleset **rs, struct host **host);

/*
 * offline_check() - natctl -n -f FILE: offline_load() and the print of -v
 *
 * Return: an exit status.
 */
int offline_check(const struct offline_options *, FILE *out);

#endif
