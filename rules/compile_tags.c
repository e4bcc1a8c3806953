/* SPDX-License-Identifier: ISC */
/*
 * Tags where the kernel routes: a packet without a state brings its tag from
 * the in half to the out half on its mark (engine/carry.h), where there is
 * no room for a rule's mark, and for so many tags only.
 */
#include <errno.h>
#include <stddef.h>

#include "engine/packet.h"
#include "rules/compile_impl.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

bool
compile_divert(const struct ruleset *rs)
{
	const struct iface_stmt *st;

	for (st = rs->ifaces; st != NULL; st = st->next)
		if (st->plane != PLANE_DIVERT)
			return false;
	return true;
}

/* What rules say of packets, whichever rule then passes them. */
static int
look(const struct rule *r, const struct anchor *a, void *arg)
{
	struct tag_use *u = arg;

	(void)a;
	u->asked |= r->tagged.text != NULL && r->dir != RULE_IN;
	if (r->action == RULE_MATCH && r->dir != RULE_OUT) {
		u->tagged |= r->tag.text != NULL;
		u->marked |= (r->set.mark_set && r->set.mark != 0) ||
		    r->rtable >= 0;
	}
	return 0;
}

void
compile_tag_use(const struct ruleset *rs, struct tag_use *u)
{
	*u = (struct tag_use){ .asked = false };
	if (compile_divert(rs))
		(void)ruleset_walk(rs, look, u);
}

enum tag_and_mark
compile_tag_and_mark(const struct tag_use *u, const struct rule *r)
{
	bool tagged = r->tag.text != NULL;
	bool marked = (r->set.mark_set && r->set.mark != 0) || r->rtable >= 0;

	if (!u->asked || r->class != RULE_CLASS_FILTER ||
	    r->action != RULE_PASS || r->dir == RULE_OUT ||
	    r->state != RULE_STATE_NONE)
		return TAG_OR_MARK;
	if (tagged && marked)
		return TAG_AND_MARK;
	return (tagged || u->tagged) && (marked || u->marked) ?
	    TAG_PERHAPS_MARK : TAG_OR_MARK;
}

bool
compile_tag_fits(const struct ruleset *rs, uint32_t nr)
{
	return nr <= PACKET_TAG_MAX || !compile_divert(rs);
}
