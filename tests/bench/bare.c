/* SPDX-License-Identifier: ISC */
/* The bare loop; see bare.h. */
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "engine/fast/cksum.h"
#include "engine/fast/lookup.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"

#define BURST 32

struct side {
	uint64_t key[2];
	uint32_t naddr;
	uint16_t nport, ipdiff, l4diff, flags;
	uint32_t last, packets;
	uint64_t bytes;
	uint32_t spare[4];
};

_Static_assert(sizeof(struct side) == 64, "one line");

struct bare {
	struct side *side;
	struct bucket *bucket;
	uint64_t secret[2];
	size_t nside, sides, nbucket, over;
	uint32_t mask;
};

struct bare *
bare_new(uint32_t states, const uint64_t secret[2])
{
	struct bare *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	for (b->nbucket = 1; b->nbucket * 4 < 2ull * states;)
		b->nbucket <<= 1; /* 2 to 4 of 8 */
	b->mask = (uint32_t)b->nbucket - 1;
	b->sides = 2 * (size_t)states;
	b->side = bench_mem(b->sides * sizeof(*b->side));
	b->bucket = bench_mem((b->nbucket + b->nbucket / 4 + 16) *
	    sizeof(*b->bucket));
	memcpy(b->secret, secret, sizeof(b->secret));
	return b;
}

void
bare_free(struct bare *b)
{
	bench_mem_free(b->side, b->sides * sizeof(*b->side));
	bench_mem_free(b->bucket, (b->nbucket + b->nbucket / 4 + 16) *
	    sizeof(*b->bucket));
	free(b);
}

void
bare_add(struct bare *b, const struct skey *k, uint32_t naddr, uint16_t nport)
{
	uint64_t hash = key_hash4(b->secret, k), diff;
	struct bucket *at = &b->bucket[hash & b->mask];
	struct side *s = &b->side[b->nside];
	unsigned i;

	memcpy(s->key, k->w, sizeof(s->key));
	s->naddr = naddr;
	s->nport = nport;
	diff = cksum_diff32(0, k->src, naddr);
	s->ipdiff = cksum_fold(diff);
	s->l4diff = cksum_fold(cksum_diff16(diff, k->sport, nport));
	while (at->tag[7] != 0) {
		if (at->overflow == 0)
			at->overflow = (uint32_t)(b->nbucket + b->over++);
		at = &b->bucket[at->overflow];
	}
	for (i = 0; at->tag[i] != 0; i++)
		continue;
	at->tag[i] = hash_tag(hash);
	at->lref[i] = (uint32_t)b->nside++;
}

static inline struct side *
find(struct bare *b, const struct skey *k, uint64_t hash)
{
	const struct bucket *at = &b->bucket[hash & b->mask];
	uint64_t tags[2], m;
	struct side *s;
	unsigned half, lane;

	for (;;) {
		memcpy(tags, at->tag, sizeof(tags));
		for (half = 0; half < 2; half++)
			for (m = tags_match(tags[half], hash_tag(hash));
			    m != 0; m = tags_drop(m, lane)) {
				lane = tags_lane(m);
				s = &b->side[at->lref[half * 4 + lane]];
				if (s->key[0] == k->w[0] &&
				    s->key[1] == k->w[1])
					return s;
			}
		if (at->overflow == 0)
			return NULL;
		at = &b->bucket[at->overflow];
	}
}

static inline int
parse(const uint8_t *p, struct skey *k)
{
	uint32_t sum = 0, w[5];
	unsigned i;

	memcpy(w, p, sizeof(w));
	if (p[0] != 0x45 || (p[6] & 0x3f) || p[7] || p[8] < 2)
		return -1;
	for (i = 0; i < 5; i++)
		sum += (w[i] & 0xffff) + (w[i] >> 16);
	if (cksum_fold(sum) != 0xffff || (p[9] != 17 && p[9] != 6))
		return -1;
	key_make4(k, w[3], w[4], (uint16_t)(p[20] | p[21] << 8),
	    (uint16_t)(p[22] | p[23] << 8), p[9], 0, 0);
	return 0;
}

static inline void
adjust(uint8_t *p, uint64_t diff)
{
	uint16_t v;

	memcpy(&v, p, 2);
	v = cksum_apply(v, diff);
	memcpy(p, &v, 2);
}

static inline void
rewrite(uint8_t *p, const struct side *s)
{
	memcpy(p + 12, &s->naddr, 4);
	memcpy(p + 20, &s->nport, 2);
	p[8]--;
	adjust(p + 10, s->ipdiff + (uint64_t)htons(0xfeff));
	adjust(p + (p[9] == 6 ? 36 : 26), s->l4diff);
}

unsigned
bare_burst(struct bare *b, uint8_t *const *frame, unsigned n, uint32_t now)
{
	struct skey k[BURST];
	uint64_t hash[BURST], tags[2], m;
	const struct bucket *at;
	unsigned i, half, hits = 0;
	uint8_t ok[BURST];
	struct side *s;

	for (i = 0; i < n; i++)
		ok[i] = parse(frame[i], &k[i]) == 0;
	for (i = 0; i < n; i++) {
		hash[i] = key_hash4(b->secret, &k[i]);
		__builtin_prefetch(&b->bucket[hash[i] & b->mask]);
	}
	for (i = 0; i < n; i++) {
		at = &b->bucket[hash[i] & b->mask];
		memcpy(tags, at->tag, sizeof(tags));
		for (half = 0; half < 2; half++)
			if ((m = tags_match(tags[half],
			    hash_tag(hash[i]))) != 0) {
				__builtin_prefetch(&b->side[at->lref[half * 4 +
				    tags_lane(m)]], 1);
				break;
			}
	}
	for (i = 0; i < n; i++) {
		if (!ok[i] || (s = find(b, &k[i], hash[i])) == NULL)
			continue;
		hits++;
		s->packets++;
		s->bytes += 60;
		s->last = now;
		rewrite(frame[i], s);
	}
	return hits;
}
