/* SPDX-License-Identifier: ISC */
/*
 * A connection to natd.
 *
 * Bytes are read into one buffer that grows up to the longest line that is
 * believed; a line is handed on where it lies.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/proto.h"

#define BUFFER_FIRST 65536

struct client {
	int fd;
	struct client_wait wait;
	bool changes;		/* the request may change something */
	bool raw;
	unsigned posted;	/* requests whose answer nobody has read */
	char *buf;
	size_t size;		/* of buf */
	size_t begin, end;	/* what of buf is read and not used */
	size_t seen;		/* from begin: no newline up to here */
	json_t *greeting, *messages;
	char code[32];
	char error[CLIENT_ERR_MAX];
};

static int
fail(struct client *c, int error, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static int
fail(struct client *c, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	return error;
}

struct client *
client_attach(int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->buf = malloc(BUFFER_FIRST)) == NULL) {
		free(c);
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->size = BUFFER_FIRST;
	c->wait = (struct client_wait)CLIENT_WAIT;
	return c;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	json_decref(c->greeting);
	json_decref(c->messages);
	free(c->buf);
	free(c);
}

void
client_set_wait(struct client *c, const struct client_wait *wait)
{
	c->wait = *wait;
}

void
client_set_raw(struct client *c, bool raw)
{
	c->raw = raw;
}

const json_t *
client_greeting(const struct client *c)
{
	return c->greeting;
}

const char *
client_error(const struct client *c)
{
	return c->error;
}

const char *
client_code(const struct client *c)
{
	return c->code;
}

const json_t *
client_messages(const struct client *c)
{
	return c->messages;
}

/*
 * connect(2) to a path, which waits while the queue of a socket that nobody
 * accepts from is full.  Return: the socket, or a negative errno.
 */
static int
connect_to(const char *path, int ms)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	int fd, error;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* Why there is no connection, and what to do about it. */
static void
explain(char *err, const char *path, int error)
{
	struct stat st;

	if (error == -ECONNREFUSED && stat(path, &st) == 0 &&
	    !S_ISSOCK(st.st_mode))
		snprintf(err, CLIENT_ERR_MAX, "%s is no socket", path);
	else if (error == -ENOENT || error == -ECONNREFUSED)
		snprintf(err, CLIENT_ERR_MAX,
		    "natd is not running: cannot connect to %s", path);
	else if (error == -EAGAIN)
		snprintf(err, CLIENT_ERR_MAX, "natd does not answer: many "
		    "wait at %s already", path);
	else if (error == -EINTR)
		snprintf(err, CLIENT_ERR_MAX, "interrupted");
	else if (error == -EACCES || error == -EPERM)
		snprintf(err, CLIENT_ERR_MAX, "no permission to use %s: "
		    "it is for root and the groups natd and natd-ro", path);
	else
		snprintf(err, CLIENT_ERR_MAX, "cannot connect to %s: %s",
		    path, strerror(-error));
}

static int
connect_any(const char *path, int ms, char *err)
{
	int fd;

	if (path == NULL)
		path = getenv(PROTO_SOCKET_ENV);
	if (path != NULL && *path != '\0') {
		if ((fd = connect_to(path, ms)) < 0)
			explain(err, path, fd);
		return fd;
	}
	if ((fd = connect_to(PROTO_SOCKET, ms)) >= 0)
		return fd;
	explain(err, PROTO_SOCKET, fd);
	if (fd == -EACCES || fd == -EPERM) {
		if ((fd = connect_to(PROTO_SOCKET_RO, ms)) < 0)
			explain(err, PROTO_SOCKET_RO, fd);
	}
	return fd;
}

int
client_open(const char *path, const struct client_wait *wait,
    char err[static CLIENT_ERR_MAX], struct client **out)
{
	const int ms = wait->ms > 0 ? wait->ms : CLIENT_QUICK;
	struct client *c;
	int fd, error;

	if ((fd = connect_any(path, ms, err)) < 0)
		return fd;
	if ((c = client_attach(fd)) == NULL) {
		snprintf(err, CLIENT_ERR_MAX, "out of memory");
		return -ENOMEM;
	}
	client_set_wait(c, wait);
	if ((error = client_hello(c)) != 0) {
		strlcpy(err, c->error, CLIENT_ERR_MAX);
		client_close(c);
		return error;
	}
	*out = c;
	return 0;
}

int
client_hello(struct client *c)
{
	json_int_t version;
	json_t *done;
	int error;

	error = client_request(c, "hello", json_pack("{s:i}", "version",
	    PROTO_VERSION), NULL, NULL, &done);
	if (error != 0)
		return error;
	version = json_integer_value(json_object_get(done, "version"));
	if (version != PROTO_VERSION) {
		json_decref(done);
		return fail(c, -EPROTO, "natd speaks version %lld of the "
		    "protocol, natctl speaks %d", (long long)version,
		    PROTO_VERSION);
	}
	json_decref(c->greeting);
	c->greeting = done;
	return 0;
}

