/* SPDX-License-Identifier: ISC */
/*
 * What the commands of natctl -T do to the entries of a table.
 *
 * An entry that was named before in the same list is known by its mark.  As
 * in pf, an entry that is there keeps its weight; natd's own ttl begins anew.
 */
#include "engine/natd/table_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/show_json.h"
#include "engine/natd/tables.h"

/* What of the list before it an entry repeats. */
enum mark {
	MARK_PREFIX = 1,	/* the prefix */
	MARK_SIGN = 2,		/* prefix and sign */
};

/* One entry with what became of it, if the client wants to know. */
static void
tell(struct table_job *j, const struct table_ent *e, char change,
    const struct table_ent *hit)
{
	struct show_entry se = {
		.addr = e->addr, .af = e->af, .plen = e->plen, .neg = e->neg,
		.change = change, .weight = e->weight,
	};

	if (j->verbose == 0 || (j->verbose == 1 && change == ' '))
		return;
	if (hit != NULL) {
		se.hit = hit->addr;
		se.hit_af = hit->af;
		se.hit_plen = hit->plen;
		se.hit_neg = hit->neg;
	}
	show_entry_write(j->out, &se);
}

static int
prefix_cmp(const struct table_ent *a, const struct table_ent *b)
{
	int c;

	if (a->af != b->af)
		return a->af < b->af ? -1 : 1;
	if ((c = memcmp(&a->addr, &b->addr, sizeof(a->addr))) != 0)
		return c;
	return (int)a->plen - b->plen;
}

/* By prefix, then in the order of the list. */
static int
sort_cmp(const void *pa, const void *pb)
{
	const struct table_ent *a = *(const struct table_ent *const *)pa;
	const struct table_ent *b = *(const struct table_ent *const *)pb;
	int c = prefix_cmp(a, b);

	return c != 0 ? c : a < b ? -1 : a > b;
}

static int
find_cmp(const void *key, const void *row)
{
	return prefix_cmp(key, *(const struct table_ent *const *)row);
}

/* The list sorted; a mark for each entry.  Both are the caller's. */
static int
sort_list(const struct table_job *j, const struct table_ent ***out,
    uint8_t **marks)
{
	const struct table_ent **v = calloc(j->n + 1, sizeof(*v));
	uint8_t *mark = calloc(j->n + 1, 1);
	bool sign[2] = { false, false };
	size_t i;

	if (v == NULL || mark == NULL) {
		free(v);
		free(mark);
		return -ENOMEM;
	}
	for (i = 0; i < j->n; i++)
		v[i] = &j->v[i];
	if (j->n > 0)
		qsort(v, j->n, sizeof(*v), sort_cmp);
	for (i = 0; i < j->n; i++) {
		if (i == 0 || prefix_cmp(v[i - 1], v[i]) != 0)
			sign[0] = sign[1] = false;
		else
			mark[v[i] - j->v] |= MARK_PREFIX;
		if (sign[v[i]->neg])
			mark[v[i] - j->v] |= MARK_SIGN;
		sign[v[i]->neg] = true;
	}
	*out = v;
	*marks = mark;
	return 0;
}

static bool
find(const struct table_job *j, const struct table_ent *e,
    struct table_ent *have)
{
	return table_get(tables_set(j->tables), j->nr, e->af, &e->addr,
	    e->plen, have);
}

/* Put an entry in, or what is there with its new time. */
static int
put(struct table_job *j, const struct table_ent *e,
    const struct table_ent *have)
{
	struct table_ent new = *e;
	int n;

	if (j->dry)
		return 0;
	if (have != NULL && e->expire == 0 && have->expire == 0)
		return 0;
	if (have != NULL)
		new.weight = have->weight;
	new.since = new.expire == 0 ? j->now : 0;
	n = table_add(tables_set(j->tables), j->nr, &new);
	if (e->expire != 0)
		tables_timed(j->tables, j->nr);
	return n < 0 ? n : 0;
}

/*
 * An entry of add or replace that is not there.  What stands twice in the list
 * is there the second time, but was not before.
 */
static int
add_new(struct table_job *j, const struct table_ent *e, uint8_t mark)
{
	bool again = (mark & MARK_PREFIX) != 0;

	tell(j, e, again ? 'X' : 'A', NULL);
	j->added += !again;
	return again ? 0 : put(j, e, NULL);
}

int
table_job_add(struct table_job *j)
{
	const struct table_ent **sorted;
	struct table_ent have;
	uint8_t *mark;
	bool *there;
	size_t i;
	int error;

	if ((error = sort_list(j, &sorted, &mark)) != 0)
		return error;
	free(sorted);
	if ((there = calloc(j->n + 1, sizeof(*there))) == NULL)
		error = -ENOMEM;
	/* as it was before the first of them goes in */
	for (i = 0; error == 0 && i < j->n; i++)
		there[i] = find(j, &j->v[i], &have);
	for (i = 0; i < j->n && error == 0; i++) {
		if (!there[i]) {
			error = add_new(j, &j->v[i], mark[i]);
		} else if (find(j, &j->v[i], &have) &&
		    have.neg != j->v[i].neg) {
			tell(j, &j->v[i], 'Y', NULL);
		} else {
			tell(j, &j->v[i], ' ', NULL);
			error = put(j, &j->v[i], &have);
		}
	}
	j->asked = j->n;
	free(there);
	free(mark);
	return error;
}

