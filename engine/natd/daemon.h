/* SPDX-License-Identifier: ISC */
/*
 * The daemon as a whole: what its parts share.
 *
 * The control thread owns everything here and is the only one that changes
 * it; workers see planes and the engine, a load's own thread sees what its
 * struct load holds.  Control reaches the engine in the three ways of
 * engine/engine.h only.
 */
#ifndef ENGINE_NATD_DAEMON_H
#define ENGINE_NATD_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "parser/load.h"

struct anchors;
struct control;
struct engine;
struct event;
struct event_base;
struct hostsock;
struct ifset;
struct live;
struct loader;
struct memory;
struct planes;
struct revision;
struct ruleset;
struct table_live;
struct tables;
struct tags;
struct targets;
struct workers;

/* What the command line says. */
struct natd_options {
	const char *file;	/* the ruleset at start and on SIGHUP */
	const char *socket;	/* -p; NULL: the two of proto.h */
	struct load_define *defines;
	size_t ndefines;
	bool foreground;
	bool dry;		/* no packet will come: -n */
	int verbose;
};

struct natd {
	struct natd_options opt;
	struct event_base *base;
	struct event *net;	/* interfaces are looked at again */
	struct event *net_says;	/* what rtnetlink says of them */
	struct event *hop_says;	/* ... of neighbours */
	struct event *hops;	/* a moment later */
	struct event *way_says;	/* what nf_tables says of others' rules */
	struct memory *memory;	/* the states' arena */
	struct hostsock *socks;	/* the host's, for the engine */
	struct engine *engine;
	struct tables *tables;
	struct tags *tags;
	struct targets *targets;
	struct planes *planes;
	struct ifset *ifs;	/* in force */
	struct workers *workers;
	struct anchors *anchors; /* loaded from outside */
	struct live *live;	/* traffic of live states, by rule */
	struct table_live *table_live; /* ... by entry of a table */
	struct loader *loader;
	struct control *control;
	struct revision *rev;	/* in force */
	uint32_t nworkers;
	uint64_t started;	/* unix time */
	uint64_t since;		/* of the last enable or disable */
	uint64_t cleared;	/* counters, unix time */
	uint64_t ifcleared[IFACE_MAX]; /* ... of each interface, 0: never */
	uint32_t hostid;
	uint8_t debug;		/* enum debug_level */
	struct event *events[5]; /* signals, the timer */
	bool stopping;
	bool handover;		/* another natd will follow this one */
	bool told_refused;	/* ... a priority, see workers_refused() */
};

/*
 * natd_init() - Memory, engine and workers that do not run yet
 * @rs: sizes them; NULL: the defaults
 *
 * The struct must be zero but for the options.  Return: 0 or negative errno;
 * natd_fini() ends what there is in either case.
 */
int natd_init(struct natd *, const struct ruleset *rs);

/*
 * natd_watch() - Note whether packets pass unseen when this natd is gone
 * They do if it filters nothing, and where the kernel routes with `set on-exit
 * pass' or if it @ends in good order, which removes the hooks.
 */
void natd_watch(struct natd *, bool ends);

/* natd_fini() - End all parts, and the event base. */
void natd_fini(struct natd *);

#endif
