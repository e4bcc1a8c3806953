/* SPDX-License-Identifier: ISC */
/*
 * The request "show states": a walk over the arena.
 *
 * The cursor is the index of the next record.  A portion ends after as many
 * states, or after SCAN_MAX records of which few matched, so that control has
 * time for others in between.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/filter.h"
#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "ctl/word.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/states.h"
#include "engine/natd/workers.h"
#include "engine/registry.h"
#include "engine/view.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define SCAN_MAX 100000

void
states_fill(const struct natd *natd, struct show_state *st)
{
	const struct arena *arena = memory_arena(natd->memory);
	const struct revision_rule *rr;
	const struct rule *rule;
	uint32_t member[ROW_MEMBERS];

	strlcpy(st->ifname, st->v.ifidx == 0 ? "all" :
	    planes_ifname(natd->planes, st->v.ifidx), sizeof(st->ifname));
	strlcpy(st->if_seen, planes_ifname(natd->planes, st->v.if_seen),
	    sizeof(st->if_seen));
	st->v.creatorid = natd->hostid;
	st->nr = -1;
	st->rule = 0;
	st->rule_digits = 0;
	st->anchor = st->label = "";
	if (registry_members(arena, st->v.row, member) == 0)
		return;
	st->rule = registry_id(arena, member[0]);
	if ((rr = revision_find(natd->rev, st->rule)) == NULL)
		return;
	rule = rr->rule;
	st->rule_digits = rr->digits;
	st->nr = rule->nr;
	st->anchor = rr->anchor->path;
	st->label = rr->labels;
}

/* Which rule a person means must be plain: one of those in force, or a rule
 * that is gone and has states left. */
static int
rule_unique(void *arg, uint64_t prefix, unsigned digits)
{
	struct session *s = arg;
	const struct revision_rule *rr;
	char id[2][WORD_MAX];
	size_t n = revision_prefix(s->natd->rev, prefix, digits, &rr);

	if (n < 2)
		return 0;
	answer_error(&s->out, PROTO_ERROR_ARGUMENT, "rule %0*" PRIx64
	    " is ambiguous: the ids of %zu rules begin so, from %s to %s",
	    (int)digits, prefix, n,
	    word_ruleid(id[0], rr[0].id, rr[0].digits),
	    word_ruleid(id[1], rr[n - 1].id, rr[n - 1].digits));
	return -EINVAL;
}

int
states_filter(struct session *s, const json_t *tree, struct filter **out)
{
	char err[FILTER_ERR_MAX];
	struct filter *f;
	int error;

	*out = NULL;
	if (tree == NULL)
		return 0;
	if ((error = filter_read(tree, err, &f)) != 0) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT, "%s", err);
		return error;
	}
	if ((error = filter_rules(f, rule_unique, s)) != 0) {
		filter_free(f);
		return error;
	}
	*out = f;
	return 0;
}

void
show_states(struct session *s, const struct show_args *a)
{
	struct natd *natd = s->natd;
	struct state_view v[2];
	struct show_state st;
	struct filter *filter;
	uint32_t i, limit = view_limit(natd->engine), shown = 0, wall;
	uint64_t now, end;
	unsigned j, n;

	if (states_filter(s, a->filter, &filter) != 0)
		return;
	workers_time(natd->workers, &now, &wall);
	end = a->cursor + SCAN_MAX;
	for (i = (uint32_t)a->cursor; i < limit && i < end &&
	    shown + 2 <= PROTO_PORTION; i++) {
		n = view_record(natd->engine, i, now, wall, v);
		for (j = 0; j < n; j++) {
			st.v = v[j];
			states_fill(natd, &st);
			if (!filter_match(filter, &st))
				continue;
			show_state_write(&s->out, &st);
			shown++;
		}
	}
	filter_free(filter);
	if (i < limit)
		answer_more_u64(&s->out, i);
	else
		answer_done(&s->out);
}
