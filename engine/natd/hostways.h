/* SPDX-License-Identifier: ISC */
/*
 * Numbers for the next hops of route options, where the kernel routes: what a
 * packet's mark names, and the kernel's tables that go with them; for those of
 * dup-to, where their links are.
 *
 * A next hop keeps its number as long as natd runs, since states keep it.
 * Control's thread only.
 */
#ifndef ENGINE_NATD_HOSTWAYS_H
#define ENGINE_NATD_HOSTWAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"

struct copy_hop;
struct hostnet;
struct hostways;
struct ifnames;
struct ruleset;

struct hostways *hostways_new(void);

/* hostways_free() - The kernel's tables stay: hostways_clear() before. */
void hostways_free(struct hostways *);

/*
 * hostways_learn() - The next hops of a ruleset, beside those of before
 * @net: whose peers they may be; a change of it is a reason to learn again
 * Return: 0, -ENOMEM; -E2BIG: more than there are numbers.
 */
int hostways_learn(struct hostways *, const struct ruleset *,
    const struct hostnet *net);

/* hostways_ifset() - Tell an ifset that is not in use yet; 0 or -ENOMEM. */
int hostways_ifset(const struct hostways *, struct ifnames *, struct ifset *);

/*
 * hostways_apply() - The kernel's tables, for the interfaces of now; what
 * cannot be set leads nowhere, and is logged when it changes
 */
void hostways_apply(struct hostways *, const struct hostnet *);

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
