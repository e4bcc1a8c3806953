/* SPDX-License-Identifier: ISC */
/*
 * -f: read a ruleset here, with the rights and the names of the person who
 * asks; print it, send it, or only say that it is good.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/natctl.h"
#include "ctl/proto.h"
#include "ctl/remote.h"
#include "ctl/safety.h"
#include "ctl/show_json.h"
#include "ctl/upload.h"
#include "parser/load.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/names.h"
#include "rules/print.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define TEXT_FIRST 65536
#define TEXT_MAX (256u << 20)

/* A file in memory. */
struct text {
	char *data;
	size_t len, size;
};

static int
text_grow(struct text *t)
{
	size_t size = t->size == 0 ? TEXT_FIRST : t->size * 2;
	char *p;

	if (size > TEXT_MAX)
		return -EFBIG;
	if ((p = realloc(t->data, size)) == NULL)
		return -ENOMEM;
	t->data = p;
	t->size = size;
	return 0;
}

static int
text_read_fd(struct text *t, int fd)
{
	ssize_t got;
	int error;

	for (;;) {
		if (t->len == t->size && (error = text_grow(t)) != 0)
			return error;
		got = read(fd, t->data + t->len, t->size - t->len);
		if (got == 0)
			return 0;
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -errno;
		t->len += (size_t)got;
	}
}

static int
text_read(struct text *t, const char *path)
{
	int error, fd;

	if (strcmp(path, "-") == 0)
		return text_read_fd(t, STDIN_FILENO);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -errno;
	error = text_read_fd(t, fd);
	close(fd);
	return error;
}

static void
print_line(void *arg, const char *line)
{
	struct natctl *n = arg;

	fprintf(n->out, "%s\n", line);
}

static void
print_loading(void *arg, const char *line)
{
	struct natctl *n = arg;

	fprintf(n->err, "%s\n", line);
}

/* Contents of the files of `load anchor', each after the other. */
static void
print_loaded(FILE *out, const struct anchor *a, const struct anchor *shown,
    const struct print_options *po)
{
	const struct anchor *child;

	if (a != shown)
		print_loaded_rules(out, a, po);
	/* anchors nest as deep as braces may */
	for (child = a->children; child != NULL; child = child->next)
		print_loaded(out, child, shown, po);
}

static void
print_ruleset(struct natctl *n, const struct ruleset *rs)
{
	struct print_options po = { .host = n->host, .arg = n->host,
	    .count = print_count_offline };
	const struct anchor *shown = rs->root;

	if (n->o->verbose > 1)
		po.flags |= PRINT_NUMBERS;
	if (n->o->services)
		po.flags |= PRINT_SERVICES;
	if (n->o->anchor != NULL)
		shown = ruleset_anchor(rs, n->o->anchor);
	if (shown == NULL)
		return;
	/* tables come first: read back, they print as they are met */
	print_automatic(n->out, rs->root);
	print_planes(n->out, rs);
	print_queues(n->out, rs);
	print_rules(n->out, shown, &po);
	print_loaded(n->out, rs->root, shown, &po);
}

struct tally {
	unsigned rules[RULE_CLASS_MAX], tables;
};

static int
tally_rule(const struct rule *r, const struct anchor *a, void *arg)
{
	struct tally *t = arg;

	(void)a;
	t->rules[r->class]++;
	return 0;
}

static void
tally_tables(const struct anchor *a, struct tally *tally)
{
	const struct table *t;

	for (t = a->tables; t != NULL; t = t->next)
		tally->tables += t->defined && !t->automatic;
	for (a = a->children; a != NULL; a = a->next)
		tally_tables(a, tally);
}

/* FILE: ok, 1 nat, 2 rdr, 7 filter rules, 1 table */
static void
say_ok(struct natctl *n, const struct ruleset *rs, const char *name)
{
	static const struct {
		int class;
		const char *one, *many;
	} parts[] = {
		{ RULE_CLASS_SCRUB, "scrub", "scrub" },
		{ RULE_CLASS_ETHER, "ether", "ether" },
		{ RULE_CLASS_NAT, "nat", "nat" },
		{ RULE_CLASS_RDR, "rdr", "rdr" },
		{ RULE_CLASS_BINAT, "binat", "binat" },
		{ RULE_CLASS_FILTER, "filter rule", "filter rules" },
	};
	struct tally t = { { 0 }, 0 };
	char text[256] = "", part[48];
	unsigned count;
	size_t i;

	ruleset_walk(rs, tally_rule, &t);
	tally_tables(rs->root, &t);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		count = t.rules[parts[i].class];
		if (count == 0 && parts[i].class != RULE_CLASS_FILTER)
			continue;
		snprintf(part, sizeof(part), ", %u %s", count,
		    count == 1 ? parts[i].one : parts[i].many);
		strlcat(text, part, sizeof(text));
	}
	if (t.tables > 0) {
		snprintf(part, sizeof(part), ", %u %s", t.tables,
		    t.tables == 1 ? "table" : "tables");
		strlcat(text, part, sizeof(text));
	}
	natctl_say(n, "%s: ok%s", name, text);
}

