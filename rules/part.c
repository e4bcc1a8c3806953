/* SPDX-License-Identifier: ISC */
/*
 * The parts of a rule: which a kind of statement takes, and in which order.
 *
 * Each part has a rank; ranks may not fall.  What has the last rank, the
 * options, may come in any order.
 */
#include <sys/socket.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "rules/addr_text.h"
#include "rules/build.h"

enum { ANY_ORDER = 20 };

#define FA	(IN_FILTER | IN_ANCHOR)
#define HOSTS	(FA | IN_NAT | IN_BINAT | IN_SCRUB | IN_ETHER | IN_XANCHOR)

static const struct rank {
	const char *name;
	int rank;
	int in;		/* IN_* */
	bool once;
} ranks[] = {
	[P_PASS] = { "pass", 1, IN_NAT | IN_BINAT, true },
	[P_DIR] = { "in and out", 1, FA | IN_SCRUB | IN_ETHER, true },
	[P_LOG] = { "log", 2, IN_FILTER | IN_NAT | IN_BINAT | IN_SCRUB |
	    IN_ANTISPOOF, true },
	[P_QUICK] = { "quick", 2, FA | IN_ANTISPOOF | IN_ETHER, true },
	[P_ON] = { "on", 3, HOSTS, true },
	[P_FOR] = { "for", 3, IN_ANTISPOOF, true },
	[P_BRIDGE] = { "bridge-to", 4, IN_ETHER, true },
	[P_ROUTE] = { "route-to, reply-to and dup-to", 4, FA, true },
	[P_AF] = { "inet and inet6", 5, (HOSTS & ~IN_ETHER) | IN_ANTISPOOF,
	    true },
	[P_PROTO] = { "proto", 6, HOSTS, true },
	[P_ALL] = { "all", 7, HOSTS, true },
	[P_FROM] = { "from", 7, HOSTS, true },
	[P_TO] = { "to", 8, HOSTS, true },
	[P_L3] = { "l3", 9, IN_ETHER, true },
	[P_ARROW] = { "->", ANY_ORDER + 1, IN_NAT | IN_BINAT, true },
	[P_USER] = { "user", ANY_ORDER, FA, false },
	[P_GROUP] = { "group", ANY_ORDER, FA, false },
	[P_FLAGS] = { "flags", ANY_ORDER, FA, false },
	[P_ICMP] = { "icmp-type", ANY_ORDER, FA, false },
	[P_TOS] = { "tos", ANY_ORDER, FA, false },
	[P_PRIO] = { "prio", ANY_ORDER, FA, false },
	[P_RECEIVED] = { "received-on", ANY_ORDER, FA, false },
	[P_TAGGED] = { "tagged", ANY_ORDER, FA | IN_NAT | IN_BINAT |
	    IN_SCRUB | IN_ETHER, false },
	[P_TAG] = { "tag", ANY_ORDER, FA | IN_NAT | IN_BINAT | IN_ETHER,
	    false },
	[P_FRAGMENT] = { "fragment", ANY_ORDER, FA, false },
	[P_ALLOWOPTS] = { "allow-opts", ANY_ORDER, FA, false },
	[P_PROBABILITY] = { "probability", ANY_ORDER, FA, false },
	[P_PKTRATE] = { "max-pkt-rate", ANY_ORDER, FA, false },
	[P_PKTSIZE] = { "max-pkt-size", ANY_ORDER, FA, false },
	[P_ONCE] = { "once", ANY_ORDER, FA, false },
	[P_RTABLE] = { "rtable", ANY_ORDER, FA | IN_NAT | IN_BINAT |
	    IN_SCRUB | IN_ANTISPOOF | IN_XANCHOR, false },
	[P_LABEL] = { "label", ANY_ORDER, FA | IN_ANTISPOOF | IN_ETHER,
	    false },
	[P_RIDENTIFIER] = { "ridentifier", ANY_ORDER, FA | IN_ANTISPOOF |
	    IN_ETHER, false },
	[P_DN] = { "dnpipe and dnqueue", ANY_ORDER, FA | IN_ETHER, false },
	[P_SET] = { "set", ANY_ORDER, FA | IN_ETHER, false },
	[P_SCRUB] = { "scrub", ANY_ORDER, FA, false },
	[P_SCRUBOPT] = { "scrub options", ANY_ORDER, IN_SCRUB, false },
	[P_STATE] = { "state options", ANY_ORDER, FA, false },
	[P_DIVERT] = { "divert", ANY_ORDER, FA, false },
	[P_NAT] = { "nat-to", ANY_ORDER, FA, false },
	[P_RDR] = { "rdr-to", ANY_ORDER, FA, false },
	[P_BINAT] = { "binat-to", ANY_ORDER, FA, false },
	[P_AFTO] = { "af-to", ANY_ORDER, FA, false },
	[P_NPTV6] = { "nptv6", ANY_ORDER, FA, false },
};

static const char *
kind_name(int kind)
{
	static const struct { int kinds; const char *name; } names[] = {
		{ IN_ANCHOR | IN_XANCHOR, "anchors" },
		{ IN_NAT, "nat and rdr rules" }, { IN_BINAT, "binat rules" },
		{ IN_SCRUB, "scrub rules" }, { IN_ANTISPOOF, "antispoof" },
		{ IN_ETHER, "ether rules" },
		{ IN_FILTER, "pass, block and match rules" },
	};
	size_t i;

	for (i = 0; i + 1 < nitems(names); i++)
		if ((names[i].kinds & kind) != 0)
			break;
	return names[i].name;
}

