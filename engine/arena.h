/* SPDX-License-Identifier: ISC */
/*
 * The state arena: one block of the caller's memory, without a pointer
 * inside, that holds every state, the table that finds them, and the rows of
 * the rules that made them.
 *
 * Regions are laid out for a maximum; only touched pages cost, so a memfd or
 * an anonymous mapping can reserve for many millions of records.  The memory
 * must read as zeros at first and be aligned to a cache line.  It may outlive
 * the process: arena_open() takes it over, and statetab_rebuild() then repairs
 * what a killed process left half done.
 *
 * `struct arena` is this process's handle: addresses of the regions, nothing
 * else.  All threads share it.  Each worker has an arena_cache of its own:
 * free indexes at hand, and freed ones that rest.  An index that was freed is
 * not handed out again for ARENA_REST milliseconds, so that whoever still
 * holds a reference to it finds the old key or a dead line, never another
 * record.  Nothing here allocates, blocks or asks the system; the shared lists
 * have a short lock each, and are touched once per ARENA_BATCH indexes.
 *
 * Limits count states as pf does: a forwarded connection is two.
 */
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"
#include "engine/fast/access.h"

#define ARENA_RECORDS_MAX (1u << 28)
#define ARENA_WORKERS_MAX 32
#define ARENA_REST 1000	  /* ms */
#define ARENA_BATCH 32
#define ARENA_LOAD 5	  /* entries per bucket on average */
#define ARENA_BUCKETS_MIN 16
#define ARENA_IFACES 1024 /* interfaces, with 0 that is none */
#define ARENA_NAMELEN 16
#define ARENA_TAGS 65536
#define ARENA_TAGLEN 64
#define ARENA_OWN 4096 /* own addresses that are remembered */

struct arena_config {
	uint32_t record_max;  /* records reserved */
	uint32_t ext_max;     /* extension records; 0: as many as records */
	uint32_t row_max;     /* registry rows; 0: 65536 */
	uint32_t worker_max;  /* sets of row counters; 0: ARENA_WORKERS_MAX */
	uint32_t limit;	      /* states at most; can change later */
	uint64_t hash_key[2]; /* secret, random, new with every arena */
	uint8_t boot_id[16];  /* what `last` of lines is relative to */
};

/* A pool of indexes: a stack of free ones, and those never used. */
struct arena_pool {
	uint32_t lock; /* sequence word (fast/atomic.h) */
	uint32_t head; /* ARENA_NONE: empty */
	uint32_t top;  /* indexes from here on were never used */
	uint32_t max;
	uint32_t have; /* there is memory for so many, see arena_set_had() */
	uint32_t ask;  /* who takes this one, or one behind it, asks for more */
};

enum arena_region {
	REGION_HEADER,
	REGION_BUCKETS, /* and overflow buckets */
	REGION_LINES,
	REGION_COLD,
	REGION_EXT,
	REGION_ROWS,
	REGION_ROWHEADS,
	REGION_COUNTS,
	REGION_IFACES, /* names, by number */
	REGION_TAGS,   /* the same */
	REGION_OWN,
	REGION_MAX
};

struct arena_header {
	struct fast_head fast; /* first: a BPF program sees only this */
	char magic[8];
	uint32_t layout;
	uint32_t ext_max, row_max, worker_max, overflow_max;
	uint32_t rowheads; /* power of two; arena_init() fills ARENA_NONE */
	uint8_t boot_id[16];
	uint64_t offset[REGION_MAX], size[REGION_MAX];

	_Alignas(64) struct arena_pool record_pool;
	_Alignas(64) struct arena_pool ext_pool;
	_Alignas(64) struct arena_pool overflow_pool;
	_Alignas(64) struct arena_pool row_pool; /* under row_lock */
	uint32_t row_lock;
	_Alignas(64) uint32_t states; /* live, as pf counts */
	uint32_t limit;
	uint32_t records; /* in the table */
	uint32_t bucket_have; /* as arena_pool.have */
	_Alignas(64) uint32_t growing;
	uint32_t unwatched; /* packets may pass while no process looks */
	uint64_t splits;
	uint64_t looked; /* ms; 0: nobody has said */
	_Alignas(64) uint32_t asked; /* enum arena_asked */
};

/* Is more memory wanted? */
enum arena_asked {
	ASKED_NOT = 0,
	ASKED,	   /* a pool is half through what it was given */
	ASKED_TOLD /* ... and whoever provides it has been told */
};

/*
 * Memory may be had in pieces, for so many of each of these.  A piece for
 * records has their lines, their cold halves, and buckets for them.
 */
