/* SPDX-License-Identifier: ISC */
/*
 * sticky-address: a source keeps its next hop as long as its source node
 * lives; and the table of these.
 */
#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "engine/random.h"
#include "engine/registry.h"
#include "engine/srcnode.h"
#include "engine/table.h"
#include "tests/rnd.h"
#include "tests/scenario.h"

Suite *suite_sticky(void);

#define NET IF_LAN0("8") IF_WAN0("") \
	"interface wan1 tun address 203.0.113.1/24\n" \
	"route 0.0.0.0/0 via 198.51.100.254\n"
#define HOPS "{ (wan0 198.51.100.253), (wan1 203.0.113.254) }"
#define PASS_UDP NET "pass out\npass in on lan0 inet proto udp "

#define A(n) "udp 10.0.0.2:" n " > 192.0.2.9:53"
#define B(n) "udp 10.0.0.3:" n " > 192.0.2.9:53"

static const struct scenario scenarios[] = {
	{ "each source has one next hop, and they take turns",
	    PASS_UDP "route-to " HOPS " round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", B("1"), "wan1 " B("1") },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "lan0", A("3"), "wan0 " A("3") },
		{ "lan0", B("2"), "wan1 " B("2") },
		{ "lan0", B("1"), "wan1 " B("1") },
		{ "lan0", A("4"), "wan0 " A("4") },
	} },
	{ "without states the source is forgotten",
	    PASS_UDP "route-to " HOPS " round-robin sticky-address "
	    "keep state (udp.first 3, udp.single 3)\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "wait", "70000", "0" },
		{ "lan0", A("3"), "wan1 " A("3") },
		{ "lan0", A("4"), "wan1 " A("4") },
	} },
	{ "src.track: not yet", "set timeout src.track 200\n"
	    PASS_UDP "route-to " HOPS " round-robin sticky-address "
	    "keep state (udp.first 3, udp.single 3)\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "wait", "70000", "0" },
		{ "lan0", A("3"), "wan0 " A("3") },
		{ "wait", "300000", "0" },
		{ "lan0", A("4"), "wan1 " A("4") },
	} },
	{ "src.track of the rule itself", PASS_UDP "route-to " HOPS
	    " round-robin sticky-address keep state "
	    "(udp.first 3, udp.single 3, src.track 200)\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "wait", "70000", "0" },
		{ "lan0", A("3"), "wan0 " A("3") },
	} },
	{ "a reload that leaves the rule, and one that does not",
	    PASS_UDP "route-to " HOPS " round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "load", NET "block in on wan0\npass out\npass in on lan0 "
		    "inet proto udp route-to " HOPS
		    " round-robin sticky-address\n", "2" },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "lan0", A("3"), "wan0 " A("3") },
		{ "load", PASS_UDP "route-to { (wan1 203.0.113.254), "
		    "(wan1 203.0.113.253) } round-robin sticky-address\n",
		    "6" },
		{ "lan0", A("4"), "wan1 " A("4") },
		/* connections that there are stay on their way */
		{ "lan0", A("1"), "wan0 " A("1") },
	} },
	{ "a list of addresses is the same one, whatever its number", NET
	    "pass\npass in on lan0 inet proto udp route-to { 198.51.100.253 "
	    "203.0.113.254 } sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", B("1"), "wan1 " B("1") },
		{ "load", NET "pass from { 10.1.1.1 10.1.1.2 10.1.1.3 }\n"
		    "pass\npass in on lan0 inet proto udp route-to { "
		    "198.51.100.253 203.0.113.254 } sticky-address\n", "4" },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "lan0", A("3"), "wan0 " A("3") },
		{ "lan0", B("2"), "wan1 " B("2") },
	} },
	{ "the way's interface goes: another one, from then on",
	    PASS_UDP "route-to " HOPS " round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", B("1"), "wan1 " B("1") },
		{ "ifs", IF_LAN0("8") IF_WAN0("")
		    "route 0.0.0.0/0 via 198.51.100.254\n", NULL },
		{ "lan0", B("2"), "wan0 " B("2") },
		{ "ifs", NET, NULL },
		{ "lan0", B("3"), "wan0 " B("3") },
		{ "lan0", A("2"), "wan0 " A("2") },
	} },
	{ "each rule has its own, and each family", IF_LAN0("8") IF_WAN0("")
	    "interface wan1 tun address 203.0.113.1/24 "
	    "address 2001:db8:3::1/64\npass out\n"
	    "pass in on lan0 inet proto udp route-to " HOPS
	    " round-robin sticky-address\n"
	    "pass in on lan0 inet proto udp to port 54 route-to " HOPS
	    " round-robin sticky-address\n"
	    "pass in on lan0 inet6 route-to { (wan0 2001:db8:2::fe), "
	    "(wan1 2001:db8:3::fe) } round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", "udp 10.0.0.3:1 > 192.0.2.9:54",
		    "wan0 udp 10.0.0.3:1 > 192.0.2.9:54" },
		{ "lan0", "udp 10.0.0.2:1 > 192.0.2.9:54",
		    "wan1 udp 10.0.0.2:1 > 192.0.2.9:54" },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53",
		    "wan0 udp [2001:db8:1::2]:1 > [2001:db8:9::9]:53" },
		{ "lan0", "udp [2001:db8:1::3]:1 > [2001:db8:9::9]:53",
		    "wan1 udp [2001:db8:1::3]:1 > [2001:db8:9::9]:53" },
		{ "lan0", "udp [2001:db8:1::2]:2 > [2001:db8:9::9]:53",
		    "wan0 udp [2001:db8:1::2]:2 > [2001:db8:9::9]:53" },
	} },
	{ "another route to the server", NET "pass\npass in on wan1 inet proto "
	    "udp reply-to { (wan0 198.51.100.253), (wan1 203.0.113.254) } "
	    "round-robin sticky-address\n", {
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "ifs", NET "route 10.0.0.2/32 via 203.0.113.9\n", "2" },
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "wan1 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "wan1", "udp 192.0.2.9:6 > 10.0.0.2:53",
		    "wan1 udp 192.0.2.9:6 > 10.0.0.2:53" },
		{ "wan1", "udp 10.0.0.2:53 > 192.0.2.9:6",
		    "wan0 udp 10.0.0.2:53 > 192.0.2.9:6" },
		{ "wan1", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan0 udp 10.0.0.2:53 > 192.0.2.9:5" },
	} },
	{ "the limit: the connection fails, and is counted",
	    "set limit src-nodes 2\n"
	    PASS_UDP "route-to " HOPS " round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 " A("1") },
		{ "lan0", B("1"), "wan1 " B("1") },
		{ "lan0", "udp 10.0.0.4:1 > 192.0.2.9:53", "drop src-limit" },
		{ "count", "src-limit", "1" },
		{ "lan0", A("2"), "wan0 " A("2") },
		{ "load", "set limit src-nodes 3\n" PASS_UDP "route-to " HOPS
		    " round-robin sticky-address\n", "6" },
		{ "lan0", "udp 10.0.0.4:1 > 192.0.2.9:53",
		    "wan1 udp 10.0.0.4:1 > 192.0.2.9:53" },
	} },
	{ "the source is the one that the rule saw, not its translation",
	    NET "pass in\npass out on wan0 inet proto udp from 10.0.0.0/8 "
	    "nat-to (wan0) route-to " HOPS " round-robin sticky-address\n", {
		{ "lan0", A("1"), "wan0 udp 198.51.100.1:? > 192.0.2.9:53" },
		{ "lan0", B("1"), "wan1 udp 198.51.100.1:? > 192.0.2.9:53" },
		{ "lan0", A("2"), "wan0 udp 198.51.100.1:? > 192.0.2.9:53" },
		{ "lan0", B("2"), "wan1 udp 198.51.100.1:? > 192.0.2.9:53" },
	} },
	{ "reply-to and dup-to", NET "pass\npass in on wan1 inet proto udp "
	    "reply-to { (wan0 198.51.100.253), (wan1 203.0.113.254) } "
	    "round-robin sticky-address\n"
	    "pass in on wan0 inet proto udp dup-to { "
	    "(wan1 203.0.113.8), (wan0 198.51.100.8) } "
	    "round-robin sticky-address\n", {
		{ "wan1", "udp 192.0.2.9:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:5 > 10.0.0.2:53" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:5",
		    "wan0 udp 10.0.0.2:53 > 192.0.2.9:5" },
		{ "wan1", "udp 192.0.2.9:6 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.9:6 > 10.0.0.2:53" },
		{ "lan0", "udp 10.0.0.2:53 > 192.0.2.9:6",
		    "wan0 udp 10.0.0.2:53 > 192.0.2.9:6" },
		{ "wan0", "udp 192.0.2.7:5 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.7:5 > 10.0.0.2:53 | "
		    "wan1 udp 192.0.2.7:5 > 10.0.0.2:53" },
		{ "wan0", "udp 192.0.2.7:6 > 10.0.0.2:53",
		    "lan0 udp 192.0.2.7:6 > 10.0.0.2:53 | "
		    "wan1 udp 192.0.2.7:6 > 10.0.0.2:53" },
	} },
};

