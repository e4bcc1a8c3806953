/* SPDX-License-Identifier: ISC */
/*
 * Features of the kernel's network devices, as ethtool(8) shows and sets them.
 *
 * A struct ethtool belongs to the network namespace it was opened in, and to
 * one thread; its memory is the caller's.
 */
#ifndef ENGINE_IO_ETHTOOL_H
#define ENGINE_IO_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

#define ETHTOOL_NAMELEN 16	/* IF_NAMESIZE */

enum ethtool_feature {
	ETHTOOL_GRO,		/* rx-gro: what arrives is gathered */
	ETHTOOL_UDP_GRO,	/* rx-udp-gro-forwarding: ... also datagrams that
				 * no socket here has asked for */
	ETHTOOL_FEATURES
};

struct ethtool {
	int fd;
	uint32_t n;		/* features that the kernel knows; 0: not asked */
	uint32_t bit[ETHTOOL_FEATURES]; /* their numbers; n: it has none */
};

/* ethtool_open() - Return: 0 or negative errno. */
int ethtool_open(struct ethtool *);
void ethtool_close(struct ethtool *);

/* ethtool_name() - The name that an interface has now; false: it is gone. */
bool ethtool_name(uint32_t ifindex, char name[ETHTOOL_NAMELEN]);

/*
 * ethtool_read() - What is on?
 * Return: 0; -ENODEV: no such interface; another negative errno.
 */
int ethtool_read(struct ethtool *, const char *ifname,
    bool on[ETHTOOL_FEATURES]);

/*
 * ethtool_switch() - Switch one on or off
 *
 * Needs CAP_NET_ADMIN.  Return: 0; -EOPNOTSUPP: this device cannot; another
 * negative errno.
 */
int ethtool_switch(struct ethtool *, const char *ifname,
    enum ethtool_feature, bool on);

#endif
