#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/port-forwards.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space lan
space wan
start_example gw port-forwards
ip -n "$run-wan" addr add 198.51.100.9/24 dev wan0
serve lan 22
serve lan 9000
serve lan 9007
serve lan -u 3074
ns wan "$PEER" -b 198.51.100.80 198.51.100.1 2222 || fail "ssh from the office"
! ns wan "$PEER" -b 198.51.100.9 198.51.100.1 2222 2>/dev/null ||
    fail "ssh from elsewhere"
ns wan "$PEER" 198.51.100.1 8000 || fail "the begin of the range"
ns wan "$PEER" 198.51.100.1 8007 || fail "inside the range"
! ns wan "$PEER" 198.51.100.1 8011 2>/dev/null || fail "behind the range"
ns wan "$PEER" -u 198.51.100.1 3074 || fail "UDP"
serve wan 80
ns lan "$PEER" 198.51.100.80 80 || fail "the way out"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "not translated"
