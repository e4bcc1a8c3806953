/* SPDX-License-Identifier: ISC */
/*
 * Memory for arenas in tests: sparse, zeroed, gone after the test.
 */
#ifndef TESTS_UNIT_ARENA_MEM_H
#define TESTS_UNIT_ARENA_MEM_H

#include <sys/mman.h>

#include <check.h>

#include "engine/arena.h"
#include "tests/rnd.h"

struct arena_mem {
	void *mem;
	size_t size;
	struct arena *arena;
};

static inline void
arena_mem_new(struct arena_mem *m, const struct arena_config *c)
{
	m->size = arena_size(c);
	ck_assert_uint_ne(m->size, 0);
	m->mem = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert(m->mem != MAP_FAILED);
	ck_assert_int_eq(arena_init(m->mem, m->size, c, &m->arena), 0);
}

static inline void
arena_mem_free(struct arena_mem *m)
{
	arena_close(m->arena);
	munmap(m->mem, m->size);
}

#endif
