#!/bin/sh
# SPDX-License-Identifier: ISC
# The same where the kernel routes: natd is killed, or hands over to the next
# one, and nothing passes meanwhile; or it ends, and everything does.
set -eu
. "$top_srcdir/tests/net/survive.sh"

gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
rules='nat on wan0 inet from 10.0.0.0/24 to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'
start_natd gw "$rules"
serve wan 80
serve lan 80
exchange lan out -c 400 -z 500 -i 200 -w 10000 198.51.100.80 80
exchange wan in -c 300 -z 500 -i 200 -w 10000 198.51.100.1 8080
exchange lan plain -c 300 -z 500 -i 200 -w 10000 2001:db8:b::80 80
stream 198.51.100.80 8
gap_begins lan 198.51.100.80

i=0
while [ "$i" -lt 4 ]; do
	i=$((i + 1))
	restart KILL
	restart USR1
done
# the rules that made the states are gone
ruleset 'block
pass out inet6' >"$tmp/natd.conf"
restart KILL
gap_ends
stream_ends
exchange_ends out
exchange_ends in

# A stop opens the host.  What is not translated goes on without natd, and
# natd goes on with it, wherever its numbers are by then.
stop() {
	kill -s "$1" "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
	sleep 0.5
	run_natd gw
}
stop TERM
# killed, too, if everything is to pass then
load 'set on-exit pass
block' || fail "load"
stop KILL
natctl -d || fail "disable"
stop KILL
# none of these has a rule any more: it is the states that pass them
natctl -s info | grep '^Restart: ' || fail "nothing was taken over"
sleep 0.5
exchange_ends plain
! ns lan "$PEER" -w 500 2001:db8:b::80 80 2>/dev/null || fail "not blocked"
