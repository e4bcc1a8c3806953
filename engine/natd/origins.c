/* SPDX-License-Identifier: ISC */
/*
 * Where rules, and such words of theirs as messages may be about, stand in the
 * files of people.
 */
#include "engine/natd/origins.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/natd/revision.h"
#include "rules/feature.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "rules/zone.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define ROWS_MAX	(1u << 22)
#define PLACES_MAX	64	/* of one rule */

/* A rule, by its number in ruleset_walk(). */
struct row {
	uint32_t rule, line, stmt, col, file, place, nplaces;
};

struct origins {
	char **files;
	struct row *rows;
	struct rule_place *places;
	size_t nfiles, nrows, nplaces;
	size_t size, places_size;	/* room */
};

void
origins_free(struct origins *o)
{
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < o->nfiles; i++)
		free(o->files[i]);
	free(o->files);
	free(o->rows);
	free(o->places);
	free(o);
}

/* Numbers of an array, from @first on; -EINVAL if one is none. */
static int
numbers(const json_t *v, size_t first, uint32_t *const *to, size_t n)
{
	const json_t *e;
	size_t i;

	for (i = 0; i < n; i++) {
		e = json_array_get(v, first + i);
		if (!json_is_integer(e) || json_integer_value(e) < 0 ||
		    json_integer_value(e) > UINT32_MAX)
			return -EINVAL;
		*to[i] = (uint32_t)json_integer_value(e);
	}
	return 0;
}

/* Words that this natd does not know are left out. */
static int
place_add(struct origins *o, struct row *row, const json_t *v)
{
	struct rule_place p = { NULL, 0, 0, 0, 0 }, *more;
	uint32_t *const to[] = { &p.line, &p.col, &p.line2, &p.col2 };
	const char *word = json_string_value(json_array_get(v, 0));
	size_t want;

	if (word == NULL || numbers(v, 1, to, nitems(to)) != 0)
		return -EINVAL;
	if ((p.feature = feature_find(word)) == NULL)
		return 0;
	if (o->nplaces == o->places_size) {
		want = o->places_size * 2 + 16;
		if ((more = reallocarray(o->places, want, sizeof(*more))) ==
		    NULL)
			return -ENOMEM;
		o->places = more;
		o->places_size = want;
	}
	o->places[o->nplaces++] = p;
	row->nplaces++;
	return 0;
}

static int
row_add(struct origins *o, const json_t *v)
{
	struct row *r = &o->rows[o->nrows];
	uint32_t *const to[] = { &r->rule, &r->line, &r->stmt, &r->col };
	const json_t *places = json_array_get(v, nitems(to));
	size_t i, n = json_array_size(places);
	int error;

	*r = (struct row){ .file = (uint32_t)o->nfiles - 1,
	    .place = (uint32_t)o->nplaces, .col = 1 };
	if (numbers(v, 0, to, json_array_size(v) == 3 ? 3 : 4) != 0 ||
	    n > PLACES_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if ((error = place_add(o, r, json_array_get(places, i))) != 0)
			return error;
	o->nrows++;
	return 0;
}

static int
file_add(struct origins *o, const char *file)
{
	char **more;

	if (o->nfiles > 0 && strcmp(o->files[o->nfiles - 1], file) == 0)
		return 0;
	if ((more = reallocarray(o->files, o->nfiles + 1, sizeof(*more))) ==
	    NULL)
		return -ENOMEM;
	o->files = more;
	if ((o->files[o->nfiles] = strdup(file)) == NULL)
		return -ENOMEM;
	o->nfiles++;
	return 0;
}

int
origins_add(struct origins **to, const char *file, const json_t *rows)
{
	struct origins *o = *to;
	size_t i, n = json_array_size(rows);
	struct row *more;
	int error;

	if (!json_is_array(rows))
		return -EINVAL;
	if (o == NULL && (o = *to = calloc(1, sizeof(*o))) == NULL)
		return -ENOMEM;
	if (o->nrows + n > ROWS_MAX || o->nfiles == ROWS_MAX)
		return -E2BIG;
	if (o->nrows + n > o->size) {
		if ((more = reallocarray(o->rows, (o->nrows + n) * 2,
		    sizeof(*more))) == NULL)
			return -ENOMEM;
		o->rows = more;
		o->size = (o->nrows + n) * 2;
	}
	if ((error = file_add(o, file)) != 0)
		return error;
	for (i = 0; i < n; i++)
		if ((error = row_add(o, json_array_get(rows, i))) != 0)
			return error;
	return 0;
}

/* The rule is the caller's own: the ruleset was made here and is not shared. */
static struct rule_origin *
origin_of(const struct rule *rule)
{
	return (struct rule_origin *)(uintptr_t)&rule->origin;
}

struct setting {
	const struct origins *o;
	struct zone *zone;
	const char *file;	/* the last one, in the zone */
	uint32_t nr;		/* of it */
	size_t next;
	uint32_t n;
};

/* -ENOMEM stops the walk. */
static int
set_row(struct setting *s, const struct row *row, struct rule_origin *to)
{
	struct rule_place *places = NULL;

	if (s->file == NULL || s->nr != row->file) {
		s->nr = row->file;
		if ((s->file = zone_strdup(s->zone,
		    s->o->files[row->file])) == NULL)
			return -ENOMEM;
	}
	if (row->nplaces > 0) {
		if ((places = zone_alloc(s->zone, row->nplaces *
		    sizeof(*places))) == NULL)
			return -ENOMEM;
		memcpy(places, s->o->places + row->place, row->nplaces *
		    sizeof(*places));
	}
	*to = (struct rule_origin){ .file = s->file, .line = row->line,
	    .col = row->col, .stmt = row->stmt, .nplaces = row->nplaces,
	    .places = places };
	return 0;
}

static int
set_origin(const struct rule *rule, const struct anchor *a, void *arg)
{
	struct setting *s = arg;
	const struct row *row = s->next < s->o->nrows ?
	    &s->o->rows[s->next] : NULL;

	(void)a;
	if (row == NULL)
		return 1;
	if (row->rule != s->n++)
		return 0;
	s->next++;
	return set_row(s, row, origin_of(rule));
}

int
origins_set(const struct origins *o, const struct ruleset *rs)
{
	struct setting s = { .o = o, .zone = rs->zone };
	int error;

	if (o == NULL)
		return 0;
	error = ruleset_walk(rs, set_origin, &s);
	return error < 0 ? error : 0;
}

struct kept {
	const struct revision *from;
	struct zone *zone;	/* of the new ruleset */
	const char *was, *file;	/* the last name, there and here */
};

static int
keep_origin(const struct rule *rule, const struct anchor *a, void *arg)
{
	struct kept *k = arg;
	struct rule_origin *to = origin_of(rule);
	const struct revision_rule *rr = revision_find(k->from, rule->id);

	(void)a;
	if (rr == NULL)
		return 0;
	*to = rr->rule->origin;
	/* the words are in the other zone; they were accepted once */
	to->places = NULL;
	to->nplaces = 0;
	if (to->file != NULL && to->file != k->was) {
		k->was = to->file;
		k->file = zone_strdup(k->zone, to->file);
	}
	if (to->file != NULL)
		to->file = k->file;
	return rr->rule->origin.file != NULL && to->file == NULL ? -ENOMEM : 0;
}

int
origins_keep(const struct revision *from, struct ruleset *rs)
{
	struct kept k = { .from = from, .zone = rs->zone };

	return from == NULL ? 0 : ruleset_walk(rs, keep_origin, &k);
}
