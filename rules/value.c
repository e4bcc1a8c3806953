/* SPDX-License-Identifier: ISC */
/*
 * Values of a rule's parts: ports, protocols, users, ICMP types, TOS.
 */
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"
#include "rules/names.h"

bool
number_in(struct build *b, const struct ast *a, int64_t lo, int64_t hi,
    const char *what, int64_t *out)
{
	int64_t v;
	bool number = ast_number(a, &v);

	if (number && v >= lo && v <= hi) {
		*out = v;
		return true;
	}
	/* pf's words where there is no other bound that a person would meet */
	if (number && v < lo && lo == 1 && hi == UINT32_MAX)
		diag_error(b->diag, &a->loc, "only positive values permitted");
	else
		diag_error(b->diag, &a->loc, "%s must be %lld - %lld", what,
		    (long long)lo, (long long)hi);
	return false;
}

/* One end of a port word; @len bytes of it. */
static bool
port_number(struct build *b, const struct ast *a, const char *s, size_t len,
    uint16_t *out)
{
	char *name = zone_strndup(b->zone, s, len), *end;
	const char *names[256];
	unsigned long v;
	size_t n;
	int port;

	if (len == 0) {
		diag_error(b->diag, &a->loc, "one end of the port range is "
		    "missing");
		diag_hint(b->diag, "a range is written without blanks: 10:20");
		return false;
	}
	errno = 0;
	v = strtoul(name, &end, 0);
	if (name[0] >= '0' && name[0] <= '9' && strspn(name, "0123456789") ==
	    len)
		v = strtoul(name, &end, 10);
	if (*name == '-' || (end != name && *end == '\0')) {
		if (errno != 0 || v > 65535 || *name == '-') {
			diag_error(b->diag, &a->loc, "illegal port value %s",
			    name);
			diag_hint(b->diag, "ports are 0 - 65535");
			return false;
		}
		*out = (uint16_t)v;
		return true;
	}
	if ((port = host_service(b->host, name)) != -1) {
		*out = (uint16_t)port;
		return true;
	}
	diag_error(b->diag, &a->loc, "unknown port %s", name);
	n = strspn(name, "0123456789");
	if (n > 0 && name[n] == '-') {
		diag_hint(b->diag, "did you mean '%.*s:%s'?", (int)n, name,
		    name + n + 1);
		return false;
	}
	for (n = 0; n < nitems(names) && (names[n] = service_name_at(n)) !=
	    NULL; n++)
		continue;
	diag_hint_near(b->diag, name, names, n);
	return false;
}

bool
port_word(struct build *b, const struct ast *a, uint16_t *lo, uint16_t *hi,
    bool *range, bool *star)
{
	const char *colon = strchr(a->s, ':');

	*range = colon != NULL;
	*star = false;
	if (!port_number(b, a, a->s, colon == NULL ? strlen(a->s) :
	    (size_t)(colon - a->s), lo))
		return false;
	*hi = *lo;
	if (colon == NULL)
		return true;
	if (strcmp(colon, ":*") == 0) {
		*star = true;
		return true;
	}
	return port_number(b, a, colon + 1, strlen(colon + 1), hi);
}

static bool
port_read(struct build *b, const struct ast *p, struct rule_port *out)
{
	bool range, star;

	out->op = p->op;
	if (!port_word(b, p->a, &out->lo, &out->hi, &range, &star))
		return false;
	if (star) {
		diag_error(b->diag, &p->loc, "port '*' is for rdr-to");
		return false;
	}
	if (p->b != NULL) {
		uint16_t unused;
		bool range2;

		if (!port_word(b, p->b, &out->hi, &unused, &range2, &star))
			return false;
		if (range || range2 || star) {
			diag_error(b->diag, &p->loc,
			    "':' cannot be used with an other port operator");
			return false;
		}
	} else if (range && p->op != RULE_OP_NONE) {
		diag_error(b->diag, &p->loc,
		    "':' cannot be used with an other port operator");
		return false;
	} else if (p->op == RULE_OP_NONE) {
		out->op = range && out->lo != out->hi ? RULE_OP_RRG :
		    RULE_OP_EQ;
	}
	if (out->lo > out->hi) {
		diag_error(b->diag, &p->loc, "invalid port range");
		diag_hint(b->diag, "the lower port stands first");
		return false;
	}
	return true;
}

