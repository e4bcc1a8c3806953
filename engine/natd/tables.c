/* SPDX-License-Identifier: ISC */
/*
 * Tables as control sees them.
 *
 * A load's tables get numbers before it is compiled.  One with contents in
 * the text is a new table without a name; one without keeps the number that
 * its name has, or is new and empty.  The commit then moves the names, so
 * rules and contents change at one moment and a failed load leaves nothing.
 */
#include "engine/natd/tables.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/show.h"
#include "engine/natd/workers.h"
#include "rules/ruleset.h"

#define AUTOMATIC "__automatic_" /* names of tables made of lists */

/* What the set does not know of a table; indexed by number. */
struct meta {
	bool used;
	bool constant, persist, counters, defined, timed;
	uint32_t refs;
	uint64_t cleared;
};

struct tables {
	struct table_set *set;
	pthread_mutex_t lock;
	struct meta *meta;
	uint32_t nmeta;
};

struct plan_row {
	const struct table *t;
	uint32_t nr;
	bool fresh, timed;
	bool lent;		/* the number is that of another table */
};

struct tables_plan {
	struct plan_row *v;	/* sorted by t */
	size_t n, size;
};

struct tables *
tables_new(unsigned nworkers)
{
	struct tables *tb;

	if ((tb = calloc(1, sizeof(*tb))) == NULL)
		return NULL;
	if ((tb->set = table_set_new(nworkers)) == NULL) {
		free(tb);
		return NULL;
	}
	pthread_mutex_init(&tb->lock, NULL);
	return tb;
}

void
tables_free(struct tables *tb)
{
	if (tb == NULL)
		return;
	table_set_free(tb->set);
	pthread_mutex_destroy(&tb->lock);
	free(tb->meta);
	free(tb);
}

struct table_set *
tables_set(const struct tables *tb)
{
	return tb->set;
}

void
tables_lock(struct tables *tb)
{
	pthread_mutex_lock(&tb->lock);
}

void
tables_unlock(struct tables *tb)
{
	pthread_mutex_unlock(&tb->lock);
}

/* The row of a number, made if there is none; NULL: no memory. */
static struct meta *
tables_meta(struct tables *tb, uint32_t nr)
{
	struct meta *v;
	uint32_t n;

	if (nr >= tb->nmeta) {
		n = nr + nr / 2 + 16;
		if ((v = reallocarray(tb->meta, n, sizeof(*v))) == NULL)
			return NULL;
		memset(v + tb->nmeta, 0, (n - tb->nmeta) * sizeof(*v));
		tb->meta = v;
		tb->nmeta = n;
	}
	return &tb->meta[nr];
}

static const struct meta *
tables_meta_get(const struct tables *tb, uint32_t nr)
{
	static const struct meta none;

	return nr < tb->nmeta ? &tb->meta[nr] : &none;
}

bool
tables_active(const struct tables *tb, uint32_t nr)
{
	const struct meta *m = tables_meta_get(tb, nr);

	return m->defined || m->persist;
}

/* Of the same prefix the first entry stays, as in pf. */
static int
table_first(struct table_set *set, uint32_t nr, const struct table_ent *e,
    uint32_t wall)
{
	struct table_ent new = *e, have;

	if (table_get(set, nr, e->af, &e->addr, e->plen, &have))
		return 0;
	new.since = e->expire == 0 ? wall : 0;
	return table_add(set, nr, &new) < 0 ? -ENOMEM : 0;
}

static int
table_fill_entry(struct table_set *set, uint32_t nr,
    const struct table_entry *e, uint32_t wall)
{
	struct table_ent ent = {
		.addr = e->addr, .af = e->af, .plen = e->plen, .neg = e->neg,
		.weight = e->weight,
		.expire = e->ttl != 0 ? wall + e->ttl : 0,
	};

	return table_first(set, nr, &ent, wall);
}

