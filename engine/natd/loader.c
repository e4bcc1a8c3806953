/* SPDX-License-Identifier: ISC */
/*
 * Loading rules.
 *
 *	queued -> preparing (load_work.c, own thread) -> commit (control)
 *
 * Preparing changes nothing that anybody else sees, so an error at any point
 * leaves all as it was.  The commit cannot fail half way: what can fail in it
 * comes first.
 */
#include "engine/natd/loader.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "ctl/show.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/io/divert.h"
#include "engine/natd/anchors.h"
#include "engine/natd/daemon.h"
#include "engine/natd/hops.h"
#include "engine/natd/load_check.h"
#include "engine/natd/load_work.h"
#include "engine/natd/log.h"
#include "engine/natd/memory.h"
#include "engine/natd/origins.h"
#include "engine/natd/planes.h"
#include "engine/natd/remote.h"
#include "engine/natd/revision.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "rules/diag.h"
#include "rules/ruleset.h"

#define LOAD_TRIES 5 /* while somebody keeps making and deleting tables */

struct loader {
	struct natd *natd;
	struct load *queue, **tail;
	struct load *running;
	pthread_t thread;
	int wake;		/* eventfd: the thread is done */
	struct event *ev, *confirm;
	uint64_t confirm_due;	/* unix time, 0: nothing waits */
	char *back_text;	/* of the revision before, while one waits */
};

static void loader_next(struct loader *);

struct load *
load_new(void)
{
	struct load *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->uid = getuid();
	l->pid = getpid();
	l->diag = diag_new();
	l->report = calloc(1, sizeof(*l->report));
	if (l->diag == NULL || l->report == NULL) {
		load_free(l);
		return NULL;
	}
	return l;
}

static void
feed_free(struct table_feed *f)
{
	struct table_feed *next;

	for (; f != NULL; f = next) {
		next = f->next;
		free(f->anchor);
		free(f->name);
		free(f->v);
		free(f);
	}
}

void
load_free(struct load *l)
{
	if (l == NULL)
		return;
	load_work_free(l->work);
	feed_free(l->feed);
	diag_free(l->diag);
	free(l->report);
	free(l->path);
	free(l->text);
	free(l->name);
	free(l->original);
	free(l->anchor);
	origins_free(l->origins);
	free(l);
}

/* Tell every worker that the deadlines of its states may have changed. */
static void
sweep_states(struct natd *natd)
{
	const struct engine_cmd cmd = { .kind = CMD_SWEEP };
	unsigned i;

	for (i = 0; i < natd->nworkers; i++) {
		engine_command(engine_worker(natd->engine, i), &cmd);
		if (natd->workers != NULL)
			workers_wake(natd->workers, i);
	}
}

static bool
timeouts_differ(const struct revision *a, const struct revision *b)
{
	return a == NULL || b == NULL || memcmp(a->rs->options.timeout,
	    b->rs->options.timeout, sizeof(a->rs->options.timeout)) != 0;
}

static void
set_ports(void *arg, struct portset *set)
{
	struct natd *natd = arg;

	if (natd->workers != NULL)
		workers_publish(natd->workers, set);
}

static void
renumber(struct natd *natd)
{
	struct divert_map *old = planes_renumber(natd->planes);

	if (old == NULL)
		return;
	if (natd->workers != NULL)
		workers_quiesce(natd->workers);
	divert_map_free(old);
}

/* Interfaces have changed: numbers, then hooks, behind the engine's set. */
static void
commit_host(struct natd *natd, const struct revision *rev)
{
	renumber(natd);
	(void)planes_hook(natd->planes, rev->rs, false);
}

static void
commit_options(struct natd *natd, const struct revision *rev)
{
	const struct ruleset_options *o = &rev->rs->options;

	arena_set_limit(memory_arena(natd->memory), o->limit[LIMIT_STATES]);
	memory_wake(natd->memory);
	natd->debug = o->debug;
	log_detail(o->debug == DEBUG_DEBUG);
	if (o->hostid != 0)
		natd->hostid = o->hostid;
}

static void
commit_report(struct natd *natd, struct load *l, const struct revision *rev)
{
	struct load_report *r = l->report;

	r->revision = rev->number;
	r->filter = rev->filter;
	r->nat = rev->nat;
	r->rdr = rev->rdr;
	r->binat = rev->binat;
	r->tables = rev->tables;
	r->kept = arena_states(memory_arena(natd->memory));
	r->confirm = l->confirm;
	r->dry = l->dry;
	r->text = l->dry ? "rules are good, nothing changed" :
	    "rules loaded, states kept";
}

