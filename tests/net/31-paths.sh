#!/bin/sh
# SPDX-License-Identifier: ISC
# traceroute and path MTU discovery through nat.  natd's own way out takes 1300
# bytes, the link behind the next router 1200.
set -eu
. "$top_srcdir/tests/net/lib.sh"

WANOPT='mtu 1300'
room
veth wan far0 203.0.113.1/24 far eth0 203.0.113.9/24
ip -n "$run-wan" link set far0 mtu 1200
# It says that it takes segments of 1460 bytes, as if its link were wider.
ip -n "$run-far" route add default via 203.0.113.1 mtu 1200 advmss 1460
ns wan sysctl -q -w net.ipv4.ip_forward=1
MORE='route 0.0.0.0/0 via 198.51.100.80'
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass'
serve far 80
serve far -u 53
retry ns lan ping -q -c 1 -W 1 203.0.113.9 || fail "no way there"

for how in '' -I '-T -p 80'; do
	# shellcheck disable=SC2086 # words
	ns lan traceroute -n -q 1 -w 2 -m 5 $how 203.0.113.9 >"$tmp/trace"
	cat "$tmp/trace"
	hops=$(awk 'NR > 1 { printf "%s ", $2 }' "$tmp/trace")
	[ "$hops" = '10.0.0.1 198.51.100.80 203.0.113.9 ' ] ||
	    fail "traceroute $how: $hops"
done

ns lan ping -c 1 -W 2 -M do -s 1372 203.0.113.9 >"$tmp/ping" && fail "1400 fit"
grep -q '^From 10\.0\.0\.1 .*mtu = 1300' "$tmp/ping" ||
    fail "natd does not say its MTU: $(cat "$tmp/ping")"
ns lan ping -c 1 -W 2 -M do -s 1222 203.0.113.9 >"$tmp/ping" && fail "1250 fit"
grep -q '^From 198\.51\.100\.80 .*mtu = 1200' "$tmp/ping" ||
    fail "the router's answer does not come through: $(cat "$tmp/ping")"
ns lan ping -c 1 -W 2 -M do -s 1172 203.0.113.9 || fail "1200 do not fit"
ns lan ping -c 1 -W 2 -M dont -s 3000 203.0.113.9 || fail "no fragments"

ns lan ip route flush cache
ns lan "$PEER" -z 300000 -w 5000 203.0.113.9 80 || fail "TCP does not get through"
ns lan ip route get 203.0.113.9 | grep -q 'mtu 1200' ||
    fail "TCP did not learn the MTU: $(ns lan ip route get 203.0.113.9)"
ns lan ip route flush cache
ns lan "$PEER" -d -u -z 1300 -w 2000 203.0.113.9 53 2>"$tmp/err" &&
    fail "1328 bytes of UDP fit"
grep -q 'Message too long' "$tmp/err" || fail "UDP is not told: $(cat "$tmp/err")"
