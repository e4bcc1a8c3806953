/* SPDX-License-Identifier: ISC */
/*
 * Reading filter expressions.
 *
 * Recursive descent, as deep as parentheses are; the lists of `and' and `or'
 * are loops.
 */
#include <netinet/in.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/filter_node.h"
#include "ctl/word.h"
#include "rules/diag.h"
#include "engine/packet.h"

#define PAREN_MAX 32		/* what the parser follows */
#define TOKEN_MAX 256
#define NETS_MAX 16		/* addresses of one host name */

/* What the word behind a test is. */
enum operand {
	OPERAND_NONE,		/* the test is complete; `value' is its own */
	OPERAND_NET,
	OPERAND_PORTS,
	OPERAND_PROTO,
	OPERAND_NAME,
	OPERAND_RULE,
	OPERAND_ID,
	OPERAND_NUMBER,
};

static const struct test {
	const char *word;
	uint8_t op, operand;
	uint8_t value;
} tests[] = {
	{ "host", OP_HOST, OPERAND_NET, 0 },
	{ "src", OP_SRC, OPERAND_NET, 0 },
	{ "dst", OP_DST, OPERAND_NET, 0 },
	{ "net", OP_HOST, OPERAND_NET, 0 },
	{ "gateway", OP_GATEWAY, OPERAND_NET, 0 },
	{ "port", OP_PORT, OPERAND_PORTS, 0 },
	{ "sport", OP_SPORT, OPERAND_PORTS, 0 },
	{ "dport", OP_DPORT, OPERAND_PORTS, 0 },
	{ "proto", OP_PROTO, OPERAND_PROTO, 0 },
	{ "tcp", OP_PROTO, OPERAND_NONE, IPPROTO_TCP },
	{ "udp", OP_PROTO, OPERAND_NONE, IPPROTO_UDP },
	{ "icmp", OP_PROTO, OPERAND_NONE, IPPROTO_ICMP },
	{ "icmp6", OP_PROTO, OPERAND_NONE, IPPROTO_ICMPV6 },
	{ "sctp", OP_PROTO, OPERAND_NONE, IPPROTO_SCTP },
	{ "inet", OP_AF, OPERAND_NONE, AF_INET },
	{ "inet6", OP_AF, OPERAND_NONE, AF_INET6 },
	{ "ip", OP_AF, OPERAND_NONE, AF_INET },
	{ "ip6", OP_AF, OPERAND_NONE, AF_INET6 },
	{ "in", OP_DIR, OPERAND_NONE, DIR_IN },
	{ "out", OP_DIR, OPERAND_NONE, DIR_OUT },
	{ "iface", OP_IF, OPERAND_NAME, 0 },
	{ "interface", OP_IF, OPERAND_NAME, 0 },
	{ "if", OP_IF, OPERAND_NAME, 0 },
	{ "on", OP_IF, OPERAND_NAME, 0 },
	{ "state", OP_STATE, OPERAND_NAME, 0 },
	{ "label", OP_LABEL, OPERAND_NAME, 0 },
	{ "anchor", OP_ANCHOR, OPERAND_NAME, 0 },
	{ "rule", OP_RULE, OPERAND_RULE, 0 },
	{ "id", OP_ID, OPERAND_ID, 0 },
	{ "nr", OP_NR, OPERAND_NUMBER, 0 },
	{ "rdomain", OP_RDOMAIN, OPERAND_NUMBER, 0 },
	{ "age", OP_AGE, OPERAND_NUMBER, 0 },
	{ "packets", OP_PACKETS, OPERAND_NUMBER, 0 },
	{ "bytes", OP_BYTES, OPERAND_NUMBER, 0 },
};
#define NTESTS (sizeof(tests) / sizeof(tests[0]))

const char *const filter_words[] = {
	"host", "src", "dst", "net", "gateway", "port", "proto", "tcp", "udp", "icmp",
	"icmp6", "inet", "inet6", "in", "out", "iface", "state", "label",
	"rule", "nr", "id", "age", "packets", "bytes", "and", "or", "not",
	NULL
};

struct parser {
	struct filter *f;
	const struct filter_names *names;
	const char *start, *at;	/* all, and what is still to be read */
	char token[TOKEN_MAX];
	size_t column;		/* of the token, from 1 */
	bool quoted, end;
	unsigned parens;
	char *err;
};

static int parse_or(struct parser *, uint16_t *);

