/* SPDX-License-Identifier: ISC */
/*
 * The warnings that look at more than one statement, except those about rules
 * that cover each other (warn_cover.c).
 */
#include "rules/warn.h"

#include <sys/socket.h>
#include <netinet/in.h>

#include <ctype.h>
#include <string.h>

#include "engine/addr.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define ND_SOLICIT	135	/* RFC 4861, 4.3 */

/* Packets of one kind, as a rule sees them. */
struct traffic {
	uint8_t dir;		/* enum rule_dir */
	const char *ifname;	/* NULL: on every interface */
	uint8_t af, proto;
	const struct addr *to;	/* NULL: anywhere */
	uint16_t port;		/* 0: any port */
	int16_t icmp_type;	/* -1: not ICMP */
};

static const char *const names[] = {
	"never-matches",	/* warn_cover.c */
	"overload-unread",	/* build.c */
	"rdr-blocked",
	"nat-nowhere",
	"unused-table",
	"unused-macro",		/* load.c, with -vv */
	"nd-blocked",
	"foreign-nat",		/* natd's load_work.c */
	"many-hops",		/* natd's loader.c */
	"own-hop",		/* natd's load_check.c */
};

const char *
warn_name(size_t i)
{
	return i < nitems(names) ? names[i] : NULL;
}

static void
turn_off(struct diag *d, const struct span *at, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(names); i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], name, len) == 0) {
			diag_warn_off(d, names[i]);
			return;
		}
	diag_warn(d, at, "no warning is called %.*s", (int)len, name);
}

void
warn_comments(struct diag *d, uint32_t file, const char *text, size_t len)
{
	static const char word[] = "natd: no-warn";
	const char *p = text, *end = text + len, *eol;
	struct span at = { .file = file };
	size_t n;

	for (; p < end; p = eol + 1) {
		at.line++;
		if ((eol = memchr(p, '\n', (size_t)(end - p))) == NULL)
			eol = end;
		while (p < eol && (*p == ' ' || *p == '\t'))
			p++;
		if (p == eol || *p++ != '#')
			continue;
		while (p < eol && *p == ' ')
			p++;
		n = sizeof(word) - 1;
		if ((size_t)(eol - p) <= n || memcmp(p, word, n) != 0)
			continue;
		at.col = 1;
		for (p += n; p < eol; p += n) {
			while (p < eol && isspace((unsigned char)*p))
				p++;
			for (n = 0; p + n < eol && !isspace((unsigned char)
			    p[n]); n++)
				continue;
			if (n > 0)
				turn_off(d, &at, p, n);
		}
	}
}

/* Two interfaces for sure: full names, with a number, that differ. */
static bool
other_if(const char *a, const char *b)
{
	if (a == NULL || b == NULL || *a == '\0' || *b == '\0')
		return false;
	return isdigit((unsigned char)a[strlen(a) - 1]) &&
	    isdigit((unsigned char)b[strlen(b) - 1]) && strcmp(a, b) != 0;
}

/* Is @a an address of an interface that is there?  False if it is not. */
static bool
may_be_address_of(struct host *h, const char *ifname, const struct addr *a)
{
	const struct host_if *i = host_if_find(h, ifname);
	uint32_t k;

	if (i == NULL || i->naddrs == 0)
		return true;
	for (k = 0; k < i->naddrs; k++)
		if (addr_equal(&i->addrs[k].addr, a))
			return true;
	return false;
}

static bool
host_may(const struct rule_host *rh, const struct traffic *t,
    struct host *h)
{
	const struct rule_addr *ra = &rh->addr;

	if (rh->neg || t->to == NULL)
		return true;
	if (ra->type == RULE_ADDR_DYNIF && ra->mods == 0)
		return may_be_address_of(h, ra->name, t->to);
	if (ra->type == RULE_ADDR_RANGE)
		return ra->af == t->af && addr_in_range(t->to, &ra->addr,
		    &ra->addr2, t->af);
	if (ra->type != RULE_ADDR_PREFIX)
		return true;
	return ra->af == t->af && addr_in_prefix(t->to, &ra->addr, ra->plen);
}

static bool
port_may(const struct rule_port *p, uint16_t port)
{
	if (port == 0)
		return true;
	switch (p->op) {
	case RULE_OP_EQ:
		return port == p->lo;
	case RULE_OP_NE:
		return port != p->lo;
	case RULE_OP_LT:
		return port < p->lo;
	case RULE_OP_LE:
		return port <= p->lo;
	case RULE_OP_GT:
		return port > p->lo;
	case RULE_OP_GE:
		return port >= p->lo;
	case RULE_OP_IRG:
		return port > p->lo && port < p->hi;
	case RULE_OP_XRG:
		return port < p->lo || port > p->hi;
	case RULE_OP_RRG:
		return port >= p->lo && port <= p->hi;
	default:
		return true;
	}
}

