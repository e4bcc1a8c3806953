/* SPDX-License-Identifier: ISC */
/*
 * Tables, their entries, and interfaces as text.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ctl/format.h"
#include "ctl/word.h"

static const char *const iface_names[2][2][2] = {
	{ { "In4/Pass:", "In4/Block:" }, { "Out4/Pass:", "Out4/Block:" } },
	{ { "In6/Pass:", "In6/Block:" }, { "Out6/Pass:", "Out6/Block:" } },
};

static const char *const table_names[2][4] = {
	{ "In/Block:", "In/Match:", "In/Pass:", "In/XPass:" },
	{ "Out/Block:", "Out/Match:", "Out/Pass:", "Out/XPass:" },
};

/* @width: of the name, with the blanks behind it */
static void
print_cleared(FILE *out, int width, uint64_t when)
{
	time_t t = (time_t)when;
	char text[64];
	struct tm tm;

	if (when == 0)
		return;
	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
	fprintf(out, "\t%-*s%s\n", width, "Cleared:", text);
}

static void
print_packets(FILE *out, const char *name, uint64_t packets, uint64_t bytes)
{
	fprintf(out, "\t%-12s [ Packets: %-18" PRIu64 " Bytes: %-18" PRIu64
	    " ]\n", name, packets, bytes);
}

/* Counters as [dir][ops]: block, match, pass and, of a table, xpass. */
static void
print_directions(FILE *out, unsigned ops, const uint64_t *packets,
    const uint64_t *bytes)
{
	unsigned dir, k;

	for (dir = 0; dir < 2; dir++)
		for (k = 0; k < ops; k++)
			print_packets(out, table_names[dir][k],
			    packets[dir * ops + k], bytes[dir * ops + k]);
}

static void
print_table_stats(FILE *out, const struct show_table *t)
{
	fprintf(out, "\tAddresses:   %" PRIu64 "\n", t->addresses);
	print_cleared(out, 13, t->cleared);
	fprintf(out, "\tReferences:  [ Anchors: %-18u Rules: %-18u ]\n",
	    t->anchors, t->rules);
	fprintf(out, "\tEvaluations: [ NoMatch: %-18" PRIu64 " Match: %-18"
	    PRIu64 " ]\n", t->nomatch, t->match);
	if (t->counters)
		print_directions(out, 4, &t->packets[0][0], &t->bytes[0][0]);
}

void
format_table(const struct format *f, const struct show_table *t)
{
	if (!t->active && !f->detail)
		return;
	if (f->verbose > 0)
		fprintf(f->out, "%c%c%c%c%c%c%c\t", t->constant ? 'c' : '-',
		    t->persist ? 'p' : '-', t->active ? 'a' : '-',
		    t->active || t->referenced ? '-' : 'i',
		    t->referenced ? 'r' : '-', t->hidden ? 'h' : '-',
		    t->counters ? 'C' : '-');
	fputs(t->name, f->out);
	if (t->anchor != NULL && *t->anchor != '\0')
		fprintf(f->out, "@%s", t->anchor);
	putc('\n', f->out);
	if (f->verbose > 1)
		print_table_stats(f->out, t);
}

static void
print_entry_stats(FILE *out, const struct show_entry *e)
{
	print_cleared(out, 20, e->cleared);
	if (e->weight != 0)
		fprintf(out, "\t%-20s%u\n", "Weight:", e->weight);
	if (e->expires != 0)
		fprintf(out, "\t%-20s%u s\n", "Expires in:", e->expires);
	if (e->counters)
		print_directions(out, 3, &e->packets[0][0], &e->bytes[0][0]);
}

static void
print_net(const struct format *f, uint8_t af, uint8_t plen,
    const struct addr *a)
{
	char buf[WORD_MAX];
	const char *name = NULL;

	if (f->name != NULL && plen == addr_bits(af))
		name = f->name(f->arg, af, a);
	fputs(name != NULL ? name : word_net(buf, af, plen, a, false),
	    f->out);
}

void
format_entry(const struct format *f, const struct show_entry *e, bool test)
{
	fprintf(f->out, "%c %c", e->change == '\0' ? ' ' : e->change,
	    e->neg ? '!' : ' ');
	print_net(f, e->af, e->plen, &e->addr);
	if (test && f->verbose > 1) {
		if (e->hit_af == 0) {
			fputs("\t nomatch", f->out);
		} else {
			fprintf(f->out, "\t%c", e->hit_neg ? '!' : ' ');
			print_net(f, e->hit_af, e->hit_plen, &e->hit);
		}
	}
	putc('\n', f->out);
}

void
format_entry_stats(const struct format *f, const struct show_entry *e)
{
	if (f->verbose > 0)
		print_entry_stats(f->out, e);
}

static void
print_iface_stats(FILE *out, const struct show_iface *i)
{
	int k, af, dir, act;

	print_cleared(out, 13, i->cleared);
	fprintf(out, "\tReferences:  [ Rules: %-20u ]\n", i->rules);
	for (k = 0; k < 8; k++) {
		af = k >> 2 & 1;
		dir = k >> 1 & 1;
		act = k & 1;
		print_packets(out, iface_names[af][dir][act],
		    i->packets[dir][af][act], i->bytes[dir][af][act]);
	}
}

static void
print_plane(FILE *out, const struct show_iface *i)
{
	fprintf(out, "\tPlane:       %s, %s, mtu %u, queues %u\n",
	    i->plane[0] != '\0' ? i->plane : "kernel", i->up ? "up" : "down",
	    i->mtu, i->queues);
	print_packets(out, "Received:", i->rx_packets, i->rx_bytes);
	print_packets(out, "Sent:", i->tx_packets, i->tx_bytes);
	fprintf(out, "\tErrors:      [ Receive: %-18" PRIu64 " Not sent: %-15"
	    PRIu64 " ]\n", i->rx_errors, i->tx_dropped);
}

void
format_iface(const struct format *f, const struct show_iface *i)
{
	fputs(i->name, f->out);
	if (f->verbose > 0 && i->skip)
		fputs(" (skip)", f->out);
	putc('\n', f->out);
	if (f->verbose < 2)
		return;
	print_iface_stats(f->out, i);
	if (i->plane[0] != '\0')
		print_plane(f->out, i);
}
