/* SPDX-License-Identifier: ISC */
/*
 * Macros: in buckets, the newest definition first, so that the first one found
 * is the one in force.  Those of the command line win over all of the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"
#include "rules/print.h"
#include "rules/zone.h"

static struct macro **
bucket(struct macro **macros, const char *s)
{
	uint32_t h = 2166136261u;	/* FNV-1a */

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return &macros[h % MACRO_BUCKETS];
}

void
macro_add(struct macro **macros, struct macro *m)
{
	struct macro **head = bucket(macros, m->name);

	m->next = *head;
	*head = m;
}

struct macro *
macro_find(struct macro **macros, const char *name)
{
	struct macro *m, *found = NULL;

	for (m = *bucket(macros, name); m != NULL; m = m->next) {
		if (strcmp(m->name, name) != 0)
			continue;
		if (m->loc.line == 0)
			return m;
		if (found == NULL)
			found = m;
	}
	return found;
}

void
macro_undefined(struct parser *p, const struct span *loc, const char *name,
    const char *rest)
{
	const char *names[256], *found;
	const char *whole = zone_printf(p->zone, "%s%s", name, rest);
	struct macro *m;
	size_t n = 0, i;

	diag_error(p->diag, loc, "macro '%s' not defined", name);
	if (strcmp(whole, name) != 0 && macro_find(p->macros, whole) != NULL) {
		diag_hint(p->diag, "behind '$' a name has letters, digits "
		    "and '_' only");
		return;
	}
	for (i = 0; i < MACRO_BUCKETS; i++)
		for (m = p->macros[i]; m != NULL && n < 256; m = m->next)
			names[n++] = m->name;
	if ((found = diag_suggest(name, names, n)) != NULL)
		diag_hint(p->diag, "did you mean '$%s'?", found);
}

void
macro_failed(struct parser *p, const struct ptoken *name)
{
	struct macro *m = zone_alloc(p->zone, sizeof(*m));

	m->name = name->word->s;
	m->loc = name->loc;
	m->used = true;
	macro_add(p->macros, m);
}

struct ast_stmt *
macro_define(struct parser *p, const struct span *loc, const struct ast *name,
    const struct ast *value)
{
	struct ast_stmt *st;
	struct macro *m;
	char *buf = NULL;
	size_t size;
	FILE *f;

	if (strpbrk(name->s, " \t") != NULL) {
		diag_error(p->diag, &name->loc,
		    "macro name cannot contain whitespace");
		return NULL;
	}
	m = zone_alloc(p->zone, sizeof(*m));
	m->name = name->s;
	m->value = value->s;
	m->loc = *loc;
	macro_add(p->macros, m);

	st = ast_stmt(p->zone, ST_MACRO, loc, 0);
	if ((f = open_memstream(&buf, &size)) != NULL) {
		print_name(f, name->s);
		fputs(" = ", f);
		print_quoted(f, value->s);
		fclose(f);
	}
	st->text = zone_strdup(p->zone, buf == NULL ? "" : buf);
	free(buf);
	return st;
}
