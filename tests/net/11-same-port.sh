#!/bin/sh
# SPDX-License-Identifier: ISC
# Two clients use the same source port to the same server at the same time,
# with TCP and with UDP; the server tells them apart.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
space lan2
MORE="interface lan1 tun netns \"$(netns lan2)\" address 10.0.1.1/24 \
peer 10.0.1.2/24 default"
start_natd gw 'nat on wan0 from { 10.0.0.0/24 10.0.1.0/24 } to any -> (wan0)
pass'

# ports FILE: the different ports that the server saw of natd's address
ports() {
	awk '$1 == "from" && $2 == "198.51.100.1" { print $4 }' "$1" | sort -u |
	    wc -l
}

serve wan 80
exchange lan one -s 40000 -i 10 198.51.100.80 80
exchange lan2 two -s 40000 -i 10 198.51.100.80 80
[ "$(ports "$tmp/wan.seen")" = 2 ] || fail "tcp: $(cat "$tmp/wan.seen")"
natctl -s states >"$tmp/states"
for client in 10.0.0.2 10.0.1.2; do
	grep -q "^all tcp 198\.51\.100\.1:[0-9]* ($client:40000) -> 198" \
	    "$tmp/states" || fail "no state of $client: $(cat "$tmp/states")"
done
exchange_ends one
exchange_ends two

: >"$tmp/wan.seen"
serve wan -u 53
exchange lan uone -u -s 40000 -i 10 198.51.100.80 53
exchange lan2 utwo -u -s 40000 -i 10 198.51.100.80 53
[ "$(ports "$tmp/wan.seen")" = 2 ] || fail "udp: the server saw one port"
exchange_ends uone
exchange_ends utwo

# The two pings have the same id: ping -e needs iputils 20200821.
ns lan ping -q -e 77 -c 5 -i 0.2 -W 2 198.51.100.80 &
first=$!
ns lan2 ping -q -e 77 -c 5 -i 0.2 -W 2 198.51.100.80 ||
    fail "the second client's ping"
wait "$first" || fail "the first client's ping"
