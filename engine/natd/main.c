/* SPDX-License-Identifier: ISC */
/*
 * natd: the command line, the start, and the control thread's loop.
 *
 * What may fail comes before the daemon leaves its terminal, so that an
 * administrator sees it and gets an exit status; threads come after it.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ctl/proto.h"
#include "ctl/show.h"
#include "engine/io/hostnet.h"
#include "engine/natd/control.h"
#include "engine/natd/daemon.h"
#include "engine/natd/gate.h"
#include "engine/natd/load_work.h"
#include "engine/natd/loader.h"
#include "engine/natd/log.h"
#include "engine/natd/planes.h"
#include "engine/natd/revision.h"
#include "engine/natd/tables.h"
#include "engine/natd/workers.h"
#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"

#define FILE_DEFAULT SYSCONFDIR "/natd.conf"

static _Noreturn void
usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "usage: natd [-bdhnuv] [-D macro=value] [-f file] "
	    "[-p socket]\n");
	exit(status);
}

static void
define(struct natd_options *o, char *arg)
{
	struct load_define *v;
	char *eq = strchr(arg, '=');

	if (eq == NULL || eq == arg)
		fatalx("-D wants macro=value, not \"%s\"", arg);
	v = reallocarray(o->defines, o->ndefines + 1, sizeof(*v));
	if (v == NULL)
		fatal("-D");
	*eq = '\0';
	v[o->ndefines] = (struct load_define){ .name = arg, .value = eq + 1 };
	o->defines = v;
	o->ndefines++;
}

/* A daemon works in "/": paths of the command line must not mean that. */
static const char *
absolute(const char *path)
{
	char *cwd, *full;

	if (path == NULL || path[0] == '/')
		return path;
	if ((cwd = getcwd(NULL, 0)) == NULL ||
	    asprintf(&full, "%s/%s", cwd, path) < 0)
		fatal("%s", path);
	free(cwd);
	return full;
}

/* What natd is to do. */
enum task {
	TASK_RUN = 0,
	TASK_CHECK,	/* -n */
	TASK_SHUT,	/* -b */
	TASK_OPEN,	/* -u */
};

static enum task
options(struct natd_options *o, int argc, char **argv)
{
	enum task task = TASK_RUN;
	int c;

	o->file = FILE_DEFAULT;
	o->socket = getenv(PROTO_SOCKET_ENV);
	if (o->socket != NULL && o->socket[0] == '\0')
		o->socket = NULL;
	while ((c = getopt(argc, argv, "D:bdf:hnp:uv")) != -1) {
		switch (c) {
		case 'D':
			define(o, optarg);
			break;
		case 'b':
			task = TASK_SHUT;
			break;
		case 'd':
			o->foreground = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'h':
			usage(0);
		case 'n':
			task = TASK_CHECK;
			break;
		case 'p':
			o->socket = optarg;
			break;
		case 'u':
			task = TASK_OPEN;
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage(1);
		}
	}
	if (argc > optind)
		usage(1);
	if (task == TASK_RUN && !o->foreground) {
		o->file = absolute(o->file);
		o->socket = absolute(o->socket);
	}
	return task;
}

/* Errors of a load, to the terminal with carets, to syslog line by line. */
static void
say_load(const struct natd *natd, const struct load *l)
{
	const struct diag_msg *m;
	size_t i;

	if (natd->opt.foreground) {
		diag_print(l->diag, stderr, "natd", 0);
	} else {
		for (i = 0; (m = diag_get(l->diag, i)) != NULL; i++)
			log_warnx("%s:%u:%u: %s",
			    diag_file_name(l->diag, m->span.file),
			    m->span.line, m->span.col, m->text);
	}
	if (l->why[0] != '\0')
		log_warnx("%s", l->why);
	else if (l->error != 0 && diag_errors(l->diag) == 0)
		log_warnx("%s: %s", natd->opt.file, strerror(-l->error));
}

/* The file as it stands, as a load. */
static struct load *
file_load(const struct natd *natd)
{
	struct load *l = load_new();

	if (l != NULL && (l->path = strdup(natd->opt.file)) == NULL) {
		load_free(l);
		return NULL;
	}
	return l;
}

