/* SPDX-License-Identifier: ISC */
/*
 * Tuples backwards: what the reply to a packet looks like.
 *
 * Addresses change places, and so do ports; an ICMP query keeps its id, and
 * its class becomes the reply's (enum icmp_class).
 */
#ifndef ENGINE_TUPLE_H
#define ENGINE_TUPLE_H

#include <netinet/in.h>

#include <stdbool.h>

#include "engine/pdesc.h"

static inline bool
proto_is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static inline void
tuple_reverse(const struct tuple *t, uint8_t proto, struct tuple *out)
{
	struct tuple r = { .src = t->dst, .dst = t->src };

	if (proto_is_icmp(proto)) {
		r.sport = t->sport;
		r.dport = t->dport ^ 1;
	} else {
		r.sport = t->dport;
		r.dport = t->sport;
	}
	*out = r;
}

/* Do both name the same source, or target, address and port? */
static inline bool
tuple_same_src(const struct tuple *a, const struct tuple *b)
{
	return addr_equal(&a->src, &b->src) && a->sport == b->sport;
}

static inline bool
tuple_same_dst(const struct tuple *a, const struct tuple *b)
{
	return addr_equal(&a->dst, &b->dst) && a->dport == b->dport;
}

#endif
