/* SPDX-License-Identifier: ISC */
/*
 * What natctl shows as text: records as natd sends them, and the text that
 * a person sees.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/show_json.h"

static FILE *mem;
static char *text;
static size_t textlen;

static void
setup(void)
{
	setenv("TZ", "UTC", 1);
	mem = open_memstream(&text, &textlen);
}

static void
teardown(void)
{
	fclose(mem);
	free(text);
}

static void
expect(const char *what, const char *want)
{
	fflush(mem);
	ck_assert_msg(strcmp(text, want) == 0, "%s: got\n%swant\n%s", what,
	    text, want);
}

static json_t *
record(const char *line)
{
	json_error_t err;
	json_t *v = json_loads(line, 0, &err);

	ck_assert_msg(v != NULL, "%s: %s", err.text, line);
	return v;
}

#define TCP_OUT "{\"type\":\"state\",\"id\":\"6650a1c200000017\"," \
	"\"creatorid\":\"8c1d20aa\",\"if\":\"all\",\"if_seen\":\"wan0\"," \
	"\"af\":\"inet\",\"proto\":\"tcp\",\"dir\":\"out\"," \
	"\"src\":\"10.0.0.5:40022\",\"dst\":\"198.51.100.7:443\"," \
	"\"reply_src\":\"198.51.100.7:443\"," \
	"\"reply_dst\":\"192.0.2.10:51234\"," \
	"\"wire\":[\"192.0.2.10:51234\",\"198.51.100.7:443\"]," \
	"\"stack\":[\"10.0.0.5:40022\",\"198.51.100.7:443\"]," \
	"\"state\":[\"ESTABLISHED\",\"ESTABLISHED\"]," \
	"\"wscale\":[7,8],\"seqlo\":[2874221017,994200117]," \
	"\"window\":[64256,65535],\"seqdiff\":[1803,0]," \
	"\"age\":725,\"expires\":86391," \
	"\"packets\":[40,38],\"bytes\":[5120,40211]," \
	"\"rule\":\"7c1e000000000001\",\"rule_digits\":6,\"nr\":12,\"anchor\":\"\"," \
	"\"label\":\"web\"}"
#define TCP_OUT_LINE "all tcp 192.0.2.10:51234 (10.0.0.5:40022) -> " \
	"198.51.100.7:443       ESTABLISHED:ESTABLISHED\n"
#define TCP_OUT_FACTS \
	"   [2874221017 + 64256](+1803) wscale 7  " \
	"[994200117 + 65535] wscale 8\n" \
	"   age 00:12:05, expires in 23:59:51, 40:38 pkts, " \
	"5120:40211 bytes, rule 12\n" \
	"   original 10.0.0.5:40022 -> 198.51.100.7:443, " \
	"reply 198.51.100.7:443 -> 192.0.2.10:51234\n"

static const struct {
	const char *what;
	unsigned verbose;
	const char *line, *want;
} states[] = {
	{ "nat, as it leaves", 0, TCP_OUT, TCP_OUT_LINE },
	{ "-v: windows, facts, both directions", 1, TCP_OUT,
	  TCP_OUT_LINE TCP_OUT_FACTS },
	{ "-vv: identity", 2, TCP_OUT, TCP_OUT_LINE TCP_OUT_FACTS
	  "   id: 6650a1c200000017 creatorid: 8c1d20aa\n"
	  "   interface wan0, rule id 7c1e00, label \"web\"\n" },
	{ "rdr, as it comes in", 0,
	  "{\"type\":\"state\",\"if\":\"all\",\"af\":\"inet\","
	  "\"proto\":\"tcp\",\"dir\":\"in\",\"wire\":[\"192.0.2.10:443\","
	  "\"198.51.100.9:50100\"],\"stack\":[\"10.0.0.5:8443\","
	  "\"198.51.100.9:50100\"],"
	  "\"state\":[\"ESTABLISHED\",\"FIN_WAIT_2\"]}",
	  "all tcp 10.0.0.5:8443 (192.0.2.10:443) <- 198.51.100.9:50100"
	  "       ESTABLISHED:FIN_WAIT_2\n" },
	{ "udp over IPv6", 0,
	  "{\"type\":\"state\",\"if\":\"em0\",\"af\":\"inet6\","
	  "\"proto\":\"udp\",\"dir\":\"in\","
	  "\"wire\":[\"[2001:db8::5]:53\",\"[2001:db8::9]:40000\"],"
	  "\"stack\":[\"[2001:db8::5]:53\",\"[2001:db8::9]:40000\"],"
	  "\"state\":[\"SINGLE\",\"MULTIPLE\"]}",
	  "em0 udp 2001:db8::5[53] <- 2001:db8::9[40000]"
	  "       SINGLE:MULTIPLE\n" },
	{ "icmp, an id and a type", 0,
	  "{\"type\":\"state\",\"if\":\"all\",\"af\":\"inet\","
	  "\"proto\":\"icmp\",\"dir\":\"out\","
	  "\"wire\":[\"10.0.0.5:512\",\"198.51.100.7:8\"],"
	  "\"stack\":[\"10.0.0.5:512\",\"198.51.100.7:8\"],"
	  "\"state\":[\"0\",\"0\"]}",
	  "all icmp 10.0.0.5:512 -> 198.51.100.7:8       0:0\n" },
	{ "no ports, in a routing domain", 0,
	  "{\"type\":\"state\",\"if\":\"all\",\"af\":\"inet\","
	  "\"proto\":\"gre\",\"dir\":\"out\",\"rdomain\":3,"
	  "\"wire\":[\"10.0.0.5:0\",\"198.51.100.7:0\"],"
	  "\"stack\":[\"10.0.0.5:0\",\"198.51.100.7:0\"],"
	  "\"state\":[\"SINGLE\",\"NO_TRAFFIC\"]}",
	  "all gre (3) 10.0.0.5 -> (3) 198.51.100.7"
	  "       SINGLE:NO_TRAFFIC\n" },
	{ "synproxy", 0,
	  "{\"type\":\"state\",\"if\":\"all\",\"af\":\"inet\","
	  "\"proto\":\"tcp\",\"dir\":\"in\",\"wire\":[\"10.0.0.5:80\","
	  "\"198.51.100.7:1024\"],\"stack\":[\"10.0.0.5:80\","
	  "\"198.51.100.7:1024\"],\"state\":[\"PROXY:DST\",\"CLOSED\"]}",
	  "all tcp 10.0.0.5:80 <- 198.51.100.7:1024       PROXY:DST\n" },
	{ "-v: udp has no windows; hours are not days; flags", 1,
	  "{\"type\":\"state\",\"if\":\"all\",\"af\":\"inet\","
	  "\"proto\":\"udp\",\"dir\":\"out\","
	  "\"src\":\"10.0.0.5:53\",\"dst\":\"10.0.0.6:53\","
	  "\"reply_src\":\"10.0.0.6:53\",\"reply_dst\":\"10.0.0.5:53\","
	  "\"wire\":[\"10.0.0.5:53\",\"10.0.0.6:53\"],"
	  "\"stack\":[\"10.0.0.5:53\",\"10.0.0.6:53\"],"
	  "\"state\":[\"MULTIPLE\",\"MULTIPLE\"],\"age\":360061,"
	  "\"expires\":59,\"packets\":[1,2],\"bytes\":[3,4],\"nr\":0,"
	  "\"anchor\":\"a/b\",\"sloppy\":true,\"pflow\":true,"
	  "\"srctrack\":true,\"sticky\":true}",
	  "all udp 10.0.0.5:53 -> 10.0.0.6:53       MULTIPLE:MULTIPLE\n"
	  "   age 100:01:01, expires in 00:00:59, 1:2 pkts, 3:4 bytes, "
	  "anchor a/b, rule 0, sloppy, pflow, source-track, "
	  "sticky-address\n" },
};

START_TEST(test_state)
{
	struct format f = { .out = mem, .verbose = states[_i].verbose };
	struct show_state s;
	json_t *v = record(states[_i].line);

	ck_assert_msg(show_state_read(v, &s) == 0, "%s", states[_i].what);
	format_state(&f, &s);
	expect(states[_i].what, states[_i].want);
	json_decref(v);
}
END_TEST

#define RULE "{\"type\":\"rule\",\"nr\":3,\"id\":\"5d20000000000000\"," \
	"\"text\":\"pass in all flags S/SA\",\"depth\":1," \
	"\"file\":\"/etc/natd.conf\",\"line\":7,\"evaluations\":120," \
	"\"packets\":[4000,810],\"bytes\":[391000,120],\"states\":3," \
	"\"created\":41,\"uid\":0,\"pid\":812%s}"

static const struct {
	const char *what, *more;
	unsigned verbose;
	bool detail;
	const char *want;
} rules[] = {
	{ "indented in its braces", "", 0, false,
	  "  pass in all flags S/SA\n" },
	{ "-v: counters, no indentation", "", 1, false,
	  "pass in all flags S/SA\n"
	  "  [ Evaluations: 120       Packets: 4810      Bytes: 391120"
	  "      States: 3     ]\n"
	  "  [ Inserted: uid 0 pid 812 State Creations: 41    ]\n" },
	{ "-vv: number", "", 2, false,
	  "@3 pass in all flags S/SA\n"
	  "  [ Evaluations: 120       Packets: 4810      Bytes: 391120"
	  "      States: 3     ]\n"
	  "  [ Inserted: uid 0 pid 812 State Creations: 41    ]\n" },
	{ "-g: place", "", 0, true,
	  "  pass in all flags S/SA\n"
	  "  [ Id: 5d20000000000000  Place: /etc/natd.conf:7 ]\n" },
	{ "expired: hidden", ",\"expired\":true", 1, false, "" },
	{ "expired: -g shows it", ",\"expired\":true", 0, true,
	  "  pass in all flags S/SA # expired\n"
	  "  [ Id: 5d20000000000000  Place: /etc/natd.conf:7 ]\n" },
};

START_TEST(test_rule)
{
	struct format f = { .out = mem, .verbose = rules[_i].verbose,
	    .detail = rules[_i].detail };
	struct show_rule r;
	char line[1024];
	json_t *v;

	snprintf(line, sizeof(line), RULE, rules[_i].more);
	v = record(line);
	ck_assert_int_eq(show_rule_read(v, &r), 0);
	format_rule(&f, &r);
	expect(rules[_i].what, rules[_i].want);
	json_decref(v);
}
END_TEST

START_TEST(test_rule_brace)
{
	struct format f = { .out = mem, .verbose = 2 };
	struct show_rule r = { .nr = -1, .text = "}" };

	format_rule(&f, &r);
	expect("a closing brace has no number and no counters", "}\n");
}
END_TEST

START_TEST(test_label)
{
	struct format f = { .out = mem };
	struct show_label l = { .label = "web", .evaluations = 9,
	    .packets = { 3, 4 }, .bytes = { 30, 40 }, .states = 1, .created = 2 };

	format_label(&f, &l);
	expect("label", "web 9 7 70 3 30 4 40 2\n");
}
END_TEST

static const struct show_counter counters[] = {
	{ "state", "current entries", 12, false },
	{ "state", "half-open tcp", 1, false },
	{ "state", "searches", 109800, true },
	{ "fragment", "searches", 7, true },
	{ "reason", "match", 940, true },
};

static const struct show_info info = {
	.enabled = true, .since = 1000000, .now = 1000000 + 274500 + 18,
	.debug = "err", .hostid = 0x8c1d20aa, .revision = 2, .rules = 10,
	.tables = 1, .states = 12, .states_limit = 100000, .workers = 2,
	.checksum = "000102030405060708090a0b0c0d0e0f", .version = "0.1.0",
};

#define INFO_HEAD \
	"Status: Enabled for 3 days 04:15:18              Debug: err\n\n"
#define INFO_STATE \
	"State Table                          Total             Rate\n" \
	"  current entries                       12\n" \
	"  half-open tcp                          1\n" \
	"  searches                          109800            0.4/s\n"
#define INFO_COUNTERS \
	"Counters\n" \
	"  match                                940            0.0/s\n"

START_TEST(test_info)
{
	struct format f = { .out = mem };

	format_info(&f, &info, counters, 5, NULL);
	expect("info", INFO_HEAD INFO_STATE INFO_COUNTERS);
}
END_TEST

START_TEST(test_info_verbose)
{
	struct format f = { .out = mem, .verbose = 1 };

	format_info(&f, &info, counters, 5, NULL);
	expect("info -v", INFO_HEAD
	    "Hostid:   0x8c1d20aa\n"
	    "Checksum: 0x000102030405060708090a0b0c0d0e0f\n"
	    "Revision: 2, 10 rules, 1 table\n"
	    "States:   12 of 100000\n"
	    "Version:  natd 0.1.0, 2 workers\n\n"
	    INFO_STATE
	    "Fragments\n"
	    "  searches                               7            0.0/s\n"
	    INFO_COUNTERS);
}
END_TEST

START_TEST(test_info_loginterface)
{
	struct format f = { .out = mem };
	struct show_info off = info;
	struct show_iface i = { .name = "em0" };

	off.enabled = false;
	off.confirm = 41;
	i.bytes[0][0][0] = 1200000;
	i.bytes[0][0][1] = 411;
	i.bytes[0][1][0] = 88110;
	i.packets[0][0][0] = 9120;
	i.packets[0][1][0] = 410;
	i.packets[1][1][1] = 6;
	format_info(&f, &off, counters, 0, &i);
	expect("loginterface, disabled, unconfirmed",
	    "Status: Disabled for 3 days 04:15:18             Debug: err\n"
	    "Revision: 2, unconfirmed, the one before returns in 41 s\n\n"
	    "Interface Stats for em0               IPv4             IPv6\n"
	    "  Bytes In                         1200411            88110\n"
	    "  Bytes Out                              0                0\n"
	    "  Packets In\n"
	    "    Passed                            9120              410\n"
	    "    Blocked                              0                0\n"
	    "  Packets Out\n"
	    "    Passed                               0                0\n"
	    "    Blocked                              0                6\n"
	    "\n");
}
END_TEST

START_TEST(test_lines)
{
	struct format f = { .out = mem };
	struct show_timeout t = { "tcp.first", 120 };
	struct show_timeout a = { "adaptive.start", 60000 };
	struct show_limit l = { "states", 100000, 12 };
	struct show_limit u = { "tables", 0, 0 };
	struct show_memory m = { "arena", 4096, 1 << 20, "2M" };

	format_timeout(&f, &t);
	format_timeout(&f, &a);
	format_limit(&f, &l);
	format_limit(&f, &u);
	format_memory(&f, &m);
	f.verbose = 1;
	format_limit(&f, &l);
	format_memory(&f, &m);
	expect("timeouts and limits",
	    "tcp.first                   120s\n"
	    "adaptive.start            60000 states\n"
	    "states        hard limit   100000\n"
	    "tables        unlimited\n"
	    "states        hard limit   100000, 12 in use\n"
	    "arena         4096 bytes of at most 1048576, pages of 2M\n");
}
END_TEST

#define TABLE_STATS \
	"\tAddresses:   2\n" \
	"\tCleared:     Mon Mar  3 10:00:00 2025\n" \
	"\tReferences:  [ Anchors: 0                  " \
	"Rules: 3                  ]\n" \
	"\tEvaluations: [ NoMatch: 871                " \
	"Match: 12                 ]\n"

#define TABLE_COUNTERS \
	"\tIn/Block:    [ Packets: 12                 " \
	"Bytes: 720                ]\n" \
	"\tIn/Match:    [ Packets: 0                  " \
	"Bytes: 0                  ]\n" \
	"\tIn/Pass:     [ Packets: 4810               " \
	"Bytes: 391120             ]\n" \
	"\tIn/XPass:    [ Packets: 1                  " \
	"Bytes: 2                  ]\n" \
	"\tOut/Block:   [ Packets: 0                  " \
	"Bytes: 0                  ]\n" \
	"\tOut/Match:   [ Packets: 3                  " \
	"Bytes: 4                  ]\n" \
	"\tOut/Pass:    [ Packets: 5                  " \
	"Bytes: 6                  ]\n" \
	"\tOut/XPass:   [ Packets: 7                  " \
	"Bytes: 8                  ]\n"

START_TEST(test_table)
{
	static const char *const want[] = { "spammers\nt@a/b\n",
	    "-pa-r-C\tspammers\nc-a----\tt@a/b\n",
	    "-pa-r-C\tspammers\n" TABLE_STATS TABLE_COUNTERS };
	struct show_table t = { .name = "spammers", .persist = true,
	    .active = true, .referenced = true, .counters = true,
	    .addresses = 2, .cleared = 1740996000, .rules = 3,
	    .nomatch = 871, .match = 12,
	    .packets = { { 12, 0, 4810, 1 }, { 0, 3, 5, 7 } },
	    .bytes = { { 720, 0, 391120, 2 }, { 0, 4, 6, 8 } } };
	struct show_table other = { .name = "t", .anchor = "a/b",
	    .constant = true, .active = true };
	struct show_table gone = { .name = "gone" };
	struct format f = { .out = mem, .verbose = (unsigned)_i };

	format_table(&f, &gone);
	format_table(&f, &t);
	if (_i < 2)
		format_table(&f, &other);
	expect("table", want[_i]);
}
END_TEST

START_TEST(test_table_inactive)
{
	struct show_table gone = { .name = "gone", .persist = true };
	struct format f = { .out = mem, .verbose = 1, .detail = true };

	format_table(&f, &gone);
	expect("-g shows inactive tables", "-p-i---\tgone\n");
}
END_TEST

START_TEST(test_entry)
{
	static const char *const lines[] = {
		"{\"type\":\"entry\",\"af\":\"inet\",\"addr\":\"10.0.0.0\","
		"\"plen\":8,\"change\":\" \",\"weight\":9,"
		"\"expires\":60,\"counters\":true,\"packets\":"
		"[1,3,5,7,9,11],\"bytes\":[2,4,6,8,10,12]}",
		"{\"type\":\"entry\",\"af\":\"inet\",\"addr\":\"10.1.0.0\","
		"\"plen\":16,\"neg\":true,\"change\":\"A\"}",
		"{\"type\":\"entry\",\"af\":\"inet6\",\"addr\":"
		"\"2001:db8::1\",\"plen\":128,\"change\":\"M\","
		"\"hit_af\":\"inet6\",\"hit\":\"2001:db8::\","
		"\"hit_plen\":32}",
		"{\"type\":\"entry\",\"af\":\"inet\",\"addr\":\"10.9.9.9\","
		"\"plen\":32,\"change\":\" \"}",
	};
	struct format f = { .out = mem, .verbose = 1 };
	struct show_entry e;
	json_t *v;
	size_t i;

	for (i = 0; i < 4; i++) {
		v = record(lines[i]);
		ck_assert_int_eq(show_entry_read(v, &e), 0);
		f.verbose = i >= 2 ? 2 : 1;
		format_entry(&f, &e, i >= 2);
		if (i == 0)
			format_entry_stats(&f, &e);
		json_decref(v);
	}
	expect("entries",
	    "   10.0.0.0/8\n"
	    "\tWeight:             9\n"
	    "\tExpires in:         60 s\n"
	    "\tIn/Block:    [ Packets: 1                  "
	    "Bytes: 2                  ]\n"
	    "\tIn/Match:    [ Packets: 3                  "
	    "Bytes: 4                  ]\n"
	    "\tIn/Pass:     [ Packets: 5                  "
	    "Bytes: 6                  ]\n"
	    "\tOut/Block:   [ Packets: 7                  "
	    "Bytes: 8                  ]\n"
	    "\tOut/Match:   [ Packets: 9                  "
	    "Bytes: 10                 ]\n"
	    "\tOut/Pass:    [ Packets: 11                 "
	    "Bytes: 12                 ]\n"
	    "A !10.1.0.0/16\n"
	    "M  2001:db8::1\t 2001:db8::/32\n"
	    "   10.9.9.9\t nomatch\n");
}
END_TEST

START_TEST(test_iface)
{
	static const char *const want[] = { "lo\n", "lo (skip)\n" };
	struct show_iface i = { .name = "lo", .skip = true };
	struct format f = { .out = mem, .verbose = (unsigned)_i };

	format_iface(&f, &i);
	expect("interface", want[_i]);
}
END_TEST

START_TEST(test_anchor)
{
	static const struct {
		unsigned verbose;
		const char *base, *want;
	} rows[] = {
		{ 0, "", "  a\n  b\n" },
		{ 1, "", "  a\n  a/x\n  a/x/y\n  b\n  _c\n" },
		{ 0, "a", "  a/x\n" },
		{ 1, "a", "  a/x\n  a/x/y\n" },
	};
	static const char *const paths[] = { "a", "a/x", "a/x/y", "b", "_c" };
	struct format f = { .out = mem, .verbose = rows[_i].verbose };
	size_t i;

	for (i = 0; i < 5; i++)
		format_anchor(&f, paths[i], rows[_i].base);
	expect("anchors", rows[_i].want);
}
END_TEST

static const char *
name_of(void *arg, uint8_t af, const struct addr *a)
{
	(void)arg;
	(void)a;
	return af == AF_INET ? "host.example" : NULL;
}

static const char *
service_of(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return proto == 6 && port == 443 ? "https" : NULL;
}

START_TEST(test_names)
{
	struct format f = { .out = mem, .name = name_of,
	    .service = service_of };
	struct show_state s;
	json_t *v = record(TCP_OUT);

	ck_assert_int_eq(show_state_read(v, &s), 0);
	format_state(&f, &s);
	expect("-r -P", "all tcp host.example:51234 (host.example:40022) -> "
	    "host.example:https       ESTABLISHED:ESTABLISHED\n");
	json_decref(v);
}
END_TEST

Suite *suite_format(void);

Suite *
suite_format(void)
{
	Suite *s = suite_create("format");
	TCase *tc = tcase_create("format");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_state, 0, sizeof(states) /
	    sizeof(states[0]));
	tcase_add_loop_test(tc, test_rule, 0, sizeof(rules) /
	    sizeof(rules[0]));
	tcase_add_test(tc, test_rule_brace);
	tcase_add_test(tc, test_label);
	tcase_add_test(tc, test_info);
	tcase_add_test(tc, test_info_verbose);
	tcase_add_test(tc, test_info_loginterface);
	tcase_add_test(tc, test_lines);
	tcase_add_loop_test(tc, test_table, 0, 3);
	tcase_add_test(tc, test_table_inactive);
	tcase_add_test(tc, test_entry);
	tcase_add_loop_test(tc, test_iface, 0, 2);
	tcase_add_loop_test(tc, test_anchor, 0, 4);
	tcase_add_test(tc, test_names);
	suite_add_tcase(s, tc);
	return s;
}
