/* SPDX-License-Identifier: ISC */
/*
 * Writing JSON into a growing buffer.
 */
#include "ctl/jsonbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
jsonbuf_fini(struct jsonbuf *b)
{
	free(b->data);
	*b = (struct jsonbuf){ 0 };
}

void
jsonbuf_clear(struct jsonbuf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool
jsonbuf_room(struct jsonbuf *b, size_t n)
{
	size_t size;
	char *p;

	if (b->failed)
		return false;
	if (b->size - b->len >= n)
		return true;
	for (size = b->size > 0 ? b->size : 1024; size - b->len < n;)
		size *= 2;
	if ((p = realloc(b->data, size)) == NULL) {
		b->failed = true;
		return false;
	}
	b->data = p;
	b->size = size;
	return true;
}

static void
jsonbuf_raw(struct jsonbuf *b, const char *s, size_t n)
{
	if (n == 0 || !jsonbuf_room(b, n))
		return;
	memcpy(b->data + b->len, s, n);
	b->len += n;
}

void
jsonbuf_puts(struct jsonbuf *b, const char *s)
{
	jsonbuf_raw(b, s, strlen(s));
}

/*
 * utf8_len() - Length of the well-formed UTF-8 sequence at @s, 0: none
 *
 * RFC 3629 section 4: no surrogates, nothing overlong, nothing above
 * U+10FFFF.
 */
static size_t
utf8_len(const unsigned char *s, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void
jsonbuf_escaped(struct jsonbuf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p;
	char esc[8];

	if (c != '\0' && (p = strchr(from, c)) != NULL)
		snprintf(esc, sizeof(esc), "\\%c", to[p - from]);
	else
		snprintf(esc, sizeof(esc), "\\u%04x", c);
	jsonbuf_puts(b, esc);
}

void
jsonbuf_string(struct jsonbuf *b, const char *str, size_t n)
{
	const unsigned char *s = (const unsigned char *)str;
	size_t i, plain = 0, len;

	jsonbuf_raw(b, "\"", 1);
	for (i = 0; i < n;) {
		len = utf8_len(s + i, n - i);
		if (len > 0 && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\') {
			i += len;
			continue;
		}
		jsonbuf_raw(b, str + plain, i - plain);
		if (len == 0)
			jsonbuf_puts(b, "\\ufffd");
		else
			jsonbuf_escaped(b, s[i]);
		plain = ++i;
	}
	jsonbuf_raw(b, str + plain, n - plain);
	jsonbuf_raw(b, "\"", 1);
}

void
jsonbuf_u64(struct jsonbuf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
	} while ((v /= 10) > 0);
	jsonbuf_raw(b, digits + i, sizeof(digits) - i);
}

void
jsonbuf_i64(struct jsonbuf *b, int64_t v)
{
	if (v < 0)
		jsonbuf_raw(b, "-", 1);
	jsonbuf_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
jsonbuf_open(struct jsonbuf *b, char c)
{
	jsonbuf_raw(b, &c, 1);
}

void
jsonbuf_close(struct jsonbuf *b, char c)
{
	jsonbuf_raw(b, &c, 1);
}

void
jsonbuf_comma(struct jsonbuf *b)
{
	char last;

	if (b->failed || b->len == 0)
		return;
	last = b->data[b->len - 1];
	if (last != '{' && last != '[' && last != ':' && last != '\n')
		jsonbuf_raw(b, ",", 1);
}

void
jsonbuf_name(struct jsonbuf *b, const char *name)
{
	jsonbuf_comma(b);
	jsonbuf_string(b, name, strlen(name));
	jsonbuf_raw(b, ":", 1);
}

void
jsonbuf_member_str(struct jsonbuf *b, const char *name, const char *s)
{
	jsonbuf_name(b, name);
	jsonbuf_string(b, s, strlen(s));
}

void
jsonbuf_member_u64(struct jsonbuf *b, const char *name, uint64_t v)
{
	jsonbuf_name(b, name);
	jsonbuf_u64(b, v);
}

void
jsonbuf_member_bool(struct jsonbuf *b, const char *name, bool v)
{
	jsonbuf_name(b, name);
	jsonbuf_puts(b, v ? "true" : "false");
}
