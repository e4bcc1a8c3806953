/* SPDX-License-Identifier: ISC */
/*
 * The state table.
 *
 *     split word -> bucket -> overflow bucket -> ...     (a chain)
 *                     tag, reference -> line
 *
 * A chain is changed by the holder of its first bucket's sequence word only.
 * Two chains are locked in ascending order of their buckets.  References are
 * written before their tags, so that a reader who sees a tag sees what it
 * stands for; entries that move within a chain or between two may escape a
 * reader, who therefore believes a miss only if the word has not changed.
 *
 * Of lines with one key, those bound to an interface stand before the
 * floating one.  Moving a chain's entries keeps their order, and place()
 * exchanges two where the free slot is on the wrong side.
 *
 * A split moves those entries of one bucket whose next hash bit is set.  Bits
 * 16 to 23 are kept in the bucket, so that in tables of more than 65536
 * buckets a split touches the two buckets and no line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/registry.h"
#include "engine/statetab.h"

#define CHAIN_MAX (LOOKUP_CHAIN * 8) /* entries */
#define INSERT_TRIES 64
#define FIND_TRIES 1024	/* of lookup(), some 100 us */
#define MORE_SHIFT 16
#define CARRY 0x80000000u /* packets that one unit of ext.packets_hi means */

struct entry {
	uint32_t lref;
	uint16_t tag;
	uint8_t more;
};

/* One slot of a chain. */
struct slot {
	struct bucket *b;
	unsigned i;
};

static struct bucket *
overflow_at(const struct arena *a, uint32_t link)
{
	return bucket_at(&a->fast, a->header->fast.bucket_max + link - 1);
}

static struct bucket *
chain_next(const struct arena *a, const struct bucket *b)
{
	uint32_t link = load_relaxed(&b->overflow);

	return link == 0 ? NULL : overflow_at(a, link);
}

static void
entry_store(struct bucket *b, unsigned i, const struct entry *e)
{
	b->more[i] = e->more;
	store_release(&b->lref[i], e->lref);
	store_release(&b->tag[i], e->tag);
}

static struct entry
entry_load(const struct bucket *b, unsigned i)
{
	return (struct entry) { .lref = load_relaxed(&b->lref[i]),
		.tag = load_relaxed(&b->tag[i]), .more = b->more[i] };
}

/* The key of a line, for hashing. */
static void
line_key(const struct arena *a, uint32_t lref, struct skey *k)
{
	const struct line *l = arena_line(a, lref);
	const struct ext *x;
	unsigned i;

	k->w[0] = load_relaxed((const word64 *)l);
	k->w[1] = load_relaxed((const word64 *)l + 1);
	if ((k->af_dir & LINE_INET6) == 0)
		return;
	x = arena_ext(a, load_relaxed(&l->nsrc));
	for (i = 0; i < 4; i++) {
		k->addr[0][i] = load_relaxed(&x->addr[lref & 1][0][i]);
		k->addr[1][i] = load_relaxed(&x->addr[lref & 1][1][i]);
	}
}

static uint64_t
hash_of(const struct arena *a, const struct skey *k)
{
	return key_hash(a->header->fast.hash_key, k);
}

static struct entry
entry_make(uint32_t lref, uint64_t hash)
{
	return (struct entry) { .lref = lref, .tag = hash_tag(hash),
		.more = (uint8_t)(hash >> MORE_SHIFT) };
}

/* All entries of a chain, in order.  Return: how many. */
static unsigned
chain_gather(const struct arena *a, const struct bucket *b, struct entry *e)
{
	unsigned i, n = 0;

	for (; b != NULL; b = chain_next(a, b))
		for (i = 0; i < 8; i++)
			if (load_relaxed(&b->tag[i]) != 0 && n < CHAIN_MAX)
				e[n++] = entry_load(b, i);
	return n;
}

/* Give back the overflow buckets behind @b. */
static void
chain_cut(struct arena *a, struct bucket *b)
{
	uint32_t link, next;

	link = load_relaxed(&b->overflow);
	store_relaxed(&b->overflow, 0);
	for (; link != 0; link = next) {
		next = load_relaxed(&overflow_at(a, link)->overflow);
		arena_give_overflow(a, link - 1);
	}
}

