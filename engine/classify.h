/* SPDX-License-Identifier: ISC */
/*
 * Finding the rules that a packet can match.
 *
 * A packet key is what constant conditions are compared with.  A classifier
 * over a run of rules gives those that match it, in their order; which ones
 * is the same for every kind of classifier, only the time differs.
 */
#ifndef ENGINE_CLASSIFY_H
#define ENGINE_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/progmem.h"

struct ifbind;

/* A packet in the form that conditions are asked in; numbers host order. */
struct pkey {
	uint32_t src, dst;	/* IPv4 */
	uint16_t sport, dport;
	uint8_t af, proto;
	uint8_t dir;		/* 1 + enum packet_dir */
	bool frag, ports, icmp, reply;
	uint8_t flags;
	int16_t icmp_type, icmp_code, tos;
	uint32_t len;
	struct u128 src6, dst6;
	const uint64_t *ifrow;	/* bit for each interface condition */
};

/* pkey_init() - All of it; pkey_update() - after pd->cur has changed. */
void pkey_init(struct pkey *, const struct pdesc *, const struct ifbind *);
void pkey_update(struct pkey *, const struct pdesc *);

/* pkey_match() - Do the constant conditions of a rule hold? */
bool pkey_match(const struct program *, const struct mrule *,
    const struct pkey *);

#define CANDS_MAX 64

/* Rules that match, ascending. */
struct cands {
	uint32_t n;
	bool more;		/* there may be more behind the last */
	uint32_t v[CANDS_MAX];
};

/*
 * classify() - The matching rules of a section at or behind @from
 *
 * At most CANDS_MAX; when `more' is set, ask again from behind the last.
 */
void classify(const struct program *, const struct section *,
    const struct pkey *, uint32_t from, struct cands *);

#endif
