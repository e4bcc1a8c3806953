#!/bin/sh
# SPDX-License-Identifier: ISC
# IPv6 neighbours find each other under rules that keep state: who was asked
# may answer, who asks needs a rule, and an address that is taken is noticed.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway

# forget: nobody knows a neighbour any more
forget() {
	for _where in lan gw wan; do
		ip -n "$run-$_where" neigh flush all
	done
}
reaches() {
	_from=$1
	shift
	forget
	ns "$_from" "$PEER" -w 2000 "$@" >/dev/null || fail "$_from: $*"
}

# The addresses of the cable are there before there are any rules.
retry settled gw || fail "addresses stay tentative"

start_natd gw 'set skip on lo
set block-policy return
block
pass out
pass in inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }
pass in proto tcp to port 22'
serve gw 22
serve gw 23
serve lan 80
serve wan 80
for _ in 1 2 3; do
	reaches lan fd00:a::1 22
	reaches wan 2001:db8:b::1 22
	reaches gw fd00:a::2 80
	reaches gw 2001:db8:b::80 80
done
! ns lan "$PEER" -w 2000 fd00:a::1 23 2>"$tmp/err" || fail "port 23 is open"
grep -q refused "$tmp/err" || fail "$(cat "$tmp/err")"
! ns lan ping -q -c 1 -W 1 fd00:a::1 >/dev/null 2>&1 || fail "ping"
natctl -s states | grep -q 'ipv6-icmp .*fd00:a::2' || fail "no state"

# By nothing but states: whom the host asks may answer.
load 'set skip on lo
block
pass out' || fail "load"
natctl -q -F states
reaches gw fd00:a::2 80
reaches gw 2001:db8:b::80 80

# An address that another has already: the answer goes to all nodes.
ip -n "$run-lan" addr add fd00:a::9/64 dev eth0 nodad
ip -n "$run-gw" addr add fd00:a::9/64 dev lan0
taken() {
	ns gw ip -6 addr show dev lan0 | grep -q 'fd00:a::9.*dadfailed'
}
retry taken || fail "$(ns gw ip -6 addr show dev lan0)"

# And where everything passes.
load 'pass' || fail "load"
natctl -q -F states
reaches lan 2001:db8:b::80 80
reaches wan fd00:a::2 80
reaches lan fd00:a::1 22
