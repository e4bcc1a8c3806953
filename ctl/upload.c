/* SPDX-License-Identifier: ISC */
/*
 * A ruleset on its way to natd.
 *
 * Every request is a line of bounded length: texts go in pieces, tables and
 * the places of rules in rows.  While natd reads one the next is made: answers
 * are waited for before the commit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/proto.h"
#include "ctl/safety.h"
#include "ctl/upload.h"
#include "rules/feature.h"
#include "rules/print.h"
#include "rules/ruleset.h"

#define ORIGINS_MAX (PROTO_LINE_MAX / 2) /* bytes of rows in one request */
#define ROW_MAX 64	/* bytes of a row, and of a word without its name */

/* Of the first and of abort the answer is waited for. */
static int
load_wait(struct natctl *n, const char *what, json_t *value)
{
	return natctl_try(n, "load", json_pack("{s:o}", what, value), NULL,
	    NULL, NULL);
}

static int
load_request(struct natctl *n, const char *what, json_t *value)
{
	return natctl_post(n, "load", json_pack("{s:o}", what, value));
}

size_t
upload_cut(const char *text, size_t len, size_t max)
{
	size_t cut = len < max ? len : max, i;

	if (cut == len)
		return cut;
	/* a character has at most three bytes behind its first */
	for (i = 0; i < 3 && cut > i && (text[cut - i] & 0xc0) == 0x80; i++)
		continue;
	return (text[cut - i] & 0xc0) == 0x80 || i == cut ? cut : cut - i;
}

/*
 * A piece as a JSON string.  What a person wrote may hold bytes that are no
 * UTF-8: it is kept for people only, so those become question marks.
 */
static json_t *
piece(const char *text, size_t len, bool strict)
{
	json_t *v = json_stringn(text, len);
	char *copy;
	size_t i;

	if (v != NULL || strict || (copy = malloc(len + 1)) == NULL)
		return v;
	for (i = 0; i < len; i++)
		copy[i] = (signed char)text[i] < 0 || text[i] == '\0' ? '?' :
		    text[i];
	v = json_stringn(copy, len);
	free(copy);
	return v;
}

static int
send_text(struct natctl *n, const char *what, const char *text, size_t len,
    bool strict)
{
	json_t *v;
	size_t cut;
	int error = 0;

	/* quotes and the like take twice, control characters six bytes */
	for (; len > 0 && error == 0; text += cut, len -= cut) {
		cut = upload_cut(text, len, PROTO_TEXT_PIECE / 2);
		if ((v = piece(text, cut, strict)) == NULL) {
			strlcpy(n->error, "the ruleset is no UTF-8 text",
			    sizeof(n->error));
			return -EILSEQ;
		}
		error = load_request(n, what, v);
	}
	return error;
}

/* Rows of one file, until the next comes or they are enough. */
struct origins {
	struct natctl *n;
	const char *file;
	json_t *rows;
	size_t bytes;		/* of them, at the most */
	uint32_t rule;		/* in the order of the walk */
	int error;
};

static int
origins_flush(struct origins *o)
{
	json_t *rows = o->rows;

	o->rows = NULL;
	o->bytes = 0;
	if (rows == NULL)
		return 0;
	return load_request(o->n, "origins", json_pack("{s:s,s:o}", "file",
	    o->file, "rules", rows));
}

/* Where the words stand that natd may say something about. */
static json_t *
places(const struct rule_origin *at, size_t *bytes)
{
	json_t *v = json_array();
	uint32_t i;

	for (i = 0; i < at->nplaces; i++) {
		const struct rule_place *p = &at->places[i];

		json_array_append_new(v, json_pack("[s,I,I,I,I]",
		    p->feature->name, (json_int_t)p->line, (json_int_t)p->col,
		    (json_int_t)p->line2, (json_int_t)p->col2));
		*bytes += strlen(p->feature->name) + ROW_MAX;
	}
	return v;
}

static json_t *
row_of(struct origins *o, uint32_t nr, const struct rule_origin *at)
{
	json_t *row = json_pack("[I,I,I,I]", (json_int_t)nr,
	    (json_int_t)at->line, (json_int_t)at->stmt, (json_int_t)at->col);

	if (at->nplaces > 0 && row != NULL)
		json_array_append_new(row, places(at, &o->bytes));
	o->bytes += ROW_MAX;
	return row;
}

