/* SPDX-License-Identifier: ISC */
/*
 * A persistent trie of prefixes of one family, for longest-prefix match.
 *
 * One writer edits its private version; readers walk the version that was
 * published last.  What an edit replaces goes to a trash list, whose owner
 * frees it when no reader can still be in it.  See table.h for the use.
 */
#ifndef ENGINE_TRIE_H
#define ENGINE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/addr.h"

/* An entry; all bits of addr behind plen are zero. */
struct trie_leaf {
	struct addr addr;
	uint8_t plen;
	bool neg : 1;
	bool timed : 1;		/* `when' is the end, else the beginning */
	bool counted : 1;	/* has a cell, which has `when' */
	uint16_t weight;	/* 0: not written, counts as 1 */
	union {
		uint32_t when;	/* unix seconds; no reader looks at it */
		uint32_t cell;	/* engine/cells.h */
	};
};

/* Pieces waiting to be freed; tagged pointers. */
struct trie_trash {
	void **v;
	size_t n, cap;
};

struct trie {
	void *root;		/* the writer's version */
	uint32_t gen;		/* nodes of this generation are unpublished */
	uint32_t n;		/* entries */
	size_t bytes;
};

/* trie_insert() - Return: 1 new, 0 replaced, -ENOMEM (nothing changed). */
int trie_insert(struct trie *, const struct trie_leaf *, struct trie_trash *);

/* trie_remove() - Return: 1 gone, 0 not there, -ENOMEM (nothing changed). */
int trie_remove(struct trie *, const struct addr *, uint8_t plen,
    struct trie_trash *);

/* trie_clear() - Remove all; Return: 0 or -ENOMEM. */
int trie_clear(struct trie *, struct trie_trash *);

/* trie_publish() - Close the generation; Return: the root for readers. */
const void *trie_publish(struct trie *);

/* trie_trash_empty() - Free what is in the trash. */
void trie_trash_empty(struct trie_trash *);

/*
 * Readers, each with a root: published, or trie.root for the writer.
 */
const struct trie_leaf *trie_lookup(const void *root, const struct addr *);
const struct trie_leaf *trie_exact(const void *root, const struct addr *,
    uint8_t plen);

/* trie_weight() - Sum of the weights of entries that are not negated. */
uint64_t trie_weight(const void *root);

/* trie_pick() - The entry at place @n of that sum; NULL: beyond it. */
const struct trie_leaf *trie_pick(const void *root, uint64_t n);

/*
 * trie_after() - First entry behind addr/plen in order; NULL addr: first
 *
 * The order is by address, of equal ones the longer prefix first.
 */
const struct trie_leaf *trie_after(const void *root, const struct addr *,
    uint8_t plen);

#endif
