#!/bin/sh
# SPDX-License-Identifier: ISC
# A transparent proxy on the gateway: connections for others reach its socket
# with their addresses by divert-to, and answers to an address that it borrows
# by divert-reply; nothing is left behind.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
ip -n "$run-wan" route add 2001:db8:a::/64 via 2001:db8:b::1 2>/dev/null || :

# proxy ADDR PORT [plain]
proxy() {
	ns gw python3 "$top_srcdir/tests/net/tproxy.py" listen "$@" \
	    >"$tmp/proxy$2.seen" &
	retry grep -q ready "$tmp/proxy$2.seen" || fail "no proxy on $1 $2"
}

# ask KIND ADDR PORT: what comes back
ask() {
	ns lan timeout 2 python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET,
    socket.SOCK_STREAM if sys.argv[1] == "tcp" else socket.SOCK_DGRAM)
s.settimeout(1)
s.connect((sys.argv[2], int(sys.argv[3])))
s.send(b"hello")
print(s.recv(999).decode())' "$@"
}

# rules: what natd has among the rules and routes of the gateway
rules() {
	ns gw ip rule
	ns gw ip -6 rule
	ns gw ip route show table all
	ns gw ip -6 route show table all
}

serve wan 80
serve wan -u 53
proxy 127.0.0.1 3129
proxy ::1 3129
proxy 127.0.0.1 3130 plain
start_natd gw 'pass
pass in on lan0 inet proto { tcp, udp } to port { 80, 53 } divert-to 127.0.0.1 port 3129
pass in on lan0 inet6 proto tcp to port 80 divert-to ::1 port 3129
pass in on lan0 inet proto tcp to port 81 divert-to 127.0.0.1 port 3130
pass in on lan0 inet proto tcp to port 82 divert-to 127.0.0.1 port 3131'
[ "$(ask tcp 198.51.100.80 80)" = "proxy hello" ] || fail "TCP"
grep -q '^tcp 10\.0\.0\.2 to 198\.51\.100\.80 80$' "$tmp/proxy3129.seen" ||
    fail "TCP, whose: $(cat "$tmp/proxy3129.seen")"
[ "$(ask tcp 203.0.113.9 80)" = "proxy hello" ] || fail "no such host"
[ "$(ask udp 198.51.100.80 53)" = "proxy hello" ] || fail "UDP"
[ "$(ask tcp 2001:db8:b::80 80)" = "proxy hello" ] || fail "IPv6"
[ ! -s "$tmp/wan.seen" ] || fail "it went on: $(cat "$tmp/wan.seen")"
# A socket that does not ask for such connections gets none, as nobody does.
! ask tcp 198.51.100.80 81 2>/dev/null || fail "a plain socket"
! ask tcp 198.51.100.80 82 2>/dev/null || fail "no socket"
! grep -q tcp "$tmp/proxy3130.seen" || fail "a plain socket was given one"
natctl -s states | grep -q '198\.51\.100\.80:80 <- 10\.0\.0\.2:' ||
    fail "$(natctl -s states)"

rules | grep -q '28256:.*0x6e604000/0xfffff000' || fail "$(rules)"

# Without it everything goes on as ever; and the other way round.
ruleset 'pass
pass out on wan0 inet proto tcp to port 80 divert-reply' >"$tmp/load.conf"
ns gw natctl -f "$tmp/load.conf" || fail "load"
[ "$(ask udp 198.51.100.80 53)" = hello ] || fail "without divert-to"
ns gw python3 "$top_srcdir/tests/net/tproxy.py" connect 10.0.0.2 \
    198.51.100.80 80 || fail "divert-reply"
grep -q '^from 10\.0\.0\.2 ' "$tmp/wan.seen" || fail "whose it was"
ruleset 'pass' >"$tmp/load.conf"
ns gw natctl -f "$tmp/load.conf" || fail "load"
! ns gw python3 "$top_srcdir/tests/net/tproxy.py" connect 10.0.0.2 \
    198.51.100.80 80 2>/dev/null || fail "without divert-reply"

end_natd || fail "natd's exit"
! rules | grep -E '28256|1851801600' || fail "rules or routes are left"
