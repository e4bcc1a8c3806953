/* SPDX-License-Identifier: ISC */
/*
 * A plain struct as a JSON object, driven by a table.
 *
 * Numbers go through one pair of functions, number_get() and number_set(), so
 * that a width stands in one place; the rest are strings.
 */
#include "ctl/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/word.h"

static const char *const af_names[] = {
	[0] = "", [AF_INET] = "inet", [AF_INET6] = "inet6",
};
static const char *const dir_names[] = { "in", "out" };

static uint8_t
aux_u8(const struct field *f, const void *st)
{
	return *((const uint8_t *)st + f->aux);
}

/* Is it a number?  How many bytes, and up to which value? */
static size_t
number_size(uint8_t type, uint64_t *max)
{
	switch (type) {
	case FIELD_U8:
		*max = UINT8_MAX;
		return 1;
	case FIELD_U16:
		*max = UINT16_MAX;
		return 2;
	case FIELD_U32:
		*max = UINT32_MAX;
		return 4;
	case FIELD_U64:
		*max = INT64_MAX;
		return 8;
	default:
		return 0;
	}
}

static uint64_t
number_get(const void *p, size_t size)
{
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size) {
	case 1:
		memcpy(&v8, p, 1);
		return v8;
	case 2:
		memcpy(&v16, p, 2);
		return v16;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	default:
		memcpy(&v64, p, 8);
		return v64 > INT64_MAX ? INT64_MAX : v64;
	}
}

static void
number_set(void *p, size_t size, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(p, size == 1 ? (void *)&v8 : size == 2 ? (void *)&v16 :
	    size == 4 ? (void *)&v32 : (void *)&v, size);
}

static const char *
name_of(const char *const *names, size_t n, uint8_t v)
{
	return v < n && names[v] != NULL ? names[v] : "";
}

static int
name_parse(const char *const *names, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i] != NULL && strcmp(names[i], s) == 0)
			return (int)i;
	return -EINVAL;
}

#define NAMES(a) a, sizeof(a) / sizeof((a)[0])

/* The string of a field that is one; @buf is for those that are made. */
static const char *
text_get(const struct field *f, const void *st, const void *p,
    char buf[static WORD_MAX])
{
	uint32_t v32;
	uint64_t v64;

	switch (f->type) {
	case FIELD_CHAR:
		snprintf(buf, WORD_MAX, "%c", *(const char *)p);
		return buf;
	case FIELD_HEX32:
		memcpy(&v32, p, sizeof(v32));
		snprintf(buf, WORD_MAX, "%08" PRIx32, v32);
		return buf;
	case FIELD_HEX64:
		memcpy(&v64, p, sizeof(v64));
		snprintf(buf, WORD_MAX, "%016" PRIx64, v64);
		return buf;
	case FIELD_CHARS:
		return p;
	case FIELD_STR:
		return *(const char *const *)p != NULL ?
		    *(const char *const *)p : "";
	case FIELD_AF:
		return name_of(NAMES(af_names), *(const uint8_t *)p);
	case FIELD_DIR:
		return name_of(NAMES(dir_names), *(const uint8_t *)p);
	case FIELD_PROTO:
		return word_proto(buf, *(const uint8_t *)p);
	case FIELD_PEER:
		return word_state(buf, aux_u8(f, st), *(const uint8_t *)p);
	case FIELD_END:
		return word_end(buf, aux_u8(f, st), p);
	case FIELD_ADDR:
	default:
		return word_addr(buf, aux_u8(f, st), p);
	}
}

static void
value_write(struct jsonbuf *b, const struct field *f, const void *st,
    const void *p)
{
	char buf[WORD_MAX];
	const char *s;
	uint64_t max;
	int64_t v;
	size_t size;

	if ((size = number_size(f->type, &max)) > 0) {
		jsonbuf_u64(b, number_get(p, size));
		return;
	}
	switch (f->type) {
	case FIELD_BOOL:
	case FIELD_FLAG:
		jsonbuf_puts(b, *(const uint8_t *)p ? "true" : "false");
		return;
	case FIELD_U8_NONE:
		if (*(const uint8_t *)p == 0xff)
			jsonbuf_puts(b, "null");
		else
			jsonbuf_u64(b, *(const uint8_t *)p);
		return;
	case FIELD_I64:
		memcpy(&v, p, sizeof(v));
		jsonbuf_i64(b, v);
		return;
	default:
		s = text_get(f, st, p, buf);
		jsonbuf_string(b, s, f->type == FIELD_CHARS ?
		    strnlen(s, f->aux) : strlen(s));
	}
}

