/* SPDX-License-Identifier: ISC */
/*
 * An interface is decided about once, when it is first wanted:
 *
 *	off	-> written to the file, switched on	OURS
 *	on, and the file knows it			OURS
 *	on						THEIRS
 *	cannot be switched, or remembered		REFUSED
 *
 * and forgotten when it is wanted no more: OURS are switched off then.  It is
 * known by its number, which a new interface of an old name does not have.
 *
 * The file is text: a line for the place (boot and namespace, elsewhere the
 * numbers mean nothing), and one with number and name for each of OURS.
 */
#include "engine/natd/udpgro.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/io/ethtool.h"
#include "engine/natd/log.h"

#define NEW_SUFFIX ".new"
#define BOOT_PATH "/proc/sys/kernel/random/boot_id"

enum whose { OURS, THEIRS, REFUSED };

/* What is to be said of an interface. */
enum how { BY_NATD, BEFORE, NO_GRO, OFF_AGAIN, NOT, HOWS };

struct entry {
	uint32_t ifindex;
	char name[IFACE_NAMELEN];
	enum whose whose;
	enum how how;		/* as udpgro_text() has found it */
	bool wanted;
	bool decided;		/* else an earlier natd has switched it on, or
				 * was about to */
	bool pending;		/* to be switched on */
};

struct udpgro {
	char *path;
	struct ethtool tool;
	char place[128];	/* the file's first line */
	struct entry *v;	/* [n] in the order that they came */
	unsigned n;
	const char *why_none;
	bool told;		/* that the file cannot be written */
};

/*
 * Numbers of interfaces hold for a boot and a namespace, whose cookie no other
 * gets in this boot; its inode would be the next one's when it is gone.
 */
static void
find_place(struct udpgro *g)
{
	char boot[40] = "";
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	FILE *f;

	if ((f = fopen(BOOT_PATH, "re")) != NULL) {
		if (fgets(boot, sizeof(boot), f) == NULL)
			boot[0] = '\0';
		fclose(f);
	}
	boot[strcspn(boot, "\n")] = '\0';
	/* as old as the feature itself, nearly: 5.14 and 5.12 */
	if (getsockopt(g->tool.fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie,
	    &len) == -1)
		cookie = 0;
	snprintf(g->place, sizeof(g->place), "boot %s netns %llu", boot,
	    (unsigned long long)cookie);
}

static struct entry *
find(struct udpgro *g, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		if (g->v[i].ifindex == ifindex)
			return &g->v[i];
	return NULL;
}

static struct entry *
add(struct udpgro *g, uint32_t ifindex, const char *name, enum whose whose)
{
	struct entry *v = reallocarray(g->v, g->n + 1, sizeof(*v));

	if (v == NULL)
		return NULL;
	g->v = v;
	v += g->n++;
	memset(v, 0, sizeof(*v));
	v->ifindex = ifindex;
	v->whose = whose;
	strlcpy(v->name, name, sizeof(v->name));
	return v;
}

/* Lines of an earlier natd in this place. */
static void
read_lines(struct udpgro *g, FILE *f)
{
	char line[160], name[IFACE_NAMELEN];
	unsigned ifindex;

	if (fgets(line, sizeof(line), f) == NULL)
		return;
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, g->place) != 0)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%u %15s", &ifindex, name) == 2 &&
		    find(g, ifindex) == NULL &&
		    add(g, ifindex, name, OURS) == NULL)
			return;
}

static void
read_file(struct udpgro *g)
{
	struct stat st;
	FILE *f = NULL;
	int fd;

	fd = open(g->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		f = fdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return;
	}
	read_lines(g, f);
	fclose(f);
}

static void
write_lines(const struct udpgro *g, FILE *f)
{
	unsigned i;

	fprintf(f, "%s\n", g->place);
	for (i = 0; i < g->n; i++)
		if (g->v[i].whose == OURS)
			fprintf(f, "%u %s\n", g->v[i].ifindex, g->v[i].name);
}

/* The whole file anew, under its name when it is complete. */
static int
write_new(const struct udpgro *g)
{
	char name[PATH_MAX];
	FILE *f = NULL;
	int fd, error = 0;

	if ((size_t)snprintf(name, sizeof(name), "%s" NEW_SUFFIX, g->path) >=
	    sizeof(name))
		return -ENAMETOOLONG;
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd == -1)
		return -errno;
	if ((f = fdopen(fd, "w")) == NULL) {
		error = -errno;
		close(fd);
	} else {
		write_lines(g, f);
		if (ferror(f) != 0)
			error = -EIO;
		if (fclose(f) != 0 && error == 0)
			error = -errno;
	}
	if (error == 0 && rename(name, g->path) == -1)
		error = -errno;
	if (error != 0)
		unlink(name);
	return error;
}

static int
remember(struct udpgro *g)
{
	unsigned i, ours = 0;
	int error;

	for (i = 0; i < g->n; i++)
		ours += g->v[i].whose == OURS;
	if (ours == 0)
		error = unlink(g->path) == -1 && errno != ENOENT ? -errno : 0;
	else
		error = write_new(g);
	if (error != 0 && !g->told) {
		errno = -error;
		log_warn("%s", g->path);
		g->told = true;
	}
	return error;
}

struct udpgro *
udpgro_new(const char *path)
{
	struct udpgro *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	g->tool.fd = -1;
	g->why_none = "not asked for";
	if (path == NULL)
		return g;
	if ((g->path = strdup(path)) == NULL) {
		free(g);
		return NULL;
	}
	/* without a socket every interface refuses */
	(void)ethtool_open(&g->tool);
	find_place(g);
	read_file(g);
	return g;
}

