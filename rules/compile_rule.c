/* SPDX-License-Identifier: ISC */
/*
 * What rules do, in the program's words: actions, pools, options, names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table.h"
#include "engine/way.h"
#include "rules/compile_impl.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

/* Append to an array that grows by doubling. */
static bool
name_add(void *array, uint32_t n, const void *name)
{
	const void **v = *(const void ***)array;

	if ((n & (n - 1)) == 0) {
		v = reallocarray(v, n == 0 ? 1 : n * 2, sizeof(*v));
		if (v == NULL)
			return false;
		*(const void ***)array = v;
	}
	v[n] = name;
	return true;
}

static void
name_error(struct compile *c, const struct rule *r, const char *what,
    const char *name)
{
	struct span sp;

	compile_span(c, &r->origin, &sp);
	diag_error(c->diag, &sp, "%s %s cannot be made: too many, or no memory",
	    what, name);
}

uint32_t
compile_table(struct compile *c, const struct rule *r, const struct table *t)
{
	uint32_t i, nr;

	if (c->env->table != NULL) {
		nr = c->env->table(c->env->arg, t);
		if (nr == TABLE_NONE)
			name_error(c, r, "table", t->name);
		return nr;
	}
	for (i = 0; i < c->ntables; i++)
		if (c->tables[i] == t)
			return i;
	if (!name_add(&c->tables, c->ntables, t)) {
		name_error(c, r, "table", t->name);
		return TABLE_NONE;
	}
	return c->ntables++;
}

/* Return: its number; 0: there is none. */
static uint16_t
tag_number(struct compile *c, const char *name)
{
	uint32_t i;

	if (c->env->tag != NULL)
		return c->env->tag(c->env->arg, name);
	for (i = 0; i < c->ntags; i++)
		if (strcmp(c->tags[i], name) == 0)
			return i + 1;
	if (c->ntags == UINT16_MAX || !name_add(&c->tags, c->ntags, name))
		return 0;
	return ++c->ntags;
}

uint16_t
compile_tag(struct compile *c, const struct rule *r, const char *name)
{
	uint16_t nr = tag_number(c, name);

	if (nr == 0 || !compile_tag_fits(c->rs, nr))
		name_error(c, r, "tag", name);
	return nr;
}

static const uint8_t addr_kinds[] = {
	[RULE_ADDR_PREFIX] = PA_PREFIX,
	[RULE_ADDR_TABLE] = PA_TABLE,
	[RULE_ADDR_DYNIF] = PA_DYNIF,
	[RULE_ADDR_IFACE] = PA_IFACE,
};

static void
pool_addr(struct compile *c, const struct rule *r, struct ppool_addr *p,
    const struct pool_addr *from)
{
	const struct rule_addr *a = &from->addr;

	p->kind = addr_kinds[a->type];
	p->af = a->af != 0 ? a->af : r->af;
	p->plen = a->plen;
	if (p->af != 0 && p->plen > addr_bits(p->af))
		p->plen = addr_bits(p->af);
	p->dynmod = a->mods;
	p->weight = from->weight == 0 ? 1 : from->weight;
	p->addr = a->addr;
	if (from->ifname != NULL)
		p->ifname = progbuild_str(c->b, from->ifname);
	if (a->type == RULE_ADDR_TABLE)
		p->ref = compile_table(c, r, a->table);
	if (a->type == RULE_ADDR_DYNIF)
		p->ref = progbuild_dyn(c->b, a->name, a->mods, a->plen);
}

/* Ports and options of a pool. */
static void
pool_head(struct ppool *p, const struct rule *r, const struct pool *from,
    enum pool_use use)
{
	p->type = from->type;
	p->flags = (from->sticky ? POOL_STICKY : 0) |
	    (from->static_port ? POOL_STATICPORT : 0) |
	    (from->preserve_port ? POOL_PRESERVEPORT : 0) |
	    (from->port_set ? POOL_PORTS : 0);
	p->port_lo = from->port_lo;
	p->port_hi = from->port_hi;
	if (use == POOL_OF_RDR && from->port_set &&
	    from->port_lo != from->port_hi) {
		p->flags |= POOL_KEEPDIST;
		p->port_base = r->to.port.lo;
	}
	/* a pool is the same one after a reload if its rule is */
	p->key[0] = r->id;
	p->key[1] = use;
	if (from->type == POOL_SRCHASH)
		memcpy(p->key, from->key, sizeof(p->key));
}

uint32_t
compile_pool(struct compile *c, const struct rule *r, const struct pool *from,
    enum pool_use use)
{
	struct ppool_addr *v;
	struct ppool p;
	uint32_t i, place;

