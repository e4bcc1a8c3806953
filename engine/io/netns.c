/* SPDX-License-Identifier: ISC */
/*
 * Short visits to another network namespace: setns(2) moves one thread.
 */
#include "engine/io/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

int
netns_enter(const char *path, int *back)
{
	int here, there, error = 0;

	if ((here = open("/proc/thread-self/ns/net",
	    O_RDONLY | O_CLOEXEC)) == -1)
		return -errno;
	if ((there = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		error = -errno;
	} else {
		if (setns(there, CLONE_NEWNET) == -1)
			error = -errno;
		close(there);
	}
	if (error != 0)
		close(here);
	else
		*back = here;
	return error;
}

int
netns_leave(int back)
{
	int error = setns(back, CLONE_NEWNET) == -1 ? -errno : 0;

	close(back);
	return error;
}
