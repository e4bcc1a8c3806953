#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/ipv6-filter.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space lan
space wan
start_example gw ipv6-filter
serve lan 80
serve lan 22
serve wan 80
serve wan -u 53
ns lan "$PEER" 2001:db8:b::80 80 || fail "out, TCP"
grep -q '^from 2001:db8:a::2 ' "$tmp/wan.seen" || fail "translated"
ns lan "$PEER" -u 2001:db8:b::80 53 || fail "out, UDP"
ns lan ping -q -c 1 -W 2 2001:db8:b::80 || fail "out, ping"
ns wan ping -q -c 1 -W 2 2001:db8:a::2 || fail "in, ping"
ns wan "$PEER" 2001:db8:a::2 80 || fail "in, the web server"
! ns wan "$PEER" 2001:db8:a::2 22 2>"$tmp/err" || fail "in, port 22"
grep -q refused "$tmp/err" || fail "port 22 is not refused"
! ns lan "$PEER" -u 2001:db8:b::80 54 2>"$tmp/err" || fail "a closed UDP port"
grep -q refused "$tmp/err" || fail "the server's ICMP error does not come back"
