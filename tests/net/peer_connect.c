/* SPDX-License-Identifier: ISC */
/*
 * peer: the side that connects, sends, and compares what comes back.
 *
 *	CONNECTING -> READY -> BUSY -> READY ...     (BUSY: a chunk is under way)
 *	                         |        |
 *	                       FAILED    DONE        (told to stop, or one chunk)
 *
 * A datagram begins with its chunk's number, so that one that comes late is
 * told from a wrong one; the rest of it, and all of a TCP chunk, is the
 * connection's stream.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>

#include "tests/net/peer.h"

enum status { CONNECTING, READY, BUSY, DONE, FAILED };

struct conn {
	enum status status;
	uint32_t id;
	int fd;
	uint32_t chunk;		/* number of the chunk under way */
	uint64_t sent, got;	/* TCP: bytes; UDP: bytes of this chunk */
	uint64_t began, due;	/* this chunk, the next one; ms */
};

struct client {
	const struct peer_opts *o;
	struct conn *conns;
	int ep;
	unsigned int active;	/* neither done nor failed */
	unsigned int worked;	/* had a chunk back */
	unsigned int ok, reset, refused, stalled, mismatched;
	uint64_t bytes;
	uint64_t slowest;	/* ms */
	bool said_open, said_why;
	char *buf;		/* size bytes, at least 64 KiB */
};

static void
conn_end(struct client *cl, struct conn *c, enum status status)
{
	close(c->fd);
	c->status = status;
	cl->active--;
	cl->ok += status == DONE;
}

static void
conn_fail(struct client *cl, struct conn *c, int error)
{
	if (error == ETIMEDOUT)
		cl->stalled++;
	else if (error == EILSEQ)
		cl->mismatched++;
	else if (c->status == CONNECTING || cl->o->udp)
		cl->refused++;
	else
		cl->reset++;
	if (!cl->said_why)
		fprintf(stderr, "peer: %s port %u: %s\n", cl->o->addr,
		    cl->o->port, error == EILSEQ ? "wrong bytes came back"
		    : error == ETIMEDOUT && c->status == BUSY
		    ? "no answer" : strerror(error));
	cl->said_why = true;
	conn_end(cl, c, FAILED);
}

