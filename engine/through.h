/* SPDX-License-Identifier: ISC */
/*
 * Both halves of a forwarded packet at once, where the kernel routes.
 */
#ifndef ENGINE_THROUGH_H
#define ENGINE_THROUGH_H

#include <stdint.h>

struct pdesc;
struct worker;

/*
 * through_try() - Decide the out half of a packet that has just come in
 * @lref: its in half's line, which has judged and translated it
 *
 * If the out half has a state and nothing forbids it, both are done: the
 * packet's `decided' and out_if are set.  Else nothing has changed but that it
 * is told whether one like it has left (`leaves'), and the out half is asked
 * about when the packet leaves.
 */
void through_try(struct worker *, struct pdesc *, uint32_t lref);

/* through_learn() - A packet leaves by its out half's line: remember where. */
void through_learn(struct worker *, const struct pdesc *, uint32_t lref);

/*
 * through_again() - A packet that was decided leaves by another interface
 * Return: 0 (it passes as it is), or the reason why it is dropped.
 */
int through_again(struct worker *, struct pdesc *);

#endif
