/* SPDX-License-Identifier: ISC */
/*
 * A connection to natd: requests out, records in (ctl/proto.h).
 *
 * One thread, one request at a time, or several that only succeed or fail
 * (client_post()).  Functions return 0 or a negative errno;
 * after an error client_error() has a text for people.
 *
 *	-EREMOTEIO	natd answered with an error; client_code() says which
 *	-EPROTO		the answer is not what the protocol says
 *	-ECONNRESET	natd closed the connection
 *	-ETIMEDOUT	nothing came for too long
 *	-EINTR		the wait was to be stopped
 *	-ECANCELED	the caller's function said so
 *
 * After all but -EREMOTEIO the connection is of no more use.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

#define CLIENT_ERR_MAX 512
#define CLIENT_LINE_MAX (16 << 20) /* bytes of an answer's line */
#define CLIENT_AHEAD 16		/* posted requests not answered yet */
#define CLIENT_TIMEOUT 120000	/* ms without a byte from natd */
#define CLIENT_QUICK 10000	/* ms, for hello and show, which change nothing */

/* How natd is waited for. */
struct client_wait {
	int ms;		/* without a byte from it; 0: as above */
	int stop;	/* -EINTR when this can be read from; -1: nothing */
};
#define CLIENT_WAIT { 0, -1 }

/*
 * client_open() - Connect to natd and say hello
 * @path: the socket; NULL: $NATD_SOCKET, else natd's own sockets, of which
 *     the read-only one is taken if the other may not be used
 * @wait: how to wait for it, as client_set_wait()
 * @err: a text for people if it fails
 *
 * Return: 0, or the error of connecting.
 */
int client_open(const char *path, const struct client_wait *wait,
    char err[static CLIENT_ERR_MAX], struct client **out);

/* client_attach() - A client over a connected socket, which it will close. */
struct client *client_attach(int fd);
void client_close(struct client *);

/* client_set_wait() - How to wait from here on; CLIENT_WAIT at first. */
void client_set_wait(struct client *, const struct client_wait *);

/*
 * client_set_raw() - Hand records over unread: a line that begins as a record
 * does goes to the caller's function with @record NULL
 */
void client_set_raw(struct client *, bool raw);

/* client_hello() - The hello request; client_open() has sent it already. */
int client_hello(struct client *);

/* client_greeting() - What natd answered to hello, or NULL. */
const json_t *client_greeting(const struct client *);

/*
 * What is called for each record: @line is its text without the newline;
 * @record is NULL after client_set_raw().
 * Another value than 0 ends the request with -ECANCELED.
 */
typedef int client_record(void *arg, const json_t *record, const char *line,
    size_t len);

/*
 * client_request() - Ask, and read the whole answer, portion after portion
 * @verb: "show", ...
 * @args: its arguments; taken over, also after an error.  NULL is the error
 *     -ENOMEM, so that a failed json_pack() can be handed in.
 * @fn: for each record; NULL: records are the error -EPROTO
 * @done: what natd said at the end, a new reference; may be NULL
 */
int client_request(struct client *, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done);

/*
 * client_post() - Send a request, and do not wait for its answer
 * @verb, @args: as above; a request whose answer is only "done"
 *
 * Return: 0; the error of sending; or that of an earlier one, whose answer has
 * come.  After any the next client_request() passes over the answers that are
 * still to come.
 */
int client_post(struct client *, const char *verb, json_t *args);

/* client_settle() - Wait for all that was posted.  Return: the first error. */
int client_settle(struct client *);

const char *client_error(const struct client *);
const char *client_code(const struct client *);

/* client_messages() - "messages" of natd's last error, or NULL. */
const json_t *client_messages(const struct client *);

#endif
