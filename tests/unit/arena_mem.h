/* SPDX-License-Identifier: ISC */
/*
 * Memory for arenas in tests: sparse, zeroed, gone after the test.
 */
#ifndef TESTS_UNIT_ARENA_MEM_H
#define TESTS_UNIT_ARENA_MEM_H

#include <sys/mman.h>

#include <check.h>
#include <stdlib.h>

#include "engine/arena.h"

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

/* xorshift64*: the tests' own numbers, repeatable by their seed. */
static inline uint64_t
test_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(0x2545f4914f6cdd1d);
}

/* A seed from the environment (TEST_SEED), or @fallback. */
static inline uint64_t
test_seed(uint64_t fallback)
{
	const char *s = getenv("TEST_SEED");

	return s != NULL ? strtoull(s, NULL, 0) : fallback;
}

#endif
