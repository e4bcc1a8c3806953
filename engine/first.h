/* SPDX-License-Identifier: ISC */
/*
 * First packets: the states that a walk asks for.
 */
#ifndef ENGINE_FIRST_H
#define ENGINE_FIRST_H

#include "engine/pdesc.h"

struct walk;
struct worker;

/*
 * first_states() - Make the states of a walk's new halves
 *
 * Both halves of a forwarded connection become one record, unless both have
 * changed the same address; any other half becomes a record of its own.  When
 * the table is full a half-open record makes room; one that is established
 * never does.
 *
 * Return: 0; WALK_AGAIN (a key is taken meanwhile); REASON_MAXSTATES (a rule's
 * limit), REASON_MEMORY (table full).
 */
int first_states(struct worker *, struct pdesc *, struct walk *);

#endif
