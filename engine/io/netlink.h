/* SPDX-License-Identifier: ISC */
/*
 * What must be said to the kernel about its end of a device: rtnetlink.
 *
 * A struct netlink belongs to the network namespace it was opened in, and to
 * one thread.  All functions return 0 or a negative errno, the kernel's own
 * if it refused.
 */
#ifndef ENGINE_IO_NETLINK_H
#define ENGINE_IO_NETLINK_H

#include <stdint.h>

#include "engine/io/io.h"

struct netlink;

int netlink_open(struct netlink **);
void netlink_close(struct netlink *);

/*
 * netlink_link() - MTU, no link-local address of the kernel's own, up
 * @mtu: 0 leaves it
 */
int netlink_link(struct netlink *, int ifindex, uint32_t mtu);

/* netlink_addr() - Add an address, without duplicate address detection. */
int netlink_addr(struct netlink *, int ifindex, const struct io_addr *);

/*
 * netlink_default() - Point the family's default route at the device
 * @via: gateway, or NULL: on link
 */
int netlink_default(struct netlink *, int ifindex, uint8_t af,
    const struct io_addr *via);

#endif
