/* SPDX-License-Identifier: ISC */
/*
 * Loading rules: from a text to what is in force.
 *
 * A load is parsed and compiled in a thread of its own with low priority, so
 * that neither workers nor control wait for it; then control puts it into
 * force in one step, or reports its errors and changes nothing.  One load is
 * worked on at a time, the others wait in order.
 */
#ifndef ENGINE_NATD_LOADER_H
#define ENGINE_NATD_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/natd/remote.h"

struct diag;
struct load_report;
struct loader;
struct natd;
struct ruleset;
struct origins;
struct table_feed;

/* What a load leaves out of its text: natctl -F. */
enum load_drop {
	DROP_FILTER = 1,	/* and scrub rules */
	DROP_NAT = 2,		/* nat, rdr, binat */
	DROP_OPTIONS = 4,	/* back to their defaults */
};

struct load {
	/* what is asked; strings are malloc(3)ed and the load's */
	char *path;		/* natd's own file; else NULL and a text: */
	char *text;
	size_t len;
	char *name;		/* of the text, for messages */
	char *original;
	char *anchor;		/* NULL or "": the main ruleset */
	bool merge, dry;
	bool again;		/* the text is what is in force now */
	bool returns;		/* the text was in force: files are not sent */
	unsigned drop;		/* enum load_drop, bits */
	uint32_t confirm;	/* s, 0: for good */
	unsigned tries;		/* after tables changed under it */
	struct remote remote;	/* who must not be shut out */
	uid_t uid;		/* who asks for it; natd itself at first */
	pid_t pid;
	struct table_feed *feed;
	struct origins *origins;	/* NULL: nothing is said */

	/* Called in control's thread when it is over; then it is freed. */
	void (*done)(struct load *);
	void *arg;

	/* what came of it */
	int error;
	const char *code;	/* PROTO_ERROR_*, if there is no message */
	char why[256];
	struct diag *diag;
	struct load_report *report; /* on success */

	struct load_work *work;	/* the loader's own */
	struct load *next;
};

struct load *load_new(void);
void load_free(struct load *);

int loader_new(struct natd *, struct loader **);
void loader_free(struct loader *);

/* loader_start() - Queue a load; done() follows. */
void loader_start(struct loader *, struct load *);

/* loader_again() - Queue what is in force: a name means another table now. */
void loader_again(struct loader *);

/*
 * loader_first() - Carry out a load at once, at start, before there are
 * workers; opens interfaces.  `done' is not called.
 */
int loader_first(struct natd *, struct load *);

/*
 * loader_block() - Put "block all" but loopback into force: at start, with a
 * bad file
 * @divert: on all interfaces of the host
 */
int loader_block(struct natd *, bool divert);

/* loader_confirm() - Keep what waits for it.  False: nothing does. */
bool loader_confirm(struct loader *);
/* Seconds until the revision before returns, 0: nothing waits. */
uint32_t loader_confirm_left(const struct loader *);

/* loader_interfaces() - The kernel's interfaces may have changed (divert). */
void loader_interfaces(struct natd *);

/* loader_hooks() - Try once more to set hooks that could not be set. */
void loader_hooks(struct natd *);

/* loader_hops() - Next hops have: of the rules in force. */
void loader_hops(struct natd *);

/* loader_links() - Neighbours may have: where copies of dup-to go. */
void loader_links(struct natd *);
/* loader_iface_gone() - Do without an interface whose device has gone. */
void loader_iface_gone(struct natd *, const char *name);

#endif
