/* SPDX-License-Identifier: ISC */
/*
 * The packet fuzzer's stages.  An input is FUZZ_HEAD bytes that say how the
 * packet is handed in, and the packet.  A stage ends the program by abort(3)
 * when something is not as it must be.
 */
#ifndef TESTS_FUZZ_PACKET_H
#define TESTS_FUZZ_PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/packet.h"

#define FUZZ_HEAD 8	 /* bytes before the packet */
#define FUZZ_MAX 70000	 /* bytes of an input */

/* What the head says. */
struct fuzz_how {
	uint8_t csum, gso, dir;
	uint16_t gso_size;
	uint16_t mtu;
	uint32_t rnd;		/* for what the stages choose */
};

#define FUZZ_CHECK(cond)                                                     \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,     \
			    __LINE__, #cond);                                \
			abort();                                             \
		}                                                            \
	} while (0)

/*
 * fuzz_parts() - Parse, rewrite, answer, reassemble, cut; each on its own
 * @p: the packet in a block of exactly @len bytes
 */
void fuzz_parts(const struct fuzz_how *, const uint8_t *p, size_t len);

/* fuzz_engine() - The same packet through engine_burst(). */
void fuzz_engine(const struct fuzz_how *, const uint8_t *p, size_t len);

#endif
