#!/bin/sh
# SPDX-License-Identifier: ISC
# IPv6 without translation: ping, TCP, UDP, fragments, traceroute, path MTU.
set -eu
. "$top_srcdir/tests/net/lib.sh"

WANOPT='mtu 1400'
room
veth wan far0 2001:db8:c::1/64 far eth0 2001:db8:c::9/64
ip -n "$run-wan" link set far0 mtu 1300
ip -n "$run-far" -6 route add default via 2001:db8:c::1 mtu 1300 advmss 1440
ns wan sysctl -q -w net.ipv6.conf.all.forwarding=1
MORE='route ::/0 via 2001:db8:b::80'
start_natd gw 'block return
pass out
pass in on lan0 inet6
pass in on wan0 inet6 proto tcp to fd00:a::2 port 80'
far=2001:db8:c::9
serve far 80
serve far -u 53
serve lan 80
retry ns lan ping -q -c 1 -W 1 "$far" || fail "no way there"
ns lan "$PEER" "$far" 80 || fail "no TCP"
grep -q '^from fd00:a::2 ' "$tmp/far.seen" || fail "the source changed"
natctl -s states | grep -q '^all tcp .*fd00:a::2\[[0-9]*\] -> 2001:db8:c::9\[80\] ' ||
    fail "no state: $(natctl -s states)"
ns lan "$PEER" -u "$far" 53 || fail "no UDP"
# The first datagrams are lost: they are how the path's MTU is found.
retry ns lan "$PEER" -u -z 4000 -w 1000 "$far" 53 || fail "no fragments"
ns far "$PEER" fd00:a::2 80 || fail "no TCP from outside"
ns far "$PEER" fd00:a::2 81 2>"$tmp/err" && fail "port 81 is open"
grep -q refused "$tmp/err" || fail "no RST from natd: $(cat "$tmp/err")"

ns lan traceroute -6 -n -q 1 -w 2 -m 5 "$far" >"$tmp/trace"
hops=$(awk 'NR > 1 { printf "%s ", $2 }' "$tmp/trace")
[ "$hops" = "fd00:a::1 2001:db8:b::80 $far " ] || fail "traceroute: $hops"

ns lan ip -6 route flush cache
ns lan ping -c 1 -W 2 -M do -s 1380 "$far" >"$tmp/ping" && fail "1428 fit"
grep -q '^From fd00:a::1 .*mtu=1400' "$tmp/ping" ||
    fail "natd does not say its MTU: $(cat "$tmp/ping")"
ns lan ping -c 1 -W 2 -M do -s 1300 "$far" >"$tmp/ping" && fail "1348 fit"
grep -q '^From 2001:db8:b::80 .*mtu=1300' "$tmp/ping" ||
    fail "the router's answer does not come through: $(cat "$tmp/ping")"
ns lan ip -6 route flush cache
ns lan "$PEER" -z 300000 -w 5000 "$far" 80 || fail "a long TCP stream"
ns lan ip -6 route get "$far" | grep -q 'mtu 1300' ||
    fail "TCP did not learn the MTU"
