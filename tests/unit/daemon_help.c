/* SPDX-License-Identifier: ISC */
/*
 * A daemon without a process.
 */
#include "tests/unit/daemon_help.h"

#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "engine/natd/loader.h"
#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"

static void
answered(struct session *s)
{
	(void)s;
}

static struct ruleset *
peek(const char *path)
{
	struct load_options opt = { .path = path, .files = true };
	struct diag *d = diag_new();
	struct ruleset *rs = NULL;

	opt.host = host_new(false);
	ck_assert_int_eq(load_ruleset(&opt, d, &rs), 0);
	host_free(opt.host);
	diag_free(d);
	return rs;
}

void
help_begin(struct client_help *h, const char *path)
{
	struct ruleset *rs = path != NULL ? peek(path) : NULL;
	struct load *l;

	memset(h, 0, sizeof(*h));
	h->natd.opt.dry = true;
	ck_assert_int_eq(natd_init(&h->natd, rs), 0);
	ruleset_free(rs);
	if (path == NULL) {
		ck_assert_int_eq(loader_block(&h->natd, false), 0);
	} else {
		l = load_new();
		l->path = strdup(path);
		ck_assert_msg(loader_first(&h->natd, l) == 0, "%s", l->why);
		load_free(l);
	}
	h->natd.base = event_base_new();
	ck_assert_int_eq(loader_new(&h->natd, &h->natd.loader), 0);
	session_init(&h->s, &h->natd, false);
	h->s.answered = answered;
}

void
help_end(struct client_help *h)
{
	session_fini(&h->s);
	natd_fini(&h->natd);
}

json_t *
help_ask(struct client_help *h, const char *line, size_t len)
{
	json_t *all = json_array(), *v;
	json_error_t err;
	const char *at, *nl;
	size_t left;

	jsonbuf_clear(&h->s.out);
	request_line(&h->s, line, len);
	while (h->s.pending)
		event_base_loop(h->natd.base, EVLOOP_ONCE);
	at = h->s.out.data;
	left = h->s.out.len;
	ck_assert(!h->s.out.failed);
	while (left > 0) {
		nl = memchr(at, '\n', left);
		ck_assert_msg(nl != NULL, "a line without its end");
		v = json_loadb(at, (size_t)(nl - at), 0, &err);
		ck_assert_msg(v != NULL, "%s: %.*s", err.text, (int)(nl - at),
		    at);
		json_array_append_new(all, v);
		left -= (size_t)(nl + 1 - at);
		at = nl + 1;
	}
	/* every answer ends, and ends once */
	v = json_array_get(all, json_array_size(all) - 1);
	ck_assert_msg(json_object_get(v, "done") != NULL ||
	    json_object_get(v, "more") != NULL ||
	    json_object_get(v, "error") != NULL, "no end for: %.*s", (int)len,
	    line);
	return all;
}

json_t *
help_done(struct client_help *h, const char *line)
{
	json_t *all = help_ask(h, line, strlen(line)), *last, *done;

	last = json_array_get(all, json_array_size(all) - 1);
	done = json_object_get(last, "done");
	ck_assert_msg(done != NULL, "%s: %.*s", line, (int)h->s.out.len,
	    h->s.out.data);
	json_incref(done);
	json_decref(all);
	return done;
}

const char *
help_code(struct client_help *h, const char *line)
{
	static char code[64];
	json_t *all = help_ask(h, line, strlen(line)), *last;
	const char *s;

	last = json_array_get(all, json_array_size(all) - 1);
	s = json_string_value(json_object_get(json_object_get(last, "error"),
	    "code"));
	snprintf(code, sizeof(code), "%s", s != NULL ? s : "");
	json_decref(all);
	return code;
}
