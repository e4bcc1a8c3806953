#!/bin/sh
# SPDX-License-Identifier: ISC
# UDP datagrams of 4,000 and 60,000 bytes travel in fragments through nat and
# rdr, and so do their answers; a ping of 5,000 bytes too.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 proto udp to (wan0) port 5353 -> 10.0.0.2 port 53
pass'
serve wan -u 53
serve lan -u 53
for size in 1472 1473 4000 60000; do
	ns lan "$PEER" -u -f -z "$size" 198.51.100.80 53 ||
	    fail "$size bytes out through nat"
	ns wan "$PEER" -u -f -z "$size" 198.51.100.1 5353 ||
	    fail "$size bytes in through rdr"
done
! grep -v '^from 198\.51\.100\.1 ' "$tmp/wan.seen" ||
    fail "the server saw another address"
! grep -v '^from 198\.51\.100\.80 ' "$tmp/lan.seen" ||
    fail "the inside saw another address"
ns lan ping -q -c 2 -i 0.2 -W 2 -s 5000 198.51.100.80 || fail "a long ping"
exchange lan many -u -f -c 50 -z 4000 -i 20 198.51.100.80 53
sleep 1
exchange_ends many
