/* SPDX-License-Identifier: ISC */
/*
 * State keys: what a packet is looked up by.
 *
 * The first 16 bytes are those of struct line, so that comparing them is two
 * words.  An IPv6 key carries its addresses behind them, and the two address
 * words hold folds of them; addresses are 16 bytes as they lie in the header.
 *
 * Ports of ICMP queries: sport is the id, dport the type class (pdesc.h), in
 * network order like all ports.  Protocols without ports have zeros.
 */
#ifndef ENGINE_FAST_KEY_H
#define ENGINE_FAST_KEY_H

#include "engine/fast/hash.h"
#include "engine/fast/layout.h"

struct skey {
	union {
		struct {
			uint32_t src, dst;
			uint16_t sport, dport;
			uint8_t proto, af_dir; /* LINE_INET6 | LINE_OUT */
			uint16_t rdomain;
		};
		uint64_t w[2];
	};
	union { /* IPv6 only, else never read */
		uint32_t addr[2][4]; /* source, destination */
		uint64_t aw[4];
	};
};

/* key_fold() - 32 bits of an IPv6 address; equal addresses fold alike. */
static inline uint32_t
key_fold(const uint32_t a[4])
{
	return a[0] ^ (a[1] << 7 | a[1] >> 25) ^ (a[2] << 13 | a[2] >> 19) ^
	    a[3];
}

/* key_make4() - An IPv4 key; addresses and ports in network order. */
static inline void
key_make4(struct skey *k, uint32_t src, uint32_t dst, uint16_t sport,
    uint16_t dport, uint8_t proto, uint8_t out, uint16_t rdomain)
{
	k->src = src;
	k->dst = dst;
	k->sport = sport;
	k->dport = dport;
	k->proto = proto;
	k->af_dir = out ? LINE_OUT : 0;
	k->rdomain = rdomain;
}

/* key_make6() - An IPv6 key. */
static inline void
key_make6(struct skey *k, const uint32_t src[4], const uint32_t dst[4],
    uint16_t sport, uint16_t dport, uint8_t proto, uint8_t out,
    uint16_t rdomain)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		k->addr[0][i] = src[i];
		k->addr[1][i] = dst[i];
	}
	key_make4(k, key_fold(k->addr[0]), key_fold(k->addr[1]), sport, dport,
	    proto, out, rdomain);
	k->af_dir |= LINE_INET6;
}

/* LINE_OUT where it lies in a key's second word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KEY_OUT ((uint64_t)LINE_OUT << 40)
#else
#define KEY_OUT ((uint64_t)LINE_OUT << 16)
#endif

/*
 * key_turn() - What the direction changes in a hash: one bit of its tag
 *
 * A first packet is looked for with both directions: so it finds in the same
 * bucket what it asks for, and other entries' tags still differ.
 */
static inline uint64_t
key_turn(uint8_t af_dir)
{
	return (uint64_t)(af_dir & LINE_OUT) << 62;
}

/* key_hash4(), key_hash() - The keyed hash of a key. */
static inline uint64_t
key_hash4(const uint64_t secret[2], const struct skey *k)
{
	uint64_t w[2] = { k->w[0], k->w[1] & ~KEY_OUT };

	return siphash13_words(secret, w, 2) ^ key_turn(k->af_dir);
}

static inline uint64_t
key_hash6(const uint64_t secret[2], const struct skey *k)
{
	uint64_t w[6] = { k->w[0], k->w[1] & ~KEY_OUT, k->aw[0], k->aw[1], k->aw[2],
		k->aw[3] };

	return siphash13_words(secret, w, 6) ^ key_turn(k->af_dir);
}

static inline uint64_t
key_hash(const uint64_t secret[2], const struct skey *k)
{
	return k->af_dir & LINE_INET6 ? key_hash6(secret, k) :
					key_hash4(secret, k);
}

/* key_alike() - Are these one key, but for the direction? */
static inline int
key_alike(const struct skey *a, const struct skey *b)
{
	if (((a->w[0] ^ b->w[0]) | ((a->w[1] ^ b->w[1]) & ~KEY_OUT)) != 0)
		return 0;
	if ((a->af_dir & LINE_INET6) == 0)
		return 1;
	return ((a->aw[0] ^ b->aw[0]) | (a->aw[1] ^ b->aw[1]) |
	    (a->aw[2] ^ b->aw[2]) | (a->aw[3] ^ b->aw[3])) == 0;
}

/* key_same() - Are these one key? */
static inline int
key_same(const struct skey *a, const struct skey *b)
{
	return a->af_dir == b->af_dir && key_alike(a, b);
}

/* hash_tag() - The tag a bucket keeps of a hash; never 0. */
static inline uint16_t
hash_tag(uint64_t h)
{
	return (uint16_t)(h >> 48) | 1;
}

#endif
