/* SPDX-License-Identifier: ISC */
/*
 * Answers from the records, in the order declared, file, system.
 */
#include "rules/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/zone.h"
#include "rules/host_impl.h"
#include "rules/rule.h"
#include "rules/names.h"
#include "rules/ruleset.h"

struct host *
host_new(bool use_system)
{
	struct host *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	if ((h->zone = zone_new()) == NULL) {
		free(h);
		return NULL;
	}
	h->use_system = use_system;
	return h;
}

void
host_free(struct host *h)
{
	if (h == NULL)
		return;
	zone_free(h->zone);
	free(h);
}

struct host_if *
host_if_add(struct host *h, struct host_if ***v, uint32_t *n,
    const char *name)
{
	struct host_if *i = zone_alloc(h->zone, sizeof(*i));

	i->name = zone_strdup(h->zone, name);
	i->index = *n + 1;
	i->mtu = 1500;
	*v = zone_grow(h->zone, *v, *n, sizeof(**v));
	(*v)[(*n)++] = i;
	h->all_valid = false;
	return i;
}

struct host_addr *
host_addr_add(struct host *h, struct host_if *i)
{
	i->addrs = zone_grow(h->zone, i->addrs, i->naddrs,
	    sizeof(*i->addrs));
	return &i->addrs[i->naddrs++];
}

void
host_group_add(struct host *h, struct host_if *i, const char *group)
{
	i->groups = zone_grow(h->zone, i->groups, i->ngroups,
	    sizeof(*i->groups));
	i->groups[i->ngroups++] = zone_strdup(h->zone, group);
}

void
host_declare(struct host *h, const struct iface_stmt *st)
{
	struct host_if *i;
	struct host_addr *a;
	uint32_t k;

	i = host_if_add(h, &h->decl_ifs, &h->ndecl_ifs, st->name);
	i->declared = true;
	i->flags = HOST_IF_UP | HOST_IF_MULTICAST | HOST_IF_BROADCAST;
	if (st->mtu != 0)
		i->mtu = st->mtu;
	for (k = 0; k < st->naddrs; k++) {
		a = host_addr_add(h, i);
		a->addr = st->addrs[k].addr;
		a->af = st->addrs[k].af;
		a->plen = st->addrs[k].plen;
		a->scoped = a->af == AF_INET6 &&
		    a->addr.b[0] == 0xfe && (a->addr.b[1] & 0xc0) == 0x80;
		if (a->af == AF_INET && a->plen < 31) {
			a->has_broadcast = true;
			a->broadcast = a->addr;
			addr_set_host(&a->broadcast, a->plen, AF_INET);
		}
	}
}

void
host_undeclare(struct host *h)
{
	h->ndecl_ifs = 0;
	h->decl_ifs = NULL;
	h->all_valid = false;
}

static bool
is_declared(const struct host *h, const char *name)
{
	uint32_t i;

	for (i = 0; i < h->ndecl_ifs; i++)
		if (strcmp(h->decl_ifs[i]->name, name) == 0)
			return true;
	return false;
}

const struct host_if *const *
host_ifs(struct host *h, size_t *n)
{
	struct host_if **v;
	uint32_t i, count;

	if (h->nfile_ifs == 0 && h->use_system && !h->system_ifs_read) {
		h->system_ifs_read = true;
		host_sys_ifs(h);
	}
	if (!h->all_valid) {
		v = h->nfile_ifs != 0 ? h->file_ifs : h->sys_ifs;
		count = h->nfile_ifs != 0 ? h->nfile_ifs : h->nsys_ifs;
		h->all = zone_alloc(h->zone,
		    (count + h->ndecl_ifs + 1) * sizeof(*h->all));
		h->nall = 0;
		for (i = 0; i < h->ndecl_ifs; i++)
			h->all[h->nall++] = h->decl_ifs[i];
		for (i = 0; i < count; i++)
			if (!is_declared(h, v[i]->name))
				h->all[h->nall++] = v[i];
		h->all_valid = true;
	}
	*n = h->nall;
	return h->all;
}

/* Interface @i of host_ifs() was an answer. */
static void
told_if(struct host *h, size_t i)
{
	if (h->nfile_ifs != 0 && i >= h->ndecl_ifs)
		h->file_told = true;
}

const struct host_if *
host_if_find(struct host *h, const char *name)
{
	size_t i, n;
	const struct host_if *const *v = host_ifs(h, &n);

	for (i = 0; i < n; i++)
		if (strcmp(v[i]->name, name) == 0) {
			told_if(h, i);
			return v[i];
		}
	return NULL;
}

static bool
in_group(const struct host_if *i, const char *name)
{
	uint32_t k;

	for (k = 0; k < i->ngroups; k++)
		if (strcmp(i->groups[k], name) == 0)
			return true;
	return false;
}

