/* SPDX-License-Identifier: ISC */
/*
 * Queues: definitions one by one, and the checks of the whole tree when all
 * are read.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"

#define QLIMIT_DEFAULT 50	/* packets */

static struct queue *
find(const struct build *b, const char *name)
{
	struct queue *q;

	for (q = b->rs->queues; q != NULL; q = q->next)
		if (strcmp(q->name, name) == 0)
			return q;
	return NULL;
}

/* A rate: a number and K, M or G, and perhaps b, B, bit or Bit. */
static bool
rate(struct build *b, const struct ast *w, uint64_t *out)
{
	static const struct { char letter; uint64_t unit; } units[] = {
		{ 'K', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 },
	};
	uint64_t unit = 1;
	double v;
	char *end;
	size_t i;

	v = strtod(w->s, &end);
	for (i = 0; i < nitems(units); i++)
		if (*end == units[i].letter) {
			unit = units[i].unit;
			end++;
			break;
		}
	if (strcmp(end, "%") == 0) {
		diag_error(b->diag, &w->loc, "bandwidth in %% is not "
		    "supported");
		return false;
	}
	if (end == w->s || (*end != '\0' && strcasecmp(end, "b") != 0 &&
	    strcmp(end, "bit") != 0 && strcmp(end, "Bit") != 0)) {
		diag_error(b->diag, &w->loc, "invalid bandwidth %s", w->s);
		diag_hint(b->diag, "expected a number with K, M or G, such as "
		    "10M");
		return false;
	}
	if (!(v > 0) || v * (double)unit > 9e18) {
		diag_error(b->diag, &w->loc, "bandwidth out of range: %s",
		    w->s);
		return false;
	}
	*out = (uint64_t)(v * (double)unit + 0.5);
	return true;
}

static bool
bandwidth(struct build *b, const struct ast *p, struct queue_rate *r)
{
	unsigned long ms;
	char *end;

	if (r->rate != 0) {
		diag_error(b->diag, &p->loc, "bandwidth cannot be "
		    "respecified");
		return false;
	}
	if (!rate(b, p->a->a, &r->rate))
		return false;
	if (p->a->b == NULL)
		return true;
	if (!rate(b, p->a->b, &r->burst))
		return false;
	ms = strtoul(p->a->c->s, &end, 10);
	if (end == p->a->c->s || strcmp(end, "ms") != 0 || ms < 1 ||
	    ms > 3600000) {
		diag_error(b->diag, &p->a->c->loc, "burst time must be like "
		    "100ms");
		return false;
	}
	r->burst_ms = (uint32_t)ms;
	return true;
}

static bool
part(struct build *b, const struct ast *p, struct queue *q)
{
	int64_t v;

	switch (p->op) {
	case Q_ON:
		if (strlen(p->a->s) > RULE_IFNAME_MAX ||
		    host_if_find(b->host, p->a->s) == NULL) {
			diag_error(b->diag, &p->a->loc, "not an interface: %s",
			    p->a->s);
			return false;
		}
		q->ifname = p->a->s;
		return true;
	case Q_PARENT:
		q->parent = p->a->s;
		return true;
	case Q_BANDWIDTH:
		return bandwidth(b, p, &q->bandwidth);
	case Q_MIN:
		return bandwidth(b, p, &q->min);
	case Q_MAX:
		return bandwidth(b, p, &q->max);
	case Q_FLOWS:
		if (!number_in(b, p->a, 1, 32767, "number of flows", &v))
			return false;
		q->flows = (uint32_t)v;
		return true;
	case Q_QUANTUM:
		if (!number_in(b, p->a, 1, 65535, "quantum", &v))
			return false;
		q->quantum = (uint32_t)v;
		return true;
	case Q_QLIMIT:
		if (!number_in(b, p->a, 0, 65535, "qlimit", &v))
			return false;
		q->qlimit = (uint32_t)v;
		q->qlimit_set = true;
		return true;
	case Q_DEFAULT:
		q->is_default = true;
		return true;
	default:
		diag_error(b->diag, &p->loc,
		    "ALTQ is not supported, use 'queue'");
		return false;
	}
}

static bool
check(struct build *b, const struct ast_stmt *st, struct queue *q)
{
	const struct queue *o;

	if (q->parent == NULL && q->ifname == NULL) {
		diag_error(b->diag, b->at, "root queue without interface");
		return false;
	}
	if (q->parent != NULL && q->ifname != NULL) {
		diag_error(b->diag, b->at, "a queue with a parent takes the "
		    "interface of its root");
		return false;
	}
	if (q->bandwidth.rate == 0 && q->flows == 0) {
		diag_error(b->diag, b->at,
		    "no bandwidth or flow specification");
		return false;
	}
	if (q->quantum != 0 && q->flows == 0) {
		diag_error(b->diag, b->at, "quantum needs flows");
		return false;
	}
	if ((o = find(b, q->name)) != NULL) {
		diag_error(b->diag, &st->word->loc, "queue %s is defined "
		    "twice", q->name);
		origin_note(b, &o->origin, "the first one is here");
		return false;
	}
	for (o = b->rs->queues; o != NULL && q->parent == NULL; o = o->next)
		if (o->parent == NULL && strcmp(o->ifname, q->ifname) == 0) {
			diag_error(b->diag, b->at, "interface %s has a root "
			    "queue already: %s", q->ifname, o->name);
			origin_note(b, &o->origin, "it is defined here");
			return false;
		}
	return true;
}

