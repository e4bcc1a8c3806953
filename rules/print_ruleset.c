/* SPDX-License-Identifier: ISC */
/*
 * Printing whole rulesets: options, statements, tables, queues, rules.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rules/names.h"
#include "rules/print_impl.h"
#include "rules/ruleset.h"

static void
rate(FILE *f, uint64_t v)
{
	static const struct { uint64_t unit; const char *letter; } units[] = {
		{ 1000000000, "G" }, { 1000000, "M" }, { 1000, "K" },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (v % units[i].unit == 0) {
			fprintf(f, "%" PRIu64 "%s", v / units[i].unit,
			    units[i].letter);
			return;
		}
	fprintf(f, "%" PRIu64, v);
}

static void
bandwidth(FILE *f, const char *word, const struct queue_rate *r)
{
	if (r->rate == 0)
		return;
	fputs(word, f);
	rate(f, r->rate);
	if (r->burst == 0)
		return;
	fputs(" burst ", f);
	rate(f, r->burst);
	fprintf(f, " for %ums", r->burst_ms);
}

void
print_queue(FILE *f, const struct queue *q)
{
	fputs("queue ", f);
	print_name(f, q->name);
	fputs(q->parent != NULL ? " parent " : " on ", f);
	print_name(f, q->parent != NULL ? q->parent : q->ifname);
	if (q->flows != 0)
		fprintf(f, " flows %u", q->flows);
	if (q->quantum != 0)
		fprintf(f, " quantum %u", q->quantum);
	bandwidth(f, " bandwidth ", &q->bandwidth);
	bandwidth(f, ", min ", &q->min);
	bandwidth(f, ", max ", &q->max);
	if (q->is_default)
		fputs(" default", f);
	if (q->qlimit_set)
		fprintf(f, " qlimit %u", q->qlimit);
}

static void
queue_tree(FILE *f, const struct queue *q)
{
	const struct queue *c;

	print_queue(f, q);
	fputc('\n', f);
	for (c = q->children; c != NULL; c = c->sibling)
		queue_tree(f, c);
}

void
print_queues(FILE *f, const struct ruleset *rs)
{
	const struct queue *q;

	for (q = rs->queues; q != NULL; q = q->next)
		if (q->parent == NULL)
			queue_tree(f, q);
}

static void
iface_addrs(FILE *f, const char *word, const struct iface_addr *v, uint32_t n)
{
	char buf[ADDR_TEXT_MAX];
	uint32_t i;

	for (i = 0; i < n; i++)
		fprintf(f, " %s %s/%u", word, addr_text(buf, &v[i].addr,
		    v[i].af), v[i].plen);
}

void
print_iface(FILE *f, const struct iface_stmt *i)
{
	static const char *const planes[] = {
		[PLANE_TUN] = "tun", [PLANE_DIVERT] = "divert",
		[PLANE_XDP] = "xdp", [PLANE_PCAP] = "pcap",
	};

	fputs("interface ", f);
	print_name(f, i->name);
	fprintf(f, " %s", planes[i->plane]);
	if (i->queues != 0)
		fprintf(f, " queues %u", i->queues);
	if (i->mtu != 0)
		fprintf(f, " mtu %u", i->mtu);
	if (i->netns != NULL) {
		fputs(" netns ", f);
		print_quoted(f, i->netns);
	}
	iface_addrs(f, "address", i->addrs, i->naddrs);
	iface_addrs(f, "peer", i->peers, i->npeers);
	if (i->is_default)
		fputs(" default", f);
	if (i->pcap_read != NULL) {
		fputc(' ', f);
		print_quoted(f, i->pcap_read);
	}
	if (i->pcap_write != NULL) {
		fputs(" write ", f);
		print_quoted(f, i->pcap_write);
	}
}

void
print_route(FILE *f, const struct route_stmt *r)
{
	char buf[ADDR_TEXT_MAX];

	fprintf(f, "route %s/%u", addr_text(buf, &r->net, r->af), r->plen);
	fprintf(f, " via %s", addr_text(buf, &r->via, r->af));
}

void
print_planes(FILE *f, const struct ruleset *rs)
{
	const struct iface_stmt *i;
	const struct route_stmt *r;

	for (i = rs->ifaces; i != NULL; i = i->next) {
		print_iface(f, i);
		fputc('\n', f);
	}
	for (r = rs->routes; r != NULL; r = r->next) {
		print_route(f, r);
		fputc('\n', f);
	}
}

static void
options_policy(FILE *f, const struct ruleset_options *o)
{
	if ((o->set & OPT_BLOCK_POLICY) != 0)
		fprintf(f, "set block-policy %s\n", o->block_return ?
		    "return" : "drop");
	if ((o->set & OPT_FAIL_POLICY) != 0)
		fprintf(f, "set fail-policy %s\n", o->fail_return ?
		    "return" : "drop");
	if ((o->set & OPT_STATE_POLICY) != 0)
		fprintf(f, "set state-policy %s\n", o->state_if_bound ?
		    "if-bound" : "floating");
	if ((o->set & OPT_REASSEMBLE) != 0)
		fprintf(f, "set reassemble %s%s\n", o->reassemble ? "yes" :
		    "no", o->reassemble_no_df ? " no-df" : "");
	if ((o->set & OPT_SYNCOOKIES) == 0)
		return;
	if (o->syncookies_numbers)
		fprintf(f, "set syncookies adaptive (start %u%%, end %u%%)\n",
		    o->syncookies_start, o->syncookies_end);
	else
		fprintf(f, "set syncookies %s\n",
		    o->syncookies == SYNCOOKIES_NEVER ? "never" :
		    o->syncookies == SYNCOOKIES_ALWAYS ? "always" :
		    "adaptive");
}

static void
options_natd(FILE *f, const struct ruleset_options *o)
{
	if ((o->set & OPT_REQUIRE_ORDER) != 0)
		fprintf(f, "set require-order %s\n", o->require_order ?
		    "yes" : "no");
	if ((o->set & OPT_KEEPCOUNTERS) != 0)
		fputs("set keepcounters\n", f);
	if ((o->set & OPT_NAT_POLICY) != 0)
		fprintf(f, "set nat-policy %s\n", o->nat_rfc ? "rfc" : "pf");
	if ((o->set & OPT_RELOAD_STATES) != 0)
		fprintf(f, "set reload-states %s\n", o->reload_recheck ?
		    "recheck" : "keep");
	if ((o->set & OPT_ON_EXIT) != 0)
		fprintf(f, "set on-exit %s\n", o->exit_pass ? "pass" :
		    "block");
	if ((o->set & OPT_ON_OVERLOAD) != 0)
		fprintf(f, "set on-overload %s\n", o->overload_pass ? "pass" :
		    "drop");
	if ((o->set & OPT_UDP_GRO) != 0)
		fprintf(f, "set udp-gro %s\n", o->no_udp_gro ? "no" : "yes");
	if ((o->set & OPT_WORKERS) != 0)
		fprintf(f, "set workers %u\n", o->workers);
}

/* The options that were set, one line each. */
static void
print_options(FILE *f, const struct ruleset_options *o)
{
	uint32_t i;

	if ((o->set & OPT_OPTIMIZATION) != 0)
		fprintf(f, "set optimization %s\n", o->optimization);
	for (i = 0; i < TM_MAX; i++)
		if ((o->timeout_set & 1u << i) != 0)
			fprintf(f, "set timeout %s %d\n", timeout_name(i),
			    o->timeout[i]);
	for (i = 0; i < LIMIT_MAX; i++)
		if ((o->limit_set & 1u << i) != 0)
			fprintf(f, "set limit %s %u\n", limit_name(i),
			    o->limit[i]);
	if ((o->set & OPT_LOGINTERFACE) != 0)
		fprintf(f, "set loginterface %s\n", o->loginterface == NULL ?
		    "none" : o->loginterface);
	if ((o->set & OPT_HOSTID) != 0)
		fprintf(f, "set hostid 0x%08x\n", o->hostid);
	if ((o->set & OPT_DEBUG) != 0)
		fprintf(f, "set debug %s\n", debug_name(o->debug));
	if ((o->set & OPT_FINGERPRINTS) != 0) {
		fputs("set fingerprints ", f);
		print_quoted(f, o->fingerprints);
		fputc('\n', f);
	}
	if ((o->set & OPT_SKIP) != 0) {
		fputs(o->nskip == 0 ? "set skip on none" : "set skip on {", f);
		for (i = 0; i < o->nskip; i++) {
			fputc(' ', f);
			print_name(f, o->skip[i]);
		}
		fputs(o->nskip == 0 ? "\n" : " }\n", f);
	}
	options_policy(f, o);
	options_natd(f, o);
}

