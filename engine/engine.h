/* SPDX-License-Identifier: ISC */
/*
 * The packet engine: a burst of packets in, fates out.
 *
 * One engine has one state arena, one program, one ifset, one table set, and
 * up to WORKERS_MAX workers.  A worker is used by one thread at a time.  The
 * engine does no I/O and reads no clock: the caller hands in packets, time,
 * memory and random keys, so that a replay gives the same bytes twice.
 *
 * Control (another thread) reaches it in three ways only:
 *   - it reads the arena (engine/view.h);
 *   - it hands over a program, an ifset, or a table set: engine_set_*();
 *     the old one is returned and may be freed once every worker has been
 *     outside engine_burst() and engine_tick() (quiescent-state reclamation
 *     is the caller's);
 *   - it puts commands on a worker's queue: engine_command().
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ifset.h"
#include "engine/packet.h"
#include "engine/program.h"
#include "engine/reason.h"

#define WORKERS_MAX 32

struct arena;
struct engine;
struct engine_host;
struct worker;

struct engine_config {
	struct arena *arena;	/* opened by the caller, outlives the engine */
	unsigned nworkers;	/* 1 .. WORKERS_MAX */
	uint8_t key[32];	/* secret of port choice, ISNs, pools */
	uint32_t new_budget;	/* first packets per burst; 0: BURST_MAX */
	uint32_t made_max;	/* packets a worker can make per burst; 0: 256 */
	uint64_t now;		/* ms: the clock's reading at the start */
	/* outlives the engine; NULL: there are no local sockets */
	const struct engine_host *host;
};

/*
 * engine_new() - Engine over an arena
 * All memory the packet path will use is taken here.
 * Return: 0, -ENOMEM, -EINVAL.
 */
int engine_new(const struct engine_config *, struct engine **);
void engine_free(struct engine *);

/*
 * engine_set_rules() - Put a program and the interfaces it is for into force
 *
 * Binds its rules to registry rows (counters follow the rule id), then
 * switches one pointer: every burst sees the old ones or the new, whole.
 * *old and *old_ifs are those before, or NULL; either may be NULL if nobody
 * asks.  Return: 0, -ENOMEM, -ENOSPC (registry full), and then nothing has
 * changed.
 */
int engine_set_rules(struct engine *, struct program *, struct ifset *,
    struct program **old, struct ifset **old_ifs);

/* engine_rows() - Registry rows that a program's rules take, at the most. */
uint32_t engine_rows(const struct program *);

/*
 * engine_collect() - Free registry rows that nothing refers to any more
 * Nothing happens while a worker may still use what was in force before, or is
 * in the burst it was in at the last call.
 */
void engine_collect(struct engine *);

/*
 * engine_set_ifset(), engine_set_tables() - The same for interfaces with
 * their routes, and for tables; engine_set_enabled() for natctl -e and -d
 * Return: 0, -ENOMEM: nothing has changed.
 */
int engine_set_ifset(struct engine *, struct ifset *, struct ifset **old);
int engine_set_tables(struct engine *, struct table_set *,
    struct table_set **old);
int engine_set_enabled(struct engine *, bool);
bool engine_enabled(const struct engine *);

/*
 * engine_forget() - The source of a node (srcnode.h) chooses anew
 * Return: was there such a node?
 */
bool engine_forget(struct engine *, uint32_t ref);

struct worker *engine_worker(struct engine *, unsigned);

/*
 * engine_burst() - Decide up to BURST_MAX packets
 * @now: milliseconds of a clock that never goes back
 * @wall: unix seconds, for state ids only
 *
 * Sets each packet's fate.  Packets that the engine makes meanwhile wait in
 * the worker: fetch them with engine_made() after sending the burst's own.
 * In router mode packets arrive and leave by interface; in host mode each
 * packet is one half's (dir in or out) and FATE_SEND means accept.
 */
void engine_burst(struct worker *, struct packet *const *, unsigned n,
    uint64_t now, uint32_t wall);

/*
 * engine_made() - Next packet the engine made (RST, ICMP, echo reply,
 * reassembled datagram, fragment), or NULL.  Valid until the next burst or tick.
 */
struct packet *engine_made(struct worker *);

/*
 * engine_tick() - Expire states and fragments; run queued commands
 *
 * Call between bursts, at least every 100 ms also without traffic.  Bounded
 * work per call.  Return: milliseconds until it wants to be called again.
 */
unsigned engine_tick(struct worker *, uint64_t now, uint32_t wall);

/* Commands from control to one worker. */
enum engine_cmd_kind {
	CMD_KILL = 1,	/* end record `index` if its id is still `id` */
	CMD_SWEEP,	/* visit every record once: timeouts changed */
};
struct engine_cmd {
	uint32_t kind;
	uint32_t index;
	uint64_t id;
};

/*
 * engine_command() - Queue a command; bounded queue, one producer at a time
 * Return: 0, or -EAGAIN when the queue is full.
 */
int engine_command(struct worker *, const struct engine_cmd *);

/*
 * engine_commands() - How many commands were queued so far, modulo 2^32
 * engine_commands_done() - ... and how many of these were carried out
 *
 * What they did is seen by whoever has read that they are done.  The producer's.
 */
uint32_t engine_commands(const struct worker *);
uint32_t engine_commands_done(const struct worker *);

/* Counters, summed over workers when read. */
struct iface_counters { /* [dir][af: 0 v4, 1 v6][0 pass, 1 block] */
	uint64_t packets[2][2][2];
	uint64_t bytes[2][2][2];
};
struct rule_counters {
	uint64_t evaluations;
	uint64_t packets[2], bytes[2]; /* [dir] */
	uint64_t created;	/* states made since the row exists */
	uint64_t states;	/* states that live */
};
#define ENGINE_FRAGS_MAX 5000 /* datagrams; pf's default limit of fragments */

struct engine_counters {
	uint64_t reason[REASON_MAX];
	uint64_t searches, inserts, removals;
	uint64_t in, forwarded, dropped, consumed, made;
	uint64_t through; /* in and out decided in one pass */
	uint64_t turned;  /* ... and then routed elsewhere */
	uint64_t diverted; /* handed to another program, divert-packet */
	uint64_t copies; /* of dup-to */
	uint64_t copies_lost; /* no way leads there, or no room */
};
void engine_counters(const struct engine *, struct engine_counters *);
/* engine_frags() - Datagrams that are being put together now. */
uint32_t engine_frags(const struct engine *);
void engine_iface_counters(const struct engine *, uint16_t ifidx,
    struct iface_counters *);
/* Row counters; live states' packets and bytes are not yet in (view.h adds
 * them on demand). */
void engine_rule_counters(const struct engine *, uint32_t row,
    struct rule_counters *);
void engine_clear_rule_counters(struct engine *);
void engine_clear_counters(struct engine *);
void engine_clear_iface_counters(struct engine *, uint16_t ifidx);

#endif
