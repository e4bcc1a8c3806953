/* SPDX-License-Identifier: ISC */
/*
 * Asking the kernel about sockets, with real ones on the loopback interface.
 */
#include <arpa/inet.h>
#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/sockdiag.h"

Suite *suite_sockdiag(void);

enum how { NONE, LISTEN, BOUND, CONNECTED };

static const struct {
	const char *what;
	int family, type;
	enum how how;
	const char *bind;	/* NULL: any address */
	uint8_t af;		/* of the question */
	const char *local, *remote;
	bool want;
} cases[] = {
	{ "tcp, listens everywhere", AF_INET, SOCK_STREAM, LISTEN, NULL,
	    AF_INET, "127.0.0.1", "192.0.2.9", true },
	{ "tcp, listens on another address", AF_INET, SOCK_STREAM, LISTEN,
	    "127.0.0.2", AF_INET, "127.0.0.1", "192.0.2.9", false },
	{ "tcp, listens on this address", AF_INET, SOCK_STREAM, LISTEN,
	    "127.0.0.1", AF_INET, "127.0.0.1", "192.0.2.9", true },
	{ "tcp, bound and not listening", AF_INET, SOCK_STREAM, BOUND,
	    "127.0.0.1", AF_INET, "127.0.0.1", "192.0.2.9", false },
	{ "udp, everywhere", AF_INET, SOCK_DGRAM, BOUND, NULL,
	    AF_INET, "127.0.0.1", "192.0.2.9", true },
	{ "udp, another address", AF_INET, SOCK_DGRAM, BOUND, "127.0.0.2",
	    AF_INET, "127.0.0.1", "192.0.2.9", false },
	{ "udp, of both families", AF_INET6, SOCK_DGRAM, BOUND, NULL,
	    AF_INET, "127.0.0.1", "192.0.2.9", true },
	{ "udp, connected elsewhere", AF_INET, SOCK_DGRAM, CONNECTED,
	    "127.0.0.1", AF_INET, "127.0.0.1", "192.0.2.9", false },
	{ "udp, connected there", AF_INET, SOCK_DGRAM, CONNECTED,
	    "127.0.0.1", AF_INET, "127.0.0.1", "127.0.0.7", true },
	{ "tcp over IPv6", AF_INET6, SOCK_STREAM, LISTEN, NULL, AF_INET6,
	    "::1", "2001:db8::9", true },
	{ "udp over IPv6", AF_INET6, SOCK_DGRAM, BOUND, "::1", AF_INET6,
	    "::1", "2001:db8::9", true },
	{ "no socket", AF_INET, SOCK_DGRAM, NONE, "127.0.0.1", AF_INET,
	    "127.0.0.1", "192.0.2.9", false },
};

#define REMOTE_PORT 9

static socklen_t
address(struct sockaddr_storage *ss, int family, const char *text,
    uint16_t port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		sin->sin_port = htons(port);
		if (text != NULL)
			inet_pton(family, text, &sin->sin_addr);
		return sizeof(*sin);
	}
	sin6->sin6_port = htons(port);
	if (text != NULL)
		inet_pton(family, text, &sin6->sin6_addr);
	return sizeof(*sin6);
}

/* A socket on a port of the kernel's choice; the port in network order. */
static int
local_socket(int i, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, cases[i].family, cases[i].bind, 0);
	int fd = socket(cases[i].family, cases[i].type | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*port = ((struct sockaddr_in *)&ss)->sin_port;
	if (cases[i].how == LISTEN)
		ck_assert_int_eq(listen(fd, 1), 0);
	len = address(&ss, cases[i].family, "127.0.0.7", REMOTE_PORT);
	if (cases[i].how == CONNECTED)
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&ss, len), 0);
	if (cases[i].how != NONE)
		return fd;
	close(fd);
	return -1;
}

START_TEST(test_find)
{
	struct sockdiag_ask ask = {
		.af = cases[_i].af,
		.proto = cases[_i].type == SOCK_DGRAM ? IPPROTO_UDP :
		    IPPROTO_TCP,
		.rport = htons(REMOTE_PORT),
	};
	uint32_t uid = SOCKDIAG_NOBODY;
	struct sockdiag sd;
	int fd;

	ck_assert_int_eq(sockdiag_open(&sd), 0);
	fd = local_socket(_i, &ask.lport);
	inet_pton(ask.af, cases[_i].local, ask.local);
	inet_pton(ask.af, cases[_i].remote, ask.remote);
	ck_assert_msg(sockdiag_find(&sd, &ask, &uid) == cases[_i].want, "%s",
	    cases[_i].what);
	/* an answer that was not asked for does not disturb the next */
	ck_assert(sockdiag_find(&sd, &ask, &uid) == cases[_i].want);
	ck_assert_uint_eq(uid, cases[_i].want ? getuid() : SOCKDIAG_NOBODY);
	if (fd != -1)
		close(fd);
	sockdiag_close(&sd);
}
END_TEST

START_TEST(test_closed)
{
	struct sockdiag sd = { .fd = -1 };
	struct sockdiag_ask ask = { .af = AF_INET, .proto = IPPROTO_TCP };
	uint32_t uid;

	ck_assert(!sockdiag_find(&sd, &ask, &uid));
	sockdiag_close(&sd);
}
END_TEST

Suite *
suite_sockdiag(void)
{
	Suite *s = suite_create("sockdiag");
	TCase *tc = tcase_create("find");

	tcase_add_loop_test(tc, test_find, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_closed);
	suite_add_tcase(s, tc);
	return s;
}
