/* SPDX-License-Identifier: ISC */
/*
 * The states of a natd before this one.
 *
 * What is in the file is used where it lies.  Only if it is too small for the
 * limit or the workers of now, it is copied into a larger one, which takes its
 * name if there is room for both.  A file that another layout or another boot has left is set aside:
 * times and numbers in it mean nothing here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/natd/log.h"
#include "engine/natd/memory_impl.h"
#include "engine/natd/statefile.h"
#include "rules/names.h"

#define LIVE_MAX (TIMEOUT_MAX * UINT64_C(1000)) /* ms without a packet */

/* What becomes of the file as it was found. */
enum verdict { FILE_EMPTY, FILE_FITS, FILE_SMALL, FILE_FOREIGN };

/* Bytes that states take at their limit, each with an extension record. */
static uint64_t
need(const struct arena_config *cfg)
{
	struct arena_config c = *cfg;

	c.record_max = c.ext_max = c.limit;
	c.row_max = 1024;
	return arena_size(&c);
}

/*
 * room() - Is there as much as this file may grow to?
 * @taken: bytes it has already
 *
 * Where there is not, a new file is not begun: all that the limit promises can
 * be had elsewhere.
 */
static int
room(struct memory *m, const struct arena_config *cfg, uint64_t taken)
{
	uint64_t left = statefile_room(m->fd), want = need(cfg);

	if (left >= UINT64_MAX - taken || left + taken >= want)
		return 0;
	snprintf(m->past.why, sizeof(m->past.why), "%llu MB are free there, "
	    "and limit states %u takes up to %llu%s",
	    (unsigned long long)(left >> 20), cfg->limit,
	    (unsigned long long)((want - taken) >> 20),
	    taken != 0 ? " more" : "");
	return -ENOSPC;
}

static uint64_t
taken(const struct memory *m)
{
	struct stat st;

	return fstat(m->fd, &st) == 0 ? (uint64_t)st.st_blocks * BLOCK : 0;
}

bool
memory_room(const struct memory *m, uint32_t limit)
{
	const struct arena_header *h = m->arena->header;
	struct arena_config cfg = { .limit = limit,
		.worker_max = h->worker_max };
	uint64_t left;

	if (!m->past.lasting)
		return true;
	left = statefile_room(m->fd);
	return left == UINT64_MAX || left + taken(m) >= need(&cfg);
}

/* Say why a call failed.  Return: -errno. */
static int
failed(struct memory *m)
{
	int error = -errno;

	snprintf(m->past.why, sizeof(m->past.why), "%s", strerror(-error));
	return error;
}

static int
map(struct memory *m, size_t size)
{
	m->size = size;
	m->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_NORESERVE, m->fd, 0);
	return m->mem != MAP_FAILED ? 0 : failed(m);
}

/* Is what is mapped an arena of this boot? */
static enum verdict
examine(struct memory *m, const struct arena_config *cfg, const char **why)
{
	const struct arena_header *h;

	*why = "it is not of this natd's layout";
	if (arena_open(m->mem, m->size, &m->arena) != 0)
		return FILE_FOREIGN;
	h = m->arena->header;
	*why = "it is of another boot";
	if (memcmp(h->boot_id, cfg->boot_id, sizeof(h->boot_id)) != 0)
		return FILE_FOREIGN;
	return h->fast.record_max >= cfg->limit &&
	    h->worker_max >= cfg->worker_max ? FILE_FITS : FILE_SMALL;
}

/* Names of tags, with the empty one at their end.  Return: how many. */
static uint32_t
tags_used(struct memory *m)
{
	uint32_t nr = 1;

	while (memory_tags(m, nr + 1) && m->arena->tags[nr][0] != '\0')
		nr++;
	return nr + 1;
}

/* Numbers of tags are few, and nobody carries them any more. */
static void
forget_tags(struct memory *m)
{
	uint32_t nr = tags_used(m) - 1;

	while (--nr > 0)
		m->arena->tags[nr][0] = '\0';
}

/* How many of each kind there are; of names, that were looked at. */
static void
in_use(const struct memory *m, uint32_t used[ARENA_KINDS])
{
	used[ARENA_FIXED] = 1;
	used[ARENA_RECORDS] = arena_used(m->arena, ARENA_RECORDS);
	used[ARENA_EXTS] = arena_used(m->arena, ARENA_EXTS);
	used[ARENA_ROWS] = arena_used(m->arena, ARENA_ROWS);
	used[ARENA_TAGNAMES] = m->had[ARENA_TAGNAMES];
}

/*
 * Sizes and pages of what was found: also to read one that is missing would
 * take it.
 */
static int
adopt(struct memory *m)
{
	const struct arena_header *h = m->arena->header;
	uint32_t used[ARENA_KINDS];
	int error;

	m->record_max = h->fast.record_max;
	m->shape = (struct arena_config){ .record_max = h->fast.record_max,
		.ext_max = h->ext_max, .row_max = h->row_max,
		.worker_max = h->worker_max };
	in_use(m, used);
	if ((error = memory_begin(m, used)) == 0)
		memory_known(m);
	return error;
}

static int
take_over(struct memory *m, const struct arena_config *cfg)
{
	struct memory_past *p = &m->past;
	int error;

	if (arena_over(m->arena, m->now, LIVE_MAX))
		arena_forget(m->arena);
	if ((error = adopt(m)) != 0 || (error = statetab_rebuild(m->arena,
	    cfg->hash_key, arena_unwatched(m->arena), &p->states)) != 0) {
		snprintf(p->why, sizeof(p->why), "%s", strerror(-error));
		return error;
	}
	p->found = true;
	if (p->states.states == 0)
		forget_tags(m);
	arena_set_limit(m->arena, cfg->limit);
	(void)madvise(m->mem, m->size, MADV_HUGEPAGE);
	return 0;
}

