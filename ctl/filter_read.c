/* SPDX-License-Identifier: ISC */
/*
 * Filters from the protocol's tree of arrays; bytes of strangers.
 *
 * Depth and number of nodes are bounded by PROTO_FILTER_DEPTH and
 * PROTO_FILTER_MAX, so the recursion is as well.
 */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/filter_node.h"
#include "ctl/word.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

struct reader {
	struct filter *f;
	size_t textmax;
	char *err;
};

static int
fail(struct reader *r, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

static int
fail(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->err, FILTER_ERR_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* A string operand at place @i of the test, or NULL. */
static const char *
operand(const json_t *a, size_t i)
{
	return json_string_value(json_array_get(a, i));
}

static int
read_net(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);

	if (s == NULL || word_net_parse(s, &n->net.af, &n->net.plen,
	    &n->net.addr, NULL) != 0)
		return fail(r, "\"%.60s\" is no network", s != NULL ? s : "");
	addr_apply_plen(&n->net.addr, n->net.plen);
	return 0;
}

static int
read_number(struct reader *r, struct filter_node *n, const json_t *a)
{
	const json_t *v = json_array_get(a, 1);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return fail(r, "a number is missing in the filter");
	n->number = (uint64_t)json_integer_value(v);
	return 0;
}

static int
read_ports(struct reader *r, struct filter_node *n, const json_t *a)
{
	const json_t *v;
	size_t i;

	for (i = 0; i < 2; i++) {
		v = json_array_get(a, json_array_size(a) > 2 ? i + 1 : 1);
		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    json_integer_value(v) > UINT16_MAX)
			return fail(r, "a port is missing in the filter");
		n->port[i] = (uint16_t)json_integer_value(v);
	}
	return 0;
}

static int
read_proto(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);
	int proto;

	if (s == NULL || (proto = word_proto_parse(s)) < 0)
		return fail(r, "\"%.60s\" is no protocol", s != NULL ? s : "");
	n->number = (uint64_t)proto;
	return 0;
}

static int
read_af(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);

	if (s == NULL || (strcmp(s, "inet") != 0 && strcmp(s, "inet6") != 0))
		return fail(r, "a family is inet or inet6");
	n->number = strcmp(s, "inet") == 0 ? AF_INET : AF_INET6;
	return 0;
}

static int
read_dir(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);

	if (s == NULL || (strcmp(s, "in") != 0 && strcmp(s, "out") != 0))
		return fail(r, "a direction is in or out");
	n->number = strcmp(s, "out") == 0;
	return 0;
}

static int
read_name(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);
	size_t len;

	if (s == NULL)
		return fail(r, "a name is missing in the filter");
	len = strlen(s) + 1;
	if (len > r->textmax - r->f->used)
		return fail(r, "the names of the filter are too long");
	memcpy(r->f->text + r->f->used, s, len);
	n->name = r->f->used;
	r->f->used += (uint32_t)len;
	return 0;
}

static int
read_hex(struct reader *r, struct filter_node *n, const json_t *a)
{
	const char *s = operand(a, 1);

	if (s == NULL || word_hex(s, &n->number) != 0)
		return fail(r, "\"%.60s\" is no id", s != NULL ? s : "");
	n->digits = (uint8_t)strlen(s);
	return 0;
}

static const struct test {
	const char *word;
	uint8_t op;
	int (*read)(struct reader *, struct filter_node *, const json_t *);
} tests[] = {
	{ "host", OP_HOST, read_net }, { "src", OP_SRC, read_net },
	{ "gateway", OP_GATEWAY, read_net },
	{ "dst", OP_DST, read_net }, { "port", OP_PORT, read_ports },
	{ "sport", OP_SPORT, read_ports }, { "dport", OP_DPORT, read_ports },
	{ "proto", OP_PROTO, read_proto }, { "af", OP_AF, read_af },
	{ "dir", OP_DIR, read_dir }, { "if", OP_IF, read_name },
	{ "state", OP_STATE, read_name }, { "label", OP_LABEL, read_name },
	{ "anchor", OP_ANCHOR, read_name }, { "rule", OP_RULE, read_hex },
	{ "id", OP_ID, read_hex }, { "nr", OP_NR, read_number },
	{ "rdomain", OP_RDOMAIN, read_number }, { "age", OP_AGE, read_number },
	{ "packets", OP_PACKETS, read_number },
	{ "bytes", OP_BYTES, read_number },
};

static int
node_new(struct reader *r, uint8_t op, uint16_t *out)
{
	if (r->f->n == PROTO_FILTER_MAX)
		return fail(r, "more than %d tests in a filter",
		    PROTO_FILTER_MAX);
	*out = ++r->f->n;
	r->f->node[*out].op = op;
	return 0;
}

static int
read_test(struct reader *r, const char *word, const json_t *a, uint16_t *out)
{
	size_t i;
	int error;

	for (i = 0; i < nitems(tests); i++)
		if (strcmp(tests[i].word, word) == 0)
			break;
	if (i == nitems(tests))
		return fail(r, "no such test: \"%.60s\"", word);
	if ((error = node_new(r, tests[i].op, out)) != 0)
		return error;
	return tests[i].read(r, &r->f->node[*out], a);
}

