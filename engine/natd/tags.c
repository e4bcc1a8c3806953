/* SPDX-License-Identifier: ISC */
/*
 * Numbers of tags: an array in order of names.
 */
#include "engine/natd/tags.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct tag {
	char *name;
	uint16_t nr;
};

struct tags {
	pthread_mutex_t lock;
	struct tag *v;
	size_t n, size;
};

struct tags *
tags_new(void)
{
	struct tags *t;

	if ((t = calloc(1, sizeof(*t))) != NULL)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void
tags_free(struct tags *t)
{
	if (t == NULL)
		return;
	while (t->n > 0)
		free(t->v[--t->n].name);
	free(t->v);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* The place of a name, or where it would go. */
static size_t
tags_place(const struct tags *t, const char *name)
{
	size_t lo = 0, hi = t->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (strcmp(t->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint16_t
tags_insert(struct tags *t, size_t at, const char *name)
{
	struct tag *v;
	size_t size;
	char *copy;

	if (t->n == TAGS_MAX)
		return 0;
	if (t->n == t->size) {
		size = t->size * 2 + 16;
		if ((v = reallocarray(t->v, size, sizeof(*v))) == NULL)
			return 0;
		t->v = v;
		t->size = size;
	}
	if ((copy = strdup(name)) == NULL)
		return 0;
	memmove(&t->v[at + 1], &t->v[at], (t->n - at) * sizeof(*t->v));
	t->v[at].name = copy;
	t->v[at].nr = (uint16_t)++t->n;
	return t->v[at].nr;
}

uint16_t
tags_number(struct tags *t, const char *name)
{
	uint16_t nr;
	size_t at;

	pthread_mutex_lock(&t->lock);
	at = tags_place(t, name);
	if (at < t->n && strcmp(t->v[at].name, name) == 0)
		nr = t->v[at].nr;
	else
		nr = tags_insert(t, at, name);
	pthread_mutex_unlock(&t->lock);
	return nr;
}
