/* SPDX-License-Identifier: ISC */
/*
 * Printing names, addresses, ports and pools.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rules/host.h"
#include "rules/names.h"
#include "rules/print.h"
#include "rules/print_impl.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const char *const reserved[] = {
#define KEYWORD(word, token, start, everywhere) everywhere ? word : "",
#include "rules/keywords.def"
#undef KEYWORD
};

static bool
is_reserved(const char *s)
{
	size_t i;

	for (i = 0; i < nitems(reserved); i++)
		if (s[0] == reserved[i][0] && strcmp(s, reserved[i]) == 0)
			return true;
	return false;
}

/* Would the scanner read these bytes as one word, and as no keyword? */
static bool
is_word(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (!(*p < 0x80 && isalnum(*p)) && *p != ':' && *p != '_')
		return false;
	if (s[strspn(s, "0123456789")] == '\0')
		return false;
	for (; *p != '\0'; p++)
		if (*p >= 0x80 || !isgraph(*p) ||
		    strchr("(){}<>!=/#,\\", *p) != NULL)
			return false;
	return !is_reserved(s);
}

void
print_quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++) {
		/* a blank behind a backslash would lose the backslash */
		if (*s == '"' || ((*s == ' ' || *s == '\t') && s[-1] == '\\'))
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

void
print_name(FILE *f, const char *s)
{
	if (is_word(s))
		fputs(s, f);
	else
		print_quoted(f, s);
}

static void
print_prefix(FILE *f, const struct addr *a, uint8_t af, unsigned plen)
{
	char buf[ADDR_TEXT_MAX];

	fputs(addr_text(buf, a, af), f);
	if (plen < addr_bits(af))
		fprintf(f, "/%u", plen);
}

static void
print_count(FILE *f, const struct rule_addr *a, uint8_t af,
    const struct print_options *o)
{
	int n = -1;

	if (o == NULL || (o->flags & PRINT_NUMBERS) == 0)
		return;
	if (o->count != NULL)
		n = o->count(o->arg, a, af);
	if (n == -1)
		fputs(":*", f);
	else
		fprintf(f, ":%d", n);
}

static void
print_dynif(FILE *f, const struct rule_addr *a, uint8_t af,
    const struct print_options *o)
{
	static const struct { int mod; const char *word; } mods[] = {
		{ RULE_MOD_NETWORK, ":network" },
		{ RULE_MOD_BROADCAST, ":broadcast" },
		{ RULE_MOD_PEER, ":peer" }, { RULE_MOD_NOALIAS, ":0" },
	};
	size_t i;

	fprintf(f, "(%s", a->name);
	for (i = 0; i < nitems(mods); i++)
		if ((a->mods & mods[i].mod) != 0)
			fputs(mods[i].word, f);
	print_count(f, a, af, o);
	fputc(')', f);
	if (a->plen < addr_bits(af))
		fprintf(f, "/%u", a->plen);
}

void
print_rule_addr(FILE *f, const struct rule_addr *a, uint8_t af,
    const struct print_options *o)
{
	char buf[ADDR_TEXT_MAX];

	switch (a->type) {
	case RULE_ADDR_ANY:
		fputs("any", f);
		break;
	case RULE_ADDR_PREFIX:
		print_prefix(f, &a->addr, a->af, a->plen);
		break;
	case RULE_ADDR_RANGE:
		fprintf(f, "%s - ", addr_text(buf, &a->addr, a->af));
		fputs(addr_text(buf, &a->addr2, a->af), f);
		break;
	case RULE_ADDR_TABLE:
		fputc('<', f);
		print_name(f, a->name);
		print_count(f, a, af, o);
		fputc('>', f);
		break;
	case RULE_ADDR_DYNIF:
		print_dynif(f, a, af, o);
		break;
	case RULE_ADDR_NOROUTE:
		fputs("no-route", f);
		break;
	case RULE_ADDR_URPF:
		fputs("urpf-failed", f);
		break;
	case RULE_ADDR_RTLABEL:
		fputs("route ", f);
		print_quoted(f, a->name);
		break;
	}
}

static const char *const op_words[] = {
	[RULE_OP_EQ] = "=", [RULE_OP_NE] = "!=", [RULE_OP_LT] = "<",
	[RULE_OP_LE] = "<=", [RULE_OP_GT] = ">", [RULE_OP_GE] = ">=",
	[RULE_OP_IRG] = "><", [RULE_OP_XRG] = "<>",
};

void
print_port(FILE *f, const struct rule_port *p, unsigned proto,
    const struct print_options *o)
{
	const char *name = NULL;

	if (p->op == RULE_OP_NONE)
		return;
	if (o != NULL && (o->flags & PRINT_SERVICES) != 0 &&
	    (p->op == RULE_OP_EQ || p->op == RULE_OP_NE))
		name = o->host != NULL ?
		    host_service_name(o->host, p->lo, proto) :
		    service_name(p->lo, proto == 17);
	if (p->op == RULE_OP_RRG)
		fprintf(f, " port %u:%u", p->lo, p->hi);
	else if (p->op == RULE_OP_IRG || p->op == RULE_OP_XRG)
		fprintf(f, " port %u %s %u", p->lo, op_words[p->op], p->hi);
	else if (name != NULL)
		fprintf(f, " port %s %s", op_words[p->op], name);
	else
		fprintf(f, " port %s %u", op_words[p->op], p->lo);
}

static void
print_id(FILE *f, uint32_t id)
{
	if (id == RULE_ID_UNKNOWN)
		fputs("unknown", f);
	else
		fprintf(f, "%u", id);
}

void
print_owner(FILE *f, const char *what, const struct rule_owner *p)
{
	if (p->op == RULE_OP_NONE)
		return;
	fprintf(f, " %s ", what);
	if (p->op == RULE_OP_IRG || p->op == RULE_OP_XRG) {
		fprintf(f, "%u %s %u", p->lo, op_words[p->op], p->hi);
		return;
	}
	fprintf(f, "%s ", op_words[p->op]);
	print_id(f, p->lo);
}

void
print_entry(FILE *f, const struct table_entry *e)
{
	if (e->neg)
		fputc('!', f);
	print_prefix(f, &e->addr, e->af, e->plen);
	if (e->weight != 0)
		fprintf(f, " weight %u", e->weight);
	if (e->ttl != 0)
		fprintf(f, " ttl %u", e->ttl);
}

char *
entry_text(const struct table_entry *e)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	print_entry(f, e);
	fclose(f);
	return text;
}

