/* SPDX-License-Identifier: ISC */
/*
 * Status and counters, timeouts and limits, as text.
 */
#include <inttypes.h>
#include <string.h>

#include "ctl/format.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct part {
	const char *part, *title;
	bool verbose;		/* with -v only */
} parts[] = {
	{ "state", "State Table", false },
	{ "source", "Source Tracking Table", true },
	{ "fragment", "Fragments", true },
	{ "reason", "Counters", false },
	{ "limit", "Limit Counters", true },
	{ "packets", "Packets", true },
	{ "syncookies", "Adaptive Syncookies Watermarks", true },
};

/* Of the natd before this one, and for the one behind it. */
static void
print_past(const struct format *f, const struct show_info *i)
{
	if (i->taken != 0 || i->damaged != 0)
		fprintf(f->out, "Restart: %u states taken over, %u mended; %u "
		    "damaged\n", i->taken, i->mended, i->damaged);
	else if (i->past[0] != '\0')
		fprintf(f->out, "Restart: %s%s\n", i->past,
		    i->lasting ? "" : "; states end with this natd");
}

static void
print_status(const struct format *f, const struct show_info *i)
{
	uint64_t s = i->now > i->since ? i->now - i->since : 0;
	char line[80], debug[32];

	if (i->since == 0)
		snprintf(line, sizeof(line), "Status: %s",
		    i->enabled ? "Enabled" : "Disabled");
	else
		snprintf(line, sizeof(line), "Status: %s for %" PRIu64
		    " days %02u:%02u:%02u", i->enabled ? "Enabled" :
		    "Disabled", s / 86400, (unsigned)(s / 3600 % 24),
		    (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	snprintf(debug, sizeof(debug), "Debug: %s", i->debug);
	fprintf(f->out, "%-44s%15s\n", line, debug);
	if (i->confirm != 0)
		fprintf(f->out, "Revision: %u, unconfirmed, the one before "
		    "returns in %u s\n", i->revision, i->confirm);
	if (i->plane[0] != '\0')
		fprintf(f->out, "Plane: %s\n", i->plane);
	if (i->passes[0] != '\0')
		fprintf(f->out, "Passes of a forwarded packet: %s\n",
		    i->passes);
	if (i->udp_gro[0] != '\0')
		fprintf(f->out, "UDP GRO: %s\n", i->udp_gro);
	if (i->priority[0] != '\0')
		fprintf(f->out, "Priority of packet threads: %s\n",
		    i->priority);
	print_past(f, i);
	putc('\n', f->out);
	if (f->verbose == 0)
		return;
	fprintf(f->out, "Hostid:   0x%08x\n", i->hostid);
	fprintf(f->out, "Checksum: 0x%s\n", i->checksum);
	fprintf(f->out, "Revision: %u, %" PRIu64 " rule%s, %" PRIu64
	    " table%s\n", i->revision, i->rules, i->rules == 1 ? "" : "s",
	    i->tables, i->tables == 1 ? "" : "s");
	fprintf(f->out, "States:   %" PRIu64 " of %" PRIu64 "\n", i->states,
	    i->states_limit);
	fprintf(f->out, "Version:  natd %s, %u worker%s\n\n", i->version,
	    i->workers, i->workers == 1 ? "" : "s");
}

static void
print_pair(FILE *out, const char *name, int width, uint64_t v4, uint64_t v6)
{
	fprintf(out, "%*s%-*s %14" PRIu64 " %16" PRIu64 "\n", 27 - width, "",
	    width, name, v4, v6);
}

static void
print_loginterface(FILE *out, const struct show_iface *i)
{
	static const char *const names[2][2] = {
		{ "Bytes In", "Packets In" }, { "Bytes Out", "Packets Out" },
	};
	int d;

	fprintf(out, "Interface Stats for %-16s %5s %16s\n", i->name, "IPv4",
	    "IPv6");
	for (d = 0; d < 2; d++)
		print_pair(out, names[d][0], 25,
		    i->bytes[d][0][0] + i->bytes[d][0][1],
		    i->bytes[d][1][0] + i->bytes[d][1][1]);
	for (d = 0; d < 2; d++) {
		fprintf(out, "  %s\n", names[d][1]);
		print_pair(out, "Passed", 23, i->packets[d][0][0],
		    i->packets[d][1][0]);
		print_pair(out, "Blocked", 23, i->packets[d][0][1],
		    i->packets[d][1][1]);
	}
	putc('\n', out);
}

static const struct part *
part_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(parts); i++)
		if (strcmp(parts[i].part, name) == 0)
			return &parts[i];
	return NULL;
}

static void
print_title(FILE *out, const struct show_counter *c, const struct part *p)
{
	const char *title = p != NULL ? p->title : c->part;

	if (strcmp(c->part, "state") == 0)
		fprintf(out, "%-27s %14s %16s\n", title, "Total", "Rate");
	else
		fprintf(out, "%s\n", title);
}

static void
print_counter(FILE *out, const struct show_counter *c, uint64_t runtime)
{
	fprintf(out, "  %-25s %14" PRIu64, c->name, c->value);
	if (c->rate && runtime > 0)
		fprintf(out, " %14.1f/s", (double)c->value / (double)runtime);
	putc('\n', out);
}

void
format_info(const struct format *f, const struct show_info *i,
    const struct show_counter *v, size_t n, const struct show_iface *logif)
{
	const struct part *p;
	uint64_t runtime = 0;
	size_t k;

	if (i->enabled && i->since != 0 && i->now > i->since)
		runtime = i->now - i->since;
	print_status(f, i);
	if (logif != NULL)
		print_loginterface(f->out, logif);
	for (k = 0; k < n; k++) {
		p = part_find(v[k].part);
		if (p != NULL && p->verbose && f->verbose == 0)
			continue;
		if (k == 0 || strcmp(v[k].part, v[k - 1].part) != 0)
			print_title(f->out, &v[k], p);
		print_counter(f->out, &v[k], runtime);
	}
}

void
format_timeout(const struct format *f, const struct show_timeout *t)
{
	fprintf(f->out, "%-20s %10u%s\n", t->name, t->value,
	    strncmp(t->name, "adaptive.", 9) == 0 ? " states" : "s");
}

void
format_limit(const struct format *f, const struct show_limit *l)
{
	fprintf(f->out, "%-13s ", l->name);
	if (l->value == 0)
		fputs("unlimited", f->out);
	else
		fprintf(f->out, "hard limit %8" PRIu64, l->value);
	if (f->verbose > 0)
		fprintf(f->out, ", %" PRIu64 " in use", l->used);
	putc('\n', f->out);
}

void
format_memory(const struct format *f, const struct show_memory *m)
{
	if (f->verbose == 0)
		return;
	fprintf(f->out, "%-13s %" PRIu64 " bytes", m->name, m->bytes);
	if (m->limit != 0)
		fprintf(f->out, " of at most %" PRIu64, m->limit);
	if (m->pages[0] != '\0')
		fprintf(f->out, ", pages of %s", m->pages);
	putc('\n', f->out);
}
