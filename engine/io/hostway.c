/* SPDX-License-Identifier: ISC */
/*
 * Policy rules by rtnetlink, chains by nfnetlink, switches by /proc/sys.
 */
#include "engine/io/hostway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/hooks.h"
#include "engine/io/hostroute.h"
#include "engine/io/mark.h"
#include "engine/io/netnews.h"
#include "engine/io/nltalk.h"

#define TRIES 8
#define OWN_SIGN 28256	/* 0x6e60; any value but zero means yes */

/* The rules that every namespace begins with, fib_rules(7). */
static bool
is_usual(uint32_t pref)
{
	return pref == 0 || pref == 32766 || pref == 32767;
}

static int
take_rule(const struct nlmsghdr *h, void *arg)
{
	const struct fib_rule_hdr *r = mnl_nlmsg_get_payload(h);
	enum hostway *way = arg;
	uint32_t pref, mark;

	if (h->nlmsg_type != RTM_NEWRULE || (r->family != AF_INET &&
	    r->family != AF_INET6))
		return MNL_CB_OK;
	hostroute_read(h, &pref, &mark);
	/* packets with these marks are asked about twice in any case */
	if (!is_usual(pref) && !(hostroute_own(pref, mark) &&
	    !mark_is(mark, MARK_WAY)))
		*way = HOSTWAY_RULES;
	return MNL_CB_OK;
}

struct chain {
	bool natd, base, seen;
	uint32_t hook, rules, policy;
};

static int
hook_attr(const struct nlattr *a, void *arg)
{
	struct chain *c = arg;

	if (mnl_attr_get_type(a) == NFTA_HOOK_HOOKNUM) {
		c->base = true;
		c->hook = ntohl(mnl_attr_get_u32(a));
	}
	return MNL_CB_OK;
}

static int
chain_attr(const struct nlattr *a, void *arg)
{
	struct chain *c = arg;

	switch (mnl_attr_get_type(a)) {
	case NFTA_CHAIN_TABLE:
		c->natd = strcmp(mnl_attr_get_str(a), HOOKS_TABLE) == 0;
		break;
	case NFTA_CHAIN_HOOK:
		return mnl_attr_parse_nested(a, hook_attr, c);
	case NFTA_CHAIN_USE:
		c->rules = ntohl(mnl_attr_get_u32(a));
		break;
	case NFTA_CHAIN_POLICY:
		c->policy = ntohl(mnl_attr_get_u32(a));
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* A chain of somebody else's that a forwarded packet passes, and that is more
 * than an empty one. */
static int
take_chain(const struct nlmsghdr *h, void *arg)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(h);
	struct chain c = { .policy = NF_ACCEPT };
	enum hostway *way = arg;

	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN) ||
	    (nfg->nfgen_family != NFPROTO_INET &&
	    nfg->nfgen_family != NFPROTO_IPV4 &&
	    nfg->nfgen_family != NFPROTO_IPV6) ||
	    mnl_attr_parse(h, sizeof(*nfg), chain_attr, &c) < 0)
		return MNL_CB_OK;
	if (c.natd && nfg->nfgen_family != NFPROTO_INET)
		return MNL_CB_OK;
	if (c.base && (c.hook == NF_INET_PRE_ROUTING ||
	    c.hook == NF_INET_FORWARD || c.hook == NF_INET_POST_ROUTING) &&
	    (c.rules > 0 || c.policy != NF_ACCEPT))
		*way = HOSTWAY_CHAINS;
	return MNL_CB_OK;
}

