/* SPDX-License-Identifier: ISC */
/*
 * Filter expressions: what they match, how they fail, and the tree that goes
 * to natd.
 *
 * Random expressions are compared with a stupid evaluator: one that walks the
 * random tree the text was written from and asks plain questions of the state.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/filter.h"
#include "ctl/show.h"
#include "engine/packet.h"

static struct view_end
end(const char *addr, uint16_t port)
{
	struct view_end e = { .port = port };

	inet_pton(strchr(addr, ':') != NULL ? AF_INET6 : AF_INET, addr,
	    &e.addr);
	return e;
}

/* nat: 10.0.0.5:4000 goes out as 192.0.2.1:50001 to 198.51.100.7:443 */
static struct show_state
state_out(void)
{
	struct show_state s = { .ifname = "all", .if_seen = "wan0",
	    .rule = 0x7c1e00000000abcdULL, .nr = 4, .anchor = "",
	    .label = "web" };

	s.v.id = 0x6650a1c200000017ULL;
	s.v.af = AF_INET;
	s.v.proto = IPPROTO_TCP;
	s.v.dir = DIR_OUT;
	s.v.wire[0] = end("192.0.2.1", 50001);
	s.v.stack[0] = end("10.0.0.5", 4000);
	s.v.wire[1] = s.v.stack[1] = end("198.51.100.7", 443);
	s.v.gw[1] = end("192.0.2.254", 0);
	s.v.peer[0].state = 4;
	s.v.peer[1].state = 9;
	s.v.age = 100;
	s.v.packets[0] = 5;
	s.v.packets[1] = 6;
	s.v.bytes[0] = 1000;
	s.v.bytes[1] = 500;
	return s;
}

/* rdr: 198.51.100.9:1024 came to 192.0.2.1:80, which is 10.0.0.2:8080 */
static struct show_state
state_in(void)
{
	struct show_state s = { .ifname = "wan0", .if_seen = "wan0",
	    .nr = -1, .anchor = "a/b", .label = "" };

	s.v.af = AF_INET;
	s.v.proto = IPPROTO_UDP;
	s.v.dir = DIR_IN;
	s.v.wire[0] = end("192.0.2.1", 80);
	s.v.stack[0] = end("10.0.0.2", 8080);
	s.v.wire[1] = s.v.stack[1] = end("198.51.100.9", 1024);
	s.v.peer[0].state = 1;
	s.v.peer[1].state = 2;
	return s;
}

static struct show_state
state_ping(void)
{
	struct show_state s = { .ifname = "all", .if_seen = "lan0",
	    .anchor = "", .label = "" };

	s.v.af = AF_INET6;
	s.v.proto = IPPROTO_ICMPV6;
	s.v.dir = DIR_OUT;
	s.v.wire[0] = s.v.stack[0] = end("2001:db8::5", 80);
	s.v.wire[1] = s.v.stack[1] = end("2001:db8:1::7", 128);
	return s;
}

