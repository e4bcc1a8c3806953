/* SPDX-License-Identifier: ISC */
/*
 * rtnetlink dumps.
 *
 * A dump that a change interrupts is begun again.  Routes are many on some
 * hosts; of them only the default ones matter here.
 */
#include "engine/io/hostnet.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/hostroute.h"
#include "engine/io/ifgroup.h"
#include "engine/io/mark.h"
#include "engine/io/netnews.h"
#include "engine/io/nltalk.h"

#define TRIES 8
#define GROUP(n) (1u << ((n) - 1))

static int
take_link(const struct nlmsghdr *h, void *arg)
{
	static const struct {
		unsigned kernel;
		uint8_t flag;
	} flags[] = {
		{ IFF_UP, IFACE_UP }, { IFF_LOOPBACK, IFACE_LOOPBACK },
		{ IFF_POINTOPOINT, IFACE_POINTOPOINT },
		{ IFF_BROADCAST, IFACE_BROADCAST },
	};
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(h);
	struct hostnet *n = arg;
	const struct nlattr *a;
	struct hostnet_if *v;
	size_t i;

	if (h->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	v = reallocarray(n->ifs, n->nifs + 1, sizeof(*v));
	if (v == NULL)
		return MNL_CB_ERROR;
	n->ifs = v;
	v += n->nifs;
	memset(v, 0, sizeof(*v));
	v->ifindex = (uint32_t)ifi->ifi_index;
	v->type = ifi->ifi_type;
	v->noarp = (ifi->ifi_flags & IFF_NOARP) != 0;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (ifi->ifi_flags & flags[i].kernel)
			v->flags |= flags[i].flag;
	mnl_attr_for_each(a, h, sizeof(*ifi)) {
		if (mnl_attr_get_type(a) == IFLA_IFNAME)
			strncpy(v->name, mnl_attr_get_str(a),
			    sizeof(v->name) - 1);
		else if (mnl_attr_get_type(a) == IFLA_GROUP)
			ifgroup_name(mnl_attr_get_u32(a), v->group,
			    sizeof(v->group));
		else if (mnl_attr_get_type(a) == IFLA_MTU)
			v->mtu = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == IFLA_ADDRESS &&
		    mnl_attr_get_payload_len(a) == sizeof(v->link))
			memcpy(v->link, mnl_attr_get_payload(a),
			    sizeof(v->link));
	}
	v->strict = hostway_strict(v->name);
	n->nifs++;
	return MNL_CB_OK;
}

static void
copy_addr(struct addr *to, const struct nlattr *a, uint8_t af)
{
	size_t len = af == AF_INET ? 4 : 16;

	if (mnl_attr_get_payload_len(a) >= len)
		memcpy(to->b, mnl_attr_get_payload(a), len);
}

/* IFA_ADDRESS is the peer's where there is an IFA_LOCAL, if_addr.h. */
static void
addr_attrs(const struct nlmsghdr *h, struct ifaddr *ia)
{
	const struct nlattr *a;
	struct addr local = { 0 };
	bool has_local = false;

	mnl_attr_for_each(a, h, sizeof(struct ifaddrmsg)) {
		switch (mnl_attr_get_type(a)) {
		case IFA_ADDRESS:
			copy_addr(&ia->addr, a, ia->af);
			break;
		case IFA_LOCAL:
			copy_addr(&local, a, ia->af);
			has_local = true;
			break;
		case IFA_BROADCAST:
			copy_addr(&ia->broadcast, a, ia->af);
			break;
		default:
			break;
		}
	}
	if (!has_local)
		return;
	if (!addr_equal(&local, &ia->addr))
		ia->peer = ia->addr;
	ia->addr = local;
}

static int
take_addr(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(h);
	struct hostnet *n = arg;
	struct hostnet_addr *v;

	if (h->nlmsg_type != RTM_NEWADDR || (ifa->ifa_family != AF_INET &&
	    ifa->ifa_family != AF_INET6))
		return MNL_CB_OK;
	v = reallocarray(n->addrs, n->naddrs + 1, sizeof(*v));
	if (v == NULL)
		return MNL_CB_ERROR;
	n->addrs = v;
	v += n->naddrs;
	memset(v, 0, sizeof(*v));
	v->ifindex = ifa->ifa_index;
	v->a.af = ifa->ifa_family;
	v->a.plen = ifa->ifa_prefixlen;
	addr_attrs(h, &v->a);
	n->naddrs++;
	return MNL_CB_OK;
}

/* Is this a default route that leads anywhere? */
static bool
is_default(const struct nlmsghdr *h)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	/* not those of route options, hostroute.c */
	mnl_attr_for_each(a, h, sizeof(*rt))
		if (mnl_attr_get_type(a) == RTA_TABLE &&
		    mark_is(mnl_attr_get_u32(a), MARK_WAY))
			return false;
	return rt->rtm_dst_len == 0 && rt->rtm_type == RTN_UNICAST;
}

static void
set_egress(struct hostnet *n, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < n->nifs; i++)
		if (n->ifs[i].ifindex == ifindex)
			n->ifs[i].egress = true;
}

static int
take_metric(const struct nlattr *a, void *arg)
{
	uint32_t *least = arg;

	if (mnl_attr_get_type(a) == RTAX_MTU &&
	    mnl_attr_get_u32(a) - 1 < *least - 1)
		*least = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

/* What of any route a packet's way depends on beside the destination. */
static void
take_way(const struct nlmsghdr *h, struct hostnet *n)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	if (rt->rtm_src_len != 0 && n->way == HOSTWAY_FREE)
		n->way = HOSTWAY_FROM;
	mnl_attr_for_each(a, h, sizeof(*rt))
		if (mnl_attr_get_type(a) == RTA_METRICS)
			(void)mnl_attr_parse_nested(a, take_metric,
			    &n->route_mtu);
}

