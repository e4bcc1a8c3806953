/* SPDX-License-Identifier: ISC */
/*
 * The request "table", and what is shown of tables.
 *
 * Each command is a function that gets the entries and counts what it did;
 * records, dry runs and the creation of tables are shared.
 */
#include "engine/natd/table_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/entry.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define REPLACE_MAX (1u << 22)	/* entries of one replace */

/* What a replace has been sent so far. */
struct partial {
	char *name, *anchor;
	struct table_ent *v;
	size_t n, size;
};

struct job {
	struct session *s;
	struct table_set *set;
	uint32_t nr;
	bool dry;
	uint64_t verbose, seconds;
	struct table_ent *v;	/* asked for */
	size_t n;
	uint64_t added, deleted, changed, matched, expired;
	int error;
};

void
partial_free(struct partial *p)
{
	if (p == NULL)
		return;
	free(p->name);
	free(p->anchor);
	free(p->v);
	free(p);
}

/* One entry with what became of it, if the client wants to know. */
static void
job_tell(struct job *j, const struct table_ent *e, char change,
    const struct table_ent *hit)
{
	struct show_entry se = {
		.addr = e->addr, .af = e->af, .plen = e->plen, .neg = e->neg,
		.change = change, .weight = e->weight > 1 ? e->weight : 0,
	};

	if (j->verbose == 0 || (j->verbose == 1 && change == ' '))
		return;
	if (hit != NULL) {
		se.hit = hit->addr;
		se.hit_af = hit->af;
		se.hit_plen = hit->plen;
		se.hit_neg = hit->neg;
	}
	show_entry_write(&j->s->out, &se);
}

static bool
ent_same(const struct table_ent *a, const struct table_ent *b)
{
	return a->af == b->af && a->plen == b->plen && a->neg == b->neg &&
	    addr_equal(&a->addr, &b->addr);
}

static int
ent_cmp(const void *pa, const void *pb)
{
	const struct table_ent *a = pa, *b = pb;
	int c;

	if (a->af != b->af)
		return a->af < b->af ? -1 : 1;
	if ((c = memcmp(&a->addr, &b->addr, sizeof(a->addr))) != 0)
		return c;
	if (a->plen != b->plen)
		return a->plen < b->plen ? -1 : 1;
	return (int)a->neg - (int)b->neg;
}

static void
job_add(struct job *j)
{
	struct table_ent have;
	bool there;
	size_t i;
	int n;

	for (i = 0; i < j->n && j->error == 0; i++) {
		there = table_get(j->set, j->nr, j->v[i].af, &j->v[i].addr,
		    j->v[i].plen, &have);
		if (there && have.neg != j->v[i].neg) {
			job_tell(j, &j->v[i], 'Y', NULL);
			continue;
		}
		if (!there)
			j->added++;
		job_tell(j, &j->v[i], there ? ' ' : 'A', NULL);
		if (j->dry)
			continue;
		n = table_add(j->set, j->nr, &j->v[i]);
		if (n < 0 && n != -EEXIST)
			j->error = n;
		if (j->v[i].expire != 0)
			tables_timed(j->s->natd->tables, j->nr);
	}
}

static void
job_delete(struct job *j)
{
	struct table_ent have;
	bool there;
	size_t i;
	int n;

	for (i = 0; i < j->n && j->error == 0; i++) {
		there = table_get(j->set, j->nr, j->v[i].af, &j->v[i].addr,
		    j->v[i].plen, &have) && have.neg == j->v[i].neg;
		job_tell(j, &j->v[i], there ? 'D' : ' ', NULL);
		j->deleted += there;
		if (!j->dry && there &&
		    (n = table_delete(j->set, j->nr, &have)) < 0)
			j->error = n;
	}
}

/* Entries that are there and not asked for go; @j->v is sorted. */
static void
replace_old(struct job *j)
{
	struct table_ent e, last;
	bool more;

	for (more = table_next(j->set, j->nr, NULL, &e); more;
	    more = table_next(j->set, j->nr, &last, &e)) {
		last = e;
		if (j->n > 0 && bsearch(&e, j->v, j->n, sizeof(e), ent_cmp) !=
		    NULL)
			continue;
		job_tell(j, &e, 'D', NULL);
		j->deleted++;
		if (!j->dry && table_delete(j->set, j->nr, &e) < 0)
			j->error = -ENOMEM;
	}
}

