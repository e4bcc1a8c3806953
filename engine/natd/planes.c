/* SPDX-License-Identifier: ISC */
/*
 * Interfaces from statements to open ports.
 *
 * A name keeps its index as long as natd runs, so that states and counters
 * still mean it after a reload.  The order of a change: close what goes (out
 * of the workers' set first), open what comes, publish.  An interface whose
 * statement changed is both, because a device of one name exists only once.
 */
#include "engine/natd/planes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/hostroute.h"
#include "engine/natd/hostif.h"
#include "engine/natd/hostsock.h"
#include "engine/natd/hostways.h"
#include "engine/natd/ifnames.h"
#include "engine/natd/log.h"
#include "engine/natd/targets.h"
#include "rules/print.h"
#include "rules/ruleset.h"

#define TUN_MTU 1500

static const struct plane_kind {
	const char *name;
	const struct io_ops *ops;	/* NULL: this natd has none */
} kinds[] = {
	[PLANE_TUN] = { "tun", &io_tun },
	[PLANE_DIVERT] = { "divert", &io_divert },
	[PLANE_XDP] = { "xdp", NULL },
	[PLANE_PCAP] = { "pcap", &io_pcap },
};

struct planes {
	unsigned nworkers;
	struct hostsock *socks;		/* told of interface numbers */
	struct hostways *ways;		/* next hops of rules */
	struct targets *targets;	/* sockets of rules; the caller's */
	unsigned n;
	struct plane *v[IFACE_MAX];
	struct ifnames names;
	uint64_t clock;
	struct portset *set;		/* published last */
	/* divert */
	struct hostnet *net;		/* the kernel's interfaces */
	enum hooks_kind hooks;		/* in force */
	bool hooking;			/* hooks may be set */
	bool ours[HOSTNET_SWITCHES];	/* we have switched them on */
	bool again;			/* look at interfaces as if new */
};

