#!/bin/sh
# SPDX-License-Identifier: ISC
# natd is killed and started again, ends and is started again, with the same
# rules and with others, other workers and interfaces in another order: none of
# 1,000 connections is lost, and a stream goes on, byte by byte.
set -eu
. "$top_srcdir/tests/net/survive.sh"

room
space dmz
DMZ="interface dmz0 tun netns \"$(netns dmz)\" \
address 192.0.2.1/24 peer 192.0.2.2/24 default"
MORE=$DMZ
start_natd gw 'nat on wan0 inet from lan0:network to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass
pass in on dmz0 keep state (if-bound)
pass in on lan0 label "inside"'
serve wan 80
serve lan 80
exchange lan out -c 700 -z 500 -i 200 -w 10000 198.51.100.80 80
exchange wan in -c 300 -z 500 -i 200 -w 10000 198.51.100.1 8080
stream 198.51.100.80 8
ns dmz ping -q -c 1 -W 2 10.0.0.2 >/dev/null || fail "no ping from dmz"
gap_begins lan 198.51.100.80

i=0
while [ "$i" -lt 5 ]; do
	i=$((i + 1))
	restart KILL
done
restart TERM
natctl -s labels | grep -q '^inside ' || fail "no label"
made=$(natctl -s labels | awk '/^inside / { print $NF }')
[ "$made" -ge 701 ] || fail "the rule's counter is $made"

# One interface is gone, the others come in another order, the rules that made
# the states are gone, there is one worker and room for more states.
MORE='set workers 1
set limit states 5000000'
rules='block in
pass out'
swap=$LAN
LAN=$WAN
WAN=$swap
ruleset "$rules" >"$tmp/natd.conf"
restart KILL
gone() {
	natctl -s info | grep -q '^  interface-gone  *[1-9]'
}
retry gone || fail "a state of an interface that is gone is still there"
natctl -s states | grep -q '(10.0.0.2:[0-9]*) -> 198.51.100.80:80 ' ||
    fail "no state: $(natctl -s states | head -n 3)"
MORE='set workers 3'
ruleset "$rules" >"$tmp/natd.conf"
restart KILL
! ns lan "$PEER" -w 500 198.51.100.80 80 2>/dev/null || fail "not blocked"
gap_ends
stream_ends
exchange_ends out
exchange_ends in

# Where there is no room for the limit the states lie elsewhere, and a limit
# that has no room is refused.
mkdir "$tmp/small"
limited() {
	printf '%s\nset limit states %u\npass\n' \
	    'interface s0 tun address 10.9.0.1/24 peer 10.9.0.2/24' \
	    "$1" >"$tmp/small.conf"
}
# ... with a mount that is seen in there only
small() {
	space small
	limited "$1"
	: >"$tmp/small.seen"
	(exec ip netns exec "$run-small" sh -c 'mount -t tmpfs -o size=20m \
	    none "$1" && exec natd -d -f "$2" -p "$1/sock"' \
	    sh "$tmp/small" "$tmp/small.conf" >"$tmp/small.seen" 2>&1) &
	small=$!
	retry grep -q 'running' "$tmp/small.seen" ||
	    fail "$(cat "$tmp/small.seen")"
}
small 1000000
grep -q '20 MB are free there.*states end with this natd' "$tmp/small.seen" ||
    fail "no word of the room: $(cat "$tmp/small.seen")"
kill "$small"
wait "$small" || fail "natd's exit"
small 1000
! grep -q 'states end' "$tmp/small.seen" || fail "$(cat "$tmp/small.seen")"
limited 1000000
kill -HUP "$small"
retry grep -q 'small.conf:2:.* there is no room' "$tmp/small.seen" ||
    fail "not refused: $(cat "$tmp/small.seen")"
kill "$small"
wait "$small" || fail "natd's exit"

# States that are there go on with a limit that there is no room for.  With more
# workers they need a larger file; if there is no room for that either, what was
# in the file before does not come back with a natd that has room.
(exec ip netns exec "$run-small" sh -c 'mount -t tmpfs -o size=20m none "$1"
	for now in "1000 1" "1000000 1" "999 5" "1001 1"; do
		set -- "$1" "$2" $now
		rm -f "$1/filler"
		[ "$4" = 1 ] || cat /dev/zero >"$1/filler"
		sed "s/1000000/$3/; \$ i set workers $4" "$2" >"$2.now"
		natd -d -f "$2.now" -p "$1/sock" 2>&1 &
		until ping -q -c 1 -W 1 10.9.0.1 >/dev/null 2>&1; do
			kill -0 $! || exit
		done
		natctl -p "$1/sock" -s info | sed -n "s/^Restart/$3/p"
		kill -9 $!
		wait $!
	done' sh "$tmp/small" "$tmp/small.conf" >"$tmp/small.seen" 2>&1) || :
grep -q 'MB are free there.*; states go on' "$tmp/small.seen" ||
    fail "no word of the room: $(cat "$tmp/small.seen")"
grep -q '^1000000: [1-9].* states taken over' "$tmp/small.seen" ||
    fail "no states taken over: $(cat "$tmp/small.seen")"
grep -q '^999: No space left.*states end with this natd' "$tmp/small.seen" ||
    fail "there is room: $(cat "$tmp/small.seen")"
! grep '^1001: [1-9].* states taken over' "$tmp/small.seen" ||
    fail "states of two natds ago are back"

# What a person ends does not come back.
natctl -F states || fail "flush"
empty() {
	[ -z "$(natctl -s states)" ]
}
retry empty || fail "flushed, and there are states"
kill -9 "$natd_pid"
wait "$natd_pid" 2>/dev/null || :
natd_pid=
run_natd gw
empty || fail "states are back"

# Two natds on one socket: the second does not touch the states of the first.
if ns gw timeout 10 natd -d -f "$tmp/natd.conf" -p "$NATD_SOCKET" \
    >"$tmp/second.seen" 2>&1; then
	fail "a second natd runs"
fi
grep -q 'a natd answers there already' "$tmp/second.seen" ||
    fail "$(cat "$tmp/second.seen")"
