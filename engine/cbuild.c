/* SPDX-License-Identifier: ISC */
/*
 * Memory grows by doubling, so nodes are known by their place and not by a
 * pointer.  How searches lie in memory is in cnode.h.
 */
#include "engine/cbuild.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint32_t
cbuild_take(struct cbuild *b, size_t bytes, size_t align)
{
	size_t at = (b->used + align - 1) & ~(align - 1), cap = b->cap;
	char *p;

	if (b->error != 0)
		return 0;
	while (at + bytes > cap)
		cap = cap == 0 ? 4096 : cap * 2;
	if (cap / 8 > UINT32_MAX) {
		b->error = -ENOMEM;
		return 0;
	}
	if (cap != b->cap) {
		if ((p = aligned_alloc(64, cap)) == NULL) {
			b->error = -ENOMEM;
			return 0;
		}
		if (b->used > 0)
			memcpy(p, b->mem, b->used);
		memset(p + b->used, 0, cap - b->used);
		free(b->mem);
		b->mem = p;
		b->cap = cap;
	}
	b->used = at + bytes;
	return at / 8;
}

static unsigned
field_bits(const struct cbuild *b, unsigned field)
{
	return field >= CF_SPORT ? 16 : b->af == AF_INET ? 32 : 128;
}

static cnum
num_of(const struct u128 *u)
{
	return (cnum)u->hi << 64 | u->lo;
}

cnum
cbuild_max(const struct cbuild *b, unsigned field)
{
	unsigned bits = field_bits(b, field);

	return bits == 128 ? ~(cnum)0 : ((cnum)1 << bits) - 1;
}

static void
ival_addr6(const struct cbuild *b, const struct mrule *m, unsigned field,
    struct cival *v)
{
	const struct mrule6 *m6;

	if (m->v6 == PROG_NONE)
		return;
	m6 = prog_match6(b->pg) + m->v6;
	if (field == CF_SRC ? m6->sneg : m6->dneg)
		return;
	v->lo = num_of(field == CF_SRC ? &m6->slo : &m6->dlo);
	v->hi = num_of(field == CF_SRC ? &m6->shi : &m6->dhi);
}

static void
ival_set(struct cival *v, uint32_t lo, uint32_t span, bool neg)
{
	if (neg)
		return;
	v->lo = lo;
	v->hi = (cnum)lo + span;
}

struct cival
cbuild_ival(const struct cbuild *b, uint32_t rule, unsigned field)
{
	const struct mrule *m = &b->m[rule];
	struct cival v = { 0, cbuild_max(b, field) };

	switch (field) {
	case CF_SRC:
		if (b->af == AF_INET)
			ival_set(&v, m->slo, m->sspan, m->bits & M_SNEG);
		else
			ival_addr6(b, m, field, &v);
		break;
	case CF_DST:
		if (b->af == AF_INET)
			ival_set(&v, m->dlo, m->dspan, m->bits & M_DNEG);
		else
			ival_addr6(b, m, field, &v);
		break;
	case CF_SPORT:
		if (m->bits & M_PORTS)
			ival_set(&v, m->splo, m->spspan, m->bits & M_SPNEG);
		break;
	case CF_DPORT:
		if (m->bits & M_PORTS)
			ival_set(&v, m->dplo, m->dpspan, m->bits & M_DPNEG);
		break;
	}
	return v;
}

int
cbuild_num_cmp(const void *va, const void *vb)
{
	cnum a, b;

	memcpy(&a, va, sizeof(a));
	memcpy(&b, vb, sizeof(b));
	return a < b ? -1 : a > b;
}

uint32_t
cbuild_below(const cnum *v, uint32_t n, cnum x)
{
	uint32_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (v[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
cbuild_head(struct cbuild *b, uint32_t node, unsigned kind,
    const uint32_t *rules, uint32_t n)
{
	struct cnode *c = cbuild_at(b, node);

	c->kind = kind;
	c->n = n;
	c->first = rules[0];
	c->last = rules[n - 1];
}

/*
 * Levels of a search tree, the lowest one last and of double blocks
 *
 * Return: 32-bit places in all.
 */
static uint32_t
search_levels(struct csearch *s, uint32_t blocks[static CLEVELS])
{
	uint32_t l, off = 0;

	blocks[0] = (s->n + CBLOCK - 1) / CBLOCK;
	for (s->levels = 1; blocks[s->levels - 1] > 1; s->levels++)
		blocks[s->levels] = (blocks[s->levels - 1] + CBLOCK) /
		    (CBLOCK + 1);
	for (l = 0; l + 1 < s->levels; l++) {
		s->level[l] = off;
		off += blocks[s->levels - 1 - l] * CBLOCK;
	}
	off = (off + 2 * CBLOCK - 1) & ~(2u * CBLOCK - 1);
	s->level[l] = off;
	return off + blocks[0] * 2 * CBLOCK;
}

/*
 * Keys of 32 bits as a tree of blocks.  Above the lowest level, key i of a
 * block is the least key below its way i + 1.
 */
static void
search_narrow(struct cbuild *b, struct csearch *s, const cnum *keys,
    const uint32_t *values)
{
	uint32_t blocks[CLEVELS], places, i, l, up, leaf;
	int32_t *v, *low, *level;

	places = search_levels(s, blocks);
	if ((s->keys = cbuild_take(b, (size_t)places * 4, 128)) == 0)
		return;
	v = cbuild_at(b, s->keys);
	low = v + s->level[s->levels - 1];
	for (i = 0; i < places; i++)
		v[i] = INT32_MAX;
	for (i = 0; i < s->n; i++) {
		leaf = i / CBLOCK * 2 * CBLOCK + i % CBLOCK;
		low[leaf] = (int32_t)((uint32_t)keys[i] ^ 0x80000000u);
		low[leaf + CBLOCK] = (int32_t)values[i];
	}
	for (l = 1; l < s->levels; l++) {
		level = v + s->level[s->levels - 1 - l];
		for (i = 0; i < blocks[l] * CBLOCK; i++) {
			leaf = i / CBLOCK * (CBLOCK + 1) + i % CBLOCK + 1;
			for (up = l - 1; up > 0; up--)
				leaf *= CBLOCK + 1;
			if (leaf < blocks[0])
				level[i] = low[leaf * 2 * CBLOCK];
		}
	}
}

static void
search_wide(struct cbuild *b, struct csearch *s, const cnum *keys,
    const uint32_t *values)
{
	struct u128 *v;
	uint32_t i;

	s->wide = 1;
	if ((s->keys = cbuild_take(b, s->n * sizeof(*v), 16)) == 0)
		return;
	v = cbuild_at(b, s->keys);
	for (i = 0; i < s->n; i++) {
		v[i].hi = keys[i] >> 64;
		v[i].lo = keys[i];
	}
	if ((s->values = cbuild_take(b, s->n * sizeof(*values), 4)) != 0)
		memcpy(cbuild_at(b, s->values), values, s->n * sizeof(*values));
}

struct csearch
cbuild_search(struct cbuild *b, unsigned field, const cnum *keys,
    const uint32_t *values, uint32_t n)
{
	struct csearch s = { .field = field, .n = n };

	if (field_bits(b, field) == 128)
		search_wide(b, &s, keys, values);
	else
		search_narrow(b, &s, keys, values);
	return s;
}
