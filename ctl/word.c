/* SPDX-License-Identifier: ISC */
/*
 * Words of the protocol for the engine's numbers.
 */
#include "ctl/word.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	uint8_t proto;
	const char *name;
} protos[] = {
	{ IPPROTO_ICMP, "icmp" },
	{ IPPROTO_IGMP, "igmp" },
	{ IPPROTO_IPIP, "ipencap" },
	{ IPPROTO_TCP, "tcp" },
	{ IPPROTO_UDP, "udp" },
	{ IPPROTO_DCCP, "dccp" },
	{ IPPROTO_IPV6, "ipv6" },
	{ IPPROTO_GRE, "gre" },
	{ IPPROTO_ESP, "esp" },
	{ IPPROTO_AH, "ah" },
	{ IPPROTO_ICMPV6, "ipv6-icmp" },
	{ 89, "ospf" },
	{ IPPROTO_PIM, "pim" },
	{ 112, "carp" },
	{ IPPROTO_SCTP, "sctp" },
	{ IPPROTO_UDPLITE, "udplite" },
};

static const char *const tcp_states[] = {
	"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED",
	"CLOSE_WAIT", "FIN_WAIT_1", "CLOSING", "LAST_ACK", "FIN_WAIT_2",
	"TIME_WAIT", "PROXY:SRC", "PROXY:DST",
};
static const char *const other_states[] = {
	"NO_TRAFFIC", "SINGLE", "MULTIPLE",
};

static int
number_parse(const char *s, int max)
{
	char *end;
	long v;

	if (s[0] < '0' || s[0] > '9' || strlen(s) > 5)
		return -EINVAL;
	v = strtol(s, &end, 10);
	return *end == '\0' && v <= max ? (int)v : -EINVAL;
}

const char *
word_proto(char buf[static WORD_MAX], uint8_t proto)
{
	size_t i;

	for (i = 0; i < nitems(protos); i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buf, WORD_MAX, "%u", proto);
	return buf;
}

int
word_proto_parse(const char *s)
{
	size_t i;

	for (i = 0; i < nitems(protos); i++)
		if (strcmp(protos[i].name, s) == 0)
			return protos[i].proto;
	return number_parse(s, UINT8_MAX);
}

/* The names that states of a protocol have; ICMP's have none. */
static const char *const *
state_names(uint8_t proto, size_t *n)
{
	if (proto == IPPROTO_TCP) {
		*n = nitems(tcp_states);
		return tcp_states;
	}
	*n = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? 0 :
	    nitems(other_states);
	return other_states;
}

const char *
word_state(char buf[static WORD_MAX], uint8_t proto, uint8_t state)
{
	const char *const *names;
	size_t n;

	names = state_names(proto, &n);
	if (state < n)
		return names[state];
	snprintf(buf, WORD_MAX, "%u", state);
	return buf;
}

int
word_state_parse(uint8_t proto, const char *s)
{
	const char *const *names;
	size_t i, n;

	names = state_names(proto, &n);
	for (i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return number_parse(s, UINT8_MAX);
}

const char *
word_addr(char buf[static WORD_MAX], uint8_t af, const struct addr *a)
{
	if ((af != AF_INET && af != AF_INET6) ||
	    inet_ntop(af, a, buf, WORD_MAX) == NULL)
		buf[0] = '\0';
	return buf;
}

int
word_addr_parse(const char *s, uint8_t af, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	if (af != AF_INET && af != AF_INET6)
		return s[0] == '\0' ? 0 : -EINVAL;
	return inet_pton(af, s, a) == 1 ? 0 : -EINVAL;
}

const char *
word_end(char buf[static WORD_MAX], uint8_t af, const struct view_end *e)
{
	char addr[WORD_MAX];

	if (af != AF_INET && af != AF_INET6)
		buf[0] = '\0';
	else
		snprintf(buf, WORD_MAX, af == AF_INET6 ? "[%.46s]:%u" :
		    "%.46s:%u", word_addr(addr, af, &e->addr), e->port);
	return buf;
}

int
word_end_parse(const char *s, uint8_t af, struct view_end *e)
{
	const char *colon = strrchr(s, ':'), *from = s, *to = colon;
	char addr[WORD_MAX];
	int port;

	memset(e, 0, sizeof(*e));
	if (af != AF_INET && af != AF_INET6)
		return s[0] == '\0' ? 0 : -EINVAL;
	if (colon == NULL)
		return -EINVAL;
	if (af == AF_INET6) {
		if (s[0] != '[' || colon - s < 2 || colon[-1] != ']')
			return -EINVAL;
		from++;
		to--;
	}
	if ((size_t)(to - from) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, from, (size_t)(to - from));
	addr[to - from] = '\0';
	if ((port = number_parse(colon + 1, UINT16_MAX)) < 0)
		return -EINVAL;
	e->port = (uint16_t)port;
	return word_addr_parse(addr, af, &e->addr);
}

int
word_net_parse(const char *s, uint8_t *af, uint8_t *plen, struct addr *a,
    bool *neg)
{
	const char *slash;
	char addr[WORD_MAX];
	size_t n;
	int bits;

	if (neg != NULL) {
		*neg = s[0] == '!';
		s += s[0] == '!' ? 1 + strspn(s + 1, " ") : 0;
	}
	slash = strchr(s, '/');
	n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	if (n >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, s, n);
	addr[n] = '\0';
	*af = strchr(addr, ':') != NULL ? AF_INET6 : AF_INET;
	if (word_addr_parse(addr, *af, a) != 0)
		return -EINVAL;
	bits = (int)addr_bits(*af);
	if (slash != NULL && (bits = number_parse(slash + 1, bits)) < 0)
		return -EINVAL;
	*plen = (uint8_t)bits;
	return 0;
}

const char *
word_net(char buf[static WORD_MAX], uint8_t af, uint8_t plen,
    const struct addr *a, bool neg)
{
	char addr[WORD_MAX];
	const char *mark = neg ? "!" : "";

	word_addr(addr, af, a);
	if (addr[0] == '\0' || plen >= addr_bits(af))
		snprintf(buf, WORD_MAX, "%s%.46s", mark, addr);
	else
		snprintf(buf, WORD_MAX, "%s%.46s/%u", mark, addr, plen);
	return buf;
}

int
word_hex(const char *s, uint64_t *v)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");

	if (n == 0 || n > 16 || s[n] != '\0')
		return -EINVAL;
	*v = strtoull(s, NULL, 16);
	return 0;
}

char *
word_ruleid(char buf[static WORD_MAX], uint64_t id, unsigned digits)
{
	snprintf(buf, WORD_MAX, "%016" PRIx64, id);
	if (digits > 0 && digits < 16)
		buf[digits] = '\0';
	return buf;
}
