/* SPDX-License-Identifier: ISC */
/*
 * The whole daemon without root: a capture goes in, rules and states are
 * asked by the control protocol, and what passed is in a capture again.
 */
#include <arpa/inet.h>
#include <check.h>
#include <event2/event.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/natd/planes.h"
#include "engine/natd/workers.h"
#include "tests/unit/daemon_help.h"

static struct client_help h;
static char dir[] = "/tmp/check-replay.XXXXXX";
static char in[64], out[64], conf[64];

/* What the capture holds, one row a packet. */
static const struct {
	uint64_t usec;
	uint8_t proto;
	uint16_t sport, dport;
} packets[] = {
	{ 1700000000000000, 17, 1000, 53 },
	{ 1700000000200000, 6, 1001, 22 },
	{ 1700000003500000, 17, 1000, 53 },
	{ 1700000004000000, 17, 1002, 53 },
};
#define NPACKETS (sizeof(packets) / sizeof(packets[0]))

static uint16_t
header_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t
make(uint8_t b[60], uint8_t proto, uint16_t sport, uint16_t dport)
{
	static const uint8_t ip[] = {
		0x45, 0, 0, 0, 0, 1, 0, 0, 64, 0, 0, 0,
		10, 0, 0, 2, 192, 0, 2, 80,
	};
	size_t len = proto == 6 ? 40 : 28;
	uint16_t sum;

	memset(b, 0, 60);
	memcpy(b, ip, sizeof(ip));
	b[3] = (uint8_t)len;
	b[9] = proto;
	sum = header_sum(b, 20);
	b[10] = (uint8_t)(sum >> 8);
	b[11] = (uint8_t)sum;
	b[20] = (uint8_t)(sport >> 8);
	b[21] = (uint8_t)sport;
	b[22] = (uint8_t)(dport >> 8);
	b[23] = (uint8_t)dport;
	if (proto == 6) {
		b[32] = 0x50;
		b[33] = 0x02;	/* SYN */
		b[34] = 0x10;
	} else {
		b[25] = 8;
	}
	return len;
}

static void
write_capture(void)
{
	pcap_t *dead = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *d = pcap_dump_open(dead, in);
	struct pcap_pkthdr ph;
	uint8_t b[60];
	size_t i;

	ck_assert_ptr_nonnull(d);
	for (i = 0; i < NPACKETS; i++) {
		ph.caplen = ph.len = (bpf_u_int32)make(b, packets[i].proto,
		    packets[i].sport, packets[i].dport);
		ph.ts.tv_sec = (time_t)(packets[i].usec / 1000000);
		ph.ts.tv_usec = (suseconds_t)(packets[i].usec % 1000000);
		pcap_dump((u_char *)d, &ph, b);
	}
	pcap_dump_close(d);
	pcap_close(dead);
}

static void
write_conf(void)
{
	FILE *f = fopen(conf, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "interface cap0 pcap \"%s\" write \"%s\"\n"
	    "block drop all label \"no\"\n"
	    "pass in on cap0 proto udp to port 53 label \"dns\"\n", in, out);
	fchmod(fileno(f), 0600);
	fclose(f);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(in, sizeof(in), "%s/in.pcap", dir);
	snprintf(out, sizeof(out), "%s/out.pcap", dir);
	snprintf(conf, sizeof(conf), "%s/natd.conf", dir);
	write_capture();
	write_conf();
	help_begin(&h, conf);
}

static void
teardown(void)
{
	help_end(&h);
	unlink(in);
	unlink(out);
	unlink(conf);
	rmdir(dir);
}

static json_t *
ask(const char *line)
{
	return help_ask(&h, line, strlen(line));
}

/* Packets that have left the capture so far. */
static json_int_t
received(void)
{
	json_t *all = ask("{\"show\":{\"what\":\"interfaces\"}}");
	json_int_t n = json_integer_value(json_object_get(
	    json_array_get(all, 0), "rx_packets"));

	json_decref(all);
	return n;
}

static unsigned
count_written(void)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(out, err);
	struct pcap_pkthdr *ph;
	const uint8_t *b;
	unsigned n = 0;

	ck_assert_msg(p != NULL, "%s", err);
	while (pcap_next_ex(p, &ph, &b) == 1) {
		ck_assert_uint_eq(b[9], 17);
		n++;
	}
	pcap_close(p);
	return n;
}

