/* SPDX-License-Identifier: ISC */
/*
 * Building nodes of the syntax tree.
 */
#include "rules/ast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"

struct ast *
ast_new(struct zone *ar, int kind, const struct span *loc)
{
	struct ast *a = zone_alloc(ar, sizeof(*a));

	a->kind = (uint8_t)kind;
	a->loc = *loc;
	return a;
}

struct ast *
ast_append(struct ast *list, struct ast *node)
{
	if (list == NULL)
		return node;
	if (node == NULL)
		return list;
	(list->last != NULL ? list->last : list)->next = node;
	list->last = node->last != NULL ? node->last : node;
	return list;
}

struct ast *
ast_op(struct zone *ar, int kind, const struct span *loc, int op,
    struct ast *a, struct ast *b)
{
	struct ast *n = ast_new(ar, kind, loc);

	n->op = (uint8_t)op;
	n->a = a;
	n->b = b;
	return n;
}

struct ast *
ast_num(struct zone *ar, int kind, const struct span *loc, int64_t num,
    struct ast *a)
{
	struct ast *n = ast_new(ar, kind, loc);

	n->n = num;
	n->a = a;
	return n;
}

struct ast *
ast_str(struct zone *ar, int kind, const struct span *loc, const char *s,
    bool neg)
{
	struct ast *n = ast_new(ar, kind, loc);

	n->s = s;
	n->neg = neg;
	return n;
}

struct ast *
ast_host(struct zone *ar, const struct span *loc, int host_kind,
    const struct ast *word, const struct ast *word2, const struct ast *plen)
{
	struct ast *n = ast_new(ar, A_HOST, loc);

	n->op = (uint8_t)host_kind;
	n->s = word != NULL ? word->s : NULL;
	n->quoted = word != NULL && word->quoted;
	n->s2 = word2 != NULL ? word2->s : NULL;
	n->n = plen != NULL ? plen->n : -1;
	if (plen != NULL && plen->n < 0)
		n->n = INT64_MAX;	/* "/-1": too large as well */
	return n;
}

struct ast *
ast_join(struct zone *ar, struct zone *strings, struct ast *a,
    const struct ast *b)
{
	struct ast *n = ast_new(ar, A_WORD, &a->loc);

	n->s = zone_printf(strings, "%s %s", a->s, b->s);
	n->quoted = true;
	n->loc.line2 = b->loc.line2;
	n->loc.col2 = b->loc.col2;
	return n;
}

struct ast_stmt *
ast_stmt(struct zone *ar, int kind, const struct span *loc, int op)
{
	struct ast_stmt *st = zone_alloc(ar, sizeof(*st));

	st->kind = (uint8_t)kind;
	st->op = (uint8_t)op;
	st->loc = *loc;
	return st;
}

struct ast_stmt *
ast_stmt_append(struct ast_stmt *list, struct ast_stmt *st)
{
	if (list == NULL)
		return st;
	if (st == NULL)
		return list;
	(list->last != NULL ? list->last : list)->next = st;
	list->last = st->last != NULL ? st->last : st;
	return list;
}

struct ast_tpart *
ast_tpart(struct zone *ar, struct ast *word, struct ast *file,
    struct ast *hosts, bool list)
{
	struct ast_tpart *t = zone_alloc(ar, sizeof(*t));

	t->word = word;
	t->file = file;
	t->hosts = hosts;
	t->list = list;
	return t;
}

struct ast_tpart *
ast_tpart_append(struct ast_tpart *list, struct ast_tpart *t)
{
	if (list == NULL)
		return t;
	(list->last != NULL ? list->last : list)->next = t;
	list->last = t;
	return list;
}

struct ast_block *
ast_block(struct zone *ar, int ret, bool plain)
{
	struct ast_block *b = zone_alloc(ar, sizeof(*b));

	b->ret = (uint8_t)ret;
	b->plain = plain;
	return b;
}

bool
ast_number(const struct ast *a, int64_t *out)
{
	const char *s = a->s;
	unsigned long long v;
	char *end;

	if (a->kind == A_NUMBER) {
		*out = a->n;
		return true;
	}
	if (s == NULL || a->quoted || s[0] != '0' || (s[1] | 0x20) != 'x')
		return false;
	errno = 0;
	v = strtoull(s, &end, 16);
	if (errno != 0 || *end != '\0' || end == s + 2 || v > INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}
