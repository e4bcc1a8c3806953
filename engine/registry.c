/* SPDX-License-Identifier: ISC */
/*
 * The rule registry.
 *
 *	rowheads -> row -> row -> ...	by id, or by a hash of the members
 *	row.more -> row -> ...		text beyond the first piece
 *	row.timeouts -> row -> row	own timeouts
 *
 * References are row + 1, so that zeroed memory is an empty registry.  Index
 * and free list change under row_lock.  Control may lose its processor while
 * it has the lock, so workers only try for it, some microseconds before and
 * after they have given it a chance.
 *
 * A set that a worker has just been given has no state yet that would keep
 * it, a row may lose its last state just before it gets the next one, and a
 * wheel may still read the row of a state that another worker is ending.  So
 * registry_set(), registry_keep() and the end of a state mark it, and
 * registry_collect() takes the mark away and frees the row the next time.  It
 * looks at the mark last: who sees a row without states sees the mark that was
 * set before the last ended.
 */
#include "engine/registry.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/arena_parts.h"
#include "engine/fast/atomic.h"
#include "engine/registry_parts.h"

#define LOCK_TRIES 256	/* of a worker */
#define COLLECT_SLICE 64 /* rows looked at under one lock */

static int
lock_try(const struct arena *a, unsigned tries)
{
	uint32_t *lock = &a->header->row_lock;

	for (; tries > 0; tries--) {
		if (load_relaxed(lock) == 0 && cas32(lock, 0, 1))
			return 1;
		cpu_pause();
	}
	return 0;
}

static void
lock(const struct arena *a)
{
	while (!lock_try(a, LOCK_TRIES))
		continue;
}

static void
unlock(const struct arena *a)
{
	store_release(&a->header->row_lock, 0);
}

static uint32_t
row_get(struct arena *a)
{
	struct arena_pool *p = &a->header->row_pool;
	uint32_t ref = (uint32_t)p->head, row;

	if (ref != 0 && ref != ARENA_NONE) {
		row = ref - 1;
		p->head = row_at(a, row)->next;
	} else if (p->top < load_relaxed(&p->have)) {
		row = p->top;
		store_relaxed(&p->top, row + 1);
		if (row >= load_relaxed(&p->ask))
			arena_ask(&a->header->asked);
	} else {
		return ROW_NONE;
	}
	memset(row_at(a, row), 0, sizeof(struct row));
	row_at(a, row)->more = row_at(a, row)->timeouts = ROW_NONE;
	return row;
}

void
registry_row_put(struct arena *a, uint32_t row)
{
	struct arena_pool *p = &a->header->row_pool;

	row_at(a, row)->kind = ROW_FREE;
	row_at(a, row)->next = (uint32_t)p->head;
	p->head = row + 1;
}

/* Free a chain of further rows. */
static void
more_put(struct arena *a, uint32_t row)
{
	uint32_t next;

	for (; row != ROW_NONE; row = next) {
		next = row_at(a, row)->more;
		registry_row_put(a, row);
	}
}

static uint32_t *
head_of(const struct arena *a, uint64_t id)
{
	return &a->rowheads[(id ^ id >> 32) & (a->header->rowheads - 1)];
}

void
registry_index_add(struct arena *a, uint32_t row)
{
	struct row *r = row_at(a, row);

	r->next = *head_of(a, r->id);
	*head_of(a, r->id) = row + 1;
}

static void
index_remove(struct arena *a, uint32_t row)
{
	uint32_t *link = head_of(a, row_at(a, row)->id);

	while (*link != row + 1)
		link = &row_at(a, *link - 1)->next;
	*link = row_at(a, row)->next;
}

/* The row after @ref in its chain that is of this kind and id; a reference. */
static uint32_t
index_next(const struct arena *a, uint32_t ref, unsigned kind, uint64_t id)
{
	for (; ref != 0; ref = row_at(a, ref - 1)->next)
		if (row_at(a, ref - 1)->kind == kind &&
		    row_at(a, ref - 1)->id == id)
			break;
	return ref;
}

/* Texts */

static size_t
piece(size_t len)
{
	return len < ROW_TEXT ? len : ROW_TEXT;
}

static int
text_store(struct arena *a, uint32_t row, const char *text, size_t len)
{
	struct row *r = row_at(a, row);
	size_t n;

	r->n = (uint32_t)len;
	for (;;) {
		n = piece(len);
		memcpy(r->text, text, n);
		text += n;
		len -= n;
		if (len == 0)
			return 0;
		if ((r->more = row_get(a)) == ROW_NONE)
			return -ENOSPC;
		r = row_at(a, r->more);
		r->kind = ROW_MORE;
	}
}

static bool
text_equal(const struct arena *a, const struct row *r, const char *text,
    size_t len)
{
	size_t n;

	if (r->n != len)
		return false;
	for (;;) {
		n = piece(len);
		if (memcmp(r->text, text, n) != 0)
			return false;
		text += n;
		len -= n;
		if (len == 0)
			return true;
		r = row_at(a, r->more);
	}
}

