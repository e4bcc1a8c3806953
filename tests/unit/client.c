/* SPDX-License-Identifier: ISC */
/*
 * The client against a server that misbehaves.
 *
 * The server is a script: for each request it reads a line and writes bytes
 * as they stand.  It runs as a child process at the other end of a
 * socketpair.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/client.h"

#define STEPS_MAX 4

struct step {
	const char *expect;	/* the request's line must hold this */
	const char *answer;	/* NULL: close */
	int pieces;		/* 1: byte by byte */
};

static pid_t child;

static int
serve_line(FILE *f, const struct step *s, int fd)
{
	char line[4096];
	size_t i, len = strlen(s->answer);

	if (fgets(line, sizeof(line), f) == NULL)
		return 1;
	if (s->expect != NULL && strstr(line, s->expect) == NULL) {
		fprintf(stderr, "server: got %s", line);
		return 1;
	}
	if (!s->pieces)
		return send(fd, s->answer, len, MSG_NOSIGNAL) == -1;
	for (i = 0; i < len; i++) {
		if (send(fd, s->answer + i, 1, MSG_NOSIGNAL) == -1)
			return 1;
		usleep(200);
	}
	return 0;
}

static int
serve(int fd, const struct step *s)
{
	FILE *f = fdopen(dup(fd), "r");
	int i, failed = 0;

	for (i = 0; i < STEPS_MAX && s[i].answer != NULL && !failed; i++)
		failed = serve_line(f, &s[i], fd);
	fclose(f);
	close(fd);
	return failed;
}

static struct client *
start(const struct step *steps)
{
	struct client *c;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		close(sv[0]);
		_exit(serve(sv[1], steps));
	}
	close(sv[1]);
	c = client_attach(sv[0]);
	ck_assert_ptr_nonnull(c);
	client_set_wait(c, &(struct client_wait){ 5000, -1 });
	return c;
}

