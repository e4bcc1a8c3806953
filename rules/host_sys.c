/* SPDX-License-Identifier: ISC */
/*
 * The running Linux system as a host description.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <grp.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/zone.h"
#include "rules/host_impl.h"

static bool
take_addr(const struct sockaddr *sa, struct addr *to, uint8_t *af)
{
	memset(to, 0, sizeof(*to));
	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		to->w[0] = ((const struct sockaddr_in *)
		    (const void *)sa)->sin_addr.s_addr;
		*af = AF_INET;
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(to->b, &((const struct sockaddr_in6 *)
		    (const void *)sa)->sin6_addr, 16);
		*af = AF_INET6;
		return true;
	}
	return false;
}

static uint8_t
mask_bits(const struct addr *m)
{
	unsigned i, n = 0;

	for (i = 0; i < 16; i++)
		n += (unsigned)__builtin_popcount(m->b[i]);
	return (uint8_t)n;
}

static struct host_if *
find(struct host *h, const char *name)
{
	uint32_t i;

	for (i = 0; i < h->nsys_ifs; i++)
		if (strcmp(h->sys_ifs[i]->name, name) == 0)
			return h->sys_ifs[i];
	return NULL;
}

static struct host_if *
get(struct host *h, const char *name, unsigned flags, int sock)
{
	static const struct { unsigned sys; int host; } map[] = {
		{ IFF_UP, HOST_IF_UP }, { IFF_LOOPBACK, HOST_IF_LOOPBACK },
		{ IFF_BROADCAST, HOST_IF_BROADCAST },
		{ IFF_POINTOPOINT, HOST_IF_POINTOPOINT },
		{ IFF_MULTICAST, HOST_IF_MULTICAST },
	};
	struct host_if *i = find(h, name);
	struct ifreq ifr;
	size_t k;

	if (i != NULL)
		return i;
	i = host_if_add(h, &h->sys_ifs, &h->nsys_ifs, name);
	for (k = 0; k < sizeof(map) / sizeof(map[0]); k++)
		if ((flags & map[k].sys) != 0)
			i->flags |= map[k].host;
	i->index = if_nametoindex(name);
	memset(&ifr, 0, sizeof(ifr));
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (sock != -1 && ioctl(sock, SIOCGIFMTU, &ifr) == 0)
		i->mtu = (uint32_t)ifr.ifr_mtu;
	return i;
}

static void
add_addr(struct host *h, struct host_if *i, const struct ifaddrs *ifa)
{
	struct addr a, mask;
	struct host_addr *ha;
	uint8_t af, maf;

	if (!take_addr(ifa->ifa_addr, &a, &af))
		return;
	ha = host_addr_add(h, i);
	ha->addr = a;
	ha->af = af;
	ha->plen = (uint8_t)addr_bits(af);
	if (take_addr(ifa->ifa_netmask, &mask, &maf))
		ha->plen = mask_bits(&mask);
	ha->scoped = af == AF_INET6 && a.b[0] == 0xfe &&
	    (a.b[1] & 0xc0) == 0x80;
	if ((i->flags & HOST_IF_BROADCAST) != 0)
		ha->has_broadcast = take_addr(ifa->ifa_broadaddr,
		    &ha->broadcast, &maf) && maf == AF_INET;
	if ((i->flags & HOST_IF_POINTOPOINT) != 0)
		ha->has_peer = take_addr(ifa->ifa_dstaddr, &ha->peer, &maf);
}

/* The group `egress' holds the interfaces of default routes, as on a BSD. */
static void
add_egress(struct host *h)
{
	char line[512], dev[64], dst[64];
	unsigned plen;
	struct host_if *i;
	FILE *f;

	if ((f = fopen("/proc/net/route", "re")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "%63s %63s", dev, dst) == 2 &&
			    strcmp(dst, "00000000") == 0 &&
			    (i = find(h, dev)) != NULL &&
			    !host_if_matches(i, "egress"))
				host_group_add(h, i, "egress");
		fclose(f);
	}
	if ((f = fopen("/proc/net/ipv6_route", "re")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "%63s %x %*s %*s %*s %*s %*s %*s "
			    "%*s %63s", dst, &plen, dev) == 3 && plen == 0 &&
			    (i = find(h, dev)) != NULL &&
			    (i->flags & HOST_IF_LOOPBACK) == 0 &&
			    !host_if_matches(i, "egress"))
				host_group_add(h, i, "egress");
		fclose(f);
	}
}

void
host_sys_ifs(struct host *h)
{
	struct ifaddrs *list, *ifa;
	int sock;

	if (getifaddrs(&list) == -1)
		return;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next)
		add_addr(h, get(h, ifa->ifa_name, ifa->ifa_flags, sock), ifa);
	freeifaddrs(list);
	if (sock != -1)
		close(sock);
	add_egress(h);
}

int
host_sys_resolve(struct host *h, const char *name, struct host_name *r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *res, *ai;
	struct host_result one;

	if (getaddrinfo(name, NULL, &hints, &res) != 0)
		return -ENOENT;
	for (ai = res; ai != NULL; ai = ai->ai_next) {
		if (!take_addr(ai->ai_addr, &one.addr, &one.af))
			continue;
		r->v = zone_grow(h->zone, r->v, r->n, sizeof(*r->v));
		r->v[r->n++] = one;
	}
	freeaddrinfo(res);
	return 0;
}

bool
host_sys_user(const char *name, uint32_t *uid)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return false;
	*uid = pw->pw_uid;
	return true;
}

bool
host_sys_group(const char *name, uint32_t *gid)
{
	const struct group *gr = getgrnam(name);

	if (gr == NULL)
		return false;
	*gid = gr->gr_gid;
	return true;
}

int
host_sys_service(const char *name)
{
	const struct servent *s = getservbyname(name, "tcp");

	if (s == NULL)
		s = getservbyname(name, "udp");
	return s == NULL ? -1 : ntohs((uint16_t)s->s_port);
}

const char *
host_sys_service_name(struct host *h, unsigned port, unsigned proto)
{
	const struct servent *s = getservbyport(htons((uint16_t)port),
	    proto == IPPROTO_UDP ? "udp" : "tcp");

	return s == NULL ? NULL : zone_strdup(h->zone, s->s_name);
}

int
host_sys_proto(const char *name)
{
	const struct protoent *p = getprotobyname(name);

	return p == NULL ? -1 : p->p_proto;
}
