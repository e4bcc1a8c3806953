/* SPDX-License-Identifier: ISC */
/*
 * Tables of addresses: numbered sets of prefixes with longest-prefix match.
 *
 * A table set outlives programs.  A program names tables by number, so that a
 * change of their contents recompiles nothing.  One writer (control) edits;
 * any number of workers look up meanwhile, without a lock.
 *
 * Edits are invisible until table_publish() switches one pointer: a lookup
 * sees all edits since the last publication or none.  What an edit replaces
 * is kept until no worker can still be reading it: the writer takes it by
 * table_set_garbage(), waits until every worker has passed a quiescent point,
 * and ends it by table_garbage_free().  Only the path from the root to the
 * changed entry is copied, so one edit costs a few hundred nanoseconds at any
 * size, and a bulk of edits between two publications copies nothing twice.
 *
 * For a reload that must switch rules and contents at one moment: fill a
 * table under a new number (table_new() without a name), compile with that
 * number, put the program into force, then table_adopt() the name.
 *
 * A lookup costs about one cache line per six bits that distinguish the
 * entries along the way: 5 for a million random IPv4 hosts.  An entry takes
 * some 32 bytes and its share of the nodes.
 */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/cells.h"

#define TABLE_NONE 0xffffffffu
#define TABLE_NAMELEN 32	/* with the NUL */

struct table_set;
struct table_garbage;

/* An entry. */
struct table_ent {
	struct addr addr;	/* host bits clear */
	uint8_t af, plen;
	bool neg;		/* ! : the longest match is "no match" */
	uint16_t weight;	/* 0: none was given, counts as 1 */
	uint32_t expire;	/* unix seconds; control removes it then */
	/*
	 * Unix seconds: since when it is there, or its counters were cleared.
	 * Not kept, and 0, for an entry that expires.
	 */
	uint32_t since;
};

/*
 * table_set_new() - An empty set
 * @nworkers: how many readers count lookups (prog_env.worker below that); the
 *     last of them is the writer
 *
 * Return: the set or NULL (no memory).
 */
struct table_set *table_set_new(unsigned nworkers);

/* table_set_free() - End a set that nobody reads any more. */
void table_set_free(struct table_set *);

/*
 * table_new() - Make an empty table
 * @anchor: path of its anchor, "" for the main ruleset
 * @name: NULL: a table without a name, until table_adopt()
 *
 * Return: 0; -EEXIST if there is a table of this name; -ENAMETOOLONG;
 * -ENOMEM.  *nr: its number, which no other table has had since the last
 * table_set_garbage() was freed.
 */
int table_new(struct table_set *, const char *anchor, const char *name,
    uint32_t *nr);

/* table_find() - The number of a name, or TABLE_NONE. */
uint32_t table_find(const struct table_set *, const char *anchor,
    const char *name);

/*
 * table_adopt() - Give a table without a name this one
 *
 * The table that had the name, if any, ends as by table_remove().
 *
 * Return: 0, -ENAMETOOLONG or -ENOMEM; then nothing has changed.
 */
int table_adopt(struct table_set *, uint32_t nr, const char *anchor,
    const char *name);

/*
 * table_remove() - End a table; programs in force must not name it any more,
 * or find it empty
 */
void table_remove(struct table_set *, uint32_t nr);

/*
 * table_next_nr() - Walk all tables: the first number at or above @nr, or
 * TABLE_NONE
 */
uint32_t table_next_nr(const struct table_set *, uint32_t nr);
const char *table_name(const struct table_set *, uint32_t nr);	/* or NULL */
const char *table_anchor(const struct table_set *, uint32_t nr);

/*
 * table_add() - Add an entry, or give the one of the same prefix (and the
 * same sign) a new weight and times
 *
 * Return: 1 added, 0 changed or the same; -EEXIST the prefix is there with
 * the other sign; -EINVAL no such prefix; -ENOMEM.
 */
int table_add(struct table_set *, uint32_t nr, const struct table_ent *);

