/* SPDX-License-Identifier: ISC */
/*
 * Packet keys, and the plain loop over rules.
 */
#include "engine/classify.h"

#include "engine/ifbind.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

static void
u128_of(struct u128 *u, const struct addr *a)
{
	memcpy(u, a, sizeof(*u));
	u->hi = be64toh(u->hi);
	u->lo = be64toh(u->lo);
}

void
pkey_update(struct pkey *k, const struct pdesc *pd)
{
	k->sport = ntohs(pd->cur.sport);
	k->dport = ntohs(pd->cur.dport);
	if (pd->af == AF_INET) {
		k->src = ntohl(pd->cur.src.w[0]);
		k->dst = ntohl(pd->cur.dst.w[0]);
	} else {
		u128_of(&k->src6, &pd->cur.src);
		u128_of(&k->dst6, &pd->cur.dst);
	}
}

void
pkey_init(struct pkey *k, const struct pdesc *pd, const struct ifbind *bind)
{
	bool l4 = (pd->flags & PD_L4) != 0;

	k->af = pd->af;
	k->proto = pd->proto;
	k->dir = 1 + pd->dir;
	k->frag = (pd->flags & PD_FRAGMENT) != 0;
	k->ports = l4 && (pd->proto == IPPROTO_TCP ||
	    pd->proto == IPPROTO_UDP || pd->proto == IPPROTO_SCTP);
	k->icmp = l4 && (pd->proto == IPPROTO_ICMP ||
	    pd->proto == IPPROTO_ICMPV6);
	k->reply = k->icmp && (pd->flags & PD_ICMPERR) == 0 &&
	    (pd->icmp_class & 1) != 0;
	k->flags = pd->tcpflags;
	k->icmp_type = pd->icmp_type;
	k->icmp_code = pd->icmp_code;
	k->tos = pd->tos;
	k->len = pd->len;
	k->ifrow = ifbind_row(bind, pd->ifidx);
	pkey_update(k, pd);
}

static inline bool
u128_in(const struct u128 *x, const struct u128 *lo, const struct u128 *hi)
{
	return (x->hi > lo->hi || (x->hi == lo->hi && x->lo >= lo->lo)) &&
	    (x->hi < hi->hi || (x->hi == hi->hi && x->lo <= hi->lo));
}

static bool
match_addr6(const struct mrule6 *m, const struct pkey *k)
{
	return u128_in(&k->src6, &m->slo, &m->shi) != m->sneg &&
	    u128_in(&k->dst6, &m->dlo, &m->dhi) != m->dneg;
}

static inline bool
match_ports(const struct mrule *m, const struct pkey *k)
{
	if (!k->ports)
		return false;
	return ((uint16_t)(k->sport - m->splo) <= m->spspan) !=
	    ((m->bits & M_SPNEG) != 0) &&
	    ((uint16_t)(k->dport - m->dplo) <= m->dpspan) !=
	    ((m->bits & M_DPNEG) != 0);
}

/* What few rules ask for. */
static bool
match_rare(const struct mrule *m, const struct pkey *k)
{
	if (m->icmp_type >= 0 && (!k->icmp || k->icmp_type != m->icmp_type))
		return false;
	if (m->icmp_code >= 0 && (!k->icmp || k->icmp_code != m->icmp_code))
		return false;
	return (m->tos < 0 || m->tos == k->tos) &&
	    (m->max_len == 0 || k->len <= m->max_len);
}

bool
pkey_match(const struct program *pg, const struct mrule *m,
    const struct pkey *k)
{
	if ((m->dir != 0 && m->dir != k->dir) ||
	    (m->proto != 0 && m->proto != k->proto) ||
	    (m->af != 0 && m->af != k->af))
		return false;
	if (k->af == AF_INET) {
		if ((k->src - m->slo <= m->sspan) == (m->bits & M_SNEG) ||
		    (k->dst - m->dlo <= m->dspan) == (m->bits & M_DNEG) >> 1)
			return false;
	} else if (m->v6 != PROG_NONE &&
	    !match_addr6(prog_match6(pg) + m->v6, k))
		return false;
	if ((m->bits & M_PORTS) && !match_ports(m, k))
		return false;
	if (m->flagset != 0 && k->proto == IPPROTO_TCP &&
	    (k->frag || (k->flags & m->flagset) != m->flags))
		return false;
	if ((m->bits & (M_NOFRAG | M_FRAGONLY | M_NOREPLY | M_NEVER)) &&
	    ((k->frag && (m->bits & M_NOFRAG)) ||
	    (!k->frag && (m->bits & M_FRAGONLY)) ||
	    (k->reply && (m->bits & M_NOREPLY)) || (m->bits & M_NEVER)))
		return false;
	if ((m->bits & M_RARE) && !match_rare(m, k))
		return false;
	return m->on == 0 || (k->ifrow[m->on / 64] >> m->on % 64 & 1);
}

void
classify(const struct program *pg, const struct section *sec,
    const struct pkey *k, uint32_t from, struct cands *c)
{
	const struct mrule *m = prog_match(pg);
	uint32_t i;

	c->n = 0;
	c->more = false;
	for (i = from < sec->first ? sec->first : from; i < sec->end; i++) {
		if (!pkey_match(pg, &m[i], k))
			continue;
		if (c->n == CANDS_MAX) {
			c->more = true;
			return;
		}
		c->v[c->n++] = i;
	}
}
