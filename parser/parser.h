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

/* A token with its place; words have a node, signs their text. */
struct ptoken {
	int token;
	struct span loc;
	const struct ast *word;
	bool defines;		/* a '=' follows */
	char sign[8];
};

/* What messages need to know about the tokens so far (parser/stream.c). */
struct stream {
	struct ptoken prev, cur;
	struct ptoken first[3];		/* of this statement */
	size_t nfirst;			/* how many it has */
	int rank;			/* how far it is: syntax_rank() */
	struct ptoken open[16];		/* brackets of this statement */
	size_t nopen;
	struct span bodies[PARSER_DEPTH_MAX + 1]; /* braces of anchors */
	size_t nbodies;
	bool guessed;			/* one was opened by a bad line */
	bool failed;			/* it had a syntax error */
	bool skip;			/* what is left of its list goes */
};

/* A token that is given to the grammar later. */
struct held {
	int token;
	struct span loc;
	struct ast *word;
	bool defines;
};

#define MACRO_BUCKETS	512

/* A macro; the newest definition of a name comes first. */
struct macro {
	const char *name;
	const char *value;	/* NULL: the definition had a mistake */
	struct span loc;	/* line 0: from the command line */
	bool used;
	struct macro *next;	/* of the same bucket */
};

struct parser {
	struct zone *zone;	/* of nodes, which go after loading */
	struct zone *strings;	/* of words, which rules keep */
	struct diag *diag;
	struct macro **macros;	/* MACRO_BUCKETS; shared with the files of `load anchor' */
	bool files;		/* include may open files */

	struct ast_stmt *out;	/* the statements */

	/* the scanner's own */
	struct input *input;	/* files and macros being read */
	unsigned ninput;
	bool start;		/* at the beginning of a statement */
	unsigned depth;		/* of inline anchors */
	const struct ast *word;	/* the last word that was scanned */
	bool word_defines;	/* a '=' follows it */
	char bad_char[8];	/* the last character that is none of ours */
	struct held held[2];	/* first in, first out */
	unsigned nheld;
	struct stream stream;
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

/*
 * macro_undefined() - Say that there is no such macro
 * @rest: what follows the name without a blank
 */
void macro_undefined(struct parser *p, const struct span *, const char *name,
    const char *rest);

/* macro_failed() - Remember a name whose definition had a mistake. */
void macro_failed(struct parser *p, const struct ptoken *name);

/* macro_add() - Put a macro, with its name, into the buckets. */
void macro_add(struct macro **, struct macro *);

/* macro_find() - The value of a macro in force, or NULL. */
struct macro *macro_find(struct macro **, const char *name);

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
