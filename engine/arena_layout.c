/* SPDX-License-Identifier: ISC */
/*
 * The number of the arena's layout: a hash of where each member of its structs
 * lies and how long it is, so that a build with others takes nothing over.
 * ARENA_LAYOUT is for changes that cannot be seen so.
 */
#include <stddef.h>

#include "engine/arena.h"
#include "engine/registry.h"

#define LINE(X, s)                                                            \
	X(s, src) X(s, dst) X(s, sport) X(s, dport) X(s, proto) X(s, af_dir)  \
	X(s, rdomain) X(s, nsrc) X(s, ndst) X(s, nsport) X(s, ndport)         \
	X(s, seq) X(s, last) X(s, packets) X(s, bytes) X(s, end) X(s, ack)    \
	X(s, win) X(s, maxwin) X(s, state) X(s, flags) X(s, egress)
#define BUCKET(X, s) X(s, tag) X(s, lref) X(s, seq) X(s, overflow) X(s, more)
#define COLD(X, s)                                                            \
	X(s, created) X(s, next) X(s, prev) X(s, row) X(s, ext) X(s, due)     \
	X(s, kind) X(s, tclass) X(s, worker) X(s, flags)
#define EXT(X, s)                                                             \
	X(s, addr) X(s, gw) X(s, seqdiff) X(s, srcnode) X(s, packets_hi)      \
	X(s, tag) X(s, gw_af) X(s, gw_if)
#define ROW(X, s)                                                             \
	X(s, id) X(s, kind) X(s, limited) X(s, programs) X(s, max_states)     \
	X(s, next) X(s, more) X(s, timeouts) X(s, n) X(s, mark) X(s, spare)   \
	X(s, member)
#define COUNT(X, s)                                                           \
	X(s, evaluations) X(s, packets) X(s, bytes) X(s, created) X(s, ended) \
	X(s, spare)
#define HEAD(X, s)                                                            \
	X(s, fast.hash_key) X(s, fast.split) X(s, fast.bucket_max)            \
	X(s, fast.record_max) X(s, magic) X(s, layout) X(s, ext_max)          \
	X(s, row_max) X(s, worker_max) X(s, overflow_max) X(s, rowheads)      \
	X(s, boot_id) X(s, offset) X(s, size) X(s, record_pool)               \
	X(s, ext_pool) X(s, overflow_pool) X(s, row_pool) X(s, row_pool.top)  \
	X(s, states) X(s, limit) X(s, unwatched) X(s, looked)
#define OWN(X, s) X(s, n) X(s, a) X(s, a[0].af) X(s, a[0].addr) X(s, a[1])

/* No member is forgotten where members fill a struct. */
#define SIZE(s, m) +sizeof(((struct s *)0)->m)
#define WHOLE(list, s)                                                        \
	_Static_assert(sizeof(struct s) == list(SIZE, s), "a member is missing")

WHOLE(LINE, line);
WHOLE(BUCKET, bucket);
WHOLE(COLD, cold);
WHOLE(EXT, ext);
WHOLE(ROW, row);
WHOLE(COUNT, row_count);

#define PLACE(s, m)                                                           \
	(uint32_t)offsetof(struct s, m), (uint32_t)sizeof(((struct s *)0)->m),

static const uint32_t places[] = {
	ARENA_LAYOUT, LINE(PLACE, line) BUCKET(PLACE, bucket)
	COLD(PLACE, cold) EXT(PLACE, ext) ROW(PLACE, row)
	COUNT(PLACE, row_count) HEAD(PLACE, arena_header)
	OWN(PLACE, arena_own) ARENA_NAMELEN, ARENA_TAGLEN,
};

/* FNV-1a, of words */
uint32_t
arena_layout(void)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		h = (h ^ places[i]) * 16777619u;
	return h;
}
