/* SPDX-License-Identifier: ISC */
/*
 * A growing buffer that JSON is written into, without a tree in between: a
 * million states are a million lines.
 *
 * Members and elements put their comma themselves.  Running out of memory is
 * remembered in `failed', and the writers then do nothing; test it once at
 * the end.
 */
#ifndef CTL_JSONBUF_H
#define CTL_JSONBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonbuf {
	char *data;		/* not NUL-terminated */
	size_t len, size;
	bool failed;
};

/* A buffer of zeroes is an empty one; jsonbuf_fini() gives memory back. */
void jsonbuf_fini(struct jsonbuf *);
void jsonbuf_clear(struct jsonbuf *);

void jsonbuf_puts(struct jsonbuf *, const char *);

/*
 * jsonbuf_string() - A string in quotes
 *
 * Quotes, backslashes and control characters are escaped; bytes that are no
 * UTF-8 become U+FFFD, because a line that is not UTF-8 is not JSON.
 */
void jsonbuf_string(struct jsonbuf *, const char *, size_t);
void jsonbuf_u64(struct jsonbuf *, uint64_t);
void jsonbuf_i64(struct jsonbuf *, int64_t);

/* Braces: open "{" or "[", close with its partner. */
void jsonbuf_open(struct jsonbuf *, char);
void jsonbuf_close(struct jsonbuf *, char);

/* jsonbuf_name() - A comma if one is needed, and "NAME": */
void jsonbuf_name(struct jsonbuf *, const char *);
/* jsonbuf_comma() - A comma unless an element opens its array. */
void jsonbuf_comma(struct jsonbuf *);

/* Whole members. */
void jsonbuf_member_str(struct jsonbuf *, const char *name, const char *);
void jsonbuf_member_u64(struct jsonbuf *, const char *name, uint64_t);
void jsonbuf_member_bool(struct jsonbuf *, const char *name, bool);

#endif
