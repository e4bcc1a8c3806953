/* SPDX-License-Identifier: ISC */
/*
 * Established packets at ten thousand to ten million states: the bare loop,
 * the fast path (look up, track, translate), and the whole engine.
 *
 * usage: table [STATES...]
 *
 * States are forwarded connections with NAT, inserted in shuffled order.
 * Packets are 60 bytes, of random states and both directions, and are made
 * outside the measured time.
 */
#include <arpa/inet.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"
#include "engine/progbuild.h"
#include "engine/statetab.h"
#include "engine/fast/translate.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"

#define NPKT 4096
#define STEP 2048 /* bytes from frame to frame, as in a receive ring */
#define LEN 60
#define BLOCKS 128 /* of NPKT packets, each round */
#define SERVER 0xc6120000u /* 198.18.0.0 */
#define OUTSIDE 0xcb000000u
#define AIM 2.0

enum mode { BARE, FAST_UDP, FAST_TCP, ENGINE_UDP, ENGINE_TCP, MODES };

static const char *const names[MODES] = { "bare loop", "fast path, udp",
	"fast path, tcp", "engine, udp", "engine, tcp" };

struct bench {
	uint32_t n, nbare;
	uint64_t rng, secret[2];
	struct arena *arena;
	struct arena_cache cache;
	struct bare *bare;
	struct engine *engine;
	struct ifset *ifs;
	struct program *program;
	uint8_t *buf, *frame[NPKT];
	struct packet pkt[NPKT], *pkts[NPKT];
	double insert;
};

/* This thread's processor time: what others take meanwhile is not in it. */
static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Both keys of state @i; half of them are TCP. */
static void
keys(uint32_t i, struct skey k[2])
{
	uint32_t server = htonl(SERVER + i % 199);
	uint32_t client = htonl(0x0a000000 + i / 16384);
	uint32_t outside = htonl(OUTSIDE + i / 16384);
	uint16_t port = htons((uint16_t)(2048 + i % 16384));
	uint8_t proto = i & 1 ? 6 : 17;

	key_make4(&k[0], client, server, port, htons(443), proto, 0, 0);
	key_make4(&k[1], server, outside, htons(443), port, proto, 0, 0);
}

static void
add(struct bench *b, uint32_t i)
{
	struct tcp_side side = { .win = 1000, .maxwin = 1000 };
	struct cold *c;
	struct skey k[2];
	struct line *l;
	uint32_t index;

	keys(i, k);
	if (arena_take(b->arena, &b->cache, 2, 0, &index) != 0)
		errx(1, "no record");
	statetab_fill(b->arena, index, &k[0], &k[1], ARENA_NONE);
	l = arena_line(b->arena, index * 2);
	side.end = side.ack = 1000;
	side.state = k[0].proto == 6 ? SAID_DATA : OTHER_MULTIPLE;
	side.egress = 1;
	line_put(&l[0], &side);
	line_put(&l[1], &side);
	c = arena_cold(b->arena, index);
	c->ext = c->row[0] = c->row[1] = ARENA_NONE;
	if (statetab_insert(b->arena, index, RECORD_FORWARD, NULL) != 0)
		errx(1, "no place in the table");
}

