/* SPDX-License-Identifier: ISC */
/*
 * Evaluating a program for one packet.
 *
 * The classifier gives the rules of a section whose constant conditions hold,
 * in order.  This file asks the rest of those only, and does what pf does
 * with a rule that matches.
 *
 * Anchors: the contents of an anchor lie behind its own rule, up to its end.
 * A stack holds the anchors that were entered.  A candidate whose anchor is
 * not on top of the stack (after those that ended before it have gone) stands
 * in an anchor that did not match, and all the contents are passed over.
 *
 * Translation by a match rule changes the packet: the key is made anew, and
 * the classifier is asked again from the next rule on.
 *
 * What a lookup in a table, or of a route, said about an address is kept
 * until the packet is translated.
 */
#include "engine/classify.h"
#include "engine/fast/atomic.h"
#include "engine/ifbind.h"
#include "engine/progmem.h"
#include "engine/registry.h"
#include "engine/table.h"

#include <string.h>

#define ANCHORS_MAX 65		/* 64 inside each other, and the root */
#define ASKED_MAX 32

/* An anchor that was entered. */
struct entered {
	uint32_t rule, end;
	bool matched;		/* a pass or block rule in it */
};

/* An answer that is kept: which condition, which side. */
struct asked {
	uint32_t ref;
	uint8_t kind, side;
	bool yes;
};

struct eval {
	const struct program *pg;
	const struct prog_env *env;
	struct pdesc *pd;
	struct verdict *v;
	struct pkey key;
	uint32_t random;	/* of the next probability */
	bool owner_asked;
	uint32_t uid, gid;
	unsigned nasked;
	struct asked asked[ASKED_MAX];
	unsigned depth;
	struct entered stack[ANCHORS_MAX];
	uint32_t last;		/* pass or block rule that matched last */
};

/* What the end of one rule's work means for the search. */
enum next { NEXT_RULE, NEXT_AGAIN, NEXT_STOP };

static bool
routed_back(const struct eval *e, const struct addr *a)
{
	struct route rt;

	return ifset_route(e->env->ifs, e->pd->af, a, &rt) &&
	    rt.ifidx == e->pd->ifidx;
}

/* Ask the world about one address. */
static bool
ask_world(const struct eval *e, uint8_t kind, uint32_t ref,
    const struct addr *a)
{
	struct route rt;

	switch (kind) {
	case COND_TABLE:
		return e->env->tables != NULL && table_match(e->env->tables,
		    e->env->worker, ref, e->pd->af, a);
	case COND_DYNIF:
		return ifbind_dyn_match(e->env->bind, ref, e->pd->af, a);
	case COND_NOROUTE:
		return !ifset_route(e->env->ifs, e->pd->af, a, &rt);
	case COND_URPF:
		return !routed_back(e, a);
	default:
		return true;
	}
}

/* The same, once for each packet. */
static bool
ask(struct eval *e, uint8_t kind, uint32_t ref, uint8_t side)
{
	struct asked *q = e->asked;
	unsigned i;
	bool yes;

	for (i = 0; i < e->nasked; i++)
		if (q[i].ref == ref && q[i].kind == kind && q[i].side == side)
			return q[i].yes;
	yes = ask_world(e, kind, ref, side == 0 ? &e->pd->cur.src :
	    &e->pd->cur.dst);
	if (e->nasked < ASKED_MAX)
		q[e->nasked++] = (struct asked){ ref, kind, side, yes };
	return yes;
}

static bool
chance(struct eval *e, uint32_t probability)
{
	e->random = program_random(e->random);
	return e->random < probability;
}

/* Whose socket?  Asked once, for the addresses that the packet has now. */
static void
ask_owner(struct eval *e)
{
	if (e->owner_asked)
		return;
	e->owner_asked = true;
	e->uid = e->gid = OWNER_NOBODY;
	if (e->env->owner != NULL)
		e->env->owner(e->env->owner_arg, e->pd, &e->uid, &e->gid);
}

