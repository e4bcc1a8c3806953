/* SPDX-License-Identifier: ISC */
/*
 * Choosing addresses and ports.
 *
 * The ports of a range are tried in the order of the engine's permutation,
 * from a place that a keyed hash of the flow gives (RFC 6056, algorithm 3 in
 * spirit), so that a free one is found whenever there is one.  When a range
 * turns out to be used up, that is remembered for NAT_FULL_MS: a flood of
 * connections to one server must not search it again for each packet.
 *
 * The first port that is tried is nearly always free, and what could say so
 * is nearly always far away in memory.  So it is taken unseen, and whoever
 * makes the record looks when the memory is there.  If it was not free the
 * walk begins again, and the next NAT_LOOKS ports are looked at first.
 *
 * Where the kernel has sockets (host mode) it is asked about each port that
 * would be taken: that is one system call for a first packet, as nearly every
 * port is free.
 */
#include "engine/nat.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "engine/core.h"
#include "engine/host.h"
#include "engine/pool.h"
#include "engine/progmem.h"
#include "engine/record.h"
#include "engine/tuple.h"

#define NAT_PORT_LO 50001 /* pf's range */
#define NAT_PORT_HI 65535
#define NAT_FULL_MS 100

/* The ports that a search is about; hashed, so no padding. */
struct nat_range {
	struct addr addr, dst;
	uint16_t dport, proto;
	uint16_t lo, hi;
};

static bool
has_ports(const struct pdesc *pd)
{
	return pd->proto == IPPROTO_TCP || pd->proto == IPPROTO_UDP ||
	    pd->proto == IPPROTO_SCTP;
}

/* Queries whose id may change; other ICMP messages have none. */
static bool
has_id(const struct pdesc *pd)
{
	return pd->icmp_class >= ICMPC_ECHO_REQ &&
	    pd->icmp_class <= ICMPC_MASK_REP;
}

/*
 * is_free() - Would the replies to @t find no other state?
 * @look: false takes it that they would not, see above
 *
 * They arrive with direction in; for a translation on the way in they are
 * also seen with direction out, unless the whole way becomes one record.
 */
static bool
is_free(struct worker *w, const struct pdesc *pd, const struct tuple *t,
    bool look)
{
	if (!look) {
		record_unseen(w, pd, t);
		return true;
	}
	return !record_taken(w, pd, t, DIR_IN) &&
	    (pd->dir == DIR_OUT || !record_taken(w, pd, t, DIR_OUT));
}

/* Has a port to be looked at before it is taken? */
static bool
must_look(struct worker *w, const struct pdesc *pd)
{
	if (w->looks == 0)
		return pd->dir == DIR_IN; /* two keys may be in its way */
	w->looks--;
	return true;
}

/*
 * shadows() - Would the replies to @t otherwise reach a socket of this host?
 *
 * A port of one of our addresses that a service has is not lent to a client,
 * who would get what others send to the service from there (port shadow,
 * CVE-2021-3773).  A packet that already has this source is the socket's own.
 */
static bool
shadows(struct worker *w, const struct pdesc *pd, const struct tuple *t)
{
	const struct engine_host *host = w->eng->cfg.host;
	struct host_ask ask = {
		.af = pd->af,
		.proto = pd->proto,
		.ifidx = pd->dir == DIR_OUT ? pd->ifidx : 0,
	};
	uint32_t uid;

	if (host == NULL || w->ifs->router || !has_ports(pd) ||
	    tuple_same_src(t, &pd->cur) ||
	    !ifset_local(w->ifs, pd->af, &t->src, NULL))
		return false;
	tuple_reverse(t, pd->proto, &ask.t);
	return host->socket(host->arg, w->index, &ask, &uid);
}

static bool
usable(struct worker *w, const struct pdesc *pd, const struct tuple *t,
    bool look)
{
	return is_free(w, pd, t, look) && !shadows(w, pd, t);
}

/*
 * The range to choose from; false: the port stays.  SCTP's does unless a rule
 * names ports: an association may have several addresses, and one port.
 */
static bool
port_range(const struct pdesc *pd, const struct ppool *pl, struct nat_range *r)
{
	if (pl->flags & POOL_STATICPORT)
		return false;
	if (has_id(pd)) {
		r->lo = 1;
		r->hi = 65535;
		return true;
	}
	if (!has_ports(pd) ||
	    (pd->proto == IPPROTO_SCTP && (pl->flags & POOL_PORTS) == 0))
		return false;
	r->lo = pl->flags & POOL_PORTS ? pl->port_lo : NAT_PORT_LO;
	r->hi = pl->flags & POOL_PORTS ? pl->port_hi : NAT_PORT_HI;
	return true;
}

