/* SPDX-License-Identifier: ISC */
/*
 * Address specifications to plain addresses.
 *
 * A name is tried as an interface or group, then as a numeric address, then
 * as a host name.  A name that stands for several addresses gives several
 * items, in the order of the host description.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rules/addr_text.h"
#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"

static struct host_item *
item_add(struct build *b, struct host_list *l)
{
	struct host_item *it;

	l->v = zone_grow(b->zone, l->v, l->n, sizeof(*l->v));
	it = &l->v[l->n++];
	memset(it, 0, sizeof(*it));
	it->addr.plen = 128;
	return it;
}

static void
add_addr(struct build *b, struct host_list *l, const struct addr *a,
    uint8_t af, uint8_t plen, const char *scope)
{
	struct host_item *it = item_add(b, l);

	it->addr.type = RULE_ADDR_PREFIX;
	it->addr.addr = *a;
	it->addr.af = af;
	it->addr.plen = plen;
	it->scope = scope;
	if (plen <= addr_bits(af))
		addr_apply_plen(&it->addr.addr, plen);
}

/* Split modifiers off a name; -1 if there is something else behind a `:'. */
static int
modifiers(char *name, const char **bad)
{
	static const struct { const char *word; int mod; } mods[] = {
		{ "network", RULE_MOD_NETWORK },
		{ "broadcast", RULE_MOD_BROADCAST },
		{ "peer", RULE_MOD_PEER }, { "0", RULE_MOD_NOALIAS },
	};
	int found = 0;
	char *p;
	size_t i;

	while ((p = strrchr(name, ':')) != NULL) {
		for (i = 0; i < nitems(mods); i++)
			if (strcmp(p + 1, mods[i].word) == 0)
				break;
		if (i == nitems(mods)) {
			*bad = p + 1;
			return -1;
		}
		found |= mods[i].mod;
		*p = '\0';
	}
	return found;
}

static bool
mods_clash(int mods)
{
	mods &= ~RULE_MOD_NOALIAS;
	return (mods & (mods - 1)) != 0;
}

bool
dynif_parse(struct build *b, const struct span *at, const char *text,
    struct rule_addr *ra)
{
	char *name = zone_strdup(b->zone, text);
	const char *bad = "";
	int mods;

	if (!isalpha((unsigned char)text[0])) {
		diag_error(b->diag, at, "invalid interface name '%s'", text);
		return false;
	}
	if ((mods = modifiers(name, &bad)) == -1) {
		static const char *const words[] = {
			"network", "broadcast", "peer",
		};
		const char *near = diag_suggest(bad, words, nitems(words));

		name[strcspn(name, ":")] = '\0';
		diag_error(b->diag, at, "interface %s has bad modifier", name);
		if (near != NULL)
			diag_hint(b->diag, "did you mean ':%s'?", near);
		return false;
	}
	if (mods_clash(mods)) {
		diag_error(b->diag, at,
		    "illegal combination of interface modifiers");
		return false;
	}
	if (strlen(name) > RULE_IFNAME_MAX) {
		diag_error(b->diag, at, "interface name too long");
		return false;
	}
	ra->type = RULE_ADDR_DYNIF;
	ra->name = name;
	ra->mods = (uint8_t)mods;
	return true;
}

/* One address of an interface, if the modifiers want it. */
static void
if_addr(struct build *b, const struct host_if *i, const struct host_addr *a,
    int mods, int64_t plen, bool *got4, bool *got6, struct host_list *l)
{
	bool *got = a->af == AF_INET ? got4 : got6;
	struct addr addr = a->addr;
	uint8_t bits = (uint8_t)addr_bits(a->af);

	if (!host_addr_has(i, a, mods))
		return;
	if ((mods & RULE_MOD_NOALIAS) != 0 && *got)
		return;
	*got = true;
	if ((mods & RULE_MOD_BROADCAST) != 0)
		addr = a->broadcast;
	else if ((mods & RULE_MOD_PEER) != 0)
		addr = a->peer;
	else if ((mods & RULE_MOD_NETWORK) != 0)
		bits = a->plen;
	if (plen != -1)
		bits = (uint8_t)plen;
	add_addr(b, l, &addr, a->af, bits, a->scoped ? i->name : NULL);
}

