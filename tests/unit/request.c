/* SPDX-License-Identifier: ISC */
/*
 * Requests of the control protocol against a daemon in the test: each form of
 * answer, loads and what they leave in force, and bytes of strangers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "tests/unit/daemon_help.h"

static struct client_help h;

static void
setup(void)
{
	help_begin(&h, NULL);
}

static void
teardown(void)
{
	help_end(&h);
}

static const struct {
	const char *what, *line, *code;
} errors[] = {
	{ "empty line", "", PROTO_ERROR_SYNTAX },
	{ "no JSON", "hello", PROTO_ERROR_SYNTAX },
	{ "half an object", "{\"show\":", PROTO_ERROR_SYNTAX },
	{ "two objects", "{\"show\":{}}{}", PROTO_ERROR_SYNTAX },
	{ "an array", "[]", PROTO_ERROR_SYNTAX },
	{ "a number", "7", PROTO_ERROR_SYNTAX },
	{ "no member", "{}", PROTO_ERROR_SYNTAX },
	{ "two verbs", "{\"hello\":{},\"show\":{}}", PROTO_ERROR_SYNTAX },
	{ "one verb twice", "{\"hello\":{},\"hello\":{}}",
	    PROTO_ERROR_SYNTAX },
	{ "no UTF-8", "{\"hello\":{\"version\":\"\xff\"}}",
	    PROTO_ERROR_SYNTAX },
	{ "NUL in a string", "{\"show\":{\"what\":\"in\\u0000fo\"}}",
	    PROTO_ERROR_SYNTAX },
	{ "no such verb", "{\"reboot\":{}}", PROTO_ERROR_VERB },
	{ "verb without object", "{\"hello\":1}", PROTO_ERROR_ARGUMENT },
	{ "hello, another version", "{\"hello\":{\"version\":2}}",
	    PROTO_ERROR_VERSION },
	{ "hello, version as text", "{\"hello\":{\"version\":\"1\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "show what?", "{\"show\":{}}", PROTO_ERROR_ARGUMENT },
	{ "show, wrong kind", "{\"show\":{\"what\":1}}", PROTO_ERROR_ARGUMENT },
	{ "show, cursor", "{\"show\":{\"what\":\"states\",\"cursor\":\"x\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "show, anchor", "{\"show\":{\"what\":\"rules\",\"anchor\":\"no\"}}",
	    PROTO_ERROR_MISSING },
	{ "show, table", "{\"show\":{\"what\":\"table\",\"name\":\"no\"}}",
	    PROTO_ERROR_MISSING },
	{ "show osfp", "{\"show\":{\"what\":\"osfp\"}}",
	    PROTO_ERROR_UNSUPPORTED },
	{ "show sources, a wrong filter", "{\"show\":{\"what\":\"sources\","
	    "\"filter\":[\"src\",7]}}", PROTO_ERROR_ARGUMENT },
	{ "text without begin", "{\"load\":{\"text\":\"pass\"}}",
	    PROTO_ERROR_STATE },
	{ "commit without begin", "{\"load\":{\"commit\":{}}}",
	    PROTO_ERROR_STATE },
	{ "load of two parts", "{\"load\":{\"begin\":{},\"text\":\"\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "load of nothing", "{\"load\":{}}", PROTO_ERROR_ARGUMENT },
	{ "kill all", "{\"kill\":{\"what\":\"states\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "flush what?", "{\"flush\":{\"what\":\"disk\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "flush info of no interface", "{\"flush\":{\"what\":\"info\","
	    "\"filter\":[\"if\",\"nosuch\"]}}", PROTO_ERROR_MISSING },
	{ "flush info of a port", "{\"flush\":{\"what\":\"info\","
	    "\"filter\":[\"port\",80]}}", PROTO_ERROR_ARGUMENT },
	{ "flush fingerprints, dry",
	    "{\"flush\":{\"what\":\"osfp\",\"dry\":true}}",
	    PROTO_ERROR_UNSUPPORTED },
	{ "table without name", "{\"table\":{\"command\":\"add\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "table, command",
	    "{\"table\":{\"command\":\"eat\",\"name\":\"t\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "table, missing",
	    "{\"table\":{\"command\":\"flush\",\"name\":\"t\"}}",
	    PROTO_ERROR_MISSING },
	{ "table, bad address", "{\"table\":{\"command\":\"add\","
	    "\"name\":\"t\",\"addresses\":[\"10.0.0.0/33\"]}}",
	    PROTO_ERROR_ARGUMENT },
	{ "table, name too long", "{\"table\":{\"command\":\"add\","
	    "\"name\":\"tttttttttttttttttttttttttttttttttttt\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "set nothing", "{\"set\":{}}", PROTO_ERROR_ARGUMENT },
	{ "set a level", "{\"set\":{\"debug\":\"shout\"}}",
	    PROTO_ERROR_ARGUMENT },
	{ "nothing to confirm", "{\"confirm\":{}}", PROTO_ERROR_STATE },
	{ "rollback", "{\"rollback\":{\"revision\":1}}",
	    PROTO_ERROR_UNSUPPORTED },
	{ "filter that is no array",
	    "{\"kill\":{\"filter\":\"all\"}}", PROTO_ERROR_ARGUMENT },
	{ "filter of nothing", "{\"kill\":{\"filter\":[]}}",
	    PROTO_ERROR_ARGUMENT },
	{ "filter, unknown test", "{\"kill\":{\"filter\":[\"colour\",1]}}",
	    PROTO_ERROR_ARGUMENT },
	{ "filter, not of two",
	    "{\"kill\":{\"filter\":[\"not\",[\"nr\",1],[\"nr\",2]]}}",
	    PROTO_ERROR_ARGUMENT },
	{ "filter, port 65536", "{\"kill\":{\"filter\":[\"port\",65536]}}",
	    PROTO_ERROR_ARGUMENT },
	{ "filter, key without ends",
	    "{\"kill\":{\"filter\":[\"key\",\"tcp\"]}}",
	    PROTO_ERROR_ARGUMENT },
};

START_TEST(test_error)
{
	ck_assert_msg(strcmp(help_code(&h, errors[_i].line), errors[_i].code)
	    == 0, "%s: %.*s", errors[_i].what, (int)h.s.out.len,
	    h.s.out.data);
}
END_TEST

/* Nesting is bounded before the parser follows it. */
START_TEST(test_depth)
{
	char line[2 * 100000 + 1];

	memset(line, '[', 100000);
	memset(line + 100000, ']', 100000);
	line[200000] = '\0';
	ck_assert_str_eq(help_code(&h, line), PROTO_ERROR_LIMIT);
	/* brackets inside of a string are no nesting */
	ck_assert_str_eq(help_code(&h, "{\"show\":{\"what\":\"[[[[[[[[[[[[[["
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"{{{{\"}}"), PROTO_ERROR_ARGUMENT);
}
END_TEST