/* Rules */

static uint32_t
rule_find(const struct arena *a, uint64_t id, const char *text, size_t len)
{
	uint32_t ref = *head_of(a, id);

	while ((ref = index_next(a, ref, ROW_RULE, id)) != 0) {
		if (text_equal(a, row_at(a, ref - 1), text, len))
			return ref - 1;
		ref = row_at(a, ref - 1)->next;
	}
	return ROW_NONE;
}

/* The counters of a row start anew: what they hold is another rule's. */
static void
counts_reset(struct arena *a, uint32_t row)
{
	uint32_t i, n = a->header->worker_max + 1;

	for (i = 0; i < n; i++)
		memset(&a->counts[(size_t)i * a->header->row_max + row], 0,
		    sizeof(*a->counts));
}

static uint32_t
rule_make(struct arena *a, uint64_t id, const char *text, size_t len)
{
	uint32_t row = row_get(a);

	if (row == ROW_NONE)
		return row;
	row_at(a, row)->id = id;
	if (text_store(a, row, text, len) != 0) {
		more_put(a, row);
		return ROW_NONE;
	}
	row_at(a, row)->kind = ROW_RULE;
	counts_reset(a, row);
	registry_index_add(a, row);
	return row;
}

int
registry_add(struct arena *a, uint64_t id, const char *text, uint32_t *row)
{
	size_t len = strlen(text);
	uint32_t found;

	if (len > ROW_TEXT_MAX)
		return -EINVAL;
	lock(a);
	found = rule_find(a, id, text, len);
	if (found == ROW_NONE)
		found = rule_make(a, id, text, len);
	if (found != ROW_NONE)
		row_at(a, found)->programs++;
	unlock(a);
	if (found == ROW_NONE)
		return -ENOSPC;
	*row = found;
	return 0;
}

uint32_t
registry_find(const struct arena *a, uint64_t id, const char *text)
{
	uint32_t row;

	lock(a);
	row = rule_find(a, id, text, strlen(text));
	unlock(a);
	return row;
}

void
registry_unref(struct arena *a, uint32_t row)
{
	lock(a);
	row_at(a, row)->programs--;
	unlock(a);
}

/* Sets */

