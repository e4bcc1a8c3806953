/* SPDX-License-Identifier: ISC */
/*
 * The virtio-net header: what a device says of a packet, and what is said
 * back to it.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/io/vnet.h"

enum shape { TCP4, TCP4_CWR, UDP4, TCP6, UDP6_EXT, ICMP4, GRE_UDP4, JUNK };

/* Headers of 20 to 68 bytes, then payload up to @len. */
static uint32_t
make(uint8_t *b, enum shape shape, uint32_t len)
{
	memset(b, 0, len);
	b[0] = 0x45;
	b[9] = IPPROTO_TCP;
	b[20 + 12] = 0x50;
	switch (shape) {
	case TCP4_CWR:
		b[20 + 13] = 0x80;
		break;
	case UDP4:
		b[9] = IPPROTO_UDP;
		break;
	case TCP6:
		b[0] = 0x60;
		b[6] = IPPROTO_TCP;
		b[40 + 12] = 0x80;
		break;
	case UDP6_EXT:
		b[0] = 0x60;
		b[6] = IPPROTO_DSTOPTS;
		b[40] = IPPROTO_UDP;
		b[41] = 1;
		break;
	case ICMP4:
		b[9] = IPPROTO_ICMP;
		break;
	case GRE_UDP4:
		b[9] = IPPROTO_GRE;
		break;
	case JUNK:
		b[0] = 0xf0;
		break;
	default:
		break;
	}
	return len;
}

#define CSUM VIRTIO_NET_HDR_F_NEEDS_CSUM
#define VALID VIRTIO_NET_HDR_F_DATA_VALID

/* What comes in, how the engine sees it, and what goes out unchanged. */
static const struct {
	const char *what;
	enum shape shape;
	uint32_t len;
	uint8_t flags, type;
	uint16_t size, start, offset;
	int error;
	uint8_t csum, gso;
	uint16_t hdr_len;	/* out, for super-packets */
} trips[] = {
	{ "plain", TCP4, 100, 0, 0, 0, 0, 0, 0, CSUM_FULL, GSO_NONE, 0 },
	{ "checked", TCP4, 100, VALID, 0, 0, 0, 0, 0, CSUM_FULL, 0, 0 },
	{ "partial TCP", TCP4, 100, CSUM, 0, 0, 20, 16, 0, CSUM_PARTIAL, 0, 0 },
	{ "partial UDP", UDP4, 100, CSUM, 0, 0, 20, 6, 0, CSUM_PARTIAL, 0, 0 },
	{ "partial UDP behind options of IPv6", UDP6_EXT, 100, CSUM, 0, 0, 56,
	    6, 0, CSUM_PARTIAL, 0, 0 },
	{ "train of TCP", TCP4, 9000, CSUM, 1, 1460, 20, 16, 0, CSUM_PARTIAL,
	    GSO_TCP4, 40 },
	{ "train of TCP, window reduced", TCP4_CWR, 9000, CSUM, 0x81, 1460,
	    20, 16, 0, CSUM_PARTIAL, GSO_TCP4, 40 },
	{ "train of TCP over IPv6", TCP6, 9000, CSUM, 4, 1440, 40, 16, 0,
	    CSUM_PARTIAL, GSO_TCP6, 72 },
	{ "train of UDP", UDP4, 9000, CSUM, 5, 1200, 20, 6, 0, CSUM_PARTIAL,
	    GSO_UDP, 28 },
	{ "UFO was never asked for", UDP4, 9000, CSUM, 3, 1200, 20, 6, -EINVAL,
	    0, 0, 0 },
	{ "train without partial checksum", TCP4, 9000, 0, 1, 1460, 0, 0,
	    -EINVAL, 0, 0, 0 },
	{ "train of size 0", TCP4, 9000, CSUM, 1, 0, 20, 16, -EINVAL, 0, 0, 0 },
	{ "train of the other family", TCP6, 9000, CSUM, 1, 1440, 40, 16,
	    -EINVAL, 0, 0, 0 },
	{ "train of something else", ICMP4, 9000, CSUM, 1, 1440, 20, 16,
	    -EINVAL, 0, 0, 0 },
	{ "sum behind the end", TCP4, 60, CSUM, 0, 0, 20, 39, -EINVAL, 0, 0,
	    0 },
	{ "sum across the end", TCP4, 60, CSUM, 0, 0, 20, 39, -EINVAL, 0, 0,
	    0 },
	{ "far behind the end", TCP4, 60, CSUM, 0, 0, 65535, 65535, -EINVAL,
	    0, 0, 0 },
	{ "no packet at all", TCP4, 0, 0, 0, 0, 0, 0, -EINVAL, 0, 0, 0 },
	{ "no IP", JUNK, 60, 0, 0, 0, 0, 0, 0, CSUM_FULL, 0, 0 },
};