/* Filters: their own bounds of depth and size. */
START_TEST(test_filter_bounds)
{
	char line[16384] = "{\"kill\":{\"dry\":true,\"filter\":";
	unsigned i;

	for (i = 0; i < PROTO_FILTER_DEPTH; i++)
		strcat(line, "[\"not\",");
	strcat(line, "[\"nr\",1]");
	for (i = 0; i < PROTO_FILTER_DEPTH; i++)
		strcat(line, "]");
	strcat(line, "}}");
	ck_assert_str_eq(help_code(&h, line), PROTO_ERROR_ARGUMENT);

	strcpy(line, "{\"kill\":{\"dry\":true,\"filter\":[\"or\"");
	for (i = 0; i < PROTO_FILTER_MAX; i++)
		strcat(line, ",[\"nr\",1]");
	strcat(line, "]}}");
	ck_assert_str_eq(help_code(&h, line), PROTO_ERROR_ARGUMENT);
	ck_assert_str_eq(help_code(&h, "{\"kill\":{\"dry\":true,\"filter\":"
	    "[\"and\",[\"key\",\"tcp\",\"10.0.0.1:80\",\"<-\",\"10.0.0.2:9\"],"
	    "[\"not\",[\"host\",\"10.0.0.0/8\"]],[\"id\",\"12\",\"ab\"]]}}"),
	    "");
}
END_TEST