void
print_table(FILE *f, const struct table *t)
{
	uint32_t i, k;

	fputs("table <", f);
	print_name(f, t->name);
	fputc('>', f);
	if (t->constant)
		fputs(" const", f);
	if (t->persist)
		fputs(" persist", f);
	if (t->counters)
		fputs(" counters", f);
	for (i = 0; i < t->nparts; i++) {
		const struct table_part *p = &t->parts[i];

		if (p->file != NULL) {
			fputs(" file ", f);
			print_quoted(f, p->file);
			continue;
		}
		fputs(" {", f);
		for (k = 0; k < p->n; k++) {
			fputc(' ', f);
			print_entry(f, &p->v[k]);
		}
		fputs(" }", f);
	}
}

static void
pool_addr(FILE *f, const struct pool *p, const struct pool_addr *a,
    const struct print_options *o)
{
	if (a->ifname != NULL && a->addr.type == RULE_ADDR_IFACE) {
		print_name(f, a->ifname);
		return;
	}
	if (a->ifname != NULL) {
		fputc('(', f);
		print_name(f, a->ifname);
		fputc(' ', f);
	}
	print_rule_addr(f, &a->addr, p->af, o);
	if (a->ifname != NULL)
		fputc(')', f);
	if (a->weight_set)
		fprintf(f, " weight %u", a->weight);
}

static void
pool_type(FILE *f, const struct pool *p, int flags)
{
	static const char *const types[] = {
		[POOL_BITMASK] = " bitmask", [POOL_RANDOM] = " random",
		[POOL_SRCHASH] = " source-hash",
		[POOL_ROUNDROBIN] = " round-robin",
		[POOL_LEASTSTATES] = " least-states",
	};
	size_t i;

	if (p->type == POOL_NONE)
		return;
	fputs(types[p->type], f);
	if (p->type != POOL_SRCHASH || ((flags & PRINT_RAW) != 0 &&
	    !p->key_set))
		return;
	fputs(" 0x", f);
	for (i = 0; i < sizeof(p->key); i++)
		fprintf(f, "%02x", p->key[i]);
}

void
print_pool_options(FILE *f, const struct pool *p, bool is_nat,
    const struct print_options *o)
{
	static const char *const filters[] = {
		[POOL_FILTER_ENDPOINT] = "endpoint",
		[POOL_FILTER_ADDRESS] = "address",
		[POOL_FILTER_ADDRESS_PORT] = "address-port",
	};
	uint32_t i;

	if (p->n > 1) {
		fputs("{ ", f);
		for (i = 0; i < p->n; i++) {
			if (i != 0)
				fputs(", ", f);
			pool_addr(f, p, &p->v[i], o);
		}
		fputs(" }", f);
	} else {
		pool_addr(f, p, &p->v[0], o);
	}
	if (p->port_set && !(is_nat && p->port_lo == 50001 &&
	    p->port_hi == 65535)) {
		fprintf(f, " port %u", p->port_lo);
		if (p->port_hi != p->port_lo)
			fprintf(f, ":%u", p->port_hi);
	}
	pool_type(f, p, o != NULL ? o->flags : 0);
	if (p->sticky)
		fputs(" sticky-address", f);
	if (p->ipv6_nexthop)
		fputs(" prefer-ipv6-nexthop", f);
	if (p->static_port)
		fputs(" static-port", f);
	if (p->preserve_port)
		fputs(" preserve-port", f);
	if (p->mape_offset != 0)
		fprintf(f, " map-e-portset %u/%u/%u", p->mape_offset,
		    p->mape_len, p->mape_psid);
	if (p->endpoint_indep)
		fputs(" endpoint-independent", f);
	if (p->endpoint_filter_set)
		fprintf(f, " filter %s", filters[p->endpoint_filter]);
	if (p->endpoint_dep)
		fputs(" endpoint-dependent", f);
	if (p->block_size != 0)
		fprintf(f, " port-block %u max %u", p->block_size,
		    p->block_max);
	if (p->hairpin)
		fputs(" hairpin", f);
}
