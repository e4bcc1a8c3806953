/* SPDX-License-Identifier: ISC */
/*
 * A pipe between the two: one byte says "ready", its end without one that the
 * child has ended.
 */
#include "engine/natd/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/natd/log.h"

static int ready_fd = -1;

/* What became of a child that never was ready, as an exit status. */
static int
ended(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return 1;
	if (WIFSIGNALED(status))
		log_warnx("ended by signal %d (%s) before it was ready",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	/* an orderly end is no start either */
	return WIFEXITED(status) && WEXITSTATUS(status) != 0 ?
	    WEXITSTATUS(status) : 1;
}

static _Noreturn void
await(int fd, pid_t child)
{
	ssize_t n;
	char byte;

	while ((n = read(fd, &byte, 1)) == -1 && errno == EINTR)
		continue;
	/* what is buffered for output is the child's, too */
	_exit(n == 1 ? 0 : ended(child));
}

int
detach_begin(void)
{
	int fd[2], error;
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return -errno;
	if ((child = fork()) == -1) {
		error = -errno;
		close(fd[0]);
		close(fd[1]);
		return error;
	}
	close(fd[child == 0 ? 0 : 1]);
	if (child != 0)
		await(fd[0], child);
	ready_fd = fd[1];
	return 0;
}

int
detach_ready(void)
{
	int null, fd;

	if (setsid() == -1 || chdir("/") == -1 ||
	    (null = open(_PATH_DEVNULL, O_RDWR | O_CLOEXEC)) == -1)
		return -errno;
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) == -1)
			return -errno;
	if (null > STDERR_FILENO)
		close(null);
	/* a parent that was killed meanwhile needs no word */
	(void)!write(ready_fd, "", 1);
	close(ready_fd);
	ready_fd = -1;
	return 0;
}