/* Does natd care for such a route? */
static bool
is_special(const struct nlmsghdr *h)
{
	struct hostnet n = { .route_mtu = 0 };

	take_way(h, &n);
	return is_default(h) || n.way != HOSTWAY_FREE ||
	    n.route_mtu != 0;
}

static int
take_route(const struct nlmsghdr *h, void *arg)
{
	const struct rtnexthop *hop;
	const struct nlattr *a;
	int left;

	if (h->nlmsg_type == RTM_NEWROUTE)
		take_way(h, arg);
	if (h->nlmsg_type != RTM_NEWROUTE || !is_default(h))
		return MNL_CB_OK;
	mnl_attr_for_each(a, h, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(a) == RTA_OIF)
			set_egress(arg, mnl_attr_get_u32(a));
		if (mnl_attr_get_type(a) != RTA_MULTIPATH)
			continue;
		hop = mnl_attr_get_payload(a);
		left = mnl_attr_get_payload_len(a);
		while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
			set_egress(arg, (uint32_t)hop->rtnh_ifindex);
			left -= (int)RTNH_ALIGN(hop->rtnh_len);
			hop = RTNH_NEXT(hop);
		}
	}
	return MNL_CB_OK;
}

static int
dump(struct nltalk *t, uint16_t type, size_t extra, mnl_cb_t take,
    struct hostnet *n)
{
	char req[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(req);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(h, extra);
	return nltalk_ask(t, h, take, n);
}

static int
read_all(struct hostnet *n)
{
	struct nltalk t;
	int error;

	if ((error = nltalk_open(&t, NETLINK_ROUTE)) != 0)
		return error;
	if ((error = dump(&t, RTM_GETLINK, sizeof(struct ifinfomsg),
	    take_link, n)) == 0 && (error = dump(&t, RTM_GETADDR,
	    sizeof(struct ifaddrmsg), take_addr, n)) == 0)
		error = dump(&t, RTM_GETROUTE, sizeof(struct rtmsg),
		    take_route, n);
	nltalk_close(&t);
	return error;
}

int
hostnet_read(struct hostnet **out)
{
	struct hostnet *n;
	int error = -EINTR;
	unsigned i;

	/* libmnl says EINTR when the kernel says that a dump is torn */
	for (i = 0; i < TRIES && error == -EINTR; i++) {
		if ((n = calloc(1, sizeof(*n))) == NULL)
			return -ENOMEM;
		n->way = hostway_read();
		if ((error = read_all(n)) == 0)
			*out = n;
		else
			hostnet_free(n);
	}
	return error;
}

void
hostnet_free(struct hostnet *n)
{
	if (n == NULL)
		return;
	free(n->ifs);
	free(n->addrs);
	free(n);
}

/* Each struct was zeroed before it was filled, so bytes can be compared. */
bool
hostnet_equal(const struct hostnet *a, const struct hostnet *b)
{
	return a->nifs == b->nifs && a->naddrs == b->naddrs &&
	    a->route_mtu == b->route_mtu && a->way == b->way &&
	    (a->nifs == 0 ||
	    memcmp(a->ifs, b->ifs, a->nifs * sizeof(*a->ifs)) == 0) &&
	    (a->naddrs == 0 ||
	    memcmp(a->addrs, b->addrs, a->naddrs * sizeof(*a->addrs)) == 0);
}

static const struct {
	const char *name, *path;
	char on, off;
} switches[] = {
	[HOSTNET_ROUTE_LOCAL] = { "net.ipv4.conf.all.route_localnet",
	    "/proc/sys/net/ipv4/conf/all/route_localnet", '1', '0' },
	[HOSTNET_KEEP_PRIO] = { "net.ipv4.ip_forward_update_priority",
	    "/proc/sys/net/ipv4/ip_forward_update_priority", '0', '1' },
};

int
hostnet_switch(enum hostnet_switch sw, bool on, bool *ours)
{
	char was = switches[sw].off;
	int fd, error = 0;

	if ((fd = open(switches[sw].path, O_RDWR | O_CLOEXEC)) == -1)
		return -errno;
	if (pread(fd, &was, 1, 0) != 1)
		error = -EIO;
	else if ((was == switches[sw].on) != on && pwrite(fd, on ?
	    &switches[sw].on : &switches[sw].off, 1, 0) != 1)
		error = -errno;
	close(fd);
	if (error == 0)
		*ours = on && was != switches[sw].on;
	return error;
}

const char *
hostnet_switch_name(enum hostnet_switch sw)
{
	return switches[sw].name;
}

int
hostnet_watch(void)
{
	return netnews_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
	    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
	    GROUP(RTNLGRP_IPV4_RULE) | GROUP(RTNLGRP_IPV6_RULE) |
	    GROUP(RTNLGRP_IPV4_NETCONF));
}

static int
matters(const struct nlmsghdr *h, void *arg)
{
	bool *yes = arg;
	uint32_t priority, mark;

	switch (h->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		*yes |= is_special(h);
		break;
	case RTM_NEWRULE:
		/* natd need not be told what it has just done */
		hostroute_read(h, &priority, &mark);
		*yes |= !hostroute_own(priority, mark);
		break;
	default:
		*yes = true;
		break;
	}
	return MNL_CB_OK;
}

bool
hostnet_changed(int fd)
{
	return netnews_any(fd, matters);
}
