/* SPDX-License-Identifier: ISC */
/*
 * Texts to rulesets: what a text means is seen in its canonical print; what
 * is wrong with it in its messages.  Rule ids, canonical text, anchors.
 */
#include <check.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleid.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

Suite *suite_load(void);

static struct host *host;
static struct diag *diag;

static void
setup(void)
{
	diag = diag_new();
	host = host_new(false);
	ck_assert_int_eq(host_read(host, TEST_SRCDIR "/golden/host", diag),
	    0);
}

static void
teardown(void)
{
	host_free(host);
	diag_free(diag);
}

static struct ruleset *
load(const char *text, const char *anchor)
{
	struct load_options o = {
		.text = text, .len = strlen(text), .name = "t",
		.host = host, .anchor = anchor,
	};
	struct ruleset *rs = NULL;

	diag_reset(diag);
	if (load_ruleset(&o, diag, &rs) != 0)
		return NULL;
	return rs;
}

/* One statement and its print. */
static const struct {
	const char *what, *text, *print;
} prints[] = {
	{ "nothing written", "pass", "pass all flags S/SA\n" },
	{ "list of interfaces is the outermost loop",
	    "block drop on { em0 em1 } proto { tcp udp }",
	    "block drop on em0 proto tcp all\n"
	    "block drop on em0 proto udp all\n"
	    "block drop on em1 proto tcp all\n"
	    "block drop on em1 proto udp all\n" },
	{ "sources turn slower than destinations",
	    "pass from { 10.0.0.1 10.0.0.2 } to { 10.1.0.1, 10.1.0.2 }",
	    "pass inet from 10.0.0.1 to 10.1.0.1 flags S/SA\n"
	    "pass inet from 10.0.0.1 to 10.1.0.2 flags S/SA\n"
	    "pass inet from 10.0.0.2 to 10.1.0.1 flags S/SA\n"
	    "pass inet from 10.0.0.2 to 10.1.0.2 flags S/SA\n" },
	{ "families that exclude each other are left out",
	    "pass from { 10.0.0.1 ::1 } to { 10.0.0.2 ::2 }",
	    "pass inet from 10.0.0.1 to 10.0.0.2 flags S/SA\n"
	    "pass inet6 from ::1 to ::2 flags S/SA\n" },
	{ "newlines and commas in lists",
	    "pass proto { tcp,\n  udp\n\n icmp }",
	    "pass proto tcp all flags S/SA\npass proto udp all\n"
	    "pass proto icmp all\n" },
	{ "any makes the list any", "pass from { 10.0.0.1 any }",
	    "pass all flags S/SA\n" },
	{ "short networks", "pass from 10/8 to 172.16/12",
	    "pass inet from 10.0.0.0/8 to 172.16.0.0/12 flags S/SA\n" },
	{ "host bits go", "pass from 10.1.2.3/16",
	    "pass inet from 10.1.0.0/16 to any flags S/SA\n" },
	{ "N:N is one port", "pass proto tcp to port 22:22",
	    "pass proto tcp from any to any port = 22 flags S/SA\n" },
	{ "modifier network of an interface", "pass from em1:network",
	    "pass inet from 10.0.0.0/24 to any flags S/SA\n" },
	{ "broadcast", "block drop to em1:broadcast",
	    "block drop inet from any to 10.0.0.255\n" },
	{ "a name of a host", "pass to mail.example.org",
	    "pass inet from any to 192.0.2.25 flags S/SA\n"
	    "pass inet6 from any to 2001:db8::25 flags S/SA\n" },
	{ "flags go with the protocol",
	    "pass proto { tcp udp } modulate state",
	    "pass proto tcp all flags S/SA modulate state\n"
	    "pass proto udp all\n" },
	{ "max implies adaptive timeouts", "pass keep state (max 55)",
	    "pass all flags S/SA keep state (max 55, adaptive.start 30, "
	    "adaptive.end 60)\n" },
	{ "a limit of nodes implies tracking by rule",
	    "pass keep state (max-src-nodes 5)",
	    "pass all flags S/SA keep state (source-track rule, "
	    "max-src-nodes 5)\n" },
	{ "if-bound policy shows, and so does its exception",
	    "set state-policy if-bound\npass in\npass out keep state "
	    "(floating)",
	    "set state-policy if-bound\n"
	    "pass in all flags S/SA keep state (if-bound)\n"
	    "pass out all flags S/SA keep state (floating)\n" },
	{ "pools: an address", "pass out inet nat-to 192.0.2.1",
	    "pass out inet all flags S/SA nat-to 192.0.2.1\n" },
	{ "pools: a list is a table",
	    "pass out nat-to { 192.0.2.1 192.0.2.2 }",
	    "table <__automatic_0> const { 192.0.2.1 192.0.2.2 }\n"
	    "pass out inet all flags S/SA nat-to <__automatic_0> "
	    "round-robin\n" },
	{ "pools: ranges in either order",
	    "pass out inet proto tcp nat-to 192.0.2.1 port 2000:1000",
	    "pass out inet proto tcp all flags S/SA nat-to 192.0.2.1 port "
	    "1000:2000\n" },
	{ "pools: port N:* follows the range", "pass in inet proto tcp to "
	    "port 8000:8010 rdr-to 10.0.0.5 port 80:*",
	    "pass in inet proto tcp from any to any port 8000:8010 flags S/SA "
	    "rdr-to 10.0.0.5 port 80:90\n" },
	{ "nat-to and rdr-to on one rule, both shown",
	    "match out inet rdr-to 10.0.0.1 nat-to 10.0.0.2",
	    "match out inet all nat-to 10.0.0.2 rdr-to 10.0.0.1\n" },
	{ "binat-to is two rules", "pass on em0 from 10.0.0.5 to any "
	    "binat-to 192.0.2.5",
	    "pass out on em0 inet from 10.0.0.5 to any flags S/SA nat-to "
	    "192.0.2.5 static-port\n"
	    "pass in on em0 inet from any to 192.0.2.5 flags S/SA rdr-to "
	    "10.0.0.5\n" },
	{ "route-to after `on' is classic", "pass in on em0 route-to em1",
	    "pass in on em0 route-to em1 all flags S/SA\n" },
	{ "route-to an address is modern wherever it stands",
	    "pass in on em0 route-to 10.0.0.9",
	    "pass in on em0 inet all flags S/SA route-to 10.0.0.9\n" },
	{ "classic nat keeps lists",
	    "nat on em0 from 10/8 to any -> { 192.0.2.1, (em0) }",
	    "nat on em0 inet from 10.0.0.0/8 to any -> { 192.0.2.1, (em0) } "
	    "round-robin\n" },
	{ "classic rulesets in their order",
	    "pass\nbinat on em0 inet from 10.0.0.1 to any -> 192.0.2.1\n"
	    "rdr on em0 -> 10.0.0.2\nnat on em0 -> 10.0.0.3\nscrub\n",
	    "scrub all fragment reassemble\n"
	    "nat on em0 inet all -> 10.0.0.3\n"
	    "rdr on em0 inet all -> 10.0.0.2\n"
	    "binat on em0 inet from 10.0.0.1 to any -> 192.0.2.1\n"
	    "pass all flags S/SA\n" },
	{ "words that begin classic rules are names elsewhere",
	    "pass tag nat label rdr", "pass all flags S/SA label \"rdr\" "
	    "tag nat\n" },
	{ "keywords as names are quoted", "pass tag \"pass\" label \"1\"",
	    "pass all flags S/SA label \"1\" tag \"pass\"\n" },
	{ "quotes in names", "pass label \"a\\\"b c\"",
	    "pass all flags S/SA label \"a\\\"b c\"\n" },
	{ "label macros", "pass on em0 proto tcp from 10.0.0.1 to any port 22 "
	    "label \"$if $srcaddr $dstaddr $srcport $dstport $proto\"",
	    "pass on em0 inet proto tcp from 10.0.0.1 to any port = 22 flags "
	    "S/SA label \"em0 10.0.0.1 any  22 tcp\"\n" },
	{ "$nr is replaced last", "pass in\npass out label \"r$nr\"",
	    "pass in all flags S/SA\npass out all flags S/SA label "
	    "\"r1\"\n" },
	{ "an empty label is none", "pass label \"$srcport\"",
	    "pass all flags S/SA\n" },
	{ "antispoof", "antispoof quick for em1",
	    "block drop in quick on ! em1 inet from 10.0.0.0/24 to any\n"
	    "block drop in quick inet from 10.0.0.1 to any\n" },
	{ "return codes by family", "block return-icmp (net-unr, admin-unr)",
	    "block return-icmp(net-unr, admin-unr) all\n" },
	{ "interfaces declared below win",
	    "pass from em0:network\n"
	    "interface em0 tun address 10.7.0.1/16\n",
	    "interface em0 tun address 10.7.0.1/16\n"
	    "pass inet from 10.7.0.0/16 to any flags S/SA\n" },
	{ "macros join with what follows", "i = \"em1\"\npass from "
	    "$i:network to $i",
	    "pass inet from 10.0.0.0/24 to 10.0.0.1 flags S/SA\n" },
	{ "a macro may hold a whole statement", "r = \"pass in\"\n$r on em0",
	    "pass in on em0 all flags S/SA\n" },
	{ "continuations join lines and words", "pass in on em\\\n0 \\\n all",
	    "pass in on em0 all flags S/SA\n" },
	{ "a comment that goes on", "pass in # a \\\n b\npass out",
	    "pass in all flags S/SA\npass out all flags S/SA\n" },
	{ "state-defaults", "set state-defaults no-sync, max 20\npass in\n"
	    "pass out keep state",
	    "pass in all flags S/SA keep state (max 20, no-sync, "
	    "adaptive.start 12, adaptive.end 24)\n"
	    "pass out all flags S/SA\n" },
	{ "scoped addresses bind the rule", "pass from fe80::1%em0",
	    "pass on em0 inet6 from fe80::1 to any flags S/SA\n" },
	{ "too long a prefix of a dynamic address",
	    "pass from { 1.1.1.1 2002:: } to (self)/40",
	    "pass inet from 1.1.1.1 to (self) flags S/SA\n"
	    "pass inet6 from 2002:: to (self)/40 flags S/SA\n" },
	{ "natd's words", "pass out inet proto udp nat-to 192.0.2.1 "
	    "preserve-port endpoint-independent filter address hairpin_",
	    NULL },
	{ "natd's pool options", "pass out inet proto udp nat-to 192.0.2.1 "
	    "preserve-port endpoint-independent filter address",
	    "pass out inet proto udp all nat-to 192.0.2.1 preserve-port "
	    "endpoint-independent filter address\n" },
	{ "nptv6", "pass out nptv6 fd00:1::/48 to 2001:db8:1::/48",
	    "pass out inet6 all flags S/SA nptv6 fd00:1::/48 to "
	    "2001:db8:1::/48\n" },
	{ "dynamic interface addresses in a table are refused",
	    "table <t> { (em0) }", NULL },
	{ "anchors", "anchor \"a\" in {\n pass quick\n anchor {\n block drop\n"
	    " }\n}\nanchor \"b/*\"",
	    "anchor \"a\" in all {\n"
	    "  pass quick all flags S/SA\n"
	    "  anchor all {\n"
	    "    block drop all\n"
	    "  }\n"
	    "}\n"
	    "anchor \"b/*\" all\n" },
	{ "a table of an anchor stands in its braces", "anchor \"a\" {\n"
	    "table <t> { 10.0.0.1 }\npass from <t>\n}",
	    "anchor \"a\" all {\n"
	    "  table <t> { 10.0.0.1 }\n"
	    "  pass from <t> to any flags S/SA\n"
	    "}\n" },
	{ "what is loaded has an order of its own",
	    "set require-order yes\npass\n"
	    "load anchor \"z\" {\nnat on em0 -> 10.0.0.1\n}",
	    "set require-order yes\npass all flags S/SA\n"
	    "load anchor \"z\" {\n  nat on em0 inet all -> 10.0.0.1\n}\n" },
	{ "load anchor with contents in braces",
	    "load anchor \"z\" {\n pass in\n nat on em0 -> 10.0.0.1\n}",
	    "load anchor \"z\" {\n"
	    "  nat on em0 inet all -> 10.0.0.1\n"
	    "  pass in all flags S/SA\n"
	    "}\n" },
	{ "a byte order mark", "\xef\xbb\xbf# natd\npass in",
	    "pass in all flags S/SA\n" },
	{ "load anchor beside an ether anchor in braces",
	    "ether anchor \"z\" {\n ether pass\n}\n"
	    "load anchor \"z\" {\n pass in\n table <t> { 10.0.0.1 }\n}",
	    "ether anchor \"z\" l3 all {\n"
	    "  ether pass l3 all\n"
	    "}\n"
	    "load anchor \"z\" {\n"
	    "  table <t> { 10.0.0.1 }\n"
	    "  pass in all flags S/SA\n"
	    "}\n" },
	{ "load anchor beside an anchor in braces",
	    "anchor \"z\" {\n pass in\n}\n"
	    "load anchor \"z\" {\n no nat on em0\n}",
	    "anchor \"z\" all {\n"
	    "  pass in all flags S/SA\n"
	    "}\n"
	    "load anchor \"z\" {\n"
	    "  no nat on em0 all\n"
	    "}\n" },
};

