/* SPDX-License-Identifier: ISC */
/*
 * Loading: parse, expand, link, number.
 *
 * The syntax trees live in a zone of their own, which goes when the plain
 * ruleset is ready.  Running out of memory in either zone ends in one place.
 */
#include "parser/load.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"
#include "rules/warn.h"
#include "rules/zone.h"
#include "rules/build.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleid.h"

struct load {
	const struct load_options *opt;
	struct diag *d;
	struct zone *ast;
	struct macro *macros[MACRO_BUCKETS];
	struct parser parser;
	struct build *b;
	char *text;
};

static const char *
source_name(const struct load_options *opt)
{
	if (opt->text != NULL)
		return opt->name != NULL ? opt->name : "text";
	return strcmp(opt->path, "-") == 0 ? "stdin" : opt->path;
}

static int
define(struct load *l)
{
	size_t i;

	for (i = 0; i < l->opt->ndefines; i++) {
		struct macro *m = zone_alloc(l->ast, sizeof(*m));

		m->name = zone_strdup(l->ast, l->opt->defines[i].name);
		m->value = zone_strdup(l->ast, l->opt->defines[i].value);
		macro_add(l->macros, m);
	}
	return 0;
}

static int
parse(struct load *l, const char *name, const char *text, size_t len,
    const struct ast_stmt **out)
{
	int error;

	memset(&l->parser, 0, sizeof(l->parser));
	l->parser.zone = l->ast;
	l->parser.strings = l->b->zone;
	l->parser.diag = l->d;
	l->parser.macros = l->macros;
	l->parser.files = l->opt->files;
	error = parser_run(&l->parser, name, text, len);
	*out = l->parser.out;
	return error;
}

/* What `load anchor' has asked for, after the main text. */
static int
load_anchors(struct load *l)
{
	const struct load_options *opt = l->opt;
	const struct ast_stmt *stmts;
	struct build_load *bl;
	char *line;
	size_t len;
	int error;

	l->b->options_apply = false;
	while ((bl = build_next_load(l->b)) != NULL) {
		stmts = bl->body;
		if (bl->file != NULL && !opt->files) {
			diag_error(l->d, &bl->loc,
			    "load anchor from a file is not allowed here");
			continue;
		}
		if (bl->file != NULL) {
			if (opt->loading != NULL && asprintf(&line,
			    "Loading anchor %s from %s", bl->path, bl->file) !=
			    -1) {
				opt->loading(opt->sink_arg, line);
				free(line);
			}
			free(l->text);
			l->text = NULL;
			if ((error = source_read(bl->file, &l->text, &len)) !=
			    0) {
				diag_error(l->d, &bl->loc,
				    "cannot load anchor %s from %s: %s",
				    bl->path, bl->file, strerror(-error));
				continue;
			}
			if ((error = parse(l, bl->file, l->text, len,
			    &stmts)) != 0)
				return error;
		}
		l->b->anchor = bl->anchor;
		l->b->order = 0;	/* each text has its own order */
		build_stmts(l->b, stmts);
	}
	return 0;
}

static void
unused_macros(const struct load *l)
{
	const struct macro *m;
	size_t i;

	for (i = 0; i < MACRO_BUCKETS; i++)
		for (m = l->macros[i]; m != NULL; m = m->next)
			if (!m->used && m->loc.line != 0)
				diag_warn_named(l->d, "unused-macro", &m->loc,
				    "macro '%s' not used", m->name);
}

static int
run(struct load *l)
{
	const struct load_options *opt = l->opt;
	const struct ast_stmt *stmts;
	struct build *b = l->b;
	size_t len = opt->len;
	int error;

	if (opt->text == NULL && (error = source_read(opt->path, &l->text,
	    &len)) != 0) {
		diag_error(l->d, NULL, "%s: %s", opt->path,
		    strerror(-error));
		return error;
	}
	b->no_names = opt->no_names;
	b->files = opt->files;
	b->warn = opt->warn;
	b->sink = opt->sink;
	b->sink_arg = opt->sink_arg;
	define(l);
	if ((error = parse(l, source_name(opt), opt->text != NULL ?
	    opt->text : l->text, len, &stmts)) != 0)
		return error;
	if (opt->anchor != NULL && *opt->anchor != '\0') {
		b->anchor = anchor_get(b, b->rs->root, opt->anchor);
		b->anchor->given = true;
		b->options_apply = false;
		b->sub = true;
	} else {
		b->rs->root->given = true;
		build_declare(b, stmts);
	}
	build_stmts(b, stmts);
	if ((error = load_anchors(l)) != 0)
		return error;
	build_finish(b);
	if (opt->warn_unused)
		unused_macros(l);
	if (diag_errors(l->d) != 0)
		return -EINVAL;
	if (opt->warn && !b->sub)
		warn_ruleset(b->rs, opt->host, l->d);
	return ruleid_assign(b->rs);
}

int
load_ruleset(const struct load_options *opt, struct diag *d,
    struct ruleset **out)
{
	struct load *l = calloc(1, sizeof(*l));
	jmp_buf oom;
	volatile int error = -ENOMEM;

	if (l == NULL)
		return -ENOMEM;
	l->opt = opt;
	l->d = d;
	host_undeclare(opt->host);
	if ((l->ast = zone_new()) != NULL &&
	    (l->b = build_new(d, opt->host)) != NULL && setjmp(oom) == 0) {
		zone_set_oom(l->ast, &oom);
		zone_set_oom(l->b->zone, &oom);
		error = run(l);
		zone_set_oom(l->b->zone, NULL);
	}
	if (error == 0) {
		*out = l->b->rs;
		l->b->rs = NULL;
	}
	diag_macros_forget(d);
	build_free(l->b);
	zone_free(l->ast);
	free(l->text);
	free(l);
	return error;
}
