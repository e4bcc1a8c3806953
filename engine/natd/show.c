/* SPDX-License-Identifier: ISC */
/*
 * The request "show": which thing, and the small ones.
 */
#include "engine/natd/show.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/natd/anchors.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "engine/view.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static show_fn show_timeouts, show_memories, show_interfaces, show_anchors,
    show_running, show_config;

static const struct thing {
	const char *name;
	show_fn *fn;
} things[] = {
	{ "rules", show_rules },
	{ "nat", show_nat },
	{ "labels", show_labels },
	{ "states", show_states },
	{ "info", show_info },
	{ "timeouts", show_timeouts },
	{ "memory", show_memories },
	{ "tables", show_tables },
	{ "table", show_table_entries },
	{ "interfaces", show_interfaces },
	{ "anchors", show_anchors },
	{ "running", show_running },
	{ "config", show_config },
	{ "sources", show_sources },
	{ "queues", show_queues },
	{ "osfp", NULL },
};

static int
cursor_read(struct session *s, const json_t *args, uint64_t *out)
{
	const char *text, *why;

	if (arg_str(s, args, "cursor", "0", &text) != 0)
		return -EINVAL;
	*out = (uint64_t)strtonum(text, 0, INT64_MAX, &why);
	if (why == NULL)
		return 0;
	answer_error(&s->out, PROTO_ERROR_ARGUMENT,
	    "\"%.40s\" is no cursor of natd's", text);
	return -EINVAL;
}

void
request_show(struct session *s, const json_t *args)
{
	struct show_args a = {
		.all = args, .filter = json_object_get(args, "filter"),
	};
	const char *what;
	int i;

	if (arg_str(s, args, "what", "", &what) != 0 ||
	    arg_str(s, args, "anchor", "", &a.anchor) != 0 ||
	    cursor_read(s, args, &a.cursor) != 0)
		return;
	if ((i = pick(things, nitems(things), sizeof(things[0]), what)) < 0)
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "there is no \"%.40s\" to show", what);
	else if (things[i].fn == NULL)
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED,
		    "this natd has no %s", what);
	else
		things[i].fn(s, &a);
}

static void
show_running(struct session *s, const struct show_args *a)
{
	(void)a;
	answer_done_open(&s->out);
	jsonbuf_member_bool(&s->out, "enabled",
	    engine_enabled(s->natd->engine));
	answer_done_close(&s->out);
}

/* The order of -s timeouts, language.md section 20. */
static const struct {
	uint8_t tm;
	const char *name;
} timeouts[] = {
	{ TM_TCP_FIRST, "tcp.first" },
	{ TM_TCP_OPENING, "tcp.opening" },
	{ TM_TCP_ESTABLISHED, "tcp.established" },
	{ TM_TCP_CLOSING, "tcp.closing" },
	{ TM_TCP_FINWAIT, "tcp.finwait" },
	{ TM_TCP_CLOSED, "tcp.closed" },
	{ TM_TCP_TSDIFF, "tcp.tsdiff" },
	{ TM_SCTP_FIRST, "sctp.first" },
	{ TM_SCTP_OPENING, "sctp.opening" },
	{ TM_SCTP_ESTABLISHED, "sctp.established" },
	{ TM_SCTP_CLOSING, "sctp.closing" },
	{ TM_SCTP_CLOSED, "sctp.closed" },
	{ TM_UDP_FIRST, "udp.first" },
	{ TM_UDP_SINGLE, "udp.single" },
	{ TM_UDP_MULTIPLE, "udp.multiple" },
	{ TM_ICMP_FIRST, "icmp.first" },
	{ TM_ICMP_ERROR, "icmp.error" },
	{ TM_OTHER_FIRST, "other.first" },
	{ TM_OTHER_SINGLE, "other.single" },
	{ TM_OTHER_MULTIPLE, "other.multiple" },
	{ TM_FRAG, "frag" },
	{ TM_INTERVAL, "interval" },
	{ TM_ADAPTIVE_START, "adaptive.start" },
	{ TM_ADAPTIVE_END, "adaptive.end" },
	{ TM_SRC_TRACK, "src.track" },
};
static_assert(nitems(timeouts) == TM_MAX, "a timeout is not shown");