void
if_addrs(struct build *b, const char *name, int mods, int64_t plen,
    struct host_list *l)
{
	size_t i, n;
	uint32_t k;
	const struct host_if *const *v = host_ifs(b->host, &n);
	const struct host_if *exact = host_if_find(b->host, name);

	for (i = 0; i < n; i++) {
		bool got4 = false, got6 = false;

		if (strcmp(name, "self") != 0 && (exact != NULL ?
		    v[i] != exact : !host_if_matches(v[i], name)))
			continue;
		for (k = 0; k < v[i]->naddrs; k++)
			if_addr(b, v[i], &v[i]->addrs[k], mods, plen, &got4,
			    &got6, l);
	}
}

/* As an interface.  1: it is one, 0: it is none, -1: error. */
static int
as_if(struct build *b, const struct span *at, const char *word, int64_t plen,
    struct host_list *l)
{
	char *name = zone_strdup(b->zone, word);
	const char *bad;
	size_t before = l->n;
	int mods;

	if ((mods = modifiers(name, &bad)) == -1 ||
	    !host_has_if(b->host, name))
		return 0;
	if (mods_clash(mods)) {
		diag_error(b->diag, at,
		    "illegal combination of interface modifiers");
		return -1;
	}
	if ((mods & (RULE_MOD_NETWORK | RULE_MOD_BROADCAST)) != 0 &&
	    plen != -1) {
		diag_error(b->diag, at, "network or broadcast lookup, but "
		    "extra netmask given");
		diag_hint(b->diag, "the prefix length comes from the "
		    "interface");
		return -1;
	}
	if_addrs(b, name, mods, plen, l);
	return l->n != before;
}

static bool
as_number(struct build *b, const char *word, int64_t plen,
    struct host_list *l)
{
	char *text, *scope;
	struct addr a;
	uint8_t af;

	if (plen != -1 && net_parse(word, &a)) {
		add_addr(b, l, &a, AF_INET, (uint8_t)plen, NULL);
		return true;
	}
	text = zone_strdup(b->zone, word);
	if ((scope = strchr(text, '%')) != NULL)
		*scope++ = '\0';
	if (!addr_parse(text, &a, &af) || (scope != NULL && (af != AF_INET6 ||
	    *scope == '\0' || strlen(scope) > RULE_IFNAME_MAX)))
		return false;
	add_addr(b, l, &a, af, (uint8_t)(plen == -1 ? addr_bits(af) : plen),
	    scope);
	return true;
}

static bool
as_name(struct build *b, const char *word, int64_t plen, struct host_list *l)
{
	const struct host_result *v;
	bool first = false, got4 = false, got6 = false;
	size_t i, n, len = strlen(word);
	char *name = zone_strdup(b->zone, word);

	if (b->no_names || len == 0)
		return false;
	if (len > 2 && strcmp(word + len - 2, ":0") == 0) {
		first = true;
		name[len - 2] = '\0';
	}
	if (strpbrk(name, ":%") != NULL || host_resolve(b->host, name, &v,
	    &n) != 0)
		return false;
	for (i = 0; i < n; i++) {
		bool *got = v[i].af == AF_INET ? &got4 : &got6;

		if (first && *got)
			continue;
		*got = true;
		add_addr(b, l, &v[i].addr, v[i].af, (uint8_t)(plen == -1 ?
		    addr_bits(v[i].af) : plen), NULL);
	}
	return true;
}

/* Could this be a numeric address with a mistake?  Then do not ask DNS. */
static bool
looks_numeric(const char *s)
{
	return strspn(s, "0123456789.") == strlen(s);
}

static bool
is_modifier(const char *s)
{
	static const char *const words[] = {
		"network", "broadcast", "peer", "0",
	};
	size_t i;

	for (i = 0; i < nitems(words); i++)
		if (strcmp(words[i], s) == 0)
			return true;
	return false;
}

