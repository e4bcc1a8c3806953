/* SPDX-License-Identifier: ISC */
/*
 * Packets that hit: each is made from the conditions of a rule, then spoiled
 * now and then.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/oracle/gen.h"

static void
any_addr(struct gen *g, uint8_t af, struct addr *a)
{
	uint32_t v = 10u << 24 | gen_rnd(g, 3) << 16 | gen_rnd(g, 4) << 8 |
	    gen_rnd(g, 6);

	memset(a, 0, sizeof(*a));
	if (af == AF_INET) {
		a->w[0] = htonl(gen_chance(g, 97) ? v : 0xc6336401);
		return;
	}
	a->w[0] = htonl(gen_chance(g, 90) ? 0x20010db8 : 0xfe800000);
	a->w[1] = htonl(v & 0xffffff);
	a->w[3] = htonl(gen_rnd(g, 4));
}

/* An address that the condition holds of, if that is easy. */
static void
hit_addr(struct gen *g, const struct rule_host *h, uint8_t af, struct addr *a)
{
	const struct rule_addr *ra = &h->addr;
	const struct table_entry *e;
	struct addr mask;
	unsigned i;

	any_addr(g, af, a);
	if (gen_chance(g, 10))
		return;
	if (ra->type == RULE_ADDR_PREFIX && ra->af == af) {
		addr_mask(&mask, ra->plen);
		for (i = 0; i < 4; i++)
			a->w[i] = (a->w[i] & ~mask.w[i]) | ra->addr.w[i];
	} else if (ra->type == RULE_ADDR_RANGE && ra->af == af)
		*a = gen_chance(g, 50) ? ra->addr : ra->addr2;
	else if (ra->type == RULE_ADDR_TABLE && ra->table->parts->n > 0) {
		e = &ra->table->parts->v[gen_rnd(g, ra->table->parts->n)];
		if (e->af == af)
			*a = e->addr;
	}
	if (gen_chance(g, 5))
		a->b[af == AF_INET ? 3 : 15] ^= 1 << gen_rnd(g, 3);
}

static uint16_t
hit_port(struct gen *g, const struct rule_port *p)
{
	static const uint16_t some[] = { 0, 22, 53, 80, 1024, 5000, 65535 };

	if (p->op == RULE_OP_NONE || gen_chance(g, 10))
		return some[gen_rnd(g, 7)];
	if (p->op >= RULE_OP_IRG && gen_chance(g, 50))
		return p->hi - 1 + gen_rnd(g, 3);
	return gen_chance(g, 60) ? p->lo : p->lo - 1 + gen_rnd(g, 3);
}

static void
set_icmp(struct gen *g, const struct rule *r, struct pdesc *pd)
{
	static const uint8_t types[] = { 0, 3, 8, 128, 129, 135 };

	pd->icmp_type = r->icmp_type >= 0 ? r->icmp_type : types[gen_rnd(g, 6)];
	pd->icmp_code = r->icmp_code >= 0 && gen_chance(g, 80) ?
	    r->icmp_code : (int)gen_rnd(g, 3);
	if (pd->icmp_type == 3)
		pd->flags |= PD_ICMPERR;
	else if (pd->icmp_type == 0 || pd->icmp_type == 129)
		pd->icmp_class = ICMPC_ECHO_REP;
	else if (pd->icmp_type == 8 || pd->icmp_type == 128)
		pd->icmp_class = ICMPC_ECHO_REQ;
	else
		pd->icmp_class = ICMPC_OTHER + 2 * pd->icmp_type;
	pd->cur.sport = htons(gen_rnd(g, 65536));
}

static void
set_l4(struct gen *g, const struct rule *r, struct pdesc *pd)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE, IPPROTO_SCTP,
	};

	pd->proto = r->proto != 0 && gen_chance(g, 95) ? r->proto :
	    protos[gen_rnd(g, 7)];
	if (pd->proto == IPPROTO_ICMP && pd->af == AF_INET6)
		pd->proto = IPPROTO_ICMPV6;
	if (pd->proto == IPPROTO_ICMPV6 && pd->af == AF_INET)
		pd->proto = IPPROTO_ICMP;
	if (r->fragment ? gen_chance(g, 90) : gen_chance(g, 3)) {
		pd->flags |= PD_FRAGMENT;
		if (gen_chance(g, 50))
			return;
		pd->flags |= PD_FIRSTFRAG | PD_L4;
	} else if (pd->proto != IPPROTO_GRE)
		pd->flags |= PD_L4;
	if (pd->proto == IPPROTO_ICMP || pd->proto == IPPROTO_ICMPV6)
		set_icmp(g, r, pd);
	else if (pd->proto != IPPROTO_GRE) {
		pd->cur.sport = htons(hit_port(g, &r->from.port));
		pd->cur.dport = htons(hit_port(g, &r->to.port));
	}
	if (pd->proto == IPPROTO_TCP)
		pd->tcpflags = gen_chance(g, 80) ?
		    r->flags | (gen_rnd(g, 256) & ~r->flagset) :
		    gen_rnd(g, 256);
}

void
gen_packet(struct gen *g, const struct ifset *ifs, struct pdesc *pd)
{
	const struct rule *r = g->all[gen_rnd(g, g->nall)];
	bool turn;

	memset(pd, 0, sizeof(*pd));
	pd->af = r->af != 0 && gen_chance(g, 97) ? r->af :
	    gen_chance(g, 70) ? AF_INET : AF_INET6;
	pd->dir = r->dir == RULE_IN ? DIR_IN : r->dir == RULE_OUT ? DIR_OUT :
	    gen_rnd(g, 2);
	if (gen_chance(g, 5))
		pd->dir = gen_rnd(g, 2);
	turn = r->class == RULE_CLASS_BINAT && pd->dir == DIR_IN;
	hit_addr(g, turn ? &r->to : &r->from, pd->af, &pd->cur.src);
	hit_addr(g, turn ? &r->from : &r->to, pd->af, &pd->cur.dst);
	if (turn && r->binat != NULL)
		pd->cur.dst = r->binat->v->addr.addr;
	set_l4(g, r, pd);
	pd->ifidx = 1 + gen_rnd(g, ifs->nifaces);
	pd->received_on = pd->dir == DIR_IN ? pd->ifidx :
	    gen_rnd(g, ifs->nifaces + 1);
	pd->tos = r->tos >= 0 && gen_chance(g, 80) ? r->tos : (int)gen_rnd(g, 4);
	pd->prio = r->prio >= 0 && gen_chance(g, 80) ? (uint8_t)r->prio :
	    gen_chance(g, 10) ? PD_PRIO_NONE : (uint8_t)gen_rnd(g, 8);
	pd->len = 40 + gen_rnd(g, 1460);
	pd->tag = gen_chance(g, 20) ? 1 + gen_rnd(g, GEN_TAGS) : 0;
	pd->key = pd->cur;
}
