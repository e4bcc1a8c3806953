/* SPDX-License-Identifier: ISC */
/*
 * show rules, nat, labels: a walk over the plain rules in force.
 *
 * The cursor is the place in that walk.  Contents of inline anchors follow
 * their rule between braces; other anchors' only if they are asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/addr_count.h"
#include "engine/natd/live.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/registry.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define DEPTH_MAX 128

static const char *const class_names[] = {
	[RULE_CLASS_SCRUB] = "scrub", [RULE_CLASS_ETHER] = "ether",
	[RULE_CLASS_NAT] = "nat", [RULE_CLASS_RDR] = "rdr",
	[RULE_CLASS_BINAT] = "binat", [RULE_CLASS_FILTER] = "filter",
};

struct walk;
typedef void walk_fn(struct walk *, const struct rule *, const struct anchor *);

struct walk {
	struct session *s;
	const struct show_args *a;
	walk_fn *fn;
	bool (*want)(const struct rule *);
	int64_t nr;		/* of the top anchor; -1: all */
	bool recursive;
	int print_flags;
	uint64_t place, shown;	/* in the walk; in this portion */
	unsigned depth;
	bool full;
};

/* Is it this record's turn? */
static bool
walk_turn(struct walk *w)
{
	if (w->place++ < w->a->cursor || w->full)
		return false;
	if (w->shown == PROTO_PORTION) {
		w->full = true;
		w->place--;
		return false;
	}
	w->shown++;
	return true;
}

static void
rule_counts(const struct natd *natd, const struct revision_rule *rr,
    struct rule_counters *c)
{
	memset(c, 0, sizeof(*c));
	if (rr == NULL || rr->row == ROW_NONE)
		return;
	engine_rule_counters(natd->engine, rr->row, c);
	live_add(natd->live, rr->row, c);
}

static bool
rule_open(const struct walk *w, const struct rule *r)
{
	return r->action == RULE_ANCHOR && r->anchor != NULL &&
	    (r->anchor_inline || w->recursive) && w->depth + 1 < DEPTH_MAX;
}

static int
count_addr(void *arg, const struct rule_addr *a, uint8_t af)
{
	return addr_count(arg, a, af);
}

/* A rule's text, with the numbers behind tables and interfaces. */
static char *
rule_line(const struct walk *w, const struct rule *r)
{
	struct print_options o = { .flags = w->print_flags,
	    .count = count_addr, .arg = w->s->natd };
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	print_rule(f, r, &o);
	fclose(f);
	return text;
}

/* Fill a record; its text is malloc(3)ed. */
static int
rule_fill(struct walk *w, const struct rule *r, const struct anchor *a,
    struct show_rule *sr)
{
	const struct revision_rule *rr;
	struct rule_counters c;
	char *text, *brace;
	size_t len;

	if ((text = rule_line(w, r)) == NULL)
		return -ENOMEM;
	rr = revision_find(w->s->natd->rev, r->id);
	rule_counts(w->s->natd, rr, &c);
	*sr = (struct show_rule){
		.nr = r->nr, .id = r->id, .anchor = a->path,
		.id_digits = rr != NULL ? rr->digits : 0,
		.rclass = class_names[r->class], .text = text,
		.file = r->origin.file, .line = r->origin.line,
		.stmt = r->origin.stmt, .depth = w->depth,
		.open = rule_open(w, r), .evaluations = c.evaluations,
		.packets = { c.packets[0], c.packets[1] },
		.bytes = { c.bytes[0], c.bytes[1] },
		.states = c.states, .created = c.created,
		.uid = w->s->natd->rev->uid,
		.pid = (uint32_t)w->s->natd->rev->pid,
	};
	/* an anchor whose contents follow ends in a brace, any other not */
	len = strlen(text);
	if (!sr->open && len > 2 && strcmp(text + len - 2, " {") == 0)
		text[len - 2] = '\0';
	if (sr->open && (len < 2 || strcmp(text + len - 2, " {") != 0)) {
		if (asprintf(&brace, "%s {", text) < 0)
			brace = NULL;
		free(text);
		sr->text = brace;
	}
	return sr->text != NULL ? 0 : -ENOMEM;
}

static void
rule_write(struct walk *w, const struct rule *r, const struct anchor *a)
{
	struct show_rule sr;

	if (!walk_turn(w))
		return;
	if (rule_fill(w, r, a, &sr) != 0) {
		w->s->out.failed = true;
		return;
	}
	show_rule_write(&w->s->out, &sr);
	free((char *)(uintptr_t)sr.text);
}

/* A line that is no rule: around the contents of an anchor. */
static void
line_write(struct walk *w, unsigned class, const struct anchor *a,
    const char *text)
{
	const struct show_rule sr = {
		.nr = -1, .anchor = a->path, .rclass = class_names[class],
		.text = text, .depth = w->depth,
	};

	if (w->fn == rule_write && walk_turn(w))
		show_rule_write(&w->s->out, &sr);
}

