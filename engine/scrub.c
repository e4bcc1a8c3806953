/* SPDX-License-Identifier: ISC */
/*
 * TOS, DF, IP id, least TTL, largest MSS; and the rows that ask for them.
 *
 * An action is kept as three words, so that workers may store and load it
 * without a lock.
 */
#include "engine/scrub.h"

#include <netinet/in.h>

#include <string.h>

#include "engine/core.h"
#include "engine/fast/cksum.h"
#include "engine/fast/tcp.h"
#include "engine/registry.h"
#include "engine/wire.h"

#define IP4_OFF 6	/* fragment offset and flags */
#define IP4_DF 0x4000
#define TCP_MSS_OPTION 2 /* RFC 9293 3.2 */
#define TOS_LOWDELAY 0x10 /* RFC 791 */
#define TOS_ECN 0x03	 /* RFC 3168: not the rule's to change */

static void
store(struct engine *e, uint32_t row, const struct action *a)
{
	struct row_action *ra = &e->actions[row];
	uint64_t word = a->flags | (uint64_t)a->tos << 8 |
	    (uint64_t)a->min_ttl << 16 | (uint64_t)a->max_mss << 24 |
	    (uint64_t)a->prio[0] << 40 | (uint64_t)a->prio[1] << 48;

	__atomic_store_n(&ra->word, word, __ATOMIC_RELAXED);
	__atomic_store_n(&ra->mark, a->mark, __ATOMIC_RELAXED);
	__atomic_store_n(&ra->steer, a->steer.queue |
	    (uint64_t)a->steer.socket << 16 | (uint64_t)a->steer.table << 32,
	    __ATOMIC_RELAXED);
}

bool
action_row(const struct engine *e, uint32_t row, struct action *a)
{
	uint64_t word = 0, steer = 0;

	a->mark = 0;
	if (row < e->nrows) {
		word = __atomic_load_n(&e->actions[row].word,
		    __ATOMIC_RELAXED);
		a->mark = __atomic_load_n(&e->actions[row].mark,
		    __ATOMIC_RELAXED);
		steer = __atomic_load_n(&e->actions[row].steer,
		    __ATOMIC_RELAXED);
	}
	a->flags = (uint8_t)word;
	a->tos = (uint8_t)(word >> 8);
	a->min_ttl = (uint8_t)(word >> 16);
	a->max_mss = (uint16_t)(word >> 24);
	a->prio[0] = (uint8_t)(word >> 40);
	a->prio[1] = (uint8_t)(word >> 48);
	a->steer.queue = (uint16_t)steer;
	a->steer.socket = (uint16_t)(steer >> 16);
	a->steer.table = (uint16_t)(steer >> 32);
	a->any = word != 0 || a->mark != 0 || steer != 0;
	return a->any;
}

/* add() - A later action over an earlier one; as program_eval() does. */
static void
add(struct action *a, const struct action *more)
{
	if (more->flags & ACTION_TOS)
		a->tos = more->tos;
	if (more->flags & ACTION_PRIO)
		memcpy(a->prio, more->prio, sizeof(a->prio));
	a->flags |= more->flags;
	if (more->min_ttl != 0)
		a->min_ttl = more->min_ttl;
	if (more->max_mss != 0)
		a->max_mss = more->max_mss;
	if (more->mark != 0)
		a->mark = more->mark;
	steer_add(&a->steer, &more->steer);
	a->any |= more->any;
}

static void
set(struct action *a, int tos, const int16_t prio[2], uint16_t scrub,
    uint16_t min_ttl, uint16_t max_mss, uint32_t mark,
    const struct steer *steer)
{
	a->flags = 0;
	a->tos = a->prio[0] = a->prio[1] = 0;
	if (prio[0] >= 0) {
		a->flags |= ACTION_PRIO;
		a->prio[0] = (uint8_t)prio[0];
		a->prio[1] = (uint8_t)prio[1];
	}
	if (tos >= 0) {
		a->flags |= ACTION_TOS;
		a->tos = (uint8_t)tos;
	}
	if (scrub & SCRUB_NODF)
		a->flags |= ACTION_NODF;
	if (scrub & SCRUB_RANDOMID)
		a->flags |= ACTION_RANDOMID;
	a->min_ttl = (uint8_t)min_ttl;
	a->max_mss = max_mss;
	a->mark = mark;
	a->steer = *steer;
	a->any = true;
}

void
action_sum(const struct verdict *v, struct action *a)
{
	set(a, v->set_tos, v->set_prio, v->scrub, v->min_ttl, v->max_mss,
	    v->mark, &v->steer);
}

void
action_bind(struct engine *e, const struct prule *r)
{
	struct action a;

	if (r->row >= e->nrows)
		return;
	set(&a, r->set_tos, r->set_prio, r->scrub, r->min_ttl, r->max_mss,
	    r->mark, &r->steer);
	store(e, r->row, &a);
}

