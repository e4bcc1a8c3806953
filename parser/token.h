/* SPDX-License-Identifier: ISC */
/*
 * Keywords and the tokens that they are.
 */
#ifndef PARSER_TOKEN_H
#define PARSER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * token_find() - The token of a word, or 0 if it is no keyword
 * @start: at the beginning of a statement, where a few more words are
 * @text: set to the keyword itself, which is constant, if there is one
 */
int token_find(const char *word, bool start, const char **text);

/* token_at() - Keyword @i of the list and its token, NULL behind the last. */
const char *token_at(size_t i, int *token);

#endif
