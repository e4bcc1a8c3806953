/* SPDX-License-Identifier: ISC */
/*
 * The parser: one text with all its includes to a list of statements.
 *
 * Scanner and grammar share a struct parser; there are no globals.  Macros
 * are replaced while scanning, so the tree does not know them, except for
 * their definitions, which it keeps for -v.
 */
#ifndef PARSER_PARSER_H
#define PARSER_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/ast.h"

struct zone;
struct diag;

#define PARSER_STRING_MAX	8095	/* bytes of a word or string */
#define PARSER_INCLUDE_MAX	16	/* includes inside each other */
#define PARSER_DEPTH_MAX	63	/* inline anchors inside each other */

/* A macro; the newest definition of a name comes first. */
struct macro {
	const char *name, *value;
	struct span loc;	/* line 0: from the command line */
	bool used;
	struct macro *next;
};

struct parser {
	struct zone *zone;	/* of nodes, which go after loading */
	struct zone *strings;	/* of words, which rules keep */
	struct diag *diag;
	struct macro **macros;	/* shared with the files of `load anchor' */
	bool files;		/* include may open files */

	struct ast_stmt *out;	/* the statements */

	/* the scanner's own */
	struct input *input;	/* files and macros being read */
	unsigned ninput;
	bool start;		/* at the beginning of a statement */
	bool dead;		/* the rest of the line is being skipped */
	unsigned depth;		/* of inline anchors */
	const struct ast *word;	/* the last word that was scanned */
};

/*
 * parser_run() - Parse @len bytes of @text, named @name in messages
 *
 * Mistakes go to p->diag; the statements without mistakes are in p->out.
 *
 * Return: 0 or -ENOMEM.
 */
int parser_run(struct parser *p, const char *name, const char *text,
    size_t len);

/* parser_include() - Go on with a file; used by the grammar. */
void parser_include(struct parser *p, void *scanner, const struct ast *name);

/* macro_undefined() - Say that there is no such macro. */
void macro_undefined(struct parser *p, const struct span *, const char *name);

/* macro_find() - The value of a macro in force, or NULL. */
struct macro *macro_find(struct macro *list, const char *name);

/*
 * macro_define() - `NAME = VALUE' of a file
 *
 * Return: the statement that prints it, or NULL after an error.
 */
struct ast_stmt *macro_define(struct parser *p, const struct span *,
    const struct ast *name, const struct ast *value);

/*
 * source_read() - The content of a file, "-" being the standard input
 *
 * Return: 0 and a malloc(3)ed text, or a negative errno.
 */
int source_read(const char *path, char **text, size_t *len);

#endif
