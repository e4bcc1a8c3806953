/* SPDX-License-Identifier: ISC */
/*
 * Name tables.  Of several names for one number the first one is printed.
 */
#include "rules/names.h"

#include <sys/socket.h>

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "rules/ruleset.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct name_number icmp_types[] = {
	{ "echorep", 0 }, { "unreach", 3 }, { "squench", 4 }, { "redir", 5 },
	{ "althost", 6 }, { "echoreq", 8 }, { "routeradv", 9 },
	{ "routersol", 10 }, { "timex", 11 }, { "paramprob", 12 },
	{ "timereq", 13 }, { "timerep", 14 }, { "inforeq", 15 },
	{ "inforep", 16 }, { "maskreq", 17 }, { "maskrep", 18 },
	{ "trace", 30 }, { "dataconv", 31 }, { "mobredir", 32 },
	{ "ipv6-where", 33 }, { "ipv6-here", 34 }, { "mobregreq", 35 },
	{ "mobregrep", 36 }, { "skip", 39 }, { "photuris", 40 },
};

static const struct name_number icmp6_types[] = {
	{ "unreach", 1 }, { "toobig", 2 }, { "timex", 3 }, { "paramprob", 4 },
	{ "echoreq", 128 }, { "echorep", 129 }, { "groupqry", 130 },
	{ "listqry", 130 }, { "grouprep", 131 }, { "listenrep", 131 },
	{ "groupterm", 132 }, { "listendone", 132 }, { "routersol", 133 },
	{ "routeradv", 134 }, { "neighbrsol", 135 }, { "neighbradv", 136 },
	{ "redir", 137 }, { "routrrenum", 138 }, { "wrureq", 139 },
	{ "fqdnreq", 139 }, { "niqry", 139 }, { "wrurep", 140 },
	{ "fqdnrep", 140 }, { "nirep", 140 }, { "listenrepv2", 143 },
	{ "mtraceresp", 200 }, { "mtrace", 201 },
};

struct code {
	const char *name;
	uint8_t type, code;
};

static const struct code icmp_codes[] = {
	{ "net-unr", 3, 0 }, { "host-unr", 3, 1 }, { "proto-unr", 3, 2 },
	{ "port-unr", 3, 3 }, { "needfrag", 3, 4 }, { "srcfail", 3, 5 },
	{ "net-unk", 3, 6 }, { "host-unk", 3, 7 }, { "isolate", 3, 8 },
	{ "net-prohib", 3, 9 }, { "host-prohib", 3, 10 },
	{ "net-tos", 3, 11 }, { "host-tos", 3, 12 },
	{ "filter-prohib", 3, 13 }, { "host-preced", 3, 14 },
	{ "cutoff-preced", 3, 15 }, { "redir-net", 5, 0 },
	{ "redir-host", 5, 1 }, { "redir-tos-net", 5, 2 },
	{ "redir-tos-host", 5, 3 }, { "normal-adv", 9, 0 },
	{ "common-adv", 9, 16 }, { "transit", 11, 0 }, { "reassemb", 11, 1 },
	{ "badhead", 12, 0 }, { "optmiss", 12, 1 }, { "badlen", 12, 2 },
	{ "unknown-ind", 40, 1 }, { "auth-fail", 40, 2 },
	{ "decrypt-fail", 40, 3 },
};

static const struct code icmp6_codes[] = {
	{ "noroute-unr", 1, 0 }, { "admin-unr", 1, 1 },
	{ "beyond-unr", 1, 2 }, { "notnbr-unr", 1, 2 }, { "addr-unr", 1, 3 },
	{ "port-unr", 1, 4 }, { "transit", 3, 0 }, { "reassemb", 3, 1 },
	{ "badhead", 4, 0 }, { "nxthdr", 4, 1 }, { "redironlink", 137, 0 },
	{ "redirrouter", 137, 1 },
};

static const struct name_number toses[] = {
	{ "lowdelay", 0x10 }, { "throughput", 0x08 }, { "reliability", 0x04 },
	{ "critical", 0xa0 }, { "inetcontrol", 0xc0 }, { "netcontrol", 0xe0 },
	{ "ef", 0xb8 }, { "va", 0xb0 }, { "cs0", 0x00 }, { "cs1", 0x20 },
	{ "cs2", 0x40 }, { "cs3", 0x60 }, { "cs4", 0x80 }, { "cs5", 0xa0 },
	{ "cs6", 0xc0 }, { "cs7", 0xe0 }, { "af11", 0x28 }, { "af12", 0x30 },
	{ "af13", 0x38 }, { "af21", 0x48 }, { "af22", 0x50 },
	{ "af23", 0x58 }, { "af31", 0x68 }, { "af32", 0x70 },
	{ "af33", 0x78 }, { "af41", 0x88 }, { "af42", 0x90 },
	{ "af43", 0x98 },
};

