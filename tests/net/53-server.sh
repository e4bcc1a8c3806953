#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/server.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space lan
space wan
start_example gw server
ip -n "$run-wan" addr add 198.51.100.9/24 dev wan0
for port in 22 80 8080; do
	serve lan "$port"
done
serve wan 80
serve wan 8080
serve wan -u 53
ns wan "$PEER" 203.0.113.80 80 || fail "the web server"
ns wan "$PEER" -b 198.51.100.80 203.0.113.80 22 || fail "ssh of an admin"
! ns wan "$PEER" -w 1000 -b 198.51.100.9 203.0.113.80 22 2>/dev/null ||
    fail "ssh of anybody"
! ns wan "$PEER" -w 1000 203.0.113.80 8080 2>"$tmp/err" || fail "port 8080"
grep -q 'timed out' "$tmp/err" || fail "dropped silently? $(cat "$tmp/err")"
ns wan ping -q -c 1 -W 2 203.0.113.80 || fail "ping"
ns lan "$PEER" 198.51.100.80 80 || fail "updates"
grep -q '^from 203\.0\.113\.80 ' "$tmp/wan.seen" || fail "translated"
ns lan "$PEER" -u 198.51.100.80 53 || fail "names"
! ns lan "$PEER" -w 1000 198.51.100.80 8080 2>/dev/null || fail "anything"
! ns lan "$PEER" 198.51.100.80 25 2>"$tmp/err" || fail "mail"
grep -q refused "$tmp/err" || fail "mail is not refused"
