/* SPDX-License-Identifier: ISC */
/*
 * The rule registry: what states remember of the rules that made them.
 *
 * A row is a rule (its 64-bit id and canonical text), or a set of rules: the
 * filter rule, the match rules and the translation rule that made a state
 * together, so that one 32-bit handle counts for all of them.  Rows lie in the
 * arena and live until the last state is gone and no program refers to them.
 *
 * Rules are entered by control, one thread at a time; sets by workers.  Both
 * take a short lock, for which workers only try.  Counters are per worker and
 * summed when read, and so is the number of live states; but a rule with `max`
 * has one exact word for it.
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/arena.h"

#define ROW_NONE ARENA_NONE
#define ROW_MEMBERS 20	 /* rules of one set */
#define ROW_TIMEOUTS 20	 /* timeouts in one row; the others in a second */
#define ROW_TEXT 80	 /* bytes of text in one row; more in further rows */
#define ROW_TEXT_MAX 16384

enum row_kind {
	ROW_FREE = 0,
	ROW_RULE,
	ROW_SET,
	ROW_MORE, /* text or timeouts of another row */
};

struct row {
	uint64_t id;	     /* rule id; set: hash of its members */
	uint32_t kind;	     /* enum row_kind */
	uint32_t limited;    /* live states, exact, if it has a limit */
	uint32_t programs;   /* programs that refer to it */
	uint32_t max_states; /* 0: no limit */
	uint32_t next;	     /* chain of the index, or free list */
	uint32_t more;	     /* further text, ROW_NONE ends */
	uint32_t timeouts;   /* row of own timeouts, or ROW_NONE */
	uint32_t n;	     /* bytes of text in all; members of the set */
	uint32_t mark;	     /* somebody needs it since the last collection */
	uint32_t spare;
	union {
		char text[ROW_TEXT];
		uint32_t member[ROW_MEMBERS];
		uint32_t timeout[ROW_TIMEOUTS]; /* s; 0: the global one */
	};
};

_Static_assert(sizeof(struct row) == 128, "a row is two cache lines");

struct row_count {
	uint64_t evaluations;
	uint64_t packets[2], bytes[2]; /* [dir] */
	uint64_t created, ended;       /* states */
	uint64_t spare;
};

_Static_assert(sizeof(struct row_count) == 64, "one cache line");

/*
 * registry_add() - The row of a rule, made if it is not there
 * @id: rule id
 * @text: canonical text; rows of equal ids are told apart by it
 *
 * The row is held for one program; registry_unref() when that is gone.
 * Return: 0, -ENOSPC (registry full), -EINVAL (text too long).
 */
int registry_add(struct arena *, uint64_t id, const char *text, uint32_t *row);

/* registry_find() - A rule's row, or ROW_NONE. */
uint32_t registry_find(const struct arena *, uint64_t id, const char *text);

/* registry_unref() - One of the programs that held it is gone. */
void registry_unref(struct arena *, uint32_t row);

/*
 * registry_set() - The row for several rules together
 * @member: rows of rules, the deciding rule first; order counts
 * @n: 1 to ROW_MEMBERS; one member is its own set
 *
 * Any thread, any time; the members must be held by a program in force.
 * Return: 0, -ENOSPC, -EAGAIN (the lock stayed taken).
 */
int registry_set(struct arena *, const uint32_t *member, unsigned n,
    uint32_t *row);

/*
 * registry_keep() - A row that a state has held so far is about to get another
 *
 * The next collection spares it, even if it has no state at that moment.  Any
 * thread, any time, while a state holds the row.
 */
void registry_keep(struct arena *, uint32_t row);

/*
 * registry_collect() - Free rows that nothing refers to any more
 *
 * By control, once no worker can use an older program than the one in force,
 * and between two calls every worker must have passed a quiescent point: what
 * registry_set() or registry_keep() marked is freed by the second call.
 * Return: rows freed.
 */
unsigned registry_collect(struct arena *);

/* registry_kind() - enum row_kind; ROW_FREE for no row. */
unsigned registry_kind(const struct arena *, uint32_t row);
uint64_t registry_id(const struct arena *, uint32_t row);

/* registry_members() - Rules of a row, itself if it is a rule. Return: n. */
unsigned registry_members(const struct arena *, uint32_t row,
    uint32_t member[ROW_MEMBERS]);

/* registry_text() - Copy a rule's text; a set has its first rule's.
 * Return: length of the whole text, as snprintf(3) does. */
size_t registry_text(const struct arena *, uint32_t row, char *buf, size_t);

/* registry_set_max() - `max` of a rule: live states at most, 0: no limit. */
void registry_set_max(struct arena *, uint32_t row, uint32_t max);

/*
 * registry_set_timeouts() - Own timeouts of a rule
 * @timeout: TM_MAX (words.h) values in seconds, 0: the global one
 * Return: 0, -ENOSPC.
 */
int registry_set_timeouts(struct arena *, uint32_t row,
    const uint32_t *timeout, unsigned n);

/* registry_timeout() - Own timeout @what of a row's deciding rule, or 0. */
uint32_t registry_timeout(const struct arena *, uint32_t row, unsigned what);

/*
 * registry_begin() - Count a new state for all rules of a row
 * Return: 0, -ENOSPC: a rule has as many as its `max` allows.
 */
int registry_begin(struct arena *, unsigned worker, uint32_t row);

/* registry_end() - A state of this row is gone; its traffic by direction. */
void registry_end(struct arena *, unsigned worker, uint32_t row,
    const uint64_t packets[2], const uint64_t bytes[2]);

/* registry_abort() - Undo registry_begin() of a state that was not made. */
void registry_abort(struct arena *, unsigned worker, uint32_t row);

/* registry_counts() - A worker's counters, by row: it alone writes them. */
struct row_count *registry_counts(struct arena *, unsigned worker);

/* registry_packet() - Count a packet at a rule, without state. */
void registry_packet(struct arena *, unsigned worker, uint32_t row,
    unsigned dir, uint32_t bytes);

/*
 * registry_states() - Live states of a row, while others begin and end
 *
 * Never less than there were at one moment of the call; 0 says that there was
 * none, and what its last one has left behind can be seen.
 */
uint32_t registry_states(const struct arena *, uint32_t row);

/* registry_sum() - Counters over all workers since registry_clear(). */
void registry_sum(const struct arena *, uint32_t row, struct row_count *);

/* registry_clear() - Counters of all rows start at zero again; control. */
void registry_clear(struct arena *);

/* registry_rebuild() - Index, free list and counts of live states anew, from
 * records that live; statetab_rebuild() only.  Programs' holds are gone. */
void registry_rebuild(struct arena *);

#endif
