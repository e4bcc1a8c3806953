/* SPDX-License-Identifier: ISC */
/*
 * Rule ids: FNV-1a over the path of the anchor, the canonical text and the
 * place among equal texts, with a final mix so that the first digits differ
 * as much as the last ones.
 *
 * All ids go through one hash table of (hash of text, count): equal texts get
 * counts 0, 1, 2, ...  A second table holds the ids given, so that a
 * collision of different texts is seen and resolved by the next count.
 */
#include "rules/ruleid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/print_buf.h"
#include "rules/print_impl.h"
#include "rules/ruleset.h"

struct text {
	char *s;
	uint64_t hash;
	uint32_t count;
	struct text *next;
};

struct ids {
	struct text **buckets;
	uint64_t *given;	/* open addressing, 0: free */
	size_t mask;
	struct print_buf buf;
};

static uint64_t
fnv(uint64_t h, const void *p, size_t n)
{
	const unsigned char *b = p;

	while (n-- > 0)
		h = (h ^ *b++) * 0x100000001b3ULL;
	return h;
}

/* The finalizer of MurmurHash3 (public domain). */
static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

static void
automatic(FILE *f, const struct pool *p)
{
	const struct table *t;
	uint32_t i, k, j;

	for (i = 0; p != NULL && i < p->n; i++) {
		t = p->v[i].addr.table;
		if (t == NULL || !t->automatic)
			continue;
		for (k = 0; k < t->nparts; k++)
			for (j = 0; j < t->parts[k].n; j++) {
				fputc(' ', f);
				print_entry(f, &t->parts[k].v[j]);
			}
	}
}

/* Replace names of automatic tables, which are only numbers. */
static void
hide_names(char *s)
{
	static const char name[] = "<__automatic_";
	char *p = s, *end;

	while ((p = strstr(p, name)) != NULL) {
		p += sizeof(name) - 1;
		end = p + strspn(p, "0123456789");
		memmove(p, end, strlen(end) + 1);
	}
}

/* The text of a rule, until the next one; NULL: no memory. */
static const char *
canonical(struct ids *ids, const struct rule *r, const struct anchor *a)
{
	struct print_options o = { .flags = PRINT_RAW };
	FILE *f = print_buf_begin(&ids->buf);
	char *s;

	fprintf(f, "%s\n", a->path);
	print_rule(f, r, &o);
	automatic(f, r->nat);
	automatic(f, r->rdr);
	automatic(f, r->route);
	if ((s = print_buf_end(&ids->buf)) != NULL)
		hide_names(s);
	return s;
}

/* The entry of a text, made if there is none; NULL: no memory. */
static struct text *
text_get(struct ids *ids, const char *s, uint64_t h)
{
	struct text **bucket = &ids->buckets[h & ids->mask], *t;

	for (t = *bucket; t != NULL; t = t->next)
		if (t->hash == h && strcmp(t->s, s) == 0)
			return t;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->s = strdup(s)) == NULL) {
		free(t);
		return NULL;
	}
	t->hash = h;
	t->next = *bucket;
	*bucket = t;
	return t;
}

static bool
take(struct ids *ids, uint64_t id)
{
	size_t i;

	for (i = id & ids->mask; ids->given[i] != 0; i = (i + 1) & ids->mask)
		if (ids->given[i] == id)
			return false;
	ids->given[i] = id;
	return true;
}

static int
assign(const struct rule *cr, const struct anchor *a, void *arg)
{
	struct rule *r = (struct rule *)(uintptr_t)cr;
	struct ids *ids = arg;
	struct text *t;
	uint64_t h, id;
	const char *s;

	if ((s = canonical(ids, r, a)) == NULL)
		return -ENOMEM;
	h = fnv(0xcbf29ce484222325ULL, s, strlen(s));
	if ((t = text_get(ids, s, h)) == NULL)
		return -ENOMEM;
	do {
		id = mix(fnv(h, &t->count, sizeof(t->count)));
		t->count++;
	} while (id == 0 || !take(ids, id));
	r->id = id;
	return 0;
}

int
ruleid_assign(struct ruleset *rs)
{
	struct ids ids = { .mask = 63 };
	struct text *t, *next;
	size_t i;
	int error = -ENOMEM;

	while (ids.mask < 2 * (size_t)rs->nrules)
		ids.mask = 2 * ids.mask + 1;
	ids.buckets = calloc(ids.mask + 1, sizeof(*ids.buckets));
	ids.given = calloc(ids.mask + 1, sizeof(*ids.given));
	if (print_buf_open(&ids.buf) == 0 && ids.buckets != NULL &&
	    ids.given != NULL)
		error = ruleset_walk(rs, assign, &ids);
	for (i = 0; ids.buckets != NULL && i <= ids.mask; i++)
		for (t = ids.buckets[i]; t != NULL; t = next) {
			next = t->next;
			free(t->s);
			free(t);
		}
	free(ids.buckets);
	free(ids.given);
	print_buf_close(&ids.buf);
	return error;
}

unsigned
ruleid_digits(uint64_t id, uint64_t other)
{
	unsigned shared = id == other ? RULEID_DIGITS :
	    (unsigned)__builtin_clzll(id ^ other) / 4;

	if (shared < RULEID_DIGITS_MIN)
		return RULEID_DIGITS_MIN;
	return shared < RULEID_DIGITS ? shared + 1 : RULEID_DIGITS;
}
