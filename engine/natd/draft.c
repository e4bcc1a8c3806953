/* SPDX-License-Identifier: ISC */
/*
 * The request "load": pieces of a text, of tables, of origins, and at the end
 * the commit.
 */
#include "engine/natd/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/proto.h"
#include "ctl/show_json.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/entry.h"
#include "engine/natd/loader.h"
#include "engine/natd/origins.h"
#include "engine/natd/remote.h"
#include "engine/natd/request.h"
#include "engine/natd/tables.h"
#include "rules/diag.h"
#include "rules/rule.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define FEED_MAX (1u << 24)	/* entries of all tables of a load */

struct draft {
	struct load *load;
	size_t text_size, original_len, original_size;
	size_t entries;
};

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	load_free(d->load);
	free(d);
}

static void
no_memory(struct session *s)
{
	answer_error(&s->out, PROTO_ERROR_LIMIT, "no memory");
}

static bool
anchor_ok(const char *path)
{
	size_t len;

	if (strlen(path) > RULE_ANCHOR_PATH_MAX)
		return false;
	/* names that begin with _ are those of anchors without a name */
	for (; *path != '\0'; path += len) {
		len = strcspn(path, "/");
		if (len == 0 || len > RULE_ANCHOR_NAME_MAX || *path == '_' ||
		    (path[len] == '/' && path[len + 1] == '\0'))
			return false;
		len += path[len] == '/';
	}
	return true;
}

static void
load_begin(struct session *s, const json_t *v)
{
	const char *anchor, *name;
	struct draft *d;
	bool merge;

	if (arg_str(s, v, "anchor", "", &anchor) != 0 ||
	    arg_str(s, v, "name", "stdin", &name) != 0 ||
	    arg_bool(s, v, "merge", &merge) != 0)
		return;
	if (!anchor_ok(anchor)) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "\"%.60s\" is no path of an anchor", anchor);
		return;
	}
	draft_free(s->draft);
	s->draft = NULL;
	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    (d->load = load_new()) == NULL ||
	    (d->load->anchor = strdup(anchor)) == NULL ||
	    (d->load->name = strdup(name)) == NULL) {
		draft_free(d);
		no_memory(s);
		return;
	}
	d->load->merge = merge;
	d->load->uid = s->uid;
	d->load->pid = s->pid;
	s->draft = d;
	answer_done(&s->out);
}

/* Add a piece to a text that grows. */
static int
text_add(char **text, size_t *len, size_t *size, const json_t *v)
{
	size_t n = json_string_length(v), want;
	char *p;

	if (*len + n > PROTO_TEXT_MAX)
		return -E2BIG;
	if (*len + n + 1 > *size) {
		want = (*len + n + 1) * 2;
		if ((p = realloc(*text, want)) == NULL)
			return -ENOMEM;
		*text = p;
		*size = want;
	}
	memcpy(*text + *len, json_string_value(v), n);
	*len += n;
	(*text)[*len] = '\0';
	return 0;
}

static void
answer_added(struct session *s, int error)
{
	if (error == -E2BIG)
		answer_error(&s->out, PROTO_ERROR_LIMIT,
		    "the load is too large");
	else if (error == -EINVAL)
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "a member is missing or of a wrong kind");
	else if (error != 0)
		no_memory(s);
	else
		answer_done(&s->out);
}

static void
load_text(struct session *s, const json_t *v)
{
	struct draft *d = s->draft;

	answer_added(s, !json_is_string(v) ? -EINVAL :
	    text_add(&d->load->text, &d->load->len, &d->text_size, v));
}

static void
load_original(struct session *s, const json_t *v)
{
	struct draft *d = s->draft;

	answer_added(s, !json_is_string(v) ? -EINVAL :
	    text_add(&d->load->original, &d->original_len, &d->original_size,
	    v));
}

static void
load_origins(struct session *s, const json_t *v)
{
	struct load *l = s->draft->load;
	const char *file;

	if (arg_str(s, v, "file", "", &file) != 0)
		return;
	answer_added(s, origins_add(&l->origins, file, json_object_get(v,
	    "rules")));
}

static int
feed_fill(struct table_feed *f, const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (entry_read(json_array_get(list, i), &f->v[i]) != 0)
			return -EINVAL;
		f->n++;
	}
	return 0;
}

static int
feed_add(struct draft *d, const char *anchor, const char *name,
    const json_t *list)
{
	struct table_feed *f;
	size_t n = json_array_size(list);
	int error = -ENOMEM;

	if (!json_is_array(list) || n > PROTO_ENTRIES_MAX)
		return -EINVAL;
	if ((d->entries += n) > FEED_MAX)
		return -E2BIG;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -ENOMEM;
	f->anchor = strdup(anchor);
	f->name = strdup(name);
	f->v = calloc(n + 1, sizeof(*f->v));
	if (f->anchor != NULL && f->name != NULL && f->v != NULL)
		error = feed_fill(f, list);
	/* the load frees it, whole or not */
	f->next = d->load->feed;
	d->load->feed = f;
	return error;
}

