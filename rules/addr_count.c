/* SPDX-License-Identifier: ISC */
/*
 * How many addresses the names of a rule stand for, by the ruleset's own
 * tables and a host's interfaces: what natctl -nvv shows without a natd.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/host.h"
#include "rules/print.h"
#include "rules/rule.h"
#include "rules/ruleset.h"

static int
entry_cmp(const void *va, const void *vb)
{
	const struct table_entry *a = va, *b = vb;

	if (a->af != b->af)
		return a->af < b->af ? -1 : 1;
	if (a->plen != b->plen)
		return a->plen < b->plen ? -1 : 1;
	return addr_cmp(&a->addr, &b->addr, a->af);
}

/* Written twice, an address counts once. */
static int
count_table(const struct table *t)
{
	struct table_entry *v;
	uint32_t i, n = 0, all = 0;
	int count = 0;

	if (!t->defined)
		return -1;
	for (i = 0; i < t->nparts; i++)
		all += t->parts[i].n;
	if ((v = reallocarray(NULL, all + 1, sizeof(*v))) == NULL)
		return -1;
	for (i = 0; i < t->nparts; n += t->parts[i++].n)
		if (t->parts[i].n != 0)
			memcpy(v + n, t->parts[i].v, t->parts[i].n *
			    sizeof(*v));
	qsort(v, n, sizeof(*v), entry_cmp);
	for (i = 0; i < n; i++)
		count += i == 0 || entry_cmp(&v[i - 1], &v[i]) != 0;
	free(v);
	return count;
}

static int
count_iface(const struct host_if *i, int mods, uint8_t af)
{
	int n4 = 0, n6 = 0;
	uint32_t k;

	for (k = 0; k < i->naddrs; k++) {
		if ((af != 0 && i->addrs[k].af != af) ||
		    !host_addr_has(i, &i->addrs[k], mods))
			continue;
		if (i->addrs[k].af == AF_INET)
			n4++;
		else
			n6++;
	}
	return (mods & RULE_MOD_NOALIAS) != 0 ? (n4 > 0) + (n6 > 0) : n4 + n6;
}

static int
count_dynif(struct host *h, const struct rule_addr *a, uint8_t af)
{
	size_t i, n;
	const struct host_if *const *v = host_ifs(h, &n);
	const struct host_if *exact = host_if_find(h, a->name);
	int count = 0;

	if (!host_has_if(h, a->name))
		return -1;
	for (i = 0; i < n; i++)
		if (strcmp(a->name, "self") == 0 || (exact != NULL ?
		    v[i] == exact : host_if_matches(v[i], a->name)))
			count += count_iface(v[i], a->mods, af);
	return count;
}

int
print_count_offline(void *host, const struct rule_addr *a, uint8_t af)
{
	return a->type == RULE_ADDR_TABLE ? count_table(a->table) :
	    count_dynif(host, a, af);
}