/* What is wrong with a word that is no address. */
static void
host_hint(struct build *b, const char *word)
{
	char *name = zone_strdup(b->zone, word), *colon, *end;
	struct addr a;
	unsigned dots = 0;
	const char *p;
	uint8_t af;

	if (looks_numeric(word)) {
		for (p = word; (p = strchr(p, '.')) != NULL; p++)
			dots++;
		if (dots != 3)
			diag_hint(b->diag, "an address has four numbers");
		for (p = word; *p != '\0' && dots == 3; p = *end != '\0' ?
		    end + 1 : end)
			if (strtoul(p, &end, 10) > 255 || end == p) {
				diag_hint(b->diag, "the numbers of an address "
				    "are 0 - 255");
				return;
			}
		return;
	}
	if ((colon = strrchr(name, ':')) == NULL)
		return;
	*colon++ = '\0';
	if (*colon != '\0' && strspn(colon, "0123456789:*") == strlen(colon) &&
	    (addr_parse(name, &a, &af) || strcmp(name, "any") == 0))
		diag_hint(b->diag, "did you mean '%s port %s'?", name, colon);
	else if (is_modifier(colon) && strchr(name, ':') == NULL)
		diag_hint(b->diag, host_has_if(b->host, name) ?
		    "%s has none" : "there is no interface %s", name);
}

