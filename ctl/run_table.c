/* SPDX-License-Identifier: ISC */
/*
 * -T: one table at run time.
 *
 * Addresses from the command line and from -f are read as the list and the
 * file of a table statement, so they may be whatever may stand there.  They
 * go to natd in requests of at most PROTO_ENTRIES_MAX, of which the last is
 * answered for all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "parser/load.h"
#include "rules/diag.h"
#include "rules/print.h"
#include "rules/ruleset.h"

#define COMMAND_LINE "command line"

/* What natd counted, in all requests of the command together. */
struct counts {
	unsigned long long tables, added, deleted, changed, matched, cleared,
	    expired, asked;
};

struct command {
	struct natctl *n;
	struct ruleset *rs;	/* holds the entries, or NULL */
	const char **entry;	/* owned, as text */
	size_t nentries;
	struct counts counts;
	uint64_t records;
};

static const char *const command_names[TCMD_MAX] = {
	[TCMD_SHOW] = "show", [TCMD_ADD] = "add", [TCMD_DELETE] = "delete",
	[TCMD_REPLACE] = "replace", [TCMD_FLUSH] = "flush",
	[TCMD_TEST] = "test", [TCMD_KILL] = "kill", [TCMD_ZERO] = "zero",
	[TCMD_EXPIRE] = "expire",
};

/* Say what was done; a dry run says so. */
static void
report(struct command *c, const char *text, unsigned long long a,
    unsigned long long b)
{
	const struct options *o = c->n->o;
	const char *end = ".";

	if (o->json && c->n->client != NULL)
		return;
	if (o->check)
		end = c->n->client != NULL ? " (dummy)." : " (syntax only).";
	if (strstr(text, "%llu/%llu") != NULL)
		natctl_say(c->n, "%llu/%llu%s%s", a, b,
		    text + strlen("%llu/%llu"), end);
	else if (strncmp(text, "%llu", 4) == 0)
		natctl_say(c->n, "%llu%s%s", a, text + 4, end);
	else
		natctl_say(c->n, "%s%s", text, end);
}

static void
report_created(struct command *c)
{
	if (c->counts.tables > 0)
		report(c, "%llu table created", c->counts.tables, 0);
}

static void
report_replace(struct command *c)
{
	const struct counts *k = &c->counts;

	report_created(c);
	if (k->added > 0)
		report(c, "%llu addresses added", k->added, 0);
	if (k->deleted > 0)
		report(c, "%llu addresses deleted", k->deleted, 0);
	if (k->changed > 0)
		report(c, "%llu addresses changed", k->changed, 0);
	if (k->added + k->deleted + k->changed == 0)
		report(c, "no changes", 0, 0);
}

static int
report_all(struct command *c)
{
	const struct counts *k = &c->counts;

	switch (c->n->o->tcmd) {
	case TCMD_ADD:
		report_created(c);
		report(c, "%llu/%llu addresses added", k->added, k->asked);
		break;
	case TCMD_DELETE:
		report(c, "%llu/%llu addresses deleted", k->deleted,
		    k->asked);
		break;
	case TCMD_REPLACE:
		report_replace(c);
		break;
	case TCMD_FLUSH:
		report(c, "%llu addresses deleted", k->deleted, 0);
		break;
	case TCMD_KILL:
		report(c, "%llu table deleted", k->tables, 0);
		break;
	case TCMD_ZERO:
		if (c->nentries == 0)
			report(c, "%llu table/stats cleared", k->tables, 0);
		else
			report(c, "%llu/%llu addresses cleared", k->cleared,
			    k->asked);
		break;
	case TCMD_EXPIRE:
		report(c, "%llu/%llu addresses expired", k->expired,
		    k->asked);
		break;
	case TCMD_TEST:
		report(c, "%llu/%llu addresses match", k->matched, k->asked);
		return k->matched < k->asked ? 2 : 0;
	}
	return 0;
}

/* Words of the command line as the list of a table statement. */
static char *
statement(struct command *c)
{
	const struct options *o = c->n->o;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	const char *p;
	int i;

	if (f == NULL)
		return NULL;
	fputs("table <t> persist", f);
	if (o->file != NULL) {
		fputs(" file \"", f);
		for (p = strcmp(o->file, "-") == 0 ? "/dev/stdin" : o->file;
		    *p != '\0'; p++) {
			if (*p == '"')
				putc('\\', f);
			putc(*p, f);
		}
		fputs("\"", f);
	}
	fputs(" {", f);
	for (i = 0; i < o->nargs; i++)
		fprintf(f, " %s", o->args[i]);
	fputs(" }\n", f);
	fclose(f);
	return text;
}

