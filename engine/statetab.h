/* SPDX-License-Identifier: ISC */
/*
 * The state table: finds a record by either of its two keys.
 *
 * Lookups take no lock (fast/lookup.h).  Insertion and removal lock the one or
 * two buckets they change, in ascending order, for some dozen instructions.
 * The table grows by linear hashing: an insertion that finds it too full
 * splits one bucket, so growth never shows as a pause.
 *
 * Life of a record:
 *
 *	arena_take() -> statetab_fill(), cold record, tcp_begin() ...
 *	    -> statetab_insert() -> packets -> statetab_end() -> arena_give()
 *
 * A record's lines may be changed by packets as soon as it is inserted.  Any
 * thread may end a record; one of them succeeds.  Its index goes back to the
 * arena by its wheel (wheel.h), which is the only one that may call
 * arena_give() for an inserted record.
 */
#ifndef ENGINE_STATETAB_H
#define ENGINE_STATETAB_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"
#include "engine/fast/key.h"
#include "engine/fast/lookup.h"
#include "engine/fast/track.h"

/*
 * statetab_fill() - Write keys and rewrites of a record's two lines
 * @side0, @side1: the packet as it arrives on either side
 * @ext: extension record, or ARENA_NONE; IPv6 keys need one
 *
 * The rewrite of each side is the reverse of the other's key.  All else in
 * the lines becomes zero but the sequence words; `last' of both, flags, egress
 * and TCP's numbers are the caller's to set before insertion.
 */
void statetab_fill(struct arena *, uint32_t index, const struct skey *side0,
    const struct skey *side1, uint32_t ext);

/*
 * statetab_insert() - Publish a record under both keys
 * @kind: enum record_kind it becomes
 * @clash: side whose key is taken, on -EEXIST; may be NULL
 *
 * Nothing is published on failure.  A key that belongs to a dead record is
 * free.  Keys are also free if both holders are bound to interfaces and these
 * differ, or only one is bound.
 *
 * Return: 0, -EEXIST, -ENOSPC (a chain at its bound, or no overflow bucket),
 * -EAGAIN (a bucket stayed locked), -EINVAL (both keys are the same).
 */
int statetab_insert(struct arena *, uint32_t index, unsigned kind,
    unsigned *clash);

/*
 * statetab_find() - Line of a key, for certain
 * Waits for writers where lookup() gives up.  Return: index * 2 + side, or
 * LOOKUP_MISS.
 */
uint32_t statetab_find(const struct arena *, const struct skey *,
    uint16_t ifidx);

/* statetab_keys() - Keys and hashes of both sides of a record. */
void statetab_keys(const struct arena *, uint32_t index, struct skey key[2],
    uint64_t hash[2]);

/*
 * statetab_insert_hashed(), statetab_find_hashed() - The same for callers who
 * have the key's hash already
 * @key, @hash: of the record's two sides, as filled in; key_hash() of each
 * @alone: the second key was chosen to be free: any other line of it, bound
 * to whatever interface, is -EEXIST
 */
int statetab_insert_hashed(struct arena *, uint32_t index, unsigned kind,
    const struct skey key[2], const uint64_t hash[2], bool alone,
    unsigned *clash);
uint32_t statetab_find_hashed(const struct arena *, const struct skey *,
    uint64_t hash, uint16_t ifidx);

/*
 * statetab_hash_burst() - Hash keys and fetch their buckets
 * statetab_find_burst() - Look them up, with their lines under way
 *
 * Other work may come between the two.  @lref gets LOOKUP_BUSY where
 * statetab_find() must be asked.
 */
void statetab_hash_burst(const struct arena *, const struct skey *,
    unsigned n, uint64_t *hash);
void statetab_find_burst(const struct arena *, const struct skey *,
    const uint64_t *hash, const uint16_t *ifidx, unsigned n, uint32_t *lref);

/*
 * statetab_end() - End a record, unless it has been used meanwhile
 * @due: called with both lines entered (so no packet is in between); false
 * lets the record live.  NULL: end it in any case.
 *
 * After 0 its lines are dead, both keys are free, its kind is RECORD_DEAD; the
 * lines' counters are final.  Return: 0, -ENOENT (it has ended before),
 * -EAGAIN (@due said no, or a writer stayed in a line).
 */
int statetab_end(struct arena *, uint32_t index,
    bool (*due)(void *, uint32_t index), void *arg);

/*
 * statetab_carry() - Move large packet counters into the extension record
 *
 * Called by the wheel at least every 64 s, in which no side can count 2^31
 * packets.  Return: 0, or -ENOMEM (no extension record: tried again later).
 */
int statetab_carry(struct arena *, struct arena_cache *, uint32_t index,
    uint64_t now);

/* statetab_packets() - Packets of one side, with what was carried. */
uint64_t statetab_packets(const struct arena *, uint32_t lref);

/* statetab_weight() - States that a kind counts as: 2 if forwarded, else 1. */
unsigned statetab_weight(unsigned kind);

/* statetab_live() - Is there a record in use under this index? */
bool statetab_live(const struct arena *, uint32_t index);

/* What there was, in states as pf counts. */
struct statetab_rebuilt {
	uint32_t states;  /* kept: now in the table */
	uint32_t mended;  /* of those: a writer was killed inside */
	uint32_t dropped; /* damaged, or a key was there twice */
};

/*
 * statetab_rebuild() - Make the table anew from the records
 * @hash_key: new secret, or NULL to keep the old
 * @resync: TCP sides take up the next segments' numbers (SAID_LOOSE): packets
 * may have passed while nobody watched
 *
 * For an arena just opened (see there): nobody else may use it.  Costs about a
 * microsecond per record.  Pools, counts of states and of rows are made anew
 * as well; wheels must be filled by wheel_adopt().
 *
 * Return: 0, -ENOMEM.
 */
int statetab_rebuild(struct arena *, const uint64_t hash_key[2], bool resync,
    struct statetab_rebuilt *);

#endif
