/* SPDX-License-Identifier: ISC */
/*
 * Numbers of tags: a name keeps its number as long as natd runs, because
 * packets and states carry the number.  Any thread.
 */
#ifndef ENGINE_NATD_TAGS_H
#define ENGINE_NATD_TAGS_H

#include <stdint.h>

#define TAGS_MAX 65535

struct tags;

struct tags *tags_new(void);
void tags_free(struct tags *);

/* tags_number() - From 1; 0: there are too many, or no memory. */
uint16_t tags_number(struct tags *, const char *name);

#endif
