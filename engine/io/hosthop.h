/* SPDX-License-Identifier: ISC */
/*
 * Next hops on their links: which interface leads to one, and what its address
 * is there.  By rtnetlink; the kernel looks for neighbours, and is asked to
 * where it has no need to itself.
 *
 * All functions act on the caller's network namespace.
 */
#ifndef ENGINE_IO_HOSTHOP_H
#define ENGINE_IO_HOSTHOP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/io/copy.h"

struct hostnet;

/*
 * hosthop_find() - Where copies for a gateway go
 * @gw: zero: none is given, which only links without addresses can do with
 * @ifindex: its link; 0: the one that the kernel's routes name, and the
 *	gateway that they name if it lies behind one
 *
 * To be called again from time to time: a neighbour of whom nobody wants
 * anything is forgotten.  Needs CAP_NET_ADMIN.
 *
 * Return: 0; -EAGAIN: its neighbour is being looked for; -EHOSTUNREACH: does
 * not answer; -ENETUNREACH: no route leads there, or to this host itself;
 * -ENETDOWN: the interface is down; -EDESTADDRREQ: the link needs a gateway's
 * address; -EPROTONOSUPPORT: a link of another kind than Ethernet; or another
 * negative errno.  On failure the hop is that of nowhere.
 */
int hosthop_find(const struct hostnet *, uint8_t af, const struct addr *gw,
    uint32_t ifindex, struct copy_hop *);

/*
 * hosthop_watch() - A descriptor that tells of changes of neighbours
 * hosthop_changed() - Read all that waits on it; may something have changed?
 */
int hosthop_watch(void);
bool hosthop_changed(int fd);

#endif
