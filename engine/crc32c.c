/* SPDX-License-Identifier: ISC */
/*
 * CRC32c, four bits at a time: few packets need it, and none in a hurry.
 */
#include "engine/crc32c.h"

#include <endian.h>
#include <string.h>

/* table[i]: four bits of i, reflected, by the polynomial 0x1edc6f41. */
static const uint32_t table[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
	0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t
byte(uint32_t crc, uint8_t b)
{
	crc ^= b;
	crc = crc >> 4 ^ table[crc & 15];
	return crc >> 4 ^ table[crc & 15];
}

uint32_t
crc32c_change(uint32_t diff, uint32_t len)
{
	uint8_t b[4];
	uint32_t crc = 0, i;

	memcpy(b, &diff, sizeof(b));
	for (i = 0; i < len; i++)
		crc = byte(crc, i < sizeof(b) ? b[i] : 0);
	return htole32(crc);
}
