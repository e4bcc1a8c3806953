/* SPDX-License-Identifier: ISC */
/*
 * The last line of an answer.
 */
#include "engine/natd/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void
answer_done_open(struct jsonbuf *b)
{
	jsonbuf_puts(b, "{\"done\":{");
}

void
answer_done_close(struct jsonbuf *b)
{
	jsonbuf_puts(b, "}}\n");
}

void
answer_done(struct jsonbuf *b)
{
	answer_done_open(b);
	answer_done_close(b);
}

void
answer_count(struct jsonbuf *b, const char *name, uint64_t n)
{
	answer_done_open(b);
	jsonbuf_member_u64(b, name, n);
	answer_done_close(b);
}

static void
answer_more(struct jsonbuf *b, const char *cursor)
{
	jsonbuf_open(b, '{');
	jsonbuf_member_str(b, "more", cursor);
	jsonbuf_puts(b, "}\n");
}

void
answer_more_u64(struct jsonbuf *b, uint64_t cursor)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, cursor);
	answer_more(b, text);
}

void
answer_error(struct jsonbuf *b, const char *code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	jsonbuf_puts(b, "{\"error\":{");
	jsonbuf_member_str(b, "code", code);
	jsonbuf_member_str(b, "text", text);
	jsonbuf_puts(b, "}}\n");
}
