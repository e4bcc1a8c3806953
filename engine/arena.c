/* SPDX-License-Identifier: ISC */
/*
 * The state arena.
 *
 * An index travels
 *
 *	never used -> cache -> in use -> resting -> cache | shared stack
 *
 * A cache belongs to one worker.  Resting indexes are a list through the
 * records themselves, oldest first; `stamp` is the low half of the time they
 * were freed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/arena_parts.h"
#include "engine/registry.h"

#define ARENA_MAGIC "natdaren"
#define TICK_MAX 256 /* indexes that one tick moves */

_Static_assert(sizeof(struct arena_header) <= ARENA_PAGE,
    "the header is one page, which may be a BPF map");

/* Where a kind of record keeps the list link and the time while it is free. */
struct links {
	const struct arena *arena;
	char *base;
	size_t stride, link, stamp;
	size_t kind; /* where it says what it is; 0: nowhere */
	uint32_t *asked;
};

static struct links
record_links(const struct arena *a)
{
	return (struct links) { a, (char *)a->fast.colds, sizeof(struct cold),
		offsetof(struct cold, next), offsetof(struct cold, prev),
		offsetof(struct cold, kind), &a->header->asked };
}

/*
 * Packets are counted once more after the end (record_ended() in record.c), and
 * source nodes have a state less then, so these stay while the record rests.
 */
static struct links
ext_links(const struct arena *a)
{
	return (struct links) { a, (char *)a->fast.exts, sizeof(struct ext),
		offsetof(struct ext, next), offsetof(struct ext, seqdiff), 0,
		&a->header->asked };
}

static inline uint32_t *
link_of(const struct links *l, uint32_t i)
{
	return (uint32_t *)(void *)(l->base + l->stride * i + l->link);
}

static inline uint32_t *
stamp_of(const struct links *l, uint32_t i)
{
	return (uint32_t *)(void *)(l->base + l->stride * i + l->stamp);
}

static struct arena *
handle(void *mem)
{
	struct arena_header *h = mem;
	struct arena *a;
	char *at[REGION_MAX];
	unsigned i;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	for (i = 0; i < REGION_MAX; i++)
		at[i] = (char *)mem + h->offset[i];
	a->header = h;
	a->fast.head = &h->fast;
	a->fast.buckets = (struct bucket *)(void *)at[REGION_BUCKETS];
	a->fast.lines = (struct line *)(void *)at[REGION_LINES];
	a->fast.colds = (struct cold *)(void *)at[REGION_COLD];
	a->fast.exts = (struct ext *)(void *)at[REGION_EXT];
	a->rows = (struct row *)(void *)at[REGION_ROWS];
	a->rowheads = (uint32_t *)(void *)at[REGION_ROWHEADS];
	a->counts = (struct row_count *)(void *)at[REGION_COUNTS];
	a->ifaces = (char (*)[ARENA_NAMELEN])at[REGION_IFACES];
	a->tags = (char (*)[ARENA_TAGLEN])at[REGION_TAGS];
	a->own = (struct arena_own *)(void *)at[REGION_OWN];
	return a;
}

static void
pool_init(struct arena_pool *p, uint32_t max)
{
	p->lock = 0;
	p->head = ARENA_NONE;
	p->top = 0;
	p->max = p->have = max;
	p->ask = ARENA_NONE;
}

int
arena_init(void *mem, size_t size, const struct arena_config *c,
    struct arena **out)
{
	struct arena_header *h = mem;
	struct arena *a;
	size_t need = arena_size(c);

	if (need == 0 || size < need || (uintptr_t)mem % 64 != 0)
		return -EINVAL;
	memset(h, 0, sizeof(*h));
	arena_plan_header(h, c);
	h->bucket_have = h->fast.bucket_max;
	if ((a = handle(mem)) == NULL)
		return -ENOMEM;
	h->fast.hash_key[0] = c->hash_key[0];
	h->fast.hash_key[1] = c->hash_key[1];
	h->fast.split = (uint64_t)(ARENA_BUCKETS_MIN - 1) << 32 |
	    ARENA_BUCKETS_MIN;
	memcpy(h->boot_id, c->boot_id, sizeof(h->boot_id));
	pool_init(&h->record_pool, c->record_max);
	pool_init(&h->ext_pool, h->ext_max);
	pool_init(&h->overflow_pool, h->overflow_max);
	pool_init(&h->row_pool, h->row_max);
	memset(a->rowheads, 0, h->size[REGION_ROWHEADS]);
	h->limit = c->limit;
	h->layout = arena_layout();
	memcpy(h->magic, ARENA_MAGIC, sizeof(h->magic));
	*out = a;
	return 0;
}