static void
show_timeouts(struct session *s, const struct show_args *a)
{
	const struct ruleset_options *o = &s->natd->rev->rs->options;
	struct show_timeout t;
	size_t i;

	(void)a;
	for (i = 0; i < nitems(timeouts); i++) {
		snprintf(t.name, sizeof(t.name), "%s", timeouts[i].name);
		t.value = (uint32_t)o->timeout[timeouts[i].tm];
		show_timeout_write(&s->out, &t);
	}
	answer_done(&s->out);
}

static uint64_t
count_anchors(const struct anchor *of)
{
	const struct anchor *a;
	uint64_t n = 0;

	for (a = of->children; a != NULL; a = a->next)
		n += 1 + count_anchors(a);
	return n;
}

static void
show_memories(struct session *s, const struct show_args *a)
{
	static const char *const names[] = {
		[LIMIT_STATES] = "states", [LIMIT_SRC_NODES] = "src-nodes",
		[LIMIT_FRAGS] = "frags", [LIMIT_TABLES] = "tables",
		[LIMIT_TABLE_ENTRIES] = "table-entries",
		[LIMIT_ANCHORS] = "anchors",
		[LIMIT_PKTDELAY] = "pktdelay-pkts",
	};
	const struct natd *natd = s->natd;
	uint64_t used[LIMIT_MAX] = { 0 };
	struct show_limit l;
	struct show_memory m;
	uint32_t sources;
	unsigned i;

	(void)a;
	used[LIMIT_STATES] = arena_states(memory_arena(natd->memory));
	(void)view_sources(natd->engine, &sources);
	used[LIMIT_SRC_NODES] = sources;
	used[LIMIT_FRAGS] = engine_frags(natd->engine);
	used[LIMIT_ANCHORS] = count_anchors(natd->rev->rs->root);
	used[LIMIT_TABLES] = tables_used(natd->tables,
	    &used[LIMIT_TABLE_ENTRIES]);
	for (i = 0; i < LIMIT_MAX; i++) {
		snprintf(l.name, sizeof(l.name), "%s", names[i]);
		l.value = natd->rev->rs->options.limit[i];
		l.used = used[i];
		show_limit_write(&s->out, &l);
	}
	memory_show(natd->memory, &m);
	show_memory_write(&s->out, &m);
	answer_done(&s->out);
}

int
filter_ifname(struct session *s, const json_t *f, const char **name)
{
	const char *word = json_string_value(json_array_get(f, 0));

	*name = json_string_value(json_array_get(f, 1));
	if (f == NULL || (word != NULL && strcmp(word, "if") == 0 &&
	    *name != NULL))
		return 0;
	answer_error(&s->out, PROTO_ERROR_ARGUMENT,
	    "the filter of interfaces is [\"if\", NAME]");
	return -EINVAL;
}

struct named {
	const char *ifname;
	uint32_t n;
};

static int
rule_names(const struct rule *r, const struct anchor *a, void *arg)
{
	struct named *named = arg;

	(void)a;
	named->n += r->ifname != NULL && strcmp(r->ifname, named->ifname) == 0;
	return 0;
}

static uint64_t
iface_cleared(const struct natd *natd, uint16_t ifidx)
{
	return natd->ifcleared[ifidx] != 0 ? natd->ifcleared[ifidx] :
	    natd->started;
}

static void
iface_write(struct session *s, const struct plane *pl)
{
	struct natd *natd = s->natd;
	struct iface_counters c;
	struct io_counters io;
	struct show_iface si = {
		.up = true, .mtu = pl->mtu, .queues = pl->nqueues,
		.cleared = iface_cleared(natd, pl->ifidx),
	};
	struct named named = { .ifname = pl->name };
	uint32_t i;

	ruleset_walk(natd->rev->rs, rule_names, &named);
	si.rules = named.n;
	snprintf(si.name, sizeof(si.name), "%s", pl->name);
	snprintf(si.plane, sizeof(si.plane), "%s", pl->ops->name);
	for (i = 0; i < natd->rev->rs->options.nskip; i++)
		si.skip |= strcmp(natd->rev->rs->options.skip[i],
		    pl->name) == 0;
	engine_iface_counters(natd->engine, pl->ifidx, &c);
	memcpy(si.packets, c.packets, sizeof(si.packets));
	memcpy(si.bytes, c.bytes, sizeof(si.bytes));
	io_port_counters(pl->port, &io);
	si.rx_packets = io.rx_packets;
	si.rx_bytes = io.rx_bytes;
	si.tx_packets = io.tx_packets;
	si.tx_bytes = io.tx_bytes;
	si.rx_errors = io.rx_errors;
	si.tx_dropped = io.tx_dropped;
	show_iface_write(&s->out, &si);
}