START_TEST(test_replay)
{
	struct show_state st;
	struct show_rule sr;
	json_t *all;
	unsigned tries;

	ck_assert_int_eq(workers_start(h.natd.workers), 0);
	for (tries = 0; tries < 500 && received() < (json_int_t)NPACKETS;
	    tries++)
		usleep(10000);
	ck_assert_int_eq(received(), (json_int_t)NPACKETS);
	usleep(50000); /* the last one is on its way through the engine */

	all = ask("{\"show\":{\"what\":\"states\","
	    "\"filter\":[\"sport\",1000]}}");
	ck_assert_uint_eq(json_array_size(all), 2);
	ck_assert_int_eq(show_state_read(json_array_get(all, 0), &st), 0);
	ck_assert_uint_eq(st.v.proto, 17);
	ck_assert_uint_eq(st.v.packets[0], 2);
	/* 4 s by the capture's clock, whatever ours says */
	ck_assert_uint_eq(st.v.age, 4);
	ck_assert_str_eq(st.label, "dns");
	ck_assert_str_eq(st.if_seen, "cap0");
	json_decref(all);

	all = ask("{\"show\":{\"what\":\"rules\"}}");
	ck_assert_int_eq(show_rule_read(json_array_get(all, 0), &sr), 0);
	ck_assert_uint_eq(sr.packets[0], 1);
	ck_assert_int_eq(show_rule_read(json_array_get(all, 1), &sr), 0);
	ck_assert_uint_eq(sr.created, 2);
	ck_assert_uint_eq(sr.packets[0], 3);
	ck_assert_uint_eq(sr.bytes[0], 3 * 28);
	json_decref(all);
	ck_assert_uint_eq(count_written(), 3);
}
END_TEST

static size_t
states(void)
{
	json_t *all = ask("{\"show\":{\"what\":\"states\"}}");
	size_t n = json_array_size(all) - 1;

	json_decref(all);
	return n;
}

START_TEST(test_kill)
{
	json_t *done;
	unsigned tries;

	ck_assert_int_eq(workers_start(h.natd.workers), 0);
	for (tries = 0; tries < 500 && states() < 2; tries++)
		usleep(10000);
	done = help_done(&h, "{\"kill\":{\"dry\":true,"
	    "\"filter\":[\"host\",\"10.0.0.0/8\"]}}");
	ck_assert_int_eq(json_integer_value(json_object_get(done, "killed")),
	    2);
	json_decref(done);
	ck_assert_uint_eq(states(), 2);
	done = help_done(&h, "{\"kill\":{\"filter\":[\"sport\",1002]}}");
	ck_assert_int_eq(json_integer_value(json_object_get(done, "killed")),
	    1);
	json_decref(done);
	/* the answer comes when it is done */
	ck_assert_uint_eq(states(), 1);
	json_decref(help_done(&h, "{\"flush\":{\"what\":\"states\"}}"));
	ck_assert_uint_eq(states(), 0);
}
END_TEST

/* Nobody carries it out: that is said, and the session goes on. */
START_TEST(test_kill_unanswered)
{
	unsigned tries;

	ck_assert_int_eq(workers_start(h.natd.workers), 0);
	for (tries = 0; tries < 500 && states() < 2; tries++)
		usleep(10000);
	workers_free(h.natd.workers);
	h.natd.workers = NULL;
	ck_assert_int_eq(workers_new(h.natd.engine, h.natd.memory,
	    h.natd.nworkers, planes_clock(h.natd.planes), &h.natd.workers),
	    0);
	ck_assert_str_eq(help_code(&h,
	    "{\"flush\":{\"what\":\"states\"}}"), PROTO_ERROR_INTERNAL);
	ck_assert_ptr_nonnull(memmem(h.s.out.data, h.s.out.len,
	    "did not answer; of 2 states", 27));
	ck_assert_uint_eq(states(), 2);
}
END_TEST

/* Interfaces are natd's own file's business. */
START_TEST(test_interfaces_differ)
{
	static const char here[] =
	    "interface cap0 pcap \\\"/etc/passwd\\\"\\\" here";

	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	json_decref(help_done(&h, "{\"load\":{\"text\":"
	    "\"interface cap0 pcap \\\"/etc/passwd\\\"\\npass\\n\"}}"));
	ck_assert_str_eq(help_code(&h, "{\"load\":{\"commit\":{}}}"),
	    "rules");
	ck_assert_ptr_nonnull(memmem(h.s.out.data, h.s.out.len,
	    "differ from those in force", 26));
	ck_assert_ptr_nonnull(memmem(h.s.out.data, h.s.out.len,
	    here, sizeof(here) - 1));
	/* without any they stay */
	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	json_decref(help_done(&h, "{\"load\":{\"text\":\"pass\\n\"}}"));
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
	ck_assert_ptr_nonnull(planes_get(h.natd.planes, 0));
	json_decref(help_done(&h, "{\"load\":{\"begin\":{}}}"));
	json_decref(help_done(&h, "{\"load\":{\"text\":\"block\\n\"}}"));
	json_decref(help_done(&h, "{\"load\":{\"commit\":{}}}"));
}
END_TEST

Suite *suite_replay(void);

Suite *
suite_replay(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("replay");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_replay);
	tcase_add_test(tc, test_kill);
	tcase_add_test(tc, test_kill_unanswered);
	tcase_add_test(tc, test_interfaces_differ);
	suite_add_tcase(s, tc);
	return s;
}