/* Where the kernel routes, by numbers. */
static const struct scenario hosted[] = {
	{ "each source has one next hop", NET
	    "pass\npass in on lan0 inet proto udp route-to { 203.0.113.8 "
	    "203.0.113.9 } round-robin sticky-address\n", {
		{ "way", "- 203.0.113.8", NULL },
		{ "way", "- 203.0.113.9", NULL },
		{ "in lan0", A("1"), "lan0 " A("1") " way 1" },
		{ "in lan0", B("1"), "lan0 " B("1") " way 2" },
		{ "in lan0", A("2"), "lan0 " A("2") " way 1" },
		{ "in lan0", A("3"), "lan0 " A("3") " way 1" },
		{ "in lan0", B("2"), "lan0 " B("2") " way 2" },
	} },
	{ "one without a number is given to nobody", NET
	    "pass\npass in on lan0 inet proto udp route-to { 203.0.113.8 "
	    "203.0.113.9 } random sticky-address\n", {
		{ "in lan0", A("1"), "drop no-route" },
		{ "way", "- 203.0.113.9", NULL },
		{ "in lan0", A("1"), "lan0 " A("1") " way 1" },
		{ "in lan0", A("2"), "lan0 " A("2") " way 1" },
		{ "way", "- 203.0.113.8", NULL },
		{ "in lan0", A("3"), "lan0 " A("3") " way 1" },
		{ "in lan0", A("4"), "lan0 " A("4") " way 1" },
		{ "in lan0", A("5"), "lan0 " A("5") " way 1" },
	} },
};

