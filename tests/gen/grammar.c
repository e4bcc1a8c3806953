/* SPDX-License-Identifier: ISC */
/*
 * The language as productions, for making rulesets at random.
 *
 * A production has alternatives; in their text $NAME stands for a production,
 * and ?NAME for one that is left out half of the time.  An alternative that
 * stands twice comes twice as often.  Nothing here knows what is meaningful:
 * some of what comes out is refused, and that is as it should be; the
 * productions of rules keep protocols, ports and families together so that
 * most of it is not.
 */
#include "tests/gen/grammar.h"

#include <stdlib.h>
#include <string.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

enum { ALTS_MAX = 28, DEPTH_MAX = 24 };

static const struct production {
	const char *name;
	const char *alts[ALTS_MAX];
} productions[] = {
	{ "file", { "$line", "$line$line", "$line$line$line",
	    "$line$file" } },
	{ "line", { "$filter\n", "$filter\n", "$filter\n", "$filter\n",
	    "$classic\n", "$classic\n", "$classic\n", "$option\n", "$table\n",
	    "$macro\n", "$anchor\n", "$anchor\n", "$antispoof\n",
	    "$scrubrule\n", "$queues", "$ether\n", "$planes", "# $str\n" } },

	/* words */
	{ "if", { "em0", "em1", "lo0", "em", "egress", "tun3", "wg0" } },
	{ "ifs", { "$if", "$if", "! $if", "{ $if $if }", "{ $if, ! $if }",
	    "any", "rdomain 3", "! rdomain 0" } },
	{ "name", { "a", "web", "LAN_1", "x-y", "\"two words\"", "\"state\"",
	    "\"q\\\"q\"", "\"10\"", "nat" } },
	{ "str", { "\"web\"", "\"$$nr\"", "\"$$if:$$proto\"", "in_$$nr",
	    "\"$$srcaddr>$$dstaddr\"", "\"$$dstport\"", "ssh",
	    "\"a b\"", "'single'" } },
	{ "tab", { "bad", "good", "t1", "\"and\"", "lan" } },
	{ "n", { "1", "2", "5", "10", "60", "255", "1000", "65535" } },
	{ "small", { "0", "1", "3", "7" } },
	{ "byte", { "0", "1", "16", "255", "0x10", "0xff" } },

	/* addresses */
	{ "ip4", { "10.0.0.1", "192.0.2.10", "198.51.100.7", "0.0.0.0",
	    "255.255.255.255" } },
	{ "net4", { "$ip4", "10.0.0.0/8", "10/8", "172.16/12",
	    "192.0.2.0/24", "0.0.0.0/0", "$ip4/32", "203.0.113.77/25" } },
	{ "ip6", { "2001:db8::1", "::1", "2001:db8:0:0:1::", "::",
	    "2001:DB8::ffff" } },
	{ "net6", { "$ip6", "2001:db8::/32", "::/0", "fd00::/8", "$ip6/128",
	    "2001:db8:1:2:3:4:5:6/61" } },
	{ "mod", { ":network", ":broadcast", ":peer", ":0", ":network:0",
	    "" } },
	{ "dyn", { "($if)", "($if$mod)", "($if$mod)", "($if)/24", "(self)",
	    "($if:0)/64" } },
	{ "host", { "any", "$dyn", "<$tab>", "no-route", "$if$mod",
	    "em0", "self", "mail.example.org", "mail.example.org:0",
	    "route \"core\"" } },
	{ "host4", { "$net4", "$net4", "$net4", "$host", "$host",
	    "$ip4 - 255.255.255.255", "em1:network", "em0:0" } },
	{ "host6", { "$net6", "$net6", "$net6", "$host", "$host",
	    "$ip6 - ffff::1" } },
	{ "item4", { "$host4", "$host4", "$host4", "! $host4" } },
	{ "item6", { "$host6", "$host6", "$host6", "! $host6" } },
	{ "hosts4", { "$item4", "$item4", "$item4", "{ $item4, $item4 }",
	    "{ $item4 { $item4\n $item4 } }" } },
	{ "hosts6", { "$item6", "$item6", "$item6", "{ $item6 $item6, }",
	    "{ $item6 $item6 }" } },
	{ "hosts", { "$hosts4", "$hosts6", "{ $item4 $item6 }" } },

	/* ports and the like */
	{ "portname", { "22", "80", "443", "ssh", "domain", "https", "0",
	    "65535", "0x50" } },
	{ "port", { "$portname", "$portname", "= $portname", "!= $portname",
	    "< 1024", "<= 1023", "> 1023", ">= 1024", "1000:2000",
	    "5 >< 9", "10 <> 20", "22:22" } },
	{ "ports", { "$port", "$port", "{ $port, $port }",
	    "{ $portname $portname:65535 }", "{ $port\n $port }" } },
	{ "sport", { " port $ports", "" } },
	{ "owner", { "0", "www", "67", "!= 67", "> 100", "unknown",
	    "!= unknown", "5 >< 9", "{ 1, 2 }" } },
	{ "group", { "1", "daemon", ">= 5", "unknown", "{ 3 4 }" } },
	{ "flag", { "S/SA", "S/SAFR", "/SF", "any", "A/A", "FPU/FPU",
	    "EW/EW" } },
	{ "icmp", { "echoreq", "8", "{ echoreq, unreach }",
	    "unreach code needfrag", "3 code 4", "17", "255 code 255",
	    "{ timex code transit, paramprob }" } },
	{ "icmp6", { "echoreq", "neighbrsol", "{ 133 134 }",
	    "unreach code admin-unr", "toobig", "255" } },
	{ "tos", { "lowdelay", "0x10", "ef", "af21", "0", "255", "CS3" } },

	/* filter rules */
	{ "dir", { "in", "out" } },
	{ "log", { "log", "log (all)", "log (all, matches)", "log (user)",
	    "log (to pflog3)", "log (all, to pflog0)" } },
	{ "on", { "on $ifs", "on $if" } },
	{ "head", { "?dir ?log ?quick ?on", "?dir ?quick ?on",
	    "?dir ?quick ?log" } },
	{ "quick", { "quick" } },
	{ "at4", { "inet proto $proto from $hosts4 to $hosts4",
	    "inet from $hosts4 to any", "inet all",
	    "from $hosts4 to $hosts4", "inet" } },
	{ "at6", { "inet6 proto $proto from $hosts6 to any",
	    "inet6 from any to $hosts6", "inet6 proto { tcp udp } all" } },
	{ "atany", { "", "all", "from $hosts to any", "to $hosts",
	    "proto $proto all", "proto { gre, esp, 112 }" } },
	{ "proto", { "tcp", "udp", "gre", "esp", "47", "sctp", "ipv6-icmp",
	    "icmp", "{ tcp udp }", "255", "ospf" } },
	{ "attcp", { "proto tcp from any$sport to $hosts$sport",
	    "inet proto tcp from $hosts4$sport to $hosts4$sport",
	    "inet6 proto tcp from $hosts6 to $hosts6$sport",
	    "proto tcp to port $ports", "proto tcp from port $ports" } },
	{ "atudp", { "proto { tcp, udp } to $hosts$sport",
	    "inet proto udp from $hosts4$sport to any",
	    "proto sctp from any$sport to $hosts" } },
	{ "where", { "$at4", "$at6", "$atany", "$atudp" } },
	{ "filter", { "$rich", "$rich", "$rich", "$rich", "$rich", "$rich",
	    "$rich", "$rich", "$rich", "$rich",
	    "match $dir $log $on inet proto tcp $matchopts $nat",
	    "match in $on inet proto udp to port $portname $rdr",
	    "pass $dir $on inet proto icmp icmp-type $icmp $opts",
	    "pass in $on inet6 proto icmp6 icmp6-type $icmp6 $opts",
	    "pass $dir $on inet $dirroute",
	    "pass in $on inet6 $afto", "pass in $on inet $afto4",
	    "pass $on inet from $ip4 binat-to $ip4",
	    "pass in proto tcp from any os \"Linux\"",
	    "pass $dir $on $route4 inet",
	    "pass out on $if inet6 nptv6 fd00:1::/48 to 2001:db8:5::/48" } },
	{ "rich", { "pass $head $where $opts $stateopt $pool",
	    "pass $head $where $opts $stateopt",
	    "pass $head $attcp $tcpopts $opts $tcpstate $pool",
	    "pass $dir $on $attcp $tcpopts $tcpstate $pool $opts",
	    "pass $head $attcp $tcpopts $stateopt $opts",
	    "block$how $head $where $opts",
	    "block$how $head $attcp $tcpopts $opts",
	    "match $head $where $matchopts $opts" } },
	{ "how", { "", "", " drop", " return", " return-icmp",
	    " return-icmp (host-unr)", " return-icmp (3, admin-unr)",
	    " return-icmp6 (2)", " return-rst" } },
	{ "tcpopts", { "", "", "flags $flag", "user $owner", "group $group",
	    "user $owner group $group" } },
	{ "opts", { "", "", "", "$opt", "$opt $opt", "$opt $opt $opt" } },
	{ "opt", { "label $str", "label $str label $str", "tag $name",
	    "tagged $name", "! tagged $name", "tos $tos", "prio $small",
	    "received-on $if", "! received-on $if", "received-on any",
	    "probability 50%", "probability 0.001", "probability 1",
	    "max-pkt-rate 100/10", "max-pkt-size 1400", "rtable 0",
	    "ridentifier $n", "dnpipe $n", "dnqueue ($n, $n)", "$set",
	    "once", "fragment", "allow-opts", "label $name" } },
	{ "matchopts", { "", "$set", "scrub ($scrub)",
	    "scrub ($scrub, $scrub)", "tag $name", "queue $name" } },
	{ "set", { "set prio $small", "set (prio ($small, $small))",
	    "set tos $tos", "set (tos $tos, delay $n)", "set mark 0x$n",
	    "set (prio $small, tos $tos, mark $n)", "set delay 100" } },
	{ "scrub", { "no-df", "random-id", "min-ttl $byte", "max-mss 1440",
	    "reassemble tcp", "max-mss auto", "set-tos $tos" } },

	/* state */
	{ "stateopt", { "", "", "", "no state", "keep state",
	    "keep state ($so)", "keep state ($so, $so)",
	    "keep state ($so $so $so)" } },
	{ "tcpstate", { "", "", "modulate state", "synproxy state",
	    "modulate state ($so)", "keep state ($so, $so)", "$stateopt" } },
	{ "so", { "max $n", "no-sync", "pflow", "sloppy", "if-bound",
	    "floating", "source-track", "source-track global",
	    "source-track rule", "max-src-states $n", "max-src-nodes $n",
	    "max-src-conn $n", "max-src-conn-rate $n/$n",
	    "max-src-conn $n, overload <$tab> flush global",
	    "max-src-conn $n, overload <$tab>", "tcp.first $n",
	    "udp.multiple $n", "adaptive.start $n, adaptive.end 70000",
	    "tcp.tsdiff 5", "allow-related", "sctp.closed $n" } },

	/* pools */
	{ "pool", { "", "", "", "$nat", "$rdr", "$divert" } },
	{ "nat", { "nat-to $target", "nat-to $target port $prange",
	    "nat-to $target $natopt", "nat-to $target $ptype $sticky" } },
	{ "rdr", { "rdr-to $ip4", "rdr-to $ip4 port $portname",
	    "rdr-to { $ip4, 10.1.2.3 } $listtype", "rdr-to $target",
	    "rdr-to 10.0.0.5 port 80:*", "rdr-to $ip4 hairpin" } },
	{ "target", { "$ip4", "$ip4", "192.0.2.0/28", "($if)", "($if:0)",
	    "{ $ip4 10.9.9.9 }", "<$tab>", "em0",
	    "{ $ip4 weight 3, 10.9.9.8 weight $n }", "2001:db8::5" } },
	{ "prange", { "1024", "1024:65535", "50001:65535", "2000:1000",
	    "ssh" } },
	{ "ptype", { "", "random", "round-robin", "source-hash",
	    "source-hash 0x0123456789abcdef0123456789abcdef",
	    "source-hash secret", "bitmask", "least-states" } },
	{ "listtype", { "", "random", "round-robin", "least-states",
	    "source-hash" } },
	{ "sticky", { "", "sticky-address" } },
	{ "natopt", { "static-port", "preserve-port",
	    "endpoint-independent", "endpoint-independent filter address",
	    "endpoint-independent filter address-port",
	    "endpoint-dependent", "port-block 64 max 4",
	    "map-e-portset 6/8/0x34" } },
	{ "divert", { "divert-to $ip4 port 8080", "divert-reply",
	    "divert-packet port 700", "divert-to ::1 port 22",
	    "divert-to 9000" } },
	{ "dirroute", { "route-to $ip4", "reply-to { $ip4 192.0.2.9 }",
	    "dup-to ($if:peer)", "route-to $ip4 random sticky-address",
	    "route-to <$tab>" } },
	{ "route4", { "route-to ($if $ip4)", "reply-to ($if $ip4)",
	    "route-to { ($if $ip4), ($if 192.0.2.8) } round-robin",
	    "dup-to $if", "fastroute" } },
	{ "afto", { "af-to inet from $ip4", "af-to inet from ($if)",
	    "af-to inet from 192.0.2.0/28 to 10.0.0.0/24" } },
	{ "afto4", { "af-to inet6 from $ip6",
	    "af-to inet6 from 2001:db8::/96 to 64:ff9b::/96" } },

	/* classic rules */
	{ "classic", { "nat ?xpass ?xlog ?on inet proto tcp from $hosts4 to any "
	    "$xtags -> $xpool", "nat on $if from $net4 to any -> $xpool",
	    "nat on $if inet from $hosts4 to $hosts4$xport -> ($if) $natopt",
	    "rdr ?xpass on $if inet proto tcp from any to $hosts4 port "
	    "$portname -> $ip4 port $portname",
	    "rdr on $if inet proto { tcp udp } to port 8000:8010 -> "
	    "{ $ip4 10.0.0.3 } port 80:*",
	    "no nat on $if inet from $hosts4 to any $xtags",
	    "no rdr on $if proto tcp all", "no binat on $if from $ip4 to any",
	    "binat on $if inet from $ip4 to any -> $ip4",
	    "binat on $if from 10.1.0.0/24 to any $xtags -> 192.0.2.0/24",
	    "nat-anchor $name on $if", "rdr-anchor \"ftp/*\"",
	    "binat-anchor $name inet proto tcp" } },
	{ "xpass", { "pass", "pass log" } },
	{ "xlog", { "$log" } },
	{ "xport", { "", "" } },
	{ "xtags", { "", "", "tag $name", "tagged $name", "rtable 0",
	    "tag $name ! tagged $name" } },
	{ "xpool", { "$ip4", "($if)", "{ $ip4, 10.2.2.2 }", "<$tab>",
	    "192.0.2.0/28 source-hash", "192.0.2.0/28 bitmask",
	    "{ ($if), <$tab> } round-robin sticky-address",
	    "$ip4 port 1024:2048", "$ip4 static-port" } },
	{ "scrubrule", { "scrub ?dir ?xlog ?on ?all $scrubopts",
	    "no scrub on $if", "scrub ?dir on $if inet proto tcp $scrubopts",
	    "scrub all reassemble tcp", "scrub in from $hosts4 to any" } },
	{ "all", { "all" } },
	{ "scrubopts", { "", "no-df", "no-df random-id min-ttl $byte",
	    "max-mss 1400 fragment reassemble", "fragment no reassemble",
	    "set-tos $tos ! tagged $name", "rtable 0" } },

	/* anchors */
	{ "anchor", { "anchor $name ?dir ?on", "anchor \"a/b\" inet all",
	    "anchor \"w/*\" quick", "anchor {\n$body}",
	    "anchor $name $dir on $if {\n$body}",
	    "anchor out proto tcp to port $port {\n$body}",
	    "anchor $name proto tcp to port $ports {\n$body}" } },
	{ "body", { "$inner", "$inner$inner", "$inner$body", "" } },
	{ "inner", { "$filter\n", "$filter\n", "$filter\n", "$antispoof\n",
	    "$table\n", "$anchor\n" } },
	{ "antispoof", { "antispoof for $if", "antispoof quick for ($if)",
	    "antispoof log for { $if $if } inet",
	    "antispoof for em0 label $str" } },

	/* the rest */
	{ "table", { "table <$tab> ?attr", "table <$tab> ?attr { $entries }",
	    "table <$tab> { }", "table <$tab> persist { $entry } { $entry }",
	    "table <$tab> file \"spam\" { $entry }" } },
	{ "attr", { "const", "persist", "counters", "const persist",
	    "persist counters" } },
	{ "entries", { "$entry", "$entry, $entry", "$entry $entry\n$entry" } },
	{ "entry", { "$net4", "$net6", "! $net4", "em0:network", "self",
	    "$net4 weight 5", "$ip4 ttl 60", "$ip4 weight 2 ttl 9",
	    "mail.example.org" } },
	{ "macro", { "m = $n", "wan = \"em0\"\npass in on $$wan",
	    "p = \"{ 22, 80 }\"\npass in proto tcp to port $$p",
	    "x = a b c", "m = \"q\\\"q\"" } },
	{ "option", { "set timeout tcp.first $n",
	    "set timeout { udp.single $n, frag $n, src.track $n }",
	    "set limit states 100", "set limit { frags $n tables $n }",
	    "set optimization aggressive", "set loginterface $if",
	    "set loginterface none", "set hostid $n",
	    "set block-policy return", "set fail-policy return",
	    "set state-policy if-bound", "set state-defaults pflow, no-sync",
	    "set debug loud", "set debug info", "set skip on { $if $if }",
	    "set skip on lo", "set reassemble yes no-df",
	    "set reassemble no", "set syncookies adaptive (start 30%, end 9%)",
	    "set syncookies always", "set ruleset-optimization none",
	    "set require-order no", "set nat-policy rfc",
	    "set reload-states recheck", "set on-exit pass",
	    "set on-overload pass", "set workers 3", "set keepcounters" } },
	{ "queues", { "queue r on em0 bandwidth 10M\nqueue d parent r "
	    "bandwidth 5M, min 1M, max 8M default\nqueue web parent r "
	    "bandwidth 1500K burst 2M for 100ms qlimit 9\n"
	    "pass out on em0 set queue web\n",
	    "queue f on em1 flows 1024 quantum 300 qlimit $n default\n" } },
	{ "mac", { "00:11:22:33:44:55", "! 02:00:00:00:00:01",
	    "02:00:00:00:00:00/8", "02:00:00:00:00:01&ff:00:00:00:00:0f",
	    "{ 02:00:00:00:00:02, 02:00:00:00:00:03 }" } },
	{ "ether", { "ether pass ?dir ?quick on $if from $mac to $mac ?eopt",
	    "ether block proto 0x0806", "ether pass in on $if bridge-to $if",
	    "ether block out proto { 0x0800 0x86dd } l3 from $ip4 to $net4",
	    "ether anchor $name", "ether pass l3 all $eopt" } },
	{ "eopt", { "tag $name", "tagged $name", "label $str", "queue $name",
	    "ridentifier 7", "dnpipe 3" } },
	{ "planes", { "interface lan0 tun address 10.3.0.1/24 peer "
	    "10.3.0.2/24 mtu 1400\nroute 10.4.0.0/16 via 10.3.0.2\n",
	    "interface em0 divert\n",
	    "interface t0 tun netns \"/run/netns/x y\" queues 2 address "
	    "fd00::1/64 default\n" } },
};

