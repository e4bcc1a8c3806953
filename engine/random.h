/* SPDX-License-Identifier: ISC */
/*
 * Random numbers from a secret: SipHash in counter mode.
 *
 * The engine has no source of randomness of its own, so that a replay gives
 * the same bytes twice.  Whoever starts it hands in a key, fresh for each
 * start; every worker and every purpose draws from a stream of its own.
 */
#ifndef ENGINE_RANDOM_H
#define ENGINE_RANDOM_H

#include <stdint.h>
#include <string.h>

#include "engine/fast/hash.h"

/* Purposes, so that no two streams are the same; workers add their number. */
enum random_purpose {
	RANDOM_PORTS = 1,	/* the permutation of ports */
	RANDOM_POOLS = 3,	/* sources of pools without a key */
	RANDOM_REASS,		/* the hash of fragments */
	RANDOM_RANGES,		/* ranges of ports that are used up */
	RANDOM_SOURCES,		/* the hash of source nodes */
	RANDOM_WORKER = 0x100,
};

struct random {
	uint64_t k0, k1;
	uint64_t counter;
};

void random_init(struct random *, const uint8_t key[32], uint32_t purpose);
uint64_t random_u64(struct random *);
uint32_t random_u32(struct random *);

/*
 * random_hash() - Keyed hash of 1 to 128 bytes; draws nothing from the stream
 *
 * The length is a constant at every call, and is not part of the hash: one
 * purpose, one length.
 */
static inline uint64_t
random_hash(const struct random *r, const void *p, unsigned len)
{
	const uint64_t key[2] = { r->k0, r->k1 };
	uint64_t words[16];
	unsigned n = (len + 7) / 8;

	words[n - 1] = 0;
	memcpy(words, p, len);
	return siphash13_words(key, words, n);
}

/* random_scale() - Bring 32 random bits into 0 .. n - 1, n above 0. */
static inline uint32_t
random_scale(uint32_t x, uint32_t n)
{
	return (uint32_t)((uint64_t)x * n >> 32);
}

#endif
