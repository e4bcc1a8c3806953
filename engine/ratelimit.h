/* SPDX-License-Identifier: ISC */
/*
 * How often may we answer?  Token buckets for RST, ICMP and challenge ACKs.
 *
 * Forged packets must not turn us into an amplifier, and whoever counts our
 * answers must not learn what others cause (SAD DNS: a limit that all share
 * is a side channel).  So each destination has a bucket of its own, found by
 * a keyed hash (two that meet in one share it), beside one for all together,
 * and what an answer costs is random: one to three tokens, two on average.
 * An answer may go out while there is any token left, and leave a debt; so the
 * cheap ones are not the only ones that get through.
 *
 * A worker owns its limiter; no locks.  Two cache lines are touched.
 */
#ifndef ENGINE_RATELIMIT_H
#define ENGINE_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

#define RATELIMIT_SLOTS 1024 /* power of two */

struct ratelimit_bucket {
	uint64_t at;	 /* ms of the last refill */
	int32_t tokens;	 /* thousandths; below zero: in debt */
};

struct ratelimit {
	uint64_t key[2];
	uint32_t each;	 /* answers a second to one destination */
	uint32_t all;	 /* answers a second to all together */
	struct ratelimit_bucket total;
	struct ratelimit_bucket slot[RATELIMIT_SLOTS];
};

/*
 * ratelimit_init() - All buckets full
 * @key: secret
 * @each, @all: answers a second in the long run; as many may come at once
 */
void ratelimit_init(struct ratelimit *, const uint64_t key[2], uint32_t each,
    uint32_t all);

/*
 * ratelimit_allow() - May an answer go to this address now?
 * @rnd: a fresh random number
 * @now: ms
 *
 * Return: true, and the tokens are gone.
 */
bool ratelimit_allow(struct ratelimit *, const struct addr *dst, uint32_t rnd,
    uint64_t now);

#endif
