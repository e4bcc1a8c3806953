/* SPDX-License-Identifier: ISC */
/*
 * What rules ask, in the program's words.
 */
#include <netinet/in.h>

#include <string.h>

#include "engine/packet.h"
#include "rules/compile_impl.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

/* A port operator as a range of ports, or all but the range. */
static void
cond_port(struct cond_port *c, const struct rule_port *p)
{
	uint32_t lo = p->lo, hi = p->lo;

	switch (p->op) {
	case RULE_OP_NONE:
		return;
	case RULE_OP_EQ:
	case RULE_OP_NE:
		break;
	case RULE_OP_LT:
	case RULE_OP_LE:
		lo = 0;
		hi = p->op == RULE_OP_LE ? hi + 1 : hi;	/* first behind */
		if (hi == 0)
			lo = 1;
		else
			hi--;
		break;
	case RULE_OP_GT:
	case RULE_OP_GE:
		lo = p->op == RULE_OP_GT ? lo + 1 : lo;
		hi = UINT16_MAX;
		break;
	case RULE_OP_IRG:
		lo++;
		hi = p->hi == 0 ? 0 : p->hi - 1;
		break;
	case RULE_OP_XRG:
	case RULE_OP_RRG:
		hi = p->hi;
		break;
	}
	c->set = true;
	c->neg = p->op == RULE_OP_NE || p->op == RULE_OP_XRG;
	if (lo > hi) {
		lo = 1;		/* no port at all */
		hi = 0;
	}
	c->lo = lo;
	c->hi = hi;
}

/* `unknown' is the highest id, and belongs to no range. */
static void
cond_owner(struct cond_owner *c, const struct rule_owner *o)
{
	bool neg = o->op == RULE_OP_NE;

	if (o->op == RULE_OP_NONE)
		return;
	c->set = true;
	c->lo = 0;
	c->hi = RULE_ID_UNKNOWN - 1;
	switch (o->op) {
	case RULE_OP_EQ:
	case RULE_OP_NE:
		c->neg = neg;
		c->nobody = (o->lo == RULE_ID_UNKNOWN) != neg;
		c->lo = o->lo;
		c->hi = o->lo == RULE_ID_UNKNOWN ? 0 : o->lo;
		break;
	case RULE_OP_LT:
	case RULE_OP_LE:
		c->hi = o->op == RULE_OP_LE ? o->lo : o->lo - 1;
		if (o->op == RULE_OP_LT && o->lo == 0)
			c->lo = 1, c->hi = 0;
		break;
	case RULE_OP_GT:
	case RULE_OP_GE:
		c->lo = o->op == RULE_OP_GE ? o->lo : o->lo + 1;
		break;
	case RULE_OP_IRG:
		c->lo = o->lo + 1;
		c->hi = o->hi == 0 ? 0 : o->hi - 1;
		break;
	case RULE_OP_XRG:
		c->neg = true;
		c->lo = o->lo;
		c->hi = o->hi;
		break;
	}
}

/* The kind, for types that need no more. */
static const uint8_t kinds[] = {
	[RULE_ADDR_ANY] = COND_ANY,
	[RULE_ADDR_PREFIX] = COND_RANGE,
	[RULE_ADDR_RANGE] = COND_RANGE,
	[RULE_ADDR_TABLE] = COND_TABLE,
	[RULE_ADDR_DYNIF] = COND_DYNIF,
	[RULE_ADDR_NOROUTE] = COND_NOROUTE,
	[RULE_ADDR_URPF] = COND_URPF,
};

static void
cond_addr(struct compile *c, const struct rule *r, struct cond_addr *ca,
    const struct rule_addr *a)
{
	ca->kind = kinds[a->type];
	ca->af = a->af != 0 ? a->af : r->af;
	switch (a->type) {
	case RULE_ADDR_PREFIX:
		ca->lo = ca->hi = a->addr;
		addr_apply_plen(&ca->lo, a->plen);
		addr_set_host(&ca->hi, a->plen, ca->af);
		break;
	case RULE_ADDR_RANGE:
		ca->lo = a->addr;
		ca->hi = a->addr2;
		break;
	case RULE_ADDR_TABLE:
		ca->ref = compile_table(c, r, a->table);
		break;
	case RULE_ADDR_DYNIF:
		ca->ref = progbuild_dyn(c->b, a->name, a->mods, a->plen);
		break;
	}
}

