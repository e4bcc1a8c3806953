/* SPDX-License-Identifier: ISC */
/*
 * Replay: captures in, captures and a trace out, the same bytes every time.
 *
 * tests/replay/NAME.in has the packets as words; they are packed into one
 * capture for each interface, and come from there through the pcap plane, with
 * the captures' time.  NAME.trace is what must become of them.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pcap/pcap.h>

#include "engine/io/io.h"
#include "tests/harness.h"

Suite *suite_flowreplay(void);

#define PORTS 2
#define FILE_MAX (1 << 16)

static const char *const names[] = { "router" };
static const char *const ifaces[PORTS] = { "lan0", "wan0" };

struct text {
	char s[FILE_MAX];
	size_t n;
};

static struct harness h;
static struct text rules, trace[2], golden;
static char dir[] = "/tmp/check-replay.XXXXXX";

static void
path(char *out, size_t len, const char *what, unsigned port)
{
	snprintf(out, len, "%s/%s.%s", dir, ifaces[port], what);
}

static void
slurp(struct text *t, const char *file)
{
	FILE *fp = fopen(file, "r");

	ck_assert_msg(fp != NULL, "%s: %s", file, strerror(errno));
	t->n = fread(t->s, 1, sizeof(t->s) - 1, fp);
	t->s[t->n] = '\0';
	fclose(fp);
}

static void
source_file(char *out, size_t len, const char *name, const char *suffix)
{
	snprintf(out, len, TEST_SRCDIR "/replay/%s.%s", name, suffix);
}

static void
say(struct text *t, const char *s)
{
	size_t n = strlen(s);

	ck_assert_uint_lt(t->n + n, sizeof(t->s));
	memcpy(t->s + t->n, s, n + 1);
	t->n += n;
}

static void
pack_line(char *line, pcap_dumper_t *const *out)
{
	static struct pkt pk;
	struct pcap_pkthdr ph = { 0 };
	char iface[16];
	unsigned long ms;
	int used = 0;
	unsigned i;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%lu %15s %n", &ms, iface, &used) != 2)
		return;
	ms += HARNESS_START;
	pkt_read(&pk, line + used);
	ph.ts.tv_sec = (time_t)(ms / 1000);
	ph.ts.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	ph.caplen = ph.len = pk.len;
	for (i = 0; i < PORTS; i++)
		if (strcmp(ifaces[i], iface) == 0)
			pcap_dump((u_char *)out[i], &ph, pk.b);
}

/* Words to one capture per interface. */
static void
pack(const char *name)
{
	char file[512], line[512];
	pcap_dumper_t *out[PORTS];
	pcap_t *dead = pcap_open_dead(DLT_RAW, PACKET_MAX);
	unsigned i;
	FILE *fp;

	for (i = 0; i < PORTS; i++) {
		path(file, sizeof(file), "in", i);
		out[i] = pcap_dump_open(dead, file);
		ck_assert_ptr_nonnull(out[i]);
	}
	source_file(file, sizeof(file), name, "in");
	ck_assert_ptr_nonnull(fp = fopen(file, "r"));
	while (fgets(line, sizeof(line), fp) != NULL)
		if (line[0] != '#')
			pack_line(line, out);
	fclose(fp);
	for (i = 0; i < PORTS; i++)
		pcap_dump_close(out[i]);
	pcap_close(dead);
}

static void
send_all(struct io_port *const *port)
{
	struct packet *p[1];
	unsigned i, k;

	for (i = 0; i < h.nout; i++)
		for (k = 0; k < PORTS; k++)
			if (strcmp(h.out[i].iface, ifaces[k]) == 0) {
				p[0] = &h.out[i].p;
				ck_assert_int_eq(io_pcap.tx(port[k], 0, p, 1),
				    1);
			}
}

/* The port with the earliest packet, or -1. */
static int
next_port(struct io_port *const *port)
{
	uint64_t when, first = UINT64_MAX;
	int found = -1, i;

	for (i = 0; i < PORTS; i++)
		if (io_pcap.peek(port[i], 0, &when) == 0 && when < first) {
			first = when;
			found = i;
		}
	return found;
}