/* A part in the word that it was written with. */
static const char *
part_word(const struct ast *p)
{
	static const char *const routes[] = {
		[RULE_ROUTE_TO] = "route-to", [RULE_REPLY_TO] = "reply-to",
		[RULE_DUP_TO] = "dup-to",
	};
	static const char *const states[] = {
		[RULE_STATE_NONE] = "no state",
		[RULE_STATE_KEEP] = "keep state",
		[RULE_STATE_MODULATE] = "modulate state",
		[RULE_STATE_SYNPROXY] = "synproxy state",
	};

	switch (p->kind) {
	case P_DIR:
		return p->op == RULE_IN ? "in" : "out";
	case P_AF:
		return p->n == AF_INET ? "inet" : "inet6";
	case P_ROUTE:
		return p->a == NULL ? "fastroute" : routes[p->op];
	case P_ICMP:
		return p->op == 4 ? "icmp-type" : "icmp6-type";
	case P_DN:
		return p->op == 0 ? "dnpipe" : "dnqueue";
	case P_STATE:
		return states[p->op];
	default:
		return ranks[p->kind].name;
	}
}

/*
 * Is a route option the classic one?  `(IF ADDR)' always is.  A bare name is
 * an interface right after `on IF', and elsewhere means its address.
 */
static bool
classic_route(const struct ast *part, const struct ast *prev)
{
	const struct ast *h;
	struct addr a;
	uint8_t af;

	if (part->a == NULL)
		return false;
	for (h = part->a->a; h != NULL; h = h->next)
		if (h->op == HOST_ROUTE)
			return true;
	if (prev == NULL || prev->kind != P_ON)
		return false;
	for (h = part->a->a; h != NULL; h = h->next)
		if (h->op != HOST_NAME || h->n != -1 ||
		    addr_parse(h->s, &a, &af) || strpbrk(h->s, ":%") != NULL)
			return false;
	return true;
}

/* Where a part is kept that others ask for by name. */
static const size_t places[] = {
#define AT(kind, member) [kind] = offsetof(struct parts, member)
	AT(P_PASS, pass), AT(P_DIR, dir), AT(P_LOG, log), AT(P_QUICK, quick),
	AT(P_ON, on), AT(P_FOR, forif), AT(P_BRIDGE, bridge), AT(P_AF, af),
	AT(P_PROTO, proto), AT(P_L3, l3), AT(P_ARROW, arrow),
	AT(P_FLAGS, flags), AT(P_ICMP, icmp), AT(P_STATE, state),
	AT(P_USER, user), AT(P_GROUP, group), AT(P_FRAGMENT, fragment),
	AT(P_NAT, nat), AT(P_RDR, rdr), AT(P_BINAT, binat),
	AT(P_AFTO, afto), AT(P_NPTV6, nptv6), AT(P_DIVERT, divert),
	AT(P_SCRUB, scrub), AT(P_ALLOWOPTS, allow_opts), AT(P_ONCE, once),
#undef AT
};

static void
remember(struct parts *pt, const struct ast *p)
{
	if (p->kind == P_FROM)
		*(pt->l3 != NULL ? &pt->l3from : &pt->from) = p;
	else if (p->kind == P_TO)
		*(pt->l3 != NULL ? &pt->l3to : &pt->to) = p;
	else if (p->kind == P_ROUTE)	/* fastroute means nothing */
		pt->route = p->a != NULL ? p : NULL;
	else if (p->kind < nitems(places) && places[p->kind] != 0)
		*(const struct ast **)(void *)((char *)pt +
		    places[p->kind]) = p;
}

bool
parts_sort(struct build *b, const struct ast_stmt *st, int kind,
    struct parts *pt)
{
	const struct ast *p, *prev = NULL;
	bool seen[nitems(ranks)] = { false };
	int rank = 0, mine;

	memset(pt, 0, sizeof(*pt));
	pt->stmt = st;
	pt->all = st->parts;
	for (p = st->parts; p != NULL; prev = p, p = p->next) {
		const struct rank *k = &ranks[p->kind];

		mine = k->rank;
		if (p->kind == P_ROUTE && rank > mine)
			mine = ANY_ORDER;	/* the modern place */
		if (pt->l3 != NULL && mine >= 7 && mine <= 8)
			mine += 3;
		if ((k->in & kind) == 0) {
			diag_error(b->diag, &p->loc, "'%s' cannot stand in %s",
			    part_word(p), kind_name(kind));
			if (p->kind == P_ARROW)
				diag_hint(b->diag, "these have nat-to and "
				    "rdr-to");
			return false;
		}
		if (mine < rank) {
			diag_error(b->diag, &p->loc, "'%s' must stand before '%s'",
			    part_word(p), part_word(prev));
			return false;
		}
		if (k->once && seen[p->kind] && (p->kind != P_ROUTE ||
		    pt->route != NULL)) {
			diag_error(b->diag, &p->loc, "'%s' stands here twice",
			    part_word(p));
			if (p->kind == P_TO && (kind & (IN_NAT | IN_BINAT)) != 0)
				diag_hint(b->diag, "the new address stands "
				    "behind '->'");
			return false;
		}
		if ((p->kind == P_FROM || p->kind == P_TO) && seen[P_ALL]) {
			diag_error(b->diag, &p->loc, "'all' says it already");
			return false;
		}
		if (p->kind == P_L3)
			seen[P_ALL] = seen[P_FROM] = seen[P_TO] = false;
		seen[p->kind] = true;
		rank = mine;
		if (p->kind == P_ROUTE)
			pt->route_classic = classic_route(p, prev);
		remember(pt, p);
	}
	return true;
}
