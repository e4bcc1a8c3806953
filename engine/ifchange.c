/* SPDX-License-Identifier: ISC */
/*
 * Reviewing records after a change of interfaces, addresses or routes.
 */
#include "engine/ifchange.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "engine/answer.h"
#include "engine/core.h"
#include "engine/fast/track.h"
#include "engine/record.h"
#include "engine/statetab.h"
#include "engine/way.h"

static void
add_gone(struct gone *g, const struct ifset *now, uint8_t af,
    const struct addr *a)
{
	uint16_t ifidx;

	if (now != NULL && ifset_local(now, af, a, &ifidx))
		return;
	g->a[g->n].af = af;
	g->a[g->n++].addr = *a;
}

struct gone *
ifchange_gone(const struct ifset *old, const struct ifset *now,
    const struct gone *also)
{
	uint32_t nold = old != NULL ? old->naddrs : 0, i;
	uint32_t nalso = also != NULL ? also->n : 0;
	struct gone *g;

	g = malloc(sizeof(*g) + (nold + nalso) * sizeof(g->a[0]));
	if (g == NULL)
		return NULL;
	g->n = 0;
	for (i = 0; i < nold; i++)
		add_gone(g, now, old->addrs[i].af, &old->addrs[i].addr);
	for (i = 0; i < nalso; i++)
		add_gone(g, now, also->a[i].af, &also->a[i].addr);
	return g;
}

struct gone *
ifchange_left(const struct arena *a)
{
	const struct arena_own *own = a->own;
	uint32_t n = own->n < ARENA_OWN ? own->n : ARENA_OWN, i;
	struct gone *g;

	if ((g = malloc(sizeof(*g) + n * sizeof(g->a[0]))) == NULL)
		return NULL;
	g->n = n;
	for (i = 0; i < n; i++) {
		g->a[i].af = own->a[i].af;
		g->a[i].addr = own->a[i].addr;
	}
	return g;
}

static void
leave_one(struct arena_own *own, uint32_t *n, uint8_t af,
    const struct addr *a)
{
	if (*n == ARENA_OWN)
		return;
	own->a[*n].af = af;
	own->a[(*n)++].addr = *a;
}

void
ifchange_leave(struct arena *a, const struct ifset *now,
    const struct gone *gone)
{
	uint32_t n = 0, i;

	store_release(&a->own->n, 0);
	for (i = 0; now != NULL && i < now->naddrs; i++)
		leave_one(a->own, &n, now->addrs[i].af, &now->addrs[i].addr);
	for (i = 0; i < gone->n; i++)
		leave_one(a->own, &n, gone->a[i].af, &gone->a[i].addr);
	store_release(&a->own->n, n);
}

static bool
is_gone(const struct worker *w, uint8_t af, const struct addr *a)
{
	const struct gone *g = w->force->gone;
	uint32_t i;

	for (i = 0; g != NULL && i < g->n; i++)
		if (g->a[i].af == af && addr_equal(&g->a[i].addr, a))
			return true;
	return false;
}

static bool
iface_there(const struct worker *w, uint16_t ifidx)
{
	const struct iface *ifp = worker_iface(w, ifidx);

	return ifp != NULL && ifp->name[0] != '\0';
}

/* Is one side bound to an interface that is gone? */
static bool
bound_to_gone(const struct worker *w, uint32_t index)
{
	const struct line *l = arena_line(w->arena, index * 2);
	unsigned i;

	for (i = 0; i < 2; i++)
		if (load_relaxed(&l[i].flags) & LINE_IFBOUND &&
		    !iface_there(w, load_relaxed(&l[i ^ 1].egress)))
			return true;
	return false;
}

/* Which address that its translation borrowed is gone? */
enum borrowed { BORROWED_NONE, BORROWED_SOURCE, BORROWED_TARGET };

static enum borrowed
borrowed_gone(const struct worker *w, const struct record_key *before,
    const struct tuple *after)
{
	if (!addr_equal(&before->t.src, &after->src) &&
	    is_gone(w, before->af, &after->src))
		return BORROWED_SOURCE;
	if (!addr_equal(&before->t.dst, &after->dst) &&
	    is_gone(w, before->af, &before->t.dst))
		return BORROWED_TARGET;
	return BORROWED_NONE;
}

/*
 * Where the kernel routes, a forwarded connection may have its other half in
 * a record of its own, which knows nothing of the translation.
 */