START_TEST(test_print)
{
	struct ruleset *rs = load(prints[_i].text, NULL), *again;
	char *text, *text2;

	if (prints[_i].print == NULL) {
		ck_assert_msg(rs == NULL, "%s: accepted", prints[_i].what);
		ck_assert_uint_gt(diag_errors(diag), 0);
		return;
	}
	if (rs == NULL)
		diag_print(diag, stderr, "load", 0);
	ck_assert_msg(rs != NULL, "%s: refused", prints[_i].what);
	text = ruleset_text(rs, 0);
	ck_assert_msg(strcmp(text, prints[_i].print) == 0,
	    "%s:\nwant\n%sgot\n%s", prints[_i].what, prints[_i].print, text);
	again = load(text, NULL);
	ck_assert_msg(again != NULL, "%s: print refused", prints[_i].what);
	text2 = ruleset_text(again, 0);
	ck_assert_msg(strcmp(text, text2) == 0,
	    "%s: print of the print\n%s", prints[_i].what, text2);
	free(text);
	free(text2);
	ruleset_free(rs);
	ruleset_free(again);
}
END_TEST

/* A mistake: line and column, words of the message, and how many errors. */
static const struct {
	const char *what, *text;
	unsigned line, col, errors;
	const char *says, *note;
} mistakes[] = {
	{ "a word that is nearly a keyword", "pass outt", 1, 6, 1,
	    "unexpected \"outt\" after \"pass\"", "did you mean 'out'?" },
	{ "the other half of a contradiction",
	    "pass proto icmp to any port 22", 1, 29, 1, "port only applies",
	    "this rule matches proto icmp" },
	{ "one mistake in many combinations",
	    "pass proto icmp from { 10.0.0.1 10.0.0.2 } to any port { 1 2 }",
	    1, 58, 1, "port only applies", NULL },
	{ "every line is looked at", "pass x\npass y\npass", 1, 6, 2,
	    "unexpected \"x\"", NULL },
	{ "a bad line does not hide a bad rule", "block in form em0\n"
	    "pass proto foo", 1, 10, 2, "unexpected \"form\"",
	    "did you mean 'from'?" },
	{ "undefined macro", "pass on $extif", 1, 9, 1,
	    "macro 'extif' not defined", NULL },
	{ "undefined macro, near one that is", "ext = \"em0\"\npass on $ex",
	    2, 9, 1, "macro 'ex' not defined", "did you mean '$ext'?" },
	{ "blank in the name of a macro", "\"a b\" = 1", 1, 1, 1,
	    "macro name cannot contain whitespace", NULL },
	{ "a macro says what it holds", "way = \"outt\"\npass $way", 2, 6, 1,
	    "unexpected \"outt\"", "way = \"outt\" (line 1); did you mean 'out'?" },
	{ "few words could stand here", "set limit states", 1, 17, 1,
	    "unexpected end of the line after \"states\"", "expected a number" },
	{ "port out of range", "pass proto tcp to port 65536", 1, 24, 1,
	    "illegal port value 65536", NULL },
	{ "unknown port", "pass proto tcp to port htpps", 1, 24, 1,
	    "unknown port htpps", "did you mean 'https'?" },
	{ "range upside down", "pass proto tcp to port 9:3", 1, 24, 1,
	    "invalid port range", NULL },
	{ "unknown protocol", "pass proto tpc", 1, 12, 1,
	    "unknown protocol tpc", "did you mean 'tcp'?" },
	{ "proto 0", "pass proto 0", 1, 12, 1, "proto 0 cannot be used",
	    NULL },
	{ "proto 256", "pass proto 256", 1, 12, 1, "protocol outside range",
	    NULL },
	{ "no such host", "pass from nowhere.example", 1, 11, 1,
	    "no IP address found for nowhere.example", NULL },
	{ "half an address", "pass from 10.0.0.300", 1, 11, 1,
	    "no IP address found for 10.0.0.300",
	    "the numbers of an address are 0 - 255" },
	{ "netmask", "pass from em0/161", 1, 11, 1,
	    "netmask is too large: /161", NULL },
	{ "netmask of IPv4", "pass from 10.0.0.0/64", 1, 11, 1,
	    "netmask 64 invalid for IPv4 address", NULL },
	{ "range of two families", "pass from 10.0.0.1 - ::1", 1, 11, 1,
	    "invalid address range", NULL },
	{ "modifiers", "pass from em0:network:peer", 1, 11, 1,
	    "illegal combination of interface modifiers", NULL },
	{ "a modifier that is none", "pass from (em0:netwrk)", 1, 11, 1,
	    "interface em0 has bad modifier", "did you mean ':network'?" },
	{ "an address in parentheses", "pass from (10.0.0.1)", 1, 11, 1,
	    "invalid interface name '10.0.0.1'", NULL },
	{ "flags always false", "pass proto tcp flags S/A", 1, 16, 1,
	    "flags always false", NULL },
	{ "bad flags", "pass proto tcp flags X/SA", 1, 22, 1, "bad flags X",
	    NULL },
	{ "flags twice", "pass flags S/SA flags any", 1, 17, 1,
	    "flags cannot be redefined", NULL },
	{ "state on block", "block keep state", 1, 7, 1,
	    "keep state is great, but only for pass rules", NULL },
	{ "nat-to without direction", "pass nat-to 10.0.0.1", 1, 6, 1,
	    "require a direction", NULL },
	{ "pool of the other family", "pass out inet nat-to 2001:db8::1", 1,
	    22, 1, "af mismatch in translation spec", NULL },
	{ "pool of both families", "pass out nat-to em0", 1, 17, 1,
	    "different address families", NULL },
	{ "list with bitmask",
	    "pass out inet nat-to { 10.0.0.1 10.0.0.2 } bitmask", 1, 22, 1,
	    "pool type is not valid for multiple", NULL },
	{ "two types", "pass out inet nat-to 10/8 random bitmask", 1, 34, 1,
	    "pool type cannot be redefined", NULL },
	{ "static-port for rdr-to", "pass in inet rdr-to 10.0.0.1 "
	    "static-port", 1, 30, 1, "only valid with nat rules", NULL },
	{ "hex key", "pass out inet nat-to 10/8 source-hash 0x12", 1, 39, 1,
	    "hex key must be 128 bits (32 hex digits) long", NULL },
	{ "classic without arrow", "nat on em0", 1, 1, 1,
	    "translation rule requires '-> address'", NULL },
	{ "arrow with no", "no nat on em0 -> 10.0.0.1", 1, 15, 1,
	    "'no' does not need '->'", NULL },
	{ "ALTQ", "altq on em0 cbq", 1, 1, 1, "ALTQ is not supported",
	    NULL },
	{ "unterminated string", "pass label \"x\npass", 1, 12, 1,
	    "unterminated string", NULL },
	{ "number too large", "set limit states 99999999999999999999", 1, 18,
	    1, "number is too large", NULL },
	{ "option that is none", "set limt states 5", 1, 5, 1,
	    "unknown option \"limt\"", "did you mean 'limit'?" },
	{ "timeout that is none", "set timeout tcp.frist 5", 1, 13, 1,
	    "unknown timeout tcp.frist", "did you mean 'tcp.first'?" },
	{ "state-defaults twice", "set state-defaults no-sync\n"
	    "set state-defaults max 5", 2, 1, 1,
	    "cannot redefine state-defaults", NULL },
	{ "order", "set require-order yes\npass\nset debug err", 3, 1, 1,
	    "Rules must be in order", NULL },
	{ "anchor without name and rules", "anchor in", 1, 1, 1,
	    "must specify a name", NULL },
	{ "inline anchor twice", "anchor a {\npass\n}\nanchor a {\npass\n}",
	    4, 8, 1, "inline anchor 'a' already exists", NULL },
	{ "slash in an inline anchor", "anchor \"a/b\" {\npass\n}", 1, 8, 1,
	    "cannot be used for inline anchors", NULL },
	{ "reserved anchor", "anchor \"a/_b\"", 1, 8, 1, "reserved", NULL },
	{ "state on an anchor", "anchor a keep state", 1, 10, 1,
	    "cannot specify state handling on anchors", NULL },
	{ "queue in a rule that is none", "pass set queue q", 0, 0, 1,
	    "queue q is not defined", NULL },
	{ "include is for files", "include \"/etc/passwd\"", 1, 9, 1,
	    "include is not allowed here", NULL },
	{ "a gateway nowhere", "interface a tun address 10.0.0.1/24\n"
	    "route 10.9.0.0/16 via 10.8.0.1", 2, 23, 1,
	    "on no prefix of a declared interface", NULL },
	{ "tun and divert", "interface a tun\ninterface b divert", 2, 1, 1,
	    "tun and divert cannot be used together", NULL },
	{ "order of parts", "pass quick in on em0", 1, 12, 1,
	    "'in' must stand before 'quick'", NULL },
	{ "too many combinations", NULL, 1, 1, 1, "there are more than",
	    NULL },
	{ "nat-anchor in an inline anchor",
	    "anchor a {\npass\nnat-anchor \"ftp/*\"\n}", 3, 1, 1,
	    "translation rules cannot stand in an inline anchor", NULL },
	{ "ether rules have anchors of their own",
	    "anchor a {\nether pass\n}", 2, 1, 1,
	    "cannot stand in this anchor", NULL },
	{ "nothing is left", "pass inet from ::1", 1, 1, 1,
	    "rule expands to no valid combination", NULL },
};

