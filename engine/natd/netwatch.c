/* SPDX-License-Identifier: ISC */
/*
 * Netlink's sockets in the control thread's loop.
 */
#include "engine/natd/netwatch.h"

#include <errno.h>
#include <event2/event.h>
#include <unistd.h>

#include "engine/io/hosthop.h"
#include "engine/io/hostnet.h"
#include "engine/io/hostway.h"
#include "engine/natd/daemon.h"
#include "engine/natd/loader.h"
#include "engine/natd/log.h"

#define SETTLE_US 20000

static void
settle(struct event *ev)
{
	const struct timeval tv = { .tv_usec = SETTLE_US };

	if (!event_pending(ev, EV_TIMEOUT, NULL))
		event_add(ev, &tv);
}

static void
on_net(evutil_socket_t fd, short what, void *arg)
{
	struct natd *natd = arg;

	(void)what;
	if (hostnet_changed(fd))
		settle(natd->net);
}

static void
on_way(evutil_socket_t fd, short what, void *arg)
{
	struct natd *natd = arg;

	(void)what;
	if (hostway_changed(fd))
		settle(natd->net);
}

static void
on_hop(evutil_socket_t fd, short what, void *arg)
{
	struct natd *natd = arg;

	(void)what;
	if (hosthop_changed(fd))
		settle(natd->hops);
}

static void
on_hops_settled(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loader_links(arg);
}

static void
on_net_settled(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loader_interfaces(arg);
}

/* An event for what a descriptor says, or its error. */
static struct event *
watch(struct natd *natd, int fd, event_callback_fn fn)
{
	struct event *ev;

	if (fd < 0) {
		errno = -fd;
		fatal("cannot watch the interfaces of this host");
	}
	ev = event_new(natd->base, fd, EV_READ | EV_PERSIST, fn, natd);
	if (ev == NULL || event_add(ev, NULL) != 0)
		fatalx("interfaces");
	return ev;
}

static void
unwatch(struct event *ev)
{
	close(event_get_fd(ev));
	event_free(ev);
}

void
netwatch_start(struct natd *natd)
{
	int way;

	natd->net = event_new(natd->base, -1, 0, on_net_settled, natd);
	natd->hops = event_new(natd->base, -1, 0, on_hops_settled, natd);
	if (natd->net == NULL || natd->hops == NULL)
		fatalx("interfaces");
	natd->net_says = watch(natd, hostnet_watch(), on_net);
	natd->hop_says = watch(natd, hosthop_watch(), on_hop);
	/* without nf_tables there is nothing to divert, and nothing to say */
	if ((way = hostway_watch()) >= 0)
		natd->way_says = watch(natd, way, on_way);
	/* what has changed since they were read */
	loader_interfaces(natd);
}

void
netwatch_stop(struct natd *natd)
{
	unwatch(natd->net_says);
	unwatch(natd->hop_says);
	if (natd->way_says != NULL)
		unwatch(natd->way_says);
	event_free(natd->net);
	event_free(natd->hops);
}