static int
add_entries(struct command *c, const struct table_part *p)
{
	const char **v;
	uint32_t i;

	v = reallocarray(c->entry, c->nentries + p->n + 1, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	c->entry = v;
	for (i = 0; i < p->n; i++) {
		if (c->n->o->tcmd == TCMD_TEST && (p->v[i].neg ||
		    p->v[i].plen != addr_bits(p->v[i].af))) {
			natctl_warn(c->n, "-T test takes single addresses");
			return -EINVAL;
		}
		if ((v[c->nentries] = entry_text(&p->v[i])) == NULL)
			return -ENOMEM;
		c->nentries++;
	}
	return 0;
}

/*
 * What is wrong with the addresses.  Those of the command line have no place
 * that a person knows.
 */
static void
print_diag(struct natctl *n, const struct diag *d)
{
	const struct diag_msg *m;
	const char *file;
	size_t i;

	for (i = 0; (m = diag_get(d, i)) != NULL; i++) {
		file = m->span.line != 0 ? diag_file_name(d, m->span.file) :
		    COMMAND_LINE;
		if (strcmp(file, COMMAND_LINE) == 0)
			fprintf(n->err, "%s\n", m->text);
		else
			fprintf(n->err, "%s:%u:%u: %s\n", file, m->span.line,
			    m->span.col, m->text);
	}
}

static int
parse_entries(struct command *c, const char *text, struct diag *d)
{
	struct load_options lo = { .text = text, .len = strlen(text),
	    .name = COMMAND_LINE, .no_names = c->n->o->no_names,
	    .files = true };
	const struct table *t;
	uint32_t i;
	int error;

	if ((lo.host = natctl_host(c->n)) == NULL)
		return -EINVAL;
	if ((error = load_ruleset(&lo, d, &c->rs)) != 0) {
		print_diag(c->n, d);
		return error;
	}
	t = c->rs->root->tables;
	for (i = 0; error == 0 && t != NULL && i < t->nparts; i++)
		error = add_entries(c, &t->parts[i]);
	if (error == -ENOMEM)
		natctl_warn(c->n, "out of memory");
	return error;
}

static int
read_entries(struct command *c)
{
	struct diag *d = NULL;
	char *text;
	int i, error = 0;

	/* a word that ends the list early would be another statement */
	for (i = 0; i < c->n->o->nargs; i++)
		if (strpbrk(c->n->o->args[i], "{}\"'\\\n#$<>") != NULL) {
			natctl_warn(c->n, "\"%.60s\" is no address",
			    c->n->o->args[i]);
			return -EINVAL;
		}
	if ((text = statement(c)) == NULL || (d = diag_new()) == NULL) {
		natctl_warn(c->n, "out of memory");
		error = -ENOMEM;
	} else {
		error = parse_entries(c, text, d);
	}
	diag_free(d);
	free(text);
	return error;
}

static int
on_entry(void *arg, const json_t *v, const char *line, size_t len)
{
	struct command *c = arg;
	struct natctl *n = c->n;
	struct show_entry e;

	c->records++;
	if (n->o->json) {
		fwrite(line, 1, len, n->out);
		putc('\n', n->out);
		return 0;
	}
	if (show_entry_read(v, &e) != 0)
		return 1;
	format_entry(&n->format, &e, n->o->tcmd == TCMD_TEST);
	if (n->o->tcmd == TCMD_SHOW)
		format_entry_stats(&n->format, &e);
	return 0;
}

static int
show_table_entries(struct command *c)
{
	const struct options *o = c->n->o;
	json_t *args = json_pack("{s:s,s:s}", "what", "table", "name",
	    o->table);

	if (args != NULL && natctl_set_text(args, "anchor", o->anchor) != 0) {
		json_decref(args);
		args = NULL;
	}
	return natctl_request(c->n, "show", args, on_entry, c, NULL);
}

static json_t *
make_args(struct command *c, size_t from, size_t to, bool part)
{
	const struct options *o = c->n->o;
	json_t *list = json_array(), *args;
	int error = 0;
	size_t i;

	for (i = from; i < to; i++)
		error |= json_array_append_new(list,
		    json_string(c->entry[i]));
	args = json_pack("{s:s,s:s,s:b,s:i}", "command",
	    command_names[o->tcmd], "name", o->table, "dry", o->check,
	    "verbose", (int)(o->verbose < 2 ? o->verbose : 2));
	if (args == NULL) {
		json_decref(list);
		return NULL;
	}
	error |= natctl_set_text(args, "anchor", o->anchor);
	if (c->nentries > 0 || o->tcmd == TCMD_REPLACE)
		error |= json_object_set_new(args, "addresses", list);
	else
		json_decref(list);
	if (part)
		error |= json_object_set_new(args, "part", json_true());
	if (o->tcmd == TCMD_EXPIRE)
		error |= json_object_set_new(args, "seconds",
		    json_integer(strtoll(o->args[0], NULL, 10)));
	if (error == 0)
		return args;
	json_decref(args);
	return NULL;
}

static void
add_counts(struct counts *k, const json_t *done)
{
	k->tables += natctl_number(done, "tables");
	k->added += natctl_number(done, "added");
	k->deleted += natctl_number(done, "deleted");
	k->changed += natctl_number(done, "changed");
	k->matched += natctl_number(done, "matched");
	k->cleared += natctl_number(done, "cleared");
	k->expired += natctl_number(done, "expired");
	k->asked += natctl_number(done, "asked");
}

static void
warn(struct natctl *n, const json_t *done)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(done, "warnings"), i, v)
		if (json_is_string(v))
			natctl_warn(n, "warning: %s", json_string_value(v));
}

