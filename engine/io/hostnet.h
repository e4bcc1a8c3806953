/* SPDX-License-Identifier: ISC */
/*
 * What the kernel of this network namespace has: its interfaces, their
 * addresses, and which of them have a default route; what stands in the way
 * of packets; and how to hear of changes.  By rtnetlink.
 */
#ifndef ENGINE_IO_HOSTNET_H
#define ENGINE_IO_HOSTNET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/io/hostway.h"

#define HOSTNET_LINK_ADDR 6	/* bytes, ETH_ALEN */

struct hostnet_if {
	char name[IFACE_NAMELEN];
	char group[IFACE_NAMELEN]; /* its name, "": none */
	uint32_t ifindex;	/* the kernel's */
	uint32_t mtu;
	uint16_t type;		/* of its link, ARPHRD_... */
	uint8_t link[HOSTNET_LINK_ADDR]; /* its address there */
	bool noarp;		/* neighbours have no addresses */
	uint8_t flags;		/* IFACE_UP ... */
	bool egress;		/* has a default route */
	bool strict;		/* rp_filter is 1 */
};

struct hostnet_addr {
	uint32_t ifindex;
	struct ifaddr a;
};

struct hostnet {
	struct hostnet_if *ifs;
	struct hostnet_addr *addrs;
	unsigned nifs, naddrs;
	uint32_t route_mtu;	/* the least that a route says, 0: none does */
	enum hostway way;	/* what may see packets on their way */
};

/* hostnet_read() - Return: 0 or negative errno; hostnet_free() ends it. */
int hostnet_read(struct hostnet **);
void hostnet_free(struct hostnet *);
bool hostnet_equal(const struct hostnet *, const struct hostnet *);

/* Switches of the kernel that some rules need. */
enum hostnet_switch {
	/*
	 * net.ipv4.conf.all.route_localnet 1: else the kernel drops what a
	 * rule has redirected to 127.0.0.1 after it came by another interface.
	 */
	HOSTNET_ROUTE_LOCAL,
	/*
	 * net.ipv4.ip_forward_update_priority 0: else a packet that is
	 * forwarded gets another priority than a rule gave it.
	 */
	HOSTNET_KEEP_PRIO,
	HOSTNET_SWITCHES
};

/*
 * hostnet_switch() - Have one on or off
 * @ours: gets whether it was us who switched it on; off only if so
 *
 * Return: 0 or negative errno.
 */
int hostnet_switch(enum hostnet_switch, bool on, bool *ours);

/* hostnet_switch_name() - As sysctl(8) has it. */
const char *hostnet_switch_name(enum hostnet_switch);

/*
 * hostnet_watch() - A descriptor to poll for changes
 * Return: descriptor (non-blocking) or negative errno.
 */
int hostnet_watch(void);

/*
 * hostnet_changed() - Read all that waits on it
 * Return: whether anything of a struct hostnet may have changed.
 */
bool hostnet_changed(int fd);

#endif
