#!/bin/sh
# SPDX-License-Identifier: ISC
# What a blocked client sees: a reset, an ICMP error, or nothing.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass
block return in on lan0 proto { tcp udp } to port 81
block return-rst in on lan0 proto tcp to port 82
block return-icmp(host-prohib) in on lan0 inet proto udp to port 82
block drop in on lan0 proto { tcp udp } to port 83
block return out on wan0 proto { tcp udp } to port 84
block return in on wan0 proto tcp to (wan0) port 85
block return in on lan0 inet6 proto { tcp udp } to port 81'

# sees SPACE MESSAGE ARG...: the peer ends at once with MESSAGE
sees() {
	_where=$1
	_message=$2
	shift 2
	! ns "$_where" "$PEER" -w 1500 "$@" 2>"$tmp/err" >/dev/null ||
	    fail "$*: not blocked"
	grep -q "$_message" "$tmp/err" ||
	    fail "$*: '$(cat "$tmp/err")' is not '$_message'"
}

serve wan 80
serve wan 83
serve wan -u 83
sees lan 'Connection refused' 198.51.100.80 81
sees lan 'Connection refused' -u 198.51.100.80 81
sees lan 'Connection refused' 198.51.100.80 82
sees lan 'No route to host' -u 198.51.100.80 82
sees lan 'timed out' 198.51.100.80 83
sees lan 'no answer' -u 198.51.100.80 83
sees lan 'Connection refused' 198.51.100.80 84
sees lan 'Connection refused' -u 198.51.100.80 84
sees wan 'Connection refused' 198.51.100.1 85
sees lan 'Connection refused' 2001:db8:b::80 81
sees lan 'Connection refused' -u 2001:db8:b::80 81
ns lan "$PEER" 198.51.100.80 80 || fail "port 80 is blocked"
! natctl -s states | grep ':8[1-5] ' || fail "a blocked packet made a state"
