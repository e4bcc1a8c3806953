/* SPDX-License-Identifier: ISC */
/*
 * Questions to rtnetlink.
 */
#include "engine/io/rtnl.h"

#include <errno.h>
#include <sys/socket.h>

int
rtnl_talk(struct mnl_socket *s, struct nlmsghdr *h, mnl_cb_t take, void *arg)
{
	char buf[16384];
	ssize_t n;
	int ret = MNL_CB_OK;

	h->nlmsg_seq = 1;
	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		if ((n = mnl_socket_recvfrom(s, buf, sizeof(buf))) < 0 ||
		    (ret = mnl_cb_run(buf, (size_t)n, 1,
		    mnl_socket_get_portid(s), take, arg)) < 0)
			return -errno;
	}
	return 0;
}

int
rtnl_open(struct mnl_socket **s)
{
	int error;

	if ((*s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)) == NULL)
		return -errno;
	if (mnl_socket_bind(*s, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	error = -errno;
	mnl_socket_close(*s);
	return error;
}
