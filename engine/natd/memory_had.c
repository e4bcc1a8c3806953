/* SPDX-License-Identifier: ISC */
/*
 * Memory of the states that is had before it is needed.
 *
 * The memory is a file that is larger than what it holds, and a page of it
 * that cannot be had when it is touched ends the process (SIGBUS): others may
 * have filled the file system, or the memory of the machine.  So pages are
 * asked for here, where a refusal is an answer, and the arena is told how many
 * records have theirs.  It hands out no others.
 *
 *	0 ......... used .......... ask ............ had ........ limit
 *	            packets take    then more is     and here they
 *	            from here on    asked for        are refused
 *
 * As much as is used is had ahead, within bounds: at 500,000 new connections a
 * second the least that is ahead lasts 65 ms, half of which is left when more
 * is asked for, and the most that is ahead half a second.  A thread of its own
 * provides it, so that neither packets nor control wait for pages.  The kernel
 * maps and clears them by the way, which packets would have waited for.
 *
 * After a refusal it tries again every second.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/natd/log.h"
#include "engine/natd/memory_impl.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define SOON 50		/* ms: the start of natd comes first, if none asks */
#define AGAIN 1000	/* ms, after a refusal */
#define SAY_AGAIN 60000	/* ms, at least between two words about it */
#define HURRY (-10)	/* nice, after the start: packets must not overtake it */

static const struct {
	uint32_t first;	      /* ahead before natd begins */
	uint32_t least, most; /* ahead of what is used */
	uint32_t unit;	      /* had at once, and the least that is tried */
	uint32_t small;
} policy[] = {
	[ARENA_FIXED] = { .unit = 1, .small = 1 },
	[ARENA_RECORDS] = { 1024, 1 << 15, 1 << 18, 1 << 13, 1 << 9 },
	[ARENA_EXTS] = { 256, 1 << 13, 1 << 18, 1 << 13, 1 << 9 },
	[ARENA_ROWS] = { 64, 1 << 10, 1 << 12, 1 << 8, 1 << 5 },
	[ARENA_TAGNAMES] = { .unit = 64, .small = 64 },
};

static int
by_file(const struct memory *m, uint64_t at, uint64_t len)
{
	while (fallocate(m->fd, 0, (off_t)at, (off_t)len) == -1)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The pages that these bytes lie in. */
static int
populate(void *arg, uint64_t at, uint64_t len)
{
	const struct memory *m = arg;
	uint64_t page = (uint64_t)getpagesize(), end;

	end = (at + len + page - 1) & ~(page - 1);
	at &= ~(page - 1);
	while (madvise((char *)m->mem + at, end - at, MADV_POPULATE_WRITE) ==
	    -1)
		switch (errno) {
		case EINTR:
			continue;
		case EINVAL:	/* an older kernel */
			return by_file(m, at, end - at);
		case EFAULT:	/* it would have been SIGBUS */
			return -ENOSPC;
		default:
			return -errno;
		}
	return 0;
}

/* Pages that lie between these bytes, and nowhere else. */
static int
give_back(void *arg, uint64_t at, uint64_t len)
{
	const struct memory *m = arg;
	uint64_t page = (uint64_t)getpagesize(), end = (at + len) & ~(page - 1);

	at = (at + page - 1) & ~(page - 1);
	if (at < end)
		(void)fallocate(m->fd, FALLOC_FL_PUNCH_HOLE |
		    FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)(end - at));
	return 0;
}

/* Whoever takes them may go on at once. */
static void
had(struct memory *m, enum arena_kind kind, uint32_t n)
{
	m->had[kind] = n;
	if (m->arena != NULL && kind >= ARENA_RECORDS && kind <= ARENA_ROWS)
		arena_set_had(m->arena, kind, n, ARENA_NONE);
}

/*
 * have() - Memory up to @to, or for as many as there is
 * What a refused attempt has got is others' again.
 */
static int
have(struct memory *m, enum arena_kind kind, uint32_t to)
{
	uint32_t from, next, unit = policy[kind].unit;
	int error = 0;

	while ((from = m->had[kind]) < to) {
		next = to - from < unit ? to : from + unit;
		if (!m->huge)
			error = arena_pieces(&m->shape, kind, from, next,
			    populate, m);
		if (error == 0) {
			had(m, kind, next);
			continue;
		}
		arena_pieces(&m->shape, kind, from, next, give_back, m);
		if (next - from <= policy[kind].small)
			return error;
		unit = (next - from) / 2;
	}
	return 0;
}

/* As many as there can ever be. */
static uint32_t
most(const struct memory *m, enum arena_kind kind)
{
	const struct arena_header *h = m->arena->header;
	uint32_t limit = arena_limit(m->arena), max;

	if (kind == ARENA_ROWS)
		return h->row_max;
	max = kind == ARENA_RECORDS ? h->fast.record_max : h->ext_max;
	return limit < max ? limit : max;
}

/* Have @want, and let the arena know.  Return: 0 or a refusal's errno. */
static int
provide(struct memory *m, enum arena_kind kind, uint32_t want)
{
	uint32_t used, ask = ARENA_NONE;
	int error = have(m, kind, want);

	used = arena_used(m->arena, kind);
	if (error == 0 && m->had[kind] < most(m, kind))
		ask = m->had[kind] - (m->had[kind] - used) / 2;
	arena_set_had(m->arena, kind, m->had[kind], ask);
	return error;
}

