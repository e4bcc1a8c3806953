/* SPDX-License-Identifier: ISC */
/*
 * Reassembly of fragments.
 *
 * A datagram's bytes lie where they belong: byte n is in the chunk that
 * chunk[n / CHUNK] names, at n % CHUNK.  Offsets count 8 bytes, so 128 bits
 * say which units of a chunk are there, and 128 more where pieces begin,
 * which is what tells a duplicate from an overlap.  A chunk comes from the
 * pool when its first byte comes.
 *
 * All references are indexes.  A datagram is in its hash chain and in the
 * list by age from the first piece until it is whole, too old, or evicted.  A
 * datagram that an overlap has spoilt (dead) stays there without chunks, so
 * that its later pieces are known.
 *
 * One mutex guards all; datagrams taken out of chain and list belong to the
 * worker that took them, which copies without the lock.
 */
#include "engine/reass.h"

#include <pthread.h>

#include "engine/bits.h"
#include "engine/fast/hash.h"
#include "engine/lock.h"
#include "engine/pdesc_parts.h"
#include "engine/wire.h"

#define NONE UINT32_MAX
#define CHUNK 1024u
#define CHUNKS 64	/* of one datagram: 65536 bytes */
#define UNIT 8u
#define CHAIN_STEPS 64	/* no chain is walked further */
#define EVICT_STEPS 64	/* nor are more sent away for one piece */
#define ECN_MASK 3u
#define ECN_CE 3u

struct chunk {
	uint64_t have[2], begin[2]; /* a bit for each unit */
	uint32_t next;		    /* free list */
};

struct dgram {
	struct addr src, dst;
	uint32_t id;
	uint16_t rdomain;
	uint8_t af, proto, dir;

	uint8_t dead;		/* spoilt; holds nothing */
	uint8_t first;		/* the piece at 0 is there */
	uint8_t ecn;		/* a bit for each codepoint seen, RFC 3168 */
	uint8_t nxt;		/* IPv6: header behind the fragment header */
	uint16_t nxtoff;
	uint16_t hlen;		/* bytes of header in `head' */
	uint16_t pieces;
	uint32_t maxfrag;
	uint32_t total;		/* bytes of data; 0: last piece not seen */
	uint32_t end;		/* of the furthest byte there */
	uint32_t have;		/* bytes there */
	uint64_t born;

	uint32_t hash, source;	/* places in buckets and sources */
	uint32_t chain;		/* next in the bucket, or in the free list */
	uint32_t older, younger;
	uint32_t head;		/* chunk with the header */
	uint32_t chunk[CHUNKS];
};

struct reass {
	pthread_mutex_t lock;
	uint64_t key[2];
	uint32_t datagrams, chunks, limit, per_source;
	uint32_t bmask, smask;
	uint32_t used, used_chunks;
	uint32_t free_dgram, free_chunk;
	uint32_t oldest, youngest;
	uint32_t evicted, expired;
	uint32_t *bucket;	/* [bmask + 1] */
	uint16_t *source;	/* [smask + 1] datagrams of a source */
	struct dgram *d;
	struct chunk *c;
	uint8_t *bytes;		/* [chunks * CHUNK] */
};

/* A piece, as it is taken in. */
struct piece {
	const uint8_t *data;
	uint32_t off, len, end;
	bool more;
};

static uint32_t
pow2(uint32_t n)
{
	uint32_t p = 1;

	while (p < n && p < 1u << 30)
		p *= 2;
	return p;
}

static uint32_t
nchunks(const struct reass_config *cfg)
{
	return cfg->bytes / CHUNK + (cfg->bytes % CHUNK != 0);
}

