/* SPDX-License-Identifier: ISC */
/*
 * Rules that differ in one field stay two rules.
 *
 * For every member of struct rule and of what hangs on it there is a pair of
 * rules that differ in this member.  Both load, the member differs, their
 * prints and ids differ, and the print of both is read as two rules that
 * differ in it again.  A member that is in no row, and not among those that
 * are no part of a rule's text, fails the suite.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

Suite *suite_fields(void);

/* Where a member lies: in the rule, or in a pool of it. */
enum where { RULE, NAT, RDR, BINAT, ROUTE };

#define R(member)	#member, RULE, offsetof(struct rule, member), \
	sizeof(((struct rule *)NULL)->member)
#define P(in, member)	#in "." #member, in, \
	offsetof(struct pool, member), sizeof(((struct pool *)NULL)->member)

#define HEAD	"pass out on em0 inet proto tcp from any to any "
#define NATTO	"pass out on em0 inet proto tcp nat-to "
#define RNAT	"nat on em0 inet proto tcp from any to any -> "
#define ROUND	"pass out on em0 inet from any to any route-to "
#define STATE(x) HEAD "keep state (" x ")"

static const struct {
	const char *member;
	enum where where;
	size_t off, size;
	const char *a, *b;
} rows[] = {
	{ R(class), "nat on em0 from any to any -> 10.0.0.1",
	    "rdr on em0 from any to any -> 10.0.0.1" },
	{ R(action), "pass in no state", "match in" },
	{ R(dir), "pass in", "pass out" },
	{ R(quick), "pass in", "pass in quick" },
	{ R(ret), "block drop in", "block return in" },
	{ R(ret_ttl), "block return-rst (ttl 5) in proto tcp",
	    "block return-rst (ttl 6) in proto tcp" },
	{ R(ret_ttl_set), "block return-rst in proto tcp",
	    "block return-rst (ttl 6) in proto tcp" },
	{ R(ret_code), "block return-icmp (1) in inet",
	    "block return-icmp (2) in inet" },
	{ R(ret_code6), "block return-icmp6 (1) in inet6",
	    "block return-icmp6 (2) in inet6" },
	{ R(log), "pass in log", "pass in log (all)" },
	{ R(logif), "pass in log (to pflog1)", "pass in log (to pflog2)" },
	{ R(ifname), "pass on em0", "pass on em1" },
	{ R(if_neg), "pass on em0", "pass on ! em0" },
	{ R(if_any), "pass in", "pass in on any" },
	{ R(rdomain), "pass on rdomain 1", "pass on rdomain 2" },
	{ R(rdomain_neg), "pass on rdomain 1", "pass on ! rdomain 1" },
	{ R(af), "pass inet", "pass inet6" },
	{ R(proto), "pass proto gre", "pass proto esp" },
	{ R(from.addr.type), "pass from no-route", "pass from urpf-failed" },
	{ R(from.addr.af), "pass from 10.0.0.1", "pass from ::1" },
	{ R(from.addr.plen), "pass from 10/8", "pass from 10/9" },
	{ R(from.addr.mods), "pass from (em0:network)",
	    "pass from (em0:peer)" },
	{ R(from.addr.addr), "pass from 10.0.0.1", "pass from 10.0.0.2" },
	{ R(from.addr.addr2), "pass from 10.0.0.1 - 10.0.0.2",
	    "pass from 10.0.0.1 - 10.0.0.3" },
	{ R(from.addr.name), "pass from (em0)", "pass from (em1)" },
	{ R(from.addr.table), "pass from <a>", "pass from <b>" },
	{ R(from.neg), "pass from 10/8", "pass from ! 10/8" },
	{ R(from.port.lo), "pass proto tcp from port 1",
	    "pass proto tcp from port 2" },
	{ R(from.port.hi), "pass proto tcp from port 1:5",
	    "pass proto tcp from port 1:6" },
	{ R(from.port.op), "pass proto tcp from port 1:5",
	    "pass proto tcp from port 1 >< 5" },
	{ R(to.addr.type), "pass to 10.0.0.1", "pass to no-route" },
	{ R(to.addr.af), "pass to 10.0.0.1", "pass to ::1" },
	{ R(to.addr.plen), "pass to 10/8", "pass to 10/9" },
	{ R(to.addr.mods), "pass to (em0:network)", "pass to (em0:0)" },
	{ R(to.addr.addr), "pass to 2001:db8::1", "pass to 2001:db8::2" },
	{ R(to.addr.addr2), "pass to ::1 - ::2", "pass to ::1 - ::3" },
	{ R(to.addr.name), "pass to route \"a\"", "pass to route \"b\"" },
	{ R(to.addr.table), "pass to <a>", "pass to <b>" },
	{ R(to.neg), "pass to 10/8", "pass to ! 10/8" },
	{ R(to.port.lo), "pass proto udp to port 1",
	    "pass proto udp to port 2" },
	{ R(to.port.hi), "pass proto udp to port 1 <> 5",
	    "pass proto udp to port 1 <> 6" },
	{ R(to.port.op), "pass proto udp to port > 5",
	    "pass proto udp to port >= 5" },
	{ R(os), "pass in proto tcp from any os \"A\"",
	    "pass in proto tcp from any os \"B\"" },
	{ R(received_on), "pass out received-on em0",
	    "pass out received-on em1" },
	{ R(received_on_neg), "pass out received-on em0",
	    "pass out ! received-on em0" },
	{ R(received_on_any), "pass out", "pass out received-on any" },
	{ R(user.lo), HEAD "user 1", HEAD "user 2" },
	{ R(user.hi), HEAD "user 1 >< 5", HEAD "user 1 >< 6" },
	{ R(user.op), HEAD "user 1", HEAD "user != 1" },
	{ R(group.lo), HEAD "group 1", HEAD "group unknown" },
	{ R(group.hi), HEAD "group 1 <> 5", HEAD "group 1 <> 6" },
	{ R(group.op), HEAD "group > 1", HEAD "group < 1" },
	{ R(flags_any), HEAD "flags any", HEAD },
	{ R(flags), HEAD "flags S/SA", HEAD "flags SA/SA" },
	{ R(flagset), HEAD "flags S/SA", HEAD "flags S/SAF" },
	{ R(icmp_type), "pass inet proto icmp icmp-type 0",
	    "pass inet proto icmp icmp-type 255" },
	{ R(icmp_code), "pass inet proto icmp icmp-type 3",
	    "pass inet proto icmp icmp-type 3 code 0" },
	{ R(tos), "pass", "pass tos 0" },
	{ R(prio), "pass", "pass prio 0" },
	{ R(fragment), "pass no state", "pass no state fragment" },
	{ R(allow_opts), "pass", "pass allow-opts" },
	{ R(pkt_rate), "pass max-pkt-rate 1/9", "pass max-pkt-rate 2/9" },
	{ R(pkt_rate_secs), "pass max-pkt-rate 1/8",
	    "pass max-pkt-rate 1/9" },
	{ R(max_pkt_size), "pass", "pass max-pkt-size 100" },
	{ R(probability), "pass probability 10%", "pass probability 11%" },
	{ R(once), "pass", "pass once" },
	{ R(tagged.text), "pass tagged a", "pass tagged b" },
	{ R(tagged_neg), "pass tagged a", "pass ! tagged a" },
	{ R(tag.text), "pass tag a", "pass tag b" },
	{ R(rtable), "pass", "pass rtable 0" },
	{ R(label[0].text), "pass label a", "pass label b" },
	{ R(label[4].text), "pass label a label a label a label a label a",
	    "pass label a label a label a label a label b" },
	{ R(nlabels), "pass label a", "pass label a label b" },
	{ R(ridentifier), "pass ridentifier 1", "pass ridentifier 2" },
	{ R(ridentifier_set), "pass", "pass ridentifier 1" },
	{ R(dn[0]), "pass dnpipe (1, 2)", "pass dnpipe (3, 2)" },
	{ R(dn[1]), "pass dnpipe (1, 2)", "pass dnpipe (1, 3)" },
	{ R(dnqueue), "pass dnpipe 1", "pass dnqueue 1" },
	{ R(set.prio[0]), "pass set prio (1, 2)", "pass set prio (0, 2)" },
	{ R(set.prio[1]), "pass set prio (1, 2)", "pass set prio (1, 0)" },
	{ R(set.tos), "pass", "pass set tos 0" },
	{ R(set.delay), "pass", "pass set delay 0" },
	{ R(set.mark), "pass set mark 1", "pass set mark 2" },
	{ R(set.mark_set), "pass", "pass set mark 0" },
	{ R(scrub.no_df), "match in", "match in scrub (no-df)" },
	{ R(scrub.random_id), "match in scrub (no-df)",
	    "match in scrub (no-df random-id)" },
	{ R(scrub.reassemble_tcp), "match in",
	    "match in scrub (reassemble tcp)" },
	{ R(scrub.max_mss_auto), "match in scrub (max-mss auto)",
	    "match in scrub (max-mss 0)" },
	{ R(scrub.min_ttl), "match in scrub (min-ttl 0)",
	    "match in scrub (min-ttl 1)" },
	{ R(scrub.max_mss), "match in scrub (max-mss 0)",
	    "match in scrub (max-mss 1)" },
	{ R(scrub.set_tos), "scrub in set-tos 0", "scrub in set-tos 4" },
	{ R(scrub.no_frag_reassemble), "scrub in fragment reassemble",
	    "scrub in fragment no reassemble" },
	{ R(state), HEAD "keep state", HEAD "modulate state" },
	{ R(st.max), STATE("max 1, adaptive.start 1, adaptive.end 2"),
	    STATE("max 2, adaptive.start 1, adaptive.end 2") },
	{ R(st.max_src_states), STATE("max-src-states 1"),
	    STATE("max-src-states 2") },
	{ R(st.max_src_nodes), STATE("max-src-nodes 1"),
	    STATE("max-src-nodes 2") },
	{ R(st.max_src_conn), STATE("max-src-conn 1"),
	    STATE("max-src-conn 2") },
	{ R(st.conn_rate), STATE("max-src-conn-rate 1/9"),
	    STATE("max-src-conn-rate 2/9") },
	{ R(st.conn_rate_secs), STATE("max-src-conn-rate 1/9"),
	    STATE("max-src-conn-rate 1/8") },
	{ R(st.track), STATE("source-track rule"),
	    STATE("source-track global") },
	{ R(st.overload), STATE("max-src-conn 1, overload <a>"),
	    STATE("max-src-conn 1, overload <b>") },
	{ R(st.overload_name), STATE("max-src-conn 1"),
	    STATE("max-src-conn 1, overload <b>") },
	{ R(st.flush), STATE("max-src-conn 1, overload <a>"),
	    STATE("max-src-conn 1, overload <a> flush") },
	{ R(st.flush_global), STATE("max-src-conn 1, overload <a> flush"),
	    STATE("max-src-conn 1, overload <a> flush global") },
	{ R(st.if_bound), HEAD, STATE("if-bound") },
	{ R(st.binding_set), "set state-policy if-bound\n" HEAD,
	    "set state-policy if-bound\n" STATE("floating") },
	{ R(st.no_sync), HEAD, STATE("no-sync") },
	{ R(st.sloppy), HEAD, STATE("sloppy") },
	{ R(st.pflow), HEAD, STATE("pflow") },
	{ R(st.allow_related), HEAD, STATE("allow-related") },
	{ R(st.timeout[TM_TCP_FIRST]), STATE("tcp.first 0"),
	    STATE("tcp.first 1") },
	{ R(st.timeout), STATE("tcp.tsdiff 1"), STATE("sctp.closed 1") },
	{ R(naf), "pass in inet6", "pass in inet6 af-to inet from 10.0.0.1" },
	{ R(nptv6), "pass out inet6 nptv6 fd00::/48 to 2001:db8::/48",
	    "pass out inet6 nptv6 fd00::/48 to 2001:db8:1::/48" },
	{ R(route_type), ROUND "192.0.2.1", "pass out on em0 inet from any to "
	    "any reply-to 192.0.2.1" },
	{ R(route_classic), "pass out on em0 inet route-to 192.0.2.1",
	    "pass out on em0 route-to (em0 192.0.2.1) inet" },
	{ R(xlate_pass), "nat on em0 inet from any to any -> 10.0.0.1",
	    "nat pass on em0 inet from any to any -> 10.0.0.1" },
	{ R(divert), "pass in divert-packet port 1",
	    "pass in divert-to 10.0.0.1 port 1" },
	{ R(divert_af), "pass in divert-to 10.0.0.1 port 1",
	    "pass in divert-to ::1 port 1" },
	{ R(divert_addr), "pass in divert-to 10.0.0.1 port 1",
	    "pass in divert-to 10.0.0.2 port 1" },
	{ R(divert_port), "pass in divert-packet port 1",
	    "pass in divert-packet port 2" },
	{ R(anchor), "anchor a", "anchor b" },
	{ R(anchor_name), "anchor a", "anchor b" },
	{ R(anchor_wild), "anchor a", "anchor \"a/*\"" },
	{ R(anchor_inline), "anchor a {\npass\n}", "anchor b" },
	{ R(ether.from), "ether pass from 00:00:00:00:00:01",
	    "ether pass from 00:00:00:00:00:02" },
	{ R(ether.to), "ether pass to 00:00:00:00:00:01/8",
	    "ether pass to 00:00:00:00:00:01/9" },
	{ R(ether.bridge_to), "ether pass in bridge-to em0",
	    "ether pass in bridge-to em1" },
	{ R(ether.proto), "ether pass proto 1", "ether pass proto 2" },
	{ R(ether.proto_set), "ether pass", "ether pass proto 2" },

	{ R(nat), NATTO "10.0.0.1", NATTO "10.0.0.2" },
	{ P(NAT, af), "pass out on em0 proto tcp nat-to 10.0.0.1",
	    "pass out on em0 proto tcp nat-to ::1" },
	{ P(NAT, type), NATTO "10/8 random", NATTO "10/8 bitmask" },
	{ P(NAT, sticky), NATTO "10/8 random",
	    NATTO "10/8 random sticky-address" },
	{ P(NAT, static_port), NATTO "10/8", NATTO "10/8 static-port" },
	{ P(NAT, preserve_port), NATTO "10/8", NATTO "10/8 preserve-port" },
	{ P(NAT, endpoint_indep), NATTO "10/8",
	    NATTO "10/8 endpoint-independent" },
	{ P(NAT, endpoint_filter_set), NATTO "10/8 endpoint-independent",
	    NATTO "10/8 endpoint-independent filter address" },
	{ P(NAT, endpoint_filter),
	    NATTO "10/8 endpoint-independent filter address-port",
	    NATTO "10/8 endpoint-independent filter address" },
	{ P(NAT, endpoint_dep), NATTO "10/8", NATTO "10/8 endpoint-dependent" },
	{ P(NAT, port_lo), NATTO "10/8 port 1:9", NATTO "10/8 port 2:9" },
	{ P(NAT, port_hi), NATTO "10/8 port 1:9", NATTO "10/8 port 1:8" },
	{ P(NAT, mape_offset), NATTO "10/8 map-e-portset 6/8/1",
	    NATTO "10/8 map-e-portset 5/8/1" },
	{ P(NAT, mape_len), NATTO "10/8 map-e-portset 6/8/1",
	    NATTO "10/8 map-e-portset 6/7/1" },
	{ P(NAT, mape_psid), NATTO "10/8 map-e-portset 6/8/1",
	    NATTO "10/8 map-e-portset 6/8/2" },
	{ P(NAT, block_size), NATTO "10/8 port-block 64 max 1",
	    NATTO "10/8 port-block 128 max 1" },
	{ P(NAT, block_max), NATTO "10/8 port-block 64 max 1",
	    NATTO "10/8 port-block 64 max 2" },
	{ P(NAT, key), NATTO "10/8 source-hash a",
	    NATTO "10/8 source-hash b" },
	{ P(NAT, key_set), NATTO "10/8 source-hash",
	    NATTO "10/8 source-hash a" },
	{ P(NAT, n), RNAT "10.0.0.1", RNAT "{ 10.0.0.1, 10.0.0.2 }" },
	{ P(NAT, v), RNAT "{ 10.0.0.1, 10.0.0.3 }",
	    RNAT "{ 10.0.0.1, 10.0.0.2 }" },
	{ P(NAT, classic), NATTO "10.0.0.1", RNAT "10.0.0.1" },
	{ P(NAT, type_set), NATTO "10/8", NATTO "10/8 round-robin" },
	{ P(NAT, port_set), NATTO "10/8", NATTO "10/8 port 5" },
	{ R(rdr), "pass in inet rdr-to 10.0.0.1",
	    "pass in inet rdr-to 10.0.0.2" },
	{ P(RDR, hairpin), "pass in inet rdr-to 10.0.0.1",
	    "pass in inet rdr-to 10.0.0.1 hairpin" },
	{ P(RDR, port_lo), "pass in inet proto tcp rdr-to 10.0.0.1 port 1",
	    "pass in inet proto tcp rdr-to 10.0.0.1 port 2" },
	{ R(binat), "binat on em0 from 10.0.0.1 to any -> 192.0.2.1",
	    "binat on em0 from 10.0.0.1 to any -> 192.0.2.2" },
	{ R(route), ROUND "192.0.2.1", ROUND "192.0.2.2" },
	{ P(ROUTE, ipv6_nexthop), "pass out inet route-to 192.0.2.1",
	    "pass out inet route-to 192.0.2.1 prefer-ipv6-nexthop" },
};

