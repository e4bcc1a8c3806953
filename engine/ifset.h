/* SPDX-License-Identifier: ISC */
/*
 * Interfaces, their addresses and groups, and the routes: an immutable
 * snapshot that control builds and workers read.
 *
 * Rules name interfaces by words; a program names them by numbers into its
 * own list of words (program.h), and the snapshot says for each interface
 * which words it answers to.  So a new interface or address makes a new
 * snapshot and never a new program.
 *
 * Index 0 is "none".  An interface keeps its index as long as natd runs.
 */
#ifndef ENGINE_IFSET_H
#define ENGINE_IFSET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

#define IFACE_NAMELEN 16
#define IFACE_MAX 1024
#define IFACE_GROUPS 16

enum iface_flags {
	IFACE_UP = 0x01,
	IFACE_LOOPBACK = 0x02,
	IFACE_POINTOPOINT = 0x04,
	IFACE_BROADCAST = 0x08,
	IFACE_SKIP = 0x10,	/* set skip on: not filtered */
	/* host mode, see through.c */
	IFACE_THROUGH = 0x20,	/* lets what is decided for it leave */
	IFACE_OWNSRC = 0x40,	/* the kernel takes own addresses as sources */
	IFACE_GUARD = 0x80,	/* ... because of natd, who has to refuse them */
};

struct ifaddr {
	struct addr addr;
	struct addr peer;	/* point-to-point, all zero: none */
	struct addr broadcast;	/* all zero: none */
	uint8_t af, plen;
};

struct iface {
	char name[IFACE_NAMELEN];
	char group[IFACE_GROUPS][IFACE_NAMELEN];
	uint8_t ngroups;
	uint8_t flags;
	uint16_t index;
	uint16_t rdomain;
	uint32_t mtu;
	uint32_t addr, naddr;	/* first and number in ifset->addrs */
};

/* A route; gateway of all zero: on link. */
struct route {
	struct addr dst;
	struct addr gateway;
	uint8_t af, plen;
	uint16_t ifidx;
};

/* A next hop of route options, where the kernel routes; 1 is the first. */
struct ifway {
	uint8_t af;		/* 0: nothing has this number */
	bool copies;		/* of dup-to: nothing is routed by it */
	uint16_t ifidx;		/* 0: any */
	struct addr gw;		/* zero: on link */
};

struct ifset {
	uint32_t generation;
	uint16_t nifaces;	/* indexes are 1 .. nifaces */
	const struct iface *ifaces; /* [0] unused */
	const struct ifaddr *addrs;
	uint32_t naddrs;
	const struct route_table *routes; /* longest-prefix match */
	bool router;		/* natd routes (tun); else the kernel does */
	bool through;		/* host: both halves may be decided at once */
	uint32_t route_mtu;	/* ... the least of any route, 0: none says */
	const struct ifway *ways;
	uint16_t nways;
	bool routed;		/* some of them are routed by */
};

/*
 * ifset_new() - Copy interfaces, addresses and routes into a snapshot
 *
 * Prefixes and peers of addresses become on-link routes, and come before
 * routes of the same prefix.  A route without an interface (0) leaves by the
 * one that has its gateway on link; if none has, there is no such route.
 *
 * Interface i is ifaces[i], of which there are @nifaces + 1; its addresses
 * are those that it names by `addr' and `naddr', which lie below @naddrs.
 * ifset_free() ends it, after every worker has passed a quiescent point.
 *
 * Return: the snapshot or NULL (no memory).
 */
struct ifset *ifset_new(const struct iface *, uint16_t nifaces,
    const struct ifaddr *, uint32_t naddrs, const struct route *,
    uint32_t nroutes, bool router);
void ifset_free(struct ifset *);

/*
 * ifset_ways() - Give it ways (copied), before it is used
 * ifset_way() - The number of a way; 0: it has none
 */
int ifset_ways(struct ifset *, const struct ifway *, uint16_t n);
uint16_t ifset_way(const struct ifset *, const struct ifway *);

const struct iface *ifset_find(const struct ifset *, const char *name);

/* iface_answers() - Does it answer to a word: name, group, or driver? */
bool iface_answers(const struct iface *, const char *word);

/*
 * ifset_own_hop() - Is this next hop an address of ours?  Which interface's?
 * @on: the interface that leads to it; 0: any.  Other hosts have the same
 * link-local addresses on other links.
 */
bool ifset_own_hop(const struct ifset *, uint8_t af, const struct addr *,
    uint16_t on, uint16_t *ifidx);

/*
 * ifset_local() - Is this one of our own addresses?  Which interface's?
 * (@ifidx may be NULL.)
 */
bool ifset_local(const struct ifset *, uint8_t af, const struct addr *,
    uint16_t *ifidx);

/*
 * ifset_broadcast() - Is this the broadcast address of a network of ours?
 * (RFC 2644)  Broadcast addresses that are not given follow from the prefix
 * where the interface has IFACE_BROADCAST.
 */
bool ifset_broadcast(const struct ifset *, uint8_t af, const struct addr *,
    uint16_t *ifidx);

/* ifset_own() - One of the two: no packet of others comes from there. */
bool ifset_own(const struct ifset *, uint8_t af, const struct addr *);

/* ifset_route() - Longest match; false: no route. */
bool ifset_route(const struct ifset *, uint8_t af, const struct addr *dst,
    struct route *out);

#endif
