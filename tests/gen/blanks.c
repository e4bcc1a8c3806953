/* SPDX-License-Identifier: ISC */
/*
 * Quotes and comments are copied as they are; a blank outside of them becomes
 * another one.
 */
#include "tests/gen/blanks.h"

#include <stdbool.h>
#include <string.h>

#include "tests/gen/grammar.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const char *const blanks[] = {
	" ", " ", " ", "  ", "\t", "\f", " \r ", " \\\n", "\\\n\t", " \\\r\n ",
};

static const char *const ends[] = {
	"\n", "\n", "\n", "\r\n", " \n", "\t# a comment\n",
	" # one \\\n that goes on: pass \" '\n",
};

#define PICK(rng, a)	(a)[grammar_rnd(rng, nitems(a))]

/* What stands for the character at @s. */
static const char *
mix(uint64_t *rng, const char *s, char *one)
{
	one[0] = *s;
	one[1] = '\0';
	switch (*s) {
	case ' ':
		return PICK(rng, blanks);
	case '\n':
		return PICK(rng, ends);
	case '{':
	case '(':
	case ',':
		one[1] = grammar_rnd(rng, 4) == 0 ? ' ' : '\0';
		one[2] = '\0';
		return one;
	default:
		return one;
	}
}

void
blanks_mix(uint64_t *rng, const char *text, char *out, size_t size)
{
	const char *s, *add;
	char quote = '\0', one[4];
	bool comment = false;
	size_t n = 0, len;

	for (s = text; *s != '\0'; s++) {
		one[0] = *s;
		one[1] = '\0';
		add = one;
		if (*s == '\\' && s[1] != '\0' && !comment) {
			one[1] = *++s;
			one[2] = '\0';
		} else if (comment) {
			comment = *s != '\n';
		} else if (quote != '\0') {
			quote = *s == quote ? '\0' : quote;
		} else if (*s == '#') {
			comment = true;
		} else if (*s == '"' || *s == '\'') {
			quote = *s;
		} else {
			add = mix(rng, s, one);
		}
		len = strlen(add);
		if (n + len + strlen(s) + 1 > size)
			add = one;	/* one[0] is what stands there */
		len = strlen(add);
		memcpy(out + n, add, len);
		n += len;
	}
	out[n] = '\0';
}
