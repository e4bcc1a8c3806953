/* SPDX-License-Identifier: ISC */
/*
 * Raw sockets: IPPROTO_RAW means that the header is ours, raw(7).
 */
#include "engine/io/raw.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/mark.h"

static int
open_family(int af, int *out)
{
	uint32_t mark = mark_make(MARK_MADE, 0);
	int fd, error;

	fd = socket(af, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	if (fd == -1)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == -1) {
		error = -errno;
		close(fd);
		return error;
	}
	*out = fd;
	return 0;
}

int
raw_open(struct raw *r)
{
	int error;

	r->fd4 = r->fd6 = -1;
	if ((error = open_family(AF_INET, &r->fd4)) != 0)
		return error;
	error = open_family(AF_INET6, &r->fd6);
	if (error != 0 && error != -EAFNOSUPPORT) {
		raw_close(r);
		return error;
	}
	return 0;
}

void
raw_close(struct raw *r)
{
	if (r->fd4 != -1)
		close(r->fd4);
	if (r->fd6 != -1)
		close(r->fd6);
	r->fd4 = r->fd6 = -1;
}

static int
send_to(int fd, const struct packet *p, const void *sa, socklen_t len)
{
	return sendto(fd, p->data, p->len, 0, sa, len) < 0 ? -errno : 0;
}

int
raw_send(const struct raw *r, const struct packet *p, uint32_t ifindex)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	if (p->len >= 20 && p->data[0] >> 4 == 4) {
		memcpy(&sin.sin_addr, p->data + 16, 4);
		return send_to(r->fd4, p, &sin, sizeof(sin));
	}
	if (p->len < 40 || r->fd6 == -1)
		return -EAFNOSUPPORT;
	memcpy(&sin6.sin6_addr, p->data + 24, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr))
		sin6.sin6_scope_id = ifindex;
	return send_to(r->fd6, p, &sin6, sizeof(sin6));
}
