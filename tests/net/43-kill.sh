#!/bin/sh
# SPDX-License-Identifier: ISC
# Killed states are gone, their connections stop, others go on.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
space lan2
MORE="interface lan1 tun netns \"$(netns lan2)\" address 10.0.1.1/24 \
peer 10.0.1.2/24 default"
start_natd gw 'nat on wan0 from { 10.0.0.0/24 10.0.1.0/24 } to any -> (wan0)
block
pass in on { lan0 lan1 }
pass out'
serve wan 80

states() {
	natctl -s states | grep -c "$1" || :
}

exchange lan doomed -c 10 -i 20 -w 2000 198.51.100.80 80
exchange lan2 spared -c 10 -i 20 198.51.100.80 80

before=$(states 10.0.0.2)
[ "$before" -ge 20 ] || fail "$before states of 10 connections"
natctl -k 10.0.0.2 2>"$tmp/said" || fail "natctl -k"
cat "$tmp/said"
grep -q "^killed [1-9][0-9]* states from 1 sources" "$tmp/said" ||
    fail "the report: $(cat "$tmp/said")"
[ "$(states 10.0.0.2)" = 0 ] || fail "states of 10.0.0.2 are left"
[ "$(states 10.0.1.2)" -ge 20 ] || fail "states of 10.0.1.2 went"
eval "wait \$exchange_doomed" && fail "connections without states live"
grep -q ' ok 0 ' "$tmp/doomed.seen" || fail "$(cat "$tmp/doomed.seen")"
ns lan "$PEER" 198.51.100.80 80 || fail "no new connection"

# One state by its id, then all.
id=$(natctl -s states -vv | awk '$1 == "id:" { print $2; exit }')
[ -n "$id" ] || fail "no id shown"
natctl -k id -k "$id" 2>"$tmp/said" || fail "natctl -k id"
grep -q '^killed [12] states' "$tmp/said" || fail "by id: $(cat "$tmp/said")"
natctl -F states 2>"$tmp/said" || fail "natctl -F states"
grep -q 'states cleared' "$tmp/said" || fail "$(cat "$tmp/said")"
[ -z "$(natctl -s states)" ] || fail "left: $(natctl -s states)"
