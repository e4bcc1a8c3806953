/* SPDX-License-Identifier: ISC */
/* Connections to measure with; see flows.h. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fast/tcp.h"
#include "engine/program.h"
#include "parser/load.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/ruleset.h"
#include "tests/bench/bench.h"
#include "tests/bench/flows.h"

#define CLIENT_SEQ 1000000u
#define SERVER_SEQ 2000000u
#define SERVERS 65536

static const char head[] =
    "set limit states %u\n"
    "interface lan0 tun address 10.0.0.1/8\n"
    "interface wan0 tun address 198.51.100.1/24\n"
    "route 203.0.0.0/8 via 198.51.100.254\n"
    "nat on wan0 inet from 10.0.0.0/8 to any -> 198.51.100.16/28 "
    "source-hash\n";

/* Text of a ruleset: @n rules of five fields each, none of which matches. */
static char *
rules_of(uint32_t states, uint32_t n)
{
	uint64_t seed = 42, r;
	char *text;
	size_t len;
	FILE *f;
	uint32_t i;

	if ((f = open_memstream(&text, &len)) == NULL)
		err(1, "open_memstream");
	fprintf(f, head, states);
	for (i = 0; i < n; i++) {
		r = bench_rand(&seed);
		fprintf(f, "block in quick on lan0 inet proto %s from "
		    "172.%u.%u.0/%u to 203.%u.%u.%u port %u\n",
		    r & 1 ? "tcp" : "udp", (unsigned)(16 + (r >> 1) % 16),
		    (unsigned)(r >> 8) & 255, (unsigned)(20 + (r >> 16) % 5),
		    (unsigned)(r >> 20) & 255, (unsigned)(r >> 28) & 255,
		    (unsigned)(r >> 36) & 255, (unsigned)(r >> 44) % 65535 + 1);
	}
	fprintf(f, "pass\n");
	fclose(f);
	return text;
}

static struct program *
make_program(uint32_t states, uint32_t nrules)
{
	struct compile_env env = { .texts = true };
	char *text = rules_of(states, nrules);
	struct load_options lo = {
		.text = text,
		.len = strlen(text),
		.name = "bench",
	};
	struct diag *d = diag_new();
	struct program *pg = NULL;
	struct ruleset *rs = NULL;

	lo.host = host_new(false);
	if (load_ruleset(&lo, d, &rs) != 0 ||
	    compile_ruleset(rs, &env, d, &pg) != 0) {
		diag_print(d, stderr, "bench", 0);
		exit(1);
	}
	ruleset_free(rs);
	host_free(lo.host);
	diag_free(d);
	free(text);
	return pg;
}

static void
set4(struct addr *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->w[0]) != 1)
		errx(1, "%s: no address", text);
}

static struct ifset *
make_ifset(void)
{
	struct iface ifs[3] = {
		[FLOW_INSIDE] = { .name = "lan0", .index = FLOW_INSIDE,
		    .flags = IFACE_UP, .mtu = 1500, .addr = 0, .naddr = 1 },
		[FLOW_OUTSIDE] = { .name = "wan0", .index = FLOW_OUTSIDE,
		    .flags = IFACE_UP, .mtu = 1500, .addr = 1, .naddr = 1 },
	};
	struct ifaddr addrs[2] = {
		{ .af = AF_INET, .plen = 8 }, { .af = AF_INET, .plen = 24 },
	};
	struct route route = { .af = AF_INET, .plen = 8,
		.ifidx = FLOW_OUTSIDE };
	struct ifset *set;

	set4(&addrs[0].addr, "10.0.0.1");
	set4(&addrs[1].addr, "198.51.100.1");
	set4(&route.dst, "203.0.0.0");
	set4(&route.gateway, "198.51.100.254");
	set = ifset_new(ifs, 2, addrs, 2, &route, 1, true);
	if (set == NULL)
		err(1, "ifset");
	return set;
}

struct flows *
flows_new(uint32_t n, uint32_t nrules, unsigned workers)
{
	struct arena_config ac = {
		.record_max = n + n / 8 + 65536,
		.ext_max = 64,
		.limit = 2 * n + 131072,
		.hash_key = { 0x0123456789abcdefu, 0xfedcba9876543210u },
	};
	struct engine_config ec = { .nworkers = workers };
	struct flows *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		err(1, NULL);
	f->n_max = n;
	f->memlen = arena_size(&ac);
	f->mem = bench_mem(f->memlen);
	f->nat_addr = bench_mem(n * sizeof(*f->nat_addr));
	f->nat_port = bench_mem(n * sizeof(*f->nat_port));
	if (arena_init(f->mem, f->memlen, &ac, &f->arena) != 0)
		errx(1, "arena");
	ec.arena = f->arena;
	memset(ec.key, 7, sizeof(ec.key));
	f->program = make_program(ac.limit, nrules);
	f->ifs = make_ifset();
	if (engine_new(&ec, &f->engine) != 0 ||
	    engine_set_rules(f->engine, f->program, f->ifs, NULL, NULL) != 0)
		errx(1, "engine");
	return f;
}

void
flows_free(struct flows *f)
{
	engine_free(f->engine);
	program_free(f->program);
	ifset_free(f->ifs);
	arena_close(f->arena);
	bench_mem_free(f->mem, f->memlen);
	bench_mem_free(f->nat_addr, f->n_max * sizeof(*f->nat_addr));
	bench_mem_free(f->nat_port, f->n_max * sizeof(*f->nat_port));
	free(f);
}