/* Might the rule match one of these packets? */
static bool
may_match(const struct rule *r, const struct traffic *t, struct host *h)
{
	if (r->dir != RULE_INOUT && r->dir != t->dir)
		return false;
	if (!r->if_neg && other_if(r->ifname, t->ifname))
		return false;
	if (r->af != 0 && r->af != t->af)
		return false;
	if (r->proto != 0 && t->proto != 0 && r->proto != t->proto)
		return false;
	if (r->icmp_type != -1 && r->icmp_type != t->icmp_type)
		return false;
	return host_may(&r->to, t, h) && port_may(&r->to.port, t->port);
}

static bool
is_anywhere(const struct rule_host *h)
{
	return h->addr.type == RULE_ADDR_ANY && !h->neg &&
	    h->port.op == RULE_OP_NONE;
}

/* A block rule that stops all of these packets, on all interfaces of @t. */
static bool
surely_blocks(const struct rule *r, const struct traffic *t)
{
	bool on = r->ifname == NULL || (t->ifname != NULL && !r->if_neg &&
	    strcmp(r->ifname, t->ifname) == 0);

	return r->action == RULE_BLOCK && on && !r->if_any &&
	    r->rdomain == -1 && (r->dir == RULE_INOUT || r->dir == t->dir) &&
	    (r->af == 0 || r->af == t->af) &&
	    (r->proto == 0 || r->proto == t->proto) &&
	    is_anywhere(&r->from) && is_anywhere(&r->to) && r->os == NULL &&
	    r->received_on == NULL && !r->received_on_any &&
	    r->user.op == RULE_OP_NONE && r->group.op == RULE_OP_NONE &&
	    r->flagset == 0 && r->icmp_type == -1 && r->tos == -1 &&
	    r->prio == -1 && !r->fragment && r->pkt_rate == 0 &&
	    r->max_pkt_size == 0 && r->probability == 0 && !r->once &&
	    r->tagged.text == NULL;
}

/*
 * blocked_by() - Are all these packets blocked, whatever the rest of them
 * says?
 *
 * Return: the rule that blocks them, or NULL if one of them might pass.
 */
static const struct rule *
blocked_by(const struct rulelist *l, const struct traffic *t,
    struct host *h)
{
	const struct rule *blocks = NULL;
	uint32_t i;

	for (i = 0; i < l->n; i++) {
		const struct rule *r = l->v[i];

		if (surely_blocks(r, t)) {
			blocks = r;
			if (r->quick)
				break;
		} else if (r->action != RULE_BLOCK && r->action != RULE_MATCH &&
		    may_match(r, t, h)) {
			return NULL;	/* it passes them, or an anchor may */
		} else if (r->action == RULE_MATCH && (r->nat != NULL ||
		    r->rdr != NULL || r->naf != 0) && may_match(r, t, h)) {
			return NULL;	/* they change on the way */
		}
	}
	return blocks;
}

static void
blocked_note(struct diag *d, const struct rule *r)
{
	struct span sp;

	rule_origin_span(d, &r->origin, &sp);
	diag_note(d, &sp, "they are blocked by this rule");
}

/* One plain target, or NULL. */
static const struct rule_addr *
target_of(const struct pool *p)
{
	const struct rule_addr *a;

	if (p == NULL || p->n != 1)
		return NULL;
	a = &p->v[0].addr;
	return a->type == RULE_ADDR_PREFIX && a->plen == addr_bits(a->af) ?
	    a : NULL;
}

/*
 * Are packets of this interface let through unseen?  Then no rule is asked
 * about them: nothing is blocked, and nothing translated.
 */
static bool
is_skipped(const struct ruleset *rs, struct host *h, const char *ifname)
{
	const struct ruleset_options *o = &rs->options;
	const struct host_if *i = host_if_find(h, ifname);
	uint32_t k;

	for (k = 0; k < o->nskip; k++)
		if (strcmp(o->skip[k], ifname) == 0 ||
		    (i != NULL && host_if_matches(i, o->skip[k])))
			return true;
	return false;
}

/* rdr whose target no rule lets in. */
static void
check_rdr(const struct ruleset *rs, const struct rule *r, struct host *h,
    struct diag *d)
{
	const struct rulelist *l = &rs->root->rules[RULE_CLASS_FILTER];
	const struct rule_addr *a = target_of(r->rdr);
	struct traffic t = { .dir = RULE_IN, .icmp_type = -1 };
	const struct rule *by;
	struct span sp;

	if (a == NULL || r->xlate_pass || r->proto == 0 || r->ifname == NULL ||
	    r->if_neg || is_skipped(rs, h, r->ifname))
		return;
	t.ifname = r->ifname;
	t.af = a->af;
	t.proto = r->proto;
	t.to = &a->addr;
	if (r->rdr->port_lo != 0 && r->rdr->port_lo == r->rdr->port_hi)
		t.port = r->rdr->port_lo;
	else if (r->rdr->port_lo == 0 && r->to.port.op == RULE_OP_EQ)
		t.port = r->to.port.lo;
	if ((by = blocked_by(l, &t, h)) == NULL)
		return;
	rule_origin_span(d, &r->origin, &sp);
	diag_warn_named(d, "rdr-blocked", &sp, "no rule passes what is "
	    "redirected here");
	diag_hint(d, "rules see the address after rdr: pass in ... to the "
	    "target");
	blocked_note(d, by);
}