/* Contents of the table's files from the feed; false: none were sent. */
static bool
table_fill_feed(struct table_set *set, uint32_t nr, const struct table *t,
    const struct table_feed *feed, uint32_t wall, int *error)
{
	bool found = false;
	uint32_t i;

	for (; feed != NULL; feed = feed->next) {
		if (strcmp(feed->name, t->name) != 0 ||
		    strcmp(feed->anchor, t->anchor->path) != 0)
			continue;
		found = true;
		for (i = 0; i < feed->n && *error == 0; i++)
			*error = table_first(set, nr, &feed->v[i], wall);
	}
	return found;
}

static int
table_fill(struct table_set *set, struct plan_row *row,
    const struct table_feed *feed)
{
	const struct table *t = row->t;
	uint32_t i, j, wall = (uint32_t)time(NULL);
	int error = 0;

	for (i = 0; i < t->nparts; i++) {
		if (t->parts[i].file != NULL && !t->parts[i].loaded &&
		    !table_fill_feed(set, row->nr, t, feed, wall, &error))
			return -ENOENT;
		for (j = 0; j < t->parts[i].n && error == 0; j++) {
			error = table_fill_entry(set, row->nr,
			    &t->parts[i].v[j], wall);
			row->timed |= t->parts[i].v[j].ttl != 0;
		}
	}
	return error;
}

/*
 * What a name means that nothing in its anchor defines: the anchor's own table
 * if a command made one, else that of the main ruleset, as it is written or
 * was made.  TABLE_NONE: there is none of either.
 */
static uint32_t
lender(const struct tables *tb, const struct tables_plan *pl,
    const struct table *t)
{
	const struct table *o;
	uint32_t nr = table_find(tb->set, t->anchor->path, t->name);
	size_t i;

	if (t->defined || t->automatic || t->anchor->parent == NULL ||
	    (nr != TABLE_NONE && tables_meta_get(tb, nr)->persist))
		return TABLE_NONE;
	for (i = 0; i < pl->n; i++) {
		o = pl->v[i].t;
		if (o->anchor->parent == NULL && strcmp(o->name, t->name) == 0)
			return pl->v[i].nr;
	}
	return table_find(tb->set, "", t->name);
}

static int
plan_table(struct tables *tb, struct tables_plan *pl, const struct table *t,
    const struct table_feed *feed)
{
	struct plan_row *row;
	size_t size;
	int error;

	if (pl->n == pl->size) {
		size = pl->size + pl->size / 2 + 16;
		row = reallocarray(pl->v, size, sizeof(*row));
		if (row == NULL)
			return -ENOMEM;
		pl->v = row;
		pl->size = size;
	}
	row = &pl->v[pl->n];
	*row = (struct plan_row){ .t = t, .nr = lender(tb, pl, t) };
	if ((row->lent = row->nr != TABLE_NONE)) {
		pl->n++;
		return 0;
	}
	if (!t->initialized && !t->automatic)
		row->nr = table_find(tb->set, t->anchor->path, t->name);
	if (row->nr == TABLE_NONE) {
		if ((error = table_new(tb->set, "", NULL, &row->nr)) != 0)
			return error;
		row->fresh = true;
	}
	pl->n++;
	if (!row->fresh)
		return 0;
	error = table_count_entries(tb->set, row->nr, t->counters);
	if (error == 0)
		error = table_fill(tb->set, row, feed);
	if (error == 0)
		table_publish(tb->set, row->nr);
	return error;
}

static int
plan_anchor(struct tables *tb, struct tables_plan *pl, const struct anchor *a,
    const struct table_feed *feed, const struct table **lacks)
{
	const struct anchor *child;
	const struct table *t;
	int error = 0;

	for (t = a->tables; t != NULL && error == 0; t = t->next) {
		error = plan_table(tb, pl, t, feed);
		*lacks = t;
	}
	for (child = a->children; child != NULL && error == 0;
	    child = child->next)
		error = plan_anchor(tb, pl, child, feed, lacks);
	return error;
}