static bool
match_owner(const struct mowner *m, uint32_t id)
{
	bool in;

	if (id == OWNER_NOBODY)
		return (m->bits & MO_NOBODY) != 0;
	in = (m->bits & MO_NEVER) == 0 && id - m->first <= m->span;
	return in != ((m->bits & MO_NEG) != 0);
}

static bool
match_owners(struct eval *e, const struct mdyn *d)
{
	if (((d->user.bits | d->group.bits) & MO_SET) == 0)
		return true;
	ask_owner(e);
	if (d->user.bits & MO_SET && !match_owner(&d->user, e->uid))
		return false;
	return (d->group.bits & MO_SET) == 0 || match_owner(&d->group, e->gid);
}

/* Do the conditions hold that the text does not fix? */
static bool
match_dyn(struct eval *e, const struct mdyn *d)
{
	const uint64_t *row;

	if (d->skind != COND_ANY && ask(e, d->skind, d->sref, 0) == d->sneg)
		return false;
	if (d->dkind != COND_ANY && ask(e, d->dkind, d->dref, 1) == d->dneg)
		return false;
	if (d->tag != 0 && (e->pd->tag == d->tag) == d->tag_neg)
		return false;
	if (d->received_on != 0) {
		row = ifbind_row(e->env->bind, e->pd->received_on);
		if ((row[d->received_on / 64] >> d->received_on % 64 & 1) == 0)
			return false;
	}
	if (d->prio != 0 && e->pd->prio != d->prio - 1)
		return false;
	if (!match_owners(e, d))
		return false;
	return d->probability == 0 || chance(e, d->probability);
}

/* What a rule sets on the packet. */
static void
add_sets(struct verdict *v, const struct prule *p)
{
	v->sets = true;
	if (p->set_tos >= 0)
		v->set_tos = p->set_tos;
	if (p->set_prio[0] >= 0) {
		v->set_prio[0] = p->set_prio[0];
		v->set_prio[1] = p->set_prio[1];
	}
	if (p->min_ttl != 0)
		v->min_ttl = p->min_ttl;
	if (p->max_mss != 0)
		v->max_mss = p->max_mss;
	if (p->mark != 0)
		v->mark = p->mark;
	steer_add(&v->steer, &p->steer);
	v->scrub |= p->scrub;
}

/* What match rules, and the last rule, add. */
static void
add_actions(struct verdict *v, const struct prule *p)
{
	v->log |= p->log;
	if (p->sets)
		add_sets(v, p);
}

/* Translate now; the rules behind see the packet as it is then. */
static enum next
translate(struct eval *e, uint32_t rule)
{
	enum reason why;

	if ((why = e->env->xlate(e->env->xlate_arg, e->pd, e->pg, rule)) !=
	    REASON_MATCH) {
		e->v->action = PRULE_BLOCK;
		e->v->reason = why;
		e->v->rule = rule;
		return NEXT_STOP;
	}
	e->v->nat = rule;
	e->nasked = 0;
	e->owner_asked = false;
	pkey_update(&e->key, e->pd);
	return NEXT_AGAIN;
}

static enum next
match_rule(struct eval *e, const struct prule *p, uint32_t rule)
{
	if (e->v->nmatch < PROG_MATCHES)
		e->v->match[e->v->nmatch++] = rule;
	add_actions(e->v, p);
	if (prule_translates(p) && e->env->xlate != NULL)
		return translate(e, rule);
	return NEXT_RULE;
}

/* A rule of a classic translation ruleset: the first match ends it. */
static enum next
nat_rule(struct eval *e, const struct prule *p, uint32_t rule)
{
	if (p->action == PRULE_NONAT || p->action == PRULE_NORDR ||
	    p->action == PRULE_NOBINAT)
		return NEXT_STOP;
	if (p->natpass) {
		e->last = rule;
		e->v->log |= p->log;
	}
	if (e->env->xlate != NULL)
		translate(e, rule);
	return NEXT_STOP;
}

