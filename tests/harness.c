/* SPDX-License-Identifier: ISC */
/*
 * An engine in memory.
 */
#include "tests/harness.h"

#include <sys/mman.h>

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ifset.h"
#include "engine/statetab.h"
#include "engine/table.h"
#include "parser/load.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"
#include "tests/hexpkt.h"

#define WALL_START 1700000000u
#define IFACES 16
#define ADDRS 64
#define ROUTES 16
#define GUARD (1u << 16) /* bytes around an arena */

/* A table's number; its addresses go into the set on the way. */
static uint32_t
table_number(void *arg, const struct table *t)
{
	struct harness *h = arg;
	struct table_set *ts = h->tables;
	struct table_ent te;
	uint32_t nr, i, j;

	nr = table_find(ts, t->anchor->path, t->name);
	if (nr == TABLE_NONE)
		ck_assert_int_eq(table_new(ts, t->anchor->path, t->name, &nr),
		    0);
	for (i = 0; i < t->nparts; i++)
		for (j = 0; j < t->parts[i].n; j++) {
			memset(&te, 0, sizeof(te));
			te.addr = t->parts[i].v[j].addr;
			te.af = t->parts[i].v[j].af;
			te.plen = t->parts[i].v[j].plen;
			te.neg = t->parts[i].v[j].neg;
			te.weight = t->parts[i].v[j].weight != 0 ?
			    t->parts[i].v[j].weight : 1;
			ck_assert_int_ge(table_add(ts, nr, &te), 0);
		}
	table_publish(ts, nr);
	return nr;
}

/* A tag's number, as natd gives it: the arena keeps it. */
static uint16_t
tag_number(void *arg, const char *name)
{
	struct harness *h = arg;
	uint16_t nr;

	for (nr = 1; h->arena->tags[nr][0] != '\0'; nr++)
		if (strcmp(h->arena->tags[nr], name) == 0)
			return nr;
	ck_assert_uint_lt(strlen(name), ARENA_TAGLEN);
	strcpy(h->arena->tags[nr], name);
	return nr;
}

static struct ruleset *
read_rules(const char *text, struct diag *d)
{
	struct load_options opt = {
		.text = text,
		.len = strlen(text),
		.name = "test.conf",
		.host = host_new(false),
	};
	struct ruleset *rs = NULL;

	if (load_ruleset(&opt, d, &rs) != 0) {
		diag_print(d, stderr, "harness", 0);
		ck_abort_msg("the ruleset does not load");
	}
	host_free(opt.host);
	return rs;
}

static struct program *
compile(struct harness *h, struct ruleset *rs, struct diag *d)
{
	struct compile_env env = {
		.table = table_number, .tag = tag_number, .arg = h,
	};
	struct program *pg = NULL;
	struct iface_stmt *st;

	/* the text says `tun', so that interfaces have their addresses */
	for (st = rs->ifaces; !h->ifs->router && st != NULL; st = st->next)
		st->plane = PLANE_DIVERT;
	if (compile_ruleset(rs, &env, d, &pg) != 0) {
		diag_print(d, stderr, "harness", 0);
		ck_abort_msg("the ruleset does not compile");
	}
	return pg;
}

static uint32_t
add_addresses(const struct iface_stmt *st, struct ifaddr *ia)
{
	uint32_t i;

	for (i = 0; i < st->naddrs; i++) {
		ia[i].addr = st->addrs[i].addr;
		ia[i].af = st->addrs[i].af;
		ia[i].plen = st->addrs[i].plen;
		if (ia[i].af == AF_INET && ia[i].plen < 31) {
			ia[i].broadcast = ia[i].addr;
			addr_set_host(&ia[i].broadcast, ia[i].plen, AF_INET);
		}
	}
	return st->naddrs;
}

