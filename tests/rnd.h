/* SPDX-License-Identifier: ISC */
/*
 * The tests' own random numbers, repeatable by their seed.
 */
#ifndef TESTS_RND_H
#define TESTS_RND_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* test_random() - xorshift64*, Vigna 2016; @s is any number but 0. */
static inline uint64_t
test_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(0x2545f4914f6cdd1d);
}

/* test_seed() - A seed from the environment (TEST_SEED), or @fallback. */
static inline uint64_t
test_seed(uint64_t fallback)
{
	const char *s = getenv("TEST_SEED");

	return s != NULL ? strtoull(s, NULL, 0) : fallback;
}

/*
 * test_begin() - Begin with a seed from the environment, or a new one
 *
 * Return: the seed, for the message of a failure.
 */
static inline uint64_t
test_begin(uint64_t *s)
{
	uint64_t seed = test_seed((uint64_t)time(NULL));

	*s = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	return seed;
}

#endif