static size_t
align64(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

/* place() - Hand out the next part of the memory. */
static void *
place(uint8_t **at, size_t n)
{
	void *p = *at;

	*at += align64(n);
	return p;
}

size_t
reass_size(const struct reass_config *cfg)
{
	size_t n = nchunks(cfg);

	return align64(sizeof(struct reass)) +
	    align64(pow2(2 * cfg->datagrams) * sizeof(uint32_t)) +
	    align64(pow2(4 * cfg->datagrams) * sizeof(uint16_t)) +
	    align64(cfg->datagrams * sizeof(struct dgram)) +
	    align64(n * sizeof(struct chunk)) + align64(n * CHUNK);
}

struct reass *
reass_init(void *mem, const struct reass_config *cfg)
{
	uint8_t *at = mem;
	struct reass *r = place(&at, sizeof(*r));
	uint32_t i;

	memset(r, 0, sizeof(*r));
	lock_init(&r->lock);
	r->key[0] = cfg->key[0];
	r->key[1] = cfg->key[1];
	r->datagrams = r->limit = cfg->datagrams;
	r->chunks = nchunks(cfg);
	r->per_source = cfg->per_source < UINT16_MAX ? cfg->per_source
						      : UINT16_MAX;
	r->bmask = pow2(2 * cfg->datagrams) - 1;
	r->smask = pow2(4 * cfg->datagrams) - 1;
	r->bucket = place(&at, (r->bmask + 1) * sizeof(*r->bucket));
	r->source = place(&at, (r->smask + 1) * sizeof(*r->source));
	r->d = place(&at, r->datagrams * sizeof(*r->d));
	r->c = place(&at, r->chunks * sizeof(*r->c));
	r->bytes = place(&at, (size_t)r->chunks * CHUNK);
	memset(r->bucket, 0xff, (r->bmask + 1) * sizeof(*r->bucket));
	memset(r->source, 0, (r->smask + 1) * sizeof(*r->source));
	r->free_dgram = r->free_chunk = r->oldest = r->youngest = NONE;
	for (i = r->datagrams; i-- > 0; r->free_dgram = i)
		r->d[i].chain = r->free_dgram;
	for (i = r->chunks; i-- > 0; r->free_chunk = i)
		r->c[i].next = r->free_chunk;
	return r;
}

void
reass_fini(struct reass *r)
{
	if (r != NULL)
		pthread_mutex_destroy(&r->lock);
}

void
reass_set_limit(struct reass *r, uint32_t datagrams)
{
	pthread_mutex_lock(&r->lock);
	r->limit = datagrams < r->datagrams ? datagrams : r->datagrams;
	pthread_mutex_unlock(&r->lock);
}

static void
chunk_free(struct reass *r, uint32_t *ref)
{
	if (*ref == NONE)
		return;
	r->c[*ref].next = r->free_chunk;
	r->free_chunk = *ref;
	r->used_chunks--;
	*ref = NONE;
}

static void
chunks_free(struct reass *r, struct dgram *d)
{
	uint32_t i;

	chunk_free(r, &d->head);
	for (i = 0; i < CHUNKS; i++)
		chunk_free(r, &d->chunk[i]);
}

/* kill() - Spoil a datagram: its later pieces are dropped too. */
static void
kill(struct reass *r, struct dgram *d)
{
	chunks_free(r, d);
	d->dead = 1;
}

/* take_out() - Out of chain and list; the chunks stay with it. */
static void
take_out(struct reass *r, struct dgram *d)
{
	uint32_t i = (uint32_t)(d - r->d);
	uint32_t *ref = &r->bucket[d->hash];

	while (*ref != i)
		ref = &r->d[*ref].chain;
	*ref = d->chain;
	if (d->older != NONE)
		r->d[d->older].younger = d->younger;
	else
		r->oldest = d->younger;
	if (d->younger != NONE)
		r->d[d->younger].older = d->older;
	else
		r->youngest = d->older;
	r->source[d->source]--;
}

/* give_back() - Of a datagram that was taken out. */
static void
give_back(struct reass *r, struct dgram *d)
{
	chunks_free(r, d);
	d->chain = r->free_dgram;
	r->free_dgram = (uint32_t)(d - r->d);
	r->used--;
}

static void
expire(struct reass *r, uint64_t now, uint32_t timeout, unsigned budget)
{
	struct dgram *d;

	for (; budget > 0 && r->oldest != NONE; budget--) {
		d = &r->d[r->oldest];
		if (now < d->born || now - d->born < timeout)
			return;
		r->expired += !d->dead;
		take_out(r, d);
		give_back(r, d);
	}
}

/* evict() - The oldest goes, but not @keep; false: there is no other. */
static bool
evict(struct reass *r, const struct dgram *keep)
{
	uint32_t i = r->oldest;
	struct dgram *d;

	if (i != NONE && &r->d[i] == keep)
		i = r->d[i].younger;
	if (i == NONE)
		return false;
	d = &r->d[i];
	r->evicted += !d->dead;
	take_out(r, d);
	give_back(r, d);
	return true;
}

/* chunk_get() - From the pool, if need be from the oldest datagrams. */
static bool
chunk_get(struct reass *r, const struct dgram *d, uint32_t *ref)
{
	struct chunk *c;
	unsigned n;

	if (*ref != NONE)
		return true;
	/* the oldest may be dead and hold nothing: then the next one */
	for (n = 0; r->free_chunk == NONE; n++)
		if (n == EVICT_STEPS || !evict(r, d))
			return false;
	*ref = r->free_chunk;
	c = &r->c[*ref];
	r->free_chunk = c->next;
	r->used_chunks++;
	memset(c->have, 0, sizeof(c->have));
	memset(c->begin, 0, sizeof(c->begin));
	return true;
}

static uint8_t *
chunk_bytes(const struct reass *r, uint32_t ref)
{
	return r->bytes + (size_t)ref * CHUNK;
}

static uint64_t
hash_addr(const struct reass *r, const struct addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof(w));
	return siphash13_words(r->key, w, 2);
}