START_TEST(test_scenario)
{
	scenario_run(&scenarios[_i]);
}
END_TEST

START_TEST(test_hosted)
{
	scenario_run_host(&hosted[_i]);
}
END_TEST

static const char rr[] =
    PASS_UDP "route-to " HOPS " round-robin sticky-address\n";

/* The node in a place, or a node of zeros. */
static struct srcnode_view
node(const struct harness *h, uint32_t place)
{
	struct srcnode_view v;

	(void)view_source(h->engine, place, h->now, &v);
	return v;
}

static uint32_t
nodes(const struct harness *h)
{
	uint32_t used;

	(void)view_sources(h->engine, &used);
	return used;
}

/* What is shown of a node. */
START_TEST(test_view)
{
	static struct harness h;
	struct state_view sv[2];
	struct srcnode_view v;

	harness_new(&h, rr);
	ck_assert_uint_eq(nodes(&h), 0);
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ck_in(&h, "lan0", A("2"), "wan0 " A("2"));
	ck_assert_uint_eq(nodes(&h), 1);
	v = node(&h, 0);
	ck_assert_uint_eq(v.states, 2);
	ck_assert_uint_eq(v.expires, 0);
	ck_assert_uint_eq(v.packets, 0);
	ck_assert_uint_eq(v.key.src.w[0], inet_addr("10.0.0.2"));
	ck_assert_uint_eq(v.to.addr.w[0], inet_addr("198.51.100.253"));
	ck_assert_str_eq(h.ifs->ifaces[v.to.ifidx].name, "wan0");
	ck_assert_uint_eq(view_record(h.engine, 0, h.now, h.wall, sv), 2);
	ck_assert(sv[0].sticky && !sv[1].sticky);
	ck_assert_uint_eq(v.key.rule, registry_id(h.arena, sv[0].row));
	harness_free(&h);
}
END_TEST

