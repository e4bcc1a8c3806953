/* SPDX-License-Identifier: ISC */
/*
 * Filter expressions: the tree against a state, and the tree as JSON.
 */
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/filter_node.h"
#include "ctl/show.h"
#include "ctl/word.h"
#include "engine/packet.h"

static const char *const op_names[OP_MAX] = {
	[OP_NONE] = "", [OP_AND] = "and", [OP_OR] = "or", [OP_NOT] = "not",
	[OP_HOST] = "host", [OP_SRC] = "src", [OP_DST] = "dst",
	[OP_GATEWAY] = "gateway",
	[OP_PORT] = "port", [OP_SPORT] = "sport", [OP_DPORT] = "dport",
	[OP_PROTO] = "proto", [OP_AF] = "af", [OP_DIR] = "dir",
	[OP_IF] = "if", [OP_STATE] = "state", [OP_LABEL] = "label",
	[OP_ANCHOR] = "anchor", [OP_RULE] = "rule", [OP_ID] = "id",
	[OP_NR] = "nr", [OP_RDOMAIN] = "rdomain", [OP_AGE] = "age",
	[OP_PACKETS] = "packets", [OP_BYTES] = "bytes",
	[OP_LEFT] = "", [OP_RIGHT] = "", [OP_LPORT] = "", [OP_RPORT] = "",
	[OP_CREATOR] = "",
};

void
filter_free(struct filter *f)
{
	free(f);
}

static const struct view_end *
side_src(const struct state_view *v)
{
	return v->dir == DIR_IN ? &v->wire[1] : &v->stack[0];
}

static const struct view_end *
side_dst(const struct state_view *v)
{
	return v->dir == DIR_IN ? &v->wire[0] : &v->stack[1];
}

static bool
has_ports(const struct state_view *v)
{
	return v->proto == IPPROTO_TCP || v->proto == IPPROTO_UDP ||
	    v->proto == IPPROTO_SCTP;
}

static bool
match_net(const struct filter_node *n, const struct state_view *v,
    const struct view_end *e)
{
	return n->net.af == v->af &&
	    addr_in_prefix(&e->addr, &n->net.addr, n->net.plen);
}

/* One of the next hops that a route option chose. */
static bool
match_gateway(const struct filter_node *n, const struct state_view *v)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (!addr_is_zero(&v->gw[i].addr) && match_net(n, v, &v->gw[i]))
			return true;
	return false;
}

static bool
match_port(const struct filter_node *n, const struct state_view *v,
    const struct view_end *e)
{
	return has_ports(v) && e->port >= n->port[0] && e->port <= n->port[1];
}

static bool
match_any(const struct filter_node *n, const struct state_view *v,
    bool (*fn)(const struct filter_node *, const struct state_view *,
    const struct view_end *))
{
	return fn(n, v, &v->wire[0]) || fn(n, v, &v->wire[1]) ||
	    fn(n, v, &v->stack[0]) || fn(n, v, &v->stack[1]);
}

static bool
match_state(const char *name, const struct state_view *v)
{
	char buf[WORD_MAX];

	return strcasecmp(name, word_state(buf, v->proto,
	    v->peer[0].state)) == 0 ||
	    strcasecmp(name, word_state(buf, v->proto,
	    v->peer[1].state)) == 0;
}

/* Is one of the lines of a text this? */
static bool
has_line(const char *text, const char *line)
{
	size_t len = strlen(line), n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n == len && strncmp(text, line, n) == 0)
			return true;
	}
	return false;
}

