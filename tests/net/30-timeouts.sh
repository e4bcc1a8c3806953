#!/bin/sh
# SPDX-License-Identifier: ISC
# States of UDP and ping end when their timeouts say: not before, and not more
# than two seconds after.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'set timeout { interval 1, udp.first 3, udp.single 3, udp.multiple 5 }
set timeout { icmp.first 3, icmp.error 3, other.first 3, tcp.established 600 }
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
block return in on wan0
pass in on lan0
pass out'
serve wan 80
serve wan -u 53
exchange lan tcp 198.51.100.80 80

# lasts WHAT PATTERN SECONDS: a state that PATTERN matches is there now, and
# goes after about SECONDS
lasts() {
	began=$(date +%s%N)
	natctl -s states | grep -q "$2" || fail "$1: no state"
	while natctl -s states | grep -q "$2"; do
		took=$((($(date +%s%N) - began) / 1000000))
		[ "$took" -lt $(($3 * 1000 + 2000)) ] ||
		    fail "$1: still there after $took ms"
		sleep 0.05
	done
	took=$((($(date +%s%N) - began) / 1000000))
	echo "$1: $took ms, timeout $3 s"
	[ "$took" -ge $(($3 * 1000 - 300)) ] || fail "$1: gone after $took ms"
}

ns lan "$PEER" -u -w 100 198.51.100.81 9 2>/dev/null || :
lasts "one-way UDP" 'udp .*-> 198.51.100.81:9 ' 3
ns lan "$PEER" -u -s 40001 198.51.100.80 53 || fail "no UDP"
ns lan "$PEER" -u -s 40001 198.51.100.80 53 || fail "no UDP"
lasts "two-way UDP" 'udp .*-> 198.51.100.80:53 ' 5
ns lan ping -q -c 1 -W 2 198.51.100.80 || fail "no ping"
lasts "ping" 'icmp .*-> 198.51.100.80' 3
natctl -s states | grep -q 'tcp .*-> 198.51.100.80:80 ' || fail "TCP went too"
exchange_ends tcp
