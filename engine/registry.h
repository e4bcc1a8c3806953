/* SPDX-License-Identifier: ISC */
/*
 * The rule registry: rows that states point at, beside them in the arena.
 *
 * A state outlives the program whose rules made it, so it holds the number of
 * a row instead of a rule.  A row is
 *   - a rule: its 64-bit id and canonical text; or
 *   - a set: the rules that together made states (the deciding filter rule
 *     first, then match and translation rules), interned, so that packets of
 *     a state count for all of them.
 * A row lives while a program has it bound, a state uses it, or a set names
 * it.  Two texts with the same id are two rows: the text decides.
 *
 * Control binds, unbinds and collects; workers intern, hold and release.  All
 * changes of the index are made under one short lock.  Control may be
 * preempted while it has it, so workers only try: when it is taken too long
 * the state gets the deciding rule's row, and its packets count for that
 * rule alone.  Reading a row that one holds needs no lock.
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTRY_ROWS 262144 /* rules and sets that can be known at once */
#define REGISTRY_NONE 0xffffffffu
#define REGISTRY_SET_MAX 10 /* rules of one set */

struct registry;

/* registry_size() - Bytes of the region; untouched pages cost nothing. */
size_t registry_size(void);

/* registry_init() - An empty registry in zeroed memory, 64-byte aligned. */
struct registry *registry_init(void *mem);

/*
 * registry_open() - The registry that a process before this one left
 *
 * Nobody else may use it yet.  Programs' bindings are forgotten and users are
 * set to none: the caller holds again what its states hold, and collects.
 *
 * Return: the registry, or NULL if the memory holds none.
 */
struct registry *registry_open(void *mem);

/*
 * registry_bind() - Row of a rule for a program, made if need be
 * @id: hash of the canonical text; equal texts have equal ids
 * @text: canonical text, copied
 *
 * Return: 0 and the row, or -ENOSPC.  Each success is undone by one
 * registry_unbind().  Control only.
 */
int registry_bind(struct registry *, uint64_t id, const char *text,
    uint32_t *row);
void registry_unbind(struct registry *, uint32_t row);

/*
 * registry_intern() - Row of a set of rules, with one user added
 * @rules: rows of rules, the deciding one first; each is bound or held
 * @n: 1 to REGISTRY_SET_MAX
 *
 * One rule is its own row.  When the set cannot be made (no row is free, the
 * lock is taken), the first rule's row stands for all.  Workers.
 *
 * Return: the row; the user is taken away by registry_release().
 */
uint32_t registry_intern(struct registry *, const uint32_t *rules, unsigned n);
void registry_hold(struct registry *, uint32_t row);
void registry_release(struct registry *, uint32_t row);

/*
 * registry_collect() - Free the rows that nobody has any more
 * @freed: called for each row before it can be used again, or NULL
 *
 * Control only, now and then, and after a program has gone.
 *
 * Return: number of rows freed.
 */
unsigned registry_collect(struct registry *,
    void (*freed)(void *arg, uint32_t row), void *arg);

/* registry_rules() - The rules of a row: itself, or the members of a set. */
unsigned registry_rules(const struct registry *, uint32_t row,
    uint32_t rules[REGISTRY_SET_MAX]);

/* registry_id() - Rule id; of a set, of its deciding rule. */
uint64_t registry_id(const struct registry *, uint32_t row);

/*
 * registry_text() - Canonical text of a rule (of a set: of the deciding one)
 * Return: its length; longer than @len - 1: cut, as with snprintf(3).
 */
size_t registry_text(const struct registry *, uint32_t row, char *buf,
    size_t len);

/* registry_users() - States that use this very row. */
uint32_t registry_users(const struct registry *, uint32_t row);

/* Rows in use, for "natctl -s memory". */
uint32_t registry_used(const struct registry *);

#endif
