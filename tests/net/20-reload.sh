#!/bin/sh
# SPDX-License-Identifier: ISC
# 1,000 TCP connections, out through nat and in through rdr, and a bulk
# transfer, live through 200 reloads in which those rules change.  No
# connection ends, no byte is wrong, and new connections always work.
set -eu
. "$top_srcdir/tests/net/lib.sh"

rules() {
	cat <<END
set limit states 20000
nat on wan0 proto { tcp udp icmp } from $2 to any -> (wan0)
rdr on wan0 proto tcp to (wan0) port $1 -> 10.0.0.2 port 80
rdr on wan0 proto tcp to (wan0) port 8080 -> 10.0.0.2 port $3
pass label "revision $1"
END
}

room
start_natd gw "$(rules 9000 10.0.0.0/24 80)"
serve wan 80
serve lan 80
exchange lan out -c 800 -z 600 198.51.100.80 80
exchange wan in -c 200 -z 600 198.51.100.1 8080
ns wan iperf3 -s >/dev/null &
sleep 0.3
ns lan iperf3 -c 198.51.100.80 -t 15 -f m >"$tmp/iperf.log" 2>&1 &
bulk=$!

i=0
while [ "$i" -lt 200 ] || kill -0 "$bulk" 2>/dev/null; do
	i=$((i + 1))
	case $((i % 3)) in
	0) text=$(rules $((9000 + i)) 10.0.0.0/24 80) ;;
	1) text=$(rules $((9000 + i)) 10.0.0.2 81) ;;
	2) text=$(rules $((9000 + i)) '{ 10.0.0.0/25 10.0.0.128/25 }' 82) ;;
	esac
	load "$text" 2>"$tmp/reload.log" || fail "reload $i: $(cat "$tmp/reload.log")"
	[ $((i % 10)) -ne 0 ] || ns lan "$PEER" -w 3000 198.51.100.80 80 \
	    >/dev/null || fail "a new connection after reload $i"
done
wait "$bulk" || fail "iperf3: $(cat "$tmp/iperf.log")"
! grep -q ' 0\.00 Bytes ' "$tmp/iperf.log" ||
    fail "the transfer stood still: $(cat "$tmp/iperf.log")"
natctl -s rules | grep -q "revision $((9000 + i))\"" ||
    fail "the last ruleset is not in force"
exchange_ends out
exchange_ends in
tail -n 4 "$tmp/iperf.log"
echo "$i reloads"
