#!/bin/sh
# SPDX-License-Identifier: ISC
# Two ways out, and each client keeps its own: the kernel routes.
set -eu
. "$top_srcdir/tests/net/sticky.sh"

gateway
veth gw wan1 203.0.113.1/24 wan2 eth0 203.0.113.80/24
ip -n "$run-gw" route add default via 198.51.100.80
ns gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan0.rp_filter=0 \
    net.ipv4.conf.wan1.rp_filter=0
for c in $CLIENTS 15; do
	ip -n "$run-lan" addr add "10.0.0.$c/24" dev eth0
done
far_routes() {
	:
}
RULES="pass
$sticky"
start_natd gw "$RULES"
far_ends
sticks

# A link goes: its clients wait for it, and do not leak by the other one.
natctl -q -F Sources
forget_seen
for c in $CLIENTS; do
	connect "$c" 1
done
for c in $CLIENTS; do
	one_way "$c" 1
	eval "client_$way=\$c"
done
ip -n "$run-gw" link set wan0 down
forget_seen
connect "$client_wan2" 1
! ns lan "$PEER" -w 700 -b "10.0.0.$client_wan" 192.0.2.9 80 2>/dev/null ||
    fail "client $client_wan went by the other link"
ip -n "$run-gw" link set wan0 up
ip -n "$run-gw" route replace default via 198.51.100.80
retry ns lan "$PEER" -w 1000 -b "10.0.0.$client_wan" 192.0.2.9 80 2>/dev/null ||
    fail "the link is back"
connect "$client_wan2" 1
one_way "$client_wan2" 2
[ "$way" = wan2 ] || fail "client $client_wan2 turned"
[ "$(came wan2 "$client_wan")" -eq 0 ] || fail "client $client_wan turned"