/* End points of connection @i, network order. */
static void
ends(uint32_t i, uint32_t *client, uint16_t *port, uint32_t *server)
{
	uint32_t h = i * 2654435761u;

	*client = htonl(10u << 24 | (2 + i % 4000000));
	*port = htons((uint16_t)(1024 + i / 4000000 * 4099 + (h >> 20)));
	*server = htonl(203u << 24 | (h & (SERVERS - 1)) << 4 | 1);
}

static uint32_t
sum16(const uint8_t *p, unsigned len, uint32_t sum)
{
	unsigned i;

	for (i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static void
store_sum(uint8_t *p, uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	p[0] = (uint8_t)(~sum >> 8);
	p[1] = (uint8_t)~sum;
}

static void
write_tcp(struct packet *p, uint32_t src, uint16_t sport, uint32_t dst,
    uint16_t dport, uint32_t seq, uint32_t ack, uint8_t flags)
{
	static const uint8_t syn_options[12] = { 2, 4, 5, 180, 1, 3, 3, 7,
		1, 1, 4, 2 };
	static const uint8_t options[12] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0,
		2 };
	uint8_t *b = p->data, *t = b + 20;

	memset(b, 0, FLOW_LEN);
	b[0] = 0x45;
	b[3] = FLOW_LEN;
	b[6] = 0x40;
	b[8] = 64;
	b[9] = 6;
	memcpy(b + 12, &src, 4);
	memcpy(b + 16, &dst, 4);
	store_sum(b + 10, sum16(b, 20, 0));
	memcpy(t, &sport, 2);
	memcpy(t + 2, &dport, 2);
	seq = htonl(seq);
	ack = htonl(ack);
	memcpy(t + 4, &seq, 4);
	memcpy(t + 8, &ack, 4);
	t[12] = 8 << 4;
	t[13] = flags;
	t[14] = t[15] = 0xff;
	memcpy(t + 20, flags & TCPF_SYN ? syn_options : options, 12);
	store_sum(t + 16, sum16(b + 12, 8, sum16(t, 32, 6 + 32)));
	p->len = FLOW_LEN;
	p->dir = DIR_IN;
	p->csum = CSUM_FULL;
	p->gso = GSO_NONE;
}

static void
write_out(struct packet *p, uint32_t i, uint32_t seq, uint32_t ack,
    uint8_t flags)
{
	uint32_t client, server;
	uint16_t port;

	ends(i, &client, &port, &server);
	write_tcp(p, client, port, server, htons(443), seq, ack, flags);
	p->ifidx = FLOW_INSIDE;
}

static void
write_back(const struct flows *f, struct packet *p, uint32_t i, uint32_t seq,
    uint32_t ack, uint8_t flags)
{
	uint32_t client, server;
	uint16_t port;

	ends(i, &client, &port, &server);
	write_tcp(p, server, htons(443), f->nat_addr[i], f->nat_port[i], seq,
	    ack, flags);
	p->ifidx = FLOW_OUTSIDE;
}

void
flows_syn(struct packet *p, uint32_t i)
{
	write_out(p, i, CLIENT_SEQ, 0, TCPF_SYN);
}

void
flows_data(const struct flows *f, struct packet *p, uint32_t i, int back)
{
	if (back)
		write_back(f, p, i, SERVER_SEQ + 1, CLIENT_SEQ + 1, TCPF_ACK);
	else
		write_out(p, i, CLIENT_SEQ + 1, SERVER_SEQ + 1, TCPF_ACK);
}

static void
burst(struct flows *f, struct packet **p, unsigned n, uint32_t first)
{
	unsigned j;

	engine_burst(engine_worker(f->engine, 0), p, n, FLOW_NOW, 1700000000);
	for (j = 0; j < n; j++)
		if (p[j]->fate != FATE_SEND)
			errx(1, "connection %u: packet dropped: %s",
			    first + j, reason_name(p[j]->reason));
}

void
flows_open(struct flows *f, uint32_t n)
{
	static uint8_t bytes[BURST_MAX][64];
	struct packet pkt[BURST_MAX], *p[BURST_MAX];
	unsigned j, k;

	for (j = 0; j < BURST_MAX; j++) {
		memset(&pkt[j], 0, sizeof(pkt[j]));
		pkt[j].data = bytes[j];
		p[j] = &pkt[j];
	}
	for (; f->n < n; f->n += k) {
		k = n - f->n < BURST_MAX ? n - f->n : BURST_MAX;
		for (j = 0; j < k; j++)
			flows_syn(p[j], f->n + j);
		burst(f, p, k, f->n);
		for (j = 0; j < k; j++) {
			memcpy(&f->nat_addr[f->n + j], bytes[j] + 12, 4);
			memcpy(&f->nat_port[f->n + j], bytes[j] + 20, 2);
		}
		for (j = 0; j < k; j++)
			write_back(f, p[j], f->n + j, SERVER_SEQ,
			    CLIENT_SEQ + 1, TCPF_SYN | TCPF_ACK);
		burst(f, p, k, f->n);
		for (j = 0; j < k; j++)
			flows_data(f, p[j], f->n + j, 0);
		burst(f, p, k, f->n);
	}
}

void
flows_expire(struct flows *f, uint64_t *now)
{
	do {
		*now += 1000;
		engine_tick(engine_worker(f->engine, 0), *now, 1700000000);
	} while (arena_states(f->arena) > 0);
	*now += 2000; /* freed indexes rest */
	engine_tick(engine_worker(f->engine, 0), *now, 1700000000);
}
