/* SPDX-License-Identifier: ISC */
/*
 * The host's own interfaces: the kernel routes, natd is asked by hooks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/copy.h"
#include "engine/io/hostroute.h"
#include "engine/io/hostway.h"
#include "engine/natd/hostif.h"
#include "engine/natd/hostsock.h"
#include "engine/natd/hostways.h"
#include "engine/natd/log.h"
#include "engine/natd/planes_impl.h"
#include "engine/natd/targets.h"

bool
planes_is_host(const struct plane *p)
{
	return p->ops == &io_divert;
}

void
planes_unhost(struct planes *p)
{
	if (p->hooks != HOOKS_NONE && hooks_clear() != 0)
		log_warn("cannot remove the hooks of divert");
	if (p->net != NULL)
		hostif_release(p->net, NULL);
	udpgro_want(p->gro, NULL, 0, "off (nothing is filtered)");
	p->hooks = HOOKS_NONE;
	p->fault[0] = '\0';
}

const struct plane *
planes_host(const struct planes *p)
{
	unsigned i;

	for (i = 0; i < p->n; i++)
		if (planes_is_host(p->v[i]))
			return p->v[i];
	return NULL;
}

/* What is for a socket of this host by divert-to is routed to it. */
static void
planes_sockets(struct planes *p)
{
	int error;

	if (!p->hooking || !targets_used(p->targets))
		return;
	if ((error = hostroute_sockets()) != 0)
		log_warnx("cannot set the routes of divert-to: %s",
		    strerror(-error));
}

int
planes_look(struct planes *p)
{
	struct hostnet *net;
	int error;

	if ((error = hostnet_read(&net)) != 0) {
		log_warnx("cannot read the interfaces of this host: %s",
		    strerror(-error));
		return error;
	}
	/* a link that was gone for a moment took its routes along */
	hostways_lost(p->ways);
	if (p->net != NULL && !p->again && hostnet_equal(p->net, net)) {
		hostnet_free(net);
		if (p->hooking)
			hostways_apply(p->ways, p->net);
		planes_sockets(p);
		return 0;
	}
	hostnet_free(p->net);
	p->net = net;
	p->again = false;
	return 1;
}

bool
planes_links(struct planes *p)
{
	const struct copy_hop *v;
	struct copy_hop *now;
	unsigned n;

	if (planes_host(p) == NULL || p->net == NULL || !p->hooking)
		return false;
	n = hostways_links(p->ways, p->net, &v);
	if (n == p->nhops && (n == 0 ||
	    memcmp(v, p->hops, n * sizeof(*v)) == 0))
		return false;
	if ((now = calloc(n + 1, sizeof(*now))) == NULL)
		return false;
	if (n > 0)
		memcpy(now, v, n * sizeof(*v));
	free(p->hops);
	p->hops = now;
	p->nhops = n;
	return true;
}

struct divert_map *
planes_renumber(struct planes *p)
{
	const struct plane *host = planes_host(p);
	uint32_t ifindex[IFACE_MAX] = { 0 }, mtu[IFACE_MAX] = { 0 };
	struct divert_spec spec = { .ifindex = ifindex, .mtu = mtu };
	struct divert_map *m;

	if (host == NULL || p->net == NULL)
		return NULL;
	hostif_numbers(&p->names, p->net, ifindex, mtu);
	if (p->socks != NULL)
		hostsock_number(p->socks, ifindex, IFACE_MAX);
	(void)planes_links(p);
	spec.n = p->names.n + 1u;
	spec.hops = p->hops;
	spec.nhops = p->nhops;
	if ((m = divert_map_new(&spec)) == NULL) {
		log_warnx("no memory for the map of interfaces");
		return NULL;
	}
	return divert_map_set(host->port, m);
}

/* A switch of the kernel's, while a rule needs it. */
static void
planes_switch(struct planes *p, enum hostnet_switch sw, bool on)
{
	int error = 0;

	if (on != p->ours[sw])
		error = hostnet_switch(sw, on, &p->ours[sw]);
	if (error != 0)
		log_warnx("cannot set %s, which a rule needs: %s",
		    hostnet_switch_name(sw), strerror(-error));
}

static void
planes_switches(struct planes *p, const struct ruleset *rs)
{
	planes_switch(p, HOSTNET_ROUTE_LOCAL, rs != NULL &&
	    hostif_needs(rs, HOSTIF_LOOPBACK));
	planes_switch(p, HOSTNET_KEEP_PRIO, rs != NULL &&
	    hostif_needs(rs, HOSTIF_PRIO));
}

