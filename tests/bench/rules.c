/* SPDX-License-Identifier: ISC */
/*
 * First packets against 10 to 100,000 rules: time for a verdict, time and
 * memory to compile.
 *
 * Rules look like ClassBench's: some 256 networks, prefixes of 0 to 32 bits,
 * ports any, well known or ranges, TCP, UDP or any protocol.  Nine of ten
 * packets match a random rule, the tenth is random.  "quick" is a ruleset in
 * which the first match decides; in "last" no rule is quick, and the last
 * match decides, so every matching rule is looked at.  "hosts" are rules that
 * each let one port of one host be reached, as on a provider's edge.  "wide"
 * are rules without addresses whose port ranges overlap at random: what no
 * field tells apart, the worst case for memory.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/classify.h"
#include "engine/ifbind.h"
#include "engine/progmem.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/ruleset.h"
#include "tests/bench/bench.h"

#define NPKT 16384
#define NNETS 256

enum kind { QUICK, LAST, HOSTS, WIDE };

/* What differs between packets; a descriptor is hot when rules are asked. */
struct head {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};

struct bench {
	uint64_t rng;
	uint32_t nets[NNETS];
	struct ruleset rs;
	struct anchor root;
	struct rule *rules;
	struct rule **list;
	struct head *pkts;
	struct ifset *ifs;
};

static uint32_t
rnd(struct bench *b)
{
	return bench_rand(&b->rng) >> 16;
}

static void
rule_blank(struct rule *r)
{
	rule_init(r, RULE_CLASS_FILTER, RULE_PASS);
	r->af = AF_INET;
	r->state = RULE_STATE_KEEP;
}

static void
prefix(struct bench *b, struct rule_host *h, unsigned plen)
{
	uint32_t net = b->nets[rnd(b) % NNETS], a;

	a = plen > 16 ? (net & 0xffff0000) | (rnd(b) & 0xffff) : net;
	h->addr.type = plen == 0 ? RULE_ADDR_ANY : RULE_ADDR_PREFIX;
	h->addr.af = AF_INET;
	h->addr.plen = plen;
	h->addr.addr.w[0] = htonl(a);
	addr_apply_plen(&h->addr.addr, plen);
}

static void
port(struct rule_port *p, uint8_t op, uint16_t lo, uint16_t hi)
{
	p->op = op;
	p->lo = lo;
	p->hi = hi;
}

static void
classbench(struct bench *b, struct rule *r)
{
	static const uint8_t plens[] = {
		32, 32, 32, 28, 24, 24, 24, 16, 16, 8, 0,
	};
	static const uint16_t known[] = {
		22, 25, 53, 80, 110, 123, 143, 443, 993, 3389, 5060, 8080,
	};
	unsigned s = plens[rnd(b) % 11], d = plens[rnd(b) % 11], k;
	uint16_t lo;

	if (s + d < 24) {
		s = 24;
		d = 16;
	}
	prefix(b, &r->from, s);
	prefix(b, &r->to, d);
	k = rnd(b) % 4;
	r->proto = k < 2 ? IPPROTO_TCP : k == 2 ? IPPROTO_UDP : 0;
	if (r->proto == 0)
		return;
	if (rnd(b) % 10 == 0)
		port(&r->from.port, RULE_OP_GE, 1024, 0);
	k = rnd(b) % 10;
	lo = rnd(b) % 65000;
	if (k < 5)
		port(&r->to.port, RULE_OP_EQ, known[rnd(b) % 12], 0);
	else if (k < 6)
		port(&r->to.port, RULE_OP_GE, 1024, 0);
	else if (k < 7)
		port(&r->to.port, RULE_OP_RRG, lo, lo + rnd(b) % 200);
}

