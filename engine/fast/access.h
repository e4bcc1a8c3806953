/* SPDX-License-Identifier: ISC */
/*
 * Where the arena's records are.
 *
 * The fast path reaches records only through bucket_at(), line_at(),
 * cold_at() and ext_at().  Here they are pointers into the caller's memory; a
 * BPF program defines FAST_ACCESS before it includes any of these headers,
 * and brings its own struct fast and the same functions over map look-ups,
 * which may return NULL.
 *
 * Buckets and overflow buckets are one array: bucket_at(bucket_max + i) is
 * overflow bucket i.
 */
#ifndef ENGINE_FAST_ACCESS_H
#define ENGINE_FAST_ACCESS_H

#include "engine/fast/atomic.h"
#include "engine/fast/layout.h"

/*
 * The part of the arena's header that a lookup needs.  `split` changes when
 * the table grows: number of buckets in the low half, the mask that covers
 * them in the high half, one word so that nobody sees halves of two.
 */
struct fast_head {
	uint64_t hash_key[2];
	uint64_t split;
	uint32_t bucket_max;
	uint32_t record_max;
};

#ifndef FAST_ACCESS
#define FAST_ACCESS

struct fast {
	struct fast_head *head;
	struct bucket *buckets;
	struct line *lines;
	struct cold *colds;
	struct ext *exts;
};

#define FAST_NONNULL __attribute__((returns_nonnull))

FAST_NONNULL static inline struct fast_head *
head_at(const struct fast *f)
{
	return f->head;
}

FAST_NONNULL static inline struct bucket *
bucket_at(const struct fast *f, uint32_t i)
{
	return &f->buckets[i];
}

/* line_at() - By reference: index * 2 + side. */
FAST_NONNULL static inline struct line *
line_at(const struct fast *f, uint32_t lref)
{
	return &f->lines[lref];
}

FAST_NONNULL static inline struct cold *
cold_at(const struct fast *f, uint32_t i)
{
	return &f->colds[i];
}

FAST_NONNULL static inline struct ext *
ext_at(const struct fast *f, uint32_t i)
{
	return &f->exts[i];
}

#endif /* FAST_ACCESS */

/*
 * split_bucket() - Bucket of a hash (linear hashing, Litwin 1980)
 * Buckets behind the ones that exist are still folded into their lower half.
 */
static inline uint32_t
split_bucket(uint64_t split, uint64_t hash)
{
	uint32_t n = (uint32_t)split, mask = (uint32_t)(split >> 32);
	uint32_t i = (uint32_t)hash & mask;

	return i < n ? i : i & (mask >> 1);
}

#endif