static int
send_entries(struct command *c)
{
	size_t from = 0, to;
	json_t *done;
	bool part;

	do {
		to = c->nentries - from > PROTO_ENTRIES_MAX ?
		    from + PROTO_ENTRIES_MAX : c->nentries;
		part = to < c->nentries;
		if (natctl_request(c->n, "table", make_args(c, from, to,
		    part), on_entry, c, &done) != 0)
			return 1;
		add_counts(&c->counts, done);
		if (!c->n->o->json)
			warn(c->n, done);
		if (c->n->o->json && !part)
			natctl_done(c->n, done, "%s", c->n->o->table);
		else
			json_decref(done);
		from = to;
	} while (from < c->nentries);
	return report_all(c);
}

/* -n without a natd to ask: the addresses are good, and that is all. */
static int
syntax_only(struct command *c)
{
	c->counts = (struct counts){ .asked = c->nentries };
	if (c->n->o->tcmd == TCMD_REPLACE)
		report(c, "no changes", 0, 0);
	else
		(void)report_all(c);
	return 0;
}

static bool
takes_entries(uint8_t tcmd)
{
	return tcmd == TCMD_ADD || tcmd == TCMD_DELETE ||
	    tcmd == TCMD_REPLACE || tcmd == TCMD_TEST || tcmd == TCMD_ZERO;
}

static int
run(struct command *c)
{
	const struct options *o = c->n->o;

	if (takes_entries(o->tcmd)) {
		if ((o->nargs > 0 || o->file != NULL) && read_entries(c) != 0)
			return 1;
		if (c->nentries == 0 && o->tcmd != TCMD_ZERO &&
		    o->tcmd != TCMD_REPLACE) {
			natctl_warn(c->n, "-T %s needs addresses",
			    command_names[o->tcmd]);
			return 1;
		}
	} else if (o->nargs > (o->tcmd == TCMD_EXPIRE)) {
		natctl_warn(c->n, "-T %s takes no addresses",
		    command_names[o->tcmd]);
		return 1;
	}
	if (o->tcmd == TCMD_SHOW)
		return show_table_entries(c);
	if (o->check && natctl_try(c->n, "hello", json_pack("{s:i}",
	    "version", PROTO_VERSION), NULL, NULL, NULL) != 0)
		return syntax_only(c);
	return send_entries(c);
}

int
natctl_table(struct natctl *n)
{
	struct command c = { .n = n };
	int status = run(&c);
	size_t i;

	for (i = 0; i < c.nentries; i++)
		free((void *)(uintptr_t)c.entry[i]);
	free(c.entry);
	if (c.rs != NULL)
		ruleset_free(c.rs);
	return status;
}