static enum next
rule_matched(struct eval *e, uint32_t rule)
{
	const struct prule *p = prog_rules(e->pg) + rule;

	if (p->tag != 0)
		e->pd->tag = p->tag;
	switch (p->action) {
	case PRULE_ANCHOR:
		if (e->depth < ANCHORS_MAX)
			e->stack[e->depth++] = (struct entered){ rule,
			    prog_match(e->pg)[rule].end, false };
		return NEXT_RULE;
	case PRULE_MATCH:
		return match_rule(e, p, rule);
	case PRULE_PASS:
	case PRULE_BLOCK:
		e->last = rule;
		if (e->depth > 0)
			e->stack[e->depth - 1].matched = true;
		return p->quick ? NEXT_STOP : NEXT_RULE;
	default:
		return nat_rule(e, p, rule);
	}
}

/*
 * leave_anchors() - Leave those that end before a rule
 *
 * Return: true if a quick one was left in which a rule had matched.
 */
static bool
leave_anchors(struct eval *e, uint32_t rule)
{
	struct entered *top;

	while (e->depth > 0) {
		top = &e->stack[e->depth - 1];
		if (rule < top->end)
			return false;
		e->depth--;
		if (!top->matched)
			continue;
		if (prog_rules(e->pg)[top->rule].quick)
			return true;
		if (e->depth > 0)
			e->stack[e->depth - 1].matched = true;
	}
	return false;
}

/*
 * outside() - Is a rule in an anchor that was not entered?
 *
 * Return: where that anchor's contents end; 0: no, the rule's turn has come.
 */
static uint32_t
outside(const struct eval *e, uint32_t rule)
{
	uint32_t top = e->depth > 0 ? e->stack[e->depth - 1].rule : PROG_NONE;
	uint32_t a = prog_rules(e->pg)[rule].anchor, up;

	if (a == top)
		return 0;
	while ((up = prog_rules(e->pg)[a].anchor) != top)
		a = up;
	return prog_match(e->pg)[a].end;
}

/* Bits of rules that stand in no anchor and ask nothing more. */
#define M_SIMPLE (M_PLAIN | M_FINAL)

static void
count(const struct eval *e, uint32_t rule)
{
	uint64_t *n;

	if (e->env->counts == NULL)
		return;
	n = &e->env->counts[prog_rules(e->pg)[rule].row].evaluations;
	store_relaxed(n, load_relaxed(n) + 1);
}

/* One rule whose constant conditions hold. */
static enum next
try_rule(struct eval *e, uint32_t rule, uint16_t bits)
{
	uint32_t dyn;

	count(e, rule);
	if ((bits & M_SIMPLE) == 0) {
		dyn = prog_match(e->pg)[rule].dyn;
		if (dyn != PROG_NONE && !match_dyn(e, prog_dyn(e->pg) + dyn))
			return NEXT_RULE;
	}
	return rule_matched(e, rule);
}

/*
 * overruled() - Does a rule's match leave no trace because the next candidate
 * decides over it?
 */
static bool
overruled(struct eval *e, const struct cands *c, uint32_t i)
{
	if ((c->bits[i] & M_PLAIN) == 0 || i + 1 == c->n ||
	    (c->bits[i + 1] & M_SIMPLE) == 0)
		return false;
	count(e, c->v[i]);
	return true;
}

/*
 * eval_plain() - A section without a classifier: its rules in turn
 */
static void
eval_plain(struct eval *e, const struct section *sec)
{
	const struct mrule *m = prog_match(e->pg);
	uint32_t rule = sec->first, skip;

	e->depth = 0;
	for (; rule < sec->end; rule = skip != 0 ? skip : rule + 1) {
		skip = 0;
		if (!pkey_match(e->pg, &m[rule], &e->key))
			continue;
		if (e->depth > 0 && leave_anchors(e, rule))
			return;
		if ((m[rule].bits & M_SIMPLE) == 0)
			skip = outside(e, rule);
		if (skip == 0 &&
		    try_rule(e, rule, m[rule].bits) == NEXT_STOP)
			return;
	}
}

