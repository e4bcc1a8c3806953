/* SPDX-License-Identifier: ISC */
/*
 * SCTP's checksum (RFC 9260 6.8, appendix A): a CRC32c over the whole packet,
 * which does not cover the addresses.
 */
#ifndef ENGINE_CRC32C_H
#define ENGINE_CRC32C_H

#include <stdint.h>

#define SCTP_HLEN 12
#define SCTP_CKSUM 8 /* offset of the checksum, 4 bytes */

/*
 * crc32c_change() - What a change of a packet's first four bytes does to it
 * @diff: the bytes before XOR the bytes after, as they lie in memory
 * @len: bytes of the packet, from its SCTP header
 *
 * A CRC is linear: so a wrong one stays wrong.  Costs some ns for each byte.
 *
 * Return: what to XOR into the checksum, as it lies in memory.
 */
uint32_t crc32c_change(uint32_t diff, uint32_t len);

#endif
