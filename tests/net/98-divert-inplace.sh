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
	timeout 100 ip netns exec "$run-lan" ping -f -c 40000 "$dst" \
	    >"$tmp/ping.seen" 2>&1 &
	ping=$!
	reloads=0
	while kill -0 "$ping" 2>/dev/null; do
		for conf in two one; do
			ns gw natctl -q -f "$tmp/$conf.conf" || fail "reload"
		done
		reloads=$((reloads + 2))
	done
	wait "$ping" || fail "$dst: $(tail -n 3 "$tmp/ping.seen")"
	grep -q '^40000 packets transmitted, 40000 received' \
	    "$tmp/ping.seen" || fail "$dst, $reloads reloads: $(
	    tail -n 3 "$tmp/ping.seen")"
done