/* What was in force ends, now that nobody can be using it. */
static void
commit_old(struct natd *natd, struct ifset *old_ifs, struct program *old_prog,
    struct revision *old)
{
	if (natd->workers != NULL)
		workers_quiesce(natd->workers);
	if (old_ifs != NULL)
		ifset_free(old_ifs);
	/* a revision holds its program; one without is nobody's */
	if (old_prog != NULL && (old == NULL || old->prog != old_prog))
		program_free(old_prog);
}

/* The program of a revision, its interfaces, addresses and `set skip'. */
static int
commit_rules(struct natd *natd, const struct revision *rev,
    struct revision *old)
{
	struct ifset *ifs = planes_ifset(natd->planes, rev->rs, rev->prog),
	    *old_ifs;
	struct program *old_prog;
	bool room;
	int error;

	if (ifs == NULL)
		return -ENOMEM;
	planes_expect(natd->planes, rev->rs);
	room = memory_rows(natd->memory, engine_rows(rev->prog));
	error = engine_set_rules(natd->engine, rev->prog, ifs, &old_prog,
	    &old_ifs);
	if (error == -ENOSPC && !room)
		error = -ENOMEM;
	if (error != 0) {
		ifset_free(ifs);
		return error;
	}
	natd->ifs = ifs;
	commit_old(natd, old_ifs, old_prog, old);
	return 0;
}

/* The ruleset in force with the interfaces and next hops of now. */
static int
commit_ifset(struct natd *natd)
{
	struct ifset *ifs = planes_ifset(natd->planes, natd->rev->rs,
	    natd->rev->prog), *old;
	int error;

	if (ifs == NULL)
		return -ENOMEM;
	if ((error = engine_set_ifset(natd->engine, ifs, &old)) != 0) {
		ifset_free(ifs);
		return error;
	}
	natd->ifs = ifs;
	commit_old(natd, old, NULL, NULL);
	return 0;
}

/* ... and hooks. */
static int
commit_again(struct natd *natd)
{
	int error = commit_ifset(natd);

	if (error == 0)
		commit_host(natd, natd->rev);
	return error;
}

/* The log has it already. */
static void
report_hooks(const struct natd *natd, struct load *l)
{
	const char *fault = planes_fault(natd->planes);

	if (fault[0] == '\0')
		return;
	diag_warn(l->diag, NULL, "%s", fault);
	diag_about(l->diag, "hooks");
}

static void
hops_warn(void *arg, const char *text)
{
	struct load *l = arg;

	diag_warn_named(l->diag, "many-hops", NULL, "%s", text);
}

/* Open and close what natd's own file says; its rules are in force already. */
static void
commit_planes(struct natd *natd, const struct revision *rev)
{
	if (planes_update(natd->planes, rev->rs, set_ports, natd) == -ENOMEM ||
	    commit_again(natd) != 0)
		log_warnx("no memory for a change of interfaces");
}

/* May it be committed, seen by who asks? */
static int
load_safe(struct natd *natd, struct load *l)
{
	int error = remote_check(natd, l->work->rev, &l->remote, l->why,
	    sizeof(l->why));

	if (error == -EACCES)
		l->code = PROTO_ERROR_REMOTE;
	return error;
}

static int
load_commit(struct natd *natd, struct load *l)
{
	struct load_work *w = l->work;
	struct revision *rev = w->rev, *old = natd->rev;
	int error;

	if (tables_stale(natd->tables, w->plan)) {
		strlcpy(l->why, "a table was made, filled or deleted "
		    "meanwhile; load again", sizeof(l->why));
		l->code = PROTO_ERROR_STATE;
		return -EAGAIN;
	}
	if ((error = load_safe(natd, l)) != 0)
		return error;
	hops_lost(natd);
	if ((error = commit_rules(natd, rev, old)) != 0)
		return error;
	revision_rows(rev);
	tables_commit(natd->tables, w->plan, natd->workers);
	w->plan = NULL;
	w->rev = NULL;
	rev->number = old != NULL ? old->number + 1 : 1;
	rev->loaded = (uint64_t)time(NULL);
	natd->rev = rev;
	commit_options(natd, rev);
	if (l->path != NULL) {
		commit_planes(natd, rev);
	} else {
		commit_host(natd, rev);
		report_hooks(natd, l);
		hops_tell(natd, TABLE_NONE, hops_warn, l);
	}
	load_check_hops(natd, l, rev->rs);
	hops_say(natd);
	natd_watch(natd, false);
	if (timeouts_differ(old, rev))
		sweep_states(natd);
	revision_free(old);
	engine_collect(natd->engine);
	table_live_settle(natd);
	anchors_commit(natd->anchors, w->anchor, w->fresh);
	w->anchor = NULL;
	return 0;
}

