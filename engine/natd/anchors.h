/* SPDX-License-Identifier: ISC */
/*
 * Anchors that were loaded from outside: their texts, by path.
 *
 * They outlive the main ruleset: every load of it puts them into its anchors
 * again.  Changed by control, only while no load is being prepared, so that a
 * load's thread may read them.
 */
#ifndef ENGINE_NATD_ANCHORS_H
#define ENGINE_NATD_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>

struct anchors;
struct ruleset;

struct anchor_text {
	char *path;
	char *text;		/* canonical; "" or blank: nothing in it */
	size_t len;
	struct anchor_text *next;	/* in order of path */
};

struct anchors *anchors_new(void);
void anchors_free(struct anchors *);

struct anchor_text *anchor_text_new(const char *path, const char *text,
    size_t len);
void anchor_text_free(struct anchor_text *);

/* anchors_first() - Walk them by `next'. */
const struct anchor_text *anchors_first(const struct anchors *);
const struct anchor_text *anchors_find(const struct anchors *,
    const char *path);

/*
 * anchors_commit() - This text is in force now; NULL: none was loaded
 * @rs: whose own contents of anchors replaced those from outside, or NULL
 */
void anchors_commit(struct anchors *, struct anchor_text *,
    const struct ruleset *rs);

/* anchors_given() - Does a ruleset give the contents of this anchor? */
bool anchors_given(const struct ruleset *, const char *path);

#endif
