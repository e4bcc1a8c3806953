/* SPDX-License-Identifier: ISC */
/*
 * What a netlink socket has heard.
 */
#include "engine/io/netnews.h"

#include <errno.h>
#include <sys/socket.h>

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
