/* SPDX-License-Identifier: ISC */
/*
 * Tables: definitions, files, automatic ones, and finding them by name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/addr_text.h"
#include "rules/zone.h"
#include "rules/build.h"
#include "rules/print.h"

/* A hash of all tables, keyed by anchor and name; open addressing. */
struct table_slot {
	struct table *t;
};

static size_t
hash(const struct anchor *a, const char *name)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ (uintptr_t)a; /* FNV-1a */

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3ULL;
	return (size_t)(h ^ h >> 32);
}

static struct table_slot *
slot(struct build *b, const struct anchor *a, const char *name)
{
	size_t i = hash(a, name) & (b->nslots - 1);

	while (b->slots[i].t != NULL && (b->slots[i].t->anchor != a ||
	    strcmp(b->slots[i].t->name, name) != 0))
		i = (i + 1) & (b->nslots - 1);
	return &b->slots[i];
}

static void
grow(struct build *b)
{
	struct table_slot *old = b->slots;
	size_t i, n = b->nslots;

	b->nslots = n == 0 ? 64 : 2 * n;
	b->slots = zone_alloc(b->zone, b->nslots * sizeof(*b->slots));
	for (i = 0; i < n; i++)
		if (old[i].t != NULL)
			slot(b, old[i].t->anchor, old[i].t->name)->t =
			    old[i].t;
}

struct table *
tabledef_find(struct build *b, const struct anchor *a, const char *name)
{
	return b->nslots == 0 ? NULL : slot(b, a, name)->t;
}

struct table *
tabledef_get(struct build *b, struct anchor *a, const char *name)
{
	struct table_slot *s;
	struct table *t;

	if (2 * (b->nused + 1) > b->nslots)
		grow(b);
	s = slot(b, a, name);
	if (s->t != NULL)
		return s->t;
	t = zone_alloc(b->zone, sizeof(*t));
	t->name = name;
	t->anchor = a;
	s->t = t;
	b->nused++;
	/* the list keeps the order of definition; its tail is cached */
	if (a->tables == NULL)
		a->tables = t;
	else
		a->tables_tail->next = t;
	a->tables_tail = t;
	return t;
}

static struct table_part *
part_add(struct build *b, struct table *t, const char *file)
{
	struct table_part *p;

	if (file == NULL && t->nparts != 0 &&
	    t->parts[t->nparts - 1].file == NULL)
		return &t->parts[t->nparts - 1];	/* merge lists */
	t->parts = zone_grow(b->zone, t->parts, t->nparts,
	    sizeof(*t->parts));
	p = &t->parts[t->nparts++];
	p->file = file;
	t->initialized = true;
	return p;
}

static void
entry_add(struct build *b, struct table_part *p, const struct table_entry *e)
{
	p->v = zone_grow(b->zone, p->v, p->n, sizeof(*p->v));
	p->v[p->n++] = *e;
}

void
tabledef_add_entry(struct build *b, struct table *t,
    const struct table_entry *e)
{
	entry_add(b, part_add(b, t, NULL), e);
}

struct table *
tabledef_automatic(struct build *b)
{
	struct table *t;
	char *name;

	/* in a text that natctl printed, low numbers are defined already */
	do
		name = zone_printf(b->zone, "__automatic_%u",
		    b->auto_tables++);
	while (tabledef_find(b, b->anchor, name) != NULL);
	t = tabledef_get(b, b->anchor, name);
	t->defined = t->constant = t->automatic = true;
	t->origin = build_origin(b, b->at);
	return t;
}

static void
items_add(struct build *b, const struct span *at, struct table_part *p,
    const struct host_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct host_item *it = &l->v[i];
		struct table_entry e = {
			.addr = it->addr.addr, .af = it->addr.af,
			.plen = it->addr.plen, .neg = it->neg,
			.weight = it->weight, .ttl = it->ttl,
		};

		if (e.plen > addr_bits(e.af)) {
			diag_error(b->diag, it->node != NULL ?
			    &it->node->loc : at,
			    "netmask %u invalid for IPv4 address", e.plen);
			continue;
		}
		entry_add(b, p, &e);
	}
}

/* A plain address, which nearly all are: nothing else is allocated for it. */
static bool
file_address(struct build *b, const char *word, long plen, bool neg,
    struct table_part *p)
{
	struct table_entry e = { .neg = neg };

	if (!addr_parse(word, &e.addr, &e.af) || plen > addr_bits(e.af))
		return false;
	e.plen = (uint8_t)(plen == -1 ? addr_bits(e.af) : plen);
	addr_apply_plen(&e.addr, e.plen);
	entry_add(b, p, &e);
	return true;
}

/* One word of a table file. */
static bool
file_word(struct build *b, const struct span *at, char *word, bool neg,
    struct table_part *p)
{
	struct host_list l = { 0 };
	char *slash = strchr(word, '/'), *end;
	unsigned errors = diag_errors(b->diag);
	long plen = -1;
	size_t i;

	if (slash != NULL) {
		*slash = '\0';
		plen = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end != '\0' || plen < 0) {
			diag_error(b->diag, at, "bad prefix length %s",
			    slash + 1);
			return false;
		}
	}
	if (file_address(b, word, plen, neg, p))
		return true;
	if (!hosts_word(b, at, zone_strdup(b->zone, word), plen, FOR_TABLE,
	    &l))
		return false;
	for (i = 0; i < l.n; i++)
		l.v[i].neg = neg;
	items_add(b, at, p, &l);
	return diag_errors(b->diag) == errors;
}

enum { FILE_ERRORS_MAX = 50 };	/* then it is the wrong file */