static json_int_t
number(const char *line, const char *name)
{
	json_t *done = help_done(&h, line);
	json_int_t n = json_integer_value(json_object_get(done, name));

	json_decref(done);
	return n;
}

static void
load(const char *text, const char *commit)
{
	char line[4096];

	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	snprintf(line, sizeof(line), "{\"load\":{\"text\":\"%s\"}}", text);
	json_decref(help_done(&h, line));
	snprintf(line, sizeof(line), "{\"load\":{\"commit\":{%s}}}", commit);
	json_decref(help_done(&h, line));
}

/* Member @name of record @i of an answer. */
static const char *
record(json_t *all, size_t i, const char *name)
{
	const char *s = json_string_value(json_object_get(
	    json_array_get(all, i), name));

	return s != NULL ? s : "";
}

static json_t *
ask(const char *line)
{
	return help_ask(&h, line, strlen(line));
}

#define SHOW_RULES "{\"show\":{\"what\":\"rules\"}}"
#define HELLO "{\"hello\":{\"version\":1}}"

START_TEST(test_load)
{
	json_t *all;

	ck_assert_int_eq(number(HELLO, "revision"), 1);
	load("block drop all\\npass in quick proto tcp to port 80 label "
	    "\\\"web\\\"\\n", "");
	ck_assert_int_eq(number(HELLO, "revision"), 2);
	all = ask(SHOW_RULES);
	ck_assert_uint_eq(json_array_size(all), 3);
	ck_assert_str_eq(record(all, 0, "text"), "block drop all");
	ck_assert_ptr_nonnull(strstr(record(all, 1, "text"),
	    "pass in quick"));
	ck_assert_str_eq(record(all, 1, "class"), "filter");
	json_decref(all);
	all = ask("{\"show\":{\"what\":\"labels\"}}");
	ck_assert_uint_eq(json_array_size(all), 2);
	ck_assert_str_eq(record(all, 0, "label"), "web");
	json_decref(all);
}
END_TEST

/* A text with errors changes nothing and says where they are. */
START_TEST(test_bad_load)
{
	json_t *all, *error, *m;

	load("pass\\n", "");
	json_decref(help_done(&h, "{\"load\":{\"begin\":{\"name\":\"x.conf\"}}}"));
	json_decref(help_done(&h,
	    "{\"load\":{\"text\":\"pass\\nblock in on on\\n\"}}"));
	all = ask("{\"load\":{\"commit\":{}}}");
	error = json_object_get(json_array_get(all, 0), "error");
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")),
	    PROTO_ERROR_RULES);
	m = json_array_get(json_object_get(error, "messages"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(m, "level")),
	    "error");
	ck_assert_str_eq(json_string_value(json_object_get(m, "file")),
	    "x.conf");
	ck_assert_int_eq(json_integer_value(json_object_get(m, "line")), 2);
	json_decref(all);
	ck_assert_int_eq(number(HELLO, "revision"), 2);
	all = ask(SHOW_RULES);
	ck_assert_uint_eq(json_array_size(all), 2);
	json_decref(all);
	/* and the draft is gone with it */
	ck_assert_str_eq(help_code(&h, "{\"load\":{\"text\":\"pass\"}}"),
	    PROTO_ERROR_STATE);
}
END_TEST

/* A dry load checks, and what is in force stays. */
START_TEST(test_dry_load)
{
	load("pass\\n", "\"dry\":true");
	ck_assert_int_eq(number(HELLO, "revision"), 1);
}
END_TEST

