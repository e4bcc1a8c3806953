/* SPDX-License-Identifier: ISC */
/*
 * Layer 4 for offloads: where it is, and its sum.
 */
#include "engine/io/l4.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define EXT_MAX 8	/* extension headers walked, as in pdesc */
#define TCP_CSUM_OFF 16	/* RFC 9293 3.1 */
#define UDP_CSUM_OFF 6	/* RFC 768 */

/* One step over an IPv6 extension header; false at the last. */
static bool
ext_step(const struct packet *p, struct l4 *l)
{
	const uint8_t *h = p->data + l->off;

	switch (l->proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (p->len - l->off < 8)
			return false;
		l->proto = h[0];
		l->off += ((uint32_t)h[1] + 1) * 8;
		return l->off < p->len;
	default:
		return false;
	}
}

int
l4_find(const struct packet *p, struct l4 *l)
{
	unsigned i;

	if (p->len < 20)
		return -EINVAL;
	if (p->data[0] >> 4 == 4) {
		l->proto = p->data[9];
		l->off = (p->data[0] & 0x0fu) * 4;
	} else if (p->data[0] >> 4 == 6 && p->len >= 40) {
		l->proto = p->data[6];
		l->off = 40;
		for (i = 0; i < EXT_MAX && ext_step(p, l); i++)
			;
	} else {
		return -EINVAL;
	}
	if (l->off < 20 || l->off > p->len)
		return -EINVAL;
	if (l->proto == IPPROTO_UDP) {
		l->csum_off = UDP_CSUM_OFF;
		l->hdrlen = 8;
	} else if (l->proto == IPPROTO_TCP && p->len - l->off >= 20) {
		l->csum_off = TCP_CSUM_OFF;
		l->hdrlen = (uint16_t)((p->data[l->off + 12] >> 4) * 4);
	} else {
		return -EINVAL;
	}
	return p->len - l->off >= l->hdrlen ? 0 : -EINVAL;
}

/* The sum of bytes as 32-bit words of this machine; its order is its own. */
static uint64_t
sum_words(const uint8_t *p, uint32_t len)
{
	uint64_t sum = 0;
	uint32_t i, word;
	uint16_t half;

	for (i = 0; i + 4 <= len; i += 4) {
		memcpy(&word, p + i, sizeof(word));
		sum += word;
	}
	if (i + 2 <= len) {
		memcpy(&half, p + i, sizeof(half));
		sum += half;
		i += 2;
	}
	if (i < len) {
		half = 0;
		memcpy(&half, p + i, 1);
		sum += half;
	}
	return sum;
}

/* RFC 1071 2 (B): the sum is the same in any byte order. */
void
l4_finish(struct packet *p, uint32_t start, uint32_t at)
{
	uint64_t sum = sum_words(p->data + start, p->len - start);
	uint16_t field;

	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	field = (uint16_t)~sum;
	if (field == 0)
		field = 0xffff; /* means the same; 0 would be "none" in UDP */
	memcpy(p->data + at, &field, sizeof(field));
}
