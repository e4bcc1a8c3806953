/* SPDX-License-Identifier: ISC */
/*
 * A program bound to interfaces: which of the program's conditions on
 * interfaces each interface of a snapshot meets, and which addresses its
 * dynamic addresses, (name:modifiers)/bits, stand for now.
 *
 * An interface answers to its own name, to its groups, and to its driver's
 * name (the name without the digits at its end).
 *
 * A binding is immutable and belongs to one program and one ifset, which must
 * outlive it.  Whoever puts a new program or a new ifset into force makes a
 * new binding and publishes all three together; the old one is freed when
 * every worker has passed a quiescent point.  Reading costs an array access.
 */
#ifndef ENGINE_IFBIND_H
#define ENGINE_IFBIND_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

struct ifbind;
struct ifset;
struct program;

/* ifbind_new() - Bind; Return: 0 or -ENOMEM. */
int ifbind_new(const struct program *, const struct ifset *, struct ifbind **);
void ifbind_free(struct ifbind *);

/*
 * ifbind_row() - One bit for each interface condition of the program: does
 * interface @ifidx meet it?  Index 0, or an unknown one, meets negated ones.
 */
const uint64_t *ifbind_row(const struct ifbind *, uint16_t ifidx);

/*
 * ifbind_dyn_count() - Prefixes a dynamic address stands for in family @af
 * @dyn: the ref of a PA_DYNIF pool address
 */
uint32_t ifbind_dyn_count(const struct ifbind *, uint32_t dyn, uint8_t af);

/*
 * ifbind_dyn_get() - Prefix @n of them, @n below the count
 *
 * The address is that of the interface, host bits kept (cleared only for
 * :network); @plen is the family's bits unless the rule wrote a prefix length
 * or :network.
 */
void ifbind_dyn_get(const struct ifbind *, uint32_t dyn, uint8_t af, uint32_t n,
    struct addr *, uint8_t *plen);

/* ifbind_dyn_match() - Is the address in one of them? */
bool ifbind_dyn_match(const struct ifbind *, uint32_t dyn, uint8_t af,
    const struct addr *);

#endif
