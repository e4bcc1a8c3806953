#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/shared-address.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space a
space b
space wan
start_example gw shared-address
serve wan 80
serve wan -u 53
serve a 80
serve b 80
# seen LOW HIGH: all that the server saw came from these ports
seen() {
	awk -v low="$1" -v high="$2" '
	    $2 != "198.51.100.7" || $4 < low || $4 > high { print; bad = 1 }
	    END { exit bad || NR == 0 }' "$tmp/wan.seen" ||
	    fail "not from 198.51.100.7 port $1:$2"
	: >"$tmp/wan.seen"
}
ns a "$PEER" -c 20 198.51.100.80 80 || fail "a, TCP"
ns a "$PEER" -c 20 -u 198.51.100.80 53 || fail "a, UDP"
seen 20000 29999
ns b "$PEER" -c 20 198.51.100.80 80 || fail "b, TCP"
ns b "$PEER" -c 20 -u 198.51.100.80 53 || fail "b, UDP"
seen 30000 39999
ns a ping -q -c 1 -W 2 198.51.100.80 || fail "a, ping"
ns wan "$PEER" 198.51.100.7 8001 || fail "to a"
ns wan "$PEER" 198.51.100.7 8002 || fail "to b"
grep -q '^from 198\.51\.100\.80 ' "$tmp/a.seen" || fail "a was not reached"
grep -q '^from 198\.51\.100\.80 ' "$tmp/b.seen" || fail "b was not reached"
! ns a "$PEER" 10.0.2.2 80 2>/dev/null || fail "a reaches b"
