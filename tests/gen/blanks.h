/* SPDX-License-Identifier: ISC */
/*
 * The same ruleset with other blanks.
 */
#ifndef TESTS_GEN_BLANKS_H
#define TESTS_GEN_BLANKS_H

#include <stddef.h>
#include <stdint.h>

/*
 * blanks_mix() - Copy @text to @out with other blanks between its words
 *
 * Tabs, form feeds, continued lines, carriage returns before newlines, blanks
 * beside brackets and commas, comments behind statements: nothing of it
 * changes what a text means.  What does not fit into @size is left as it is.
 */
void blanks_mix(uint64_t *rng, const char *text, char *out, size_t size);

#endif
