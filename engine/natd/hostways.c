/* SPDX-License-Identifier: ISC */
/*
 * Numbers of next hops, and the kernel's tables for them.
 */
#include "engine/natd/hostways_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fast/hash.h"
#include "engine/io/hosthop.h"
#include "engine/io/hostnet.h"
#include "engine/io/hostroute.h"
#include "engine/io/mark.h"
#include "engine/natd/ifnames.h"
#include "engine/natd/log.h"

/* Idle ones that are kept without a look at who still has them. */
#define HOPS_IDLE 64
/* s: what a worker chose before nobody asked for it any more is a state now */
#define HOPS_REST 2

struct hostways *
hostways_new(void)
{
	return calloc(1, sizeof(struct hostways));
}

void
hostways_free(struct hostways *hw)
{
	if (hw == NULL)
		return;
	free(hw->v);
	free(hw->links);
	free(hw->tables);
	free(hw);
}

static unsigned
bucket(const struct hop *like, uint8_t af, const struct addr *gw)
{
	static const uint64_t key[2];
	uint64_t w[5] = { 0 };

	memcpy(&w[0], gw, sizeof(*gw));
	memcpy(&w[2], like->ifname, strlen(like->ifname));
	w[4] = (uint64_t)af << 1 | like->copies;
	return siphash13_words(key, w, 5) % HOP_BUCKETS;
}

struct hop *
hostways_find(const struct hostways *hw, const struct hop *like, uint8_t af,
    const struct addr *gw)
{
	struct hop *h;
	unsigned i;

	for (i = hw->bucket[bucket(like, af, gw)]; i != 0; i = h->next) {
		h = &hw->v[i - 1];
		if (h->af == af && h->copies == like->copies &&
		    addr_equal(&h->gw, gw) &&
		    strcmp(h->ifname, like->ifname) == 0)
			return h;
	}
	return NULL;
}

/* Give a number to who has none yet. */
static void
insert(struct hostways *hw, struct hop *h)
{
	uint16_t *first = &hw->bucket[bucket(h, h->af, &h->gw)];

	h->next = *first;
	*first = (uint16_t)(h - hw->v + 1);
}

/* The number is free then. */
static void
forget(struct hostways *hw, struct hop *h)
{
	uint16_t *at = &hw->bucket[bucket(h, h->af, &h->gw)];

	while (*at != h - hw->v + 1)
		at = &hw->v[*at - 1].next;
	*at = h->next;
	memset(h, 0, sizeof(*h));
	hw->nfree++;
}

/* A number that is free, or one more; NULL: there is none, or no memory. */
static struct hop *
number(struct hostways *hw)
{
	struct hop *v;
	unsigned i;

	for (i = 0; i < hw->n && hw->nfree > 0; i++)
		if (hw->v[i].af == 0) {
			hw->nfree--;
			return &hw->v[i];
		}
	if (hw->n == MARK_ARG_MASK) {
		hw->error = -E2BIG;
		return NULL;
	}
	if ((v = reallocarray(hw->v, hw->n + 1, sizeof(*v))) == NULL) {
		hw->error = -ENOMEM;
		return NULL;
	}
	hw->v = v;
	return &v[hw->n++];
}

void
hostways_add(struct hostways *hw, const struct hop *like, uint8_t af,
    const struct addr *gw)
{
	struct hop *h = hostways_find(hw, like, af, gw);

	if (h == NULL) {
		if ((h = number(hw)) == NULL)
			return;
		*h = *like;
		h->af = af;
		h->gw = *gw;
		insert(hw, h);
		hw->news = true;
	}
	h->asked = true;
}

bool
hostways_news(const struct hostways *hw)
{
	return hw->news;
}

/* Nobody has asked for it for so long that only states can have it. */
static bool
is_idle(const struct hop *h, uint32_t now)
{
	return h->af != 0 && !h->asked && !addr_is_zero(&h->gw) &&
	    now - h->idle >= HOPS_REST;
}

bool
hostways_idle(struct hostways *hw, uint32_t now)
{
	unsigned i, n = 0;

	for (i = 0; i < hw->n; i++) {
		n += is_idle(&hw->v[i], now);
		hw->v[i].used = false;
	}
	/* those that states have are not looked for again each time */
	return n > HOPS_IDLE + 2 * hw->kept;
}

void
hostways_used(struct hostways *hw, const struct addr *gw)
{
	unsigned i;

	for (i = 0; i < hw->n; i++)
		if (!hw->v[i].asked && addr_equal(&hw->v[i].gw, gw))
			hw->v[i].used = true;
}

void
hostways_release(struct hostways *hw, uint32_t now)
{
	struct hop *h;
	unsigned i;

	hw->kept = 0;
	for (i = 0; i < hw->n; i++) {
		h = &hw->v[i];
		if (!is_idle(h, now))
			continue;
		if (h->used) {
			hw->kept++;
			continue;
		}
		if (!h->copies)
			hostroute_unset((uint16_t)(i + 1), h->af);
		forget(hw, h);
		hw->news = true;
	}
}

int
hostways_ifset(struct hostways *hw, struct ifnames *names,
    struct ifset *set)
{
	struct ifway *v = calloc(hw->n + 1, sizeof(*v));
	unsigned i;
	int error;