/* 300 ports each way, and 60 protocols: 5.4 million rules. */
static const char *
many(void)
{
	static char text[8192];
	size_t n = 0;
	int i, k;

	n += (size_t)sprintf(text, "pass proto {");
	for (i = 0; i < 60; i++)
		n += (size_t)sprintf(text + n, " tcp");
	for (k = 0; k < 2; k++) {
		n += (size_t)sprintf(text + n, " } %s port {",
		    k == 0 ? "from" : "to");
		for (i = 0; i < 300; i++)
			n += (size_t)sprintf(text + n, " %d", i + 1);
	}
	sprintf(text + n, " }");
	return text;
}

START_TEST(test_mistake)
{
	struct ruleset *rs = load(mistakes[_i].text != NULL ?
	    mistakes[_i].text : many(), NULL);
	const struct diag_msg *m, *n;
	const char *what = mistakes[_i].what;
	bool noted = false;
	size_t i;

	ck_assert_msg(rs == NULL, "%s: accepted", what);
	for (i = 0; (m = diag_get(diag, i)) != NULL; i++)
		if (m->level == DIAG_ERROR)
			break;
	ck_assert_msg(m != NULL, "%s: no error", what);
	ck_assert_msg(strstr(m->text, mistakes[_i].says) != NULL,
	    "%s: '%s'", what, m->text);
	ck_assert_msg(m->span.line == mistakes[_i].line &&
	    (m->span.line == 0 || m->span.col == mistakes[_i].col),
	    "%s: at %u:%u", what, m->span.line, m->span.col);
	ck_assert_msg(diag_errors(diag) == mistakes[_i].errors,
	    "%s: %u errors", what, diag_errors(diag));
	for (; (n = diag_get(diag, i)) != NULL; i++)
		if (mistakes[_i].note != NULL && ((n->level == DIAG_NOTE &&
		    strstr(n->text, mistakes[_i].note) != NULL) ||
		    (n->hint != NULL && strstr(n->hint, mistakes[_i].note) !=
		    NULL)))
			noted = true;
	ck_assert_msg(mistakes[_i].note == NULL || noted, "%s: no note '%s'",
	    what, mistakes[_i].note);
}
END_TEST

