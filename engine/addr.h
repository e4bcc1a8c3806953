/* SPDX-License-Identifier: ISC */
/*
 * Addresses of both families in one type, and prefixes of them.
 *
 * An IPv4 address lies in w[0], in network byte order, and the other words
 * are zero; so two addresses of one family are equal when all four words are.
 * The family stands beside an address as a uint8_t: AF_INET, AF_INET6, or 0
 * for "either" or "none".  A prefix length counts bits of the family: 0 to 32
 * or 0 to 128.
 */
#ifndef ENGINE_ADDR_H
#define ENGINE_ADDR_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct addr {
	union {
		uint8_t b[16];
		uint16_t h[8];
		uint32_t w[4];
	};
};

/* addr_bits() - Bits of an address of family @af: 32, or 128 for all else. */
static inline unsigned
addr_bits(uint8_t af)
{
	return af == AF_INET ? 32 : 128;
}

/* addr_equal() - Are all 128 bits of two addresses the same? */
static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* addr_is_linklocal() - Of fe80::/10, that is, one for each link? */
static inline bool
addr_is_linklocal(uint8_t af, const struct addr *a)
{
	return af == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* addr_is_zero() - Is this 0.0.0.0 or ::? */
static inline bool
addr_is_zero(const struct addr *a)
{
	return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

/*
 * addr_cmp() - Order of two addresses of family @af, as numbers
 *
 * Return: below, equal to or above 0, as with memcmp(3).
 */
int addr_cmp(const struct addr *a, const struct addr *b, uint8_t af);

/* addr_mask() - The netmask of @plen leading ones; @plen is at most 128. */
void addr_mask(struct addr *mask, unsigned plen);

/* addr_apply_plen() - Clear the host bits of @a behind the prefix. */
void addr_apply_plen(struct addr *a, unsigned plen);

/* addr_set_host() - Set the host bits of @a: the last address of a prefix. */
void addr_set_host(struct addr *a, unsigned plen, uint8_t af);

/* addr_in_prefix() - Is @a in @net/@plen?  Host bits of @net do not count. */
bool addr_in_prefix(const struct addr *a, const struct addr *net,
    unsigned plen);

/* addr_in_range() - Is @lo <= @a <= @hi, all of family @af? */
bool addr_in_range(const struct addr *a, const struct addr *lo,
    const struct addr *hi, uint8_t af);

#endif
