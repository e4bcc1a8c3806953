/* SPDX-License-Identifier: ISC */
/*
 * Token buckets.  A token is 1000 thousandths; an answer costs two tokens on
 * average, so a rate of n answers a second is 2n tokens a second, which is 2n
 * thousandths a millisecond.
 */
#include "engine/ratelimit.h"

#include "engine/fast/hash.h"

#define TOKEN 1000u
#define RATE_MAX 1000000u /* a bucket stays within 32 bits */

/* depth() - What a bucket of this rate holds: a second's worth. */
static int32_t
depth(uint32_t rate)
{
	return (int32_t)(rate * 2 * TOKEN);
}

void
ratelimit_init(struct ratelimit *rl, const uint64_t key[2], uint32_t each,
    uint32_t all)
{
	uint32_t i;

	rl->key[0] = key[0];
	rl->key[1] = key[1];
	rl->each = each < RATE_MAX ? each : RATE_MAX;
	rl->all = all < RATE_MAX ? all : RATE_MAX;
	rl->total = (struct ratelimit_bucket) { .tokens = depth(rl->all) };
	for (i = 0; i < RATELIMIT_SLOTS; i++)
		rl->slot[i] = (struct ratelimit_bucket) {
			.tokens = depth(rl->each) };
}

static void
refill(struct ratelimit_bucket *b, uint32_t rate, uint64_t now)
{
	uint64_t ms = now > b->at ? now - b->at : 0;
	int64_t sum;

	if (ms > 4000) /* more than pays any debt and fills it */
		ms = 4000;
	sum = b->tokens + (int64_t)ms * rate * 2;
	b->tokens = sum < depth(rate) ? (int32_t)sum : depth(rate);
	if (ms > 0)
		b->at = now;
}

bool
ratelimit_allow(struct ratelimit *rl, const struct addr *dst, uint32_t rnd,
    uint64_t now)
{
	uint64_t w[2] = { dst->w[0] | (uint64_t)dst->w[1] << 32,
		dst->w[2] | (uint64_t)dst->w[3] << 32 };
	int32_t cost = (int32_t)((1 + rnd % 3) * TOKEN);
	struct ratelimit_bucket *b;

	b = &rl->slot[siphash13_words(rl->key, w, 2) % RATELIMIT_SLOTS];
	refill(b, rl->each, now);
	refill(&rl->total, rl->all, now);
	if (b->tokens <= 0 || rl->total.tokens <= 0)
		return false;
	b->tokens -= cost;
	rl->total.tokens -= cost;
	return true;
}