/* What a wait that came to nothing leaves open. */
static const char *
in_doubt(const struct client *c)
{
	return c->changes ? "; it may be done all the same" : "";
}

static int
wait_for(struct client *c, short events)
{
	struct pollfd pfd[] = {
		{ .fd = c->fd, .events = events },
		{ .fd = c->wait.stop, .events = POLLIN },
	};
	const int ms = c->wait.ms > 0 ? c->wait.ms :
	    c->changes ? CLIENT_TIMEOUT : CLIENT_QUICK;
	int n;

	do
		n = poll(pfd, 2, ms);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return fail(c, -ETIMEDOUT, "natd does not answer: nothing "
		    "came for %d s%s", ms / 1000, in_doubt(c));
	if (n == -1)
		return fail(c, -errno, "poll: %s", strerror(errno));
	if (pfd[1].revents != 0)
		return fail(c, -EINTR, "interrupted%s", in_doubt(c));
	return 0;
}

static int
send_all(struct client *c, const char *data, size_t len)
{
	ssize_t n;
	int error;

	while (len > 0) {
		n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EINTR) {
			if ((error = wait_for(c, POLLOUT)) != 0)
				return error;
		} else {
			return fail(c, -ECONNRESET,
			    "natd closed the connection: %s",
			    strerror(errno));
		}
	}
	return 0;
}

static int
send_request(struct client *c, const char *verb, json_t *args)
{
	json_t *req = json_pack("{s:O}", verb, args);
	char *text = NULL, *line;
	size_t len;
	int error;

	c->changes = strcmp(verb, "hello") != 0 && strcmp(verb, "show") != 0;
	if (req != NULL)
		text = json_dumps(req, JSON_COMPACT);
	json_decref(req);
	if (text == NULL)
		return fail(c, -ENOMEM, "out of memory");
	len = strlen(text);
	if (len + 1 > PROTO_LINE_MAX) {
		free(text);
		return fail(c, -EMSGSIZE, "the request is too long for natd");
	}
	if ((line = realloc(text, len + 1)) == NULL) {
		free(text);
		return fail(c, -ENOMEM, "out of memory");
	}
	line[len] = '\n';
	error = send_all(c, line, len + 1);
	free(line);
	return error;
}

/* Make room behind what is in the buffer. */
static int
make_room(struct client *c)
{
	char *p;

	if (c->begin > 0) {
		memmove(c->buf, c->buf + c->begin, c->end - c->begin);
		c->end -= c->begin;
		c->begin = 0;
	}
	if (c->end < c->size)
		return 0;
	if (c->size >= CLIENT_LINE_MAX)
		return fail(c, -EPROTO, "natd sent a line of more than %d "
		    "bytes", CLIENT_LINE_MAX);
	if ((p = realloc(c->buf, c->size * 2)) == NULL)
		return fail(c, -ENOMEM, "out of memory");
	c->buf = p;
	c->size *= 2;
	return 0;
}

static int
fill(struct client *c)
{
	ssize_t n;
	int error;

	if ((error = make_room(c)) != 0 || (error = wait_for(c, POLLIN)) != 0)
		return error;
	n = recv(c->fd, c->buf + c->end, c->size - c->end, MSG_DONTWAIT);
	if (n > 0) {
		c->end += (size_t)n;
		return 0;
	}
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return fail(c, -ECONNRESET, "natd closed the connection%s%s",
	    n == 0 ? " before its answer was complete" : ": ",
	    n == 0 ? "" : strerror(errno));
}

/* The next line; it lies in the buffer until the next call. */
static int
read_line(struct client *c, const char **line, size_t *len)
{
	char *nl;
	int error;

	for (;;) {
		nl = memchr(c->buf + c->begin + c->seen, '\n',
		    c->end - c->begin - c->seen);
		if (nl != NULL)
			break;
		c->seen = c->end - c->begin;
		if ((error = fill(c)) != 0)
			return error;
	}
	*line = c->buf + c->begin;
	*len = (size_t)(nl - *line);
	c->begin += *len + 1;
	c->seen = 0;
	return 0;
}

static int
remote_error(struct client *c, const json_t *e)
{
	const char *text = json_string_value(json_object_get(e, "text"));
	const char *code = json_string_value(json_object_get(e, "code"));
	json_t *messages = json_object_get(e, "messages");

	if (text == NULL || code == NULL)
		return fail(c, -EPROTO, "natd sent an error without a text");
	strlcpy(c->code, code, sizeof(c->code));
	if (json_is_array(messages))
		c->messages = json_incref(messages);
	return fail(c, -EREMOTEIO, "%s", text);
}

