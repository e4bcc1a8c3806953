/* SPDX-License-Identifier: ISC */
/*
 * Rules and routes by rtnetlink.
 */
#include "engine/io/hostroute.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/io/mark.h"
#include "engine/io/nltalk.h"

#define LAST_METRIC UINT32_MAX
#define ROUTE_PROTO 110		/* 'n': who has set it */
#define TABLE_ROUTES 8		/* of one table, at the most */
#define LOOPBACK 1		/* its number in every namespace */

/* Packets with these marks are routed by this table; 0: not at all. */
struct policy {
	uint32_t mark, mask, table;
};

struct policies {
	struct policy *v;
	unsigned n;
};

static int
rule(struct nltalk *s, uint16_t type, uint16_t flags, uint8_t af,
    const struct policy *p)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_ACK | flags;
	r->family = af;
	r->action = p->table != 0 ? FR_ACT_TO_TBL : FR_ACT_UNREACHABLE;
	mnl_attr_put_u32(h, FRA_PRIORITY, HOSTROUTE_PRIORITY +
	    (p->table == 0));
	mnl_attr_put_u32(h, FRA_FWMARK, p->mark);
	mnl_attr_put_u32(h, FRA_FWMASK, p->mask);
	if (p->table != 0)
		mnl_attr_put_u32(h, FRA_TABLE, p->table);
	return nltalk_ask(s, h, NULL, NULL);
}

static struct nlmsghdr *
route_head(char *buf, uint16_t type, uint16_t flags, uint8_t af,
    uint32_t table)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_ACK | flags;
	rt->rtm_family = af;
	rt->rtm_table = RT_TABLE_COMPAT;
	rt->rtm_protocol = ROUTE_PROTO;
	rt->rtm_scope = RT_SCOPE_UNIVERSE;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_TABLE, table);
	return h;
}

static struct rtmsg *
route_msg(struct nlmsghdr *h)
{
	return mnl_nlmsg_get_payload(h);
}

/* Nothing is left when this fails: until the table is empty. */
static void
routes_clear(struct nltalk *s, uint8_t af, uint32_t table)
{
	struct nlmsghdr *h;
	char buf[256];
	unsigned i;

	for (i = 0; i < TABLE_ROUTES; i++) {
		h = route_head(buf, RTM_DELROUTE, 0, af, table);
		route_msg(h)->rtm_scope = RT_SCOPE_NOWHERE;
		route_msg(h)->rtm_type = RTN_UNSPEC;
		route_msg(h)->rtm_protocol = RTPROT_UNSPEC;
		if (nltalk_ask(s, h, NULL, NULL) != 0)
			return;
	}
}

/* What is left when the way is gone. */
static int
route_last(struct nltalk *s, uint8_t af, uint32_t table)
{
	char buf[256];
	struct nlmsghdr *h = route_head(buf, RTM_NEWROUTE, NLM_F_CREATE |
	    NLM_F_REPLACE, af, table);

	route_msg(h)->rtm_type = RTN_UNREACHABLE;
	mnl_attr_put_u32(h, RTA_PRIORITY, LAST_METRIC);
	return nltalk_ask(s, h, NULL, NULL);
}

static int
route_way(struct nltalk *s, uint8_t af, uint32_t table,
    const struct addr *gw, uint32_t ifindex)
{
	char buf[256];
	struct nlmsghdr *h = route_head(buf, RTM_NEWROUTE, NLM_F_CREATE |
	    NLM_F_REPLACE, af, table);

	if (gw == NULL) {
		route_msg(h)->rtm_type = RTN_UNREACHABLE;
	} else if (!addr_is_zero(gw)) {
		mnl_attr_put(h, RTA_GATEWAY, af == AF_INET ? 4 : 16, gw);
		if (ifindex != 0)
			route_msg(h)->rtm_flags = RTNH_F_ONLINK;
	} else if (af == AF_INET) {
		route_msg(h)->rtm_scope = RT_SCOPE_LINK;
	}
	if (ifindex != 0)
		mnl_attr_put_u32(h, RTA_OIF, ifindex);
	return nltalk_ask(s, h, NULL, NULL);
}

int
hostroute_set(uint16_t n, uint8_t af, const struct addr *gw, uint32_t ifindex)
{
	uint32_t table = mark_make(MARK_WAY, n);
	const struct policy p = { table, UINT32_MAX, table };
	struct nltalk s;
	int error;

	if ((error = nltalk_open(&s, NETLINK_ROUTE)) != 0)
		return error;
	error = route_last(&s, af, table);
	if (error == 0)
		error = rule(&s, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, af,
		    &p);
	if (error == 0 || error == -EEXIST)
		error = route_way(&s, af, table, gw, ifindex);
	nltalk_close(&s);
	return error;
}

void
hostroute_unset(uint16_t n, uint8_t af)
{
	uint32_t table = mark_make(MARK_WAY, n);
	const struct policy p = { table, UINT32_MAX, table };
	struct nltalk s;

	if (nltalk_open(&s, NETLINK_ROUTE) != 0)
		return;
	(void)rule(&s, RTM_DELRULE, 0, af, &p);
	routes_clear(&s, af, table);
	nltalk_close(&s);
}

