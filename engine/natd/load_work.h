/* SPDX-License-Identifier: ISC */
/*
 * The first half of a load: everything that changes nothing.
 */
#ifndef ENGINE_NATD_LOAD_WORK_H
#define ENGINE_NATD_LOAD_WORK_H

struct anchor_text;
struct load;
struct natd;
struct revision;
struct ruleset;
struct tables;
struct tables_plan;

struct load_work {
	struct tables *tables;
	struct revision *rev;	/* ready for commit */
	struct tables_plan *plan;
	struct anchor_text *anchor; /* the load was for an anchor: its text */
	const struct ruleset *fresh; /* what was not in force before */
};

/*
 * load_prepare() - Parse, check and compile a load
 *
 * Any thread, while no commit happens.  Fills l->work; on an error l->diag,
 * or l->code and l->why.
 *
 * Return: 0 or negative errno.
 */
int load_prepare(struct natd *, struct load *);
void load_work_free(struct load_work *);

/* load_work_lower() - Give this thread a low priority. */
void load_work_lower(void);

#endif
