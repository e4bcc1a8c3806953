/* SPDX-License-Identifier: ISC */
/*
 * Trains of UDP on the interfaces that natd guards.
 *
 * The kernel gathers datagrams of a flow that come together into one train
 * (GRO) if the interface's feature rx-udp-gro-forwarding says so.  Then one
 * message and one verdict serve many.  It is off by default: natd switches it
 * on, remembers where, and switches it off again.  What others have switched
 * on stays on, and what they switch off meanwhile stays off.
 *
 * What was switched on stands in a file beside the control socket before it is
 * done, so that a natd after one that was killed knows it for natd's.
 *
 * Control's thread only; the caller's network namespace.
 */
#ifndef ENGINE_NATD_UDPGRO_H
#define ENGINE_NATD_UDPGRO_H

#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"

#define UDPGRO_SUFFIX ".gro"

struct udpgro;

/* An interface that is to have it. */
struct udpgro_if {
	uint32_t ifindex;	/* the kernel's */
	char name[IFACE_NAMELEN];
};

/*
 * udpgro_new() - With what an earlier natd has remembered in a file
 * @path: NULL: nothing is switched, and nothing remembered
 *
 * Return: NULL: no memory.  udpgro_free() switches nothing.
 */
struct udpgro *udpgro_new(const char *path);
void udpgro_free(struct udpgro *);

/*
 * udpgro_want() - These are to have it, and no others of those that natd has
 * switched on
 * @why_none: a constant text for -s info, in case that there are none
 *
 * An interface that refuses is left as it is.  What cannot be remembered is not
 * switched on.
 */
void udpgro_want(struct udpgro *, const struct udpgro_if *v, unsigned n,
    const char *why_none);

/* udpgro_text() - What -s info says, as it is now. */
void udpgro_text(struct udpgro *, char *text, size_t len);

#endif
