#!/bin/sh
# SPDX-License-Identifier: ISC
# natd's unit on a Debian machine, from its installation over three starts of
# the machine, seen by a neighbour who pings all the time: what a ruleset
# blocks never passes, but when an administrator stops natd.
set -eu
. "$top_srcdir/tests/vm/lib.sh"

# rules LINE...: the machine's natd.conf
rules() {
	_text="'set skip on lo'"
	for _line; do
		_text="$_text '$_line'"
	done
	vm "printf '%s\n' $_text >/etc/natd.conf"
}

# Only port 22 of the machine, and the machine to everywhere.
server() {
	rules "$@" 'block in on eth0' 'pass out' \
	    'pass in on eth0 inet6 proto icmp6 icmp6-type { neighbrsol neighbradv }' \
	    'pass in on eth0 proto tcp to port 22'
}
mistake() {
	rules pass 'pass ni on eth0'
}
told_of_mistake() {
	vm 'journalctl -b -q -u natd' | grep -q '/etc/natd.conf:3:6: error: '
}

answered() {
	_had=$(answers)
	sleep 0.5
	[ "$(answers)" -gt "$_had" ]
}
open() {
	retry answered || fail "$1: the machine does not answer"
	echo "$1: open"
}

# silent WHAT COMMAND...: nothing is answered meanwhile, nor a moment later
silent() {
	_what=$1
	shift
	_was=$(answers)
	"$@" || fail "$_what: fails"
	sleep 0.3
	_is=$(answers)
	[ "$_is" = "$_was" ] || fail "$_what: $((_is - _was)) pings passed"
	echo "$_what: silent"
}

listen() {
	vm 'systemd-run -q /mnt/build/tests/net/peer -l 22'
}
connects() {
	ns out "$PEER" -w 5000 192.0.2.2 22 >/dev/null 2>&1 &&
	    ns out "$PEER" -w 5000 2001:db8::2 22 >/dev/null 2>&1
}
served() {
	retry connects || fail "$1: port 22 is closed"
}

# began UNIT: when systemd had it up, in microseconds since power-on
began() {
	vm "systemctl show -P ActiveEnterTimestampMonotonic $1"
}

install_natd() {
	vm 'cp -a /mnt/dest/. / && systemctl daemon-reload &&
	    systemctl -q enable natd' || fail "the installation"
	vm 'systemd-analyze --man=no verify natd.service 2>&1 | grep natd' &&
	    fail "systemd finds faults"
	echo "installed"
}

# Before the network, in no circle with other units, and without a packet.
boot() {
	rules block
	vm 'systemctl start natd' || fail "start"
	_sent=$(heard)
	silent "a reboot" vm_reboot
	[ "$(heard)" = "$_sent" ] || fail "a reboot: packets were sent"
	vm 'ip -o addr show dev eth0 up | grep -q 2001:db8::2' || fail "no eth0"
	_pre=$(began network-pre.target)
	[ "$(began natd.service)" -le "$_pre" ] || fail "the network was first"
	[ "$_pre" -le "$(began systemd-networkd)" ] || fail "networkd was first"
	vm 'journalctl -b -q -g "ordering cycle"' && fail "a circle of units"
	vm 'systemctl --failed -q --no-legend | grep .' && fail "failed units"
	vm 'natctl -s info | grep "^Plane: divert, nftables queue, "' ||
	    fail "packets do not come by the queue expression"
}

reload() {
	listen
	server
	vm 'systemctl reload natd' || fail "reload"
	served "a reload"
	mistake
	silent "a reload with a mistake" refused_reload
	told_of_mistake || fail "the journal does not say what is wrong"
	served "a reload with a mistake"
}
refused_reload() {
	! vm 'systemctl reload natd' >/dev/null
}

# restarts N: as often systemd has started natd again by itself
restarts() {
	vm_wait "[ \$(systemctl show -P NRestarts natd) = $1 ] &&
	    systemctl -q is-active natd"
}
kill_natd() {
	vm 'systemctl kill -s KILL natd' && restarts "$1"
}

restart_and_stop() {
	server
	silent "a restart" vm 'systemctl restart natd'
	served "a restart"
	silent "a kill" kill_natd 1
	served "a kill"
	server 'set on-exit pass'
	vm 'systemctl reload natd' || fail "reload"
	silent "on-exit pass, at work" sleep 1
	vm 'systemctl kill -s KILL natd'
	open "a kill, on-exit pass"
	restarts 2 || fail "natd does not come back"
	silent "natd is back" sleep 1
	vm 'systemctl stop natd' || fail "stop"
	open "a stop"
	server
	vm 'systemctl start natd' || fail "start"
	silent "a start" sleep 1
}

boot_with_mistake() {
	mistake
	silent "a reboot into a mistake" vm_reboot
	vm 'systemctl -q is-active natd && ping -q -c 1 -W 5 127.0.0.1' >/dev/null ||
	    fail "natd or loopback is not there"
	told_of_mistake || fail "the journal does not say what is wrong"
	listen
	server
	vm 'systemctl reload natd' || fail "reload"
	served "the mistake is mended"
}

# The ruleset that is installed as an example, uncommented: what the unit
# forbids natd must not be what TUN devices in namespaces take.
example() {
	vm "ip netns add lan && ip netns add wan &&
	    sed -n 's/^#\([^ ]\|    \|$\)/\1/p' /mnt/dest/etc/natd.conf >/etc/natd.conf &&
	    systemctl restart natd" || fail "the example"
	vm_wait ip netns exec lan ping -q -c 1 -W 2 198.51.100.80 >/dev/null ||
	    fail "the example: $(vm 'systemctl status natd')"
	open "natd leaves this host alone"
}

vm_start
ns out ping -q -i 0.05 192.0.2.2 >/dev/null 2>&1 &
ns out ping -q -i 0.05 2001:db8::2 >/dev/null 2>&1 &
open "without natd"
install_natd
boot
reload
restart_and_stop
boot_with_mistake
example
