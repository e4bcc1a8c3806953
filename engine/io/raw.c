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

#include "engine/io/l4.h"
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

/* A packet that goes by a way has that mark instead of the socket's. */
static int
send_to(int fd, const struct packet *p, void *sa, socklen_t len)
{
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(uint32_t))];
	} ctl = { .room = { 0 } };
	struct iovec iov = { .iov_base = p->data, .iov_len = p->len };
	struct msghdr m = {
		.msg_name = sa, .msg_namelen = len,
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	uint32_t mark = mark_make(MARK_WAY, p->way);

	if (p->way != 0) {
		ctl.hdr.cmsg_level = SOL_SOCKET;
		ctl.hdr.cmsg_type = SO_MARK;
		ctl.hdr.cmsg_len = CMSG_LEN(sizeof(mark));
		memcpy(CMSG_DATA(&ctl.hdr), &mark, sizeof(mark));
		m.msg_control = &ctl;
		m.msg_controllen = sizeof(ctl.room);
	}
	return sendmsg(fd, &m, 0) < 0 ? -errno : 0;
}

/* The kernel adds nothing to what it is given, and cuts no trains. */
static int
complete(const struct packet *p)
{
	struct l4 l;

	if (p->gso != GSO_NONE)
		return -EMSGSIZE;
	if (p->csum == CSUM_PARTIAL && l4_find(p, &l) == 0)
		l4_finish((struct packet *)(uintptr_t)p, l.off,
		    l.off + l.csum_off);
	return 0;
}

int
raw_send(const struct raw *r, const struct packet *p, uint32_t ifindex)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int error;

	if ((error = complete(p)) != 0)
		return error;
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