static void
step(struct io_port *const *port, int i, uint64_t *clock, struct text *t)
{
	char words[PKT_TEXT], line[2 * HARNESS_TEXT];
	struct packet *p[1];
	uint64_t now = 0;

	ck_assert_int_eq(io_pcap.rx(port[i], 0, p, 1, &now), 1);
	if (now > h.now)
		harness_wait(&h, now - h.now);
	*clock = now * 1000;
	pkt_text(p[0]->data, p[0]->len, words);
	harness_run(&h, p, 1);
	send_all(port);
	snprintf(line, sizeof(line), "%llu %s %s\n\t%s\n",
	    (unsigned long long)(now - HARNESS_START), ifaces[i], words,
	    harness_tell(&h));
	say(t, line);
}

static void
replay(unsigned round)
{
	struct text *t = &trace[round];
	char in[512], out[512], why[256], line[256];
	struct io_port *port[PORTS];
	uint64_t clock = 0;
	const char *state;
	unsigned i;
	int k;

	t->n = 0;
	harness_new(&h, rules.s);
	for (i = 0; i < PORTS; i++) {
		struct io_config cfg = {
			.name = ifaces[i], .ifidx = (uint16_t)(i + 1),
			.queues = 1, .read_path = in, .write_path = out,
			.clock = &clock,
		};

		path(in, sizeof(in), "in", i);
		path(out, sizeof(out), round == 0 ? "out0" : "out1", i);
		ck_assert_msg(io_pcap.open(&cfg, &port[i], why, sizeof(why)) ==
		    0, "%s", why);
	}
	while ((k = next_port(port)) >= 0)
		step(port, k, &clock, t);
	for (i = 0; (state = harness_state(&h, i)) != NULL; i++) {
		snprintf(line, sizeof(line), "%s\n", state);
		say(t, line);
	}
	for (i = 0; i < PORTS; i++)
		io_pcap.close(port[i]);
	harness_free(&h);
}

static void
same_files(unsigned port)
{
	static struct text a, b;
	char file[512];

	path(file, sizeof(file), "out0", port);
	slurp(&a, file);
	path(file, sizeof(file), "out1", port);
	slurp(&b, file);
	ck_assert_uint_gt(a.n, 24); /* more than a capture's head */
	ck_assert_uint_eq(a.n, b.n);
	ck_assert_mem_eq(a.s, b.s, a.n);
}

/* Leave what came out where the golden file can be taken from. */
static void
keep(const char *name)
{
	char file[512];
	FILE *fp;

	snprintf(file, sizeof(file), TEST_BUILDDIR "/replay-%s.trace", name);
	if ((fp = fopen(file, "w")) != NULL) {
		fputs(trace[0].s, fp);
		fclose(fp);
	}
	ck_abort_msg("tests/replay/%s.trace is not what came out; that is %s",
	    name, file);
}

START_TEST(test_replay)
{
	const char *name = names[_i];
	char file[512];
	unsigned i;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	source_file(file, sizeof(file), name, "conf");
	slurp(&rules, file);
	pack(name);
	replay(0);
	replay(1);
	for (i = 0; i < PORTS; i++)
		same_files(i);
	ck_assert_str_eq(trace[0].s, trace[1].s);
	for (i = 0; i < PORTS; i++) {
		path(file, sizeof(file), "in", i);
		unlink(file);
		path(file, sizeof(file), "out0", i);
		unlink(file);
		path(file, sizeof(file), "out1", i);
		unlink(file);
	}
	rmdir(dir);
	source_file(file, sizeof(file), name, "trace");
	slurp(&golden, file);
	if (strcmp(golden.s, trace[0].s) != 0)
		keep(name);
}
END_TEST

Suite *
suite_flowreplay(void)
{
	Suite *s = suite_create("flowreplay");
	TCase *tc = tcase_create("replay");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_replay, 0,
	    sizeof(names) / sizeof(names[0]));
	suite_add_tcase(s, tc);
	return s;
}