/* A further bucket behind the last one, or NULL. */
static struct bucket *
chain_extend(struct arena *a, struct bucket *last)
{
	uint32_t i = arena_take_overflow(a);
	struct bucket *b;
	unsigned j;

	if (i == ARENA_NONE)
		return NULL;
	b = overflow_at(a, i + 1);
	for (j = 0; j < 8; j++)
		store_relaxed(&b->tag[j], 0);
	store_relaxed(&b->overflow, 0);
	store_release(&last->overflow, i + 1);
	return b;
}

/*
 * Make a chain hold these entries and no others; its word is odd.  Only a
 * chain that grows can fail, and then it is empty.
 */
static int
chain_write(struct arena *a, struct bucket *first, const struct entry *e,
    unsigned n)
{
	const struct entry none = { .lref = 0 };
	struct bucket *b = first, *next;
	unsigned i, done = 0;

	for (;;) {
		for (i = 0; i < 8; i++, done++)
			if (done < n)
				entry_store(b, i, &e[done]);
			else
				store_release(&b->tag[i], none.tag);
		if (done >= n)
			break;
		if ((next = chain_next(a, b)) == NULL &&
		    (next = chain_extend(a, b)) == NULL) {
			chain_write(a, first, NULL, 0);
			return -ENOSPC;
		}
		b = next;
	}
	chain_cut(a, b);
	return 0;
}

/*
 * What a chain holds of a key: does it clash, and which entries of other
 * bindings are there?  @after: last bound one; @before: the floating one.
 */
struct kin {
	bool clash;
	struct slot bound, floating;
	unsigned bound_at, floating_at; /* places in the chain */
};

/* An entry with the key's tag, at place @at of the chain. */
static void
kin_note(const struct arena *a, const struct slot *s, unsigned at,
    const struct skey *k, uint16_t bound, struct kin *kin)
{
	uint32_t lref = load_relaxed(&s->b->lref[s->i]);
	const struct line *l = arena_line(a, lref);
	uint16_t other;

	if (!line_has(&a->fast, l, lref, k))
		return;
	other = line_bound(&a->fast, l, lref);
	if (other == bound)
		kin->clash = true;
	if (other == 0) {
		kin->floating = *s;
		kin->floating_at = at;
	} else {
		kin->bound = *s;
		kin->bound_at = at;
	}
}

static void
chain_kin(const struct arena *a, struct bucket *b, const struct skey *k,
    uint16_t tag, uint16_t bound, struct kin *kin)
{
	unsigned half, lane, at;
	uint64_t m;

	kin->clash = false;
	kin->floating.b = kin->bound.b = NULL;
	for (at = 0; b != NULL; b = chain_next(a, b), at += 8)
		for (half = 0; half < 2; half++) {
			m = tags_match(bucket_tags(b, half), tag);
			for (; m != 0; m = tags_drop(m, lane)) {
				lane = tags_lane(m);
				kin_note(a, &(struct slot){ b, half * 4 + lane },
				    at + half * 4 + lane, k, bound, kin);
			}
		}
}

static bool
kin_any(const struct kin *kin)
{
	return kin->bound.b != NULL || kin->floating.b != NULL;
}

/* The first free slot of a chain; its place in *@at.  b NULL: none. */
static struct slot
chain_free_slot(struct arena *a, struct bucket *b, unsigned *at)
{
	struct bucket *last = b;
	unsigned i, n = 0;
	uint64_t m;

	for (; b != NULL; last = b, b = chain_next(a, b), n++)
		for (i = 0; i < 8; i += 4)
			if ((m = tags_match(bucket_tags(b, i / 4), 0)) != 0) {
				i += tags_lane(m);
				*at = n * 8 + i;
				return (struct slot) { b, i };
			}
	*at = n * 8;
	b = n < LOOKUP_CHAIN ? chain_extend(a, last) : NULL;
	return (struct slot) { b, 0 };
}

