/* SPDX-License-Identifier: ISC */
/*
 * Rules, labels and anchors as text.
 */
#include <inttypes.h>
#include <string.h>

#include "ctl/format.h"
#include "ctl/word.h"

static void
print_counts(FILE *out, const struct show_rule *r)
{
	fprintf(out, "  [ Evaluations: %-8" PRIu64 "  Packets: %-8" PRIu64
	    "  Bytes: %-10" PRIu64 "  States: %-6" PRIu64 "]\n",
	    r->evaluations, r->packets[0] + r->packets[1],
	    r->bytes[0] + r->bytes[1], r->states);
	fprintf(out, "  [ Inserted: uid %u pid %u State Creations: %-6" PRIu64
	    "]\n", r->uid, r->pid, r->created);
}

static void
print_origin(FILE *out, const struct show_rule *r)
{
	char id[WORD_MAX];

	fprintf(out, "  [ Id: %s", word_ruleid(id, r->id, r->id_digits));
	if (r->line != 0)
		fprintf(out, "  Place: %s:%u", r->file, r->line);
	fputs(" ]\n", out);
}

void
format_rule(const struct format *f, const struct show_rule *r)
{
	if (r->expired && f->verbose < 2 && !f->detail)
		return;
	if (f->verbose > 1 && r->nr >= 0)
		fprintf(f->out, "@%" PRId64 " ", r->nr);
	else if (f->verbose == 0)
		fprintf(f->out, "%*s", (int)(r->depth < 64 ? r->depth : 64) *
		    2, "");
	fprintf(f->out, "%s%s\n", r->text, r->expired ? " # expired" : "");
	if (r->nr < 0)
		return;
	if (f->detail)
		print_origin(f->out, r);
	if (f->verbose > 0)
		print_counts(f->out, r);
}

void
format_label(const struct format *f, const struct show_label *l)
{
	fprintf(f->out, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", l->label,
	    l->evaluations, l->packets[0] + l->packets[1],
	    l->bytes[0] + l->bytes[1], l->packets[0], l->bytes[0],
	    l->packets[1], l->bytes[1], l->created);
}

void
format_anchor(const struct format *f, const char *path, const char *base)
{
	size_t len = strlen(base);
	const char *rest = path;

	if (len > 0) {
		if (strncmp(path, base, len) != 0 || path[len] != '/')
			return;
		rest = path + len + 1;
	}
	if (*rest == '\0')
		return;
	if (f->verbose == 0 && (strchr(rest, '/') != NULL || *rest == '_'))
		return;
	fprintf(f->out, "  %s\n", path);
}