/* hash_pd() - What makes a datagram: RFC 791 3.2, RFC 8200 4.5. */
static uint32_t
hash_pd(const struct reass *r, const struct pdesc *pd, uint8_t proto)
{
	uint64_t w[5];

	memcpy(w, pd->key.src.b, 16);
	memcpy(w + 2, pd->key.dst.b, 16);
	w[4] = pd->fragid | (uint64_t)proto << 32 | (uint64_t)pd->af << 40 |
	    (uint64_t)(pd->dir & 1) << 47 | (uint64_t)pd->rdomain << 48;
	return (uint32_t)siphash13_words(r->key, w, 5) & r->bmask;
}

static bool
is_of(const struct dgram *d, const struct pdesc *pd, uint8_t proto)
{
	return d->id == pd->fragid && d->proto == proto && d->af == pd->af &&
	    d->dir == pd->dir && d->rdomain == pd->rdomain &&
	    addr_equal(&d->src, &pd->key.src) &&
	    addr_equal(&d->dst, &pd->key.dst);
}

/* dgram_new() - Room for a datagram, if need be the oldest one's. */
static struct dgram *
dgram_new(struct reass *r, const struct pdesc *pd, uint8_t proto,
    uint32_t hash, uint64_t now)
{
	uint32_t source = (uint32_t)hash_addr(r, &pd->key.src) & r->smask, i;
	struct dgram *d;

	if (r->source[source] >= r->per_source)
		return NULL;
	for (i = 0; r->used >= r->limit || r->free_dgram == NONE; i++)
		if (i == EVICT_STEPS || !evict(r, NULL))
			return NULL;
	i = r->free_dgram;
	d = &r->d[i];
	r->free_dgram = d->chain;
	*d = (struct dgram) { .src = pd->key.src, .dst = pd->key.dst,
		.id = pd->fragid, .rdomain = pd->rdomain, .af = pd->af,
		.proto = proto, .dir = pd->dir, .born = now, .hash = hash,
		.source = source, .chain = r->bucket[hash],
		.older = r->youngest, .younger = NONE, .head = NONE };
	memset(d->chunk, 0xff, sizeof(d->chunk));
	r->bucket[hash] = i;
	if (r->youngest != NONE)
		r->d[r->youngest].younger = i;
	else
		r->oldest = i;
	r->youngest = i;
	r->source[source]++;
	r->used++;
	return d;
}

/* dgram_get() - Find, or make, or NULL: a bound is reached. */
static struct dgram *
dgram_get(struct reass *r, const struct pdesc *pd, uint64_t now)
{
	/* IPv6: the header behind is of no account, RFC 8200 4.5 */
	uint8_t proto = pd->af == AF_INET ? pd->proto : 0;
	uint32_t hash = hash_pd(r, pd, proto), i, n = 0;

	for (i = r->bucket[hash]; i != NONE; i = r->d[i].chain, n++) {
		if (n == CHAIN_STEPS)
			return NULL;
		if (is_of(&r->d[i], pd, proto))
			return &r->d[i];
	}
	return dgram_new(r, pd, proto, hash, now);
}

