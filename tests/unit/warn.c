/* SPDX-License-Identifier: ISC */
/*
 * Warnings: a row gives a ruleset and the warnings it must have, as LINE:NAME
 * in the order of lines; an empty text is "none", which matters as much.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"
#include "rules/warn.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

Suite *suite_warn(void);

static const struct {
	const char *what, *text, *want;
} rows[] = {
	/* never-matches: an earlier quick rule */
	{ "the same rule behind a quick one",
	    "block in quick from 10/8\npass in from 10.1/16",
	    "2:never-matches" },
	{ "a smaller one first is no cover",
	    "block in quick from 10.1/16\npass in from 10/8", "" },
	{ "without quick the last one decides",
	    "block in from 10/8\npass in from 10.1/16", "" },
	{ "quick in the other direction",
	    "block out quick\npass in from 10/8", "" },
	{ "quick on one interface", "block quick on em0\npass in", "" },
	{ "quick on the same interface",
	    "block quick on em0\npass in on em0 proto tcp to port 22",
	    "2:never-matches" },
	{ "quick on the other side of an interface",
	    "block quick on ! em0\npass in on em0", "" },
	{ "quick on every interface but loopback",
	    "block quick on any\npass in on lo0", "" },
	{ "a list that is covered in part",
	    "block in quick proto tcp to port 22\n"
	    "pass in proto tcp to port { 22 80 }", "" },
	{ "a list that is covered whole",
	    "block in quick proto tcp to port { 22 80 }\n"
	    "pass in proto tcp to port { 22 80 }", "2:never-matches" },
	{ "ports within a range",
	    "block in quick proto tcp to port 20:30\n"
	    "pass in proto tcp to port 22:25", "2:never-matches" },
	{ "ports that look out of a range",
	    "block in quick proto tcp to port 20:30\n"
	    "pass in proto tcp to port 25:31", "" },
	{ "ports above a number",
	    "block in quick proto tcp to port > 1023\n"
	    "pass in proto tcp to port 8080", "2:never-matches" },
	{ "strictly between",
	    "block in quick proto tcp to port 20 >< 30\n"
	    "pass in proto tcp to port 30", "" },
	{ "two pieces", "block in quick proto tcp to port 20 <> 30\n"
	    "pass in proto tcp to port 10", "" },
	{ "a negation is no prefix",
	    "block in quick from ! 10/8\npass in from ! 10.1/16", "" },
	{ "the same negation", "block in quick from ! 10/8\n"
	    "pass in from ! 10/8", "2:never-matches" },
	{ "the same table", "table <t> persist\nblock in quick from <t>\n"
	    "pass in proto tcp from <t> to port 22", "3:never-matches" },
	{ "two tables", "table <t> persist\ntable <u> persist\n"
	    "block in quick from <t>\npass in from <u>", "" },
	{ "probability lets some through",
	    "block in quick probability 50%\npass in", "" },
	{ "a rule for once", "block in quick once\npass in", "" },
	{ "a rate", "block in quick max-pkt-rate 5/1\npass in", "" },
	{ "tagged packets only", "block in quick tagged a\npass in", "" },
	{ "pass takes only the first packets of TCP",
	    "pass in quick\nblock in", "" },
	{ "of UDP it takes all", "pass in quick\nblock in proto udp",
	    "2:never-matches" },
	{ "pass quick of all flags", "pass in quick flags any\nblock in",
	    "2:never-matches" },
	{ "a translation between", "block in quick on em0 to 192.0.2.9\n"
	    "match in on em0 rdr-to 192.0.2.9\n"
	    "block in on em0 to 192.0.2.9", "" },
	{ "an anchor between", "block in quick from 10/8\nanchor a\n"
	    "pass in from 10.1/16", "" },
	{ "inside an anchor", "anchor a {\nblock in quick\npass in\n}",
	    "3:never-matches" },
	{ "icmp types", "pass in quick inet proto icmp icmp-type echoreq\n"
	    "block in inet proto icmp icmp-type unreach\n"
	    "block in inet proto icmp icmp-type echoreq",
	    "3:never-matches" },
	{ "families", "block in quick inet\npass in inet6 proto icmp6", "" },
	{ "match rules behind quick", "block in quick\nmatch in scrub (no-df)",
	    "2:never-matches" },

	/* never-matches: a later rule decides */
	{ "block all, and then pass all",
	    "block in proto udp\npass in proto udp", "1:never-matches" },
	{ "the block that a pass undoes",
	    "block in on em0 from 10/8\npass in on em0 flags any",
	    "1:never-matches" },
	{ "default first, exceptions later",
	    "block all\npass out\npass in proto tcp to port 22", "" },
	{ "quick decides before", "block in quick from 10/8\npass in\n"
	    "block in proto tcp", "" },
	{ "a tag is not lost", "pass in proto udp tag a\npass in proto udp",
	    "" },
	{ "logging of matches is not lost",
	    "pass in log (matches) proto udp\npass in proto udp", "" },
	{ "translation behind it", "pass in on em0 proto udp to port 53\n"
	    "match in on em0 rdr-to 10.0.0.1\npass in on em0 proto udp", "" },

	/* overload */
	{ "a table that nobody reads",
	    "table <bad> persist\npass in proto tcp keep state "
	    "(max-src-conn 5, overload <bad>)", "2:overload-unread" },
	{ "a table that is read", "table <bad> persist\n"
	    "block in quick from <bad>\npass in proto tcp keep state "
	    "(max-src-conn 5, overload <bad>)", "" },

	/* rdr-blocked */
	{ "rdr, and rules for the address before it",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "pass in on em0 proto tcp to (em0) port 80", "1:rdr-blocked" },
	{ "rdr, and a rule for the target",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "pass in on em0 proto tcp to 10.0.0.5 port 80", "" },
	{ "rdr, and a rule for the port before it",
	    "rdr on em0 inet proto tcp to port 80 -> 10.0.0.5 port 8080\n"
	    "block all\npass in on em0 proto tcp to port 80",
	    "1:rdr-blocked" },
	{ "rdr pass needs no rule",
	    "rdr pass on em0 proto tcp to (em0) port 80 -> 10.0.0.5\n"
	    "block all", "" },
	{ "without a block there is no need",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\n"
	    "pass out", "" },
	{ "an anchor may pass it",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "anchor a", "" },
	{ "a table may hold it", "table <t> persist\n"
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "pass in proto tcp to <t>", "" },
	{ "an interface that is not here may have the address",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "pass in on em0 proto tcp to (wg7) port 80", "" },
	{ "block on another interface",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\n"
	    "block in on em1", "" },
	{ "a block that leaves something",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\n"
	    "block in from 198.51.100.0/24", "" },
	{ "pass on another interface only",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "pass on em1", "1:rdr-blocked" },

	{ "a skipped interface asks no rule", "set skip on em0\n"
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all",
	    "" },
	{ "skipped by its driver's name, behind the rule",
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all\n"
	    "set skip on { lo em }", "" },
	{ "another interface is skipped", "set skip on { lo em1 }\n"
	    "rdr on em0 proto tcp to (em0) port 80 -> 10.0.0.5\nblock all",
	    "2:rdr-blocked" },
	{ "one of a driver's interfaces is skipped", "set skip on em0\n"
	    "rdr on em proto tcp to (em0) port 80 -> 10.0.0.5\nblock all",
	    "2:rdr-blocked" },

	/* nat-nowhere */
	{ "nothing leaves a skipped interface translated", "set skip on em0\n"
	    "nat on em0 from 10/8 to any -> 192.0.2.1\nblock out on em0",
	    "" },
	{ "nothing leaves", "nat on em0 from 10/8 to any -> 192.0.2.1\n"
	    "block out on em0\npass in", "1:nat-nowhere" },
	{ "something leaves", "nat on em0 from 10/8 to any -> 192.0.2.1\n"
	    "block out on em0\npass out on em0 proto udp", "" },
	{ "an interface without a statement",
	    "interface lan0 tun\ninterface wan0 tun\n"
	    "nat on wan1 from 10/8 to any -> 192.0.2.1", "3:nat-nowhere" },
	{ "an interface with a statement",
	    "interface lan0 tun\ninterface wan0 tun\n"
	    "nat on wan from 10/8 to any -> 192.0.2.1", "" },
	{ "no statements: any interface may come",
	    "nat on wan1 from 10/8 to any -> 192.0.2.1", "" },

	/* unused-table */
	{ "nobody names the table", "table <t> { 10.0.0.1 }\npass",
	    "1:unused-table" },
	{ "it persists", "table <t> persist { 10.0.0.1 }\npass", "" },
	{ "a rule names it", "table <t> { 10.0.0.1 }\npass in from <t>", "" },
	{ "a pool names it", "table <t> { 10.0.0.1 }\n"
	    "pass out on em0 nat-to <t>", "" },
	{ "an anchor from outside may name it",
	    "table <t> { 10.0.0.1 }\nanchor a", "" },
	{ "an anchor that is here does not",
	    "table <t> { 10.0.0.1 }\nanchor a {\npass\n}",
	    "1:unused-table" },

	/* nd-blocked */
	{ "IPv6 is wanted, its neighbours are not",
	    "block all\npass in inet6 proto tcp to port 80",
	    "1:nd-blocked" },
	{ "neighbours are let in", "block all\n"
	    "pass in inet6 proto tcp to port 80\npass in inet6 proto icmp6 "
	    "icmp6-type { neighbrsol neighbradv }", "" },
	{ "all ICMPv6 is let in", "block all\n"
	    "pass in inet6 proto tcp to port 80\npass proto icmp6", "" },
	{ "nobody asked for IPv6", "block all\npass in proto tcp to port 80",
	    "" },
	{ "blocked on one interface",
	    "block on em0\npass in inet6 proto tcp to port 80", "" },

	/* comments */
	{ "turned off", "# natd: no-warn never-matches\n"
	    "block in quick\npass in proto udp", "" },
	{ "turned off, with others",
	    "#natd: no-warn nd-blocked never-matches unused-table\n"
	    "block in quick\npass in\ntable <t> { 10.0.0.1 }", "" },
	{ "another one is off", "# natd: no-warn nd-blocked\n"
	    "block in quick\npass in", "3:never-matches" },
	{ "a name that there is not", "# natd: no-warn everything\npass",
	    "1:no warning is called everything" },
};