static void
conn_open(struct client *cl, struct conn *c, uint32_t id)
{
	const struct peer_opts *o = cl->o;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = c };
	struct sockaddr_storage ss, own;
	socklen_t len, ownlen;

	len = peer_sockaddr(&ss, o->addr, o->port);
	c->id = id;
	c->fd = peer_socket(o, ss.ss_family);
	c->status = CONNECTING;
	c->began = peer_now();
	cl->active++;
	if (o->bind != NULL || o->sport != 0) {
		ownlen = peer_sockaddr(&own, o->bind != NULL ? o->bind
		    : ss.ss_family == AF_INET ? "0.0.0.0" : "::",
		    o->sport == 0 ? 0 : (uint16_t)(o->sport + id));
		if (bind(c->fd, (struct sockaddr *)&own, ownlen) == -1)
			err(2, "bind");
	}
	if (epoll_ctl(cl->ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(2, "epoll_ctl");
	if (connect(c->fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS)
		conn_fail(cl, c, errno);
}

/* Fill the buffer with @len bytes of the stream from @offset. */
static void
fill(struct client *cl, uint32_t id, uint64_t offset, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		cl->buf[i] = (char)peer_byte(id, offset + i);
}

/* Is buf[from..len) the stream, which at buf[0] is at @offset? */
static bool
same(struct client *cl, uint32_t id, uint64_t offset, size_t from, size_t len)
{
	size_t i;

	for (i = from; i < len; i++)
		if ((uint8_t)cl->buf[i] != peer_byte(id, offset + i))
			return false;
	return true;
}

static void
chunk_done(struct client *cl, struct conn *c)
{
	uint64_t now = peer_now();

	if (now - c->began > cl->slowest)
		cl->slowest = now - c->began;
	if (c->chunk == 0)
		cl->worked++;
	cl->bytes += cl->o->size;
	c->chunk++;
	c->status = READY;
	c->due = now + (uint64_t)cl->o->interval;
	if (!cl->o->keep)
		conn_end(cl, c, DONE);
}

static int
udp_send(struct client *cl, struct conn *c)
{
	uint32_t n = htonl(c->chunk);

	if (c->sent > 0)
		return 0;
	fill(cl, c->id, (uint64_t)c->chunk * cl->o->size, cl->o->size);
	memcpy(cl->buf, &n, sizeof(n));
	if (send(c->fd, cl->buf, cl->o->size, 0) == -1)
		return errno == EAGAIN ? 0 : -errno;
	c->sent = cl->o->size;
	return 0;
}

static int
udp_recv(struct client *cl, struct conn *c)
{
	ssize_t n;
	uint32_t nr;

	while ((n = recv(c->fd, cl->buf, 65536, 0)) != -1) {
		memcpy(&nr, cl->buf, sizeof(nr));
		if (n >= 4 && ntohl(nr) < c->chunk)
			continue;
		if ((size_t)n != cl->o->size || ntohl(nr) != c->chunk ||
		    c->status != BUSY)
			return -EILSEQ;
		if (!same(cl, c->id, (uint64_t)c->chunk * cl->o->size, 4,
		    (size_t)n))
			return -EILSEQ;
		chunk_done(cl, c);
		if (c->status != READY)
			return 0;
	}
	return errno == EAGAIN ? 0 : -errno;
}

static int
tcp_send(struct client *cl, struct conn *c)
{
	uint64_t end = ((uint64_t)c->chunk + 1) * cl->o->size;
	size_t len;
	ssize_t n;

	while (c->sent < end) {
		len = end - c->sent < 65536 ? (size_t)(end - c->sent) : 65536;
		fill(cl, c->id, c->sent, len);
		n = send(c->fd, cl->buf, len, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN ? 0 : -errno;
		c->sent += (uint64_t)n;
		c->began = peer_now();
	}
	return 0;
}

static int
tcp_recv(struct client *cl, struct conn *c)
{
	ssize_t n;

	while ((n = recv(c->fd, cl->buf, 65536, 0)) != -1) {
		if (n == 0)
			return -ECONNRESET;
		if (c->got + (uint64_t)n > c->sent ||
		    !same(cl, c->id, c->got, 0, (size_t)n))
			return -EILSEQ;
		c->got += (uint64_t)n;
		if (c->got != ((uint64_t)c->chunk + 1) * cl->o->size)
			continue;
		chunk_done(cl, c);
		if (c->status != READY)
			return 0;
	}
	return errno == EAGAIN ? 0 : -errno;
}

/* What the socket allows now: finish connecting, send, receive. */
static void
conn_run(struct client *cl, struct conn *c, uint32_t events)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (c->status == DONE || c->status == FAILED)
		return;
	if (c->status == CONNECTING) {
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error != 0) {
			conn_fail(cl, c, error);
			return;
		}
		if (!(events & EPOLLOUT))
			return;
		c->status = READY;
		c->due = 0;
	}
	if (c->status == BUSY)
		error = cl->o->udp ? udp_send(cl, c) : tcp_send(cl, c);
	if (error == 0)
		error = cl->o->udp ? udp_recv(cl, c) : tcp_recv(cl, c);
	if (error != 0)
		conn_fail(cl, c, -error);
}

/* What the clock says: begin the next chunk, give up, stop. */
static void
conn_tick(struct client *cl, struct conn *c, uint64_t now)
{
	if (c->status == READY && peer_stop)
		conn_end(cl, c, DONE);
	else if (c->status == READY && c->due <= now) {
		c->status = BUSY;
		c->began = now;
		if (cl->o->udp)
			c->sent = 0;
		conn_run(cl, c, 0);
	} else if ((c->status == BUSY || c->status == CONNECTING) &&
	    now > c->began + (uint64_t)cl->o->wait)
		conn_fail(cl, c, ETIMEDOUT);
}

static void
client_run(struct client *cl)
{
	struct epoll_event evs[64];
	unsigned int i;
	uint64_t now;
	int n;

	while (cl->active > 0) {
		now = peer_now();
		for (i = 0; i < cl->o->count; i++)
			conn_tick(cl, &cl->conns[i], now);
		if (cl->active > 0 && cl->worked == cl->o->count &&
		    !cl->said_open) {
			printf("open %u\n", cl->worked);
			cl->said_open = true;
		}
		n = epoll_wait(cl->ep, evs, 64, 10);
		for (i = 0; n > 0 && i < (unsigned int)n; i++)
			conn_run(cl, evs[i].data.ptr, evs[i].events);
	}
}

int
peer_connect(const struct peer_opts *o)
{
	struct client cl = { .o = o };
	unsigned int i;

	cl.conns = calloc(o->count, sizeof(*cl.conns));
	cl.buf = malloc(o->size > 65536 ? o->size : 65536);
	cl.ep = epoll_create1(0);
	if (cl.conns == NULL || cl.buf == NULL || cl.ep == -1)
		err(2, NULL);
	for (i = 0; i < o->count; i++)
		conn_open(&cl, &cl.conns[i], i);
	client_run(&cl);
	printf("connections %u ok %u bytes %llu mismatched %u reset %u "
	    "refused %u stalled %u slowest %llu ms\n", o->count, cl.ok,
	    (unsigned long long)cl.bytes, cl.mismatched, cl.reset, cl.refused,
	    cl.stalled, (unsigned long long)cl.slowest);
	free(cl.conns);
	free(cl.buf);
	return cl.ok == o->count ? 0 : 1;
}
