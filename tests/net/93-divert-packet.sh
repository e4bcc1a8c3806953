#!/bin/sh
# SPDX-License-Identifier: ISC
# Another program gets the packets of a rule by divert-packet, both ways, and
# changes them; without one they are dropped.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
gateway

counter() {
	natctl -j -s info | sed -n "s/.*\"name\":\"$1\",\"value\":\([0-9]*\).*/\1/p"
}

# ask TEXT: of the echo service, through the gateway
ask() {
	ns lan timeout 2 python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(sys.argv[1].encode(), ("198.51.100.80", 53))
print(s.recv(999).decode())' "$1"
}

serve wan 80
serve wan 81
serve wan -u 53
start_natd gw 'match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
pass
pass out on wan0 inet proto udp to port 53 divert-packet port 700
pass in on lan0 inet proto tcp to port 80 divert-packet port 700'

# Nobody is there: only what goes elsewhere passes.
ns lan "$PEER" 198.51.100.80 81 || fail "a rule without"
! ns lan "$PEER" -w 700 198.51.100.80 80 2>/dev/null || fail "TCP, nobody there"
! ask plain 2>/dev/null || fail "UDP, nobody there"
was=$(counter diverted)
[ "$was" -gt 0 ] || fail "not counted"
natctl -F states

ns gw python3 "$top_srcdir/tests/net/nfqueue.py" 700 question tampered \
    >"$tmp/queue.seen" &
retry grep -q ready "$tmp/queue.seen" || fail "the program does not start"
[ "$(ask plain)" = plain ] || fail "UDP"
[ "$(ask question)" = tampered ] || fail "UDP, changed"
grep -q '^postrouting 17 ' "$tmp/queue.seen" || fail "out half, out"
grep -q '^prerouting 17 ' "$tmp/queue.seen" || fail "out half, back"
! grep -q ' 6 ' "$tmp/queue.seen" || fail "others' packets"
ns lan "$PEER" -z 200000 198.51.100.80 80 || fail "TCP"
grep -q '^prerouting 6 ' "$tmp/queue.seen" || fail "in half, in"
grep -q '^postrouting 6 ' "$tmp/queue.seen" || fail "in half, back"
[ "$(counter diverted)" -gt "$was" ] || fail "not counted"
ns lan "$PEER" -z 200000 198.51.100.80 81 || fail "beside it"
grep -q '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "not translated"

ruleset 'pass divert-packet port 28256' >"$tmp/bad.conf"
! ns gw natctl -f "$tmp/bad.conf" 2>"$tmp/bad.err" || fail "natd's own queue"
grep -q ':6: error: divert-packet to a queue of natd itself' "$tmp/bad.err" ||
    fail "$(cat "$tmp/bad.err")"
