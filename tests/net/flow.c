/* SPDX-License-Identifier: ISC */
/*
 * usage: flow PROGRAM.o
 *
 * Loads the XDP program of established flows, maps an arena over its maps,
 * makes states there as the engine does, and sends frames through the program
 * (BPF_PROG_TEST_RUN).  A frame comes back either as a sender with the other
 * addresses would have made it, or untouched.
 *
 * Ends with 77 if this process may not load BPF programs.
 */
#include <sys/mman.h>
#include <arpa/inet.h>
#include <net/if.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/statetab.h"

#define ETHER 14
#define PAYLOAD 21
#define SKIP 77
#define XDP_PASS 2
#define IFIDX 3 /* the engine's number of the interface */

static struct arena *arena;
static struct arena_cache cache;
static struct bpf_program *program;
static int failed;

/* One frame; addresses are the first 4 or all 16 bytes. */
struct frame {
	uint8_t proto, inet6, flags; /* TCP flags, or ICMP type */
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint32_t seq, ack;
};

struct bytes {
	uint8_t b[256];
	uint32_t len;
};

static uint16_t
sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (; n > 1; p += 2, n -= 2)
		s += (uint32_t)p[0] << 8 | p[1];
	s += n ? (uint32_t)p[0] << 8 : 0;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static void
set16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
set32(uint8_t *p, uint32_t v)
{
	set16(p, v >> 16);
	set16(p + 2, v & 0xffff);
}

static unsigned
l4_header(const struct frame *f)
{
	return f->proto == 6 ? 20 : 8;
}

static void
make_l4(uint8_t *l4, const struct frame *f, unsigned len, uint32_t pseudo)
{
	unsigned at = f->proto == 6 ? 16 : f->proto == 17 ? 6 : 2, i;

	for (i = l4_header(f); i < len; i++)
		l4[i] = (uint8_t)(i * 7);
	if (f->proto == 1) {
		l4[0] = f->flags;
		set16(l4 + 4, f->sport);
		pseudo = 0;
	} else {
		set16(l4, f->sport);
		set16(l4 + 2, f->dport);
	}
	if (f->proto == 17)
		set16(l4 + 4, len);
	if (f->proto == 6) {
		set32(l4 + 4, f->seq);
		set32(l4 + 8, f->ack);
		l4[12] = 0x50;
		l4[13] = f->flags;
		set16(l4 + 14, 1000);
	}
	set16(l4 + at, (uint16_t)~sum(l4, len, pseudo));
}

static void
make(struct bytes *out, const struct frame *f)
{
	unsigned len = l4_header(f) + PAYLOAD, ip = f->inet6 ? 40 : 20;
	uint8_t *p = out->b + ETHER;

	memset(out, 0, sizeof(*out));
	set16(out->b + 12, f->inet6 ? 0x86dd : 0x0800);
	out->len = ETHER + ip + len;
	if (f->inet6) {
		p[0] = 0x60;
		set16(p + 4, len);
		p[6] = f->proto;
		p[7] = 64;
		memcpy(p + 8, f->src, 16);
		memcpy(p + 24, f->dst, 16);
		make_l4(p + 40, f, len, sum(p + 8, 32, len + f->proto));
		return;
	}
	p[0] = 0x45;
	set16(p + 2, 20 + len);
	p[8] = 64;
	p[9] = f->proto;
	memcpy(p + 12, f->src, 4);
	memcpy(p + 16, f->dst, 4);
	set16(p + 10, (uint16_t)~sum(p, 20, 0));
	make_l4(p + 20, f, len, sum(p + 12, 8, len + f->proto));
}

static void
key(struct skey *k, const struct frame *f)
{
	uint32_t src[4], dst[4];
	uint16_t sport = htons(f->sport), dport = htons(f->dport);

	memset(k, 0, sizeof(*k));
	memcpy(src, f->src, 16);
	memcpy(dst, f->dst, 16);
	if (f->proto == 1)
		dport = htons(f->flags == 8 ? 2 : 3);
	if (f->inet6)
		key_make6(k, src, dst, sport, dport, f->proto, 0, 0);
	else
		key_make4(k, src[0], dst[0], sport, dport, f->proto, 0, 0);
}

/* The packet that comes back for one that left as @f. */
static struct frame
reverse(const struct frame *f)
{
	struct frame r = *f;

	memcpy(r.src, f->dst, 16);
	memcpy(r.dst, f->src, 16);
	if (f->proto == 1) {
		r.flags = 0;
	} else {
		r.sport = f->dport;
		r.dport = f->sport;
	}
	return r;
}

