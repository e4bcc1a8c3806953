/* SPDX-License-Identifier: ISC */
/*
 * Requests of the control protocol: one line in, an answer out.
 *
 * Knows nothing of sockets, so that a test can hand in any bytes.  Control's
 * thread only.
 */
#ifndef ENGINE_NATD_REQUEST_H
#define ENGINE_NATD_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ctl/jsonbuf.h"

struct draft;
struct kill;
struct natd;

/* One client, as far as requests know it. */
struct session {
	struct natd *natd;
	bool readonly;
	uid_t uid;
	pid_t pid;
	struct draft *draft;	/* the load it has begun, or NULL */
	struct partial *partial; /* addresses of a table replace so far */
	struct kill *killing;	/* states that are ending, or NULL */
	bool pending;		/* answered later, by a callback */
	/* called when a pending request has been answered into `out' */
	void (*answered)(struct session *);
	struct jsonbuf out;	/* what waits to be sent */
	void *arg;		/* the caller's */
};

void session_init(struct session *, struct natd *, bool readonly);
void session_fini(struct session *);

/*
 * request_line() - Carry out one request
 * @line: without its newline; any bytes
 *
 * The answer is appended to the session's `out', unless `pending' is set on
 * return: then it follows later.
 *
 * Return: 0; -EPROTO if the line was no request at all: hang up after the
 * answer is sent.
 */
int request_line(struct session *, const char *line, size_t len);

/* What a verb's function gets. */
typedef void request_fn(struct session *, const json_t *args);

/* The verbs, each in its own file. */
request_fn request_hello, request_load, request_show, request_kill,
    request_flush, request_table, request_set, request_confirm;

/*
 * Arguments.  Each gives 0, with the default for a missing member; or -EINVAL
 * after it has answered with an error.
 */
int arg_str(struct session *, const json_t *, const char *name,
    const char *dflt, const char **out);
int arg_bool(struct session *, const json_t *, const char *name, bool *out);
int arg_u64(struct session *, const json_t *, const char *name, uint64_t dflt,
    uint64_t max, uint64_t *out);

/* pick() - The row of a table of words: its index, or -ENOENT. */
int pick(const void *rows, size_t n, size_t size, const char *word);

#endif