/* unit_mask() - Bits from unit @from up to but not @to, both 0 to 128. */
static void
unit_mask(uint64_t m[2], unsigned from, unsigned to)
{
	unsigned i;

	for (i = 0; i < 2; i++, from = from > 64 ? from - 64 : 0,
	    to = to > 64 ? to - 64 : 0) {
		m[i] = 0;
		if (from >= 64 || from >= to)
			continue;
		m[i] = UINT64_MAX << from;
		if (to < 64)
			m[i] &= ~(UINT64_MAX << to);
	}
}

/* The part of a piece that lies in one chunk. */
struct part {
	uint32_t n;		/* number of the chunk */
	uint32_t at, len;	/* bytes in it */
	uint64_t mask[2];
};

static bool
part_next(struct part *t, const struct piece *s, uint32_t *pos)
{
	if (*pos >= s->end)
		return false;
	t->n = *pos / CHUNK;
	t->at = *pos % CHUNK;
	t->len = CHUNK - t->at;
	if (t->len > s->end - *pos)
		t->len = s->end - *pos;
	unit_mask(t->mask, t->at / UNIT, (t->at + t->len + UNIT - 1) / UNIT);
	*pos += t->len;
	return true;
}

/* unit() - Is the unit at byte @off in a map of its chunk? */
static bool
unit(const struct reass *r, const struct dgram *d, uint32_t off, bool begin)
{
	unsigned u = off % CHUNK / UNIT;
	const struct chunk *c;

	if (off / CHUNK >= CHUNKS || d->chunk[off / CHUNK] == NONE)
		return false;
	c = &r->c[d->chunk[off / CHUNK]];
	return ((begin ? c->begin : c->have)[u / 64] >> u % 64 & 1) != 0;
}

enum there { THERE_NOTHING, THERE_SAME, THERE_OVERLAP };

/*
 * what_is_there() - Is any byte of a piece there already?
 *
 * It is the same piece again if all units are there, it begins where a piece
 * began, no other began inside, the one that began does not go on behind it,
 * and the bytes are equal.
 */
static enum there
what_is_there(const struct reass *r, const struct dgram *d,
    const struct piece *s)
{
	uint32_t pos = s->off, begins = 0, next;
	bool any = false, all = true;
	const struct chunk *c;
	struct part t;
	unsigned i;

	while (part_next(&t, s, &pos)) {
		if (d->chunk[t.n] == NONE) {
			all = false;
			continue;
		}
		c = &r->c[d->chunk[t.n]];
		for (i = 0; i < 2; i++) {
			any |= (c->have[i] & t.mask[i]) != 0;
			all &= (c->have[i] & t.mask[i]) == t.mask[i];
			begins += (uint32_t)popcount64(
			    c->begin[i] & t.mask[i]);
		}
		if (all && memcmp(chunk_bytes(r, d->chunk[t.n]) + t.at,
		    s->data + (pos - t.len - s->off), t.len) != 0)
			all = false;
	}
	if (!any)
		return THERE_NOTHING;
	next = (s->end + UNIT - 1) / UNIT * UNIT;
	if (!all || begins != 1 || !unit(r, d, s->off, true) ||
	    (unit(r, d, next, false) && !unit(r, d, next, true)))
		return THERE_OVERLAP;
	return THERE_SAME;
}

/* store() - Copy a piece to its place; false: no memory. */
static bool
store(struct reass *r, struct dgram *d, const struct piece *s)
{
	uint32_t pos = s->off;
	struct chunk *c;
	struct part t;

	while (part_next(&t, s, &pos)) {
		if (!chunk_get(r, d, &d->chunk[t.n]))
			return false;
		c = &r->c[d->chunk[t.n]];
		c->have[0] |= t.mask[0];
		c->have[1] |= t.mask[1];
		memcpy(chunk_bytes(r, d->chunk[t.n]) + t.at,
		    s->data + (pos - t.len - s->off), t.len);
	}
	c = &r->c[d->chunk[s->off / CHUNK]];
	pos = s->off % CHUNK / UNIT;
	c->begin[pos / 64] |= UINT64_C(1) << pos % 64;
	d->have += s->len;
	return true;
}

