#!/bin/sh
# SPDX-License-Identifier: ISC
# natctl -d and -e: disabled, packets do not even come to natd; states stay.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
start_natd gw 'set skip on lo
block
pass out
pass in proto tcp to port 80
pass in inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }'
serve wan 80
serve wan 81

says() {
	_want=$1
	shift
	natctl "$@" >"$tmp/said" 2>&1 || :
	[ "$(cat "$tmp/said")" = "$_want" ] || fail "$*: $(cat "$tmp/said")"
}
counted() {
	natctl -s info | awk '$1 == "in" { print $2; exit }'
}
tables() {
	ns gw nft list tables | grep -c ' natd$' || :
}
reaches() {
	ns lan "$PEER" -w 1000 "$@" >/dev/null 2>&1
}

says 'natctl: pf already enabled' -e
exchange lan old -c 20 -i 20 198.51.100.80 80
exchange lan old6 -c 20 -i 20 2001:db8:b::80 80
! reaches 198.51.100.80 81 || fail "not blocked"
# those of the neighbours' questions come and go
states() {
	natctl -s states | grep -c ESTABLISHED || :
}
states=$(states)
[ "$states" -ge 80 ] || fail "$states states"

says 'pf disabled' -d
says 'natctl: pf already disabled' -d
natctl -s info | grep -q '^Status: Disabled' || fail "$(natctl -s info)"
[ "$(tables)" = 0 ] || fail "hooks while disabled"
before=$(counted)
reaches 198.51.100.80 81 || fail "blocked while disabled"
reaches 2001:db8:b::80 81 || fail "blocked while disabled, IPv6"
ns lan ping -q -c 50 -i 0.005 198.51.100.80 >/dev/null || fail "ping"
# a load is a load, and no reason to filter
load 'block
pass out
pass in proto tcp to port 80' || fail "load"
[ "$(tables)" = 0 ] || fail "a load sets hooks while disabled"
reaches 198.51.100.80 81 || fail "a load blocks while disabled"
[ "$(counted)" = "$before" ] || fail "packets come while disabled"
[ "$(states)" -ge "$states" ] || fail "states have gone"

says 'pf enabled' -e
[ "$(tables)" = 2 ] || fail "no hooks"
! reaches 198.51.100.80 81 || fail "not blocked again"
reaches 198.51.100.80 80 || fail "port 80"
exchange_ends old
exchange_ends old6

# killed while disabled: the host stays as it is
says 'pf disabled' -d
kill -9 "$natd_pid"
wait "$natd_pid" 2>/dev/null || :
natd_pid=
reaches 198.51.100.80 81 || fail "blocked after all"
