/* SPDX-License-Identifier: ISC */
/*
 * Numbers in packets: unaligned, in network order; and Internet checksums
 * over many bytes.
 *
 * wire_raw*() and wire_put_raw*() keep network order (addresses, ports as
 * struct tuple has them); wire_get*() and wire_put*() speak host order.  The
 * caller has checked the length.
 *
 * A sum here is an unfolded ones'-complement sum of 16-bit words in the
 * order they have in memory; so it needs no swapping (RFC 1071, 2B).  What
 * is done with it, and with differences, is in engine/fast/cksum.h.
 */
#ifndef ENGINE_WIRE_H
#define ENGINE_WIRE_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/fast/cksum.h"

static inline uint16_t
wire_raw16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
wire_raw32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t
wire_raw64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
wire_put_raw16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
wire_put_raw32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline uint16_t
wire_get16(const void *p)
{
	return be16toh(wire_raw16(p));
}

static inline uint32_t
wire_get32(const void *p)
{
	return be32toh(wire_raw32(p));
}

static inline void
wire_put16(void *p, uint16_t v)
{
	wire_put_raw16(p, htobe16(v));
}

static inline void
wire_put32(void *p, uint32_t v)
{
	wire_put_raw32(p, htobe32(v));
}

/*
 * wire_change16(), wire_change32() - Store, and return the difference that
 * it makes for a sum around it
 *
 * All ones, which are a zero too, are added, so that a difference is zero
 * only if nothing changed (0xffff to 0 would come out as that).
 */
static inline uint64_t
wire_change16(void *p, uint16_t to)
{
	uint16_t from = wire_raw16(p);

	if (from == to)
		return 0;
	wire_put_raw16(p, to);
	return cksum_diff16(0xffff, from, to);
}

static inline uint64_t
wire_change32(void *p, uint32_t to)
{
	uint32_t from = wire_raw32(p);

	if (from == to)
		return 0;
	wire_put_raw32(p, to);
	return cksum_diff32(0xffffffff, from, to);
}

/*
 * wire_carry() - Carry a difference into a complemented sum
 *
 * Return: the difference that this makes itself, for a sum around it.
 */
static inline uint64_t
wire_carry(void *p, uint64_t diff)
{
	if (diff == 0)
		return 0;
	return wire_change16(p, cksum_apply(wire_raw16(p), diff));
}

/*
 * wire_sum() - Add @len bytes to a sum
 *
 * The bytes begin at an even place of the summed data; an odd last byte is
 * filled up with zero (RFC 1071).
 */
uint64_t wire_sum(uint64_t sum, const void *p, size_t len);

/*
 * wire_sum_pseudo() - Sum of a pseudo-header
 * @src, @dst: the addresses in the packet, 4 or 16 bytes each
 * @len: bytes of layer 4
 *
 * RFC 793 3.1 and RFC 8200 8.1; the families differ in the addresses only,
 * as zeros do not count.
 */
uint64_t wire_sum_pseudo(const void *src, const void *dst, size_t addrlen,
    uint8_t proto, uint32_t len);

/*
 * wire_cksum_off() - Place of the checksum in a layer 4 header that sums a
 * pseudo-header too, or -1
 */
static inline int
wire_cksum_off(uint8_t proto)
{
	switch (proto) {
	case 6:	  /* TCP */
		return 16;
	case 17:  /* UDP */
	case 33:  /* DCCP, RFC 4340 9.1 */
	case 136: /* UDP-Lite, RFC 3828 3.1 */
		return 6;
	case 58:  /* ICMPv6, RFC 4443 2.3 */
		return 2;
	}
	return -1;
}

#endif
