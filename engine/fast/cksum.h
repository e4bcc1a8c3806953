/* SPDX-License-Identifier: ISC */
/*
 * Internet checksums, carried through changes (RFC 1071, RFC 1624).
 *
 * A difference is collected in a 64-bit sum, one call per changed field, and
 * then put into each checksum that covers the fields:
 *
 *	uint64_t diff = 0;
 *	diff = cksum_diff32(diff, old_address, new_address);
 *	diff = cksum_diff16(diff, old_port, new_port);
 *	*field = cksum_apply(*field, diff);
 *
 * A one's complement sum does not care for byte order as long as all of it is
 * in one: fields go in as they lie in memory.  No field is ever summed whole,
 * so a checksum that was wrong stays wrong.
 */
#ifndef ENGINE_FAST_CKSUM_H
#define ENGINE_FAST_CKSUM_H

#include "engine/fast/layout.h"

/* cksum_fold() - A sum of words, reduced to 16 bits; not complemented. */
static inline uint16_t
cksum_fold(uint64_t sum)
{
	uint32_t s;

	s = (uint32_t)((sum & 0xffff) + (sum >> 16 & 0xffff) +
	    (sum >> 32 & 0xffff) + (sum >> 48));
	s = (s & 0xffff) + (s >> 16); /* at most 0xffff + 3 */
	return (uint16_t)((s & 0xffff) + (s >> 16));
}

/* cksum_diff16(), cksum_diff32() - Add ~@from + @to to a difference. */
static inline uint64_t
cksum_diff16(uint64_t diff, uint16_t from, uint16_t to)
{
	return diff + (uint16_t)~from + to;
}

static inline uint64_t
cksum_diff32(uint64_t diff, uint32_t from, uint32_t to)
{
	return diff + (uint32_t)~from + to;
}

/*
 * cksum_apply() - Put a difference into a complemented checksum
 * RFC 1624, equation 3: HC' = ~(~HC + ~m + m').
 */
static inline uint16_t
cksum_apply(uint16_t cksum, uint64_t diff)
{
	return (uint16_t)~cksum_fold((uint16_t)~cksum + diff);
}

/*
 * cksum_apply_udp() - The same for UDP, where zero means "no checksum"
 * (RFC 768): such a field stays, and a sum that comes out as zero is sent as
 * 0xffff.
 */
static inline uint16_t
cksum_apply_udp(uint16_t cksum, uint64_t diff)
{
	uint16_t sum;

	if (cksum == 0)
		return 0;
	sum = cksum_apply(cksum, diff);
	return sum == 0 ? 0xffff : sum;
}

/*
 * cksum_apply_partial() - Put a difference into a partial checksum
 *
 * The field holds the folded pseudo-header sum, not complemented; hardware or
 * kernel adds the rest.  Only addresses belong into @diff: ports are summed
 * later.
 */
static inline uint16_t
cksum_apply_partial(uint16_t sum, uint64_t diff)
{
	return cksum_fold(sum + diff);
}

/* cksum_update16(), cksum_update32() - One field of a complemented sum. */
static inline uint16_t
cksum_update16(uint16_t cksum, uint16_t from, uint16_t to)
{
	return cksum_apply(cksum, cksum_diff16(0, from, to));
}

static inline uint16_t
cksum_update32(uint16_t cksum, uint32_t from, uint32_t to)
{
	return cksum_apply(cksum, cksum_diff32(0, from, to));
}

#endif
