/* SPDX-License-Identifier: ISC */
/*
 * From text to programs: what is refused, what a rule becomes, and that rules
 * which differ in anything stay different rules.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/program.h"
#include "parser/load.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static struct host *host;

/* Interfaces of a small router; nothing of the machine that tests run on. */
static void
host_make(void)
{
	struct iface_addr em0 = { .af = AF_INET, .plen = 24 };
	struct iface_stmt stmt = {
		.name = "em0", .plane = PLANE_TUN, .addrs = &em0, .naddrs = 1,
	};

	inet_pton(AF_INET, "192.0.2.10", &em0.addr);
	host = host_new(false);
	ck_assert_ptr_nonnull(host);
	host_declare(host, &stmt);
}

static void
host_end(void)
{
	host_free(host);
}

static int
compile(const char *text, struct diag *d, struct ruleset **rs,
    struct program **pg)
{
	struct compile_env env = { .texts = true };
	struct load_options opt = {
		.text = text, .len = strlen(text), .name = "t.conf",
		.host = host, .no_names = true,
	};
	int error;

	error = load_ruleset(&opt, d, rs);
	if (error != 0) {
		diag_print(d, stdout, "compile", 0);
		ck_abort_msg("does not load: %s", text);
	}
	return compile_ruleset(*rs, &env, d, pg);
}

/* A program of a text that must be good. */
static struct program *
program_of(const char *text)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;
	int error = compile(text, d, &rs, &pg);

	if (error != 0)
		diag_print(d, stdout, "compile", 0);
	ck_assert_msg(error == 0, "does not compile: %s", text);
	ruleset_free(rs);
	diag_free(d);
	return pg;
}

/* Text, the feature's name, where the message points. */
static const struct {
	const char *text, *name;
	uint32_t line, col;
} refused[] = {
	{ "pass\npass in inet route-to 2001:db8::1 prefer-ipv6-nexthop\n",
	    "prefer-ipv6-nexthop", 2, 35 },
	{ "pass on rdomain 0", "on rdomain", 1, 9 },
	{ "pass from route \"x\" to any", "route \"LABEL\"", 1, 11 },
	{ "pass proto tcp from any os \"Linux\"", "os", 1, 28 },
	{ "pass set delay 10", "set delay", 1, 10 },
	{ "pass max-pkt-rate 5/1", "max-pkt-rate", 1, 6 },
	{ "pass once", "once", 1, 6 },
	{ "pass in dnpipe 3", "dnpipe or dnqueue", 1, 9 },
	{ "match scrub (reassemble tcp)", "reassemble tcp", 1, 14 },
	{ "match scrub (max-mss auto)", "max-mss auto", 1, 14 },
	{ "pass proto tcp modulate state", "modulate state", 1, 16 },
	{ "pass proto tcp synproxy state", "synproxy state", 1, 16 },
	{ "pass keep state (source-track rule)", "source-track", 1, 18 },
	{ "pass keep state (max-src-states 3)", "max-src-states", 1, 18 },
	{ "pass keep state (max 5, max-src-nodes 3)", "max-src-nodes", 1, 25 },
	{ "pass proto tcp keep state (max-src-conn 3)", "max-src-conn", 1, 28 },
	{ "pass proto tcp keep state (source-track rule,\n"
	    "    max-src-conn-rate 3/5)", "max-src-conn-rate", 2, 5 },
	{ "pass keep state (pflow)", "pflow", 1, 18 },
	{ "pass proto sctp keep state (allow-related)", "allow-related", 1, 29 },
	{ "pass in inet6 af-to inet from 192.0.2.1", "af-to", 1, 15 },
	{ "block log (user)", "log (user)", 1, 7 },
	{ "pass out nat-to { 192.0.2.1, 192.0.2.2 } sticky-address",
	    "sticky-address of a translation", 1, 42 },
	{ "nat on em0 proto udp from any to any -> 192.0.2.1 "
	    "endpoint-independent", "endpoint-independent", 1, 51 },
	{ "nat on em0 from any to any -> 192.0.2.1 map-e-portset 6/8/0x34",
	    "map-e-portset", 1, 41 },
	{ "pass\nscrub in all no-df", "a scrub rule that asks for more than "
	    "reassembly", 2, 1 },
	{ "set syncookies always", "set syncookies", 1, 1 },
	{ "pass\n set nat-policy rfc", "set nat-policy rfc", 2, 2 },
	{ "set reload-states recheck", "set reload-states recheck", 1, 1 },
};