static int
fail(struct parser *p, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

static int
fail(struct parser *p, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(p->err, FILTER_ERR_MAX, "filter, column %zu: %s", p->column,
	    text);
	return -EINVAL;
}

/* Length of an operator at the beginning of @s, 0 if there is none. */
static size_t
operator_len(const char *s)
{
	if (strncmp(s, "&&", 2) == 0 || strncmp(s, "||", 2) == 0)
		return 2;
	return *s == '(' || *s == ')' || *s == '!';
}

/* Take the next token into p->token. */
static int
next(struct parser *p)
{
	const char *s = p->at, *begin;
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	p->column = (size_t)(s - p->start) + 1;
	p->end = *s == '\0';
	p->quoted = *s == '"';
	begin = s;
	if (p->quoted) {
		begin = ++s;
		if ((s = strchr(s, '"')) == NULL)
			return fail(p, "a quote is not closed");
		len = (size_t)(s++ - begin);
	} else if ((len = operator_len(s)) > 0) {
		s += len;
	} else {
		while (*s != '\0' && *s != '(' && *s != ')' &&
		    !isspace((unsigned char)*s))
			s++;
		len = (size_t)(s - begin);
	}
	if (len >= sizeof(p->token))
		return fail(p, "the word is too long");
	memcpy(p->token, begin, len);
	p->token[len] = '\0';
	p->at = s;
	return 0;
}

static bool
is(const struct parser *p, const char *word)
{
	return !p->end && !p->quoted && strcmp(p->token, word) == 0;
}

static int
node_new(struct parser *p, uint8_t op, uint16_t *out)
{
	struct filter *f = p->f;

	if (f->n == PROTO_FILTER_MAX) {
		fail(p, "more than %d tests", PROTO_FILTER_MAX);
		return -E2BIG;
	}
	*out = ++f->n;
	f->node[*out].op = op;
	return 0;
}

static int
keep_name(struct parser *p, uint32_t *out)
{
	size_t len = strlen(p->token) + 1;
	json_t *v = json_string(p->token);

	/* it has to go to natd */
	json_decref(v);
	if (v == NULL)
		return fail(p, "the name is no UTF-8 text");
	if (len == 1)
		return fail(p, "an empty name");
	memcpy(p->f->text + p->f->used, p->token, len);
	*out = p->f->used;
	p->f->used += (uint32_t)len;
	return 0;
}

static int
parse_name(struct parser *p, uint16_t n)
{
	return keep_name(p, &p->f->node[n].name);
}

/* A name stands for each of its addresses: an `or' of tests. */
static int
parse_names_net(struct parser *p, uint16_t n)
{
	struct filter_node *node = &p->f->node[n], *sub;
	struct filter_net v[NETS_MAX];
	uint8_t op = node->op;
	uint16_t *link = &node->child;
	size_t i, count = 0;
	int error;

	if (p->names != NULL && p->names->host != NULL)
		count = p->names->host(p->names->arg, p->token, v, NETS_MAX);
	if (count == 0)
		return fail(p, "\"%.60s\" is no address, network or host",
		    p->token);
	if (count == 1) {
		node->net = v[0];
		return 0;
	}
	node->op = OP_OR;
	for (i = 0; i < count; i++) {
		if ((error = node_new(p, op, link)) != 0)
			return error;
		sub = &p->f->node[*link];
		sub->net = v[i];
		link = &sub->next;
	}
	return 0;
}

static int
parse_net(struct parser *p, uint16_t n)
{
	struct filter_net *net = &p->f->node[n].net;

	if (!p->quoted && word_net_parse(p->token, &net->af, &net->plen,
	    &net->addr, NULL) == 0) {
		addr_apply_plen(&net->addr, net->plen);
		return 0;
	}
	return parse_names_net(p, n);
}

static int
parse_port(struct parser *p, const char *s, uint16_t *out)
{
	const char *why;

	*out = (uint16_t)strtonum(s, 0, UINT16_MAX, &why);
	if (why == NULL)
		return 0;
	if (p->names != NULL && p->names->service != NULL &&
	    p->names->service(p->names->arg, s, out) == 0)
		return 0;
	return fail(p, "\"%.60s\" is no port", s);
}

/* N, N-M, N:M */
static int
parse_ports(struct parser *p, uint16_t n)
{
	uint16_t *port = p->f->node[n].port;
	char *dash = strpbrk(p->token, "-:");

	if (dash == NULL || !isdigit((unsigned char)p->token[0])) {
		if (parse_port(p, p->token, &port[0]) != 0)
			return -EINVAL;
		port[1] = port[0];
		return 0;
	}
	*dash = '\0';
	if (parse_port(p, p->token, &port[0]) != 0 ||
	    parse_port(p, dash + 1, &port[1]) != 0)
		return -EINVAL;
	if (port[0] > port[1])
		return fail(p, "the port range ends before it begins");
	return 0;
}

static int
parse_proto(struct parser *p, uint16_t n)
{
	const char *name = p->token;
	int proto;

	if (strcmp(name, "icmp6") == 0)
		name = "ipv6-icmp";
	if ((proto = word_proto_parse(name)) < 0)
		return fail(p, "\"%.60s\" is no protocol", p->token);
	p->f->node[n].number = (uint64_t)proto;
	return 0;
}

static int
parse_hex(struct parser *p, uint16_t n)
{
	struct filter_node *node = &p->f->node[n];

	node->digits = (uint8_t)strnlen(p->token, 32);
	if (word_hex(p->token, &node->number) != 0)
		return fail(p, "\"%.60s\" is no id", p->token);
	return 0;
}

/* A number that may have a unit behind it: seconds, bytes. */
static int
parse_number(struct parser *p, uint16_t n)
{
	static const struct {
		char op, unit;
		uint64_t times;
	} units[] = {
		{ OP_AGE, 's', 1 }, { OP_AGE, 'm', 60 },
		{ OP_AGE, 'h', 3600 }, { OP_AGE, 'd', 86400 },
		{ OP_BYTES, 'k', 1000 }, { OP_BYTES, 'K', 1000 },
		{ OP_BYTES, 'M', 1000000 }, { OP_BYTES, 'G', 1000000000 },
	};
	struct filter_node *node = &p->f->node[n];
	uint64_t times = 1;
	size_t i, len = strlen(p->token);
	const char *why;
	char word[TOKEN_MAX];

	strlcpy(word, p->token, sizeof(word));
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (len > 1 && units[i].op == node->op &&
		    units[i].unit == word[len - 1]) {
			times = units[i].times;
			word[len - 1] = '\0';
			break;
		}
	node->number = (uint64_t)strtonum(word, 0, INT64_MAX, &why);
	if (why != NULL || node->number > INT64_MAX / times)
		return fail(p, "\"%.60s\" is no number", p->token);
	node->number *= times;
	return 0;
}

static int (*const operands[])(struct parser *, uint16_t) = {
	[OPERAND_NET] = parse_net,
	[OPERAND_PORTS] = parse_ports,
	[OPERAND_PROTO] = parse_proto,
	[OPERAND_NAME] = parse_name,
	[OPERAND_RULE] = parse_hex,
	[OPERAND_ID] = parse_hex,
	[OPERAND_NUMBER] = parse_number,
};

static const struct test *
test_find(const struct parser *p)
{
	size_t i;

	for (i = 0; i < NTESTS; i++)
		if (is(p, tests[i].word))
			return &tests[i];
	return NULL;
}

/* `src host A', `src net A', `src port P', `dst ...': two words, one test. */
static int
parse_qualifier(struct parser *p, const struct test *t, uint8_t *op,
    uint8_t *operand)
{
	*op = t->op;
	*operand = t->operand;
	if (t->op != OP_SRC && t->op != OP_DST)
		return 0;
	if (is(p, "port")) {
		*op = t->op == OP_SRC ? OP_SPORT : OP_DPORT;
		*operand = OPERAND_PORTS;
	} else if (!is(p, "host") && !is(p, "net")) {
		return 0;
	}
	return next(p);
}

static int
no_test(struct parser *p)
{
	const char *like;
	size_t n = 0;

	if (p->end)
		return fail(p, "a test is missing at the end");
	while (filter_words[n] != NULL)
		n++;
	if ((like = diag_suggest(p->token, filter_words, n)) != NULL)
		return fail(p, "\"%.40s\" is no test; did you mean \"%s\"?",
		    p->token, like);
	return fail(p, "\"%.40s\" is no test; a filter is for example "
	    "'host 10.0.0.1 and tcp'", p->token);
}

static int
parse_test(struct parser *p, uint16_t *out)
{
	const struct test *t = test_find(p);
	uint8_t op, operand;
	int error;

	if (t == NULL)
		return no_test(p);
	if ((error = next(p)) != 0 ||
	    (error = parse_qualifier(p, t, &op, &operand)) != 0 ||
	    (error = node_new(p, op, out)) != 0)
		return error;
	if (operand == OPERAND_NONE) {
		p->f->node[*out].number = t->value;
		return 0;
	}
	if (p->end || (!p->quoted && operator_len(p->token) > 0))
		return fail(p, "something is missing behind \"%s\"", t->word);
	if ((error = operands[operand](p, *out)) != 0)
		return error;
	return next(p);
}

static int
parse_not(struct parser *p, uint16_t *out)
{
	uint16_t n;
	int error;

	if ((error = node_new(p, OP_NOT, &n)) != 0)
		return error;
	*out = n;
	return next(p);
}

static int
parse_factor(struct parser *p, uint16_t *out)
{
	uint16_t *link = out;
	int error;

	while (is(p, "not") || is(p, "!")) {
		if ((error = parse_not(p, link)) != 0)
			return error;
		link = &p->f->node[*link].child;
	}
	if (!is(p, "("))
		return parse_test(p, link);
	if (p->parens == PAREN_MAX)
		return fail(p, "more than %d parentheses are open", PAREN_MAX);
	p->parens++;
	if ((error = next(p)) != 0 || (error = parse_or(p, link)) != 0)
		return error;
	if (!is(p, ")"))
		return fail(p, "a parenthesis is not closed");
	p->parens--;
	return next(p);
}

/* Does another factor follow without an `and'? */
static bool
factor_follows(const struct parser *p)
{
	return is(p, "(") || is(p, "not") || is(p, "!") ||
	    test_find(p) != NULL;
}

/* Make a node of @op around the list that begins at *@out. */
static int
group(struct parser *p, uint8_t op, uint16_t *out)
{
	uint16_t first = *out, n;
	int error;

	if (p->f->node[first].next == 0)
		return 0;
	if ((error = node_new(p, op, &n)) != 0)
		return error;
	p->f->node[n].child = first;
	*out = n;
	return 0;
}

static int
parse_and(struct parser *p, uint16_t *out)
{
	uint16_t *link = out;
	int error;

	for (;;) {
		if ((error = parse_factor(p, link)) != 0)
			return error;
		if (is(p, "and") || is(p, "&&")) {
			if ((error = next(p)) != 0)
				return error;
		} else if (!factor_follows(p)) {
			return group(p, OP_AND, out);
		}
		link = &p->f->node[*link].next;
	}
}

static int
parse_or(struct parser *p, uint16_t *out)
{
	uint16_t *link = out;
	int error;

	for (;;) {
		if ((error = parse_and(p, link)) != 0)
			return error;
		if (!is(p, "or") && !is(p, "||"))
			return group(p, OP_OR, out);
		if ((error = next(p)) != 0)
			return error;
		link = &p->f->node[*link].next;
	}
}

/* Levels of the tree below a node; the parser has bounded them. */
static unsigned
depth(const struct filter *f, uint16_t n)
{
	unsigned d, deepest = 0;
	uint16_t c;

	for (c = f->node[n].child; c != 0; c = f->node[c].next)
		if ((d = depth(f, c)) > deepest)
			deepest = d;
	return deepest + 1;
}

static int
parse_all(struct parser *p)
{
	int error;

	if ((error = next(p)) != 0 ||
	    (error = parse_or(p, &p->f->root)) != 0)
		return error;
	if (!p->end)
		return fail(p, "unexpected \"%.60s\"", p->token);
	if (depth(p->f, p->f->root) > PROTO_FILTER_DEPTH) {
		fail(p, "nested more than %d deep", PROTO_FILTER_DEPTH);
		return -E2BIG;
	}
	return 0;
}

int
filter_parse(const char *text, const struct filter_names *names,
    char err[static FILTER_ERR_MAX], struct filter **out)
{
	struct parser p = { .names = names, .start = text, .at = text,
	    .err = err };
	int error;

	*err = '\0';
	/* each name and its NUL are no longer than its word and a blank */
	p.f = calloc(1, sizeof(*p.f) + strlen(text) + 2);
	if (p.f == NULL)
		return -ENOMEM;
	if ((error = parse_all(&p)) != 0) {
		free(p.f);
		return error;
	}
	*out = p.f;
	return 0;
}
