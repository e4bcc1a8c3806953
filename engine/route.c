/* SPDX-License-Identifier: ISC */
/*
 * Longest-prefix match over a fixed set of routes.
 *
 * Building: routes sorted by address, then by length, so that a prefix comes
 * before those inside it.  One pass with a stack of the prefixes that are
 * open notes where the longest match changes:
 *
 *	10.0.0.0/8  a    |--------------------------------|
 *	10.1.0.0/16 b             |--------|
 *	ranges       none| a      | b      | a            | none
 */
#include "engine/route.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define INDEX_BITS_MAX 16
#define DEPTH_MAX 130 /* prefixes that can lie in one another */

struct num {
	uint64_t hi, lo;
};

/* The ranges of one family: the route from start[i] to start[i + 1] - 1. */
struct ranges {
	uint32_t n;
	uint32_t *route;
	uint32_t *start4;	/* host order */
	struct num *start6;
	uint32_t *index;	/* IPv4: range of the first address of slice i,
				 * and one more for the end */
	unsigned shift;
};

struct route_table {
	struct route *routes;	/* sorted */
	uint32_t n;
	struct ranges v4, v6;
};

/* A route while it is sorted; IPv4 addresses are in the upper end of hi. */
struct item {
	struct num from, to;
	struct route r;
	uint32_t seq;
};

static struct num
num_of(const struct addr *a, uint8_t af)
{
	struct num n;

	if (af == AF_INET) {
		n.hi = (uint64_t)be32toh(a->w[0]) << 32;
		n.lo = 0;
	} else {
		n.hi = (uint64_t)be32toh(a->w[0]) << 32 | be32toh(a->w[1]);
		n.lo = (uint64_t)be32toh(a->w[2]) << 32 | be32toh(a->w[3]);
	}
	return n;
}

