#!/bin/sh
# SPDX-License-Identifier: ISC
# Hooks of many interfaces: a kernel that does not know their rules has more to
# say of them than a socket holds, and is heard all the same.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
LAN='interface lan0 divert'
WAN='interface wan0 divert'
MORE=
for i in $(seq 30); do
	MORE="$MORE
interface a$i divert
interface b$i divert"
	echo "link add a$i type veth peer name b$i"
done >"$tmp/links"
ip -n "$run-gw" -batch "$tmp/links"
start_natd gw 'match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
pass'
ns lan ping -q -c 1 -w 5 198.51.100.80 || fail "nothing passes"
natctl -s states | grep -q 'icmp .*<- 10\.0\.0\.2:' ||
    fail "it passed by natd: $(natctl -s states)"