static void
end_other_half(struct worker *w, uint32_t index, enum borrowed which,
    const struct record_key *before, const struct tuple *after)
{
	uint8_t kind = load_relaxed(&arena_cold(w->arena, index)->kind);
	struct record_key other = *before;
	uint32_t lref;

	if ((kind == RECORD_HALF_OUT) != (which == BORROWED_SOURCE) ||
	    kind == RECORD_FORWARD)
		return;
	other.dir = which == BORROWED_SOURCE ? DIR_IN : DIR_OUT;
	other.ifidx = 0;
	if (which == BORROWED_TARGET)
		other.t = *after;
	if ((lref = record_find(w, &other)) != ARENA_NONE)
		record_end(w, lref / 2);
}

/* The connection ends, and who can be told is told. */
static void
end_borrower(struct worker *w, uint32_t index, enum borrowed which,
    const struct record_key *before, const struct tuple *after)
{
	end_other_half(w, index, which, before, after);
	answer_gone(w, index, which == BORROWED_SOURCE);
	if (record_end(w, index))
		count_add(&w->count.reason[REASON_IFDOWN], 1);
}

/* Has a rule set where the packets of a line go? */
static bool
has_way(const struct worker *w, uint32_t lref)
{
	struct way way;

	return way_load(w->arena, lref, &way) && way.kind == WAY_ROUTE;
}

static bool
review_routes(struct worker *w, uint32_t index, const struct record_key *before,
    const struct tuple *after)
{
	const struct line *l = arena_line(w->arena, index * 2);
	struct cold *c = arena_cold(w->arena, index);
	struct route rt;

	if (!has_way(w, index * 2) &&
	    ifset_route(w->ifs, before->af, &after->dst, &rt) &&
	    rt.ifidx != load_relaxed(&l[0].egress)) {
		if (!record_turn(w->arena, index * 2, LINE_SLOW,
		    load_relaxed(&l[0].egress)))
			return false;
		__atomic_fetch_or(&c->flags, COLD_REROUTE, __ATOMIC_RELAXED);
	}
	if (load_relaxed(&l[0].flags) & LINE_IFBOUND ||
	    has_way(w, index * 2 + 1))
		return true;
	return !ifset_route(w->ifs, before->af, &before->t.src, &rt) ||
	    rt.ifidx == load_relaxed(&l[1].egress) ||
	    record_turn(w->arena, index * 2 + 1, 0, rt.ifidx);
}

/* Where packets of a half leave is to be learnt anew (through.c). */
static bool
forget_way(struct worker *w, uint32_t index)
{
	const struct line *l = arena_line(w->arena, index * 2);
	unsigned out = (load_relaxed(&l->af_dir) & LINE_OUT) == 0;

	return load_relaxed(&l[out].flags) & LINE_IFBOUND ||
	    record_turn(w->arena, index * 2 + out, 0, 0);
}

/*
 * What passed while nothing was filtered has moved the numbers of TCP on: its
 * sides are picked up anew.
 */
static bool
loosen(struct worker *w, uint32_t index)
{
	struct line *l = arena_line(w->arena, index * 2);
	struct tcp_side s;
	bool done = true;
	unsigned i;

	if (load_relaxed(&l->proto) != IPPROTO_TCP)
		return true;
	for (i = 0; i < 2; i++) {
		if (!seq_enter(&l[i].seq)) {
			done = false;
			continue;
		}
		line_load(&l[i], &s);
		if (s.state != LINE_DEAD && tcp_said(&s) != SAID_NOTHING) {
			s.state |= SAID_LOOSE;
			line_put(&l[i], &s);
		}
		seq_leave(&l[i].seq);
	}
	return done;
}

bool
ifchange_review(struct worker *w, uint32_t index)
{
	const struct cold *c = arena_cold(w->arena, index);
	struct record_key before;
	struct tuple after;
	enum borrowed which;
	bool done = true;

	if (!statetab_live(w->arena, index) ||
	    load_relaxed(&c->worker) != w->index)
		return true;
	if ((int32_t)(w->force->loosen - w->ifseen) > 0)
		done = loosen(w, index);
	record_before(w->arena, index * 2, &before);
	record_after(w->arena, index * 2, &after);
	if ((which = borrowed_gone(w, &before, &after)) != BORROWED_NONE) {
		end_borrower(w, index, which, &before, &after);
	} else if (bound_to_gone(w, index)) {
		if (record_end(w, index))
			count_add(&w->count.reason[REASON_IFDOWN], 1);
	} else if (w->ifs->router &&
	    load_relaxed(&c->kind) == RECORD_FORWARD) {
		done &= review_routes(w, index, &before, &after);
	} else if (!w->ifs->router) {
		done &= forget_way(w, index);
	}
	return done;
}
