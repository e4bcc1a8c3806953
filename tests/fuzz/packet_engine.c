/* SPDX-License-Identifier: ISC */
/*
 * Fuzzer stage: the whole engine with two interfaces, a program with nat,
 * rdr, scrub and answers, and an arena that is soon full; once as a router
 * and once as a host.
 *
 * Each packet arrives, sometimes several times in one burst, and what leaves
 * comes back as its own reply.
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/pdesc.h"
#include "engine/progbuild.h"
#include "tests/fuzz/packet.h"
#include "tests/hexpkt.h"

#define LAN 1
#define WAN 2
#define RECORDS 512
#define COPIES 8

/* [0] a router, [1] a host; `engine' is the one that is asked now. */
static struct engine *engines[2], *engine;
static bool as_host;
static uint64_t now = 1000;
static unsigned calls;

static struct addr
inet(uint32_t host)
{
	return (struct addr) { .w = { htonl(host) } };
}

static struct addr
inet6(uint8_t net, uint8_t host)
{
	return (struct addr) { .b = { 0x20, 0x01, 0x0d, 0xb8, net,
		[15] = host } };
}

static struct arena *
new_arena(void)
{
	struct arena_config c = { .record_max = RECORDS, .row_max = 64,
		.worker_max = 1, .limit = RECORDS, .hash_key = { 7, 8 } };
	size_t size = arena_size(&c);
	struct arena *a;
	void *mem;

	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(mem != MAP_FAILED);
	FUZZ_CHECK(arena_init(mem, size, &c, &a) == 0);
	return a;
}

static struct ifset *
new_ifset(bool router)
{
	struct iface ifs[3] = {
		[LAN] = { .name = "lan0", .index = LAN, .mtu = 1500,
		    .flags = IFACE_UP | IFACE_BROADCAST, .naddr = 2 },
		[WAN] = { .name = "wan0", .index = WAN, .mtu = 300,
		    .flags = IFACE_UP, .addr = 2, .naddr = 2 },
	};
	const struct ifaddr addrs[] = {
		{ .addr = inet(0x0a0000fe), .af = AF_INET, .plen = 24 },
		{ .addr = inet6(0, 0xfe), .af = AF_INET6, .plen = 124 },
		{ .addr = inet(0xc0000201), .af = AF_INET, .plen = 24 },
		{ .addr = inet6(1, 1), .af = AF_INET6, .plen = 64 },
	};
	const struct route routes[] = {
		{ .af = AF_INET, .gateway = inet(0xc00002fe) },
		{ .af = AF_INET6, .gateway = inet6(1, 0xfe) },
	};
	struct ifset *s;

	s = ifset_new(ifs, 2, addrs, 4, routes, 2, router);
	FUZZ_CHECK(s != NULL);
	return s;
}

/* A rule and what it asks, before its numbers are filled in. */
static uint32_t
add_rule(struct progbuild *b, enum prule_action action, struct prule r,
    struct cond c)
{
	static uint64_t id = 1;

	r.id = id++;
	r.anchor = PROG_NONE;
	r.action = (uint8_t)action;
	if (r.set_tos == 0)
		r.set_tos = -1;
	r.set_prio[0] = r.set_prio[1] = -1;
	r.text = progbuild_str(b, "rule");
	c.icmp_type = c.icmp_code = c.tos = -1;
	return progbuild_rule(b, &r, &c);
}

static uint32_t
add_pool(struct progbuild *b, struct addr a, uint16_t lo, uint16_t hi)
{
	struct ppool pool = { .type = POOL_NONE, .port_lo = lo, .port_hi = hi,
		.flags = lo != 0 ? POOL_PORTS : 0, .key = { 9, 10 } };
	struct ppool_addr pa = { .kind = PA_PREFIX, .af = AF_INET, .plen = 32,
		.addr = a, .weight = 1 };

	return progbuild_pool(b, &pool, &pa, 1);
}