static void
job_replace(struct job *j)
{
	struct partial *p = j->s->partial;
	size_t i, kept = 0;

	j->v = p->v;
	j->n = p->n;
	if (j->n > 0)
		qsort(j->v, j->n, sizeof(*j->v), ent_cmp);
	for (i = 0; i < j->n; i++)
		if (kept == 0 || !ent_same(&j->v[i], &j->v[kept - 1]))
			j->v[kept++] = j->v[i];
	j->n = kept;
	replace_old(j);
	job_add(j);
	/* they are the partial's */
	j->v = NULL;
}

static void
job_test(struct job *j)
{
	struct table_ent hit;
	bool found;
	size_t i;

	for (i = 0; i < j->n; i++) {
		if (j->v[i].neg || j->v[i].plen != addr_bits(j->v[i].af)) {
			j->error = -EINVAL;
			return;
		}
		found = table_test(j->set, j->nr, j->v[i].af, &j->v[i].addr,
		    &hit);
		j->matched += found && !hit.neg;
		job_tell(j, &j->v[i], found && !hit.neg ? 'M' : ' ',
		    found ? &hit : NULL);
	}
}

static void
job_flush(struct job *j)
{
	j->deleted = table_size(j->set, j->nr);
	if (!j->dry)
		table_flush(j->set, j->nr);
}

static void
job_zero(struct job *j)
{
	if (!j->dry)
		tables_zero(j->s->natd->tables, j->nr);
}

static const struct command {
	const char *name;
	void (*fn)(struct job *);
	bool creates;		/* makes the table if there is none */
	bool changes;		/* not allowed for const tables */
} commands[] = {
	{ "add", job_add, true, true },
	{ "delete", job_delete, false, true },
	{ "replace", job_replace, true, true },
	{ "test", job_test, false, false },
	{ "flush", job_flush, false, true },
	{ "zero", job_zero, false, false },
	{ "kill", NULL, false, true },
	{ "expire", NULL, false, true },
};

static int
addresses_read(struct session *s, const json_t *list, struct table_ent **out,
    size_t *n)
{
	struct table_ent *v;
	size_t i;

	*n = json_array_size(list);
	if ((list != NULL && !json_is_array(list)) || *n > PROTO_ENTRIES_MAX) {
		answer_error(&s->out, PROTO_ERROR_LIMIT, "\"addresses\" must "
		    "be an array of at most %d", PROTO_ENTRIES_MAX);
		return -EINVAL;
	}
	if ((v = calloc(*n + 1, sizeof(*v))) == NULL) {
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
		return -ENOMEM;
	}
	for (i = 0; i < *n; i++)
		if (entry_read(json_array_get(list, i), &v[i]) != 0) {
			answer_error(&s->out, PROTO_ERROR_ARGUMENT,
			    "entry %zu is no address or network", i + 1);
			free(v);
			return -EINVAL;
		}
	*out = v;
	return 0;
}

/* Pieces of one replace add up, as long as they are for the same table. */
static int
partial_add(struct session *s, const char *anchor, const char *name,
    const struct table_ent *v, size_t n)
{
	struct partial *p = s->partial;
	struct table_ent *grown;

	if (p != NULL && (strcmp(p->name, name) != 0 ||
	    strcmp(p->anchor, anchor) != 0)) {
		partial_free(p);
		s->partial = p = NULL;
	}
	if (p == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return -ENOMEM;
		s->partial = p;
		p->name = strdup(name);
		p->anchor = strdup(anchor);
		if (p->name == NULL || p->anchor == NULL)
			return -ENOMEM;
	}
	if (p->n + n > REPLACE_MAX)
		return -E2BIG;
	if (p->n + n > p->size) {
		grown = reallocarray(p->v, (p->n + n) * 2, sizeof(*v));
		if (grown == NULL)
			return -ENOMEM;
		p->v = grown;
		p->size = (p->n + n) * 2;
	}
	if (n > 0)
		memcpy(p->v + p->n, v, n * sizeof(*v));
	p->n += n;
	return 0;
}