/* store_head() - Of the first piece: what stands before the data. */
static bool
store_head(struct reass *r, struct dgram *d, const struct pdesc *pd)
{
	const uint8_t *p = pd->pkt->data;

	d->hlen = pd->af == AF_INET ? pd->l3len : pd->fraghdr;
	if (d->hlen > CHUNK || !chunk_get(r, d, &d->head))
		return false;
	memcpy(chunk_bytes(r, d->head), p, d->hlen);
	if (pd->af == AF_INET6) {
		d->nxtoff = pd->fragnxt;
		d->nxt = p[pd->fraghdr];
	}
	d->first = 1;
	return true;
}

/* ends_fit() - Does the end of this piece agree with the others'? */
static bool
ends_fit(struct dgram *d, const struct piece *s)
{
	if (s->more) {
		if (d->total != 0 && s->end >= d->total)
			return false;
	} else {
		/* all that came before the first "last" has more behind it */
		if (d->total != 0 ? d->total != s->end : d->end >= s->end)
			return false;
		d->total = s->end;
	}
	if (s->end > d->end)
		d->end = s->end;
	return true;
}

/* ecn_ok() - RFC 3168 5.3: a mark next to "not capable" is a forgery. */
static bool
ecn_ok(const struct dgram *d)
{
	return (d->ecn & 1u << ECN_CE) == 0 || (d->ecn & 1u) == 0;
}

/* take() - Take a piece in, under the lock. */
static enum reass_fate
take(struct reass *r, struct dgram *d, const struct pdesc *pd,
    const struct piece *s, enum reason *why)
{
	enum there there;

	*why = REASON_FRAG;
	if (d->dead)
		return REASS_DROP;
	if (!ends_fit(d, s) ||
	    (there = what_is_there(r, d, s)) == THERE_OVERLAP) {
		kill(r, d);
		return REASS_DROP;
	}
	if (there == THERE_SAME)
		return REASS_HELD;
	if (++d->pieces > REASS_PIECES_MAX) {
		kill(r, d);
		return REASS_DROP;
	}
	if (!store(r, d, s) || (s->off == 0 && !store_head(r, d, pd))) {
		*why = REASON_REASSMEM;
		kill(r, d);
		return REASS_DROP;
	}
	d->ecn |= (uint8_t)(1u << (pd->tos & ECN_MASK));
	if (pd->len > d->maxfrag)
		d->maxfrag = pd->len;
	if (d->total == 0 || d->have != d->total || !d->first)
		return REASS_HELD;
	if (!ecn_ok(d)) {
		kill(r, d);
		return REASS_DROP;
	}
	return REASS_DONE;
}

/* head_done() - Make the first piece's header that of the whole. */
static void
head_done(const struct dgram *d, uint8_t *p)
{
	bool marked = (d->ecn & 1u << ECN_CE) != 0;

	if (d->af == AF_INET) {
		if (marked)
			p[1] |= ECN_CE;
		wire_put16(p + 2, (uint16_t)(d->hlen + d->total));
		wire_put16(p + 6, 0);
		wire_put16(p + 10, 0);
		wire_put_raw16(p + 10,
		    (uint16_t)~cksum_fold(wire_sum(0, p, d->hlen)));
		return;
	}
	if (marked)
		p[1] |= ECN_CE << 4;
	wire_put16(p + 4, (uint16_t)(d->hlen - IP6_HLEN + d->total));
	p[d->nxtoff] = d->nxt;
}

/* assemble() - Without the lock; false: it does not fit. */
static bool
assemble(const struct reass *r, const struct dgram *d, uint8_t *p,
    uint32_t room)
{
	uint32_t len = d->hlen + d->total, pos, n;
	uint32_t most = d->af == AF_INET ? PACKET_MAX : IP6_HLEN + PACKET_MAX;

	if (len > room || len > most)
		return false;
	memcpy(p, chunk_bytes(r, d->head), d->hlen);
	head_done(d, p);
	p += d->hlen;
	for (pos = 0; pos < d->total; pos += n) {
		n = d->total - pos < CHUNK ? d->total - pos : CHUNK;
		memcpy(p + pos, chunk_bytes(r, d->chunk[pos / CHUNK]), n);
	}
	return true;
}