/* What one portion of an answer ended in. */
enum ending { END_DONE, END_MORE };

static int
bad_line(struct client *c, const char *line, size_t len)
{
	return fail(c, -EPROTO, "natd sent a line that is no answer: %.*s",
	    (int)(len < 80 ? len : 80), line);
}

/* A line that can go to the caller as it is. */
static bool
is_raw(const struct client *c, const char *line, size_t len)
{
	static const char begin[] = "{\"type\":";
	size_t n = sizeof(begin) - 1;

	return c->raw && len > n && memcmp(line, begin, n) == 0 &&
	    line[len - 1] == '}';
}

static int
read_portion(struct client *c, client_record *fn, void *arg,
    enum ending *how, json_t **value)
{
	const char *line;
	json_t *o, *v;
	size_t len;
	int error;

	for (;;) {
		if ((error = read_line(c, &line, &len)) != 0)
			return error;
		if (fn != NULL && is_raw(c, line, len)) {
			if (fn(arg, NULL, line, len) != 0)
				return fail(c, -ECANCELED, "cancelled");
			continue;
		}
		o = json_loadb(line, len, 0, NULL);
		if (!json_is_object(o)) {
			error = bad_line(c, line, len);
		} else if ((v = json_object_get(o, "error")) != NULL) {
			error = remote_error(c, v);
		} else if ((v = json_object_get(o, "done")) != NULL ||
		    (v = json_object_get(o, "more")) != NULL) {
			*how = json_object_get(o, "done") != NULL ? END_DONE :
			    END_MORE;
			*value = json_incref(v);
			json_decref(o);
			return 0;
		} else if (fn == NULL || json_object_get(o, "type") == NULL) {
			error = bad_line(c, line, len);
		} else if (fn(arg, o, line, len) != 0) {
			error = fail(c, -ECANCELED, "cancelled");
		}
		json_decref(o);
		if (error != 0)
			return error;
	}
}

static int
request(struct client *c, const char *verb, json_t *args, client_record *fn,
    void *arg, json_t **done)
{
	enum ending how = END_DONE;
	json_t *value = NULL;
	int error;

	for (;;) {
		if ((error = send_request(c, verb, args)) != 0 ||
		    (error = read_portion(c, fn, arg, &how, &value)) != 0)
			return error;
		if (how == END_DONE)
			break;
		if (!json_is_string(value)) {
			json_decref(value);
			return fail(c, -EPROTO, "natd sent a bad cursor");
		}
		if (json_object_set_new(args, "cursor", value) != 0)
			return fail(c, -ENOMEM, "out of memory");
	}
	if (!json_is_object(value)) {
		json_decref(value);
		return fail(c, -EPROTO, "natd sent a bad end of an answer");
	}
	if (done != NULL)
		*done = value;
	else
		json_decref(value);
	return 0;
}

static void
forget_error(struct client *c)
{
	c->code[0] = c->error[0] = '\0';
	json_decref(c->messages);
	c->messages = NULL;
}

/* The answer of the oldest posted request. */
static int
read_posted(struct client *c)
{
	enum ending how = END_DONE;
	json_t *value = NULL;
	int error;

	c->posted--;
	if ((error = read_portion(c, NULL, NULL, &how, &value)) != 0)
		return error;
	json_decref(value);
	return how == END_DONE ? 0 :
	    fail(c, -EPROTO, "natd sent more than was asked for");
}

/* Answers that nobody wants any more. */
static int
pass_over(struct client *c)
{
	int error = 0;

	while (c->posted > 0 && (error == 0 || error == -EREMOTEIO))
		error = read_posted(c);
	return error == -EREMOTEIO ? 0 : error;
}

static int
no_arguments(struct client *c)
{
	return fail(c, -ENOMEM, "out of memory, or a name is no UTF-8 text");
}

int
client_request(struct client *c, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done)
{
	int error;

	if (args == NULL)
		return no_arguments(c);
	if ((error = pass_over(c)) == 0) {
		forget_error(c);
		error = request(c, verb, args, fn, arg, done);
	}
	json_decref(args);
	return error;
}

int
client_post(struct client *c, const char *verb, json_t *args)
{
	int error = 0;

	if (args == NULL)
		return no_arguments(c);
	forget_error(c);
	if (c->posted == CLIENT_AHEAD)
		error = read_posted(c);
	if (error == 0 && (error = send_request(c, verb, args)) == 0)
		c->posted++;
	json_decref(args);
	return error;
}

int
client_settle(struct client *c)
{
	int error = 0;

	forget_error(c);
	while (c->posted > 0 && error == 0)
		error = read_posted(c);
	return error;
}
