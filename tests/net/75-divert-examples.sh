#!/bin/sh
# SPDX-License-Identifier: ISC
# rules/examples/host.conf and gateway.conf do what their heads say.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
for where in lan wan gw; do
	for port in 22 80 8080; do
		serve "$where" "$port"
	done
done

# refused NAME ADDR PORT
refused() {
	! ns "$1" "$PEER" -w 2000 "$2" "$3" >/dev/null 2>"$tmp/err" ||
	    fail "$1 reaches $2 port $3"
	grep -q refused "$tmp/err" || fail "$1, $2 port $3: $(cat "$tmp/err")"
}

# A host: here gw, which is also asked about what it routes.
start_example gw host
for addr in 198.51.100.1 2001:db8:b::1; do
	ns wan "$PEER" "$addr" 22 || fail "ssh to $addr"
	ns wan "$PEER" "$addr" 80 || fail "web of $addr"
	refused wan "$addr" 8080
	ns wan ping -q -c 1 -W 2 "$addr" >/dev/null || fail "ping $addr"
done
ns gw "$PEER" 198.51.100.80 8080 || fail "out"
ns gw "$PEER" 2001:db8:b::80 8080 || fail "out over IPv6"
ns gw "$PEER" 127.0.0.1 8080 || fail "loopback"
ns gw "$PEER" 198.51.100.1 8080 || fail "its own address"
end_natd || fail "natd's exit"

veth guest eth0 10.3.0.2/24 gw guest0 10.3.0.1/24
ip -n "$run-guest" route add default via 10.3.0.1
start_example gw gateway
: >"$tmp/wan.seen"
ns lan "$PEER" 198.51.100.80 80 || fail "office to outside"
ns guest "$PEER" 198.51.100.80 80 || fail "guest to outside"
[ "$(grep -c '^from 198\.51\.100\.1 ' "$tmp/wan.seen")" = 2 ] ||
    fail "the outside saw $(cat "$tmp/wan.seen")"
: >"$tmp/lan.seen"
ns wan "$PEER" 198.51.100.1 80 || fail "the web server"
grep -q '^from 198\.51\.100\.80 ' "$tmp/lan.seen" || fail "translated"
refused guest 10.0.0.2 80
refused wan 198.51.100.1 8080
ns lan "$PEER" 10.0.0.1 22 || fail "office to the router"
refused wan 198.51.100.1 22
