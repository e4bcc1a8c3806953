/* SPDX-License-Identifier: ISC */
/*
 * Internet checksums over many bytes.
 */
#include "engine/wire.h"

uint64_t
wire_sum(uint64_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t more = 0;

	for (; len >= 16; p += 16, len -= 16) {
		sum += (uint64_t)wire_raw32(p) + wire_raw32(p + 4);
		more += (uint64_t)wire_raw32(p + 8) + wire_raw32(p + 12);
	}
	for (; len >= 4; p += 4, len -= 4)
		sum += wire_raw32(p);
	if (len > 0) {
		uint8_t rest[4] = { 0 };

		memcpy(rest, p, len);
		sum += wire_raw32(rest);
	}
	return sum + more;
}

uint64_t
wire_sum_pseudo(const void *src, const void *dst, size_t addrlen,
    uint8_t proto, uint32_t len)
{
	uint64_t sum;

	sum = wire_sum(0, src, addrlen);
	sum = wire_sum(sum, dst, addrlen);
	return sum + htobe32(len) + htobe32(proto);
}