static struct ifset *
make_ifset(const struct ruleset *rs, bool router, bool through)
{
	struct ifset *ifs;
	struct iface ifaces[IFACES];
	struct ifaddr addrs[ADDRS];
	struct route routes[ROUTES];
	const struct iface_stmt *st;
	const struct route_stmt *rt;
	uint32_t naddrs = 0, nroutes = 0, i;
	uint16_t n = 0;

	memset(ifaces, 0, sizeof(ifaces));
	memset(addrs, 0, sizeof(addrs));
	memset(routes, 0, sizeof(routes));
	for (st = rs->ifaces; st != NULL; st = st->next) {
		snprintf(ifaces[++n].name, IFACE_NAMELEN, "%s", st->name);
		ifaces[n].index = n;
		ifaces[n].flags = IFACE_UP;
		if (through)
			ifaces[n].flags |= IFACE_THROUGH | IFACE_OWNSRC |
			    IFACE_GUARD;
		for (i = 0; i < rs->options.nskip; i++)
			if (strcmp(rs->options.skip[i], st->name) == 0)
				ifaces[n].flags |= IFACE_SKIP;
		ifaces[n].mtu = st->mtu != 0 ? st->mtu : 1500;
		ifaces[n].addr = naddrs;
		ifaces[n].naddr = add_addresses(st, addrs + naddrs);
		naddrs += ifaces[n].naddr;
	}
	for (rt = rs->routes; rt != NULL; rt = rt->next, nroutes++) {
		routes[nroutes].dst = rt->net;
		routes[nroutes].gateway = rt->via;
		routes[nroutes].af = rt->af;
		routes[nroutes].plen = rt->plen;
		for (i = 1; i <= n; i++)
			if (strcmp(ifaces[i].name, rt->iface->name) == 0)
				routes[nroutes].ifidx = (uint16_t)i;
	}
	ifs = ifset_new(ifaces, n, addrs, naddrs, routes, nroutes, router);
	if (ifs != NULL)
		ifs->through = through;
	return ifs;
}

void
harness_load(struct harness *h, const char *text)
{
	struct diag *d = diag_new();
	struct ruleset *rs = read_rules(text, d);
	struct program *pg = compile(h, rs, d), *old = NULL;

	ck_assert_int_eq(engine_set_rules(h->engine, pg, h->ifs,
	    &old, NULL), 0);
	h->program = pg;
	program_free(old);
	ruleset_free(rs);
	diag_free(d);
}

void
harness_interfaces(struct harness *h, const char *text)
{
	struct diag *d = diag_new();
	struct ruleset *rs = read_rules(text, d);
	bool router = h->ifs == NULL || h->ifs->router;
	struct ifset *ifs = make_ifset(rs, router, h->through), *old = NULL;

	ck_assert_ptr_nonnull(ifs);
	ck_assert_int_eq(engine_set_ifset(h->engine, ifs, &old), 0);
	h->ifs = ifs;
	ifset_free(old);
	ruleset_free(rs);
	diag_free(d);
}

static void
make_arena(struct harness *h, const struct harness_options *o)
{
	struct arena_config c = {
		.record_max = o->records != 0 ? o->records : 4096,
		.row_max = 1024,
		.worker_max = o->workers != 0 ? o->workers : 1,
		.limit = 100000,
		.hash_key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 },
	};

	char *mem;

	/* whoever looks beyond it on either side is caught */
	h->size = arena_size(&c);
	mem = mmap(NULL, h->size + 2 * GUARD, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert(mem != MAP_FAILED);
	h->mem = mem + GUARD;
	ck_assert_int_eq(mprotect(h->mem, h->size, PROT_READ | PROT_WRITE),
	    0);
	ck_assert_int_eq(arena_init(h->mem, h->size, &c, &h->arena), 0);
}

static uint16_t iface_index(const struct harness *, const char *);

void
harness_way(struct harness *h, const char *text)
{
	struct ifway *v = &h->way[h->nways++];
	struct ifset *ifs, *old = NULL;
	char name[16], addr[64];

	ck_assert_uint_le(h->nways, HARNESS_SOCKETS);
	ck_assert_int_eq(sscanf(text, "%15s %63s", name, addr), 2);
	v->copies = strstr(text, " copies") != NULL;
	v->af = strchr(addr, ':') != NULL ? AF_INET6 : AF_INET;
	if (strcmp(addr, "-") != 0)
		ck_assert_int_eq(inet_pton(v->af, addr, &v->gw), 1);
	if (strcmp(name, "-") != 0)
		v->ifidx = iface_index(h, name);
	ifs = ifset_new(h->ifs->ifaces, h->ifs->nifaces, h->ifs->addrs,
	    h->ifs->naddrs, NULL, 0, false);
	ck_assert_ptr_nonnull(ifs);
	ck_assert_int_eq(ifset_ways(ifs, h->way, h->nways), 0);
	ck_assert_int_eq(engine_set_ifset(h->engine, ifs, &old), 0);
	h->ifs = ifs;
	ifset_free(old);
}

