/* SPDX-License-Identifier: ISC */
/*
 * Local sockets, for the engine.
 */
#include "engine/natd/hostsock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/host.h"
#include "engine/ifset.h"
#include "engine/io/sockdiag.h"

struct hostsock {
	struct engine_host host;
	uint32_t ifindex[IFACE_MAX];	/* atomic */
	unsigned n;
	struct sockdiag sd[];		/* [n], each its worker's */
};

static bool
find_socket(void *arg, unsigned worker, const struct host_ask *q,
    uint32_t *uid)
{
	struct hostsock *hs = arg;
	struct sockdiag_ask ask = {
		.af = q->af, .proto = q->proto,
		.rport = q->t.sport, .lport = q->t.dport,
	};

	if (q->ifidx < IFACE_MAX)
		ask.ifindex = __atomic_load_n(&hs->ifindex[q->ifidx],
		    __ATOMIC_RELAXED);
	memcpy(ask.remote, &q->t.src, sizeof(ask.remote));
	memcpy(ask.local, &q->t.dst, sizeof(ask.local));
	return worker < hs->n && sockdiag_find(&hs->sd[worker], &ask, uid);
}

struct hostsock *
hostsock_new(unsigned nworkers)
{
	struct hostsock *hs;
	unsigned i;
	int error = 0;

	hs = calloc(1, sizeof(*hs) + nworkers * sizeof(hs->sd[0]));
	if (hs == NULL)
		return NULL;
	hs->host.arg = hs;
	hs->host.socket = find_socket;
	hs->n = nworkers;
	for (i = 0; i < nworkers; i++)
		hs->sd[i].fd = -1;
	for (i = 0; error == 0 && i < nworkers; i++)
		error = sockdiag_open(&hs->sd[i]);
	if (error != 0) {
		hostsock_free(hs);
		errno = -error;
		return NULL;
	}
	return hs;
}

void
hostsock_free(struct hostsock *hs)
{
	unsigned i;

	if (hs == NULL)
		return;
	for (i = 0; i < hs->n; i++)
		sockdiag_close(&hs->sd[i]);
	free(hs);
}

const struct engine_host *
hostsock_engine(const struct hostsock *hs)
{
	return hs != NULL ? &hs->host : NULL;
}

void
hostsock_number(struct hostsock *hs, const uint32_t *ifindex, unsigned n)
{
	unsigned i;

	for (i = 0; i < IFACE_MAX; i++)
		__atomic_store_n(&hs->ifindex[i], i < n ? ifindex[i] : 0,
		    __ATOMIC_RELAXED);
}
