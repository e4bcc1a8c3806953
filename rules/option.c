/* SPDX-License-Identifier: ISC */
/*
 * Options of a rule: what stands behind its addresses, except translation.
 *
 * Each option is one function in a table by the kind of its part.
 */
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/build.h"
#include "rules/host.h"
#include "rules/names.h"

static bool
again(struct build *b, const struct ast *p, const char *what)
{
	diag_error(b->diag, &p->loc, "%s cannot be redefined", what);
	return false;
}

static bool
opt_user(struct build *b, struct expansion *x, const struct ast *p)
{
	struct rule_owner *v = NULL;
	size_t n = 0;

	if (!owners_read(b, p->a, p->kind == P_GROUP, &v, &n))
		return false;
	/* a repeated option adds its items in front */
	if (p->kind == P_USER) {
		struct rule_owner *all = zone_alloc(b->zone,
		    (n + x->nusers) * sizeof(*all));

		memcpy(all, v, n * sizeof(*all));
		if (x->nusers != 0)
			memcpy(all + n, x->users, x->nusers * sizeof(*all));
		x->users = all;
		x->nusers += n;
	} else {
		struct rule_owner *all = zone_alloc(b->zone,
		    (n + x->ngroups) * sizeof(*all));

		memcpy(all, v, n * sizeof(*all));
		if (x->ngroups != 0)
			memcpy(all + n, x->groups,
			    x->ngroups * sizeof(*all));
		x->groups = all;
		x->ngroups += n;
	}
	return true;
}

static bool
opt_flags(struct build *b, struct expansion *x, const struct ast *p)
{
	int set, mask;

	if (x->flags_given)
		return again(b, p, "flags");
	x->flags_given = true;
	if (p->b == NULL) {
		x->r.flags_any = true;
		return true;
	}
	set = p->a == NULL ? 0 : tcp_flags(p->a->s);
	mask = tcp_flags(p->b->s);
	if (set == -1 || mask == -1) {
		const struct ast *bad = set == -1 ? p->a : p->b;

		diag_error(b->diag, &bad->loc, "bad flags %s", bad->s);
		diag_hint(b->diag, "the letters are F S R P A U E W");
		return false;
	}
	if ((set & mask) != set) {
		diag_error(b->diag, &p->loc, "flags always false");
		diag_hint(b->diag, "each letter before '/' must stand behind "
		    "it too");
		return false;
	}
	x->r.flags = (uint8_t)set;
	x->r.flagset = (uint8_t)mask;
	return true;
}

/*
 * In a list, what stands behind a type may be a misspelt `code' or a code
 * without it: then the type before it is what it belongs to.
 *
 * Return: the last item that the error is about, or NULL if @a is no such
 * thing.
 */
static const struct ast *
icmp_lost_code(struct build *b, const struct ast *prev, const struct ast *a,
    uint8_t af)
{
	const char *names[65] = { "code" }, *near, *six = af == AF_INET6 ?
	    "6" : "";
	int64_t v;
	size_t n;
	int type;

	if (prev == NULL || prev->b != NULL || ast_number(a->a, &v) ||
	    icmp_type_number(a->a->s, af) != -1)
		return NULL;
	type = ast_number(prev->a, &v) ? (int)v : icmp_type_number(prev->a->s,
	    af);
	if (type != -1 && icmp_code_number((unsigned)type, a->a->s, af) != -1) {
		diag_error(b->diag, &a->a->loc, "unknown icmp%s-type %s", six,
		    a->a->s);
		diag_hint(b->diag, "did you mean '%s code %s'?", prev->a->s,
		    a->a->s);
		return a;
	}
	n = 1 + icmp_type_names(af, names + 1, 64);
	near = diag_suggest(a->a->s, names, n);
	if (near == NULL || strcmp(near, "code") != 0)
		return NULL;
	diag_error(b->diag, &a->a->loc, "unexpected \"%s\" after \"%s\"",
	    a->a->s, prev->a->s);
	diag_hint(b->diag, "did you mean 'code'?");
	return a->next != NULL && a->next->b == NULL ? a->next : a;
}