/* The print of what is in force loads again as the same. */
START_TEST(test_config)
{
	json_t *all, *again;

	load("table <t> { 10.0.0.1 }\\nset skip on lan0\\n"
	    "block in from <t>\\npass out keep state (max 7)\\n", "");
	all = ask("{\"show\":{\"what\":\"config\"}}");
	ck_assert_uint_eq(json_array_size(all), 2);
	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	{
		json_t *req = json_pack("{s:{s:s}}", "load", "text",
		    record(all, 0, "text"));
		char *line = json_dumps(req, JSON_COMPACT);

		json_decref(help_done(&h, line));
		free(line);
		json_decref(req);
	}
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
	again = ask("{\"show\":{\"what\":\"config\"}}");
	ck_assert_str_eq(record(all, 0, "text"), record(again, 0, "text"));
	json_decref(all);
	json_decref(again);
}
END_TEST

#define TABLE(command, rest) \
	"{\"table\":{\"name\":\"t\",\"command\":\"" command "\"" rest "}}"

/* Rules that no client sent are natd's own. */
START_TEST(test_who)
{
	json_t *all;

	all = help_ask(&h, SHOW_RULES, strlen(SHOW_RULES));
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 0), "pid")), getpid());
	json_decref(all);
	h.s.pid = 4711;
	load("pass\\n", "");
	json_decref(help_done(&h, TABLE("add", ",\"addresses\":[\"::1\"]")));
	json_decref(help_done(&h, TABLE("kill", "")));
	all = help_ask(&h, SHOW_RULES, strlen(SHOW_RULES));
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 0), "pid")), 4711);
	json_decref(all);
}
END_TEST

/* An unconfirmed load goes away by itself; a confirmed one stays. */
START_TEST(test_confirm)
{
	load("pass\\n", "\"confirm\":60");
	ck_assert_int_eq(number("{\"confirm\":{}}", "revision"), 2);
	ck_assert_str_eq(help_code(&h, "{\"confirm\":{}}"),
	    PROTO_ERROR_STATE);
}
END_TEST

START_TEST(test_table)
{
	json_t *all;

	ck_assert_int_eq(number(TABLE("add", ",\"dry\":true,"
	    "\"addresses\":[\"10.0.0.1\"]"), "added"), 1);
	ck_assert_str_eq(help_code(&h, TABLE("flush", "")),
	    PROTO_ERROR_MISSING);
	ck_assert_int_eq(number(TABLE("add",
	    ",\"addresses\":[\"10.0.0.0/8\",\"!10.1.0.0/16\"]"), "added"), 2);
	ck_assert_int_eq(number(TABLE("add", ",\"addresses\":[\"10.0.0.0/8\"]"),
	    "added"), 0);
	ck_assert_int_eq(number(TABLE("test", ",\"addresses\":[\"10.2.0.1\","
	    "\"10.1.0.1\",\"192.0.2.1\"]"), "matched"), 1);
	ck_assert_str_eq(help_code(&h, TABLE("test",
	    ",\"addresses\":[\"10.0.0.0/8\"]")), PROTO_ERROR_ARGUMENT);
	all = ask("{\"show\":{\"what\":\"table\",\"name\":\"t\"}}");
	ck_assert_uint_eq(json_array_size(all), 3);
	ck_assert_str_eq(record(all, 0, "addr"), "10.0.0.0");
	json_decref(all);
	/* a replace in two pieces */
	json_decref(help_done(&h, TABLE("replace",
	    ",\"part\":true,\"addresses\":[\"10.0.0.0/8\"]")));
	ck_assert_int_eq(number(TABLE("replace",
	    ",\"addresses\":[\"192.0.2.1\"]"), "deleted"), 1);
	all = ask("{\"show\":{\"what\":\"table\",\"name\":\"t\"}}");
	ck_assert_str_eq(record(all, 0, "addr"), "10.0.0.0");
	ck_assert_str_eq(record(all, 1, "addr"), "192.0.2.1");
	json_decref(all);
	ck_assert_int_eq(number(TABLE("delete",
	    ",\"addresses\":[\"10.0.0.0/8\",\"10.9.9.9\"]"), "deleted"), 1);
	ck_assert_int_eq(number(TABLE("kill", ""), "tables"), 1);
	ck_assert_str_eq(help_code(&h, TABLE("flush", "")),
	    PROTO_ERROR_MISSING);
}
END_TEST

