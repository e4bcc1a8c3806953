/* SPDX-License-Identifier: ISC */
/*
 * The rule registry.  In memory:
 *
 *     header | heads[HEADS] | rows[REGISTRY_ROWS] | chunks[CHUNKS]
 *
 * Rows hang in chains from `heads', by id (rules) or by a hash of the members
 * (sets).  A text is a chain of chunks.  Free rows and chunks are chains too;
 * those never used lie above the high-water marks, so that untouched memory
 * stays untouched.  All references are numbers; 0xffffffff ends a chain.
 *
 * `users' is atomic, since workers change it without the lock.  It can grow
 * from zero without the lock only for rows that are bound, or that their
 * caller holds already: registry_collect(), under the lock, frees neither.
 */
#include <errno.h>
#include <string.h>

#include "engine/registry.h"

#define REGISTRY_MAGIC 0x7265676973747279u
#define HEADS 65536	/* chains; a power of two */
#define CHUNKS 1048576	/* pieces of text */
#define CHUNK_TEXT 124	/* bytes of text in each */
#define LOCK_SPINS 200	/* tries of a worker: some microseconds */

enum row_kind { ROW_FREE = 0, ROW_RULE, ROW_SET };

struct row {
	uint64_t id;		/* of the rule; hash of the members */
	uint32_t next;		/* in the chain, or free */
	uint32_t users;		/* states (atomic) */
	uint32_t bound;		/* programs */
	uint32_t sets;		/* sets that name this rule */
	uint8_t kind, n;
	uint16_t spare;
	union {
		uint32_t member[REGISTRY_SET_MAX];
		struct {
			uint32_t chunk, len;
		} text;
	};
};

struct chunk {
	uint32_t next;
	char text[CHUNK_TEXT];
};

struct registry {
	uint64_t magic;
	uint32_t lock;
	uint32_t used;		/* rows in use */
	uint32_t top_row, free_row;	/* never used from here; freed ones */
	uint32_t top_chunk, free_chunk;
	uint32_t spare[8];
};

_Static_assert(sizeof(struct registry) == 64, "the header is one line");
_Static_assert(sizeof(struct chunk) == 128, "a chunk is two lines");

static inline uint32_t *
heads(const struct registry *reg)
{
	return (uint32_t *)(uintptr_t)(reg + 1);
}

static inline struct row *
row_at(const struct registry *reg, uint32_t i)
{
	return (struct row *)(void *)(heads(reg) + HEADS) + i;
}

static inline struct chunk *
chunk_at(const struct registry *reg, uint32_t i)
{
	return (struct chunk *)(void *)row_at(reg, REGISTRY_ROWS) + i;
}

static bool
lock_try(struct registry *reg, unsigned spins)
{
	do {
		if (__atomic_exchange_n(&reg->lock, 1, __ATOMIC_ACQUIRE) == 0)
			return true;
	} while (spins-- > 0);
	return false;
}

static void
lock(struct registry *reg)
{
	while (!lock_try(reg, LOCK_SPINS))
		continue;
}

static void
unlock(struct registry *reg)
{
	__atomic_store_n(&reg->lock, 0, __ATOMIC_RELEASE);
}

size_t
registry_size(void)
{
	return sizeof(struct registry) + HEADS * sizeof(uint32_t) +
	    REGISTRY_ROWS * sizeof(struct row) + CHUNKS * sizeof(struct chunk);
}

struct registry *
registry_init(void *mem)
{
	struct registry *reg = mem;

	memset(reg, 0, sizeof(*reg));
	memset(heads(reg), 0xff, HEADS * sizeof(uint32_t));
	reg->free_row = reg->free_chunk = REGISTRY_NONE;
	reg->magic = REGISTRY_MAGIC;
	return reg;
}

struct registry *
registry_open(void *mem)
{
	struct registry *reg = mem;
	uint32_t i;

	if (reg->magic != REGISTRY_MAGIC || reg->top_row > REGISTRY_ROWS ||
	    reg->top_chunk > CHUNKS)
		return NULL;
	reg->lock = 0;
	for (i = 0; i < reg->top_row; i++) {
		row_at(reg, i)->users = 0;
		row_at(reg, i)->bound = 0;
	}
	return reg;
}

/* A chain's first element is handed out and the chain shortened. */
static uint32_t
row_get(struct registry *reg)
{
	uint32_t i = reg->free_row;

	if (i != REGISTRY_NONE)
		reg->free_row = row_at(reg, i)->next;
	else if (reg->top_row < REGISTRY_ROWS)
		i = reg->top_row++;
	else
		return REGISTRY_NONE;
	memset(row_at(reg, i), 0, sizeof(struct row));
	__atomic_store_n(&reg->used, reg->used + 1, __ATOMIC_RELAXED);
	return i;
}

static void
row_put(struct registry *reg, uint32_t i)
{
	struct row *r = row_at(reg, i);

	r->kind = ROW_FREE;
	r->next = reg->free_row;
	reg->free_row = i;
	__atomic_store_n(&reg->used, reg->used - 1, __ATOMIC_RELAXED);
}