/* The name of an interface, with a modifier that there is not. */
static bool
bad_modifier(struct build *b, const struct span *at, const char *word)
{
	char *name = zone_strdup(b->zone, word), *colon = strchr(name, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	return host_has_if(b->host, name) && !dynif_parse(b, at, word,
	    &(struct rule_addr){ 0 });
}

bool
hosts_word(struct build *b, const struct span *at, const char *word,
    int64_t plen, enum host_where where, struct host_list *l)
{
	int is_if;

	(void)where;
	if (plen > 128) {
		diag_error(b->diag, at, "netmask is too large: /%lld",
		    (long long)plen);
		diag_hint(b->diag, "expected /0 - /32, of IPv6 /0 - /128");
		return false;
	}
	if ((is_if = as_if(b, at, word, plen, l)) != 0)
		return is_if == 1;
	if (bad_modifier(b, at, word))
		return false;
	if (as_number(b, word, plen, l) || (!looks_numeric(word) &&
	    as_name(b, word, plen, l)))
		return true;
	diag_error(b->diag, at, "no IP address found for %s", word);
	host_hint(b, word);
	return false;
}

static bool
resolve_range(struct build *b, const struct ast *h, struct host_list *l)
{
	struct host_item *it;
	struct addr lo, hi;
	uint8_t af, af2;

	if (!addr_parse(h->s, &lo, &af) || !addr_parse(h->s2, &hi, &af2) ||
	    af != af2 || addr_cmp(&lo, &hi, af) > 0) {
		diag_error(b->diag, &h->loc, "invalid address range");
		diag_hint(b->diag, "expected two numeric addresses of one "
		    "family, the lower one first");
		return false;
	}
	it = item_add(b, l);
	it->addr.type = RULE_ADDR_RANGE;
	it->addr.addr = lo;
	it->addr.addr2 = hi;
	it->addr.af = af;
	it->addr.plen = (uint8_t)addr_bits(af);
	return true;
}

static bool
resolve_simple(struct build *b, const struct ast *h, int type,
    const char *name, size_t max, const char *what, struct host_list *l)
{
	struct host_item *it;

	if (name != NULL && strlen(name) > max) {
		diag_error(b->diag, &h->loc, "%s '%s' too long, max %zu chars",
		    what, name, max);
		return false;
	}
	it = item_add(b, l);
	it->addr.type = (uint8_t)type;
	it->addr.name = name;
	return true;
}

/* What a place does not take. */
static bool
forbidden(struct build *b, const struct ast *h, enum host_where where)
{
	const char *why = NULL;

	if (where == FOR_TABLE) {
		if (h->op == HOST_TABLE)
			why = "tables cannot contain tables";
		else if (h->op == HOST_DYN)
			why = "dynamic addresses are not permitted inside "
			    "tables";
		else if (h->op == HOST_NOROUTE)
			why = "\"no-route\" is not permitted inside tables";
		else if (h->op == HOST_URPF)
			why = "\"urpf-failed\" is not permitted inside "
			    "tables";
		else if (h->op == HOST_RANGE)
			why = "address ranges are not permitted inside "
			    "tables";
		else if (h->op != HOST_NAME)
			why = "only addresses are permitted inside tables";
	} else if (where == FOR_POOL || where == FOR_ROUTE) {
		if (h->neg)
			why = "negation is not permitted in translation and "
			    "routing addresses";
		else if (h->op != HOST_NAME && h->op != HOST_DYN &&
		    h->op != HOST_TABLE)
			why = "only addresses can be listed for redirection "
			    "pools";
	} else if (h->op == HOST_URPF && where == FOR_DEST) {
		why = "\"urpf-failed\" is not permitted in a destination "
		    "address";
	}
	if (where != FOR_TABLE && where != FOR_POOL && where != FOR_ROUTE &&
	    h->b != NULL)
		why = "weight is for pools and tables";
	if (h->a != NULL && where != FOR_TABLE)
		why = "ttl is for table entries";
	if (why == NULL)
		return false;
	diag_error(b->diag, h->b != NULL ? &h->b->loc : &h->loc, "%s", why);
	return true;
}

/* A word; in quotes it may have its prefix length inside. */
static bool
resolve_word(struct build *b, const struct ast *h, enum host_where where,
    struct host_list *l)
{
	char *word, *slash;
	size_t digits;

	slash = strchr(h->s, '/');
	digits = slash != NULL ? strspn(slash + 1, "0123456789") : 0;
	if (h->n != -1 || digits == 0 || digits > 3 || slash[1 + digits] != '\0')
		return hosts_word(b, &h->loc, h->s, h->n, where, l);
	word = zone_strndup(b->zone, h->s, (size_t)(slash - h->s));
	return hosts_word(b, &h->loc, word, atoi(slash + 1), where, l);
}

static bool
resolve_one(struct build *b, const struct ast *h, enum host_where where,
    struct host_list *l)
{
	struct host_item *it;
	struct rule_addr ra = { 0 };

	switch (h->op) {
	case HOST_ANY:
		return resolve_simple(b, h, RULE_ADDR_ANY, NULL, 0, NULL, l);
	case HOST_NOROUTE:
		return resolve_simple(b, h, RULE_ADDR_NOROUTE, NULL, 0, NULL,
		    l);
	case HOST_URPF:
		return resolve_simple(b, h, RULE_ADDR_URPF, NULL, 0, NULL, l);
	case HOST_TABLE:
		return resolve_simple(b, h, RULE_ADDR_TABLE, h->s,
		    RULE_TABLE_NAME_MAX, "table name", l);
	case HOST_RTLABEL:
		return resolve_simple(b, h, RULE_ADDR_RTLABEL, h->s,
		    RULE_RTLABEL_MAX, "route label", l);
	case HOST_RANGE:
		return resolve_range(b, h, l);
	case HOST_ROUTE:
		diag_error(b->diag, &h->loc, "(IF ADDRESS) is for route-to, reply-to "
		    "and dup-to");
		return false;
	case HOST_DYN:
		if (!dynif_parse(b, &h->loc, h->s, &ra))
			return false;
		if (h->n > 128) {
			diag_error(b->diag, &h->loc,
			    "netmask is too large: /%lld", (long long)h->n);
			return false;
		}
		it = item_add(b, l);
		ra.plen = (uint8_t)(h->n == -1 ? 128 : h->n);
		it->addr = ra;
		return true;
	default:
		return resolve_word(b, h, where, l);
	}
}

bool
hosts_resolve(struct build *b, const struct ast *list, enum host_where where,
    struct host_list *l)
{
	const struct ast *h;
	bool ok = true, any = false;
	size_t i, before;
	int64_t ttl;

	for (h = list; h != NULL; h = h->next) {
		before = l->n;
		ttl = 0;
		if (forbidden(b, h, where) || !resolve_one(b, h, where, l)) {
			ok = false;
			continue;
		}
		if (h->n2 != 0 && (h->n2 < 1 || h->n2 > UINT16_MAX)) {
			diag_error(b->diag, &h->b->loc,
			    "weight must be 1 - 65535");
			ok = false;
		}
		if (h->b != NULL && h->b->a != NULL && h->n2 == 0) {
			diag_error(b->diag, &h->b->loc,
			    "weight must be 1 - 65535");
			ok = false;
		}
		if (h->a != NULL && !number_in(b, h->a, 1, UINT32_MAX, "ttl",
		    &ttl))
			ok = false;
		for (i = before; i < l->n; i++) {
			l->v[i].neg = h->neg;
			l->v[i].node = h;
			l->v[i].weight = (uint16_t)h->n2;
			l->v[i].ttl = (uint32_t)ttl;
		}
		any |= h->op == HOST_ANY && !h->neg;
	}
	if (any && (where == FOR_SOURCE || where == FOR_DEST)) {
		l->n = 0;
		item_add(b, l);		/* one `any' makes the list any */
	}
	return ok;
}