/* Put one entry into a locked chain, bound ones before floating ones. */
static int
place(struct arena *a, struct bucket *first, const struct entry *e,
    uint16_t bound, const struct kin *kin)
{
	struct slot s, t = { NULL, 0 };
	struct entry moved;
	unsigned at;

	s = chain_free_slot(a, first, &at);
	if (s.b == NULL)
		return -ENOSPC;
	if (bound != 0 && kin->floating.b != NULL && kin->floating_at < at)
		t = kin->floating;
	if (bound == 0 && kin->bound.b != NULL && kin->bound_at > at)
		t = kin->bound;
	if (t.b != NULL) {
		moved = entry_load(t.b, t.i);
		entry_store(s.b, s.i, &moved);
		s = t;
	}
	entry_store(s.b, s.i, e);
	return 0;
}

/* Take one entry out of a locked chain. */
static void
unplace(struct arena *a, struct bucket *first, uint32_t lref)
{
	struct entry e[CHAIN_MAX];
	struct bucket *b;
	unsigned i;

	for (b = first; b != NULL; b = chain_next(a, b))
		for (i = 0; i < 8; i++)
			if (load_relaxed(&b->tag[i]) != 0 &&
			    load_relaxed(&b->lref[i]) == lref)
				store_release(&b->tag[i], 0);
	e[0] = (struct entry) { .lref = 0 };
	if (load_relaxed(&first->overflow) != 0)
		(void)chain_write(a, first, e, chain_gather(a, first, e));
}

/*
 * Lock the chains of two hashes, as the table stands now.
 * Return: 0, or -EAGAIN with nothing locked.
 */
static int
lock_two(const struct arena *a, const uint64_t hash[2], struct bucket *b[2])
{
	const struct fast_head *h = &a->header->fast;
	uint32_t i[2], low, high;
	uint64_t split;
	unsigned try;

	for (try = 0; try < INSERT_TRIES; try++) {
		split = load_acquire(&h->split);
		i[0] = split_bucket(split, hash[0]);
		i[1] = split_bucket(split, hash[1]);
		low = i[0] < i[1] ? i[0] : i[1];
		high = i[0] ^ i[1] ^ low;
		b[0] = bucket_at(&a->fast, i[0]);
		b[1] = bucket_at(&a->fast, i[1]);
		if (!seq_enter(&bucket_at(&a->fast, low)->seq)) {
			arena_wait(a); /* its holder lost the processor */
			continue;
		}
		if (high != low &&
		    !seq_enter(&bucket_at(&a->fast, high)->seq)) {
			seq_leave(&bucket_at(&a->fast, low)->seq);
			arena_wait(a);
			continue;
		}
		split = load_acquire(&h->split);
		if (split_bucket(split, hash[0]) == i[0] &&
		    split_bucket(split, hash[1]) == i[1])
			return 0;
		if (high != low)
			seq_leave(&b[1]->seq);
		seq_leave(&b[0]->seq);
	}
	return -EAGAIN;
}

static void
unlock_two(struct bucket *b[2])
{
	seq_leave(&b[0]->seq);
	if (b[1] != b[0])
		seq_leave(&b[1]->seq);
}

/* Does the entry go to the upper half when bit @bit of its hash decides? */
static bool
entry_moves(const struct arena *a, const struct entry *e, uint32_t bit)
{
	unsigned n = (unsigned)__builtin_ctz(bit);
	struct skey k;

	if (n >= MORE_SHIFT && n < MORE_SHIFT + 8)
		return e->more >> (n - MORE_SHIFT) & 1;
	line_key(a, e->lref, &k);
	return (hash_of(a, &k) & bit) != 0;
}

