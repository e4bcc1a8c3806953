/* SPDX-License-Identifier: ISC */
/*
 * Routes to next hops, and neighbours.
 */
#include "engine/io/hosthop.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/io/hostnet.h"
#include "engine/io/netnews.h"
#include "engine/io/nltalk.h"

/* States in which the address is good, and those in which nobody asks. */
#define NUD_GOOD (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | \
	NUD_STALE | NUD_DELAY)
#define NUD_QUIET (NUD_NONE | NUD_STALE | NUD_FAILED)

static unsigned
addr_len(uint8_t af)
{
	return af == AF_INET ? 4 : 16;
}

struct found {
	uint8_t af;		/* of the packets */
	uint8_t gw_af, type;
	uint32_t ifindex;
	struct addr gw;		/* whom the link's address is asked of */
};

static void
take_gateway(struct found *f, uint8_t af, const void *gw, size_t len)
{
	if ((af != AF_INET && af != AF_INET6) || len != addr_len(af))
		return;
	f->gw_af = af;
	memset(&f->gw, 0, sizeof(f->gw));
	memcpy(&f->gw, gw, len);
}

/* RFC 5549: IPv4 by an IPv6 neighbour. */
static void
take_via(struct found *f, const struct nlattr *a)
{
	const struct rtvia *via = mnl_attr_get_payload(a);
	size_t len = mnl_attr_get_payload_len(a);

	if (len > sizeof(*via))
		take_gateway(f, (uint8_t)via->rtvia_family, via->rtvia_addr,
		    len - sizeof(*via));
}

static int
take_route(const struct nlmsghdr *h, void *arg)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	struct found *f = arg;
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	f->type = rt->rtm_type;
	mnl_attr_for_each(a, h, sizeof(*rt)) {
		if (mnl_attr_get_type(a) == RTA_OIF)
			f->ifindex = mnl_attr_get_u32(a);
		if (mnl_attr_get_type(a) == RTA_GATEWAY)
			take_gateway(f, f->af, mnl_attr_get_payload(a),
			    mnl_attr_get_payload_len(a));
		if (mnl_attr_get_type(a) == RTA_VIA)
			take_via(f, a);
	}
	return MNL_CB_OK;
}

/* The link of a gateway; one behind another becomes that one. */
static int
find_route(struct nltalk *s, struct found *f)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));
	int error;

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_ACK;
	rt->rtm_family = f->af;
	rt->rtm_dst_len = (uint8_t)(addr_len(f->af) * 8);
	mnl_attr_put(h, RTA_DST, addr_len(f->af), &f->gw);
	if ((error = nltalk_ask(s, h, take_route, f)) != 0)
		return error;
	return f->type == RTN_UNICAST && f->ifindex != 0 ? 0 : -ENETUNREACH;
}

struct neighbour {
	uint16_t state;
	uint8_t len;
	uint8_t addr[HOSTNET_LINK_ADDR];
};

static int
take_neighbour(const struct nlmsghdr *h, void *arg)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(h);
	struct neighbour *n = arg;
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWNEIGH)
		return MNL_CB_OK;
	n->state = nd->ndm_state;
	mnl_attr_for_each(a, h, sizeof(*nd)) {
		if (mnl_attr_get_type(a) != NDA_LLADDR ||
		    mnl_attr_get_payload_len(a) != sizeof(n->addr))
			continue;
		n->len = sizeof(n->addr);
		memcpy(n->addr, mnl_attr_get_payload(a), sizeof(n->addr));
	}
	return MNL_CB_OK;
}

static int
neighbour_talk(struct nltalk *s, uint16_t type, uint16_t flags,
    const struct found *f, struct neighbour *n)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(h, sizeof(*nd));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_ACK | flags;
	nd->ndm_family = f->gw_af;
	nd->ndm_ifindex = (int)f->ifindex;
	if (type == RTM_NEWNEIGH)
		nd->ndm_flags = NTF_USE;
	mnl_attr_put(h, NDA_DST, addr_len(f->gw_af), &f->gw);
	return nltalk_ask(s, h, take_neighbour, n);
}

/* What the kernel knows of it; it is asked to look where it would not. */
static int
find_neighbour(struct nltalk *s, const struct found *f,
    struct neighbour *n)
{
	int error = neighbour_talk(s, RTM_GETNEIGH, 0, f, n);

	if (error != 0 && error != -ENOENT)
		return error;
	if (n->state == NUD_NONE || n->state & NUD_QUIET)
		error = neighbour_talk(s, RTM_NEWNEIGH, NLM_F_CREATE |
		    NLM_F_REPLACE, f, n);
	else
		error = 0;
	if (error != 0)
		return error;
	if (n->state & NUD_GOOD && n->len > 0)
		return 0;
	return n->state & NUD_FAILED ? -EHOSTUNREACH : -EAGAIN;
}

static const struct hostnet_if *
find_if(const struct hostnet *net, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < net->nifs; i++)
		if (net->ifs[i].ifindex == ifindex)
			return &net->ifs[i];
	return NULL;
}

/* The header of an Ethernet frame to there, as far as it is known here. */
static int
ethernet(struct nltalk *s, const struct hostnet_if *ifp,
    const struct found *f, struct copy_hop *hop)
{
	struct neighbour n = { .state = NUD_NONE };
	int error = 0;

	if (!ifp->noarp) {
		if (addr_is_zero(&f->gw))
			return -EDESTADDRREQ;
		if ((error = find_neighbour(s, f, &n)) != 0)
			return error;
	}
	hop->len = ETH_HLEN;
	memcpy(hop->header, n.addr, ETH_ALEN);
	memcpy(hop->header + ETH_ALEN, ifp->link, ETH_ALEN);
	return 0;
}

static int
on_link(struct nltalk *s, const struct hostnet *net,
    const struct found *f, struct copy_hop *hop)
{
	const struct hostnet_if *ifp = find_if(net, f->ifindex);
	int error = 0;

	if (ifp == NULL)
		return -ENODEV;
	if (ifp->flags & IFACE_LOOPBACK)
		return -ENETUNREACH;
	if ((ifp->flags & IFACE_UP) == 0)
		return -ENETDOWN;
	switch (ifp->type) {
	case ARPHRD_ETHER:
		error = ethernet(s, ifp, f, hop);
		break;
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		break;
	default:
		error = -EPROTONOSUPPORT;
		break;
	}
	if (error != 0)
		return error;
	hop->mtu = ifp->mtu;
	hop->ifindex = ifp->ifindex;
	return 0;
}

int
hosthop_find(const struct hostnet *net, uint8_t af, const struct addr *gw,
    uint32_t ifindex, struct copy_hop *hop)
{
	struct found f = {
		.af = af, .gw_af = af, .ifindex = ifindex, .gw = *gw,
	};
	struct nltalk s;
	int error;

	memset(hop, 0, sizeof(*hop));
	if ((error = nltalk_open(&s, NETLINK_ROUTE)) != 0)
		return error;
	if (ifindex == 0)
		error = find_route(&s, &f);
	if (error == 0)
		error = on_link(&s, net, &f, hop);
	nltalk_close(&s);
	return error;
}

int
hosthop_watch(void)
{
	return netnews_open(RTMGRP_NEIGH);
}

static int
matters(const struct nlmsghdr *h, void *arg)
{
	bool *yes = arg;

	*yes |= h->nlmsg_type == RTM_NEWNEIGH || h->nlmsg_type == RTM_DELNEIGH;
	return MNL_CB_OK;
}

bool
hosthop_changed(int fd)
{
	return netnews_any(fd, matters);
}
