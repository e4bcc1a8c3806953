/* SPDX-License-Identifier: ISC */
/*
 * Requests of the control protocol: from bytes to a verb's function.
 *
 * Bytes of strangers: the depth of the JSON is bounded before the parser
 * descends into it, its length by the caller.
 */
#include "engine/natd/request.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/natd/answer.h"
#include "engine/natd/draft.h"
#include "engine/natd/kill.h"
#include "engine/natd/log.h"
#include "engine/natd/table_request.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct verb {
	const char *name;
	request_fn *fn;
	bool reads;	/* allowed on the read-only socket */
} verbs[] = {
	{ "hello", request_hello, true },
	{ "show", request_show, true },
	{ "load", request_load, false },
	{ "kill", request_kill, false },
	{ "flush", request_flush, false },
	{ "table", request_table, false },
	{ "set", request_set, false },
	{ "confirm", request_confirm, false },
	{ "rollback", NULL, false },
	{ "trace", NULL, false },
	{ "monitor", NULL, false },
};

void
session_init(struct session *s, struct natd *natd, bool readonly)
{
	memset(s, 0, sizeof(*s));
	s->natd = natd;
	s->readonly = readonly;
}

void
session_fini(struct session *s)
{
	draft_free(s->draft);
	partial_free(s->partial);
	kill_free(s->killing);
	s->killing = NULL;
	s->draft = NULL;
	s->partial = NULL;
	jsonbuf_fini(&s->out);
}

/* Does the text nest no deeper than it may?  Strings are passed over. */
static bool
depth_ok(const char *s, size_t len)
{
	unsigned depth = 0;
	bool string = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				string = false;
		} else if (s[i] == '"') {
			string = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > PROTO_DEPTH_MAX)
				return false;
		} else if ((s[i] == '}' || s[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

int
pick(const void *rows, size_t n, size_t size, const char *word)
{
	const char *name;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&name, (const char *)rows + i * size, sizeof(name));
		if (strcmp(name, word) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static void
request_run(struct session *s, const char *name, const json_t *args)
{
	const struct verb *v;
	int i;

	if ((i = pick(verbs, nitems(verbs), sizeof(verbs[0]), name)) < 0) {
		answer_error(&s->out, PROTO_ERROR_VERB,
		    "no such request: \"%.40s\"", name);
		return;
	}
	v = &verbs[i];
	log_debug("a request: %s, of user %u, process %d", v->name,
	    (unsigned)s->uid, (int)s->pid);
	if (s->readonly && !v->reads)
		answer_error(&s->out, PROTO_ERROR_DENIED,
		    "\"%s\" is not allowed on the read-only socket", name);
	else if (v->fn == NULL)
		answer_error(&s->out, PROTO_ERROR_UNSUPPORTED,
		    "\"%s\" is not supported by this natd", name);
	else if (!json_is_object(args))
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "the value of \"%s\" must be an object", name);
	else
		v->fn(s, args);
}

int
request_line(struct session *s, const char *line, size_t len)
{
	json_error_t err;
	json_t *req;
	void *it;
	int error = 0;

	if (!depth_ok(line, len)) {
		answer_error(&s->out, PROTO_ERROR_LIMIT,
		    "the request nests deeper than %d levels",
		    PROTO_DEPTH_MAX);
		return -EPROTO;
	}
	if ((req = json_loadb(line, len, JSON_REJECT_DUPLICATES, &err)) ==
	    NULL) {
		answer_error(&s->out, PROTO_ERROR_SYNTAX,
		    "not a JSON object: %s at byte %d", err.text,
		    err.position);
		return -EPROTO;
	}
	if (!json_is_object(req) || json_object_size(req) != 1) {
		answer_error(&s->out, PROTO_ERROR_SYNTAX,
		    "a request is an object with one member");
		error = -EPROTO;
	} else {
		it = json_object_iter(req);
		request_run(s, json_object_iter_key(it),
		    json_object_iter_value(it));
	}
	json_decref(req);
	return error;
}

int
arg_str(struct session *s, const json_t *args, const char *name,
    const char *dflt, const char **out)
{
	const json_t *v = json_object_get(args, name);

	*out = dflt;
	if (v == NULL)
		return 0;
	if (!json_is_string(v)) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "\"%s\" must be a string", name);
		return -EINVAL;
	}
	*out = json_string_value(v);
	return 0;
}

int
arg_bool(struct session *s, const json_t *args, const char *name, bool *out)
{
	const json_t *v = json_object_get(args, name);

	*out = json_is_true(v);
	if (v == NULL || json_is_boolean(v))
		return 0;
	answer_error(&s->out, PROTO_ERROR_ARGUMENT,
	    "\"%s\" must be true or false", name);
	return -EINVAL;
}

int
arg_u64(struct session *s, const json_t *args, const char *name,
    uint64_t dflt, uint64_t max, uint64_t *out)
{
	const json_t *v = json_object_get(args, name);

	*out = dflt;
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "\"%s\" must be a number from 0 to %llu", name,
		    (unsigned long long)max);
		return -EINVAL;
	}
	*out = (uint64_t)json_integer_value(v);
	return 0;
}
