/* SPDX-License-Identifier: ISC */
/*
 * The engine in memory: what a packet costs, without any input or output.
 *
 *	established	packets of random connections, both directions, through
 *			the whole of engine_burst(): parse, look up, track,
 *			translate, checksums
 *	bare loop	the same packets, as many records, the same hash and kind
 *			of memory: parse, look up, count, rewrite, and nothing
 *			that makes it safe (bare.h).  That is the limit.
 *	core		the same again by the engine's own look-up and rewrite
 *	new		first packets: rules, address and port, a state
 *
 * usage: engine [CONNECTIONS ...]	default 10000 1000000 10000000
 *	  engine new RULES ...		first packets only
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/fast/lookup.h"
#include "engine/fast/translate.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/flows.h"

#define POOL 32768	    /* packets written beforehand */
#define PACKETS (1u << 22) /* measured in one round */
#define NEW_CONNS (POOL * 8)

/* Packets written beforehand, and buffers they are copied into. */
struct load {
	struct flows *f;
	struct bare *bare;
	unsigned worker, of;	/* this worker, of how many */
	uint8_t (*templ)[64];
	uint8_t *ifidx;
	uint8_t bytes[BURST_MAX][64];
	struct packet pkt[BURST_MAX], *p[BURST_MAX];
	uint64_t seed;
	uint64_t now;	/* ms */
	double ns;
};

static void
load_init(struct load *l, struct flows *f, unsigned worker)
{
	unsigned i;

	memset(l, 0, sizeof(*l));
	l->f = f;
	l->worker = worker;
	l->of = 1;
	l->now = FLOW_NOW + 1000;
	l->seed = 88172645463325252u + worker;
	l->templ = bench_mem(POOL * 64);
	l->ifidx = bench_mem(POOL);
	for (i = 0; i < BURST_MAX; i++) {
		l->pkt[i].data = l->bytes[i];
		l->p[i] = &l->pkt[i];
	}
}

static void
load_fini(struct load *l)
{
	bench_mem_free(l->templ, POOL * 64);
	bench_mem_free(l->ifidx, POOL);
}

/*
 * Packets of random connections, either direction.  Several workers get what a
 * data plane would give them: each side of a connection always to the same
 * one, the two sides to different ones.
 */
static void
load_write(struct load *l)
{
	struct packet p;
	uint64_t r;
	unsigned i, back;
	uint32_t conn;

	for (i = 0; i < POOL; i++) {
		r = bench_rand(&l->seed);
		p.data = l->templ[i];
		conn = (uint32_t)((r >> 8) % l->f->n);
		back = l->of == 1 ? (unsigned)r & 1 :
		    (conn ^ l->worker) & 1;
		flows_data(l->f, &p, conn, (int)back);
		l->ifidx[i] = (uint8_t)p.ifidx;
	}
}

static void
load_fill(struct load *l, unsigned at)
{
	struct packet *p;
	unsigned i;

	for (i = 0; i < BURST_MAX; i++) {
		p = l->p[i];
		memcpy(p->data, l->templ[at + i], 64);
		p->len = FLOW_LEN;
		p->dir = DIR_IN;
		p->csum = CSUM_FULL;
		p->gso = GSO_NONE;
		p->ifidx = l->ifidx[at + i];
	}
}

/*
 * A thread that loses the processor inside of a line makes the other one drop
 * a packet: on a machine that is not idle that happens, and is no mistake.
 */
static bool
passed(const struct packet *p)
{
	return p->fate == FATE_SEND || p->reason == REASON_CONGEST;
}

static void
engine_round(struct load *l)
{
	struct worker *w = engine_worker(l->f->engine, l->worker);
	unsigned at, i;

	for (at = 0; at < POOL; at += BURST_MAX) {
		load_fill(l, at);
		engine_burst(w, l->p, BURST_MAX, l->now, 1700000000);
		for (i = 0; i < BURST_MAX; i++)
			if (!passed(l->p[i]))
				errx(1, "packet dropped: %s",
				    reason_name(l->p[i]->reason));
	}
}

/*
 * The engine's own look-up and rewrite, without all else: it trusts the packet
 * and counts with plain stores.
 */