/* -nvv: numbers, and how many addresses a name stands for. */
START_TEST(test_counts)
{
	static const char in[] =
	    "table <t> { 192.0.2.1 192.0.2.2 192.0.2.1 2001:db8::/32 }\n"
	    "pass in from <t> to (em0)\n"
	    "pass in inet from <unknown> to (nosuch)\n"
	    "pass in from (em0:network) to (self:0)\n"
	    "pass in inet6 from (lo0) to (em1)\n"
	    "anchor {\n"
	    "match out on em0 inet nat-to { 192.0.2.5 192.0.2.6 }\n"
	    "}\n";
	static const char want[] =
	    "@0 pass in from <t:3> to (em0:2) flags S/SA\n"
	    "@1 pass in inet from <unknown:*> to (nosuch:*) flags S/SA\n"
	    "@2 pass in from (em0:network:2) to (self:0:5) flags S/SA\n"
	    "@3 pass in inet6 from (lo0:1) to (em1:0) flags S/SA\n"
	    "@4 anchor all {\n"
	    "@0 match out on em0 inet all nat-to <__automatic_0:2> "
	    "round-robin\n"
	    "}\n";
	struct print_options po = { .flags = PRINT_NUMBERS, .host = host,
	    .count = print_count_offline, .arg = host };
	struct ruleset *rs = load(in, NULL);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(rs);
	print_rules(f, rs->root, &po);
	fclose(f);
	ck_assert_str_eq(text, want);
	free(text);
	ruleset_free(rs);
}
END_TEST

