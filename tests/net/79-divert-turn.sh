#!/bin/sh
# SPDX-License-Identifier: ISC
# One pass, and the kernel's ways change under traffic: nothing is lost that
# two passes would not lose, and a packet never leaves as another interface's.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
# a second way to the server, over which its answers come as well
veth gw alt0 198.18.0.1/24 wan alt0 198.18.0.80/24
ip -n "$run-wan" addr add 192.0.2.80/32 dev lo
ip -n "$run-gw" route add 192.0.2.80/32 via 198.51.100.80
start_natd gw 'nat on { wan0 alt0 } inet from 10.0.0.0/24 to any -> 198.51.100.1
pass'

counter() {
	natctl -j -s info | sed -n "s/.*\"name\":\"$1\",\"value\":\([0-9]*\).*/\1/p"
}

grows() {
	_was=$(counter "$1")
	sleep 0.2
	[ "$(counter "$1")" -gt $((_was + ${2:-0})) ]
}

# The other interface: what was decided for wan0 leaves by alt0 as it is, and
# those behind it are decided for alt0.
serve wan 80
exchange lan flow -c 20 -i 5 192.0.2.80 80
retry grows one-pass 100 || fail "no packet in one pass"
for turn in alt wan alt; do
	case $turn in
	alt) ip -n "$run-gw" route replace 192.0.2.80/32 via 198.18.0.80 ;;
	wan) ip -n "$run-gw" route replace 192.0.2.80/32 via 198.51.100.80 ;;
	esac
	_count=$(ns gw cat "/sys/class/net/${turn}0/statistics/tx_packets")
	more() {
		[ "$(ns gw cat "/sys/class/net/${turn}0/statistics/tx_packets")" \
		    -gt $((_count + 200)) ]
	}
	retry more || fail "nothing leaves by ${turn}0"
	retry grows one-pass 100 || fail "two passes since ${turn}0"
done
[ "$(counter one-pass-turned)" -gt 0 ] || fail "nothing was turned"
exchange_ends flow
! grep -v '^from 198\.51\.100\.1 ' "$tmp/wan.seen" || fail "not translated"

[ "$(counter way-changed)" = 0 ] || fail "packets of no state"

# The mark does not outlive natd's hooks: behind them, nobody sees one.
ns gw nft 'add table netdev behind'
ns gw nft 'add chain netdev behind c { type filter hook egress device wan0 priority 0; }'
ns gw nft 'add rule netdev behind c ip protocol icmp counter'
ns gw nft 'add rule netdev behind c meta mark and 0xffff0000 == 0x6e600000 counter'
ip -n "$run-gw" route replace 192.0.2.80/32 via 198.51.100.80
one=$(counter one-pass)
ns lan ping -q -c 50 -i 0.01 -W 2 192.0.2.80 || fail "ping"
[ $(($(counter one-pass) - one)) -gt 90 ] || fail "two passes"
ns gw nft list chain netdev behind c >"$tmp/behind"
grep -qE 'protocol (icmp|1) counter packets 50 ' "$tmp/behind" &&
    grep -q 'mark .*0x6e600000.* counter packets 0 ' "$tmp/behind" ||
    fail "$(cat "$tmp/behind")"

# A state is killed: packets that come are asked about anew.
exchange lan killed -c 10 -i 5 192.0.2.80 80
retry grows one-pass 50 || fail "no packet in one pass"
natctl -k 10.0.0.2 >/dev/null || fail "natctl -k"
eval "kill \$exchange_killed" 2>/dev/null || :

# Bound to interfaces: always two passes, and still whole.
load 'set state-policy if-bound
nat on { wan0 alt0 } inet from 10.0.0.0/24 to any -> 198.51.100.1
pass'
natctl -F states >/dev/null
one=$(counter one-pass)
ns lan "$PEER" -c 4 -z 300000 192.0.2.80 80 || fail "if-bound"
[ "$(counter one-pass)" = "$one" ] || fail "one pass though bound"

# So does what carries a rule's mark, or is changed in every packet.
ns gw nft 'add rule netdev behind c ip protocol icmp meta mark 7 counter'
load 'match out on { wan0 alt0 } set (tos 0x10, mark 7)
nat on { wan0 alt0 } inet from 10.0.0.0/24 to any -> 198.51.100.1
pass'
natctl -F states >/dev/null
one=$(counter one-pass)
ns lan ping -q -c 20 -i 0.01 -W 2 192.0.2.80 || fail "ping"
[ "$(counter one-pass)" = "$one" ] || fail "one pass past a rule's mark"
ns gw nft list chain netdev behind c >"$tmp/behind"
grep -q 'mark 0x0*7 counter packets 20 ' "$tmp/behind" ||
    fail "$(cat "$tmp/behind")"

# Without a state, too; and with the filter off.
load 'pass no state'
natctl -F states >/dev/null
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
one=$(counter one-pass)
ns lan ping -q -c 20 -i 0.01 -W 2 198.51.100.80 || fail "no state"
natctl -d >/dev/null 2>&1
ns lan ping -q -c 20 -i 0.01 -W 2 198.51.100.80 || fail "natctl -d"
[ "$(counter one-pass)" = "$one" ] || fail "one pass without a state"
natctl -e >/dev/null 2>&1

# Back where it came from (hairpin): the kernel sees the sender it knows.
load 'nat on lan0 inet from 10.0.0.0/24 to 10.0.0.9 -> 10.0.0.1
rdr on lan0 inet proto tcp from any to 10.0.0.1 port 8080 -> 10.0.0.9 port 80
pass'
ip -n "$run-lan" addr add 10.0.0.9/24 dev eth0
serve lan 80
: >"$tmp/lan.seen"
ns lan "$PEER" -b 10.0.0.2 -z 300000 10.0.0.1 8080 || fail "hairpin"
grep -q '^from 10\.0\.0\.1 ' "$tmp/lan.seen" || fail "hairpin: $(cat "$tmp/lan.seen")"