static uint32_t
chunk_get(struct registry *reg)
{
	uint32_t i = reg->free_chunk;

	if (i != REGISTRY_NONE)
		reg->free_chunk = chunk_at(reg, i)->next;
	else if (reg->top_chunk < CHUNKS)
		i = reg->top_chunk++;
	return i;
}

static void
text_free(struct registry *reg, uint32_t first)
{
	uint32_t next;

	for (; first != REGISTRY_NONE; first = next) {
		next = chunk_at(reg, first)->next;
		chunk_at(reg, first)->next = reg->free_chunk;
		reg->free_chunk = first;
	}
}

static int
text_store(struct registry *reg, const char *text, size_t len, uint32_t *first)
{
	uint32_t c, *link = first;
	size_t n;

	for (*first = REGISTRY_NONE; len > 0; text += n, len -= n) {
		if ((c = chunk_get(reg)) == REGISTRY_NONE) {
			text_free(reg, *first);
			return -ENOSPC;
		}
		n = len < CHUNK_TEXT ? len : CHUNK_TEXT;
		memcpy(chunk_at(reg, c)->text, text, n);
		chunk_at(reg, c)->next = REGISTRY_NONE;
		*link = c;
		link = &chunk_at(reg, c)->next;
	}
	return 0;
}

static bool
text_equal(const struct registry *reg, const struct row *r, const char *text,
    size_t len)
{
	uint32_t c = r->text.chunk;
	size_t n;

	if (r->text.len != len)
		return false;
	for (; len > 0; text += n, len -= n, c = chunk_at(reg, c)->next) {
		n = len < CHUNK_TEXT ? len : CHUNK_TEXT;
		if (memcmp(chunk_at(reg, c)->text, text, n) != 0)
			return false;
	}
	return true;
}

static inline uint32_t *
chain(const struct registry *reg, uint64_t id)
{
	return &heads(reg)[(id ^ id >> 32) & (HEADS - 1)];
}

static void
chain_add(struct registry *reg, uint32_t i)
{
	struct row *r = row_at(reg, i);
	uint32_t *head = chain(reg, r->id);

	r->next = *head;
	*head = i;
}

static void
chain_remove(struct registry *reg, uint32_t i)
{
	uint32_t *link = chain(reg, row_at(reg, i)->id);

	while (*link != i)
		link = &row_at(reg, *link)->next;
	*link = row_at(reg, i)->next;
}

static uint32_t
rule_find(const struct registry *reg, uint64_t id, const char *text,
    size_t len)
{
	const struct row *r;
	uint32_t i;

	for (i = *chain(reg, id); i != REGISTRY_NONE; i = r->next) {
		r = row_at(reg, i);
		if (r->kind == ROW_RULE && r->id == id &&
		    text_equal(reg, r, text, len))
			break;
	}
	return i;
}

static uint32_t
rule_add(struct registry *reg, uint64_t id, const char *text, size_t len)
{
	struct row *r;
	uint32_t i;

	if ((i = row_get(reg)) == REGISTRY_NONE)
		return i;
	r = row_at(reg, i);
	if (text_store(reg, text, len, &r->text.chunk) != 0) {
		row_put(reg, i);
		return REGISTRY_NONE;
	}
	r->text.len = (uint32_t)len;
	r->kind = ROW_RULE;
	r->id = id;
	chain_add(reg, i);
	return i;
}

int
registry_bind(struct registry *reg, uint64_t id, const char *text,
    uint32_t *row)
{
	size_t len = strlen(text);
	uint32_t i;

	lock(reg);
	i = rule_find(reg, id, text, len);
	if (i == REGISTRY_NONE)
		i = rule_add(reg, id, text, len);
	if (i != REGISTRY_NONE)
		row_at(reg, i)->bound++;
	unlock(reg);
	if (i == REGISTRY_NONE)
		return -ENOSPC;
	*row = i;
	return 0;
}

void
registry_unbind(struct registry *reg, uint32_t row)
{
	lock(reg);
	row_at(reg, row)->bound--;
	unlock(reg);
}

