/* SPDX-License-Identifier: ISC */
/*
 * A chain of blocks, the newest first.  Small pieces come from the newest
 * block; a piece larger than a quarter of a block gets one of its own, which
 * is filed behind the newest, so that the rest of that stays in use.
 */
#include "rules/zone.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE	(64 * 1024)
#define ALIGN		sizeof(max_align_t)

struct block {
	struct block *next;
	size_t size, used;
	max_align_t data[];
};

struct zone {
	struct block *head;
	jmp_buf *oom;
};

struct zone *
zone_new(void)
{
	return calloc(1, sizeof(struct zone));
}

void
zone_free(struct zone *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void
zone_set_oom(struct zone *a, jmp_buf *oom)
{
	a->oom = oom;
}

static struct block *
block_new(struct zone *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b) ||
	    (b = calloc(1, sizeof(*b) + size)) == NULL) {
		if (a->oom != NULL)
			longjmp(*a->oom, 1);
		return NULL;
	}
	b->size = size;
	return b;
}

void *
zone_alloc(struct zone *a, size_t size)
{
	struct block *b = a->head;
	void *p;

	if (size > SIZE_MAX - ALIGN)
		size = SIZE_MAX;	/* too much for block_new() as well */
	else
		size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->size - b->used < size) {
		size_t want = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;

		if ((b = block_new(a, want)) == NULL)
			return NULL;
		if (a->head != NULL && want != BLOCK_SIZE) {
			b->next = a->head->next;
			a->head->next = b;
		} else {
			b->next = a->head;
			a->head = b;
		}
	}
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

char *
zone_strndup(struct zone *a, const char *s, size_t len)
{
	char *p = zone_alloc(a, len + 1);

	if (p != NULL) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

char *
zone_strdup(struct zone *a, const char *s)
{
	return zone_strndup(a, s, strlen(s));
}

char *
zone_printf(struct zone *a, const char *fmt, ...)
{
	va_list ap, ap2;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(ap2, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : zone_alloc(a, (size_t)n + 1);
	if (p != NULL)
		vsnprintf(p, (size_t)n + 1, fmt, ap2);
	va_end(ap2);
	return p;
}

void *
zone_grow(struct zone *a, void *v, size_t n, size_t size)
{
	void *nv;

	if (v != NULL && n != 0 && (n & (n - 1)) != 0)
		return v;
	if (n > SIZE_MAX / 2 / size)
		return zone_alloc(a, SIZE_MAX);
	nv = zone_alloc(a, (n == 0 ? 1 : 2 * n) * size);
	if (nv != NULL && n != 0)
		memcpy(nv, v, n * size);
	return nv;
}
