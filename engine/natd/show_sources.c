/* SPDX-License-Identifier: ISC */
/*
 * show sources, kill sources: walks over the places of source nodes.
 *
 * The filter is one of states': to it a source node is a connection of the
 * source to what the source was given.
 */
#include <string.h>

#include "ctl/filter.h"
#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/planes.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "engine/natd/sources.h"
#include "engine/natd/states.h"
#include "engine/natd/workers.h"
#include "engine/view.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define SCAN_MAX 100000

static void
source_fill(const struct natd *natd, const struct srcnode_view *v,
    uint32_t wall, struct show_source *so)
{
	const struct revision_rule *rr;

	memset(so, 0, sizeof(*so));
	so->af = v->key.af;
	so->src = v->key.src;
	so->to = v->to.addr;
	strlcpy(so->word, "route-to", sizeof(so->word));
	if (v->to.ifidx != 0)
		strlcpy(so->ifname, planes_ifname(natd->planes, v->to.ifidx),
		    sizeof(so->ifname));
	so->states = v->states;
	so->age = wall > v->created ? wall - v->created : 0;
	so->expires = v->expires / 1000;
	so->packets = v->packets;
	so->bytes = v->bytes;
	so->rule = v->key.rule;
	so->nr = -1;
	so->anchor = "";
	if ((rr = revision_find(natd->rev, so->rule)) == NULL)
		return;
	so->rule_digits = rr->digits;
	so->nr = rr->rule->nr;
	so->anchor = rr->anchor->path;
}

static bool
source_matches(const struct filter *filter, const struct srcnode_view *v)
{
	struct show_state st;

	memset(&st, 0, sizeof(st));
	st.nr = -1;
	st.anchor = st.label = "";
	st.rule = v->key.rule;
	st.v.af = v->key.af;
	st.v.dir = DIR_IN;
	st.v.wire[1].addr = st.v.stack[1].addr = v->key.src;
	st.v.wire[0].addr = st.v.stack[0].addr = v->to.addr;
	return filter_match(filter, &st);
}

void
show_sources(struct session *s, const struct show_args *a)
{
	struct natd *natd = s->natd;
	uint32_t i, top, used, shown = 0, wall;
	struct srcnode_view v;
	struct show_source so;
	struct filter *filter;
	uint64_t now, end = a->cursor + SCAN_MAX;

	if (states_filter(s, a->filter, &filter) != 0)
		return;
	workers_time(natd->workers, &now, &wall);
	top = view_sources(natd->engine, &used);
	for (i = (uint32_t)a->cursor; i < top && i < end &&
	    shown < PROTO_PORTION; i++) {
		if (!view_source(natd->engine, i, now, &v) ||
		    !source_matches(filter, &v))
			continue;
		source_fill(natd, &v, wall, &so);
		show_source_write(&s->out, &so);
		shown++;
	}
	filter_free(filter);
	if (i < top)
		answer_more_u64(&s->out, i);
	else
		answer_done(&s->out);
}

uint64_t
sources_kill(struct natd *natd, const struct filter *filter, bool dry)
{
	uint32_t i, top, used, wall;
	struct srcnode_view v;
	uint64_t now, killed = 0;

	workers_time(natd->workers, &now, &wall);
	top = view_sources(natd->engine, &used);
	for (i = 0; i < top; i++)
		if (view_source(natd->engine, i, now, &v) &&
		    source_matches(filter, &v) &&
		    (dry || engine_forget(natd->engine, v.ref)))
			killed++;
	return killed;
}