	if (v == NULL)
		return -ENOMEM;
	for (i = 0; i < hw->n; i++) {
		v[i].af = hw->v[i].af;
		v[i].gw = hw->v[i].gw;
		v[i].copies = hw->v[i].copies;
		if (hw->v[i].ifname[0] != '\0')
			v[i].ifidx = ifnames_get(names, hw->v[i].ifname);
	}
	if ((error = ifset_ways(set, v, (uint16_t)hw->n)) == 0)
		hw->news = false;
	free(v);
	return error;
}

static uint32_t
ifindex_of(const struct hostnet *net, const char *name)
{
	unsigned i;

	for (i = 0; i < net->nifs; i++)
		if (strcmp(net->ifs[i].name, name) == 0)
			return net->ifs[i].ifindex;
	return 0;
}

static bool
is_own(const struct hop *h, const struct hostnet *net, uint32_t ifindex)
{
	bool each = ifindex != 0 && addr_is_linklocal(h->af, &h->gw);
	const struct hostnet_addr *ha;
	unsigned i;

	for (i = 0; i < net->naddrs; i++) {
		ha = &net->addrs[i];
		if (ha->a.af == h->af && addr_equal(&ha->a.addr, &h->gw) &&
		    (!each || ha->ifindex == ifindex))
			return true;
	}
	return false;
}

static int
apply_route(const struct hop *h, uint16_t n, const struct hostnet *net)
{
	uint32_t ifindex = 0;
	int error;

	if (h->ifname[0] != '\0' &&
	    (ifindex = ifindex_of(net, h->ifname)) == 0)
		return -ENODEV;
	if (!is_own(h, net, ifindex))
		return hostroute_set(n, h->af, &h->gw, ifindex);
	/* the kernel would take it, and have the packets come back */
	error = hostroute_set(n, h->af, NULL, 0);
	return error != 0 ? error : -EADDRINUSE;
}

static void
apply_tables(struct hostways *hw)
{
	unsigned i;
	int error;

	for (i = 0; i < 256; i++) {
		if (hw->rtables[i] != 1)
			continue;
		if ((error = hostroute_table((uint8_t)i)) != 0)
			log_warnx("rtable %u: %s", i, strerror(-error));
		else
			hw->rtables[i] = 3;
	}
}

/* What has come of a hop, if that is news; -EAGAIN never lasts. */
static void
say(struct hop *h, int error)
{
	char gw[INET6_ADDRSTRLEN];

	if (error == -EAGAIN)
		return;
	if (error != 0 && error != h->error)
		log_warnx("next hop %s%s%s%s: %s", addr_is_zero(&h->gw) ? "" :
		    inet_ntop(h->af, &h->gw, gw, sizeof(gw)),
		    h->ifname[0] != '\0' ? " on " : "", h->ifname,
		    h->copies ? " of dup-to" : "",
		    error == -EDESTADDRREQ ? "its link needs an address" :
		    error == -EADDRINUSE ? "it is an address of this host" :
		    strerror(-error));
	h->error = error;
}

void
hostways_lost(struct hostways *hw)
{
	unsigned i;

	for (i = 0; i < hw->n; i++)
		hw->v[i].set = false;
}

void
hostways_apply(struct hostways *hw, const struct hostnet *net)
{
	struct hop *h;
	unsigned i;
	int error;

	if (!hw->clean)
		hostways_clear(hw);
	apply_tables(hw);
	for (i = 0; i < hw->n; i++) {
		h = &hw->v[i];
		if (h->copies || h->af == 0 || h->set)
			continue;
		error = apply_route(h, (uint16_t)(i + 1), net);
		h->set = error == 0;
		say(h, error);
	}
}

static int
find_link(const struct hop *h, const struct hostnet *net, struct copy_hop *to)
{
	uint32_t ifindex = 0;

	if (h->ifname[0] != '\0' &&
	    (ifindex = ifindex_of(net, h->ifname)) == 0)
		return -ENODEV;
	if (is_own(h, net, ifindex))
		return -EADDRINUSE;
	return hosthop_find(net, h->af, &h->gw, ifindex, to);
}

unsigned
hostways_links(struct hostways *hw, const struct hostnet *net,
    const struct copy_hop **out)
{
	struct copy_hop *v;
	bool any = false;
	unsigned i;

	*out = NULL;
	for (i = 0; i < hw->n && !any; i++)
		any = hw->v[i].copies;
	if (!any || (v = calloc(hw->n, sizeof(*v))) == NULL)
		return 0;
	for (i = 0; i < hw->n; i++)
		/* states may still want what no rule asks for: not forever */
		if (hw->v[i].copies && (hw->v[i].asked ||
		    hw->v[i].error != -EHOSTUNREACH))
			say(&hw->v[i], find_link(&hw->v[i], net, &v[i]));
	free(hw->links);
	*out = hw->links = v;
	return hw->n;
}

void
hostways_clear(struct hostways *hw)
{
	int error = hostroute_clear();
	unsigned i;

	if (error != 0)
		log_warnx("cannot remove the routing tables of route options: "
		    "%s", strerror(-error));
	for (i = 0; i < 256; i++)
		hw->rtables[i] &= 1;
	hostways_lost(hw);
	hw->clean = true;
}
