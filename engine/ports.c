/* SPDX-License-Identifier: ISC */
/*
 * The keyed permutation of a port range.
 */
#include "engine/ports.h"

#include "engine/random.h"

void
ports_init(struct ports *ps, const uint8_t key[32])
{
	struct random rnd;
	unsigned i, j;

	random_init(&rnd, key, RANDOM_PORTS);
	for (i = 0; i < PORTS_ROUNDS; i++)
		for (j = 0; j < 256; j++)
			ps->box[i][j] = (uint8_t)random_u32(&rnd);
}

/* half_bits() - Bits of each half of the network that permutes @n numbers. */
static unsigned
half_bits(uint32_t n)
{
	unsigned bits = n < 2 ? 1 : 32 - (unsigned)__builtin_clz(n - 1);

	return (bits + 1) / 2;
}

static uint32_t
feistel(const struct ports *ps, unsigned h, uint32_t x)
{
	uint32_t mask = (1u << h) - 1, l = x >> h, r = x & mask, t;
	unsigned i;

	for (i = 0; i < PORTS_ROUNDS; i++) {
		t = l ^ (ps->box[i][r] & mask);
		l = r;
		r = t;
	}
	return l << h | r;
}

uint32_t
ports_nth(const struct ports *ps, uint32_t n, uint32_t i)
{
	unsigned h = half_bits(n);

	/* The cycle that holds i comes back to i, which is below n. */
	do
		i = feistel(ps, h, i);
	while (i >= n);
	return i;
}
