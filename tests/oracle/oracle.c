/* SPDX-License-Identifier: ISC */
/*
 * The compiled program against the naive interpreter.
 *
 *	oracle [-s SEED] [-n PERCENT]
 *
 * Random rulesets, random packets; each answer is compared: verdict, reason,
 * deciding rule, translating rule, match rules in order, what was set on the
 * packet, and the packet as it was translated.  The sizes at which one kind
 * of classifier gives way to the next are varied, so that small rulesets with
 * every feature go through each of them.
 *
 * Prints the seed; ends with 1 at the first difference, and shows it.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/ifbind.h"
#include "engine/table.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "tests/oracle/gen.h"
#include "tests/oracle/naive.h"

struct oracle {
	struct gen g;
	struct table_set *tables;
	struct ifset *ifs;
	const struct route *routes;
	uint32_t nroutes;
	struct program *pg;
	struct ifbind *bind;
	uint64_t seed, rulesets, packets, passed, translated, matched;
};

/* A number from the rule and the packet: ports and failures come from it. */
static uint32_t
mix(uint64_t id, const struct pdesc *pd)
{
	uint64_t x = id * UINT64_C(0x9e3779b97f4a7c15) ^ pd->cur.src.w[0] ^
	    (uint64_t)pd->cur.dst.w[0] << 20 ^ pd->cur.sport;

	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return x >> 40;
}

static enum reason
xlate_source(struct pdesc *pd, const struct addr *to, uint32_t chance)
{
	if (chance % 29 == 0)
		return REASON_TRANSLATE;
	pd->cur.src = *to;
	pd->cur.sport = htons(50001 + chance % 64);
	return REASON_MATCH;
}

static enum reason
xlate_plain(struct pdesc *pd, const struct rule *r)
{
	uint32_t chance = mix(r->id, pd);
	enum reason why = REASON_MATCH;
	const struct pool *p = r->binat;

	if (p != NULL && pd->dir == DIR_IN) {
		pd->cur.dst = r->from.addr.addr;
		return why;
	}
	if (r->rdr != NULL)
		pd->cur.dst = r->rdr->v->addr.addr;
	p = p != NULL ? p : r->nat;
	if (p != NULL)
		why = xlate_source(pd, &p->v->addr.addr, chance);
	return why;
}

static enum reason
xlate_program(void *arg, struct pdesc *pd, const struct program *pg,
    uint32_t rule)
{
	const struct prule *p = program_rule(pg, rule);
	uint32_t chance = mix(p->id, pd);

	(void)arg;
	if (p->rdr != PROG_NONE)
		pd->cur.dst = program_pool_addr(pg,
		    program_pool(pg, p->rdr)->addr)->addr;
	if (p->nat == PROG_NONE)
		return REASON_MATCH;
	return xlate_source(pd, &program_pool_addr(pg,
	    program_pool(pg, p->nat)->addr)->addr, chance);
}

/* Of a small stock, nobody among them; it goes by what translation changes. */
static void
owner_plain(const struct pdesc *pd, uint32_t *uid, uint32_t *gid)
{
	uint32_t x = mix(7, pd);

	*uid = x % 5 == 0 ? OWNER_NOBODY : x % GEN_OWNERS;
	*gid = x % 7 == 0 ? OWNER_NOBODY : x / 8 % GEN_OWNERS;
}

static void
owner_program(void *arg, const struct pdesc *pd, uint32_t *uid, uint32_t *gid)
{
	(void)arg;
	owner_plain(pd, uid, gid);
}

static uint16_t
tag_number(const char *name)
{
	uint16_t i;

	for (i = 0; i < GEN_TAGS; i++)
		if (strcmp(gen_tags[i], name) == 0)
			return i + 1;
	return 0;
}

static uint16_t
tag_of(void *arg, const char *name)
{
	(void)arg;
	return tag_number(name);
}

static uint32_t
table_of(void *arg, const struct table *t)
{
	struct oracle *o = arg;

	return t - o->g.tables;
}

/* The contents of the generated tables, under their own places. */
static void
fill_tables(struct oracle *o)
{
	const struct table_part *part;
	struct table_ent e;
	uint32_t nr, i;

	for (nr = 0; nr < GEN_TABLES; nr++) {
		table_flush(o->tables, nr);
		part = o->g.tables[nr].parts;
		for (i = 0; i < part->n; i++) {
			e = (struct table_ent){ .addr = part->v[i].addr,
				.af = part->v[i].af, .plen = part->v[i].plen,
				.neg = part->v[i].neg };
			if (table_add(o->tables, nr, &e) < 0)
				exit(EXIT_FAILURE);
		}
		table_publish(o->tables, nr);
	}
	table_garbage_free(table_set_garbage(o->tables));
}

