/* SPDX-License-Identifier: ISC */
/*
 * Which next hops rules ask for: those that stand in them, the other ends of
 * interfaces, and what tables hold now.
 *
 * Each table gives up to 256 addresses of a family.  Where it holds more, those
 * that have a number keep it, and the others are not chosen (engine/way.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/io/hostnet.h"
#include "engine/io/mark.h"
#include "engine/natd/hostif.h"
#include "engine/natd/hostways_impl.h"
#include "engine/natd/log.h"
#include "engine/program.h"
#include "engine/table.h"
#include "engine/way.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define HOPS_MAX (1u << POOL_HOPS_BITS)

/* How many addresses of a network may be next hops; the first ones. */
static unsigned
network(uint8_t af, struct addr *first, uint8_t plen)
{
	unsigned left = addr_bits(af) - plen;

	addr_apply_plen(first, plen);
	return left < POOL_HOPS_BITS ? 1u << left : HOPS_MAX;
}

/* They differ in the last byte. */
static void
next(uint8_t af, struct addr *a)
{
	a->b[addr_bits(af) / 8 - 1]++;
}

/* Larger ones are refused by compile_support.c. */
static void
add_network(struct hostways *hw, const struct hop *like, uint8_t af,
    const struct addr *net, uint8_t plen)
{
	struct addr gw = *net;
	unsigned i, n = network(af, &gw, plen);

	for (i = 0; i < n; i++, next(af, &gw))
		hostways_add(hw, like, af, &gw);
}

/* The other ends of an interface, or of a group of them. */
static void
add_peers(struct hostways *hw, const struct hop *like, uint8_t af,
    const char *word)
{
	const struct hostnet *net = hw->ask->net;
	const struct ifaddr *a;
	unsigned i, j;

	for (i = 0; i < net->nifs; i++) {
		if (!hostif_answers(net->ifs[i].name, &net->ifs[i], word))
			continue;
		for (j = 0; j < net->naddrs; j++) {
			a = &net->addrs[j].a;
			if (net->addrs[j].ifindex == net->ifs[i].ifindex &&
			    !addr_is_zero(&a->peer) &&
			    (af == 0 || af == a->af))
				hostways_add(hw, like, a->af, &a->peer);
		}
	}
}

static void
add_element(struct hostways *hw, const struct rule *r,
    const struct pool_addr *pa)
{
	static const struct addr none;
	struct hop like = { .copies = r->route_type == RULE_DUP_TO };
	uint8_t af = pa->addr.af != 0 ? pa->addr.af : r->af;

	if (pa->ifname != NULL)
		strlcpy(like.ifname, pa->ifname, sizeof(like.ifname));
	switch (pa->addr.type) {
	case RULE_ADDR_IFACE:
		if (r->af != AF_INET6)
			hostways_add(hw, &like, AF_INET, &none);
		if (r->af != AF_INET)
			hostways_add(hw, &like, AF_INET6, &none);
		break;
	case RULE_ADDR_TABLE:
		break;		/* learn_tables() */
	case RULE_ADDR_DYNIF:
		add_peers(hw, &like, r->af, pa->addr.name);
		break;
	default:
		add_network(hw, &like, af, &pa->addr.addr, pa->addr.plen);
		break;
	}
}

static int
learn_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	struct hostways *hw = arg;
	uint32_t i;

	(void)a;
	if (r->rtable >= 0)
		hw->rtables[r->rtable] |= 1;
	for (i = 0; r->route != NULL && i < r->route->n; i++)
		add_element(hw, r, &r->route->v[i]);
	return 0;
}

static bool
is_in(const struct hostways *hw, uint32_t nr, uint8_t af,
    const struct addr *a)
{
	struct table_ent e;

	return table_test(hw->ask->tables, nr, af, a, &e) && !e.neg;
}

/* Those of a table that have numbers and are in it still: how many. */
static unsigned
keep(struct hostways *hw, const struct hop *like, uint32_t nr, uint8_t af)
{
	unsigned i, n = 0;
	struct hop *h;

	for (i = 0; i < hw->n && n < HOPS_MAX; i++) {
		h = &hw->v[i];
		if (h->af != af || h->copies != like->copies ||
		    addr_is_zero(&h->gw) ||
		    strcmp(h->ifname, like->ifname) != 0 ||
		    !is_in(hw, nr, af, &h->gw))
			continue;
		h->asked = true;
		n++;
	}
	return n;
}

/* Those of an entry that are not asked for yet.  False: not all of them. */
static bool
add_entry(struct hostways *hw, const struct hop *like, uint32_t nr,
    const struct table_ent *e, unsigned *n)
{
	struct addr gw = e->addr;
	unsigned i, count = network(e->af, &gw, e->plen);
	const struct hop *h;

	for (i = 0; i < count; i++, next(e->af, &gw)) {
		if (addr_is_zero(&gw)) /* nobody; a hop's: on the link */
			continue;
		h = hostways_find(hw, like, e->af, &gw);
		if ((h != NULL && h->asked) || !is_in(hw, nr, e->af, &gw))
			continue;
		if (*n == HOPS_MAX)
			return false;
		hostways_add(hw, like, e->af, &gw);
		++*n;
	}
	return addr_bits(e->af) - e->plen <= POOL_HOPS_BITS;
}

