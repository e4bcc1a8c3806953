/* SPDX-License-Identifier: ISC */
/*
 * The hooks of the divert plane: rules of the kernel's packet filter that
 * hand packets to natd's queues.
 *
 * They stand in a table of natd's own, `natd', one for each family; nobody
 * else's tables are read or written.  Each change is one transaction, so no
 * packet passes by on the way.
 *
 *	prerouting	in; IPv4 before the kernel's reassembly, IPv6 behind it
 *	... behind it	natd's verdict may say how the header is to be written
 *			(headwrite.h)
 *	output		out, for packets of this host: the kernel routes a
 *			packet again whose addresses have changed here
 *	postrouting	out, for packets that are forwarded; those pass whose
 *			mark says that they are decided and leave by this very
 *			interface (MARK_DECIDED, mark.h), and lose the mark;
 *			a tag's mark (MARK_TAG) ends here in any case
 *
 *	prerouting	again, behind that: what a rule with divert-to has marked
 *			(MARK_SOCKET) is given to the socket, if that asks for
 *			such connections (IP_TRANSPARENT); else it is dropped
 *
 * All functions act on the caller's network namespace, need CAP_NET_ADMIN,
 * and return 0 or a negative errno.
 */
#ifndef ENGINE_IO_HOOKS_H
#define ENGINE_IO_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"

#define HOOKS_TABLE "natd"

/* How the kernel hands packets over. */
enum hooks_kind {
	HOOKS_NONE = 0,
	HOOKS_QUEUE,	/* nft's queue expression */
	HOOKS_TARGET,	/* the NFQUEUE target, used from nft */
};

struct hooks_socket;
struct hooks_way;

struct hooks {
	uint16_t queue, nqueues;	/* first and number */
	uint16_t singles;	/* first of as many for UDP; 0: the same */
	bool pass;		/* while nobody reads the queues */
	bool all;		/* all interfaces but those of names[] */
	const char *const *names; /* [nnames]; else only these */
	unsigned nnames;
	const struct hooks_way *ways; /* [nways] where decided packets leave */
	unsigned nways;
	const struct hooks_socket *sockets; /* [nsockets] */
	unsigned nsockets;
};

/* A socket that gets packets though they are not for its address. */
struct hooks_socket {
	uint16_t number;	/* as struct steer has it */
	uint8_t af;
	uint16_t port;		/* host order */
	struct addr addr;
};

struct hooks_way {
	const char *name;
	uint16_t ifidx;		/* the engine's, as the mark has it */
};

/*
 * hooks_set() - Put hooks into force instead of those that there are
 * @kind: HOOKS_NONE, or what an earlier call has set, whose hooks then stay
 *	with other rules; gets what the kernel can do
 *
 * No packet is lost that is on its way through hooks that stay.  After an
 * error those of before are in force.
 *
 * -EOPNOTSUPP: neither expression nor target; @why has a text for any error,
 * and may have one on success: what the kernel lacks and is done without.
 */
int hooks_set(const struct hooks *, enum hooks_kind *kind, char *why,
    size_t len);

/* hooks_clear() - Take natd's tables away.  No tables are no error. */
int hooks_clear(void);

/* hooks_name() - What it is called in -s info. */
const char *hooks_name(enum hooks_kind);

#endif
