/* SPDX-License-Identifier: ISC */
/*
 * Capture files as an interface.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pcap/pcap.h>

#include "engine/io/io.h"
#include "engine/io/linktype.h"

static char path_in[] = "/tmp/check-pcap-in.XXXXXX";
static char path_out[] = "/tmp/check-pcap-out.XXXXXX";

static void
setup(void)
{
	close(mkstemp(path_in));
	close(mkstemp(path_out));
}

static void
teardown(void)
{
	unlink(path_in);
	unlink(path_out);
}

/* Frames of Ethernet: IPv4 with @len bytes, or ARP where it is 0. */
static const struct {
	uint64_t usec;
	uint32_t len;
} frames[] = {
	{ 5000000, 40 }, { 5000900, 41 }, { 5000950, 0 }, { 5001000, 42 },
	{ 7000000, 43 },
};

static void
write_capture(void)
{
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *d = pcap_dump_open(dead, path_in);
	uint8_t frame[100];
	struct pcap_pkthdr h;
	size_t i;

	ck_assert_ptr_nonnull(d);
	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		memset(frame, 0, sizeof(frame));
		frame[12] = 8;
		frame[13] = frames[i].len == 0 ? 6 : 0;
		frame[14] = 0x45;
		h.ts.tv_sec = (time_t)(frames[i].usec / 1000000);
		h.ts.tv_usec = (suseconds_t)(frames[i].usec % 1000000);
		h.caplen = h.len = 14 + frames[i].len;
		pcap_dump((u_char *)d, &h, frame);
	}
	pcap_dump_close(d);
	pcap_close(dead);
}

static void
check_written(uint64_t usec, uint32_t len)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path_out, err);
	struct pcap_pkthdr *h;
	const uint8_t *b;

	ck_assert_msg(p != NULL, "%s", err);
	ck_assert_int_eq(pcap_datalink(p), DLT_RAW);
	ck_assert_int_eq(pcap_next_ex(p, &h, &b), 1);
	ck_assert_uint_eq((uint64_t)h->ts.tv_sec * 1000000 +
	    (uint64_t)h->ts.tv_usec, usec);
	ck_assert_uint_eq(h->caplen, len);
	ck_assert_uint_eq(b[0], 0x45);
	ck_assert_int_eq(pcap_next_ex(p, &h, &b), PCAP_ERROR_BREAK);
	pcap_close(p);
}

START_TEST(test_replay)
{
	uint64_t clock = 0, now = 0, when;
	struct io_config cfg = {
		.name = "lan0", .ifidx = 3, .queues = 1,
		.read_path = path_in, .write_path = path_out, .clock = &clock,
	};
	struct packet *pkts[BURST_MAX];
	struct io_counters c;
	struct io_port *p;
	char why[256];

	write_capture();
	ck_assert_msg(io_pcap.open(&cfg, &p, why, sizeof(why)) == 0, "%s",
	    why);
	ck_assert_int_eq(io_pcap.fd(p, 0), -1);
	ck_assert_int_eq(io_pcap.peek(p, 0, &when), 0);
	ck_assert_uint_eq(when, 5000000);
	/* one millisecond, whatever stands between */
	ck_assert_int_eq(io_pcap.rx(p, 0, pkts, BURST_MAX, &now), 2);
	ck_assert_uint_eq(now, 5000);
	ck_assert_uint_eq(pkts[0]->len, 40);
	ck_assert_uint_eq(pkts[1]->len, 41);
	ck_assert_uint_eq(pkts[1]->ifidx, 3);
	ck_assert_uint_eq(pkts[1]->data[0], 0x45);
	ck_assert_int_eq(io_pcap.rx(p, 0, pkts, 1, &now), 1);
	ck_assert_uint_eq(now, 5001);
	clock = 1234567;
	ck_assert_int_eq(io_pcap.tx(p, 0, pkts, 1), 1);
	ck_assert_int_eq(io_pcap.rx(p, 0, pkts, BURST_MAX, &now), 1);
	ck_assert_uint_eq(now, 7000);
	ck_assert_int_eq(io_pcap.rx(p, 0, pkts, BURST_MAX, &now), -ENODATA);
	ck_assert_int_eq(io_pcap.peek(p, 0, &when), -ENODATA);
	io_port_counters(p, &c);
	ck_assert_uint_eq(c.rx_packets, 4);
	ck_assert_uint_eq(c.rx_bytes, 40 + 41 + 42 + 43);
	ck_assert_uint_eq(c.rx_errors, 1);
	ck_assert_uint_eq(c.tx_packets, 1);
	io_pcap.close(p);
	check_written(1234567, 42);
}
END_TEST

START_TEST(test_missing)
{
	struct io_config cfg = {
		.name = "lan0", .queues = 1,
		.read_path = "/nonexistent/x.pcap",
	};
	struct io_port *p = NULL;
	char why[256] = "";

	ck_assert_int_lt(io_pcap.open(&cfg, &p, why, sizeof(why)), 0);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(strstr(why, "/nonexistent/x.pcap"));
}
END_TEST

static const struct {
	const char *what;
	int dlt;
	uint8_t bytes[24];
	size_t len;
	int want;
} offsets[] = {
	{ "raw IPv4", DLT_RAW, { 0x45 }, 20, 0 },
	{ "raw IPv6", DLT_RAW, { 0x60 }, 20, 0 },
	{ "raw nothing", DLT_RAW, { 0x45 }, 0, -ENOMSG },
	{ "raw junk", DLT_RAW, { 0x15 }, 20, -ENOMSG },
	{ "Ethernet", DLT_EN10MB, { [12] = 8, [14] = 0x45 }, 24, 14 },
	{ "Ethernet, cut", DLT_EN10MB, { [12] = 8, [14] = 0x45 }, 14, -ENOMSG },
	{ "VLAN", DLT_EN10MB, { [12] = 0x81, [16] = 8, [18] = 0x45 }, 24, 18 },
	{ "VLAN, cut", DLT_EN10MB, { [12] = 0x81, [16] = 8, [18] = 0x45 }, 18,
	    -ENOMSG },
	{ "two VLANs", DLT_EN10MB, { [12] = 0x88, [13] = 0xa8, [16] = 0x81,
	    [20] = 0x86, [21] = 0xdd, [22] = 0x60 }, 24, 22 },
	{ "loopback", DLT_NULL, { 2, 0, 0, 0, 0x45 }, 24, 4 },
	{ "Linux cooked", DLT_LINUX_SLL, { [14] = 8, [16] = 0x45 }, 24, 16 },
	{ "a link not known", DLT_IEEE802_11, { 0x45 }, 20, -EPROTONOSUPPORT },
};

START_TEST(test_offset)
{
	ck_assert_msg(linktype_offset(offsets[_i].dlt, offsets[_i].bytes,
	    offsets[_i].len) == offsets[_i].want, "%s", offsets[_i].what);
}
END_TEST

Suite *suite_pcap_plane(void);

Suite *
suite_pcap_plane(void)
{
	Suite *s = suite_create("pcap_plane");
	TCase *tc = tcase_create("replay");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_replay);
	suite_add_tcase(s, tc);
	tc = tcase_create("links");
	tcase_add_test(tc, test_missing);
	tcase_add_loop_test(tc, test_offset, 0,
	    sizeof(offsets) / sizeof(offsets[0]));
	suite_add_tcase(s, tc);
	return s;
}
