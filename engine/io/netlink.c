/* SPDX-License-Identifier: ISC */
/*
 * One request, one acknowledgement.
 */
#include "engine/io/netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "engine/io/nltalk.h"

static int
netlink_talk(struct nltalk *t, struct nlmsghdr *h)
{
	h->nlmsg_flags |= NLM_F_ACK;
	return nltalk_ask(t, h, NULL, NULL);
}

/* No kernel's link-local address: natd answers no neighbour discovery. */
static int
netlink_no_linklocal(struct nltalk *t, int ifindex)
{
	char buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nlattr *spec, *inet6;
	struct ifinfomsg *ifi;

	h->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(h, AF_INET6);
	mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(h, inet6);
	mnl_attr_nest_end(h, spec);
	return netlink_talk(t, h);
}

int
netlink_link(struct nltalk *t, int ifindex, uint32_t mtu)
{
	char buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int error;

	/* a kernel without IPv6 has none to make */
	error = netlink_no_linklocal(t, ifindex);
	if (error != 0 && error != -EAFNOSUPPORT && error != -EOPNOTSUPP &&
	    error != -EINVAL)
		return error;
	h->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	if (mtu != 0)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
	return netlink_talk(t, h);
}

static size_t
addr_size(uint8_t af)
{
	return af == AF_INET ? 4 : 16;
}

int
netlink_addr(struct nltalk *t, int ifindex, const struct io_addr *a)
{
	char buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	ifa = mnl_nlmsg_put_extra_header(h, sizeof(*ifa));
	ifa->ifa_family = a->af;
	ifa->ifa_prefixlen = a->plen;
	ifa->ifa_flags = a->af == AF_INET6 ? IFA_F_NODAD : 0;
	ifa->ifa_index = (uint32_t)ifindex;
	mnl_attr_put(h, IFA_LOCAL, addr_size(a->af), a->addr);
	mnl_attr_put(h, IFA_ADDRESS, addr_size(a->af), a->addr);
	return netlink_talk(t, h);
}

int
netlink_default(struct nltalk *t, int ifindex, uint8_t af,
    const struct io_addr *via)
{
	char buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;

	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));
	rt->rtm_family = af;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_scope = via != NULL || af == AF_INET6 ? RT_SCOPE_UNIVERSE :
	    RT_SCOPE_LINK;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
	if (via != NULL)
		mnl_attr_put(h, RTA_GATEWAY, addr_size(af), via->addr);
	return netlink_talk(t, h);
}