/* Does the host, or a statement of this file, have this interface? */
static bool
is_there(const struct ruleset *rs, struct host *h, const char *name)
{
	const struct iface_stmt *i;
	size_t n = strlen(name);

	for (i = rs->ifaces; i != NULL; i = i->next)
		if (strncmp(i->name, name, n) == 0 &&
		    strspn(i->name + n, "0123456789") == strlen(i->name + n))
			return true;
	return host_is_group(h, name);
}

/* nat on an interface by which nothing leaves. */
static void
check_nat(const struct ruleset *rs, const struct rule *r, struct host *h,
    struct diag *d)
{
	const struct rulelist *l = &rs->root->rules[RULE_CLASS_FILTER];
	struct traffic t = { .dir = RULE_OUT, .icmp_type = -1 };
	const struct rule *by;
	struct span sp;

	if (r->ifname == NULL || r->if_neg || r->nat == NULL ||
	    r->xlate_pass || is_skipped(rs, h, r->ifname))
		return;
	rule_origin_span(d, &r->origin, &sp);
	if (rs->ifaces != NULL && !is_there(rs, h, r->ifname)) {
		diag_warn_named(d, "nat-nowhere", &sp, "nothing leaves by %s: "
		    "no interface statement names it", r->ifname);
		return;
	}
	t.ifname = r->ifname;
	t.af = r->af != 0 ? r->af : AF_INET;
	t.proto = r->proto;
	if ((by = blocked_by(l, &t, h)) == NULL)
		return;
	diag_warn_named(d, "nat-nowhere", &sp, "nothing leaves by %s, so "
	    "nothing is translated here", r->ifname);
	blocked_note(d, by);
}

/* Does the ruleset let IPv6 through on purpose? */
static bool
wants_inet6(const struct rulelist *l)
{
	uint32_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i]->action == RULE_PASS && l->v[i]->af == AF_INET6 &&
		    l->v[i]->dir != RULE_OUT)
			return true;
	return false;
}

/* IPv6 does not work where neighbours cannot be found. */
static void
check_nd(const struct ruleset *rs, struct host *h, struct diag *d)
{
	const struct rulelist *l = &rs->root->rules[RULE_CLASS_FILTER];
	struct traffic t = {
		.dir = RULE_IN, .af = AF_INET6, .proto = IPPROTO_ICMPV6,
		.icmp_type = ND_SOLICIT,
	};
	const struct rule *by;
	struct span sp;

	if (!wants_inet6(l) || (by = blocked_by(l, &t, h)) == NULL)
		return;
	rule_origin_span(d, &by->origin, &sp);
	diag_warn_named(d, "nd-blocked", &sp, "this blocks IPv6 neighbour "
	    "discovery, without which no IPv6 arrives");
	diag_hint(d, "add: pass inet6 proto icmp6 icmp6-type { neighbrsol "
	    "neighbradv }");
}

/* Anchors may be filled from outside, by rules that name any table. */
static bool
has_outside(const struct anchor *a)
{
	const struct anchor *c;

	for (c = a->children; c != NULL; c = c->next)
		if (!c->given || has_outside(c))
			return true;
	return false;
}

static void
check_tables(const struct anchor *a, struct diag *d)
{
	const struct anchor *c;
	const struct table *t;
	struct span sp;

	for (t = a->tables; t != NULL; t = t->next) {
		if (!t->defined || t->automatic || t->persist || t->refs != 0)
			continue;
		rule_origin_span(d, &t->origin, &sp);
		diag_warn_named(d, "unused-table", &sp, "no rule names "
		    "<%s>", t->name);
		diag_hint(d, "'persist' keeps it for the command line");
	}
	for (c = a->children; c != NULL; c = c->next)
		check_tables(c, d);
}

void
warn_ruleset(const struct ruleset *rs, struct host *h, struct diag *d)
{
	static const uint8_t classes[] = {
		RULE_CLASS_NAT, RULE_CLASS_RDR, RULE_CLASS_FILTER,
	};
	const struct rulelist *l;
	size_t k;
	uint32_t i, looked = 0;

	warn_cover(rs->root, d);
	for (k = 0; k < nitems(classes); k++) {
		l = &rs->root->rules[classes[k]];
		for (i = 0; i < l->n && looked < 200; i++) {
			const struct rule *r = l->v[i];

			if (classes[k] == RULE_CLASS_FILTER &&
			    r->action != RULE_MATCH)
				continue;
			looked += r->nat != NULL || r->rdr != NULL;
			if (classes[k] == RULE_CLASS_RDR)
				check_rdr(rs, r, h, d);
			else if (classes[k] == RULE_CLASS_NAT)
				check_nat(rs, r, h, d);
		}
	}
	check_nd(rs, h, d);
	if (!has_outside(rs->root))
		check_tables(rs->root, d);
}
