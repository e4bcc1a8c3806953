#!/bin/sh
# SPDX-License-Identifier: ISC
# A router whose kernel routes: nat, rdr, binat and filter on real interfaces,
# both families, with the offloads of the cables on and off.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ip -n "$run-gw" addr add 198.51.100.7/24 dev wan0
ip -n "$run-lan" addr add 10.0.0.7/24 dev eth0

start_natd gw 'binat on wan0 from 10.0.0.7 to any -> 198.51.100.7
nat on wan0 inet from lan0:network to any -> (wan0:0)
nat on wan0 inet6 from lan0:network to any -> 2001:db8:b::1
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
rdr on wan0 inet6 proto tcp to (wan0) port 8080 -> fd00:a::2 port 80
block out quick on lan0 proto tcp to port 81
pass'

# How the kernel was told: in tables of natd's own, and nothing else.
ns gw nft list tables >"$tmp/tables"
[ "$(sort "$tmp/tables" | tr '\n' ' ')" = 'table ip natd table ip6 natd ' ] ||
    fail "tables: $(cat "$tmp/tables")"

ns lan ping -q -c 3 -i 0.2 -W 2 198.51.100.80 || fail "ping"
ns lan ping -q -c 3 -i 0.2 -W 2 2001:db8:b::80 || fail "ping over IPv6"

serve wan 80
serve wan -u 53
serve lan 80
serve lan 81

# seen NAME PATTERN: what the peer there has written, then nothing
seen() {
	grep -q "$2" "$tmp/$1.seen" || fail "$1 saw: $(cat "$tmp/$1.seen")"
	: >"$tmp/$1.seen"
}

check_all() {
	echo "== $1"
	ns lan "$PEER" -z 100000 198.51.100.80 80 || fail "$1: TCP"
	seen wan '^from 198\.51\.100\.1 '
	ns lan "$PEER" -z 100000 2001:db8:b::80 80 || fail "$1: TCP, IPv6"
	seen wan '^from 2001:db8:b::1 '
	ns lan "$PEER" -u 198.51.100.80 53 || fail "$1: UDP"
	seen wan '^from 198\.51\.100\.1 '
	ns lan "$PEER" -u 2001:db8:b::80 53 || fail "$1: UDP, IPv6"
	seen wan '^from 2001:db8:b::1 '
	ns lan "$PEER" -b 10.0.0.7 -z 100000 198.51.100.80 80 ||
	    fail "$1: binat"
	seen wan '^from 198\.51\.100\.7 '
	ns wan "$PEER" -z 100000 198.51.100.7 80 || fail "$1: binat, in"
	seen lan '^from 198\.51\.100\.80 '
	ns wan "$PEER" -z 100000 198.51.100.1 8080 || fail "$1: rdr"
	seen lan '^from 198\.51\.100\.80 '
	ns wan "$PEER" -z 100000 2001:db8:b::1 8080 || fail "$1: rdr, IPv6"
	seen lan '^from 2001:db8:b::80 '
	! ns wan "$PEER" -w 700 198.51.100.7 81 2>/dev/null ||
	    fail "$1: port 81 is not blocked"
}

check_all "offloads on"
for end in lan:eth0 gw:lan0 gw:wan0 wan:eth0; do
	ns "${end%:*}" ethtool -K "${end#*:}" tx off gso off gro off tso off \
	    >/dev/null 2>&1 || skip "no ethtool"
done
check_all "offloads off"
for end in lan:eth0 gw:lan0; do
	ns "${end%:*}" ethtool -K "${end#*:}" tx on gso on gro on tso on \
	    >/dev/null
done
check_all "offloads on one side"

# No end point has met a wrong sum.
for where in lan gw wan; do
	ns "$where" nstat -asz TcpInCsumErrors UdpInCsumErrors \
	    Udp6InCsumErrors IcmpInCsumErrors Icmp6InCsumErrors >"$tmp/sums"
	awk '/CsumErrors/ { n += $2 } END { exit n > 0 }' "$tmp/sums" ||
	    fail "$where: $(cat "$tmp/sums")"
done

# A clean stop leaves nothing behind, and the kernel routes as before.
end_natd || fail "natd's exit"
[ -z "$(ns gw nft list tables)" ] || fail "tables are left"
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
ns lan "$PEER" 198.51.100.80 80 || fail "the kernel does not route"
seen wan '^from 10\.0\.0\.2 '
