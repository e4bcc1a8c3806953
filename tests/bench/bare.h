/* SPDX-License-Identifier: ISC */
/*
 * The bare loop: what this machine's memory allows a NAT to do.
 *
 * The same number of states, hash, record and bucket sizes and the same burst
 * as the engine, but nothing of what makes it safe: one thread, no growth, no
 * sequence words, no windows, no judgement, checksum differences kept ready.
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/fast/key.h"

struct bare;

struct bare *bare_new(uint32_t states, const uint64_t secret[2]);
void bare_free(struct bare *);

/* bare_add() - One side of a state: what arrives, and the new source or
 * destination that its first address word becomes. */
void bare_add(struct bare *, const struct skey *, uint32_t naddr,
    uint16_t nport);

/* bare_burst() - Parse, look up, count and rewrite.  Return: hits. */
unsigned bare_burst(struct bare *, uint8_t *const *frame, unsigned n,
    uint32_t now);

#endif