static bool
icmp_list(struct build *b, const struct ast *items, uint8_t af)
{
	const struct ast *a, *prev = NULL, *lost;
	struct rule scratch;
	bool ok = true;

	for (a = items; a != NULL; prev = a, a = a->next) {
		if ((lost = icmp_lost_code(b, prev, a, af)) != NULL) {
			a = lost;
			ok = false;
		} else {
			ok &= icmp_read(b, a, af, &scratch);
		}
	}
	return ok;
}

static bool
opt_icmp(struct build *b, struct expansion *x, const struct ast *p)
{

	if (x->icmps != NULL)
		return again(b, p, "icmp-type");
	x->icmps = p->a;
	x->icmp_af = p->op == 6 ? AF_INET6 : AF_INET;
	return icmp_list(b, p->a, x->icmp_af);
}

static bool
opt_tos(struct build *b, struct expansion *x, const struct ast *p)
{
	if (x->r.tos != -1)
		return again(b, p, "tos");
	return tos_read(b, p->a, &x->r.tos);
}

static bool
opt_prio(struct build *b, struct expansion *x, const struct ast *p)
{
	int64_t v;

	if (x->r.prio != -1)
		return again(b, p, "prio");
	if (!number_in(b, p->a, 0, 7, "prio", &v))
		return false;
	x->r.prio = (int8_t)v;
	return true;
}

static bool
opt_received(struct build *b, struct expansion *x, const struct ast *p)
{
	struct rule r = { .rdomain = -1 };

	if (x->r.received_on != NULL || x->r.received_on_any)
		return again(b, p, "received-on");
	if (!iface_read(b, p->a, &r))
		return false;
	if (r.rdomain != -1) {
		diag_error(b->diag, &p->loc, "received-on takes an interface");
		return false;
	}
	x->r.received_on = r.ifname;
	x->r.received_on_any = r.if_any;
	x->r.received_on_neg = p->neg;
	return true;
}

static bool
opt_tag(struct build *b, struct expansion *x, const struct ast *p)
{
	struct rule_text *t = p->kind == P_TAG ? &x->r.tag : &x->r.tagged;

	if (p->kind == P_TAGGED)
		x->r.tagged_neg = p->neg;
	return text_read(b, p, "tag", RULE_TAG_MAX, &t->raw);
}

static bool
opt_bit(struct build *b, struct expansion *x, const struct ast *p)
{
	(void)b;
	if (p->kind == P_FRAGMENT)
		x->r.fragment = true;
	else if (p->kind == P_ALLOWOPTS)
		x->r.allow_opts = true;
	else
		x->r.once = true;
	return true;
}

static bool
opt_probability(struct build *b, struct expansion *x, const struct ast *p)
{
	double v;
	char *end;

	v = strtod(p->a->s, &end);
	if (*end == '%' && end != p->a->s) {
		v /= 100;
		end++;
	}
	if (end == p->a->s || *end != '\0' || !(v >= 0 && v <= 1)) {
		diag_error(b->diag, &p->a->loc, "invalid probability: %s",
		    p->a->s);
		diag_hint(b->diag, "expected 0 - 1, or a percentage such as "
		    "20%%");
		return false;
	}
	x->r.probability = (uint32_t)(v * (double)UINT32_MAX);
	if (x->r.probability == 0)
		x->r.probability = 1;
	return true;
}

static bool
opt_pktrate(struct build *b, struct expansion *x, const struct ast *p)
{
	int64_t n, s;

	if (!number_in(b, p->a, 1, UINT32_MAX, "packets of max-pkt-rate",
	    &n) || !number_in(b, p->b, 1, UINT32_MAX,
	    "seconds of max-pkt-rate", &s))
		return false;
	x->r.pkt_rate = (uint32_t)n;
	x->r.pkt_rate_secs = (uint32_t)s;
	return true;
}

static bool
opt_pktsize(struct build *b, struct expansion *x, const struct ast *p)
{
	int64_t n;

	if (!number_in(b, p->a, 1, 65535, "max-pkt-size", &n))
		return false;
	x->r.max_pkt_size = (uint32_t)n;
	return true;
}

