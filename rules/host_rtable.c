/* SPDX-License-Identifier: ISC */
/*
 * The running Linux system's routing tables.
 *
 * Linux makes a table when its first route comes and forgets it with the
 * last.  So one exists that has a route, of either family, or that a rule of
 * policy routing leads to, ip-rule(8): main and local always.  One that has
 * been given a name is to exist, though the network may not be up yet.
 */
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/packet.h"
#include "rules/host_impl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define PART 32768	/* what the kernel fills a part of a dump with */

/* A dump, and what is looked for in it. */
struct ask {
	uint16_t type;		/* RTM_GETROUTE, RTM_GETRULE */
	uint8_t family;
	unsigned table;
};

/* Both kinds of messages begin in the same way. */
_Static_assert(sizeof(struct rtmsg) == sizeof(struct fib_rule_hdr) &&
    (int)RTA_TABLE == (int)FRA_TABLE, "one struct does for both");

struct request {
	struct nlmsghdr h;
	struct rtmsg m;
	struct rtattr a;
	uint32_t table;
};

/* natd's own rules lead to the tables that rulesets name, existing or not. */
static bool
is_own(const struct ask *ask, uint32_t mark)
{
	return ask->type == RTM_GETRULE && mark >> 16 == PACKET_QUEUE;
}

static bool
names(const struct ask *ask, struct nlmsghdr *h)
{
	const struct rtmsg *m = NLMSG_DATA(h);
	int len = (int)h->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*m));
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(h) +
	    NLMSG_ALIGN(sizeof(*m)));
	uint32_t table = m->rtm_table, mark = 0;

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (RTA_PAYLOAD(a) < sizeof(uint32_t))
			continue;
		if (a->rta_type == RTA_TABLE)
			memcpy(&table, RTA_DATA(a), sizeof(table));
		if (ask->type == RTM_GETRULE && a->rta_type == FRA_FWMARK)
			memcpy(&mark, RTA_DATA(a), sizeof(mark));
	}
	return table == ask->table && !is_own(ask, mark);
}

/* Return: 1 it is in this part, 0 it is not and there are more, or the end: 2,
 * negative errno. */
static int
look(const struct ask *ask, char *part, ssize_t n)
{
	struct nlmsghdr *h = (struct nlmsghdr *)part;
	unsigned left = (unsigned)n;
	const struct nlmsgerr *e;

	for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 2;
		if (h->nlmsg_type == NLMSG_ERROR) {
			e = NLMSG_DATA(h);
			return e->error != 0 ? e->error : 2;
		}
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct rtmsg)) &&
		    names(ask, h))
			return 1;
	}
	return 0;
}

/* Return: 1 yes, 0 no, negative errno: the kernel does not say. */
static int
dump(int fd, const struct ask *ask)
{
	struct request r = {
		.h = { .nlmsg_len = ask->type == RTM_GETROUTE ? sizeof(r) :
		    NLMSG_LENGTH(sizeof(r.m)), .nlmsg_type = ask->type,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.m = { .rtm_family = ask->family },
		.a = { .rta_len = RTA_LENGTH(sizeof(r.table)),
		    .rta_type = RTA_TABLE },
		.table = ask->table,
	};
	_Alignas(struct nlmsghdr) char part[PART];
	ssize_t n;
	int found = 0;

	if (send(fd, &r, r.h.nlmsg_len, 0) < 0)
		return -errno;
	while (found == 0) {
		if ((n = recv(fd, part, sizeof(part), 0)) < 0)
			return -errno;
		found = look(ask, part, n);
	}
	/* a family that knows of no such table, or is not there */
	if (found == -ENOENT || found == -EAFNOSUPPORT ||
	    found == -EOPNOTSUPP)
		return 0;
	return found == 2 ? 0 : found;
}

static int
ask_kernel(const struct ask *ask)
{
	int fd, one = 1, found;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_ROUTE)) == -1)
		return -errno;
	/* so it gives the routes of that table only, where it can */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
	    sizeof(one));
	found = dump(fd, ask);
	close(fd);
	return found;
}

static bool
has_name(unsigned n)
{
	static const char *const files[] = {
		"/etc/iproute2/rt_tables", "/usr/share/iproute2/rt_tables",
		"/usr/lib/iproute2/rt_tables",
	};
	char line[256];
	bool found = false;
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) && !found; i++) {
		if ((f = fopen(files[i], "re")) == NULL)
			continue;
		while (fgets(line, sizeof(line), f) != NULL)
			if (isdigit((unsigned char)line[0]) &&
			    strtoul(line, NULL, 0) == n)
				found = true;
		fclose(f);
	}
	return found;
}

bool
host_sys_rtable(unsigned n)
{
	const struct ask asks[] = {
		{ RTM_GETRULE, AF_INET, n }, { RTM_GETRULE, AF_INET6, n },
		{ RTM_GETROUTE, AF_INET, n }, { RTM_GETROUTE, AF_INET6, n },
	};
	size_t i;
	int found = has_name(n);

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]) && found == 0; i++)
		found = ask_kernel(&asks[i]);
	/* what nobody can tell is no reason to refuse */
	return found != 0;
}