static bool
find_socket(void *arg, unsigned worker, const struct host_ask *ask,
    uint32_t *uid)
{
	struct harness *h = arg;
	const struct harness_socket *s;

	(void)worker;
	h->asked++;
	for (s = h->socket; s < h->socket + h->nsockets; s++) {
		if (s->af != ask->af || s->proto != ask->proto ||
		    s->port != ntohs(ask->t.dport) ||
		    (s->ifidx != 0 && ask->ifidx != 0 &&
		    s->ifidx != ask->ifidx) ||
		    (!addr_is_zero(&s->addr) &&
		    !addr_equal(&s->addr, &ask->t.dst)))
			continue;
		*uid = s->uid;
		return true;
	}
	return false;
}

void
harness_socket(struct harness *h, const char *text)
{
	struct harness_socket *s = &h->socket[h->nsockets++];
	char proto[8], addr[64], iface[16] = "";
	unsigned port, uid;

	ck_assert_uint_le(h->nsockets, HARNESS_SOCKETS);
	ck_assert_int_ge(sscanf(text, "%7s %63s %u %u %15s", proto, addr,
	    &port, &uid, iface), 4);
	if (iface[0] != '\0')
		s->ifidx = iface_index(h, iface);
	s->proto = strcmp(proto, "udp") == 0 ? IPPROTO_UDP : IPPROTO_TCP;
	s->af = strchr(addr, ':') != NULL ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(s->af, addr, &s->addr), 1);
	s->port = (uint16_t)port;
	s->uid = uid;
}

static void
make_engine(struct harness *h, const struct harness_options *o)
{
	struct engine_config ec = {
		.arena = h->arena,
		.nworkers = o->workers != 0 ? o->workers : 1,
		.new_budget = o->new_budget,
		.now = h->now,
		.host = &h->host,
	};
	unsigned i;

	h->host.arg = h;
	h->host.socket = find_socket;
	for (i = 0; i < sizeof(ec.key); i++)
		ec.key[i] = (uint8_t)(i + o->seed);
	ck_assert_int_eq(engine_new(&ec, &h->engine), 0);
	h->worker = engine_worker(h->engine, 0);
	h->tables = table_set_new(ec.nworkers);
	ck_assert_int_eq(engine_set_tables(h->engine, h->tables, NULL), 0);
}

/* An engine over the arena, with interfaces and rules from a text. */
static void
start(struct harness *h, const char *text, const struct harness_options *o)
{
	struct diag *d = diag_new();
	struct ruleset *rs = read_rules(text, d);

	make_engine(h, o);
	h->through = o->through;
	h->ifs = make_ifset(rs, !o->host, h->through);
	ck_assert_ptr_nonnull(h->ifs);
	h->program = compile(h, rs, d);
	ck_assert_int_eq(engine_set_rules(h->engine, h->program, h->ifs, NULL,
	    NULL), 0);
	ruleset_free(rs);
	diag_free(d);
}

static void
stop(struct harness *h)
{
	engine_free(h->engine);
	program_free(h->program);
	ifset_free(h->ifs);
	table_set_free(h->tables);
	arena_close(h->arena);
}

void
harness_new_with(struct harness *h, const char *text,
    const struct harness_options *o)
{
	memset(h, 0, sizeof(*h));
	h->now = HARNESS_START;
	h->wall = WALL_START;
	h->out = calloc(HARNESS_OUT, sizeof(*h->out));
	ck_assert_ptr_nonnull(h->out);
	make_arena(h, o);
	start(h, text, o);
}

void
harness_end(struct harness *h)
{
	stop(h);
}

int
harness_begin(struct harness *h, const char *text,
    struct statetab_rebuilt *found)
{
	static const uint64_t key[2] = { 0x1122334455667788, 42 };
	int error;

	if ((error = arena_open(h->mem, h->size, &h->arena)) != 0)
		return error;
	ck_assert_int_eq(statetab_rebuild(h->arena, key, true, found), 0);
	start(h, text, &(struct harness_options){ .seed = 99 });
	return 0;
}

void
harness_restart(struct harness *h, const char *text)
{
	struct statetab_rebuilt found;

	harness_end(h);
	ck_assert_int_eq(harness_begin(h, text, &found), 0);
	ck_assert_uint_eq(found.mended + found.dropped, 0);
}

void
harness_new(struct harness *h, const char *text)
{
	harness_new_with(h, text, &(struct harness_options){ 0 });
}

void
harness_free(struct harness *h)
{
	stop(h);
	munmap((char *)h->mem - GUARD, h->size + 2 * GUARD);
	free(h->out);
}