uint32_t
grammar_rnd(uint64_t *state, uint32_t n)
{
	*state ^= *state << 13;	/* xorshift64, Marsaglia 2003 */
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32) % n;
}

static const struct production *
production(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(productions); i++)
		if (strncmp(productions[i].name, name, len) == 0 &&
		    productions[i].name[len] == '\0')
			return &productions[i];
	return NULL;
}

static bool
put(struct grammar *g, char c)
{
	if (g->n + 1 >= g->size)
		return false;
	g->buf[g->n++] = c;
	g->buf[g->n] = '\0';
	return true;
}

static bool
derive(struct grammar *g, const struct production *p, unsigned depth)
{
	const struct production *sub;
	const char *s;
	uint32_t n = 0;
	size_t len;

	if (depth > DEPTH_MAX)
		return false;
	while (n < ALTS_MAX && p->alts[n] != NULL)
		n++;
	for (s = p->alts[grammar_rnd(g->rng, n)]; *s != '\0'; s++) {
		if (*s == '$' && s[1] == '$') {
			s++;	/* a dollar of the text */
		} else if (*s == '$' || *s == '?') {
			len = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz"
			    "0123456789");
			if ((sub = production(s + 1, len)) == NULL)
				abort();	/* a wrong table */
			if ((*s == '$' || grammar_rnd(g->rng, 2) == 0) &&
			    !derive(g, sub, depth + 1))
				return false;
			s += len;
			continue;
		}
		if (!put(g, *s))
			return false;
	}
	return true;
}

bool
grammar_make(struct grammar *g, const char *start)
{
	g->n = 0;
	g->buf[0] = '\0';
	return derive(g, production(start, strlen(start)), 0);
}
