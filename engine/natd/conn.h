/* SPDX-License-Identifier: ISC */
/*
 * A client's connection: bytes in and out of a session, never waiting.
 *
 * One request is carried out at a time, and then the others have their turn.
 * While PROTO_OUT_MAX bytes wait for the client, nothing more is read from
 * it; a client that takes nothing for a minute is hung up on.
 */
#ifndef ENGINE_NATD_CONN_H
#define ENGINE_NATD_CONN_H

#include <stdbool.h>
#include <sys/types.h>

struct conn;
struct control;
struct natd;

/*
 * conn_new() - Take over an accepted socket, also on failure
 * @gone: called when the connection has ended; @control is its argument
 */
struct conn *conn_new(struct natd *, int fd, bool readonly, uid_t, pid_t,
    void (*gone)(struct control *, struct conn *), struct control *);
void conn_free(struct conn *);

/* conn_refuse() - Send one error line without waiting, and close. */
void conn_refuse(int fd, const char *code, const char *text);

#endif