_Static_assert((int)RULE_MOD_NETWORK == (int)DYN_NETWORK &&
    (int)RULE_MOD_BROADCAST == (int)DYN_BROADCAST &&
    (int)RULE_MOD_PEER == (int)DYN_PEER &&
    (int)RULE_MOD_NOALIAS == (int)DYN_NOALIAS,
    "modifiers are the same bits");

static void
cond_if(struct cond_if *c, const char *name, bool any, bool neg)
{
	if (any)
		c->kind = COND_IF_ANY;
	else if (name != NULL) {
		c->kind = COND_IF_WORD;
		c->name = name;
	}
	c->neg = neg;
}

void
compile_cond(struct compile *c, const struct rule *r, struct cond *cond)
{
	memset(cond, 0, sizeof(*cond));
	cond_if(&cond->on, r->ifname, r->if_any, r->if_neg);
	cond_if(&cond->received_on, r->received_on, r->received_on_any,
	    r->received_on_neg);
	cond->dir = r->dir == RULE_IN ? 1 + DIR_IN :
	    r->dir == RULE_OUT ? 1 + DIR_OUT : 0;
	if (r->class == RULE_CLASS_NAT)
		cond->dir = 1 + DIR_OUT;
	if (r->class == RULE_CLASS_RDR)
		cond->dir = 1 + DIR_IN;
	cond->af = r->af;
	cond->proto = r->proto;
	cond_addr(c, r, &cond->src, &r->from.addr);
	cond_addr(c, r, &cond->dst, &r->to.addr);
	cond->src.neg = r->from.neg;
	cond->dst.neg = r->to.neg;
	cond_port(&cond->sport, &r->from.port);
	cond_port(&cond->dport, &r->to.port);
	cond->flags = r->flags;
	cond->flagset = r->flagset;
	cond->icmp_type = r->icmp_type;
	cond->icmp_code = r->icmp_code;
	cond->tos = r->tos;
	cond->prio = r->prio;
	cond_owner(&cond->user, &r->user);
	cond_owner(&cond->group, &r->group);
	cond->fragment = r->fragment;
	cond->no_reply = r->class == RULE_CLASS_FILTER &&
	    r->action == RULE_PASS && r->state != RULE_STATE_NONE &&
	    !r->st.sloppy;
	cond->max_len = r->max_pkt_size;
	cond->probability = r->probability;
	if (r->tagged.text != NULL) {
		cond->tag = compile_tag(c, r, r->tagged.text);
		cond->tag_neg = r->tagged_neg;
	}
}

void
compile_binat_out(struct compile *c, const struct rule *r, struct prule *p,
    struct cond *cond)
{
	cond->dir = 1 + DIR_OUT;
	p->nat = r->binat == NULL ? PROG_NONE :
	    compile_pool(c, r, r->binat, POOL_OF_NAT);
	p->rdr = PROG_NONE;
}

/* Packets to the outside address, from those that `to' names. */
void
compile_binat_in(struct compile *c, const struct rule *r, struct prule *p,
    struct cond *cond)
{
	struct pool_addr inside = { .addr = r->from.addr, .weight = 1 };
	struct pool back = { .v = &inside, .n = 1, .type = POOL_BITMASK };

	cond->dir = 1 + DIR_IN;
	cond->src = cond->dst;
	cond->sport = cond->dport;
	memset(&cond->dst, 0, sizeof(cond->dst));
	memset(&cond->dport, 0, sizeof(cond->dport));
	p->nat = p->rdr = PROG_NONE;
	if (r->binat == NULL)
		return;
	cond_addr(c, r, &cond->dst, &r->binat->v[0].addr);
	p->rdr = compile_pool(c, r, &back, POOL_OF_RDR);
}