static void print_tables(FILE *, const struct anchor *,
    const struct print_options *, int indent);
static void print_class_at(FILE *, const struct anchor *, int class,
    const struct print_options *, int indent, bool tables);

static void
pad(FILE *f, const struct print_options *o, int indent)
{
	if ((o->flags & (PRINT_NUMBERS | PRINT_NO_INDENT)) == 0)
		fprintf(f, "%*s", indent, "");
}

static bool
is_empty(const struct rule *r, bool tables)
{
	const struct anchor *a = r->anchor;

	if (a->rules[r->class].n != 0)
		return false;
	return !tables || a->tables == NULL ||
	    r->class != RULE_CLASS_FILTER;
}

/*
 * A statement with lists is several rules for one anchor; the rules of a named
 * one stand behind the first only, since a second definition is an error.
 */
static bool
shown_before(const struct rule *r, const struct rule *prev)
{
	return prev != NULL && r->anchor_name != NULL &&
	    prev->anchor == r->anchor && prev->anchor_inline;
}

/* Is the anchor of this rule shown with its rules, between braces? */
static bool
has_braces(const struct rule *r, const struct rule *prev,
    const struct print_options *o, bool tables)
{
	if (r->action != RULE_ANCHOR || r->anchor_wild)
		return false;
	if ((o->flags & PRINT_ANCHORS) != 0)
		return true;
	if (!r->anchor_inline || shown_before(r, prev))
		return false;
	return r->anchor_name == NULL || !is_empty(r, tables);
}

