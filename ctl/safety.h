/* SPDX-License-Identifier: ISC */
/*
 * Not to be shut out: what would end the SSH connection by which somebody has
 * come here is asked about first.
 */
#ifndef CTL_SAFETY_H
#define CTL_SAFETY_H

#include <jansson.h>

#include <stdbool.h>

struct natctl;
struct ssh_connection;

/* safety_remote() - The connection, as a member "remote" of a request. */
json_t *safety_remote(const struct ssh_connection *);

/*
 * safety_ask() - Ask on the terminal, not on standard input, which may be the
 * ruleset
 * @how: what does it without being asked, for where nobody can be
 *
 * Return: the answer; nobody there, or nobody who says yes: no.
 */
bool safety_ask(struct natctl *, const char *question, const char *how);

/*
 * safety_allows() - May this request be made?
 * @args: as it will be sent; natd is asked what it would do.  Taken.
 *
 * Return: false: it would cut the connection, and the answer was no; all is
 * said.
 */
bool safety_allows(struct natctl *, const char *verb, json_t *args);

#endif