/* The place where a range that is used up is remembered. */
static struct nat_full *
full_place(struct worker *w, const struct nat_range *r, uint64_t *hash)
{
	*hash = random_hash(&w->eng->ranges, r, sizeof(*r));
	return &w->full[*hash % nitems(w->full)];
}

static bool
known_full(struct worker *w, const struct nat_range *r)
{
	const struct nat_full *full;
	uint64_t hash;

	if (w->now >= w->full_until)
		return false;
	full = full_place(w, r, &hash);
	return full->hash == hash && w->now < full->until;
}

static void
note_full(struct worker *w, const struct nat_range *r)
{
	struct nat_full *full;
	uint64_t hash;

	full = full_place(w, r, &hash);
	full->hash = hash;
	full->until = w->full_until = w->now + NAT_FULL_MS;
}

/*
 * flow_place() - The flow's own place among @n ports: the same for each of its
 * packets
 *
 * Who sees ports may come to know some bits of their flows' hashes: these say
 * nothing of the lower ones, which name a bucket, nor of the tag.
 */
static uint32_t
flow_place(struct worker *w, const struct pdesc *pd, uint32_t n)
{
	return random_scale((uint32_t)(record_hash(w, pd) >> 16), n);
}

/* search_ports() - Try the whole range, from the flow's own place on. */
static bool
search_ports(struct worker *w, const struct pdesc *pd,
    const struct nat_range *r, struct tuple *t, bool look)
{
	uint32_t n = (uint32_t)r->hi - r->lo + 1, i, at;

	if (known_full(w, r))
		return false;
	at = flow_place(w, pd, n);
	for (i = 0; i < n; i++) {
		t->sport = htons((uint16_t)(r->lo +
		    ports_nth(&w->eng->ports, n, at)));
		if (usable(w, pd, t, look))
			return true;
		if (++at == n)
			at = 0;
	}
	note_full(w, r);
	return false;
}

/* A port for this address; t->src is set, t->sport is the client's. */
static bool
choose_port(struct worker *w, const struct pdesc *pd, const struct ppool *pl,
    struct tuple *t)
{
	struct nat_range r = {
		.addr = t->src,
		.dst = t->dst,
		.dport = t->dport,
		.proto = pd->proto,
	};
	bool look = must_look(w, pd);

	if (!port_range(pd, pl, &r))
		return usable(w, pd, t, look);
	if (pl->flags & POOL_PRESERVEPORT && usable(w, pd, t, look))
		return true;
	return search_ports(w, pd, &r, t, look);
}

static enum reason
nat_source(struct worker *w, struct pdesc *pd, const struct ppool *pl)
{
	struct pool_ask ask = {
		.af = pd->af,
		.src = &pd->cur.src,
		.host = &pd->cur.src,
	};
	uint32_t tries = pool_tries(w, pl, pd->af);
	struct tuple t;

	for (; tries > 0; tries--) {
		t = pd->cur;
		if (!pool_choose(w, pl, &ask, &t.src))
			return REASON_TRANSLATE;
		if (choose_port(w, pd, pl, &t)) {
			pd->cur = t;
			return REASON_MATCH;
		}
	}
	return REASON_TRANSLATE;
}

static enum reason
nat_destination(struct worker *w, struct pdesc *pd, const struct ppool *pl)
{
	struct pool_ask ask = {
		.af = pd->af,
		.src = &pd->cur.src,
		.host = &pd->cur.dst,
	};
	struct addr dst;
	uint32_t port;

	if (!pool_choose(w, pl, &ask, &dst))
		return REASON_TRANSLATE;
	pd->cur.dst = dst;
	if (pl->port_lo == 0 || !has_ports(pd))
		return REASON_MATCH;
	port = pl->port_lo;
	if (pl->flags & POOL_KEEPDIST)
		port += (uint16_t)(ntohs(pd->cur.dport) - pl->port_base) %
		    (pl->port_hi - pl->port_lo + 1u);
	pd->cur.dport = htons((uint16_t)port);
	return REASON_MATCH;
}

enum reason
nat_translate(void *arg, struct pdesc *pd, const struct program *pg,
    uint32_t rule)
{
	const struct prule *r = prog_rules(pg) + rule;
	bool nat = r->nat != PROG_NONE, rdr = r->rdr != PROG_NONE;
	struct worker *w = arg;
	enum reason reason = REASON_MATCH;

	/* neighbours find each other by the addresses of their own link */
	if ((!nat && !rdr) || pd->flags & PD_ND)
		return REASON_MATCH;
	if (pd->flags & PD_FRAGMENT)
		return REASON_FRAG;
	if (pd->flags & PD_ICMPERR)
		return REASON_ICMPERR;	/* RFC 5508 4.2: no mapping */
	if (rdr)
		reason = nat_destination(w, pd, program_pool(pg, r->rdr));
	if (nat && reason == REASON_MATCH)
		reason = nat_source(w, pd, program_pool(pg, r->nat));
	return reason;
}
