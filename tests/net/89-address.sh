#!/bin/sh
# SPDX-License-Identifier: ISC
# An address goes under traffic, as with a new lease: connections that borrowed
# it end, with a RST to the side that can be told, and are counted; all others
# stay, and new ones take the new address.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
start_natd gw 'nat on wan0 inet from (lan0:network) to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'
serve wan 80
serve lan 80
serve gw 22

gone() {
	natctl -v -s info | awk '$1 == "interface-gone" { print $2 }'
}
reset() {
	sed -n 's/.* reset \([0-9]*\) .*/\1/p' "$tmp/$1.seen"
}
# over NAME: the peer there has no connection left, and says what became of them
over() {
	retry grep -q '^connections ' "$tmp/$1.seen" || {
		eval "kill \$exchange_$1"
		retry grep -q '^connections ' "$tmp/$1.seen" ||
		    fail "$1: $(cat "$tmp/$1.seen")"
	}
}
exchange lan stays -c 20 -i 20 -w 20000 10.0.0.1 22
exchange lan six -c 20 -i 20 -w 20000 2001:db8:b::80 80
exchange lan out -c 300 -i 20 -w 8000 198.51.100.80 80
exchange wan in -c 100 -i 20 -w 3000 198.51.100.1 8080
[ "$(gone)" = 0 ] || fail "counted before"

ip -n "$run-gw" addr add 198.51.100.5/24 dev wan0
ip -n "$run-gw" addr del 198.51.100.1/24 dev wan0
ip -n "$run-gw" addr show dev wan0 | grep -q 198.51.100.5 ||
    ip -n "$run-gw" addr add 198.51.100.5/24 dev wan0

# The clients inside hear of it; nobody speaks for the address outside.
over out
[ "$(reset out)" -ge 290 ] || fail "out: $(cat "$tmp/out.seen")"
over in
cat "$tmp/out.seen" "$tmp/in.seen"
# each as the state that was translated
[ "$(gone)" -ge 400 ] || fail "$(gone) are counted"
left() {
	natctl -s states | grep -c '198\.51\.100\.1:' || :
}
[ "$(left)" = 0 ] || fail "$(left) states of an address that is gone"
inner() {
	natctl -s states | grep -c '10\.0\.0\.2.*198\.51\.100\.80.*ESTABLISHED' ||
	    :
}
[ "$(inner)" = 0 ] || fail "$(inner) other halves are left"

# New ones, at once; the others have not noticed.
: >"$tmp/wan.seen"
through() {
	ns lan "$PEER" -w 1000 198.51.100.80 80 >/dev/null 2>&1
}
retry through || fail "nothing passes with the new address"
grep -q '^from 198\.51\.100\.5 ' "$tmp/wan.seen" ||
    fail "the server saw $(cat "$tmp/wan.seen")"
ns wan "$PEER" -w 2000 198.51.100.5 8080 >/dev/null || fail "rdr"
exchange_ends stays
exchange_ends six
