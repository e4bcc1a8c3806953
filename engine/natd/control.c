/* SPDX-License-Identifier: ISC */
/*
 * The control sockets.
 *
 * Whether a socket may be replaced is seen by nobody answering on it, and that
 * is also true of one between bind(2) and listen(2).  So all of it happens
 * under a lock, a file beside the socket that is there no longer than that.
 * At the end the name goes while somebody still listens: afterwards it could
 * be another daemon's.
 */
#include "engine/natd/control.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/natd/conn.h"
#include "engine/natd/daemon.h"
#include "engine/natd/log.h"

#define CONNS_MAX 2048
#define BACKLOG 128
#define GROUPS_MAX 1024
#define LOCK_SUFFIX ".lock"

static const struct door_kind {
	const char *path;
	const char *group;
	bool readonly;
} doors[] = {
	{ PROTO_SOCKET, "natd", false },
	{ PROTO_SOCKET_RO, "natd-ro", true },
};

struct door {
	const struct door_kind *kind;
	struct control *control;
	struct evconnlistener *listener;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	gid_t gid;	/* its group, or -1 */
};

struct seat {
	struct conn *conn;
	TAILQ_ENTRY(seat) entry;
};

struct control {
	struct natd *natd;
	struct door door[2];
	unsigned ndoors;
	gid_t writers;	/* group natd, or -1: it may read as well */
	TAILQ_HEAD(, seat) seats;
	unsigned nseats;
	struct event *again;	/* accept after a pause */
};

static gid_t
group_id(const char *name)
{
	const struct group *g = getgrnam(name);

	return g != NULL ? g->gr_gid : (gid_t)-1;
}

/* Is the process at the other end in this group? */
static bool
peer_in_group(int fd, gid_t peer, gid_t want)
{
	static gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);
	size_t i;

	if (want == (gid_t)-1)
		return false;
	if (peer == want)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return false;
	for (i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == want)
			return true;
	return false;
}

static bool
peer_allowed(const struct door *d, int fd, const struct ucred *who)
{
	if (who->uid == 0 || who->uid == geteuid())
		return true;
	return peer_in_group(fd, who->gid, d->gid) ||
	    (d->kind->readonly &&
	    peer_in_group(fd, who->gid, d->control->writers));
}

static void
control_gone(struct control *c, struct conn *conn)
{
	struct seat *seat;

	TAILQ_FOREACH(seat, &c->seats, entry)
		if (seat->conn == conn)
			break;
	if (seat == NULL)
		return;
	TAILQ_REMOVE(&c->seats, seat, entry);
	c->nseats--;
	free(seat);
}

static void
control_accept(struct evconnlistener *l, evutil_socket_t fd,
    struct sockaddr *sa, int salen, void *arg)
{
	struct door *d = arg;
	struct control *c = d->control;
	struct ucred who = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t len = sizeof(who);
	struct seat *seat;

	(void)l;
	(void)sa;
	(void)salen;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1 ||
	    !peer_allowed(d, fd, &who)) {
		conn_refuse(fd, PROTO_ERROR_DENIED,
		    "you are not in the group of this socket");
		return;
	}
	if (c->nseats >= CONNS_MAX ||
	    (seat = calloc(1, sizeof(*seat))) == NULL) {
		conn_refuse(fd, PROTO_ERROR_LIMIT, "too many connections");
		return;
	}
	seat->conn = conn_new(c->natd, fd, d->kind->readonly, who.uid,
	    who.pid, control_gone, c);
	if (seat->conn == NULL) {
		free(seat);
		return;
	}
	TAILQ_INSERT_TAIL(&c->seats, seat, entry);
	c->nseats++;
}

static void
control_again(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	unsigned i;

	(void)fd;
	(void)what;
	for (i = 0; i < c->ndoors; i++)
		evconnlistener_enable(c->door[i].listener);
}

/* Out of descriptors: without a pause this would be a busy loop. */
static void
control_error(struct evconnlistener *l, void *arg)
{
	struct door *d = arg;
	struct timeval pause = { .tv_usec = 100000 };

	log_debug("control socket %s: %s", d->path, strerror(errno));
	evconnlistener_disable(l);
	event_add(d->control->again, &pause);
}

/*
 * door_lock() - Be the only one who makes this socket
 * Return: a descriptor; -EBUSY: another daemon does just now; negative errno.
 */
static int
door_lock(const char *lock)
{
	struct stat st;
	int fd, error;

	for (;;) {
		fd = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (fd == -1)
			return -errno;
		error = 0;
		if (flock(fd, LOCK_EX | LOCK_NB) == -1)
			error = errno == EWOULDBLOCK ? -EBUSY : -errno;
		else if (fstat(fd, &st) == -1)
			error = -errno;
		else if (st.st_nlink > 0)
			return fd;
		/* else whoever had it is through, and has removed it */
		close(fd);
		if (error != 0)
			return error;
	}
}