enum arena_kind {
	ARENA_FIXED, /* one: what must always be there */
	ARENA_RECORDS,
	ARENA_EXTS,
	ARENA_ROWS,
	ARENA_TAGNAMES,
	ARENA_KINDS
};

/*
 * Own addresses that states may have borrowed.  What another process finds
 * there and does not have any more is gone (ifchange.h).
 */
struct arena_own {
	uint32_t n; /* 0 while the list is written */
	struct {
		uint8_t af;
		struct addr addr;
	} a[ARENA_OWN];
};

struct arena {
	struct fast fast;
	struct arena_header *header;
	struct row *rows;	 /* registry.h */
	uint32_t *rowheads;
	struct row_count *counts; /* [worker][row]; the last set: base */
	/* control's: names by number, which states carry; own addresses */
	char (*ifaces)[ARENA_NAMELEN]; /* [ARENA_IFACES] */
	char (*tags)[ARENA_TAGLEN];    /* [ARENA_TAGS] */
	struct arena_own *own;
	void (*wait)(void); /* arena_set_wait(); NULL: go on trying */
};

/* Records by index; arena_line() by reference, index * 2 + side. */
static inline struct line *
arena_line(const struct arena *a, uint32_t lref)
{
	return line_at(&a->fast, lref);
}

static inline struct cold *
arena_cold(const struct arena *a, uint32_t index)
{
	return cold_at(&a->fast, index);
}

static inline struct ext *
arena_ext(const struct arena *a, uint32_t i)
{
	return ext_at(&a->fast, i);
}

/* Indexes that one worker holds; zero it with arena_cache_init(). */
struct index_cache {
	uint32_t n;
	uint32_t index[2 * ARENA_BATCH];
	uint32_t rest_head, rest_tail; /* freed ones, oldest first */
	uint32_t resting;
};

struct arena_cache {
	struct index_cache records, exts;
};

/*
 * arena_plan() - Where the regions will lie, from the beginning of the memory
 *
 * For memory that is put together: each region begins at a page of its own.
 * Return: as arena_size().
 */
size_t arena_plan(const struct arena_config *, uint64_t offset[REGION_MAX],
    uint64_t size[REGION_MAX]);

/* arena_layout() - A number of what lies in the memory, and how. */
uint32_t arena_layout(void);

/* arena_size() - Bytes of address space for this configuration; 0: too big. */
size_t arena_size(const struct arena_config *);

/*
 * arena_pieces() - The memory of those from @from up to @to
 * @fn: is called for each piece, bytes from the beginning of the memory; what
 * it returns other than 0 ends the walk
 *
 * Return: 0, or what @fn returned.
 */
int arena_pieces(const struct arena_config *, enum arena_kind, uint32_t from,
    uint32_t to, int (*fn)(void *arg, uint64_t at, uint64_t len), void *arg);

/*
 * arena_set_had() - There is memory for so many
 * @have: no index from here on is handed out, and nothing of them is touched;
 * not less than were ever used, nor less than before while workers run
 * @ask: where arena_asks() is to begin; ARENA_NONE: never
 *
 * An arena that was made or opened takes all its memory to be there until this
 * is called, which is for memory that may be refused: a page of a file that
 * cannot be had when it is touched ends the process.  Of records, exts and
 * rows; whoever writes names of tags looks after them.  What is new in memory
 * may hold anything: buckets are cleared here.
 */
void arena_set_had(struct arena *, enum arena_kind, uint32_t have,
    uint32_t ask);

/* arena_used() - Every one of this kind that was ever used is below this. */
uint32_t arena_used(const struct arena *, enum arena_kind);

/*
 * arena_asks() - Is it for the caller to tell that more memory is wanted?
 * Of all threads that look, one is told so, until arena_answer() is called,
 * which comes before a look at arena_used().
 */
static inline bool
arena_asks(struct arena *a)
{
	return load_relaxed(&a->header->asked) == ASKED &&
	    cas32(&a->header->asked, ASKED, ASKED_TOLD);
}

static inline void
arena_answer(struct arena *a)
{
	__atomic_store_n(&a->header->asked, ASKED_NOT, __ATOMIC_SEQ_CST);
}

/*
 * arena_init() - Make an arena in zeroed memory
 * @mem: aligned to 64 bytes, at least arena_size() long; the caller's, and
 * must stay until arena_close()
 *
 * Return: 0, -EINVAL (sizes, alignment), -ENOMEM (for the handle).
 */
int arena_init(void *mem, size_t size, const struct arena_config *,
    struct arena **);

/*
 * arena_open() - Take over memory that holds an arena
 *
 * Checks magic, layout number and that every region lies inside.  Whoever
 * used it before must be gone; call statetab_rebuild() before any packet.
 *
 * Return: 0, -EINVAL (no arena, or not of this layout), -ENOMEM.
 */
