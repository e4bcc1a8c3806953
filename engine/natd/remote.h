/* SPDX-License-Identifier: ISC */
/*
 * Would a load shut its own administrator out?
 *
 * natctl says by which SSH connection it was reached.  Before the commit the
 * new rules are asked about that connection, in and out, as the engine would
 * ask them: is it kept, by a state or by the rules, and could it be made anew?
 */
#ifndef ENGINE_NATD_REMOTE_H
#define ENGINE_NATD_REMOTE_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/pdesc.h"

struct natd;
struct revision;
struct session;

/* A connection from far away; ports in network order. */
struct remote {
	uint8_t af;		/* 0: none */
	bool stateless;		/* its state goes as well */
	struct tuple t;		/* from there to an address of this host */
};

/*
 * remote_read() - From the texts of the protocol
 * Return: 0 or -EINVAL.
 */
int remote_read(struct remote *, const char *src, uint16_t sport,
    const char *dst, uint16_t dport);

/* remote_arg() - Member "remote" of a request.  0, or it is answered. */
int remote_arg(struct session *, const json_t *args, struct remote *);

/*
 * remote_check() - What becomes of it when this revision is committed?
 *
 * Control's thread, before tables_commit(): what the plan holds can be asked.
 * A connection that is not this host's, or that is not filtered, is safe.
 *
 * Return: 0, or -EACCES with a text for people in @why, or -ENOMEM.
 */
int remote_check(const struct natd *, const struct revision *,
    const struct remote *, char *why, size_t len);

/*
 * remote_switch() - What becomes of it when filtering is turned on or off?
 *
 * Without filtering everything passes, but as it is: a connection that has
 * come by a redirection ends.
 *
 * Return: as remote_check().
 */
int remote_switch(const struct natd *, const struct remote *, bool on,
    char *why, size_t len);

/*
 * remote_answer() - What a change would do to the sender's connection
 * @error: of one of the above, with its @why; 0: it goes on
 */
void remote_answer(struct session *, int error, const char *why);

#endif
