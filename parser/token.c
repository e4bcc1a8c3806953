/* SPDX-License-Identifier: ISC */
/*
 * Looking up keywords; their list is sorted.
 */
#include "parser/token.h"

#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"
#include "parser/parse.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct keyword {
	const char *word;
	int token;
	bool start;	/* only at the beginning of a statement */
} keywords[] = {
#define KEYWORD(word, token, start, reserved) { word, TOK_##token, start },
#include "rules/keywords.def"
#undef KEYWORD
};

static int
keyword_cmp(const void *word, const void *keyword)
{
	return strcmp(word, ((const struct keyword *)keyword)->word);
}

int
token_find(const char *word, bool start, const char **text)
{
	const struct keyword *k = bsearch(word, keywords, nitems(keywords),
	    sizeof(keywords[0]), keyword_cmp);

	if (k == NULL)
		return 0;
	if (k->start && !start)
		return 0;
	*text = k->word;
	return k->token;
}

const char *
token_at(size_t i, int *token)
{
	if (i >= nitems(keywords))
		return NULL;
	*token = keywords[i].token;
	return keywords[i].word;
}
