/* SPDX-License-Identifier: ISC */
/*
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF") over
 * whole 64-bit words: keyed, so that nobody who does not know the key can
 * choose addresses and ports that meet in one bucket.
 */
#ifndef ENGINE_FAST_HASH_H
#define ENGINE_FAST_HASH_H

#include "engine/fast/layout.h"

#define SIP_ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define SIP_ROUND(v0, v1, v2, v3)           \
	do {                                \
		v0 += v1;                   \
		v1 = SIP_ROTL(v1, 13) ^ v0; \
		v0 = SIP_ROTL(v0, 32);      \
		v2 += v3;                   \
		v3 = SIP_ROTL(v3, 16) ^ v2; \
		v0 += v3;                   \
		v3 = SIP_ROTL(v3, 21) ^ v0; \
		v2 += v1;                   \
		v1 = SIP_ROTL(v1, 17) ^ v2; \
		v2 = SIP_ROTL(v2, 32);      \
	} while (0)
#define SIP_WORD(v0, v1, v2, v3, m)         \
	do {                                \
		v3 ^= (m);                  \
		SIP_ROUND(v0, v1, v2, v3);  \
		v0 ^= (m);                  \
	} while (0)

/*
 * siphash13_words() - SipHash-1-3 of @n words, 8 * @n bytes
 * @key: 128 secret bits
 * @w: the message; words are taken as they lie in a register
 *
 * @n is a constant below 32 where this is inlined.
 */
static inline uint64_t
siphash13_words(const uint64_t key[2], const uint64_t *w, unsigned n)
{
	uint64_t v0 = key[0] ^ 0x736f6d6570736575ULL;
	uint64_t v1 = key[1] ^ 0x646f72616e646f6dULL;
	uint64_t v2 = key[0] ^ 0x6c7967656e657261ULL;
	uint64_t v3 = key[1] ^ 0x7465646279746573ULL;
	uint64_t last = (uint64_t)n * 8 << 56;
	unsigned i;

	for (i = 0; i < n; i++)
		SIP_WORD(v0, v1, v2, v3, w[i]);
	SIP_WORD(v0, v1, v2, v3, last);
	v2 ^= 0xff;
	SIP_ROUND(v0, v1, v2, v3);
	SIP_ROUND(v0, v1, v2, v3);
	SIP_ROUND(v0, v1, v2, v3);
	return v0 ^ v1 ^ v2 ^ v3;
}

#endif