static uint64_t
set_hash(const uint32_t *member, unsigned n)
{
	uint64_t h = n;
	unsigned i;

	for (i = 0; i < n; i++) {
		h = (h ^ member[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static uint32_t
set_find(const struct arena *a, uint64_t id, const uint32_t *member,
    unsigned n)
{
	uint32_t ref = *head_of(a, id);
	const struct row *r;

	while ((ref = index_next(a, ref, ROW_SET, id)) != 0) {
		r = row_at(a, ref - 1);
		if (r->n == n &&
		    memcmp(r->member, member, n * sizeof(*member)) == 0)
			return ref - 1;
		ref = r->next;
	}
	return ROW_NONE;
}

/* A set holds its members as a program does. */
static uint32_t
set_make(struct arena *a, uint64_t id, const uint32_t *member, unsigned n)
{
	uint32_t row = row_get(a);
	struct row *r;
	unsigned i;

	if (row == ROW_NONE)
		return row;
	r = row_at(a, row);
	r->id = id;
	r->n = n;
	for (i = 0; i < n; i++) {
		r->member[i] = member[i];
		row_at(a, member[i])->programs++;
	}
	r->kind = ROW_SET;
	registry_index_add(a, row);
	return row;
}

int
registry_set(struct arena *a, const uint32_t *member, unsigned n,
    uint32_t *row)
{
	uint64_t id;
	uint32_t found;

	if (n == 1) {
		*row = member[0];
		return 0;
	}
	if (n == 0 || n > ROW_MEMBERS)
		return -ENOSPC;
	id = set_hash(member, n);
	if (!lock_try(a, LOCK_TRIES)) {
		arena_wait(a);
		if (!lock_try(a, LOCK_TRIES))
			return -EAGAIN;
	}
	found = set_find(a, id, member, n);
	if (found == ROW_NONE)
		found = set_make(a, id, member, n);
	if (found != ROW_NONE)
		store_relaxed(&row_at(a, found)->mark, 1);
	unlock(a);
	if (found == ROW_NONE)
		return -ENOSPC;
	*row = found;
	return 0;
}

void
registry_keep(struct arena *a, uint32_t row)
{
	if (row_known(a, row))
		store_relaxed(&row_at(a, row)->mark, 1);
}

/* Collection */

static void
row_free(struct arena *a, uint32_t row)
{
	struct row *r = row_at(a, row);
	uint32_t i;

	index_remove(a, row);
	if (r->kind == ROW_SET)
		for (i = 0; i < r->n; i++)
			row_at(a, r->member[i])->programs--;
	more_put(a, r->timeouts);
	r->timeouts = ROW_NONE;
	more_put(a, row);
}

static bool
row_idle(const struct arena *a, uint32_t row)
{
	struct row *r = row_at(a, row);
	bool idle = r->programs == 0 && registry_states(a, row) == 0;
	bool marked = load_relaxed(&r->mark) != 0;

	store_relaxed(&r->mark, 0);
	return idle && !marked;
}

static unsigned
collect_kind(struct arena *a, unsigned kind)
{
	uint32_t row, end;
	unsigned n = 0;

	for (row = 0; row < load_relaxed(&a->header->row_pool.top);) {
		end = row + COLLECT_SLICE;
		lock(a);
		for (; row < end && row < a->header->row_pool.top; row++) {
			if (row_at(a, row)->kind != kind ||
			    !row_idle(a, row))
				continue;
			row_free(a, row);
			n++;
		}
		unlock(a);
	}
	return n;
}

unsigned
registry_collect(struct arena *a)
{
	unsigned n = collect_kind(a, ROW_SET); /* they hold rules */

	return n + collect_kind(a, ROW_RULE);
}

/* Reading */

unsigned
registry_kind(const struct arena *a, uint32_t row)
{
	return row_known(a, row) ? row_at(a, row)->kind : ROW_FREE;
}

/* The rule that speaks for a row, or NULL. */
static const struct row *
deciding(const struct arena *a, uint32_t row)
{
	const struct row *r;

	if (!row_known(a, row))
		return NULL;
	r = row_at(a, row);
	if (r->kind == ROW_SET)
		r = row_at(a, r->member[0]);
	return r->kind == ROW_RULE ? r : NULL;
}

uint64_t
registry_id(const struct arena *a, uint32_t row)
{
	const struct row *r = deciding(a, row);

	return r != NULL ? r->id : 0;
}

unsigned
registry_members(const struct arena *a, uint32_t row,
    uint32_t member[ROW_MEMBERS])
{
	const struct row *r;

	if (!row_known(a, row))
		return 0;
	r = row_at(a, row);
	if (r->kind == ROW_RULE) {
		member[0] = row;
		return 1;
	}
	if (r->kind != ROW_SET)
		return 0;
	memcpy(member, r->member, r->n * sizeof(*member));
	return r->n;
}

size_t
registry_text(const struct arena *a, uint32_t row, char *buf, size_t size)
{
	const struct row *r = deciding(a, row);
	size_t done = 0, want, n, len;

	if (size > 0)
		buf[0] = '\0';
	if (r == NULL)
		return 0;
	len = r->n;
	want = size == 0 ? 0 : len < size - 1 ? len : size - 1;
	while (done < want) {
		n = piece(want - done);
		memcpy(buf + done, r->text, n);
		done += n;
		if (done < want)
			r = row_at(a, r->more);
	}
	if (size > 0)
		buf[done] = '\0';
	return len;
}

/* Limits and timeouts of a rule */

void
registry_set_max(struct arena *a, uint32_t row, uint32_t max)
{
	store_relaxed(&row_at(a, row)->max_states, max);
}

static int
timeouts_make(struct arena *a, struct row *r)
{
	uint32_t first, second;

	if ((first = row_get(a)) == ROW_NONE)
		return -ENOSPC;
	row_at(a, first)->kind = ROW_MORE;
	if ((second = row_get(a)) == ROW_NONE) {
		registry_row_put(a, first);
		return -ENOSPC;
	}
	row_at(a, second)->kind = ROW_MORE;
	row_at(a, first)->more = second;
	store_release(&r->timeouts, first);
	return 0;
}

static uint32_t *
timeout_at(const struct arena *a, uint32_t first, unsigned what)
{
	if (what < ROW_TIMEOUTS)
		return &row_at(a, first)->timeout[what];
	return &row_at(a, row_at(a, first)->more)->
	    timeout[what - ROW_TIMEOUTS];
}

int
registry_set_timeouts(struct arena *a, uint32_t row, const uint32_t *timeout,
    unsigned n)
{
	struct row *r = row_at(a, row);
	unsigned i;
	int error = 0;

	if (n > 2 * ROW_TIMEOUTS)
		n = 2 * ROW_TIMEOUTS;
	lock(a);
	if (r->timeouts == ROW_NONE)
		error = timeouts_make(a, r);
	for (i = 0; error == 0 && i < n; i++)
		store_relaxed(timeout_at(a, r->timeouts, i), timeout[i]);
	unlock(a);
	return error;
}

uint32_t
registry_timeout(const struct arena *a, uint32_t row, unsigned what)
{
	const struct row *r = deciding(a, row);
	uint32_t first;

	if (r == NULL || what >= 2 * ROW_TIMEOUTS)
		return 0;
	if ((first = load_acquire(&r->timeouts)) == ROW_NONE)
		return 0;
	return load_relaxed(timeout_at(a, first, what));
}
