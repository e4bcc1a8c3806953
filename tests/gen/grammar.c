/* SPDX-License-Identifier: ISC */
/*
 * Texts from productions: one alternative of each is chosen at random.
 */
#include "tests/gen/grammar.h"

#include <stdlib.h>
#include <string.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

enum { ALTS_MAX = 64, DEPTH_MAX = 24 };

static const struct production {
	const char *name;
	const char *alts[ALTS_MAX];
} productions[] = {
#include "tests/gen/productions.def"
};

uint32_t
grammar_rnd(uint64_t *state, uint32_t n)
{
	*state ^= *state << 13;	/* xorshift64, Marsaglia 2003 */
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32) % n;
}

static const struct production *
production(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(productions); i++)
		if (strncmp(productions[i].name, name, len) == 0 &&
		    productions[i].name[len] == '\0')
			return &productions[i];
	return NULL;
}

static bool
put(struct grammar *g, char c)
{
	if (g->n + 1 >= g->size)
		return false;
	g->buf[g->n++] = c;
	g->buf[g->n] = '\0';
	return true;
}

/* Alternatives that were part of an accepted text. */
static bool taken[nitems(productions) * ALTS_MAX];

static size_t
alt_id(const struct production *p, uint32_t alt)
{
	return (size_t)(p - productions) * ALTS_MAX + alt;
}

static bool
derive(struct grammar *g, const struct production *p, unsigned depth)
{
	const struct production *sub;
	const char *s;
	uint32_t n = 0, alt;
	size_t len;

	if (depth > DEPTH_MAX || g->ntrail == GRAMMAR_TRAIL_MAX)
		return false;
	while (n < ALTS_MAX && p->alts[n] != NULL)
		n++;
	alt = grammar_rnd(g->rng, n);
	g->trail[g->ntrail++] = (uint16_t)alt_id(p, alt);
	for (s = p->alts[alt]; *s != '\0'; s++) {
		if (*s == '$' && s[1] == '$') {
			s++;	/* a dollar of the text */
		} else if (*s == '$' || *s == '?') {
			len = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz"
			    "0123456789");
			if ((sub = production(s + 1, len)) == NULL)
				abort();	/* a wrong table */
			if ((*s == '$' || grammar_rnd(g->rng, 2) == 0) &&
			    !derive(g, sub, depth + 1))
				return false;
			s += len;
			continue;
		}
		if (!put(g, *s))
			return false;
	}
	return true;
}

bool
grammar_make(struct grammar *g, const char *start)
{
	g->n = g->ntrail = 0;
	g->buf[0] = '\0';
	return derive(g, production(start, strlen(start)), 0);
}

void
grammar_taken(const struct grammar *g)
{
	size_t i;

	for (i = 0; i < g->ntrail; i++)
		taken[g->trail[i]] = true;
}

const char *
grammar_lacks(size_t *i)
{
	const char *alt;

	while (*i < nitems(taken)) {
		alt = productions[*i / ALTS_MAX].alts[*i % ALTS_MAX];
		if (!taken[(*i)++] && alt != NULL)
			return alt;
	}
	return NULL;
}

static bool
is_part(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool
grammar_has_word(const char *word)
{
	size_t i, k, len = strlen(word);
	const char *s;

	for (i = 0; i < nitems(productions); i++)
		for (k = 0; k < ALTS_MAX && (s = productions[i].alts[k]) !=
		    NULL; k++)
			for (; (s = strstr(s, word)) != NULL; s++)
				if ((s == productions[i].alts[k] ||
				    (!is_part(s[-1]) && s[-1] != '$' &&
				    s[-1] != '?')) && !is_part(s[len]))
					return true;
	return false;
}
