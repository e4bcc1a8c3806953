/* SPDX-License-Identifier: ISC */
/*
 * The tokens of the scanner, with what a message about one of them needs: the
 * one before it, how its statement began, and which brackets are open.
 *
 * A '{' at the end of a line is a list, or the body of an anchor; it is a body
 * where the grammar says so (stream_body()), or where a statement that it
 * could not read ended in one.
 */
#include "parser/stream.h"

#include <stdio.h>
#include <string.h>

#include "parser/parse.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static void
remember_text(struct parser *p, struct ptoken *t)
{
	static const struct {
		int token;
		const char *text;
	} signs[] = {
		{ TOK_NE, "!=" }, { TOK_LE, "<=" }, { TOK_GE, ">=" },
		{ TOK_LTGT, "<>" }, { TOK_GTLT, "><" }, { TOK_ARROW, "->" },
	};
	size_t i;

	if (t->token == TOK_BAD_CHAR) {
		strlcpy(t->sign, p->bad_char, sizeof(t->sign));
		return;
	}
	if (t->token < 256) {
		t->sign[0] = (char)t->token;
		return;
	}
	for (i = 0; i < nitems(signs); i++)
		if (signs[i].token == t->token) {
			strlcpy(t->sign, signs[i].text, sizeof(t->sign));
			return;
		}
	t->word = p->word;
	t->defines = p->word_defines;
}

static void
brackets(struct stream *s, const struct ptoken *t)
{
	switch (t->token) {
	case '(':
	case '{':
		if (s->nopen < nitems(s->open))
			s->open[s->nopen] = *t;
		s->nopen++;
		break;
	case ')':
		if (s->nopen > 0)
			s->nopen--;
		break;
	case '}':
		if (s->nopen > 0)
			s->nopen--;
		else if (s->nbodies > 0 && --s->nbodies == 0)
			s->guessed = false;
		break;
	}
}

void
stream_bracket(struct stream *s, int token)
{
	struct ptoken t = { .token = token };

	brackets(s, &t);
}

void
stream_passed(struct stream *s, const char *text, size_t len)
{
	char quote = '\0';
	size_t i;

	for (i = 0; i < len; i++) {
		if (quote != '\0')
			quote = text[i] == quote ? '\0' : quote;
		else if (text[i] == '"' || text[i] == '\'')
			quote = text[i];
		else if (text[i] == '#')
			return;
		else if (strchr("(){}", text[i]) != NULL)
			stream_bracket(s, text[i]);
	}
}

bool
stream_starts(const struct parser *p, int token)
{
	static const int starts[] = {
		TOK_PASS, TOK_BLOCK, TOK_MATCH, TOK_SET, TOK_TABLE,
		TOK_ANCHOR, TOK_ANTISPOOF, TOK_INCLUDE, TOK_LOAD,
	};
	/* these are names too */
	static const int maybe[] = {
		TOK_NAT, TOK_RDR, TOK_BINAT, TOK_NATANCHOR, TOK_RDRANCHOR,
		TOK_BINATANCHOR, TOK_ETHER, TOK_INTERFACE, TOK_SCRUB, TOK_NO,
	};
	size_t i;

	for (i = 0; i < nitems(starts); i++)
		if (starts[i] == token)
			return true;
	for (i = 0; i < nitems(maybe) && p->stream.failed; i++)
		if (maybe[i] == token)
			return true;
	return token == TOK_STRING && p->word_defines;
}

void
stream_body(struct stream *s, const struct span *at)
{
	if (s->nbodies < nitems(s->bodies))
		s->bodies[s->nbodies] = *at;
	s->nbodies++;
	s->nopen = s->nfirst = 0;
	s->failed = false;
}

/* A line that could not be read is over. */
static void
end_of_failed(struct stream *s)
{
	if (s->cur.token == '{') {
		stream_body(s, &s->cur.loc);
		s->guessed = true;
	}
	s->nopen = s->nfirst = 0;
	s->failed = s->skip = false;
}

void
stream_token(struct parser *p, int token, const struct span *loc)
{
	struct stream *s = &p->stream;
	struct ptoken t = { .token = token, .loc = *loc };

	remember_text(p, &t);
	if (s->cur.token == '\n' && s->nopen == 0) {
		s->nfirst = 0;
		/* the newline itself may have been the mistake */
		s->failed = s->failed && token == '\n';
	}
	if (token == '\n' && s->failed)
		end_of_failed(s);
	s->prev = s->cur;
	s->cur = t;
	brackets(s, &t);
	if (token == '\n' && s->nopen == 0)
		return;
	if (s->nfirst == 0)
		s->rank = 0;
	else if (syntax_rank(s->prev.token) > s->rank)
		s->rank = syntax_rank(s->prev.token);
	if (s->nfirst < nitems(s->first))
		s->first[s->nfirst] = t;
	s->nfirst++;
}

const char *
ptoken_text(const struct ptoken *t)
{
	return t->word != NULL ? t->word->s : t->sign;
}
