/* SPDX-License-Identifier: ISC */
/*
 * Tables of 1,000 to 1,000,000 addresses: lookups, filling, one edit with its
 * publication, listing, memory.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table.h"
#include "tests/bench/bench.h"

#define LOOKUPS 262144

static void
row(const char *what, const char *family, uint32_t n, double v,
    const char *unit)
{
	char text[64];

	snprintf(text, sizeof(text), "%s, %u %s", what, n, family);
	bench_row(text, v, unit, "");
}

static void
random_entry(uint64_t *rng, uint8_t af, struct table_ent *e)
{
	unsigned i;

	memset(e, 0, sizeof(*e));
	e->af = af;
	for (i = 0; i < (af == AF_INET ? 1 : 4); i++)
		e->addr.w[i] = bench_rand(rng) >> 32;
	if (af == AF_INET6)
		e->addr.w[0] = htonl(0x20010db8);
	e->plen = bench_rand(rng) % 8 != 0 ? addr_bits(af) :
	    16 + bench_rand(rng) % 16;
	addr_apply_plen(&e->addr, e->plen);
}

static void
fill(struct table_set *ts, uint32_t nr, struct table_ent *v, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (table_add(ts, nr, &v[i]) < 0)
			exit(EXIT_FAILURE);
	table_publish(ts, nr);
}

/* Addresses to look up, in a row: reading them costs nothing. */
static void
choose(struct addr *a, uint8_t af, uint64_t *rng, const struct table_ent *v,
    uint32_t n)
{
	uint32_t i;

	for (i = 0; i < LOOKUPS; i++) {
		a[i] = v[bench_rand(rng) % n].addr;
		if (i % 2)	/* half of them miss, most in the last bits */
			a[i].b[af == AF_INET ? 3 : 15] ^= 0x15;
	}
}

static uint64_t
lookups(struct table_set *ts, uint32_t nr, uint8_t af, const struct addr *a)
{
	uint64_t hits = 0;
	uint32_t i;

	for (i = 0; i < LOOKUPS; i++)
		hits += table_match(ts, 0, nr, af, &a[i]);
	return hits;
}

/* Remove an entry and add it again, each published. */
static void
edits(struct table_set *ts, uint32_t nr, const struct table_ent *v, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		table_delete(ts, nr, &v[i]);
		table_publish(ts, nr);
		table_add(ts, nr, &v[i]);
		table_publish(ts, nr);
		table_garbage_free(table_set_garbage(ts));
	}
}

static uint32_t
list(const struct table_set *ts, uint32_t nr)
{
	struct table_ent e, *after = NULL;
	uint32_t n = 0;

	while (table_next(ts, nr, after, &e)) {
		after = &e;
		n++;
	}
	return n;
}

static void
measure(uint8_t af, uint32_t n)
{
	const char *family = af == AF_INET ? "IPv4" : "IPv6";
	struct table_set *ts = table_set_new(1);
	struct table_ent *v = calloc(n, sizeof(*v));
	struct addr *a = calloc(LOOKUPS, sizeof(*a));
	uint64_t rng = 4711, t, hits;
	uint32_t nr, i;

	if (ts == NULL || v == NULL || a == NULL ||
	    table_new(ts, "", "t", &nr) != 0)
		exit(EXIT_FAILURE);
	for (i = 0; i < n; i++)
		random_entry(&rng, af, &v[i]);
	t = bench_cpu_ns();
	fill(ts, nr, v, n);
	row("fill", family, n, (bench_cpu_ns() - t) / 1e6, "ms");
	choose(a, af, &rng, v, n);
	lookups(ts, nr, af, a);
	t = bench_cpu_ns();
	hits = lookups(ts, nr, af, a);
	row("lookup", family, n, (bench_cpu_ns() - t) / (double)LOOKUPS, "ns");
	if (hits == 0)
		exit(EXIT_FAILURE);
	t = bench_cpu_ns();
	edits(ts, nr, v, 1000);
	row("edit, published", family, n, (bench_cpu_ns() - t) / 2000.0, "ns");
	t = bench_cpu_ns();
	i = list(ts, nr);
	row("list an entry", family, n, (bench_cpu_ns() - t) / (double)i, "ns");
	row("memory for an entry", family, n, table_bytes(ts, nr) / (double)i,
	    "bytes");
	free(a);
	free(v);
	table_set_free(ts);
}

int
main(void)
{
	static const uint32_t sizes[] = { 1000, 100000, 1000000 };
	unsigned i;

	bench_machine();
	for (i = 0; i < 3; i++)
		measure(AF_INET, sizes[i]);
	for (i = 0; i < 3; i++)
		measure(AF_INET6, sizes[i]);
	return EXIT_SUCCESS;
}