static bool
opt_rtable(struct build *b, struct expansion *x, const struct ast *p)
{
	if (p->a->n < 0 || p->a->n > 255) {
		diag_error(b->diag, &p->a->loc, "invalid rtable id %lld",
		    (long long)p->a->n);
		diag_hint(b->diag, "expected 0 - 255");
		return false;
	}
	if (!host_rtable(b->host, (unsigned)p->a->n)) {
		diag_error(b->diag, &p->a->loc, "rtable %lld does not exist",
		    (long long)p->a->n);
		return false;
	}
	x->r.rtable = (int16_t)p->a->n;
	return true;
}

static bool
opt_label(struct build *b, struct expansion *x, const struct ast *p)
{
	if (x->r.nlabels == RULE_NLABELS) {
		diag_error(b->diag, &p->loc, "label can only be used %d times",
		    RULE_NLABELS);
		return false;
	}
	return text_read(b, p, "rule label", RULE_LABEL_MAX,
	    &x->r.label[x->r.nlabels++].raw);
}

static bool
opt_ridentifier(struct build *b, struct expansion *x, const struct ast *p)
{
	int64_t v;

	if (!number_in(b, p->a, 0, UINT32_MAX, "ridentifier", &v))
		return false;
	x->r.ridentifier = (uint32_t)v;
	x->r.ridentifier_set = v != 0;
	return true;
}

static bool
opt_dn(struct build *b, struct expansion *x, const struct ast *p)
{
	int64_t v, w = 0;

	if (!number_in(b, p->a, 1, 65535, "a dummynet number", &v) ||
	    (p->b != NULL && !number_in(b, p->b, 1, 65535,
	    "a dummynet number", &w)))
		return false;
	x->r.dn[0] = (uint32_t)v;
	x->r.dn[1] = (uint32_t)w;
	x->r.dnqueue = p->op != 0;
	return true;
}

static bool
set_prio(struct build *b, struct expansion *x, const struct ast *o)
{
	int64_t v, w = -1;

	if (x->r.set.prio[0] != -1)
		return again(b, o, "prio");
	if (!number_in(b, o->a, 0, 7, "prio", &v) ||
	    (o->b != NULL && !number_in(b, o->b, 0, 7, "prio", &w)))
		return false;
	x->r.set.prio[0] = (int16_t)v;
	x->r.set.prio[1] = (int16_t)(o->b != NULL ? w : v);
	return true;
}

static bool
set_queue(struct build *b, struct expansion *x, const struct ast *o)
{
	if (x->r.set.queue[0] != NULL)
		return again(b, o, "queue");
	if (strlen(o->a->s) > RULE_QUEUE_NAME_MAX ||
	    (o->b != NULL && strlen(o->b->s) > RULE_QUEUE_NAME_MAX)) {
		diag_error(b->diag, &o->loc, "queue name too long (max %d "
		    "chars)", RULE_QUEUE_NAME_MAX);
		return false;
	}
	x->r.set.queue[0] = o->a->s;
	x->r.set.queue[1] = o->b != NULL ? o->b->s : NULL;
	return true;
}

static bool
opt_set(struct build *b, struct expansion *x, const struct ast *p)
{
	const struct ast *o;
	bool ok = true;
	int64_t v;

	for (o = p->a; o != NULL; o = o->next) {
		switch (o->op) {
		case SET_PRIO:
			ok &= set_prio(b, x, o);
			break;
		case SET_QUEUE:
			ok &= set_queue(b, x, o);
			break;
		case SET_TOS:
			if (x->r.set.tos != -1)
				ok = again(b, o, "tos");
			else
				ok &= tos_read(b, o->a, &x->r.set.tos);
			break;
		case SET_DELAY:
			if (x->r.set.delay != -1)
				ok = again(b, o, "delay");
			else if (!number_in(b, o->a, 0, 65535,
			    "delay", &v))
				ok = false;
			else
				x->r.set.delay = (int32_t)v;
			break;
		case SET_MARK:
			if (x->r.set.mark_set)
				ok = again(b, o, "mark");
			else if (!number_in(b, o->a, 0, UINT32_MAX,
			    "mark", &v))
				ok = false;
			else {
				x->r.set.mark = (uint32_t)v;
				x->r.set.mark_set = true;
			}
			break;
		}
	}
	return ok;
}

