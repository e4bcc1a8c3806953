#!/bin/sh
# SPDX-License-Identifier: ISC
# Two ways out of a host whose kernel routes: route-to and reply-to, for the
# host's own sockets and for what it forwards; and nothing is left behind.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
veth gw wan1 203.0.113.1/24 wan2 eth0 203.0.113.80/24
ip -n "$run-gw" route add default via 198.51.100.80
ns gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan1.rp_filter=0 \
    net.ipv4.conf.wan0.rp_filter=0
NAT='match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
match out on wan1 inet from 10.0.0.0/24 nat-to (wan1)
match in on wan1 inet proto tcp to (wan1) port 8080 rdr-to 10.0.0.2 port 80'
# The same host is behind both links; each says who reached it.
for link in wan wan2; do
	ip -n "$run-$link" addr add 192.0.2.9/32 dev lo
	serve "$link" 80
	serve "$link" -u -b 192.0.2.9 53
done
serve lan 80
serve gw 81
serve gw -u -b 203.0.113.1 5353

# In the gateway's namespace, whose interfaces the rules name.
reload() {
	ruleset "$1" >"$tmp/load.conf"
	ns gw natctl -f "$tmp/load.conf" || fail "load"
	natctl -F states
}

# seen NAME PATTERN: what the peer there has written, then nothing
seen() {
	grep -q "$2" "$tmp/$1.seen" || fail "$1 saw: $(cat "$tmp/$1.seen")"
	: >"$tmp/$1.seen"
}

# As a natd that was killed would leave it.
ns gw ip rule add fwmark 0x6e602009 priority 28256 lookup 1851793417
ns gw ip route add default via 198.51.100.80 table 1851793417

start_natd gw "$NAT
pass"
[ -z "$(ns gw ip rule | grep 28256)" ] || fail "a killed natd's rule is left"
[ -z "$(ns gw ip route show table 1851793417 2>/dev/null)" ] ||
    fail "a killed natd's table is left"
ns lan "$PEER" 192.0.2.9 80 || fail "the default way"
seen wan '^from 198\.51\.100\.1 '
# A question by the second link is answered by the first, and so not at all.
! ns wan2 "$PEER" -w 700 -b 192.0.2.9 203.0.113.1 81 2>/dev/null ||
    fail "without reply-to"

reload "$NAT
pass
pass in on lan0 inet proto tcp to port 80 route-to 203.0.113.80
pass in on wan1 inet reply-to (wan1 203.0.113.80)"
ns lan "$PEER" -z 100000 192.0.2.9 80 || fail "route-to"
seen wan2 '^from 203\.0\.113\.1 '
ns lan "$PEER" -u 192.0.2.9 53 || fail "another protocol"
seen wan '^from 198\.51\.100\.1 '
ns wan2 "$PEER" -z 100000 -b 192.0.2.9 203.0.113.1 81 ||
    fail "reply-to, a service of the gateway"
seen gw '^from 192\.0\.2\.9 '
ns wan2 "$PEER" -u -b 192.0.2.9 203.0.113.1 5353 ||
    fail "reply-to, a service of the gateway, UDP"
ns wan2 "$PEER" -z 100000 -b 192.0.2.9 203.0.113.1 8080 ||
    fail "reply-to, a server behind"
seen lan '^from 192\.0\.2\.9 '
ns wan2 ping -q -c 1 -W 2 -I 192.0.2.9 203.0.113.1 || fail "ping, reply-to"
natctl -s states >"$tmp/states"
grep -q '<- 192\.0\.2\.9:[0-9]* {203\.0\.113\.80}' "$tmp/states" ||
    fail "the gateway is not shown: $(cat "$tmp/states")"
! natctl -s rules -v | grep -q dropped || fail "dropped"

# Out: sockets of the gateway by another link than the kernel's, and what is
# forwarded, whose first packet has been routed already.
reload "$NAT
pass
pass out on wan0 inet proto { tcp, udp } to 192.0.2.9 route-to (wan1 203.0.113.80)"
: >"$tmp/wan2.seen"
ns gw "$PEER" -b 203.0.113.1 192.0.2.9 80 || fail "route-to, out, of the host"
seen wan2 '^from 203\.0\.113\.1 '
ns gw "$PEER" -u -b 203.0.113.1 192.0.2.9 53 || fail "the same, UDP"
seen wan2 '^from 203\.0\.113\.1 '
reload "pass
match out on wan0 inet from 10.0.0.0/24 nat-to 203.0.113.1
pass out on wan0 inet proto { tcp, udp } to 192.0.2.9 route-to (wan1 203.0.113.80)"
ns lan "$PEER" -z 100000 192.0.2.9 80 || fail "route-to, out, forwarded"
seen wan2 '^from 203\.0\.113\.1 '
ns lan "$PEER" -u 192.0.2.9 53 || fail "the same, UDP"
seen wan2 '^from 203\.0\.113\.1 '

# A const table of next hops takes turns, and so does a network.
for pool in '<hops>' 198.51.100.80/31; do
	reload "table <hops> const { 198.51.100.80 203.0.113.80 }
