/* SPDX-License-Identifier: ISC */
/*
 * Records of the control protocol: what is written reads back, for every
 * member of every struct.
 *
 * A struct is filled with bytes that are not zero, its strings are made
 * strings, and padding is cleared; so a member that one of the two directions
 * forgets, also one that was added later, is a difference.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/show_json.h"
#include "ctl/word.h"

#ifdef __has_builtin
#if __has_builtin(__builtin_clear_padding)
#define clear_padding(p) __builtin_clear_padding(p)
#endif
#endif

static json_t *
parse_line(const struct jsonbuf *b)
{
	json_error_t err;
	json_t *v;

	ck_assert(!b->failed);
	ck_assert(b->len > 0 && b->data[b->len - 1] == '\n');
	ck_assert_ptr_null(memchr(b->data, '\n', b->len - 1));
	v = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES, &err);
	ck_assert_msg(v != NULL, "%s: %.*s", err.text, (int)b->len, b->data);
	return v;
}

static void
text_fill(char *s, size_t size, const char *with)
{
	memset(s, 0, size);
	snprintf(s, size, "%s", with);
}

#define TEXT(m, s) text_fill(m, sizeof(m), s)

static void
fill_state(struct show_state *st)
{
	st->v.af = AF_INET6;
	st->v.proto = 6;
	TEXT(st->ifname, "all");
	TEXT(st->if_seen, "wan0");
	st->anchor = "a/b";
	st->label = "web \"x\"\n";
	st->nr = 12;
}

static void
fill_rule(struct show_rule *st)
{
	st->nr = -1;
	st->anchor = "a";
	st->rclass = "filter";
	st->text = "pass in on \"a b\" all\tflags S/SA";
	st->file = "/etc/natd.conf";
}

static void
fill_label(struct show_label *st)
{
	st->label = "caf\xc3\xa9";
}

static void
fill_info(struct show_info *st)
{
	TEXT(st->debug, "err");
	TEXT(st->checksum, "0123456789abcdef0123456789abcdef");
	TEXT(st->loginterface, "em0");
	TEXT(st->version, "0.1.0");
	TEXT(st->plane, "divert, nftables queue, 2 queues");
	TEXT(st->passes, "two (ip rules)");
	TEXT(st->udp_gro, "lan0 (by natd); not ppp0");
	TEXT(st->priority, "nice -10");
	TEXT(st->past, "it is of another boot");
}

static void
fill_counter(struct show_counter *st)
{
	TEXT(st->part, "reason");
	TEXT(st->name, "match");
}

static void
fill_timeout(struct show_timeout *st)
{
	TEXT(st->name, "tcp.first");
}

static void
fill_limit(struct show_limit *st)
{
	TEXT(st->name, "states");
}

static void
fill_memory(struct show_memory *st)
{
	TEXT(st->name, "arena");
	TEXT(st->pages, "2M");
}

static void
fill_table(struct show_table *st)
{
	TEXT(st->name, "spammers");
	st->anchor = "a";
}

static void
fill_source(struct show_source *st)
{
	st->af = AF_INET6;
	TEXT(st->word, "route-to");
	TEXT(st->ifname, "wan0");
	st->anchor = "a";
}

static void
fill_entry(struct show_entry *st)
{
	st->af = AF_INET6;
	st->hit_af = AF_INET6;
	st->change = 'C';
}

static void
fill_iface(struct show_iface *st)
{
	TEXT(st->name, "wan0");
	TEXT(st->plane, "tun");
}

/* Strings that are pointers are compared by what they say. */
static void
unify(const char **want, const char **got)
{
	ck_assert_str_eq(*want, *got);
	*got = *want;
}
#define UNIFY(m) unify(&want.m, &got.m)

#ifdef clear_padding
#define CLEAR(v) clear_padding(&(v))
#define COMPARE ck_assert_mem_eq(&want, &got, sizeof(want))
#else
#define CLEAR(v) (void)(v)
#define COMPARE (void)0
#endif

/* Each member of a state, read without a parser. */
START_TEST(test_scan)
{
	struct jsonbuf b = { 0 };
	struct show_state want, got;

	memset(&want, 1, sizeof(want));
	memset(&got, 0xff, sizeof(got));
	fill_state(&want);
	want.label = "caf\xc3\xa9";
	want.v.peer[1].wscale = 0xff;
	want.v.packets[0] = 999999999999999999;
	CLEAR(want);
	show_state_write(&b, &want);
	b.data[b.len - 1] = '\0';
	ck_assert_int_eq(show_state_scan(b.data, &got), 0);
	UNIFY(anchor);
	UNIFY(label);
	COMPARE;
	jsonbuf_fini(&b);
}
END_TEST

