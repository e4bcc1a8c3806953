/* SPDX-License-Identifier: ISC */
/*
 * Reading a whole file.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/parser.h"

#define FILE_SIZE_MAX (512u << 20)	/* bytes; a ruleset is never larger */

static int
read_fd(int fd, char **text, size_t *len)
{
	size_t cap = 0, n = 0;
	char *buf = NULL, *nbuf;
	ssize_t got;

	for (;;) {
		if (n == cap) {
			cap = cap == 0 ? 64 * 1024 : 2 * cap;
			if (cap > FILE_SIZE_MAX) {
				free(buf);
				return -EFBIG;
			}
			if ((nbuf = realloc(buf, cap + 1)) == NULL) {
				free(buf);
				return -ENOMEM;
			}
			buf = nbuf;
		}
		got = read(fd, buf + n, cap - n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1) {
			int error = -errno;

			free(buf);
			return error;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	*text = buf;
	*len = n;
	return 0;
}

int
source_read(const char *path, char **text, size_t *len)
{
	int fd, error;

	if (strcmp(path, "-") == 0)
		return read_fd(STDIN_FILENO, text, len);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -errno;
	error = read_fd(fd, text, len);
	close(fd);
	return error;
}