static const struct {
	const char *text;
	const char *want;	/* of out, in, ping: those that match */
} rows[] = {
	{ "host 10.0.0.5", "o" },
	{ "host 192.0.2.1", "oi" },
	{ "net 10.0.0.0/8", "oi" },
	{ "net 10/8", NULL },
	{ "src 10.0.0.5", "o" },
	{ "src 192.0.2.1", "" },	/* out: before translation */
	{ "dst 192.0.2.1", "i" },	/* in: on the wire */
	{ "dst 10.0.0.2", "" },
	{ "src host 198.51.100.9", "i" },
	{ "dst net 198.51.100.0/24", "o" },
	{ "src net 2001:db8::/32", "p" },
	{ "host 0.0.0.0/0", "oi" },
	{ "port 443", "o" },
	{ "port 80", "i" },	/* not the id of a ping */
	{ "port 80-443", "oi" },
	{ "port 8000:9000", "i" },
	{ "src port 4000", "o" },
	{ "src port 50001", "" },
	{ "sport 1024", "i" },
	{ "dst port 80", "i" },
	{ "dport 8080", "" },
	{ "port https", "o" },
	{ "host box", "oi" },
	{ "not host box", "p" },
	{ "proto tcp", "o" },
	{ "proto 17", "i" },
	{ "proto icmp6", "p" },
	{ "proto ipv6-icmp", "p" },
	{ "tcp or udp", "oi" },
	{ "inet", "oi" },
	{ "ip6", "p" },
	{ "in", "i" },
	{ "out and inet", "o" },
	{ "out inet", "o" },
	{ "iface wan0", "oi" },
	{ "on all", "op" },
	{ "state ESTABLISHED", "o" },
	{ "state fin_wait_2", "o" },
	{ "state single", "i" },
	{ "state 0", "p" },
	{ "label web", "o" },
	{ "label \"web\"", "o" },
	{ "anchor a/b", "i" },
	{ "rule 7c1e", "o" },
	{ "rule 7c1e00000000abcd", "o" },
	{ "rule 7c1f", "" },
	{ "nr 4", "o" },
	{ "id 6650a1c200000017", "o" },
	{ "age 100", "o" },
	{ "age 2m", "" },
	{ "packets 11", "o" },
	{ "packets 12", "" },
	{ "bytes 1k", "o" },
	{ "gateway 192.0.2.254", "o" },
	{ "gateway 0.0.0.0/0", "o" },
	{ "gateway 192.0.2.1", "" },
	{ "rdomain 0", "oip" },
	{ "not tcp", "ip" },
	{ "!tcp", "ip" },
	{ "! (tcp || udp)", "p" },
	{ "not not tcp", "o" },
	{ "tcp and udp", "" },
	{ "tcp and udp or inet6", "p" },
	{ "tcp and (udp or inet)", "o" },
	{ "(((tcp)))", "o" },
	{ "tcp && !port 22", "o" },
	{ "src 10.0.0.5 and tcp and out", "o" },
};

static size_t
resolve(void *arg, const char *name, struct filter_net *out, size_t max)
{
	static const char *const box[] = { "10.0.0.5", "10.0.0.2" };
	size_t i;

	(void)arg;
	ck_assert_uint_ge(max, 2);
	if (strcmp(name, "box") != 0)
		return 0;
	for (i = 0; i < 2; i++) {
		out[i] = (struct filter_net){ .af = AF_INET, .plen = 32 };
		inet_pton(AF_INET, box[i], &out[i].addr);
	}
	return 2;
}

static int
service(void *arg, const char *name, uint16_t *port)
{
	(void)arg;
	*port = 443;
	return strcmp(name, "https") == 0 ? 0 : -ENOENT;
}

static const struct filter_names names = { resolve, service, NULL };

START_TEST(test_rows)
{
	struct show_state o = state_out(), i = state_in(), p = state_ping();
	char err[FILTER_ERR_MAX], got[4] = "";
	struct filter *f;
	int error;

	error = filter_parse(rows[_i].text, &names, err, &f);
	if (rows[_i].want == NULL) {
		ck_assert_int_eq(error, -EINVAL);
		return;
	}
	ck_assert_msg(error == 0, "%s: %s", rows[_i].text, err);
	if (filter_match(f, &o))
		strcat(got, "o");
	if (filter_match(f, &i))
		strcat(got, "i");
	if (filter_match(f, &p))
		strcat(got, "p");
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: got \"%s\"",
	    rows[_i].text, got);
	filter_free(f);
}
END_TEST