static int
dump(int bus, uint16_t type, size_t extra, mnl_cb_t take, enum hostway *way)
{
	char req[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(req);
	struct nltalk t;
	int error;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(h, extra);
	if ((error = nltalk_open(&t, bus)) != 0)
		return error;
	error = nltalk_ask(&t, h, take, way);
	nltalk_close(&t);
	return error;
}

/* iptables of before nf_tables: a table that is in use has a name here. */
static bool
has_tables(void)
{
	static const char *const paths[] = {
		"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names",
	};
	bool any = false;
	size_t i;
	char c;
	int fd;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if ((fd = open(paths[i], O_RDONLY | O_CLOEXEC)) == -1)
			continue;
		any |= read(fd, &c, 1) == 1;
		close(fd);
	}
	return any;
}

static int
read_all(enum hostway *way)
{
	int error;

	*way = has_tables() ? HOSTWAY_TABLES : HOSTWAY_FREE;
	error = dump(NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES << 8 |
	    NFT_MSG_GETCHAIN, sizeof(struct nfgenmsg), take_chain, way);
	return error != 0 ? error : dump(NETLINK_ROUTE, RTM_GETRULE,
	    sizeof(struct fib_rule_hdr), take_rule, way);
}

enum hostway
hostway_read(void)
{
	enum hostway way = HOSTWAY_UNKNOWN;
	int error = -EINTR;
	unsigned i;

	/* a dump that a change interrupts is begun again */
	for (i = 0; i < TRIES && error == -EINTR; i++)
		error = read_all(&way);
	return error == 0 ? way : HOSTWAY_UNKNOWN;
}

const char *
hostway_name(enum hostway way)
{
	static const char *const names[] = {
		[HOSTWAY_FREE] = "",
		[HOSTWAY_RULES] = "ip rules",
		[HOSTWAY_FROM] = "routes by source",
		[HOSTWAY_CHAINS] = "another's nftables rules",
		[HOSTWAY_TABLES] = "iptables-legacy",
		[HOSTWAY_UNKNOWN] = "the kernel tells too little",
	};

	return names[way];
}

int
hostway_watch(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int fd, group = NFNLGRP_NFTABLES, error;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_NETFILTER)) == -1)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
	    sizeof(group)) == -1) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* Elements of sets come and go all the time on some hosts. */
static int
matters(const struct nlmsghdr *h, void *arg)
{
	bool *yes = arg;

	switch (h->nlmsg_type & 0xff) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_NEWRULE:
	case NFT_MSG_DELRULE:
		*yes = true;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

bool
hostway_changed(int fd)
{
	return netnews_any(fd, matters);
}

/* A number of net.ipv4.conf; 0 if there is none. */
static int
conf_open(const char *ifname, const char *name, int flags, int *value)
{
	char path[96], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", ifname,
	    name);
	*value = 0;
	if ((fd = open(path, flags | O_CLOEXEC)) == -1)
		return -1;
	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		*value = atoi(text);
	return fd;
}

static int
conf_read(const char *ifname, const char *name)
{
	int value, fd = conf_open(ifname, name, O_RDONLY, &value);

	if (fd != -1)
		close(fd);
	return value;
}

/* The kernel takes the larger one, net.ipv4.conf.all and the interface's. */
bool
hostway_strict(const char *ifname)
{
	int all = conf_read("all", "rp_filter");
	int one = conf_read(ifname, "rp_filter");

	return (all > one ? all : one) == 1;
}

enum hostway_own
hostway_own(const char *ifname, bool on)
{
	int value, fd = conf_open(ifname, "accept_local", O_RDWR, &value);
	char text[16];

	if (fd == -1)
		return conf_read("all", "accept_local") != 0 ? OWN_TAKEN :
		    OWN_REFUSED;
	if (value == (on ? 0 : OWN_SIGN)) {
		snprintf(text, sizeof(text), "%d", on ? OWN_SIGN : 0);
		if (pwrite(fd, text, strlen(text), 0) > 0)
			value = on ? OWN_SIGN : 0;
	}
	close(fd);
	if (conf_read("all", "accept_local") != 0)
		return OWN_TAKEN;
	return value == 0 ? OWN_REFUSED : value == OWN_SIGN ? OWN_OURS :
	    OWN_TAKEN;
}
