/* SPDX-License-Identifier: ISC */
/*
 * The table of source nodes.
 *
 * Nodes lie in pieces that are never moved, in chains by the hash of their
 * key.  A place that is free again goes to the end of the free list.
 *
 * A reference is the number of a place from 1 on in its lower 20 bits, and
 * above them how often the place has been free, as far as 12 bits tell.  So a
 * state that outlives its node (natctl -K) does not count in another one: that
 * takes 4096 nodes in one place, one after the other, in the life of a state.
 */
#include "engine/srcnode.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fast/atomic.h"
#include "engine/lock.h"
#include "engine/random.h"

#define PIECE 1024
#define PIECES ((SRCNODES_MAX + PIECE - 1) / PIECE)
#define HEADS 65536
#define PLACE_BITS 20
#define PLACE_MASK ((1u << PLACE_BITS) - 1)

_Static_assert(SRCNODES_MAX < PLACE_MASK, "ARENA_NONE is no reference");

struct node {
	struct srcnode_key key;
	struct srcnode_target to;
	uint32_t next;		/* place + 1 in the chain or the free list */
	uint32_t states;
	uint32_t created;
	uint32_t own;		/* s */
	uint32_t times;		/* that the place was free */
	bool used;
	uint64_t expire;	/* while it has no state */
	uint64_t packets, bytes;
};

struct srcnodes {
	pthread_mutex_t lock;
	struct random hash;
	uint32_t limit, room;	/* room: places there is memory for */
	uint32_t used, top;	/* top: places that were ever used */
	uint32_t free, last;	/* place + 1: of the free list */
	uint32_t at;		/* srcnodes_expire() */
	uint32_t heads[HEADS];	/* place + 1 */
	struct node *piece[PIECES];
};

struct srcnodes *
srcnodes_new(const struct random *hash)
{
	struct srcnodes *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	lock_init(&s->lock);
	s->hash = *hash;
	return s;
}

