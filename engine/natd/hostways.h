/* SPDX-License-Identifier: ISC */
/*
 * Numbers for the next hops of route options, where the kernel routes: what a
 * packet's mark names, and the kernel's tables that go with them; for those of
 * dup-to, where their links are.
 *
 * A next hop keeps its number while rules or tables ask for it, and then while
 * states have it: these remember the hop, and not the number.  Control's thread
 * only.
 */
#ifndef ENGINE_NATD_HOSTWAYS_H
#define ENGINE_NATD_HOSTWAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/ifset.h"

struct copy_hop;
struct hostnet;
struct hostways;
struct ifnames;
struct program;
struct ruleset;
struct table_set;

struct hostways *hostways_new(void);

/* hostways_free() - The kernel's tables stay: hostways_clear() before. */
void hostways_free(struct hostways *);

/* A change of any of these is a reason to learn again. */
struct hostways_ask {
	const struct ruleset *rs;
	const struct program *prog;	/* of it: the numbers of tables */
	const struct table_set *tables;	/* the writer's view */
	const struct hostnet *net;	/* whose peers hops may be */
};

/*
 * hostways_learn() - The next hops of a ruleset, beside those of before
 * Return: 0, -ENOMEM; -E2BIG: more than there are numbers.
 */
int hostways_learn(struct hostways *, const struct hostways_ask *);

/* hostways_watches() - Does it hold next hops that were learnt last? */
bool hostways_watches(const struct hostways *, uint32_t table);

/*
 * What next hops have no number, in words
 *
 * hostways_say() - Log it, once
 * hostways_tell() - Tell it again, to whom has asked for what holds them
 * @nr: a table; TABLE_NONE: all
 */
typedef void hostways_told(void *arg, const char *text);
void hostways_say(struct hostways *, const struct table_set *);
void hostways_tell(const struct hostways *, const struct table_set *,
    uint32_t nr, hostways_told *, void *arg);

/* hostways_news() - Is there what no ifset was told? */
bool hostways_news(const struct hostways *);
/* hostways_ifset() - Tell an ifset that is not in use yet; 0 or -ENOMEM. */
int hostways_ifset(struct hostways *, struct ifnames *, struct ifset *);

/* hostways_keep() - States of before have this next hop; @ifname: "": any. */
void hostways_keep(struct hostways *, const char *ifname, bool copies,
    uint8_t af, const struct addr *gw);

/*
 * What rules and tables do not ask for any more
 *
 * hostways_idle() - Are there so many that states are to be asked?
 * hostways_used() - A state has this next hop
 * hostways_release() - All states were asked: end what none has
 * @now: s, monotonic
 */
bool hostways_idle(struct hostways *, uint32_t now);
void hostways_used(struct hostways *, const struct addr *gw);
void hostways_release(struct hostways *, uint32_t now);

/*
 * hostways_apply() - The kernel's tables, for the interfaces of now; what
 * cannot be set leads nowhere, and is logged when it changes
 *
 * Those that it has set are not set again: the kernel takes longer for each
 * the more there are.
 * hostways_lost() - Any of them may be gone: the next time sets all
 */
void hostways_apply(struct hostways *, const struct hostnet *);
void hostways_lost(struct hostways *);

/*
 * hostways_links() - Where the copies of dup-to go, now
 * @v: by number, NULL if there are none; hops that are not for copies, or
 *	cannot be reached, lead nowhere.  Good until the next call.  Nobody
 *	looks for a silent one that the ruleset learnt last does not have.
 *
 * What cannot be reached is logged when it changes.  Return: how many.
 */
unsigned hostways_links(struct hostways *, const struct hostnet *,
    const struct copy_hop **v);

/* hostways_clear() - Take the kernel's tables away, of any natd. */
void hostways_clear(struct hostways *);

#endif