static void
core_round(struct load *l)
{
	const struct fast *fa = &l->f->arena->fast;
	uint64_t hash[BURST_MAX];
	struct skey key[BURST_MAX];
	uint32_t lref[BURST_MAX];
	struct line *ln;
	unsigned at, i;
	uint8_t *b;

	for (at = 0; at < POOL; at += BURST_MAX) {
		load_fill(l, at);
		for (i = 0; i < BURST_MAX; i++) {
			b = l->bytes[i];
			memcpy(&key[i].src, b + 12, 8);
			memcpy(&key[i].sport, b + 20, 4);
			key[i].proto = b[9];
			key[i].af_dir = 0;
			key[i].rdomain = 0;
			hash[i] = key_hash4(fa->head->hash_key, &key[i]);
			lookup_prefetch(fa, hash[i]);
		}
		for (i = 0; i < BURST_MAX; i++)
			lref[i] = lookup_guess(fa, hash[i], 0);
		for (i = 0; i < BURST_MAX; i++) {
			lref[i] = lookup_guessed(fa, &key[i], hash[i],
			    l->p[i]->ifidx, lref[i]);
			if (lref[i] >= LOOKUP_BUSY)
				errx(1, "core: no such state");
			ln = line_at(fa, lref[i]);
			ln->packets++;
			ln->bytes += FLOW_LEN;
			ln->last = 1001000;
			translate4(l->bytes[i], l->bytes[i] + 20, ln,
			    TRANSLATE_TTL);
		}
	}
}

static void
bare_round(struct load *l)
{
	uint8_t *frame[BURST_MAX];
	unsigned at, i;

	for (i = 0; i < BURST_MAX; i++)
		frame[i] = l->bytes[i];
	for (at = 0; at < POOL; at += BURST_MAX) {
		load_fill(l, at);
		if (bare_burst(l->bare, frame, BURST_MAX, 1001000) != BURST_MAX)
			errx(1, "bare loop: no such state");
	}
}

/* Both sides of all connections, for the bare loop. */
static struct bare *
bare_of(const struct flows *f)
{
	static uint8_t bytes[64];
	struct packet p = { .data = bytes };
	struct bare *b;
	struct skey k;
	uint32_t w[2], i, back;
	uint16_t ports[2];

	if ((b = bare_new(f->n, f->arena->header->fast.hash_key)) == NULL)
		err(1, NULL);
	for (i = 0; i < f->n; i++)
		for (back = 0; back < 2; back++) {
			flows_data(f, &p, i, (int)back);
			memcpy(w, bytes + 12, 8);
			memcpy(ports, bytes + 20, 4);
			key_make4(&k, w[0], w[1], ports[0], ports[1], bytes[9],
			    0, 0);
			bare_add(b, &k, f->nat_addr[i], f->nat_port[i]);
		}
	return b;
}

static double
timed(struct load *l, void (*round)(struct load *))
{
	uint64_t t, total = 0;
	unsigned n;

	for (n = 0; n < PACKETS; n += POOL) {
		load_write(l);
		t = bench_cpu_ns();
		round(l);
		total += bench_cpu_ns() - t;
	}
	return (double)total / PACKETS;
}

static void
established(uint32_t conns)
{
	double eng[BENCH_ROUNDS], bare[BENCH_ROUNDS], core[BENCH_ROUNDS];
	double ratio[BENCH_ROUNDS];
	struct flows *f = flows_new(conns, 10, 1);
	struct load l;
	char what[64];
	unsigned i;

	flows_open(f, conns);
	load_init(&l, f, 0);
	l.bare = bare_of(f);
	timed(&l, engine_round);
	for (i = 0; i < BENCH_ROUNDS; i++) {
		eng[i] = timed(&l, engine_round);
		bare[i] = timed(&l, bare_round);
		core[i] = timed(&l, core_round);
		ratio[i] = eng[i] / bare[i];
	}
	snprintf(what, sizeof(what), "established, %u connections", conns);
	bench_row(what, bench_median(eng, BENCH_ROUNDS), "ns/packet", "");
	bench_row("  bare loop",
	    bench_median(bare, BENCH_ROUNDS), "ns/packet", "");
	bench_aim("  ratio", bench_median(ratio, BENCH_ROUNDS), "x", 2);
	bench_row("  core: look-up and rewrite alone",
	    bench_median(core, BENCH_ROUNDS), "ns/packet", "");
	bare_free(l.bare);
	load_fini(&l);
	flows_free(f);
}

/* First packets of connections from @from on; ns each. */
static double
new_round(struct load *l, uint32_t from)
{
	uint64_t t, total = 0;
	struct packet p;
	uint32_t i;
	unsigned j;

	for (i = 0; i < NEW_CONNS; i += POOL) {
		for (j = 0; j < POOL; j++) {
			p.data = l->templ[j];
			flows_syn(&p, from + i + j);
			l->ifidx[j] = (uint8_t)p.ifidx;
		}
		t = bench_cpu_ns();
		engine_round(l);
		total += bench_cpu_ns() - t;
	}
	return (double)total / NEW_CONNS;
}