/* A reload keeps what was put into a table, unless its text says otherwise. */
START_TEST(test_table_reload)
{
	load("table <t> persist\\nblock in from <t>\\n", "");
	json_decref(help_done(&h, TABLE("add",
	    ",\"addresses\":[\"10.0.0.1\",\"10.0.0.2\"]")));
	load("table <t> persist\\nblock in quick from <t>\\n", "");
	ck_assert_int_eq(number(TABLE("test", ",\"addresses\":[\"10.0.0.2\"]"),
	    "matched"), 1);
	load("table <t> { 10.0.0.9 }\\nblock in quick from <t>\\n", "");
	ck_assert_int_eq(number(TABLE("test", ",\"addresses\":[\"10.0.0.2\"]"),
	    "matched"), 0);
	ck_assert_int_eq(number(TABLE("test", ",\"addresses\":[\"10.0.0.9\"]"),
	    "matched"), 1);
	/* nobody names it any more */
	load("pass\\n", "");
	ck_assert_str_eq(help_code(&h, TABLE("flush", "")),
	    PROTO_ERROR_MISSING);
}
END_TEST

/* Rules put into an anchor from outside outlive the main ruleset. */
START_TEST(test_anchor)
{
	static const char *const show =
	    "{\"show\":{\"what\":\"rules\",\"anchor\":\"out\"}}";
	json_t *all;

	load("anchor \\\"out\\\"\\nblock drop all\\n", "");
	json_decref(help_done(&h,
	    "{\"load\":{\"begin\":{\"anchor\":\"out\"}}}"));
	json_decref(help_done(&h,
	    "{\"load\":{\"text\":\"pass in proto udp to port 53\\n\"}}"));
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
	all = ask(show);
	ck_assert_uint_eq(json_array_size(all), 2);
	ck_assert_ptr_nonnull(strstr(record(all, 0, "text"), "port = 53"));
	json_decref(all);
	load("anchor \\\"out\\\"\\nblock return all\\n", "");
	all = ask(show);
	ck_assert_uint_eq(json_array_size(all), 2);
	json_decref(all);
	json_decref(help_done(&h,
	    "{\"flush\":{\"what\":\"rules\",\"anchor\":\"out\"}}"));
	all = ask(show);
	ck_assert_uint_eq(json_array_size(all), 1);
	json_decref(all);
	all = ask(SHOW_RULES);
	ck_assert_uint_eq(json_array_size(all), 3);
	json_decref(all);
}
END_TEST

START_TEST(test_flush_rules)
{
	json_t *all;

	load("set timeout tcp.first 77\\npass\\n", "");
	json_decref(help_done(&h, "{\"flush\":{\"what\":\"rules\"}}"));
	all = ask(SHOW_RULES);
	ck_assert_uint_eq(json_array_size(all), 1);
	json_decref(all);
	all = ask("{\"show\":{\"what\":\"timeouts\"}}");
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 0), "value")), 77);
	json_decref(all);
	json_decref(help_done(&h, "{\"flush\":{\"what\":\"reset\"}}"));
	all = ask("{\"show\":{\"what\":\"timeouts\"}}");
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 0), "value")), 120);
	json_decref(all);
}
END_TEST

/* -m: what a load does not set stays. */
START_TEST(test_merge)
{
	json_t *all;

	load("set timeout tcp.first 77\\nset debug info\\npass\\n", "");
	json_decref(help_done(&h, "{\"load\":{\"begin\":{\"merge\":true}}}"));
	json_decref(help_done(&h,
	    "{\"load\":{\"text\":\"set timeout tcp.closed 5\\npass\\n\"}}"));
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
	all = ask("{\"show\":{\"what\":\"timeouts\"}}");
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 0), "value")), 77);
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(all, 5), "value")), 5);
	json_decref(all);
	all = ask("{\"show\":{\"what\":\"info\"}}");
	ck_assert_str_eq(record(all, 0, "debug"), "info");
	json_decref(all);
}
END_TEST

