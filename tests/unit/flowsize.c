/* SPDX-License-Identifier: ISC */
/*
 * Sizes and bytes: fragments, MTUs, checksums, what scrub and set change.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hexpkt.h"
#include "tests/scenario.h"

Suite *suite_flowsize(void);

#define NET(mtu) IF_LAN0("24") IF_WAN0("mtu " mtu " ")
#define NAT1(mtu) NET(mtu) \
	"nat on wan0 inet from 10.0.0.0/24 to any -> (wan0) port 60000\n" \
	"pass\n"
#define OUT "udp 10.0.0.2:1000 > 198.51.100.80:53 "

static struct harness h;
static struct pkt pk, piece[64];

static unsigned
be16_at(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
set16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Cut an IPv4 packet into pieces of @step bytes of payload. */
static unsigned
cut4(const struct pkt *whole, unsigned step)
{
	unsigned n = 0, off, len, left;

	for (off = 0; off < whole->len - 20; off += step, n++) {
		left = whole->len - 20 - off;
		len = left < step ? left : step;
		memcpy(piece[n].b, whole->b, 20);
		memcpy(piece[n].b + 20, whole->b + 20 + off, len);
		piece[n].len = 20 + len;
		set16(piece[n].b + 2, 20 + len);
		set16(piece[n].b + 6, (left > step ? 0x2000 : 0) | off / 8);
		set16(piece[n].b + 10, 0);
		set16(piece[n].b + 10, ~sum16(0, piece[n].b, 20) & 0xffff);
	}
	return n;
}

/* Put what came out together; every byte must come once. */
static void
join4(struct pkt *whole)
{
	static uint8_t seen[PKT_BYTES];
	const struct pkt *b;
	unsigned i, j, off, end = 0;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < h.nout; i++) {
		b = &h.out[i].b;
		off = (be16_at(b->b + 6) & 0x1fff) * 8;
		if (off == 0)
			memcpy(whole->b, b->b, 20);
		for (j = 0; j < b->len - 20; j++) {
			ck_assert_uint_eq(seen[off + j], 0);
			seen[off + j] = 1;
			whole->b[20 + off + j] = b->b[20 + j];
		}
		if ((be16_at(b->b + 6) & 0x2000) == 0)
			end = off + b->len - 20;
	}
	ck_assert_uint_gt(end, 0);
	for (j = 0; j < end; j++)
		ck_assert_uint_eq(seen[j], 1);
	whole->len = 20 + end;
	set16(whole->b + 2, whole->len);
	set16(whole->b + 6, 0);
	set16(whole->b + 10, 0);
	set16(whole->b + 10, ~sum16(0, whole->b, 20) & 0xffff);
}

START_TEST(test_df)
{
	harness_new(&h, NAT1("1280"));
	ck_in(&h, "lan0", OUT "len 1252",
	    "wan0 udp 198.51.100.1:60000 > 198.51.100.80:53 len 1252");
	harness_in(&h, "lan0", OUT "len 1253 df");
	ck_assert_int_eq(h.fate, FATE_DROP);
	ck_assert_int_eq(h.reason, REASON_TOOBIG);
	ck_assert_uint_eq(h.nout, 1);
	ck_assert_str_eq(h.out[0].iface, "lan0");
	ck_assert_uint_eq(h.out[0].b.b[20], 3);
	ck_assert_uint_eq(h.out[0].b.b[21], 4);
	ck_assert_uint_eq(be16_at(h.out[0].b.b + 26), 1280);
	harness_free(&h);
}
END_TEST

START_TEST(test_cut)
{
	char words[PKT_TEXT];

	harness_new(&h, NAT1("1280"));
	harness_in(&h, "lan0", OUT "len 3000");
	ck_assert_int_eq(h.fate, FATE_HELD);
	ck_assert_uint_eq(h.nout, 3);
	join4(&pk);
	ck_assert_str_eq(pkt_text(pk.b, pk.len, words),
	    "udp 198.51.100.1:60000 > 198.51.100.80:53 len 3000");
	ck_assert_ptr_null(pkt_sums(pk.b, pk.len));
	harness_free(&h);
}
END_TEST

