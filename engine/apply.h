/* SPDX-License-Identifier: ISC */
/*
 * A packet of an established state on the fast way: no rule is asked, and
 * nothing but its state decides.
 */
#ifndef ENGINE_APPLY_H
#define ENGINE_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/fast/track.h"

struct pdesc;
struct worker;

/*
 * apply_state() - Judge, count and translate a packet by its line
 *
 * Return: 0: it passes, its fate is set; WALK_AGAIN: nothing is decided, the
 * packet has to walk; else the reason why it is dropped.
 */
int apply_state(struct worker *, struct pdesc *, uint32_t lref);

/*
 * apply_judge(), apply_translate() - Its parts: the tracker's judgement, which
 * counts the packet for the line if it passes; the line's rewrite.
 */
enum track apply_judge(const struct worker *, const struct pdesc *,
    uint32_t lref);
void apply_translate(const struct worker *, struct pdesc *, uint32_t lref);

#endif