static int
row_cmp(const void *a, const void *b)
{
	const struct plan_row *x = a, *y = b;

	return x->t < y->t ? -1 : x->t > y->t;
}

int
tables_plan(struct tables *tb, const struct ruleset *rs,
    const struct table_feed *feed, struct tables_plan **out,
    const struct table **lacks)
{
	struct tables_plan *pl;
	int error;

	if ((pl = calloc(1, sizeof(*pl))) == NULL)
		return -ENOMEM;
	tables_lock(tb);
	error = plan_anchor(tb, pl, rs->root, feed, lacks);
	tables_unlock(tb);
	if (error != 0) {
		tables_abandon(tb, pl);
		return error;
	}
	if (pl->n > 0)
		qsort(pl->v, pl->n, sizeof(*pl->v), row_cmp);
	*out = pl;
	return 0;
}

uint32_t
tables_number(const struct tables_plan *pl, const struct table *t)
{
	struct plan_row key = { .t = t };
	const struct plan_row *row = NULL;

	if (pl->n > 0)
		row = bsearch(&key, pl->v, pl->n, sizeof(*pl->v), row_cmp);
	return row != NULL ? row->nr : TABLE_NONE;
}

bool
tables_counted(const struct tables *tb, const struct tables_plan *pl,
    uint32_t nr)
{
	size_t i;

	for (i = 0; i < pl->n; i++)
		if (pl->v[i].nr == nr && !pl->v[i].lent && pl->v[i].t->defined)
			return pl->v[i].t->counters;
	return table_cells(tb->set, nr) != NULL;
}

bool
tables_stale(const struct tables *tb, const struct tables_plan *pl)
{
	const struct plan_row *row;
	uint32_t nr;
	size_t i;

	for (i = 0; i < pl->n; i++) {
		row = &pl->v[i];
		if (row->t->initialized || row->t->automatic)
			continue;
		nr = lender(tb, pl, row->t);
		if (row->lent != (nr != TABLE_NONE) ||
		    (row->lent && nr != row->nr))
			return true;
		if (row->lent)
			continue;
		nr = table_find(tb->set, row->t->anchor->path, row->t->name);
		if (nr != (row->fresh ? TABLE_NONE : row->nr))
			return true;
	}
	return false;
}

uint64_t
tables_planned(const struct tables *tb, const struct tables_plan *pl,
    uint64_t *entries)
{
	uint64_t n = 0;
	size_t i;

	*entries = 0;
	for (i = 0; i < pl->n; i++) {
		if (pl->v[i].t->automatic || pl->v[i].lent)
			continue;
		n++;
		*entries += table_size(tb->set, pl->v[i].nr);
	}
	return n;
}

uint64_t
tables_used(const struct tables *tb, uint64_t *entries)
{
	const char *name;
	uint64_t n = 0;
	uint32_t nr;

	*entries = 0;
	for (nr = table_next_nr(tb->set, 0); nr != TABLE_NONE;
	    nr = table_next_nr(tb->set, nr + 1)) {
		name = table_name(tb->set, nr);
		if (name == NULL || strncmp(name, AUTOMATIC,
		    sizeof(AUTOMATIC) - 1) == 0)
			continue;
		n++;
		*entries += table_size(tb->set, nr);
	}
	return n;
}

static void
plan_free(struct tables_plan *pl)
{
	free(pl->v);
	free(pl);
}

void
tables_abandon(struct tables *tb, struct tables_plan *pl)
{
	size_t i;

	if (pl == NULL)
		return;
	tables_lock(tb);
	for (i = 0; i < pl->n; i++)
		if (pl->v[i].fresh)
			table_remove(tb->set, pl->v[i].nr);
	tables_unlock(tb);
	plan_free(pl);
}

