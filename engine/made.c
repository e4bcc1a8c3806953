/* SPDX-License-Identifier: ISC */
/*
 * A bump allocator for the packets of one burst.
 */
#include "engine/made.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MADE_BYTES 2048	       /* of a packet, on average */
#define MADE_WHOLE (4 * 65664) /* and for some datagrams of full length */
#define MADE_ALIGN 64

int
made_init(struct made *m, uint32_t max)
{
	memset(m, 0, sizeof(*m));
	m->max = max;
	m->size = (size_t)max * MADE_BYTES + MADE_WHOLE;
	if ((m->pkt = calloc(max, sizeof(*m->pkt))) == NULL ||
	    (m->bytes = malloc(m->size)) == NULL) {
		made_fini(m);
		return -ENOMEM;
	}
	return 0;
}

void
made_fini(struct made *m)
{
	free(m->pkt);
	free(m->bytes);
	m->pkt = NULL;
	m->bytes = NULL;
}

void
made_reset(struct made *m)
{
	m->n = m->next = 0;
	m->used = 0;
}

struct packet *
made_open(struct made *m, uint32_t room)
{
	struct packet *p;

	if (m->n == m->max || room > m->size - m->used)
		return NULL;
	p = &m->pkt[m->n];
	memset(p, 0, sizeof(*p));
	p->data = m->bytes + m->used;
	return p;
}

void
made_close(struct made *m, struct packet *p)
{
	m->n++;
	m->used += (p->len + MADE_ALIGN - 1) & ~(size_t)(MADE_ALIGN - 1);
	if (m->used > m->size)
		m->used = m->size;
}

struct packet *
made_next(struct made *m)
{
	struct packet *p;

	while (m->next < m->n) {
		p = &m->pkt[m->next++];
		if (p->fate == FATE_SEND)
			return p;
	}
	return NULL;
}