/* A set names the deciding rule first; its word is the last one. */
void
action_bind_set(struct engine *e, uint32_t row)
{
	uint32_t member[ROW_MEMBERS];
	struct action sum = { 0 }, a;
	unsigned n, i;

	if (row >= e->nrows)
		return;
	n = registry_members(e->arena, row, member);
	for (i = 1; i <= n; i++) {
		action_row(e, member[i % n], &a);
		add(&sum, &a);
	}
	store(e, row, &sum);
}

/* pf: an acknowledgement without data, or a packet that asks for low delay. */
static bool
urgent(const struct pdesc *pd)
{
	if (pd->tos & TOS_LOWDELAY)
		return true;
	return pd->proto == IPPROTO_TCP && pd->flags & PD_L4 &&
	    pd->tcpflags & TCPF_ACK && pd->datalen == 0;
}

void
scrub_announce(struct pdesc *pd, const struct action *a)
{
	if (!a->any)
		return;
	if (pd->ttl < a->min_ttl)
		pd->ttl = a->min_ttl;
	if (a->flags & ACTION_NODF && pd->af == AF_INET)
		pd->flags &= (uint16_t)~PD_DF;
	if (a->mark != 0)
		pd->pkt->mark = a->mark;
	steer_add(&pd->pkt->steer, &a->steer);
	if (a->flags & ACTION_PRIO) {
		pd->prio = a->prio[urgent(pd)];
		pd->pkt->set_prio = (uint8_t)(pd->prio + 1);
	}
}

/* put16() - Change 16 bits of an IPv4 header, and its sum. */
static void
put16(uint8_t *ip, unsigned off, uint16_t to)
{
	uint16_t from = wire_raw16(ip + off);

	if (from == to)
		return;
	wire_put_raw16(ip + off, to);
	wire_put_raw16(ip + 10, cksum_update16(wire_raw16(ip + 10), from, to));
}

static void
scrub4(struct pdesc *pd, const struct action *a, uint32_t rnd)
{
	uint8_t *ip = pd->pkt->data;
	uint16_t off = wire_get16(ip + IP4_OFF);

	if (a->flags & ACTION_TOS)
		put16(ip, 0, htons((uint16_t)(ip[0] << 8 |
		    (a->tos & ~TOS_ECN) | (ip[1] & TOS_ECN))));
	if (a->flags & ACTION_NODF)
		put16(ip, IP4_OFF, htons(off & (uint16_t)~IP4_DF));
	if (a->flags & ACTION_RANDOMID && (off & ~IP4_DF) == 0)
		put16(ip, 4, (uint16_t)rnd);
	if (ip[8] < a->min_ttl)
		put16(ip, 8, htons((uint16_t)(a->min_ttl << 8 | ip[9])));
}

static void
scrub6(struct pdesc *pd, const struct action *a)
{
	uint8_t *ip = pd->pkt->data, tos;

	if (a->flags & ACTION_TOS) {
		tos = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
		tos = (uint8_t)((a->tos & ~TOS_ECN) | (tos & TOS_ECN));
		ip[0] = (uint8_t)((ip[0] & 0xf0) | tos >> 4);
		ip[1] = (uint8_t)(tos << 4 | (ip[1] & 0x0f));
	}
	if (ip[7] < a->min_ttl)
		ip[7] = a->min_ttl;
}

/* The MSS option of a SYN; it may lie at an odd place. */
static void
clamp_mss(struct pdesc *pd, uint16_t max)
{
	uint8_t *tcp = pd->pkt->data + pd->l3len, *o = tcp + 20;
	uint8_t *end = tcp + pd->hdrlen;
	uint16_t from, to;

	while (o < end && *o != 0) {
		if (*o == 1) {
			o++;
			continue;
		}
		if (end - o < 2 || o[1] < 2 || o[1] > end - o)
			return;
		if (o[0] == TCP_MSS_OPTION && o[1] == 4)
			break;
		o += o[1];
	}
	if (o >= end || *o == 0 || wire_get16(o + 2) <= max)
		return;
	from = wire_raw16(o + 2);
	wire_put16(o + 2, max);
	to = wire_raw16(o + 2);
	if (pd->pkt->csum == CSUM_PARTIAL)
		return;
	if ((o + 2 - tcp) & 1) {
		from = __builtin_bswap16(from);
		to = __builtin_bswap16(to);
	}
	wire_put_raw16(tcp + 16, cksum_update16(wire_raw16(tcp + 16), from,
	    to));
}

void
scrub_apply(struct pdesc *pd, const struct action *a, uint32_t rnd)
{
	pd->pkt->changed = 1;
	if (pd->af == AF_INET)
		scrub4(pd, a, rnd);
	else
		scrub6(pd, a);
	if (a->max_mss != 0 && pd->proto == IPPROTO_TCP && pd->flags & PD_L4 &&
	    pd->tcpflags & TCPF_SYN)
		clamp_mss(pd, a->max_mss);
}
