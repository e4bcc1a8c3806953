/* SPDX-License-Identifier: ISC */
/*
 * The file of the states.
 *
 * The lock is the descriptor's: it goes with the process, however that ends,
 * but behind its memory, which may take a moment.
 */
#include "engine/natd/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#define LOCK_TRIES 200 /* 2 s */
#define LOCK_PAUSE_NS 10000000
#define NEW_SUFFIX ".new"

/* Say what is wrong.  Return: -EINVAL. */
static int
not_ours(char *why, size_t len, const char *what)
{
	strlcpy(why, what, len);
	return -EINVAL;
}

/* Asked of the directory, so that no file is left where it cannot be. */
static int
in_memory(const char *path, char *why, size_t len)
{
	char dir[PATH_MAX];
	struct statfs fs;
	char *slash;

	if (strlcpy(dir, path, sizeof(dir)) >= sizeof(dir))
		return not_ours(why, len, "its name is too long");
	if ((slash = strrchr(dir, '/')) == NULL)
		strcpy(dir, ".");
	else
		slash[slash == dir] = '\0';
	if (statfs(dir, &fs) == -1) {
		strlcpy(why, strerror(errno), len);
		return -errno;
	}
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
		return not_ours(why, len,
		    "its file system is not one in memory (tmpfs)");
	return 0;
}

static int
look(int fd, char *why, size_t len)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return not_ours(why, len, "not a regular file");
	if (st.st_uid != geteuid())
		return not_ours(why, len, "it belongs to somebody else");
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return not_ours(why, len, "others may open it");
	if (st.st_nlink > 1)
		return not_ours(why, len, "it has other names");
	return 0;
}

static int
lock(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	unsigned try;

	for (try = 0; try < LOCK_TRIES; try++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* Is it still what the name means, now that it is ours? */
static bool
is_named(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
beside(char *name, size_t size, const char *path, const char *suffix)
{
	return (size_t)snprintf(name, size, "%s%s", path, suffix) < size ? 0 :
	    -ENAMETOOLONG;
}

void
statefile_forget(const char *path)
{
	char name[PATH_MAX];

	if (beside(name, sizeof(name), path, NEW_SUFFIX) == 0)
		unlink(name);
}

int
statefile_open(const char *path, char *why, size_t len)
{
	int fd, error;

	if ((error = in_memory(path, why, len)) != 0)
		return error;
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC, S_IRUSR | S_IWUSR);
		if (fd == -1 && errno == ELOOP)
			return not_ours(why, len, "it is a symbolic link");
		if (fd == -1) {
			error = -errno;
			strlcpy(why, strerror(errno), len);
			return error;
		}
		if ((error = look(fd, why, len)) == 0)
			error = lock(fd);
		if (error == 0 && is_named(fd, path)) {
			/* what a killed process has left */
			statefile_forget(path);
			return fd;
		}
		close(fd);
		if (error != 0)
			return error;
	}
}

int
statefile_new(const char *path)
{
	char name[PATH_MAX];
	int fd, error;

	if ((error = beside(name, sizeof(name), path, NEW_SUFFIX)) != 0)
		return error;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd == -1)
		return -errno;
	if ((error = lock(fd)) != 0) {
		close(fd);
		return error;
	}
	return fd;
}

int
statefile_rename(const char *path)
{
	char name[PATH_MAX];
	int error;

	if ((error = beside(name, sizeof(name), path, NEW_SUFFIX)) != 0)
		return error;
	return rename(name, path) == -1 ? -errno : 0;
}

int
statefile_aside(const char *path)
{
	char name[PATH_MAX];
	int error;

	if ((error = beside(name, sizeof(name), path, STATEFILE_ASIDE)) != 0)
		return error;
	return rename(path, name) == -1 ? -errno : 0;
}

uint64_t
statefile_room(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return 0;
	/* a ramfs, or a tmpfs without a size, says nothing */
	if (fs.f_blocks == 0)
		return UINT64_MAX;
	return (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
}
