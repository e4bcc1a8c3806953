#!/bin/sh
# SPDX-License-Identifier: ISC
# A client behind the gateway does not get what is meant for a service of the
# gateway, whatever port it sends from.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
serve wan -u 53
serve gw -u 1194
serve gw 8443
serve wan 443

start_natd gw 'nat on wan0 inet from lan0:network to any -> (wan0) preserve-port
pass'

# In the gateway's namespace, whose interfaces the rules name.
reload() {
	ruleset "$1" >"$tmp/load.conf"
	ns gw natctl -f "$tmp/load.conf" || fail "load"
}

seen_from() {
	grep -q "^from 198\.51\.100\.1 port $1\$" "$tmp/wan.seen"
}

# A port that nobody has stays; a service's does not.
ns lan "$PEER" -u -s 1195 198.51.100.80 53 || fail "UDP"
seen_from 1195 || fail "the free port was changed: $(cat "$tmp/wan.seen")"
ns lan "$PEER" -u -s 1194 198.51.100.80 53 || fail "UDP, the service's port"
! seen_from 1194 || fail "the service's port was given away"
ns lan "$PEER" -s 8443 198.51.100.80 443 || fail "TCP, the service's port"
! seen_from 8443 || fail "the service's port was given away, TCP"

# The service is asked from the very address and port that the client used.
ns wan "$PEER" -u -s 54 198.51.100.1 1194 || fail "the service"
grep -q '^from 198\.51\.100\.80 port 54$' "$tmp/gw.seen" ||
    fail "the service saw $(cat "$tmp/gw.seen")"

# static-port has no other port to give.
reload 'nat on wan0 inet from lan0:network to any -> (wan0) static-port
pass'
natctl -F states >/dev/null
: >"$tmp/wan.seen"
ns lan "$PEER" -u -s 1195 198.51.100.80 53 || fail "static-port"
! ns lan "$PEER" -u -w 700 -s 1194 198.51.100.80 53 2>/dev/null ||
    fail "static-port gives a service's port away"
! seen_from 1194 || fail "a packet went out from the service's port"
natctl -s info | grep -q 'translate  *[1-9]' || fail "not counted"

# The gateway's own sockets keep their ports.
reload 'nat on wan0 inet from any to any -> (wan0) static-port
pass'
ns gw "$PEER" -u -b 198.51.100.1 -s 4500 198.51.100.80 53 ||
    fail "the gateway's own socket"
seen_from 4500 || fail "the gateway's own port was changed"