static const struct {
	const char *text, *part;
} bad[] = {
	{ "", "missing" },
	{ "   ", "missing" },
	{ "host", "behind \"host\"" },
	{ "host and", "no address" },
	{ "host 10.0.0.256", "column 6" },
	{ "host 10.0.0.0/33", "no address" },
	{ "host nobody", "\"nobody\" is no address" },
	{ "frob 1", "column 1: \"frob\" is no test" },
	{ "hots 10.0.0.1", "did you mean \"host\"?" },
	{ "tcp frob", "column 5: unexpected \"frob\"" },
	{ "port x", "no port" },
	{ "port 65536", "no port" },
	{ "port 9-8", "ends before" },
	{ "port -", "no port" },
	{ "port (", "behind \"port\"" },
	{ "proto frob", "no protocol" },
	{ "proto 256", "no protocol" },
	{ "rule xyz", "no id" },
	{ "rule \"\"", "no id" },
	{ "rule 00000000000000000", "no id" },
	{ "label \"\"", "empty" },
	{ "label \"x", "not closed" },
	{ "label x\xdb", "no UTF-8" },
	{ "age 1x", "no number" },
	{ "age -1", "no number" },
	{ "bytes 9223372036854775807G", "no number" },
	{ "(tcp", "not closed" },
	{ "tcp)", "unexpected \")\"" },
	{ "()", "is no test" },
	{ "tcp or", "missing at the end" },
	{ "tcp and or udp", "is no test" },
	{ "not", "missing at the end" },
};

START_TEST(test_bad)
{
	char err[FILTER_ERR_MAX];
	struct filter *f;

	ck_assert_msg(filter_parse(bad[_i].text, &names, err, &f) == -EINVAL,
	    "%s: accepted", bad[_i].text);
	ck_assert_msg(strstr(err, bad[_i].part) != NULL, "%s: %s",
	    bad[_i].text, err);
}
END_TEST

/* Many tests, deep parentheses, long words: refused, not followed. */
START_TEST(test_limits)
{
	char err[FILTER_ERR_MAX], *text = malloc(1 << 20);
	struct filter *f;
	int i, error;

	strcpy(text, "tcp");
	for (i = 1; i < 250; i++)
		strcat(text, " or port 1");
	ck_assert_msg(filter_parse(text, NULL, err, &f) == 0, "%s", err);
	filter_free(f);
	for (; i < 300; i++)
		strcat(text, " or port 1");
	ck_assert_int_eq(filter_parse(text, NULL, err, &f), -E2BIG);
	memset(text, '(', 100000);
	strcpy(text + 100000, "tcp");
	error = filter_parse(text, NULL, err, &f);
	ck_assert_int_eq(error, -EINVAL);
	ck_assert_ptr_nonnull(strstr(err, "parentheses"));
	*text = '\0';
	for (i = 0; i < 20; i++)
		strcat(text, "not ");
	strcat(text, "tcp");
	ck_assert_int_eq(filter_parse(text, NULL, err, &f), -E2BIG);
	strcpy(text, "host ");
	memset(text + 5, 'x', 1000);
	text[1005] = '\0';
	ck_assert_int_eq(filter_parse(text, NULL, err, &f), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err, "too long"));
	free(text);
}
END_TEST

START_TEST(test_none)
{
	struct show_state o = state_out();

	ck_assert(filter_match(NULL, &o));
}
END_TEST

static const struct {
	const char *text, *json;
} trees[] = {
	{ "tcp", "[\"proto\",\"tcp\"]" },
	{ "src 10.0.0.0/8 and not port 22",
	  "[\"and\",[\"src\",\"10.0.0.0/8\"],[\"not\",[\"port\",22]]]" },
	{ "host 2001:db8::1 or dst port 1-9",
	  "[\"or\",[\"host\",\"2001:db8::1\"],[\"dport\",1,9]]" },
	{ "in inet6 on wan0",
	  "[\"and\",[\"dir\",\"in\"],[\"af\",\"inet6\"],[\"if\",\"wan0\"]]" },
	{ "rule 07c or id 1f",
	  "[\"or\",[\"rule\",\"07c\"],[\"id\",\"000000000000001f\"]]" },
	{ "host box", "[\"or\",[\"host\",\"10.0.0.5\"],"
	  "[\"host\",\"10.0.0.2\"]]" },
	{ "age 1h", "[\"age\",3600]" },
	{ "state ESTABLISHED label web anchor a",
	  "[\"and\",[\"state\",\"ESTABLISHED\"],[\"label\",\"web\"],"
	  "[\"anchor\",\"a\"]]" },
	{ "out proto 200", "[\"and\",[\"dir\",\"out\"],[\"proto\",\"200\"]]" },
};

