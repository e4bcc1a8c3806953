/* SPDX-License-Identifier: ISC */
/*
 * What hostways.c and hostways_learn.c share.
 */
#ifndef ENGINE_NATD_HOSTWAYS_IMPL_H
#define ENGINE_NATD_HOSTWAYS_IMPL_H

#include "engine/natd/hostways.h"

#define HOP_BUCKETS 4096	/* power of two; there are no more numbers */

struct hop {
	char ifname[IFACE_NAMELEN];	/* "": as the gateway is routed */
	uint8_t af;			/* 0: this number is free */
	bool copies;			/* of dup-to */
	bool asked;			/* by what was learnt last */
	bool used;			/* by a state, while that is asked */
	bool set;			/* the kernel has its rule and route */
	uint16_t next;			/* number of one with this hash, or 0 */
	struct addr gw;			/* zero: on the link */
	int error;			/* of the last try to set it */
	uint32_t idle;			/* s: nobody has asked for it since */
};

/* A table whose entries are next hops. */
struct hoptable {
	uint32_t nr;
	bool named;		/* by a rule */
	bool over;		/* not all of them have a number */
	bool said;
};

struct hostways {
	unsigned n;
	struct hop *v;		/* way i is v[i - 1] */
	uint16_t bucket[HOP_BUCKETS]; /* numbers, by address and interface */
	unsigned nfree;		/* of the n */
	bool news;		/* not told to an ifset yet */
	struct copy_hop *links;	/* [n], for hostways_links() */
	uint8_t rtables[256];	/* of rtable: 1: asked for, 2: led to */
	bool clean;		/* nothing is left of an earlier natd */
	unsigned kept;		/* how many were idle and in use, last time */
	unsigned ntables;
	struct hoptable *tables;
	const struct hostways_ask *ask;	/* while it is learnt */
	int error;		/* ... and what came of it */
	bool said;		/* -E2BIG */
};

/*
 * hostways_find() - The hop like @like with this address, or NULL
 * hostways_add() - It is asked for, and made if it is not there; errors go to
 *	hw->error
 */
struct hop *hostways_find(const struct hostways *, const struct hop *like,
    uint8_t af, const struct addr *gw);
void hostways_add(struct hostways *, const struct hop *like, uint8_t af,
    const struct addr *gw);

#endif
