/* SPDX-License-Identifier: ISC */
/*
 * natctl without natd.
 */
#include "ctl/offline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/ruleset.h"

struct sink {
	FILE *out;
	bool quiet;
};

static void
say(void *arg, const char *line)
{
	struct sink *s = arg;

	fprintf(s->out, "%s\n", line);
}

static void
loading(void *arg, const char *line)
{
	struct sink *s = arg;

	if (!s->quiet)
		fprintf(stderr, "%s\n", line);
}

int
offline_load(const struct offline_options *o, FILE *out, struct ruleset **rs,
    struct host **host)
{
	struct sink sink = { .out = out, .quiet = o->quiet };
	struct load_options lo = {
		.path = o->file, .defines = o->defines,
		.ndefines = o->ndefines, .no_names = o->no_names,
		.files = true, .anchor = o->anchor, .sink_arg = &sink,
		.sink = o->verbose > 0 ? say : NULL,
		.loading = o->verbose > 0 ? loading : NULL,
		.warn_unused = o->verbose > 1,
	};
	struct diag *d = diag_new();
	int error = -ENOMEM;

	if ((*host = host_new(true)) == NULL || d == NULL)
		goto out;
	lo.host = *host;
	if (o->host_file != NULL &&
	    (error = host_read(*host, o->host_file, d)) != 0)
		goto out;
	error = load_ruleset(&lo, d, rs);
out:
	if (out != NULL)
		fflush(out);
	if (d != NULL)
		diag_print(d, stderr, o->prog, 0);
	if (error == -ENOMEM)
		fprintf(stderr, "%s: %s\n", o->prog, strerror(ENOMEM));
	diag_free(d);
	return error;
}

/* Contents of the files of `load anchor', each after the other. */
static void
print_loaded(FILE *out, const struct anchor *a, const struct anchor *shown,
    const struct print_options *po)
{
	const struct anchor *c;

	if (a->given && !a->inlined && a != shown)
		print_rules(out, a, po);
	for (c = a->children; c != NULL; c = c->next)
		print_loaded(out, c, shown, po);
}

int
offline_check(const struct offline_options *o, FILE *out)
{
	struct print_options po = { 0 };
	const struct anchor *shown;
	struct ruleset *rs = NULL;
	struct host *host = NULL;

	if (offline_load(o, out, &rs, &host) != 0) {
		host_free(host);
		return EXIT_FAILURE;
	}
	if (o->verbose > 0) {
		po.host = host;
		po.flags = (o->verbose > 1 ? PRINT_NUMBERS : 0) |
		    (o->services ? PRINT_SERVICES : 0);
		print_planes(out, rs);
		print_automatic(out, rs->root);
		print_queues(out, rs);
		shown = o->anchor == NULL ? rs->root :
		    ruleset_anchor(rs, o->anchor);
		print_rules(out, shown, &po);
		print_loaded(out, rs->root, shown, &po);
	}
	ruleset_free(rs);
	host_free(host);
	return fflush(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
