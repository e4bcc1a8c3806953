#!/bin/sh
# SPDX-License-Identifier: ISC
# Two ways out where natd routes: route-to, reply-to and dup-to on real
# connections.
set -eu
. "$top_srcdir/tests/net/lib.sh"
room
space wan2
WAN2="interface wan1 tun netns \"$(netns wan2)\" address 203.0.113.1/24 \
peer 203.0.113.80/24"
WAN="$WAN
$WAN2
route 0.0.0.0/0 via 198.51.100.80"
NAT='match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
match out on wan1 inet from 10.0.0.0/24 nat-to (wan1)'

start_natd gw "$NAT
match in on wan1 inet proto tcp to (wan1) port 8080 rdr-to 10.0.0.2 port 80
pass"
# The same host is behind both links; each says who reached it.
for link in wan wan2; do
	ip -n "$run-$link" addr add 192.0.2.9/32 dev lo
	serve "$link" 80
	serve "$link" -u -b 192.0.2.9 53
done
serve lan 80

# seen NAME PATTERN: what the peer there has written, then nothing
seen() {
	grep -q "$2" "$tmp/$1.seen" || fail "$1 saw: $(cat "$tmp/$1.seen")"
	: >"$tmp/$1.seen"
}

ns lan "$PEER" 192.0.2.9 80 || fail "the default way"
seen wan '^from 198\.51\.100\.1 '
# A question by the second link is answered by the first, and so not at all.
! ns wan2 "$PEER" -w 700 -b 192.0.2.9 203.0.113.1 8080 2>/dev/null ||
    fail "without reply-to"

load "$NAT
match in on wan1 inet proto tcp to (wan1) port 8080 rdr-to 10.0.0.2 port 80
pass
pass in on lan0 inet proto tcp to port 80 route-to 203.0.113.80
pass in on wan1 inet reply-to (wan1 203.0.113.80)"
natctl -F states
: >"$tmp/lan.seen"
ns lan "$PEER" -z 100000 192.0.2.9 80 || fail "route-to"
seen wan2 '^from 203\.0\.113\.1 '
ns lan "$PEER" -u 192.0.2.9 53 || fail "another protocol"
seen wan '^from 198\.51\.100\.1 '
ns wan2 "$PEER" -z 100000 -b 192.0.2.9 203.0.113.1 8080 || fail "reply-to"
seen lan '^from 192\.0\.2\.9 '
ns wan2 ping -q -c 1 -W 2 -I 192.0.2.9 203.0.113.1 || fail "ping, reply-to"
natctl -s states >"$tmp/states"
grep -q '10\.0\.0\.2:80 (203\.0\.113\.1:8080) <- 192\.0\.2\.9:[0-9]* {203\.0\.113\.80}' \
    "$tmp/states" || fail "the gateway is not shown: $(cat "$tmp/states")"
grep -q ' 192\.0\.2\.9:80 {203\.0\.113\.80} <- 10\.0\.0\.2:' "$tmp/states" ||
    fail "the gateway is not shown: $(cat "$tmp/states")"
natctl -j -s states | grep -q '"gateway"' || fail "no gateway in JSON"
natctl -s states 'gateway 203.0.113.80' >"$tmp/by"
[ -s "$tmp/by" ] || fail "no state is found by its gateway"
! grep -v '{203\.0\.113\.80}' "$tmp/by" || fail "another one is"
natctl -k gateway -k 203.0.113.99 2>"$tmp/said"
grep -q '^killed 0 states$' "$tmp/said" || fail "$(cat "$tmp/said")"
natctl -k gateway -k 203.0.113.80 2>"$tmp/said"
grep -q '^killed [1-9][0-9]* states$' "$tmp/said" || fail "$(cat "$tmp/said")"
[ -z "$(natctl -s states 'gateway 203.0.113.80')" ] || fail "they live"

# Copies: the second link sees what the first one carries, and no more.
load "$NAT
pass
pass out on wan0 inet dup-to (wan1 203.0.113.80)"
natctl -F states
# Datagrams that arrive there, whoever they are for.
received() {
	ns wan2 nstat -asz IpInReceives | awk '/IpInReceives/ { print $2 }'
}
before=$(received)
ns lan "$PEER" -u -z 100 192.0.2.9 53 || fail "dup-to"
enough() {
	[ "$(received)" -ge $((before + 2)) ]
}
retry enough || fail "no copies: $before, $(received)"
ns lan "$PEER" -z 300000 198.51.100.80 80 || fail "dup-to, TCP"
[ "$(received)" -ge $((before + 8)) ] || fail "no copies of TCP"