static int
route_local(struct nltalk *s, uint8_t af, uint32_t table)
{
	char buf[256];
	struct nlmsghdr *h = route_head(buf, RTM_NEWROUTE, NLM_F_CREATE |
	    NLM_F_REPLACE, af, table);

	route_msg(h)->rtm_type = RTN_LOCAL;
	route_msg(h)->rtm_scope = RT_SCOPE_HOST;
	mnl_attr_put_u32(h, RTA_OIF, LOOPBACK);
	return nltalk_ask(s, h, NULL, NULL);
}

static int
sockets_family(struct nltalk *s, uint8_t af)
{
	const uint32_t mark = mark_make(MARK_SOCKET, 0);
	const struct policy p = { mark, MARK_KIND_MASK, mark };
	int error = route_local(s, af, mark);

	if (error == 0)
		error = rule(s, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, af,
		    &p);
	return error == -EEXIST || error == -EAFNOSUPPORT ||
	    error == -EOPNOTSUPP ? 0 : error;
}

int
hostroute_sockets(void)
{
	struct nltalk s;
	int error;

	if ((error = nltalk_open(&s, NETLINK_ROUTE)) != 0)
		return error;
	if ((error = sockets_family(&s, AF_INET)) == 0)
		error = sockets_family(&s, AF_INET6);
	nltalk_close(&s);
	return error;
}

static int
table_family(struct nltalk *s, uint8_t af, uint8_t n)
{
	const uint32_t mark = mark_make(MARK_TABLE, n);
	const struct policy p[] = {
		{ mark, UINT32_MAX, n == 0 ? RT_TABLE_MAIN : n },
		{ mark, UINT32_MAX, 0 },
	};
	int error = 0;
	size_t i;

	for (i = 0; i < 2 && error == 0; i++)
		if ((error = rule(s, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL,
		    af, &p[i])) == -EEXIST)
			error = 0;
	return error == -EAFNOSUPPORT || error == -EOPNOTSUPP ? 0 : error;
}

int
hostroute_table(uint8_t n)
{
	struct nltalk s;
	int error;

	if ((error = nltalk_open(&s, NETLINK_ROUTE)) != 0)
		return error;
	if ((error = table_family(&s, AF_INET, n)) == 0)
		error = table_family(&s, AF_INET6, n);
	nltalk_close(&s);
	return error;
}

static uint32_t
read_rule(const struct nlmsghdr *h, struct policy *p)
{
	const struct nlattr *a;
	uint32_t priority = 0;

	*p = (struct policy){ 0 };
	mnl_attr_for_each(a, h, sizeof(struct fib_rule_hdr)) {
		switch (mnl_attr_get_type(a)) {
		case FRA_PRIORITY:
			priority = mnl_attr_get_u32(a);
			break;
		case FRA_FWMARK:
			p->mark = mnl_attr_get_u32(a);
			break;
		case FRA_FWMASK:
			p->mask = mnl_attr_get_u32(a);
			break;
		case FRA_TABLE:
			p->table = mnl_attr_get_u32(a);
			break;
		default:
			break;
		}
	}
	return priority;
}

void
hostroute_read(const struct nlmsghdr *h, uint32_t *priority, uint32_t *mark)
{
	struct policy p;

	*priority = read_rule(h, &p);
	*mark = p.mark;
}

bool
hostroute_own(uint32_t priority, uint32_t mark)
{
	return mark_natd(mark) && (priority == HOSTROUTE_PRIORITY ||
	    priority == HOSTROUTE_PRIORITY + 1);
}

static int
take_rule(const struct nlmsghdr *h, void *arg)
{
	struct policies *all = arg;
	struct policy p, *v;
	uint32_t priority = read_rule(h, &p);

	if (!hostroute_own(priority, p.mark))
		return MNL_CB_OK;
	if (priority != HOSTROUTE_PRIORITY)
		p.table = 0;
	if ((v = reallocarray(all->v, all->n + 1, sizeof(*v))) == NULL)
		return MNL_CB_ERROR;
	all->v = v;
	all->v[all->n++] = p;
	return MNL_CB_OK;
}

static int
clear_family(struct nltalk *s, uint8_t af)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	struct policies t = { 0 };
	unsigned i;
	int error;

	h->nlmsg_type = RTM_GETRULE;
	h->nlmsg_flags = NLM_F_DUMP;
	r->family = af;
	error = nltalk_ask(s, h, take_rule, &t);
	for (i = 0; i < t.n; i++) {
		(void)rule(s, RTM_DELRULE, 0, af, &t.v[i]);
		/* others' tables keep what they have */
		if (mark_natd(t.v[i].table))
			routes_clear(s, af, t.v[i].table);
	}
	free(t.v);
	return error == -EAFNOSUPPORT || error == -EOPNOTSUPP ? 0 : error;
}

int
hostroute_clear(void)
{
	struct nltalk s;
	int error, error6;

	if ((error = nltalk_open(&s, NETLINK_ROUTE)) != 0)
		return error;
	error = clear_family(&s, AF_INET);
	error6 = clear_family(&s, AF_INET6);
	nltalk_close(&s);
	return error != 0 ? error : error6;
}