struct planes *
planes_new(unsigned nworkers, struct hostsock *socks,
    struct targets *targets)
{
	struct planes *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->nworkers = nworkers;
	p->socks = socks;
	p->targets = targets;
	if ((p->ways = hostways_new()) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

/* The one plane of all interfaces of the host. */
static bool
is_host(const struct plane *p)
{
	return p->ops == &io_divert;
}

static void
plane_free(struct plane *p)
{
	if (p->port != NULL)
		p->ops->close(p->port);
	free(p->text);
	free(p);
}

static void
portset_free(struct portset *set)
{
	if (set == NULL)
		return;
	free((void *)set->v);
	free(set);
}

void
planes_free(struct planes *p)
{
	if (p == NULL)
		return;
	while (p->n > 0)
		plane_free(p->v[--p->n]);
	hostnet_free(p->net);
	hostways_free(p->ways);
	portset_free(p->set);
	free(p);
}

static unsigned
planes_count(const struct ruleset *rs, uint8_t kind)
{
	const struct iface_stmt *st;
	unsigned n = 0;

	for (st = rs->ifaces; st != NULL; st = st->next)
		n += st->plane == kind;
	return n;
}

int
planes_check(const struct ruleset *rs, char *why, size_t len)
{
	const struct iface_stmt *st;

	for (st = rs->ifaces; st != NULL; st = st->next) {
		if (kinds[st->plane].ops == NULL) {
			snprintf(why, len, "no data plane: interface %s: %s "
			    "is not in this natd", st->name,
			    kinds[st->plane].name);
			return -EINVAL;
		}
		if (strlen(st->name) >= IFACE_NAMELEN) {
			snprintf(why, len, "interface name %s is too long",
			    st->name);
			return -EINVAL;
		}
	}
	if (planes_count(rs, PLANE_PCAP) > 0 && (hostif_wanted(rs) ||
	    planes_count(rs, PLANE_TUN) > 0)) {
		snprintf(why, len, "pcap and %s interfaces in one file",
		    hostif_wanted(rs) ? "divert" : "tun");
		return -EINVAL;
	}
	return 0;
}

unsigned
planes_wanted(const struct ruleset *rs)
{
	const struct iface_stmt *st;
	unsigned n = hostif_wanted(rs);

	for (st = rs->ifaces; st != NULL; st = st->next)
		n += st->plane != PLANE_DIVERT;
	return n;
}

unsigned
planes_workers(const struct ruleset *rs)
{
	return planes_count(rs, PLANE_PCAP) > 0 ? 1 : rs->options.workers;
}

static char *
stmt_text(const struct iface_stmt *st)
{
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	print_iface(f, st);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *
planes_text(const struct ruleset *rs)
{
	const struct iface_stmt *st;
	const struct route_stmt *rt;
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	for (st = rs->ifaces; st != NULL; st = st->next) {
		print_iface(f, st);
		putc('\n', f);
	}
	for (rt = rs->routes; rt != NULL; rt = rt->next) {
		print_route(f, rt);
		putc('\n', f);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static struct portset *
planes_set(const struct planes *p)
{
	struct portset *set;
	struct plane **v;
	unsigned i;

	set = calloc(1, sizeof(*set));
	v = calloc(p->n + 1, sizeof(struct plane *));
	if (set == NULL || v == NULL) {
		free(set);
		free(v);
		return NULL;
	}
	for (i = 0; i < p->n; i++) {
		v[i] = p->v[i];
		set->by_ifidx[p->v[i]->ifidx] = p->v[i];
		set->replay |= p->v[i]->ops->peek != NULL;
		set->waits |= p->v[i]->ops->settle != NULL;
	}
	set->v = v;
	set->n = p->n;
	return set;
}

static int
planes_publish(struct planes *p, void (*publish)(void *, struct portset *),
    void *arg)
{
	struct portset *set;

	if ((set = planes_set(p)) == NULL)
		return -ENOMEM;
	publish(arg, set);
	portset_free(p->set);
	p->set = set;
	return 0;
}

/* Addresses of a statement in the form that planes take. */
static struct io_addr *
stmt_addrs(const struct iface_addr *v, uint32_t n)
{
	struct io_addr *out;
	uint32_t i;

	if ((out = calloc(n + 1, sizeof(*out))) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		out[i].af = v[i].af;
		out[i].plen = v[i].plen;
		memcpy(out[i].addr, &v[i].addr, sizeof(out[i].addr));
	}
	return out;
}

static int
plane_open(struct planes *p, struct plane *pl, const struct iface_stmt *st)
{
	struct io_addr *addr = stmt_addrs(st->addrs, st->naddrs);
	struct io_addr *peer = stmt_addrs(st->peers, st->npeers);
	struct io_config cfg = {
		.name = st->name, .ifidx = pl->ifidx, .queues = pl->nqueues,
		.mtu = pl->mtu, .netns = st->netns,
		.addr = addr, .naddr = st->naddrs,
		.peer = peer, .npeer = st->npeers,
		.make_default = st->is_default, .offload = 1,
		.read_path = st->pcap_read, .write_path = st->pcap_write,
		.clock = &p->clock,
	};
	char why[256] = "";
	int error = -ENOMEM;

	if (addr != NULL && peer != NULL)
		error = pl->ops->open(&cfg, &pl->port, why, sizeof(why));
	free(addr);
	free(peer);
	if (error != 0)
		log_warnx("interface %s: %s", st->name,
		    why[0] != '\0' ? why : strerror(-error));
	else if (why[0] != '\0')
		log_info("interface %s: %s", st->name, why);
	return error;
}

static int
planes_add(struct planes *p, const struct iface_stmt *st)
{
	struct plane *pl;
	int error;

	if (p->n == IFACE_MAX || (pl = calloc(1, sizeof(*pl))) == NULL)
		return -ENOMEM;
	snprintf(pl->name, sizeof(pl->name), "%s", st->name);
	pl->ifidx = ifnames_get(&p->names, st->name);
	pl->ops = kinds[st->plane].ops;
	pl->mtu = st->mtu != 0 ? st->mtu : TUN_MTU;
	pl->nqueues = pl->ops->peek != NULL ? 1 :
	    st->queues != 0 ? st->queues : p->nworkers;
	pl->text = stmt_text(st);
	if (pl->ifidx == 0 || pl->text == NULL)
		error = -ENOMEM;
	else
		error = plane_open(p, pl, st);
	if (error != 0) {
		plane_free(pl);
		return error;
	}
	p->v[p->n++] = pl;
	return 0;
}

/* The port of all diverted interfaces. */
static int
planes_add_host(struct planes *p)
{
	struct io_config cfg = { .name = "divert", .queues = p->nworkers };
	char why[256] = "";
	struct plane *pl;
	int error;

	if (p->n == IFACE_MAX || (pl = calloc(1, sizeof(*pl))) == NULL)
		return -ENOMEM;
	strcpy(pl->name, cfg.name);
	pl->ops = &io_divert;
	pl->nqueues = p->nworkers;
	if ((error = pl->ops->open(&cfg, &pl->port, why, sizeof(why))) != 0) {
		log_warnx("%s", why);
		plane_free(pl);
		return error;
	}
	p->v[p->n++] = pl;
	return 0;
}

/* Hooks go first, or what they queue is lost. */
static void
planes_unhost(struct planes *p)
{
	if (p->hooks != HOOKS_NONE && hooks_clear() != 0)
		log_warn("cannot remove the hooks of divert");
	if (p->net != NULL)
		hostif_release(p->net, NULL);
	p->hooks = HOOKS_NONE;
}

/* Is there a statement of this plane's very text? */
static bool
plane_wanted(const struct plane *pl, const struct ruleset *rs)
{
	const struct iface_stmt *st;
	bool same = false;
	char *text;

	if (is_host(pl))
		return hostif_wanted(rs);
	for (st = rs->ifaces; st != NULL && !same; st = st->next) {
		text = stmt_text(st);
		same = text != NULL && strcmp(text, pl->text) == 0;
		free(text);
	}
	return same;
}

static bool
planes_has(const struct planes *p, const char *name)
{
	unsigned i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i]->name, name) == 0)
			return true;
	return false;
}

/* Take what is not wanted any more out of the set; it waits in @gone. */
static unsigned
planes_drop(struct planes *p, const struct ruleset *rs, struct plane **gone)
{
	unsigned i, n = 0, kept = 0;

	for (i = 0; i < p->n; i++) {
		if (plane_wanted(p->v[i], rs)) {
			p->v[kept++] = p->v[i];
			continue;
		}
		if (is_host(p->v[i]))
			planes_unhost(p);
		gone[n++] = p->v[i];
	}
	p->n = kept;
	return n;
}

const struct plane *
planes_host(const struct planes *p)
{
	unsigned i;

	for (i = 0; i < p->n; i++)
		if (is_host(p->v[i]))
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
	if (p->net != NULL && !p->again && hostnet_equal(p->net, net)) {
		hostnet_free(net);
		/* a link that was gone for a moment took its routes along */
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

struct divert_map *
planes_renumber(struct planes *p)
{
	const struct plane *host = planes_host(p);
	uint32_t ifindex[IFACE_MAX] = { 0 };
	struct divert_map *m;

	if (host == NULL || p->net == NULL)
		return NULL;
	hostif_numbers(&p->names, p->net, ifindex);
	if (p->socks != NULL)
		hostsock_number(p->socks, ifindex, IFACE_MAX);
	if ((m = divert_map_new(ifindex, p->names.n + 1u)) == NULL) {
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

int
planes_hook(struct planes *p, const struct ruleset *rs, bool start)
{
	const struct plane *host = planes_host(p);
	char why[256] = "";
	int error;

	p->hooking |= start;
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
	if (error != 0 || (start && why[0] != '\0'))
		log_warnx("%s", why);
	if (error == 0)
		planes_switches(p, rs);
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
planes_hooks_name(const struct planes *p)
{
	return hooks_name(p->hooks);
}

int
planes_update(struct planes *p, const struct ruleset *rs,
    void (*publish)(void *, struct portset *), void *arg)
{
	struct plane **gone;
	const struct iface_stmt *st;
	unsigned n;
	int error = 0, failed = 0;

	if ((gone = calloc(IFACE_MAX, sizeof(struct plane *))) == NULL)
		return -ENOMEM;
	if ((n = planes_drop(p, rs, gone)) > 0)
		error = planes_publish(p, publish, arg);
	/* without a new set the workers still use them */
	for (; error == 0 && n > 0; n--) {
		log_info("interface %s: closed", gone[n - 1]->name);
		plane_free(gone[n - 1]);
	}
	while (n > 0)
		p->v[p->n++] = gone[--n];
	free(gone);
	for (st = rs->ifaces; error == 0 && st != NULL; st = st->next)
		if (st->plane != PLANE_DIVERT && !planes_has(p, st->name) &&
		    planes_add(p, st) != 0)
			failed = -EIO;
	if (error == 0 && hostif_wanted(rs) && planes_host(p) == NULL &&
	    (planes_add_host(p) != 0 || planes_look(p) < 0))
		failed = -EIO;
	if (error == 0)
		error = planes_publish(p, publish, arg);
	return error != 0 ? error : failed;
}

void
planes_fail(struct planes *p, const char *name,
    void (*publish)(void *, struct portset *), void *arg)
{
	struct plane *pl = NULL;
	unsigned i;

	for (i = 0; i < p->n && pl == NULL; i++)
		if (strcmp(p->v[i]->name, name) == 0)
			pl = p->v[i];
	if (pl == NULL)
		return;
	memmove(&p->v[i - 1], &p->v[i], (p->n - i) * sizeof(p->v[0]));
	p->n--;
	if (planes_publish(p, publish, arg) == 0)
		plane_free(pl);
	else
		p->v[p->n++] = pl;
}

static void
iface_fill(struct iface *ifc, struct ifaddr *addrs, uint32_t at,
    const struct iface_stmt *st, const struct plane *pl,
    const struct ruleset *rs)
{
	uint32_t i;

	/* one that is not open keeps its addresses: nobody else has them */
	if (pl != NULL) {
		memcpy(ifc->name, pl->name, IFACE_NAMELEN);
		ifc->flags = IFACE_UP | IFACE_POINTOPOINT;
	}
	if (hostif_skipped(rs, st->name, NULL))
		ifc->flags |= IFACE_SKIP;
	ifc->mtu = pl != NULL ? pl->mtu : TUN_MTU;
	ifc->addr = at;
	ifc->naddr = st->naddrs;
	for (i = 0; i < st->naddrs; i++) {
		addrs[at + i].addr = st->addrs[i].addr;
		addrs[at + i].af = st->addrs[i].af;
		addrs[at + i].plen = st->addrs[i].plen;
		/* the one peer of its family, for (if:peer) */
		for (uint32_t j = 0; j < st->npeers; j++)
			if (st->peers[j].af == st->addrs[i].af &&
			    addr_is_zero(&addrs[at + i].peer))
				addrs[at + i].peer = st->peers[j].addr;
	}
}

static struct route *
ruleset_routes(struct planes *p, const struct ruleset *rs, uint32_t *n)
{
	const struct route_stmt *rt;
	struct route *v;

	*n = 0;
	for (rt = rs->routes; rt != NULL; rt = rt->next)
		(*n)++;
	if ((v = calloc(*n + 1, sizeof(*v))) == NULL)
		return NULL;
	*n = 0;
	for (rt = rs->routes; rt != NULL; rt = rt->next) {
		v[*n].dst = rt->net;
		v[*n].gateway = rt->via;
		v[*n].af = rt->af;
		v[*n].plen = rt->plen;
		v[*n].ifidx = rt->iface != NULL ?
		    ifnames_get(&p->names, rt->iface->name) : 0;
		(*n)++;
	}
	return v;
}

/* The kernel's tables come first, as a packet may be marked at once. */
static struct ifset *
host_ifset(struct planes *p, const struct ruleset *rs)
{
	struct ifset *set;
	int error;

	if ((error = hostways_learn(p->ways, rs)) != 0)
		log_warnx("next hops of rules: %s", strerror(-error));
	if (p->hooking)
		hostways_apply(p->ways, p->net);
	set = hostif_ifset(&p->names, p->net, rs, p->hooking);
	if (set == NULL)
		return NULL;
	if (hostways_ifset(p->ways, &p->names, set) != 0) {
		ifset_free(set);
		return NULL;
	}
	return set;
}

struct ifset *
planes_ifset(struct planes *p, const struct ruleset *rs)
{
	const struct iface_stmt *st;
	struct iface *ifs;
	struct ifaddr *addrs;
	struct route *routes;
	struct ifset *set = NULL;
	uint32_t naddrs = 0, nroutes, at = 0;
	uint16_t i;
	unsigned j;

	if (planes_host(p) != NULL && p->net != NULL)
		return host_ifset(p, rs);
	for (st = rs->ifaces; st != NULL; st = st->next)
		naddrs += ifnames_get(&p->names, st->name) > 0 ? st->naddrs : 0;
	ifs = calloc(p->names.n + 1u, sizeof(*ifs));
	addrs = calloc(naddrs + 1, sizeof(*addrs));
	routes = ruleset_routes(p, rs, &nroutes);
	for (i = 1; ifs != NULL && i <= p->names.n; i++)
		ifs[i].index = i;
	if (ifs == NULL || addrs == NULL || routes == NULL)
		goto out;
	for (st = rs->ifaces; st != NULL; st = st->next) {
		if ((i = ifnames_get(&p->names, st->name)) == 0)
			continue;
		for (j = 0; j < p->n && p->v[j]->ifidx != i; j++)
			;
		iface_fill(&ifs[i], addrs, at, st,
		    j < p->n ? p->v[j] : NULL, rs);
		at += st->naddrs;
	}
	/* what a capture holds was routed when it was made */
	set = ifset_new(ifs, p->names.n, addrs, naddrs, routes, nroutes,
	    planes_count(rs, PLANE_PCAP) == 0);
out:
	free(ifs);
	free(addrs);
	free(routes);
	return set;
}

const struct plane *
planes_get(const struct planes *p, unsigned i)
{
	return i < p->n ? p->v[i] : NULL;
}

const char *
planes_ifname(const struct planes *p, uint16_t ifidx)
{
	return ifidx > 0 && ifidx <= p->names.n ? p->names.name[ifidx] : "";
}

uint64_t *
planes_clock(struct planes *p)
{
	return &p->clock;
}