static void
hosts(struct bench *b, struct rule *r, uint32_t i)
{
	prefix(b, &r->to, 32);
	r->proto = i % 3 == 0 ? IPPROTO_UDP : IPPROTO_TCP;
	port(&r->to.port, RULE_OP_EQ, i % 7 == 0 ? 443 : rnd(b) % 65536, 0);
	if (i % 5 == 0)
		prefix(b, &r->from, 24);
}

static void
wide(struct bench *b, struct rule *r)
{
	uint16_t lo = rnd(b) % 30000;

	r->proto = IPPROTO_TCP;
	port(&r->from.port, RULE_OP_RRG, lo, lo + 2000 + rnd(b) % 30000);
	lo = rnd(b) % 30000;
	port(&r->to.port, RULE_OP_RRG, lo, lo + rnd(b) % 30000);
}

static void
make_rules(struct bench *b, uint32_t n, enum kind kind)
{
	uint32_t i;

	b->rng = 88172645463325252ull;
	for (i = 0; i < NNETS; i++)
		b->nets[i] = rnd(b);
	for (i = 0; i < n; i++) {
		rule_blank(&b->rules[i]);
		b->rules[i].id = b->rules[i].nr = i;
		b->rules[i].quick = kind != LAST;
		if (kind == HOSTS)
			hosts(b, &b->rules[i], i);
		else if (kind == WIDE)
			wide(b, &b->rules[i]);
		else
			classbench(b, &b->rules[i]);
		b->list[i] = &b->rules[i];
	}
	memset(&b->root, 0, sizeof(b->root));
	b->root.name = b->root.path = "";
	b->root.rules[RULE_CLASS_FILTER].v = b->list;
	b->root.rules[RULE_CLASS_FILTER].n = n;
	b->rs.root = &b->root;
}

static uint32_t
hit(struct bench *b, const struct rule_host *h)
{
	struct addr mask;

	addr_mask(&mask, h->addr.type == RULE_ADDR_ANY ? 0 : h->addr.plen);
	return h->addr.addr.w[0] | (rnd(b) & ~mask.w[0]);
}

static uint16_t
hit_port(struct bench *b, const struct rule_port *p)
{
	uint32_t lo = 0, hi = 65535;

	if (p->op == RULE_OP_EQ)
		lo = hi = p->lo;
	if (p->op == RULE_OP_GE || p->op == RULE_OP_RRG)
		lo = p->lo;
	if (p->op == RULE_OP_RRG)
		hi = p->hi;
	return htons(lo + rnd(b) % (hi - lo + 1));
}

static void
make_packets(struct bench *b, uint32_t n)
{
	const struct rule *r;
	struct head *h;
	uint32_t i;

	for (i = 0; i < NPKT; i++) {
		h = &b->pkts[i];
		r = &b->rules[rnd(b) % n];
		h->proto = r->proto != 0 ? r->proto : IPPROTO_TCP;
		h->src = hit(b, &r->from);
		h->dst = hit(b, &r->to);
		h->sport = hit_port(b, &r->from.port);
		h->dport = hit_port(b, &r->to.port);
		if (i % 10 != 0)
			continue;
		h->proto = IPPROTO_UDP;
		h->src = rnd(b);
		h->dst = rnd(b);
		h->sport = rnd(b);
		h->dport = rnd(b);
	}
}

static struct program *
compile(struct bench *b, double *ms)
{
	struct diag *d = diag_new();
	struct program *pg = NULL;
	double v[BENCH_ROUNDS];
	uint64_t t;
	int i;

	for (i = 0; i < BENCH_ROUNDS; i++) {
		program_free(pg);
		t = bench_cpu_ns();
		if (compile_ruleset(&b->rs, NULL, d, &pg) != 0) {
			diag_print(d, stderr, "rules", 0);
			exit(EXIT_FAILURE);
		}
		v[i] = (bench_cpu_ns() - t) / 1e6;
	}
	diag_free(d);
	*ms = bench_median(v, BENCH_ROUNDS);
	return pg;
}

