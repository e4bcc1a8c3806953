/* SPDX-License-Identifier: ISC */
/*
 * Walking a ruleset in pf's order of evaluation.
 *
 * Each class of rules is a section of the program.  The contents of an anchor
 * stand behind its rule, so an anchor that is named twice stands there twice;
 * the copies share their rules' ids and so their counters.  A classic binat
 * rule becomes two, one for each direction, with one id.
 */
#include "rules/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/program.h"
#include "rules/compile_impl.h"
#include "rules/diag.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

void
compile_span(struct compile *c, const struct rule_origin *o, struct span *sp)
{
	rule_origin_span(c->diag, o, sp);
}

static int walk(struct compile *, const struct anchor *, int class,
    uint32_t in, unsigned depth);

/* The rulesets that an anchor rule names: one, or all children of one. */
static int
walk_anchor(struct compile *c, const struct rule *r, uint32_t in,
    unsigned depth)
{
	const struct anchor *a;
	struct span sp;
	int error;

	if (depth == COMPILE_DEPTH_MAX) {
		compile_span(c, &r->origin, &sp);
		diag_error(c->diag, &sp, "anchors are nested too deeply, or "
		    "anchor \"%s\" contains itself", r->anchor->path);
		return -EINVAL;
	}
	if (!r->anchor_wild)
		return walk(c, r->anchor, r->class, in, depth + 1);
	for (a = r->anchor->children; a != NULL; a = a->next)
		if ((error = walk(c, a, r->class, in, depth + 1)) != 0)
			return error;
	return 0;
}

static int
put_rule(struct compile *c, const struct rule *r, uint32_t in, unsigned depth)
{
	struct prule p;
	struct cond cond;
	uint32_t place;
	int error;

	if (progbuild_count(c->b) >= COMPILE_RULES_MAX) {
		diag_error(c->diag, NULL, "more than %u rules, anchors counted "
		    "at each place that names them", COMPILE_RULES_MAX);
		return -EINVAL;
	}
	if ((error = compile_prule(c, r, &p)) != 0)
		return error;
	p.anchor = in;
	compile_cond(c, r, &cond);
	if (p.action == PRULE_BINAT || p.action == PRULE_NOBINAT) {
		compile_binat_out(c, r, &p, &cond);
		progbuild_rule(c->b, &p, &cond);
		compile_binat_in(c, r, &p, &cond);
	}
	place = progbuild_rule(c->b, &p, &cond);
	if (p.action != PRULE_ANCHOR)
		return 0;
	error = walk_anchor(c, r, place, depth);
	progbuild_anchor_end(c->b, place);
	return error;
}

/* All rules of one class of an anchor. */
static int
walk(struct compile *c, const struct anchor *a, int class, uint32_t in,
    unsigned depth)
{
	const struct rulelist *l = &a->rules[class];
	uint32_t i;
	int error;

	for (i = 0; i < l->n; i++)
		if ((error = put_rule(c, l->v[i], in, depth)) != 0)
			return error;
	return 0;
}

/* Classes in the order of evaluation; the rest must be empty. */
static const struct {
	uint8_t class, section;
} sections[] = {
	{ RULE_CLASS_BINAT, SECTION_BINAT },
	{ RULE_CLASS_RDR, SECTION_RDR },
	{ RULE_CLASS_NAT, SECTION_NAT },
	{ RULE_CLASS_FILTER, SECTION_FILTER },
};

static int
walk_all(struct compile *c)
{
	unsigned i, before = diag_errors(c->diag);
	int error;

	if ((error = compile_check(c)) != 0)
		return error;
	if (diag_errors(c->diag) != before)
		return -EINVAL;
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		progbuild_section(c->b, sections[i].section);
		error = walk(c, c->rs->root, sections[i].class, PROG_NONE, 0);
		if (error != 0)
			return error;
	}
	return 0;
}

int
compile_ruleset(const struct ruleset *rs, const struct compile_env *env,
    struct diag *d, struct program **out)
{
	static const struct compile_env defaults;
	unsigned before = diag_errors(d);
	struct prog_options opt;
	struct compile c = {
		.rs = rs,
		.env = env != NULL ? env : &defaults,
		.diag = d,
	};
	int error = -ENOMEM;

	if ((c.b = progbuild_new()) == NULL)
		return -ENOMEM;
	if (print_buf_open(&c.text) == 0)
		error = walk_all(&c);
	if (error == 0 && diag_errors(d) != before)
		error = -EINVAL;
	if (error == 0) {
		compile_options(&c, &opt);
		progbuild_tune(c.b, c.env->plain_max, c.env->vector_max);
		error = progbuild_finish(c.b, &opt, out);
		if (error == -E2BIG) {
			diag_error(d, NULL, "the ruleset names more than "
			    "65535 interfaces, or is too large");
			error = -EINVAL;
		}
	}
	progbuild_free(c.b);
	print_buf_close(&c.text);
	free(c.tables);
	free(c.tags);
	return error;
}
