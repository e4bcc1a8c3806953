#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/home-router.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space lan
space wan
start_example gw home-router
serve wan 80
serve lan 80
serve lan 22
ns lan "$PEER" 198.51.100.80 80 || fail "the inside does not get out"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "not translated"
ns wan "$PEER" 198.51.100.1 80 || fail "the web server cannot be reached"
grep -q '^from 198\.51\.100\.80 ' "$tmp/lan.seen" || fail "wrong source"
ns wan ping -q -c 1 -W 2 198.51.100.1 || fail "no ping from outside"
! ns wan "$PEER" 198.51.100.1 22 2>"$tmp/err" || fail "port 22 is open"
grep -q refused "$tmp/err" || fail "port 22 is not refused"
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
! ns wan "$PEER" 10.0.0.2 22 2>/dev/null || fail "the inside is open"
natctl -s labels | grep -q '^web [1-9]' || fail "the label counts nothing"
natctl -t blocked -T add 198.51.100.80 || fail "the table cannot be filled"
! ns wan "$PEER" 198.51.100.1 80 2>/dev/null || fail "a blocked host gets in"
ns lan "$PEER" 198.51.100.80 80 || fail "the way out is blocked too"
