/* SPDX-License-Identifier: ISC */
/*
 * ether rules: layer 2 conditions around the common expansion.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"

struct mac_list {
	struct rule_mac *v;
	size_t n;
};

static bool
mac_bytes(const char *s, uint8_t out[static 6], const char **end)
{
	unsigned v[6];
	int used = 0, i;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%n", &v[0], &v[1], &v[2], &v[3],
	    &v[4], &v[5], &used) != 6 || used == 0)
		return false;
	for (i = 0; i < 6; i++)
		out[i] = (uint8_t)v[i];
	*end = s + used;
	return true;
}

static bool
mac_read(struct build *b, const struct ast *h, struct rule_mac *m)
{
	const char *end;
	int64_t i;

	memset(m, 0, sizeof(*m));
	m->neg = h->neg;
	if (h->op == HOST_ANY)
		return true;
	m->set = true;
	if (h->op != HOST_NAME || !mac_bytes(h->s, m->addr, &end) ||
	    h->n > 48)
		goto bad;
	memset(m->mask, 0xff, 6);
	if (*end == '&') {
		if (!mac_bytes(end + 1, m->mask, &end) || h->n != -1)
			goto bad;
	} else if (h->n != -1) {
		for (i = 0; i < 6; i++)
			m->mask[i] = h->n >= 8 * (i + 1) ? 0xff :
			    h->n <= 8 * i ? 0 :
			    (uint8_t)(0xff << (8 - (h->n - 8 * i)));
	}
	if (*end == '\0')
		return true;
bad:
	diag_error(b->diag, &h->loc, "bad Ethernet address");
	diag_hint(b->diag, "expected one such as 02:00:00:00:00:01, with /BITS "
	    "or &MASK");
	return false;
}

static bool
macs_read(struct build *b, const struct ast *part, struct mac_list *l)
{
	const struct ast *h;
	bool ok = true;

	if (part == NULL || part->a == NULL) {
		l->v = zone_alloc(b->zone, sizeof(*l->v));
		l->n = 1;
	}
	if (part != NULL && (part->b != NULL || part->c != NULL)) {
		diag_error(b->diag, &part->loc, "ether rules have no ports");
		return false;
	}
	for (h = part != NULL ? part->a : NULL; h != NULL; h = h->next) {
		l->v = zone_grow(b->zone, l->v, l->n, sizeof(*l->v));
		ok &= mac_read(b, h, &l->v[l->n++]);
	}
	return ok;
}

static void
combos(struct build *b, struct expansion *x, const struct mac_list *from,
    const struct mac_list *to)
{
	const struct ast *proto = x->parts->proto;
	const struct ast *w = proto != NULL ? proto->a : NULL;
	size_t i, j;
	int64_t v;

	do {
		if (w != NULL) {
			if (!number_in(b, w, 1, 65535, "ether proto",
			    &v))
				return;
			x->r.ether.proto = (uint16_t)v;
			x->r.ether.proto_set = true;
			w = w->next;
		}
		for (i = 0; i < from->n; i++)
			for (j = 0; j < to->n; j++) {
				x->r.ether.from = from->v[i];
				x->r.ether.to = to->v[j];
				expand(b, x);
			}
	} while (w != NULL);
}

void
build_ether(struct build *b, const struct ast_stmt *st)
{
	struct mac_list from = { 0 }, to = { 0 };
	const struct ast *a, *i;
	struct expansion x;
	struct ast one;
	struct parts p;
	bool ok;

	if (!parts_sort(b, st, IN_ETHER, &p))
		return;
	ok = expansion_begin(b, &p, RULE_CLASS_ETHER, st->op, &x);
	ok &= expansion_options(b, &x);
	ok &= macs_read(b, p.from, &from);
	ok &= macs_read(b, p.to, &to);
	for (a = p.all; a != NULL; a = a->next)
		if (a->kind == P_SET && (a->a->op != SET_QUEUE ||
		    a->a->b != NULL || a->a->next != NULL)) {
			diag_error(b->diag, &a->loc, "ether rules set a queue only");
			ok = false;
		}
	if (x.nfports != 0 || x.ntports != 0) {
		diag_error(b->diag, &p.l3->loc, "l3 conditions are addresses "
		    "or tables, without ports");
		ok = false;
	}
	if (!ok)
		return;
	if (p.bridge != NULL)
		x.r.ether.bridge_to = p.bridge->a->s;
	if (x.ifs == NULL) {
		combos(b, &x, &from, &to);
		return;
	}
	for (i = p.on->a; i != NULL; i = i->next) {
		one = *i;
		one.next = NULL;
		x.ifs = &one;
		combos(b, &x, &from, &to);
	}
}
