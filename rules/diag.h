/* SPDX-License-Identifier: ISC */
/*
 * Messages about a ruleset: errors, warnings and notes, with the piece of
 * text that each is about.
 *
 * Messages are collected while a ruleset is read, and printed at the end with
 * the line of the file and a caret under the place.  A note belongs to the
 * error or warning before it and points at the other place involved.  An
 * equal message at the same place is kept once.  The diag owns copies of the
 * source texts, so it may outlive the ruleset.  One thread at a time.
 */
#ifndef RULES_DIAG_H
#define RULES_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A piece of text: from line:col up to, but not with, line2:col2.  Lines and
 * columns count from 1, columns in bytes; line 0 means "nowhere".  With line2
 * of 0 the message names the place without showing it.
 */
struct span {
	uint32_t file;		/* as diag_file() gave it */
	uint32_t line, col;
	uint32_t line2, col2;
};

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag_msg {
	enum diag_level level;
	struct span span;	/* line 0: about no place in a file */
	char *text;
	char *hint;		/* NULL: none */
	const char *name;	/* constant: of a warning that has one, or what
				 * diag_about() says; else NULL */
};

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *);

/*
 * diag_file() - Register a source file under the name that messages show
 * @text: its content, copied; may be NULL when there is none to show
 *
 * Return: the number for struct span.
 */
uint32_t diag_file(struct diag *, const char *name, const char *text,
    size_t len);
/* diag_file_named() - The file of that name, made without a text if new. */
uint32_t diag_file_named(struct diag *, const char *name);
/* diag_included() - A file is read because another one names it at @from. */
void diag_included(struct diag *, uint32_t file, const struct span *from);
const char *diag_file_name(const struct diag *, uint32_t file);

/*
 * diag_error() and friends - Add a message about @span, which is copied
 *
 * A span of NULL makes a message that is about no place: it is printed behind
 * the program's name.
 */
void diag_error(struct diag *, const struct span *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));
void diag_warn(struct diag *, const struct span *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));
/*
 * diag_warn_named() - A warning that people can turn off
 * @name: a constant string; it stands behind the message
 */
void diag_warn_named(struct diag *, const char *name, const struct span *,
    const char *fmt, ...) __attribute__((__format__(__printf__, 4, 5)));
/* diag_warn_off() - Drop warnings of this name from here on. */
void diag_warn_off(struct diag *, const char *name);
/* diag_warn_is_off() - Has somebody? */
bool diag_warn_is_off(const struct diag *, const char *name);
void diag_note(struct diag *, const struct span *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/*
 * diag_about() - Say what the last message is about, for a reader who may know
 * where that stands when the writer does not
 * @name: stays as long as the diag is read; not printed
 */
void diag_about(struct diag *, const char *name);

/*
 * diag_hint() - Say more about the last message, in the line of its caret
 *
 * A second hint is put behind the first.
 */
void diag_hint(struct diag *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/*
 * diag_macro() - A word at @span comes from a macro
 *
 * Errors at this very place then get a hint with the macro's value and where
 * it was defined.  @name
 * and @value must stay until diag_macros_forget().
 */
void diag_macro(struct diag *, const struct span *, const char *name,
    const char *value, const struct span *at);
void diag_macros_forget(struct diag *);

/* diag_errors() - How many errors there are. */
unsigned diag_errors(const struct diag *);

/* diag_get() - Message @i in order, or NULL behind the last. */
const struct diag_msg *diag_get(const struct diag *, size_t i);

/* diag_reset() - Forget the messages; the files stay. */
void diag_reset(struct diag *);

enum {
	DIAG_NO_CARETS = 1,	/* one line per message, no source text */
	DIAG_NO_WARNINGS = 2,	/* errors and their notes only */
};

/*
 * diag_print() - Print all messages
 * @prog: the program's name, for messages without a place
 * @flags: DIAG_NO_*
 */
void diag_print(const struct diag *, FILE *, const char *prog, int flags);

/*
 * diag_suggest() - The candidate that looks most like @word
 * @names: @n candidates; NULL entries are skipped
 *
 * Return: the nearest name at an edit distance of at most a third of the
 * word's length (at least 1); else one that the word begins with, hyphens
 * aside, as echo-request begins with echoreq; or NULL.
 */
const char *diag_suggest(const char *word, const char *const *names, size_t n);

/* diag_hint_near() - Hint at that candidate.  Return: false if there is none. */
bool diag_hint_near(struct diag *, const char *word, const char *const *names,
    size_t n);

#endif