static void
load_table(struct session *s, const json_t *v)
{
	const char *anchor, *name;

	if (arg_str(s, v, "anchor", "", &anchor) != 0 ||
	    arg_str(s, v, "name", "", &name) != 0)
		return;
	answer_added(s, feed_add(s->draft, anchor, name,
	    json_object_get(v, "entries")));
}

static void
load_file(struct session *s, const json_t *v)
{
	(void)v;
	answer_error(&s->out, PROTO_ERROR_UNSUPPORTED,
	    "this natd does not fingerprint operating systems");
}

static void
message_write(struct jsonbuf *b, const struct diag *d,
    const struct diag_msg *m)
{
	static const char *const levels[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning",
		[DIAG_NOTE] = "note",
	};

	jsonbuf_comma(b);
	jsonbuf_open(b, '{');
	jsonbuf_member_str(b, "level", levels[m->level]);
	jsonbuf_member_str(b, "file", m->span.line != 0 ?
	    diag_file_name(d, m->span.file) : "");
	jsonbuf_member_u64(b, "line", m->span.line);
	jsonbuf_member_u64(b, "col", m->span.col);
	jsonbuf_member_u64(b, "line2", m->span.line2);
	jsonbuf_member_u64(b, "col2", m->span.col2);
	jsonbuf_member_str(b, "text", m->text);
	if (m->name != NULL)
		jsonbuf_member_str(b, "name", m->name);
	jsonbuf_close(b, '}');
}

static void
messages_write(struct jsonbuf *b, const struct diag *d)
{
	const struct diag_msg *m;
	size_t i;

	jsonbuf_name(b, "messages");
	jsonbuf_open(b, '[');
	for (i = 0; (m = diag_get(d, i)) != NULL && i < PROTO_PORTION; i++)
		message_write(b, d, m);
	jsonbuf_close(b, ']');
}

static void
commit_error(struct jsonbuf *b, const struct load *l)
{
	char text[300];
	unsigned n = diag_errors(l->diag);

	if (n > 0)
		snprintf(text, sizeof(text), "not loaded, %u error%s", n,
		    n == 1 ? "" : "s");
	else if (l->code != NULL)
		strlcpy(text, l->why, sizeof(text));
	else
		snprintf(text, sizeof(text), "not loaded: %s",
		    strerror(-l->error));
	jsonbuf_puts(b, "{\"error\":{");
	jsonbuf_member_str(b, "code", l->code != NULL ? l->code :
	    n > 0 ? PROTO_ERROR_RULES : PROTO_ERROR_INTERNAL);
	jsonbuf_member_str(b, "text", text);
	messages_write(b, l->diag);
	jsonbuf_puts(b, "}}\n");
}

static void
commit_done(struct load *l)
{
	struct session *s = l->arg;

	if (l->error != 0) {
		commit_error(&s->out, l);
	} else {
		answer_done_open(&s->out);
		load_report_write(&s->out, l->report);
		messages_write(&s->out, l->diag);
		answer_done_close(&s->out);
	}
	s->pending = false;
	s->answered(s);
}

static void
load_commit(struct session *s, const json_t *v)
{
	struct load *l = s->draft->load;
	uint64_t confirm;
	bool recheck, dry;

	if (arg_bool(s, v, "dry", &dry) != 0 ||
	    arg_bool(s, v, "recheck", &recheck) != 0 ||
	    arg_u64(s, v, "confirm", 0, PROTO_CONFIRM_MAX, &confirm) != 0 ||
	    remote_arg(s, v, &l->remote) != 0)
		return;
	if (recheck) {
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED,
		    "this natd cannot recheck states; a load without it keeps "
		    "them");
		return;
	}
	if (l->text == NULL && (l->text = strdup("")) == NULL) {
		no_memory(s);
		return;
	}
	l->dry = dry;
	l->confirm = (uint32_t)confirm;
	l->done = commit_done;
	l->arg = s;
	s->pending = true;
	s->draft->load = NULL;
	draft_free(s->draft);
	s->draft = NULL;
	loader_start(s->natd->loader, l);
}

static void
load_abort(struct session *s, const json_t *v)
{
	(void)v;
	draft_free(s->draft);
	s->draft = NULL;
	answer_done(&s->out);
}

static const struct part {
	const char *name;
	void (*fn)(struct session *, const json_t *);
} parts[] = {
	{ "begin", load_begin },
	{ "text", load_text },
	{ "original", load_original },
	{ "origins", load_origins },
	{ "table", load_table },
	{ "file", load_file },
	{ "commit", load_commit },
	{ "abort", load_abort },
};

void
request_load(struct session *s, const json_t *args)
{
	const char *name;
	void *it;
	int i;

	it = json_object_iter((json_t *)(uintptr_t)args);
	name = it != NULL ? json_object_iter_key(it) : "";
	if (json_object_size(args) != 1 ||
	    (i = pick(parts, nitems(parts), sizeof(parts[0]), name)) < 0)
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "load takes one of begin, text, original, origins, "
		    "table, file, commit and abort");
	else if (s->draft == NULL && parts[i].fn != load_begin)
		answer_error(&s->out, PROTO_ERROR_STATE,
		    "no load has begun on this connection");
	else
		parts[i].fn(s, json_object_iter_value(it));
}
