#!/bin/sh
# SPDX-License-Identifier: ISC
# rtable: the kernel routes what a rule says by another table, and by no other;
# and nothing is left behind.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
veth gw wan1 203.0.113.1/24 wan2 eth0 203.0.113.80/24
ip -n "$run-gw" route add default via 198.51.100.80
# 253 is a table that every host has
ip -n "$run-gw" route add 192.0.2.9/32 via 203.0.113.80 table 253
ns gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan1.rp_filter=0
ip -n "$run-wan2" route add 10.0.0.0/24 via 203.0.113.1
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
for link in wan wan2; do
	ip -n "$run-$link" addr add 192.0.2.9/32 dev lo
	ip -n "$run-$link" addr add 192.0.2.10/32 dev lo
	serve "$link" 80
	serve "$link" -u -b 192.0.2.9 53
done

# seen NAME PATTERN: what the peer there has written, then nothing
seen() {
	grep -q "$2" "$tmp/$1.seen" || fail "$1 saw: $(cat "$tmp/$1.seen")"
	: >"$tmp/$1.seen"
}

start_natd gw 'pass
match in on lan0 inet proto tcp to port 80 rtable 253
pass out inet proto udp to port 53 rtable 253'
ns gw ip rule | grep -q '^28256:.*0x6e6050fd lookup \(default\|253\)' ||
    fail "$(ns gw ip rule)"
ns lan "$PEER" -z 100000 192.0.2.9 80 || fail "what comes in"
seen wan2 '^from 10\.0\.0\.2 '
ns gw "$PEER" -u -b 203.0.113.1 192.0.2.9 53 || fail "a socket of the host"
seen wan2 '^from 203\.0\.113\.1 '
! ns lan "$PEER" -w 700 192.0.2.10 80 2>/dev/null || fail "no route there"
[ ! -s "$tmp/wan.seen" ] || fail "by another table: $(cat "$tmp/wan.seen")"
ns lan "$PEER" -u 192.0.2.9 53 || fail "another protocol"
seen wan '^from 10\.0\.0\.2 '

# A table exists as long as it has a route or a rule; natd's own rule for it is
# none.
refused() {
	! ns gw natctl -f "$tmp/bad.conf" 2>"$tmp/bad.err" ||
	    fail "no such table"
	grep -q 'rtable 213 does not exist' "$tmp/bad.err" ||
	    fail "$(cat "$tmp/bad.err")"
}
ruleset 'pass rtable 213' >"$tmp/bad.conf"
refused
for what in 'route IP 203.0.113.80/32 dev wan1 table 213' \
    'rule IP to 192.0.2.77 lookup 213' \
    '-6 route IP 2001:db8:77::/64 dev wan1 table 213'; do
	# shellcheck disable=SC2086 # words
	ns gw ip ${what%IP *}add ${what#*IP } || fail "$what"
	ns gw natctl -f "$tmp/bad.conf" || fail "$what: refused"
	# shellcheck disable=SC2086 # words
	ns gw ip ${what%IP *}del ${what#*IP } || fail "$what"
	refused
done
end_natd || fail "natd's exit"
! ns gw ip rule | grep 2825 || fail "rules are left"
ns gw ip route show table 253 | grep -q 192.0.2.9 || fail "others' routes"
