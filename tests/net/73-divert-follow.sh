#!/bin/sh
# SPDX-License-Identifier: ISC
# Interfaces and addresses that come and go: rules follow without a reload.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
start_natd gw 'nat on wan0 inet from (lan0:network) to any -> (wan0)
nat on wan0 inet from (dmz0:network) to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
block in quick on wan0 inet proto tcp to (wan0) port 22
pass'
revision=$(natctl -j -s info | grep -o '"revision":[0-9]*')
serve wan 80
serve lan 80
serve gw 22

exchange lan old -c 50 -i 20 198.51.100.80 80
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "translated"

# An address that is added changes nothing for those that are there.
ip -n "$run-gw" addr add 198.51.100.5/24 dev wan0
forwards() {
	ns wan "$PEER" -w 1000 "$1" 8080 >/dev/null 2>&1
}
retry forwards 198.51.100.5 || fail "rdr does not follow a new address"
! ns wan "$PEER" -w 500 198.51.100.5 22 2>/dev/null ||
    fail "the filter does not follow a new address"
exchange_ends old

# The address goes: what borrowed it ends, what is new takes the other.
exchange lan gone -c 20 -i 20 -w 2000 198.51.100.80 80
states() {
	natctl -s states | grep -c '198\.51\.100\.1:[0-9]* (10\.0\.0\.2' || :
}
[ "$(states)" -gt 0 ] || fail "no state borrowed it"
ip -n "$run-gw" addr del 198.51.100.1/24 dev wan0
no_states() {
	[ "$(states)" = 0 ]
}
ns gw ip addr show dev wan0 | grep -q 198.51.100.5 ||
    ip -n "$run-gw" addr add 198.51.100.5/24 dev wan0
retry no_states || fail "$(states) states of an address that is gone"
eval "kill \$exchange_gone" 2>/dev/null || :
: >"$tmp/wan.seen"
through() {
	ns lan "$PEER" -w 1000 198.51.100.80 80 >/dev/null 2>&1
}
retry through || fail "nothing passes with the new address"
grep -q '^from 198\.51\.100\.5 ' "$tmp/wan.seen" ||
    fail "the server saw $(cat "$tmp/wan.seen")"

# An interface that comes, is renamed and goes.
veth dmz eth0 10.2.0.2/24 gw dmz0 10.2.0.1/24
ip -n "$run-dmz" route add default via 10.2.0.1
: >"$tmp/wan.seen"
from_dmz() {
	ns dmz "$PEER" -w 1000 198.51.100.80 80 >/dev/null 2>&1
}
retry from_dmz || fail "an interface that came later"
grep -q '^from 198\.51\.100\.5 ' "$tmp/wan.seen" || fail "not translated"
natctl -s Interfaces | grep -q '^dmz0' || fail "dmz0 is not shown"
ip -n "$run-gw" link del dmz0
not_shown() {
	! natctl -s Interfaces | grep -q '^dmz0'
}
retry not_shown || fail "dmz0 is still shown"

[ "$(natctl -j -s info | grep -o '"revision":[0-9]*')" = "$revision" ] ||
    fail "something was loaded"