/* natctl -K: states stay on their way, and do not count in the new node. */
START_TEST(test_forget)
{
	static struct harness h;
	uint32_t ref;

	harness_new(&h, "set timeout src.track 1000\n" PASS_UDP "route-to " HOPS
	    " round-robin sticky-address keep state (udp.first 100, "
	    "udp.single 100)\n");
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ref = node(&h, 0).ref;
	ck_assert(engine_forget(h.engine, ref));
	ck_assert(!engine_forget(h.engine, ref));
	ck_assert_uint_eq(nodes(&h), 0);
	ck_in(&h, "lan0", A("2"), "wan1 " A("2"));
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ck_assert_uint_eq(node(&h, 0).states, 1);
	harness_wait(&h, 200000);
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_assert_uint_eq(nodes(&h), 1);
	ck_assert_uint_eq(node(&h, 0).states, 0);
	/* one state, of one packet */
	ck_assert_uint_eq(node(&h, 0).packets, 1);
	harness_wait(&h, 1100000);
	ck_assert_uint_eq(nodes(&h), 0);
	harness_free(&h);
}
END_TEST

/* The table of next hops changes. */
START_TEST(test_table)
{
	static struct harness h;
	struct table_ent te = { .af = AF_INET, .plen = 32, .weight = 1 };
	uint32_t nr;

	harness_new(&h, NET "table <hops> persist { 198.51.100.253 "
	    "203.0.113.254 }\npass out\npass in on lan0 inet proto udp "
	    "route-to <hops> round-robin sticky-address\n");
	nr = table_find(h.tables, "", "hops");
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ck_in(&h, "lan0", B("1"), "wan1 " B("1"));
	te.addr.w[0] = inet_addr("198.51.100.253");
	ck_assert_int_eq(table_delete(h.tables, nr, &te), 1);
	table_publish(h.tables, nr);
	ck_in(&h, "lan0", A("2"), "wan1 " A("2"));
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ck_assert_uint_eq(nodes(&h), 2);
	/* it comes back: the source stays where it is now */
	ck_assert_int_ge(table_add(h.tables, nr, &te), 0);
	table_publish(h.tables, nr);
	ck_in(&h, "lan0", A("3"), "wan1 " A("3"));
	ck_in(&h, "lan0", A("4"), "wan1 " A("4"));
	ck_assert_uint_eq(node(&h, 0).states, 4);
	harness_free(&h);
}
END_TEST