bool
host_is_group(struct host *h, const char *name)
{
	size_t i, n;
	const struct host_if *const *v = host_ifs(h, &n);

	for (i = 0; i < n; i++)
		if (in_group(v[i], name))
			return true;
	return false;
}

bool
host_if_matches(const struct host_if *i, const char *name)
{
	size_t len = strlen(name);

	if (strcmp(i->name, name) == 0 || in_group(i, name))
		return true;
	return len != 0 && !isdigit((unsigned char)name[len - 1]) &&
	    strncmp(i->name, name, len) == 0 &&
	    isdigit((unsigned char)i->name[len]);
}

bool
host_addr_has(const struct host_if *i, const struct host_addr *a, int mods)
{
	if ((mods & RULE_MOD_BROADCAST) != 0 && (a->af != AF_INET ||
	    (i->flags & HOST_IF_BROADCAST) == 0 || !a->has_broadcast))
		return false;
	if ((mods & RULE_MOD_PEER) != 0 &&
	    ((i->flags & HOST_IF_POINTOPOINT) == 0 || !a->has_peer))
		return false;
	return (mods & RULE_MOD_NETWORK) == 0 || !a->scoped;
}

bool
host_has_if(struct host *h, const char *name)
{
	size_t i, n;
	const struct host_if *const *v = host_ifs(h, &n);

	if (strcmp(name, "self") == 0) {
		told_if(h, h->ndecl_ifs);
		return true;
	}
	for (i = 0; i < n; i++)
		if (host_if_matches(v[i], name)) {
			told_if(h, i);
			return true;
		}
	return false;
}

int
host_resolve(struct host *h, const char *name, const struct host_result **v,
    size_t *n)
{
	struct host_name *r;

	for (r = h->file_names ? h->names : h->resolved; r != NULL;
	    r = r->next)
		if (strcasecmp(r->name, name) == 0)
			break;
	if (r == NULL && !h->file_names && h->use_system) {
		r = zone_alloc(h->zone, sizeof(*r));
		r->name = zone_strdup(h->zone, name);
		host_sys_resolve(h, name, r);
		r->next = h->resolved;
		h->resolved = r;
	}
	if (r == NULL || r->n == 0)
		return -ENOENT;
	h->file_told |= h->file_names;
	*v = r->v;
	*n = r->n;
	return 0;
}

static bool
find_id(const struct host_id *list, const char *name, uint32_t *id)
{
	for (; list != NULL; list = list->next)
		if (strcmp(list->name, name) == 0) {
			*id = list->id;
			return true;
		}
	return false;
}

/* A record of the file gave the answer. */
static bool
told(struct host *h, bool found)
{
	h->file_told |= found;
	return found;
}

bool
host_user(struct host *h, const char *name, uint32_t *uid)
{
	if (h->users != NULL)
		return told(h, find_id(h->users, name, uid));
	return h->use_system && host_sys_user(name, uid);
}

bool
host_group(struct host *h, const char *name, uint32_t *gid)
{
	if (h->groups != NULL)
		return told(h, find_id(h->groups, name, gid));
	return h->use_system && host_sys_group(name, gid);
}

int
host_service(struct host *h, const char *name)
{
	static const uint8_t order[] = { IPPROTO_TCP, IPPROTO_UDP };
	const struct host_id *s;
	size_t i;
	int port;

	for (i = 0; i < 2; i++)
		for (s = h->services; s != NULL; s = s->next)
			if (s->proto == order[i] &&
			    told(h, strcmp(s->name, name) == 0))
				return (int)s->id;
	for (i = 0; i < 2; i++)
		if ((port = service_port(name, (int)i)) != -1)
			return port;
	return h->use_system ? host_sys_service(name) : -1;
}

const char *
host_service_name(struct host *h, unsigned port, unsigned proto)
{
	const struct host_id *s;
	const char *name;
	int udp = proto == IPPROTO_UDP;

	for (s = h->services; s != NULL; s = s->next)
		if (s->id == port && !s->alias && (s->proto == proto ||
		    (proto != IPPROTO_UDP && s->proto == IPPROTO_TCP)))
			return s->name;
	if (h->services != NULL)
		return NULL;
	if ((name = service_name(port, udp)) != NULL)
		return name;
	return h->use_system ? host_sys_service_name(h, port, proto) : NULL;
}

int
host_proto(struct host *h, const char *name)
{
	uint32_t id;
	int n;

	if (told(h, find_id(h->protos, name, &id)))
		return (int)id;
	if ((n = proto_number(name)) != -1)
		return n;
	return h->use_system ? host_sys_proto(name) : -1;
}

bool
host_rtable(struct host *h, unsigned n)
{
	if (n == 0)
		return true;
	if (n > 255)
		return false;
	if (h->file_rtables)
		return (h->rtables[n / 8] & 1u << n % 8) != 0;
	return h->use_system && host_sys_rtable(n);
}

bool
host_told(const struct host *h)
{
	return h->file_told;
}
