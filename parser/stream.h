/* SPDX-License-Identifier: ISC */
/*
 * What is remembered of the tokens for the sake of good messages.
 */
#ifndef PARSER_STREAM_H
#define PARSER_STREAM_H

#include "parser/parser.h"

/* stream_token() - The scanner found a token. */
void stream_token(struct parser *, int token, const struct span *);

/* stream_body() - The '{' at @at begins the rules of an anchor. */
void stream_body(struct stream *, const struct span *at);

/* stream_bracket() - A token that the grammar does not see. */
void stream_bracket(struct stream *, int token);

/* stream_passed() - Text that is no token any more: its brackets count. */
void stream_passed(struct stream *, const char *text, size_t len);

/*
 * stream_starts() - Does a token at the beginning of a line begin a statement,
 * though a bracket is open?
 */
bool stream_starts(const struct parser *, int token);

/* ptoken_text() - A token as it was written. */
const char *ptoken_text(const struct ptoken *);

/* syntax_rank() - How far in a rule a word stands; 0: anywhere. */
int syntax_rank(int token);

/* What the grammar would have taken in the place of a token. */
struct expected {
	const char **words;	/* keywords; NULL where it is none */
	const int *tokens;	/* the same as tokens, 0 where there is none */
	size_t n;
};

/*
 * syntax_report() - Say that the last token cannot stand where it does
 *
 * In the words of the file: what stands there, behind what, what was expected,
 * and the word that was probably meant.
 */
void syntax_report(struct parser *, const struct expected *);

/* syntax_unclosed() - Say that the last token begins a statement in a list. */
void syntax_unclosed(struct parser *);

#endif