static void
finish(struct client *c)
{
	int status;

	client_close(c);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static int
count(void *arg, const json_t *v, const char *line, size_t len)
{
	int *n = arg;

	ck_assert(json_is_object(v));
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(line[len - 1], '}');
	ck_assert_int_eq(line[0], '{');
	return ++*n == 100;
}

static const struct {
	const char *what;
	struct step steps[STEPS_MAX];
	int want, records;
	const char *text;	/* in client_error() */
} rows[] = {
	{ "an answer", { { "{\"show\":{\"what\":\"x\"}}",
	  "{\"type\":\"a\"}\n{\"type\":\"b\"}\n{\"done\":{}}\n", 0 } },
	  0, 2, "" },
	{ "byte by byte", { { NULL,
	  "{\"type\":\"a\"}\n{\"done\":{}}\n", 1 } }, 0, 1, "" },
	{ "portions", { { "{\"show\":{\"what\":\"x\"}}",
	  "{\"type\":\"a\"}\n{\"more\":\"c1\"}\n", 0 },
	  { "\"cursor\":\"c1\"", "{\"more\":\"c2\"}\n", 0 },
	  { "\"cursor\":\"c2\"", "{\"type\":\"a\"}\n{\"done\":{}}\n", 0 } },
	  0, 2, "" },
	{ "natd's error", { { NULL, "{\"type\":\"a\"}\n{\"error\":"
	  "{\"code\":\"missing\",\"text\":\"Table does not exist.\"}}\n",
	  0 } }, -EREMOTEIO, 1, "Table does not exist." },
	{ "an error without a text", { { NULL, "{\"error\":{}}\n", 0 } },
	  -EPROTO, 0, "without a text" },
	{ "no JSON", { { NULL, "hello\n", 0 } }, -EPROTO, 0,
	  "no answer: hello" },
	{ "an empty line", { { NULL, "\n{\"done\":{}}\n", 0 } }, -EPROTO, 0,
	  "no answer" },
	{ "an array", { { NULL, "[1]\n", 0 } }, -EPROTO, 0, "no answer" },
	{ "a record without a type", { { NULL, "{\"a\":1}\n", 0 } },
	  -EPROTO, 0, "no answer" },
	{ "two values on a line", { { NULL, "{\"done\":{}}{}\n", 0 } },
	  -EPROTO, 0, "no answer" },
	{ "bytes that are no UTF-8", { { NULL, "{\"type\":\"\xff\"}\n", 0 } },
	  -EPROTO, 0, "no answer" },
	{ "done that is no object", { { NULL, "{\"done\":1}\n", 0 } },
	  -EPROTO, 0, "bad end" },
	{ "a cursor that is no string", { { NULL, "{\"more\":1}\n", 0 } },
	  -EPROTO, 0, "bad cursor" },
	{ "early close", { { NULL, "{\"type\":\"a\"}\n{\"do", 0 } },
	  -ECONNRESET, 1, "before its answer was complete" },
	{ "close before all", { { NULL, NULL, 0 } }, -ECONNRESET, 0,
	  "closed the connection" },
};

START_TEST(test_rows)
{
	struct client *c = start(rows[_i].steps);
	json_t *done = NULL;
	int error, n = 0;

	error = client_request(c, "show", json_pack("{s:s}", "what", "x"),
	    count, &n, &done);
	ck_assert_msg(error == rows[_i].want, "%s: %d %s", rows[_i].what,
	    error, client_error(c));
	ck_assert_msg(n == rows[_i].records, "%s: %d records", rows[_i].what,
	    n);
	ck_assert_msg(strstr(client_error(c), rows[_i].text) != NULL,
	    "%s: %s", rows[_i].what, client_error(c));
	ck_assert((error == 0) == json_is_object(done));
	if (error == -EREMOTEIO)
		ck_assert_str_eq(client_code(c), "missing");
	json_decref(done);
	finish(c);
}
END_TEST

START_TEST(test_slow)
{
	struct client *c;
	int error, sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	c = client_attach(sv[0]);
	client_set_wait(c, &(struct client_wait){ 50, -1 });
	error = client_request(c, "set", json_object(), NULL, NULL, NULL);
	ck_assert_int_eq(error, -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(client_error(c), "does not answer"));
	ck_assert_ptr_nonnull(strstr(client_error(c), "done all the same"));
	error = client_request(c, "show", json_object(), NULL, NULL, NULL);
	ck_assert_int_eq(error, -ETIMEDOUT);
	ck_assert_ptr_null(strstr(client_error(c), "done all the same"));
	client_close(c);
	close(sv[1]);
}
END_TEST

START_TEST(test_stop)
{
	struct client *c;
	int error, sv[2], stop[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(pipe(stop), 0);
	c = client_attach(sv[0]);
	client_set_wait(c, &(struct client_wait){ 5000, stop[0] });
	ck_assert_int_eq(write(stop[1], "", 1), 1);
	error = client_request(c, "show", json_object(), NULL, NULL, NULL);
	ck_assert_int_eq(error, -EINTR);
	ck_assert_str_eq(client_error(c), "interrupted");
	client_close(c);
	close(sv[1]);
	close(stop[0]);
	close(stop[1]);
}
END_TEST

/* Nobody accepts, and as many as may wait do so. */
START_TEST(test_full)
{
	const struct client_wait wait = { 50, -1 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char err[CLIENT_ERR_MAX];
	struct client *c = NULL;
	int fd, first;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "check_ctl.%d.sock",
	    (int)getpid());
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	first = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	ck_assert_int_eq(connect(first, (struct sockaddr *)&sun,
	    sizeof(sun)), 0);
	ck_assert_int_eq(client_open(sun.sun_path, &wait, err, &c), -EAGAIN);
	ck_assert_ptr_nonnull(strstr(err, "natd does not answer"));
	unlink(sun.sun_path);
	close(first);
	close(fd);
}
END_TEST

START_TEST(test_records_unwanted)
{
	static const struct step steps[STEPS_MAX] = { { NULL,
	    "{\"type\":\"a\"}\n{\"done\":{}}\n", 0 } };
	struct client *c = start(steps);

	ck_assert_int_eq(client_request(c, "set", json_object(), NULL, NULL,
	    NULL), -EPROTO);
	finish(c);
}
END_TEST

static int
refuse(void *arg, const json_t *v, const char *line, size_t len)
{
	(void)arg;
	(void)v;
	(void)line;
	(void)len;
	return 1;
}

START_TEST(test_cancel)
{
	static const struct step steps[STEPS_MAX] = { { NULL,
	    "{\"type\":\"a\"}\n{\"done\":{}}\n", 0 } };
	struct client *c = start(steps);

	ck_assert_int_eq(client_request(c, "show", json_object(), refuse,
	    NULL, NULL), -ECANCELED);
	finish(c);
}
END_TEST

START_TEST(test_no_arguments)
{
	static const struct step steps[STEPS_MAX] = { { NULL, NULL, 0 } };
	struct client *c = start(steps);

	ck_assert_int_eq(client_request(c, "show", NULL, NULL, NULL, NULL),
	    -ENOMEM);
	finish(c);
}
END_TEST

/* The longest request fits; one byte more is refused here. */
START_TEST(test_long_request)
{
	static const struct step steps[STEPS_MAX] = { { NULL, NULL, 0 } };
	struct client *c = start(steps);
	char *text = malloc(300000);

	memset(text, 'x', 299999);
	text[299999] = '\0';
	ck_assert_int_eq(client_request(c, "load", json_pack("{s:s}", "text",
	    text), NULL, NULL, NULL), -EMSGSIZE);
	ck_assert_ptr_nonnull(strstr(client_error(c), "too long"));
	free(text);
	finish(c);
}
END_TEST

START_TEST(test_messages)
{
	static const struct step steps[STEPS_MAX] = {
	    { NULL, "{\"error\":{\"code\":\"rules\",\"text\":\"1 error\","
	      "\"messages\":[{\"level\":\"error\"}]}}\n", 0 },
	    { NULL, "{\"done\":{\"n\":1}}\n", 0 } };
	struct client *c = start(steps);

	ck_assert_int_eq(client_request(c, "load", json_object(), NULL, NULL,
	    NULL), -EREMOTEIO);
	ck_assert_uint_eq(json_array_size(client_messages(c)), 1);
	ck_assert_int_eq(client_request(c, "load", json_object(), NULL, NULL,
	    NULL), 0);
	ck_assert_ptr_null(client_messages(c));
	ck_assert_str_eq(client_error(c), "");
	finish(c);
}
END_TEST

START_TEST(test_hello)
{
	static const struct step steps[STEPS_MAX] = {
	    { "{\"hello\":{\"version\":1}}",
	      "{\"done\":{\"version\":1,\"revision\":7}}\n", 0 } };
	struct client *c = start(steps);

	ck_assert_ptr_null(client_greeting(c));
	ck_assert_int_eq(client_hello(c), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(
	    client_greeting(c), "revision")), 7);
	finish(c);
}
END_TEST

/* A natd of another time that does not mind, but is to be minded. */
START_TEST(test_hello_version)
{
	static const struct step steps[STEPS_MAX] = { { "hello",
	    "{\"done\":{\"version\":2,\"natd\":\"9.0\"}}\n", 0 } };
	struct client *c = start(steps);

	ck_assert_int_eq(client_hello(c), -EPROTO);
	ck_assert_str_eq(client_error(c), "natd speaks version 2 of the "
	    "protocol, natctl speaks 1");
	ck_assert_ptr_null(client_greeting(c));
	finish(c);
}
END_TEST

START_TEST(test_nobody)
{
	const struct client_wait wait = CLIENT_WAIT;
	char err[CLIENT_ERR_MAX], path[256];
	struct client *c = NULL;

	ck_assert_int_eq(client_open("/nonexistent/natd.sock", &wait, err, &c),
	    -ENOENT);
	ck_assert_str_eq(err, "natd is not running: cannot connect to "
	    "/nonexistent/natd.sock");
	ck_assert_int_eq(client_open("/dev/null", &wait, err, &c),
	    -ECONNREFUSED);
	ck_assert_str_eq(err, "/dev/null is no socket");
	setenv("NATD_SOCKET", "/nonexistent/env.sock", 1);
	ck_assert_int_eq(client_open(NULL, &wait, err, &c), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err, "/nonexistent/env.sock"));
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(client_open(path, &wait, err, &c), -ENAMETOOLONG);
	ck_assert_ptr_null(c);
}
END_TEST