/* Rules that differ. */
static void
load_ports(unsigned n)
{
	static char line[128 * 1024];
	size_t at;
	unsigned i;

	at = (size_t)snprintf(line, sizeof(line), "{\"load\":{\"text\":\"");
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at,
		    "pass in proto udp to port %u\\n", i + 1);
	snprintf(line + at, sizeof(line) - at, "\"}}");
	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	json_decref(help_done(&h, line));
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
}

/* More than a portion holds: cursors lead through all of it, once. */
START_TEST(test_portions)
{
	char line[256] = SHOW_RULES;
	size_t n = 0;
	json_t *all, *last;
	const char *more;
	unsigned i, portions = 0;

	load_ports(2500);
	do {
		all = help_ask(&h, line, strlen(line));
		for (i = 0; i + 1 < json_array_size(all); i++)
			ck_assert_int_eq(json_integer_value(json_object_get(
			    json_array_get(all, i), "nr")), (json_int_t)(n + i));
		ck_assert_uint_le(json_array_size(all), PROTO_PORTION + 1);
		n += json_array_size(all) - 1;
		portions++;
		last = json_array_get(all, json_array_size(all) - 1);
		more = json_string_value(json_object_get(last, "more"));
		if (more != NULL)
			snprintf(line, sizeof(line), "{\"show\":{\"what\":"
			    "\"rules\",\"cursor\":\"%s\"}}", more);
		ck_assert(more != NULL ||
		    json_object_get(last, "done") != NULL);
		if (more == NULL)
			line[0] = '\0';
		json_decref(all);
	} while (line[0] != '\0');
	ck_assert_uint_eq(n, 2500);
	ck_assert_uint_eq(portions, 3);
}
END_TEST

/* Asks with the first @digits of an id; "": no error. */
static const char *
ask_prefix(const char *verb, const char *id, unsigned digits)
{
	char line[256];

	snprintf(line, sizeof(line), "{\"%s\":{\"what\":\"states\","
	    "\"filter\":[\"not\",[\"rule\",\"%.*s\"]]}}", verb,
	    (int)digits, id);
	return help_code(&h, line);
}

/* An id may be cut to what is unique, and no further. */
START_TEST(test_rule_prefix)
{
	static const char *const verbs[] = { "show", "kill", "flush" };
	json_int_t digits;
	const char *id;
	json_t *all;
	size_t i, j;

	load_ports(600);
	all = help_ask(&h, SHOW_RULES, strlen(SHOW_RULES));
	ck_assert_uint_eq(json_array_size(all), 601);
	for (i = 0; i < 600; i++) {
		id = json_string_value(json_object_get(
		    json_array_get(all, i), "id"));
		digits = json_integer_value(json_object_get(
		    json_array_get(all, i), "id_digits"));
		ck_assert_int_ge(digits, 6);
		ck_assert_int_le(digits, 16);
		for (j = 0; j < 3; j++) {
			ck_assert_str_eq(ask_prefix(verbs[j], id,
			    (unsigned)digits), "");
			ck_assert_str_eq(ask_prefix(verbs[j], id, 1),
			    PROTO_ERROR_ARGUMENT);
		}
		ck_assert_str_eq(ask_prefix("show", id, 16), "");
	}
	json_decref(all);
}
END_TEST

START_TEST(test_readonly)
{
	static const char *const denied[] = {
		"{\"load\":{\"begin\":{}}}", "{\"kill\":{\"filter\":[\"nr\",1]}}",
		"{\"flush\":{\"what\":\"all\"}}", "{\"set\":{\"enabled\":false}}",
		"{\"confirm\":{}}", TABLE("add", ""),
		"{\"rollback\":{}}", "{\"trace\":{}}", "{\"monitor\":{}}",
	};
	size_t i;

	h.s.readonly = true;
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		ck_assert_msg(strcmp(help_code(&h, denied[i]),
		    PROTO_ERROR_DENIED) == 0, "%s", denied[i]);
	ck_assert_str_eq(help_code(&h, SHOW_RULES), "");
	ck_assert_str_eq(help_code(&h, HELLO), "");
}
END_TEST

/*
 * Bytes of strangers: requests that are cut, changed and put together.  What
 * each gives is checked by help_ask(): whole lines of JSON, and an end.
 */
