/* SPDX-License-Identifier: ISC */
/*
 * natctl: carrying out one command line, or one line of its shell.
 *
 * What is shown goes to `out', what was done and what is wrong to `err'.
 * Functions return the exit status: 0, 1 for an error that they have told
 * about, 2 if -T test found that not all addresses match.
 */
#ifndef CTL_NATCTL_H
#define CTL_NATCTL_H

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/filter.h"
#include "ctl/format.h"
#include "ctl/options.h"

struct diag;
struct host;

struct natctl {
	const struct options *o;	/* what is asked for */
	FILE *out, *err;
	struct client *client;		/* NULL: not connected */
	struct client_wait wait;	/* for natd */
	struct host *host;		/* interfaces and names, or NULL */
	struct format format;
	char namebuf[1025];		/* of -r */
	char error[CLIENT_ERR_MAX];	/* of the last request */
	/* the shell: a y or n question; NULL: everything is yes */
	bool (*ask)(void *arg, const char *question);
	void *ask_arg;
};

void natctl_init(struct natctl *, FILE *out, FILE *err);
void natctl_fini(struct natctl *);

/*
 * natctl_run() - Do what the options ask for, in pfctl's order: disable, show,
 * flush, kill, tables, load, enable, debug level
 */
int natctl_run(struct natctl *, const struct options *);

/* natctl_warn() - "natctl: TEXT" on err. */
void natctl_warn(struct natctl *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/* natctl_say() - What was done, on err; not with -q. */
void natctl_say(struct natctl *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/*
 * natctl_request() - client_request(), connecting first, telling errors
 *
 * Return: 0, or 1 after the error was told.  A connection that broke is
 * closed.
 */
int natctl_request(struct natctl *, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done);

/* The same without telling: 0 or a negative errno; see natctl_error(). */
int natctl_try(struct natctl *, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done);

/* natctl_post() - client_post(), natctl_settle() - client_settle(), so too. */
int natctl_post(struct natctl *, const char *verb, json_t *args);
int natctl_settle(struct natctl *);
const char *natctl_error(const struct natctl *);

/* natctl_connect() - Be connected.  Return: 0, or 1 after telling. */
int natctl_connect(struct natctl *);

/*
 * natctl_host() - Interfaces and names that the options ask to believe in
 *
 * Return: the host, or NULL after telling why not.
 */
struct host *natctl_host(struct natctl *);

/* natctl_names() - Names for filter_parse(), from natctl_host(). */
int natctl_names(struct natctl *, struct filter_names *);

/* natctl_filter() - Compile an expression, telling its errors. */
int natctl_filter(struct natctl *, const char *text, struct filter **out);

/* natctl_number() - A count of an answer; 0 if it is missing. */
unsigned long long natctl_number(const json_t *done, const char *name);

/*
 * natctl_done() - Say what natd did: its own words with -j, else @fmt
 * @done: what it answered; taken over
 */
void natctl_done(struct natctl *, json_t *done, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* natctl_set_text() - Add a string member unless it is NULL.  Return: 0 or -1. */
int natctl_set_text(json_t *args, const char *name, const char *text);

/* The parts. */
int natctl_show(struct natctl *);
int natctl_flush(struct natctl *);
int natctl_clear(struct natctl *);	/* -z */
int natctl_kill(struct natctl *);
int natctl_kill_sources(struct natctl *);
int natctl_table(struct natctl *);
int natctl_load(struct natctl *);

#endif