void
srcnodes_free(struct srcnodes *s)
{
	unsigned i;

	if (s == NULL)
		return;
	for (i = 0; i < PIECES; i++)
		free(s->piece[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Only control makes room: pieces beyond it are nobody else's. */
int
srcnodes_set_limit(struct srcnodes *s, uint32_t limit)
{
	uint32_t i, n;

	if (limit > SRCNODES_MAX)
		limit = SRCNODES_MAX;
	n = (limit + PIECE - 1) / PIECE;
	for (i = 0; i < n; i++)
		if (s->piece[i] == NULL && (s->piece[i] =
		    calloc(PIECE, sizeof(**s->piece))) == NULL)
			return -ENOMEM;
	pthread_mutex_lock(&s->lock);
	if (s->room < n * PIECE)
		s->room = n * PIECE;
	s->limit = limit;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

uint32_t
srcnodes_used(const struct srcnodes *s)
{
	return load_relaxed(&s->used);
}

uint32_t
srcnodes_top(const struct srcnodes *s)
{
	return load_relaxed(&s->top);
}

static struct node *
node_at(const struct srcnodes *s, uint32_t place)
{
	return &s->piece[place / PIECE][place % PIECE];
}

static uint32_t
ref_of(const struct node *n, uint32_t place)
{
	return n->times << PLACE_BITS | (place + 1);
}

/* The node of a reference, if it is that one still. */
static struct node *
node_of(const struct srcnodes *s, uint32_t ref, uint32_t *place)
{
	struct node *n;

	*place = (ref & PLACE_MASK) - 1;
	if (*place >= s->top)
		return NULL;
	n = node_at(s, *place);
	return n->used && ref_of(n, *place) == ref ? n : NULL;
}

static uint32_t *
head_of(struct srcnodes *s, const struct srcnode_key *key)
{
	return &s->heads[random_hash(&s->hash, key, sizeof(*key)) % HEADS];
}

static void
end(struct srcnodes *s, struct node *n, uint32_t place)
{
	uint32_t *p = head_of(s, &n->key);

	while (*p != place + 1)
		p = &node_at(s, *p - 1)->next;
	*p = n->next;
	n->used = false;
	n->times++;
	n->next = 0;
	if (s->free == 0)
		s->free = place + 1;
	else
		node_at(s, s->last - 1)->next = place + 1;
	s->last = place + 1;
	store_relaxed(&s->used, s->used - 1);
}

static bool
expired(const struct node *n, uint64_t now)
{
	return n->states == 0 && now >= n->expire;
}

/* The node of a key; one whose time is over goes. */
static struct node *
look_up(struct srcnodes *s, const struct srcnode_key *key, uint64_t now,
    uint32_t *place)
{
	uint32_t i = *head_of(s, key);
	struct node *n;

	for (; i != 0; i = n->next) {
		n = node_at(s, i - 1);
		if (memcmp(&n->key, key, sizeof(*key)) != 0)
			continue;
		*place = i - 1;
		if (!expired(n, now))
			return n;
		end(s, n, *place);
		break;
	}
	return NULL;
}

static struct node *
begin(struct srcnodes *s, const struct srcnode_key *key, uint32_t *place)
{
	uint32_t *head = head_of(s, key), times;
	struct node *n;

	if (s->used >= s->limit || (s->free == 0 && s->top >= s->room))
		return NULL;
	if (s->free != 0) {
		*place = s->free - 1;
		s->free = node_at(s, *place)->next;
	} else {
		*place = s->top;
		store_relaxed(&s->top, s->top + 1);
	}
	store_relaxed(&s->used, s->used + 1);
	n = node_at(s, *place);
	times = n->times;
	memset(n, 0, sizeof(*n));
	n->times = times;
	n->key = *key;
	n->used = true;
	n->next = *head;
	*head = *place + 1;
	return n;
}

/* A state of it is about to be made. */
static void
keep(struct node *n, uint64_t now)
{
	if (n->expire < now + SRCNODE_BEGIN)
		n->expire = now + SRCNODE_BEGIN;
}

uint32_t
srcnode_find(struct srcnodes *s, const struct srcnode_key *key, uint64_t now,
    struct srcnode_target *to)
{
	uint32_t place, ref = 0;
	struct node *n;

	pthread_mutex_lock(&s->lock);
	if ((n = look_up(s, key, now, &place)) != NULL) {
		*to = n->to;
		ref = ref_of(n, place);
		keep(n, now);
	}
	pthread_mutex_unlock(&s->lock);
	return ref;
}

static bool
same_target(const struct srcnode_target *a, const struct srcnode_target *b)
{
	return a->ifidx == b->ifidx && addr_equal(&a->addr, &b->addr);
}

uint32_t
srcnode_give(struct srcnodes *s, const struct srcnode_key *key,
    const struct srcnode_target *old, struct srcnode_target *to, uint32_t own,
    uint64_t now, uint32_t wall)
{
	uint32_t place, ref = 0;
	bool first = true;
	struct node *n;

	pthread_mutex_lock(&s->lock);
	if ((n = look_up(s, key, now, &place)) != NULL) {
		first = old != NULL && same_target(&n->to, old);
	} else if ((n = begin(s, key, &place)) != NULL) {
		n->created = wall;
		n->own = own;
	}
	if (n != NULL) {
		keep(n, now);
		if (first)
			n->to = *to;
		*to = n->to;
		ref = ref_of(n, place);
	}
	pthread_mutex_unlock(&s->lock);
	return ref;
}

bool
srcnode_begin(struct srcnodes *s, uint32_t ref)
{
	struct node *n;
	uint32_t place;

	pthread_mutex_lock(&s->lock);
	if ((n = node_of(s, ref, &place)) != NULL)
		n->states++;
	pthread_mutex_unlock(&s->lock);
	return n != NULL;
}

void
srcnode_end(struct srcnodes *s, uint32_t ref, uint32_t track, uint64_t now,
    uint64_t packets, uint64_t bytes)
{
	struct node *n;
	uint32_t place;

	pthread_mutex_lock(&s->lock);
	if ((n = node_of(s, ref, &place)) != NULL && n->states > 0) {
		n->packets += packets;
		n->bytes += bytes;
		n->expire = now + UINT64_C(1000) *
		    (n->own != 0 ? n->own : track);
		if (--n->states == 0 && expired(n, now))
			end(s, n, place);
	}
	pthread_mutex_unlock(&s->lock);
}

void
srcnodes_expire(struct srcnodes *s, uint64_t now)
{
	struct node *n;
	uint32_t i;

	if (srcnodes_used(s) == 0)
		return;
	pthread_mutex_lock(&s->lock);
	for (i = 0; i < SRCNODE_LOOK && i < s->top; i++) {
		if (s->at >= s->top)
			s->at = 0;
		n = node_at(s, s->at);
		if (n->used && expired(n, now))
			end(s, n, s->at);
		s->at++;
	}
	pthread_mutex_unlock(&s->lock);
}

bool
srcnode_view(struct srcnodes *s, uint32_t place, uint64_t now,
    struct srcnode_view *v)
{
	const struct node *n;
	bool there;

	memset(v, 0, sizeof(*v));
	pthread_mutex_lock(&s->lock);
	there = place < s->top && node_at(s, place)->used &&
	    !expired(node_at(s, place), now);
	if (there) {
		n = node_at(s, place);
		v->key = n->key;
		v->to = n->to;
		v->ref = ref_of(n, place);
		v->states = n->states;
		v->created = n->created;
		if (n->states == 0)
			v->expires = (uint32_t)(n->expire - now);
		v->packets = n->packets;
		v->bytes = n->bytes;
	}
	pthread_mutex_unlock(&s->lock);
	return there;
}

bool
srcnode_kill(struct srcnodes *s, uint32_t ref)
{
	struct node *n;
	uint32_t place;

	pthread_mutex_lock(&s->lock);
	if ((n = node_of(s, ref, &place)) != NULL)
		end(s, n, place);
	pthread_mutex_unlock(&s->lock);
	return n != NULL;
}
