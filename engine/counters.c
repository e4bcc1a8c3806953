/* SPDX-License-Identifier: ISC */
/*
 * Counters, summed over the workers when somebody reads them.
 *
 * "Clear" writes nothing that a worker writes: control remembers what stood
 * there, and takes it off.
 */
#include <assert.h>
#include <string.h>

#include "engine/core.h"
#include "engine/registry.h"

#define NCOUNTERS (sizeof(struct engine_counters) / sizeof(uint64_t))
#define NIFCOUNTERS (sizeof(struct iface_counters) / sizeof(uint64_t))

static_assert(sizeof(struct engine_counters) % sizeof(uint64_t) == 0,
    "counters are nothing but counters");

static void
sum(uint64_t *out, const void *from, size_t n)
{
	const uint64_t *c = from;
	size_t i;

	for (i = 0; i < n; i++)
		out[i] += count_read(&c[i]);
}

static void
sum_all(const struct engine *e, struct engine_counters *out)
{
	unsigned i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < e->cfg.nworkers; i++)
		sum((uint64_t *)out, &e->worker[i]->count, NCOUNTERS);
}

void
engine_counters(const struct engine *e, struct engine_counters *out)
{
	uint64_t *c = (uint64_t *)out;
	const uint64_t *base = (const uint64_t *)&e->base;
	size_t i;

	sum_all(e, out);
	for (i = 0; i < NCOUNTERS; i++)
		c[i] -= base[i];
}

void
engine_clear_counters(struct engine *e)
{
	sum_all(e, &e->base);
}

static void
sum_iface(const struct engine *e, uint16_t ifidx, struct iface_counters *out)
{
	unsigned i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < e->cfg.nworkers; i++)
		sum((uint64_t *)out, &e->worker[i]->ifcount[ifidx],
		    NIFCOUNTERS);
}

void
engine_iface_counters(const struct engine *e, uint16_t ifidx,
    struct iface_counters *out)
{
	uint64_t *c = (uint64_t *)out;
	const uint64_t *base;
	size_t i;

	if (ifidx >= IFACE_MAX) {
		memset(out, 0, sizeof(*out));
		return;
	}
	base = (const uint64_t *)&e->ifbase[ifidx];
	sum_iface(e, ifidx, out);
	for (i = 0; i < NIFCOUNTERS; i++)
		c[i] -= base[i];
}

void
engine_clear_iface_counters(struct engine *e, uint16_t ifidx)
{
	if (ifidx < IFACE_MAX)
		sum_iface(e, ifidx, &e->ifbase[ifidx]);
}

void
engine_rule_counters(const struct engine *e, uint32_t row,
    struct rule_counters *out)
{
	struct row_count c;

	registry_sum(e->arena, row, &c);
	memset(out, 0, sizeof(*out));
	out->evaluations = c.evaluations;
	memcpy(out->packets, c.packets, sizeof(out->packets));
	memcpy(out->bytes, c.bytes, sizeof(out->bytes));
	out->created = c.created;
	out->states = registry_states(e->arena, row);
}

void
engine_clear_rule_counters(struct engine *e)
{
	registry_clear(e->arena);
}
