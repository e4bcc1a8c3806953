#!/bin/sh
# SPDX-License-Identifier: ISC
# Next hops that only states know when natd is started again: natctl had put one
# into a table, and the rule of another is gone.  Connections go their way.
set -eu
TMPDIR=/dev/shm
export TMPDIR
[ "$(stat -f -c %T /dev/shm)" = tmpfs ] || {
	echo "no tmpfs on /dev/shm" >&2
	exit 77
}
. "$top_srcdir/tests/net/lib.sh"

gateway
veth gw wan1 203.0.113.1/24 wan2 eth0 203.0.113.80/24
ip -n "$run-gw" route add default via 198.51.100.80
ns gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan0.rp_filter=0 \
    net.ipv4.conf.wan1.rp_filter=0
# only wan2 has it: who goes another way gets nowhere
ip -n "$run-wan2" addr add 192.0.2.9/32 dev lo
ip -n "$run-wan2" route add 10.0.0.0/24 via 203.0.113.1
serve wan2 80
serve wan2 81

rules='table <hops> persist
pass
pass in on lan0 inet proto tcp to port 80 route-to <hops>'
start_natd gw "$rules
pass in on lan0 inet proto tcp to port 81 route-to (wan1 203.0.113.80)"
natctl -q -t hops -T add 203.0.113.80
exchange lan table -c 20 -z 200 -i 100 -w 10000 192.0.2.9 80
exchange lan rule -c 20 -z 200 -i 100 -w 10000 192.0.2.9 81
ruleset "$rules" >"$tmp/natd.conf"

# again SIGNAL: another natd, which has no next hop but those of states
again() {
	kill -s "$1" "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
	run_natd gw
	! ns lan "$PEER" -w 500 192.0.2.9 80 2>/dev/null ||
	    fail "a new connection by an empty table"
	counted=$(natctl -s info | awk '$1 == "no-route" { print $2 }')
	[ "$counted" -ge 1 ] || fail "the new connection is not counted"
}

alive() {
	[ "$(natctl -s states |
	    grep -c -- '-> 192\.0\.2\.9:8[01] .*ESTABLISHED:')" -eq 40 ]
}

again KILL
alive || fail "states: $(natctl -s states)"
again USR1
alive || fail "states: $(natctl -s states)"
# the table is filled: the same hop, for new connections as well
natctl -q -t hops -T add 203.0.113.80
ns lan "$PEER" -w 2000 192.0.2.9 80 || fail "the table is filled"
exchange_ends table
exchange_ends rule