/* Requests go ahead of their answers; one that fails is told, once. */
START_TEST(test_post)
{
	static const struct step steps[STEPS_MAX] = {
		{ "\"n\":1", "{\"done\":{}}\n", 0 },
		{ "\"n\":2", "{\"error\":{\"code\":\"x\",\"text\":\"second\"}}\n",
		    0 },
		{ "\"n\":3", "{\"error\":{\"code\":\"x\",\"text\":\"third\"}}\n",
		    0 },
		{ "\"n\":4", "{\"done\":{\"four\":4}}\n", 0 },
	};
	struct client *c = start(steps);
	json_t *done = NULL;
	int i;

	for (i = 1; i <= 3; i++)
		ck_assert_int_eq(client_post(c, "load", json_pack("{s:i}", "n",
		    i)), 0);
	ck_assert_int_eq(client_settle(c), -EREMOTEIO);
	ck_assert_str_eq(client_error(c), "second");
	ck_assert_int_eq(client_request(c, "load", json_pack("{s:i}", "n", 4),
	    NULL, NULL, &done), 0);
	ck_assert_str_eq(client_error(c), "");
	ck_assert_int_eq(json_integer_value(json_object_get(done, "four")), 4);
	json_decref(done);
	ck_assert_int_eq(client_settle(c), 0);
	finish(c);
}
END_TEST

/* Not without bound; and an answer that is none ends it. */
START_TEST(test_post_ahead)
{
	static const char answers[] = "{\"done\":{}}\nhello\n";
	struct client *c;
	int sv[2], i;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_ptr_nonnull(c = client_attach(sv[0]));
	client_set_wait(c, &(struct client_wait){ 1, -1 });
	for (i = 0; i < CLIENT_AHEAD; i++)
		ck_assert_int_eq(client_post(c, "load", json_object()), 0);
	ck_assert_int_eq(send(sv[1], answers, strlen(answers), 0),
	    (int)strlen(answers));
	ck_assert_int_eq(client_post(c, "load", json_object()), 0);
	ck_assert_int_eq(client_post(c, "load", json_object()), -EPROTO);
	client_close(c);
	close(sv[1]);
}
END_TEST

Suite *suite_client(void);

Suite *
suite_client(void)
{
	Suite *s = suite_create("client");
	TCase *tc = tcase_create("client");

	tcase_add_loop_test(tc, test_rows, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_slow);
	tcase_add_test(tc, test_stop);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_records_unwanted);
	tcase_add_test(tc, test_cancel);
	tcase_add_test(tc, test_no_arguments);
	tcase_add_test(tc, test_long_request);
	tcase_add_test(tc, test_messages);
	tcase_add_test(tc, test_hello);
	tcase_add_test(tc, test_hello_version);
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_post);
	tcase_add_test(tc, test_post_ahead);
	suite_add_tcase(s, tc);
	return s;
}
