#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload loses no packet that natd has in its hands where the kernel routes:
# the kernel throws away all that waits in queues when one of its hooks goes.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
RULES='match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
pass'
ip -n "$run-gw" link add more type veth peer name more1
start_natd gw "$RULES"
ruleset "$RULES" >"$tmp/one.conf"
ruleset "set skip on more
$RULES" >"$tmp/two.conf"

# One packet is always on its way, nearly always in one of natd's queues.
for dst in 198.51.100.80 2001:db8:b::80; do
	ip netns exec "$run-lan" ping -f -w 30 "$dst" >"$tmp/ping.seen" 2>&1 &
	ping=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for conf in two one; do
			ns gw natctl -q -f "$tmp/$conf.conf" || fail "reload"
		done
	done
	kill -s INT "$ping"
	wait "$ping" || fail "$dst: no answer"
	awk '/packets transmitted/ { seen = 1; lost = $1 - $4 }
	    END { exit !(seen && lost <= 1) }' "$tmp/ping.seen" ||
	    fail "$dst: $(tail -n 3 "$tmp/ping.seen")"
done
