/* SPDX-License-Identifier: ISC */
/*
 * Tuples forwards and backwards: the state keys of a packet and of the reply
 * to it.
 *
 * Backwards, addresses change places, and so do ports; an ICMP query keeps its id, and
 * its class becomes the reply's (enum icmp_class).  A key has the class in
 * network order, like ports.
 */
#ifndef ENGINE_TUPLE_H
#define ENGINE_TUPLE_H

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdbool.h>

#include "engine/fast/key.h"
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

static inline void
tuple_put_key(struct skey *k, uint8_t af, const struct addr *src,
    const struct addr *dst, uint16_t sport, uint16_t dport, uint8_t proto,
    uint8_t dir, uint16_t rdomain)
{
	if (af == AF_INET)
		key_make4(k, src->w[0], dst->w[0], sport, dport, proto,
		    dir == DIR_OUT, rdomain);
	else
		key_make6(k, src->w, dst->w, sport, dport, proto,
		    dir == DIR_OUT, rdomain);
}

/*
 * tuple_key() - The key of a packet of these addresses and ports
 * tuple_reply_key() - of the reply to it
 * @dir: in which that packet is seen
 */
static inline void
tuple_key(struct skey *k, const struct tuple *t, uint8_t af, uint8_t proto,
    uint8_t dir, uint16_t rdomain)
{
	tuple_put_key(k, af, &t->src, &t->dst, t->sport,
	    proto_is_icmp(proto) ? htons(t->dport) : t->dport, proto, dir,
	    rdomain);
}

static inline void
tuple_reply_key(struct skey *k, const struct tuple *t, uint8_t af,
    uint8_t proto, uint8_t dir, uint16_t rdomain)
{
	bool icmp = proto_is_icmp(proto);

	tuple_put_key(k, af, &t->dst, &t->src, icmp ? t->sport : t->dport,
	    icmp ? htons(t->dport ^ 1) : t->sport, proto, dir, rdomain);
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
