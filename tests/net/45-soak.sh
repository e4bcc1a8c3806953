#!/bin/sh
# SPDX-License-Identifier: ISC
# Connections come and go while rulesets alternate, states are killed and an
# interface is changed.  When all timeouts are over no state is left, no rule
# counts one, and what a rule has created has been counted.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
short='set timeout { tcp.first 2, tcp.opening 2, tcp.established 4,
    tcp.closing 2, tcp.finwait 2, tcp.closed 1, udp.first 1, udp.single 1,
    udp.multiple 2, icmp.first 1, icmp.error 1 }
table <inside> persist { 10.0.0.0/24 }'
one="$short
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass label \"one\""
two="$short
match out on wan0 from <inside> nat-to (wan0) tag away
block return
pass in on lan0 from <inside> label \"two\"
pass out tagged away keep state (if-bound)
pass out on wan0 proto udp label \"three\""
start_natd gw "$one"
serve wan 80
serve wan -u 53

# Short connections, new ones all the time, until told to stop.
(while [ ! -e "$tmp/stop" ] && kill -0 "$natd_pid"; do
	ns lan "$PEER" -w 300 -c 20 198.51.100.80 80 || :
	ns lan "$PEER" -u -w 300 -c 20 198.51.100.80 53 || :
done) >"$tmp/traffic.seen" 2>&1 &
traffic=$!
some() {
	natctl -s info | grep -q 'current entries *[1-9][0-9]'
}

i=0
while [ "$i" -lt 25 ]; do
	i=$((i + 1))
	retry some || fail "no traffic: $(tail -n 5 "$tmp/traffic.seen")"
	load "$two" || fail "the second ruleset"
	natctl -k 10.0.0.2 >/dev/null 2>&1 || fail "kill"
	retry some || fail "no traffic: $(tail -n 5 "$tmp/traffic.seen")"
	load "$one" || fail "the first ruleset"
	natctl -F states >/dev/null 2>&1 || fail "flush"
	[ $((i % 5)) -eq 0 ] || continue
	LANOPT="mtu $((1400 + i))"
	room
	ruleset "$one" >"$tmp/natd.conf"
	kill -HUP "$natd_pid"
	retry grep -q "revision.*loaded" "$tmp/natd.log" || fail "SIGHUP"
	: >"$tmp/natd.log"
done
: >"$tmp/stop"
wait "$traffic" || :

none_left() {
	natctl -s info >"$tmp/info"
	grep -q 'current entries *0$' "$tmp/info"
}
retry none_left || fail "states stay: $(natctl -vs states | head -n 20)"
natctl -vs rules >"$tmp/rules"
! grep -q 'States: [1-9]' "$tmp/rules" || fail "$(cat "$tmp/rules")"
awk '$1 == "inserts" { i = $2 } $1 == "removals" { r = $2 }
END { exit i == 0 || i != r }' "$tmp/info" || fail "$(cat "$tmp/info")"
