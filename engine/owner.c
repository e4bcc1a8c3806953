/* SPDX-License-Identifier: ISC */
/*
 * Owners of sockets.
 */
#include "engine/owner.h"

#include "engine/core.h"
#include "engine/host.h"

/* May a socket of this host get what is sent there? */
static bool
for_this_host(const struct worker *w, uint8_t af, const struct addr *a)
{
	if (ifset_local(w->ifs, af, a, NULL) ||
	    ifset_broadcast(w->ifs, af, a, NULL))
		return true;
	return af == AF_INET ? (a->b[0] & 0xf0) == 0xe0 || a->b[0] == 127 ||
	    a->w[0] == UINT32_MAX : a->b[0] == 0xff;
}

void
owner_find(void *arg, const struct pdesc *pd, uint32_t *uid, uint32_t *gid)
{
	struct worker *w = arg;
	const struct engine_host *host = w->eng->cfg.host;
	struct host_ask ask = {
		.af = pd->af, .proto = pd->proto, .ifidx = pd->ifidx,
		.t = pd->cur,
	};

	*uid = *gid = OWNER_NOBODY;
	if (w->ifs->router || pd->flags & PD_FRAGMENT)
		return;
	if (pd->dir == DIR_OUT) {
		if (pd->pkt->dir == DIR_OUT && pd->pkt->owned) {
			*uid = pd->pkt->uid;
			*gid = pd->pkt->gid;
		}
		return;
	}
	if (host != NULL && for_this_host(w, pd->af, &pd->cur.dst) &&
	    !host->socket(host->arg, w->index, &ask, uid))
		*uid = OWNER_NOBODY;
}
