/* SPDX-License-Identifier: ISC */
/*
 * Segments of a connection, made and parsed as real ones, go through the new
 * program.  Where a rule redirects, the address that it sends them to is what
 * the filter rules see; a choice among several makes no difference to them
 * that could be known here, so the first is taken.
 */
#include "engine/natd/remote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/proto.h"
#include "engine/arena.h"
#include "engine/emit.h"
#include "engine/engine.h"
#include "engine/fast/key.h"
#include "engine/ifbind.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "engine/program.h"
#include "engine/record.h"
#include "engine/statetab.h"
#include "engine/tuple.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

struct question {
	const struct program *prog;
	const struct ifset *ifs;
	struct prog_env env;
	const struct remote *r;
	struct tuple wire;	/* its first packet, as it arrives */
	uint16_t ifidx;		/* there */
	uint32_t blocker;	/* rule, PROG_NONE: none of them */
	bool redirected;	/* a rule did so on the way in */
};

int
remote_read(struct remote *r, const char *src, uint16_t sport,
    const char *dst, uint16_t dport)
{
	memset(r, 0, sizeof(*r));
	r->t.sport = htons(sport);
	r->t.dport = htons(dport);
	if (inet_pton(AF_INET, src, r->t.src.b) == 1 &&
	    inet_pton(AF_INET, dst, r->t.dst.b) == 1)
		r->af = AF_INET;
	else if (inet_pton(AF_INET6, src, r->t.src.b) == 1 &&
	    inet_pton(AF_INET6, dst, r->t.dst.b) == 1)
		r->af = AF_INET6;
	else
		return -EINVAL;
	return 0;
}

int
remote_arg(struct session *s, const json_t *v, struct remote *r)
{
	const json_t *a = json_object_get(v, "remote");
	const char *src, *dst;
	uint64_t sport, dport;

	if (a == NULL)
		return 0;
	if (arg_str(s, a, "src", "", &src) != 0 ||
	    arg_str(s, a, "dst", "", &dst) != 0 ||
	    arg_u64(s, a, "sport", 0, UINT16_MAX, &sport) != 0 ||
	    arg_u64(s, a, "dport", 0, UINT16_MAX, &dport) != 0)
		return -EINVAL;
	if (remote_read(r, src, (uint16_t)sport, dst, (uint16_t)dport) == 0)
		return 0;
	answer_error(&s->out, PROTO_ERROR_ARGUMENT,
	    "remote is no connection");
	return -EINVAL;
}

/* A redirection of the way in. */
static enum reason
redirect(void *arg, struct pdesc *pd, const struct program *pg, uint32_t rule)
{
	const struct prule *p = program_rule(pg, rule);
	const struct ppool *pl;
	const struct ppool_addr *a;

	if (pd->dir != DIR_IN || p->rdr == PROG_NONE)
		return REASON_MATCH;
	((struct question *)arg)->redirected = true;
	pl = program_pool(pg, p->rdr);
	a = program_pool_addr(pg, pl->addr);
	if (pl->naddr > 0 && a->kind == PA_PREFIX && a->af == pd->af)
		pd->cur.dst = a->addr;
	if (pl->port_lo != 0)
		pd->cur.dport = htons(pl->port_lo);
	return REASON_MATCH;
}

/* Do the rules let a segment pass?  @keeps: gets whether they make a state. */
static bool
passes(struct question *q, uint8_t dir, const struct tuple *t, uint8_t flags,
    bool *keeps)
{
	const struct emit_tcp e = {
		.af = q->r->af, .flags = flags, .win = 1024, .t = *t,
	};
	uint8_t bytes[128];
	struct packet p = { .data = bytes };
	const struct prule *by;
	struct verdict v;
	struct pdesc pd;

	*keeps = false;
	if (emit_tcp(&p, sizeof(bytes), &e) != 0)
		return true;
	p.dir = dir;
	p.ifidx = q->ifidx;
	if (pdesc_parse(&pd, &p) != REASON_MATCH)
		return true;
	q->env.xlate_arg = q;
	program_eval(q->prog, &q->env, &pd, &v);
	if (v.action != PRULE_BLOCK) {
		by = v.rule == PROG_NONE ? NULL :
		    program_rule(q->prog, v.rule);
		*keeps = by != NULL && v.keep != STATE_NO;
		return true;
	}
	q->blocker = v.rule;
	return false;
}

/* Packets of it and their answers, beginning with one of these flags. */
static bool
goes(struct question *q, const struct tuple *t, uint8_t flags, uint8_t back)
{
	struct tuple reply;
	bool keeps, ignored;

	if (!passes(q, DIR_IN, t, flags, &keeps))
		return false;
	if (keeps)
		return true;
	tuple_reverse(&q->r->t, IPPROTO_TCP, &reply);
	return passes(q, DIR_OUT, &reply, back, &ignored);
}

/* Is a packet addressed to where the connection ends? */
static bool
is_direct(const struct question *q, const struct tuple *t)
{
	return t->dport == q->r->t.dport &&
	    addr_equal(&t->dst, &q->r->t.dst);
}

/* The same, and to its own address: what was redirected still must be. */
static bool
arrives(struct question *q, const struct tuple *t, uint8_t flags,
    uint8_t back)
{
	q->redirected = false;
	return goes(q, t, flags, back) &&
	    (q->redirected || is_direct(q, t));
}

/*
 * The state that the connection has, by its answers, which are the same
 * whatever a redirection has made of the way in.
 */