/* Members that are no part of what a rule says. */
#define NO(member)	offsetof(struct rule, member), \
	sizeof(((struct rule *)NULL)->member)
static const struct {
	size_t off, size;
} others[] = {
	{ NO(nr) }, { NO(id) }, { NO(origin) },	/* where it stands */
	{ NO(fail_return) },			/* an option of all rules */
	{ NO(set.queue) },			/* see the row of its own */
	{ NO(tagged.raw) }, { NO(tag.raw) }, { NO(scrub.set) },
	{ NO(label) },				/* rows for the outer ones */
};

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
load(const char *what, const char *text)
{
	struct load_options o = {
		.text = text, .len = strlen(text), .name = "t", .host = host,
	};
	struct ruleset *rs = NULL;
	char *why = NULL;
	size_t n;
	FILE *f;

	diag_reset(diag);
	if (load_ruleset(&o, diag, &rs) == 0)
		return rs;
	f = open_memstream(&why, &n);
	diag_print(diag, f, "t", DIAG_NO_CARETS);
	fclose(f);
	ck_abort_msg("%s: refused: %s%s", what, text, why);
}

static int
first_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	(void)a;
	*(const struct rule **)arg = r;
	return 1;
}

static const struct rule *
rule_of(const struct ruleset *rs)
{
	const struct rule *r = NULL;

	ruleset_walk(rs, first_rule, &r);
	return r;
}