static void
collect(struct harness *h, const struct packet *p, bool made)
{
	struct out *o;
	const char *bad;

	ck_assert_uint_lt(h->nout, HARNESS_OUT);
	o = &h->out[h->nout++];
	o->made = made;
	o->p = *p;
	o->b.len = p->len;
	memcpy(o->b.b, p->data, p->len);
	o->p.data = o->b.b;
	ck_assert_uint_ge(p->out_if, 1);
	ck_assert_uint_le(p->out_if, h->ifs->nifaces);
	snprintf(o->iface, sizeof(o->iface), "%s",
	    h->ifs->ifaces[p->out_if].name);
	bad = p->csum == CSUM_FULL ? pkt_sums(p->data, p->len) : NULL;
	ck_assert_msg(bad == NULL, "the %s sum is wrong", bad);
}

static void
conserved(const struct harness *h)
{
	struct engine_counters c;

	engine_counters(h->engine, &c);
	ck_assert_uint_eq(c.in, c.forwarded + c.dropped + c.consumed);
}

void
harness_run(struct harness *h, struct packet *const *p, unsigned n)
{
	struct packet *made;
	unsigned i;

	h->nout = 0;
	engine_burst(h->worker, p, n, h->now, h->wall);
	for (i = 0; i < n; i++) {
		h->fate = p[i]->fate;
		h->reason = p[i]->reason;
		if (p[i]->fate == FATE_SEND)
			collect(h, p[i], false);
	}
	while ((made = engine_made(h->worker)) != NULL)
		collect(h, made, true);
	conserved(h);
}

static uint16_t
iface_index(const struct harness *h, const char *name)
{
	const struct iface *ifp = ifset_find(h->ifs, name);

	ck_assert_msg(ifp != NULL, "no interface %s", name);
	return ifp->index;
}

static void
add_text(struct harness *h, const char *s)
{
	size_t n = strlen(h->text);

	snprintf(h->text + n, sizeof(h->text) - n, "%s%s",
	    n > 0 ? " | " : "", s);
}

/* What is set on a packet beside its bytes: @set, less @bias, if not 0. */
static void
add_word(struct harness *h, const char *format, uint32_t set, uint32_t bias)
{
	size_t n = strlen(h->text);

	if (set == 0)
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(h->text + n, sizeof(h->text) - n, format, set - bias);
#pragma GCC diagnostic pop
}

const char *
harness_tell(struct harness *h)
{
	char words[PKT_TEXT], line[PKT_TEXT + 32];
	unsigned i;

	h->text[0] = '\0';
	if (h->fate == FATE_DROP) {
		snprintf(line, sizeof(line), "drop %s",
		    reason_name(h->reason));
		add_text(h, line);
	}
	for (i = 0; i < h->nout; i++) {
		snprintf(line, sizeof(line), "%s %s", h->out[i].iface,
		    pkt_text(h->out[i].b.b, h->out[i].b.len, words));
		add_text(h, line);
		add_word(h, " prio %u", h->out[i].p.set_prio, 1);
		add_word(h, " way %u", h->out[i].p.way, 0);
		add_word(h, " copy %u", h->out[i].p.copy, 0);
		add_word(h, " divert %u", h->out[i].p.steer.queue, 0);
		add_word(h, " table %u", h->out[i].p.steer.table, 1);
		add_word(h, " socket %u", h->out[i].p.steer.socket, 0);
		add_word(h, " home", h->out[i].p.home, 0);
	}
	if (h->text[0] == '\0')
		add_text(h, "held");
	return h->text;
}

static const char *
one(struct harness *h, const char *iface, unsigned dir, bool again,
    const struct pkt *pk)
{
	static struct pkt copy; /* too large for a stack */
	struct packet p = {
		.data = copy.b,
		.len = pk->len,
		.ifidx = iface_index(h, iface),
		.dir = (uint8_t)dir,
		.owned = h->owned, .uid = h->uid, .gid = h->gid,
		.prio = h->prio, .local = h->local, .routed = h->routed,
		.again = again,
	};
	struct packet *v[1] = { &p };

	if (dir == DIR_OUT && !h->local) {
		p.in_if = h->in_if;
		p.tag = h->tag;
	}
	memcpy(copy.b, pk->b, pk->len);
	harness_run(h, v, 1);
	if (dir == DIR_IN) {
		h->in_if = p.ifidx;
		h->tag = p.carry;
	}
	return harness_tell(h);
}

const char *
harness_packet(struct harness *h, const char *iface, const struct pkt *pk)
{
	return one(h, iface, DIR_IN, false, pk);
}

static const char *
in_words(struct harness *h, const char *iface, unsigned dir, bool again,
    const char *text)
{
	static struct pkt pk;

	if (strncmp(text, "hex ", 4) == 0)
		pk.len = (uint32_t)hexpkt(pk.b, sizeof(pk.b), text + 4);
	else
		pkt_read(&pk, text);
	return one(h, iface, dir, again, &pk);
}