static struct program *
new_program(void)
{
	struct prog_options opt = { .limit_states = RECORDS, .limit_frags = 32,
		.limit_srcnodes = 16, .reassemble = 1, .enabled = 1 };
	struct prule none = { .nat = PROG_NONE, .rdr = PROG_NONE }, r;
	struct cond any = { .dir = 0 }, c;
	struct progbuild *b = progbuild_new();
	struct program *pg;
	int i;

	FUZZ_CHECK(b != NULL);
	for (i = 0; i < TM_MAX; i++)
		opt.timeout[i] = 10;
	progbuild_section(b, SECTION_RDR);
	r = none;
	r.rdr = add_pool(b, inet(0x0a000001), 80, 80);
	c = any;
	c.dir = 1 + DIR_IN;
	c.af = AF_INET;
	c.proto = 6;
	c.dport = (struct cond_port) { .set = true, .lo = 8080, .hi = 8080 };
	add_rule(b, PRULE_RDR, r, c);
	progbuild_section(b, SECTION_NAT);
	r = none;
	r.nat = add_pool(b, inet(0xc0000201), 50001, 65535);
	c = any;
	c.dir = 1 + DIR_OUT;
	c.af = AF_INET;
	c.on = (struct cond_if) { .kind = COND_IF_WORD, .name = "wan0" };
	add_rule(b, PRULE_NAT, r, c);
	progbuild_section(b, SECTION_FILTER);
	r = none;
	r.keep = STATE_KEEP;
	r.allow_opts = 1;
	add_rule(b, PRULE_PASS, r, any);
	r.keep = STATE_MODULATE;
	c = any;
	c.proto = 6;
	c.sport = (struct cond_port) { .set = true, .lo = 0, .hi = 20000 };
	add_rule(b, PRULE_PASS, r, c);
	r = none;
	r.keep = STATE_KEEP;
	r.set_tos = 0x10;
	r.min_ttl = 20;
	r.max_mss = 1000;
	r.scrub = SCRUB_NODF | SCRUB_RANDOMID;
	c = any;
	c.dport = (struct cond_port) { .set = true, .lo = 80, .hi = 90 };
	add_rule(b, PRULE_PASS, r, c);
	r = none;
	r.block = BLOCK_RETURN;
	r.ret_icmp = r.ret_icmp6 = 3;
	c = any;
	c.dport = (struct cond_port) { .set = true, .lo = 0, .hi = 50 };
	add_rule(b, PRULE_BLOCK, r, c);
	FUZZ_CHECK(progbuild_finish(b, &opt, &pg) == 0);
	progbuild_free(b);
	return pg;
}

static void
start(struct engine **e, bool router)
{
	struct engine_config cfg = { .nworkers = 1, .key = { 1, 2, 3 },
		.now = 1000 };

	cfg.arena = new_arena();
	FUZZ_CHECK(engine_new(&cfg, e) == 0);
	FUZZ_CHECK(engine_set_rules(*e, new_program(), new_ifset(router), NULL,
	    NULL) == 0);
}

/* l4_mod() - As the parts' stage has it; 0 where there is none to check. */
static uint32_t
l4_mod(const struct pdesc *pd)
{
	const uint8_t *p = pd->pkt->data, *l4 = p + pd->l3len;

	if ((pd->flags & PD_L4) == 0 || (pd->flags & PD_FRAGMENT) ||
	    pd->pkt->csum != CSUM_FULL ||
	    (pd->proto == 17 && (l4[6] | l4[7]) == 0))
		return 0;
	if (pd->af == AF_INET && pd->proto == 1)
		return sum16(0, l4, pd->l4len) % 0xffff;
	return l4_sum(p, pd->len, pd->l3len, pd->proto) % 0xffff;
}

/*
 * odd_but_right() - What the parser does not take although it may leave
 *
 * Replies to UDP from port 0; errors about a chain too long to be quoted.
 */
static bool
odd_but_right(enum reason why, const struct pdesc *pd)
{
	const uint8_t *l4 = pd->pkt->data + pd->l3len;

	if (why == REASON_SHORT)
		return pd->proto == 17 && (l4[2] | l4[3]) == 0;
	return why == REASON_ICMPINNER && pd->af == AF_INET6 &&
	    pd->len == 1280;
}

/* sent() - Whatever leaves is whole, by an interface that there is. */
static void
sent(struct packet *pkt, bool was_right)
{
	struct pdesc pd;
	enum reason why;

	FUZZ_CHECK(as_host || pkt->out_if == LAN || pkt->out_if == WAN);
	if ((why = pdesc_parse(&pd, pkt)) != REASON_MATCH) {
		FUZZ_CHECK(odd_but_right(why, &pd));
		return;
	}
	FUZZ_CHECK(as_host || pkt->gso != GSO_NONE || pkt->len <= 1500);
	if (was_right)
		FUZZ_CHECK(l4_mod(&pd) == 0);
}

/* made() - All that the engine made: right sums, or those of what came. */
static void
made(bool was_right)
{
	struct packet *pkt;
	int n = 0;

	while ((pkt = engine_made(engine_worker(engine, 0))) != NULL) {
		FUZZ_CHECK(++n <= 4096);
		sent(pkt, was_right);
	}
}

