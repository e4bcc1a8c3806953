/* SPDX-License-Identifier: ISC */
/*
 * The request "table", and what is shown of tables: from JSON to the jobs of
 * table_job.c.  Making and ending tables is done here.
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
#include "engine/natd/hops.h"
#include "engine/natd/entry.h"
#include "engine/natd/loader.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/table_job.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define ENTRIES_MAX (1u << 22)	/* of one command, in all its pieces */

/* The addresses of one command, in all that was sent of it. */
struct partial {
	char *command, *name, *anchor;
	struct table_ent *v;
	size_t n, size;
};

void
partial_free(struct partial *p)
{
	if (p == NULL)
		return;
	free(p->command);
	free(p->name);
	free(p->anchor);
	free(p->v);
	free(p);
}

static const struct command {
	const char *name;
	table_job_fn *fn;	/* NULL: kill */
	bool creates;		/* makes the table if there is none */
	bool changes;		/* not allowed for const tables */
} commands[] = {
	{ "add", table_job_add, true, true },
	{ "delete", table_job_delete, false, true },
	{ "replace", table_job_replace, true, true },
	{ "test", table_job_test, false, false },
	{ "flush", table_job_flush, false, true },
	{ "zero", table_job_zero, false, false },
	{ "expire", table_job_expire, false, true },
	{ "kill", NULL, false, true },
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

/* Pieces add up, as long as they are of the same command and table. */
static int
partial_add(struct session *s, const char *command, const char *anchor,
    const char *name, const struct table_ent *v, size_t n)
{
	struct partial *p = s->partial;
	struct table_ent *grown;

	if (p != NULL && (strcmp(p->command, command) != 0 ||
	    strcmp(p->name, name) != 0 || strcmp(p->anchor, anchor) != 0)) {
		partial_free(p);
		s->partial = p = NULL;
	}
	if (p == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return -ENOMEM;
		s->partial = p;
		p->command = strdup(command);
		p->name = strdup(name);
		p->anchor = strdup(anchor);
		if (p->command == NULL || p->name == NULL ||
		    p->anchor == NULL)
			return -ENOMEM;
	}
	if (p->n + n > ENTRIES_MAX)
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
hops_warn(void *arg, const char *text)
{
	struct jsonbuf *b = arg;

	jsonbuf_comma(b);
	jsonbuf_string(b, text, strlen(text));
}

static void
job_answer(const struct natd *natd, const struct table_job *j, bool created,
    bool changed)
{
	struct jsonbuf *b = j->out;
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "tables", j->tables_done + created },
		{ "asked", j->asked },
		{ "added", j->added },
		{ "deleted", j->deleted },
		{ "changed", j->changed },
		{ "matched", j->matched },
		{ "cleared", j->cleared },
		{ "expired", j->expired },
	};
	size_t i;

	answer_done_open(b);
	for (i = 0; i < nitems(counts); i++)
		jsonbuf_member_u64(b, counts[i].name, counts[i].n);
	if (changed) {
		jsonbuf_name(b, "warnings");
		jsonbuf_open(b, '[');
		hops_tell(natd, j->nr, hops_warn, b);
		jsonbuf_close(b, ']');
	}
	answer_done_close(b);
}

/* Is there room for one more table? */
static bool
table_allowed(struct session *s)
{
	uint32_t limit = s->natd->rev->rs->options.limit[LIMIT_TABLES];
	uint64_t entries;

	if (tables_used(s->natd->tables, &entries) < limit)
		return true;
	answer_error(&s->out, PROTO_ERROR_LIMIT,
	    "limit tables is %u: there is no room for one more", limit);
	return false;
}

/* Is there room for what is to be added? */
static bool
entries_allowed(struct session *s, const struct command *c,
    const struct table_job *j)
{
	const struct table_set *set = tables_set(s->natd->tables);
	uint32_t limit = s->natd->rev->rs->options.limit[LIMIT_TABLE_ENTRIES];
	struct table_ent have;
	uint64_t all;
	size_t i;

	if (!c->creates)
		return true;
	tables_used(s->natd->tables, &all);
	if (c->fn == table_job_replace)
		all += j->n - table_size(set, j->nr);
	for (i = 0; c->fn == table_job_add && i < j->n; i++)
		all += !table_get(set, j->nr, j->v[i].af, &j->v[i].addr,
		    j->v[i].plen, &have);
	if (all <= limit)
		return true;
	answer_error(&s->out, PROTO_ERROR_LIMIT, "limit table-entries is "
	    "%u, and with these there would be %llu", limit,
	    (unsigned long long)all);
	return false;
}

