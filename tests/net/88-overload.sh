#!/bin/sh
# SPDX-License-Identifier: ISC
# A queue that is full: natd stands still, and more comes than fits.  With
# on-overload drop nothing passes, and what is lost is counted; with pass the
# rest passes.  Afterwards all is as before.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
MANY=20000	# more than two queues of 8192 take

start_natd gw 'set on-overload drop
pass'
natctl -s info | grep '^Plane: divert, .* 2 queues of 8192 packets$' ||
    fail "$(natctl -s info | grep Plane)"
counter() {
	natctl -v -s info | awk -v name="$1" '$1 == name { print $2 }'
}
for name in waiting full overrun; do
	[ "$(counter "queue-$name")" = 0 ] || fail "queue-$name before"
done

# flood: that many pings at once, none of which waits for the one before
flood() {
	ns lan timeout 20 ping -q -l 60000 -c "$MANY" -W 1 198.51.100.80 \
	    >/dev/null 2>&1 || :
}
answered() {
	ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null
}
# stopped MODE: flood a natd that stands still; $passed pings came through
stopped() {
	retry answered || fail "$1: nothing passes"
	_was=$(echoes wan)
	kill -STOP "$natd_pid"
	flood
	passed=$(($(echoes wan) - _was))
	waiting=$(awk '$1 >= 28256 && $1 < 28258 { n += $3 } END { print n }' \
	    "/proc/$natd_pid/net/netfilter/nfnetlink_queue")
	kill -CONT "$natd_pid"
	echo "$1: $passed of $MANY passed, $waiting waited"
	[ "$waiting" -gt 0 ] || fail "$1: none waits"
	retry answered || fail "$1: nothing passes afterwards"
}

stopped drop
[ "$passed" = 0 ] || fail "drop: $passed passed"
lost=$(($(counter queue-full) + $(counter queue-overrun)))
[ "$((lost + waiting))" -ge "$MANY" ] ||
    fail "drop: $lost lost and $waiting waiting of $MANY"

load 'set on-overload pass
pass' || fail "load"
stopped pass
[ "$((passed + waiting))" -ge "$MANY" ] ||
    fail "pass: $passed passed and $waiting waiting of $MANY"
[ "$passed" -gt 0 ] || fail "pass: none passed"
[ "$(($(counter queue-full) + $(counter queue-overrun)))" = "$lost" ] ||
    fail "pass: packets are counted as lost"
gone() {
	[ "$(counter queue-waiting)" = 0 ]
}
retry gone || fail "packets still wait"
