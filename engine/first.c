/* SPDX-License-Identifier: ISC */
/*
 * From two halves to records.
 */
#include "engine/first.h"

#include <errno.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/core.h"
#include "engine/fast/track.h"
#include "engine/progmem.h"
#include "engine/record.h"
#include "engine/registry.h"
#include "engine/scrub.h"
#include "engine/statetab.h"
#include "engine/tuple.h"
#include "engine/walk.h"
#include "engine/wheel.h"

#define ROOM_LOOK 8   /* half-open records to choose the oldest of */
#define ROOM_SCAN 256 /* indexes looked at for them */

/* The rule that decided, if this walk asked the rules. */
static const struct prule *
half_rule(const struct half *h)
{
	return h->row != ARENA_NONE ? NULL : h->rule;
}

static unsigned
add_row(const struct worker *w, uint32_t *member, unsigned n, uint32_t rule)
{
	uint32_t row;
	unsigned i;

	if (rule == PROG_NONE || n == ROW_MEMBERS)
		return n;
	row = prog_rules(w->prog)[rule].row;
	for (i = 0; i < n; i++)
		if (member[i] == row)
			return n;
	member[n] = row;
	return n + 1;
}

/* set_row() - The row of several rules; of the first, if there is no room. */
static uint32_t
set_row(struct worker *w, const uint32_t *member, unsigned n)
{
	struct rowset *set = &w->set;

	if (set->n == n && memcmp(set->member, member, n * sizeof(*member)) == 0)
		return set->row;
	if (registry_set(w->arena, member, n, &set->row) != 0)
		return member[0];
	action_bind_set(w->eng, set->row);
	set->n = n;
	memcpy(set->member, member, n * sizeof(*member));
	return set->row;
}

/* half_row() - The row that stands for all rules that took part. */
static uint32_t
half_row(struct worker *w, const struct half *h)
{
	const struct verdict *v = &h->verdict;
	uint32_t member[ROW_MEMBERS], i;
	unsigned n = 0;

	if (h->row != ARENA_NONE)
		return h->row;
	n = add_row(w, member, n, v->rule);
	for (i = 0; i < v->nmatch; i++)
		n = add_row(w, member, n, v->match[i]);
	n = add_row(w, member, n, v->nat);
	if (n < 2)
		return n == 0 ? ARENA_NONE : member[0];
	return set_row(w, member, n);
}

/* What a half's rule says of lines and record. */
static void
add_options(const struct half *h, struct record_spec *s, unsigned bound_sides)
{
	const struct prule *r = half_rule(h);
	unsigned i;

	if (h->row == ARENA_NONE && h->verdict.log & RLOG_ALL)
		s->cold_flags |= COLD_LOG_ALL;
	if (action_every(&h->action))
		s->line_flags[0] = s->line_flags[1] |= LINE_SLOW;
	if (r == NULL || !r->allow_opts)
		s->cold_flags &= (uint8_t)~COLD_ALLOWOPTS;
	if (r == NULL)
		return;
	if (r->sflags & PR_NOSYNC)
		s->cold_flags |= COLD_NOSYNC;
	if (r->sflags & PR_PFLOW)
		s->cold_flags |= COLD_PFLOW;
	for (i = 0; i < 2; i++) {
		if (r->sflags & PR_SLOPPY)
			s->line_flags[i] |= LINE_SLOPPY;
		if (r->sflags & PR_IFBOUND && bound_sides & 1u << i)
			s->line_flags[i] |= LINE_IFBOUND;
	}
}

/* Is this a record that was never established? */
static bool
half_open(struct worker *w, uint32_t index)
{
	switch (wheel_class(w->arena, index)) {
	case TM_TCP_FIRST:
	case TM_TCP_OPENING:
		return true;
	case TM_UDP_FIRST:
	case TM_UDP_SINGLE:
	case TM_ICMP_FIRST:
	case TM_OTHER_FIRST:
	case TM_OTHER_SINGLE:
		return load_relaxed(&arena_line(w->arena,
		    index * 2 + 1)->state) == OTHER_NOTHING;
	default:
		return false;
	}
}

/*
 * make_room() - End the oldest of a few half-open records, from a random place
 * on; was there one?
 */
static bool
make_room(struct worker *w)
{
	uint32_t top = arena_top(w->arena), oldest = UINT32_MAX, victim = 0;
	uint32_t i, index, created, found = 0;

	if (top == 0)
		return false;
	index = random_scale(random_u32(&w->rnd), top);
	for (i = 0; i < ROOM_SCAN && i < top && found < ROOM_LOOK; i++) {
		if (++index >= top)
			index = 0;
		if (!statetab_live(w->arena, index) || !half_open(w, index))
			continue;
		found++;
		created = load_relaxed(&arena_cold(w->arena, index)->created);
		if (created < oldest) {
			oldest = created;
			victim = index;
		}
	}
	return found > 0 && record_end(w, victim);
}