void
fields_write(struct jsonbuf *b, const struct field *f, const void *st)
{
	const char *p;
	unsigned i;

	for (; f->name != NULL; f++) {
		p = (const char *)st + f->off;
		jsonbuf_name(b, f->name);
		if (f->n == 0) {
			value_write(b, f, st, p);
			if (f->type == FIELD_BOOL && f->aux != 0 &&
			    *(const uint8_t *)p == 0)
				return;
			continue;
		}
		jsonbuf_open(b, '[');
		for (i = 0; i < f->n; i++, p += f->stride) {
			jsonbuf_comma(b);
			value_write(b, f, st, p);
		}
		jsonbuf_close(b, ']');
	}
}

static int
hex_set(const struct field *f, void *p, const char *s)
{
	uint32_t v32;
	uint64_t v;

	if (word_hex(s, &v) != 0 ||
	    (f->type == FIELD_HEX32 && v > UINT32_MAX))
		return -EINVAL;
	v32 = (uint32_t)v;
	if (f->type == FIELD_HEX32)
		memcpy(p, &v32, sizeof(v32));
	else
		memcpy(p, &v, sizeof(v));
	return 0;
}

/* field_set_text() - The other way of text_get(). */
int
field_set_text(const struct field *f, const void *st, void *p, const char *s)
{
	int v;

	switch (f->type) {
	case FIELD_CHAR:
		*(char *)p = s[0];
		return s[0] == '\0' || s[1] == '\0' ? 0 : -EINVAL;
	case FIELD_HEX32:
	case FIELD_HEX64:
		return hex_set(f, p, s);
	case FIELD_CHARS:
		if (strlen(s) >= f->aux)
			return -EINVAL;
		strcpy(p, s);
		return 0;
	case FIELD_STR:
		*(const char **)p = s;
		return 0;
	case FIELD_AF:
		v = name_parse(NAMES(af_names), s);
		break;
	case FIELD_DIR:
		v = name_parse(NAMES(dir_names), s);
		break;
	case FIELD_PROTO:
		v = word_proto_parse(s);
		break;
	case FIELD_PEER:
		v = word_state_parse(aux_u8(f, st), s);
		break;
	case FIELD_END:
		return word_end_parse(s, aux_u8(f, st), p);
	case FIELD_ADDR:
		return word_addr_parse(s, aux_u8(f, st), p);
	default:
		return -EINVAL;
	}
	if (v < 0)
		return v;
	*(uint8_t *)p = (uint8_t)v;
	return 0;
}

int
field_set_number(const struct field *f, void *p, int64_t n)
{
	uint64_t max = 0;
	size_t size = number_size(f->type, &max);

	if (f->type == FIELD_I64) {
		memcpy(p, &n, sizeof(n));
		return 0;
	}
	if (f->type == FIELD_U8_NONE) {
		max = UINT8_MAX;
		size = 1;
	}
	if (size == 0 || n < 0 || (uint64_t)n > max)
		return -EINVAL;
	number_set(p, size, (uint64_t)n);
	return 0;
}

int
field_set_bool(const struct field *f, void *p, bool v)
{
	if (f->type != FIELD_BOOL && f->type != FIELD_FLAG)
		return -EINVAL;
	*(uint8_t *)p = v;
	return 0;
}

int
field_set_null(const struct field *f, void *p)
{
	if (f->type != FIELD_U8_NONE)
		return -EINVAL;
	*(uint8_t *)p = 0xff;
	return 0;
}

static int
value_read(const json_t *v, const struct field *f, const void *st, void *p)
{
	if (json_is_integer(v))
		return field_set_number(f, p, json_integer_value(v));
	if (json_is_boolean(v))
		return field_set_bool(f, p, json_is_true(v));
	if (json_is_null(v))
		return field_set_null(f, p);
	/* a NUL inside would make two different strings equal */
	if (!json_is_string(v) ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return -EINVAL;
	return field_set_text(f, st, p, json_string_value(v));
}

int
fields_read(const json_t *obj, const struct field *f, void *st, size_t size)
{
	const json_t *v;
	char *p;
	unsigned i;
	int error;

	memset(st, 0, size);
	if (!json_is_object(obj))
		return -EINVAL;
	for (; f->name != NULL; f++) {
		p = (char *)st + f->off;
		if ((v = json_object_get(obj, f->name)) == NULL)
			continue;
		if (f->n == 0) {
			if ((error = value_read(v, f, st, p)) != 0)
				return error;
			continue;
		}
		if (json_array_size(v) != f->n)
			return -EINVAL;
		for (i = 0; i < f->n; i++, p += f->stride)
			if ((error = value_read(json_array_get(v, i), f, st,
			    p)) != 0)
				return error;
	}
	return 0;
}