/* A state that arrives as @in and leaves as @out. */
static uint32_t
state(const struct frame *in, const struct frame *out)
{
	struct frame back = reverse(out);
	struct skey k[2];
	struct line *l;
	uint32_t i, ext = ARENA_NONE;

	key(&k[0], in);
	key(&k[1], &back);
	if (arena_take(arena, &cache, 2, 0, &i) != 0 ||
	    (in->inet6 && arena_take_ext(arena, &cache, 0, &ext) != 0))
		errx(1, "no record");
	statetab_fill(arena, i, &k[0], &k[1], ext);
	arena_cold(arena, i)->ext = ext;
	l = arena_line(arena, i * 2);
	l[0].state = l[1].state = OTHER_MULTIPLE;
	if (in->proto == 6) {
		l[0].state = l[1].state = SAID_DATA;
		l[0].end = l[1].ack = in->seq;
		l[1].end = l[0].ack = in->ack;
		l[0].win = l[1].win = l[0].maxwin = l[1].maxwin = 1000;
	}
	if (statetab_insert(arena, i, RECORD_FORWARD, NULL) != 0)
		errx(1, "no place for a state");
	return i * 2;
}

/* Send @in; @want is what must come out. */
static void
run(const char *what, struct bytes *in, const struct bytes *want,
    uint32_t lref, uint32_t packets)
{
	struct bytes out;
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in->b,
	    .data_size_in = in->len, .data_out = out.b,
	    .data_size_out = sizeof(out.b), .repeat = 1);
	uint32_t seen;

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &o) != 0)
		err(1, "test run");
	seen = arena_line(arena, lref)->packets;
	if (o.retval != XDP_PASS || o.data_size_out != want->len ||
	    memcmp(out.b, want->b, want->len) != 0 || seen != packets) {
		printf("%s: wrong: verdict %u, bytes %s, %u packets counted\n",
		    what, o.retval, memcmp(out.b, want->b, want->len) == 0 ?
		    "right" : "wrong", seen);
		failed = 1;
	}
}

/* One kind of flow: good packets both ways, then what must stay untouched. */
static void
flow(const char *what, struct frame in, struct frame out)
{
	uint32_t lref = state(&in, &out);
	struct frame back = reverse(&out), home = reverse(&in);
	struct bytes a, b;

	out.seq = in.seq;
	out.ack = in.ack;
	make(&a, &in);
	make(&b, &out);
	run(what, &a, &b, lref, 1);
	if (arena_line(arena, lref)->bytes != a.len - ETHER)
		errx(1, "%s: bytes", what);
	back.seq = home.seq = in.ack;
	back.ack = home.ack = in.seq + PAYLOAD;
	make(&a, &back);
	make(&b, &home);
	run(what, &a, &b, lref + 1, 1);
	make(&a, &in);
	a.b[ETHER + (in.inet6 ? 7 : 8)] = 1;
	run("hop limit", &a, &a, lref, 1);
	if (!in.inet6) {
		make(&a, &in);
		set16(a.b + ETHER + 6, 0x2000);
		run("fragment", &a, &a, lref, 1);
		make(&a, &in);
		a.b[ETHER] = 0x46;
		run("options", &a, &a, lref, 1);
	}
	make(&a, &in);
	a.len -= PAYLOAD + 1;
	run("cut short", &a, &a, lref, 1);
	arena_line(arena, lref)->flags |= LINE_SLOW;
	make(&a, &in);
	run("slow", &a, &a, lref, 1);
	arena_line(arena, lref)->flags ^= LINE_SLOW | LINE_IFBOUND;
	arena_line(arena, lref + 1)->egress = IFIDX + 1;
	run("bound elsewhere", &a, &a, lref, 1);
	arena_line(arena, lref + 1)->egress = IFIDX;
	make(&b, &out);
	run("bound here", &a, &b, lref, 2);
	arena_line(arena, lref)->seq++;
	run("somebody is in the line", &a, &a, lref, 2);
	arena_line(arena, lref)->seq++;
	if (statetab_end(arena, lref / 2, NULL, NULL) != 0)
		errx(1, "%s: not ended", what);
	run("ended", &a, &a, lref, 2);
}