static const struct name_number timeouts[] = {
	[TM_TCP_FIRST] = { "tcp.first", 120 },
	[TM_TCP_OPENING] = { "tcp.opening", 30 },
	[TM_TCP_ESTABLISHED] = { "tcp.established", 86400 },
	[TM_TCP_CLOSING] = { "tcp.closing", 900 },
	[TM_TCP_FINWAIT] = { "tcp.finwait", 45 },
	[TM_TCP_CLOSED] = { "tcp.closed", 90 },
	[TM_UDP_FIRST] = { "udp.first", 60 },
	[TM_UDP_SINGLE] = { "udp.single", 30 },
	[TM_UDP_MULTIPLE] = { "udp.multiple", 60 },
	[TM_ICMP_FIRST] = { "icmp.first", 20 },
	[TM_ICMP_ERROR] = { "icmp.error", 10 },
	[TM_OTHER_FIRST] = { "other.first", 60 },
	[TM_OTHER_SINGLE] = { "other.single", 30 },
	[TM_OTHER_MULTIPLE] = { "other.multiple", 60 },
	[TM_FRAG] = { "frag", 60 },
	[TM_INTERVAL] = { "interval", 10 },
	[TM_ADAPTIVE_START] = { "adaptive.start", 60000 },
	[TM_ADAPTIVE_END] = { "adaptive.end", 120000 },
	[TM_SRC_TRACK] = { "src.track", 0 },
	[TM_TCP_TSDIFF] = { "tcp.tsdiff", 30 },
	[TM_SCTP_FIRST] = { "sctp.first", 120 },
	[TM_SCTP_OPENING] = { "sctp.opening", 30 },
	[TM_SCTP_ESTABLISHED] = { "sctp.established", 86400 },
	[TM_SCTP_CLOSING] = { "sctp.closing", 900 },
	[TM_SCTP_CLOSED] = { "sctp.closed", 90 },
};
static_assert(nitems(timeouts) == TM_MAX, "a timeout lacks its name");

static const struct optimization optimizations[] = {
	{ "normal", { 120, 30, 86400, 900, 45, 90, 30 } },
	{ "high-latency", { 180, 35, 86400, 905, 50, 95, 60 } },
	{ "satellite", { 180, 35, 86400, 905, 50, 95, 60 } },
	{ "conservative", { 3600, 900, 432000, 3600, 600, 180, 60 } },
	{ "aggressive", { 30, 5, 18000, 60, 30, 30, 10 } },
};

const uint8_t optimization_timeouts[7] = {
	TM_TCP_FIRST, TM_TCP_OPENING, TM_TCP_ESTABLISHED, TM_TCP_CLOSING,
	TM_TCP_FINWAIT, TM_TCP_CLOSED, TM_TCP_TSDIFF,
};

#define LIMIT_FRAGS_DEFAULT 5000	/* datagrams being put together */

static const struct name_number limits[] = {
	[LIMIT_STATES] = { "states", 100000 },
	[LIMIT_SRC_NODES] = { "src-nodes", 10000 },
	[LIMIT_FRAGS] = { "frags", LIMIT_FRAGS_DEFAULT },
	[LIMIT_TABLES] = { "tables", 1000 },
	[LIMIT_TABLE_ENTRIES] = { "table-entries", 200000 },
	[LIMIT_ANCHORS] = { "anchors", 512 },
	[LIMIT_PKTDELAY] = { "pktdelay-pkts", 10000 },
};
static_assert(nitems(limits) == LIMIT_MAX, "a limit lacks its name");

static const struct name_number debugs[] = {
	{ "emerg", DEBUG_EMERG }, { "alert", DEBUG_ALERT },
	{ "crit", DEBUG_CRIT }, { "err", DEBUG_ERR },
	{ "warning", DEBUG_WARNING }, { "notice", DEBUG_NOTICE },
	{ "info", DEBUG_INFO }, { "debug", DEBUG_DEBUG },
	{ "none", DEBUG_CRIT }, { "urgent", DEBUG_ERR },
	{ "misc", DEBUG_NOTICE }, { "loud", DEBUG_DEBUG },
};

static int
find_number(const struct name_number *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const char *
find_name(const struct name_number *v, size_t n, unsigned number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned)v[i].number == number)
			return v[i].name;
	return NULL;
}