/* Divide the entries of bucket @from between it and the new bucket @n. */
static int
split_chain(struct arena *a, uint32_t from, uint32_t n, uint32_t mask)
{
	struct bucket *old = bucket_at(&a->fast, from);
	struct bucket *new = bucket_at(&a->fast, n);
	struct entry e[CHAIN_MAX], move[CHAIN_MAX];
	unsigned i, all, nstay = 0, nmove = 0;

	e[0] = move[0] = (struct entry) { .lref = 0 };
	all = chain_gather(a, old, e);
	for (i = 0; i < all; i++)
		if (entry_moves(a, &e[i], (mask + 1) >> 1))
			move[nmove++] = e[i];
		else
			e[nstay++] = e[i];
	if (chain_write(a, new, move, nmove) != 0)
		return -ENOSPC;
	store_release(&a->header->fast.split, (uint64_t)mask << 32 | (n + 1));
	if (nmove != 0)
		(void)chain_write(a, old, e, nstay);
	a->header->splits++;
	return 0;
}

static bool
too_full(const struct arena *a)
{
	const struct arena_header *h = a->header;
	uint32_t n = (uint32_t)load_relaxed(&h->fast.split);

	return (uint64_t)load_relaxed(&h->records) * 2 >
	    (uint64_t)n * ARENA_LOAD && n < load_relaxed(&h->bucket_have);
}

/* The split itself; the caller is the only one at it. */
static void
split_next(struct arena *a)
{
	uint64_t split = load_acquire(&a->header->fast.split);
	uint32_t n = (uint32_t)split, mask = (uint32_t)(split >> 32), from;

	if (n >= load_acquire(&a->header->bucket_have))
		return;
	if (n > mask)
		mask = mask << 1 | 1;
	from = n & mask >> 1;
	if (!seq_enter(&bucket_at(&a->fast, from)->seq))
		return;
	if (seq_enter(&bucket_at(&a->fast, n)->seq)) {
		(void)split_chain(a, from, n, mask);
		seq_leave(&bucket_at(&a->fast, n)->seq);
	}
	seq_leave(&bucket_at(&a->fast, from)->seq);
}

/* One split, if the table is too full and nobody else is at it. */
static void
grow(struct arena *a)
{
	if (!too_full(a) || !cas32(&a->header->growing, 0, 1))
		return;
	split_next(a);
	store_release(&a->header->growing, 0);
}

/*
 * A chain is at its bound.  If the table is too full, because a thread lost
 * the processor while it split, there will be room when it is back.
 * Return: is it worth another try?
 */
static bool
grow_wait(struct arena *a)
{
	unsigned i;

	if (!too_full(a))
		return false;
	for (i = 0; i < SEQ_TRIES && too_full(a); i++) {
		grow(a);
		cpu_pause();
	}
	if (too_full(a))
		arena_wait(a);
	return true;
}

static void
fill_key(struct arena *a, uint32_t lref, const struct skey *k, uint32_t ext)
{
	struct line *l = arena_line(a, lref);
	struct ext *x;
	unsigned i;

	store_relaxed((word64 *)l, k->w[0]);
	store_relaxed((word64 *)l + 1, k->w[1]);
	if ((k->af_dir & LINE_INET6) == 0)
		return;
	x = arena_ext(a, ext);
	for (i = 0; i < 4; i++) {
		store_relaxed(&x->addr[lref & 1][0][i], k->addr[0][i]);
		store_relaxed(&x->addr[lref & 1][1][i], k->addr[1][i]);
	}
}

/* A packet of key @own leaves as the reverse of @other. */
static void
fill_rewrite(struct line *l, const struct skey *own, const struct skey *other,
    uint32_t ext)
{
	const struct tcp_side none = { 0 };
	bool icmp = own->proto == 1 || own->proto == 58;
	bool inet6 = own->af_dir & LINE_INET6;

	store_relaxed(&l->nsrc, inet6 ? ext : other->dst);
	store_relaxed(&l->ndst, inet6 ? 0 : other->src);
	store_relaxed(&l->nsport, icmp ? other->sport : other->dport);
	store_relaxed(&l->ndport, icmp ? own->dport : other->sport);
	/* a writer that was killed inside has left it odd */
	store_relaxed(&l->seq, (load_relaxed(&l->seq) + 1) & ~1u);
	store_relaxed(&l->last, 0);
	store_relaxed(&l->packets, 0);
	store_relaxed(&l->bytes, 0);
	line_put(l, &none);
}

