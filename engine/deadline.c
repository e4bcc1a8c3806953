/* SPDX-License-Identifier: ISC */
/*
 * When a state ends: the last packet of both its sides, plus the timeout that
 * its sides' states call for.
 *
 * The two halves of a forwarded connection are two states of pf, each with
 * the timeouts of its rule.  When the first of them is gone the connection is
 * cut, so the shorter one rules both.
 */
#include "engine/fast/atomic.h"
#include "engine/fast/track.h"
#include "engine/registry.h"
#include "engine/wheel.h"
#include "engine/words.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMPV6 58

#define SHORTEST 4 /* adaptive scaling leaves a fourth at least */

static const uint8_t tcp_timeouts[] = {
	[TCPC_FIRST] = TM_TCP_FIRST,
	[TCPC_OPENING] = TM_TCP_OPENING,
	[TCPC_ESTABLISHED] = TM_TCP_ESTABLISHED,
	[TCPC_CLOSING] = TM_TCP_CLOSING,
	[TCPC_FINWAIT] = TM_TCP_FINWAIT,
	[TCPC_CLOSED] = TM_TCP_CLOSED,
};

static unsigned
class_tcp(const struct line *l)
{
	struct tcp_side a, b;

	line_load(&l[0], &a);
	line_load(&l[1], &b);
	return tcp_timeouts[tcp_class_of(&a, &b)];
}

/*
 * One packet only?  Asked with the lines entered too, so it must not wait for
 * their writers.  After counters were carried away there were more.
 */
static int
single_packet(const struct arena *a, uint32_t index)
{
	const struct line *l = arena_line(a, index * 2);
	uint32_t ext = load_acquire(&arena_cold(a, index)->ext);

	if (ext != ARENA_NONE &&
	    (load_relaxed(&arena_ext(a, ext)->packets_hi[0]) |
		load_relaxed(&arena_ext(a, ext)->packets_hi[1])) != 0)
		return 0;
	return (uint64_t)load_relaxed(&l[0].packets) +
	    load_relaxed(&l[1].packets) <= 1;
}

/* pf: "multiple" once both sides have sent after the other had. */
static unsigned
class_other(const struct arena *a, uint32_t index, unsigned first)
{
	const struct line *l = arena_line(a, index * 2);

	if (load_relaxed(&l[0].state) == OTHER_MULTIPLE &&
	    load_relaxed(&l[1].state) == OTHER_MULTIPLE)
		return first + (TM_UDP_MULTIPLE - TM_UDP_FIRST);
	return single_packet(a, index) ? first :
	    first + (TM_UDP_SINGLE - TM_UDP_FIRST);
}

unsigned
wheel_class(const struct arena *a, uint32_t index)
{
	const struct line *l = arena_line(a, index * 2);

	switch (load_relaxed(&l->proto)) {
	case PROTO_TCP:
		return class_tcp(l);
	case PROTO_UDP:
		return class_other(a, index, TM_UDP_FIRST);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return single_packet(a, index) ? TM_ICMP_FIRST : TM_ICMP_ERROR;
	default:
		return class_other(a, index, TM_OTHER_FIRST);
	}
}

/*
 * pf's adaptive scaling: from `start' states on timeouts shrink, to nothing
 * at `end'.  A rule with numbers of its own counts its own states.
 */
static uint32_t
scale(const struct arena *a, uint32_t row, const uint32_t *timeout,
    uint32_t seconds)
{
	uint32_t start, end, states, least = seconds / SHORTEST;

	start = registry_timeout(a, row, TM_ADAPTIVE_START);
	if (start != 0) {
		end = registry_timeout(a, row, TM_ADAPTIVE_END);
		states = registry_states(a, row);
	} else {
		start = timeout[TM_ADAPTIVE_START];
		end = timeout[TM_ADAPTIVE_END];
		states = arena_states(a);
	}
	if (end == 0 || start >= end || states <= start)
		return seconds;
	seconds = states >= end ? 0 : (uint32_t)((uint64_t)seconds *
	    (end - states) / (end - start));
	if (least == 0)
		least = 1;
	return seconds < least ? least : seconds;
}

/* Made up of both sides' word: never shortened. */
static int
lasting(unsigned what)
{
	return what == TM_TCP_ESTABLISHED || what == TM_UDP_MULTIPLE ||
	    what == TM_OTHER_MULTIPLE;
}

static uint32_t
timeout_of_row(const struct arena *a, uint32_t row, const uint32_t *timeout,
    unsigned what)
{
	uint32_t seconds = registry_timeout(a, row, what);

	if (seconds == 0)
		seconds = timeout[what];
	return lasting(what) ? seconds : scale(a, row, timeout, seconds);
}

uint32_t
wheel_timeout(const struct arena *a, uint32_t index, const uint32_t *timeout,
    unsigned what)
{
	const struct cold *c = arena_cold(a, index);
	uint32_t row, seconds, shortest = UINT32_MAX;
	unsigned half;

	for (half = 0; half < 2; half++) {
		if ((row = load_relaxed(&c->row[half])) == ARENA_NONE)
			continue;
		seconds = timeout_of_row(a, row, timeout, what);
		if (seconds < shortest)
			shortest = seconds;
	}
	return shortest != UINT32_MAX ? shortest :
	    timeout_of_row(a, ARENA_NONE, timeout, what);
}

/* Milliseconds since a side's last packet; another worker's clock read may be
 * a little ahead of ours. */
static uint32_t
silent(const struct line *l, uint64_t now)
{
	uint32_t ms = (uint32_t)now - load_relaxed(&l->last);

	return ms > UINT32_MAX - 60000 ? 0 : ms;
}

uint64_t
wheel_deadline(const struct arena *a, uint32_t index, const uint32_t *timeout,
    uint64_t now)
{
	const struct line *l = arena_line(a, index * 2);
	uint32_t ms = silent(&l[0], now), other = silent(&l[1], now);
	uint64_t seconds;

	seconds = wheel_timeout(a, index, timeout, wheel_class(a, index));
	return now - (ms < other ? ms : other) + seconds * 1000;
}
