/* SPDX-License-Identifier: ISC */
/*
 * SipHash in counter mode.
 */
#include "engine/random.h"

#include <string.h>

#include "engine/fast/hash.h"

void
random_init(struct random *r, const uint8_t key[32], uint32_t purpose)
{
	uint64_t half[4], word = purpose;

	memcpy(half, key, sizeof(half));
	r->k0 = siphash13_words(&half[0], &word, 1);
	r->k1 = siphash13_words(&half[2], &word, 1);
	r->counter = 0;
}

uint64_t
random_u64(struct random *r)
{
	const uint64_t key[2] = { r->k0, r->k1 };
	uint64_t word = r->counter++;

	return siphash13_words(key, &word, 1);
}

uint32_t
random_u32(struct random *r)
{
	return (uint32_t)(random_u64(r) >> 32);
}