static bool
match_test(const struct filter *f, const struct filter_node *n,
    const struct show_state *s)
{
	const struct state_view *v = &s->v;
	const char *name = f->text + n->name;

	switch (n->op) {
	case OP_HOST:
		return match_any(n, v, match_net);
	case OP_SRC:
		return match_net(n, v, side_src(v));
	case OP_DST:
		return match_net(n, v, side_dst(v));
	case OP_GATEWAY:
		return match_gateway(n, v);
	case OP_PORT:
		return match_any(n, v, match_port);
	case OP_SPORT:
		return match_port(n, v, side_src(v));
	case OP_DPORT:
		return match_port(n, v, side_dst(v));
	case OP_CREATOR:
		return v->creatorid == n->number;
	case OP_LEFT:
		return match_net(n, v, &v->wire[0]) ||
		    match_net(n, v, &v->stack[0]);
	case OP_RIGHT:
		return match_net(n, v, &v->wire[1]) ||
		    match_net(n, v, &v->stack[1]);
	case OP_LPORT:
		return v->wire[0].port == n->port[0] ||
		    v->stack[0].port == n->port[0];
	case OP_RPORT:
		return v->wire[1].port == n->port[0] ||
		    v->stack[1].port == n->port[0];
	case OP_PROTO:
		return v->proto == n->number;
	case OP_AF:
		return v->af == n->number;
	case OP_DIR:
		return v->dir == n->number;
	case OP_IF:
		return strcmp(s->ifname, name) == 0 ||
		    strcmp(s->if_seen, name) == 0;
	case OP_STATE:
		return match_state(name, v);
	case OP_LABEL:
		return s->label != NULL && has_line(s->label, name);
	case OP_ANCHOR:
		return s->anchor != NULL && strcmp(s->anchor, name) == 0;
	case OP_RULE:
		return s->rule >> (64 - 4 * n->digits) == n->number;
	case OP_ID:
		return v->id == n->number;
	case OP_NR:
		return s->nr >= 0 && (uint64_t)s->nr == n->number;
	case OP_RDOMAIN:
		return v->rdomain == n->number;
	case OP_AGE:
		return v->age >= n->number;
	case OP_PACKETS:
		return v->packets[0] + v->packets[1] >= n->number;
	case OP_BYTES:
		return v->bytes[0] + v->bytes[1] >= n->number;
	}
	return false;
}

static bool
match_node(const struct filter *f, uint16_t at, const struct show_state *s)
{
	const struct filter_node *n = &f->node[at];
	uint16_t c;

	switch (n->op) {
	case OP_NOT:
		return !match_node(f, n->child, s);
	case OP_AND:
		for (c = n->child; c != 0; c = f->node[c].next)
			if (!match_node(f, c, s))
				return false;
		return true;
	case OP_OR:
		for (c = n->child; c != 0; c = f->node[c].next)
			if (match_node(f, c, s))
				return true;
		return false;
	}
	return match_test(f, n, s);
}

bool
filter_match(const struct filter *f, const struct show_state *s)
{
	return f == NULL || match_node(f, f->root, s);
}

static json_t *
json_text(const struct filter *f, const struct filter_node *n)
{
	char buf[WORD_MAX];

	switch (n->op) {
	case OP_HOST:
	case OP_SRC:
	case OP_DST:
	case OP_GATEWAY:
		return json_string(word_net(buf, n->net.af, n->net.plen,
		    &n->net.addr, false));
	case OP_PROTO:
		return json_string(word_proto(buf, (uint8_t)n->number));
	case OP_AF:
		return json_string(n->number == AF_INET ? "inet" : "inet6");
	case OP_DIR:
		return json_string(n->number == DIR_IN ? "in" : "out");
	case OP_IF:
	case OP_STATE:
	case OP_LABEL:
	case OP_ANCHOR:
		return json_string(f->text + n->name);
	case OP_RULE:
		snprintf(buf, sizeof(buf), "%0*llx", n->digits,
		    (unsigned long long)n->number);
		return json_string(buf);
	case OP_ID:
		snprintf(buf, sizeof(buf), "%016llx",
		    (unsigned long long)n->number);
		return json_string(buf);
	case OP_PORT:
	case OP_SPORT:
	case OP_DPORT:
		return json_integer(n->port[0]);
	}
	return json_integer((json_int_t)n->number);
}

static json_t *
json_node(const struct filter *f, uint16_t at)
{
	const struct filter_node *n = &f->node[at];
	json_t *a = json_array();
	uint16_t c;
	int error;

	error = json_array_append_new(a, json_string(op_names[n->op]));
	if (n->op <= OP_NOT) {
		for (c = n->child; c != 0; c = f->node[c].next)
			error |= json_array_append_new(a, json_node(f, c));
	} else {
		error |= json_array_append_new(a, json_text(f, n));
		if (n->op >= OP_PORT && n->op <= OP_DPORT &&
		    n->port[0] != n->port[1])
			error |= json_array_append_new(a,
			    json_integer(n->port[1]));
	}
	if (error != 0) {
		json_decref(a);
		return NULL;
	}
	return a;
}

int
filter_rules(const struct filter *f,
    int (*fn)(void *arg, uint64_t prefix, unsigned digits), void *arg)
{
	uint16_t i;
	int error = 0;

	for (i = 1; i <= f->n && error == 0; i++)
		if (f->node[i].op == OP_RULE)
			error = fn(arg, f->node[i].number, f->node[i].digits);
	return error;
}

json_t *
filter_json(const struct filter *f)
{
	return json_node(f, f->root);
}
