#!/bin/sh
# SPDX-License-Identifier: ISC
# Two ways out, and each client keeps its own: natd routes.
set -eu
. "$top_srcdir/tests/net/sticky.sh"

room
space wan2
MORE="interface wan1 tun netns \"$(netns wan2)\" \
address 203.0.113.1/24 peer 203.0.113.80/24"
far_routes() {
	ip -n "$run-wan" route replace 10.0.0.0/24 via 198.51.100.1
	ip -n "$run-wan2" route replace 10.0.0.0/24 via 203.0.113.1
	for _c in $CLIENTS 15; do
		ip -n "$run-lan" addr replace "10.0.0.$_c/32" dev lo
	done
}
RULES="route 192.0.2.0/24 via 198.51.100.80
pass
$sticky"
start_natd gw "$RULES"
far_ends
far_routes
sticks
