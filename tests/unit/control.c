/* SPDX-License-Identifier: ISC */
/*
 * The control socket when several daemons want it.
 *
 * This program's listen() and unlink() let a test in at the two moments that
 * matter: a socket has its name and nobody listens yet; it is about to lose it.
 */
#include "engine/natd/control.h"

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/natd/daemon.h"

Suite *suite_control(void);

static char dir[] = "/tmp/check-control.XXXXXX";
static char path[64];
static struct natd one, two;
static void (*at_listen)(void);
static void (*at_unlink)(const char *);
static int seen;

int
listen(int fd, int n)
{
	void (*now)(void) = at_listen;

	at_listen = NULL;
	if (now != NULL)
		now();
	return (int)syscall(SYS_listen, fd, n);
}

int
unlink(const char *name)
{
	if (at_unlink != NULL)
		at_unlink(name);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

static void
setup(void)
{
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	one.opt.socket = two.opt.socket = path;
	one.base = event_base_new();
	two.base = event_base_new();
	seen = -1;
}

/* Nothing may be left in the directory. */
static void
teardown(void)
{
	at_listen = NULL;
	at_unlink = NULL;
	control_free(one.control);
	control_free(two.control);
	one.control = two.control = NULL;
	event_base_free(one.base);
	event_base_free(two.base);
	ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

/* Return: 0 if somebody listens there, else errno. */
static int
knock(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, error;

	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ne(fd, -1);
	error = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 ? 0 :
	    errno;
	close(fd);
	return error;
}

static void
start_two(void)
{
	seen = control_new(&two, &two.control);
}

/* What a daemon that was killed leaves. */
static void
leave_socket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(sun.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

START_TEST(test_two_at_once)
{
	if (_i == 1)
		leave_socket();
	at_listen = start_two;
	ck_assert_int_eq(control_new(&one, &one.control), 0);
	ck_assert_msg(seen == -EBUSY, "the second: %s", strerror(-seen));
	ck_assert_int_eq(knock(), 0);
	/* the name is the first one's, and goes with it */
	ck_assert_int_eq(control_new(&two, &two.control), -EADDRINUSE);
	control_free(one.control);
	one.control = NULL;
	ck_assert_int_eq(knock(), ENOENT);
	ck_assert_int_eq(control_new(&two, &two.control), 0);
	ck_assert_int_eq(knock(), 0);
}
END_TEST

static void
knock_at_end(const char *name)
{
	if (strcmp(name, path) == 0)
		seen = knock();
}

/* One that nobody listens on could be another's by the time it is unlinked. */
START_TEST(test_name_goes_first)
{
	ck_assert_int_eq(control_new(&one, &one.control), 0);
	at_unlink = knock_at_end;
	control_free(one.control);
	one.control = NULL;
	ck_assert_int_eq(seen, 0);
}
END_TEST

/* Only a socket may be replaced. */
START_TEST(test_not_a_socket)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_int_eq(control_new(&one, &one.control), -EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
}
END_TEST

Suite *
suite_control(void)
{
	Suite *s = suite_create("control");
	TCase *tc = tcase_create("control");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_two_at_once, 0, 2);
	tcase_add_test(tc, test_name_goes_first);
	tcase_add_test(tc, test_not_a_socket);
	suite_add_tcase(s, tc);
	return s;
}
