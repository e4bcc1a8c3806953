/* SPDX-License-Identifier: ISC */
/*
 * The inside of an engine and of its workers: for the engine's own files.
 *
 * What control hands over (program, interfaces, tables, their binding) is one
 * struct inforce behind one pointer.  A worker loads the pointer when a burst
 * or a tick begins, and keeps it until the end: so a burst sees all of one or
 * all of another.  A worker's `epoch' is odd meanwhile; that is how the engine
 * knows when a struct inforce that was replaced may be freed.
 *
 * Letters: [I] set when the engine is made; [C] written by control; [S]
 * shared, atomic; [O] written by the worker's owner, read by others with
 * relaxed loads.
 */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/fast/key.h"
#include "engine/made.h"
#include "engine/pdesc.h"
#include "engine/ports.h"
#include "engine/program.h"
#include "engine/random.h"
#include "engine/ratelimit.h"
#include "engine/registry.h"

#define CMDQ_SIZE 4096	 /* power of two */
#define POOL_SLOTS 1024	 /* round-robin positions, by the pool's key */
#define ADDR_SLOTS 65536 /* states per pool address, by its hash */
#define FULL_SLOTS 64	 /* ranges of ports found used up */
#define NAT_LOOKS 64	 /* ports looked at after one was not free unseen */

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

struct fraginfo;
struct gone;
struct ifbind;
struct reass;
struct srcnodes;
struct wheel;

/* All that control has put into force, as one. */
struct inforce {
	struct program *prog;
	struct ifset *ifs;
	struct table_set *tables;
	struct ifbind *bind;	/* NULL while prog or ifs is missing */
	bool enabled;
	uint32_t ifchange;	/* counts changes of ifs and of enabled */
	uint32_t loosen;	/* ifchange when enabled changed last */
	struct gone *gone;	/* own addresses that went with them */
	struct inforce *next;	/* of those that wait to be freed */
	uint64_t seen[WORKERS_MAX]; /* epochs when it was replaced */
};

/* What a row's rules change in packets (scrub.h), packed. [S] */
struct row_action {
	uint64_t word;
	uint32_t mark;
	uint64_t steer;
};

struct engine {
	struct engine_config cfg;	/* [I] */
	struct arena *arena;		/* [I] */
	struct inforce *force;		/* [C] published with release */
	struct inforce *retired;	/* [C] control's own */
	uint64_t collected[WORKERS_MAX]; /* [C] epochs at engine_collect() */
	struct ports ports;		/* [I] */
	struct random ranges;		/* [I] hash only */
	struct random pools;		/* [I] hash only */
	uint32_t pool_turn[POOL_SLOTS];	/* [S] */
	uint32_t nrows;			/* [I] */
	struct row_action *actions;	/* [S] [nrows] */
	void *reass_mem;		/* [I] */
	struct reass *reass;		/* [S] has a lock of its own */
	struct srcnodes *sources;	/* [S] has a lock of its own */
	struct worker *worker[WORKERS_MAX]; /* [I] */
	/* what "clear counters" has set as zero [C] */
	struct engine_counters base;
	struct iface_counters ifbase[IFACE_MAX]; /* [C] the same of each */
};

/* A range of ports that was found used up, until a time. */
struct nat_full {
	uint64_t hash, until;
};

/* Commands from control: one producer, one consumer. */
struct cmdq {
	uint32_t head;	/* [O] those before it were carried out */
	uint32_t tail;	/* [C] */
	uint32_t tries;	/* [O] that the command at the head has had */
	struct engine_cmd cmd[CMDQ_SIZE];
};

/* A burst under way. */
struct burst {
	struct pdesc pd[BURST_MAX];
	struct skey key[BURST_MAX];
	uint64_t hash[BURST_MAX];
	uint16_t ifidx[BURST_MAX];
	uint32_t lref[BURST_MAX];
	uint8_t at[BURST_MAX];	 /* places of those with a key */
	uint8_t slow[BURST_MAX]; /* places of those that walk */
	bool missed[BURST_MAX];	 /* no state was found */
	uint8_t first[BURST_MAX]; /* missed: enum walk_first */
	uint8_t nth[BURST_MAX];	 /* of its key, if missed */
	unsigned nkeys, nslow;
};

/* Hashes of the keys that a walk asks for again. */
enum memo_place { MEMO_OWN, MEMO_REPLY, MEMO_MAX };

struct memo {
	struct skey key;
	uint64_t hash;
};

/*
 * The row of several rules that was asked for last, in this burst: so it is
 * marked, and no collection frees it before the burst ends (registry.h).
 */
struct rowset {
	unsigned n;		/* 0: none */
	uint32_t member[ROW_MEMBERS];
	uint32_t row;
};

struct worker {
	struct engine *eng;
	struct arena *arena;
	struct arena_cache cache;
	struct wheel *wheel;
	unsigned index;
	uint64_t epoch;		/* [O] odd: inside */

	/* of this burst or tick */
	uint64_t now;		/* ms */
	uint32_t wall;		/* s */
	const struct inforce *force;
	const struct program *prog;	/* NULL: nothing can be decided */
	const struct prog_options *opt;
	const struct ifset *ifs;
	struct prog_env env;
	bool filtering;
	const struct fraginfo *fi;	/* of the datagram that walks */

	struct random rnd;	/* everything by chance */
	struct nat_full full[FULL_SLOTS];
	uint64_t full_until;	/* ms: none of them holds any longer */
	struct made made;
	struct ratelimit limit;
	struct cmdq cmdq;
	uint32_t sweep;		/* next index to visit, ARENA_NONE: none */
	uint32_t late;		/* lowest index to be visited again, or none */
	uint32_t ifchange;	/* that this sweep is about */
	uint32_t ifseen;	/* [O] the last one that is done with */
	struct burst burst;
	struct memo memo[MEMO_MAX];
	bool unseen;		/* MEMO_REPLY is of a port taken unseen */
	struct rowset set;
	unsigned looks;		/* ports to look at before the next unseen */

	struct engine_counters count;	/* [O] */
	struct iface_counters *ifcount;	/* [O] [IFACE_MAX] */
	uint32_t *addr_states;		/* [O] [ADDR_SLOTS] */
};

/* count_add() - Add to a counter that only this worker writes. */
static inline void
count_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline uint64_t
count_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* worker_iface() - An interface of the snapshot in force, or NULL. */
static inline const struct iface *
worker_iface(const struct worker *w, uint16_t ifidx)
{
	return ifidx > 0 && ifidx <= w->ifs->nifaces ? &w->ifs->ifaces[ifidx] :
	    NULL;
}

/* count_iface() - A packet on an interface: passed, or blocked. */
static inline void
count_iface(struct worker *w, uint16_t ifidx, uint8_t dir, uint8_t af,
    bool blocked, uint32_t len)
{
	unsigned six = af != AF_INET;
	struct iface_counters *c;

	if (ifidx >= IFACE_MAX)
		return;
	c = &w->ifcount[ifidx];
	count_add(&c->packets[dir][six][blocked], 1);
	count_add(&c->bytes[dir][six][blocked], len);
}

#endif
