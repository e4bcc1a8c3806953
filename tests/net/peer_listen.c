/* SPDX-License-Identifier: ISC */
/*
 * peer -l: send back what comes.
 *
 * A TCP connection that cannot send holds the bytes and reads no more until
 * they are gone, so that nothing is lost and memory is bounded.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>
#include <sys/queue.h>

#include "tests/net/peer.h"

struct echo {
	LIST_ENTRY(echo) all;
	int fd;
	size_t off, len;	/* held bytes */
	char buf[65536];
};

LIST_HEAD(echoes, echo);

static void
print_from(struct sockaddr_storage *ss, socklen_t len)
{
	char host[NI_MAXHOST], serv[NI_MAXSERV];
	const char *name = host;

	if (getnameinfo((struct sockaddr *)ss, len, host, sizeof(host), serv,
	    sizeof(serv), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		errx(2, "an address that cannot be printed");
	if (strncmp(host, "::ffff:", 7) == 0)
		name += 7;
	printf("from %s port %s\n", name, serv);
}

/* Send what is held, then read more, until one of them would wait. */
static int
echo_run(struct echo *e)
{
	ssize_t n;

	for (;;) {
		while (e->off < e->len) {
			n = send(e->fd, e->buf + e->off, e->len - e->off,
			    MSG_NOSIGNAL);
			if (n == -1)
				return errno == EAGAIN ? 0 : -errno;
			e->off += (size_t)n;
		}
		e->off = e->len = 0;
		n = recv(e->fd, e->buf, sizeof(e->buf), 0);
		if (n == -1)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return -EPIPE;
		e->len = (size_t)n;
	}
}

static void
echo_accept(struct echoes *all, int ep, int lfd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct echo *e;
	int fd;

	fd = accept4(lfd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return;
	print_from(&ss, len);
	if ((e = malloc(sizeof(*e))) == NULL)
		err(2, NULL);
	e->fd = fd;
	e->off = e->len = 0;
	LIST_INSERT_HEAD(all, e, all);
	ev.data.ptr = e;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(2, "epoll_ctl");
}

static void
echo_end(struct echo *e)
{
	LIST_REMOVE(e, all);
	close(e->fd);
	free(e);
}

static int
listen_tcp(const struct peer_opts *o, int lfd)
{
	struct epoll_event evs[64], ev = { .events = EPOLLIN };
	struct echoes all = LIST_HEAD_INITIALIZER(all);
	unsigned int ended = 0;
	struct echo *e;
	int ep, i, n, error;

	if (listen(lfd, 4096) == -1 || (ep = epoll_create1(0)) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev) == -1)
		err(2, "listen");
	while (!peer_stop && (o->count == 0 || ended < o->count)) {
		n = epoll_wait(ep, evs, 64, -1);
		for (i = 0; i < n; i++) {
			if ((e = evs[i].data.ptr) == NULL) {
				echo_accept(&all, ep, lfd);
				continue;
			}
			if ((error = echo_run(e)) == 0)
				continue;
			if (error != -EPIPE)
				printf("lost: %s\n", strerror(-error));
			echo_end(e);
			ended++;
		}
	}
	while ((e = LIST_FIRST(&all)) != NULL)
		echo_end(e);
	return 0;
}

static int
listen_udp(const struct peer_opts *o, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };
	static char buf[65536];
	struct sockaddr_storage ss;
	unsigned int seen = 0;
	socklen_t len;
	ssize_t n;
	int ep;

	if ((ep = epoll_create1(0)) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(2, "epoll");
	while (!peer_stop && (o->count == 0 || seen < o->count)) {
		len = sizeof(ss);
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss,
		    &len);
		if (n == -1) {
			epoll_wait(ep, &ev, 1, -1);
			continue;
		}
		print_from(&ss, len);
		seen++;
		if (sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&ss,
		    len) == -1)
			printf("lost: %s\n", strerror(errno));
	}
	return 0;
}

int
peer_listen(const struct peer_opts *o)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	len = peer_sockaddr(&ss, o->bind, o->port);
	fd = peer_socket(o, ss.ss_family);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "bind to port %u", o->port);
	return o->udp ? listen_udp(o, fd) : listen_tcp(o, fd);
}