void
statetab_fill(struct arena *a, uint32_t index, const struct skey *side0,
    const struct skey *side1, uint32_t ext)
{
	fill_key(a, index * 2, side0, ext);
	fill_key(a, index * 2 + 1, side1, ext);
	fill_rewrite(arena_line(a, index * 2), side0, side1, ext);
	fill_rewrite(arena_line(a, index * 2 + 1), side1, side0, ext);
}

static int
insert_once(struct arena *a, uint32_t index, unsigned kind,
    const struct skey k[2], const uint64_t hash[2], bool alone,
    unsigned *clash)
{
	struct bucket *b[2];
	struct entry e[2];
	struct kin kin[2];
	uint16_t bound[2];
	unsigned i;
	int error;

	for (i = 0; i < 2; i++) {
		e[i] = entry_make(index * 2 + i, hash[i]);
		bound[i] = line_bound(&a->fast, arena_line(a, index * 2 + i),
		    index * 2 + i);
	}
	if (key_same(&k[0], &k[1]))
		return -EINVAL;
	if ((error = lock_two(a, hash, b)) != 0)
		return error;
	for (i = 0; i < 2 && error == 0; i++) {
		chain_kin(a, b[i], &k[i], e[i].tag, bound[i], &kin[i]);
		if (kin[i].clash || (i == 1 && alone && kin_any(&kin[i]))) {
			error = -EEXIST;
			if (clash != NULL)
				*clash = i;
		}
	}
	if (error == 0 &&
	    (error = place(a, b[0], &e[0], bound[0], &kin[0])) == 0) {
		if (b[1] == b[0]) /* entries may have changed places */
			chain_kin(a, b[1], &k[1], e[1].tag, bound[1], &kin[1]);
		error = place(a, b[1], &e[1], bound[1], &kin[1]);
		if (error != 0)
			unplace(a, b[0], e[0].lref);
		else
			store_release(&arena_cold(a, index)->kind,
			    (uint8_t)kind);
	}
	unlock_two(b);
	return error;
}

int
statetab_insert_hashed(struct arena *a, uint32_t index, unsigned kind,
    const struct skey key[2], const uint64_t hash[2], bool alone,
    unsigned *clash)
{
	unsigned try = 0;
	int error;

	do
		error = insert_once(a, index, kind, key, hash, alone, clash);
	while (error == -ENOSPC && try++ < INSERT_TRIES && grow_wait(a));
	if (error != 0)
		return error;
	__atomic_fetch_add(&a->header->records, 1, __ATOMIC_RELAXED);
	grow(a);
	return 0;
}

void
statetab_keys(const struct arena *a, uint32_t index, struct skey key[2],
    uint64_t hash[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		line_key(a, index * 2 + i, &key[i]);
		hash[i] = hash_of(a, &key[i]);
	}
}

int
statetab_insert(struct arena *a, uint32_t index, unsigned kind,
    unsigned *clash)
{
	struct skey key[2];
	uint64_t hash[2];

	statetab_keys(a, index, key, hash);
	return statetab_insert_hashed(a, index, kind, key, hash, false,
	    clash);
}

uint32_t
statetab_find(const struct arena *a, const struct skey *k, uint16_t ifidx)
{
	return statetab_find_hashed(a, k, hash_of(a, k), ifidx);
}

uint32_t
statetab_find_hashed(const struct arena *a, const struct skey *k,
    uint64_t hash, uint16_t ifidx)
{
	unsigned tries = 0;
	uint32_t lref;

	while ((lref = lookup(&a->fast, k, hash, ifidx)) == LOOKUP_BUSY)
		if (++tries % FIND_TRIES == 0)
			arena_wait(a);
		else
			cpu_pause();
	return lref;
}

void
statetab_hash_burst(const struct arena *a, const struct skey *k, unsigned n,
    uint64_t *hash)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		hash[i] = hash_of(a, &k[i]);
		lookup_prefetch(&a->fast, hash[i]);
	}
}