static uint64_t
set_hash(const uint32_t *rules, unsigned n)
{
	uint64_t h = n;
	unsigned i;

	for (i = 0; i < n; i++) {
		h = (h ^ rules[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static uint32_t
set_find(const struct registry *reg, uint64_t id, const uint32_t *rules,
    unsigned n)
{
	const struct row *r;
	uint32_t i;

	for (i = *chain(reg, id); i != REGISTRY_NONE; i = r->next) {
		r = row_at(reg, i);
		if (r->kind == ROW_SET && r->id == id && r->n == n &&
		    memcmp(r->member, rules, n * sizeof(*rules)) == 0)
			break;
	}
	return i;
}

static uint32_t
set_add(struct registry *reg, uint64_t id, const uint32_t *rules, unsigned n)
{
	struct row *r;
	uint32_t i;
	unsigned j;

	if ((i = row_get(reg)) == REGISTRY_NONE)
		return i;
	r = row_at(reg, i);
	r->kind = ROW_SET;
	r->id = id;
	r->n = (uint8_t)n;
	for (j = 0; j < n; j++) {
		r->member[j] = rules[j];
		row_at(reg, rules[j])->sets++;
	}
	chain_add(reg, i);
	return i;
}

void
registry_hold(struct registry *reg, uint32_t row)
{
	__atomic_fetch_add(&row_at(reg, row)->users, 1, __ATOMIC_RELAXED);
}

void
registry_release(struct registry *reg, uint32_t row)
{
	__atomic_fetch_sub(&row_at(reg, row)->users, 1, __ATOMIC_RELEASE);
}

uint32_t
registry_intern(struct registry *reg, const uint32_t *rules, unsigned n)
{
	uint32_t row = REGISTRY_NONE;
	uint64_t id;

	if (n > 1 && n <= REGISTRY_SET_MAX) {
		id = set_hash(rules, n);
		if (lock_try(reg, LOCK_SPINS)) {
			row = set_find(reg, id, rules, n);
			if (row == REGISTRY_NONE)
				row = set_add(reg, id, rules, n);
			if (row != REGISTRY_NONE)
				registry_hold(reg, row);
			unlock(reg);
		}
	}
	if (row == REGISTRY_NONE)
		registry_hold(reg, row = rules[0]);
	return row;
}

static void
row_free(struct registry *reg, uint32_t i)
{
	struct row *r = row_at(reg, i);
	unsigned j;

	chain_remove(reg, i);
	if (r->kind == ROW_RULE)
		text_free(reg, r->text.chunk);
	else
		for (j = 0; j < r->n; j++)
			row_at(reg, r->member[j])->sets--;
	row_put(reg, i);
}

/* Free the unused rows of one kind; the lock is given up between slices. */
static unsigned
collect_kind(struct registry *reg, enum row_kind kind,
    void (*freed)(void *, uint32_t), void *arg)
{
	const struct row *r;
	unsigned n = 0;
	uint32_t i;

	lock(reg);
	for (i = 0; i < reg->top_row; i++) {
		if (i % 64 == 63) {
			unlock(reg);
			lock(reg);
		}
		r = row_at(reg, i);
		if (r->kind != kind || r->bound != 0 || r->sets != 0 ||
		    __atomic_load_n(&r->users, __ATOMIC_ACQUIRE) != 0)
			continue;
		if (freed != NULL)
			freed(arg, i);
		row_free(reg, i);
		n++;
	}
	unlock(reg);
	return n;
}

unsigned
registry_collect(struct registry *reg, void (*freed)(void *, uint32_t),
    void *arg)
{
	unsigned n;

	n = collect_kind(reg, ROW_SET, freed, arg); /* they hold rules */
	return n + collect_kind(reg, ROW_RULE, freed, arg);
}

unsigned
registry_rules(const struct registry *reg, uint32_t row,
    uint32_t rules[REGISTRY_SET_MAX])
{
	const struct row *r;

	if (row >= REGISTRY_ROWS)
		return 0;
	r = row_at(reg, row);
	if (r->kind != ROW_SET) {
		rules[0] = row;
		return r->kind == ROW_RULE;
	}
	memcpy(rules, r->member, r->n * sizeof(*rules));
	return r->n;
}

/* The row of the rule that speaks for @row. */
static const struct row *
speaker(const struct registry *reg, uint32_t row)
{
	const struct row *r;

	if (row >= REGISTRY_ROWS)
		return NULL;
	r = row_at(reg, row);
	if (r->kind == ROW_SET)
		r = row_at(reg, r->member[0]);
	return r->kind == ROW_RULE ? r : NULL;
}

uint64_t
registry_id(const struct registry *reg, uint32_t row)
{
	const struct row *r = speaker(reg, row);

	return r != NULL ? r->id : 0;
}

size_t
registry_text(const struct registry *reg, uint32_t row, char *buf, size_t len)
{
	const struct row *r = speaker(reg, row);
	size_t n, done = 0, want;
	uint32_t c;

	if (len > 0)
		buf[0] = '\0';
	if (r == NULL || len == 0)
		return r != NULL ? r->text.len : 0;
	want = r->text.len < len - 1 ? r->text.len : len - 1;
	for (c = r->text.chunk; done < want && c < CHUNKS; done += n) {
		n = want - done < CHUNK_TEXT ? want - done : CHUNK_TEXT;
		memcpy(buf + done, chunk_at(reg, c)->text, n);
		c = chunk_at(reg, c)->next;
	}
	buf[done] = '\0';
	return r->text.len;
}

uint32_t
registry_users(const struct registry *reg, uint32_t row)
{
	return row < REGISTRY_ROWS ?
	    __atomic_load_n(&row_at(reg, row)->users, __ATOMIC_RELAXED) : 0;
}

uint32_t
registry_used(const struct registry *reg)
{
	return __atomic_load_n(&reg->used, __ATOMIC_RELAXED);
}
