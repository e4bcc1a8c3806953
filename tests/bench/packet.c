/* SPDX-License-Identifier: ISC */
/*
 * What reading, rewriting and reassembling a packet costs, and a route.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/pdesc.h"
#include "engine/reass.h"
#include "engine/route.h"
#include "engine/wire.h"
#include "tests/bench/bench.h"
#include "tests/hexpkt.h"

#define PACKETS 128 /* all of them in the cache */
#define BYTES 256
#define LOOPS 4000
#define V4(proto) "4500 L 0001 4000 40 " proto " S 0a000001 c0000201 "
#define V6(next) "60000000 M " next " 40 20010db8 00000000 00000000 " \
	"00000001 20010db8 00000000 00000000 00000002 "
#define TCP "04d2 0050 00000001 00000002 5010 ffff T 0000 Z14"
#define UDP "04d2 0035 0028 U Z20"

static uint8_t bytes[PACKETS][BYTES];
static struct packet pkts[PACKETS];
static struct pdesc pd[BURST_MAX];
static volatile uint32_t sink;

static const struct {
	const char *what, *text;
	int rewrite;
	double aim;
} parses[] = {
	{ "parse IPv4 TCP", V4("06") TCP, 0, 10 },
	{ "parse IPv4 UDP", V4("11") UDP, 0, 10 },
	{ "parse IPv6 TCP", V6("06") TCP, 0, 0 },
	{ "parse IPv4 echo", V4("01") "0800 C 1234 0001 Z20", 0, 0 },
	{ "parse ICMP error about UDP", "4500 L 0001 4000 40 01 S c0000201 "
	    "0a000001 0301 C 00000000 4500 0100 0001 4000 3f 11 S 0a000001 "
	    "c0000201 04d2 0035 000c 0000", 0, 0 },
	{ "parse, rewrite IPv4 TCP", V4("06") TCP, 1, 0 },
	{ "parse, rewrite IPv4 UDP", V4("11") UDP, 1, 0 },
	{ "parse, rewrite IPv6 TCP", V6("06") TCP, 1, 0 },
};
#define NPARSES (sizeof(parses) / sizeof(parses[0]))

static double
parse_ns(size_t row)
{
	uint32_t bad = 0, n, i;
	uint64_t t;

	for (i = 0; i < PACKETS; i++)
		pkts[i] = (struct packet) { .data = bytes[i], .ifidx = 1,
			.len = (uint32_t)hexpkt(bytes[i], BYTES,
			    parses[row].text) };
	t = bench_ns();
	for (n = 0; n < LOOPS; n++)
		for (i = 0; i < PACKETS; i++) {
			struct pdesc *d = &pd[i % BURST_MAX];

			bad += pdesc_parse(d, &pkts[i]) != REASON_MATCH;
			if (parses[row].rewrite) {
				d->cur.src.w[0] = htonl(0x0a000000 | n);
				d->cur.sport = (uint16_t)(n + 1);
				pdesc_rewrite(d);
			}
		}
	t = bench_ns() - t;
	sink = bad;
	if (bad != 0) {
		fprintf(stderr, "%s: dropped\n", parses[row].what);
		exit(1);
	}
	return (double)t / LOOPS / PACKETS;
}

static void
bench_parse(void)
{
	static double v[NPARSES][BENCH_ROUNDS];
	size_t i, round;

	for (round = 0; round < BENCH_ROUNDS; round++)
		for (i = 0; i < NPARSES; i++)
			v[i][round] = parse_ns(i);
	for (i = 0; i < NPARSES; i++) {
		double ns = bench_median(v[i], BENCH_ROUNDS);

		if (parses[i].aim != 0)
			bench_aim(parses[i].what, ns, "ns", parses[i].aim);
		else
			bench_row(parses[i].what, ns, "ns", "");
	}
}