void
loader_interfaces(struct natd *natd)
{
	if (natd->rev != NULL && planes_host(natd->planes) != NULL &&
	    planes_look(natd->planes) > 0 && commit_again(natd) != 0)
		log_warnx("no memory for a change of interfaces");
}

void
loader_hooks(struct natd *natd)
{
	if (natd->rev != NULL && planes_fault(natd->planes)[0] != '\0')
		(void)planes_hook(natd->planes, natd->rev->rs, false);
}

void
loader_hops(struct natd *natd)
{
	if (commit_ifset(natd) == 0)
		renumber(natd);
	else
		log_warnx("no memory for a change of next hops");
}

void
loader_links(struct natd *natd)
{
	if (natd->rev != NULL && planes_links(natd->planes))
		renumber(natd);
}

void
loader_iface_gone(struct natd *natd, const char *name)
{
	log_warnx("interface %s is gone", name);
	planes_fail(natd->planes, name, set_ports, natd);
	if (commit_again(natd) != 0)
		log_warnx("no memory for a change of interfaces");
}

/* Keep the text that comes back unless somebody confirms. */
static void
confirm_arm(struct loader *ld, const struct load *l, char *before)
{
	struct timeval tv = { .tv_sec = l->confirm };

	if (l->confirm == 0 || before == NULL) {
		/* a load for good is an answer to what waited */
		free(before);
		if (l->confirm == 0)
			loader_confirm(ld);
		return;
	}
	if (ld->back_text == NULL)
		ld->back_text = before;
	else
		free(before);
	ld->confirm_due = (uint64_t)time(NULL) + l->confirm;
	event_add(ld->confirm, &tv);
}

bool
loader_confirm(struct loader *ld)
{
	bool waited = ld->confirm_due != 0;

	event_del(ld->confirm);
	ld->confirm_due = 0;
	free(ld->back_text);
	ld->back_text = NULL;
	return waited;
}

uint32_t
loader_confirm_left(const struct loader *ld)
{
	uint64_t now = (uint64_t)time(NULL);

	if (ld->confirm_due == 0)
		return 0;
	return ld->confirm_due > now ? (uint32_t)(ld->confirm_due - now) : 1;
}

static void
returned(struct load *l)
{
	if (l->error != 0)
		log_warnx("the revision before cannot return: %s", l->why);
	else
		log_info("not confirmed: the revision before is back as "
		    "revision %u", l->report->revision);
}

static void
loader_unconfirmed(evutil_socket_t fd, short what, void *arg)
{
	struct loader *ld = arg;
	struct load *l = load_new();

	(void)fd;
	(void)what;
	if (l == NULL || ld->back_text == NULL) {
		load_free(l);
		return;
	}
	l->text = ld->back_text;
	l->len = strlen(l->text);
	l->returns = true;
	l->done = returned;
	ld->back_text = NULL;
	ld->confirm_due = 0;
	loader_start(ld, l);
}

static void
load_fail(struct load *l, int error)
{
	l->error = error;
	if (l->code == NULL) {
		l->code = PROTO_ERROR_INTERNAL;
		strlcpy(l->why, error == -ENOSPC ?
		    "the registry of rules is full" : strerror(-error),
		    sizeof(l->why));
	}
}

/* Make a load what it was before it was prepared. */
static int
load_reset(struct load *l)
{
	struct revision *rev = l->work->rev;

	diag_free(l->diag);
	if ((l->diag = diag_new()) == NULL)
		return -ENOMEM;
	if (l->path == NULL) {
		if (l->work->fresh == rev->rs) {
			l->original = rev->original;
			rev->original = NULL;
		}
	} else {
		free(l->text);
		free(l->name);
		l->text = l->name = NULL;
	}
	load_work_free(l->work);
	l->work = NULL;
	return 0;
}

/*
 * A table that the load found, or did not find, is another one by now: prepare
 * it again, before all others.  Return: whether it waits for that.
 */
static bool
load_retry(struct loader *ld, struct load *l)
{
	if (l->error != 0 || l->dry ||
	    !tables_stale(ld->natd->tables, l->work->plan) ||
	    l->tries++ == LOAD_TRIES || load_reset(l) != 0)
		return false;
	if ((l->next = ld->queue) == NULL)
		ld->tail = &l->next;
	ld->queue = l;
	return true;
}

