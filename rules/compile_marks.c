/* SPDX-License-Identifier: ISC */
/*
 * Where the kernel routes, a packet has one mark.  What rules give it, and by
 * what it is led another way (route-to, reply-to, rtable), want that place:
 * match rules give theirs to what another rule passes.
 */
#include <netinet/in.h>

#include <stddef.h>

#include "engine/packet.h"
#include "rules/compile_impl.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

/* Directions and families that a rule is about, a bit for each pair. */
static uint8_t
where(const struct rule *r)
{
	uint8_t dirs = r->dir == RULE_IN ? 0x3 : r->dir == RULE_OUT ? 0xc : 0xf;
	uint8_t afs = r->af == AF_INET ? 0x5 : r->af == AF_INET6 ? 0xa : 0xf;

	return dirs & afs;
}

static bool
marks(const struct rule *r)
{
	return r->set.mark_set && r->set.mark != 0;
}

static int
look(const struct rule *r, const struct anchor *a, void *arg)
{
	struct mark_use *u = arg;

	(void)a;
	if (r->action == RULE_MATCH && marks(r))
		u->marked |= where(r);
	if (r->action == RULE_MATCH && r->rtable >= 0)
		u->tabled |= where(r);
	return 0;
}

void
compile_mark_use(const struct ruleset *rs, struct mark_use *u)
{
	*u = (struct mark_use){ .marked = 0 };
	(void)ruleset_walk(rs, look, u);
}

enum mark_clash
compile_mark_clash(const struct mark_use *u, const struct rule *r)
{
	bool marked = marks(r) || (u->marked & where(r)) != 0;
	bool tabled = r->rtable >= 0 || (u->tabled & where(r)) != 0;

	if (r->class != RULE_CLASS_FILTER || r->action == RULE_BLOCK)
		return CLASH_NONE;
	if (marks(r) && r->set.mark >> 16 == PACKET_QUEUE)
		return CLASH_OWN;
	/* copies go without one */
	if (r->route != NULL && r->route_type != RULE_DUP_TO &&
	    (marked || tabled))
		return marked ? CLASH_WAY_MARK : CLASH_WAY_TABLE;
	return (marks(r) && tabled) || (r->rtable >= 0 && marked) ?
	    CLASH_MARK_TABLE : CLASH_NONE;
}