/*
 * table_since() - Note another beginning, @when, of an entry that is there
 *
 * Nothing is published: only the writer looks at it.  Return: whether it is
 * there, with this sign.
 */
bool table_since(struct table_set *, uint32_t nr, const struct table_ent *,
    uint32_t when);

/*
 * table_count_entries() - Begin or end to count what goes to and from each
 * address of a table, now and later ones
 *
 * Publish after it.  Return: 0 or -ENOMEM, then some are not counted.
 */
int table_count_entries(struct table_set *, uint32_t nr, bool on);

/* table_cells() - The counters of a table, NULL: none are kept. */
struct cells *table_cells(const struct table_set *, uint32_t nr);

/* table_cell() - The cell of exactly this entry, or CELL_NONE. */
uint32_t table_cell(const struct table_set *, uint32_t nr, uint8_t af,
    const struct addr *, uint8_t plen);

/*
 * table_count_carry() - Add what was counted in another table for its entries
 * that are here as well, and for it as a whole
 *
 * Return: whether both have counters; nothing is done otherwise.
 */
bool table_count_carry(struct table_set *, uint32_t from, uint32_t to);

/* table_delete() - Return: 1 gone, 0 was not there, -ENOMEM. */
int table_delete(struct table_set *, uint32_t nr, const struct table_ent *);

/* table_flush() - Delete all entries; Return: how many there were. */
uint32_t table_flush(struct table_set *, uint32_t nr);

/* table_publish() - Make the edits of a table visible to the workers. */
void table_publish(struct table_set *, uint32_t nr);

/*
 * table_set_garbage() - Take what was replaced since the last call
 *
 * Publish before.  Return: a bundle for table_garbage_free(), NULL: nothing.
 */
struct table_garbage *table_set_garbage(struct table_set *);
void table_garbage_free(struct table_garbage *);

/* The writer's view, with edits not yet published. */
uint32_t table_size(const struct table_set *, uint32_t nr);
size_t table_bytes(const struct table_set *, uint32_t nr);

/* table_get() - The entry of exactly this prefix. */
bool table_get(const struct table_set *, uint32_t nr, uint8_t af,
    const struct addr *, uint8_t plen, struct table_ent *out);

/* table_test() - The entry that decides about an address; false: none. */
bool table_test(const struct table_set *, uint32_t nr, uint8_t af,
    const struct addr *, struct table_ent *out);

/*
 * table_next() - The entry behind @after in order (IPv4 first, then by
 * address, of equal ones the longer prefix first); NULL: the first
 *
 * @after need not exist any more, so it serves as a cursor.
 */
bool table_next(const struct table_set *, uint32_t nr,
    const struct table_ent *after, struct table_ent *out);

/*
 * Workers' side: the published contents.
 */

/*
 * table_match() - Is the address in the table?  Counted for @worker; UINT_MAX:
 * for nobody
 */
bool table_match(const struct table_set *, unsigned worker, uint32_t nr,
    uint8_t af, const struct addr *);

/*
 * table_count() - Count packets for the entry that holds an address
 * @a: the address, as it was and as it became; the first that is there counts
 *
 * Nothing is done, at the cost of two loads, for a table without counters.
 */
void table_count(const struct table_set *, uint32_t nr, uint8_t af,
    const struct addr *const a[2], unsigned dir, enum cell_op,
    uint64_t packets, uint64_t bytes);

/*
 * table_weight() - Sum of the weights of the entries of one family that are
 * not negated
 */
uint64_t table_weight(const struct table_set *, uint32_t nr, uint8_t af);

/*
 * table_pick() - The entry that holds place @n of that sum, without its times,
 * which are the writer's
 * Return: false if @n is not below the sum (the table may have changed).
 */
bool table_pick(const struct table_set *, uint32_t nr, uint8_t af, uint64_t n,
    struct table_ent *out);

/* Lookups by workers so far, summed. */
struct table_counters {
	uint64_t match, nomatch;
};
void table_counters(const struct table_set *, uint32_t nr,
    struct table_counters *);
void table_counters_clear(struct table_set *, uint32_t nr);

#endif