void
udpgro_free(struct udpgro *g)
{
	if (g == NULL)
		return;
	ethtool_close(&g->tool);
	free(g->path);
	free(g->v);
	free(g);
}

static bool
is_on(struct udpgro *g, const char *name, enum ethtool_feature f)
{
	bool on[ETHTOOL_FEATURES];

	return ethtool_read(&g->tool, name, on) == 0 && on[f];
}

/* Off again, under the name that it has now.  One that is gone took it along. */
static void
restore(struct udpgro *g, const struct entry *e)
{
	char name[ETHTOOL_NAMELEN];
	int error;

	if (!ethtool_name(e->ifindex, name) ||
	    !is_on(g, name, ETHTOOL_UDP_GRO))
		return;
	error = ethtool_switch(&g->tool, name, ETHTOOL_UDP_GRO, false);
	if (error != 0)
		log_warnx("rx-udp-gro-forwarding of %s stays on: %s", name,
		    strerror(-error));
}

/* What is wanted no more is forgotten.  Return: was natd's among it? */
static bool
leave(struct udpgro *g)
{
	unsigned i, kept = 0;
	bool ours = false;

	for (i = 0; i < g->n; i++) {
		if (g->v[i].wanted) {
			g->v[kept++] = g->v[i];
			continue;
		}
		if (g->v[i].whose == OURS) {
			restore(g, &g->v[i]);
			ours = true;
		}
	}
	g->n = kept;
	return ours;
}

/* Return: whether it is to be switched on. */
static bool
decide(struct udpgro *g, struct entry *e)
{
	bool on[ETHTOOL_FEATURES], was = e->whose == OURS;

	e->decided = true;
	e->whose = REFUSED;
	if (ethtool_read(&g->tool, e->name, on) != 0)
		return false;
	e->whose = on[ETHTOOL_UDP_GRO] && !was ? THEIRS : OURS;
	return !on[ETHTOOL_UDP_GRO];
}

/* Those of the list get an entry.  Return: has one another name? */
static bool
want_all(struct udpgro *g, const struct udpgro_if *v, unsigned n)
{
	bool renamed = false;
	struct entry *e;
	unsigned i;

	for (i = 0; i < g->n; i++)
		g->v[i].wanted = false;
	for (i = 0; i < n; i++) {
		if ((e = find(g, v[i].ifindex)) == NULL &&
		    (e = add(g, v[i].ifindex, v[i].name, THEIRS)) == NULL)
			continue;
		renamed |= strcmp(e->name, v[i].name) != 0;
		strlcpy(e->name, v[i].name, sizeof(e->name));
		e->wanted = true;
	}
	return renamed;
}

void
udpgro_want(struct udpgro *g, const struct udpgro_if *v, unsigned n,
    const char *why_none)
{
	struct entry *e;
	bool news, refused = false;
	unsigned i;
	int error = 0;

	if (g->path == NULL)
		return;
	g->why_none = why_none;
	news = want_all(g, v, n);
	news |= leave(g);
	for (i = 0; i < g->n; i++)
		if (!g->v[i].decided) {
			g->v[i].pending = decide(g, &g->v[i]);
			news |= g->v[i].pending;
		}
	if (news)
		error = remember(g);
	for (i = 0; i < g->n; i++) {
		e = &g->v[i];
		if (e->pending && (error != 0 || ethtool_switch(&g->tool,
		    e->name, ETHTOOL_UDP_GRO, true) != 0)) {
			e->whose = REFUSED;
			refused = true;
		}
		e->pending = false;
	}
	if (refused)
		(void)remember(g);
}

/* ... in front of the names, and behind them. */
static const char *const words[][2] = {
	[BY_NATD] = { "", " (by natd)" },
	[BEFORE] = { "", " (was on)" },
	[NO_GRO] = { "", " (rx-gro is off)" },
	[OFF_AGAIN] = { "not ", " (switched off)" },
	[NOT] = { "not ", "" },
};
_Static_assert(sizeof(words) / sizeof(words[0]) == HOWS, "a word is missing");

static enum how
how_is(struct udpgro *g, const struct entry *e)
{
	bool on[ETHTOOL_FEATURES];

	if (e->whose == REFUSED || ethtool_read(&g->tool, e->name, on) != 0)
		return NOT;
	if (!on[ETHTOOL_UDP_GRO])
		return OFF_AGAIN;
	if (!on[ETHTOOL_GRO])
		return NO_GRO;
	return e->whose == OURS ? BY_NATD : BEFORE;
}

/* All of a kind: "lan0, wan0 (by natd)". */
static void
say_kind(const struct udpgro *g, enum how how, char *text, size_t len)
{
	const struct entry *e;
	bool first = true;
	unsigned i;

	for (i = 0; i < g->n; i++) {
		e = &g->v[i];
		if (e->how != how)
			continue;
		if (first && text[0] != '\0')
			strlcat(text, "; ", len);
		strlcat(text, first ? words[how][0] : ", ", len);
		strlcat(text, e->name, len);
		first = false;
	}
	if (!first)
		strlcat(text, words[how][1], len);
}

void
udpgro_text(struct udpgro *g, char *text, size_t len)
{
	unsigned how, i;

	text[0] = '\0';
	for (i = 0; i < g->n; i++)
		g->v[i].how = how_is(g, &g->v[i]);
	for (how = 0; how < HOWS; how++)
		say_kind(g, (enum how)how, text, len);
	if (g->n == 0)
		strlcpy(text, g->why_none, len);
	else if (strlen(text) == len - 1)
		memcpy(text + len - 4, "...", 3);
}
