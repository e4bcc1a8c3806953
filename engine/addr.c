/* SPDX-License-Identifier: ISC */
/*
 * Comparing and masking addresses.
 */
#include "engine/addr.h"

#include <arpa/inet.h>

#include <string.h>

int
addr_cmp(const struct addr *a, const struct addr *b, uint8_t af)
{
	return memcmp(a->b, b->b, af == AF_INET ? 4 : 16);
}

void
addr_mask(struct addr *mask, unsigned plen)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		unsigned n = plen > 32 ? 32 : plen;

		mask->w[i] = n == 0 ? 0 : htonl(UINT32_MAX << (32 - n));
		plen -= n;
	}
}

void
addr_apply_plen(struct addr *a, unsigned plen)
{
	struct addr mask;
	unsigned i;

	addr_mask(&mask, plen);
	for (i = 0; i < 4; i++)
		a->w[i] &= mask.w[i];
}

void
addr_set_host(struct addr *a, unsigned plen, uint8_t af)
{
	struct addr mask;
	unsigned i;

	addr_mask(&mask, plen);
	for (i = 0; i < (af == AF_INET ? 1u : 4u); i++)
		a->w[i] |= ~mask.w[i];
}

bool
addr_in_prefix(const struct addr *a, const struct addr *net, unsigned plen)
{
	struct addr mask;
	uint32_t diff = 0;
	unsigned i;

	addr_mask(&mask, plen);
	for (i = 0; i < 4; i++)
		diff |= (a->w[i] ^ net->w[i]) & mask.w[i];
	return diff == 0;
}

bool
addr_in_range(const struct addr *a, const struct addr *lo,
    const struct addr *hi, uint8_t af)
{
	return addr_cmp(lo, a, af) <= 0 && addr_cmp(a, hi, af) <= 0;
}