	memset(&p, 0, sizeof(p));
	pool_head(&p, r, from, use);
	if (r->class == RULE_CLASS_BINAT) {
		p.flags |= POOL_STATICPORT;
		p.type = from->v[0].addr.type == RULE_ADDR_PREFIX ?
		    POOL_BITMASK : POOL_NONE;
	}
	if ((v = calloc(from->n + 1, sizeof(*v))) == NULL) {
		diag_error(c->diag, NULL, "out of memory");
		return PROG_NONE;
	}
	for (i = 0; i < from->n; i++)
		pool_addr(c, r, &v[i], &from->v[i]);
	place = progbuild_pool(c->b, &p, v, from->n);
	free(v);
	return place;
}

/* The program's action for one of a rule, by class where it depends on it. */
static uint8_t
action_of(const struct rule *r)
{
	static const uint8_t filter[] = {
		[RULE_PASS] = PRULE_PASS,
		[RULE_BLOCK] = PRULE_BLOCK,
		[RULE_MATCH] = PRULE_MATCH,
	};
	bool no = r->action == RULE_NO;

	if (r->action == RULE_ANCHOR)
		return PRULE_ANCHOR;
	switch (r->class) {
	case RULE_CLASS_NAT:
		return no ? PRULE_NONAT : PRULE_NAT;
	case RULE_CLASS_RDR:
		return no ? PRULE_NORDR : PRULE_RDR;
	case RULE_CLASS_BINAT:
		return no ? PRULE_NOBINAT : PRULE_BINAT;
	default:
		return filter[r->action];
	}
}

static void
prule_block(struct prule *p, const struct rule *r)
{
	static const uint8_t kinds[] = {
		[RULE_DROP] = BLOCK_DROP,
		[RULE_RETURN] = BLOCK_RETURN,
		[RULE_RETURN_RST] = BLOCK_RST,
		[RULE_RETURN_ICMP] = BLOCK_ICMP,
	};

	p->block = kinds[r->ret];
	p->ret_ttl = r->ret_ttl;
	p->ret_icmp = r->ret_code;
	p->ret_icmp6 = r->ret_code6;
}

static void
prule_state(struct compile *c, struct prule *p, const struct rule *r)
{
	static const uint8_t kinds[] = {
		[RULE_STATE_NONE] = STATE_NO,
		[RULE_STATE_KEEP] = STATE_KEEP,
		[RULE_STATE_MODULATE] = STATE_MODULATE,
		[RULE_STATE_SYNPROXY] = STATE_SYNPROXY,
	};
	const int32_t *global = c->rs->options.timeout;
	uint32_t set[TM_MAX];
	bool own = false;
	unsigned i;

	p->keep = p->natpass ? STATE_KEEP : kinds[r->state];
	p->sflags = (r->st.sloppy ? PR_SLOPPY : 0) |
	    (r->st.if_bound ? PR_IFBOUND : 0) |
	    (r->st.no_sync ? PR_NOSYNC : 0);
	p->max_states = r->st.max;
	if (p->keep == STATE_NO)
		return;
	for (i = 0; i < TM_MAX; i++) {
		own |= r->st.timeout[i] >= 0;
		set[i] = r->st.timeout[i] >= 0 ? r->st.timeout[i] : global[i];
	}
	if (own)
		p->timeouts = progbuild_timeouts(c->b, set);
}

/* The socket's number: the caller's, or in the order of the rules. */
static uint16_t
socket_number(struct compile *c, const struct rule *r)
{
	bool reply = r->divert == RULE_DIVERT_REPLY;
	uint16_t n;

	if (c->env->socket == NULL)
		return reply ? STEER_REPLY : (uint16_t)(STEER_REPLY +
		    ++c->nsockets);
	n = c->env->socket(c->env->arg, reply ? 0 : r->divert_af,
	    &r->divert_addr, r->divert_port);
	if (n == 0)
		name_error(c, r, "the way to the socket of", "divert-to");
	return n;
}

/* What the kernel is to do: only pass rules divert. */
static void
prule_steer(struct compile *c, struct prule *p, const struct rule *r)
{
	if (r->rtable >= 0)
		p->steer.table = (uint16_t)(r->rtable + 1);
	if (r->action != RULE_PASS)
		return;
	if (r->divert == RULE_DIVERT_PACKET)
		p->steer.queue = r->divert_port;
	else if (r->divert != RULE_DIVERT_NONE)
		p->steer.socket = socket_number(c, r);
}

