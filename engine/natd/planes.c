/* SPDX-License-Identifier: ISC */
/*
 * Interfaces from statements to open ports.
 *
 * A name keeps its index as long as natd runs, so that states and counters
 * still mean it after a reload.  The order of a change: close what goes (out
 * of the workers' set first), open what comes, publish.  An interface whose
 * statement changed is both, because a device of one name exists only once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/natd/hostif.h"
#include "engine/natd/hostways.h"
#include "engine/natd/log.h"
#include "engine/natd/planes_impl.h"

struct planes *
planes_new(unsigned nworkers, struct hostsock *socks,
    struct targets *targets, const struct table_set *tables,
    char (*names)[IFACE_NAMELEN], const char *gro)
{
	struct planes *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->nworkers = nworkers;
	p->socks = socks;
	p->targets = targets;
	p->tables = tables;
	ifnames_init(&p->names, names);
	p->ways = hostways_new();
	p->gro = udpgro_new(gro);
	if (p->ways == NULL || p->gro == NULL) {
		planes_free(p);
		return NULL;
	}
	return p;
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
	udpgro_free(p->gro);
	free(p->hops);
	portset_free(p->set);
	free(p);
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
	pl->ops = planes_kind(st->plane);
	pl->mtu = st->mtu != 0 ? st->mtu : TUN_MTU;
	pl->nqueues = pl->ops->peek != NULL ? 1 :
	    st->queues != 0 ? st->queues : p->nworkers;
	pl->text = planes_stmt(st);
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

/* Is there a statement of this plane's very text? */
static bool
plane_wanted(const struct plane *pl, const struct ruleset *rs)
{
	const struct iface_stmt *st;
	bool same = false;
	char *text;

	if (planes_is_host(pl))
		return hostif_wanted(rs);
	for (st = rs->ifaces; st != NULL && !same; st = st->next) {
		text = planes_stmt(st);
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
		if (planes_is_host(p->v[i]))
			planes_unhost(p);
		gone[n++] = p->v[i];
	}
	p->n = kept;
	return n;
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
