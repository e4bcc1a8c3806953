/* SPDX-License-Identifier: ISC */
/*
 * States after a change of interfaces, addresses or routes.
 *
 * States bound to an interface that is gone end, and so do those that
 * borrowed an own address which is gone.  Where the way out of a forwarded
 * connection has changed, its next packet has the out half decided anew
 * (COLD_REROUTE); where only the way back has, the record is put right.
 *
 * Every worker goes through the records of its own wheel, in slices, when it
 * sees that struct inforce has another `ifchange'.
 */
#ifndef ENGINE_IFCHANGE_H
#define ENGINE_IFCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

struct arena;
struct engine;
struct ifset;
struct inforce;
struct worker;

/* Own addresses that are ours no longer. */
struct gone {
	uint32_t n;
	struct {
		uint8_t af;
		struct addr addr;
	} a[];
};

/*
 * ifchange_gone() - What is in the old snapshot and not in the new one
 * @also: what workers may not have dealt with yet, or NULL
 *
 * Return: a list to be freed by free(3), NULL: no memory.
 */
struct gone *ifchange_gone(const struct ifset *old, const struct ifset *now,
    const struct gone *also);

/*
 * ifchange_left() - The own addresses of the process that left the arena
 * ifchange_leave() - Remember those of now, and those that states may still
 *	have although they are gone
 *
 * ifchange_left(): as ifchange_gone().
 */
struct gone *ifchange_left(const struct arena *);
void ifchange_leave(struct arena *, const struct ifset *,
    const struct gone *);

/*
 * ifchange_review() - Put one record right, if it is in this worker's wheel
 * It may be done again: what is right already stays as it is.
 *
 * Return: false: another thread stayed in one of its lines, so that it has to
 * be done again.
 */
bool ifchange_review(struct worker *, uint32_t index);

#endif
