/* SPDX-License-Identifier: ISC */
/*
 * One question to rtnetlink, and its answer.
 *
 * A socket belongs to the network namespace it was opened in, and to one
 * thread.  Both functions return 0 or a negative errno, the kernel's own if
 * it refused.
 */
#ifndef ENGINE_IO_RTNL_H
#define ENGINE_IO_RTNL_H

#include <libmnl/libmnl.h>

/* rtnl_open() - A socket, ended by mnl_socket_close(). */
int rtnl_open(struct mnl_socket **);

/*
 * rtnl_talk() - Send a message, and read until the kernel has acknowledged it
 * or its dump is over
 * @take: is called for what comes before that; may be NULL
 */
int rtnl_talk(struct mnl_socket *, struct nlmsghdr *, mnl_cb_t take,
    void *arg);

#endif