static void
fill(struct bench *b)
{
	uint32_t *order = malloc(b->n * sizeof(*order)), i, j, t;
	struct skey k[2];
	uint64_t began;

	if (order == NULL)
		err(1, NULL);
	for (i = 0; i < b->n; i++)
		order[i] = i;
	for (i = b->n - 1; i > 0; i--) {
		j = (uint32_t)(bench_rand(&b->rng) % (i + 1));
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	began = cpu_ns();
	for (i = 0; i < b->n; i++)
		add(b, order[i]);
	b->insert = (double)(cpu_ns() - began) / b->n;
	for (i = 0; i < b->n; i++) {
		keys(order[i], k);
		bare_add(b->bare, &k[0], k[1].dst, k[0].sport);
		bare_add(b->bare, &k[1], k[1].src, k[1].sport);
	}
	free(order);
}

/* A packet with this key; only the header's checksum is right. */
static void
make(uint8_t *p, const struct skey *k)
{
	uint16_t sum;
	uint64_t s = 0;
	unsigned i;

	memset(p, 0, LEN);
	p[0] = 0x45;
	p[3] = LEN;
	p[8] = 64;
	p[9] = k->proto;
	memcpy(p + 12, &k->src, 4);
	memcpy(p + 16, &k->dst, 4);
	memcpy(p + 20, &k->sport, 2);
	memcpy(p + 22, &k->dport, 2);
	if (k->proto == 6) {
		p[26] = p[30] = 1000 >> 8;
		p[27] = p[31] = 1000 & 0xff;
		p[32] = 0xa0; /* 40 bytes: no payload */
		p[33] = TCPF_ACK;
		p[34] = 1000 >> 8;
		p[35] = 1000 & 0xff;
		memset(p + 40, 1, 20); /* no-operations */
	} else {
		p[25] = LEN - 20;
		p[26] = 0x12;
	}
	for (i = 0; i < 20; i += 2) {
		memcpy(&sum, p + i, 2);
		s += sum;
	}
	sum = (uint16_t)~cksum_fold(s);
	memcpy(p + 10, &sum, 2);
}

static void
make_block(struct bench *b, enum mode mode)
{
	struct skey k[2];
	uint32_t i, at;

	for (i = 0; i < NPKT; i++) {
		at = (uint32_t)(bench_rand(&b->rng) % b->n) & ~1u;
		if (mode == FAST_TCP || mode == ENGINE_TCP)
			at |= 1;
		keys(at, k);
		make(b->frame[i], &k[bench_rand(&b->rng) >> 40 & 1]);
		b->pkt[i] = (struct packet) { .data = b->frame[i], .len = LEN,
			.ifidx = 1, .dir = DIR_IN };
	}
}

static unsigned
fast_apply(struct bench *b, uint8_t *p, uint32_t lref, uint32_t now)
{
	struct line *own = arena_line(b->arena, lref);
	struct line *peer = arena_line(b->arena, lref ^ 1);
	struct tcp_seg s;
	enum track t;
	uint32_t w;

	if (load_relaxed(&own->flags) & LINE_SLOW)
		return 0;
	if (p[9] == 6) {
		memcpy(&w, p + 24, 4);
		s.seq = ntohl(w);
		memcpy(&w, p + 28, 4);
		s.ack = ntohl(w);
		s.win = (uint16_t)(p[34] << 8 | p[35]);
		s.len = LEN - 20 - (uint32_t)(p[32] >> 4) * 4;
		s.flags = p[33];
		s.wscale = 0xff;
		t = track_tcp(own, peer, &s, now, LEN);
	} else {
		t = track_other(own, peer, now, LEN);
	}
	if (t > TRACK_MOVED)
		return 0;
	translate4(p, p + 20, own, TRANSLATE_TTL);
	return 1;
}

/* The least that has to be read to build a key. */
static void
fast_key(const uint8_t *p, struct skey *k)
{
	uint32_t src, dst;
	uint64_t sum = 0;
	uint16_t v, sport, dport;
	unsigned i;

	for (i = 0; i < 20; i += 2) {
		memcpy(&v, p + i, 2);
		sum += v;
	}
	if (p[0] != 0x45 || cksum_fold(sum) != 0xffff)
		errx(1, "a broken packet");
	memcpy(&src, p + 12, 4);
	memcpy(&dst, p + 16, 4);
	memcpy(&sport, p + 20, 2);
	memcpy(&dport, p + 22, 2);
	key_make4(k, src, dst, sport, dport, p[9], 0, 0);
}

static unsigned
fast_burst(struct bench *b, uint8_t *const *frame, unsigned n, uint32_t now)
{
	static const uint16_t ifidx[BURST_MAX];
	struct skey k[BURST_MAX];
	uint64_t hash[BURST_MAX];
	uint32_t lref[BURST_MAX];
	unsigned i, hits = 0;

	for (i = 0; i < n; i++)
		fast_key(frame[i], &k[i]);
	statetab_hash_burst(b->arena, k, n, hash);
	statetab_find_burst(b->arena, k, hash, ifidx, n, lref);
	for (i = 0; i < n; i++)
		if (lref[i] < LOOKUP_BUSY)
			hits += fast_apply(b, frame[i], lref[i], now);
	return hits;
}

static unsigned
engine_run(struct bench *b, unsigned at, uint32_t now)
{
	unsigned i, hits = 0;

	engine_burst(engine_worker(b->engine, 0), &b->pkts[at], BURST_MAX, now,
	    now);
	for (i = at; i < at + BURST_MAX; i++)
		hits += b->pkt[i].fate == FATE_SEND;
	return hits;
}

/* Nanoseconds per packet of one round. */
static double
measure(struct bench *b, enum mode mode)
{
	uint64_t spent = 0, began;
	uint32_t now = 1000, hits = 0;
	unsigned block, i;

	for (block = 0; block < BLOCKS; block++) {
		make_block(b, mode);
		began = cpu_ns();
		for (i = 0; i < NPKT; i += BURST_MAX, now++)
			if (mode == BARE)
				hits += bare_burst(b->bare, &b->frame[i],
				    BURST_MAX, now);
			else if (mode < ENGINE_UDP)
				hits += fast_burst(b, &b->frame[i], BURST_MAX,
				    now);
			else
				hits += engine_run(b, i, now);
		spent += cpu_ns() - began;
	}
	if (hits != BLOCKS * NPKT)
		errx(1, "%s: %u of %u packets passed", names[mode], hits,
		    BLOCKS * NPKT);
	return (double)spent / (BLOCKS * NPKT);
}

static double
bytes_per_record(const struct bench *b)
{
	const struct arena_header *h = b->arena->header;
	uint32_t buckets = (uint32_t)h->fast.split + h->overflow_pool.top;

	return 2 * sizeof(struct line) + sizeof(struct cold) +
	    (double)buckets * sizeof(struct bucket) / b->n;
}

static void
engine_make(struct bench *b)
{
	struct iface ifs[2] = { { .name = "" }, { .name = "em0", .index = 1,
		.flags = IFACE_UP, .mtu = 1500 } };
	struct engine_config c = { .arena = b->arena, .nworkers = 1 };
	struct prog_options opt = { .enabled = 1 };
	struct progbuild *pb = progbuild_new();
	struct program *pg;
	unsigned i;

	for (i = 0; i < TM_MAX; i++)
		opt.timeout[i] = 1000;
	if (pb == NULL || progbuild_finish(pb, &opt, &pg) != 0 ||
	    engine_new(&c, &b->engine) != 0)
		errx(1, "no engine");
	progbuild_free(pb);
	b->ifs = ifset_new(ifs, 1, NULL, 0, NULL, 0, true);
	if (b->ifs == NULL ||
	    engine_set_rules(b->engine, pg, b->ifs, NULL, NULL) != 0 ||
	    engine_set_enabled(b->engine, true) != 0)
		errx(1, "no engine");
	b->program = pg;
}

static void
report(const struct bench *b, double v[MODES][BENCH_ROUNDS])
{
	double ratio[MODES][BENCH_ROUNDS];
	char what[80];
	unsigned m, r;

	for (m = 0; m < MODES; m++) /* before medians sort them */
		for (r = 0; r < BENCH_ROUNDS; r++)
			ratio[m][r] = v[m][r] / v[BARE][r];

	(void)snprintf(what, sizeof(what), "%u states: insertion", b->n);
	bench_row(what, b->insert, "ns", "");
	(void)snprintf(what, sizeof(what), "%u states: memory of one", b->n);
	bench_aim(what, bytes_per_record(b), "bytes", 200);
	for (m = 0; m < MODES; m++) {
		(void)snprintf(what, sizeof(what), "%u states: %s", b->n,
		    names[m]);
		bench_row(what, bench_median(v[m], BENCH_ROUNDS), "ns/packet",
		    "");
		if (m == BARE)
			continue;
		(void)snprintf(what, sizeof(what), "%u states: %s / bare",
		    b->n, names[m]);
		bench_aim(what, bench_median(ratio[m], BENCH_ROUNDS), "", AIM);
	}
}

/* As at a restart: the table and what the engine has of its own, anew. */
static void
rebuild(struct bench *b)
{
	static const uint64_t key[2] = { 1, 2 };
	struct engine_config c = { .arena = b->arena, .nworkers = 1 };
	struct statetab_rebuilt found;
	uint64_t began = cpu_ns();
	char what[80];

	if (statetab_rebuild(b->arena, key, true, &found) != 0 ||
	    found.states != 2 * b->n || engine_new(&c, &b->engine) != 0)
		errx(1, "no restart");
	(void)snprintf(what, sizeof(what), "%u states: restart", b->n);
	bench_row(what, (double)(cpu_ns() - began) / 1e6, "ms", "");
}

static void
run(uint32_t n)
{
	struct arena_config c = { .record_max = n + 4096, .ext_max = 64,
		.row_max = 64, .worker_max = 1, .limit = UINT32_MAX,
		.hash_key = { 0x9e3779b97f4a7c15, 0x0123456789abcdef } };
	struct bench *b = calloc(1, sizeof(*b));
	double v[MODES][BENCH_ROUNDS];
	size_t size = arena_size(&c);
	unsigned i, r;
	void *mem;

	if (b == NULL || (b->bare = bare_new(n, c.hash_key)) == NULL)
		err(1, NULL);
	b->n = n;
	b->rng = 88172645463325252;
	mem = bench_mem(size);
	if (arena_init(mem, size, &c, &b->arena) != 0)
		errx(1, "no arena");
	arena_cache_init(&b->cache);
	b->buf = bench_mem((size_t)NPKT * STEP);
	for (i = 0; i < NPKT; i++) {
		b->frame[i] = b->buf + (size_t)i * STEP;
		b->pkts[i] = &b->pkt[i];
	}
	fill(b);
	engine_make(b);
	for (r = 0; r < BENCH_ROUNDS; r++)
		for (i = 0; i < MODES; i++)
			v[i][r] = measure(b, i);
	report(b, v);
	engine_free(b->engine);
	rebuild(b);
	engine_free(b->engine);
	program_free(b->program);
	ifset_free(b->ifs);
	arena_close(b->arena);
	bare_free(b->bare);
	bench_mem_free(mem, size);
	bench_mem_free(b->buf, (size_t)NPKT * STEP);
	free(b);
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 10000, 1000000, 10000000 };
	int i;

	bench_machine();
	for (i = 1; i < argc; i++)
		run((uint32_t)strtoul(argv[i], NULL, 0));
	for (i = 0; argc == 1 && i < 3; i++)
		run(sizes[i]);
	return EXIT_SUCCESS;
}