const char *
harness_dir(struct harness *h, const char *iface, unsigned dir,
    const char *text)
{
	return in_words(h, iface, dir, false, text);
}

const char *
harness_again(struct harness *h, const char *iface, const char *text)
{
	return in_words(h, iface, DIR_OUT, true, text);
}

const char *
harness_in(struct harness *h, const char *iface, const char *text)
{
	return harness_dir(h, iface, DIR_IN, text);
}

void
harness_burst(struct harness *h, const char *iface, const char *const *text,
    unsigned n)
{
	struct pkt *pk = calloc(n, sizeof(*pk));
	struct packet p[BURST_MAX], *v[BURST_MAX];
	unsigned i;

	ck_assert_ptr_nonnull(pk);
	ck_assert_uint_le(n, BURST_MAX);
	memset(p, 0, sizeof(p));
	for (i = 0; i < n; i++) {
		pkt_read(&pk[i], text[i]);
		p[i].data = pk[i].b;
		p[i].len = pk[i].len;
		p[i].ifidx = iface_index(h, iface);
		v[i] = &p[i];
	}
	harness_run(h, v, n);
	free(pk);
}

void
harness_wait(struct harness *h, uint64_t ms)
{
	uint64_t end = h->now + ms;

	while (h->now < end) {
		h->now += end - h->now < 1000 ? end - h->now : 1000;
		h->wall = WALL_START +
		    (uint32_t)((h->now - HARNESS_START) / 1000);
		while (engine_tick(h->worker, h->now, h->wall) == 0)
			continue;
	}
}

unsigned
harness_states(const struct harness *h)
{
	return arena_states(h->arena);
}

static void
show_end(char *out, size_t room, const struct state_view *v,
    const struct view_end *e)
{
	char a[64];

	inet_ntop(v->af, &e->addr, a, sizeof(a));
	if (e->port == 0)
		snprintf(out, room, "%s", a);
	else
		snprintf(out, room, v->af == AF_INET6 ? "%s[%u]" : "%s:%u", a,
		    e->port);
}

static bool
same_end(const struct view_end *a, const struct view_end *b)
{
	return addr_equal(&a->addr, &b->addr) && a->port == b->port;
}

static const char *
proto_name(uint8_t proto)
{
	return proto == 6 ? "tcp" : proto == 17 ? "udp" :
	    proto == 132 ? "sctp" : proto == 1 ? "icmp" :
	    proto == 58 ? "icmp6" : "other";
}

/* As language.md 18 has it, for tests that compare whole lines. */
static void
show_state(struct harness *h, const struct state_view *v)
{
	char end[2][64], paren[2][160] = { "", "" };
	const struct view_end *shown, *other;
	unsigned i;

	for (i = 0; i < 2; i++) {
		shown = v->dir == DIR_OUT ? &v->wire[i] : &v->stack[i];
		other = v->dir == DIR_OUT ? &v->stack[i] : &v->wire[i];
		show_end(end[i], sizeof(end[i]), v, shown);
		if (!same_end(shown, other)) {
			strcpy(paren[i], " (");
			show_end(paren[i] + 2, sizeof(paren[i]) - 3, v, other);
			strcat(paren[i], ")");
		}
		if (addr_is_zero(&v->gw[i].addr))
			continue;
		strcat(paren[i], " {");
		show_end(paren[i] + strlen(paren[i]), 64, v, &v->gw[i]);
		strcat(paren[i], "}");
	}
	snprintf(h->text, sizeof(h->text), "%s %s %s%s %s %s%s       %u:%u",
	    v->ifidx == 0 ? "all" : v->ifidx > h->ifs->nifaces ? "gone" :
	    h->ifs->ifaces[v->ifidx].name,
	    proto_name(v->proto), end[0], paren[0],
	    v->dir == DIR_OUT ? "->" : "<-", end[1], paren[1],
	    v->peer[0].state, v->peer[1].state);
}

const char *
harness_state(struct harness *h, unsigned n)
{
	struct state_view v[2];
	uint32_t index;
	unsigned k;

	for (index = 0; index < view_limit(h->engine); index++) {
		k = view_record(h->engine, index, h->now, h->wall, v);
		if (n < k) {
			show_state(h, &v[n]);
			return h->text;
		}
		n -= k;
	}
	return NULL;
}

uint64_t
harness_reason(const struct harness *h, enum reason reason)
{
	struct engine_counters c;

	engine_counters(h->engine, &c);
	return c.reason[reason];
}