static int
make(struct memory *m, const struct arena_config *cfg,
    const uint32_t used[ARENA_KINDS])
{
	int error = memory_make(m, cfg, false, used);

	if (error == 0)
		return 0;
	snprintf(m->past.why, sizeof(m->past.why), "%s", strerror(-error));
	/* so that it is empty for whoever tries next */
	return ftruncate(m->fd, 0) == -1 ? failed(m) : error;
}

/* What is in @old goes into another file, and that takes its name. */
static int
copy(struct memory *m, const char *path, const struct arena_config *cfg,
    const struct memory *old)
{
	uint32_t used[ARENA_KINDS];
	int error;

	in_use(old, used);
	m->arena = NULL;
	m->mem = MAP_FAILED;
	m->fd = statefile_new(path);
	error = m->fd < 0 ? m->fd : make(m, cfg, used);
	if (error == 0)
		error = arena_copy(m->arena, old->arena);
	return error != 0 ? error : statefile_rename(path);
}

/*
 * enlarge() - A larger file instead of the one that was found
 *
 * Both are there until all is copied.  Without room for that the old one serves
 * if it has counters for all workers: new states have no place in it then, but
 * the old ones go on.
 */
static int
enlarge(struct memory *m, const char *path, struct arena_config *cfg)
{
	const struct arena_header *h = m->arena->header;
	unsigned workers = cfg->worker_max;
	struct memory old;
	int error;

	if ((error = adopt(m)) != 0)
		return error;
	(void)tags_used(m);
	old = *m;
	if (cfg->record_max < h->fast.record_max)
		cfg->record_max = h->fast.record_max;
	if (cfg->worker_max < h->worker_max)
		cfg->worker_max = h->worker_max;
	if ((error = copy(m, path, cfg, &old)) == 0) {
		memory_unmap(&old);
		return take_over(m, cfg);
	}
	statefile_forget(path);
	memory_unmap(m);
	*m = old;
	snprintf(m->past.why, sizeof(m->past.why), "%s", strerror(-error));
	if (h->worker_max < workers)
		return error;
	log_warnx("%s: no larger one can be made: %s; no more than %u "
	    "connections can be known", path, m->past.why,
	    h->fast.record_max);
	return take_over(m, cfg);
}

static int
set_aside(struct memory *m, const char *path, const char *what)
{
	int error;

	/* while it is locked: the name may be another natd's right after */
	if ((error = statefile_aside(path)) != 0) {
		snprintf(m->past.why, sizeof(m->past.why), "%s, and cannot be "
		    "renamed: %s", what, strerror(-error));
		return error;
	}
	memory_unmap(m);
	log_warnx("%s: %s; no state is taken over, it is set aside as %s%s",
	    path, what, path, STATEFILE_ASIDE);
	snprintf(m->past.why, sizeof(m->past.why), "%s", what);
	m->fd = statefile_open(path, m->past.why, sizeof(m->past.why));
	return m->fd < 0 ? m->fd : 0;
}

/*
 * This natd goes without what is in the file, and ends or changes states
 * elsewhere: the next one is not to find those of before.  Return: @error.
 */
static int
empty(struct memory *m, int error)
{
	if (ftruncate(m->fd, 0) == -1)
		log_warn("states of an earlier natd stay in their file");
	return error;
}

/*
 * With the states that were found: those are worth more than room for as many
 * as the limit allows.
 */
static int
go_on(struct memory *m, const char *path, struct arena_config *cfg,
    enum verdict v)
{
	int error;

	if (room(m, cfg, taken(m)) != 0)
		log_warnx("%s: %s; states go on, and new ones are refused when "
		    "there is no room", path, m->past.why);
	error = v == FILE_FITS ? take_over(m, cfg) : enlarge(m, path, cfg);
	return error == 0 ? 0 : empty(m, error);
}

static int
use(struct memory *m, const char *path, struct arena_config *cfg)
{
	static const uint32_t none[ARENA_KINDS] = { [ARENA_FIXED] = 1 };
	enum verdict v = FILE_EMPTY;
	const char *what;
	struct stat st;
	int error;

	if (fstat(m->fd, &st) == -1)
		return failed(m);
	/* a header that is not there must not be read through a mapping */
	if (lseek(m->fd, 0, SEEK_DATA) == 0) {
		if ((error = map(m, (size_t)st.st_size)) != 0)
			return error;
		v = examine(m, cfg, &what);
	} else if (ftruncate(m->fd, 0) == -1) {
		return failed(m);
	}
	if (v == FILE_FITS || v == FILE_SMALL)
		return go_on(m, path, cfg, v);
	/* what is set aside keeps its own */
	if ((error = room(m, cfg, 0)) != 0)
		return v == FILE_FOREIGN ? error : empty(m, error);
	if (v == FILE_FOREIGN &&
	    (error = set_aside(m, path, what)) != 0)
		return error;
	return make(m, cfg, none);
}

static void
say(const struct memory *m, const char *path)
{
	const struct statetab_rebuilt *r = &m->past.states;

	if (m->past.found)
		log_info("%s: %u states taken over, %u mended; %u damaged",
		    path, r->states, r->mended, r->dropped);
}

int
memory_file(struct memory *m, const char *path, struct arena_config *cfg)
{
	int error;

	m->fd = statefile_open(path, m->past.why, sizeof(m->past.why));
	error = m->fd < 0 ? m->fd : use(m, path, cfg);
	if (error != 0) {
		memory_unmap(m);
		return error;
	}
	m->past.lasting = true;
	say(m, path);
	return 0;
}
