/* SPDX-License-Identifier: ISC */
/*
 * The first half of a load.
 */
#include "engine/natd/load_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/io/foreign.h"
#include "engine/natd/anchors.h"
#include "engine/natd/daemon.h"
#include "engine/natd/graft.h"
#include "engine/natd/hostif.h"
#include "engine/natd/load_check.h"
#include "engine/natd/loader.h"
#include "engine/natd/origins.h"
#include "engine/natd/planes.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "engine/natd/tags.h"
#include "engine/natd/targets.h"
#include "engine/program.h"
#include "rules/compile.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/print.h"
#include "rules/ruleset.h"

#define NICE 10
#define FILE_MAX_BYTES (256u << 20)

void
load_work_lower(void)
{
	/* 0 with PRIO_PROCESS is the calling thread on Linux, sched(7) */
	setpriority(PRIO_PROCESS, 0, NICE);
}

void
load_work_free(struct load_work *w)
{
	if (w == NULL)
		return;
	tables_abandon(w->tables, w->plan);
	revision_free(w->rev);
	anchor_text_free(w->anchor);
	free(w);
}

/* A failure without a place in the text. */
static int
fail(struct load *l, int error, const char *code, const char *fmt, ...)
    __attribute__((__format__(__printf__, 4, 5)));
static int
fail(struct load *l, int error, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	l->code = code;
	return error;
}