/* The memory is warm: as many connections have come and gone before. */
static double
new_connections(uint32_t nrules, double base)
{
	struct flows *f = flows_new(NEW_CONNS * 2, nrules, 1);
	double ns[BENCH_ROUNDS], m;
	struct load l;
	char what[64];
	unsigned i;

	load_init(&l, f, 0);
	new_round(&l, 0);
	for (i = 0; i < BENCH_ROUNDS; i++) {
		flows_expire(f, &l.now);
		ns[i] = new_round(&l, (i + 1) * NEW_CONNS);
	}
	m = bench_median(ns, BENCH_ROUNDS);
	snprintf(what, sizeof(what), "new connection, nat, %u rules", nrules);
	if (base == 0)
		bench_aim(what, m, "ns", 600);
	else
		bench_row(what, m, "ns", "");
	if (base != 0)
		bench_aim("  ratio to 10 rules", m / base, "x", 1.5);
	bench_row("  connections per second, one worker", 1e6 / m, "k/s", "");
	load_fini(&l);
	flows_free(f);
	return m;
}

/* Resident bytes of this process. */
static double
resident(void)
{
	unsigned long size, rss;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &rss) != 2)
		err(1, "/proc/self/statm");
	fclose(f);
	return (double)rss * (double)sysconf(_SC_PAGESIZE);
}

static void
memory(uint32_t conns)
{
	struct flows *f = flows_new(conns, 10, 1);
	double before, bytes;
	uint32_t i;

	for (i = 0; i < conns; i++) { /* touch what is the bench's own */
		f->nat_addr[i] = 1;
		f->nat_port[i] = 1;
	}
	before = resident();
	flows_open(f, conns);
	bytes = (resident() - before) / conns;
	bench_aim("bytes per record, at 1000000", bytes, "bytes", 200);
	bench_row("bytes per forwarded connection", bytes *
	    load_relaxed(&f->arena->header->records) / conns, "bytes", "");
	flows_free(f);
}

/* Workers */

static pthread_barrier_t barrier;

static void *
worker_main(void *arg)
{
	struct load *l = arg;
	unsigned n, i;
	uint64_t t;

	load_write(l);
	engine_round(l);
	pthread_barrier_wait(&barrier);
	t = bench_ns();
	for (n = 0, i = 0; n < PACKETS; n += POOL, i++)
		engine_round(l);
	l->ns = (double)(bench_ns() - t) / PACKETS;
	return NULL;
}

static double
run_workers(struct flows *f, unsigned n)
{
	struct load *l;
	pthread_t *tid;
	double rate = 0;
	unsigned i;

	if ((l = calloc(n, sizeof(*l))) == NULL ||
	    (tid = calloc(n, sizeof(*tid))) == NULL)
		err(1, NULL);
	pthread_barrier_init(&barrier, NULL, n);
	for (i = 0; i < n; i++) {
		load_init(&l[i], f, i);
		l[i].of = n;
		if (pthread_create(&tid[i], NULL, worker_main, &l[i]) != 0)
			err(1, "thread");
	}
	for (i = 0; i < n; i++) {
		pthread_join(tid[i], NULL);
		rate += 1e3 / l[i].ns;
		load_fini(&l[i]);
	}
	pthread_barrier_destroy(&barrier);
	free(tid);
	free(l);
	return rate;
}

static void
workers(uint32_t conns)
{
	struct flows *f = flows_new(conns, 10, 2);
	double one[BENCH_ROUNDS], two[BENCH_ROUNDS], ratio[BENCH_ROUNDS];
	unsigned i;

	flows_open(f, conns);
	run_workers(f, 2);
	for (i = 0; i < BENCH_ROUNDS; i++) {
		one[i] = run_workers(f, 1);
		two[i] = run_workers(f, 2);
		ratio[i] = two[i] / one[i];
	}
	bench_row("one worker, 100000 connections both ways",
	    bench_median(one, BENCH_ROUNDS), "Mpps", "");
	bench_row("two workers, the same connections",
	    bench_median(two, BENCH_ROUNDS), "Mpps", "");
	bench_aim("  ratio", bench_median(ratio, BENCH_ROUNDS), "x", -1.8);
	flows_free(f);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 10000, 1000000, 10000000 };
	double base;
	int i;

	bench_machine();
	if (argc > 2 && strcmp(argv[1], "new") == 0) {
		for (i = 2; i < argc; i++)
			new_connections((uint32_t)strtoul(argv[i], NULL, 10),
			    0);
		return 0;
	}
	memory(1000000);
	for (i = 1; i < argc; i++)
		established((uint32_t)strtoul(argv[i], NULL, 10));
	if (argc == 1)
		for (i = 0; i < 3; i++)
			established(sizes[i]);
	base = new_connections(10, 0);
	new_connections(1000, base);
	new_connections(10000, base);
	workers(100000);
	return 0;
}
