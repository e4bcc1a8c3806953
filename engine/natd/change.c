/* SPDX-License-Identifier: ISC */
/*
 * The small requests: hello, set, confirm.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/natd/answer.h"
#include "engine/natd/daemon.h"
#include "engine/natd/log.h"
#include "engine/natd/loader.h"
#include "engine/natd/memory.h"
#include "engine/natd/planes.h"
#include "engine/natd/remote.h"
#include "engine/natd/request.h"
#include "engine/natd/revision.h"
#include "rules/names.h"
#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

void
request_hello(struct session *s, const json_t *args)
{
	const struct natd *natd = s->natd;
	struct jsonbuf *b = &s->out;
	uint64_t version;

	if (arg_u64(s, args, "version", PROTO_VERSION, UINT32_MAX,
	    &version) != 0)
		return;
	if (version != PROTO_VERSION) {
		answer_error(b, PROTO_ERROR_VERSION, "natd speaks version %d "
		    "of the protocol, you speak %u", PROTO_VERSION,
		    (unsigned)version);
		return;
	}
	answer_done_open(b);
	jsonbuf_member_u64(b, "version", PROTO_VERSION);
	jsonbuf_member_str(b, "natd", PACKAGE_VERSION);
	jsonbuf_member_bool(b, "readonly", s->readonly);
	jsonbuf_member_bool(b, "enabled", engine_enabled(natd->engine));
	jsonbuf_member_u64(b, "revision", natd->rev->number);
	jsonbuf_member_u64(b, "states",
	    arena_states(memory_arena(natd->memory)));
	jsonbuf_member_u64(b, "pid", (uint64_t)getpid());
	jsonbuf_member_u64(b, "started", natd->started);
	answer_done_close(b);
}

/*
 * While nothing is filtered the kernel is not to ask: its hooks go, and come
 * back.  States stay; what passed meanwhile they have not seen.
 */
static int
set_enabled(struct natd *natd, bool on)
{
	int error;

	if (!on) {
		natd_watch(natd, true);
		planes_unhook(natd->planes);
		loader_interfaces(natd);
	}
	if ((error = engine_set_enabled(natd->engine, on)) != 0)
		return error;
	if (on && (error = planes_hook(natd->planes, natd->rev->rs,
	    true)) != 0) {
		planes_unhook(natd->planes);
		(void)engine_set_enabled(natd->engine, false);
		return error;
	}
	if (on)
		loader_interfaces(natd);
	natd_watch(natd, false);
	natd->since = (uint64_t)time(NULL);
	return 0;
}

static void
switch_dry(struct session *s, const json_t *args, bool on)
{
	struct remote r = { .af = 0 };
	char why[256] = "";

	if (remote_arg(s, args, &r) == 0)
		remote_answer(s, remote_switch(s->natd, &r, on, why,
		    sizeof(why)), why);
}

void
request_set(struct session *s, const json_t *args)
{
	struct natd *natd = s->natd;
	const json_t *enabled = json_object_get(args, "enabled");
	const char *debug;
	bool on, dry, changed = false;
	int level = natd->debug, error;

	if (arg_bool(s, args, "enabled", &on) != 0 ||
	    arg_str(s, args, "debug", NULL, &debug) != 0 ||
	    arg_bool(s, args, "dry", &dry) != 0)
		return;
	if (enabled == NULL && debug == NULL) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "set takes enabled or debug");
		return;
	}
	if (debug != NULL && (level = debug_number(debug)) < 0) {
		answer_error(&s->out, PROTO_ERROR_ARGUMENT,
		    "\"%.40s\" is no debug level", debug);
		return;
	}
	if (dry) {
		switch_dry(s, args, enabled == NULL ?
		    engine_enabled(natd->engine) : on);
		return;
	}
	if (enabled != NULL && on != engine_enabled(natd->engine)) {
		if ((error = set_enabled(natd, on)) != 0) {
			answer_error(&s->out, PROTO_ERROR_INTERNAL,
			    "cannot %s: %s", on ? "enable" : "disable",
			    strerror(-error));
			return;
		}
		changed = true;
	}
	changed |= level != natd->debug;
	natd->debug = (uint8_t)level;
	log_detail(level == DEBUG_DEBUG);
	answer_done_open(&s->out);
	jsonbuf_member_bool(&s->out, "enabled", engine_enabled(natd->engine));
	jsonbuf_member_str(&s->out, "debug", debug_name(natd->debug));
	jsonbuf_member_bool(&s->out, "changed", changed);
	answer_done_close(&s->out);
}

void
request_confirm(struct session *s, const json_t *args)
{
	(void)args;
	if (loader_confirm(s->natd->loader))
		answer_count(&s->out, "revision", s->natd->rev->number);
	else
		answer_error(&s->out, PROTO_ERROR_STATE,
		    "no load waits for a confirmation");
}
