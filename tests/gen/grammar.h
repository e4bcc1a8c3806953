/* SPDX-License-Identifier: ISC */
/*
 * Rulesets made at random from productions of the whole language.
 */
#ifndef TESTS_GEN_GRAMMAR_H
#define TESTS_GEN_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grammar {
	uint64_t *rng;		/* never 0 */
	char *buf;
	size_t size;
	size_t n;		/* bytes of text */
};

/* grammar_make() - A text; false if it does not fit, or nests too deep. */
bool grammar_make(struct grammar *, const char *start);

/* grammar_rnd() - A number below @n. */
uint32_t grammar_rnd(uint64_t *state, uint32_t n);

#endif
