/* SPDX-License-Identifier: ISC */
/*
 * What the files of the states' memory share: memory.c maps it and makes an
 * arena, memory_file.c takes one over, memory_had.c has its pages before they
 * are needed.
 */
#ifndef ENGINE_NATD_MEMORY_IMPL_H
#define ENGINE_NATD_MEMORY_IMPL_H

#include <pthread.h>

#include "engine/arena.h"
#include "engine/natd/memory.h"

#define BLOCK 512		/* unit of st_blocks, stat(2) */
#define RESERVE_MIN (1u << 22)	/* records; some 1.3 GB of address space */

struct memory {
	struct arena *arena;
	uint32_t record_max;
	uint32_t limit;		/* at its start */
	int fd;
	void *mem;
	size_t size;
	bool huge;		/* pages of the pool */
	uint64_t now;		/* when it was made, ms */
	struct memory_past past;
	char *path;		/* the file; NULL: a memfd */
	/* pages that are there (memory_had.c), under the lock */
	pthread_mutex_t lock;
	struct arena_config shape; /* sizes, without the secret */
	uint32_t had[ARENA_KINDS];
	bool said;		/* ... that some were refused */
	bool lacks;		/* ... and they still are */
	uint64_t told;		/* ms, when one of both was said */
	pthread_t provider;
	int wake;		/* eventfd */
	bool runs, stop;
};

/* memory_map() - Map @size bytes of m->fd, which become the file's size. */
int memory_map(struct memory *, size_t size, bool huge);
void memory_unmap(struct memory *);

/*
 * memory_make() - An arena in m->fd, with pages for @used of each kind
 * What it is made of stays when it fails.
 */
int memory_make(struct memory *, const struct arena_config *, bool huge,
    const uint32_t used[ARENA_KINDS]);

/*
 * memory_begin() - Have what is used, and some ahead of it
 *
 * Before anything in the memory is read, as that takes pages as well; m->shape
 * says what it is to hold.  Return: 0, or negative errno: not even what is used
 * can be had.
 */
int memory_begin(struct memory *, const uint32_t used[ARENA_KINDS]);

/* memory_known() - Let the arena, which is there now, know of that. */
void memory_known(struct memory *);

/* memory_stop() - End the thread of memory_start(). */
void memory_stop(struct memory *);

/*
 * memory_file() - An arena in a file: the one that is there, or a new one
 * Return: as memory_new(); past.why says what is wrong.
 */
int memory_file(struct memory *, const char *path, struct arena_config *);

#endif
