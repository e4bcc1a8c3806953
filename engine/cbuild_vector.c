/* SPDX-License-Identifier: ISC */
/*
 * Bit vectors: of each field, a search that leads to a row of bits, one for
 * each rule that can match there; of protocols, a row by number.  A packet
 * matches what is in all of its rows.
 */
#include "engine/cbuild.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Cut points of a field: where the set of matching rules changes. */
static uint32_t
vector_cuts(const struct cbuild *b, unsigned f, const uint32_t *rules,
    uint32_t n, cnum *keys)
{
	uint32_t i, k, nk = 0;
	struct cival v;

	keys[nk++] = 0;
	for (i = 0; i < n; i++) {
		v = cbuild_ival(b, rules[i], f);
		keys[nk++] = v.lo;
		if (v.hi != cbuild_max(b, f))
			keys[nk++] = v.hi + 1;
	}
	qsort(keys, nk, sizeof(*keys), cbuild_num_cmp);
	for (i = k = 1; i < nk; i++)
		if (keys[i] != keys[k - 1])
			keys[k++] = keys[i];
	return k;
}

/*
 * vector_rows() - For each interval, a bit for each rule that can match there
 * @rows: cleared
 *
 * First row i is what changes at key i, then the changes are summed up.
 */
static void
vector_rows(const struct cbuild *b, unsigned f, const uint32_t *rules,
    uint32_t n, const cnum *keys, uint32_t nk, uint64_t *rows)
{
	uint32_t words = (n + 63) / 64, i, w, k;
	struct cival v;

	for (i = 0; i < n; i++) {
		v = cbuild_ival(b, rules[i], f);
		k = cbuild_below(keys, nk, v.lo);
		rows[(size_t)k * words + i / 64] ^= UINT64_C(1) << i % 64;
		if (v.hi == cbuild_max(b, f))
			continue;
		k = cbuild_below(keys, nk, v.hi + 1);
		rows[(size_t)k * words + i / 64] ^= UINT64_C(1) << i % 64;
	}
	for (k = 1; k < nk; k++)
		for (w = 0; w < words; w++)
			rows[(size_t)k * words + w] ^=
			    rows[(size_t)(k - 1) * words + w];
}

/* Search and rows of a field behind rows[*nrows]; grows the rows. */
static bool
vector_field(struct cbuild *b, unsigned f, const uint32_t *rules, uint32_t n,
    uint64_t **rows, uint32_t *nrows, struct csearch *s)
{
	uint32_t words = (n + 63) / 64, nk, i, *values;
	cnum *keys = malloc((2 * n + 1) * sizeof(*keys));
	uint64_t *more;

	if (keys == NULL)
		goto nomem;
	nk = vector_cuts(b, f, rules, n, keys);
	if (nk == 1) {		/* nobody asks for this field */
		free(keys);
		return false;
	}
	values = malloc(nk * sizeof(*values));
	more = reallocarray(*rows, (size_t)(*nrows + nk) * words, 8);
	if (more != NULL)
		*rows = more;
	if (values == NULL || more == NULL) {
		free(values);
		goto nomem;
	}
	memset(more + (size_t)*nrows * words, 0, (size_t)nk * words * 8);
	vector_rows(b, f, rules, n, keys, nk, more + (size_t)*nrows * words);
	for (i = 0; i < nk; i++)
		values[i] = (*nrows)++;
	*s = cbuild_search(b, f, keys, values, nk);
	free(values);
	free(keys);
	return true;
nomem:
	free(keys);
	b->error = -ENOMEM;
	return false;
}

/* A row for each protocol that rules ask for, one for all others. */
static bool
vector_protos(struct cbuild *b, const uint32_t *rules, uint32_t n,
    uint64_t **rows, uint32_t *nrows, uint16_t of[256])
{
	uint32_t words = (n + 63) / 64, i, p, k;
	bool seen[256] = { false };
	uint64_t *row;

	for (i = 0; i < n; i++)
		seen[b->m[rules[i]].proto] = true;
	for (p = 0, k = 1; p < 256; p++)
		k += seen[p];
	row = reallocarray(*rows, (size_t)(*nrows + k) * words, 8);
	if (row == NULL) {
		b->error = -ENOMEM;
		return false;
	}
	*rows = row;
	memset(row + (size_t)*nrows * words, 0, (size_t)k * words * 8);
	seen[0] = true;		/* the row of all others */
	for (p = 0; p < 256; p++) {
		if (!seen[p]) {
			of[p] = of[0];
			continue;
		}
		of[p] = (*nrows)++;
		row = *rows + (size_t)of[p] * words;
		for (i = 0; i < n; i++)
			if (b->m[rules[i]].proto == 0 ||
			    b->m[rules[i]].proto == p)
				row[i / 64] |= UINT64_C(1) << i % 64;
	}
	return true;
}

static uint32_t
copy_in(struct cbuild *b, const void *v, size_t bytes, size_t align)
{
	uint32_t unit = cbuild_take(b, bytes, align);

	if (unit != 0)
		memcpy(cbuild_at(b, unit), v, bytes);
	return unit;
}

static uint32_t
vector_rules(struct cbuild *b, const uint32_t *rules, uint32_t n)
{
	uint32_t unit = cbuild_take(b, n * sizeof(struct cvrule), 8), i;
	struct cvrule *v = cbuild_at(b, unit);

	for (i = 0; unit != 0 && i < n; i++) {
		v[i].rule = rules[i];
		v[i].on = b->m[rules[i]].on;
	}
	return unit;
}

uint32_t
cbuild_vector(struct cbuild *b, const uint32_t *rules, uint32_t n)
{
	struct csearch s[CF_MAX];
	uint32_t words = (n + 63) / 64, nrows = 0, nmaps = 0, f, node = 0;
	uint64_t *rows = NULL;
	uint16_t protos[256];
	struct cvector *v, head;

	for (f = 0; f < CF_MAX && b->error == 0; f++)
		nmaps += vector_field(b, f, rules, n, &rows, &nrows, &s[nmaps]);
	if (b->error == 0 &&
	    vector_protos(b, rules, n, &rows, &nrows, protos)) {
		memset(&head, 0, sizeof(head));
		head.words = words;
		head.rows = copy_in(b, rows, (size_t)nrows * words * 8, 64);
		head.protos = copy_in(b, protos, sizeof(protos), 8);
		head.rules = vector_rules(b, rules, n);
		node = cbuild_take(b, sizeof(*v) + nmaps * sizeof(s[0]), 64);
	}
	free(rows);
	if (node == 0)
		return 0;
	v = cbuild_at(b, node);
	*v = head;
	memcpy(v->map, s, nmaps * sizeof(s[0]));
	cbuild_head(b, node, CN_VECTOR, rules, n);
	v->head.nmaps = nmaps;
	return node;
}