/* Every golden ruleset survives the way over the socket. */
START_TEST(test_canonical)
{
	glob_t g;
	size_t i;

	ck_assert_int_eq(glob(TEST_SRCDIR "/golden/*.out", 0, NULL, &g), 0);
	for (i = 0; i < g.gl_pathc; i++) {
		struct load_options o = { .path = g.gl_pathv[i],
		    .host = host, .files = true };
		struct ruleset *rs, *again;
		char *text, *text2;

		diag_reset(diag);
		ck_assert_msg(load_ruleset(&o, diag, &rs) == 0, "%s",
		    g.gl_pathv[i]);
		text = ruleset_text(rs, PRINT_RAW);
		again = load(text, NULL);
		ck_assert_msg(again != NULL, "%s: refused\n%s",
		    g.gl_pathv[i], text);
		text2 = ruleset_text(again, PRINT_RAW);
		ck_assert_str_eq(text, text2);
		ck_assert_uint_eq(rs->nrules, again->nrules);
		free(text);
		free(text2);
		ruleset_free(rs);
		ruleset_free(again);
	}
	globfree(&g);
}
END_TEST

static uint64_t
id_of(const char *text, int class, uint32_t nr)
{
	struct ruleset *rs = load(text, NULL);
	uint64_t id;

	ck_assert_msg(rs != NULL, "%s", text);
	ck_assert_uint_gt(rs->root->rules[class].n, nr);
	id = rs->root->rules[class].v[nr]->id;
	ruleset_free(rs);
	return id;
}