static void
print_line(FILE *f, const struct rule *r, const struct rule *prev,
    const struct print_options *o, int indent, bool tables)
{
	bool braces = has_braces(r, prev, o, tables);
	bool gone = o->expired != NULL && o->expired(o->arg, r);

	if (gone && (o->flags & PRINT_EXPIRED) == 0)
		return;
	pad(f, o, indent);
	if ((o->flags & PRINT_NUMBERS) != 0)
		fprintf(f, "@%u ", r->nr);
	print_rule(f, r, o);
	if (gone)
		fputs(" # expired", f);
	fputs(braces ? " {\n" : "\n", f);
	if (o->after != NULL)
		o->after(o->arg, f, r, indent);
	if (!braces)
		return;
	if (tables && r->class == RULE_CLASS_FILTER)
		print_tables(f, r->anchor, o, indent + 2);
	print_class_at(f, r->anchor, r->class, o, indent + 2, tables);
	pad(f, o, indent);
	fputs("}\n", f);
}

static void
print_tables(FILE *f, const struct anchor *a, const struct print_options *o,
    int indent)
{
	const struct table *t;

	for (t = a->tables; t != NULL; t = t->next) {
		if (!t->defined)
			continue;
		pad(f, o, indent);
		print_table(f, t);
		fputc('\n', f);
	}
}

static void
print_class_at(FILE *f, const struct anchor *a, int class,
    const struct print_options *o, int indent, bool tables)
{
	uint32_t i;

	for (i = 0; i < a->rules[class].n; i++)
		print_line(f, a->rules[class].v[i], i == 0 ? NULL :
		    a->rules[class].v[i - 1], o, indent, tables);
}

