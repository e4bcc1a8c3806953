/* SPDX-License-Identifier: ISC */
/*
 * Pieces of made-up datagrams, whose bytes follow from their place.
 */
#ifndef TESTS_UNIT_FRAGS_H
#define TESTS_UNIT_FRAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"
#include "engine/reass.h"

#define FRAG_TTL 60000u /* ms */

/* A piece of a test datagram. */
struct frag {
	uint8_t af;
	uint32_t src, id;	/* tell datagrams apart */
	uint32_t off, len;
	bool more;
	uint8_t salt;		/* 0: the right bytes */
	uint8_t tos, df;
};

/* What came of a piece. */
struct got {
	enum reass_fate fate;
	enum reason why;
	struct packet out;
	struct fraginfo fi;
};

/* Memory for so many datagrams and bytes, from one source; it is not zeroed
 * before reass_init(). */
struct reass *frag_reass_new(uint32_t datagrams, uint32_t bytes,
    uint32_t per_source);
void frag_reass_free(struct reass *);

/* frag_byte() - Byte @i of the datagram that @f is a piece of */
uint8_t frag_byte(const struct frag *f, uint32_t i);

/* frag_add() - Hand in a piece; a whole datagram has @room bytes at @buf */
struct got frag_add(struct reass *, const struct frag *, uint64_t now,
    bool nodf, uint8_t *buf, uint32_t room);

/* frag_whole() - Is this the datagram that @f is a piece of, @total bytes? */
void frag_whole(const struct got *, const struct frag *f, uint32_t total,
    const char *what);

#endif