START_TEST(test_toobig6)
{
	harness_new(&h, NET("1280") "pass\n");
	harness_in(&h, "lan0", "udp [2001:db8:1::2]:1 > [2001:db8:2::80]:5 "
	    "len 1300");
	ck_assert_int_eq(h.reason, REASON_TOOBIG);
	ck_assert_uint_eq(h.nout, 1);
	ck_assert_uint_eq(h.out[0].b.b[40], 2);
	ck_assert_uint_eq(be16_at(h.out[0].b.b + 46), 1280);
	ck_assert_uint_le(h.out[0].b.len, 1280);
	harness_free(&h);
}
END_TEST

/* Pieces in any order; the datagram is translated as one, and cut again. */
START_TEST(test_reassemble)
{
	static const unsigned order[] = { 2, 0, 3, 1 };
	char words[PKT_TEXT];
	struct engine_counters c;
	unsigned n, i;

	harness_new(&h, NAT1("1280"));
	pkt_read(&pk, OUT "len 3990");
	n = cut4(&pk, 1000);
	ck_assert_uint_eq(n, 4);
	for (i = 0; i < n - 1; i++) {
		ck_assert_str_eq(harness_packet(&h, "lan0",
		    &piece[order[i]]), "held");
	}
	harness_packet(&h, "lan0", &piece[order[i]]);
	ck_assert_uint_ge(h.nout, 4);
	join4(&pk);
	ck_assert_str_eq(pkt_text(pk.b, pk.len, words),
	    "udp 198.51.100.1:60000 > 198.51.100.80:53 len 3990");
	ck_assert_ptr_null(pkt_sums(pk.b, pk.len));
	engine_counters(h.engine, &c);
	ck_assert_uint_eq(c.in, 4);
	ck_assert_uint_eq(c.consumed, 3);
	ck_assert_uint_eq(c.forwarded, 1);
	harness_free(&h);
}
END_TEST

START_TEST(test_reassembly_timeout)
{
	harness_new(&h, NAT1("1280"));
	pkt_read(&pk, OUT "len 2000");
	cut4(&pk, 1000);
	ck_assert_str_eq(harness_packet(&h, "lan0", &piece[0]), "held");
	harness_wait(&h, 61000);
	ck_assert_uint_eq(harness_reason(&h, REASON_REASSTIME), 1);
	ck_assert_str_eq(harness_packet(&h, "lan0", &piece[1]), "held");
	harness_free(&h);
}
END_TEST

/* A full sum that is wrong stays wrong by the same amount. */
START_TEST(test_wrong_sum)
{
	uint32_t was, is;
	unsigned i;

	harness_new(&h, NAT1("1500"));
	for (i = 0; i < 2; i++) { /* the first packet, and an established one */
		struct packet p = { .ifidx = 1 }, *v[1] = { &p };

		pkt_read(&pk, OUT "len 9");
		pk.b[26] ^= 0x5a;
		was = l4_sum(pk.b, pk.len, 20, 17);
		p.data = pk.b;
		p.len = pk.len;
		engine_burst(h.worker, v, 1, h.now, h.wall);
		ck_assert_int_eq(p.fate, FATE_SEND);
		is = l4_sum(p.data, p.len, 20, 17);
		ck_assert_uint_eq(was % 0xffff, is % 0xffff);
		ck_assert_uint_ne(is, 0xffff);
	}
	harness_free(&h);
}
END_TEST

/* A partial sum is the pseudo-header's and follows the addresses only. */
START_TEST(test_partial_sum)
{
	uint8_t tail[4] = { 0, 0, 0, 17 };
	uint32_t want;
	unsigned i;

	harness_new(&h, NAT1("1500"));
	for (i = 0; i < 2; i++) {
		struct packet p = { .ifidx = 1, .csum = CSUM_PARTIAL };
		struct packet *v[1] = { &p };

		pkt_read(&pk, OUT "len 9");
		tail[1] = (uint8_t)(pk.len - 20);
		set16(pk.b + 26, sum16(sum16(0, pk.b + 12, 8), tail, 4));
		p.data = pk.b;
		p.len = pk.len;
		engine_burst(h.worker, v, 1, h.now, h.wall);
		ck_assert_int_eq(p.fate, FATE_SEND);
		ck_assert_int_eq(p.csum, CSUM_PARTIAL);
		want = sum16(sum16(0, pk.b + 12, 8), tail, 4);
		ck_assert_uint_eq(be16_at(pk.b + 26), want);
		ck_assert_uint_eq(be16_at(pk.b + 20), 60000);
	}
	harness_free(&h);
}
END_TEST

