/* SPDX-License-Identifier: ISC */
/*
 * What the files of the states' memory share: memory.c maps it and makes an
 * arena, memory_file.c takes one over.
 */
#ifndef ENGINE_NATD_MEMORY_IMPL_H
#define ENGINE_NATD_MEMORY_IMPL_H

#include "engine/arena.h"
#include "engine/natd/memory.h"

#define BLOCK 512		/* unit of st_blocks, stat(2) */
#define RESERVE_MIN (1u << 22)	/* records; some 1.3 GB of address space */

struct memory {
	struct arena *arena;
	uint32_t record_max;
	int fd;
	void *mem;
	size_t size;
	bool huge;		/* pages of the pool */
	uint64_t now;		/* when it was made, ms */
	struct memory_past past;
};

/* memory_map() - Map @size bytes of m->fd, which become the file's size. */
int memory_map(struct memory *, size_t size, bool huge);
void memory_unmap(struct memory *);

/*
 * memory_file() - An arena in a file: the one that is there, or a new one
 * Return: as memory_new(); past.why says what is wrong.
 */
int memory_file(struct memory *, const char *path, struct arena_config *);

#endif
