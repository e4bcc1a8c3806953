#!/bin/sh
# SPDX-License-Identifier: ISC
# 1,000 connections through nat and rdr, 200 reloads meanwhile: none is
# dropped, and no queue has lost a packet.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
rules='nat on wan0 inet from (lan0:network) to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'
start_natd gw "$rules"
serve wan 80
serve lan 80
exchange lan out -c 700 -z 500 -i 200 198.51.100.80 80
exchange wan in -c 300 -z 500 -i 200 198.51.100.1 8080
i=0
while [ "$i" -lt 200 ]; do
	i=$((i + 1))
	load "$rules
block in on wan0 proto tcp to port $((1000 + i))" 2>"$tmp/err" ||
	    fail "reload $i: $(cat "$tmp/err")"
done
exchange_ends out
exchange_ends in
natctl -s info -v | grep -E 'queue-(full|overrun)' |
    awk '{ n += $2 } END { exit n > 0 }' || fail "queues have lost packets"