int
icmp_type_number(const char *name, uint8_t af)
{
	int i;

	if (af == AF_INET6) {
		i = find_number(icmp6_types, nitems(icmp6_types), name);
		return i == -1 ? -1 : icmp6_types[i].number;
	}
	i = find_number(icmp_types, nitems(icmp_types), name);
	return i == -1 ? -1 : icmp_types[i].number;
}

const char *
icmp_type_name(unsigned type, uint8_t af)
{
	if (af == AF_INET6)
		return find_name(icmp6_types, nitems(icmp6_types), type);
	return find_name(icmp_types, nitems(icmp_types), type);
}

size_t
icmp_type_names(uint8_t af, const char **v, size_t n)
{
	const struct name_number *t = af == AF_INET6 ? icmp6_types :
	    icmp_types;
	size_t i, max = af == AF_INET6 ? nitems(icmp6_types) :
	    nitems(icmp_types);

	for (i = 0; i < n && i < max; i++)
		v[i] = t[i].name;
	return i;
}

static const struct code *
codes(uint8_t af, size_t *n)
{
	*n = af == AF_INET6 ? nitems(icmp6_codes) : nitems(icmp_codes);
	return af == AF_INET6 ? icmp6_codes : icmp_codes;
}

int
icmp_code_number(unsigned type, const char *name, uint8_t af)
{
	size_t i, n;
	const struct code *v = codes(af, &n);

	for (i = 0; i < n; i++)
		if (v[i].type == type && strcmp(v[i].name, name) == 0)
			return v[i].code;
	return -1;
}

const char *
icmp_code_name(unsigned type, unsigned code, uint8_t af)
{
	size_t i, n;
	const struct code *v = codes(af, &n);

	for (i = 0; i < n; i++)
		if (v[i].type == type && v[i].code == code)
			return v[i].name;
	return NULL;
}

size_t
icmp_code_names(unsigned type, uint8_t af, const char **v, size_t n)
{
	size_t i, max, k = 0;
	const struct code *c = codes(af, &max);

	for (i = 0; i < max && k < n; i++)
		if (c[i].type == type)
			v[k++] = c[i].name;
	return k;
}

size_t
tos_names(const char **v, size_t n)
{
	size_t i;

	for (i = 0; i < nitems(toses) && i < n; i++)
		v[i] = toses[i].name;
	return i;
}

int
tos_number(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(toses); i++)
		if (strcasecmp(toses[i].name, name) == 0)
			return toses[i].number;
	return -1;
}

int
timeout_number(const char *name)
{
	return find_number(timeouts, nitems(timeouts), name);
}

const char *
timeout_name(unsigned tm)
{
	return tm < TM_MAX ? timeouts[tm].name : NULL;
}

int32_t
timeout_default(unsigned tm)
{
	return tm < TM_MAX ? timeouts[tm].number : 0;
}

size_t
timeout_names(const char **v, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < nitems(timeouts); i++)
		v[i] = timeouts[i].name;
	return i;
}

const struct optimization *
optimization_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(optimizations); i++)
		if (strcmp(optimizations[i].name, name) == 0)
			return &optimizations[i];
	return NULL;
}

int
limit_number(const char *name)
{
	return find_number(limits, nitems(limits), name);
}

const char *
limit_name(unsigned limit)
{
	return limit < LIMIT_MAX ? limits[limit].name : NULL;
}

uint32_t
limit_default(unsigned limit)
{
	return limit < LIMIT_MAX ? (uint32_t)limits[limit].number : 0;
}

int
debug_number(const char *name)
{
	int i = find_number(debugs, nitems(debugs), name);

	return i == -1 ? -1 : debugs[i].number;
}

const char *
debug_name(unsigned level)
{
	return find_name(debugs, nitems(debugs), level);
}

static const char flag_letters[] = "FSRPAUEW"; /* bits of RFC 9293 3.1 */

int
tcp_flags(const char *word)
{
	const char *p;
	int flags = 0;

	for (; *word != '\0'; word++) {
		if ((p = strchr(flag_letters, *word)) == NULL)
			return -1;
		flags |= 1 << (p - flag_letters);
	}
	return flags;
}

const char *
tcp_flags_text(char buf[static TCP_FLAGS_TEXT_MAX], unsigned flags)
{
	size_t i, n = 0;

	for (i = 0; i < 8; i++)
		if ((flags & 1u << i) != 0)
			buf[n++] = flag_letters[i];
	buf[n] = '\0';
	return buf;
}
