/* SPDX-License-Identifier: ISC */
/*
 * Ways that the kernel routes by, other than its own: for packets with the
 * mark MARK_WAY (engine/io/mark.h) a rule and a routing table of natd's own,
 * which holds one default route.  The number of the table is the mark.
 *
 *	ip rule:	from all fwmark 0x6e602001 lookup 1851793409
 *	table:		default via 203.0.113.254 dev wan1
 *			unreachable default metric 4294967295
 *
 * So nothing goes another way when a next hop's interface is gone.
 *
 * All functions act on the caller's network namespace, need CAP_NET_ADMIN,
 * and return 0 or a negative errno.
 */
#ifndef ENGINE_IO_HOSTROUTE_H
#define ENGINE_IO_HOSTROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/addr.h"

#define HOSTROUTE_PRIORITY 28256 /* of the rules; 0x6e60 as in the marks */

/*
 * hostroute_set() - Rule and table of way @n, or its route once more
 * @gw: zero: targets are on the link; NULL: it leads nowhere
 * @ifindex: 0: the one that leads to @gw
 */
int hostroute_set(uint16_t n, uint8_t af, const struct addr *gw,
    uint32_t ifindex);

/* hostroute_unset() - Take them away again. */
void hostroute_unset(uint16_t n, uint8_t af);

/*
 * hostroute_sockets() - Route all packets with MARK_SOCKET to this host
 *
 *	ip rule:	from all fwmark 0x6e604000/0xfffff000 lookup 1851801600
 *	table:		local default dev lo
 */
int hostroute_sockets(void);

/*
 * hostroute_table() - Route packets with MARK_TABLE n by the kernel's table n,
 * 0: its main one, and by no other
 *
 *	ip rule:	from all fwmark 0x6e605007 lookup 7
 *			from all fwmark 0x6e605007 unreachable
 */
int hostroute_table(uint8_t n);

/* hostroute_read() - Priority and mark of a rule that rtnetlink tells of. */
struct nlmsghdr;
void hostroute_read(const struct nlmsghdr *, uint32_t *priority,
    uint32_t *mark);

/* hostroute_own() - Is a rule of this priority, for this mark, natd's? */
bool hostroute_own(uint32_t priority, uint32_t mark);

/* hostroute_clear() - Remove all of them, also those of an earlier natd. */
int hostroute_clear(void);

#endif
