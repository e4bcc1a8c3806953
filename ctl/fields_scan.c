/* SPDX-License-Identifier: ISC */
/*
 * A JSON object into a plain struct, without a tree between.
 *
 * The text is walked once beside the table of fields.  Each function takes the
 * place where it begins and returns the place behind what it read, or NULL.
 */
#include <errno.h>
#include <string.h>

#include "ctl/fields.h"

#define DIGITS_MAX 18	/* as many fit an int64_t, whatever they are */

/* "...": ended by a NUL where the quote was. */
static char *
scan_string(char *s, const struct field *f, const void *st, void *p)
{
	char *end = strchr(s + 1, '"');

	if (end == NULL || memchr(s + 1, '\\', (size_t)(end - s - 1)) != NULL)
		return NULL;
	*end = '\0';
	return field_set_text(f, st, p, s + 1) == 0 ? end + 1 : NULL;
}

static char *
scan_number(char *s, const struct field *f, void *p)
{
	bool minus = *s == '-';
	int64_t n = 0;
	int digits = 0;

	for (s += minus; *s >= '0' && *s <= '9' && digits < DIGITS_MAX; s++) {
		n = n * 10 + (*s - '0');
		digits++;
	}
	if (digits == 0)
		return NULL;
	return field_set_number(f, p, minus ? -n : n) == 0 ? s : NULL;
}

/* Behind @word, if it stands here. */
static char *
scan_word(char *s, const char *word)
{
	size_t len = strlen(word);

	return strncmp(s, word, len) == 0 ? s + len : NULL;
}

static char *
scan_value(char *s, const struct field *f, const void *st, void *p)
{
	char *end;

	if (*s == '"')
		return scan_string(s, f, st, p);
	if ((end = scan_word(s, "true")) != NULL)
		return field_set_bool(f, p, true) == 0 ? end : NULL;
	if ((end = scan_word(s, "false")) != NULL)
		return field_set_bool(f, p, false) == 0 ? end : NULL;
	if ((end = scan_word(s, "null")) != NULL)
		return field_set_null(f, p) == 0 ? end : NULL;
	return scan_number(s, f, p);
}

static char *
scan_array(char *s, const struct field *f, const void *st, char *p)
{
	unsigned i;

	for (i = 0; i < f->n; i++, p += f->stride) {
		if (*s != (i == 0 ? '[' : ','))
			return NULL;
		if ((s = scan_value(s + 1, f, st, p)) == NULL)
			return NULL;
	}
	return *s == ']' ? s + 1 : NULL;
}

/* Behind "name":, if this member stands here. */
static char *
scan_name(char *s, const char *name)
{
	size_t len = strlen(name);

	if (*s != '"' || strncmp(s + 1, name, len) != 0 ||
	    s[len + 1] != '"' || s[len + 2] != ':')
		return NULL;
	return s + len + 3;
}

int
fields_scan(char *s, const struct field *f, void *st, size_t size)
{
	char *value, *p;
	bool first = true;

	memset(st, 0, size);
	for (; f->name != NULL; f++) {
		if (!first && *s != ',')
			break;
		if ((value = scan_name(s + !first, f->name)) == NULL)
			continue;
		p = (char *)st + f->off;
		s = f->n > 0 ? scan_array(value, f, st, p) :
		    scan_value(value, f, st, p);
		if (s == NULL)
			return -EINVAL;
		first = false;
	}
	return s[0] == '}' && s[1] == '\0' ? 0 : -EINVAL;
}