void
statetab_find_burst(const struct arena *a, const struct skey *k,
    const uint64_t *hash, const uint16_t *ifidx, unsigned n, uint32_t *lref)
{
	unsigned i;

	for (i = 0; i < n; i++)
		lref[i] = lookup_guess(&a->fast, hash[i], k[i].proto == 6);
	for (i = 0; i < n; i++)
		lref[i] = lookup_guessed(&a->fast, &k[i], hash[i], ifidx[i],
		    lref[i]);
}

/* Take both entries of a dead record out. */
static void
unlink_record(struct arena *a, uint32_t index)
{
	struct bucket *b[2];
	struct skey k[2];
	uint64_t hash[2];

	statetab_keys(a, index, k, hash);
	while (lock_two(a, hash, b) != 0)
		cpu_pause();
	unplace(a, b[0], index * 2);
	unplace(a, b[1], index * 2 + 1);
	store_release(&arena_cold(a, index)->kind, RECORD_DEAD);
	unlock_two(b);
	__atomic_fetch_sub(&a->header->records, 1, __ATOMIC_RELAXED);
}

int
statetab_end(struct arena *a, uint32_t index,
    bool (*due)(void *, uint32_t), void *arg)
{
	struct line *l = arena_line(a, index * 2);
	int error = 0;

	if (!seq_enter(&l[0].seq))
		return -EAGAIN;
	if (!seq_enter(&l[1].seq)) {
		seq_leave(&l[0].seq);
		return -EAGAIN;
	}
	if (!statetab_live(a, index) ||
	    load_relaxed(&l[0].state) == LINE_DEAD)
		error = -ENOENT;
	else if (due != NULL && !due(arg, index))
		error = -EAGAIN;
	if (error == 0) {
		store_relaxed(&l[0].state, LINE_DEAD);
		store_relaxed(&l[1].state, LINE_DEAD);
	}
	seq_leave(&l[1].seq);
	seq_leave(&l[0].seq);
	if (error == 0)
		unlink_record(a, index);
	return error;
}

int
statetab_carry(struct arena *a, struct arena_cache *cache, uint32_t index,
    uint64_t now)
{
	struct cold *c = arena_cold(a, index);
	struct line *l;
	struct ext *x;
	uint32_t i;
	int error;

	for (i = 0; i < 2; i++) {
		l = arena_line(a, index * 2 + i);
		if (load_relaxed(&l->packets) < CARRY)
			continue;
		if (c->ext == ARENA_NONE) {
			uint32_t ext;

			error = arena_take_ext(a, cache, now, &ext);
			if (error != 0)
				return error;
			store_release(&c->ext, ext);
		}
		x = arena_ext(a, c->ext);
		if (!seq_enter(&l->seq))
			continue;
		store_relaxed(&l->packets, load_relaxed(&l->packets) - CARRY);
		store_relaxed(&x->packets_hi[i],
		    load_relaxed(&x->packets_hi[i]) + 1);
		seq_leave(&l->seq);
	}
	return 0;
}

uint64_t
statetab_packets(const struct arena *a, uint32_t lref)
{
	const struct line *l = arena_line(a, lref);
	uint32_t begin, low, high, ext;
	unsigned i;

	for (i = 0; i < SEQ_TRIES; i++) {
		begin = seq_begin(&l->seq);
		low = load_relaxed(&l->packets);
		ext = load_acquire(&arena_cold(a, lref >> 1)->ext);
		high = ext >= a->header->ext_max ? 0 :
		    load_relaxed(&arena_ext(a, ext)->packets_hi[lref & 1]);
		if (seq_same(&l->seq, begin))
			break;
		cpu_pause();
	}
	return (uint64_t)high * CARRY + low;
}

unsigned
statetab_weight(unsigned kind)
{
	return kind == RECORD_FORWARD ? 2 : 1;
}

bool
statetab_live(const struct arena *a, uint32_t index)
{
	uint8_t kind = load_acquire(&arena_cold(a, index)->kind);

	return kind != RECORD_FREE && kind != RECORD_DEAD;
}