START_TEST(test_refused)
{
	const char *text = refused[_i].text;
	struct diag *d = diag_new();
	struct program *pg = NULL;
	const struct diag_msg *m;
	char want[160];
	struct ruleset *rs;
	size_t i;

	ck_assert_msg(compile(text, d, &rs, &pg) == -EINVAL, "%s", text);
	ck_assert_ptr_null(pg);
	snprintf(want, sizeof(want), "%s is not supported by this version",
	    refused[_i].name);
	for (i = 0; (m = diag_get(d, i)) != NULL; i++)
		if (strcmp(m->text, want) == 0)
			break;
	if (m == NULL)
		diag_print(d, stdout, "compile", 0);
	ck_assert_msg(m != NULL, "%s", text);
	ck_assert_msg(m->span.line == refused[_i].line &&
	    m->span.col == refused[_i].col, "%s: at %u:%u", text,
	    m->span.line, m->span.col);
	if (m->span.line != 0)
		ck_assert_str_eq(diag_file_name(d, m->span.file), "t.conf");
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* What happens without natd is the kernel's: only where it moves packets. */
static const struct {
	const char *text;
	int want;
} divert_only[] = {
	{ "set on-exit pass", 0 },
	{ "set on-overload pass\ninterface em0 divert", 0 },
	{ "set on-exit pass\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "set on-overload pass\ninterface em0 tun address 10.0.0.1/24",
	    -EINVAL },
	{ "set udp-gro no", 0 },
	{ "set udp-gro yes\ninterface em0 divert", 0 },
	{ "set udp-gro yes\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "set udp-gro no\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "set on-exit block\ninterface em0 tun address 10.0.0.1/24", 0 },
	{ "pass prio 3\npass set prio (3, 4)\npass set mark 1", 0 },
	{ "pass prio 3\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "pass set prio 3\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "pass set mark 1\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "pass proto tcp user 5\npass out proto tcp group 5", 0 },
	{ "pass in proto tcp group 5", -EINVAL },
	{ "pass in inet route-to 10.0.0.1\npass in on em0 reply-to "
	    "(em0 10.0.0.1) inet\npass in on em0 route-to em1\n"
	    "pass in route-to { 10.0.0.1, 10.0.0.2 }", 0 },
	{ "pass in inet route-to 10.0.0.1 set mark 4", -EINVAL },
	{ "match in inet set mark 4\npass in inet route-to 10.0.0.1", -EINVAL },
	{ "match out set mark 4\npass in inet route-to 10.0.0.1", 0 },
	{ "match in inet6 set mark 4\npass in inet route-to 10.0.0.1", 0 },
	{ "pass in set mark 4\npass in inet route-to 10.0.0.1", 0 },
	{ "pass set mark 1851785215", 0 },
	{ "pass set mark 1851785216", -EINVAL },
	{ "pass set mark 1851850751", -EINVAL },
	{ "pass set mark 1851850752", 0 },
	{ "match in rtable 0\npass in set tos 8", 0 },
	{ "match in rtable 0\npass in inet route-to 10.0.0.1", -EINVAL },
	{ "pass in inet rtable 0 route-to 10.0.0.1", -EINVAL },
	{ "pass in rtable 0 set mark 1", -EINVAL },
	{ "match in set mark 1\npass in rtable 0", -EINVAL },
	{ "pass rtable 0\ninterface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "nat on em0 inet rtable 0 -> 10.0.0.1", -EINVAL },
	{ "pass divert-packet port 1000\nblock divert-packet port 1", 0 },
	{ "pass divert-packet port 1000\n"
	    "interface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "pass divert-packet port 28255\npass divert-packet port 28320", 0 },
	{ "pass divert-packet port 28256", -EINVAL },
	{ "pass in proto tcp divert-to 127.0.0.1 port 80\n"
	    "pass out proto tcp divert-reply", 0 },
	{ "pass in proto tcp divert-to 127.0.0.1 port 80\n"
	    "interface em0 tun address 10.0.0.1/24", -EINVAL },
	{ "pass out divert-reply\ninterface em0 tun address 10.0.0.1/24",
	    -EINVAL },
	{ "pass in inet divert-to 127.0.0.1 port 80 reply-to 10.0.0.1", 0 },
	{ "pass divert-packet port 28319", -EINVAL },
	{ "pass in inet divert-packet port 1000 route-to 10.0.0.1", -EINVAL },
	{ "pass in inet dup-to 10.0.0.1", 0 },
	{ "pass in inet dup-to 10.0.0.1 set mark 1 rtable 0", -EINVAL },
	{ "pass in inet dup-to 10.0.0.1 set mark 1", 0 },
	{ "pass in inet dup-to 10.0.0.1 rtable 0", 0 },
	{ "pass in inet dup-to 10.0.0.0/24 random", 0 },
	{ "pass in inet dup-to 10.0.0.0/23 random", -EINVAL },
	{ "pass in inet6 route-to 2001:db8::/120 source-hash", 0 },
	{ "pass in inet6 route-to 2001:db8::/64 source-hash", -EINVAL },
	{ "table <t> const { 10.0.0.1 10.0.0.8/29 }\n"
	    "pass in inet route-to <t> round-robin", 0 },
	{ "table <t> const { 10.0.0.0/24 10.0.1.1 }\n"
	    "pass in inet route-to <t> round-robin", -EINVAL },
	{ "table <t> const { 10.0.0.8/29 ! 10.0.0.9 }\n"
	    "pass in inet route-to <t> round-robin", 0 },
	{ "table <t> const\npass in inet route-to <t>", 0 },
	{ "pass in inet route-to (em0:peer)", 0 },
	{ "pass in inet6 dup-to (em0:peer)", 0 },
	{ "pass in inet route-to (em0:peer)/24 random", -EINVAL },
	{ "pass in inet divert-packet port 1000 dup-to 10.0.0.1", -EINVAL },
	{ "pass in inet route-to 10.0.0.0/16 round-robin", -EINVAL },
	{ "table <t> { 10.0.0.1 }\npass in inet route-to <t>", 0 },
	{ "table <t> { 10.0.0.0/8 }\npass in on em0 reply-to <t>", 0 },
	{ "pass in inet dup-to <t>", 0 },
	{ "table <t> const { 10.0.0.0/8 }\npass in inet route-to <t>",
	    -EINVAL },
	{ "table <t> { 10.0.0.1 }\npass in inet route-to <t>\n"
	    "pass out inet dup-to 10.0.0.1\n"
	    "interface em0 tun address 10.0.0.1/24", 0 },
	{ "pass proto tcp group 5\ninterface em0 divert", -EINVAL },
	{ "pass in proto tcp user 5 group 5\n"
	    "interface em0 tun address 10.0.0.1/24", 0 },
	{ "pass in tag X set mark 1 no state\npass out tagged X", -EINVAL },
	{ "match in tag X\nmatch set mark 1\npass in no state\n"
	    "block out ! tagged X", 0 },
	{ "pass in tag X set mark 1\npass out tagged X", 0 },
	{ "pass in tag X set mark 1 no state\npass in tagged X", 0 },
	{ "pass in tag X no state\npass out set mark 1 tagged X", 0 },
	{ "match out tag X\npass in set mark 1 no state\npass out tagged X",
	    0 },
};

START_TEST(test_divert_only)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;
	int error = compile(divert_only[_i].text, d, &rs, &pg);

	ck_assert_msg(error == divert_only[_i].want, "%s",
	    divert_only[_i].text);
	program_free(pg);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* As many tags as a packet's mark can tell apart, where it has to. */
START_TEST(test_tags_limit)
{
	static const struct {
		const char *interface;
		unsigned n;
		int want;
	} tags[] = {
		{ "divert", 4095, 0 },
		{ "divert", 4096, -EINVAL },
		{ "tun address 10.0.0.1/24", 4096, 0 },
	};
	struct program *pg = NULL;
	struct ruleset *rs;
	struct diag *d = diag_new();
	char *text;
	size_t len;
	unsigned i;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	fprintf(f, "interface em0 %s\n", tags[_i].interface);
	for (i = 1; i <= tags[_i].n; i++)
		fprintf(f, "match in tag t%u\n", i);
	fclose(f);
	ck_assert_int_eq(compile(text, d, &rs, &pg), tags[_i].want);
	if (tags[_i].want != 0)
		ck_assert_uint_eq(diag_get(d, 0)->span.line, 4097);
	free(text);
	program_free(pg);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* A tag and a mark of other rules: told, but another rule may be meant. */
static const struct {
	const char *text;
	uint32_t line;	/* of a warning, 0: none */
} tag_warned[] = {
	{ "match in tag X\nmatch set mark 1\npass in no state\n"
	    "block out ! tagged X", 3 },
	{ "match in tag X\npass in no state set mark 1\nblock out tagged X",
	    2 },
	{ "match in tag X\nmatch set mark 1\npass in\nblock out tagged X",
	    0 },
	{ "match out tag X\nmatch set mark 1\npass in no state\n"
	    "block out tagged X", 0 },
	{ "match in tag X\nmatch set mark 1\npass in no state\n"
	    "block in tagged X", 0 },
};

START_TEST(test_tag_warned)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	const struct diag_msg *m;
	struct ruleset *rs;
	uint32_t line = 0;
	size_t i;

	ck_assert_int_eq(compile(tag_warned[_i].text, d, &rs, &pg), 0);
	for (i = 0; (m = diag_get(d, i)) != NULL; i++)
		if (strstr(m->text, "match rules give a tag") != NULL)
			line = m->span.line;
	ck_assert_msg(line == tag_warned[_i].line, "%s: line %u",
	    tag_warned[_i].text, line);
	program_free(pg);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

START_TEST(test_anchors_limit)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;

	ck_assert_int_eq(compile("set limit anchors 1\n"
	    "anchor a {\npass\nanchor b {\npass\n}\n}\n", d, &rs, &pg), -EINVAL);
	ck_assert_str_eq(diag_get(d, 0)->text,
	    "2 anchors, and limit anchors is 1");
	ck_assert_uint_eq(diag_get(d, 0)->span.line, 1);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* The engine's tables end somewhere; the place is named. */
static const struct {
	const char *text, *want;
} tops[] = {
	{ "pass\nset limit frags 5001\n", "limit frags is 5000 at most" },
	{ "pass\nset limit src-nodes 1000001\n",
	    "limit src-nodes is 1000000 at most" },
	{ "pass\nset limit states 268435457\n",
	    "limit states is 268435456 at most" },
};

START_TEST(test_limit_tops)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;

	ck_assert_int_eq(compile(tops[_i].text, d, &rs, &pg), -EINVAL);
	ck_assert_str_eq(diag_get(d, 0)->text, tops[_i].want);
	ck_assert_uint_eq(diag_get(d, 0)->span.line, 2);
	ck_assert_uint_eq(diag_get(d, 0)->span.col, 11);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* What loads with a warning, and where that points. */
static const struct {
	const char *text, *name;
	unsigned line, col;
} idle[] = {
	{ "pass\nblock log", "log", 2, 7 },
	{ "set fingerprints \"/etc/pf.os\"", "set fingerprints", 1, 1 },
	{ "set timeout { tcp.first 5, tcp.tsdiff 5 }",
	    "set timeout tcp.tsdiff", 1, 28 },
	{ "set timeout interval 5", "set timeout interval", 1, 13 },
	{ "set timeout sctp.closed 5", "set timeout sctp.closed", 1, 13 },
	{ "set limit { states 9, pktdelay-pkts 5 }",
	    "set limit pktdelay-pkts", 1, 23 },
};

START_TEST(test_idle)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	const struct diag_msg *m;
	struct ruleset *rs;
	char want[160];

	ck_assert_msg(compile(idle[_i].text, d, &rs, &pg) == 0, "%s",
	    idle[_i].text);
	snprintf(want, sizeof(want), "%s has no effect in this version",
	    idle[_i].name);
	m = diag_get(d, 0);
	ck_assert_msg(m != NULL && strcmp(m->text, want) == 0 &&
	    m->level == DIAG_WARNING, "%s", idle[_i].text);
	ck_assert_msg(m->span.line == idle[_i].line &&
	    m->span.col == idle[_i].col, "%s: at %u:%u", idle[_i].text,
	    m->span.line, m->span.col);
	ck_assert_ptr_null(diag_get(d, 1));
	program_free(pg);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* What is the default, or works, says nothing. */
static const char *const quiet[] = {
	"set optimization aggressive", "set limit states 5",
	"set timeout tcp.first 5", "set nat-policy pf", "set reload-states keep",
	"set syncookies never",
	"set limit anchors 2\nanchor a {\npass\nanchor b {\npass\n}\n}\n",
};

START_TEST(test_quiet)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;

	ck_assert_msg(compile(quiet[_i], d, &rs, &pg) == 0 &&
	    diag_get(d, 0) == NULL, "%s", quiet[_i]);
	program_free(pg);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* Lines of the list that no text of `refused' comes to, because ... */
static const char *const untold[] = {
	"an ethernet rule",	/* needs a data plane that sees frames */
	"set queue",		/* needs a queue, which is refused itself */
	"rtable",		/* needs a routing table of the host */
	"overload",		/* needs a limit per source, see above */
	"fragment no reassemble", /* classic scrub rules only */
	"fail-policy return",
	"nptv6", "port-block", "hairpin",
};

/* Every feature that is refused has a test, or a reason. */
START_TEST(test_all_refused)
{
	enum compile_support support;
	const char *name;
	uint32_t i;
	size_t k;

	for (i = 0; compile_feature(i, &name, &support); i++) {
		if (support != SUPPORT_NO)
			continue;
		for (k = 0; k < nitems(refused); k++)
			if (strcmp(refused[k].name, name) == 0)
				break;
		if (k < nitems(refused))
			continue;
		for (k = 0; k < nitems(untold); k++)
			if (strcmp(untold[k], name) == 0)
				break;
		ck_assert_msg(k < nitems(untold), "no test: %s", name);
	}
	ck_assert_uint_gt(i, 40);
}
END_TEST

/* Rules that differ in one thing, and must stay two rules. */
static const char *const pairs[][2] = {
	{ "pass", "block" },
	{ "pass", "match" },
	{ "block drop", "block return" },
	{ "block return-icmp", "block return-icmp(host-unr)" },
	{ "block return-rst proto tcp", "block return-rst(ttl 9) proto tcp" },
	{ "pass in", "pass out" },
	{ "pass", "pass quick" },
	{ "pass", "pass log" },
	{ "pass log", "pass log (all)" },
	{ "pass on em0", "pass on em1" },
	{ "pass on em0", "pass on ! em0" },
	{ "pass on em0", "pass on any" },
	{ "pass inet", "pass inet6" },
	{ "pass proto tcp", "pass proto udp" },
	{ "pass from 10.0.0.0/8", "pass from 10.0.0.0/9" },
	{ "pass from 10.0.0.1", "pass from 10.0.0.2" },
	{ "pass from 10.0.0.1", "pass from ! 10.0.0.1" },
	{ "pass from 10.0.0.1", "pass to 10.0.0.1" },
	{ "pass from 10.0.0.1 - 10.0.0.3", "pass from 10.0.0.1 - 10.0.0.4" },
	{ "pass from <a>", "pass from <b>" },
	{ "pass from <a>", "pass from ! <a>" },
	{ "pass from (em0)", "pass from (em1)" },
	{ "pass from (em0)", "pass from (em0:network)" },
	{ "pass from (em0)", "pass from (em0:0)" },
	{ "pass from no-route", "pass from urpf-failed" },
	{ "pass proto tcp from port 1", "pass proto tcp to port 1" },
	{ "pass proto tcp to port 1", "pass proto tcp to port 2" },
	{ "pass proto tcp to port 1:5", "pass proto tcp to port 1 >< 5" },
	{ "pass proto tcp to port 1", "pass proto tcp to port != 1" },
	{ "pass proto tcp flags S/SA", "pass proto tcp flags S/SAFR" },
	{ "pass proto tcp flags S/SA", "pass proto tcp flags any" },
	{ "pass inet proto icmp icmp-type 8", "pass inet proto icmp icmp-type 0" },
	{ "pass inet proto icmp icmp-type 3 code 1",
	    "pass inet proto icmp icmp-type 3 code 2" },
	{ "pass tos 4", "pass tos 8" },
	{ "pass tagged a", "pass tagged b" },
	{ "pass tagged a", "pass ! tagged a" },
	{ "pass received-on em0", "pass received-on em1" },
	{ "pass received-on em0", "pass ! received-on em0" },
	{ "pass fragment", "pass no state" },
	{ "pass", "pass allow-opts" },
	{ "pass probability 10%", "pass probability 11%" },
	{ "pass max-pkt-size 10", "pass max-pkt-size 11" },
	{ "pass label x", "pass label y" },
	{ "pass tag x", "pass tag y" },
	{ "pass set tos 4", "pass set tos 8" },
	{ "pass set mark 1", "pass set mark 2" },
	{ "pass scrub (min-ttl 1)", "pass scrub (min-ttl 2)" },
	{ "pass scrub (max-mss 1)", "pass scrub (max-mss 2)" },
	{ "pass scrub (no-df)", "pass scrub (random-id)" },
	{ "pass", "pass no state" },
	{ "pass keep state (max 1)", "pass keep state (max 2)" },
	{ "pass keep state (sloppy)", "pass keep state (if-bound)" },
	{ "pass keep state (tcp.first 9)", "pass keep state (tcp.first 8)" },
	{ "pass out nat-to 10.0.0.1", "pass out nat-to 10.0.0.2" },
	{ "pass out nat-to 10.0.0.1", "pass out nat-to 10.0.0.1 static-port" },
	{ "pass out nat-to 10.0.0.1", "pass out nat-to 10.0.0.1 port 5:9" },
	{ "pass in rdr-to 10.0.0.1", "pass in rdr-to 10.0.0.2" },
	{ "pass out nat-to 10.0.0.0/24 bitmask",
	    "pass out nat-to 10.0.0.0/24 random" },
};

static bool
rules_equal(const struct program *pg)
{
	const struct prule *a = program_rule(pg, 0), *b = program_rule(pg, 1);

	return a->id == b->id || strcmp(program_str(pg, a->text),
	    program_str(pg, b->text)) == 0;
}

/* Both ways round, and each beside a copy of itself. */
START_TEST(test_pairs)
{
	const char *a = pairs[_i][0], *b = pairs[_i][1];
	struct program *pg;
	char text[200];

	snprintf(text, sizeof(text), "%s\n%s\n", a, b);
	pg = program_of(text);
	ck_assert_msg(program_nrules(pg) == 2, "%s", text);
	ck_assert_msg(!rules_equal(pg), "%s", text);
	program_free(pg);
	snprintf(text, sizeof(text), "%s\n%s\n", b, b);
	pg = program_of(text);
	ck_assert_msg(program_nrules(pg) == 2, "%s", text);
	ck_assert_msg(program_rule(pg, 0)->id != program_rule(pg, 1)->id,
	    "%s", text);
	program_free(pg);
}
END_TEST

START_TEST(test_anchors)
{
	struct program *pg = program_of(
	    "anchor \"a\" in {\n"	/* 0 */
	    "	block\n"		/* 1 */
	    "	anchor out {\n"		/* 2 */
	    "		pass\n"		/* 3 */
	    "	}\n"
	    "}\n"
	    "anchor \"a\"\n"		/* 4, and again 5, 6, 7 */
	    "block\n");			/* 8 */
	static const uint32_t in[] = {
		PROG_NONE, 0, 0, 2, PROG_NONE, 4, 4, 6, PROG_NONE,
	};
	uint32_t i;

	ck_assert_uint_eq(program_nrules(pg), nitems(in));
	for (i = 0; i < nitems(in); i++)
		ck_assert_msg(program_rule(pg, i)->anchor == in[i], "%u", i);
	for (i = 1; i < 4; i++)	/* copies count for one rule */
		ck_assert(program_rule(pg, i)->id ==
		    program_rule(pg, i + 4)->id);
	program_free(pg);
}
END_TEST

START_TEST(test_anchor_loop)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs;

	ck_assert_int_eq(compile("anchor \"a\" {\n	anchor \"/a\"\n}\n", d,
	    &rs, &pg), -EINVAL);
	ck_assert_ptr_nonnull(strstr(diag_get(d, 0)->text, "contains itself"));
	ck_assert_uint_eq(diag_errors(d), 1);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

START_TEST(test_pools)
{
	struct program *pg = program_of(
	    "binat on em0 inet from 10.0.0.0/24 to any -> 192.0.2.0/24\n"
	    "rdr on em0 proto tcp to port 8000:8010 -> 10.0.0.5 port 80:*\n"
	    "nat on em0 from 10.0.0.0/8 to any -> (em0)\n"
	    "no nat on em1 from any to any\n");
	const struct prule *p = program_rule(pg, 0);
	const struct ppool *pool;
	const struct ppool_addr *pa;

	ck_assert_uint_eq(program_nrules(pg), 5);
	/* binat: one rule of text, two halves with one id */
	ck_assert(p[0].id == p[1].id && p[0].action == PRULE_BINAT);
	ck_assert(p[0].nat != PROG_NONE && p[0].rdr == PROG_NONE);
	ck_assert(p[1].nat == PROG_NONE && p[1].rdr != PROG_NONE);
	pool = program_pool(pg, p[0].nat);
	ck_assert_uint_eq(pool->type, POOL_BITMASK);
	ck_assert(pool->flags & POOL_STATICPORT);
	pa = program_pool_addr(pg, program_pool(pg, p[1].rdr)->addr);
	ck_assert_uint_eq(ntohl(pa->addr.w[0]), 0x0a000000);
	ck_assert_uint_eq(pa->plen, 24);
	/* rdr: where the range begins, so that ports keep their distance */
	pool = program_pool(pg, p[2].rdr);
	ck_assert_uint_eq(p[2].action, PRULE_RDR);
	ck_assert(pool->flags & POOL_KEEPDIST);
	ck_assert_uint_eq(pool->port_base, 8000);
	ck_assert_uint_eq(pool->port_lo, 80);
	ck_assert_uint_eq(pool->port_hi, 90);
	/* nat */
	pool = program_pool(pg, p[3].nat);
	ck_assert_uint_eq(pool->port_lo, 50001);
	ck_assert_uint_eq(pool->port_hi, 65535);
	ck_assert_uint_eq(pool->naddr, 1);
	pa = program_pool_addr(pg, pool->addr);
	ck_assert_uint_eq(pa->kind, PA_DYNIF);
	ck_assert_uint_eq(p[4].action, PRULE_NONAT);
	program_free(pg);
}
END_TEST

START_TEST(test_rule)
{
	struct program *pg = program_of(
	    "set timeout tcp.first 77\n"
	    "\n"
	    "pass in log quick proto tcp to port 22 label \"ssh\" "
	    "keep state (max 5, tcp.closing 9)\n"
	    "block return-rst(ttl 3) proto tcp\n");
	const struct prule *p = program_rule(pg, 0);

	ck_assert_uint_eq(p->action, PRULE_PASS);
	ck_assert(p->quick);
	ck_assert_uint_eq(p->keep, STATE_KEEP);
	ck_assert_uint_eq(p->max_states, 5);
	ck_assert_uint_eq(p->line, 3);
	ck_assert_str_eq(program_str(pg, p->file), "t.conf");
	ck_assert_str_eq(program_str(pg, p->label), "ssh");
	ck_assert_ptr_nonnull(strstr(program_str(pg, p->text), "port = 22"));
	ck_assert_uint_eq(program_timeouts(pg, p->timeouts)[TM_TCP_CLOSING], 9);
	ck_assert_uint_eq(program_timeouts(pg, p->timeouts)[TM_TCP_FIRST], 77);
	ck_assert_uint_eq(program_timeouts(pg, 0)[TM_TCP_CLOSING], 900);
	ck_assert_uint_eq(program_options(pg)->timeout[TM_TCP_FIRST], 77);
	ck_assert_uint_eq(p[1].block, BLOCK_RST);
	ck_assert_uint_eq(p[1].ret_ttl, 3);
	ck_assert_uint_eq(p[1].timeouts, 0);
	program_free(pg);
}
END_TEST

Suite *suite_compile(void);

Suite *
suite_compile(void)
{
	Suite *s = suite_create("compile");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, host_make, host_end);
	tcase_add_loop_test(tc, test_tags_limit, 0, 3);
	tcase_add_loop_test(tc, test_tag_warned, 0, nitems(tag_warned));
	tcase_add_loop_test(tc, test_divert_only, 0,
	    nitems(divert_only));
	tcase_add_loop_test(tc, test_idle, 0, nitems(idle));
	tcase_add_test(tc, test_anchors_limit);
	tcase_add_loop_test(tc, test_limit_tops, 0, nitems(tops));
	tcase_add_loop_test(tc, test_quiet, 0, nitems(quiet));
	tcase_add_loop_test(tc, test_refused, 0, nitems(refused));
	tcase_add_test(tc, test_all_refused);
	tcase_add_loop_test(tc, test_pairs, 0, nitems(pairs));
	tcase_add_test(tc, test_anchors);
	tcase_add_test(tc, test_anchor_loop);
	tcase_add_test(tc, test_pools);
	tcase_add_test(tc, test_rule);
	suite_add_tcase(s, tc);
	return s;
}
