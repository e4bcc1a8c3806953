#!/bin/sh
# SPDX-License-Identifier: ISC
# Trains of datagrams, gathered by the kernel where they come in (set udp-gro):
# each datagram arrives once, with its bytes and in its place, whatever natd does
# to the train, and wherever it goes.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in ethtool python3; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
# They come singly, and are gathered.
for end in lan wan; do
	ns "$end" ethtool -K eth0 tx-udp-segmentation off || fail "ethtool"
	ns gw ethtool -K "${end}0" gro on || fail "ethtool"
done
ns gw ethtool -k lan0 | grep -q '^rx-udp-gro-forwarding: off' ||
    skip "this kernel gathers no UDP"

# server NAME ADDRESS PORT [-g]: its name is its address
server() {
	: >"$tmp/$2-$3"
	(exec ip netns exec "$run-$1" python3 \
	    "$top_srcdir/tests/net/udprun.py" ${4-} serve "$2" "$3" \
	    >"$tmp/$2-$3" 2>&1) &
	retry grep -q ready "$tmp/$2-$3" || fail "$(cat "$tmp/$2-$3")"
}
# came IN: messages that natd has got
came() {
	natctl -v -s info | awk '/^Packets/ { at = 1 }
	    at && $1 == "in" { print $2; exit }'
}
# whole NAME ADDRESS PORT: every datagram, there and back
whole() {
	_was=$(came)
	ns "$1" python3 "$top_srcdir/tests/net/udprun.py" run "$2" "$3" \
	    >"$tmp/run" 2>&1 || fail "$*: $(cat "$tmp/run")"
	_messages=$(($(came) - _was))
	echo "$*: $(cat "$tmp/run"), there and back by $_messages messages"
	# shellcheck disable=SC2046 # two words
	set -- $(cat "$tmp/run")
	datagrams=$2
	messages=$_messages
}
gathered() {
	whole "$@"
	[ "$messages" -lt $((datagrams * 2 / 3)) ] ||
	    fail "$*: $datagrams by $messages messages: no trains"
}

for address in 198.51.100.80 2001:db8:b::80; do
	server wan "$address" 9
done
for address in 10.0.0.1 fd00:a::1; do
	server gw "$address" 70
	server gw "$address" 71 -g
done
RULES='nat on wan0 inet all -> (wan0)
nat on wan0 inet6 all -> 2001:db8:b::1
rdr on lan0 inet proto udp to 198.51.100.1 port 9 -> 198.51.100.80
rdr on lan0 inet6 proto udp to 2001:db8:b::1 port 9 -> 2001:db8:b::80
rdr on lan0 inet proto udp to 198.51.100.1 port 70:71 -> 10.0.0.1
rdr on lan0 inet6 proto udp to 2001:db8:b::1 port 70:71 -> fd00:a::1
pass'
start_natd gw "$RULES"

echo "source, both ends, and back"
for to in 198.51.100.80 198.51.100.1 2001:db8:b::80 2001:db8:b::1; do
	gathered lan "$to" 9
done
echo "to sockets of the host, with and without a translation"
for to in 10.0.0.1 198.51.100.1 fd00:a::1 2001:db8:b::1; do
	whole lan "$to" 70
	whole lan "$to" 71
done
for from in 10.0.0.1 fd00:a::1; do
	grep -q 'got 60 by [1-9]$' "$tmp/$from-71" ||
	    fail "no trains to a socket: $(cat "$tmp/$from-71")"
done
echo "to a local address of no interface"
ns gw ip route add local 198.51.100.70/32 dev lo
server gw 198.51.100.70 72
load "rdr on lan0 inet proto udp to 198.51.100.1 port 72 -> 198.51.100.70
$RULES" || fail "load"
whole lan 198.51.100.1 72
echo "to one that another table redirects to"
load "match in inet scrub (random-id)
$RULES" || fail "load"
ns gw nft -f - <<-'END' || skip "no redirection by nft"
	table ip other {
		chain in {
			type nat hook prerouting priority -100
			iifname "lan0" udp dport 73 redirect to :70
		}
	}
END
whole lan 198.51.100.80 73
ns gw nft delete table ip other
load "$RULES" || fail "load"
echo "from one, and back through a translation"
whole gw 198.51.100.80 9
whole gw 2001:db8:b::80 9
echo "with datagrams, not trains"
for text in 'set udp-gro no' 'block out proto udp max-pkt-size 1'; do
	load "$RULES
$text" || fail "load"
	whole lan 198.51.100.80 9
	[ "$messages" -ge $((datagrams * 2)) ] ||
	    fail "$text: $datagrams by $messages messages"
	whole lan 2001:db8:b::1 9
done
load "$RULES" || fail "load"
echo "where natd is asked twice"
ns gw ip rule add from 192.0.2.1 lookup 99
ns gw ip -6 rule add from 2001:db8:99::1 lookup 99
twice() {
	natctl -s info | grep -q '^Passes of a forwarded packet: two'
}
retry twice || fail "$(natctl -s info | grep Passes)"
for to in 198.51.100.80 198.51.100.1 2001:db8:b::80 2001:db8:b::1; do
	whole lan "$to" 9
done
whole lan 198.51.100.1 70
whole lan 2001:db8:b::1 70
ns gw ip rule del from 192.0.2.1 lookup 99
ns gw ip -6 rule del from 2001:db8:99::1 lookup 99

echo "by another way, known when it leaves"
load "$RULES
pass out on wan0 route-to (wan0 198.51.100.80) inet proto udp
pass out on wan0 route-to (wan0 2001:db8:b::80) inet6 proto udp" ||
    fail "load"
for to in 198.51.100.80 198.51.100.1 2001:db8:b::80 2001:db8:b::1; do
	gathered lan "$to" 9
done
load "$RULES" || fail "load"

echo "a path that is too narrow for the datagrams of a train"
ip -n "$run-gw" link set wan0 mtu 1300
for to in 198.51.100.80 198.51.100.1 2001:db8:b::80 2001:db8:b::1; do
	ns lan python3 "$top_srcdir/tests/net/udprun.py" mtu "$to" 9 \
	    >"$tmp/mtu" 2>&1 || fail "$(cat "$tmp/mtu")"
	[ "$(cat "$tmp/mtu")" = 'mtu 1300' ] ||
	    fail "$to: $(cat "$tmp/mtu")"
done
