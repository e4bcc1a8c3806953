/* SPDX-License-Identifier: ISC */
/*
 * Anchors that were loaded from outside.
 */
#include "engine/natd/anchors.h"

#include <stdlib.h>
#include <string.h>

#include "rules/ruleset.h"

struct anchors {
	struct anchor_text *first;
};

struct anchors *
anchors_new(void)
{
	return calloc(1, sizeof(struct anchors));
}

void
anchor_text_free(struct anchor_text *t)
{
	if (t == NULL)
		return;
	free(t->path);
	free(t->text);
	free(t);
}

void
anchors_free(struct anchors *a)
{
	struct anchor_text *t;

	if (a == NULL)
		return;
	while ((t = a->first) != NULL) {
		a->first = t->next;
		anchor_text_free(t);
	}
	free(a);
}

struct anchor_text *
anchor_text_new(const char *path, const char *text, size_t len)
{
	struct anchor_text *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->path = strdup(path);
	t->text = malloc(len + 1);
	if (t->path == NULL || t->text == NULL) {
		anchor_text_free(t);
		return NULL;
	}
	memcpy(t->text, text, len);
	t->text[len] = '\0';
	t->len = len;
	return t;
}

const struct anchor_text *
anchors_first(const struct anchors *a)
{
	return a->first;
}

const struct anchor_text *
anchors_find(const struct anchors *a, const char *path)
{
	const struct anchor_text *t;

	for (t = a->first; t != NULL; t = t->next)
		if (strcmp(t->path, path) == 0)
			return t;
	return NULL;
}

bool
anchors_given(const struct ruleset *rs, const char *path)
{
	const struct anchor *an = ruleset_anchor(rs, path);

	return an != NULL && an->given;
}

static void
forget_given(struct anchors *a, const struct ruleset *rs)
{
	struct anchor_text **at, *old;

	for (at = &a->first; (old = *at) != NULL;) {
		if (!anchors_given(rs, old->path)) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		anchor_text_free(old);
	}
}

void
anchors_commit(struct anchors *a, struct anchor_text *new,
    const struct ruleset *rs)
{
	struct anchor_text **at, *old;

	if (rs != NULL)
		forget_given(a, rs);
	if (new == NULL)
		return;
	for (at = &a->first; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->path, new->path) >= 0)
			break;
	if ((old = *at) != NULL && strcmp(old->path, new->path) == 0) {
		*at = old->next;
		anchor_text_free(old);
	}
	if (new->len == 0) {
		anchor_text_free(new);
		return;
	}
	new->next = *at;
	*at = new;
}
