/* SPDX-License-Identifier: ISC */
/*
 * An arena: memory that is taken piece by piece and given back at once.
 *
 * A ruleset owns one arena with its syntax tree, its plain rules and all
 * their strings.  Pieces are aligned for any type and zeroed.  Running out of
 * memory is remembered rather than returned piece by piece: arena_alloc()
 * then ends in @oom's longjmp(3) target if the arena has one, else returns
 * NULL.  Not for use by two threads at once.
 */
#ifndef RULES_ARENA_H
#define RULES_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *);

/* arena_set_oom() - Where to go when memory runs out; NULL: return NULL. */
void arena_set_oom(struct arena *, jmp_buf *);

/* arena_alloc() - @size zeroed bytes. */
void *arena_alloc(struct arena *, size_t size);

/* arena_strndup() - A copy of @len bytes with a NUL behind. */
char *arena_strndup(struct arena *, const char *, size_t len);
char *arena_strdup(struct arena *, const char *);

/* arena_printf() - A formatted string. */
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/*
 * arena_grow() - Room for one more element in an array of the arena
 * @v: the array, or NULL; @n: elements in use; @size: bytes of an element
 *
 * The capacity is the power of two at or above @n, so a caller needs to keep
 * @n only.  The old array stays behind until the arena goes.
 *
 * Return: the array, with a zeroed element at index @n.
 */
void *arena_grow(struct arena *, void *v, size_t n, size_t size);

/* arena_size() - Bytes taken from the system so far. */
size_t arena_size(const struct arena *);

#endif
