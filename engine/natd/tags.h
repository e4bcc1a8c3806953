/* SPDX-License-Identifier: ISC */
/*
 * Numbers of tags: a name keeps its number as long as there are
 * states of natd's, because packets and states carry the number.  Any thread.
 */
#ifndef ENGINE_NATD_TAGS_H
#define ENGINE_NATD_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"

#define TAGS_MAX (ARENA_TAGS - 1)

struct tags;

/*
 * tags_new() - Numbers of an earlier process go on
 * @names: [ARENA_TAGS] names by number, which states outlive; zeros if there
 * were none
 * @room: is there memory for the names below @n?
 */
struct tags *tags_new(char (*names)[ARENA_TAGLEN],
    bool (*room)(void *arg, uint32_t n), void *arg);
void tags_free(struct tags *);

/* tags_number() - From 1; 0: there are too many, or no memory. */
uint16_t tags_number(struct tags *, const char *name);

#endif