int
table_job_delete(struct table_job *j)
{
	const struct table_ent **sorted;
	struct table_ent have;
	uint8_t *mark;
	size_t i;
	int error;

	if ((error = sort_list(j, &sorted, &mark)) != 0)
		return error;
	free(sorted);
	for (i = 0; i < j->n; i++) {
		if (!find(j, &j->v[i], &have)) {
			mark[i] = ' ';
		} else if (have.neg != j->v[i].neg) {
			mark[i] = 'Y';
		} else {
			mark[i] = (mark[i] & MARK_SIGN) != 0 ? 'X' : 'D';
			j->deleted += mark[i] == 'D';
		}
		tell(j, &j->v[i], (char)mark[i], NULL);
	}
	for (i = 0; i < j->n && error == 0 && !j->dry; i++)
		if (mark[i] == 'D' && table_delete(tables_set(j->tables),
		    j->nr, &j->v[i]) < 0)
			error = -ENOMEM;
	j->asked = j->n;
	free(mark);
	return error;
}

/* Entries that are there and not asked for go. */
static int
replace_old(struct table_job *j, const struct table_ent **sorted)
{
	struct table_set *set = tables_set(j->tables);
	struct table_ent e, last;
	bool more;

	for (more = table_next(set, j->nr, NULL, &e); more;
	    more = table_next(set, j->nr, &last, &e)) {
		last = e;
		if (j->n > 0 && bsearch(&e, sorted, j->n, sizeof(*sorted),
		    find_cmp) != NULL)
			continue;
		tell(j, &e, 'D', NULL);
		j->deleted++;
		if (!j->dry && table_delete(set, j->nr, &e) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The same prefix with the other sign. */
static int
change_sign(struct table_job *j, const struct table_ent *e,
    const struct table_ent *have)
{
	struct table_ent new = *e;

	tell(j, e, 'C', NULL);
	j->changed++;
	if (j->dry)
		return 0;
	new.weight = have->weight;
	new.since = new.expire == 0 ? have->since : 0;
	if (table_delete(tables_set(j->tables), j->nr, have) < 0 ||
	    table_add(tables_set(j->tables), j->nr, &new) < 0)
		return -ENOMEM;
	return 0;
}

static int
replace_one(struct table_job *j, const struct table_ent *e, uint8_t mark)
{
	struct table_ent have;

	if ((mark & MARK_PREFIX) != 0) {
		tell(j, e, 'X', NULL);
		return 0;
	}
	if (!find(j, e, &have))
		return add_new(j, e, mark);
	if (have.neg != e->neg)
		return change_sign(j, e, &have);
	tell(j, e, ' ', NULL);
	return put(j, e, &have);
}

int
table_job_replace(struct table_job *j)
{
	const struct table_ent **sorted;
	uint8_t *mark;
	size_t i;
	int error;

	if ((error = sort_list(j, &sorted, &mark)) != 0)
		return error;
	error = replace_old(j, sorted);
	for (i = 0; i < j->n && error == 0; i++)
		error = replace_one(j, &j->v[i], mark[i]);
	j->asked = j->n;
	free(sorted);
	free(mark);
	return error;
}

int
table_job_test(struct table_job *j)
{
	struct table_ent hit;
	bool found;
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->v[i].neg || j->v[i].plen != addr_bits(j->v[i].af))
			return -EINVAL;
	for (i = 0; i < j->n; i++) {
		found = table_test(tables_set(j->tables), j->nr, j->v[i].af,
		    &j->v[i].addr, &hit);
		j->matched += found && !hit.neg;
		tell(j, &j->v[i], found && !hit.neg ? 'M' : ' ',
		    found ? &hit : NULL);
	}
	j->asked = j->n;
	return 0;
}

int
table_job_flush(struct table_job *j)
{
	j->deleted = table_size(tables_set(j->tables), j->nr);
	if (!j->dry)
		table_flush(tables_set(j->tables), j->nr);
	return 0;
}

/* The table as a whole, with all that is in it. */
static void
zero_all(struct table_job *j)
{
	struct table_set *set = tables_set(j->tables);
	struct table_ent e;
	bool more;

	j->tables_done = 1;
	if (j->dry)
		return;
	tables_zero(j->tables, j->nr);
	for (more = table_next(set, j->nr, NULL, &e); more;
	    more = table_next(set, j->nr, &e, &e))
		table_since(set, j->nr, &e, j->now);
}

int
table_job_zero(struct table_job *j)
{
	struct table_ent have;
	bool there;
	size_t i;

	if (j->n == 0)
		zero_all(j);
	for (i = 0; i < j->n; i++) {
		there = find(j, &j->v[i], &have) && have.neg == j->v[i].neg;
		tell(j, &j->v[i], there ? 'Z' : ' ', NULL);
		j->cleared += there;
		if (there && !j->dry)
			table_since(tables_set(j->tables), j->nr, &have,
			    j->now);
	}
	j->asked = j->n;
	return 0;
}

int
table_job_expire(struct table_job *j)
{
	struct table_set *set = tables_set(j->tables);
	struct table_ent e, last;
	bool more;

	j->asked = table_size(set, j->nr);
	for (more = table_next(set, j->nr, NULL, &e); more;
	    more = table_next(set, j->nr, &last, &e)) {
		last = e;
		if (e.since == 0 || j->now <= e.since ||
		    j->now - e.since <= j->seconds)
			continue;
		tell(j, &e, 'D', NULL);
		j->expired++;
		if (!j->dry && table_delete(set, j->nr, &e) < 0)
			return -ENOMEM;
	}
	return 0;
}