/* Pairs of rulesets: rule A of the first, rule B of the second. */
static const struct {
	const char *what, *one, *two;
	uint32_t a, b;
	bool same;
} ids[] = {
	{ "a rule moves", "pass in\npass out", "pass out\npass in", 0, 1,
	    true },
	{ "another rule", "pass in", "pass out", 0, 0, false },
	{ "equal texts differ by their place", "pass in\npass in",
	    "pass in\npass in", 0, 1, false },
	{ "and keep it", "pass in\npass in", "block drop\npass in\npass in",
	    1, 2, true },
	{ "the number in a label does not count", "pass in label \"$nr\"",
	    "block drop\npass in label \"$nr\"", 0, 1, true },
	{ "a label that is the number does", "pass in label \"0\"",
	    "pass in label \"$nr\"", 0, 0, false },
	{ "names of automatic tables do not count",
	    "pass out inet nat-to { 10.0.0.1 10.0.0.2 }",
	    "pass out inet nat-to { 10.1.0.1 10.1.0.2 }\n"
	    "pass out inet nat-to { 10.0.0.1 10.0.0.2 }", 0, 1, true },
	{ "their contents do", "pass out inet nat-to { 10.0.0.1 10.0.0.2 }",
	    "pass out inet nat-to { 10.0.0.1 10.0.0.3 }", 0, 0, false },
	{ "a made-up key does not count",
	    "pass out inet nat-to 10/8 source-hash",
	    "pass out inet nat-to 10/8 source-hash", 0, 0, true },
	{ "a key that was written does",
	    "pass out inet nat-to 10/8 source-hash a",
	    "pass out inet nat-to 10/8 source-hash b", 0, 0, false },
};