/* Does a header describe the regions that this build makes? */
static bool
header_sound(const struct arena_header *h, size_t size)
{
	struct arena_header want;
	struct arena_config c;
	size_t need;

	if (memcmp(h->magic, ARENA_MAGIC, sizeof(h->magic)) != 0 ||
	    h->layout != arena_layout())
		return false;
	memset(&want, 0, sizeof(want));
	memset(&c, 0, sizeof(c));
	c.record_max = h->fast.record_max;
	c.ext_max = h->ext_max;
	c.row_max = h->row_max;
	c.worker_max = h->worker_max;
	need = arena_plan_header(&want, &c);
	return need != 0 && need <= size &&
	    want.fast.bucket_max == h->fast.bucket_max &&
	    want.overflow_max == h->overflow_max &&
	    want.rowheads == h->rowheads &&
	    memcmp(want.offset, h->offset, sizeof(want.offset)) == 0 &&
	    memcmp(want.size, h->size, sizeof(want.size)) == 0 &&
	    h->record_pool.max == h->fast.record_max &&
	    h->record_pool.top <= h->record_pool.max &&
	    h->ext_pool.max == h->ext_max &&
	    h->ext_pool.top <= h->ext_pool.max &&
	    h->overflow_pool.max == h->overflow_max &&
	    h->overflow_pool.top <= h->overflow_pool.max &&
	    h->row_pool.max == h->row_max &&
	    h->row_pool.top <= h->row_pool.max;
}

/* Until the caller says otherwise all memory is there. */
static void
all_had(struct arena_header *h)
{
	struct arena_pool *const pool[] = { &h->record_pool, &h->ext_pool,
		&h->overflow_pool, &h->row_pool };
	unsigned i;

	for (i = 0; i < sizeof(pool) / sizeof(pool[0]); i++) {
		pool[i]->have = pool[i]->max;
		pool[i]->ask = ARENA_NONE;
	}
	h->bucket_have = h->fast.bucket_max;
	h->asked = 0;
}

int
arena_open(void *mem, size_t size, struct arena **out)
{
	if ((uintptr_t)mem % 64 != 0 || size < sizeof(struct arena_header) ||
	    !header_sound(mem, size))
		return -EINVAL;
	if ((*out = handle(mem)) == NULL)
		return -ENOMEM;
	all_had(mem);
	return 0;
}

void
arena_close(struct arena *a)
{
	free(a);
}

void
arena_set_wait(struct arena *a, void (*wait)(void))
{
	a->wait = wait;
}

void
arena_wait(const struct arena *a)
{
	if (a->wait != NULL)
		a->wait();
	else
		cpu_pause();
}

static void
index_cache_init(struct index_cache *c)
{
	memset(c, 0, sizeof(*c));
	c->rest_head = c->rest_tail = ARENA_NONE;
}

void
arena_cache_init(struct arena_cache *c)
{
	index_cache_init(&c->records);
	index_cache_init(&c->exts);
}

/*
 * From now on all who look at records look at these, too, and memory that was
 * taken over may hold some that were given up with it.
 */
static void
make_free(const struct links *l, uint32_t i, uint32_t n)
{
	if (l->kind != 0)
		for (; n > 0; n--, i++)
			l->base[l->stride * i + l->kind] = RECORD_FREE;
}

/* Up to a batch from the shared stack, else of indexes never used. */
static void
pool_fetch(struct arena_pool *p, const struct links *l, struct index_cache *c)
{
	uint32_t top, n, left;

	if (!seq_enter(&p->lock))
		return;
	while (c->n < ARENA_BATCH && p->head != ARENA_NONE) {
		c->index[c->n++] = p->head;
		p->head = *link_of(l, p->head);
	}
	top = p->top;
	left = load_relaxed(&p->have) - top;
	n = left < ARENA_BATCH - c->n ? left : ARENA_BATCH - c->n;
	if (top + n > load_relaxed(&p->ask))
		arena_ask(l->asked);
	make_free(l, top, n);
	store_release(&p->top, top + n);
	while (n-- > 0) /* so that they are used in ascending order */
		c->index[c->n++] = top + n;
	seq_leave(&p->lock);
}

