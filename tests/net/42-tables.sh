#!/bin/sh
# SPDX-License-Identifier: ISC
# A table changed at run time decides at once, and a reload keeps it.
set -eu
. "$top_srcdir/tests/net/lib.sh"

rules='table <friends> persist
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
block return in on lan0
pass in on lan0 from <friends>
pass out'
room
start_natd gw "$rules"
serve wan 80

gets_out() {
	ns lan "$PEER" -w 2000 198.51.100.80 80 >/dev/null 2>&1
}

! gets_out || fail "an empty table lets the client out"
natctl -t friends -T add 10.0.0.0/25 192.0.2.7 2>"$tmp/said"
grep -q '^2/2 addresses added' "$tmp/said" || fail "$(cat "$tmp/said")"
gets_out || fail "the client is in the table and blocked"
natctl -t friends -T show >"$tmp/shown"
printf '   10.0.0.0/25\n   192.0.2.7\n' | cmp - "$tmp/shown" ||
    fail "shown: $(cat "$tmp/shown")"
natctl -t friends -T test 10.0.0.2 || fail "test says no"
! natctl -t friends -T test 10.0.0.200 || fail "test says yes"
load "$rules
pass in on lan0 proto udp" || fail "reload"
gets_out || fail "the reload emptied the table"
natctl -t friends -T add '!10.0.0.2' || fail "add a negated address"
! gets_out || fail "a negated address gets out"
natctl -t friends -T delete '!10.0.0.2' || fail "delete a negated address"
gets_out || fail "still blocked"
natctl -t friends -T flush || fail "flush"
! gets_out || fail "a flushed table lets the client out"