START_TEST(test_id)
{
	uint64_t one = id_of(ids[_i].one, RULE_CLASS_FILTER, ids[_i].a);
	uint64_t two = id_of(ids[_i].two, RULE_CLASS_FILTER, ids[_i].b);

	ck_assert_msg((one == two) == ids[_i].same, "%s: %016" PRIx64
	    " %016" PRIx64, ids[_i].what, one, two);
	ck_assert_uint_ne(one, 0);
}
END_TEST

START_TEST(test_id_over_the_socket)
{
	static const char text[] = "pass in label \"$nr\"\n"
	    "pass out inet nat-to { 10.0.0.1 10.0.0.2 } source-hash\n";
	struct ruleset *rs = load(text, NULL), *again;
	char *canon;
	uint32_t i;

	ck_assert_ptr_nonnull(rs);
	canon = ruleset_text(rs, PRINT_RAW);
	again = load(canon, NULL);
	ck_assert_ptr_nonnull(again);
	for (i = 0; i < 2; i++)
		ck_assert_uint_eq(rs->root->rules[RULE_CLASS_FILTER].v[i]->id,
		    again->root->rules[RULE_CLASS_FILTER].v[i]->id);
	free(canon);
	ruleset_free(rs);
	ruleset_free(again);
}
END_TEST

static const struct {
	uint64_t id, other;
	unsigned want;
} digits[] = {
	{ 0x1234560000000000, 0xabcdef0123456789, 6 },
	{ 0x1234560000000000, 0x1234500000000000, 6 },
	{ 0x1234560000000000, 0x1234567000000000, 7 },
	{ 0x1234567000000000, 0x1234560000000000, 7 },
	{ 0x1234567812345678, 0x1234567812345679, 16 },
	{ 0x1234567812345678, 0x1234567812345678, 16 },
};

