/* SPDX-License-Identifier: ISC */
/*
 * Macros in labels and tags: $if, $srcaddr, $dstaddr, $srcport, $dstport,
 * $proto and $nr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/names.h"
#include "rules/print.h"

static void
say_host(FILE *f, const struct rule_host *h, uint8_t af)
{
	const struct rule_addr *a = &h->addr;

	if (h->neg)
		fputs("! ", f);
	if (a->type == RULE_ADDR_DYNIF)
		fprintf(f, "(%s)", a->name);
	else
		print_rule_addr(f, a, af, NULL);
}

static void
say_port(FILE *f, const struct rule_port *p)
{
	static const char *const ops[] = {
		[RULE_OP_EQ] = "", [RULE_OP_NE] = "!=", [RULE_OP_LT] = "<",
		[RULE_OP_LE] = "<=", [RULE_OP_GT] = ">", [RULE_OP_GE] = ">=",
	};

	if (p->op == RULE_OP_IRG)
		fprintf(f, "%u><%u", p->lo, p->hi);
	else if (p->op == RULE_OP_XRG)
		fprintf(f, "%u<>%u", p->lo, p->hi);
	else if (p->op < nitems(ops) && ops[p->op] != NULL)
		fprintf(f, "%s%u", ops[p->op], p->lo);
}

static void
say_proto(FILE *f, unsigned proto)
{
	const char *name = proto == 0 ? "ip" : proto_name(proto);

	if (name != NULL)
		fputs(name, f);
	else
		fprintf(f, "%u", proto);
}

const char *
macro_text(struct build *b, const struct rule *r, const char *s)
{
	static const char *const names[] = {
		"$if", "$srcaddr", "$dstaddr", "$srcport", "$dstport",
		"$proto",
	};
	char *buf = NULL, *out;
	size_t size, i;
	FILE *f;

	if (s == NULL || strchr(s, '$') == NULL)
		return s;
	if ((f = open_memstream(&buf, &size)) == NULL)
		return s;
	while (*s != '\0') {
		for (i = 0; i < nitems(names); i++)
			if (strncmp(s, names[i], strlen(names[i])) == 0)
				break;
		switch (i) {
		case 0:
			fputs(r->ifname != NULL ? r->ifname : "any", f);
			break;
		case 1:
			say_host(f, &r->from, r->af);
			break;
		case 2:
			say_host(f, &r->to, r->af);
			break;
		case 3:
			say_port(f, &r->from.port);
			break;
		case 4:
			say_port(f, &r->to.port);
			break;
		case 5:
			say_proto(f, r->proto);
			break;
		default:
			fputc(*s++, f);
			continue;
		}
		s += strlen(names[i]);
	}
	fclose(f);
	out = zone_strdup(b->zone, buf == NULL ? "" : buf);
	free(buf);
	return out;
}

const char *
macro_nr(struct build *b, const char *s, uint32_t nr)
{
	const char *p;

	while (s != NULL && (p = strstr(s, "$nr")) != NULL)
		s = zone_printf(b->zone, "%.*s%u%s", (int)(p - s), s, nr,
		    p + 3);
	return s;
}