static struct host *host;

static void
setup(void)
{
	struct diag *d = diag_new();

	host = host_new(false);
	ck_assert_int_eq(host_read(host, TEST_SRCDIR "/golden/host", d), 0);
	diag_free(d);
}

static void
teardown(void)
{
	host_free(host);
}

/* "LINE:NAME ..." of the warnings; of one without a name its text. */
static void
names_of(const struct diag *d, char *buf, size_t size)
{
	const struct diag_msg *m;
	const char *open;
	size_t i, n = 0;

	buf[0] = '\0';
	for (i = 0; (m = diag_get(d, i)) != NULL; i++) {
		if (m->level != DIAG_WARNING)
			continue;
		open = strrchr(m->text, '[');
		n += (size_t)snprintf(buf + n, size - n, "%s%u:%.*s",
		    n > 0 ? " " : "", m->span.line,
		    open != NULL ? (int)strlen(open) - 2 :
		    (int)strlen(m->text), open != NULL ? open + 1 : m->text);
	}
}

START_TEST(test_warning)
{
	struct load_options o = {
		.text = rows[_i].text, .len = strlen(rows[_i].text),
		.name = "t", .host = host, .warn = true,
	};
	struct diag *d = diag_new();
	struct ruleset *rs = NULL;
	char got[400];
	int error;

	error = load_ruleset(&o, d, &rs);
	ck_assert_msg(error == 0, "%s: refused", rows[_i].what);
	names_of(d, got, sizeof(got));
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: \"%s\"",
	    rows[_i].what, got);
	ruleset_free(rs);
	diag_free(d);
}
END_TEST

/* Every warning has a row that gives it. */
START_TEST(test_names)
{
	const char *name;
	size_t i, k;

	for (i = 0; (name = warn_name(i)) != NULL; i++) {
		if (strcmp(name, "unused-macro") == 0 || /* with -vv only */
		    strcmp(name, "foreign-nat") == 0 ||	 /* natd's own */
		    strcmp(name, "many-hops") == 0 ||
		    strcmp(name, "own-hop") == 0)
			continue;
		for (k = 0; k < nitems(rows); k++)
			if (strstr(rows[k].want, name) != NULL)
				break;
		ck_assert_msg(k < nitems(rows), "no row gives %s", name);
	}
}
END_TEST

Suite *
suite_warn(void)
{
	Suite *s = suite_create("warn");
	TCase *t = tcase_create("warn");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_warning, 0, (int)nitems(rows));
	tcase_add_test(t, test_names);
	suite_add_tcase(s, t);
	return s;
}