START_TEST(test_id_digits)
{
	ck_assert_uint_eq(ruleid_digits(digits[_i].id, digits[_i].other),
	    digits[_i].want);
}
END_TEST

START_TEST(test_anchor_text)
{
	struct ruleset *rs = load("set limit states 5\npass from <t>\n",
	    "a/b");
	const struct table *t;
	struct anchor *a;

	ck_assert_ptr_nonnull(rs);
	ck_assert_uint_eq(rs->root->rules[RULE_CLASS_FILTER].n, 0);
	ck_assert_uint_eq(rs->options.limit_set, 0);
	a = ruleset_anchor(rs, "a/b");
	ck_assert_ptr_nonnull(a);
	ck_assert(a->given);
	ck_assert_uint_eq(a->rules[RULE_CLASS_FILTER].n, 1);
	ck_assert_ptr_nonnull(t = a->tables);
	ck_assert_str_eq(t->name, "t");
	ck_assert_ptr_eq(a->rules[RULE_CLASS_FILTER].v[0]->from.addr.table, t);
	ruleset_free(rs);
}
END_TEST

START_TEST(test_table_lookup)
{
	struct ruleset *rs = load("table <t> { 10.0.0.1 }\n"
	    "table <u> { 10.0.0.2 }\n"
	    "anchor \"a\" {\n table <t> { 10.0.0.3 }\n"
	    " pass from <t> to <u>\n}\n", NULL);
	const struct anchor *a;
	const struct rule *r;

	ck_assert_ptr_nonnull(rs);
	a = ruleset_anchor(rs, "a");
	r = a->rules[RULE_CLASS_FILTER].v[0];
	ck_assert_ptr_eq(r->from.addr.table->anchor, a);
	ck_assert_ptr_eq(r->to.addr.table->anchor, rs->root);
	ruleset_free(rs);
}
END_TEST

START_TEST(test_options)
{
	struct ruleset *rs = load("set limit states 1234\n"
	    "set optimization aggressive\nset timeout tcp.first 77\n", NULL);

	ck_assert_ptr_nonnull(rs);
	ck_assert_int_eq(rs->options.timeout[TM_TCP_FIRST], 77);
	ck_assert_int_eq(rs->options.timeout[TM_TCP_OPENING], 5);
	ck_assert_int_eq(rs->options.timeout[TM_ADAPTIVE_START], 738);
	ck_assert_int_eq(rs->options.timeout[TM_ADAPTIVE_END], 1476);
	ruleset_free(rs);
}
END_TEST

static void
collect(void *arg, const char *line)
{
	char *all = arg;

	strcat(all, line);
	strcat(all, ";");
}

START_TEST(test_sink)
{
	static const char text[] = "a = \"1\"\nb = 'x\"y' 2\n"
	    "\"pass\" = z\nset debug loud\n"
	    "table <t> { 10.0.0.1 } { 10.0.0.2 }\nset skip on lo\n";
	char all[512] = "";
	struct load_define d = { "a", "2" };
	struct load_options o = {
		.text = text, .len = sizeof(text) - 1, .host = host,
		.sink = collect, .sink_arg = all, .defines = &d,
		.ndefines = 1,
	};
	struct ruleset *rs;

	ck_assert_int_eq(load_ruleset(&o, diag, &rs), 0);
	ck_assert_str_eq(all, "a = \"1\";b = \"x\\\"y 2\";"
	    "\"pass\" = \"z\";set debug loud;"
	    "table <t> { 10.0.0.1 10.0.0.2 };set skip on { lo };");
	ruleset_free(rs);
}
END_TEST

Suite *
suite_load(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_print, 0, nitems(prints));
	tcase_add_loop_test(t, test_mistake, 0, nitems(mistakes));
	tcase_add_test(t, test_counts);
	tcase_add_test(t, test_canonical);
	tcase_add_loop_test(t, test_id, 0, nitems(ids));
	tcase_add_test(t, test_id_over_the_socket);
	tcase_add_loop_test(t, test_id_digits, 0, nitems(digits));
	tcase_add_test(t, test_anchor_text);
	tcase_add_test(t, test_table_lookup);
	tcase_add_test(t, test_options);
	tcase_add_test(t, test_sink);
	suite_add_tcase(s, t);
	return s;
}