/* natd's own file: nobody else may be able to write it. */
static int
file_check(struct load *l, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fail(l, -errno, PROTO_ERROR_RULES, "%s: %s", l->path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(l, -EINVAL, PROTO_ERROR_RULES,
		    "%s: not a regular file", l->path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(l, -EPERM, PROTO_ERROR_RULES,
		    "%s: owned by somebody else", l->path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(l, -EPERM, PROTO_ERROR_RULES,
		    "%s: others may write it", l->path);
	if (st.st_size > FILE_MAX_BYTES)
		return fail(l, -EFBIG, PROTO_ERROR_RULES, "%s: too large",
		    l->path);
	l->len = (size_t)st.st_size;
	return 0;
}

static int
file_read(struct load *l)
{
	ssize_t n;
	size_t at = 0;
	int fd, error;

	fd = open(l->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return fail(l, -errno, PROTO_ERROR_RULES, "%s: %s", l->path,
		    errno == ELOOP ? "is a symbolic link" : strerror(errno));
	if ((error = file_check(l, fd)) != 0)
		goto out;
	error = -ENOMEM;
	if ((l->text = malloc(l->len + 1)) == NULL ||
	    (l->name = strdup(l->path)) == NULL)
		goto out;
	while (at < l->len && (n = read(fd, l->text + at, l->len - at)) > 0)
		at += (size_t)n;
	l->len = at;
	l->text[at] = '\0';
	error = 0;
out:
	close(fd);
	return error;
}

static void
forget_tables(struct anchor *a)
{
	struct anchor *child;
	struct table *t;

	for (t = a->tables; t != NULL; t = t->next)
		t->origin.line = 0;
	for (child = a->children; child != NULL; child = child->next)
		forget_tables(child);
}

/*
 * Places in the canonical text are none that a person knows; those of rules
 * come beside it.
 */
static void
forget_places(struct ruleset *rs)
{
	struct queue *q;

	memset(&rs->set_at, 0, sizeof(rs->set_at));
	for (q = rs->queues; q != NULL; q = q->next)
		q->origin.line = 0;
	forget_tables(rs->root);
}

/* Parse a text into a ruleset; messages into @d. */
static int
parse(struct natd *natd, const struct load *l, const char *text, size_t len,
    const char *anchor, struct diag *d, struct ruleset **out)
{
	struct load_options opt = {
		.text = text, .len = len,
		.name = l->name != NULL ? l->name : "stdin",
		.anchor = anchor,
		.no_names = l->path == NULL,
		.files = l->path != NULL,
	};
	int error;

	if (l->path != NULL) {
		opt.defines = natd->opt.defines;
		opt.ndefines = natd->opt.ndefines;
	}
	if ((opt.host = host_new(true)) == NULL)
		return -ENOMEM;
	error = load_ruleset(&opt, d, out);
	if (error == 0 && l->path == NULL)
		forget_places(*out);
	host_free(opt.host);
	return error;
}

/* A text of the socket without interface statements has those in force. */
static int
parse_with_ifaces(struct natd *natd, const struct load *l, const char *text,
    size_t len, struct diag *d, struct ruleset **rs)
{
	const char *ifaces = natd->rev != NULL ? natd->rev->ifaces : NULL;
	struct ruleset *with;
	struct diag *quiet;
	char *both;
	int error;

	if ((error = parse(natd, l, text, len, NULL, d, rs)) != 0 ||
	    l->path != NULL || (*rs)->ifaces != NULL || ifaces == NULL ||
	    ifaces[0] == '\0')
		return error;
	/* messages have been given; lines are other ones now */
	both = malloc(strlen(ifaces) + len + 1);
	quiet = diag_new();
	error = -ENOMEM;
	if (both != NULL && quiet != NULL) {
		strcpy(both, ifaces);
		memcpy(both + strlen(ifaces), text, len);
		error = parse(natd, l, both, strlen(ifaces) + len, NULL,
		    quiet, &with);
	}
	free(both);
	diag_free(quiet);
	ruleset_free(*rs);
	*rs = error == 0 ? with : NULL;
	return error;
}

static int
add_graft(struct revision *rev, struct ruleset *part)
{
	struct ruleset **v;

	v = reallocarray(rev->grafts, rev->ngrafts + 1, sizeof(*v));
	if (v == NULL) {
		ruleset_free(part);
		return -ENOMEM;
	}
	rev->grafts = v;
	v[rev->ngrafts++] = part;
	return 0;
}

/* Leave out what a flush wants to be gone. */
static void
drop_rules(const struct load *l, struct anchor *a)
{
	static const uint8_t filter[] = { RULE_CLASS_SCRUB, RULE_CLASS_FILTER };
	static const uint8_t nat[] = {
		RULE_CLASS_NAT, RULE_CLASS_RDR, RULE_CLASS_BINAT,
	};
	size_t i;

	for (i = 0; (l->drop & DROP_FILTER) != 0 && i < sizeof(filter); i++)
		a->rules[filter[i]].n = 0;
	for (i = 0; (l->drop & DROP_NAT) != 0 && i < sizeof(nat); i++)
		a->rules[nat[i]].n = 0;
}

/* Options as a text without any leaves them. */
static int
drop_options(struct natd *natd, const struct load *l, struct revision *rev)
{
	struct ruleset *none;
	int error;

	if ((l->drop & DROP_OPTIONS) == 0)
		return 0;
	if ((error = parse(natd, l, "", 0, NULL, l->diag, &none)) != 0)
		return error;
	rev->rs->options = none->options;
	return add_graft(rev, none);
}

/* An anchor's text after some of its rules are gone. */
static int
anchor_reprint(struct anchor_text *t, const struct ruleset *part)
{
	const struct print_options opt = { .flags = PRINT_RAW };
	const struct anchor *a = ruleset_anchor(part, t->path);
	const struct table *tb;
	char *text = NULL;
	size_t len;
	FILE *f;
	int class;

	if (a == NULL)
		return 0;
	if ((f = open_memstream(&text, &len)) == NULL)
		return -ENOMEM;
	for (tb = a->tables; tb != NULL; tb = tb->next) {
		if (!tb->defined || tb->automatic)
			continue;
		print_table(f, tb);
		putc('\n', f);
	}
	for (class = 0; class < RULE_CLASS_MAX; class++)
		print_class(f, a, class, &opt);
	if (fclose(f) != 0) {
		free(text);
		return -ENOMEM;
	}
	free(t->text);
	t->text = text;
	t->len = len;
	return 0;
}

/* Put one anchor's text into the main ruleset. */
static int
graft_text(struct natd *natd, struct load *l,
    const struct anchor_text *t, struct revision *rev, struct diag *d)
{
	struct ruleset *part;
	struct anchor *a;
	int error;

	if ((error = parse(natd, l, t->text, t->len, t->path, d, &part)) != 0)
		return error;
	if (t == l->work->anchor && l->drop != 0 &&
	    (a = ruleset_anchor(part, t->path)) != NULL) {
		drop_rules(l, a);
		if ((error = anchor_reprint(l->work->anchor, part)) != 0) {
			ruleset_free(part);
			return error;
		}
	}
	if ((error = add_graft(rev, part)) != 0)
		return error;
	if (t == l->work->anchor && !l->again) {
		l->work->fresh = part;
		if ((error = origins_set(l->origins, part)) != 0)
			return error;
	} else {
		graft_keep_tables(part->root);
		if ((error = origins_keep(natd->rev, part)) != 0)
			return error;
	}
	return graft_anchor(rev->rs, part, t->path);
}

/* All anchors loaded from outside, with the new one in place of its old. */
static int
graft_all(struct natd *natd, struct load *l, struct revision *rev)
{
	const struct anchor_text *t, *new = l->work->anchor;
	struct diag *quiet;
	int error = 0;

	if (new != NULL &&
	    (error = graft_text(natd, l, new, rev, l->diag)) != 0)
		return error;
	if ((quiet = diag_new()) == NULL)
		return -ENOMEM;
	for (t = anchors_first(natd->anchors); t != NULL && error == 0;
	    t = t->next)
		if ((new == NULL || strcmp(new->path, t->path) != 0) &&
		    (l->work->fresh == NULL ||
		    !anchors_given(l->work->fresh, t->path)))
			error = graft_text(natd, l, t, rev, quiet);
	diag_free(quiet);
	return error;
}

/* The main ruleset: the load's own, or the one in force for an anchor's. */
static int
make_ruleset(struct natd *natd, struct load *l, struct revision *rev)
{
	bool outside = l->anchor != NULL && l->anchor[0] != '\0';
	const struct anchor_text *t;
	const char *text = l->text;
	size_t len = l->len;
	int error;

	if (l->again) {
		t = outside ? anchors_find(natd->anchors, l->anchor) : NULL;
		text = t != NULL ? t->text : outside ? "" : natd->rev->text;
		len = strlen(text);
	}
	if (outside) {
		l->work->anchor = anchor_text_new(l->anchor, text, len);
		if (l->work->anchor == NULL)
			return -ENOMEM;
		text = natd->rev != NULL ? natd->rev->text : "";
		len = strlen(text);
	}
	if ((error = parse_with_ifaces(natd, l, text, len, l->diag,
	    &rev->rs)) != 0)
		return error;
	if ((error = load_check_ifaces(natd, l, rev)) != 0 ||
	    (error = load_check_states(natd, l, rev->rs)) != 0)
		return error;
	if (l->merge && natd->rev != NULL && (error = graft_options(rev->rs,
	    &natd->rev->rs->options)) != 0)
		return error;
	if (!outside)
		drop_rules(l, rev->rs->root);
	if (!outside && (error = drop_options(natd, l, rev)) != 0)
		return error;
	/* what is kept is the main text alone */
	if ((rev->text = ruleset_text(rev->rs, PRINT_RAW)) == NULL)
		return -ENOMEM;
	if (l->returns)
		graft_keep_files(rev->rs->root);
	if (!outside && !l->again) {
		l->work->fresh = rev->rs;
		if ((error = origins_set(l->origins, rev->rs)) != 0)
			return error;
	} else {
		graft_keep_tables(rev->rs->root);
		if ((error = origins_keep(natd->rev, rev->rs)) != 0)
			return error;
	}
	return graft_all(natd, l, rev);
}

struct names {
	struct natd *natd;
	const struct tables_plan *plan;
};

static uint32_t
name_table(void *arg, const struct table *t)
{
	const struct names *names = arg;

	return tables_number(names->plan, t);
}

static bool
name_counted(void *arg, uint32_t nr)
{
	const struct names *names = arg;

	return tables_counted(names->natd->tables, names->plan, nr);
}

static uint16_t
name_tag(void *arg, const char *name)
{
	const struct names *names = arg;

	return tags_number(names->natd->tags, name);
}

static uint16_t
name_socket(void *arg, uint8_t af, const struct addr *a, uint16_t port)
{
	const struct names *names = arg;

	return targets_number(names->natd->targets, af, a, port);
}

static int
compile(struct natd *natd, struct load *l, struct revision *rev)
{
	const struct table *lacks = NULL;
	struct compile_env env = {
		.table = name_table, .counted = name_counted, .tag = name_tag,
		.socket = name_socket, .texts = true,
	};
	struct names names = { .natd = natd };
	int error;

	error = tables_plan(natd->tables, rev->rs, l->feed, &l->work->plan,
	    &lacks);
	if (error == -ENOENT)
		return fail(l, error, PROTO_ERROR_RULES,
		    "table <%s>: the contents of its file were not sent",
		    lacks->name);
	if (error != 0)
		return error;
	if ((error = load_check_tables(natd, l, rev->rs)) != 0)
		return error;
	names.plan = l->work->plan;
	env.arg = &names;
	return compile_ruleset(rev->rs, &env, l->diag, &rev->prog);
}

/* What the person wrote as the main ruleset. */
static void
keep_original(const struct natd *natd, struct load *l, struct revision *rev)
{
	if (l->work->fresh != rev->rs) {
		if (natd->rev != NULL && natd->rev->original != NULL)
			rev->original = strdup(natd->rev->original);
		return;
	}
	rev->original = l->original != NULL ? l->original :
	    l->path != NULL ? strdup(l->text) : NULL;
	l->original = NULL;
}

static void
warn_foreign(void *arg, const char *what)
{
	struct load *l = arg;

	diag_warn_named(l->diag, "foreign-nat", NULL, "another table "
	    "translates too (%s): natd sees packets before its dnat and "
	    "behind its snat", what);
}

int
load_prepare(struct natd *natd, struct load *l)
{
	struct revision *rev;
	int error;

	if ((l->work = calloc(1, sizeof(*l->work))) == NULL ||
	    (rev = l->work->rev = calloc(1, sizeof(*rev))) == NULL)
		return -ENOMEM;
	l->work->tables = natd->tables;
	rev->uid = l->uid;
	rev->pid = l->pid;
	if (l->path != NULL && (error = file_read(l)) != 0)
		return error;
	if ((error = make_ruleset(natd, l, rev)) != 0)
		return error;
	if ((error = compile(natd, l, rev)) != 0)
		return error;
	keep_original(natd, l, rev);
	/* that it cannot be read is no reason not to load */
	if (hostif_wanted(rev->rs))
		(void)foreign_nat(warn_foreign, l);
	return revision_index(rev);
}