/* One pass over the packets; Return: ns for each. */
static double
pass(const struct bench *b, const struct program *pg,
    const struct prog_env *env, uint64_t *sum)
{
	struct pdesc pd = {
		.af = AF_INET, .ifidx = 1, .received_on = 1, .flags = PD_L4,
		.len = 60, .tcpflags = 2,
	};
	const struct head *h;
	struct verdict v;
	uint64_t t;
	int i, k, times = 4;

	t = bench_cpu_ns();
	for (k = 0; k < times; k++)
		for (i = 0; i < NPKT; i++) {
			h = &b->pkts[i];
			pd.proto = h->proto;
			pd.cur.src.w[0] = h->src;
			pd.cur.dst.w[0] = h->dst;
			pd.cur.sport = h->sport;
			pd.cur.dport = h->dport;
			program_eval(pg, env, &pd, &v);
			*sum += v.rule;
		}
	return (double)(bench_cpu_ns() - t) / (times * NPKT);
}

static void
measure(struct bench *b, const char *name, enum kind kind, uint32_t n,
    double aim)
{
	struct prog_env env = { .ifs = b->ifs };
	double v[BENCH_ROUNDS], ms;
	struct ifbind *bind;
	struct program *pg;
	uint64_t sum = 0;
	char what[64];
	int i;

	make_rules(b, n, kind);
	make_packets(b, n);
	pg = compile(b, &ms);
	if (ifbind_new(pg, b->ifs, &bind) != 0)
		exit(EXIT_FAILURE);
	env.bind = bind;
	pass(b, pg, &env, &sum);
	for (i = 0; i < BENCH_ROUNDS; i++)
		v[i] = pass(b, pg, &env, &sum);
	snprintf(what, sizeof(what), "verdict, %u rules, %s", n, name);
	if (aim > 0)
		bench_aim(what, bench_median(v, BENCH_ROUNDS), "ns", aim);
	else
		bench_row(what, bench_median(v, BENCH_ROUNDS), "ns", "");
	snprintf(what, sizeof(what), "compile, %u rules, %s", n, name);
	if (n == 10000)
		bench_aim(what, ms, "ms", 60);
	else
		bench_row(what, ms, "ms", "");
	snprintf(what, sizeof(what), "memory for a rule, %u rules, %s", n, name);
	bench_row(what, (double)pg->size / n, "bytes", "");
	ifbind_free(bind);
	program_free(pg);
}

int
main(int argc, char **argv)
{
	static const struct { uint32_t n; double aim; } sizes[] = {
		{ 10, 0 }, { 100, 0 }, { 1000, 60 }, { 10000, 120 },
		{ 100000, 500 },
	};
	static const char *const names[] = { "quick", "last", "hosts", "wide" };
	uint32_t max = 100000, i, k;
	struct iface ifs[2] = { { .name = "" }, { .name = "em0", .index = 1 } };
	static struct bench b;

	if (argc > 1)
		max = strtoul(argv[1], NULL, 0);
	b.rules = calloc(max, sizeof(*b.rules));
	b.list = calloc(max, sizeof(*b.list));
	b.pkts = calloc(NPKT, sizeof(*b.pkts));
	b.ifs = ifset_new(ifs, 1, NULL, 0, NULL, 0, true);
	if (b.rules == NULL || b.list == NULL || b.pkts == NULL ||
	    b.ifs == NULL)
		return EXIT_FAILURE;
	bench_machine();
	for (k = QUICK; k <= HOSTS; k++)
		for (i = 0; i < 5 && sizes[i].n <= max; i++)
			measure(&b, names[k], k, sizes[i].n, sizes[i].aim);
	for (i = 2; i < 4 && sizes[i].n <= max; i++)
		measure(&b, names[WIDE], WIDE, sizes[i].n, 0);
	ifset_free(b.ifs);
	free(b.pkts);
	free(b.list);
	free(b.rules);
	return EXIT_SUCCESS;
}