static int
add_origin(const struct rule *r, const struct anchor *a, void *arg)
{
	struct origins *o = arg;
	uint32_t nr = o->rule++;

	(void)a;
	if (r->origin.file == NULL)
		return 0;
	if (o->rows != NULL && (strcmp(o->file, r->origin.file) != 0 ||
	    o->bytes >= ORIGINS_MAX) &&
	    (o->error = origins_flush(o)) != 0)
		return 1;
	o->file = r->origin.file;
	if (o->rows == NULL)
		o->rows = json_array();
	if (json_array_append_new(o->rows, row_of(o, nr, &r->origin)) != 0) {
		o->error = -ENOMEM;
		return 1;
	}
	return 0;
}

static int
send_origins(struct natctl *n, const struct ruleset *rs)
{
	struct origins o = { .n = n };

	ruleset_walk(rs, add_origin, &o);
	if (o.error == 0)
		return origins_flush(&o);
	json_decref(o.rows);
	return o.error;
}

static json_t *
entry_json(const struct table_entry *e)
{
	char *text = entry_text(e);
	json_t *v = text != NULL ? json_string(text) : NULL;

	free(text);
	return v;
}

/* The addresses that a table's file holds. */
static int
send_part(struct natctl *n, const struct table *t, const struct anchor *a,
    const struct table_part *p)
{
	json_t *list;
	uint32_t i = 0;
	int error = 0;

	while (i < p->n && error == 0) {
		list = json_array();
		do
			error |= json_array_append_new(list,
			    entry_json(&p->v[i]));
		while (++i < p->n && i % PROTO_ENTRIES_MAX != 0);
		if (error != 0) {
			json_decref(list);
			return -ENOMEM;
		}
		error = load_request(n, "table", json_pack("{s:s,s:s,s:o}",
		    "name", t->name, "anchor", a->path, "entries", list));
	}
	return error;
}

static int
send_tables(struct natctl *n, const struct anchor *a)
{
	const struct anchor *child;
	const struct table *t;
	uint32_t i;
	int error = 0;

	for (t = a->tables; t != NULL && error == 0; t = t->next)
		for (i = 0; i < t->nparts && error == 0; i++)
			if (t->parts[i].file != NULL && t->parts[i].loaded)
				error = send_part(n, t, a, &t->parts[i]);
	/* anchors nest as deep as braces may */
	for (child = a->children; child != NULL && error == 0;
	    child = child->next)
		error = send_tables(n, child);
	return error;
}

static json_t *
begin_args(const struct natctl *n, const struct upload *u)
{
	json_t *v = json_pack("{s:s}", "name", u->name);

	if (v == NULL)
		v = json_object();
	if (natctl_set_text(v, "anchor", n->o->anchor) != 0 ||
	    (n->o->merge &&
	    json_object_set_new(v, "merge", json_true()) != 0)) {
		json_decref(v);
		return NULL;
	}
	return v;
}

/* The canonical text: of the whole, or of what -a means. */
static char *
text_of(struct natctl *n, const struct ruleset *rs)
{
	const struct anchor *a;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (n->o->anchor == NULL)
		return ruleset_text(rs, PRINT_RAW);
	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	if ((a = ruleset_anchor(rs, n->o->anchor)) != NULL)
		anchor_print(f, a, PRINT_RAW);
	fclose(f);
	return text;
}

static int
send_all(struct natctl *n, const struct upload *u)
{
	char *text;
	int error;

	if ((text = text_of(n, u->rs)) == NULL) {
		strlcpy(n->error, "out of memory", sizeof(n->error));
		return -ENOMEM;
	}
	if ((error = load_wait(n, "begin", begin_args(n, u))) == 0 &&
	    (error = send_text(n, "text", text, strlen(text), true)) == 0 &&
	    (error = send_text(n, "original", u->original, u->len,
	    false)) == 0 &&
	    (error = send_origins(n, u->rs)) == 0 &&
	    (error = send_tables(n, u->rs->root)) == 0)
		error = natctl_settle(n);
	free(text);
	return error;
}

int
upload_ruleset(struct natctl *n, const struct upload *u, json_t **report)
{
	const struct options *o = n->o;
	char why[CLIENT_ERR_MAX];
	json_t *args;
	int error;

	if ((error = send_all(n, u)) != 0) {
		/* a connection that broke has ended the load by itself */
		if (n->client != NULL) {
			strlcpy(why, n->error, sizeof(why));
			(void)load_wait(n, "abort", json_object());
			strlcpy(n->error, why, sizeof(n->error));
		}
		return error;
	}
	args = json_pack("{s:{s:b,s:I}}", "commit", "recheck", o->recheck,
	    "confirm", (json_int_t)o->confirm);
	if (args != NULL && u->remote != NULL)
		json_object_set_new(json_object_get(args, "commit"), "remote",
		    safety_remote(u->remote));
	return natctl_try(n, "load", args, NULL, NULL, report);
}