static const char *const seeds[] = {
	HELLO, SHOW_RULES,
	"{\"show\":{\"what\":\"states\",\"filter\":[\"and\",[\"src\","
	    "\"10.0.0.0/8\"],[\"port\",1,2]],\"cursor\":\"0\"}}",
	"{\"show\":{\"what\":\"table\",\"name\":\"t\",\"anchor\":\"\"}}",
	"{\"show\":{\"what\":\"nat\",\"recursive\":true,\"nr\":0}}",
	"{\"load\":{\"begin\":{\"anchor\":\"a/b\",\"merge\":true}}}",
	"{\"load\":{\"text\":\"pass in on lan0 proto tcp\\n\"}}",
	"{\"load\":{\"origins\":{\"file\":\"f\",\"rules\":[[0,1,2]]}}}",
	"{\"load\":{\"origins\":{\"file\":\"f\",\"rules\":[[0,1,2,3,"
	    "[[\"once\",1,8,1,12],[\"x\",1,2,3,4]]],[1,1,1,1,[]]]}}}",
	"{\"load\":{\"table\":{\"name\":\"t\",\"entries\":[\"!10.0.0.1\","
	    "\"::1 weight 3 ttl 9\"]}}}",
	"{\"load\":{\"commit\":{\"dry\":false,\"confirm\":0}}}",
	"{\"kill\":{\"what\":\"states\",\"filter\":[\"key\",\"tcp\","
	    "\"10.0.0.1:80\",\"<-\",\"10.0.0.2:1\"],\"dry\":true}}",
	"{\"flush\":{\"what\":\"tables\",\"anchor\":\"\"}}",
	TABLE("add", ",\"addresses\":[\"10.0.0.1\"],\"verbose\":2"),
	TABLE("replace", ",\"addresses\":[\"10.0.0.1\"],\"part\":true"),
	"{\"set\":{\"enabled\":true,\"debug\":\"err\"}}",
};
#define NSEEDS (sizeof(seeds) / sizeof(seeds[0]))

static unsigned
roll(unsigned *state, unsigned n)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % n;
}

static size_t
mutate(char *line, size_t size, unsigned *state)
{
	static const char bytes[] = "{}[]\",:\\0123456789aetfnu\x01\x7f\xff ";
	const char *other = seeds[roll(state, NSEEDS)];
	size_t len, cut;
	unsigned i, n = roll(state, 4);

	len = strlcpy(line, seeds[roll(state, NSEEDS)], size);
	for (i = 0; i < n && len > 0; i++)
		line[roll(state, (unsigned)len)] =
		    bytes[roll(state, sizeof(bytes) - 1)];
	if (roll(state, 4) == 0) {
		cut = roll(state, (unsigned)len + 1);
		len = cut + strlcpy(line + cut, other + roll(state,
		    (unsigned)strlen(other)), size - cut);
	}
	return len;
}

START_TEST(test_noise)
{
	unsigned state = 20260301u + (unsigned)_i, i;
	char line[1024];
	size_t len;

	for (i = 0; i < 1500; i++) {
		len = mutate(line, sizeof(line), &state);
		json_decref(help_ask(&h, line, len));
	}
	/* and it still works */
	ck_assert_str_eq(help_code(&h, HELLO), "");
}
END_TEST

Suite *suite_request(void);

Suite *
suite_request(void)
{
	Suite *s = suite_create("request");
	TCase *tc = tcase_create("request");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_error, 0,
	    sizeof(errors) / sizeof(errors[0]));
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_filter_bounds);
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_bad_load);
	tcase_add_test(tc, test_dry_load);
	tcase_add_test(tc, test_config);
	tcase_add_test(tc, test_who);
	tcase_add_test(tc, test_confirm);
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_table_reload);
	tcase_add_test(tc, test_anchor);
	tcase_add_test(tc, test_flush_rules);
	tcase_add_test(tc, test_merge);
	tcase_add_test(tc, test_portions);
	tcase_add_test(tc, test_rule_prefix);
	tcase_add_test(tc, test_readonly);
	tcase_add_loop_test(tc, test_noise, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}