/* Another process takes the states over, and makes the nodes from them. */
START_TEST(test_restart)
{
	static const char both[] = NET "pass in on lan0 inet proto udp to port "
	    "53 nat-to 203.0.113.77 route-to " HOPS " round-robin "
	    "sticky-address\npass in on lan0\n"
	    "pass out on { wan0 wan1 } inet route-to " HOPS
	    " round-robin sticky-address\n";
	static struct harness h;

	harness_new(&h, rr);
	ck_in(&h, "lan0", A("1"), "wan0 " A("1"));
	ck_in(&h, "lan0", B("1"), "wan1 " B("1"));
	ck_in(&h, "lan0", B("2"), "wan1 " B("2"));
	harness_restart(&h, rr);
	ck_assert_uint_eq(nodes(&h), 2);
	ck_in(&h, "lan0", B("3"), "wan1 " B("3"));
	ck_in(&h, "lan0", B("4"), "wan1 " B("4"));
	ck_in(&h, "lan0", A("2"), "wan0 " A("2"));
	ck_assert_uint_eq(node(&h, 0).states, 2);
	ck_assert_uint_eq(node(&h, 1).states, 4);
	/* without a state nothing is left */
	harness_wait(&h, 200000);
	ck_assert_uint_eq(harness_states(&h), 0);
	ck_assert_uint_eq(nodes(&h), 0);
	harness_free(&h);

	harness_new(&h, both);
	(void)harness_in(&h, "lan0", A("1"));
	ck_assert_uint_ge(nodes(&h), 1);
	harness_restart(&h, both);
	ck_assert_uint_ge(nodes(&h), 1);
	(void)harness_in(&h, "lan0", A("2"));
	ck_assert_uint_ge(node(&h, 0).states, 2);
	harness_free(&h);
}
END_TEST

/* A stupid table beside it: sources 0 .. MANY - 1, and what they have. */
#define MANY 300
#define ROOM 200

struct oracle {
	uint32_t ref[MANY], states[MANY], to[MANY], used;
	uint64_t expire[MANY];
};

static bool
lives(const struct oracle *o, unsigned i, uint64_t now)
{
	return o->ref[i] != 0 && (o->states[i] > 0 || now < o->expire[i]);
}

static unsigned
count(const struct oracle *o, uint64_t now)
{
	unsigned i, n = 0;

	for (i = 0; i < MANY; i++)
		n += lives(o, i, now);
	return n;
}

static void
source_key(struct srcnode_key *key, unsigned i)
{
	*key = (struct srcnode_key){ .rule = i % 3, .kind = SRCNODE_ROUTE,
		.af = AF_INET, .src.w[0] = i / 3 };
}

static void
first_packet(struct srcnodes *s, struct oracle *o, unsigned i, uint64_t now,
    uint32_t to)
{
	struct srcnode_target t = { .addr.w[0] = to }, had;
	struct srcnode_key key;
	uint32_t ref;

	source_key(&key, i);
	ref = srcnode_find(s, &key, now, &had);
	ck_assert_int_eq(ref != 0, lives(o, i, now));
	if (ref != 0) {
		ck_assert_uint_eq(ref, o->ref[i]);
		ck_assert_uint_eq(had.addr.w[0], o->to[i]);
	} else {
		srcnodes_expire(s, now);
		ref = srcnode_give(s, &key, NULL, &t, 0, now, 0);
		ck_assert_int_eq(ref != 0, count(o, now) < ROOM);
		if (ref == 0)
			return;
		o->ref[i] = ref;
		o->to[i] = to;
	}
	ck_assert(srcnode_begin(s, ref));
	o->states[i]++;
}

START_TEST(test_oracle)
{
	const struct random hash = { 1, 2, 3 };
	struct srcnodes *s = srcnodes_new(&hash);
	struct oracle o = { .used = 0 };
	uint64_t r = test_seed(42);
	uint64_t now = 1000;
	unsigned i, n;

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(srcnodes_set_limit(s, ROOM), 0);
	for (n = 0; n < 200000; n++) {
		i = test_random(&r) % MANY;
		now += test_random(&r) % 3;
		switch (test_random(&r) % 8) {
		case 0:
			if (lives(&o, i, now)) {
				ck_assert(srcnode_kill(s, o.ref[i]));
				ck_assert(!srcnode_begin(s, o.ref[i]));
				o.states[i] = o.ref[i] = 0;
			}
			break;
		case 1: case 2: case 3: case 4:
			if (o.states[i] > 0) {
				srcnode_end(s, o.ref[i], 1, now, 1, 1);
				o.states[i]--;
				o.expire[i] = now + 1000;
			}
			break;
		default:
			first_packet(s, &o, i, now, n);
		}
		if (n % 64 == 0) {
			srcnodes_expire(s, now);
			ck_assert_uint_eq(srcnodes_used(s), count(&o, now));
		}
	}
	srcnodes_free(s);
}
END_TEST

