/* SPDX-License-Identifier: ISC */
/*
 * rtnetlink by libmnl: one request, one acknowledgement.
 */
#include "engine/io/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct netlink {
	struct mnl_socket *sock;
	uint32_t seq;
};

int
netlink_open(struct netlink **out)
{
	struct netlink *nl;
	int error;

	if ((nl = calloc(1, sizeof(*nl))) == NULL)
		return -ENOMEM;
	nl->seq = (uint32_t)time(NULL);
	if ((nl->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)) ==
	    NULL || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		error = -errno;
		netlink_close(nl);
		return error;
	}
	*out = nl;
	return 0;
}

void
netlink_close(struct netlink *nl)
{
	if (nl == NULL)
		return;
	if (nl->sock != NULL)
		mnl_socket_close(nl->sock);
	free(nl);
}

static int
netlink_talk(struct netlink *nl, struct nlmsghdr *h)
{
	char buf[8192];
	ssize_t n;

	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->sock, h, h->nlmsg_len) < 0)
		return -errno;
	if ((n = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf))) < 0)
		return -errno;
	if (mnl_cb_run(buf, (size_t)n, nl->seq,
	    mnl_socket_get_portid(nl->sock), NULL, NULL) < 0)
		return -errno;
	return 0;
}

/* No kernel's link-local address: natd answers no neighbour discovery. */
static int
netlink_no_linklocal(struct netlink *nl, int ifindex)
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
	return netlink_talk(nl, h);
}

int
netlink_link(struct netlink *nl, int ifindex, uint32_t mtu)
{
	char buf[512];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int error;

	/* a kernel without IPv6 has none to make */
	error = netlink_no_linklocal(nl, ifindex);
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
	return netlink_talk(nl, h);
}

static size_t
addr_size(uint8_t af)
{
	return af == AF_INET ? 4 : 16;
}

int
netlink_addr(struct netlink *nl, int ifindex, const struct io_addr *a)
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
	return netlink_talk(nl, h);
}

int
netlink_default(struct netlink *nl, int ifindex, uint8_t af,
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
	return netlink_talk(nl, h);
}