/* A UDP sum of zero means none, and stays. */
START_TEST(test_no_sum)
{
	unsigned i;

	harness_new(&h, NAT1("1500"));
	for (i = 0; i < 2; i++) {
		pkt_read(&pk, OUT "len 9");
		set16(pk.b + 26, 0);
		harness_packet(&h, "lan0", &pk);
		ck_assert_uint_eq(be16_at(h.out[0].b.b + 26), 0);
	}
	harness_free(&h);
}
END_TEST

/*
 * DCCP and UDP-Lite: ports that natd does not know, and a sum at byte 6 that
 * takes in the addresses (RFC 4340 9.1, RFC 3828 3.1).
 */
START_TEST(test_lesser)
{
	static const uint8_t protos[] = { 33, 136 };
	uint8_t proto = protos[_i];
	uint32_t was;
	unsigned i;

	harness_new(&h, NAT1("1500"));
	for (i = 0; i < 3; i++) { /* two go out, and one comes back */
		struct packet p = { .ifidx = 1 }, *v[1] = { &p };

		pkt_read(&pk, "gre 10.0.0.2 > 198.51.100.80 len 30");
		if (i == 2) {
			pkt_read(&pk, "gre 198.51.100.80 > 198.51.100.1 "
			    "len 30");
			p.ifidx = 2;
		}
		pk.b[9] = proto;
		set16(pk.b + 10, 0);
		set16(pk.b + 10, ~sum16(0, pk.b, 20) & 0xffff);
		was = l4_sum(pk.b, pk.len, 20, proto);
		p.data = pk.b;
		p.len = pk.len;
		engine_burst(h.worker, v, 1, h.now, h.wall);
		ck_assert_int_eq(p.fate, FATE_SEND);
		ck_assert_uint_eq(sum16(0, p.data, 20), 0xffff);
		ck_assert_msg(was % 0xffff == l4_sum(p.data, p.len, 20,
		    proto) % 0xffff, "protocol %u, packet %u", proto, i);
	}
	ck_assert_uint_eq(harness_states(&h), 2);
	harness_free(&h);
}
END_TEST

static unsigned
mss_of(const struct pkt *b)
{
	ck_assert_uint_eq(be16_at(b->b + 40), 0x0204);
	return be16_at(b->b + 42);
}

/* The harness checks the sums of all that comes out. */
START_TEST(test_scrub)
{
	const struct pkt *b;

	harness_new(&h, NET("1500")
	    "match in on lan0 inet scrub (no-df random-id min-ttl 20 "
	    "max-mss 1000)\n"
	    "match out on wan0 set tos 0x28\npass\n");
	b = &h.out[0].b;
	harness_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 1 "
	    "mss 1460 df ttl 5 ipid 77 tos 1");
	ck_assert_uint_eq(h.nout, 1);
	ck_assert_uint_eq(mss_of(b), 1000);
	ck_assert_uint_eq(b->b[8], 19);
	ck_assert_uint_eq(b->b[1], 0x29);
	ck_assert_uint_eq(be16_at(b->b + 6), 0);
	ck_assert_uint_ne(be16_at(b->b + 4), 77);
	/* the answer: its out half is where the scrub rule was made */
	harness_in(&h, "wan0", "tcp 198.51.100.80:80 > 10.0.0.2:1 SA seq 9 "
	    "ack 2 mss 1460 df ttl 5");
	ck_assert_uint_eq(h.nout, 1);
	ck_assert_uint_eq(mss_of(b), 1000);
	ck_assert_uint_eq(b->b[8], 19);
	/* and what follows */
	harness_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 2 "
	    "ack 10 df ttl 5 len 30");
	ck_assert_uint_eq(h.nout, 1);
	ck_assert_uint_eq(b->b[8], 19);
	ck_assert_uint_eq(b->b[1], 0x28);
	ck_assert_uint_eq(be16_at(b->b + 6), 0);
	harness_free(&h);
}
END_TEST

