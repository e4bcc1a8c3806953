/* SPDX-License-Identifier: ISC */
/*
 * Whose socket a packet comes from or goes to: for rules with user or group.
 */
#ifndef ENGINE_OWNER_H
#define ENGINE_OWNER_H

#include <stdint.h>

struct pdesc;

/*
 * owner_find() - As prog_env.owner
 * @worker: struct worker
 *
 * Out: what the data plane says of the sending socket.  In: the socket that
 * would get the packet, if it is for an address of this host; its group is not
 * told.  Forwarded packets, and those of a router between its own interfaces,
 * have no owner.
 */
void owner_find(void *worker, const struct pdesc *, uint32_t *uid,
    uint32_t *gid);

#endif
