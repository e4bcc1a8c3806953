/* SPDX-License-Identifier: ISC */
/*
 * A zone: memory that is taken piece by piece and given back at once.
 *
 * A ruleset owns one zone with its syntax tree, its plain rules and all
 * their strings.  Pieces are aligned for any type and zeroed.  Running out of
 * memory is remembered rather than returned piece by piece: zone_alloc()
 * then ends in @oom's longjmp(3) target if the zone has one, else returns
 * NULL.  Not for use by two threads at once.
 */
#ifndef RULES_ZONE_H
#define RULES_ZONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct zone;

struct zone *zone_new(void);
void zone_free(struct zone *);

/* zone_set_oom() - Where to go when memory runs out; NULL: return NULL. */
void zone_set_oom(struct zone *, jmp_buf *);

/* zone_alloc() - @size zeroed bytes. */
void *zone_alloc(struct zone *, size_t size);

/* zone_strndup() - A copy of @len bytes with a NUL behind. */
char *zone_strndup(struct zone *, const char *, size_t len);
char *zone_strdup(struct zone *, const char *);

/* zone_printf() - A formatted string. */
char *zone_printf(struct zone *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

/*
 * zone_grow() - Room for one more element in an array of the zone
 * @v: the array, or NULL; @n: elements in use; @size: bytes of an element
 *
 * The capacity is the power of two at or above @n, so a caller needs to keep
 * @n only.  The old array stays behind until the zone goes.
 *
 * Return: the array, with a zeroed element at index @n.
 */
void *zone_grow(struct zone *, void *v, size_t n, size_t size);

#endif