$NAT
pass
pass in on lan0 inet proto tcp to port 80 route-to $pool round-robin"
	: >"$tmp/wan.seen"
	: >"$tmp/wan2.seen"
	for _ in 1 2 3 4; do
		ns lan "$PEER" -w 700 192.0.2.9 80 2>/dev/null || :
	done
	[ "$(grep -c '^from 198\.51\.100\.1 ' "$tmp/wan.seen")" -eq 2 ] ||
	    fail "$pool, the first way: $(cat "$tmp/wan.seen")"
	[ "$pool" != '<hops>' ] ||
	    [ "$(grep -c '^from 203\.0\.113\.1 ' "$tmp/wan2.seen")" -eq 2 ] ||
	    fail "$pool, the second way: $(cat "$tmp/wan2.seen")"
	! natctl -s info -v | grep -q 'no-route *[1-9]' || fail "$pool: no way"
done

# The other end of a link, which is another one later.
reload "$NAT
pass
pass in on lan0 inet proto tcp to port 80 route-to (wan1:peer)"
: >"$tmp/wan2.seen"
! ns lan "$PEER" -w 500 192.0.2.9 80 2>/dev/null || fail "no peer yet"
ip -n "$run-gw" addr add 203.0.113.1 peer 203.0.113.80 dev wan1
peer_leads() {
	ns lan "$PEER" -w 1000 192.0.2.9 80 2>/dev/null
}
retry peer_leads || fail "the peer"
seen wan2 '^from 203\.0\.113\.1 '
ip -n "$run-gw" addr del 203.0.113.1 peer 203.0.113.80 dev wan1

# The link goes: nothing leaks by the other one, and it comes back.
reload "$NAT
pass
pass in on lan0 inet proto tcp to port 80 route-to 203.0.113.80"
: >"$tmp/wan.seen"
ip -n "$run-gw" link set wan1 down
! ns lan "$PEER" -w 700 192.0.2.9 80 2>/dev/null || fail "without the link"
[ ! -s "$tmp/wan.seen" ] || fail "it leaked: $(cat "$tmp/wan.seen")"
ip -n "$run-gw" link set wan1 up
retry ns lan "$PEER" -w 1000 192.0.2.9 80 || fail "the link is back"

# Our own addresses are no next hops: said at the load, and where they change.
reload "$NAT
pass
pass in on lan0 inet proto tcp to port 80 route-to { 203.0.113.1 203.0.113.80 }
pass in on lan0 inet proto tcp to port 79 route-to 203.0.113.81" 2>"$tmp/own"
grep -q 'load.conf:[0-9]*:1: warning: next hop 203\.0\.113\.1 .* on wan1: .*own-hop' \
    "$tmp/own" ||
    fail "an own address: $(cat "$tmp/own")"
: >"$tmp/wan2.seen"
for _ in 1 2 3; do
	ns lan "$PEER" -w 1000 192.0.2.9 80 || fail "the next hop beside it"
done
[ "$(grep -c '^from 203\.0\.113\.1 ' "$tmp/wan2.seen")" -eq 3 ] ||
    fail "$(cat "$tmp/wan2.seen")"
led_again() {
	ns gw ip route show table all |
	    grep -q '^default via 203\.0\.113\.81 .*table'
}
led_again || fail "its table: $(ns gw ip route show table all)"
ip -n "$run-gw" addr add 203.0.113.81/24 dev wan1
retry grep -q 'next hop 203\.0\.113\.81: it is an address of this host' \
    "$tmp/natd.log" || fail "an address that is ours now is not told"
! led_again || fail "its table: $(ns gw ip route show table all)"
ip -n "$run-gw" addr del 203.0.113.81/24 dev wan1
retry led_again || fail "not ours any more: $(ns gw ip route show table all)"

# A link-local address is ours on one link, and a gateway's on another.
ip -n "$run-gw" addr add fe80::51/64 dev lan0 nodad
own='pass
pass in on lan0 inet6 proto tcp to port 80 route-to (wan1 fe80::51)
pass in on lan0 inet6 proto tcp to port 79 route-to (lan0 fe80::51)'
reload "$own"
retry grep -q 'next hop fe80::51 on lan0: it is an address of this host' \
    "$tmp/natd.log" || fail "a link-local address that is ours is not told"
reload "$own" 2>"$tmp/own"
[ "$(grep -c own-hop "$tmp/own")" -eq 1 ] ||
    fail "a link-local address: $(cat "$tmp/own")"
ns gw ip -6 route show table all |
    grep -q '^default via fe80::51 dev wan1 .*table' ||
    fail "its table: $(ns gw ip -6 route show table all)"
! ns gw ip -6 route show table all | grep -q 'via fe80::51 dev lan0' ||
    fail "our own: $(ns gw ip -6 route show table all)"
ip -n "$run-gw" addr del fe80::51/64 dev lan0

# What the kernel cannot do is said.
ruleset 'pass in on lan0 inet route-to 203.0.0.0/16' >"$tmp/bad.conf"
! ns gw natctl -f "$tmp/bad.conf" 2>"$tmp/bad.err" || fail "a large network"
grep -q 'bad.conf:[0-9]*:[0-9]*: error: route-to, reply-to and dup-to take' \
    "$tmp/bad.err" || fail "$(cat "$tmp/bad.err")"

# A clean stop leaves the kernel's rules as they were.
end_natd || fail "natd's exit"
[ -z "$(ns gw ip rule | grep 28256)" ] || fail "rules are left"
[ -z "$(ns gw ip route show table all | grep 185179)" ] ||
    fail "routes are left: $(ns gw ip route show table all)"