bool
ports_read(struct build *b, const struct ast *list, struct rule_port **v,
    size_t *n)
{
	const struct ast *p;
	bool ok = true;

	for (p = list; p != NULL; p = p->next) {
		*v = zone_grow(b->zone, *v, *n, sizeof(**v));
		if (port_read(b, p, &(*v)[*n]))
			(*n)++;
		else
			ok = false;
	}
	return ok;
}

static bool
proto_read(struct build *b, const struct ast *w, uint8_t *out)
{
	const char *names[256];
	int64_t num;
	int n;
	size_t i;

	if (w->kind == A_NUMBER || ast_number(w, &num)) {
		if (w->kind == A_NUMBER)
			num = w->n;
		if (num < 0 || num > 255) {
			diag_error(b->diag, &w->loc, "protocol outside range");
			diag_hint(b->diag, "expected 1 - 255");
			return false;
		}
		n = (int)num;
	} else if ((n = host_proto(b->host, w->s)) == -1) {
		diag_error(b->diag, &w->loc, "unknown protocol %s", w->s);
		for (i = 0; i < nitems(names) && (names[i] =
		    proto_name_at(i)) != NULL; i++)
			continue;
		diag_hint_near(b->diag, w->s, names, i);
		return false;
	}
	if (n == 0) {
		diag_error(b->diag, &w->loc, "proto 0 cannot be used");
		diag_hint(b->diag, "a rule for all protocols has no proto");
		return false;
	}
	*out = (uint8_t)n;
	return true;
}

bool
protos_read(struct build *b, const struct ast *list, uint8_t **v, size_t *n)
{
	const struct ast *w;
	bool ok = true;

	for (w = list; w != NULL; w = w->next) {
		*v = zone_grow(b->zone, *v, *n, sizeof(**v));
		if (proto_read(b, w, &(*v)[*n]))
			(*n)++;
		else
			ok = false;
	}
	return ok;
}

static bool
owner_id(struct build *b, const struct ast *w, bool group, uint32_t *out)
{
	int64_t v;

	if (strcmp(w->s, "unknown") == 0 && w->kind == A_WORD) {
		*out = RULE_ID_UNKNOWN;
		return true;
	}
	if (ast_number(w, &v)) {
		if (v < 0 || v >= RULE_ID_UNKNOWN) {
			diag_error(b->diag, &w->loc, "illegal %s value %s",
			    group ? "gid" : "uid", w->s);
			return false;
		}
		*out = (uint32_t)v;
		return true;
	}
	if (group ? host_group(b->host, w->s, out) :
	    host_user(b->host, w->s, out))
		return true;
	diag_error(b->diag, &w->loc, "unknown %s %s",
	    group ? "group" : "user", w->s);
	return false;
}

bool
owners_read(struct build *b, const struct ast *list, bool group,
    struct rule_owner **v, size_t *n)
{
	const struct ast *p;
	bool ok = true;

	for (p = list; p != NULL; p = p->next) {
		struct rule_owner o = { .op = p->op };

		if (o.op == RULE_OP_NONE)
			o.op = RULE_OP_EQ;
		if (!owner_id(b, p->a, group, &o.lo) || (p->b != NULL &&
		    !owner_id(b, p->b, group, &o.hi))) {
			ok = false;
			continue;
		}
		if ((o.lo == RULE_ID_UNKNOWN || o.hi == RULE_ID_UNKNOWN) &&
		    o.op != RULE_OP_EQ && o.op != RULE_OP_NE) {
			diag_error(b->diag, &p->loc, "%s unknown requires "
			    "operator = or !=", group ? "group" : "user");
			ok = false;
			continue;
		}
		*v = zone_grow(b->zone, *v, *n, sizeof(**v));
		(*v)[(*n)++] = o;
	}
	return ok;
}

