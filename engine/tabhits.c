/* SPDX-License-Identifier: ISC */
#include "engine/tabhits.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/core.h"
#include "engine/pdesc.h"
#include "engine/program.h"
#include "engine/progmem.h"
#include "engine/record.h"
#include "engine/registry.h"
#include "engine/table.h"

struct tabhits {
	uint32_t n;
	struct tabhit v[];	/* by row */
};

static bool
counts(const struct prule *r)
{
	return (r->count[0] | r->count[1]) != 0;
}

static struct tabhit
hit_of(const struct prule *r)
{
	struct tabhit h = { { r->count[0] - 1, r->count[1] - 1 }, CELL_PASS };

	if (r->action == PRULE_BLOCK)
		h.op = CELL_BLOCK;
	else if (r->action == PRULE_MATCH)
		h.op = CELL_MATCH;
	return h;
}

int
tabhits_bind(struct program *pg)
{
	const struct prule *r;
	struct tabhits *t;
	uint32_t i, n = 0;

	if (pg->hits != NULL)
		return 0;	/* it is in force, and keeps its rows */
	for (i = 0; i < program_nrules(pg); i++) {
		r = program_rule(pg, i);
		if (counts(r) && r->row >= n)
			n = r->row + 1;
	}
	if (n == 0)
		return 0;
	if ((t = calloc(1, sizeof(*t) + n * sizeof(t->v[0]))) == NULL)
		return -ENOMEM;
	t->n = n;
	for (i = 0; i < n; i++)
		t->v[i].table[0] = t->v[i].table[1] = TABLE_NONE;
	for (i = 0; i < program_nrules(pg); i++)
		if (counts(program_rule(pg, i)))
			t->v[program_rule(pg, i)->row] =
			    hit_of(program_rule(pg, i));
	pg->hits = t;
	return 0;
}

void
tabhits_free(struct tabhits *t)
{
	free(t);
}

static const struct tabhit *
hit_at(const struct program *pg, uint32_t row)
{
	return pg == NULL || pg->hits == NULL || row >= pg->hits->n ? NULL :
	    &pg->hits->v[row];
}

bool
tabhits_row(const struct engine *e, uint32_t row, struct tabhit *out)
{
	const struct tabhit *h = hit_at(e->force->prog, row);

	if (h == NULL)
		return false;
	*out = *h;
	return true;
}

/* Both sides of a rule; addresses as they were [0] and became [1]. */
static void
count(struct worker *w, const struct tabhit *h, uint8_t af,
    const struct tuple *was, const struct tuple *is, unsigned dir,
    uint64_t packets, uint64_t bytes)
{
	const struct addr *const a[2][2] = {
		{ &was->src, &is->src }, { &was->dst, &is->dst },
	};
	unsigned side;

	for (side = 0; side < 2; side++)
		if (h->table[side] != TABLE_NONE)
			table_count(w->env.tables, h->table[side], af, a[side],
			    dir, h->op, packets, bytes);
}

static void
packet_rule(struct worker *w, const struct pdesc *pd, const struct tuple *was,
    uint32_t rule, unsigned dir, uint32_t len)
{
	struct tabhit h;

	if (rule == PROG_NONE || !counts(program_rule(w->prog, rule)))
		return;
	h = hit_of(program_rule(w->prog, rule));
	count(w, &h, pd->af, was, &pd->cur, dir, 1, len);
}

void
tabhits_packet(struct worker *w, const struct pdesc *pd,
    const struct verdict *v, unsigned dir, uint32_t len)
{
	struct tuple was;
	uint32_t i;

	if (w->prog->hits == NULL || w->env.tables == NULL)
		return;
	pdesc_known_as(pd, &was);
	for (i = 0; i < v->nmatch; i++)
		packet_rule(w, pd, &was, v->match[i], dir, len);
	if (v->nat != v->rule)
		packet_rule(w, pd, &was, v->nat, dir, len);
	packet_rule(w, pd, &was, v->rule, dir, len);
}

void
tabhits_record(struct worker *w, uint32_t index, uint32_t row,
    const uint64_t packets[2], const uint64_t bytes[2])
{
	uint32_t member[ROW_MEMBERS];
	const struct tabhit *h;
	struct record_key before;
	struct tuple after;
	unsigned i, n, dir;

	if (w->prog == NULL || w->prog->hits == NULL || w->env.tables == NULL)
		return;
	record_before(w->arena, index * 2, &before);
	record_after(w->arena, index * 2, &after);
	n = registry_members(w->arena, row, member);
	for (i = 0; i < n; i++) {
		if ((h = hit_at(w->prog, member[i])) == NULL)
			continue;
		for (dir = 0; dir < 2; dir++)
			if (packets[dir] != 0)
				count(w, h, before.af, &before.t, &after, dir,
				    packets[dir], bytes[dir]);
	}
}