/* Datagrams of two full pieces, 64 of them under way. */
static void
bench_reass(void)
{
	struct reass_config cfg = { .datagrams = 4096, .bytes = 8 << 20,
		.per_source = 4096, .key = { 1, 2 } };
	static uint8_t wire[1500], out[REASS_DATAGRAM_MAX];
	double v[BENCH_ROUNDS];
	size_t size = (reass_size(&cfg) + 63) & ~(size_t)63, round;
	void *mem = aligned_alloc(64, size);
	struct packet pkt, whole = { .data = out };
	uint32_t n, id, half, done = 0;
	enum reason why;
	struct fraginfo fi;
	struct reass *r;
	uint64_t t;

	if (mem == NULL)
		exit(1);
	r = reass_init(mem, &cfg);
	for (round = 0; round < BENCH_ROUNDS; round++) {
		t = bench_ns();
		for (n = 0; n < 50000; n++) {
			half = n / 64 % 2;
			id = n / 128 * 64 + n % 64;
			memset(wire, 0, 20);
			wire[0] = 0x45;
			wire_put16(wire + 2, 1500);
			wire_put16(wire + 4, (uint16_t)id);
			wire_put16(wire + 6, half ? 185 : 0x2000);
			wire[8] = 64;
			wire[9] = 47;
			wire_put32(wire + 12, 0x0a000001);
			wire_put32(wire + 16, 0xc0000201);
			wire_put_raw16(wire + 10,
			    (uint16_t)~cksum_fold(wire_sum(0, wire, 20)));
			pkt = (struct packet) { .data = wire, .len = 1500 };
			if (pdesc_parse(&pd[0], &pkt) != REASON_MATCH)
				exit(1);
			done += reass_add(r, &pd[0], 1, 60000, false, &whole,
			    sizeof(out), &fi, &why) == REASS_DONE;
		}
		v[round] = (double)(bench_ns() - t) / 50000;
	}
	sink = done;
	bench_row("reassemble, per 1500-byte piece",
	    bench_median(v, BENCH_ROUNDS), "ns", "with copying and parsing");
	reass_fini(r);
	free(mem);
}

static void
bench_route(uint8_t af, uint32_t n)
{
	struct route *rt = calloc(n, sizeof(*rt));
	double v[BENCH_ROUNDS];
	struct route_table *t;
	uint64_t seed = 88172645463325252u, ns;
	struct addr a = { .w = { 0 } };
	uint32_t i, j, hits = 0;
	size_t round;
	char what[64];

	if (rt == NULL)
		exit(1);
	for (i = 0; i < n; i++) {
		rt[i].af = af;
		rt[i].plen = (uint8_t)(af == AF_INET ? 16 +
		    bench_rand(&seed) % 9 : 32 + bench_rand(&seed) % 17);
		for (j = 0; j < (af == AF_INET ? 1u : 2u); j++)
			rt[i].dst.w[j] = (uint32_t)bench_rand(&seed);
		rt[i].ifidx = 1;
	}
	if ((t = route_table_new(rt, n)) == NULL)
		exit(1);
	for (round = 0; round < BENCH_ROUNDS; round++) {
		ns = bench_ns();
		for (i = 0; i < 1000000; i++) {
			const struct route *near =
			    &rt[(bench_rand(&seed) >> 32) * n >> 32];

			a.w[0] = near->dst.w[0];
			a.w[1] = near->dst.w[1];
			hits += route_lookup(t, af, &a) != NULL;
		}
		v[round] = (double)(bench_ns() - ns) / 1000000;
	}
	sink = hits;
	snprintf(what, sizeof(what), "route, %u %s prefixes", n,
	    af == AF_INET ? "IPv4" : "IPv6");
	bench_row(what, bench_median(v, BENCH_ROUNDS), "ns", "");
	route_table_free(t);
	free(rt);
}

int
main(void)
{
	bench_machine();
	bench_parse();
	bench_reass();
	bench_route(AF_INET, 10);
	bench_route(AF_INET, 1000);
	bench_route(AF_INET, 1000000);
	bench_route(AF_INET6, 1000);
	bench_route(AF_INET6, 200000);
	return 0;
}