struct file_state {
	bool neg, weight;	/* a '!', `weight' that wait for a word */
	uint32_t first;		/* entries of the last address */
};

static bool
file_token(struct build *b, const struct span *at, char *w,
    struct file_state *fs, struct table_part *p)
{
	unsigned long v;
	uint32_t i;
	char *end;
	bool neg;

	while (*w == '!') {
		fs->neg = !fs->neg;
		w++;
	}
	if (*w == '\0')
		return true;
	if (fs->weight) {
		fs->weight = false;
		v = strtoul(w, &end, 10);
		if (*end != '\0' || v < 1 || v > 65535) {
			diag_error(b->diag, at, "weight must be 1 - 65535");
			return false;
		}
		for (i = fs->first; i < p->n; i++)
			p->v[i].weight = (uint16_t)v;
		return true;
	}
	if (strcmp(w, "weight") == 0 && p->n > fs->first) {
		fs->weight = true;
		return true;
	}
	fs->first = p->n;
	neg = fs->neg;
	fs->neg = false;
	return file_word(b, at, w, neg, p);
}

/* The words of one line; false after an error. */
static bool
file_line(struct build *b, struct span *at, char *line,
    struct file_state *fs, struct table_part *p)
{
	char *s = line, *w;

	line[strcspn(line, "#\n")] = '\0';
	while ((w = strsep(&s, " \t\r\f")) != NULL && *w != ';') {
		at->col = (uint32_t)(w - line) + 1;
		if (*w != '\0' && !file_token(b, at, w, fs, p))
			return false;
	}
	return true;
}

/* What the end of a file leaves open. */
static bool
file_end(struct build *b, const struct span *at, const struct file_state *fs)
{
	if (fs->weight)
		diag_error(b->diag, at, "nothing stands behind 'weight'");
	else if (fs->neg)
		diag_error(b->diag, at, "nothing stands behind '!'");
	return !fs->weight && !fs->neg;
}

/* Addresses from a file; errors name it and its lines. */
static void
file_read(struct build *b, const struct ast *name, struct table_part *p)
{
	struct file_state fs = { 0 };
	struct span at = { .col = 1 };
	unsigned bad = 0;
	char *line = NULL;
	size_t cap = 0;
	FILE *f;

	if ((f = fopen(name->s, "re")) == NULL) {
		diag_error(b->diag, &name->loc, "cannot load \"%s\": %s",
		    name->s, strerror(errno));
		return;
	}
	at.file = diag_file(b->diag, name->s, NULL, 0);
	while (bad < FILE_ERRORS_MAX && getline(&line, &cap, f) != -1) {
		at.line++;
		bad += !file_line(b, &at, line, &fs, p);
	}
	if (ferror(f))
		diag_error(b->diag, &name->loc, "cannot load \"%s\": %s",
		    name->s, strerror(errno));
	else if (bad == FILE_ERRORS_MAX || !file_end(b, &at, &fs) || bad != 0)
		diag_note(b->diag, &name->loc, bad < FILE_ERRORS_MAX ?
		    "the file is named here" : "the file is named here, and "
		    "not read any further");
	p->loaded = true;
	free(line);
	fclose(f);
}

static bool
attribute(struct build *b, const struct ast *w, struct table *t)
{
	static const char *const words[] = {
		"const", "persist", "counters", "file",
	};

	if (strcmp(w->s, "const") == 0)
		t->constant = true;
	else if (strcmp(w->s, "persist") == 0)
		t->persist = true;
	else if (strcmp(w->s, "counters") == 0)
		t->counters = true;
	else {
		diag_error(b->diag, &w->loc, "a table has no \"%s\"", w->s);
		if (!diag_hint_near(b->diag, w->s, words, nitems(words)))
			diag_hint(b->diag, "addresses stand in braces");
		return false;
	}
	return true;
}

void
build_table(struct build *b, const struct ast_stmt *st)
{
	const struct ast_tpart *tp;
	unsigned errors = diag_errors(b->diag);
	struct table *t, *known;
	char *buf = NULL;
	size_t size;
	FILE *f;

	if (strlen(st->word->s) > RULE_TABLE_NAME_MAX) {
		diag_error(b->diag, &st->word->loc, "table name '%s' too "
		    "long, max %d chars", st->word->s, RULE_TABLE_NAME_MAX);
		return;
	}
	known = tabledef_find(b, b->anchor, st->word->s);
	if (known != NULL && known->defined) {
		/* a second definition replaces the first */
		known->parts = NULL;
		known->nparts = 0;
		known->constant = known->persist = known->counters = false;
		known->initialized = false;
	}
	t = tabledef_get(b, b->anchor, st->word->s);
	t->defined = t->written = true;
	t->origin = build_origin(b, b->at);
	t->automatic = strncmp(t->name, "__automatic_", 12) == 0;
	for (tp = st->tparts; tp != NULL; tp = tp->next) {
		struct host_list l = { 0 };

		if (tp->word != NULL) {
			if (!attribute(b, tp->word, t))
				return;
		} else if (tp->file != NULL) {
			struct table_part *p = part_add(b, t, tp->file->s);

			if (b->files)
				file_read(b, tp->file, p);
		} else if (hosts_resolve(b, tp->hosts, FOR_TABLE, &l)) {
			items_add(b, b->at, part_add(b, t, NULL), &l);
		}
	}
	if (b->sink == NULL || diag_errors(b->diag) != errors ||
	    (f = open_memstream(&buf, &size)) == NULL)
		return;
	print_table(f, t);
	fclose(f);
	b->sink(b->sink_arg, buf == NULL ? "" : buf);
	free(buf);
}