/* A table that stays begins or ends to count; without memory some do not. */
static void
count_as_defined(struct tables *tb, const struct plan_row *row, struct meta *m)
{
	m->counters = row->t->counters;
	if (row->fresh)
		return;
	(void)table_count_entries(tb->set, row->nr, row->t->counters);
	table_publish(tb->set, row->nr);
}

static void
commit_row(struct tables *tb, const struct plan_row *row)
{
	const struct table *t = row->t;
	uint64_t cleared = (uint64_t)time(NULL);
	uint32_t old;
	struct meta *m;

	old = table_find(tb->set, t->anchor->path, t->name);
	if (row->fresh) {
		if (old != TABLE_NONE && table_count_carry(tb->set, old,
		    row->nr))
			cleared = tables_meta_get(tb, old)->cleared;
		if (old != TABLE_NONE && old < tb->nmeta)
			tb->meta[old].used = false;
		table_adopt(tb->set, row->nr, t->anchor->path, t->name);
	}
	if ((m = tables_meta(tb, row->nr)) == NULL)
		return;
	if (!m->used)
		*m = (struct meta){ .cleared = cleared };
	m->used = true;
	m->timed |= row->timed;
	m->refs = t->refs;
	m->defined = t->defined;
	m->constant = t->constant;
	if (t->defined)
		count_as_defined(tb, row, m);
	/* what a person made by -T add outlives a text that only names it */
	m->persist = t->defined ? t->persist : m->persist;
}

static void
commit_lent(struct tables *tb, const struct plan_row *row)
{
	struct meta *m = tables_meta(tb, row->nr);

	if (m != NULL)
		m->refs += row->t->refs;
}

/* Free what workers may have been reading, once they have moved on. */
static void
tables_collect(struct tables *tb, struct workers *w)
{
	struct table_garbage *g = table_set_garbage(tb->set);

	if (g == NULL)
		return;
	if (w != NULL)
		workers_quiesce(w);
	table_garbage_free(g);
}

void
tables_commit(struct tables *tb, struct tables_plan *pl, struct workers *w)
{
	struct meta *m;
	uint32_t nr;
	size_t i;

	tables_lock(tb);
	for (nr = 0; nr < tb->nmeta; nr++) {
		tb->meta[nr].refs = 0;
		tb->meta[nr].defined = false;
	}
	for (i = 0; i < pl->n; i++)
		if (!pl->v[i].lent)
			commit_row(tb, &pl->v[i]);
	for (i = 0; i < pl->n; i++)
		if (pl->v[i].lent)
			commit_lent(tb, &pl->v[i]);
	for (nr = table_next_nr(tb->set, 0); nr != TABLE_NONE;
	    nr = table_next_nr(tb->set, nr + 1)) {
		m = tables_meta(tb, nr);
		if (m == NULL || m->persist || m->refs > 0)
			continue;
		table_remove(tb->set, nr);
		m->used = false;
	}
	tables_collect(tb, w);
	tables_unlock(tb);
	plan_free(pl);
}

void
tables_settle(struct tables *tb, uint32_t nr, struct workers *w)
{
	table_publish(tb->set, nr);
	tables_collect(tb, w);
}

int
tables_create(struct tables *tb, const char *anchor, const char *name,
    uint32_t *nr)
{
	struct meta *m;
	int error;

	if ((error = table_new(tb->set, anchor, name, nr)) != 0)
		return error;
	if ((m = tables_meta(tb, *nr)) == NULL) {
		table_remove(tb->set, *nr);
		return -ENOMEM;
	}
	*m = (struct meta){
		.used = true, .cleared = (uint64_t)time(NULL),
	};
	return 0;
}

void
tables_activate(struct tables *tb, uint32_t nr)
{
	struct meta *m = tables_meta(tb, nr);

	if (m == NULL)
		return;
	m->persist = true;
	m->cleared = (uint64_t)time(NULL);
}

