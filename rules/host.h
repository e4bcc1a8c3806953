/* SPDX-License-Identifier: ISC */
/*
 * The host description: what a ruleset may ask about the machine that it is
 * for - interfaces and their addresses, host names, users, groups, services,
 * protocols, routing tables.
 *
 * Records come from three places.  Interfaces that the ruleset itself
 * declares win over all others.  Then a description file (-I): if it has any
 * record of a kind, only the file is asked for that kind.  Then the running
 * system, if allowed, which is asked when the first question comes.
 *
 * One thread at a time.  Strings returned live as long as the host.
 */
#ifndef RULES_HOST_H
#define RULES_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"

struct diag;
struct host;
struct iface_stmt;

enum {			/* host_if.flags */
	HOST_IF_UP = 1,
	HOST_IF_LOOPBACK = 2,
	HOST_IF_BROADCAST = 4,
	HOST_IF_POINTOPOINT = 8,
	HOST_IF_MULTICAST = 16,
};

struct host_addr {
	struct addr addr;	/* with host bits */
	uint8_t af, plen;
	bool scoped;		/* IPv6 link-local: means this interface */
	bool has_broadcast, has_peer;
	struct addr broadcast, peer;
};

struct host_if {
	const char *name;
	uint32_t index;
	int flags;		/* HOST_IF_* */
	uint32_t mtu, rdomain;
	const char **groups;
	uint32_t ngroups;
	struct host_addr *addrs; /* in the order of expansion */
	uint32_t naddrs;
	bool declared;		/* by an `interface' statement */
};

/* An address that a name stands for. */
struct host_result {
	struct addr addr;
	uint8_t af;
};

/*
 * host_new() - A description without records
 * @use_system: whether the running system may be asked
 */
struct host *host_new(bool use_system);
void host_free(struct host *);

/*
 * host_read() - Add the records of a description file (natctl -I)
 *
 * Return: 0; -EINVAL with errors in @d; or a negative errno, also in @d.
 */
int host_read(struct host *, const char *path, struct diag *d);

/*
 * host_declare() - Add or replace an interface by a statement
 * host_undeclare() - Forget all that were declared
 */
void host_declare(struct host *, const struct iface_stmt *);
void host_undeclare(struct host *);

/* host_ifs() - All interfaces, in their order. */
const struct host_if *const *host_ifs(struct host *, size_t *n);
const struct host_if *host_if_find(struct host *, const char *name);

/* host_is_group() - Is this the name of an interface group? */
bool host_is_group(struct host *, const char *name);

/*
 * host_if_matches() - Does @name mean this interface: its name, one of its
 * groups, or its driver (`tun' for tun0)?
 */
bool host_if_matches(const struct host_if *, const char *name);

/*
 * host_addr_has() - Has an address of an interface what a modifier asks for?
 * @mods: RULE_MOD_*; RULE_MOD_NOALIAS is the caller's, who sees them in turn
 */
bool host_addr_has(const struct host_if *, const struct host_addr *, int mods);

/* host_has_if() - Is @name `self', or does it match any interface? */
bool host_has_if(struct host *, const char *name);

/*
 * host_resolve() - The addresses of a host name, in the resolver's order
 * @v, @n: set to an array that lives as long as the host
 *
 * Return: 0, or -ENOENT if the name has none.
 */
int host_resolve(struct host *, const char *name,
    const struct host_result **v, size_t *n);

bool host_user(struct host *, const char *name, uint32_t *uid);
bool host_group(struct host *, const char *name, uint32_t *gid);

/* host_service() - The port of a service (TCP, then UDP), or -1. */
int host_service(struct host *, const char *name);

/* host_service_name() - Name of a port for a protocol (0: any), or NULL. */
const char *host_service_name(struct host *, unsigned port, unsigned proto);

/* host_proto() - The number of a protocol, or -1. */
int host_proto(struct host *, const char *name);

/* host_rtable() - Does this routing table exist? */
bool host_rtable(struct host *, unsigned n);

/* host_told() - Has a record of the description file answered anything? */
bool host_told(const struct host *);


#endif