static int
make(struct worker *w, const struct pdesc *pd, const struct record_spec *s)
{
	int error;

	error = record_make(w, pd, s);
	if (error == -ENOSPC && make_room(w))
		error = record_make(w, pd, s);
	switch (error) {
	case 0:
		return 0;
	case -EEXIST:
	case -EAGAIN:
		return WALK_AGAIN;
	case -EINVAL:
		return REASON_STATEINS;
	case -EDQUOT:
		return REASON_MAXSTATES;
	default:
		return REASON_MEMORY;
	}
}

/* Where the packets of each side are to go by the rule of a half. */
static void
add_way(const struct half *h, struct record_spec *s)
{
	const struct way *way = &h->way;

	if (way->kind == WAY_ROUTE || way->kind == WAY_DUP)
		s->way[0] = *way;
	if (way->kind == WAY_REPLY || way->kind == WAY_DUP)
		s->way[1] = *way;
	if (way->kind == WAY_DUP)
		s->line_flags[0] = s->line_flags[1] |= LINE_SLOW;
}

/* One half as a record of its own. */
static int
make_half(struct worker *w, const struct pdesc *pd, const struct half *h)
{
	unsigned which = h->dir == DIR_OUT;
	struct record_spec s = {
		.kind = which ? RECORD_HALF_OUT : RECORD_HALF_IN,
		.cold_flags = COLD_ALLOWOPTS,
		.egress = { h->ifidx, h->ifidx },
		.row = { ARENA_NONE, ARENA_NONE },
		.before = &h->before,
		.after = &h->after,
		.tag = h->tag,
	};
	struct tuple known;

	/* The router has to look for the other half as well; a neighbour
	 * that is known by another address is no translation. */
	if (w->ifs->router || pd->flags & PD_ND)
		s.line_flags[0] = s.line_flags[1] = LINE_SLOW;
	if (pd->flags & PD_ND) {
		pdesc_known_as(pd, &known);
		s.before = s.after = &known;
	}
	add_options(h, &s, 3);
	add_way(h, &s);
	if (s.way[0].kind != WAY_NONE || s.way[1].kind != WAY_NONE)
		s.line_flags[0] = s.line_flags[1] |= LINE_SLOW;
	s.row[which] = half_row(w, h);
	s.node[which] = h->way.node;
	return make(w, pd, &s);
}

/* Where replies to the first packet's sender leave. */
static uint16_t
reply_if(const struct worker *w, const struct pdesc *pd, const struct half *in,
    const struct record_spec *s)
{
	const struct prule *r = half_rule(in);
	struct route rt;

	if (s->way[1].kind == WAY_REPLY)
		return s->way[1].ifidx;
	if (r != NULL && r->sflags & PR_IFBOUND)
		return in->ifidx;
	if (!ifset_route(w->ifs, pd->af, &in->before.src, &rt) ||
	    worker_iface(w, rt.ifidx) == NULL)
		return in->ifidx;
	return rt.ifidx;
}

static int
make_forward(struct worker *w, const struct pdesc *pd, const struct walk *k)
{
	struct record_spec s = {
		.kind = RECORD_FORWARD,
		.cold_flags = COLD_ALLOWOPTS,
		.before = &k->in.before,
		.after = &k->out.after,
		.tag = k->in.tag,
	};

	/* the half that a packet passes last has the last word */
	add_way(&k->in, &s);
	add_way(&k->out, &s);
	if (k->in.way.kind == WAY_REPLY)
		s.way[1] = k->in.way;
	s.egress[0] = k->out_if;
	s.egress[1] = reply_if(w, pd, &k->in, &s);
	if (!tuple_same_src(&k->in.before, &k->in.after))
		s.cold_flags |= COLD_SRC_IN;
	if (!tuple_same_dst(&k->out.before, &k->out.after))
		s.cold_flags |= COLD_DST_OUT;
	add_options(&k->in, &s, 1);
	add_options(&k->out, &s, 2);
	/* bound to where it came in, and not to where its replies go */
	if (s.egress[1] != k->in.ifidx)
		s.line_flags[0] &= (uint8_t)~LINE_IFBOUND;
	s.row[0] = half_row(w, &k->in);
	s.row[1] = half_row(w, &k->out);
	s.node[0] = k->in.way.node;
	s.node[1] = k->out.way.node;
	return make(w, pd, &s);
}

/* Does each half change sides that the other leaves alone? */
static bool
composable(const struct walk *k)
{
	const struct half *i = &k->in, *o = &k->out;

	return (tuple_same_src(&i->before, &i->after) ||
	    tuple_same_src(&o->before, &o->after)) &&
	    (tuple_same_dst(&i->before, &i->after) ||
	    tuple_same_dst(&o->before, &o->after));
}

int
first_states(struct worker *w, struct pdesc *pd, struct walk *k)
{
	bool in = k->in.kind == HALF_NEW, out = k->out.kind == HALF_NEW;
	int reason = 0;

	if (in && out && composable(k)) {
		if ((reason = make_forward(w, pd, k)) == 0)
			k->in.kind = k->out.kind = HALF_STATE;
		return reason;
	}
	if (in && (reason = make_half(w, pd, &k->in)) == 0)
		k->in.kind = HALF_STATE;
	if (out && reason == 0 && (reason = make_half(w, pd, &k->out)) == 0)
		k->out.kind = HALF_STATE;
	return reason;
}
