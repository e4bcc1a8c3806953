/* SPDX-License-Identifier: ISC */
/*
 * What may stand at the end of a line of the shell.
 *
 * The words before the cursor are walked from the left: each one that is
 * known says what must follow it.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/complete.h"
#include "ctl/filter.h"

#define WORDS_MAX 64

/* A line as its words; the last is the one that is begun, maybe empty. */
struct line {
	char *copy;
	const char *word[WORDS_MAX];
	size_t n;
	size_t start;
};

static int
line_split(struct line *l, const char *text, size_t len)
{
	char *p, *word;

	memset(l, 0, sizeof(*l));
	if ((l->copy = strndup(text, len)) == NULL)
		return -ENOMEM;
	l->start = strlen(l->copy);
	while (l->start > 0 && l->copy[l->start - 1] != ' ' &&
	    l->copy[l->start - 1] != '\t')
		l->start--;
	p = l->copy;
	while ((word = strsep(&p, " \t")) != NULL) {
		/* flags may stand anywhere and say nothing of what follows */
		if (p != NULL && (*word == '\0' || *word == '-'))
			continue;
		if (l->n == WORDS_MAX)
			l->n--;
		l->word[l->n++] = word;
	}
	return 0;
}

static int
add(struct completion *c, const char *word, const char *help)
{
	char **v;
	const char **h;

	if ((v = reallocarray(c->word, c->n + 1, sizeof(*v))) == NULL)
		return -ENOMEM;
	c->word = v;
	if ((h = reallocarray(c->help, c->n + 1, sizeof(*h))) == NULL)
		return -ENOMEM;
	c->help = h;
	if ((v[c->n] = strdup(word)) == NULL)
		return -ENOMEM;
	h[c->n++] = help;
	return 0;
}

static void
add_name(struct completion *c, const char *name)
{
	(void)add(c, name, "");
}

static int
add_words(struct completion *c, enum cmdword_kind kind)
{
	const struct cmdword *w = NULL;
	int error = 0;

	while (error == 0 && (w = cmdword_next(kind, w)) != NULL)
		if (w->missing == NULL)
			error = add(c, w->name, w->help);
	return error;
}

static int
add_files(struct completion *c, const char *prefix)
{
	char pattern[1024], *p = pattern;
	int error = 0;
	glob_t g;
	size_t i;

	for (; *prefix != '\0' && p < pattern + sizeof(pattern) - 3;) {
		if (strchr("*?[\\", *prefix) != NULL)
			*p++ = '\\';
		*p++ = *prefix++;
	}
	*p++ = '*';
	*p = '\0';
	if (glob(pattern, GLOB_MARK, NULL, &g) != 0)
		return 0;
	for (i = 0; i < g.gl_pathc && error == 0; i++)
		error = add(c, g.gl_pathv[i], "");
	globfree(&g);
	return error;
}

/* Words of a filter, or the name that the last of them asks for. */
static int
add_filter(struct completion *c, const char *last, complete_names *names,
    void *ctx)
{
	static const struct {
		const char *word, *argname;
		enum cmdword_arg arg;
	} operands[] = {
		{ "iface", "INTERFACE", ARG_IFACE },
		{ "interface", "INTERFACE", ARG_IFACE },
		{ "if", "INTERFACE", ARG_IFACE },
		{ "on", "INTERFACE", ARG_IFACE },
		{ "label", "LABEL", ARG_LABEL },
		{ "host", "ADDRESS", ARG_ADDRESS },
		{ "net", "ADDRESS/BITS", ARG_ADDRESS },
		{ "gateway", "ADDRESS", ARG_ADDRESS },
		{ "port", "N[-M]", ARG_TEXT },
		{ "proto", "NAME", ARG_TEXT },
		{ "state", "NAME", ARG_TEXT },
		{ "rule", "ID", ARG_TEXT },
		{ "id", "ID", ARG_TEXT },
		{ "nr", "N", ARG_TEXT },
		{ "age", "SECONDS", ARG_TEXT },
		{ "packets", "N", ARG_TEXT },
		{ "bytes", "N", ARG_TEXT },
	};
	size_t i;
	int error = 0;

	for (i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
		if (strcmp(last, operands[i].word) == 0) {
			c->arg = operands[i].arg;
			c->argname = operands[i].argname;
			c->end = false;
			if (names != NULL)
				names(ctx, c->arg, add_name, c);
			return 0;
		}
	for (i = 0; filter_words[i] != NULL && error == 0; i++)
		error = add(c, filter_words[i], "");
	return error;
}

/*
 * Walk the words before the last.  What is wanted then stands in c->arg; for
 * a list of words its kind in *kind.  Return: false if nothing may follow.
 */
static bool
walk(const struct line *l, struct completion *c, enum cmdword_kind *kind)
{
	const struct cmdword *w;
	bool table = false;
	size_t i;

	*kind = CW_CMD;
	c->arg = ARG_NONE;
	for (i = 0; i + 1 < l->n; i++) {
		if (c->arg == ARG_FILTER || c->arg == ARG_ADDRESS) {
			c->end = true;
			continue;
		}
		if (*kind == CW_KIND_MAX && !table)
			return false;
		if (table) {
			/* the name; a command of -T follows */
			table = false;
			*kind = CW_TABLE;
			c->argname = "COMMAND";
			continue;
		}
		if ((w = cmdword_find(*kind, l->word[i], NULL)) == NULL)
			return false;
		c->arg = w->arg;
		c->argname = w->argname;
		*kind = cmdword_kind_of_arg(w->arg);
		table = w->arg == ARG_TABLE;
		c->end = w->arg == ARG_NONE || w->arg == ARG_FILTER;
		if (w->kind == CW_TABLE && w->value == TCMD_ZERO)
			c->end = true;
		if (w->arg == ARG_NONE)
			*kind = CW_KIND_MAX;
	}
	return true;
}

/* Keep what begins as the last word does. */
static void
narrow(struct completion *c, const char *prefix)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++) {
		if (strncmp(c->word[i], prefix, strlen(prefix)) != 0) {
			free(c->word[i]);
			continue;
		}
		c->word[n] = c->word[i];
		c->help[n++] = c->help[i];
	}
	c->n = n;
}

int
complete_line(const char *text, size_t len, complete_names *names, void *ctx,
    struct completion *c)
{
	enum cmdword_kind kind;
	struct line l;
	int error;

	memset(c, 0, sizeof(*c));
	if ((error = line_split(&l, text, len)) != 0)
		return error;
	c->start = l.start;
	if (walk(&l, c, &kind)) {
		if (c->arg == ARG_FILTER)
			error = add_filter(c, l.n > 1 ? l.word[l.n - 2] : "",
			    names, ctx);
		else if (kind != CW_KIND_MAX)
			error = add_words(c, kind);
		else if (c->arg == ARG_FILE)
			error = add_files(c, l.word[l.n - 1]);
		else if (c->arg != ARG_NONE && names != NULL)
			names(ctx, c->arg, add_name, c);
	}
	narrow(c, l.word[l.n - 1]);
	free(l.copy);
	return error;
}

void
completion_fini(struct completion *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->word[i]);
	free(c->word);
	free(c->help);
	memset(c, 0, sizeof(*c));
}

size_t
completion_common(const struct completion *c)
{
	size_t i, k, len;

	if (c->n == 0)
		return 0;
	len = strlen(c->word[0]);
	for (i = 1; i < c->n; i++) {
		for (k = 0; k < len && c->word[i][k] == c->word[0][k]; k++)
			continue;
		len = k;
	}
	return len;
}
