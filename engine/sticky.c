/* SPDX-License-Identifier: ISC */
/*
 * Between rules, records and source nodes.
 */
#include "engine/sticky.h"

#include <errno.h>

#include "engine/core.h"
#include "engine/record.h"
#include "engine/registry.h"
#include "engine/statetab.h"
#include "engine/way.h"

static void
key_of(const struct sticky_ask *q, struct srcnode_key *key)
{
	*key = (struct srcnode_key){
		.rule = q->rule->id, .src = *q->src, .kind = q->kind,
		.af = q->af,
	};
}

uint32_t
sticky_find(struct worker *w, const struct sticky_ask *q,
    struct srcnode_target *to)
{
	struct srcnode_key key;

	key_of(q, &key);
	return srcnode_find(w->eng->sources, &key, w->now, to);
}

uint32_t
sticky_give(struct worker *w, const struct sticky_ask *q,
    const struct srcnode_target *old, struct srcnode_target *to)
{
	uint32_t own = 0;
	struct srcnode_key key;

	key_of(q, &key);
	if (q->rule->timeouts != 0)
		own = program_timeouts(w->prog,
		    q->rule->timeouts)[TM_SRC_TRACK];
	return srcnode_give(w->eng->sources, &key, old, to, own, w->now,
	    w->wall);
}

static void
end_node(struct worker *w, uint32_t node, uint64_t packets, uint64_t bytes)
{
	srcnode_end(w->eng->sources, node,
	    w->opt != NULL ? w->opt->timeout[TM_SRC_TRACK] : 0, w->now,
	    packets, bytes);
}

int
sticky_begin(struct worker *w, const uint32_t node[2])
{
	if (node[0] != 0 && !srcnode_begin(w->eng->sources, node[0]))
		return -EAGAIN;
	if (node[1] != 0 && !srcnode_begin(w->eng->sources, node[1])) {
		if (node[0] != 0)
			end_node(w, node[0], 0, 0);
		return -EAGAIN;
	}
	return 0;
}

void
sticky_abort(struct worker *w, const uint32_t node[2])
{
	unsigned half;

	for (half = 0; half < 2; half++)
		if (node[half] != 0)
			end_node(w, node[half], 0, 0);
}

void
sticky_store(struct arena *a, uint32_t ext, const uint32_t node[2])
{
	unsigned half;

	for (half = 0; half < 2; half++)
		if (node[half] != 0)
			store_relaxed(&arena_ext(a, ext)->srcnode[half],
			    node[half]);
}

uint32_t
sticky_load(const struct arena *a, uint32_t index, unsigned half)
{
	uint32_t ext = load_relaxed(&arena_cold(a, index)->ext), node;

	if (ext >= a->header->ext_max)
		return 0;
	node = load_relaxed(&arena_ext(a, ext)->srcnode[half]);
	return node != ARENA_NONE ? node : 0;
}

void
sticky_ended(struct worker *w, uint32_t index)
{
	const struct line *l = arena_line(w->arena, index * 2);
	uint32_t node;
	unsigned half;

	for (half = 0; half < 2; half++)
		if ((node = sticky_load(w->arena, index, half)) != 0)
			end_node(w, node,
			    statetab_packets(w->arena, index * 2) +
			    statetab_packets(w->arena, index * 2 + 1),
			    load_relaxed(&l[0].bytes) +
			    load_relaxed(&l[1].bytes));
}

/* The next hop that a half's rule gave a record. */
static bool
adopt_way(const struct arena *a, uint32_t index, unsigned half,
    struct srcnode_target *to)
{
	struct way way;
	unsigned side;

	for (side = 0; side < 2; side++)
		if (way_load(a, index * 2 + side, &way) &&
		    way.out == (half != 0)) {
			to->addr = way.gw;
			to->ifidx = way.ifidx;
			return true;
		}
	return false;
}

/* The node of a half, made again or found; 0: it can have none. */
static uint32_t
adopt(struct engine *e, uint32_t index, unsigned half)
{
	const struct cold *c = arena_cold(e->arena, index);
	struct srcnode_key key = { .kind = SRCNODE_ROUTE };
	struct srcnode_target to;
	uint32_t member[ROW_MEMBERS], ref;
	struct record_key before;
	struct tuple middle;

	if (registry_members(e->arena, c->row[half], member) == 0 ||
	    !adopt_way(e->arena, index, half, &to))
		return 0;
	record_before(e->arena, index * 2, &before);
	key.rule = registry_id(e->arena, member[0]);
	key.af = before.af;
	key.src = before.t.src;
	if (c->kind == RECORD_FORWARD && half != 0) {
		record_middle(e->arena, index, &middle);
		key.src = middle.src;
	}
	ref = srcnode_give(e->sources, &key, NULL, &to, registry_timeout(e->arena,
	    member[0], TM_SRC_TRACK), e->cfg.now, c->created);
	return ref != 0 && srcnode_begin(e->sources, ref) ? ref : 0;
}

int
sticky_adopt(struct engine *e)
{
	uint32_t i, n = 0, ref, top = arena_top(e->arena);
	unsigned half;
	struct ext *x;

	for (i = 0; i < top; i++)
		if (statetab_live(e->arena, i))
			n += (sticky_load(e->arena, i, 0) != 0) +
			    (sticky_load(e->arena, i, 1) != 0);
	if (srcnodes_set_limit(e->sources,
	    n > SRCNODES_USUAL ? n : SRCNODES_USUAL) != 0)
		return -ENOMEM;
	for (i = 0; i < top && n > 0; i++) {
		if (!statetab_live(e->arena, i))
			continue;
		for (half = 0; half < 2; half++) {
			if (sticky_load(e->arena, i, half) == 0)
				continue;
			ref = adopt(e, i, half);
			x = arena_ext(e->arena,
			    arena_cold(e->arena, i)->ext);
			store_relaxed(&x->srcnode[half],
			    ref != 0 ? ref : ARENA_NONE);
		}
	}
	return 0;
}