/*
 * eval_cands() - Candidates in turn, from rule *from on
 *
 * Sets *from behind the last one that has had its turn.
 */
static enum next
eval_cands(struct eval *e, const struct cands *c, uint32_t *from)
{
	enum next next = NEXT_RULE;
	uint32_t rule, skip, i;

	for (i = 0; i < c->n && next == NEXT_RULE; i++) {
		rule = c->v[i];
		if (rule < *from)
			continue;
		if (e->depth > 0 && leave_anchors(e, rule))
			return NEXT_STOP;
		if ((c->bits[i] & M_SIMPLE) == 0 &&
		    (skip = outside(e, rule)) != 0) {
			*from = skip;
			continue;
		}
		*from = rule + 1;
		if (!overruled(e, c, i))
			next = try_rule(e, rule, c->bits[i]);
	}
	return next;
}

static void
eval_section(struct eval *e, const struct section *sec)
{
	uint32_t from = sec->first;
	enum next next;
	struct cands c;

	if (sec->base == 0) {
		eval_plain(e, sec);
		return;
	}
	e->depth = 0;
	do {
		classify(e->pg, sec, &e->key, from, &c);
		next = eval_cands(e, &c, &from);
	} while (next == NEXT_AGAIN || (next == NEXT_RULE && c.more));
}

/* The classic rulesets: binat, then rdr or nat. */
static void
eval_nat(struct eval *e)
{
	const struct section *sec = e->pg->section;
	unsigned other = e->pd->dir == DIR_IN ? SECTION_RDR : SECTION_NAT;

	if (sec[SECTION_BINAT].first != sec[SECTION_BINAT].end)
		eval_section(e, &sec[SECTION_BINAT]);
	if (e->v->nat == PROG_NONE && e->v->reason == REASON_MATCH &&
	    e->last == PROG_NONE && sec[other].first != sec[other].end)
		eval_section(e, &sec[other]);
}

/* What the deciding rule says. */
static void
decide(struct eval *e)
{
	struct verdict *v = e->v;
	const struct prule *p;

	v->tag = e->pd->tag;
	if (v->reason != REASON_MATCH)
		return;
	v->rule = e->last;
	if (e->last != PROG_NONE) {
		p = prog_rules(e->pg) + e->last;
		v->action = p->action == PRULE_BLOCK ? PRULE_BLOCK : PRULE_PASS;
		if (v->action == PRULE_PASS)
			v->keep = p->keep;
		if (!p->natpass)
			add_actions(v, p);
	}
	if (v->action == PRULE_PASS && v->nat != PROG_NONE &&
	    v->keep == STATE_NO)
		v->keep = STATE_KEEP;	/* a translation needs its state */
}

void
program_eval(const struct program *pg, const struct prog_env *env,
    struct pdesc *pd, struct verdict *v)
{
	struct eval e;

	memset(v, 0, offsetof(struct verdict, match));
	v->nmatch = 0;
	v->action = PRULE_PASS;
	v->reason = REASON_MATCH;
	v->rule = v->nat = PROG_NONE;
	v->set_tos = v->set_prio[0] = v->set_prio[1] = -1;
	v->min_ttl = v->max_mss = v->scrub = 0;
	v->sets = false;
	v->mark = 0;
	v->steer = (struct steer){ 0 };

	e.pg = pg;
	e.env = env;
	e.pd = pd;
	e.v = v;
	e.random = env->random;
	e.nasked = 0;
	e.owner_asked = false;
	e.last = PROG_NONE;
	pkey_init(&e.key, pd, env->bind);
	if (pg->section[SECTION_FILTER].first != 0)
		eval_nat(&e);
	if (v->reason == REASON_MATCH && e.last == PROG_NONE)
		eval_section(&e, &pg->section[SECTION_FILTER]);
	decide(&e);
}
