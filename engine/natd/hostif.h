/* SPDX-License-Identifier: ISC */
/*
 * The interfaces of this host as the divert plane needs them: the engine's
 * snapshot, the map of numbers, the hooks.
 */
#ifndef ENGINE_NATD_HOSTIF_H
#define ENGINE_NATD_HOSTIF_H

#include <stdbool.h>

#include "engine/ifset.h"
#include "engine/io/divert.h"
#include "engine/io/hooks.h"
#include "engine/io/hostnet.h"
#include "engine/natd/ifnames.h"
#include "engine/natd/targets.h"

struct ruleset;

/* hostif_wanted() - Does this ruleset divert, by word or for lack of one? */
bool hostif_wanted(const struct ruleset *);

/*
 * hostif_answers() - Does a word mean this interface: its name, its driver, or
 * a group?  (@h may be NULL: an interface that the kernel does not have.)
 */
bool hostif_answers(const char *name, const struct hostnet_if *h,
    const char *word);

/*
 * hostif_skipped() - Does `set skip on' mean this interface: by its name, a
 * group, or its driver?
 */
bool hostif_skipped(const struct ruleset *, const char *name,
    const struct hostnet_if *);

/*
 * hostif_guards() - Is natd asked about what passes this interface?  Loopback,
 * where natd does not route, is none of these.
 */
bool hostif_guards(const struct ruleset *, const struct hostnet_if *);

/* What rules may need of the host. */
enum hostif_need {
	HOSTIF_LOOPBACK,	/* redirect to 127.0.0.0/8 */
	HOSTIF_PRIO,		/* set the priority of packets */
	HOSTIF_OWNERS,		/* ask for owners of sockets */
	HOSTIF_SINGLES,		/* copy each datagram, or look at each by itself */
};

/* hostif_needs() - Does one of the rules? */
bool hostif_needs(const struct ruleset *, enum hostif_need);

/*
 * hostif_ifset() - Return: the snapshot or NULL (no memory).
 * @own: have the kernel take own addresses as sources where that helps
 */
struct ifset *hostif_ifset(struct ifnames *, const struct hostnet *,
    const struct ruleset *, bool own);

/*
 * hostif_release() - Where that is not wanted (any longer), let the kernel
 * refuse them as before; NULL: nowhere.  When no packet depends on it.
 */
void hostif_release(const struct hostnet *, const struct ruleset *);

/* hostif_numbers() - The kernel's numbers of interfaces and their MTUs, by the
 * engine's numbers. */
void hostif_numbers(struct ifnames *, const struct hostnet *,
    uint32_t ifindex[IFACE_MAX], uint32_t mtu[IFACE_MAX]);

/*
 * hostif_hooks() - Set the hooks that a ruleset asks for
 * @names: the engine's, for packets that it decides altogether; NULL: none
 * Return: 0 or negative errno, with a text in @why.
 */
int hostif_hooks(struct ifnames *, const struct hostnet *, struct targets *,
    const struct ruleset *, unsigned nqueues, enum hooks_kind *, char *why, size_t len);

#endif