/* A train of segments is one packet; its segments must fit. */
START_TEST(test_train)
{
	struct packet p = { .ifidx = 1, .csum = CSUM_PARTIAL,
		.gso = GSO_TCP4, .gso_size = 1200 }, *v[1] = { &p };

	harness_new(&h, NAT1("1280"));
	ck_in(&h, "lan0", "tcp 10.0.0.2:1 > 198.51.100.80:80 S seq 1",
	    "wan0 tcp 198.51.100.1:60000 > 198.51.100.80:80 S seq 1 ack 0");
	ck_in(&h, "wan0", "tcp 198.51.100.80:80 > 198.51.100.1:60000 SA seq 9 "
	    "ack 2", "lan0 tcp 198.51.100.80:80 > 10.0.0.2:1 SA seq 9 ack 2");
	pkt_read(&pk, "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 2 ack 10 "
	    "len 30000 df");
	p.data = pk.b;
	p.len = pk.len;
	engine_burst(h.worker, v, 1, h.now, h.wall);
	ck_assert_int_eq(p.fate, FATE_SEND);
	ck_assert_int_eq(p.gso, GSO_TCP4);
	ck_assert_uint_eq(p.gso_size, 1200);

	pkt_read(&pk, "tcp 10.0.0.2:1 > 198.51.100.80:80 A seq 30002 ack 10 "
	    "len 30000 df");
	p.gso_size = 1400;
	engine_burst(h.worker, v, 1, h.now, h.wall);
	ck_assert_int_eq(p.fate, FATE_DROP);
	ck_assert_int_eq(p.reason, REASON_TOOBIG);
	ck_assert_ptr_nonnull(engine_made(h.worker));
	harness_free(&h);
}
END_TEST

/* Take over what the engine made: of identification @id. */
static void
gather(unsigned id)
{
	struct packet *p;
	unsigned n = 0;

	for (h.nout = 0; (p = engine_made(h.worker)) != NULL; n++) {
		ck_assert_uint_le(p->len, 1000);
		if (be16_at(p->data + 4) != id)
			continue;
		memcpy(h.out[h.nout].b.b, p->data, p->len);
		h.out[h.nout++].b.len = p->len;
	}
	ck_assert_uint_eq(n, 5);
}

/*
 * A train of UDP is datagrams, which are cut one by one where they may be.
 * _i: 0 sums are left to others, 1 there are none.
 */
START_TEST(test_train_udp)
{
	static const unsigned sizes[] = { 1200, 1200, 100 };
	struct packet p = { .ifidx = 1, .gso = GSO_UDP, .gso_size = 1200,
		.csum = _i == 1 ? CSUM_FULL : CSUM_PARTIAL }, *v[1] = { &p };
	char words[PKT_TEXT], want[PKT_TEXT];
	struct pkt train;
	unsigned i;

	harness_new(&h, NAT1("1000"));
	for (i = 0; i < 3; i++) {
		pkt_read(&train, "udp 10.0.0.2:1000 > 198.51.100.80:53 "
		    "len 2500 ipid 7");
		if (_i == 1)
			set16(train.b + 26, 0);
		p.data = train.b;
		p.len = train.len;
		engine_burst(h.worker, v, 1, h.now, h.wall);
		ck_assert_int_eq(p.fate, FATE_HELD);
		gather(7 + i);
		ck_assert_uint_eq(h.nout, sizes[i] > 972 ? 2 : 1);
		join4(&pk);
		snprintf(want, sizeof(want), "udp 198.51.100.1:60000 > "
		    "198.51.100.80:53 len %u", sizes[i]);
		ck_assert_str_eq(pkt_text(pk.b, pk.len, words), want);
		ck_assert_ptr_null(pkt_sums(pk.b, pk.len));
		ck_assert_int_eq(be16_at(pk.b + 26) == 0, _i == 1);
	}
	harness_free(&h);
}
END_TEST

Suite *
suite_flowsize(void)
{
	Suite *s = suite_create("flowsize");
	TCase *tc = tcase_create("sizes");

	tcase_add_test(tc, test_df);
	tcase_add_test(tc, test_cut);
	tcase_add_test(tc, test_toobig6);
	tcase_add_test(tc, test_reassemble);
	tcase_add_test(tc, test_reassembly_timeout);
	tcase_add_test(tc, test_wrong_sum);
	tcase_add_test(tc, test_partial_sum);
	tcase_add_test(tc, test_no_sum);
	tcase_add_loop_test(tc, test_lesser, 0, 2);
	tcase_add_test(tc, test_scrub);
	tcase_add_test(tc, test_train);
	tcase_add_loop_test(tc, test_train_udp, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