/* One end of ["key",PROTO,LEFT,DIR,RIGHT]: its address, its port. */
static int
read_end(struct reader *r, uint8_t op, const char *s, uint16_t **link)
{
	struct view_end e = { 0 };
	struct filter_node *n;
	uint8_t af = s != NULL && s[0] == '[' ? AF_INET6 : AF_INET;
	uint16_t addr = 0, port = 0;
	int error;

	if (s == NULL || word_end_parse(s, af, &e) != 0)
		return fail(r, "\"%.60s\" is no end point", s != NULL ? s : "");
	if ((error = node_new(r, op, &addr)) != 0 ||
	    (error = node_new(r, op == OP_LEFT ? OP_LPORT : OP_RPORT,
	    &port)) != 0)
		return error;
	n = &r->f->node[addr];
	n->net.af = af;
	n->net.plen = (uint8_t)addr_bits(af);
	n->net.addr = e.addr;
	n->next = port;
	n = &r->f->node[port];
	n->port[0] = n->port[1] = e.port;
	**link = addr;
	*link = &n->next;
	return 0;
}

/* A key is an `and' of its parts. */
static int
read_key(struct reader *r, const json_t *a, uint16_t *out)
{
	const char *dir = operand(a, 3);
	uint16_t *link, n = 0;
	int error;

	if (dir == NULL || (strcmp(dir, "->") != 0 && strcmp(dir, "<-") != 0))
		return fail(r, "the direction of a key is -> or <-");
	if ((error = node_new(r, OP_AND, out)) != 0 ||
	    (error = node_new(r, OP_PROTO, &n)) != 0 ||
	    (error = read_proto(r, &r->f->node[n], a)) != 0)
		return error;
	r->f->node[*out].child = n;
	link = &r->f->node[n].next;
	if ((error = node_new(r, OP_DIR, &n)) != 0)
		return error;
	r->f->node[n].number = strcmp(dir, "->") == 0;
	*link = n;
	link = &r->f->node[n].next;
	if ((error = read_end(r, OP_LEFT, operand(a, 2), &link)) != 0)
		return error;
	return read_end(r, OP_RIGHT, operand(a, 4), &link);
}

/* ["id",HEX,CREATOR]: two tests. */
static int
read_id(struct reader *r, const json_t *a, uint16_t *out)
{
	const char *creator = operand(a, 2);
	uint16_t id = 0, by = 0;
	int error;

	if ((error = node_new(r, OP_AND, out)) != 0 ||
	    (error = node_new(r, OP_ID, &id)) != 0 ||
	    (error = node_new(r, OP_CREATOR, &by)) != 0 ||
	    (error = read_hex(r, &r->f->node[id], a)) != 0)
		return error;
	if (creator == NULL || word_hex(creator, &r->f->node[by].number) != 0)
		return fail(r, "a creator is a number in hex");
	r->f->node[*out].child = id;
	r->f->node[id].next = by;
	return 0;
}

static int
read_node(struct reader *r, const json_t *a, unsigned depth, uint16_t *out)
{
	static const char *const lists[] = {
		[OP_AND] = "and", [OP_OR] = "or", [OP_NOT] = "not",
	};
	const char *word = operand(a, 0);
	uint16_t *link;
	uint8_t op;
	size_t i;
	int error;

	if (!json_is_array(a) || word == NULL)
		return fail(r, "a filter is an array that begins with a word");
	if (depth == PROTO_FILTER_DEPTH)
		return fail(r, "a filter nests deeper than %d levels",
		    PROTO_FILTER_DEPTH);
	if (strcmp(word, "key") == 0)
		return read_key(r, a, out);
	if (strcmp(word, "id") == 0 && json_array_size(a) > 2)
		return read_id(r, a, out);
	for (op = OP_AND; op <= OP_NOT; op++)
		if (strcmp(word, lists[op]) == 0)
			break;
	if (op > OP_NOT)
		return read_test(r, word, a, out);
	if (op == OP_NOT ? json_array_size(a) != 2 : json_array_size(a) < 2)
		return fail(r, "\"%s\" of nothing in a filter", word);
	if ((error = node_new(r, op, out)) != 0)
		return error;
	link = &r->f->node[*out].child;
	for (i = 1; i < json_array_size(a); i++) {
		if ((error = read_node(r, json_array_get(a, i), depth + 1,
		    link)) != 0)
			return error;
		link = &r->f->node[*link].next;
	}
	return 0;
}

int
filter_read(const json_t *tree, char err[static FILTER_ERR_MAX],
    struct filter **out)
{
	struct reader r = { .err = err, .textmax = FILTER_TEXT_MAX };
	int error;

	r.f = calloc(1, sizeof(*r.f) + r.textmax);
	if (r.f == NULL) {
		snprintf(err, FILTER_ERR_MAX, "no memory");
		return -ENOMEM;
	}
	if ((error = read_node(&r, tree, 0, &r.f->root)) != 0) {
		filter_free(r.f);
		return error;
	}
	*out = r.f;
	return 0;
}