static void
start_engine(struct natd *natd, const struct ruleset *rs)
{
	int error;

	if ((error = natd_init(natd, rs)) != 0) {
		errno = -error;
		fatal("memory and workers");
	}
}

/* Read the file once for its size: workers and limits are known at start. */
static struct ruleset *
file_peek(const struct natd *natd)
{
	struct load_options opt = {
		.path = natd->opt.file, .files = true,
		.defines = natd->opt.defines, .ndefines = natd->opt.ndefines,
	};
	struct diag *d = diag_new();
	struct ruleset *rs = NULL;

	opt.host = host_new(true);
	if (d == NULL || opt.host == NULL)
		fatal("start");
	if (load_ruleset(&opt, d, &rs) != 0)
		rs = NULL;
	host_free(opt.host);
	diag_free(d);
	return rs;
}

static bool
all_open(const struct natd *natd, const struct ruleset *rs)
{
	unsigned n = planes_wanted(rs);

	return n > 0 && planes_get(natd->planes, n - 1) != NULL;
}

/*
 * Does a file that cannot be read as rules speak of interfaces of natd's own?
 * Then nothing passes, as there are none.  Else it is this host's traffic
 * that is to be blocked.
 */
static bool
speaks_of_planes(const char *path)
{
	char line[512], plane[8];
	bool found = false;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, " interface %*s %7s", plane) == 1 &&
		    (strcmp(plane, "tun") == 0 || strcmp(plane, "pcap") == 0);
	fclose(f);
	return found;
}

static void
natd_rules(struct natd *natd, const struct ruleset *rs)
{
	struct load *l;
	char why[256];

	if (rs != NULL && planes_check(rs, why, sizeof(why)) != 0)
		fatalx("%s: %s", natd->opt.file, why);
	if ((l = file_load(natd)) == NULL)
		fatal("start");
	if (loader_first(natd, l) != 0) {
		say_load(natd, l);
		log_warnx("%s is not in force: everything is blocked until a "
		    "good one is loaded", natd->opt.file);
		if (loader_block(natd,
		    !speaks_of_planes(natd->opt.file)) != 0)
			fatalx("cannot even block");
	} else {
		say_load(natd, l);
		if (!all_open(natd, rs))
			fatalx("not every interface could be opened");
	}
	load_free(l);
}

/* natd -n */
static int
check_file(struct natd *natd)
{
	struct ruleset *rs = file_peek(natd);
	struct load *l;
	int error;

	/* the same way as at a start, up to the commit */
	start_engine(natd, rs);
	ruleset_free(rs);
	if ((l = file_load(natd)) == NULL)
		fatal("start");
	error = l->error = load_prepare(natd, l);
	say_load(natd, l);
	if (error == 0)
		printf("%s: ok\n", natd->opt.file);
	load_free(l);
	return error == 0 ? 0 : 1;
}

/* natd -b */
static int
shut_gate(struct natd *natd)
{
	struct ruleset *rs;
	char why[256];
	int error = 0;

	if (access(natd->opt.file, F_OK) == -1)
		fatal("%s", natd->opt.file);
	rs = file_peek(natd);
	if (rs == NULL)
		log_warnx("%s cannot be read as rules; natd -n says why",
		    natd->opt.file);
	if (rs != NULL || !speaks_of_planes(natd->opt.file)) {
		error = gate_shut(rs, why, sizeof(why));
		if (why[0] != '\0')
			log_warnx("%s", why);
	}
	ruleset_free(rs);
	return error == 0 ? 0 : 1;
}

/* natd -u */
static int
open_gate(struct natd *natd)
{
	int error;

	(void)natd;
	if ((error = gate_open()) == 0)
		return 0;
	errno = -error;
	log_warn("cannot remove the hooks");
	return 1;
}

static void
reloaded(struct load *l)
{
	struct natd *natd = l->arg;

	say_load(natd, l);
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
	struct load *l = file_load(natd);

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

/* Once a second: entries that expire, interfaces that failed. */
static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct natd *natd = arg;
	const char *gone;

	(void)fd;
	(void)what;
	tables_expire(natd->tables, natd->workers, (uint32_t)time(NULL));
	if ((gone = workers_gone(natd->workers)) != NULL)
		loader_iface_gone(natd, gone);
}

#define SETTLE_US 20000 /* one change often brings others */

