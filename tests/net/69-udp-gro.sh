#!/bin/sh
# SPDX-License-Identifier: ISC
# set udp-gro: natd has the kernel gather UDP on the interfaces that it guards,
# while it runs and as it is asked, and leaves alone what others have set.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for prog in ethtool python3; do
	command -v "$prog" >/dev/null || skip "no $prog"
done
gateway
veth gw dmz0 192.0.2.1/24 dmz eth0 192.0.2.80/24
ns gw ethtool -k lan0 | grep -q '^rx-udp-gro-forwarding: off' ||
    skip "this kernel gathers no UDP"
MEMORY=$NATD_SOCKET.gro

# is IF on|off
is() {
	ns gw ethtool -k "$1" | grep -q "^rx-udp-gro-forwarding: $2"
}
info() {
	natctl -s info | sed -n 's/^UDP GRO: //p'
}
says() {
	[ "$(info)" = "$1" ]
}
# all IF:on|off...
all() {
	for _one; do
		retry is "${_one%:*}" "${_one#*:}" ||
		    fail "$1...: ${_one%:*} is not ${_one#*:}: $(info)"
	done
}
killed() {
	kill -9 "$natd_pid"
	wait "$natd_pid" || :
	natd_pid=
}

ns gw ethtool -K dmz0 rx-udp-gro-forwarding on gro on
ns gw ethtool -K lan0 gro on
start_natd gw 'pass'
echo "at the start; somebody else's; without rx-gro"
all lan0:on wan0:on dmz0:on lo:off
says 'lan0 (by natd); dmz0 (was on); wan0 (rx-gro is off)' ||
    fail "$(info)"
ns gw ethtool -K wan0 gro on
says 'lan0, wan0 (by natd); dmz0 (was on)' || fail "rx-gro: $(info)"

echo "by a reload"
load 'set udp-gro no
pass' || fail "load"
all lan0:off wan0:off dmz0:on
says 'off (set udp-gro no)' || fail "no: $(info)"
[ ! -e "$MEMORY" ] || fail "what is off is remembered"
load 'set udp-gro yes
set skip on wan0
pass' || fail "load"
all lan0:on wan0:off dmz0:on
says 'lan0 (by natd); dmz0 (was on)' || fail "skip: $(info)"
load 'pass
block in proto udp to port 9 probability 50%' || fail "load"
all lan0:off wan0:off dmz0:on
says 'off (a rule looks at each datagram)' || fail "singles: $(info)"
load 'pass
block in proto tcp to port 9 probability 50%' || fail "load"
all lan0:on wan0:on dmz0:on

echo "an interface that comes, is renamed, and goes"
veth gw new0 203.0.113.1/24 dmz eth1 203.0.113.2/24
all new0:on
ip -n "$run-gw" link set new0 down
ip -n "$run-gw" link set new0 name newer0
all newer0:on
retry grep -q newer0 "$MEMORY" || fail "$(cat "$MEMORY")"
ip -n "$run-gw" link del newer0
forgotten() {
	! grep -q newer0 "$MEMORY"
}
retry forgotten || fail "remembered: $(cat "$MEMORY")"

echo "what somebody switches off stays off"
ns gw ethtool -K wan0 rx-udp-gro-forwarding off
load 'pass' || fail "load"
is wan0 off || fail "on again"
says 'lan0 (by natd); dmz0 (was on); not wan0 (switched off)' ||
    fail "$(info)"

echo "while nothing is filtered"
natctl -q -d
all lan0:off dmz0:on
natctl -q -e
all lan0:on wan0:on dmz0:on

echo "a restart, kills, and ends"
kill -USR1 "$natd_pid"
wait "$natd_pid" || fail "the end"
all lan0:on wan0:on dmz0:on
run_natd gw
says 'lan0, wan0 (by natd); dmz0 (was on)' || fail "restart: $(info)"
killed
all lan0:on wan0:on dmz0:on
run_natd gw
says 'lan0, wan0 (by natd); dmz0 (was on)' || fail "after a kill: $(info)"
end_natd || fail "the end"
all lan0:off wan0:off dmz0:on
[ ! -e "$MEMORY" ] || fail "remembered: $(cat "$MEMORY")"

run_natd gw
all lan0:on
killed
ns gw natd -u || fail "natd -u"
all lan0:off wan0:off dmz0:on
[ ! -e "$MEMORY" ] || fail "natd -u: remembered: $(cat "$MEMORY")"

echo "numbers of another boot or namespace mean nothing"
ns gw ethtool -K lan0 rx-udp-gro-forwarding on
printf 'boot x netns 1\n%s lan0\n' \
    "$(ns gw cat /sys/class/net/lan0/ifindex)" >"$MEMORY"
run_natd gw
says 'wan0 (by natd); lan0, dmz0 (was on)' || fail "another boot: $(info)"
end_natd || fail "the end"
all lan0:on wan0:off dmz0:on

# reborn: the namespace anew, by the same number, as the kernel likes to do
reborn() {
	ip netns del "$run-old" && ip netns add "$run-old" &&
	    [ "$(ns old stat -Lc %i /proc/self/ns/net)" = "$1" ]
}
interface() {
	ip -n "$run-old" link add name v0 index 77 type veth peer name v1
}
space old
number=$(ns old stat -Lc %i /proc/self/ns/net)
interface
run_natd old
retry grep -q '^77 v0$' "$MEMORY" || fail "$(cat "$MEMORY")"
killed
if retry reborn "$number"; then
	interface
	ns old ethtool -K v0 rx-udp-gro-forwarding on
	run_natd old
	end_natd || fail "the end"
	ns old ethtool -k v0 | grep -q '^rx-udp-gro-forwarding: on' ||
	    fail "off in another namespace of that number"
else
	echo "(the number does not come again)"
fi
rm -f "$MEMORY"

echo "what cannot be remembered is not switched on"
mkdir "$MEMORY.new"
run_natd gw
is wan0 off || fail "on"
says 'lan0, dmz0 (was on); not wan0' || fail "$(info)"
[ "$(grep -c "$MEMORY: " "$tmp/natd.log")" = 1 ] ||
    fail "the log: $(cat "$tmp/natd.log")"