void
tables_discard(struct tables *tb, uint32_t nr, struct workers *w)
{
	if (tables_meta_get(tb, nr)->refs > 0)
		return;
	table_remove(tb->set, nr);
	if (nr < tb->nmeta)
		tb->meta[nr].used = false;
	tables_collect(tb, w);
}

bool
tables_delete(struct tables *tb, uint32_t nr, struct workers *w)
{
	const struct meta *m = tables_meta_get(tb, nr);

	if (m->refs > 0) {
		/* rules name it: it stays as an empty one */
		table_flush(tb->set, nr);
		tb->meta[nr].persist = tb->meta[nr].defined = false;
		tables_settle(tb, nr, w);
		return false;
	}
	table_remove(tb->set, nr);
	if (nr < tb->nmeta)
		tb->meta[nr].used = false;
	tables_collect(tb, w);
	return true;
}

/* Does an anchor have a table of its own by the name of this one? */
static bool
is_hidden(const struct tables *tb, uint32_t of)
{
	const char *name = table_name(tb->set, of), *anchor;
	uint32_t nr;

	if (name == NULL || *table_anchor(tb->set, of) != '\0')
		return false;
	for (nr = table_next_nr(tb->set, 0); nr != TABLE_NONE;
	    nr = table_next_nr(tb->set, nr + 1)) {
		anchor = table_anchor(tb->set, nr);
		if (anchor != NULL && *anchor != '\0' &&
		    strcmp(table_name(tb->set, nr), name) == 0 &&
		    tables_active(tb, nr))
			return true;
	}
	return false;
}

void
tables_show(const struct tables *tb, uint32_t nr, struct show_table *out)
{
	const struct meta *m = tables_meta_get(tb, nr);
	struct table_counters c;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s",
	    table_name(tb->set, nr) != NULL ? table_name(tb->set, nr) : "");
	out->anchor = table_anchor(tb->set, nr);
	out->constant = m->constant;
	out->persist = m->persist;
	out->active = m->defined || m->persist;
	out->referenced = m->refs > 0;
	out->hidden = is_hidden(tb, nr);
	out->counters = m->counters;
	out->addresses = table_size(tb->set, nr);
	out->cleared = m->cleared;
	out->rules = m->refs;
	table_counters(tb->set, nr, &c);
	out->match = c.match;
	out->nomatch = c.nomatch;
}

bool
tables_constant(const struct tables *tb, uint32_t nr)
{
	return tables_meta_get(tb, nr)->constant;
}

void
tables_zero(struct tables *tb, uint32_t nr)
{
	struct meta *m = tables_meta(tb, nr);

	table_counters_clear(tb->set, nr);
	if (m != NULL)
		m->cleared = (uint64_t)time(NULL);
}

void
tables_timed(struct tables *tb, uint32_t nr)
{
	struct meta *m = tables_meta(tb, nr);

	if (m != NULL)
		m->timed = true;
}

static uint32_t
table_expire(struct tables *tb, uint32_t nr, uint32_t wall)
{
	struct table_ent e, *last = NULL, keep;
	bool more, timed = false;
	uint32_t n = 0;

	for (more = table_next(tb->set, nr, NULL, &e); more;
	    more = table_next(tb->set, nr, last, &e)) {
		keep = e;
		last = &keep;
		timed |= e.expire > wall;
		if (e.expire != 0 && e.expire <= wall)
			n += table_delete(tb->set, nr, &e) == 1;
	}
	tb->meta[nr].timed = timed;
	return n;
}

uint32_t
tables_expire(struct tables *tb, struct workers *w, uint32_t wall)
{
	uint32_t nr, n, all = 0;

	tables_lock(tb);
	for (nr = 0; nr < tb->nmeta; nr++) {
		if (!tb->meta[nr].used || !tb->meta[nr].timed)
			continue;
		if ((n = table_expire(tb, nr, wall)) > 0)
			table_publish(tb->set, nr);
		all += n;
	}
	if (all > 0)
		tables_collect(tb, w);
	tables_unlock(tb);
	return all;
}