/* deliver() - A datagram that was taken out: copy it, give it back. */
static enum reass_fate
deliver(struct reass *r, struct dgram *d, const struct pdesc *pd,
    struct packet *out, uint32_t room, struct fraginfo *fi, enum reason *why)
{
	bool fits = assemble(r, d, out->data, room);

	if (fits) {
		*out = (struct packet) { .data = out->data,
			.len = d->hlen + d->total, .ifidx = pd->ifidx,
			.dir = pd->dir, .csum = CSUM_FULL, .gso = GSO_NONE,
			.cookie = pd->pkt->cookie, .prio = pd->pkt->prio,
			.in_if = pd->pkt->in_if, .tag = pd->pkt->tag,
			.changed = 1 };
		*fi = (struct fraginfo) { .unfrag = d->hlen,
			.nxtoff = d->nxtoff, .id = d->id, .maxfrag = (uint16_t)
			(d->maxfrag < PACKET_MAX ? d->maxfrag : PACKET_MAX) };
	} else
		*why = REASON_FRAG;
	pthread_mutex_lock(&r->lock);
	give_back(r, d);
	pthread_mutex_unlock(&r->lock);
	return fits ? REASS_DONE : REASS_DROP;
}

/* piece_of() - Where the data of a fragment are; or why not to take it. */
static enum reason
piece_of(struct piece *s, const struct pdesc *pd, bool nodf)
{
	uint32_t at = pd->af == AF_INET ? pd->l3len :
	    (uint32_t)pd->fraghdr + FRAG6_HLEN;

	if (pd->pkt->csum != CSUM_FULL)
		return REASON_NORM;
	if ((pd->flags & PD_FRAGMENT) == 0 ||
	    (pd->af == AF_INET && (pd->flags & PD_DF) && !nodf))
		return REASON_FRAG;
	*s = (struct piece) { .data = pd->pkt->data + at, .off = pd->fragoff,
		.len = pd->len - at, .end = pd->fragoff + pd->len - at,
		.more = pd->fragmore };
	return REASON_MATCH;
}

enum reass_fate
reass_add(struct reass *r, const struct pdesc *pd, uint64_t now,
    uint32_t timeout, bool nodf, struct packet *out, uint32_t room,
    struct fraginfo *fi, enum reason *why)
{
	enum reass_fate fate = REASS_DROP;
	struct dgram *d;
	struct piece s;

	if ((*why = piece_of(&s, pd, nodf)) != REASON_MATCH)
		return REASS_DROP;
	pthread_mutex_lock(&r->lock);
	expire(r, now, timeout, 2);
	if ((d = dgram_get(r, pd, now)) == NULL)
		*why = REASON_REASSMEM;
	else
		fate = take(r, d, pd, &s, why);
	if (fate == REASS_DONE)
		take_out(r, d);
	pthread_mutex_unlock(&r->lock);
	if (fate == REASS_DONE)
		return deliver(r, d, pd, out, room, fi, why);
	return fate;
}

unsigned
reass_expire(struct reass *r, uint64_t now, uint32_t timeout, unsigned budget)
{
	uint32_t n;

	pthread_mutex_lock(&r->lock);
	expire(r, now, timeout, budget);
	n = r->expired;
	r->expired = 0;
	pthread_mutex_unlock(&r->lock);
	return n;
}

uint32_t
reass_evicted(struct reass *r)
{
	uint32_t n;

	pthread_mutex_lock(&r->lock);
	n = r->evicted;
	r->evicted = 0;
	pthread_mutex_unlock(&r->lock);
	return n;
}

void
reass_used(struct reass *r, uint32_t *datagrams, uint64_t *bytes)
{
	pthread_mutex_lock(&r->lock);
	*datagrams = r->used;
	*bytes = (uint64_t)r->used_chunks * CHUNK;
	pthread_mutex_unlock(&r->lock);
}