/*
 * The table, made if it may be; TABLE_NONE after an error was answered.  One
 * that only rules name is there, empty, and becomes a table now.
 */
static uint32_t
table_of(struct session *s, const struct command *c, const char *anchor,
    const char *name, bool *created)
{
	struct tables *tb = s->natd->tables;
	uint32_t nr = table_find(tables_set(tb), anchor, name);
	int error = 0;

	*created = c->creates && (nr == TABLE_NONE || !tables_active(tb, nr));
	if (*created && !table_allowed(s))
		return TABLE_NONE;
	if (*created && nr == TABLE_NONE)
		error = tables_create(tb, anchor, name, &nr);
	if (error != 0)
		answer_error(&s->out, error == -ENAMETOOLONG ?
		    PROTO_ERROR_ARGUMENT : PROTO_ERROR_LIMIT, "%s",
		    strerror(-error));
	else if (nr == TABLE_NONE)
		answer_error(&s->out, PROTO_ERROR_MISSING,
		    "Table does not exist.");
	else if (c->changes && tables_constant(tb, nr)) {
		answer_error(&s->out, PROTO_ERROR_DENIED,
		    "table <%.40s> is const", name);
		nr = TABLE_NONE;
	}
	return error != 0 ? TABLE_NONE : nr;
}

static void
job_kill(struct session *s, const struct table_job *j)
{
	if (!j->dry) {
		tables_delete(s->natd->tables, j->nr, s->natd->workers);
		hops_follow(s->natd, j->nr);
	}
	answer_count(&s->out, "tables", 1);
}

/* A dry run makes no table, and neither does a command that fails. */
static void
job_end(struct session *s, const struct command *c, struct table_job *j,
    bool created, int error)
{
	struct natd *natd = s->natd;

	if (created && (j->dry || error != 0))
		tables_discard(natd->tables, j->nr, natd->workers);
	else if (created)
		tables_activate(natd->tables, j->nr);
	if (!j->dry && c->changes && !(created && error != 0)) {
		hops_follow(natd, j->nr);
		tables_settle(natd->tables, j->nr, natd->workers);
	}
}

static void
job_run(struct session *s, const struct command *c, struct table_job *j,
    bool created)
{
	int error;

	if (c->fn == NULL) {
		job_kill(s, j);
		return;
	}
	if (!entries_allowed(s, c, j)) {
		job_end(s, c, j, created, -ENOSPC);
		return;
	}
	error = c->fn(j);
	job_end(s, c, j, created, error);
	if (error == -EINVAL)
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "test takes single addresses");
	else if (error != 0)
		answer_error(&s->out, PROTO_ERROR_LIMIT, "%s",
		    strerror(-error));
	else
		job_answer(s->natd, j, created, c->changes && !j->dry);
}

/* Is the name one that rules of an anchor say without defining it? */
static bool
is_borrowed(const struct anchor *a, const char *name)
{
	const struct anchor *child;
	const struct table *t;

	for (t = a->tables; t != NULL && a->parent != NULL; t = t->next)
		if (!t->defined && strcmp(t->name, name) == 0)
			return true;
	/* anchors nest as deep as braces may */
	for (child = a->children; child != NULL; child = child->next)
		if (is_borrowed(child, name))
			return true;
	return false;
}

/* All addresses are there. */
static void
command_run(struct session *s, const struct command *c, struct table_job *j,
    const char *anchor, const char *name)
{
	struct natd *natd = s->natd;
	bool created;

	j->tables = natd->tables;
	j->out = &s->out;
	j->now = (uint32_t)time(NULL);
	j->v = s->partial->v;
	j->n = s->partial->n;
	tables_lock(natd->tables);
	j->nr = table_of(s, c, anchor, name, &created);
	if (j->nr != TABLE_NONE)
		job_run(s, c, j, created);
	if (j->nr != TABLE_NONE && c->fn == table_job_zero && !j->dry)
		table_live_zero(natd, j->nr, j->v, j->n);
	else if (!j->dry && c->changes)
		table_live_settle(natd);
	tables_unlock(natd->tables);
	/* which table a name in an anchor means may be another one now */
	if (j->nr != TABLE_NONE && !j->dry && (created || c->fn == NULL) &&
	    is_borrowed(natd->rev->rs->root, name))
		loader_again(natd->loader);
}

