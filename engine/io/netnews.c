/* SPDX-License-Identifier: ISC */
/*
 * What a netlink socket has heard.
 */
#include "engine/io/netnews.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * What natd sets itself is told as well, and where that overflowed the socket
 * natd would look again, set all once more, and so on: 4095 next hops are two
 * routes each, of 1.3 KB at the most.  The kernel doubles the number.
 */
#define NEWS_BUFFER (8 << 20)

int
netnews_open(uint32_t groups)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK, .nl_groups = groups,
	};
	const int size = NEWS_BUFFER;
	int fd, error;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE)) == -1)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
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