static void
compile(struct oracle *o, const struct compile_env *env)
{
	struct diag *d = diag_new();
	int error = compile_ruleset(&o->g.rs, env, d, &o->pg);

	if (error != 0) {
		printf("seed %ju: the ruleset does not compile: %s\n",
		    (uintmax_t)o->seed, strerror(-error));
		diag_print(d, stdout, "oracle", 0);
		exit(EXIT_FAILURE);
	}
	diag_free(d);
	if (ifbind_new(o->pg, o->ifs, &o->bind) != 0)
		exit(EXIT_FAILURE);
}

static uint64_t
id_of(const struct program *pg, uint32_t rule)
{
	return rule == PROG_NONE ? 0 : program_rule(pg, rule)->id;
}

static uint64_t
plain_id(const struct rule *r)
{
	return r == NULL ? 0 : r->id;
}

/* What differs, or NULL. */
static const char *
compare(const struct program *pg, const struct verdict *v,
    const struct naive_verdict *nv)
{
	uint32_t i;

	if (v->action != nv->action)
		return "action";
	if (v->reason != nv->reason)
		return "reason";
	if (id_of(pg, v->rule) != plain_id(nv->rule))
		return "rule";
	if (id_of(pg, v->nat) != plain_id(nv->nat))
		return "nat rule";
	if (v->nmatch != nv->nmatch)
		return "number of match rules";
	for (i = 0; i < v->nmatch; i++)
		if (id_of(pg, v->match[i]) != plain_id(nv->match[i]))
			return "match rule";
	if (v->reason == REASON_MATCH && v->keep != nv->keep)
		return "keep";
	if (v->log != nv->log)
		return "log";
	if (v->tag != nv->tag)
		return "tag";
	if (v->set_tos != nv->set_tos || v->min_ttl != nv->min_ttl ||
	    v->max_mss != nv->max_mss || v->scrub != nv->scrub ||
	    v->mark != nv->mark || memcmp(v->set_prio, nv->set_prio,
	    sizeof(v->set_prio)) != 0)
		return "what is set on the packet";
	return NULL;
}

static void
show(const struct oracle *o, const char *what, const struct pdesc *pd,
    const struct verdict *v, const struct naive_verdict *nv)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	printf("seed %ju, ruleset %ju: %s differs\n", (uintmax_t)o->seed,
	    (uintmax_t)o->rulesets, what);
	printf("packet: af %u proto %u dir %u if %u %s %u > %s %u "
	    "flags %#x tcp %#x icmp %u/%u tag %u\n", pd->af, pd->proto,
	    pd->dir, pd->ifidx, inet_ntop(pd->af, &pd->key.src, src,
	    sizeof(src)), ntohs(pd->key.sport), inet_ntop(pd->af,
	    &pd->key.dst, dst, sizeof(dst)), ntohs(pd->key.dport), pd->flags,
	    pd->tcpflags, pd->icmp_type, pd->icmp_code, pd->tag);
	printf("program: action %u reason %u rule %ju nat %ju matches %u\n",
	    v->action, v->reason, (uintmax_t)id_of(o->pg, v->rule),
	    (uintmax_t)id_of(o->pg, v->nat), v->nmatch);
	printf("naive:   action %u reason %u rule %ju nat %ju matches %u\n",
	    nv->action, nv->reason, (uintmax_t)plain_id(nv->rule),
	    (uintmax_t)plain_id(nv->nat), nv->nmatch);
}

