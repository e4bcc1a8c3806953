/* SPDX-License-Identifier: ISC */
/*
 * What the files of planes share: planes.c has the ports, planes_host.c the
 * host's own interfaces, planes_stmt.c what statements say, planes_ifset.c
 * the snapshot for the engine.
 */
#ifndef ENGINE_NATD_PLANES_IMPL_H
#define ENGINE_NATD_PLANES_IMPL_H

#include "engine/io/hooks.h"
#include "engine/io/hostnet.h"
#include "engine/natd/ifnames.h"
#include "engine/natd/planes.h"
#include "engine/natd/udpgro.h"
#include "rules/ruleset.h"

struct hostways;

#define TUN_MTU 1500

struct planes {
	unsigned nworkers;
	struct hostsock *socks;		/* told of interface numbers */
	struct hostways *ways;		/* next hops of rules */
	struct udpgro *gro;
	struct targets *targets;	/* sockets of rules; the caller's */
	const struct table_set *tables;	/* the caller's */
	unsigned n;
	struct plane *v[IFACE_MAX];
	struct ifnames names;
	uint64_t clock;
	struct portset *set;		/* published last */
	/* divert */
	struct hostnet *net;		/* the kernel's interfaces */
	struct copy_hop *hops;		/* [nhops] of dup-to, in force */
	unsigned nhops;
	enum hooks_kind hooks;		/* in force */
	char fault[256];		/* why they are not as they should be */
	bool hooking;			/* hooks may be set */
	bool ours[HOSTNET_SWITCHES];	/* we have switched them on */
	bool again;			/* look at interfaces as if new */
};

/* planes_kind() - What serves a kind of plane; NULL: this natd has none. */
const struct io_ops *planes_kind(uint8_t kind);

/* planes_count() - Statements of a kind of plane. */
unsigned planes_count(const struct ruleset *, uint8_t kind);

/* planes_stmt() - A statement, canonical; malloc(3)ed, NULL: no memory. */
char *planes_stmt(const struct iface_stmt *);

/* planes_is_host() - Is it the one plane of all interfaces of the host? */
bool planes_is_host(const struct plane *);

/* planes_unhost() - Remove the hooks: they go first, or what they queue is
 * lost. */
void planes_unhost(struct planes *);

#endif
