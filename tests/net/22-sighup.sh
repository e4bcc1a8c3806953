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
exchange_ends load
