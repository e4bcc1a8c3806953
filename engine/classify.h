/* SPDX-License-Identifier: ISC */
/*
 * Finding the rules that a packet can match.
 *
 * A packet key is what constant conditions are compared with.  The classifier
 * of a run of rules gives those that match it, in their order.
 *
 * Few rules are a list.  More of them are filed under their most selective
 * field: a tree of prefixes finds those whose source, say, can hold the
 * packet's, in a time that grows with the logarithm of their number; rules
 * with equal prefixes are filed again by another field.  What is wide in
 * every field goes through bit vectors, in blocks of bounded size.  So memory
 * and building are linear but for a logarithm.
 */
#ifndef ENGINE_CLASSIFY_H
#define ENGINE_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pdesc.h"
#include "engine/progmem.h"

struct ifbind;

/* Fields that rules are filed under. */
enum cfield {
	CF_SRC,
	CF_DST,
	CF_SPORT,
	CF_DPORT,
	CF_MAX,
};

/* A packet in the form that conditions are asked in; numbers host order. */
struct pkey {
	uint32_t field[CF_MAX];	/* addresses: IPv4 */
	uint8_t af, proto;
	uint8_t dir;		/* 1 + enum packet_dir */
	uint32_t id;		/* RULE_ID() of these */
	uint16_t refused;	/* M_... of rules that are not for it */
	uint8_t flags;		/* TCP's */
	uint8_t known, lost;	/* flags that a rule may ask for and get, or
				 * not, as a fragment has none; else 0 */
	const struct pdesc *pd;	/* for what is asked rarely */
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
	uint32_t limit;		/* no rule behind this one can matter */
	uint32_t v[CANDS_MAX];
	uint16_t bits[CANDS_MAX]; /* M_... of each */
};

/*
 * classify() - The matching rules of a section that has a classifier, at or
 * behind @from
 *
 * At most CANDS_MAX; when `more' is set, ask again from behind the last.
 */
void classify(const struct program *, const struct section *,
    const struct pkey *, uint32_t from, struct cands *);

/*
 * classify_build() - Make the classifiers of all sections
 *
 * The program is complete but for them; it is moved to make room.
 * @plain_max: up to so many rules are a loop; @vector_max: so many wide rules
 * share a block of bit vectors; 0: as measured.
 *
 * Return: 0 or -ENOMEM; *pg is valid either way.
 */
int classify_build(struct program **pg, uint32_t plain_max,
    uint32_t vector_max);

#endif