static void
pool_enter(const struct arena *a, struct arena_pool *p)
{
	while (!seq_enter(&p->lock))
		arena_wait(a);
}

static void
pool_return(struct arena_pool *p, const struct links *l, const uint32_t *index,
    unsigned n)
{
	pool_enter(l->arena, p);
	while (n-- > 0) {
		*link_of(l, index[n]) = p->head;
		p->head = index[n];
	}
	seq_leave(&p->lock);
}

static void
cache_put(struct arena_pool *p, const struct links *l, struct index_cache *c,
    uint32_t index)
{
	if (c->n == 2 * ARENA_BATCH) {
		c->n -= ARENA_BATCH;
		pool_return(p, l, c->index + c->n, ARENA_BATCH);
	}
	c->index[c->n++] = index;
}

/* Move up to @max indexes that have rested long enough. */
static void
cache_wake(struct arena_pool *p, const struct links *l, struct index_cache *c,
    uint64_t now, unsigned max)
{
	uint32_t i;

	while (max-- > 0 && (i = c->rest_head) != ARENA_NONE) {
		if ((uint32_t)now - *stamp_of(l, i) < ARENA_REST)
			break;
		c->rest_head = *link_of(l, i);
		if (c->rest_head == ARENA_NONE)
			c->rest_tail = ARENA_NONE;
		c->resting--;
		cache_put(p, l, c, i);
	}
}

static void
cache_rest(const struct links *l, struct index_cache *c, uint64_t now,
    uint32_t index)
{
	store_relaxed(stamp_of(l, index), (uint32_t)now);
	store_relaxed(link_of(l, index), ARENA_NONE);
	if (c->rest_tail == ARENA_NONE)
		c->rest_head = index;
	else
		store_relaxed(link_of(l, c->rest_tail), index);
	c->rest_tail = index;
	c->resting++;
}

static uint32_t
cache_take(struct arena_pool *p, const struct links *l, struct index_cache *c,
    uint64_t now)
{
	if (c->n == 0)
		cache_wake(p, l, c, now, ARENA_BATCH);
	if (c->n == 0)
		pool_fetch(p, l, c);
	return c->n == 0 ? ARENA_NONE : c->index[--c->n];
}

static void
cache_drain(struct arena_pool *p, const struct links *l, struct index_cache *c)
{
	uint32_t i;

	while ((i = c->rest_head) != ARENA_NONE) {
		c->rest_head = *link_of(l, i);
		cache_put(p, l, c, i);
	}
	pool_return(p, l, c->index, c->n);
	index_cache_init(c);
}

void
arena_cache_drain(struct arena *a, struct arena_cache *c)
{
	struct links records = record_links(a), exts = ext_links(a);

	cache_drain(&a->header->record_pool, &records, &c->records);
	cache_drain(&a->header->ext_pool, &exts, &c->exts);
}

void
arena_cache_tick(struct arena *a, struct arena_cache *c, uint64_t now)
{
	struct links records = record_links(a), exts = ext_links(a);

	cache_wake(&a->header->record_pool, &records, &c->records, now,
	    TICK_MAX);
	cache_wake(&a->header->ext_pool, &exts, &c->exts, now, TICK_MAX);
}

void
arena_uncount(struct arena *a, unsigned weight)
{
	__atomic_fetch_sub(&a->header->states, weight, __ATOMIC_RELAXED);
}

int
arena_take(struct arena *a, struct arena_cache *c, unsigned weight,
    uint64_t now, uint32_t *index)
{
	struct arena_header *h = a->header;
	struct links l = record_links(a);
	uint32_t n, i;

	n = __atomic_add_fetch(&h->states, weight, __ATOMIC_RELAXED);
	if (n > load_relaxed(&h->limit)) {
		arena_uncount(a, weight);
		return -ENOSPC;
	}
	i = cache_take(&h->record_pool, &l, &c->records, now);
	if (i == ARENA_NONE) {
		arena_uncount(a, weight);
		return -ENOMEM;
	}
	store_relaxed(&arena_cold(a, i)->kind, RECORD_FREE);
	*index = i;
	return 0;
}

void
arena_expect(struct arena *a, struct arena_cache *c, unsigned n, uint64_t now)
{
	struct links l = record_links(a);

	cache_wake(&a->header->record_pool, &l, &c->records, now, 2 * n);
	if (c->records.n < n)
		pool_fetch(&a->header->record_pool, &l, &c->records);
}

