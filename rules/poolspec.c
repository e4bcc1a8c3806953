/* SPDX-License-Identifier: ISC */
/*
 * Pools: from the words behind nat-to, route-to or -> to plain pools.
 *
 * A pool is read once per statement (pool_spec_read), and then fitted to each
 * rule (pool_fit): addresses of the other family go, and in a modern pool
 * what is left of a list becomes an automatic table.
 */
#include <ctype.h>
#include <md5.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"

#define NAT_PORT_LO 50001	/* pf's range for translated ports */
#define NAT_PORT_HI 65535

/* source-hash: 0x and 32 digits, or any string, whose MD5 is the key. */
static bool
read_key(struct build *b, const struct ast *w, struct pool *p)
{
	MD5_CTX ctx;
	size_t i;

	p->key_set = true;
	if (strncmp(w->s, "0x", 2) != 0) {
		MD5Init(&ctx);
		MD5Update(&ctx, (const uint8_t *)w->s, strlen(w->s));
		MD5Final(p->key, &ctx);
		return true;
	}
	if (strlen(w->s) != 34) {
		diag_error(b->diag, &w->loc,
		    "hex key must be 128 bits (32 hex digits) long");
		return false;
	}
	for (i = 0; i < 32; i++) {
		char c = w->s[2 + i], two[2] = { c, '\0' };

		if (!isxdigit((unsigned char)c)) {
			diag_error(b->diag, &w->loc,
			    "hex key contains non-hex digits");
			return false;
		}
		p->key[i / 2] = (uint8_t)(p->key[i / 2] << 4 |
		    (uint8_t)strtoul(two, NULL, 16));
	}
	return true;
}

static bool
opt_mape(struct build *b, const struct ast *o, struct pool *p)
{
	int64_t off, len, psid;

	if (!number_in(b, o->a, 1, 15, "map-e-portset offset", &off) || !number_in(b, o->b, 1, 15,
	    "map-e-portset length", &len) ||
	    !number_in(b, o->c, 0, 65535, "map-e-portset id", &psid))
		return false;
	if (off + len > 16 || psid >> len != 0) {
		diag_error(b->diag, &o->loc, "invalid map-e-portset");
		return false;
	}
	p->mape_offset = (uint8_t)off;
	p->mape_len = (uint8_t)len;
	p->mape_psid = (uint16_t)psid;
	return true;
}

static bool
opt_endpoint(struct build *b, const struct ast *o, struct pool *p)
{
	static const char *const words[] = {
		[POOL_FILTER_ENDPOINT] = "endpoint",
		[POOL_FILTER_ADDRESS] = "address",
		[POOL_FILTER_ADDRESS_PORT] = "address-port",
	};
	size_t i;

	p->endpoint_indep = true;
	if (o->a == NULL)
		return true;
	for (i = 0; i < nitems(words); i++)
		if (strcmp(o->a->s, words[i]) == 0)
			break;
	if (i == nitems(words)) {
		diag_error(b->diag, &o->a->loc, "filter must be endpoint, "
		    "address or address-port");
		return false;
	}
	p->endpoint_filter = (uint8_t)i;
	p->endpoint_filter_set = true;
	return true;
}

static bool
opt_portblock(struct build *b, const struct ast *o, struct pool *p)
{
	int64_t size, max;

	if (!number_in(b, o->a, 1, 64512, "port-block size", &size) || !number_in(b, o->b, 1, 64512,
	    "port-block maximum", &max))
		return false;
	p->block_size = (uint32_t)size;
	p->block_max = (uint32_t)max;
	return true;
}

static bool
only_for(struct build *b, const struct ast *o, bool ok, const char *name,
    const char *kind)
{
	if (!ok)
		diag_error(b->diag, &o->loc, "the '%s' option is only valid "
		    "with %s", name, kind);
	return ok;
}

static bool
poolopt(struct build *b, const struct ast *o, struct pool_spec *ps)
{
	struct pool *p = &ps->opt;
	bool nat = ps->is_nat, route = ps->is_route;

	switch (o->op) {
	case PO_TYPE:
		if (p->type_set) {
			diag_error(b->diag, &o->loc,
			    "pool type cannot be redefined");
			return false;
		}
		p->type = (uint8_t)o->n;
		p->type_set = true;
		if (p->type != POOL_SRCHASH)
			return true;
		if (o->a != NULL)
			return read_key(b, o->a, p);
		arc4random_buf(p->key, sizeof(p->key));
		return true;
	case PO_STICKY:
		p->sticky = true;
		return true;
	case PO_STATICPORT:
		p->static_port = true;
		return only_for(b, o, nat, "static-port", "nat rules");
	case PO_PRESERVEPORT:
		p->preserve_port = true;
		return only_for(b, o, nat, "preserve-port", "nat rules");
	case PO_ENDPOINT:
		return only_for(b, o, nat, "endpoint-independent",
		    "nat rules") && opt_endpoint(b, o, p);
	case PO_ENDPOINT_DEP:
		p->endpoint_dep = true;
		return only_for(b, o, nat, "endpoint-dependent", "nat rules");
	case PO_PORTBLOCK:
		return only_for(b, o, nat, "port-block", "nat rules") &&
		    opt_portblock(b, o, p);
	case PO_HAIRPIN:
		p->hairpin = true;
		return only_for(b, o, !nat && !route, "hairpin", "rdr rules");
	case PO_MAPE:
		return only_for(b, o, nat, "map-e-portset", "nat rules") &&
		    opt_mape(b, o, p);
	default:
		p->ipv6_nexthop = true;
		return only_for(b, o, route, "prefer-ipv6-nexthop",
		    "route-to, reply-to and dup-to");
	}
}