/* What is good JSON all the same, or none: for the parser to tell. */
static const struct {
	const char *what, *line;
} no_scans[] = {
	{ "a backslash", "{\"type\":\"state\",\"label\":\"a\\\"b\"}" },
	{ "a blank", "{\"type\":\"state\", \"age\":1}" },
	{ "a blank behind a name", "{\"type\":\"state\",\"age\": 1}" },
	{ "another order", "{\"type\":\"state\",\"expires\":1,\"age\":1}" },
	{ "a member of later", "{\"type\":\"state\",\"age\":1,\"zzz\":1}" },
	{ "a fraction", "{\"type\":\"state\",\"age\":1.5}" },
	{ "19 digits", "{\"type\":\"state\",\"nr\":1000000000000000000}" },
	{ "a comma at the end", "{\"type\":\"state\",\"age\":1,}" },
	{ "no brace", "{\"type\":\"state\",\"age\":1" },
	{ "more behind", "{\"type\":\"state\",\"age\":1}}" },
	{ "cut in a string", "{\"type\":\"state\",\"if\":\"a" },
	{ "cut in an array", "{\"type\":\"state\",\"packets\":[1," },
	{ "a name without a value", "{\"type\":\"state\",\"age\":}" },
	{ "a minus alone", "{\"type\":\"state\",\"nr\":-}" },
};

START_TEST(test_no_scan)
{
	struct show_state st;
	char *line = strdup(no_scans[_i].line);

	ck_assert_msg(show_state_scan(line, &st) == -EINVAL, "%s",
	    no_scans[_i].what);
	free(line);
}
END_TEST

