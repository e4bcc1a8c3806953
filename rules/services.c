/* SPDX-License-Identifier: ISC */
/*
 * The built-in protocols and services: a ruleset means the same on systems
 * that lack /etc/protocols or name things differently.  Of several names for
 * one number the one to print stands first.
 */
#include "rules/names.h"

#include <strings.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const struct name_number protocols[] = {
	{ "ip", 0 },
	{ "hopopt", 0 },
	{ "icmp", 1 },
	{ "igmp", 2 },
	{ "ggp", 3 },
	{ "ipencap", 4 },
	{ "st", 5 },
	{ "tcp", 6 },
	{ "egp", 8 },
	{ "igp", 9 },
	{ "pup", 12 },
	{ "udp", 17 },
	{ "hmp", 20 },
	{ "xns-idp", 22 },
	{ "rdp", 27 },
	{ "iso-tp4", 29 },
	{ "dccp", 33 },
	{ "xtp", 36 },
	{ "ddp", 37 },
	{ "idpr-cmtp", 38 },
	{ "ipv6", 41 },
	{ "ipv6-route", 43 },
	{ "ipv6-frag", 44 },
	{ "idrp", 45 },
	{ "rsvp", 46 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "skip", 57 },
	{ "ipv6-icmp", 58 },
	{ "icmp6", 58 },
	{ "ipv6-nonxt", 59 },
	{ "ipv6-opts", 60 },
	{ "rspf", 73 },
	{ "vmtp", 81 },
	{ "eigrp", 88 },
	{ "ospf", 89 },
	{ "ospfigp", 89 },
	{ "ax.25", 93 },
	{ "ipip", 94 },
	{ "etherip", 97 },
	{ "encap", 98 },
	{ "pim", 103 },
	{ "ipcomp", 108 },
	{ "vrrp", 112 },
	{ "carp", 112 },
	{ "l2tp", 115 },
	{ "isis", 124 },
	{ "sctp", 132 },
	{ "fc", 133 },
	{ "mobility-header", 135 },
	{ "udplite", 136 },
	{ "mpls-in-ip", 137 },
	{ "manet", 138 },
	{ "hip", 139 },
	{ "shim6", 140 },
	{ "wesp", 141 },
	{ "rohc", 142 },
	{ "pfsync", 240 },
};

static const struct service {
	const char *name;
	uint16_t port;
	bool tcp, udp;
} services[] = {
	{ "tcpmux", 1, true, false },
	{ "echo", 7, true, true },
	{ "discard", 9, true, true },
	{ "systat", 11, true, false },
	{ "daytime", 13, true, true },
	{ "netstat", 15, true, false },
	{ "qotd", 17, true, false },
	{ "chargen", 19, true, true },
	{ "ftp-data", 20, true, false },
	{ "ftp", 21, true, false },
	{ "ssh", 22, true, false },
	{ "telnet", 23, true, false },
	{ "smtp", 25, true, false },
	{ "time", 37, true, true },
	{ "whois", 43, true, false },
	{ "tacacs", 49, true, true },
	{ "domain", 53, true, true },
	{ "bootps", 67, false, true },
	{ "bootpc", 68, false, true },
	{ "tftp", 69, false, true },
	{ "gopher", 70, true, false },
	{ "finger", 79, true, false },
	{ "www", 80, true, false },
	{ "http", 80, true, false },
	{ "kerberos", 88, true, true },
	{ "pop2", 109, true, false },
	{ "pop3", 110, true, false },
	{ "sunrpc", 111, true, true },
	{ "portmap", 111, true, true },
	{ "auth", 113, true, false },
	{ "ident", 113, true, false },
	{ "nntp", 119, true, false },
	{ "ntp", 123, false, true },
	{ "epmap", 135, true, true },
	{ "netbios-ns", 137, true, true },
	{ "netbios-dgm", 138, true, true },
	{ "netbios-ssn", 139, true, true },
	{ "imap", 143, true, false },
	{ "imap2", 143, true, false },
	{ "snmp", 161, true, true },
	{ "snmp-trap", 162, true, true },
	{ "bgp", 179, true, false },
	{ "irc", 194, true, true },
	{ "ldap", 389, true, true },
	{ "https", 443, true, true },
	{ "microsoft-ds", 445, true, true },
	{ "submissions", 465, true, false },
	{ "smtps", 465, true, false },
	{ "isakmp", 500, false, true },
	{ "exec", 512, true, false },
	{ "biff", 512, false, true },
	{ "login", 513, true, false },
	{ "who", 513, false, true },
	{ "shell", 514, true, false },
	{ "syslog", 514, false, true },
	{ "printer", 515, true, false },
	{ "talk", 517, false, true },
	{ "ntalk", 518, false, true },
	{ "route", 520, false, true },
	{ "uucp", 540, true, false },
	{ "nntps", 563, true, false },
	{ "submission", 587, true, false },
	{ "ipp", 631, true, false },
	{ "ldaps", 636, true, true },
	{ "domain-s", 853, true, true },
	{ "rsync", 873, true, false },
	{ "ftps", 990, true, false },
	{ "telnets", 992, true, false },
	{ "imaps", 993, true, false },
	{ "pop3s", 995, true, false },
	{ "socks", 1080, true, false },
	{ "openvpn", 1194, true, true },
	{ "l2tp", 1701, false, true },
	{ "pptp", 1723, true, false },
	{ "radius", 1812, false, true },
	{ "radius-acct", 1813, false, true },
	{ "nfs", 2049, true, true },
	{ "mysql", 3306, true, false },
	{ "ms-wbt-server", 3389, true, false },
	{ "ipsec-nat-t", 4500, false, true },
	{ "sip", 5060, true, true },
	{ "mdns", 5353, false, true },
	{ "postgresql", 5432, true, false },
	{ "amqp", 5672, true, false },
	{ "x11", 6000, true, false },
	{ "ircd", 6667, true, false },
	{ "http-alt", 8080, true, true },
};

int
proto_number(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(protocols); i++)
		if (strcasecmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	return -1;
}

const char *
proto_name(unsigned number)
{
	size_t i;

	for (i = 0; i < nitems(protocols); i++)
		if ((unsigned)protocols[i].number == number)
			return protocols[i].name;
	return NULL;
}

int
service_port(const char *name, int udp)
{
	size_t i;

	for (i = 0; i < nitems(services); i++)
		if (strcasecmp(services[i].name, name) == 0 &&
		    (udp != 0 ? services[i].udp : services[i].tcp))
			return services[i].port;
	return -1;
}

const char *
service_name(unsigned port, int udp)
{
	size_t i;

	for (i = 0; i < nitems(services); i++)
		if (services[i].port == port &&
		    (udp != 0 ? services[i].udp : services[i].tcp))
			return services[i].name;
	return NULL;
}

const char *
proto_name_at(size_t i)
{
	return i < nitems(protocols) ? protocols[i].name : NULL;
}

const char *
service_name_at(size_t i)
{
	return i < nitems(services) ? services[i].name : NULL;
}