static void
job_answer(const struct job *j, bool created)
{
	struct jsonbuf *b = &j->s->out;
	static const struct {
		const char *name;
		size_t off;
	} counts[] = {
		{ "added", offsetof(struct job, added) },
		{ "deleted", offsetof(struct job, deleted) },
		{ "changed", offsetof(struct job, changed) },
		{ "matched", offsetof(struct job, matched) },
		{ "expired", offsetof(struct job, expired) },
	};
	uint64_t v;
	size_t i;

	answer_done_open(b);
	jsonbuf_member_u64(b, "tables", created);
	jsonbuf_member_u64(b, "asked", j->n);
	for (i = 0; i < nitems(counts); i++) {
		memcpy(&v, (const char *)j + counts[i].off, sizeof(v));
		jsonbuf_member_u64(b, counts[i].name, v);
	}
	jsonbuf_member_u64(b, "cleared", 1);
	answer_done_close(b);
}

/* Is there room for one more table? */
static bool
table_allowed(struct job *j)
{
	uint32_t limit =
	    j->s->natd->rev->rs->options.limit[LIMIT_TABLES];
	uint64_t entries;

	if (tables_used(j->s->natd->tables, &entries) < limit)
		return true;
	answer_error(&j->s->out, PROTO_ERROR_LIMIT,
	    "limit tables is %u: there is no room for one more", limit);
	return false;
}

/* Is there room for what is to be added? */
static bool
entries_allowed(struct job *j, const struct command *c)
{
	uint32_t limit =
	    j->s->natd->rev->rs->options.limit[LIMIT_TABLE_ENTRIES];
	struct table_ent have;
	uint64_t all;
	size_t i;

	if (!c->creates)
		return true;
	tables_used(j->s->natd->tables, &all);
	if (c->fn == job_replace)
		all += j->s->partial->n - table_size(j->set, j->nr);
	for (i = 0; c->fn == job_add && i < j->n; i++)
		all += !table_get(j->set, j->nr, j->v[i].af, &j->v[i].addr,
		    j->v[i].plen, &have);
	if (all <= limit)
		return true;
	answer_error(&j->s->out, PROTO_ERROR_LIMIT, "limit table-entries is "
	    "%u, and with these there would be %llu", limit,
	    (unsigned long long)all);
	return false;
}

/* The table, made if it may be; TABLE_NONE after an error was answered. */
static uint32_t
table_of(struct job *j, const struct command *c, const char *anchor,
    const char *name, bool *created)
{
	struct tables *tb = j->s->natd->tables;
	uint32_t nr = table_find(j->set, anchor, name);
	int error = 0;

	*created = false;
	if (nr == TABLE_NONE && c->creates && !table_allowed(j))
		return TABLE_NONE;
	if (nr == TABLE_NONE && c->creates) {
		error = tables_create(tb, anchor, name, &nr);
		*created = error == 0;
	}
	if (error != 0)
		answer_error(&j->s->out, error == -ENAMETOOLONG ?
		    PROTO_ERROR_ARGUMENT : PROTO_ERROR_LIMIT, "%s",
		    strerror(-error));
	else if (nr == TABLE_NONE)
		answer_error(&j->s->out, PROTO_ERROR_MISSING,
		    "Table does not exist.");
	else if (c->changes && tables_constant(tb, nr)) {
		answer_error(&j->s->out, PROTO_ERROR_DENIED,
		    "table <%.40s> is const", name);
		nr = TABLE_NONE;
	}
	return error != 0 ? TABLE_NONE : nr;
}

/* -T kill, -T expire: of the table as a whole. */
static void
job_whole(struct job *j, bool kill)
{
	struct natd *natd = j->s->natd;

	if (kill && !j->dry)
		tables_delete(natd->tables, j->nr, natd->workers);
	if (kill)
		answer_count(&j->s->out, "tables", 1);
	else
		answer_error(&j->s->out, PROTO_ERROR_UNSUPPORTED,
		    "entries keep no time of their last use; "
		    "\"ttl N\" behind an address lets it expire");
}

static void
job_run(struct job *j, const struct command *c, bool created)
{
	struct natd *natd = j->s->natd;

	if (c->fn == NULL) {
		job_whole(j, strcmp(c->name, "kill") == 0);
		return;
	}
	if (!entries_allowed(j, c)) {
		if (created)
			tables_delete(natd->tables, j->nr, natd->workers);
		return;
	}
	c->fn(j);
	if (created && j->dry)
		tables_delete(natd->tables, j->nr, natd->workers);
	else if (!j->dry && c->changes)
		tables_settle(natd->tables, j->nr, natd->workers);
	if (j->error == -EINVAL)
		answer_error(&j->s->out, PROTO_ERROR_ARGUMENT,
		    "test takes single addresses");
	else if (j->error != 0)
		answer_error(&j->s->out, PROTO_ERROR_LIMIT, "%s",
		    strerror(-j->error));
	else
		job_answer(j, created);
}

