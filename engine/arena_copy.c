/* SPDX-License-Identifier: ISC */
/*
 * One arena's contents in another, of other sizes.
 *
 * Indexes stay what they are; free lists, buckets and the index of rows are
 * made anew by statetab_rebuild().
 */
#include <errno.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/registry.h"

static bool
fits(const struct arena_header *to, const struct arena_header *from)
{
	return to->fast.record_max >= from->record_pool.top &&
	    to->ext_max >= from->ext_pool.top &&
	    to->row_max >= from->row_pool.top &&
	    to->worker_max >= from->worker_max;
}

/* Counters lie in sets of as many as there are rows; the last is the base. */
static void
copy_counts(struct arena *to, const struct arena *from)
{
	const struct arena_header *t = to->header, *f = from->header;
	uint32_t set, at;

	for (set = 0; set <= f->worker_max; set++) {
		at = set < f->worker_max ? set : t->worker_max;
		memcpy(&to->counts[(size_t)at * t->row_max],
		    &from->counts[(size_t)set * f->row_max],
		    f->row_pool.top * sizeof(*to->counts));
	}
}

/* Their numbers have no gaps, and beyond them there may be no memory. */
static void
copy_tags(struct arena *to, const struct arena *from)
{
	uint32_t nr;

	for (nr = 1; nr < ARENA_TAGS && from->tags[nr][0] != '\0'; nr++)
		memcpy(to->tags[nr], from->tags[nr], ARENA_TAGLEN);
}

int
arena_copy(struct arena *to, const struct arena *from)
{
	struct arena_header *t = to->header;
	const struct arena_header *f = from->header;

	if (!fits(t, f))
		return -EINVAL;
	t->record_pool.top = f->record_pool.top;
	t->ext_pool.top = f->ext_pool.top;
	t->row_pool.top = f->row_pool.top;
	t->unwatched = f->unwatched;
	t->looked = f->looked;
	memcpy(to->fast.lines, from->fast.lines,
	    (size_t)f->record_pool.top * 2 * sizeof(struct line));
	memcpy(to->fast.colds, from->fast.colds,
	    (size_t)f->record_pool.top * sizeof(struct cold));
	memcpy(to->fast.exts, from->fast.exts,
	    (size_t)f->ext_pool.top * sizeof(struct ext));
	memcpy(to->rows, from->rows,
	    (size_t)f->row_pool.top * sizeof(struct row));
	memcpy(to->ifaces, from->ifaces, f->size[REGION_IFACES]);
	copy_tags(to, from);
	memcpy(to->own, from->own, f->size[REGION_OWN]);
	copy_counts(to, from);
	return 0;
}