/* Segments that are the engine's business. */
static void
segments(struct frame in, const struct frame *out)
{
	static const struct {
		const char *what;
		uint8_t flags;
		int32_t seq, ack;
	} rows[] = {
		{ "SYN", TCPF_SYN, 0, 0 },
		{ "FIN", TCPF_FIN | TCPF_ACK, 0, 0 },
		{ "RST", TCPF_RST, 0, 0 },
		{ "beyond the window", TCPF_ACK, 1000, 0 },
		{ "before the window", TCPF_ACK, -1001, 0 },
		{ "acknowledges too much", TCPF_ACK, 0, 1 },
		{ "acknowledges too little", TCPF_ACK, 0, -70000 },
		{ "no flags", 0, 0, 0 },
	};
	uint32_t lref = state(&in, out);
	struct frame f;
	struct bytes a;
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f = in;
		f.flags = rows[i].flags;
		f.seq += (uint32_t)rows[i].seq;
		f.ack += (uint32_t)rows[i].ack;
		make(&a, &f);
		run(rows[i].what, &a, &a, lref, 0);
	}
	statetab_end(arena, lref / 2, NULL, NULL);
}

static void *
map_at(struct bpf_object *o, const char *name, void *at, size_t size)
{
	struct bpf_map *m = bpf_object__find_map_by_name(o, name);
	void *p = mmap(at, (size + 4095) & ~(size_t)4095,
	    PROT_READ | PROT_WRITE, MAP_SHARED | (at ? MAP_FIXED : 0),
	    bpf_map__fd(m), 0);

	if (p == MAP_FAILED)
		err(1, "map %s", name);
	return p;
}

static const struct {
	const char *name;
	enum arena_region region;
	size_t each;
} shared[] = {
	{ "header", REGION_HEADER, 0 },
	{ "buckets", REGION_BUCKETS, sizeof(struct bucket) },
	{ "lines", REGION_LINES, sizeof(struct line) },
	{ "exts", REGION_EXT, sizeof(struct ext) },
};

static void
load(const char *path)
{
	const struct arena_config c = { .record_max = 4096, .row_max = 64,
		.worker_max = 1, .limit = 8192, .hash_key = { 1234, 5678 } };
	uint64_t offset[REGION_MAX], size[REGION_MAX];
	size_t all = arena_plan(&c, offset, size);
	struct bpf_object *o = bpf_object__open_file(path, NULL);
	uint64_t *interfaces;
	unsigned i;
	char *mem;
	int error;

	if (o == NULL)
		err(1, "%s", path);
	for (i = 1; i < sizeof(shared) / sizeof(shared[0]); i++)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(o,
		    shared[i].name), (uint32_t)(size[shared[i].region] /
		    shared[i].each));
	if ((error = bpf_object__load(o)) != 0) {
		if (error == -EPERM)
			errx(SKIP, "this process may not load BPF programs");
		errx(1, "the program does not load: %s", strerror(-error));
	}
	program = bpf_object__find_program_by_name(o, "natd_flow");
	mem = mmap(NULL, all, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		map_at(o, shared[i].name, mem + offset[shared[i].region],
		    size[shared[i].region]);
	interfaces = map_at(o, "interfaces", NULL, 4096 * sizeof(*interfaces));
	interfaces[if_nametoindex("lo")] = IFIDX; /* test runs come in by it */
	if (arena_init(mem, all, &c, &arena) != 0)
		errx(1, "no arena");
	arena_cache_init(&cache);
}

int
main(int argc, char **argv)
{
	struct frame in = { .src = { 10, 0, 0, 2, 1, 2, 3 },
		.dst = { 192, 0, 2, 9, 4, 5, 6 }, .sport = 4711, .dport = 80,
		.seq = 0xfffffff0, .ack = 700 };
	struct frame out = in;
	uint32_t i;

	if (argc != 2)
		errx(1, "usage: flow PROGRAM.o");
	load(argv[1]);
	out.src[0] = 198;
	out.src[6] = 9;
	out.sport = 50001;
	out.dst[1] = 7;
	out.dport = 8080;
	for (i = 0; i < 8; i++) {
		/* other states around, so that chains and splits are seen */
		struct frame n = in, m = out;

		for (n.sport = 1; n.sport < 400; n.sport++) {
			n.proto = m.proto = 17;
			n.src[3] = m.src[3] = (uint8_t)(100 + i);
			m.sport = n.sport;
			state(&n, &m);
		}
	}
	in.proto = out.proto = 17;
	flow("udp", in, out);
	in.inet6 = out.inet6 = 1;
	flow("udp6", in, out);
	in.proto = out.proto = 6;
	in.flags = out.flags = TCPF_ACK | TCPF_PSH;
	flow("tcp6", in, out);
	in.inet6 = out.inet6 = 0;
	flow("tcp", in, out);
	segments(in, &out);
	in.proto = out.proto = 1;
	in.flags = out.flags = 8;
	flow("echo", in, out);
	if (!failed)
		printf("loaded, and every frame as it should be\n");
	return failed;
}
