/* SPDX-License-Identifier: ISC */
/*
 * A plain struct as a JSON object: one table of fields drives both ways.
 *
 * Each row says which member of the struct becomes which member of the
 * object, and in what form.  An element count makes an array of it, with a
 * stride, so that `peer[2].window' can be the array "window".
 */
#ifndef CTL_FIELDS_H
#define CTL_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/jsonbuf.h"

enum field_type {
	FIELD_BOOL,	/* bool */
	FIELD_FLAG,	/* uint8_t, true or false */
	FIELD_U8,
	FIELD_U8_NONE,	/* uint8_t, null for 0xff */
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_I64,
	FIELD_CHAR,	/* char, a string of one */
	FIELD_HEX32,	/* 8 digits */
	FIELD_HEX64,	/* 16 digits */
	FIELD_CHARS,	/* char[aux] */
	FIELD_STR,	/* const char *, points into the json_t; NULL is "" */
	FIELD_AF,	/* uint8_t: "inet", "inet6", "" */
	FIELD_DIR,	/* uint8_t: "in", "out" */
	FIELD_PROTO,	/* uint8_t */
	FIELD_END,	/* struct view_end; aux: offset of the family */
	FIELD_ADDR,	/* struct addr; aux: offset of the family */
	FIELD_PEER,	/* uint8_t, name of a state; aux: offset of proto */
};

struct field {
	const char *name;	/* NULL ends the table */
	uint8_t type;
	uint8_t n;		/* elements; 0: no array */
	uint16_t off;
	uint16_t stride;	/* bytes from element to element */
	uint16_t aux;
};

/* The usual rows: a member, an array of one or more dimensions. */
#define FIELD_(st, nm, t, m) \
	{ nm, t, 0, offsetof(struct st, m), 0, 0 }
/* A bool; the members behind it are there only if it is true. */
#define FIELD_IF(st, nm, m) \
	{ nm, FIELD_BOOL, 0, offsetof(struct st, m), 0, 1 }
#define FIELD_N(st, nm, t, m, elem, count)                         \
	{ nm, t, count, offsetof(struct st, m), sizeof(elem), 0 }
#define FIELD_TEXT(st, nm, m)                                      \
	{ nm, FIELD_CHARS, 0, offsetof(struct st, m), 0,           \
	    sizeof(((struct st *)0)->m) }

/* fields_write() - Write the members, without the braces around them. */
void fields_write(struct jsonbuf *, const struct field *, const void *);

/*
 * fields_read() - Read what fields_write() wrote
 *
 * A member that is missing leaves zero; the struct is cleared first.
 *
 * Return: 0, or -EINVAL: a member has the wrong kind, is out of range or too
 * long; the struct's contents are then of no use.
 */
int fields_read(const json_t *, const struct field *, void *, size_t size);

/*
 * fields_scan() - fields_read() for text that is as fields_write() makes it
 * @text: from the first member to the closing brace, and a NUL; strings are
 *     ended where they stand, and members of the kind FIELD_STR point there
 *
 * A tenth of the time of a parser, for answers of many records.  It knows the
 * members in their order and without a blank, and strings without a backslash;
 * all else, which may be good JSON, is for the parser and fields_read().
 *
 * Return: 0, or -EINVAL: not such a text.
 */
int fields_scan(char *text, const struct field *, void *, size_t size);

/*
 * One value of a field into its place @p in the struct @st.
 * Return: 0, or -EINVAL: the field is of another kind, or the value does not
 * fit it.
 */
int field_set_text(const struct field *, const void *st, void *p,
    const char *);
int field_set_number(const struct field *, void *p, int64_t);
int field_set_bool(const struct field *, void *p, bool);
int field_set_null(const struct field *, void *p);

#endif