/* The number of natd's revision in force, or -1 if it cannot be asked. */
static long long
revision(struct natctl *n)
{
	json_t *done;
	long long rev;

	if (natctl_try(n, "hello", json_pack("{s:i}", "version",
	    PROTO_VERSION), NULL, NULL, &done) != 0)
		return -1;
	rev = json_integer_value(json_object_get(done, "revision"));
	json_decref(done);
	return rev;
}

static void
say_not_loaded(struct natctl *n, unsigned errors)
{
	long long rev;

	if (n->o->check)
		return;
	rev = revision(n);
	if (rev < 0)
		natctl_warn(n, "not loaded, %u error%s.", errors,
		    errors == 1 ? "" : "s");
	else
		natctl_warn(n, "not loaded, %u error%s. Revision %lld stays "
		    "in force; no state was touched.", errors,
		    errors == 1 ? "" : "s", rev);
}

/* One message of natd's among those of @d, whose files show the line. */
static void
add_message(struct diag *d, const char *level, const struct span *sp,
    const char *text)
{
	if (strcmp(level, "error") == 0)
		diag_error(d, sp, "%s", text);
	else if (strcmp(level, "warning") == 0)
		diag_warn(d, sp, "%s", text);
	else
		diag_note(d, sp, "%s", text);
}