/* The bytes of a row's member; NULL if the rule has no such pool. */
static const char *
member(const struct rule *r, size_t i)
{
	const struct pool *const pools[] = {
		[NAT] = r->nat, [RDR] = r->rdr, [BINAT] = r->binat,
		[ROUTE] = r->route,
	};

	if (rows[i].where == RULE)
		return (const char *)r + rows[i].off;
	if (pools[rows[i].where] == NULL)
		return NULL;
	return (const char *)pools[rows[i].where] + rows[i].off;
}

static char *
raw_text(const struct rule *r)
{
	const struct print_options o = { .flags = PRINT_RAW };
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	print_rule(f, r, &o);
	fclose(f);
	return text;
}

static void
compare(size_t i, const char *what, const struct ruleset *ra,
    const struct ruleset *rb)
{
	const struct rule *a = rule_of(ra), *b = rule_of(rb);
	const char *ma, *mb;
	char *ta, *tb;

	ck_assert_msg(a != NULL && b != NULL, "%s: no rule", what);
	ma = member(a, i);
	mb = member(b, i);
	ck_assert_msg(ma != NULL && mb != NULL, "%s: no pool", what);
	ck_assert_msg(memcmp(ma, mb, rows[i].size) != 0, "%s is the same",
	    what);
	ta = raw_text(a);
	tb = raw_text(b);
	ck_assert_msg(strcmp(ta, tb) != 0, "%s: both print: %s", what, ta);
	ck_assert_msg(a->id != b->id, "%s: one id: %s / %s", what, ta, tb);
	free(ta);
	free(tb);
}