static void
prule_changes(struct prule *p, const struct rule *r)
{
	p->set_tos = r->set.tos >= 0 ? r->set.tos :
	    r->scrub.set_tos >= 0 ? r->scrub.set_tos : -1;
	p->set_prio[0] = r->set.prio[0];
	p->set_prio[1] = r->set.prio[1];
	p->mark = r->set.mark_set ? r->set.mark : 0;
	if (r->scrub.min_ttl > 0)
		p->min_ttl = r->scrub.min_ttl;
	if (r->scrub.max_mss > 0)
		p->max_mss = r->scrub.max_mss;
	p->scrub = (r->scrub.no_df ? SCRUB_NODF : 0) |
	    (r->scrub.random_id ? SCRUB_RANDOMID : 0) |
	    (r->scrub.reassemble_tcp ? SCRUB_TCP : 0);
}

/* The table of one side, if it is to count what the rule does. */
static uint32_t
counted(struct compile *c, const struct rule *r, const struct rule_host *h)
{
	uint32_t nr;

	if (h->addr.type != RULE_ADDR_TABLE || h->neg)
		return 0;
	nr = compile_table(c, r, h->addr.table);
	if (nr == TABLE_NONE || !(c->env->counted != NULL ?
	    c->env->counted(c->env->arg, nr) : h->addr.table->counters))
		return 0;
	return nr + 1;
}

/* Text, label, place. */
static int
prule_names(struct compile *c, struct prule *p, const struct rule *r)
{
	static const struct print_options none;
	char *text;

	if (r->nlabels > 0 && r->label[0].text != NULL)
		p->label = progbuild_str(c->b, r->label[0].text);
	if (r->origin.file != NULL)
		p->file = progbuild_str(c->b, r->origin.file);
	p->line = r->origin.line;
	if (!c->env->texts)
		return 0;
	print_rule(print_buf_begin(&c->text), r, &none);
	if ((text = print_buf_end(&c->text)) == NULL)
		return -ENOMEM;
	p->text = progbuild_str(c->b, text);
	return 0;
}

_Static_assert((int)RULE_LOG == RLOG && (int)RULE_LOG_ALL == RLOG_ALL &&
    (int)RULE_LOG_MATCHES == RLOG_MATCHES && (int)RULE_LOG_USER == RLOG_USER,
    "log options are the same bits");

_Static_assert((int)RULE_ROUTE_TO == WAY_ROUTE &&
    (int)RULE_REPLY_TO == WAY_REPLY && (int)RULE_DUP_TO == WAY_DUP,
    "route options are the same numbers");

int
compile_prule(struct compile *c, const struct rule *r, struct prule *p)
{
	memset(p, 0, sizeof(*p));
	p->id = r->id;
	p->nr = r->nr;
	p->anchor = PROG_NONE;
	p->action = action_of(r);
	p->dir = r->dir;
	p->af = r->af;
	p->quick = r->quick;
	p->log = r->log;
	p->allow_opts = r->allow_opts;
	p->natpass = r->xlate_pass;
	if (r->tag.text != NULL)
		p->tag = compile_tag(c, r, r->tag.text);
	prule_block(p, r);
	prule_state(c, p, r);
	prule_changes(p, r);
	prule_steer(c, p, r);
	p->count[0] = counted(c, r, &r->from);
	p->count[1] = counted(c, r, &r->to);
	p->nat = p->rdr = p->route = PROG_NONE;
	if (r->route != NULL) {
		p->route = compile_pool(c, r, r->route, POOL_OF_ROUTE);
		p->route_kind = r->route_type;
	}
	if (r->nat != NULL)
		p->nat = compile_pool(c, r, r->nat, POOL_OF_NAT);
	if (r->rdr != NULL && r->naf == 0)
		p->rdr = compile_pool(c, r, r->rdr, POOL_OF_RDR);
	return prule_names(c, p, r);
}

void
compile_options(struct compile *c, struct prog_options *o)
{
	const struct ruleset_options *from = &c->rs->options;
	unsigned i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < TM_MAX; i++)
		o->timeout[i] = from->timeout[i] < 0 ? 0 : from->timeout[i];
	o->limit_states = from->limit[LIMIT_STATES];
	o->limit_frags = from->limit[LIMIT_FRAGS];
	o->limit_srcnodes = from->limit[LIMIT_SRC_NODES];
	o->block_return = from->block_return;
	o->reassemble = from->reassemble;
	o->reassemble_nodf = from->reassemble_no_df;
	o->enabled = 1;
}