START_TEST(test_json)
{
	char err[FILTER_ERR_MAX], *got;
	struct filter *f;
	json_t *v;

	ck_assert_msg(filter_parse(trees[_i].text, &names, err, &f) == 0,
	    "%s: %s", trees[_i].text, err);
	v = filter_json(f);
	ck_assert_ptr_nonnull(v);
	got = json_dumps(v, JSON_COMPACT);
	ck_assert_str_eq(got, trees[_i].json);
	free(got);
	json_decref(v);
	filter_free(f);
}
END_TEST

/*
 * The stupid evaluator.  A random tree is written as text and asked directly.
 * Small value ranges make many tests match.
 */
enum { T_NOT, T_AND, T_OR, T_HOST, T_SRC, T_DPORT, T_PORT, T_PROTO, T_IN,
	T_AGE, T_STATE, T_MAX };

struct tree {
	int op;
	unsigned value;
	struct tree *a, *b;
};

static unsigned
pick(unsigned n)
{
	return (unsigned)random() % n;
}

static struct tree *
tree_random(int depth)
{
	struct tree *t = calloc(1, sizeof(*t));

	t->op = (int)pick(depth > 0 ? T_MAX : T_MAX - T_HOST);
	if (depth == 0)
		t->op += T_HOST;
	t->value = pick(4);
	if (t->op <= T_OR)
		t->a = tree_random(depth - 1);
	if (t->op == T_AND || t->op == T_OR)
		t->b = tree_random(depth - 1);
	return t;
}

static void
tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	tree_free(t->a);
	tree_free(t->b);
	free(t);
}

static void
tree_write(FILE *out, const struct tree *t)
{
	static const char *const protos[] = { "tcp", "udp", "icmp",
	    "proto tcp" };
	static const char *const peers[] = { "SYN_SENT", "ESTABLISHED",
	    "SINGLE", "0" };

	switch (t->op) {
	case T_NOT:
		fputs(pick(2) ? "not (" : "! (", out);
		tree_write(out, t->a);
		fputs(")", out);
		break;
	case T_AND:
	case T_OR:
		fputs("(", out);
		tree_write(out, t->a);
		fputs(t->op == T_OR ? ") or (" : pick(2) ? ") and (" : ") (",
		    out);
		tree_write(out, t->b);
		fputs(")", out);
		break;
	case T_HOST:
		fprintf(out, "host 10.0.0.%u", t->value);
		break;
	case T_SRC:
		fprintf(out, "src net 10.0.0.%u/31", t->value);
		break;
	case T_DPORT:
		fprintf(out, "dst port %u", t->value);
		break;
	case T_PORT:
		fprintf(out, "port %u-3", t->value);
		break;
	case T_PROTO:
		fputs(protos[t->value], out);
		break;
	case T_IN:
		fputs(t->value < 2 ? "in" : "out", out);
		break;
	case T_AGE:
		fprintf(out, "age %u", t->value);
		break;
	case T_STATE:
		fprintf(out, "state %s", peers[t->value]);
		break;
	}
}

static unsigned
last_byte(const struct view_end *e)
{
	return e->addr.b[3];
}

