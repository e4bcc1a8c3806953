/* SPDX-License-Identifier: ISC */
/*
 * What a forwarded packet meets in the kernel between the hook where it comes
 * in and the one where it leaves, as far as that matters to a packet whose
 * out half is decided at the first (engine/through.c).
 *
 * Such a packet is routed with its source translated and with a mark.  Where
 * somebody else looks at either, natd asks about it twice instead.
 *
 * All functions act on the caller's network namespace.
 */
#ifndef ENGINE_IO_HOSTWAY_H
#define ENGINE_IO_HOSTWAY_H

#include <stdbool.h>
#include <stdint.h>

enum hostway {
	HOSTWAY_FREE = 0,
	HOSTWAY_RULES,	/* `ip rule': routes by source or mark */
	HOSTWAY_FROM,	/* IPv6 routes that hold for some sources only */
	HOSTWAY_CHAINS,	/* rules in nf_tables chains of others */
	HOSTWAY_TABLES,	/* iptables of the old kind */
	HOSTWAY_UNKNOWN, /* the kernel does not say */
};

/* hostway_read() - The first thing that stands there.  HOSTWAY_FROM is
 * hostnet.h's to find. */
enum hostway hostway_read(void);

/* hostway_name() - What -s info says of it. */
const char *hostway_name(enum hostway);

/*
 * hostway_watch() - A descriptor that tells of changes in nf_tables; those of
 * rules are told by hostnet_watch()
 * hostway_changed() - Read all that waits on it; may something have changed?
 */
int hostway_watch(void);
bool hostway_changed(int fd);

/* hostway_strict() - Does the kernel refuse sources that it would not route
 * back by this interface (rp_filter 1)? */
bool hostway_strict(const char *ifname);

/* How the kernel takes a packet that claims to come from this host. */
enum hostway_own {
	OWN_REFUSED,
	OWN_TAKEN,	/* somebody wants it so */
	OWN_OURS,	/* natd wants it so */
};

/*
 * hostway_own() - net.ipv4.conf.IFNAME.accept_local, on or off
 *
 * What natd switches on gets a value of its own, by which this natd or a
 * later one knows what to switch off; what others have set stays.
 */
enum hostway_own hostway_own(const char *ifname, bool on);

#endif