void
build_queue(struct build *b, const struct ast_stmt *st)
{
	struct queue *q = zone_alloc(b->zone, sizeof(*q));
	const struct ast *p;
	bool ok = true;

	if (b->anchor != b->rs->root) {
		diag_error(b->diag, b->at, "queues cannot be defined in "
		    "anchors");
		return;
	}
	if (strlen(st->word->s) > RULE_QUEUE_NAME_MAX) {
		diag_error(b->diag, &st->word->loc, "queue name too long "
		    "(max %d chars)", RULE_QUEUE_NAME_MAX);
		return;
	}
	q->name = st->word->s;
	q->qlimit = QLIMIT_DEFAULT;
	q->origin = build_origin(b, b->at);
	for (p = st->args; p != NULL && ok; p = p->next)
		ok = part(b, p, q);
	if (!ok || !check(b, st, q)) {
		q->next = b->queues_failed;
		b->queues_failed = q;
		return;
	}
	if (b->queues_tail != NULL)
		b->queues_tail->next = q;
	else
		b->rs->queues = q;
	b->queues_tail = q;
}

/* Was there a mistake in its statement?  Then enough is said. */
static bool
failed(const struct build *b, const char *name)
{
	const struct queue *q;

	for (q = b->queues_failed; q != NULL; q = q->next)
		if (strcmp(q->name, name) == 0)
			return true;
	return false;
}

/* An error about a queue, which stands here. */
static void
queue_error(struct build *b, const struct queue *q, const char *fmt)
{
	char *text = zone_printf(b->zone, fmt, q->name);

	diag_error(b->diag, NULL, "%s", text);
	origin_note(b, &q->origin, "queue %s is here", q->name);
}

static void
link_children(struct build *b)
{
	struct queue *q, **pp;

	for (q = b->rs->queues; q != NULL; q = q->next) {
		if (q->parent == NULL)
			continue;
		if ((q->parent_queue = find(b, q->parent)) == NULL &&
		    failed(b, q->parent))
			continue;
		if (q->parent_queue == NULL) {
			diag_error(b->diag, NULL, "queue %s: parent %s not "
			    "found", q->name, q->parent);
			origin_note(b, &q->origin, "queue %s is here",
			    q->name);
			continue;
		}
		for (pp = &q->parent_queue->children; *pp != NULL;
		    pp = &(*pp)->sibling)
			continue;
		*pp = q;
	}
}

static bool
has_default(const struct queue *q)
{
	const struct queue *c;

	for (c = q->children; c != NULL; c = c->sibling)
		if (has_default(c))
			return true;
	return q->is_default;
}

static void
check_tree(struct build *b, const struct queue *q)
{
	if (q->parent != NULL && q->bandwidth.rate == 0)
		queue_error(b, q, "queue %s: no bandwidth was specified");
	if (q->children != NULL && q->flows != 0)
		queue_error(b, q, "flow queue %s is not a leaf queue");
	else if (q->children != NULL && q->is_default)
		queue_error(b, q, "default queue %s is not a leaf queue");
	/* one with a mistake may have been the default */
	if (q->parent == NULL && q->flows == 0 && !has_default(q) &&
	    b->queues_failed == NULL)
		queue_error(b, q, "no default queue specified for %s");
}

static void
check_name(struct build *b, const struct rule *r, const char *name)
{
	const struct queue *q;

	if (name == NULL)
		return;
	if ((q = find(b, name)) == NULL && failed(b, name))
		return;
	if (q == NULL)
		diag_error(b->diag, NULL, "queue %s is not defined", name);
	else if (q->children != NULL)
		diag_error(b->diag, NULL, "queue %s is not a leaf queue",
		    name);
	else
		return;
	origin_note(b, &r->origin, "this rule names it");
}

static int
check_names(const struct rule *r, const struct anchor *a, void *arg)
{
	(void)a;
	check_name(arg, r, r->set.queue[0]);
	check_name(arg, r, r->set.queue[1]);
	return 0;
}

/* Loops of parents were never linked to a root, so walking ends. */
static bool
rooted(const struct queue *q)
{
	const struct queue *p;
	unsigned n = 0;

	for (p = q; p != NULL && n < 100000; p = p->parent_queue, n++)
		if (p->parent == NULL)
			return true;
	return false;
}

void
queues_check(struct build *b)
{
	const struct queue *q;
	unsigned errors = diag_errors(b->diag);

	link_children(b);
	for (q = b->rs->queues; q != NULL; q = q->next)
		if (q->parent_queue != NULL && !rooted(q))
			queue_error(b, q, "queue %s is its own ancestor");
	if (diag_errors(b->diag) != errors)
		return;
	for (q = b->rs->queues; q != NULL; q = q->next)
		check_tree(b, q);
	if (!b->sub)
		ruleset_walk(b->rs, check_names, b);
}
