/* SPDX-License-Identifier: ISC */
/*
 * Netlink by question and answer: rtnetlink's, nf_tables'.
 *
 * A struct nltalk belongs to the network namespace it was opened in, and to
 * one thread; its memory is the caller's.  Both functions return 0 or a
 * negative errno, the kernel's own if it refused.
 */
#ifndef ENGINE_IO_NLTALK_H
#define ENGINE_IO_NLTALK_H

#include <libmnl/libmnl.h>
#include <stdint.h>

struct nltalk {
	struct mnl_socket *sock;
	uint32_t seq;
	char *buf;
};

/*
 * nltalk_open() - A socket to ask by
 * @bus: NETLINK_ROUTE, NETLINK_NETFILTER
 */
int nltalk_open(struct nltalk *, int bus);

/* nltalk_close() - Also one that was not opened and is all zero. */
void nltalk_close(struct nltalk *);

/*
 * nltalk_ask() - Send a message, and read until the kernel has acknowledged it
 * or its dump is over
 * @h: with NLM_F_ACK or NLM_F_DUMP; gets the rest that a request needs
 * @take: is called for what comes before that; may be NULL
 *
 * -EINTR: a change has torn the dump; the caller may begin it anew.
 */
int nltalk_ask(struct nltalk *, struct nlmsghdr *h, mnl_cb_t take, void *arg);

#endif
