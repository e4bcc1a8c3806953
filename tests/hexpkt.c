/* SPDX-License-Identifier: ISC */
/*
 * Packets written as text.
 */
#include "tests/hexpkt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 16

uint32_t
sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
		if (sum > 0xffff)
			sum = (sum & 0xffff) + 1;
	}
	return sum;
}

void
sctp_sum(const uint8_t *p, size_t len, uint8_t sum[4])
{
	uint32_t crc = UINT32_MAX;
	size_t i, bit;

	for (i = 0; i < len; i++) {
		crc ^= i >= 8 && i < 12 ? 0 : p[i]; /* RFC 9260 6.8 */
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	for (i = 0; i < 4; i++)
		sum[i] = (uint8_t)(~crc >> 8 * i);
}

static uint32_t
sctp_wrong(const uint8_t *p, size_t len)
{
	uint8_t s[4];

	sctp_sum(p, len, s);
	return (uint32_t)((s[0] ^ p[8] ^ s[2] ^ p[10]) << 8 |
	    (s[1] ^ p[9] ^ s[3] ^ p[11]));
}

uint32_t
l4_sum(const uint8_t *pkt, size_t len, size_t off, uint8_t proto)
{
	uint8_t tail[4] = { (uint8_t)((len - off) >> 8), (uint8_t)(len - off),
		0, proto };
	uint32_t sum;

	if (proto == 132)
		return 0xffff - sctp_wrong(pkt + off, len - off);
	sum = pkt[0] >> 4 == 4 ? sum16(0, pkt + 12, 8) : sum16(0, pkt + 8, 32);
	sum = sum16(sum, tail, sizeof(tail));
	return sum16(sum, pkt + off, len - off);
}

static void
bad(const char *text)
{
	fprintf(stderr, "no packet: %s\n", text);
	exit(EXIT_FAILURE);
}

static int
digit(const char *text, char c)
{
	if (!isxdigit((unsigned char)c))
		bad(text);
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void
put(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* fill() - One field, now that all bytes are there. */
static void
fill(uint8_t *buf, size_t len, char kind, size_t at)
{
	switch (kind) {
	case 'L':
		put(buf + at, len - (at - 2));
		break;
	case 'M':
		put(buf + at, len - (at - 4) - 40);
		break;
	case 'S':
		put(buf + at, ~sum16(0, buf + at - 10,
		    (buf[at - 10] & 15) * 4u) & 0xffff);
		break;
	case 'C':
		put(buf + at, ~sum16(0, buf + at - 2, len - (at - 2)) & 0xffff);
		break;
	case 'K':
		put(buf + at, ~l4_sum(buf, len, at - 2, 58) & 0xffff);
		break;
	case 'T':
		put(buf + at, ~l4_sum(buf, len, at - 16, 6) & 0xffff);
		break;
	case 'U':
		put(buf + at, ~l4_sum(buf, len, at - 6, 17) & 0xffff);
		break;
	}
}

size_t
hexpkt(uint8_t *buf, size_t size, const char *text)
{
	/* lengths first, inner sums before outer ones */
	static const char order[] = "LMSUTCK";
	struct { char kind; size_t at; } f[FIELDS_MAX];
	size_t len = 0, end = 0, n = 0, i, j, zeros;
	const char *s;

	for (s = text; *s != '\0'; s++) {
		if (*s == ' ')
			continue;
		if (*s == 'X') {
			end = len;
			continue;
		}
		zeros = 0;
		if (*s == 'Z') {
			zeros = (size_t)digit(text, s[1]) * 16;
			zeros += (size_t)digit(text, s[2]);
			s += 2;
		} else if (strchr(order, *s) != NULL) {
			if (n == FIELDS_MAX)
				bad(text);
			f[n].kind = *s;
			f[n++].at = len;
			zeros = 2;
		}
		if (len + zeros + 1 > size)
			bad(text);
		if (zeros == 0) {
			buf[len++] = (uint8_t)(digit(text, s[0]) * 16 +
			    digit(text, s[1]));
			s++;
			continue;
		}
		memset(buf + len, 0, zeros);
		len += zeros;
	}
	for (i = 0; order[i] != '\0'; i++)
		for (j = n; j-- > 0;)
			if (f[j].kind == order[i])
				fill(buf, len, f[j].kind, f[j].at);
	return end != 0 ? end : len;
}
