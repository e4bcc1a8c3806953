#!/bin/sh
# SPDX-License-Identifier: ISC
# A TUN device is deleted under natd: states that are bound to it end, the
# other interface works on, and SIGHUP makes the device anew.  One that is set
# down and up again needs nothing.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'set state-policy if-bound
nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass'
ns lan ping -q -c 1 -W 2 198.51.100.80 || fail "no ping"
ip -n "$run-lan" link set lan0 down
ip -n "$run-lan" link set lan0 up
ip -n "$run-lan" route replace default dev lan0
ns lan ping -q -c 1 -W 2 198.51.100.80 || fail "no ping after down and up"

interface_gone() {
	[ "$(grep -c 'interface lan0 is gone' "$tmp/natd.log")" -ge "$i" ]
}

lan_states() {
	natctl -s states | grep -qF 10.0.0.2
}

no_states() {
	! lan_states
}

i=0
while [ "$i" -lt 3 ]; do
	i=$((i + 1))
	lan_states || fail "no states"
	ip -n "$run-lan" link del lan0
	retry interface_gone || fail "natd does not notice"
	retry no_states || fail "bound states stay: $(natctl -s states)"
	natctl -s Interfaces >"$tmp/interfaces"
	! grep -q lan0 "$tmp/interfaces" || fail "lan0 is still shown"
	ns wan ping -q -c 1 -W 2 198.51.100.1 || fail "the other is gone too"
	sleep 1.1 # natd looks once a second
	! grep -c 'is gone' "$tmp/natd.log" | grep -qvx "$i" ||
	    fail "said twice: $(cat "$tmp/natd.log")"
	kill -HUP "$natd_pid"
	retry ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null 2>&1 ||
	    fail "SIGHUP does not bring it back: $(cat "$tmp/natd.log")"
done
natctl -s info -v | grep -qE 'interface-gone +[1-9]' ||
    fail "not counted: $(natctl -s info -v)"