/* A reference is of one node, and of no later one in its place. */
START_TEST(test_stale)
{
	const struct random hash = { 1, 2, 3 };
	struct srcnodes *s = srcnodes_new(&hash);
	struct srcnode_target to = { .ifidx = 1 };
	struct srcnode_key a, b;
	uint32_t old, new;

	source_key(&a, 0);
	source_key(&b, 1);
	ck_assert_uint_eq(srcnode_give(s, &a, NULL, &to, 0, 0, 0), 0);
	ck_assert_int_eq(srcnodes_set_limit(s, 1), 0);
	old = srcnode_give(s, &a, NULL, &to, 0, 0, 0);
	ck_assert(srcnode_begin(s, old));
	ck_assert_uint_eq(srcnode_give(s, &b, NULL, &to, 0, 0, 0), 0);
	ck_assert(srcnode_kill(s, old));
	new = srcnode_give(s, &b, NULL, &to, 0, 0, 0);
	ck_assert(new != 0 && new != old);
	ck_assert(srcnode_begin(s, new));
	srcnode_end(s, old, 0, 0, 1, 1);
	ck_assert_uint_eq(srcnodes_used(s), 1);
	srcnode_end(s, new, 0, 0, 1, 1);
	ck_assert_uint_eq(srcnodes_used(s), 0);
	srcnodes_free(s);
}
END_TEST

/* Two workers choose for one source at the same time: they agree. */
START_TEST(test_at_once)
{
	const struct random hash = { 1, 2, 3 };
	const struct srcnode_target was = { .ifidx = 1 };
	struct srcnodes *s = srcnodes_new(&hash);
	struct srcnode_target to, had;
	struct srcnode_key key;
	uint32_t ref;

	source_key(&key, 0);
	ck_assert_int_eq(srcnodes_set_limit(s, 1), 0);
	ck_assert_uint_eq(srcnode_find(s, &key, 0, &had), 0);
	to = was;
	ref = srcnode_give(s, &key, NULL, &to, 0, 0, 0);
	ck_assert_uint_eq(to.ifidx, 1);
	to.ifidx = 2;
	ck_assert_uint_eq(srcnode_give(s, &key, NULL, &to, 0, 0, 0), ref);
	ck_assert_uint_eq(to.ifidx, 1);
	/* that one is gone, as both have seen */
	to.ifidx = 3;
	ck_assert_uint_eq(srcnode_give(s, &key, &was, &to, 0, 0, 0), ref);
	ck_assert_uint_eq(to.ifidx, 3);
	to.ifidx = 4;
	ck_assert_uint_eq(srcnode_give(s, &key, &was, &to, 0, 0, 0), ref);
	ck_assert_uint_eq(to.ifidx, 3);
	ck_assert_uint_eq(srcnode_find(s, &key, 0, &had), ref);
	ck_assert_uint_eq(had.ifidx, 3);
	srcnodes_free(s);
}
END_TEST

Suite *
suite_sticky(void)
{
	Suite *s = suite_create("sticky");
	TCase *tc = tcase_create("sticky");

	tcase_add_loop_test(tc, test_scenario, 0,
	    sizeof(scenarios) / sizeof(scenarios[0]));
	tcase_add_loop_test(tc, test_hosted, 0,
	    sizeof(hosted) / sizeof(hosted[0]));
	tcase_add_test(tc, test_view);
	tcase_add_test(tc, test_forget);
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_restart);
	tcase_add_test(tc, test_oracle);
	tcase_add_test(tc, test_stale);
	tcase_add_test(tc, test_at_once);
	suite_add_tcase(s, tc);
	return s;
}
