/* SPDX-License-Identifier: ISC */
/*
 * From this process upwards.
 */
#include "ctl/remote.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "SSH_CONNECTION="
#define UP_MAX 64		/* processes above each other */
#define ENVIRON_MAX (1 << 20)
#define TCP_ESTABLISHED 1	/* /proc/net/tcp */

/* An address that is written as everybody writes it; no scope, no mapping. */
static bool
tidy(char *out, const char *text)
{
	char word[INET6_ADDRSTRLEN + 20];
	struct in6_addr a;
	int af = strchr(text, ':') == NULL ? AF_INET : AF_INET6;

	snprintf(word, sizeof(word), "%s", text);
	word[strcspn(word, "%")] = '\0';
	if (inet_pton(af, word, &a) != 1)
		return false;
	if (af == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a))
		return inet_ntop(AF_INET, &a.s6_addr[12], out,
		    INET6_ADDRSTRLEN) != NULL;
	return inet_ntop(af, &a, out, INET6_ADDRSTRLEN) != NULL;
}

/* From the text of SSH_CONNECTION. */
static bool
ssh_connection_read(struct ssh_connection *c, const char *text)
{
	char src[64], dst[64];

	return sscanf(text, "%63s %hu %63s %hu", src, &c->sport, dst,
	    &c->dport) == 4 && tidy(c->src, src) && tidy(c->dst, dst);
}

/* The variable among those of a process, each of which ends in a zero. */
static bool
from_environ(struct ssh_connection *c, pid_t pid)
{
	char path[64], *line = NULL;
	size_t size = 0, all = 0;
	bool found = false;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return false;
	while (!found && all < ENVIRON_MAX &&
	    (n = getdelim(&line, &size, '\0', f)) > 0) {
		all += (size_t)n;
		found = strncmp(line, VARIABLE, sizeof(VARIABLE) - 1) == 0 &&
		    ssh_connection_read(c, line + sizeof(VARIABLE) - 1);
	}
	free(line);
	fclose(f);
	return found;
}

/* A column of /proc/net/tcp6: words of 32 bits in the machine's order. */
static bool
from_hex(const char *hex, char *out, uint16_t *port)
{
	char digits[9] = "", text[INET6_ADDRSTRLEN];
	uint32_t w[4];
	unsigned value;
	size_t i, n = strcspn(hex, ":") / 8;

	if (n != 1 && n != 4)
		return false;
	for (i = 0; i < n; i++) {
		memcpy(digits, hex + i * 8, 8);
		w[i] = (uint32_t)strtoul(digits, NULL, 16);
	}
	if (sscanf(hex + n * 8, ":%x", &value) != 1)
		return false;
	*port = (uint16_t)value;
	return inet_ntop(n == 1 ? AF_INET : AF_INET6, w, text,
	    sizeof(text)) != NULL && tidy(out, text);
}

static bool
from_inode(struct ssh_connection *c, unsigned long inode)
{
	static const char *const paths[] = {
		"/proc/net/tcp", "/proc/net/tcp6",
	};
	char line[512], local[64], far[64];
	unsigned long is;
	unsigned state;
	bool found = false;
	size_t i;
	FILE *f;

	for (i = 0; !found && i < 2; i++) {
		if ((f = fopen(paths[i], "re")) == NULL)
			continue;
		while (!found && fgets(line, sizeof(line), f) != NULL)
			found = sscanf(line, "%*s %63s %63s %x %*s %*s %*s "
			    "%*s %*s %lu", local, far, &state, &is) == 4 &&
			    is == inode && state == TCP_ESTABLISHED &&
			    from_hex(local, c->dst, &c->dport) &&
			    from_hex(far, c->src, &c->sport);
		fclose(f);
	}
	return found;
}

/* The connection of an sshd; several sockets may be its, one is the one. */
static bool
from_sockets(struct ssh_connection *c, pid_t pid)
{
	char path[32], link[300], to[64];
	const struct dirent *e;
	unsigned long inode;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		snprintf(link, sizeof(link), "%s/%s", path, e->d_name);
		if ((n = readlink(link, to, sizeof(to) - 1)) <= 0)
			continue;
		to[n] = '\0';
		found = sscanf(to, "socket:[%lu]", &inode) == 1 &&
		    from_inode(c, inode);
	}
	closedir(dir);
	return found;
}

/* What a process is called, and who started it. */
static pid_t
parent_of(pid_t pid, char name[static 17])
{
	char path[64], line[512], *open, *close;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	name[0] = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	/* the name stands in parentheses, and may hold any */
	if (fgets(line, sizeof(line), f) != NULL &&
	    (open = strchr(line, '(')) != NULL &&
	    (close = strrchr(line, ')')) != NULL &&
	    sscanf(close + 1, " %*c %d", &parent) == 1) {
		*close = '\0';
		snprintf(name, 17, "%s", open + 1);
	}
	fclose(f);
	return parent;
}

static bool
is_sshd(const char *name)
{
	return strncmp(name, "sshd", 4) == 0 || strcmp(name, "dropbear") == 0;
}

bool
ssh_connection_find(struct ssh_connection *c)
{
	const char *text = getenv("SSH_CONNECTION");
	pid_t pid = getpid();
	char name[17];
	unsigned i;

	if (text != NULL && ssh_connection_read(c, text))
		return true;
	for (i = 0; i < UP_MAX && pid > 0; i++) {
		pid_t up = parent_of(pid, name);

		if (from_environ(c, pid) ||
		    (is_sshd(name) && from_sockets(c, pid)))
			return true;
		pid = up;
	}
	return false;
}
