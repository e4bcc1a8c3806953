/* SPDX-License-Identifier: ISC */
/*
 * Loading: a text in, a plain ruleset and messages out.
 *
 * This is the one way from text to rules: natctl goes through it with a
 * person's file, natd with the canonical text that natctl sent.
 */
#ifndef PARSER_LOAD_H
#define PARSER_LOAD_H

#include <stdbool.h>
#include <stddef.h>

struct diag;
struct host;
struct ruleset;

/* A macro from the command line, -D NAME=VALUE. */
struct load_define {
	const char *name, *value;
};

struct load_options {
	/*
	 * What to read: if `text' is set, `len' bytes of it, named `name' in
	 * messages; else the file `path', "-" being the standard input.
	 */
	const char *text;
	size_t len;
	const char *name;
	const char *path;

	const struct load_define *defines;
	size_t ndefines;

	/* Interfaces, names and ids to believe in (rules/host.h). */
	struct host *host;
	bool no_names;		/* -N: host names are not resolved */

	/*
	 * Whether `include', `load anchor', `table file' and `set
	 * fingerprints' may open files.  If not, the first two are errors,
	 * and table files are kept by name with table_part.loaded false.
	 */
	bool files;

	/*
	 * Path of the anchor that the text is for, NULL or "" for the main
	 * ruleset.  Its rules then stand at that path in the ruleset's tree
	 * of anchors; options are read but take no effect.
	 */
	const char *anchor;

	/*
	 * The lines that -v prints as statements are met: macros, options,
	 * table definitions.  NULL: not wanted.  The line has no newline.
	 */
	void (*sink)(void *arg, const char *line);
	void *sink_arg;
	/* "Loading anchor X from FILE"; NULL: not wanted. */
	void (*loading)(void *arg, const char *line);
	bool warn;		/* look for rules that do nothing (rules/warn.h) */
	bool warn_unused;	/* -vv: warn about macros that are not used */
};

/*
 * load_ruleset() - Read, check and expand a ruleset
 * @opt: what and how; strings are copied where they are kept
 * @d: where messages go
 * @out: the ruleset on success; the caller ends it by ruleset_free()
 *
 * All mistakes of the text are found in one run.  Rule ids are assigned.
 *
 * Return: 0; -EINVAL if the text has errors (they are in @d); -ENOMEM; or the
 * error of opening or reading `path', which is in @d too.
 */
int load_ruleset(const struct load_options *opt, struct diag *d,
    struct ruleset **out);

#endif