START_TEST(test_field)
{
	const char *what = rows[_i].member;
	struct ruleset *a = load(what, rows[_i].a), *b = load(what,
	    rows[_i].b), *a2, *b2;
	char *ta, *tb;

	compare((size_t)_i, what, a, b);
	ta = ruleset_text(a, PRINT_RAW);
	tb = ruleset_text(b, PRINT_RAW);
	a2 = load(what, ta);
	b2 = load(what, tb);
	compare((size_t)_i, what, a2, b2);
	ck_assert_msg(rule_of(a)->id == rule_of(a2)->id &&
	    rule_of(b)->id == rule_of(b2)->id, "%s: an id changes", what);
	free(ta);
	free(tb);
	ruleset_free(a);
	ruleset_free(b);
	ruleset_free(a2);
	ruleset_free(b2);
}
END_TEST

/* Queues are names, which need a definition. */
START_TEST(test_queue)
{
	static const char queues[] = "queue r on em0 bandwidth 10M\n"
	    "queue a parent r bandwidth 5M default\n"
	    "queue b parent r bandwidth 5M\n";
	static const char *const v[] = {
		"pass out set queue a", "pass out set queue b",
		"pass out set queue (a, b)", "pass out set queue (a, a)",
	};
	char text[400], *print[nitems(v)];
	struct ruleset *rs;
	size_t i, k;

	for (i = 0; i < nitems(v); i++) {
		snprintf(text, sizeof(text), "%s%s\n", queues, v[i]);
		rs = load(v[i], text);
		print[i] = raw_text(rule_of(rs));
		for (k = 0; k < i; k++)
			ck_assert_msg(strcmp(print[i], print[k]) != 0, "%s",
			    print[i]);
		ruleset_free(rs);
	}
	for (i = 0; i < nitems(v); i++)
		free(print[i]);
}
END_TEST

/* Padding lies between members, and is smaller than the widest of them. */
START_TEST(test_all_fields)
{
	bool known[sizeof(struct rule)] = { false };
	size_t i, gap = 0, end;

	for (i = 0; i < nitems(rows); i++)
		if (rows[i].where == RULE)
			memset(known + rows[i].off, true, rows[i].size);
	for (i = 0; i < nitems(others); i++)
		memset(known + others[i].off, true, others[i].size);
	for (i = 0; i < sizeof(known); i++) {
		if (!known[i]) {
			gap++;
			continue;
		}
		/* padding ends where the next member is aligned */
		end = gap < 2 ? 2 : gap < 4 ? 4 : 8;
		ck_assert_msg(gap == 0 || (gap < 8 && i % end == 0),
		    "%zu bytes before byte %zu of struct rule are in no row",
		    gap, i);
		gap = 0;
	}
	ck_assert_uint_lt(gap, 8);
}
END_TEST

Suite *
suite_fields(void)
{
	Suite *s = suite_create("fields");
	TCase *t = tcase_create("fields");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_field, 0, (int)nitems(rows));
	tcase_add_test(t, test_queue);
	tcase_add_test(t, test_all_fields);
	suite_add_tcase(s, t);
	return s;
}