int arena_open(void *mem, size_t size, struct arena **);

/*
 * arena_copy() - What another arena holds, into a larger one just made
 *
 * For an arena that is too small for what is asked of it now.  Nobody else may
 * use either; statetab_rebuild() comes next.  Return: 0, or -EINVAL: it does
 * not fit.
 */
int arena_copy(struct arena *to, const struct arena *from);

/* arena_close() - Forget the handle; the memory is the caller's. */
void arena_close(struct arena *);

/*
 * arena_set_wait() - What to do when somebody stays inside a lock
 * @wait: lets others have the processor for a moment; may be called by every
 * thread that uses the arena
 *
 * Locks are held for less than a microsecond, unless the holder has lost its
 * processor.  If that is to a waiter of a higher priority, going on trying
 * would never end.
 */
void arena_set_wait(struct arena *, void (*wait)(void));

/* arena_wait() - Call that, after some tries in vain */
void arena_wait(const struct arena *);

void arena_cache_init(struct arena_cache *);

/* arena_cache_drain() - Give all of a worker's indexes back at its end. */
void arena_cache_drain(struct arena *, struct arena_cache *);

/*
 * arena_take() - An unused record
 * @weight: states it will count as, 1 or 2
 * @now: milliseconds
 *
 * Lines and cold record hold what was there before.  Return: 0, -ENOSPC (the
 * limit is reached), -ENOMEM (no index: all in use or resting).
 */
int arena_take(struct arena *, struct arena_cache *, unsigned weight,
    uint64_t now, uint32_t *index);

/*
 * arena_expect() - Up to @n records are about to be taken
 *
 * Has their indexes ready, and puts twice as many rested ones back into
 * circulation, so that arena_prefetch() knows which they will be.
 */
void arena_expect(struct arena *, struct arena_cache *, unsigned n,
    uint64_t now);

/*
 * arena_prefetch() - Fetch the memory of the record that arena_take() will
 * hand out after @nth others; a hint
 */
void arena_prefetch(const struct arena *, const struct arena_cache *,
    unsigned nth);

/*
 * arena_give() - A record that is in use no more, out of table and wheel
 * @weight: what arena_take() counted; 0 if that was given back before
 */
void arena_give(struct arena *, struct arena_cache *, unsigned weight,
    uint64_t now, uint32_t index);

/* arena_uncount() - Give only the count back; the index follows later. */
void arena_uncount(struct arena *, unsigned weight);

/*
 * arena_take_ext() - An extension record, zeroed, references ARENA_NONE
 * Return: 0 or -ENOMEM.
 */
int arena_take_ext(struct arena *, struct arena_cache *, uint64_t now,
    uint32_t *index);
void arena_give_ext(struct arena *, struct arena_cache *, uint64_t now,
    uint32_t index);

/*
 * arena_cache_tick() - Put rested indexes back into circulation
 * For idle workers; taking and giving do it by the way.  Bounded.
 */
void arena_cache_tick(struct arena *, struct arena_cache *, uint64_t now);

/* An overflow bucket's number, or ARENA_NONE; and back. */
uint32_t arena_take_overflow(struct arena *);
void arena_give_overflow(struct arena *, uint32_t);

/* arena_rebuild_pools() - Make every index free; statetab_rebuild() only. */
void arena_rebuild_pools(struct arena *, const uint8_t *ext_used);

void arena_set_limit(struct arena *, uint32_t states);
uint32_t arena_limit(const struct arena *);
uint32_t arena_states(const struct arena *);

/*
 * arena_set_unwatched() - Will packets pass when this process is gone?
 * Then numbers of TCP move on unseen, and whoever takes the arena over has to
 * pick them up anew (statetab_rebuild()).
 */
void arena_set_unwatched(struct arena *, bool);
bool arena_unwatched(const struct arena *);

/*
 * arena_set_looked() - Somebody looks after the states at @now
 * arena_over() - Is that so long ago that none can be alive?
 * @most: milliseconds that a state can live without a packet, at most
 *
 * Lines have the low half of a time only, and after 49 days an old one looks
 * like a new one: who takes an arena over asks here first, then may forget
 * all with arena_forget().  To be said once a minute or so.
 */
void arena_set_looked(struct arena *, uint64_t now);
bool arena_over(const struct arena *, uint64_t now, uint64_t most);

/* arena_forget() - No record was ever used; statetab_rebuild() comes next. */
void arena_forget(struct arena *);

/* arena_top() - Every record that was ever used has an index below this. */
uint32_t arena_top(const struct arena *);

#endif
