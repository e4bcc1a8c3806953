/* SPDX-License-Identifier: ISC */
/*
 * Numbers of tags: an array in order of names, and the names by number, which
 * lie beside the states.
 */
#include "engine/natd/tags.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule.h"

_Static_assert(RULE_TAG_MAX < ARENA_TAGLEN, "the arena keeps the names");

struct tag {
	const char *name;
	uint16_t nr;
};

struct tags {
	pthread_mutex_t lock;
	struct tag *v;		/* in order of names */
	size_t n, size;
	uint16_t last;		/* number given */
	char (*names)[ARENA_TAGLEN];
	bool (*room)(void *, uint32_t);
	void *arg;
};

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

static bool
tags_is_at(const struct tags *t, size_t at, const char *name)
{
	return at < t->n && strcmp(t->v[at].name, name) == 0;
}

/* Enter the name of a number at its place.  False: no memory. */
static bool
tags_enter(struct tags *t, size_t at, uint16_t nr)
{
	struct tag *v;
	size_t size;

	if (t->n == t->size) {
		size = t->size * 2 + 16;
		if ((v = reallocarray(t->v, size, sizeof(*v))) == NULL)
			return false;
		t->v = v;
		t->size = size;
	}
	memmove(&t->v[at + 1], &t->v[at], (t->n - at) * sizeof(*t->v));
	t->v[at].name = t->names[nr];
	t->v[at].nr = nr;
	t->n++;
	return true;
}

static uint16_t
tags_insert(struct tags *t, size_t at, const char *name)
{
	if (t->last == TAGS_MAX || !t->room(t->arg, t->last + 2u))
		return 0;
	strlcpy(t->names[t->last + 1], name, ARENA_TAGLEN);
	if (!tags_enter(t, at, (uint16_t)(t->last + 1)))
		return 0;
	return ++t->last;
}

/*
 * Numbers have no gaps.  A name that is there twice was being written when its
 * process was killed: nothing has its number.
 */
static bool
tags_adopt(struct tags *t)
{
	char *name;
	size_t at;

	for (; t->last < TAGS_MAX && t->room(t->arg, t->last + 2u);
	    t->last++) {
		name = t->names[t->last + 1];
		name[ARENA_TAGLEN - 1] = '\0';
		if (name[0] == '\0')
			break;
		at = tags_place(t, name);
		if (!tags_is_at(t, at, name) &&
		    !tags_enter(t, at, (uint16_t)(t->last + 1)))
			return false;
	}
	return true;
}

struct tags *
tags_new(char (*names)[ARENA_TAGLEN], bool (*room)(void *, uint32_t),
    void *arg)
{
	struct tags *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->names = names;
	t->room = room;
	t->arg = arg;
	if (!tags_adopt(t)) {
		tags_free(t);
		return NULL;
	}
	return t;
}

void
tags_free(struct tags *t)
{
	if (t == NULL)
		return;
	free(t->v);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

uint16_t
tags_number(struct tags *t, const char *name)
{
	uint16_t nr;
	size_t at;

	pthread_mutex_lock(&t->lock);
	at = tags_place(t, name);
	if (tags_is_at(t, at, name))
		nr = t->v[at].nr;
	else
		nr = tags_insert(t, at, name);
	pthread_mutex_unlock(&t->lock);
	return nr;
}
