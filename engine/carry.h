/* SPDX-License-Identifier: ISC */
/*
 * What goes with a packet from its in half to its out half, where the kernel
 * routes.
 *
 * A tag is to be known when the packet leaves.  The state that has led it in
 * knows it, and is found by what would come back: that packet comes in where
 * this one leaves, and leaves where this one came in.  So states need nothing
 * on the packet, and nothing on their fast way.
 *
 *	in half		state	(client:9 > server:53, in)  -- tag
 *				(server:53 > client:9, out) --'
 *	out half	asks	 client:9 > server:53, reversed, out
 *
 * Only a packet that passes in without a state brings its tag itself, on a
 * mark of natd's (MARK_TAG, engine/io/mark.h), if any rule with out asks.  A
 * rule's own mark would take that place: a rule that says both is refused
 * (rules/compile_tags.c), what gets both by several rules is dropped.  What
 * is led another way (MARK_WAY) has a state in one of its halves.
 *
 * Where natd routes, both halves are walked together and none of this is
 * needed.
 */
#ifndef ENGINE_CARRY_H
#define ENGINE_CARRY_H

struct half;
struct pdesc;
struct worker;

/*
 * carry_in() - The in half lets a packet go on: put its tag on it if its
 * state will not tell
 *
 * Return: 0, or the reason to drop it: a rule's mark is in the tag's place.
 */
int carry_in(const struct worker *, struct pdesc *, const struct half *);

/* carry_out() - Set the tag that rules of the out half will see. */
void carry_out(struct worker *, struct pdesc *);

#endif
