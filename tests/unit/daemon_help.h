/* SPDX-License-Identifier: ISC */
/*
 * A daemon without a process: natd's parts in the test itself, and one client.
 */
#ifndef TESTS_UNIT_DAEMON_HELP_H
#define TESTS_UNIT_DAEMON_HELP_H

#include <jansson.h>

#include "engine/natd/daemon.h"
#include "engine/natd/request.h"

struct client_help {
	struct natd natd;
	struct session s;
};

/* With "block all" in force, or with a file of natd's own. */
void help_begin(struct client_help *, const char *path);
void help_end(struct client_help *);

/*
 * help_ask() - One request; waits for a load's commit
 * Return: the answer's lines as an array, to be freed by json_decref().
 */
json_t *help_ask(struct client_help *, const char *line, size_t len);

/* help_done() - Ask, and the members of "done"; an error fails the test. */
json_t *help_done(struct client_help *, const char *line);

/* help_code() - Ask, and the code of the error; "" if there is none. */
const char *help_code(struct client_help *, const char *line);

#endif
