/* SPDX-License-Identifier: ISC */
/*
 * What must be said to the kernel about its end of a device: rtnetlink.
 *
 * All functions ask by an nltalk of NETLINK_ROUTE, and return what nltalk_ask()
 * does.
 */
#ifndef ENGINE_IO_NETLINK_H
#define ENGINE_IO_NETLINK_H

#include <stdint.h>

#include "engine/io/io.h"

struct nltalk;

/*
 * netlink_link() - MTU, no link-local address of the kernel's own, up
 * @mtu: 0 leaves it
 */
int netlink_link(struct nltalk *, int ifindex, uint32_t mtu);

/* netlink_addr() - Add an address, without duplicate address detection. */
int netlink_addr(struct nltalk *, int ifindex, const struct io_addr *);

/*
 * netlink_default() - Point the family's default route at the device
 * @via: gateway, or NULL: on link
 */
int netlink_default(struct nltalk *, int ifindex, uint8_t af,
    const struct io_addr *via);

#endif
