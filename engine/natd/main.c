/* SPDX-License-Identifier: ISC */
/*
 * natd: the start, and the control thread's loop.
 *
 * What may fail comes before the daemon leaves its terminal, so that an
 * administrator sees it and gets an exit status.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ctl/show.h"
#include "engine/arena.h"
#include "engine/natd/cmdline.h"
#include "engine/natd/control.h"
#include "engine/natd/daemon.h"
#include "engine/natd/hops.h"
#include "engine/natd/detach.h"
#include "engine/natd/gate.h"
#include "engine/natd/load_work.h"
#include "engine/natd/loader.h"
#include "engine/natd/log.h"
#include "engine/natd/memory.h"
#include "engine/natd/netwatch.h"
#include "engine/natd/planes.h"
#include "engine/natd/revision.h"
#include "engine/natd/start.h"
#include "engine/natd/table_live.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"

static void
reloaded(struct load *l)
{
	struct natd *natd = l->arg;

	start_say(natd, l);
	if (l->error != 0)
		log_warnx("%s: not loaded; revision %u stays in force",
		    natd->opt.file, natd->rev->number);
	else
		log_info("%s: revision %u: rules loaded, %llu states kept",
		    natd->opt.file, l->report->revision,
		    (unsigned long long)l->report->kept);
}

static void
on_hangup(evutil_socket_t sig, short what, void *arg)
{
	struct natd *natd = arg;
	struct load *l = start_load(natd);

	(void)sig;
	(void)what;
	if (l == NULL) {
		log_warn("reload");
		return;
	}
	l->done = reloaded;
	l->arg = natd;
	loader_start(natd->loader, l);
}

/* To be followed by another natd: until then the hooks stand in for it. */
static void
on_handover(evutil_socket_t sig, short what, void *arg)
{
	struct natd *natd = arg;

	(void)sig;
	(void)what;
	natd->handover = natd->stopping = true;
	event_base_loopbreak(natd->base);
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct natd *natd = arg;

	(void)what;
	log_debug("signal %d: stopping", (int)sig);
	natd->stopping = true;
	event_base_loopbreak(natd->base);
}

/* Whoever runs natd without the right to a priority goes without. */
static void
say_refused(struct natd *natd)
{
	struct hurry_level l = workers_level(natd->workers);
	int error = workers_refused(natd->workers);

	if (error == 0 || l.realtime > 0 || natd->told_refused)
		return;
	natd->told_refused = true;
	errno = error;
	if (l.nice <= HURRY_NICE)
		log_warn("packet threads get no realtime priority but nice "
		    "%d, and may lose packets when the kernel receives on "
		    "their processor", l.nice);
	else
		log_warn("packet threads stay at nice %d, and may lose packets "
		    "when other programs are busy", l.nice);
}

/* Once a second: states that are looked after, entries that expire, interfaces
 * that failed, next hops that must not be forgotten, and hooks that are not yet
 * as they should be. */
static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct natd *natd = arg;
	const char *gone;

	(void)fd;
	(void)what;
	arena_set_looked(memory_arena(natd->memory), workers_clock());
	if (tables_expire(natd->tables, natd->workers,
	    (uint32_t)time(NULL)) > 0) {
		table_live_settle(natd);
		hops_follow(natd, TABLE_NONE);
	}
	hops_second(natd);
	say_refused(natd);
	if ((gone = workers_gone(natd->workers)) != NULL)
		loader_iface_gone(natd, gone);
	loader_links(natd);
	loader_hooks(natd);
}

static void
natd_events(struct natd *natd)
{
	static const struct {
		int sig;
		event_callback_fn fn;
	} sigs[] = {
		{ SIGHUP, on_hangup }, { SIGTERM, on_stop }, { SIGINT, on_stop },
		{ SIGUSR1, on_handover },
	};
	struct timeval second = { .tv_sec = 1 };
	struct event **ev = natd->events;
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++, ev++) {
		*ev = evsignal_new(natd->base, sigs[i].sig, sigs[i].fn, natd);
		if (*ev == NULL || event_add(*ev, NULL) != 0)
			fatalx("signals");
	}
	*ev = event_new(natd->base, -1, EV_PERSIST, on_second, natd);
	if (*ev == NULL || event_add(*ev, &second) != 0)
		fatalx("timer");
	netwatch_start(natd);
}

/* Many clients may wait: take as many descriptors as are allowed. */
static void
raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max < 65536 ? rl.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

/* What natd does instead of running. */
static int (*const others[])(struct natd *) = {
	[TASK_CHECK] = start_check,
	[TASK_SHUT] = start_shut,
	[TASK_OPEN] = start_open,
};

static void
leave(int error)
{
	if (error != 0) {
		errno = -error;
		fatal("daemon");
	}
}

int
main(int argc, char **argv, char **envp)
{
	struct natd natd = { 0 };
	enum task task;
	int status;

	setproctitle_init(argc, argv, envp);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* ftruncate(2) says it as well */
	task = cmdline_read(&natd.opt, argc, argv);
	if (task != TASK_RUN) {
		natd.opt.foreground = natd.opt.dry = true;
		status = others[task](&natd);
		natd_fini(&natd);
		return status;
	}
	log_init(true, natd.opt.verbose);
	if (!natd.opt.foreground)
		leave(detach_begin());
	raise_files();
	start_rules(&natd);
	if ((natd.base = event_base_new()) == NULL)
		fatalx("events");
	if (loader_new(&natd, &natd.loader) != 0 ||
	    control_new(&natd, &natd.control) != 0)
		fatalx("no control socket");
	natd_events(&natd);
	if (memory_start(natd.memory) != 0 || workers_start(natd.workers) != 0)
		fatalx("threads");
	if (planes_hook(natd.planes, natd.rev->rs, true) != 0)
		fatalx("cannot divert");
	/* with the hooks in place the kernel may be asked for more */
	loader_interfaces(&natd);
	if (!natd.opt.foreground) {
		leave(detach_ready());
		log_init(false, natd.opt.verbose);
	}
	log_info("running: %llu rule%s, %u worker%s",
	    (unsigned long long)natd.rev->nrules,
	    natd.rev->nrules == 1 ? "" : "s", natd.nworkers,
	    natd.nworkers == 1 ? "" : "s");
	gate_notify("READY=1");
	event_base_dispatch(natd.base);
	gate_notify("STOPPING=1");
	if (natd.handover) {
		planes_leave(natd.planes);
	} else {
		natd_watch(&natd, true);
		planes_unhook(natd.planes);
	}
	netwatch_stop(&natd);
	natd_fini(&natd);
	return 0;
}
