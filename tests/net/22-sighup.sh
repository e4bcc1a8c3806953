#!/bin/sh
# SPDX-License-Identifier: ISC
# SIGHUP reads natd's own file again; connections stay.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass label "first"'
serve wan 80
serve wan 81
exchange lan load -c 20 -i 20 198.51.100.80 80
ns lan "$PEER" 198.51.100.80 81 || fail "port 81 before"

ruleset 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass label "second"
block return quick proto tcp to port 81' >"$tmp/natd.conf"
kill -HUP "$natd_pid"
second() {
	natctl -s rules | grep -q '"second"'
}
retry second || fail "the file was not read again"
! ns lan "$PEER" 198.51.100.80 81 || fail "port 81 is still open"

# A load that fails at its very end has opened and closed nothing.
{
	ruleset 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)' |
	    grep -v '^interface lan0'
	space more
	echo "interface more0 tun netns \"$(netns more)\" address 10.9.9.1/24"
	seq 1 70000 |
	    awk '{ print "pass in from 1." int($1 / 65536) "." \
	        int($1 / 256) % 256 "." $1 % 256 }'
} >"$tmp/natd.conf"
kill -HUP "$natd_pid"
retry grep -q 'registry of rules is full' "$tmp/natd.log" ||
    fail "70,000 rules: $(tail -n 3 "$tmp/natd.log")"
second || fail "the rules changed"
! ip -n "$run-more" link show more0 2>/dev/null || fail "more0 is there"
natctl -s Interfaces | tr '\n' ' ' | grep -qx 'lan0 wan0 ' ||
    fail "other interfaces: $(natctl -s Interfaces)"
exchange_ends load
