/* SPDX-License-Identifier: ISC */
/*
 * An array in the order of numbers: rulesets name few sockets.
 */
#include "engine/natd/targets.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/mark.h"
#include "engine/packet.h"

struct targets {
	pthread_mutex_t lock;
	struct hooks_socket *v;		/* [n] [L] */
	unsigned n;			/* [L] */
	bool used;			/* [L] */
};

struct targets *
targets_new(void)
{
	struct targets *t = calloc(1, sizeof(*t));

	if (t != NULL)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void
targets_free(struct targets *t)
{
	if (t == NULL)
		return;
	free(t->v);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static uint16_t
add(struct targets *t, uint8_t af, const struct addr *a, uint16_t port)
{
	struct hooks_socket *v;
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].af == af && t->v[i].port == port &&
		    addr_equal(&t->v[i].addr, a))
			return t->v[i].number;
	if (t->n == MARK_ARG_MASK ||
	    (v = reallocarray(t->v, t->n + 1, sizeof(*v))) == NULL)
		return 0;
	t->v = v;
	v += t->n++;
	memset(v, 0, sizeof(*v));
	v->af = af;
	v->addr = *a;
	v->port = port;
	v->number = (uint16_t)(STEER_REPLY + t->n);
	return v->number;
}

uint16_t
targets_number(struct targets *t, uint8_t af, const struct addr *a,
    uint16_t port)
{
	uint16_t n;

	pthread_mutex_lock(&t->lock);
	n = af == 0 ? STEER_REPLY : add(t, af, a, port);
	t->used |= n != 0;
	pthread_mutex_unlock(&t->lock);
	return n;
}

struct hooks_socket *
targets_list(struct targets *t, unsigned *n)
{
	struct hooks_socket *v;

	pthread_mutex_lock(&t->lock);
	if ((v = calloc(t->n + 1, sizeof(*v))) != NULL && t->n > 0)
		memcpy(v, t->v, t->n * sizeof(*v));
	*n = t->n;
	pthread_mutex_unlock(&t->lock);
	return v;
}

bool
targets_used(struct targets *t)
{
	bool used;

	pthread_mutex_lock(&t->lock);
	used = t->used;
	pthread_mutex_unlock(&t->lock);
	return used;
}