void
request_table(struct session *s, const json_t *args)
{
	const char *command, *name, *anchor;
	struct table_job j = { 0 };
	struct table_ent *v;
	uint64_t seconds;
	bool part;
	size_t n;
	int i, error;

	if (arg_str(s, args, "command", "", &command) != 0 ||
	    arg_str(s, args, "name", "", &name) != 0 ||
	    arg_str(s, args, "anchor", "", &anchor) != 0 ||
	    arg_bool(s, args, "dry", &j.dry) != 0 ||
	    arg_bool(s, args, "part", &part) != 0 ||
	    arg_u64(s, args, "verbose", 0, 9, &j.verbose) != 0 ||
	    arg_u64(s, args, "seconds", 0, UINT32_MAX, &seconds) != 0)
		return;
	j.seconds = (uint32_t)seconds;
	if ((i = pick(commands, nitems(commands), sizeof(commands[0]),
	    command)) < 0 || name[0] == '\0') {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT, i < 0 ?
		    "no such table command" : "which table?");
		return;
	}
	if (addresses_read(s, json_object_get(args, "addresses"), &v, &n) != 0)
		return;
	error = partial_add(s, command, anchor, name, v, n);
	free(v);
	if (error != 0)
		answer_error(&s->out, PROTO_ERROR_LIMIT, "too many entries");
	else if (part)
		answer_done(&s->out);
	else
		command_run(s, &commands[i], &j, anchor, name);
	if (error == 0 && part)
		return;
	partial_free(s->partial);
	s->partial = NULL;
}

/* Of this anchor, or with @below of one in it; "": of all. */
static bool
is_of(const char *anchor, const char *of, bool below)
{
	size_t len = strlen(of);

	return len == 0 || strcmp(anchor, of) == 0 ||
	    (below && strncmp(anchor, of, len) == 0 && anchor[len] == '/');
}

void
show_tables(struct session *s, const struct show_args *a)
{
	const struct tables *tb = s->natd->tables;
	const struct table_set *set = tables_set(tb);
	struct show_table st;
	struct cell_counts all;
	const char *anchor;
	uint32_t nr, shown = 0;
	bool below, looked = false;

	if (arg_bool(s, a->all, "recursive", &below) != 0)
		return;
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
		    !is_of(anchor, a->anchor, below))
			continue;
		tables_show(tb, nr, &st);
		if (!looked && table_cells(set, nr) != NULL) {
			/* one look is for all of them */
			table_live_look(s->natd, nr, false);
			looked = true;
		}
		table_live_get(s->natd, nr, CELL_NONE, &all);
		memcpy(st.packets, all.packets, sizeof(st.packets));
		memcpy(st.bytes, all.bytes, sizeof(st.bytes));
		show_table_write(&s->out, &st);
		shown++;
	}
	answer_done(&s->out);
}

static void
entry_counts(const struct natd *natd, uint32_t nr, const struct table_ent *e,
    struct show_entry *se)
{
	uint32_t cell = table_cell(tables_set(natd->tables), nr, e->af,
	    &e->addr, e->plen);
	struct cell_counts c;
	unsigned dir, op;

	if (!(se->counters = cell != CELL_NONE))
		return;
	table_live_get(natd, nr, cell, &c);
	for (dir = 0; dir < 2; dir++)
		for (op = 0; op < CELL_XPASS; op++) {
			se->packets[dir][op] = c.packets[dir][op];
			se->bytes[dir][op] = c.bytes[dir][op];
		}
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
	table_live_look(s->natd, nr, a->cursor != 0);
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
		se.weight = e.weight;
		se.cleared = e.since;
		se.expires = e.expire > now ? e.expire - now : 0;
		entry_counts(s->natd, nr, &e, &se);
		show_entry_write(&s->out, &se);
	}
	answer_done(&s->out);
}