/* Return: are there more than can be? */
static bool
learn_table(struct hostways *hw, const struct hop *like, uint32_t nr)
{
	const struct table_set *set = hw->ask->tables;
	unsigned n[2] = { keep(hw, like, nr, AF_INET),
	    keep(hw, like, nr, AF_INET6) };
	bool over[2] = { false, false }, more;
	struct table_ent e, last;
	unsigned i;

	for (more = table_next(set, nr, NULL, &e); more;
	    more = table_next(set, nr, &last, &e)) {
		last = e;
		i = e.af == AF_INET6;
		if (!e.neg && !over[i])
			over[i] = !add_entry(hw, like, nr, &e, &n[i]);
	}
	return over[0] || over[1];
}

static struct hoptable *
hoptable(const struct hostways *hw, uint32_t nr)
{
	unsigned i;

	for (i = 0; i < hw->ntables; i++)
		if (hw->tables[i].nr == nr)
			return &hw->tables[i];
	return NULL;
}

static void
watch(struct hostways *hw, uint32_t nr, bool over)
{
	struct hoptable *t = hoptable(hw, nr);

	if (t == NULL) {
		t = reallocarray(hw->tables, hw->ntables + 1, sizeof(*t));
		if (t == NULL) {
			hw->error = -ENOMEM;
			return;
		}
		hw->tables = t;
		t += hw->ntables++;
		*t = (struct hoptable){ .nr = nr };
	}
	t->named = true;
	t->over |= over;
}

/* The program has their numbers, under which a load has filled them already. */
static void
learn_tables(struct hostways *hw)
{
	const struct program *pg = hw->ask->prog;
	const struct ppool_addr *pa;
	const struct ppool *pool;
	const struct prule *r;
	struct hop like;
	uint32_t i, j;

	for (i = 0; i < program_nrules(pg); i++) {
		r = program_rule(pg, i);
		if (r->route == PROG_NONE)
			continue;
		pool = program_pool(pg, r->route);
		for (j = 0; j < pool->naddr; j++) {
			pa = program_pool_addr(pg, pool->addr + j);
			if (pa->kind != PA_TABLE)
				continue;
			like = (struct hop){
				.copies = r->route_kind == WAY_DUP,
			};
			if (pa->ifname != 0)
				strlcpy(like.ifname, program_str(pg,
				    pa->ifname), sizeof(like.ifname));
			watch(hw, pa->ref, learn_table(hw, &like, pa->ref));
		}
	}
}

static void
forget_tables(struct hostways *hw)
{
	unsigned i, n = 0;

	for (i = 0; i < hw->ntables; i++)
		if (hw->tables[i].named)
			hw->tables[n++] = hw->tables[i];
	hw->ntables = n;
}

static uint32_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint32_t)ts.tv_sec;
}

int
hostways_learn(struct hostways *hw, const struct hostways_ask *ask)
{
	unsigned i;

	for (i = 0; i < hw->n; i++) {
		if (hw->v[i].asked)
			hw->v[i].idle = now();
		hw->v[i].asked = false;
	}
	for (i = 0; i < hw->ntables; i++)
		hw->tables[i].named = hw->tables[i].over = false;
	hw->ask = ask;
	hw->error = 0;
	ruleset_walk(ask->rs, learn_rule, hw);
	if (ask->prog != NULL && ask->tables != NULL)
		learn_tables(hw);
	forget_tables(hw);
	return hw->error;
}

void
hostways_keep(struct hostways *hw, const char *ifname, bool copies,
    uint8_t af, const struct addr *gw)
{
	struct hop like = { .copies = copies }, *h;

	strlcpy(like.ifname, ifname, sizeof(like.ifname));
	if (hostways_find(hw, &like, af, gw) != NULL)
		return;
	hostways_add(hw, &like, af, gw);
	if ((h = hostways_find(hw, &like, af, gw)) != NULL) {
		h->asked = false;
		h->idle = now();
	}
}

bool
hostways_watches(const struct hostways *hw, uint32_t nr)
{
	return hoptable(hw, nr) != NULL;
}

static void
tell_over(const struct table_set *set, const struct hoptable *t,
    hostways_told *tell, void *arg)
{
	const char *name = table_name(set, t->nr);
	char text[TABLE_NAMELEN + 80];

	snprintf(text, sizeof(text), "table <%s> has more next hops than %u: "
	    "the others get no packets", name != NULL ? name : "", HOPS_MAX);
	tell(arg, text);
}

static void
tell_short(hostways_told *tell, void *arg)
{
	char text[96];

	snprintf(text, sizeof(text), "rules and tables have more next hops "
	    "than %u: the others get no packets", MARK_ARG_MASK);
	tell(arg, text);
}

static void
to_log(void *arg, const char *text)
{
	(void)arg;
	log_warnx("%s", text);
}

void
hostways_say(struct hostways *hw, const struct table_set *set)
{
	bool lacks = hw->error == -E2BIG;
	struct hoptable *t;
	unsigned i;

	for (i = 0; i < hw->ntables; i++) {
		t = &hw->tables[i];
		if (t->over && !t->said)
			tell_over(set, t, to_log, NULL);
		t->said = t->over;
	}
	if (lacks && !hw->said)
		tell_short(to_log, NULL);
	hw->said = lacks;
}

void
hostways_tell(const struct hostways *hw, const struct table_set *set,
    uint32_t nr, hostways_told *tell, void *arg)
{
	const struct hoptable *t;
	unsigned i;

	for (i = 0; i < hw->ntables; i++) {
		t = &hw->tables[i];
		if (t->over && (nr == TABLE_NONE || nr == t->nr))
			tell_over(set, t, tell, arg);
	}
	if (hw->error == -E2BIG)
		tell_short(tell, arg);
}