#define ROUND_TRIP(name, unify_strings)                                    \
	START_TEST(test_##name)                                            \
	{                                                                  \
		struct jsonbuf b = { 0 }, again = { 0 };                   \
		struct show_##name want, got;                              \
		json_t *v;                                                 \
                                                                           \
		memset(&want, 1, sizeof(want));                            \
		memset(&got, 0xff, sizeof(got));                           \
		fill_##name(&want);                                        \
		CLEAR(want);                                               \
		show_##name##_write(&b, &want);                            \
		v = parse_line(&b);                                        \
		ck_assert_int_eq(show_##name##_read(v, &got), 0);          \
		show_##name##_write(&again, &got);                         \
		ck_assert_uint_eq(b.len, again.len);                       \
		ck_assert_mem_eq(b.data, again.data, b.len);               \
		unify_strings;                                             \
		COMPARE;                                                   \
		json_decref(v);                                            \
		jsonbuf_fini(&b);                                          \
		jsonbuf_fini(&again);                                      \
	}                                                                  \
	END_TEST

ROUND_TRIP(state, UNIFY(anchor); UNIFY(label))
ROUND_TRIP(source, UNIFY(anchor))
ROUND_TRIP(rule, UNIFY(anchor); UNIFY(rclass); UNIFY(text); UNIFY(file))
ROUND_TRIP(label, UNIFY(label))
ROUND_TRIP(info, )
ROUND_TRIP(counter, )
ROUND_TRIP(timeout, )
ROUND_TRIP(limit, )
ROUND_TRIP(memory, )
ROUND_TRIP(table, UNIFY(anchor))
ROUND_TRIP(entry, )
ROUND_TRIP(iface, )

/* Counters that are not kept are not told. */
START_TEST(test_no_counters)
{
	struct show_table t = { .anchor = "", .packets = { { 1 } } };
	struct show_entry e = {
		.af = AF_INET, .change = ' ', .bytes = { { 1 } },
	};
	struct jsonbuf b = { 0 };

	show_table_write(&b, &t);
	show_entry_write(&b, &e);
	ck_assert_ptr_nonnull(memmem(b.data, b.len, "\"counters\":false}\n{",
	    19));
	ck_assert_ptr_null(memmem(b.data, b.len, "packets", 7));
	ck_assert_ptr_null(memmem(b.data, b.len, "bytes", 5));
	jsonbuf_fini(&b);
}
END_TEST

START_TEST(test_report)
{
	struct load_report want, got;
	struct jsonbuf b = { 0 };
	json_t *v;

	memset(&want, 1, sizeof(want));
	memset(&got, 0xff, sizeof(got));
	want.text = "rules loaded, states kept";
	CLEAR(want);
	jsonbuf_open(&b, '{');
	load_report_write(&b, &want);
	jsonbuf_puts(&b, "}\n");
	v = parse_line(&b);
	ck_assert_int_eq(load_report_read(v, &got), 0);
	UNIFY(text);
	COMPARE;
	json_decref(v);
	jsonbuf_fini(&b);
}
END_TEST

/* What a record of the wire looks like to a program. */
START_TEST(test_state_text)
{
	struct show_state st = {
		.v = {
			.id = 0x6650a1c200000017, .af = AF_INET, .proto = 17,
			.dir = 1, .peer = { { 1, 255, 0, 0, 0 },
			    { 2, 7, 0, 0, 0 } },
			.orig_src = { .port = 53 },
		},
		.ifname = "all",
	};
	struct jsonbuf b = { 0 };
	json_t *v;

	st.v.orig_src.addr.b[0] = 10;
	st.v.orig_src.addr.b[3] = 5;
	show_state_write(&b, &st);
	v = parse_line(&b);
#define IS(nm, s) \
	ck_assert_str_eq(json_string_value(json_object_get(v, nm)), s)
	IS("type", "state");
	IS("id", "6650a1c200000017");
	IS("af", "inet");
	IS("proto", "udp");
	IS("dir", "out");
	IS("src", "10.0.0.5:53");
	IS("label", "");
#undef IS
	ck_assert(json_is_null(json_array_get(json_object_get(v, "wscale"),
	    0)));
	ck_assert_str_eq(json_string_value(json_array_get(
	    json_object_get(v, "state"), 1)), "MULTIPLE");
	json_decref(v);
	jsonbuf_fini(&b);
}
END_TEST

static const struct {
	const char *what, *line;
} bad_states[] = {
	{ "another type", "{\"type\":\"rule\"}" },
	{ "no type", "{}" },
	{ "no object", "[1]" },
	{ "id that is no hex", "{\"type\":\"state\",\"id\":\"xyz\"}" },
	{ "id too long", "{\"type\":\"state\",\"id\":\"12345678901234567\"}" },
	{ "id as a number", "{\"type\":\"state\",\"id\":1}" },
	{ "creator too wide", "{\"type\":\"state\",\"creatorid\":\"100000000\"}" },
	{ "name too long", "{\"type\":\"state\",\"if\":\"0123456789abcdef\"}" },
	{ "NUL in a name", "{\"type\":\"state\",\"if\":\"a\\u0000b\"}" },
	{ "unknown family", "{\"type\":\"state\",\"af\":\"inet7\"}" },
	{ "protocol 256", "{\"type\":\"state\",\"proto\":\"256\"}" },
	{ "protocol -1", "{\"type\":\"state\",\"proto\":\"-1\"}" },
	{ "age below zero", "{\"type\":\"state\",\"age\":-1}" },
	{ "age of 33 bits", "{\"type\":\"state\",\"age\":4294967296}" },
	{ "age as a string", "{\"type\":\"state\",\"age\":\"1\"}" },
	{ "age as a fraction", "{\"type\":\"state\",\"age\":1.5}" },
	{ "one of two counts", "{\"type\":\"state\",\"packets\":[1]}" },
	{ "three of two counts", "{\"type\":\"state\",\"packets\":[1,2,3]}" },
	{ "counts that are no array", "{\"type\":\"state\",\"packets\":1}" },
	{ "end without port",
	    "{\"type\":\"state\",\"af\":\"inet\",\"src\":\"10.0.0.1\"}" },
	{ "end of the other family",
	    "{\"type\":\"state\",\"af\":\"inet\",\"src\":\"[::1]:1\"}" },
	{ "port 65536",
	    "{\"type\":\"state\",\"af\":\"inet\",\"src\":\"10.0.0.1:65536\"}" },
	{ "flag that is no boolean", "{\"type\":\"state\",\"sloppy\":1}" },
	{ "window scale 256", "{\"type\":\"state\",\"wscale\":[256,null]}" },
};

START_TEST(test_bad_state)
{
	struct show_state st;
	json_t *v = json_loads(bad_states[_i].line, JSON_ALLOW_NUL,
	    NULL);
	char *line;

	ck_assert_msg(v != NULL, "%s", bad_states[_i].what);
	ck_assert_msg(show_state_read(v, &st) == -EINVAL, "%s",
	    bad_states[_i].what);
	json_decref(v);
	line = strdup(bad_states[_i].line);
	ck_assert_msg(show_state_scan(line, &st) == -EINVAL, "%s, scanned",
	    bad_states[_i].what);
	free(line);
}
END_TEST

static const struct {
	const char *what, *in, *want;
} strings[] = {
	{ "plain", "abc", "\"abc\"" },
	{ "quote and backslash", "a\"b\\", "\"a\\\"b\\\\\"" },
	{ "controls", "\n\t\001\037", "\"\\n\\t\\u0001\\u001f\"" },
	{ "UTF-8 stays", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "Latin-1", "caf\xe9!", "\"caf\\ufffd!\"" },
	{ "overlong slash", "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
	{ "surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "cut off", "\xe2\x82", "\"\\ufffd\\ufffd\"" },
	{ "above U+10FFFF", "\xf4\x90\x80\x80",
	    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
};

START_TEST(test_string)
{
	struct jsonbuf b = { 0 };

	jsonbuf_string(&b, strings[_i].in, strlen(strings[_i].in));
	ck_assert_msg(b.len == strlen(strings[_i].want) &&
	    memcmp(b.data, strings[_i].want, b.len) == 0, "%s: %.*s",
	    strings[_i].what, (int)b.len, b.data);
	jsonbuf_fini(&b);
}
END_TEST

static const struct {
	const char *what, *in;
	int error;
	uint8_t af, plen;
	bool neg;
	const char *out;
} nets[] = {
	{ "host", "10.0.0.1", 0, AF_INET, 32, false, "10.0.0.1" },
	{ "network", "10.0.0.0/8", 0, AF_INET, 8, false, "10.0.0.0/8" },
	{ "zero length", "0.0.0.0/0", 0, AF_INET, 0, false, "0.0.0.0/0" },
	{ "not", "!10.0.0.0/8", 0, AF_INET, 8, true, "!10.0.0.0/8" },
	{ "not, with a blank", "! ::1", 0, AF_INET6, 128, true, "!::1" },
	{ "IPv6", "2001:db8::/32", 0, AF_INET6, 32, false, "2001:db8::/32" },
	{ "length 33", "10.0.0.0/33", -EINVAL, 0, 0, false, NULL },
	{ "length 129", "::/129", -EINVAL, 0, 0, false, NULL },
	{ "no length", "10.0.0.0/", -EINVAL, 0, 0, false, NULL },
	{ "length -1", "10.0.0.0/-1", -EINVAL, 0, 0, false, NULL },
	{ "empty", "", -EINVAL, 0, 0, false, NULL },
	{ "a name", "localhost", -EINVAL, 0, 0, false, NULL },
	{ "garbage behind", "10.0.0.1 ", -EINVAL, 0, 0, false, NULL },
	{ "very long", "1111111111111111111111111111111111111111111111111"
	    "11111111111111111111111111111111111111111", -EINVAL, 0, 0, false,
	    NULL },
};

START_TEST(test_net)
{
	char buf[WORD_MAX];
	struct addr a;
	uint8_t af = 0, plen = 0;
	bool neg = false;
	int error;

	error = word_net_parse(nets[_i].in, &af, &plen, &a, &neg);
	ck_assert_msg(error == nets[_i].error, "%s", nets[_i].what);
	if (error != 0)
		return;
	ck_assert_msg(af == nets[_i].af && plen == nets[_i].plen &&
	    neg == nets[_i].neg, "%s", nets[_i].what);
	ck_assert_str_eq(word_net(buf, af, plen, &a, neg), nets[_i].out);
}
END_TEST

/* Every protocol and every state has one word that reads back. */
START_TEST(test_words)
{
	char buf[WORD_MAX];
	unsigned proto, state;

	for (proto = 0; proto < 256; proto++) {
		ck_assert_int_eq(word_proto_parse(word_proto(buf,
		    (uint8_t)proto)), (int)proto);
		for (state = 0; state < 256; state++)
			ck_assert_int_eq(word_state_parse((uint8_t)proto,
			    word_state(buf, (uint8_t)proto, (uint8_t)state)),
			    (int)state);
	}
}
END_TEST

Suite *suite_show_json(void);

Suite *
suite_show_json(void)
{
	Suite *s = suite_create("show_json");
	TCase *tc = tcase_create("round trip");

#define ADD(name, type) tcase_add_test(tc, test_##name);
	SHOW_RECORDS(ADD)
	tcase_add_test(tc, test_no_counters);
	tcase_add_test(tc, test_report);
	tcase_add_test(tc, test_scan);
	tcase_add_test(tc, test_state_text);
	suite_add_tcase(s, tc);
	tc = tcase_create("words");
	tcase_add_loop_test(tc, test_bad_state, 0,
	    sizeof(bad_states) / sizeof(bad_states[0]));
	tcase_add_loop_test(tc, test_no_scan, 0,
	    sizeof(no_scans) / sizeof(no_scans[0]));
	tcase_add_loop_test(tc, test_string, 0,
	    sizeof(strings) / sizeof(strings[0]));
	tcase_add_loop_test(tc, test_net, 0, sizeof(nets) / sizeof(nets[0]));
	tcase_add_test(tc, test_words);
	suite_add_tcase(s, tc);
	return s;
}