static bool
read_port(struct build *b, struct pool_spec *ps)
{
	const struct ast *w = ps->node->b;
	struct pool *p = &ps->opt;
	bool range;

	if (w == NULL) {
		if (ps->is_nat && !p->static_port) {
			p->port_lo = NAT_PORT_LO;
			p->port_hi = NAT_PORT_HI;
		}
		return true;
	}
	if (ps->is_route) {
		diag_error(b->diag, &w->loc, "a route option has no port");
		return false;
	}
	if (!port_word(b, w, &p->port_lo, &p->port_hi, &range, &ps->port_star))
		return false;
	p->port_set = true;
	if (p->static_port) {
		diag_error(b->diag, &w->loc, "the 'static-port' option can't "
		    "be used when specifying a port range");
		return false;
	}
	if (ps->is_nat && ps->port_star) {
		diag_error(b->diag, &w->loc, "port '*' is for rdr-to");
		return false;
	}
	if (p->port_lo > p->port_hi && !ps->port_star) {
		uint16_t lo = p->port_hi;

		if (!ps->is_nat) {
			diag_error(b->diag, &w->loc, "invalid port range");
			return false;
		}
		p->port_hi = p->port_lo;
		p->port_lo = lo;
	}
	return true;
}

bool
pool_spec_read(struct build *b, const struct ast *node, bool is_nat,
    bool is_route, struct pool_spec *ps)
{
	const struct ast *o, *six = NULL;
	bool ok = true;

	memset(ps, 0, sizeof(*ps));
	ps->node = node;
	ps->is_nat = is_nat;
	ps->is_route = is_route;
	for (o = node->c; o != NULL; o = o->next) {
		ok &= poolopt(b, o, ps);
		if (o->op == PO_ENDPOINT_DEP)
			six = o;
	}
	if (six != NULL && ps->opt.endpoint_indep) {
		diag_error(b->diag, &six->loc, "endpoint-independent and "
		    "endpoint-dependent exclude each other");
		ok = false;
	}
	ok &= read_port(b, ps);
	return hosts_resolve(b, node->a, is_route ? FOR_ROUTE : FOR_POOL,
	    &ps->hosts) && ok;
}

static bool
dyntype(uint8_t type)
{
	return type == POOL_ROUNDROBIN || type == POOL_LEASTSTATES ||
	    type == POOL_RANDOM || type == POOL_SRCHASH;
}

/* May this dynamic interface have several addresses of one family? */
static bool
several(const struct rule_addr *a)
{
	size_t len = strlen(a->name);

	return (a->mods & RULE_MOD_NOALIAS) == 0 || len == 0 ||
	    !isdigit((unsigned char)a->name[len - 1]);
}

static void
put(struct build *b, struct pool *p, const struct host_item *it)
{
	struct pool_addr *pa;

	p->v = zone_grow(b->zone, p->v, p->n, sizeof(*p->v));
	pa = &p->v[p->n++];
	memset(pa, 0, sizeof(*pa));
	pa->addr = it->addr;
	if (it->addr.type != RULE_ADDR_PREFIX && p->af == AF_INET &&
	    pa->addr.plen > 32)
		pa->addr.plen = 32;
	pa->weight = it->weight != 0 ? it->weight : 1;
	pa->weight_set = it->weight != 0;
}

static bool
single(struct build *b, const struct pool_spec *ps, struct pool *p,
    const struct host_item *it)
{
	const struct rule_addr *a = &it->addr;

	if (a->type == RULE_ADDR_DYNIF && ps->is_route &&
	    (a->mods & RULE_MOD_PEER) == 0) {
		diag_error(b->diag, &it->node->loc, "route spec requires :peer "
		    "with dynamic interface addresses");
		return false;
	}
	if (a->type == RULE_ADDR_TABLE || (a->type == RULE_ADDR_DYNIF &&
	    several(a))) {
		if (!p->type_set)
			p->type = POOL_ROUNDROBIN;
		else if (!dyntype(p->type)) {
			diag_error(b->diag, &ps->node->loc, a->type ==
			    RULE_ADDR_TABLE ? "tables are not supported by "
			    "pool type" : "dynamic interfaces are not "
			    "supported by pool type");
			return false;
		}
	}
	put(b, p, it);
	return true;
}

