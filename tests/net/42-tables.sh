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

# Limits hold for what natctl adds and for what a ruleset brings.
load "set limit { tables 2, table-entries 4 }
$rules" || fail "limits"
natctl -t friends -T add 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 ||
    fail "four entries"
! natctl -t friends -T add 192.0.2.4 192.0.2.5 2>"$tmp/said" ||
    fail "a fifth entry"
grep -q 'limit table-entries is 4' "$tmp/said" || fail "$(cat "$tmp/said")"
[ "$(natctl -t friends -T show | wc -l)" -eq 4 ] || fail "not four entries"
natctl -t friends -T replace 192.0.2.6 192.0.2.7 192.0.2.8 ||
    fail "three in place of four"
natctl -t second -T add 192.0.2.9 || fail "a second table"
! natctl -t third -T add 192.0.2.9 2>"$tmp/said" || fail "a third table"
grep -q 'limit tables is 2' "$tmp/said" || fail "$(cat "$tmp/said")"
! load "set limit table-entries 2
table <more> { 192.0.2.1 192.0.2.2 192.0.2.3 }
pass from <more>" 2>"$tmp/said" || fail "a ruleset above its limit"
grep -q 'load.conf:4:11: error: 3 entries in tables, and limit table-entries is 2' \
    "$tmp/said" || fail "$(cat "$tmp/said")"
