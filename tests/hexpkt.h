/* SPDX-License-Identifier: ISC */
/*
 * Packets written as text, for tables of test cases.
 *
 * Pairs of hex digits are bytes; spaces do not count.  Capital letters are
 * fields that are worked out, here and not by the code under test:
 *
 *	L  2 bytes: total length of the IPv4 header that began 2 bytes before,
 *	   to the end of the text
 *	S  2 bytes: sum of the IPv4 header that began 10 bytes before
 *	M  2 bytes: payload length of the IPv6 header that began 4 before
 *	C  2 bytes: sum of all from 2 bytes before to the end (ICMP)
 *	K  2 bytes: the same with the pseudo-header of the IPv6 header at the
 *	   beginning of the text (ICMPv6)
 *	T, U  2 bytes: sum of TCP (16 bytes into it) and UDP (6 bytes), with
 *	   the pseudo-header of the IP header at the beginning, which has
 *	   no options
 *	Znn  nn (hex) bytes of zero
 *	X  what follows is not there: lengths and sums count it, the packet
 *	   ends here
 */
#ifndef TESTS_HEXPKT_H
#define TESTS_HEXPKT_H

#include <stddef.h>
#include <stdint.h>

/*
 * hexpkt() - Text to bytes
 * Return: the length; a wrong text ends the program.
 */
size_t hexpkt(uint8_t *buf, size_t size, const char *text);

/* sum16() - Ones'-complement sum of bytes, the plain way; not complemented. */
uint32_t sum16(uint32_t sum, const uint8_t *p, size_t len);

/* sctp_sum() - The CRC32c of an SCTP packet, as it stands in it. */
void sctp_sum(const uint8_t *p, size_t len, uint8_t sum[4]);

/*
 * l4_sum() - What the layer 4 bytes at @off and the pseudo-header add up to
 * Return: 0xffff if the checksum in the packet is right.  Of SCTP: 0xffff less
 * the bits in which it is wrong, the upper ones folded onto the lower.
 */
uint32_t l4_sum(const uint8_t *pkt, size_t len, size_t off, uint8_t proto);

#endif
