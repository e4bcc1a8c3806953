/* SPDX-License-Identifier: ISC */
/*
 * Each question has a number of its own: what an older one has left on the
 * socket, as a dump that was torn does, is not taken for this one's answer.
 */
#include "engine/io/nltalk.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BUF 32768	/* what the kernel fills a dump's part with */

int
nltalk_open(struct nltalk *t, int bus)
{
	int error;

	*t = (struct nltalk){ .buf = malloc(BUF) };
	if (t->buf == NULL)
		return -ENOMEM;
	if ((t->sock = mnl_socket_open2(bus, SOCK_CLOEXEC)) != NULL &&
	    mnl_socket_bind(t->sock, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	error = -errno;
	nltalk_close(t);
	return error;
}

void
nltalk_close(struct nltalk *t)
{
	if (t->sock != NULL)
		mnl_socket_close(t->sock);
	free(t->buf);
	*t = (struct nltalk){ 0 };
}

/* Some of the answer, with older ones' passed over. */
static ssize_t
part(struct nltalk *t)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)t->buf;
	ssize_t n;

	do {
		n = mnl_socket_recvfrom(t->sock, t->buf, BUF);
	} while (n > 0 && mnl_nlmsg_ok(h, (int)n) && h->nlmsg_seq != t->seq);
	return n;
}

int
nltalk_ask(struct nltalk *t, struct nlmsghdr *h, mnl_cb_t take, void *arg)
{
	int ret = MNL_CB_OK;
	ssize_t n;

	h->nlmsg_flags |= NLM_F_REQUEST;
	h->nlmsg_seq = ++t->seq;
	if (mnl_socket_sendto(t->sock, h, h->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		if ((n = part(t)) < 0 ||
		    (ret = mnl_cb_run(t->buf, (size_t)n, t->seq,
		    mnl_socket_get_portid(t->sock), take, arg)) < 0)
			return -errno;
	}
	return 0;
}