static void
print_body(FILE *f, const struct anchor *a, const struct print_options *o,
    int indent, bool tables)
{
	int k;

	if (tables)
		print_tables(f, a, o, indent);
	for (k = 0; k < RULE_CLASS_MAX; k++)
		print_class_at(f, a, k, o, indent, tables);
}

void
print_class(FILE *f, const struct anchor *a, int class,
    const struct print_options *o)
{
	print_class_at(f, a, class, o, 0, false);
}

void
print_rules(FILE *f, const struct anchor *a, const struct print_options *o)
{
	print_body(f, a, o, 0, false);
}

void
print_automatic(FILE *f, const struct anchor *a)
{
	const struct anchor *c;
	const struct table *t;

	for (t = a->tables; t != NULL; t = t->next)
		if (t->automatic && !t->written) {
			print_table(f, t);
			fputc('\n', f);
		}
	for (c = a->children; c != NULL; c = c->next)
		print_automatic(f, c);
}

/* Is this class of an anchor's rules shown between the braces of a rule? */
static bool
in_braces(const struct anchor *a, int class)
{
	return (class == RULE_CLASS_FILTER && a->inlined) ||
	    (class == RULE_CLASS_ETHER && a->inlined_ether);
}

/*
 * What was loaded into an anchor beside what stands in braces: all of it, or
 * rules of other classes.
 */
static bool
has_loaded(const struct anchor *a)
{
	int k;

	if (!a->given || a->name[0] == '_')
		return false;
	for (k = 0; k < RULE_CLASS_MAX; k++)
		if (a->rules[k].n != 0 && !in_braces(a, k))
			return true;
	return !a->inlined && (!a->inlined_ether || a->tables != NULL);
}

static void
print_loaded(FILE *f, const struct anchor *a, const struct print_options *o,
    int indent, bool tables)
{
	int k;

	if (tables && !a->inlined)
		print_tables(f, a, o, indent);
	for (k = 0; k < RULE_CLASS_MAX; k++)
		if (!in_braces(a, k))
			print_class_at(f, a, k, o, indent, tables);
}

void
print_loaded_rules(FILE *f, const struct anchor *a,
    const struct print_options *o)
{
	if (has_loaded(a))
		print_loaded(f, a, o, 0, false);
}

/*
 * Contents that no inline anchor shows: loaded files, -a ANCHOR.  The paths
 * are relative to an anchor whose own path has @skip bytes with its slash.
 */
static void
print_given(FILE *f, const struct anchor *a, size_t skip,
    const struct print_options *o)
{
	const struct anchor *c;

	if (has_loaded(a) && strlen(a->path) > skip) {
		fputs("load anchor ", f);
		print_quoted(f, a->path + skip);
		fputs(" {\n", f);
		print_loaded(f, a, o, 2, true);
		fputs("}\n", f);
	}
	for (c = a->children; c != NULL; c = c->next)
		print_given(f, c, skip, o);
}

void
anchor_print(FILE *f, const struct anchor *a, int flags)
{
	struct print_options o = { .flags = flags };
	size_t skip = *a->path == '\0' ? 0 : strlen(a->path) + 1;

	print_body(f, a, &o, 0, true);
	print_given(f, a, skip, &o);
}

static void
ruleset_print(FILE *f, const struct ruleset *rs, int flags)
{
	struct print_options o = { .flags = flags };
	int k;

	print_options(f, &rs->options);
	print_planes(f, rs);
	print_tables(f, rs->root, &o, 0);
	print_queues(f, rs);
	for (k = 0; k < RULE_CLASS_MAX; k++)
		print_class_at(f, rs->root, k, &o, 0, true);
	print_given(f, rs->root, 0, &o);
}

char *
ruleset_text(const struct ruleset *rs, int flags)
{
	char *buf = NULL;
	size_t size;
	FILE *f;

	if ((f = open_memstream(&buf, &size)) == NULL)
		return NULL;
	ruleset_print(f, rs, flags);
	fclose(f);
	return buf;
}
