/* SPDX-License-Identifier: ISC */
/*
 * The nodes of a classifier, as they lie in a program.
 *
 * A node is named by its distance from the section's base in units of 8
 * bytes; 0 is "none".  There are four kinds:
 *
 *	list	rules, ascending, each in a short form that is compared before
 *		the rule itself is looked at
 *	quads	a longer list, and before it what its rules ask of addresses,
 *		protocol and port, for four rules side by side: one comparison
 *		passes over four that cannot match
 *	vector	rules as bits; for each field a row of bits for each interval
 *		of values: the AND of the packet's rows is what can match
 *	maps	for some of the fields a search tree of intervals; an interval
 *		has a node with the rules filed there, and that has as `parent'
 *		the node of the next wider block around it
 *
 * Each node may have a `next' one, with further rules.  The nodes of one root
 * are for one direction and family.
 *
 * A search over 32-bit values is a tree of 64-byte blocks of 16 keys and 17
 * ways; in the lowest level, 16 values follow the 16 keys, on the line that
 * the processor fetches along.
 */
#ifndef ENGINE_CNODE_H
#define ENGINE_CNODE_H

#include <stdint.h>

#include "engine/progmem.h"

enum cnode_kind { CN_LIST, CN_QUADS, CN_VECTOR, CN_MAPS };

struct cnode {
	uint16_t kind;		/* enum cnode_kind */
	uint16_t nmaps;		/* maps; vector: fields */
	uint32_t n;		/* lists and vector: rules */
	uint32_t next;
	uint32_t parent;	/* of a node in a map */
	uint32_t first, last;	/* rules here and behind `next': bounds */
	uint32_t pad;
};

/*
 * A rule in a list.  IPv6 addresses, and all that is negated: any.  With
 * M_WHOLE in its bits this is all that the rule asks.
 */
struct centry {
	uint32_t rule;
	uint32_t slo, sspan, dlo, dspan;
	uint16_t dplo, dpspan;
	uint16_t bits;		/* M_... */
	uint16_t on;
	uint8_t proto, pad;
	uint8_t flags, flagset;
};
_Static_assert(sizeof(struct centry) == 32, "two entries on a line");

/*
 * Intervals that four rules ask for; a superset of what they match.  First
 * values are less 2^31 and spans have their top bit turned: so the comparison
 * of x - first with the span is one of signed numbers, which is what the
 * processor has.  Protocol and port are one number, CQUAD_PORT().
 */
struct cquad {
	uint32_t slo[4], sspan[4], dlo[4], dspan[4], plo[4], pspan[4];
};

#define CQUAD_TOP 0x80000000u
#define CQUAD_PORT(proto, port) ((uint32_t)(proto) << 16 | (port))
#define CQUAD_MIN 4		/* rules that make a list of quads */

#define CBLOCK 16		/* keys in a block of a search tree */
#define CLEVELS 7		/* 16 * 17^6 keys */

/* Intervals of one field; interval i begins at the i-th key. */
struct csearch {
	uint8_t field;		/* enum cfield */
	uint8_t wide;		/* keys of 128 bits: binary search */
	uint8_t levels;
	uint8_t pad;
	uint32_t n;		/* intervals */
	uint32_t keys;		/* node units: levels from the top, or u128 */
	uint32_t values;	/* wide: node units: uint32_t for each */
	uint32_t level[CLEVELS]; /* where each begins, from the top */
};

/* Maps: values are nodes, 0: none. */
struct cmaps {
	struct cnode head;
	struct csearch map[];
};

struct clist {
	struct cnode head;
	struct centry v[];
};

/* The entries follow the quads. */
struct cquads {
	struct cnode head;
	uint32_t nquads;
	struct cquad q[];
};
_Static_assert(sizeof(struct cquads) == 32, "quads are aligned");

/* A rule of a vector, with what no row of bits is about. */
struct cvrule {
	uint32_t rule;
	uint32_t on;
};

/* Vector: values are rows. */
struct cvector {
	struct cnode head;
	uint32_t words;		/* 64-bit words in a row */
	uint32_t rules;		/* node units: cvrule for each bit */
	uint32_t rows;		/* node units */
	uint32_t protos;	/* node units: uint16_t row for each protocol */
	struct csearch map[];
};

#define CVECTOR_MAX 1024	/* rules in one */

#endif