START_TEST(test_trip)
{
	static uint8_t buf[65536];
	struct packet p = { .data = buf };
	struct virtio_net_hdr in = { 0 }, out;
	const char *what = trips[_i].what;

	p.len = make(buf, trips[_i].shape, trips[_i].len);
	in.flags = trips[_i].flags;
	in.gso_type = trips[_i].type;
	in.gso_size = trips[_i].size;
	in.csum_start = trips[_i].start;
	in.csum_offset = trips[_i].offset;
	ck_assert_msg(vnet_decode(&in, &p) == trips[_i].error, "%s", what);
	if (trips[_i].error != 0)
		return;
	ck_assert_msg(p.csum == trips[_i].csum && p.gso == trips[_i].gso,
	    "%s: csum %u gso %u", what, p.csum, p.gso);
	ck_assert_msg(vnet_encode(&out, &p) == 0, "%s", what);
	if (trips[_i].flags == VALID)
		in.flags = 0;
	in.hdr_len = trips[_i].hdr_len;
	ck_assert_msg(memcmp(&in, &out, sizeof(in)) == 0, "%s", what);
}
END_TEST

/* A sum of a tunnel's inside is finished: RFC 1071's own example. */
START_TEST(test_finish)
{
	static const uint8_t bytes[] = {
		0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7,
	};
	uint8_t buf[60];
	struct packet p = { .data = buf };
	struct virtio_net_hdr h = {
		.flags = CSUM, .csum_start = 50, .csum_offset = 8,
	};

	p.len = make(buf, GRE_UDP4, sizeof(buf));
	memcpy(buf + 50, bytes, sizeof(bytes));
	ck_assert_int_eq(vnet_decode(&h, &p), 0);
	ck_assert_uint_eq(p.csum, CSUM_FULL);
	/* the sum is ddf2; its complement is what stands in the field */
	ck_assert_uint_eq(buf[58], 0x22);
	ck_assert_uint_eq(buf[59], 0x0d);
}
END_TEST

/* What is left of a train may fit one segment. */
START_TEST(test_short_train)
{
	uint8_t buf[200];
	struct virtio_net_hdr h;
	struct packet p = {
		.data = buf, .csum = CSUM_PARTIAL, .gso = GSO_TCP4,
		.gso_size = 1000,
	};

	p.len = make(buf, TCP4, sizeof(buf));
	ck_assert_int_eq(vnet_encode(&h, &p), 0);
	ck_assert_uint_eq(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	ck_assert_uint_eq(h.flags, CSUM);
}
END_TEST

static const struct {
	const char *what;
	enum shape shape;
	uint32_t len;
	uint8_t csum, gso;
} refused[] = {
	{ "train with a whole sum", TCP4, 9000, CSUM_FULL, GSO_TCP4 },
	{ "partial ICMP", ICMP4, 100, CSUM_PARTIAL, GSO_NONE },
	{ "partial, no IP", JUNK, 100, CSUM_PARTIAL, GSO_NONE },
	{ "partial, cut off", TCP4, 30, CSUM_PARTIAL, GSO_NONE },
	{ "TCP as a train of UDP", TCP4, 9000, CSUM_PARTIAL, GSO_UDP },
	{ "UDP as a train of TCP", UDP4, 9000, CSUM_PARTIAL, GSO_TCP4 },
};

START_TEST(test_refused)
{
	static uint8_t buf[65536];
	struct virtio_net_hdr h;
	struct packet p = {
		.data = buf, .csum = refused[_i].csum, .gso = refused[_i].gso,
		.gso_size = 1000,
	};

	make(buf, refused[_i].shape, 9000);
	p.len = refused[_i].len;
	ck_assert_msg(vnet_encode(&h, &p) == -EINVAL, "%s", refused[_i].what);
}
END_TEST

Suite *suite_vnet(void);

Suite *
suite_vnet(void)
{
	Suite *s = suite_create("vnet");
	TCase *tc = tcase_create("vnet");

	tcase_add_loop_test(tc, test_trip, 0,
	    sizeof(trips) / sizeof(trips[0]));
	tcase_add_test(tc, test_finish);
	tcase_add_test(tc, test_short_train);
	tcase_add_loop_test(tc, test_refused, 0,
	    sizeof(refused) / sizeof(refused[0]));
	suite_add_tcase(s, tc);
	return s;
}