static int
num_cmp(struct num a, struct num b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/* num_after() - The number behind; false: there is none. */
static bool
num_after(struct num *n)
{
	if (++n->lo == 0 && ++n->hi == 0)
		return false;
	return true;
}

/* item_set() - Clear the host bits, find the last address. */
static void
item_set(struct item *it, const struct route *r, uint32_t seq)
{
	uint64_t hi, lo;

	it->r = *r;
	it->seq = seq;
	addr_apply_plen(&it->r.dst, r->plen);
	it->from = num_of(&it->r.dst, r->af);
	hi = r->plen >= 64 ? 0 : UINT64_MAX >> r->plen;
	lo = r->plen <= 64 ? UINT64_MAX :
	    r->plen == 128 ? 0 : UINT64_MAX >> (r->plen - 64);
	it->to.hi = it->from.hi | hi;
	it->to.lo = it->from.lo | lo;
}

static int
item_cmp(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;
	int c;

	if (a->r.af != b->r.af)
		return a->r.af == AF_INET ? -1 : 1;
	if ((c = num_cmp(a->from, b->from)) != 0)
		return c;
	if (a->r.plen != b->r.plen)
		return a->r.plen < b->r.plen ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

static struct num
range_start(const struct ranges *g, uint32_t i)
{
	if (g->start4 != NULL)
		return (struct num) { (uint64_t)g->start4[i] << 32, 0 };
	return g->start6[i];
}

/* range_add() - From @at on, @route is the longest match. */
static void
range_add(struct ranges *g, struct num at, uint32_t route)
{
	if (g->n > 0 && num_cmp(range_start(g, g->n - 1), at) == 0)
		g->n--; /* of no length */
	if (g->n > 0 && g->route[g->n - 1] == route)
		return;
	if (g->start4 != NULL)
		g->start4[g->n] = (uint32_t)(at.hi >> 32);
	else
		g->start6[g->n] = at;
	g->route[g->n++] = route;
}

/* flatten() - @n items of one family, the first of which is route @base. */
static void
flatten(struct ranges *g, const struct item *it, uint32_t n, uint32_t base)
{
	uint32_t open[DEPTH_MAX], depth = 0, i;
	struct num at = { 0, 0 };

	range_add(g, at, NONE);
	for (i = 0; i <= n; i++) {
		/* close what ends before this one; at the end, all */
		while (depth > 0 && (i == n ||
		    num_cmp(it[i].from, it[open[depth - 1]].to) > 0)) {
			at = it[open[--depth]].to;
			if (num_after(&at))
				range_add(g, at, depth > 0 ?
				    base + open[depth - 1] : NONE);
		}
		if (i == n)
			break;
		if (depth > 0 && num_cmp(it[open[depth - 1]].from,
		    it[i].from) == 0 && it[open[depth - 1]].r.plen ==
		    it[i].r.plen)
			continue; /* the first of equals counts */
		range_add(g, it[i].from, base + i);
		open[depth++] = i;
	}
}

static int
ranges_alloc(struct ranges *g, uint32_t n, bool v4)
{
	uint32_t max = 2 * n + 1;

	if ((g->route = calloc(max, sizeof(*g->route))) == NULL)
		return -1;
	if (v4)
		g->start4 = calloc(max, sizeof(*g->start4));
	else
		g->start6 = calloc(max, sizeof(*g->start6));
	return g->start4 == NULL && g->start6 == NULL ? -1 : 0;
}

/* search4() - The last of the ranges lo..hi that begins at or below @a. */
static inline uint32_t
search4(const struct ranges *g, uint32_t a, uint32_t lo, uint32_t hi)
{
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (g->start4[mid] <= a)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static int
index_build(struct ranges *g)
{
	uint32_t bits = 1, i;

	while (bits < INDEX_BITS_MAX && (1u << (bits + 1)) <= g->n)
		bits++;
	g->shift = 32 - bits;
	g->index = calloc((1u << bits) + 1, sizeof(*g->index));
	if (g->index == NULL)
		return -1;
	for (i = 0; i < 1u << bits; i++)
		g->index[i] = search4(g, i << g->shift, 0, g->n - 1);
	g->index[i] = g->n - 1;
	return 0;
}

static int
build(struct route_table *t, const struct item *it, uint32_t n4)
{
	if (ranges_alloc(&t->v4, n4, true) != 0 ||
	    ranges_alloc(&t->v6, t->n - n4, false) != 0)
		return -1;
	flatten(&t->v4, it, n4, 0);
	flatten(&t->v6, it + n4, t->n - n4, n4);
	return index_build(&t->v4);
}

struct route_table *
route_table_new(const struct route *routes, uint32_t n)
{
	struct route_table *t;
	struct item *it;
	uint32_t i, n4 = 0;
	int error = -1;

	t = calloc(1, sizeof(*t));
	it = calloc(n > 0 ? n : 1, sizeof(*it));
	if (t != NULL && it != NULL) {
		t->n = n;
		t->routes = calloc(n > 0 ? n : 1, sizeof(*t->routes));
		for (i = 0; i < n; i++) {
			item_set(&it[i], &routes[i], i);
			n4 += routes[i].af == AF_INET;
		}
		qsort(it, n, sizeof(*it), item_cmp);
		if (t->routes != NULL) {
			for (i = 0; i < n; i++)
				t->routes[i] = it[i].r;
			error = build(t, it, n4);
		}
	}
	free(it);
	if (error != 0) {
		route_table_free(t);
		return NULL;
	}
	return t;
}

static void
ranges_free(struct ranges *g)
{
	free(g->route);
	free(g->start4);
	free(g->start6);
	free(g->index);
}

void
route_table_free(struct route_table *t)
{
	if (t == NULL)
		return;
	ranges_free(&t->v4);
	ranges_free(&t->v6);
	free(t->routes);
	free(t);
}

static inline uint32_t
search6(const struct ranges *g, struct num a)
{
	uint32_t lo = 0, hi = g->n - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (num_cmp(g->start6[mid], a) <= 0)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

const struct route *
route_lookup(const struct route_table *t, uint8_t af, const struct addr *dst)
{
	uint32_t i, a, s, r;

	if (af == AF_INET) {
		a = be32toh(dst->w[0]);
		s = a >> t->v4.shift;
		i = search4(&t->v4, a, t->v4.index[s], t->v4.index[s + 1]);
		r = t->v4.route[i];
	} else {
		r = t->v6.route[search6(&t->v6, num_of(dst, af))];
	}
	return r != NONE ? &t->routes[r] : NULL;
}