/* An interface of the host, whose packets one plane has for all. */
static void
host_iface_write(struct session *s, const struct iface *ifp)
{
	struct iface_counters c;
	struct show_iface si = {
		.up = (ifp->flags & IFACE_UP) != 0,
		.skip = (ifp->flags & IFACE_SKIP) != 0,
		.mtu = ifp->mtu, .cleared = iface_cleared(s->natd, ifp->index),
	};

	engine_iface_counters(s->natd->engine, ifp->index, &c);
	memcpy(si.name, ifp->name, sizeof(si.name));
	memcpy(si.packets, c.packets, sizeof(si.packets));
	memcpy(si.bytes, c.bytes, sizeof(si.bytes));
	show_iface_write(&s->out, &si);
}

static void
host_ifaces_write(struct session *s, const char *name)
{
	const struct ifset *ifs = s->natd->ifs;
	uint16_t i;

	for (i = 1; ifs != NULL && i <= ifs->nifaces; i++)
		if (ifs->ifaces[i].name[0] != '\0' && (name == NULL ||
		    strcmp(ifs->ifaces[i].name, name) == 0))
			host_iface_write(s, &ifs->ifaces[i]);
}

static void
show_interfaces(struct session *s, const struct show_args *a)
{
	const struct plane *pl;
	const char *name;
	unsigned i;

	if (filter_ifname(s, a->filter, &name) != 0)
		return;
	if (planes_host(s->natd->planes) != NULL)
		host_ifaces_write(s, name);
	else for (i = 0; (pl = planes_get(s->natd->planes, i)) != NULL; i++)
		if (name == NULL || strcmp(pl->name, name) == 0)
			iface_write(s, pl);
	answer_done(&s->out);
}

static void
anchor_write(struct session *s, const char *path)
{
	jsonbuf_open(&s->out, '{');
	jsonbuf_member_str(&s->out, "type", "anchor");
	jsonbuf_member_str(&s->out, "path", path);
	jsonbuf_puts(&s->out, "}\n");
}

static void
anchors_write(struct session *s, const struct anchor *of)
{
	const struct anchor *a;

	for (a = of->children; a != NULL; a = a->next) {
		anchor_write(s, a->path);
		anchors_write(s, a);
	}
}

static void
show_anchors(struct session *s, const struct show_args *a)
{
	const struct ruleset *rs = s->natd->rev->rs;
	const struct anchor *of = ruleset_anchor(rs, a->anchor);
	const struct anchor_text *t;
	size_t len = strlen(a->anchor);

	if (of != NULL)
		anchors_write(s, of);
	/* those that no rule of the main ruleset names */
	for (t = anchors_first(s->natd->anchors); t != NULL; t = t->next)
		if (ruleset_anchor(rs, t->path) == NULL &&
		    strncmp(t->path, a->anchor, len) == 0 &&
		    (len == 0 || t->path[len] == '/'))
			anchor_write(s, t->path);
	answer_done(&s->out);
}

static void
show_config(struct session *s, const struct show_args *a)
{
	const struct revision *rev = s->natd->rev;
	const char *text = rev->text;
	bool original;
	size_t len, n;

	if (arg_bool(s, a->all, "original", &original) != 0)
		return;
	if (original)
		text = rev->original != NULL ? rev->original : "";
	len = strlen(text);
	if (a->cursor < len) {
		n = len - a->cursor;
		if (n > PROTO_TEXT_PIECE)
			n = PROTO_TEXT_PIECE;
		jsonbuf_open(&s->out, '{');
		jsonbuf_member_str(&s->out, "type", "text");
		jsonbuf_name(&s->out, "text");
		jsonbuf_string(&s->out, text + a->cursor, n);
		jsonbuf_puts(&s->out, "}\n");
		if (a->cursor + n < len) {
			answer_more_u64(&s->out, a->cursor + n);
			return;
		}
	}
	answer_done(&s->out);
}