/* turn() - The reply to a packet that left. */
static void
turn(uint8_t *p, uint32_t len)
{
	uint32_t n = p[0] >> 4 == 4 ? 4 : 16, at = n == 4 ? 12 : 8, i;
	uint32_t l4 = n == 4 ? (p[0] & 15) * 4u : 40;
	uint8_t proto = p[n == 4 ? 9 : 6], t;

	for (i = 0; i < n; i++) {
		t = p[at + i];
		p[at + i] = p[at + n + i];
		p[at + n + i] = t;
	}
	if ((proto != 6 && proto != 17) || len < l4 + 8)
		return;
	for (i = 0; i < 2; i++) {
		t = p[l4 + i];
		p[l4 + i] = p[l4 + 2 + i];
		p[l4 + 2 + i] = t;
	}
}

/* burst() - Some copies of a packet at once; the first one is looked at. */
static void
burst(struct packet *pkt, unsigned n)
{
	struct packet copy[COPIES], *v[COPIES] = { pkt };
	struct packet probe = *pkt;
	uint8_t *own[COPIES] = { pkt->data };
	struct pdesc pd;
	unsigned i;
	bool right;

	right = pdesc_parse(&pd, &probe) == REASON_MATCH && l4_mod(&pd) == 0;
	pkt->fate = 0xff;
	for (i = 1; i < n; i++) {
		copy[i] = *pkt;
		FUZZ_CHECK((copy[i].data = malloc(pkt->len + 1)) != NULL);
		memcpy(copy[i].data, pkt->data, pkt->len);
		own[i] = copy[i].data;
		v[i] = &copy[i];
	}
	engine_burst(engine_worker(engine, 0), v, n, now, 1700000000);
	for (i = 0; i < n; i++) {
		FUZZ_CHECK(v[i]->fate == FATE_DROP ||
		    v[i]->fate == FATE_SEND || v[i]->fate == FATE_HELD);
		FUZZ_CHECK(v[i]->reason < REASON_MAX);
		/* a piece that completes a datagram goes on as that */
		if (v[i]->fate == FATE_SEND)
			sent(v[i], right && v[i]->data == own[i]);
		if (i > 0)
			free(own[i]);
	}
	if (pkt->data != own[0]) {
		FUZZ_CHECK((own[0] = realloc(own[0], pkt->len)) != NULL);
		memcpy(own[0], pkt->data, pkt->len);
		pkt->data = own[0];
	}
	/* a datagram may be made of pieces whose sums nobody can check */
	made(right && (pd.flags & PD_FRAGMENT) == 0);
}

/* next() - Where a packet that left the engine turns up again. */
static void
next(struct packet *pkt, uint32_t rnd)
{
	if (as_host && pkt->dir == DIR_IN && rnd & 1) {
		pkt->dir = DIR_OUT; /* forwarded */
		pkt->ifidx = LAN + WAN - pkt->ifidx;
		return;
	}
	turn(pkt->data, pkt->len);
	if (as_host)
		pkt->dir = !pkt->dir;
	else
		pkt->ifidx = pkt->out_if;
}

void
fuzz_engine(const struct fuzz_how *how, const uint8_t *p, size_t len)
{
	struct packet pkt = { .len = (uint32_t)len, .dir = DIR_IN,
		.ifidx = how->dir ? WAN : LAN, .csum = how->csum,
		.gso = how->gso, .gso_size = how->gso_size };
	struct engine_counters c;

	if (engines[0] == NULL) {
		start(&engines[0], true);
		start(&engines[1], false);
	}
	as_host = how->rnd >> 20 & 1;
	engine = engines[as_host];
	if (as_host)
		pkt.dir = how->rnd >> 21 & 1;
	FUZZ_CHECK((pkt.data = malloc(len != 0 ? len : 1)) != NULL);
	memcpy(pkt.data, p, len);
	now += how->rnd % 1024 == 0 ? 5000 : how->rnd % 8;
	burst(&pkt, how->rnd >> 22 & 3 ? 1 : 1 + (how->rnd >> 24) % COPIES);
	if (pkt.fate == FATE_SEND) {
		next(&pkt, how->rnd >> 19);
		burst(&pkt, 1);
	}
	free(pkt.data);
	if (++calls % 16 == 0)
		engine_tick(engine_worker(engine, 0), now, 1700000000);
	if (calls % 4096 == 0) {
		engine_counters(engine, &c);
		FUZZ_CHECK(c.in == c.forwarded + c.dropped + c.consumed);
	}
}
