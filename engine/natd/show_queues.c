/* SPDX-License-Identifier: ISC */
/*
 * show queues: the statements of the ruleset, depth first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/proto.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/show.h"
#include "rules/print.h"
#include "rules/ruleset.h"

static int
queue_write(struct session *s, const struct queue *q)
{
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return -1;
	print_queue(f, q);
	fclose(f);
	jsonbuf_open(&s->out, '{');
	jsonbuf_member_str(&s->out, "type", "queue");
	jsonbuf_member_str(&s->out, "text", text);
	jsonbuf_puts(&s->out, "}\n");
	free(text);
	return 0;
}

static int
queue_tree(struct session *s, const struct queue *q)
{
	const struct queue *c;
	int error = queue_write(s, q);

	/* queues nest as deep as their statements say */
	for (c = q->children; c != NULL && error == 0; c = c->sibling)
		error = queue_tree(s, c);
	return error;
}

void
show_queues(struct session *s, const struct show_args *a)
{
	const struct queue *q;
	const char *ifname;
	int error = 0;

	if (filter_ifname(s, a->filter, &ifname) != 0)
		return;
	for (q = s->natd->rev->rs->queues; q != NULL && error == 0;
	    q = q->next)
		if (q->parent == NULL && (ifname == NULL ||
		    strcmp(q->ifname, ifname) == 0))
			error = queue_tree(s, q);
	if (error != 0)
		answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
	else
		answer_done(&s->out);
}
