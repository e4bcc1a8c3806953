#!/bin/sh
# SPDX-License-Identifier: ISC
# All that rules say of interfaces and their addresses follows what happens to
# them, without a load: names that come later, drivers, groups, links that go
# down, (if), (if:network), (if:peer), (if:broadcast), (self), skip.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ns gw sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0

# The groups' names of this test only: ip netns exec has a mount namespace of
# its own.
groups=/etc/iproute2/group
[ -e "$groups" ] || groups=/usr/share/iproute2/group
[ -e "$groups" ] || skip "no names of groups"
printf '# names\n0\tdefault\n0x4d guests # hex\n78\topen\n' >"$tmp/group"
cat >"$tmp/natd.conf" <<'RULES'
set skip on { lo open }
block return
pass out
pass in proto tcp to port 22
pass in on tun0 proto tcp to port 81
pass in on tap proto tcp to port 82
pass in on guests proto tcp to port 83
pass in proto tcp to (lan0) port 84
pass in proto tcp from (lan0:network) to port 85
pass in proto tcp from (ppp0:peer) to port 86
pass in proto tcp to (self) port 87
pass in inet proto icmp to (lan0:broadcast)
pass in inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }
RULES
ip netns exec "$run-gw" sh -c "mount --bind '$tmp/group' '$groups' &&
    exec natd -d -f '$tmp/natd.conf' -p '$NATD_SOCKET'" \
    >"$tmp/natd.log" 2>&1 &
natd_pid=$!
retry natd_answers || fail "natd does not start"
revision=$(natctl -j -s info | grep -o '"revision":[0-9]*')
for port in 22 81 82 83 84 85 86 87 88; do
	serve gw "$port"
done

reaches() {
	_from=$1
	shift
	ns "$_from" "$PEER" -w 1000 "$@" >/dev/null 2>&1
}
refused() {
	_from=$1
	shift
	! ns "$_from" "$PEER" -w 1000 "$@" >/dev/null 2>"$tmp/err" &&
	    grep -q refused "$tmp/err"
}
# now WHAT CMD...: soon it is so
now() {
	_what=$1
	shift
	retry "$@" || fail "$_what: $*"
}
gw() {
	ip -n "$run-gw" "$@"
}

# An interface that a rule names before it is there; one of a driver.
veth far eth0 10.4.0.2/24 gw tun0 10.4.0.1/24
now "tun0 that comes later" reaches far 10.4.0.1 81
refused far 10.4.0.1 82 || fail "port 82"
gw link set tun0 down
gw link set tun0 name tap7
gw link set tap7 up
now "renamed: of the driver tap" reaches far 10.4.0.1 82
now "renamed: tun0 no longer" refused far 10.4.0.1 81

# Groups: in and out; and one that is skipped.
refused far 10.4.0.1 83 || fail "port 83"
gw link set tap7 group 77
now "in the group" reaches far 10.4.0.1 83
natctl -s Interfaces >/dev/null
gw link set tap7 group 78
now "in a group that is skipped" reaches far 10.4.0.1 88
gw link set tap7 group 0
now "out of the groups" refused far 10.4.0.1 88
now "out of the groups" refused far 10.4.0.1 83

# (if), (if:network), (if:broadcast), (self): addresses that come and go.
refused lan 10.0.0.1 88 || fail "port 88"
reaches lan 10.0.0.1 84 || fail "(lan0)"
ip -n "$run-lan" addr add 10.8.0.2/24 dev eth0
gw addr add 10.8.0.1/24 brd + dev lan0
now "(lan0), another address" reaches lan 10.8.0.1 84
now "(lan0:network), another one" reaches lan -b 10.8.0.2 10.8.0.1 85
hears() {
	_was=$(echoes gw)
	ns lan ping -q -b -c 1 -W 0.2 10.8.0.255 >/dev/null 2>&1 || :
	[ "$(echoes gw)" -gt "$_was" ]
}
now "(lan0:broadcast)" hears
gw addr add 10.9.9.9/32 dev lo
now "(self), another address" reaches lan 10.9.9.9 87
refused lan 10.9.9.9 84 || fail "10.9.9.9 is none of lan0"
gw addr del 10.8.0.1/24 dev lan0
gw addr add 10.8.0.1/32 dev lo
gw route add 10.8.0.2/32 dev lan0
now "(lan0), an address that went" refused lan 10.8.0.1 84
now "(lan0:network), one that went" refused lan -b 10.8.0.2 10.8.0.1 85
now "(self), an address that moved" reaches lan 10.8.0.1 87

# (if:peer) of an interface that comes later.
veth dial eth0 10.5.0.2/32 gw ppp0 10.5.0.9/32
gw addr flush dev ppp0
gw addr add 10.5.0.1 peer 10.5.0.2 dev ppp0
ip -n "$run-dial" addr flush dev eth0
ip -n "$run-dial" addr add 10.5.0.2 peer 10.5.0.1 dev eth0
now "(ppp0:peer)" reaches dial 10.5.0.1 86
refused lan 10.0.0.1 86 || fail "port 86"
gw addr flush dev ppp0
gw addr add 10.5.0.1 peer 10.5.0.7 dev ppp0
gw route add 10.5.0.2/32 dev ppp0
now "(ppp0:peer), another peer" refused dial 10.5.0.1 86

# A link that goes down and up.
exchange lan kept -c 5 -i 50 -w 20000 10.0.0.1 22
gw link set lan0 down
sleep 0.3
gw link set lan0 up
now "lan0, up again" reaches lan 10.0.0.1 84
exchange_ends kept

[ "$(natctl -j -s info | grep -o '"revision":[0-9]*')" = "$revision" ] ||
    fail "something was loaded"
