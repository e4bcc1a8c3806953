/* SPDX-License-Identifier: ISC */
/*
 * What a netlink socket has heard.
 */
#include "engine/io/netnews.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int
netnews_open(uint32_t groups)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK, .nl_groups = groups,
	};
	int fd, error;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE)) == -1)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

bool
netnews_any(int fd, mnl_cb_t matters)
{
	bool yes = false;
	char buf[16384];
	ssize_t n;

	for (;;) {
		if ((n = recv(fd, buf, sizeof(buf), 0)) < 0) {
			if (errno != ENOBUFS)
				return yes;
			yes = true;
		} else if (mnl_cb_run(buf, (size_t)n, 0, 0, matters,
		    &yes) < 0) {
			yes = true;
		}
	}
}