static void
label_write(struct walk *w, const struct rule *r, const struct anchor *a)
{
	char labels[RULE_NLABELS * (RULE_LABEL_MAX + 1)] = "";
	struct rule_counters c;
	struct show_label sl;
	uint8_t i;

	(void)a;
	if (r->nlabels == 0 || !walk_turn(w))
		return;
	rule_counts(w->s->natd, revision_find(w->s->natd->rev, r->id), &c);
	for (i = 0; i < r->nlabels; i++) {
		strlcat(labels, i > 0 ? " " : "", sizeof(labels));
		strlcat(labels, r->label[i].text, sizeof(labels));
	}
	sl = (struct show_label){
		.label = labels, .evaluations = c.evaluations,
		.packets = { c.packets[0], c.packets[1] },
		.bytes = { c.bytes[0], c.bytes[1] },
		.states = c.states, .created = c.created,
	};
	show_label_write(&w->s->out, &sl);
}

static void walk_list(struct walk *, const struct anchor *, unsigned class);

/* The children that a wildcard stands for, each as the anchor that it is. */
static void
walk_children(struct walk *w, const struct anchor *of, unsigned class)
{
	char open[RULE_ANCHOR_NAME_MAX + 32];
	const struct anchor *a;

	for (a = of->children; a != NULL && !w->full; a = a->next) {
		snprintf(open, sizeof(open), "anchor \"%s\" all {", a->name);
		line_write(w, class, a, open);
		w->depth++;
		walk_list(w, a, class);
		w->depth--;
		line_write(w, class, a, "}");
	}
}

static void
walk_list(struct walk *w, const struct anchor *a, unsigned class)
{
	const struct rulelist *l = &a->rules[class];
	const struct rule *r;
	uint32_t i;

	for (i = 0; i < l->n && !w->full; i++) {
		r = l->v[i];
		if (w->nr >= 0 && w->depth == 0 && w->nr != r->nr)
			continue;
		if (w->want != NULL && !w->want(r))
			continue;
		w->fn(w, r, a);
		if (!rule_open(w, r))
			continue;
		w->depth++;
		if (r->anchor_wild)
			walk_children(w, r->anchor, class);
		else
			walk_list(w, r->anchor, class);
		w->depth--;
		line_write(w, class, a, "}");
	}
}

/* Does a filter rule translate? */
static bool
translates(const struct rule *r)
{
	return r->class != RULE_CLASS_FILTER || r->nat != NULL ||
	    r->rdr != NULL;
}

static void
show_walk(struct session *s, const struct show_args *a, walk_fn *fn,
    bool (*want)(const struct rule *), const uint8_t *classes, size_t n)
{
	struct walk w = { .s = s, .a = a, .fn = fn, .want = want };
	const struct anchor *an;
	bool services, numbers;
	uint64_t nr;
	size_t i;

	if (arg_bool(s, a->all, "recursive", &w.recursive) != 0 ||
	    arg_bool(s, a->all, "services", &services) != 0 ||
	    arg_bool(s, a->all, "numbers", &numbers) != 0 ||
	    arg_u64(s, a->all, "nr", UINT32_MAX, UINT32_MAX, &nr) != 0)
		return;
	if ((an = ruleset_anchor(s->natd->rev->rs, a->anchor)) == NULL) {
		answer_error(&s->out, PROTO_ERROR_MISSING,
		    "there is no anchor \"%.60s\"", a->anchor);
		return;
	}
	live_refresh(s->natd->live, s->natd);
	w.nr = nr == UINT32_MAX ? -1 : (int64_t)nr;
	w.print_flags = (services ? PRINT_SERVICES : 0) |
	    (numbers ? PRINT_NUMBERS : 0);
	for (i = 0; i < n; i++)
		walk_list(&w, an, classes[i]);
	if (w.full)
		answer_more_u64(&s->out, w.place);
	else
		answer_done(&s->out);
}

void
show_rules(struct session *s, const struct show_args *a)
{
	static const uint8_t classes[] = {
		RULE_CLASS_SCRUB, RULE_CLASS_FILTER,
	};

	show_walk(s, a, rule_write, NULL, classes, sizeof(classes));
}

void
show_nat(struct session *s, const struct show_args *a)
{
	static const uint8_t classes[] = {
		RULE_CLASS_NAT, RULE_CLASS_RDR, RULE_CLASS_BINAT,
		RULE_CLASS_FILTER,
	};

	show_walk(s, a, rule_write, translates, classes, sizeof(classes));
}

void
show_labels(struct session *s, const struct show_args *a)
{
	static const uint8_t classes[] = {
		RULE_CLASS_SCRUB, RULE_CLASS_NAT, RULE_CLASS_RDR,
		RULE_CLASS_BINAT, RULE_CLASS_FILTER,
	};

	show_walk(s, a, label_write, NULL, classes, sizeof(classes));
}