bool
tos_read(struct build *b, const struct ast *w, int16_t *out)
{
	const char *names[32];
	int64_t v;
	int n;

	if (!ast_number(w, &v)) {
		if ((n = tos_number(w->s)) == -1) {
			diag_error(b->diag, &w->loc, "illegal tos value %s",
			    w->s);
			if (!diag_hint_near(b->diag, w->s, names,
			    tos_names(names, nitems(names))))
				diag_hint(b->diag, "expected a name such as "
				    "lowdelay or af21, or 0 - 255");
			return false;
		}
		v = n;
	}
	if (v < 0 || v > 255) {
		diag_error(b->diag, &w->loc, "illegal tos value %s", w->s);
		diag_hint(b->diag, "expected 0 - 255");
		return false;
	}
	*out = (int16_t)v;
	return true;
}

bool
icmp_read(struct build *b, const struct ast *a, uint8_t af, struct rule *r)
{
	const char *six = af == AF_INET6 ? "6" : "";
	const char *names[64];
	int64_t v;
	int n;

	if (ast_number(a->a, &v)) {
		if (v < 0 || v > 255) {
			diag_error(b->diag, &a->a->loc,
			    "illegal icmp%s-type %s", six, a->a->s);
			diag_hint(b->diag, "expected 0 - 255");
			return false;
		}
	} else if ((n = icmp_type_number(a->a->s, af)) == -1) {
		diag_error(b->diag, &a->a->loc, "unknown icmp%s-type %s", six,
		    a->a->s);
		diag_hint_near(b->diag, a->a->s, names, icmp_type_names(af,
		    names, nitems(names)));
		return false;
	} else {
		v = n;
	}
	r->icmp_type = (int16_t)v;
	r->icmp_code = -1;
	if (a->b == NULL)
		return true;
	if (ast_number(a->b, &v)) {
		if (v < 0 || v > 255) {
			diag_error(b->diag, &a->b->loc,
			    "illegal icmp%s-code %s", six, a->b->s);
			diag_hint(b->diag, "expected 0 - 255");
			return false;
		}
	} else if ((n = icmp_code_number((unsigned)r->icmp_type, a->b->s,
	    af)) == -1) {
		diag_error(b->diag, &a->b->loc, "unknown icmp%s-code %s", six,
		    a->b->s);
		diag_hint_near(b->diag, a->b->s, names, icmp_code_names(
		    (unsigned)r->icmp_type, af, names, nitems(names)));
		return false;
	} else {
		v = n;
	}
	r->icmp_code = (int16_t)v;
	return true;
}

bool
text_read(struct build *b, const struct ast *p, const char *what, size_t max,
    const char **out)
{
	if (strlen(p->s) > max) {
		diag_error(b->diag, &p->loc, strcmp(what, "rule label") == 0 ?
		    "%s too long (max %zu chars)" : "%s too long, max %zu "
		    "chars", what, max);
		return false;
	}
	*out = p->s;
	return true;
}

bool
iface_read(struct build *b, const struct ast *i, struct rule *r)
{
	r->if_neg = i->neg;
	switch (i->op) {
	case IF_ANY:
		if (i->neg) {
			diag_error(b->diag, &i->loc, "'any' cannot be negated");
			return false;
		}
		r->if_any = true;
		return true;
	case IF_RDOMAIN:
		if (i->n < 0 || i->n > 255) {
			diag_error(b->diag, &i->loc, "rdomain %lld outside "
			    "range", (long long)i->n);
			diag_hint(b->diag, "expected 0 - 255");
			return false;
		}
		r->rdomain = (int32_t)i->n;
		r->rdomain_neg = i->neg;
		r->if_neg = false;
		return true;
	case IF_DYN:
		diag_error(b->diag, &i->loc, "an interface stands here without "
		    "parentheses");
		return false;
	default:
		if (strlen(i->s) > RULE_IFNAME_MAX) {
			diag_error(b->diag, &i->loc, "interface name too long");
			return false;
		}
		r->ifname = i->s;
		return true;
	}
}

bool
log_read(struct build *b, const struct ast *p, struct rule *r)
{
	const struct ast *to = p->a;
	char *end;
	unsigned long n;

	r->log = p->op;
	if (to == NULL)
		return true;
	if (strncmp(to->s, "pflog", 5) == 0) {
		n = strtoul(to->s + 5, &end, 10);
		if (to->s[5] >= '0' && to->s[5] <= '9' && *end == '\0' &&
		    n <= 255) {
			r->logif = (uint8_t)n;
			return true;
		}
	}
	diag_error(b->diag, &to->loc, "log interface must be pflog0 - "
	    "pflog255");
	return false;
}