static void
door_unlock(const char *lock, int fd)
{
	unlink(lock);
	close(fd);
}

/* A socket that nobody answers on is what a daemon before us left. */
static int
door_clear(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, error = 0;

	if (lstat(sun->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	/* one that is too busy to take us (EAGAIN) is there as well */
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0)) == -1)
		return -errno;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN)
		error = -EADDRINUSE;
	close(fd);
	if (error == 0 && unlink(sun->sun_path) == -1)
		error = -errno;
	return error;
}

/* Return: a listening socket, or negative errno. */
static int
door_bind(const struct door *d)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, error;

	memcpy(sun.sun_path, d->path, sizeof(d->path));
	if ((error = door_clear(&sun)) != 0)
		return error;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0)) == -1)
		return -errno;
	mask = umask(0177);
	error = bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ?
	    -errno : 0;
	umask(mask);
	if (error == 0 && d->gid != (gid_t)-1 &&
	    chown(d->path, (uid_t)-1, d->gid) == 0 &&
	    chmod(d->path, 0660) == -1)
		error = -errno;
	if (error == 0 && listen(fd, BACKLOG) == -1)
		error = -errno;
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

static int
door_make(const struct door *d)
{
	char lock[sizeof(d->path) + sizeof(LOCK_SUFFIX)];
	int fd, made;

	snprintf(lock, sizeof(lock), "%s" LOCK_SUFFIX, d->path);
	if ((fd = door_lock(lock)) < 0)
		return fd;
	made = door_bind(d);
	door_unlock(lock, fd);
	return made;
}

static const char *
door_why(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "a natd answers there already";
	case -EBUSY:
		return "another natd is starting there";
	}
	return strerror(-error);
}

static int
door_open(struct control *c, const struct door_kind *kind, const char *path)
{
	struct door *d = &c->door[c->ndoors];
	int fd;

	d->kind = kind;
	d->control = c;
	d->gid = group_id(kind->group);
	if (d->gid == (gid_t)-1)
		log_info("no group %s: %s is for root only", kind->group,
		    path);
	if (strlen(path) >= sizeof(d->path)) {
		log_warnx("control socket %s: the path is too long", path);
		return -ENAMETOOLONG;
	}
	strcpy(d->path, path);
	if ((fd = door_make(d)) < 0) {
		log_warnx("control socket %s: %s", path, door_why(fd));
		return fd;
	}
	d->listener = evconnlistener_new(c->natd->base, control_accept, d,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (d->listener == NULL) {
		unlink(path);
		close(fd);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(d->listener, control_error);
	c->ndoors++;
	return 0;
}

/* The directory of the usual sockets; a path of the user's own is his. */
static void
control_directory(void)
{
	char path[] = PROTO_SOCKET;

	*strrchr(path, '/') = '\0';
	/* a umask of root's own must not shut the groups out */
	if (mkdir(path, 0755) == 0)
		(void)chmod(path, 0755);
	else if (errno != EEXIST)
		log_warn("cannot make %s", path);
}

void
control_beside(const struct natd *natd, const char *suffix, char *path,
    size_t len)
{
	if (natd->opt.socket == NULL)
		control_directory();
	snprintf(path, len, "%s%s", natd->opt.socket != NULL ?
	    natd->opt.socket : PROTO_SOCKET, suffix);
}

int
control_new(struct natd *natd, struct control **out)
{
	const char *path = natd->opt.socket;
	struct control *c;
	unsigned i;
	int error = 0;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return -ENOMEM;
	c->natd = natd;
	c->writers = group_id(doors[0].group);
	TAILQ_INIT(&c->seats);
	c->again = event_new(natd->base, -1, 0, control_again, c);
	if (c->again == NULL)
		error = -ENOMEM;
	else if (path != NULL)
		error = door_open(c, &doors[0], path);
	else
		control_directory();
	for (i = 0; error == 0 && path == NULL && i < 2; i++)
		error = door_open(c, &doors[i], doors[i].path);
	if (error != 0) {
		control_free(c);
		return error;
	}
	*out = c;
	return 0;
}

void
control_free(struct control *c)
{
	struct seat *seat;
	unsigned i;

	if (c == NULL)
		return;
	while ((seat = TAILQ_FIRST(&c->seats)) != NULL) {
		TAILQ_REMOVE(&c->seats, seat, entry);
		conn_free(seat->conn);
		free(seat);
	}
	for (i = 0; i < c->ndoors; i++) {
		unlink(c->door[i].path);
		evconnlistener_free(c->door[i].listener);
	}
	if (c->again != NULL)
		event_free(c->again);
	free(c);
}
