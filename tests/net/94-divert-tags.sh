#!/bin/sh
# SPDX-License-Identifier: ISC
# Where the kernel routes, rules with out know the tag that a packet got when
# it came in, and the interface: led by a state, or passed without one.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
# a second inside, whose packets are not to leave
veth gw guest0 198.18.0.1/24 guest eth0 198.18.0.2/24
ip -n "$run-gw" addr add fd00:b::1/64 dev guest0 nodad
ip -n "$run-guest" addr add fd00:b::2/64 dev eth0 nodad
ip -n "$run-guest" route add default via 198.18.0.1
ip -n "$run-guest" route add default via fd00:b::1
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
ip -n "$run-wan" route add 198.18.0.0/24 via 198.51.100.1
ip -n "$run-wan" route add fd00:b::/64 via 2001:db8:b::1

known='block out
pass quick inet6 proto icmp6 icmp6-type { neighbrsol, neighbradv } no state'
start_natd gw "$known
pass in on { lan0 guest0 }
pass out on wan0 received-on lan0"
serve wan 80
serve wan -u 53

# what leaves by wan0 with one of natd's marks
ns gw nft 'add table netdev behind'
ns gw nft 'add chain netdev behind c { type filter hook egress device wan0 priority 0; }'
ns gw nft 'add rule netdev behind c ip protocol icmp counter'
ns gw nft 'add rule netdev behind c meta mark and 0xffff0000 == 0x6e600000 counter'

# only_lan WHAT: its packets leave, those of guests and of this host do not
only_lan() {
	for to in 198.51.100.80 2001:db8:b::80; do
		ns lan ping -q -c 5 -i 0.01 -W 2 "$to" >"$tmp/ping" ||
		    fail "$1: ping $to: $(cat "$tmp/ping")"
		ns lan "$PEER" -c 2 -z 100000 "$to" 80 || fail "$1: TCP, $to"
		ns lan "$PEER" -u -c 5 "$to" 53 || fail "$1: UDP, $to"
		for where in guest gw; do
			! ns "$where" ping -q -c 1 -W 0.2 "$to" \
			    >/dev/null || fail "$1: ping from $where to $to"
			! ns "$where" "$PEER" -u -w 200 "$to" 53 2>/dev/null ||
			    fail "$1: UDP from $where to $to"
		done
	done
}

# rules NAME TEXT: load and look
rules() {
	load "$known
$2" || fail "$1: does not load"
	natctl -F states >/dev/null
	only_lan "$1"
}

only_lan received-on
rules "received-on, no state" 'pass in no state
pass out on wan0 received-on lan0 no state
pass out on { lan0 guest0 } received-on wan0 no state'
rules tag 'pass in on lan0 tag LAN
pass in on guest0 tag GUEST
pass out on wan0 tagged LAN'
rules "a state in, none out" 'pass in on lan0 tag LAN
pass in on guest0
pass in on wan0
pass out on wan0 tagged LAN no state'
rules "tag, no state" 'pass in on lan0 tag LAN no state
pass in on guest0 tag GUEST no state
pass in on wan0 tag BACK no state
pass out on wan0 tagged LAN no state
pass out on lan0 tagged BACK no state'
for to in 198.51.100.80 2001:db8:b::80; do
	ns lan ping -q -c 3 -i 0.01 -s 4000 -W 2 "$to" >/dev/null ||
	    fail "a datagram of pieces to $to"
done
ns gw nft list chain netdev behind c >"$tmp/behind"
grep -q 'protocol icmp counter packets [1-9]' "$tmp/behind" &&
    grep -q 'mark .*0x6e600000.* counter packets 0 ' "$tmp/behind" ||
    fail "a mark outlives the hooks: $(cat "$tmp/behind")"

# The pieces of a datagram have no state either.
load "set reassemble no
$known
pass in on lan0 tag LAN no state
pass in on wan0 tag BACK no state
pass out on wan0 tagged LAN no state
pass out on lan0 tagged BACK no state" || fail "does not load"
ns lan ping -q -c 3 -i 0.01 -s 4000 -W 2 198.51.100.80 >/dev/null ||
    fail "pieces"

# Nobody is asked about what leaves by wan0: the mark goes all the same.
load "set skip on wan0
$known
pass in on lan0 tag LAN no state
pass out on lan0 no state
pass out on guest0 tagged LAN" || fail "does not load"
ns lan ping -q -c 5 -i 0.01 -W 2 198.51.100.80 >/dev/null || fail "skip"
ns gw nft list chain netdev behind c >"$tmp/behind"
grep -q 'mark .*0x6e600000.* counter packets 0 ' "$tmp/behind" ||
    fail "skip: a mark outlives the hooks: $(cat "$tmp/behind")"

# A rule's own mark stands on the packet, and its state knows the tag.
ns gw nft add table inet other
ns gw nft 'add chain inet other f { type filter hook forward priority 0; }'
ns gw nft add rule inet other f meta mark 7 counter
rules "tag and mark" 'match in on lan0 set mark 7
pass in on lan0 tag LAN
pass in on guest0
pass in on wan0
pass out on wan0 tagged LAN no state'
ns gw nft list chain inet other f | grep -q 'counter packets [1-9]' ||
    fail "$(ns gw nft list chain inet other f)"
! load "$known
pass in on lan0 tag LAN set mark 7 no state
pass out on wan0 tagged LAN" 2>"$tmp/err" || fail "a tag and a mark load"
grep -q 'load.conf:[0-9]*:[0-9]*: error: tag and set mark need a state' \
    "$tmp/err" || fail "$(cat "$tmp/err")"
end_natd || fail "natd's exit"