/* How many there should be now. */
static uint32_t
goal(const struct memory *m, enum arena_kind kind)
{
	uint32_t used = arena_used(m->arena, kind), max = most(m, kind);
	uint32_t ahead = used;

	if (ahead < policy[kind].least)
		ahead = policy[kind].least;
	if (ahead > policy[kind].most)
		ahead = policy[kind].most;
	return used >= max || max - used < ahead ? max : used + ahead;
}

/* Once when it begins, and once when it is over. */
static void
say(struct memory *m, int error, uint64_t now)
{
	const char *what = m->path != NULL ? m->path : "states";
	uint32_t left = m->had[ARENA_RECORDS] -
	    arena_used(m->arena, ARENA_RECORDS);

	if ((error != 0) == m->said || (m->told != 0 &&
	    now - m->told < SAY_AGAIN && error != 0))
		return;
	m->said = error != 0;
	m->told = now;
	if (error == 0) {
		log_info("%s: there is memory for more states again", what);
		return;
	}
	errno = -error;
	log_warn("%s: the %u states there are go on, and %u more connections "
	    "can be known; then new ones are refused", what,
	    arena_states(m->arena), left);
}

/* Return: was any refused? */
bool
memory_more(struct memory *m)
{
	static const enum arena_kind kinds[] = { ARENA_RECORDS, ARENA_EXTS,
		ARENA_ROWS };
	struct timespec now;
	int error = 0, e;
	unsigned i;

	pthread_mutex_lock(&m->lock);
	arena_answer(m->arena);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((e = provide(m, kinds[i], goal(m, kinds[i]))) != 0)
			error = e;
	clock_gettime(CLOCK_MONOTONIC, &now);
	say(m, error, (uint64_t)now.tv_sec * 1000 +
	    (uint64_t)now.tv_nsec / 1000000);
	m->lacks = error != 0;
	pthread_mutex_unlock(&m->lock);
	return error != 0;
}

bool
memory_rows(struct memory *m, uint32_t n)
{
	uint32_t used, max, want;
	bool enough;

	pthread_mutex_lock(&m->lock);
	used = arena_used(m->arena, ARENA_ROWS);
	max = most(m, ARENA_ROWS);
	want = used >= max || max - used < n ? max : used + n;
	enough = want <= m->had[ARENA_ROWS] ||
	    provide(m, ARENA_ROWS, want) == 0;
	pthread_mutex_unlock(&m->lock);
	return enough;
}

bool
memory_tags(void *arg, uint32_t n)
{
	struct memory *m = arg;
	bool enough;

	pthread_mutex_lock(&m->lock);
	enough = n <= ARENA_TAGS && have(m, ARENA_TAGNAMES, n) == 0;
	pthread_mutex_unlock(&m->lock);
	return enough;
}

/* As many as there may be, before there is an arena that knows. */
static uint32_t
most_at_first(const struct memory *m, enum arena_kind kind)
{
	const struct arena_config *c = &m->shape;
	uint32_t max = c->record_max;

	if (kind == ARENA_ROWS && c->row_max != 0)
		return c->row_max;
	if (kind == ARENA_EXTS && c->ext_max != 0)
		max = c->ext_max;
	if (kind == ARENA_RECORDS || kind == ARENA_EXTS)
		return max < m->limit ? max : m->limit;
	return UINT32_MAX;
}

int
memory_begin(struct memory *m, const uint32_t used[ARENA_KINDS])
{
	uint32_t want, max;
	unsigned i;
	int error;

	memset(m->had, 0, sizeof(m->had));
	for (i = 0; i < ARENA_KINDS; i++) {
		want = used[i] + policy[i].first;
		max = most_at_first(m, i);
		if (max < used[i])
			max = used[i];
		error = have(m, i, want < max ? want : max);
		if (error != 0 && m->had[i] < used[i])
			return error;
	}
	return 0;
}

void
memory_known(struct memory *m)
{
	enum arena_kind i;

	for (i = ARENA_RECORDS; i <= ARENA_ROWS; i++)
		(void)provide(m, i, 0);
}

/* The thread */

static void *
provider(void *arg)
{
	struct memory *m = arg;
	struct pollfd fd = { .fd = m->wake, .events = POLLIN };
	uint64_t drained;
	int wait = SOON;

	while (!__atomic_load_n(&m->stop, __ATOMIC_ACQUIRE)) {
		(void)poll(&fd, 1, wait);
		(void)!read(m->wake, &drained, sizeof(drained));
		wait = memory_more(m) ? AGAIN : -1;
		(void)setpriority(PRIO_PROCESS, 0, HURRY);
	}
	return NULL;
}

int
memory_start(struct memory *m)
{
	sigset_t all, old;
	int error;

	if ((m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = -pthread_create(&m->provider, NULL, provider, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	m->runs = error == 0;
	if (m->runs)
		pthread_setname_np(m->provider, "natd/memory");
	return error;
}

void
memory_wake(struct memory *m)
{
	uint64_t one = 1;

	if (m->wake != -1)
		(void)!write(m->wake, &one, sizeof(one));
}

void
memory_stop(struct memory *m)
{
	if (m->runs) {
		__atomic_store_n(&m->stop, true, __ATOMIC_RELEASE);
		memory_wake(m);
		pthread_join(m->provider, NULL);
	}
	if (m->wake != -1)
		close(m->wake);
	m->runs = false;
	m->wake = -1;
}