static void
on_net(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval settle = { .tv_usec = SETTLE_US };
	struct natd *natd = arg;

	(void)what;
	if (hostnet_changed(fd) && !event_pending(natd->net, EV_TIMEOUT, NULL))
		event_add(natd->net, &settle);
}

static void
on_way(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval settle = { .tv_usec = SETTLE_US };
	struct natd *natd = arg;

	(void)what;
	if (hostway_changed(fd) && !event_pending(natd->net, EV_TIMEOUT, NULL))
		event_add(natd->net, &settle);
}

static void
on_net_settled(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loader_interfaces(arg);
}

/* An event for what a descriptor says, or its error. */
static struct event *
watch(struct natd *natd, int fd, event_callback_fn fn)
{
	struct event *ev;

	if (fd < 0) {
		errno = -fd;
		fatal("cannot watch the interfaces of this host");
	}
	ev = event_new(natd->base, fd, EV_READ | EV_PERSIST, fn, natd);
	if (ev == NULL || event_add(ev, NULL) != 0)
		fatalx("interfaces");
	return ev;
}

static void
unwatch(struct event *ev)
{
	close(event_get_fd(ev));
	event_free(ev);
}

/* Interfaces and addresses that come and go, for divert. */
static void
watch_net(struct natd *natd)
{
	int way;

	natd->net = event_new(natd->base, -1, 0, on_net_settled, natd);
	if (natd->net == NULL)
		fatalx("interfaces");
	natd->net_says = watch(natd, hostnet_watch(), on_net);
	/* without nf_tables there is nothing to divert, and nothing to say */
	if ((way = hostway_watch()) >= 0)
		natd->way_says = watch(natd, way, on_way);
	/* what has changed since they were read */
	loader_interfaces(natd);
}

static void
unwatch_net(struct natd *natd)
{
	unwatch(natd->net_says);
	if (natd->way_says != NULL)
		unwatch(natd->way_says);
	event_free(natd->net);
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
	watch_net(natd);
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
	[TASK_CHECK] = check_file,
	[TASK_SHUT] = shut_gate,
	[TASK_OPEN] = open_gate,
};

int
main(int argc, char **argv, char **envp)
{
	struct natd natd = { 0 };
	struct ruleset *rs;
	enum task task;
	int status;

	setproctitle_init(argc, argv, envp);
	task = options(&natd.opt, argc, argv);
	if (task != TASK_RUN) {
		natd.opt.foreground = true;
		status = others[task](&natd);
		natd_fini(&natd);
		return status;
	}
	/* a name that was mistyped is no reason to block a host */
	if (access(natd.opt.file, F_OK) == -1)
		fatal("%s", natd.opt.file);
	signal(SIGPIPE, SIG_IGN);
	raise_files();
	rs = file_peek(&natd);
	start_engine(&natd, rs);
	natd_rules(&natd, rs);
	ruleset_free(rs);
	if ((natd.base = event_base_new()) == NULL)
		fatalx("events");
	if (loader_new(&natd, &natd.loader) != 0 ||
	    control_new(&natd, &natd.control) != 0)
		fatalx("no control socket");
	if (!natd.opt.foreground && (daemon(0, 0) == -1 ||
	    event_reinit(natd.base) == -1))
		fatal("daemon");
	natd.rev->pid = getpid();
	log_init(natd.opt.foreground, natd.opt.verbose);
	natd_events(&natd);
	if (workers_start(natd.workers) != 0)
		fatalx("threads");
	if (planes_hook(natd.planes, natd.rev->rs, true) != 0)
		fatalx("cannot divert");
	/* with the hooks in place the kernel may be asked for more */
	loader_interfaces(&natd);
	log_info("running: %llu rule%s, %u worker%s",
	    (unsigned long long)natd.rev->nrules,
	    natd.rev->nrules == 1 ? "" : "s", natd.nworkers,
	    natd.nworkers == 1 ? "" : "s");
	gate_notify("READY=1");
	event_base_dispatch(natd.base);
	gate_notify("STOPPING=1");
	if (natd.handover)
		planes_leave(natd.planes);
	else
		planes_unhook(natd.planes);
	unwatch_net(&natd);
	natd_fini(&natd);
	return 0;
}