/* Have the kernel gather UDP where natd is asked about it. */
static void
gather(struct planes *p, const struct ruleset *rs)
{
	const char *why = "none";
	struct udpgro_if *v;
	unsigned n = 0, i;

	if (rs->options.no_udp_gro)
		why = "off (set udp-gro no)";
	else if (hostif_needs(rs, HOSTIF_SINGLES))
		why = "off (a rule looks at each datagram)";
	if ((v = calloc(p->net->nifs + 1, sizeof(*v))) == NULL)
		return;
	for (i = 0; i < p->net->nifs && strcmp(why, "none") == 0; i++) {
		if (!hostif_guards(rs, &p->net->ifs[i]))
			continue;
		v[n].ifindex = p->net->ifs[i].ifindex;
		strlcpy(v[n++].name, p->net->ifs[i].name, sizeof(v->name));
	}
	udpgro_want(p->gro, v, n, why);
	free(v);
}

void
planes_gro(const struct planes *p, char *text, size_t len)
{
	udpgro_text(p->gro, text, len);
}

void
planes_expect(struct planes *p, const struct ruleset *rs)
{
	const struct plane *host = planes_host(p);

	if (host != NULL && hostif_needs(rs, HOSTIF_OWNERS))
		divert_flags(host->port, rs->options.overload_pass, true);
	/* else a packet would meet a mark's rules too early */
	if (host != NULL && targets_used(p->targets)) {
		planes_sockets(p);
		(void)planes_hook(p, rs, false);
	}
}

/* What has come of the hooks, if that is news. */
static void
say_hooks(struct planes *p, int error, const char *why, bool start)
{
	char now[sizeof(p->fault)] = "";

	if (error != 0)
		snprintf(now, sizeof(now), "%s%s", why, p->hooks ==
		    HOOKS_NONE ? "" : "; those of before stay in force");
	if (error != 0 && strcmp(now, p->fault) != 0)
		log_warnx("%s", now);
	else if (error == 0 && p->fault[0] != '\0')
		log_info("the hooks of divert are those of the rules again");
	if (error == 0 && start && why[0] != '\0')
		log_warnx("%s", why);
	strcpy(p->fault, now);
}

int
planes_hook(struct planes *p, const struct ruleset *rs, bool start)
{
	const struct plane *host = planes_host(p);
	char why[200] = "";
	int error;

	p->hooking |= start;
	/* what a natd that was killed has left on */
	if (host == NULL && start)
		udpgro_want(p->gro, NULL, 0, "none");
	if (host == NULL || p->net == NULL || !p->hooking)
		return 0;
	divert_flags(host->port, rs->options.overload_pass,
	    hostif_needs(rs, HOSTIF_OWNERS));
	p->again |= start;
	if (start) {
		hostways_apply(p->ways, p->net);
		planes_sockets(p);
	}
	error = hostif_hooks(&p->names, p->net, p->targets, rs,
	    host->nqueues, &p->hooks, why, sizeof(why));
	say_hooks(p, error, why, start);
	if (error == 0) {
		planes_switches(p, rs);
		gather(p, rs);
	}
	hostif_release(p->net, rs);
	return error;
}

void
planes_unhook(struct planes *p)
{
	planes_unhost(p);
	if (planes_host(p) != NULL)
		hostways_clear(p->ways);
	planes_switches(p, NULL);
	p->hooking = false;
	p->again = true;
}

void
planes_leave(struct planes *p)
{
	if (p->net != NULL)
		hostif_release(p->net, NULL);
	planes_switches(p, NULL);
	p->hooking = false;
}

void
planes_passes(const struct planes *p, const struct ifset *ifs, char *text,
    size_t len)
{
	const struct iface *ifp;
	const char *sep = "one, two in by ";
	uint16_t i;

	strlcpy(text, "one", len);
	if (!ifs->through) {
		snprintf(text, len, "two (%s)", hostway_name(p->net->way));
		return;
	}
	for (i = 1; i <= ifs->nifaces; i++) {
		ifp = &ifs->ifaces[i];
		if ((ifp->flags & (IFACE_THROUGH | IFACE_OWNSRC)) !=
		    IFACE_THROUGH)
			continue;
		if (sep[0] == 'o')
			text[0] = '\0';
		strlcat(text, sep, len);
		strlcat(text, ifp->name, len);
		sep = ", ";
	}
	if (sep[0] == ',')
		strlcat(text, " (rp_filter)", len);
}

const char *
planes_fault(const struct planes *p)
{
	return p->fault;
}

const char *
planes_hooks_name(const struct planes *p)
{
	return hooks_name(p->hooks);
}
