#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/dmz-binat.conf does what its head says.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space lan
space dmz
space wan
start_example gw dmz-binat
serve dmz 25
serve dmz 22
serve wan 25
serve wan -u 53
serve lan 80
ns wan "$PEER" 198.51.100.25 25 || fail "mail from outside"
ns wan ping -q -c 1 -W 2 198.51.100.25 || fail "ping of the mail server"
! ns wan "$PEER" 198.51.100.25 22 2>/dev/null || fail "ssh from outside"
ns dmz "$PEER" -s 40025 198.51.100.80 25 || fail "mail to outside"
grep -q '^from 198\.51\.100\.25 port 40025' "$tmp/wan.seen" ||
    fail "the mail server's address or port: $(cat "$tmp/wan.seen")"
: >"$tmp/wan.seen"
ns lan "$PEER" -u 198.51.100.80 53 || fail "the inside to outside"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "the inside's address"
ns lan "$PEER" 192.168.7.25 22 || fail "the inside to the DMZ"
grep -q '^from 10\.0\.0\.2 ' "$tmp/dmz.seen" || fail "translated to the DMZ"
! ns dmz "$PEER" 10.0.0.2 80 2>/dev/null || fail "the DMZ reaches the inside"