void
arena_prefetch(const struct arena *a, const struct arena_cache *c,
    unsigned nth)
{
	uint32_t i;

	if (nth >= c->records.n)
		return;
	i = c->records.index[c->records.n - 1 - nth];
	prefetch_write(arena_line(a, i * 2));
	prefetch_write(arena_line(a, i * 2 + 1));
	prefetch_write(arena_cold(a, i));
}

void
arena_give(struct arena *a, struct arena_cache *c, unsigned weight,
    uint64_t now, uint32_t index)
{
	struct links l = record_links(a);

	arena_uncount(a, weight);
	cache_rest(&l, &c->records, now, index);
}

int
arena_take_ext(struct arena *a, struct arena_cache *c, uint64_t now,
    uint32_t *index)
{
	struct links l = ext_links(a);
	struct ext *x;
	uint32_t i;

	i = cache_take(&a->header->ext_pool, &l, &c->exts, now);
	if (i == ARENA_NONE)
		return -ENOMEM;
	x = arena_ext(a, i);
	memset((char *)x + sizeof(x->addr), 0, sizeof(*x) - sizeof(x->addr));
	x->srcnode[0] = x->srcnode[1] = ARENA_NONE;
	*index = i;
	return 0;
}

void
arena_give_ext(struct arena *a, struct arena_cache *c, uint64_t now,
    uint32_t index)
{
	struct links l = ext_links(a);

	cache_rest(&l, &c->exts, now, index);
}

uint32_t
arena_take_overflow(struct arena *a)
{
	struct arena_pool *p = &a->header->overflow_pool;
	uint32_t i;

	pool_enter(a, p);
	if ((i = p->head) != ARENA_NONE)
		p->head = load_relaxed(&bucket_at(&a->fast,
		    a->header->fast.bucket_max + i)->overflow) - 1;
	else if (p->top < load_relaxed(&p->have))
		i = p->top++;
	seq_leave(&p->lock);
	return i;
}

/* The link of a free overflow bucket is an index + 1, as in a chain. */
void
arena_give_overflow(struct arena *a, uint32_t i)
{
	struct arena_pool *p = &a->header->overflow_pool;

	pool_enter(a, p);
	store_relaxed(&bucket_at(&a->fast,
	    a->header->fast.bucket_max + i)->overflow, p->head + 1);
	p->head = i;
	seq_leave(&p->lock);
}

void
arena_rebuild_pools(struct arena *a, const uint8_t *ext_used)
{
	struct arena_header *h = a->header;
	struct links l = record_links(a), x = ext_links(a);
	uint32_t i;

	h->record_pool.lock = h->ext_pool.lock = 0;
	h->record_pool.head = h->ext_pool.head = ARENA_NONE;
	for (i = h->record_pool.top; i-- > 0;) {
		if (arena_cold(a, i)->kind != RECORD_FREE)
			continue;
		*link_of(&l, i) = h->record_pool.head;
		h->record_pool.head = i;
	}
	for (i = h->ext_pool.top; i-- > 0;) {
		if (ext_used[i / 8] & 1u << i % 8)
			continue;
		*link_of(&x, i) = h->ext_pool.head;
		h->ext_pool.head = i;
	}
}

void
arena_set_limit(struct arena *a, uint32_t states)
{
	store_relaxed(&a->header->limit, states);
}

uint32_t
arena_limit(const struct arena *a)
{
	return load_relaxed(&a->header->limit);
}

uint32_t
arena_states(const struct arena *a)
{
	return load_relaxed(&a->header->states);
}

void
arena_set_unwatched(struct arena *a, bool unwatched)
{
	store_relaxed(&a->header->unwatched, unwatched);
}

bool
arena_unwatched(const struct arena *a)
{
	return load_relaxed(&a->header->unwatched) != 0;
}

void
arena_set_looked(struct arena *a, uint64_t now)
{
	store_relaxed(&a->header->looked, now);
}

bool
arena_over(const struct arena *a, uint64_t now, uint64_t most)
{
	uint64_t looked = a->header->looked;

	return looked != 0 && now - looked > most;
}

void
arena_forget(struct arena *a)
{
	a->header->record_pool.top = 0;
	a->header->ext_pool.top = 0;
}

uint32_t
arena_top(const struct arena *a)
{
	return load_relaxed(&a->header->record_pool.top);
}