static bool
has_state(const struct natd *natd, struct question *q)
{
	const struct arena *a = memory_arena(natd->memory);
	const struct tuple *t = &q->r->t;
	struct record_key before;
	struct skey k;
	uint32_t lref;

	if (q->r->af == AF_INET)
		key_make4(&k, t->dst.w[0], t->src.w[0], t->dport, t->sport,
		    IPPROTO_TCP, 1, 0);
	else
		key_make6(&k, t->dst.w, t->src.w, t->dport, t->sport,
		    IPPROTO_TCP, 1, 0);
	if ((lref = statetab_find(a, &k, q->ifidx)) == ARENA_NONE)
		return false;
	record_before(a, lref ^ 1, &before);
	q->wire = before.t;
	if (before.ifidx != 0 && before.ifidx <= q->ifs->nifaces)
		q->ifidx = before.ifidx;
	return true;
}

static int
find_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	const struct rule **found = arg;

	(void)a;
	if (r->class == RULE_CLASS_FILTER && r->id == (*found)->id) {
		*found = r;
		return 1;
	}
	return 0;
}

static int
say(const struct question *q, const struct revision *rev, bool kept,
    char *why, size_t len)
{
	struct rule key = { 0 };
	const struct rule *by = &key;
	char src[INET6_ADDRSTRLEN], where[300] = "the rules", text[160];

	inet_ntop(q->r->af, &q->r->t.src, src, sizeof(src));
	if (kept)
		snprintf(text, sizeof(text), "your SSH connection from %s "
		    "would go on, but there could be no other one", src);
	else
		snprintf(text, sizeof(text), "this would end your SSH "
		    "connection from %s port %u", src,
		    ntohs(q->r->t.sport));
	if (q->blocker != PROG_NONE) {
		key.id = program_rule(q->prog, q->blocker)->id;
		ruleset_walk(rev->rs, find_rule, &by);
	}
	if (by->origin.file != NULL && by->origin.line != 0)
		snprintf(where, sizeof(where), "%s:%u", by->origin.file,
		    by->origin.line);
	if (q->blocker == PROG_NONE)
		snprintf(why, len, "%s: it came by a redirection", text);
	else
		snprintf(why, len, "%s: %s would block it", text, where);
	return -EACCES;
}

static int
ask(const struct natd *natd, const struct revision *rev, struct question *q,
    char *why, size_t len)
{
	const struct iface *ifp;
	bool kept, had;

	if (!ifset_local(q->ifs, q->r->af, &q->r->t.dst, &q->ifidx))
		return 0;	/* of another host, or network namespace */
	had = kept = has_state(natd, q);
	kept = kept && !q->r->stateless;
	ifp = &q->ifs->ifaces[q->ifidx];
	if (ifp->flags & IFACE_SKIP)
		return 0;
	if (!kept && !arrives(q, had ? &q->wire : &q->r->t, TH_ACK, TH_ACK))
		return say(q, rev, false, why, len);
	if (!arrives(q, &q->wire, TH_SYN, TH_SYN | TH_ACK))
		return say(q, rev, true, why, len);
	return 0;
}

static int
check(const struct natd *natd, const struct revision *rev,
    const struct remote *r, char *why, size_t len)
{
	struct ifbind *bind = NULL;
	struct ifset *ifs;
	struct question q = {
		.prog = rev->prog, .r = r, .wire = r->t, .blocker = PROG_NONE,
	};
	struct timespec ts;
	int error;

	if ((ifs = planes_view(natd->planes, rev->rs)) == NULL)
		return -ENOMEM;
	if ((error = ifbind_new(rev->prog, ifs, &bind)) == 0) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		q.ifs = q.env.ifs = ifs;
		q.env.bind = bind;
		q.env.tables = tables_set(natd->tables);
		q.env.now = (uint64_t)ts.tv_sec * 1000;
		q.env.worker = natd->nworkers;	/* control's own */
		q.env.xlate = redirect;
		error = ask(natd, rev, &q, why, len);
	}
	ifbind_free(bind);
	ifset_free(ifs);
	return error;
}

int
remote_check(const struct natd *natd, const struct revision *rev,
    const struct remote *r, char *why, size_t len)
{
	if (r->af == 0 || planes_host(natd->planes) == NULL ||
	    !engine_enabled(natd->engine))
		return 0;
	return check(natd, rev, r, why, len);
}

/* Does it come by a redirection, which is natd's? */
static int
needs_natd(const struct natd *natd, const struct remote *r, char *why,
    size_t len)
{
	struct question q = { .r = r, .wire = r->t, .blocker = PROG_NONE };
	struct ifset *ifs = planes_view(natd->planes, natd->rev->rs);
	int error = 0;

	if (ifs == NULL)
		return -ENOMEM;
	q.ifs = ifs;
	if (ifset_local(ifs, r->af, &r->t.dst, &q.ifidx) &&
	    has_state(natd, &q) && !is_direct(&q, &q.wire))
		error = say(&q, natd->rev, false, why, len);
	ifset_free(ifs);
	return error;
}

int
remote_switch(const struct natd *natd, const struct remote *r, bool on,
    char *why, size_t len)
{
	if (r->af == 0 || planes_host(natd->planes) == NULL ||
	    on == engine_enabled(natd->engine))
		return 0;
	return on ? check(natd, natd->rev, r, why, len) :
	    needs_natd(natd, r, why, len);
}

void
remote_answer(struct session *s, int error, const char *why)
{
	if (error == -EACCES)
		answer_error(&s->out, PROTO_ERROR_REMOTE, "%s", why);
	else if (error != 0)
		answer_error(&s->out, PROTO_ERROR_INTERNAL, "%s",
		    strerror(-error));
	else
		answer_count(&s->out, "count", 0);
}
