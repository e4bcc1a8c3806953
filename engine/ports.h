/* SPDX-License-Identifier: ISC */
/*
 * The order in which ports are tried: a keyed permutation of a range.
 *
 * Every number of a range comes once, in an order that nobody without the
 * key can tell; so a free port is found if there is one, and none can be
 * guessed (RFC 6056).  Each flow starts at a place of its own in that order.
 *
 * A four-round Feistel network over the smallest even number of bits that
 * holds the range, with cycle walking: a result outside of the range goes
 * through the network again, less than four times on average.  The round
 * functions are tables of random bytes, made once from the key.  Constant
 * once made; any thread may read it.
 */
#ifndef ENGINE_PORTS_H
#define ENGINE_PORTS_H

#include <stdint.h>

#define PORTS_ROUNDS 4

struct ports {
	uint8_t box[PORTS_ROUNDS][256];
};

/* ports_init() - Make the round functions from 32 secret bytes. */
void ports_init(struct ports *, const uint8_t key[32]);

/*
 * ports_nth() - The @i-th number of the permutation of 0 .. @n - 1
 * @n: 1 to 65536
 * @i: below @n
 */
uint32_t ports_nth(const struct ports *, uint32_t n, uint32_t i);

#endif