static void
one_packet(struct oracle *o)
{
	struct naive_env nenv = {
		.ifs = o->ifs, .routes = o->routes, .nroutes = o->nroutes,
		.tag = tag_number, .xlate = xlate_plain,
		.owner = owner_plain,
		.random = gen_rnd(&o->g, UINT32_MAX),
	};
	struct prog_env env = {
		.ifs = o->ifs, .bind = o->bind, .tables = o->tables,
		.random = nenv.random, .xlate = xlate_program,
		.owner = owner_program,
	};
	struct pdesc pd, pd2, orig;
	struct naive_verdict nv;
	struct verdict v;
	const char *what;

	gen_packet(&o->g, o->ifs, &pd);
	orig = pd2 = pd;
	naive_eval(&o->g.rs, &nenv, &pd, &nv);
	program_eval(o->pg, &env, &pd2, &v);
	what = compare(o->pg, &v, &nv);
	if (what == NULL && memcmp(&pd.cur, &pd2.cur, sizeof(pd.cur)) != 0)
		what = "the translated packet";
	if (what != NULL) {
		show(o, what, &orig, &v, &nv);
		exit(EXIT_FAILURE);
	}
	o->packets++;
	o->passed += nv.action == PRULE_PASS;
	o->translated += nv.nat != NULL;
	o->matched += nv.rule != NULL;
}

/* A ruleset of @n rules and @packets for it. */
static void
one_ruleset(struct oracle *o, uint32_t n, uint32_t packets)
{
	static const uint32_t plains[] = { 0, 1, 2, 8 }, vectors[] = { 0, 1, 16 };
	struct compile_env env = {
		.table = table_of, .tag = tag_of, .arg = o,
	};

	o->rulesets++;
	env.plain_max = plains[gen_rnd(&o->g, 4)];
	env.vector_max = vectors[gen_rnd(&o->g, 3)];
	o->g.xlate = gen_chance(&o->g, 60);
	o->g.anchors = gen_chance(&o->g, 60);
	gen_ruleset(&o->g, n);
	o->ifs = gen_world(&o->g, &o->routes, &o->nroutes);
	fill_tables(o);
	compile(o, &env);
	while (o->g.nall > 0 && packets-- > 0)
		one_packet(o);
	ifbind_free(o->bind);
	program_free(o->pg);
	ifset_free(o->ifs);
}

/* How many rulesets of which size, and packets for each. */
static const struct {
	uint32_t rules, vary, rulesets, packets;
	bool selective;
} plan[] = {
	{ 1, 30, 5000, 120, false },
	{ 60, 100, 800, 300, false },
	{ 300, 1500, 20, 2000, false },
	{ 300, 1500, 40, 2000, true },
	{ 4000, 2000, 2, 4000, false },
	{ 4000, 3000, 4, 8000, true },
};

static void
run(struct oracle *o, uint32_t percent)
{
	uint32_t i, k, count;

	for (i = 0; i < sizeof(plan) / sizeof(plan[0]); i++) {
		o->g.selective = plan[i].selective;
		count = (uint64_t)plan[i].rulesets * percent / 100;
		for (k = 0; k < count || k == 0; k++)
			one_ruleset(o, plan[i].rules + gen_rnd(&o->g,
			    plan[i].vary), plan[i].packets);
	}
}

int
main(int argc, char **argv)
{
	static struct oracle o;
	const char *env = getenv("TEST_SEED");
	uint32_t nr, i, percent = 100;
	int ch;

	o.seed = env != NULL ? strtoull(env, NULL, 0) : (uint64_t)time(NULL);
	while ((ch = getopt(argc, argv, "s:n:")) != -1) {
		if (ch == 's')
			o.seed = strtoull(optarg, NULL, 0);
		else if (ch == 'n')
			percent = strtoul(optarg, NULL, 0);
		else
			return EXIT_FAILURE;
	}
	o.g.rng = o.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	o.g.size = 64 << 20;
	o.g.max = 65536;
	o.g.mem = malloc(o.g.size);
	o.g.all = calloc(o.g.max, sizeof(*o.g.all));
	o.tables = table_set_new(1);
	if (o.g.mem == NULL || o.g.all == NULL || o.tables == NULL)
		return EXIT_FAILURE;
	for (i = 0; i < GEN_TABLES; i++)
		if (table_new(o.tables, "", NULL, &nr) != 0 || nr != i)
			return EXIT_FAILURE;
	printf("seed %ju\n", (uintmax_t)o.seed);
	fflush(stdout);
	run(&o, percent);
	printf("%ju packets through %ju rulesets agree; %ju%% met a rule, "
	    "%ju%% passed, %ju%% translated\n", (uintmax_t)o.packets,
	    (uintmax_t)o.rulesets, (uintmax_t)(o.matched * 100 / o.packets),
	    (uintmax_t)(o.passed * 100 / o.packets),
	    (uintmax_t)(o.translated * 100 / o.packets));
	table_set_free(o.tables);
	free(o.g.all);
	free(o.g.mem);
	return EXIT_SUCCESS;
}
