/* SPDX-License-Identifier: ISC */
/*
 * Numbers behind the names in a rule.
 */
#include "engine/natd/addr_count.h"

#include <string.h>

#include "engine/ifset.h"
#include "engine/natd/daemon.h"
#include "engine/natd/tables.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

/* The anchor's own table, else that of the main ruleset. */
static int
count_table(const struct natd *natd, const struct table *t)
{
	const struct table_set *set = tables_set(natd->tables);
	uint32_t nr = table_find(set, t->anchor->path, t->name);

	if (nr == TABLE_NONE || (!tables_active(natd->tables, nr) &&
	    !t->automatic))
		nr = table_find(set, "", t->name);
	if (nr == TABLE_NONE || (!tables_active(natd->tables, nr) &&
	    !t->automatic))
		return -1;
	return (int)table_size(set, nr);
}

static bool
counts(const struct ifaddr *ia, uint8_t mods)
{
	if ((mods & RULE_MOD_BROADCAST) != 0)
		return ia->af == AF_INET && !addr_is_zero(&ia->broadcast);
	if ((mods & RULE_MOD_PEER) != 0)
		return !addr_is_zero(&ia->peer);
	if ((mods & RULE_MOD_NETWORK) != 0)
		return !addr_is_linklocal(ia->af, &ia->addr);
	return true;
}

static int
count_iface(const struct ifset *ifs, const struct iface *ifp,
    const struct rule_addr *a, uint8_t af)
{
	const struct ifaddr *ia;
	int n[2] = { 0, 0 };
	uint32_t i;

	for (i = 0; i < ifp->naddr; i++) {
		ia = &ifs->addrs[ifp->addr + i];
		if ((af == 0 || ia->af == af) && counts(ia, a->mods))
			n[ia->af == AF_INET6]++;
	}
	if ((a->mods & RULE_MOD_NOALIAS) != 0)
		return (n[0] > 0) + (n[1] > 0);
	return n[0] + n[1];
}

static int
count_dynif(const struct ifset *ifs, const struct rule_addr *a, uint8_t af)
{
	int n = 0, found = 0;
	uint16_t i;

	for (i = 1; ifs != NULL && i <= ifs->nifaces; i++) {
		if (strcmp(a->name, "self") != 0 &&
		    !iface_answers(&ifs->ifaces[i], a->name))
			continue;
		found = 1;
		n += count_iface(ifs, &ifs->ifaces[i], a, af);
	}
	return found ? n : -1;
}

int
addr_count(const struct natd *natd, const struct rule_addr *a, uint8_t af)
{
	return a->type == RULE_ADDR_TABLE ? count_table(natd, a->table) :
	    count_dynif(natd->ifs, a, af);
}