/* Warnings without a place that natctl has not given itself. */
static bool
only_natd_knows(const char *name)
{
	static const char *const names[] = {
		"foreign-nat", "hooks", "many-hops",
	};
	size_t i;

	for (i = 0; i < nitems(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Where what natd's message is about stands: natd knows no such places. */
static void
place_of(const struct ruleset *rs, const char *name, struct diag *d,
    struct span *sp)
{
	const struct rule_origin *at = NULL;
	const struct iface_stmt *st;
	unsigned i;

	if (strncmp(name, "limit ", 6) == 0)
		for (i = 0; i < LIMIT_MAX; i++)
			if (strcmp(name + 6, limit_name(i)) == 0)
				at = &rs->set_at.limit[i];
	if (strncmp(name, "interface ", 10) == 0)
		for (st = rs->ifaces; st != NULL; st = st->next)
			if (strcmp(name + 10, st->name) == 0)
				at = &st->origin;
	if (at != NULL)
		rule_origin_span(d, at, sp);
}

/*
 * Messages of natd about the text that it was sent.  What is about no rule
 * natctl has said itself, but for what only natd can see.
 */
static unsigned
print_messages(struct natctl *n, const struct ruleset *rs,
    const json_t *messages, struct diag *d)
{
	const char *level, *file, *text, *name;
	json_int_t line, col, line2, col2;
	struct span sp;
	json_t *v;
	size_t i;

	diag_reset(d);
	json_array_foreach(messages, i, v) {
		level = file = text = name = "";
		line = col = line2 = col2 = 0;
		json_unpack(v, "{s?s,s?s,s?s,s?s,s?I,s?I,s?I,s?I}", "level",
		    &level, "file", &file, "text", &text, "name", &name,
		    "line", &line, "col", &col, "line2", &line2, "col2",
		    &col2);
		if (strcmp(level, "warning") == 0 &&
		    ((line == 0 && !only_natd_knows(name)) ||
		    diag_warn_is_off(d, name)))
			continue;
		sp = (struct span){ diag_file_named(d, file), (uint32_t)line,
		    (uint32_t)col, (uint32_t)line2, (uint32_t)col2 };
		if (line == 0)
			place_of(rs, name, d, &sp);
		add_message(d, level, &sp, text);
	}
	diag_print(d, n->err, "natctl", 0);
	return diag_errors(d);
}

static void
say_refused(struct natctl *n, const struct ruleset *rs, struct diag *d)
{
	unsigned errors = 0;

	if (n->client != NULL && client_messages(n->client) != NULL)
		errors = print_messages(n, rs, client_messages(n->client),
		    d);
	if (errors == 0)
		natctl_warn(n, "%s", natctl_error(n));
	if (n->client != NULL)
		say_not_loaded(n, errors > 0 ? errors : 1);
}

static void
say_loaded(struct natctl *n, const struct load_report *r)
{
	unsigned long long rules = r->filter + r->nat + r->rdr + r->binat;
	char more[160] = "";

	/* programs load anchors all the time: as in pf, without a word */
	if (n->o->anchor != NULL && n->o->verbose == 0 && !r->rechecked &&
	    r->confirm == 0)
		return;
	if (r->rechecked)
		snprintf(more, sizeof(more), " (%llu by another rule), %llu "
		    "ended", (unsigned long long)r->other,
		    (unsigned long long)(r->gone + r->blocked));
	natctl_say(n, "revision %u: %llu rule%s loaded, %llu state%s kept%s",
	    r->revision, rules, rules == 1 ? "" : "s",
	    (unsigned long long)r->kept, r->kept == 1 ? "" : "s", more);
	if (r->confirm > 0)
		natctl_say(n, "Type 'natctl confirm' within %u s, or the "
		    "ruleset before returns.", r->confirm);
}

/*
 * Rules that return by themselves shut nobody out for long.  -ECANCELED: not
 * loaded, and all is said.
 */
static int
upload_safely(struct natctl *n, struct upload *u, json_t **report)
{
	struct ssh_connection c;
	int error;

	if (!n->o->force && n->o->confirm == 0 && ssh_connection_find(&c))
		u->remote = &c;
	error = upload_ruleset(n, u, report);
	if (error != -EREMOTEIO || u->remote == NULL ||
	    strcmp(client_code(n->client), PROTO_ERROR_REMOTE) != 0)
		return error;
	natctl_warn(n, "%s", natctl_error(n));
	if (!safety_ask(n, "Load it all the same?", "--force loads it without "
	    "asking; --confirm 60 lets the ruleset before return")) {
		natctl_warn(n, "not loaded; revision %lld stays in force",
		    revision(n));
		return -ECANCELED;
	}
	u->remote = NULL;
	return upload_ruleset(n, u, report);
}

static int
send_ruleset(struct natctl *n, const struct ruleset *rs, const char *name,
    const struct text *t, struct diag *d)
{
	struct upload u = { .rs = rs, .name = name, .original = t->data,
	    .len = t->len };
	struct load_report r;
	json_t *report;
	int error;

	if ((error = upload_safely(n, &u, &report)) != 0) {
		if (error != -ECANCELED)
			say_refused(n, rs, d);
		return 1;
	}
	if (n->o->json) {
		natctl_done(n, report, "%s", name);
		return 0;
	}
	print_messages(n, rs, json_object_get(report, "messages"), d);
	if (load_report_read(report, &r) != 0)
		natctl_warn(n, "loaded, but natd's report makes no sense");
	else
		say_loaded(n, &r);
	json_decref(report);
	return 0;
}

static int
load_text(struct natctl *n, const char *name, const struct text *t,
    struct diag *d)
{
	const struct options *o = n->o;
	struct load_options lo = { .text = t->data, .len = t->len,
	    .name = name, .defines = o->defines, .ndefines = o->ndefines,
	    .host = n->host, .no_names = o->no_names, .files = true,
	    .anchor = o->anchor, .warn = true,
	    .warn_unused = o->verbose > 1 };
	struct ruleset *rs = NULL;
	int error, status = 0;

	if (o->verbose > 0) {
		lo.sink = print_line;
		lo.loading = print_loading;
		lo.sink_arg = n;
	}
	error = load_ruleset(&lo, d, &rs);
	if (error == 0 && !o->check) {
		compile_check_options(rs, d);
		error = diag_errors(d) > 0 ? -EINVAL : 0;
	}
	fflush(n->out);
	diag_print(d, n->err, "natctl", 0);
	if (error == -ENOMEM)
		natctl_warn(n, "out of memory");
	if (error != 0) {
		say_not_loaded(n, diag_errors(d));
		ruleset_free(rs);
		return 1;
	}
	if (o->verbose > 0)
		print_ruleset(n, rs);
	if (o->hosts != NULL && !o->check && host_told(n->host))
		natctl_warn(n, "names of %s are those of %s, not of this "
		    "system", name, o->hosts);
	if (!o->check)
		status = send_ruleset(n, rs, name, t, d);
	else if (o->verbose == 0)
		say_ok(n, rs, name);
	ruleset_free(rs);
	return status;
}

int
natctl_load(struct natctl *n)
{
	const struct options *o = n->o;
	const char *name = strcmp(o->file, "-") == 0 ? "stdin" : o->file;
	struct text t = { NULL, 0, 0 };
	struct diag *d;
	int error, status = 1;

	if (natctl_host(n) == NULL)
		return 1;
	if ((error = text_read(&t, o->file)) != 0) {
		natctl_warn(n, "%s: %s", name, strerror(-error));
		say_not_loaded(n, 1);
	} else if ((d = diag_new()) == NULL) {
		natctl_warn(n, "out of memory");
	} else {
		status = load_text(n, name, &t, d);
		diag_free(d);
	}
	free(t.data);
	return status;
}