static bool
tree_match(const struct tree *t, const struct state_view *v)
{
	static const uint8_t protos[] = { 6, 17, 1, 6 };
	const struct view_end *ends[4] = { &v->wire[0], &v->wire[1],
	    &v->stack[0], &v->stack[1] };
	bool found = false;
	const struct view_end *src, *dst;
	int i;

	if (v->dir == DIR_IN) {
		src = &v->wire[1];
		dst = &v->wire[0];
	} else {
		src = &v->stack[0];
		dst = &v->stack[1];
	}
	switch (t->op) {
	case T_NOT:
		return !tree_match(t->a, v);
	case T_AND:
		return tree_match(t->a, v) && tree_match(t->b, v);
	case T_OR:
		return tree_match(t->a, v) || tree_match(t->b, v);
	case T_HOST:
		for (i = 0; i < 4; i++)
			found |= last_byte(ends[i]) == t->value;
		return found;
	case T_SRC:
		return last_byte(src) / 2 == t->value / 2;
	case T_DPORT:
		return v->proto != 1 && dst->port == t->value;
	case T_PORT:
		for (i = 0; i < 4; i++)
			found |= ends[i]->port >= t->value;
		return found && v->proto != 1;
	case T_PROTO:
		return v->proto == protos[t->value];
	case T_IN:
		return (v->dir == DIR_IN) == (t->value < 2);
	case T_AGE:
		return v->age >= t->value;
	}
	/* T_STATE: SYN_SENT 2 and ESTABLISHED 4 of tcp, SINGLE 1 of udp */
	for (i = 0; i < 2; i++) {
		found |= t->value == 0 && v->proto == 6 &&
		    v->peer[i].state == 2;
		found |= t->value == 1 && v->proto == 6 &&
		    v->peer[i].state == 4;
		found |= t->value == 2 && v->proto == 17 &&
		    v->peer[i].state == 1;
		found |= t->value == 3 && v->proto == 1 &&
		    v->peer[i].state == 0;
	}
	return found;
}

static void
state_random(struct show_state *s)
{
	static const uint8_t protos[] = { 6, 17, 1 };
	struct view_end *ends[4] = { &s->v.wire[0], &s->v.wire[1],
	    &s->v.stack[0], &s->v.stack[1] };
	int i;

	memset(s, 0, sizeof(*s));
	s->v.af = AF_INET;
	s->v.proto = protos[pick(3)];
	s->v.dir = (uint8_t)pick(2);
	s->v.age = pick(4);
	for (i = 0; i < 4; i++) {
		inet_pton(AF_INET, "10.0.0.0", &ends[i]->addr);
		ends[i]->addr.b[3] = (uint8_t)pick(4);
		ends[i]->port = (uint16_t)pick(4);
	}
	for (i = 0; i < 2; i++)
		s->v.peer[i].state = (uint8_t)pick(s->v.proto == 6 ? 5 :
		    s->v.proto == 17 ? 3 : 1);
}

START_TEST(test_random)
{
	unsigned seed = (unsigned)time(NULL);
	char err[FILTER_ERR_MAX], *text;
	int i, k, yes = 0, no = 0;
	struct show_state s;
	struct tree *t;
	struct filter *f;
	size_t len;
	FILE *out;

	if (getenv("TEST_SEED") != NULL)
		seed = (unsigned)atoi(getenv("TEST_SEED"));
	srandom(seed);
	for (i = 0; i < 2000; i++) {
		t = tree_random((int)pick(6));
		out = open_memstream(&text, &len);
		tree_write(out, t);
		fclose(out);
		ck_assert_msg(filter_parse(text, NULL, err, &f) == 0,
		    "TEST_SEED=%u: %s: %s", seed, text, err);
		for (k = 0; k < 30; k++) {
			state_random(&s);
			ck_assert_msg(filter_match(f, &s) ==
			    tree_match(t, &s.v), "TEST_SEED=%u: %s", seed, text);
			*(tree_match(t, &s.v) ? &yes : &no) += 1;
		}
		filter_free(f);
		tree_free(t);
		free(text);
	}
	ck_assert_int_gt(yes, 5000);
	ck_assert_int_gt(no, 5000);
}
END_TEST

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *suite_filter(void);

Suite *
suite_filter(void)
{
	Suite *s = suite_create("filter");
	TCase *tc = tcase_create("filter");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_rows, 0, ROWS(rows));
	tcase_add_loop_test(tc, test_bad, 0, ROWS(bad));
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_none);
	tcase_add_loop_test(tc, test_json, 0, ROWS(trees));
	tcase_add_test(tc, test_random);
	suite_add_tcase(s, tc);
	return s;
}