void
request_table(struct session *s, const json_t *args)
{
	struct natd *natd = s->natd;
	struct job j = { .s = s, .set = tables_set(natd->tables) };
	const char *command, *name, *anchor;
	bool created, part;
	int i, error = 0;

	if (arg_str(s, args, "command", "", &command) != 0 ||
	    arg_str(s, args, "name", "", &name) != 0 ||
	    arg_str(s, args, "anchor", "", &anchor) != 0 ||
	    arg_bool(s, args, "dry", &j.dry) != 0 ||
	    arg_bool(s, args, "part", &part) != 0 ||
	    arg_u64(s, args, "verbose", 0, 9, &j.verbose) != 0 ||
	    arg_u64(s, args, "seconds", 0, UINT32_MAX, &j.seconds) != 0)
		return;
	if ((i = pick(commands, nitems(commands), sizeof(commands[0]),
	    command)) < 0 || name[0] == '\0') {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT, i < 0 ?
		    "no such table command" : "which table?");
		return;
	}
	if (addresses_read(s, json_object_get(args, "addresses"), &j.v,
	    &j.n) != 0)
		return;
	if (commands[i].fn == job_replace) {
		error = partial_add(s, anchor, name, j.v, j.n);
		free(j.v);
		j.v = NULL;
	}
	if (error != 0) {
		answer_error(&s->out, PROTO_ERROR_LIMIT, "too many entries");
	} else if (part && commands[i].fn == job_replace) {
		answer_done(&s->out);
		return;
	} else {
		tables_lock(natd->tables);
		j.nr = table_of(&j, &commands[i], anchor, name, &created);
		if (j.nr != TABLE_NONE)
			job_run(&j, &commands[i], created);
		tables_unlock(natd->tables);
	}
	if (commands[i].fn == job_replace) {
		partial_free(s->partial);
		s->partial = NULL;
	}
	free(j.v);
}

void
show_tables(struct session *s, const struct show_args *a)
{
	const struct tables *tb = s->natd->tables;
	const struct table_set *set = tables_set(tb);
	struct show_table st;
	const char *anchor;
	uint32_t nr, shown = 0;

	for (nr = table_next_nr(set, (uint32_t)a->cursor); nr != TABLE_NONE;
	    nr = table_next_nr(set, nr + 1)) {
		if (shown == PROTO_PORTION) {
			answer_more_u64(&s->out, nr);
			return;
		}
		anchor = table_anchor(set, nr);
		/* a load's tables have no name before its commit */
		if (table_name(set, nr) == NULL ||
		    strncmp(table_name(set, nr), "__automatic_", 12) == 0 ||
		    (a->anchor[0] != '\0' && strcmp(anchor, a->anchor) != 0))
			continue;
		tables_show(tb, nr, &st);
		show_table_write(&s->out, &st);
		shown++;
	}
	answer_done(&s->out);
}

/* The cursor of a table's contents is how many were shown. */
void
show_table_entries(struct session *s, const struct show_args *a)
{
	const struct table_set *set = tables_set(s->natd->tables);
	struct show_entry se = { .change = ' ' };
	struct table_ent e;
	const char *name;
	uint64_t place = 0, shown = 0;
	uint32_t nr, now = (uint32_t)time(NULL);
	bool more;

	if (arg_str(s, a->all, "name", "", &name) != 0)
		return;
	if ((nr = table_find(set, a->anchor, name)) == TABLE_NONE) {
		answer_error(&s->out, PROTO_ERROR_MISSING,
		    "Table does not exist.");
		return;
	}
	for (more = table_next(set, nr, NULL, &e); more;
	    more = table_next(set, nr, &e, &e)) {
		if (place++ < a->cursor)
			continue;
		if (shown++ == PROTO_PORTION) {
			answer_more_u64(&s->out, place - 1);
			return;
		}
		se.addr = e.addr;
		se.af = e.af;
		se.plen = e.plen;
		se.neg = e.neg;
		se.weight = e.weight > 1 ? e.weight : 0;
		se.expires = e.expire > now ? e.expire - now : 0;
		show_entry_write(&s->out, &se);
	}
	answer_done(&s->out);
}