#define ONCE(cond, name) do {						\
	if (cond) {							\
		diag_error(b->diag, &o->loc,				\
		    "%s cannot be respecified", name);			\
		return false;						\
	}								\
} while (0)

static bool
scrub_option(struct build *b, const struct ast *o, struct rule_scrub *s)
{
	int64_t v;
	int16_t tos;

	s->set = true;
	switch (o->op) {
	case SC_NODF:
		ONCE(s->no_df, "no-df");
		s->no_df = true;
		return true;
	case SC_RANDOMID:
		ONCE(s->random_id, "random-id");
		s->random_id = true;
		return true;
	case SC_MINTTL:
		ONCE(s->min_ttl != -1, "min-ttl");
		if (!number_in(b, o->a, 0, 255, "min-ttl", &v))
			return false;
		s->min_ttl = (int32_t)v;
		return true;
	case SC_MAXMSS:
		ONCE(s->max_mss != -1 || s->max_mss_auto, "max-mss");
		if (o->a->kind == A_WORD && strcmp(o->a->s, "auto") == 0) {
			s->max_mss_auto = true;
			return true;
		}
		if (!number_in(b, o->a, 0, 65535, "max-mss", &v))
			return false;
		s->max_mss = (int32_t)v;
		return true;
	case SC_SETTOS:
		ONCE(s->set_tos != -1, "set-tos");
		if (!tos_read(b, o->a, &tos))
			return false;
		s->set_tos = tos;
		return true;
	case SC_REASSEMBLE_TCP:
		ONCE(s->reassemble_tcp, "reassemble tcp");
		if (strcmp(o->a->s, "tcp") != 0) {
			diag_error(b->diag, &o->a->loc, "scrub reassembles 'tcp'");
			return false;
		}
		s->reassemble_tcp = true;
		return true;
	default:
		s->no_frag_reassemble = o->op == SC_FRAG_NOREASSEMBLE;
		return true;
	}
}

static bool
opt_scrub(struct build *b, struct expansion *x, const struct ast *p)
{
	const struct ast *o;
	bool ok = true;

	for (o = p->a; o != NULL; o = o->next) {
		if (p->kind != P_SCRUBOPT && o->op >= SC_FRAG_REASSEMBLE) {
			diag_error(b->diag, &o->loc, "fragment reassemble is for "
			    "scrub rules");
			ok = false;
		} else {
			ok &= scrub_option(b, o, &x->r.scrub);
		}
	}
	return ok;
}

/* Options that translate or route are read by expansion_begin()'s caller. */
static bool (*const options[])(struct build *, struct expansion *,
    const struct ast *) = {
	[P_USER] = opt_user, [P_GROUP] = opt_user, [P_FLAGS] = opt_flags,
	[P_ICMP] = opt_icmp, [P_TOS] = opt_tos, [P_PRIO] = opt_prio,
	[P_RECEIVED] = opt_received, [P_TAGGED] = opt_tag, [P_TAG] = opt_tag,
	[P_FRAGMENT] = opt_bit, [P_ALLOWOPTS] = opt_bit, [P_ONCE] = opt_bit,
	[P_PROBABILITY] = opt_probability, [P_PKTRATE] = opt_pktrate,
	[P_PKTSIZE] = opt_pktsize, [P_RTABLE] = opt_rtable,
	[P_LABEL] = opt_label, [P_RIDENTIFIER] = opt_ridentifier,
	[P_DN] = opt_dn, [P_SET] = opt_set, [P_SCRUB] = opt_scrub,
	[P_SCRUBOPT] = opt_scrub,
};

bool
expansion_options(struct build *b, struct expansion *x)
{
	const struct ast *p;
	bool ok = true;

	for (p = x->parts->all; p != NULL; p = p->next)
		if (p->kind < nitems(options) && options[p->kind] != NULL)
			ok &= options[p->kind](b, x, p);
	return ok;
}
