/* SPDX-License-Identifier: ISC */
/*
 * What a classifier is built of: memory for its nodes, the values that a rule
 * asks for, and searches over them.
 *
 * Only classify_build.c and its parts use this, in one thread.  What fails for
 * lack of memory sets the build's error, and its caller may go on until it
 * looks: nothing is built after that.
 */
#ifndef ENGINE_CBUILD_H
#define ENGINE_CBUILD_H

#include <stddef.h>
#include <stdint.h>

#include "engine/classify.h"
#include "engine/cnode.h"

/* A value of any field. */
typedef unsigned __int128 cnum;

/* The values of a field from @lo to @hi. */
struct cival {
	cnum lo, hi;
};

struct cbuild {
	struct program *pg;
	const struct mrule *m;
	uint8_t af;
	uint32_t vector_max, list_max, wide_max;
	char *mem;		/* nodes, zeroed to cap */
	size_t used, cap;
	int error;
};

/* cbuild_take() - Take @bytes.  Return: node units, 0 after an error. */
uint32_t cbuild_take(struct cbuild *, size_t bytes, size_t align);

/* cbuild_at() - Where that is, until more is taken. */
static inline void *
cbuild_at(const struct cbuild *b, uint32_t unit)
{
	return b->mem + (size_t)unit * 8;
}

/* cbuild_head() - The head of a node of rules, in their order. */
void cbuild_head(struct cbuild *, uint32_t node, unsigned kind,
    const uint32_t *rules, uint32_t n);

/* cbuild_max() - The greatest value of a field. */
cnum cbuild_max(const struct cbuild *, unsigned field);

/*
 * cbuild_ival() - What values a rule can match; all of them for what is
 * negated
 */
struct cival cbuild_ival(const struct cbuild *, uint32_t rule, unsigned field);

/* cbuild_num_cmp() - For qsort(3) of cnums. */
int cbuild_num_cmp(const void *, const void *);

/* cbuild_below() - How many of the sorted numbers are below @x. */
uint32_t cbuild_below(const cnum *, uint32_t n, cnum x);

/*
 * cbuild_search() - A search over @n sorted keys, the first 0, with a value
 * for each
 */
struct csearch cbuild_search(struct cbuild *, unsigned field, const cnum *keys,
    const uint32_t *values, uint32_t n);

/*
 * cbuild_vector() - One block of bit vectors, cbuild_vector.c
 *
 * Return: its node, 0 after an error.
 */
uint32_t cbuild_vector(struct cbuild *, const uint32_t *rules, uint32_t n);

#endif