/* A modern list: an automatic table. */
static bool
to_table(struct build *b, const struct pool_spec *ps, struct pool *p,
    const struct host_list *l)
{
	struct host_item it = { 0 };
	struct table *t;
	size_t i;

	if (!p->type_set)
		p->type = POOL_ROUNDROBIN;
	if (!dyntype(p->type)) {
		diag_error(b->diag, &ps->node->loc, "pool type is not valid "
		    "for multiple translation or routing addresses");
		return false;
	}
	for (i = 0; i < l->n; i++)
		if (l->v[i].addr.type != RULE_ADDR_PREFIX) {
			diag_error(b->diag, &l->v[i].node->loc, "multiple "
			    "tables or dynamic interfaces not supported for "
			    "translation or routing");
			return false;
		}
	t = tabledef_automatic(b);
	for (i = 0; i < l->n; i++) {
		struct table_entry e = {
			.addr = l->v[i].addr.addr, .af = l->v[i].addr.af,
			.plen = l->v[i].addr.plen, .weight = l->v[i].weight,
		};

		tabledef_add_entry(b, t, &e);
	}
	it.addr.type = RULE_ADDR_TABLE;
	it.addr.name = t->name;
	it.addr.table = t;
	it.addr.plen = 128;
	put(b, p, &it);
	return true;
}

static bool
classic_list(struct build *b, const struct pool_spec *ps, struct pool *p,
    const struct host_list *l)
{
	size_t i;

	if (!p->type_set)
		p->type = POOL_ROUNDROBIN;
	if (p->type != POOL_ROUNDROBIN) {
		diag_error(b->diag, &ps->node->loc, "only round-robin valid "
		    "for multiple redirection addresses");
		return false;
	}
	for (i = 0; i < l->n; i++)
		put(b, p, &l->v[i]);
	return true;
}

/* The addresses of the family wanted; false after an error. */
static bool
select_af(struct build *b, const struct pool_spec *ps, uint8_t *af,
    struct host_list *out)
{
	const char *kind = ps->is_route ? "routing" : "translation";
	uint8_t seen = *af;
	size_t i;

	for (i = 0; i < ps->hosts.n; i++) {
		const struct host_item *it = &ps->hosts.v[i];

		if (it->addr.af != 0 && *af != 0 && it->addr.af != *af)
			continue;
		if (it->addr.af != 0 && seen != 0 && it->addr.af != seen) {
			diag_error(b->diag, &ps->node->loc, "%s spec contains "
			    "addresses with different address families", kind);
			return false;
		}
		if (it->addr.af != 0 && it->addr.plen >
		    addr_bits(it->addr.af)) {
			diag_error(b->diag, &it->node->loc, "netmask %u "
			    "invalid for IPv4 address", it->addr.plen);
			return false;
		}
		if (it->addr.af != 0)
			seen = it->addr.af;
		out->v = zone_grow(b->zone, out->v, out->n,
		    sizeof(*out->v));
		out->v[out->n++] = *it;
	}
	if (out->n == 0) {
		diag_error(b->diag, &ps->node->loc, "af mismatch in %s spec",
		    kind);
		return false;
	}
	*af = seen;
	return true;
}

struct pool *
pool_fit(struct build *b, const struct pool_spec *ps, uint8_t *af,
    const struct rule_port *match, bool classic)
{
	struct host_list l = { 0 };
	struct pool *p;
	bool ok;
	uint32_t span = 0;

	if (!select_af(b, ps, af, &l))
		return NULL;
	p = zone_alloc(b->zone, sizeof(*p));
	*p = ps->opt;
	p->af = *af;
	p->classic = classic;
	if (ps->port_star) {
		if (match != NULL && match->op == RULE_OP_RRG)
			span = (uint32_t)match->hi - match->lo;
		if (p->port_lo + span > 65535) {
			diag_error(b->diag, &ps->node->b->loc, "the range of "
			    "%u ports from %u does not fit below 65536",
			    span + 1, p->port_lo);
			return NULL;
		}
		p->port_hi = (uint16_t)(p->port_lo + span);
	}
	if (l.n == 1)
		ok = single(b, ps, p, &l.v[0]);
	else if (classic)
		ok = classic_list(b, ps, p, &l);
	else
		ok = to_table(b, ps, p, &l);
	if (ok && p->type == POOL_BITMASK && l.n > 1) {
		diag_error(b->diag, &ps->node->loc, "bitmask takes one "
		    "prefix");
		ok = false;
	}
	return ok ? p : NULL;
}
