/* SPDX-License-Identifier: ISC */
/*
 * Rulesets made at random from productions of the whole language.
 */
#ifndef TESTS_GEN_GRAMMAR_H
#define TESTS_GEN_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAMMAR_TRAIL_MAX = 4096 };

struct grammar {
	uint64_t *rng;		/* never 0 */
	char *buf;
	size_t size;
	size_t n;		/* bytes of text */

	/* the alternatives that made the text */
	uint16_t trail[GRAMMAR_TRAIL_MAX];
	size_t ntrail;
};

/* grammar_make() - A text; false if it does not fit, or nests too deep. */
bool grammar_make(struct grammar *, const char *start);

/* grammar_taken() - The last text was accepted, and so all it is made of. */
void grammar_taken(const struct grammar *);

/*
 * grammar_lacks() - Go through the alternatives of which no text was accepted
 * @i: where to begin, 0 at first; set to where to go on
 *
 * Return: the alternative, NULL behind the last.
 */
const char *grammar_lacks(size_t *i);

/* grammar_has_word() - Does a production name this word of the language? */
bool grammar_has_word(const char *word);

/* grammar_rnd() - A number below @n. */
uint32_t grammar_rnd(uint64_t *state, uint32_t n);

#endif
