/* SPDX-License-Identifier: ISC */
/*
 * Token buckets.  A token is 1000 thousandths; an answer costs two tokens on
 * average, so a rate of n answers a second is 2n tokens a second, which is 2n
 * thousandths a millisecond.
 */
#include "engine/ratelimit.h"

#include "engine/fast/hash.h"

#define TOKEN 1000u
#define COST_MAX (3 * TOKEN)
#define RATE_MAX 1000000u /* a bucket stays within 32 bits */

/* depth() - What a bucket of this rate holds: a second's worth. */
static uint32_t
depth(uint32_t rate)
{
	uint32_t n = rate * 2 * TOKEN;

	return rate == 0 ? 0 : n > COST_MAX ? n : COST_MAX;
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
	uint64_t sum;

	if (ms > 2000) /* more than fills the slowest */
		ms = 2000;
	sum = b->tokens + ms * rate * 2;
	b->tokens = sum < depth(rate) ? (uint32_t)sum : depth(rate);
	b->at = now;
}

bool
ratelimit_allow(struct ratelimit *rl, const struct addr *dst, uint32_t rnd,
    uint64_t now)
{
	uint64_t w[2] = { dst->w[0] | (uint64_t)dst->w[1] << 32,
		dst->w[2] | (uint64_t)dst->w[3] << 32 };
	uint32_t cost = (1 + rnd % 3) * TOKEN;
	struct ratelimit_bucket *b;

	b = &rl->slot[siphash13_words(rl->key, w, 2) % RATELIMIT_SLOTS];
	refill(b, rl->each, now);
	refill(&rl->total, rl->all, now);
	if (b->tokens < cost || rl->total.tokens < cost)
		return false;
	b->tokens -= cost;
	rl->total.tokens -= cost;
	return true;
}