static void
load_finish(struct loader *ld, struct load *l)
{
	struct natd *natd = ld->natd;
	char *before = NULL;
	int error;

	if (l->error == 0 && !l->dry) {
		if (l->confirm != 0 && natd->rev != NULL &&
		    natd->rev->text != NULL)
			before = strdup(natd->rev->text);
		if ((error = load_commit(natd, l)) != 0) {
			load_fail(l, error);
			free(before);
		} else {
			confirm_arm(ld, l, before);
		}
	}
	if (l->error == 0 && l->dry && (error = load_safe(natd, l)) != 0)
		load_fail(l, error);
	if (l->error == 0)
		commit_report(natd, l, l->dry ? l->work->rev : natd->rev);
	l->done(l);
}

/* The thread is done with `running'. */
static void
loader_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loader *ld = arg;
	struct load *l = ld->running;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) < 0 || l == NULL)
		return;
	pthread_join(ld->thread, NULL);
	ld->running = NULL;
	if (!load_retry(ld, l)) {
		load_finish(ld, l);
		load_free(l);
	}
	loader_next(ld);
}

static void *
loader_main(void *arg)
{
	struct loader *ld = arg;
	uint64_t one = 1;

	load_work_lower();
	ld->running->error = load_prepare(ld->natd, ld->running);
	(void)!write(ld->wake, &one, sizeof(one));
	return NULL;
}

static void
loader_next(struct loader *ld)
{
	struct load *l = ld->queue;
	sigset_t all, old;
	int error;

	if (ld->running != NULL || l == NULL)
		return;
	if ((ld->queue = l->next) == NULL)
		ld->tail = &ld->queue;
	ld->running = l;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&ld->thread, NULL, loader_main, ld);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		ld->running = NULL;
		load_fail(l, -error);
		l->done(l);
		load_free(l);
	}
}

void
loader_start(struct loader *ld, struct load *l)
{
	l->next = NULL;
	*ld->tail = l;
	ld->tail = &l->next;
	loader_next(ld);
}

static void
linked_again(struct load *l)
{
	if (l->error != 0)
		log_warnx("names of tables in anchors keep their meaning "
		    "until the next load: %s", l->why[0] != '\0' ? l->why :
		    strerror(-l->error));
}

void
loader_again(struct loader *ld)
{
	struct load *l = load_new();

	if (l == NULL) {
		log_warnx("no memory to look at names of tables again");
		return;
	}
	l->again = true;
	if (ld->natd->rev != NULL) {	/* whose rules they stay */
		l->uid = ld->natd->rev->uid;
		l->pid = ld->natd->rev->pid;
	}
	l->done = linked_again;
	loader_start(ld, l);
}

int
loader_first(struct natd *natd, struct load *l)
{
	if ((l->error = load_prepare(natd, l)) == 0 &&
	    (l->error = load_commit(natd, l)) != 0)
		load_fail(l, l->error);
	return l->error;
}

int
loader_block(struct natd *natd, bool divert)
{
	struct load *l = load_new();
	int error;

	if (l == NULL || (l->text = strdup("set skip on lo\n"
	    "block drop all\n")) == NULL ||
	    (l->name = strdup("block all")) == NULL) {
		load_free(l);
		return -ENOMEM;
	}
	l->len = strlen(l->text);
	if ((error = loader_first(natd, l)) == 0 && divert)
		commit_planes(natd, natd->rev);
	load_free(l);
	return error;
}

int
loader_new(struct natd *natd, struct loader **out)
{
	struct loader *ld;

	if ((ld = calloc(1, sizeof(*ld))) == NULL)
		return -ENOMEM;
	ld->natd = natd;
	ld->tail = &ld->queue;
	if ((ld->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) != -1)
		ld->ev = event_new(natd->base, ld->wake, EV_READ | EV_PERSIST,
		    loader_wake, ld);
	ld->confirm = event_new(natd->base, -1, 0, loader_unconfirmed, ld);
	if (ld->ev == NULL || ld->confirm == NULL ||
	    event_add(ld->ev, NULL) != 0) {
		loader_free(ld);
		return -ENOMEM;
	}
	*out = ld;
	return 0;
}

void
loader_free(struct loader *ld)
{
	struct load *l;

	if (ld == NULL)
		return;
	if (ld->running != NULL) {
		pthread_join(ld->thread, NULL);
		load_free(ld->running);
	}
	while ((l = ld->queue) != NULL) {
		ld->queue = l->next;
		load_free(l);
	}
	if (ld->ev != NULL)
		event_free(ld->ev);
	if (ld->confirm != NULL)
		event_free(ld->confirm);
	if (ld->wake != -1)
		close(ld->wake);
	free(ld->back_text);
	free(ld);
}
