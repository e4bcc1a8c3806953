/* SPDX-License-Identifier: ISC */
/*
 * The interfaces that natd moves packets on: from `interface' statements to
 * open ports, and to the snapshot of interfaces that the engine reads.
 *
 * Control's thread only, but for struct portset, which is immutable and read
 * by workers: a change makes a new one.
 */
#ifndef ENGINE_NATD_PLANES_H
#define ENGINE_NATD_PLANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/io/io.h"

struct diag;
struct divert_map;
struct hostsock;
struct hostways;
struct iface_stmt;
struct planes;
struct program;
struct ruleset;
struct table_set;
struct targets;

/* One open interface. */
struct plane {
	char name[IFACE_NAMELEN];
	uint16_t ifidx;
	unsigned nqueues;
	uint32_t mtu;
	const struct io_ops *ops;
	struct io_port *port;
	char *text;		/* the statement, canonical */
};

/* What workers read. */
struct portset {
	bool replay;		/* planes with their own clock */
	bool waits;		/* ... whose packets wait for an answer */
	unsigned n;
	struct plane *const *v;	/* [n] */
	struct plane *by_ifidx[IFACE_MAX]; /* NULL: none; [0]: divert's */
};

/*
 * planes_new() - @socks: told of the host's interface numbers; may be NULL
 * @targets: where divert-to leads
 * @tables: those that may hold next hops
 * @names: of interfaces by number, see ifnames_init()
 * @gro: the file of udpgro.h; NULL: none
 */
struct planes *planes_new(unsigned nworkers, struct hostsock *socks,
    struct targets *targets, const struct table_set *tables,
    char (*names)[IFACE_NAMELEN], const char *gro);
void planes_free(struct planes *);

/*
 * planes_check() - Can natd run this ruleset's interfaces?
 * Return: 0, or -EINVAL with messages: a data plane that this natd does not
 * have, or a mixture.
 */
int planes_check(const struct ruleset *, struct diag *);

/*
 * planes_workers() - Threads that a ruleset asks for; captures take one.
 */
unsigned planes_workers(const struct ruleset *);

/*
 * planes_text() - The interface and route statements, canonical, one a line
 * Return: malloc(3)ed, "" if there are none; NULL: no memory.
 */
char *planes_text(const struct ruleset *);

/*
 * planes_update() - Open and close until what is open is what is declared
 *
 * A statement that has not changed keeps its port.  What is no longer wanted
 * leaves the set that @publish gets before it is closed; @publish returns
 * when no worker uses the set before.  An interface that cannot be opened is
 * logged and left out.
 *
 * Return: 0; -EIO: some could not be opened; -ENOMEM.
 */
int planes_update(struct planes *, const struct ruleset *,
    void (*publish)(void *, struct portset *), void *arg);

/*
 * The interfaces of the host, where the ruleset diverts.
 *
 * planes_host() - The one plane of them all, ifidx 0, or NULL
 * planes_look() - Read the kernel's interfaces: 1: other than before, or hooks
 *	were set or removed meanwhile (so the engine has to know), 0: the
 *	same, negative errno
 * planes_renumber() - Tell the plane of them, after the engine; returns the
 *	map before, to be freed after a quiescent point, or NULL
 * planes_links() - Look where copies of dup-to go; true: elsewhere than
 *	before, which planes_renumber() will tell
 * planes_expect() - A ruleset is about to come into force: what its rules need
 *	from the first packet on
 * planes_hook() - Set hooks as the ruleset wants them; nothing is hooked
 *	before @start was once true.  0 or negative errno, logged once: those
 *	of before stay in force
 * planes_fault() - Why the hooks that rules want are not in force; "": they are
 * planes_unhook() - Remove the hooks: natd ends, or filters nothing; only
 *	planes_hook() with start sets them again
 * planes_leave() - natd ends and the hooks stay: `set on-exit' decides
 */
const struct plane *planes_host(const struct planes *);
int planes_look(struct planes *);
struct divert_map *planes_renumber(struct planes *);
bool planes_links(struct planes *);
void planes_expect(struct planes *, const struct ruleset *);
int planes_hook(struct planes *, const struct ruleset *, bool start);
void planes_unhook(struct planes *);
void planes_leave(struct planes *);
const char *planes_fault(const struct planes *);
const char *planes_hooks_name(const struct planes *);

/*
 * planes_passes() - How often a forwarded packet is asked about, in words
 * Only where there is a plane of the host.
 */
void planes_passes(const struct planes *, const struct ifset *, char *text,
    size_t len);

/* planes_gro() - Where the kernel gathers UDP for natd, in words. */
void planes_gro(const struct planes *, char *text, size_t len);

/* planes_wanted() - How many planes a ruleset needs open. */
unsigned planes_wanted(const struct ruleset *);

/* planes_fail() - Close an interface whose device has gone. */
void planes_fail(struct planes *, const char *name,
    void (*publish)(void *, struct portset *), void *arg);

/*
 * planes_ifset() - Snapshot for the engine: declared interfaces, routes
 *
 * Where the kernel routes, the next hops of the ruleset, and of tables as its
 * program numbers them, get numbers and the kernel's tables.
 *
 * planes_view() - The same for a ruleset that may never be in force: without
 * next hops, and nothing comes of it
 */
struct ifset *planes_ifset(struct planes *, const struct ruleset *,
    const struct program *);
struct ifset *planes_view(struct planes *, const struct ruleset *);

/*
 * planes_ways() - The next hops of rules; NULL: natd routes itself
 * planes_follow() - Look at them once more; true: planes_ifset() is to tell the
 * engine of other ones.  Only where planes_ways() has some.
 */
struct hostways *planes_ways(struct planes *);
bool planes_follow(struct planes *, const struct ruleset *,
    const struct program *);

/* planes_get() - Open interface @i, or NULL behind the last. */
const struct plane *planes_get(const struct planes *, unsigned i);
const char *planes_ifname(const struct planes *, uint16_t ifidx);

/* planes_clock() - The replay's clock, microseconds of unix time. */
uint64_t *planes_clock(struct planes *);

#endif
