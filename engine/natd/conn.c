/* SPDX-License-Identifier: ISC */
/*
 * A client's connection.
 *
 * bufferevent does the input and output; conn_work() takes one line from the
 * input and runs it.  `turn' brings the next one after everybody else's
 * events.  A connection whose commit runs (session.pending) is not read from,
 * and not freed before it is answered: `dead' waits for that.
 */
#include "engine/natd/conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/request.h"

#define STALL_MAX 60	/* s without progress of a write */

struct conn {
	struct session s;
	struct bufferevent *bev;
	struct event *turn;
	struct control *control;
	void (*gone)(struct control *, struct conn *);
	bool eof;	/* the client says no more */
	bool closing;	/* hang up when all is sent */
	bool dead;	/* the client is gone */
};

static void
conn_end(struct conn *c)
{
	if (c->s.pending) {
		c->dead = true;
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		return;
	}
	c->gone(c->control, c);
	conn_free(c);
}

/* Hand the session's output over. */
static void
conn_flush(struct conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (c->s.out.failed ||
	    evbuffer_add(out, c->s.out.data, c->s.out.len) != 0) {
		/* an answer with a hole is none */
		c->closing = true;
	}
	jsonbuf_clear(&c->s.out);
	if (c->s.out.size > PROTO_OUT_MAX)
		jsonbuf_fini(&c->s.out);
}

static bool
conn_may_read(const struct conn *c)
{
	return !c->closing && !c->s.pending && evbuffer_get_length(
	    bufferevent_get_output(c->bev)) < PROTO_OUT_MAX;
}

/* Run one line if there is one.  Return: whether there may be another. */
static bool
conn_line(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct evbuffer_ptr at;
	size_t eol;
	char *line;

	at = evbuffer_search_eol(in, NULL, &eol, EVBUFFER_EOL_LF);
	if (at.pos < 0 ? evbuffer_get_length(in) >= PROTO_LINE_MAX :
	    at.pos >= PROTO_LINE_MAX) {
		answer_error(&c->s.out, PROTO_ERROR_LIMIT,
		    "a line is longer than %d bytes", PROTO_LINE_MAX);
		c->closing = true;
		return false;
	}
	if (at.pos < 0)
		return false;
	if ((line = malloc((size_t)at.pos + 1)) == NULL) {
		c->closing = true;
		return false;
	}
	evbuffer_remove(in, line, (size_t)at.pos + eol);
	if (request_line(&c->s, line, (size_t)at.pos) != 0)
		c->closing = true;
	free(line);
	return true;
}

/* One request, then its answer, then the others. */
static void
conn_work(struct conn *c)
{
	bool may = conn_may_read(c), again = may && conn_line(c);

	conn_flush(c);
	if (may && !again && c->eof && !c->s.pending)
		c->closing = true;
	if (c->closing) {
		bufferevent_disable(c->bev, EV_READ);
		if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
			conn_end(c);
		return;
	}
	if (conn_may_read(c)) {
		bufferevent_enable(c->bev, EV_READ);
		if (again)
			event_active(c->turn, EV_TIMEOUT, 0);
	} else {
		bufferevent_disable(c->bev, EV_READ);
	}
}

static void
conn_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_work(arg);
}

static void
conn_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_work(arg);
}

static void
conn_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_work(arg);
}

static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) == 0) {
		conn_end(c);
		return;
	}
	/* what it asked before is still answered */
	c->eof = true;
	conn_work(c);
}

/* A commit has ended. */
static void
conn_answered(struct session *s)
{
	struct conn *c = s->arg;

	if (c->dead)
		conn_end(c);
	else
		conn_work(c);
}

struct conn *
conn_new(struct natd *natd, int fd, bool readonly, uid_t uid, pid_t pid,
    void (*gone)(struct control *, struct conn *), struct control *control)
{
	struct timeval stall = { .tv_sec = STALL_MAX };
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return NULL;
	}
	session_init(&c->s, natd, readonly);
	c->s.uid = uid;
	c->s.pid = pid;
	c->s.arg = c;
	c->s.answered = conn_answered;
	c->gone = gone;
	c->control = control;
	c->bev = bufferevent_socket_new(natd->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		close(fd);
	else
		c->turn = event_new(natd->base, -1, 0, conn_turn, c);
	if (c->turn == NULL) {
		conn_free(c);
		return NULL;
	}
	bufferevent_setcb(c->bev, conn_read, conn_written, conn_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, PROTO_LINE_MAX);
	bufferevent_set_timeouts(c->bev, NULL, &stall);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	if (c->turn != NULL)
		event_free(c->turn);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	session_fini(&c->s);
	free(c);
}

void
conn_refuse(int fd, const char *code, const char *text)
{
	struct jsonbuf b = { 0 };

	answer_error(&b, code, "%s", text);
	if (!b.failed)
		(void)!send(fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	jsonbuf_fini(&b);
	close(fd);
}
