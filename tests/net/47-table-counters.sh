#!/bin/sh
# SPDX-License-Identifier: ISC
# A table with counters tells what went to and from each of its addresses:
# what rules blocked, and what states carry, alive or over, over a reload.
set -eu
. "$top_srcdir/tests/net/lib.sh"

rules='table <friends> counters { 10.0.0.2, 10.0.0.0/24, !10.0.0.9, 192.0.2.7 }
table <bad> counters { 198.51.100.80 }
table <plain> { 10.0.0.0/8 }
block in on lan0 proto udp from <plain> to <bad> port 9999
pass in on lan0 from <friends> to ! <bad>
pass in on lan0 inet proto { tcp icmp } from <friends> to <bad>
pass out on wan0 nat-to (wan0)'
room
start_natd gw "$rules"
serve wan 80

# counted TABLE ADDRESS LINE PACKETS BYTES: and no other way
counted() {
	natctl -t "$1" -T show -v | awk -v want="   $2" '
	    /^ / { on = $0 == want } on' >"$tmp/shown"
	grep -qE "^	$3 +\[ Packets: $4 +Bytes: $5 +\]\$" "$tmp/shown"
}
expect() {
	counted "$@" || fail "$*: $(cat "$tmp/shown")"
}

ns lan ping -q -c 3 -i 0.2 -W 2 198.51.100.80 >/dev/null || fail "ping"
for when in alive over reloaded; do
	for at in "friends 10.0.0.2" "bad 198.51.100.80"; do
		# shellcheck disable=SC2086 # two words
		expect $at In/Pass: 3 252
		# shellcheck disable=SC2086
		expect $at Out/Pass: 3 252
		# shellcheck disable=SC2086
		expect $at In/Block: 0 0
	done
	expect friends 10.0.0.0/24 In/Pass: 0 0
	case $when in
	alive) natctl -q -F states ;;
	over) load "$rules
pass in proto tcp to port 7" || fail "reload" ;;
	esac
done

# A packet that is blocked counts for both sides' tables that have counters.
ns lan "$PEER" -u -w 300 198.51.100.80 9999 2>/dev/null || :
retry counted bad 198.51.100.80 In/Block: '[1-9][0-9]*' '[1-9][0-9]*' ||
    fail "blocked: $(cat "$tmp/shown")"
expect friends 10.0.0.2 In/Block: 0 0
natctl -t plain -T show -v >"$tmp/shown"
! grep -q Packets "$tmp/shown" || fail "plain: $(cat "$tmp/shown")"

# -T zero, with a connection that lives on: only what comes now is there.
exchange lan busy -w 20000 -i 50 198.51.100.80 80
retry counted friends 10.0.0.2 In/Pass: '[1-9][0-9]+' '[1-9][0-9]*' ||
    fail "busy: $(cat "$tmp/shown")"
exchange_ends busy
natctl -t friends -T zero 10.0.0.2 2>"$tmp/said" || fail "zero"
grep -q '1/1 addresses cleared' "$tmp/said" || fail "$(cat "$tmp/said")"
natctl -q -F states
for what in In/Pass: Out/Pass: In/Block:; do
	expect friends 10.0.0.2 $what 0 0
done
natctl -s Tables -vv >"$tmp/shown"

grep -q '^---ar-C	friends' "$tmp/shown" ||
    grep -q '^--a-r-C	friends' "$tmp/shown" || fail "$(cat "$tmp/shown")"
grep -q 'Out/XPass:   \[ Packets: 0' "$tmp/shown" || fail "$(cat "$tmp/shown")"

# An address that leaves the table under a state: its packets are XPass.
ns lan ping -q -c 1 -W 2 198.51.100.80 >/dev/null || fail "ping"
natctl -q -t bad -T delete 198.51.100.80
natctl -q -F states
natctl -s Tables -vv | sed -n '/	bad$/,$p' >"$tmp/shown"
grep -qE 'In/XPass: +\[ Packets: 1 ' "$tmp/shown" ||
    fail "XPass: $(cat "$tmp/shown")"

# What is carried over was counted since before the reload.
since() {
	natctl -j -s Tables | grep '"friends"' |
	    sed 's/.*\("cleared":[0-9]*\).*\("match":[1-9][0-9]*\).*/\1 \2/'
}
before=$(since)
load "$rules
pass in proto tcp to port 9" || fail "reload"
[ "$(since)" = "$before" ] || fail "cleared: $before, now $(since)"

# Only the entry with this sign is cleared.
load "$rules" || fail "reload"
ns lan ping -q -c 2 -i 0.2 -W 2 198.51.100.80 >/dev/null || fail "ping"
natctl -q -F states
natctl -q -t friends -T zero 10.0.0.2
ns lan ping -q -c 2 -i 0.2 -W 2 198.51.100.80 >/dev/null || fail "ping"
natctl -t friends -T zero '!10.0.0.2' 2>"$tmp/said" || :
grep -q '0/1 addresses cleared' "$tmp/said" || fail "$(cat "$tmp/said")"
expect friends 10.0.0.2 In/Pass: 2 168

# An entry that is named twice is cleared once.
natctl -q -t friends -T zero 10.0.0.2 10.0.0.2
natctl -q -F states
ns lan ping -q -c 1 -W 2 198.51.100.80 >/dev/null || fail "ping"
expect friends 10.0.0.2 In/Pass: 1 84

# What was zeroed under a state that lives on stays so, whatever becomes of its
# address or its rule: nothing is below nothing, and what comes then counts.
zeroed() {
	load "$rules" || fail "reload"
	natctl -q -F states
	ns lan ping -q -c 2 -i 0.2 -W 2 198.51.100.80 >/dev/null || fail "ping"
	natctl -q -t friends -T zero
	natctl -q -t bad -T zero
}
# whole TABLE LINE PACKETS: of the table as a whole
whole() {
	natctl -s Tables -vv | awk -v want="$1" '
	    /^-/ { on = $2 == want } on' >"$tmp/shown"
	grep -qE "^	$2 +\[ Packets: $3 " "$tmp/shown" ||
	    fail "$*: $(cat "$tmp/shown")"
}
zeroed
natctl -q -t bad -T delete 198.51.100.80
whole bad In/Pass: 0
whole bad In/XPass: 0
natctl -q -F states
whole bad In/Pass: 0
whole bad In/XPass: 0

zeroed
natctl -q -t friends -T delete 10.0.0.2
natctl -q -t friends -T zero
natctl -q -t friends -T add 10.0.0.2
expect friends 10.0.0.0/24 In/Pass: 0 0
natctl -q -F states
ns lan ping -q -c 1 -W 2 198.51.100.80 >/dev/null || fail "ping"
natctl -q -t friends -T delete 10.0.0.2
expect friends 10.0.0.0/24 In/Pass: 1 84

zeroed
natctl -q -t bad -T zero 198.51.100.80
natctl -q -t friends -T delete 192.0.2.7
natctl -q -F states
for t in friends bad; do
	whole $t In/Pass: 0
done

zeroed
load "$(echo "$rules" | sed 's/tcp icmp/tcp icmp udp/')" || fail "reload"
expect friends 10.0.0.2 In/Pass: 0 0
whole friends In/Pass: 0
natctl -q -F states
ns lan ping -q -c 1 -W 2 198.51.100.80 >/dev/null || fail "ping"
expect friends 10.0.0.2 In/Pass: 1 84
whole friends In/Pass: 1
