#!/bin/sh
# SPDX-License-Identifier: ISC
# The packet threads of divert come before other programs, and in need of more
# than that have a realtime priority; no other thread of natd does.  Without the
# right to either natd runs, and says so once.
set -eu
. "$top_srcdir/tests/net/lib.sh"
for cmd in chrt python3 setpriv taskset; do
	command -v $cmd >/dev/null || skip "needs $cmd"
done
# a control group may have no time for realtime threads
chrt -r 1 true 2>/dev/null || skip "no realtime priority for anybody"

# ranks NAME...: policy, realtime priority and nice of the threads of natd whose
# names begin so; packet threads have numbers
ranks() {
	awk -v want="[(]$1" '$0 ~ want {
		sub(/.*\) /, "")
		print $39, $38, $17
	}' /proc/"$natd_pid"/task/*/stat | sort -u
}
packets() {
	ranks 'natd/[0-9]'
}
packets_at() {
	[ "$(packets)" = "$1" ]
}
shown() {
	natctl -s info | sed -n 's/^Priority of packet threads: //p'
}
shows() {
	[ "$(shown)" = "$1" ]
}
said() {
	grep -q "$1" "$tmp/natd.log"
}
once() {
	[ "$(grep -c 'packet threads' "$tmp/natd.log")" = 1 ] ||
	    fail "it is said more than once"
}

# begin COMMAND...: natd is started by that
begin() {
	mkdir -p "$tmp/bin"
	echo "#!/bin/sh
exec $* $(PATH=$PATH0 command -v natd) \"\$@\"" >"$tmp/bin/natd"
	chmod +x "$tmp/bin/natd"
	PATH=$tmp/bin:$PATH0
	start_natd gw 'pass'
	PATH=$PATH0
}
PATH0=$PATH

gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
start_natd gw 'set workers 2
pass'
started=$(awk '{ sub(/.*\) /, ""); print $17 }' /proc/self/stat)
other=0
rr=2
retry packets_at "$other 0 -10" || fail "packet threads: $(packets)"
[ "$(ranks 'natd[)]')" = "$other 0 $started" ] ||
    fail "others: $(ranks 'natd[)]')"
shows 'nice -10 (realtime in need)' || fail "shown: $(shown)"
natctl -j -s info | grep -q '"priority":"nice -10 (realtime in need)"' ||
    fail "not in JSON"

# Busy throughout, as a program of an even higher nice has the processor, too.
if [ "$(nproc)" -gt 1 ]; then
	taskset -apc 1 "$natd_pid" >/dev/null
	ns lan taskset -c 1 nice -n -20 sh -c 'while :; do :; done' &
	ns lan taskset -c 0 python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("198.51.100.80", 9))
while True:
	try:
		s.send(b"flood")
	except OSError:
		pass' &
	hurries() {
		packets | grep -q "^$rr 1 "
	}
	retry hurries || fail "no need: $(packets)"
	[ "$(ranks 'natd[)]')" = "$other 0 $started" ] ||
	    fail "in need, others: $(ranks 'natd[)]')"
	chrt -ap "$natd_pid" | grep -q 'SCHED_RESET_ON_FORK' ||
	    fail "for children, too: $(chrt -ap "$natd_pid")"
	# shellcheck disable=SC2046 # numbers
	kill $(ip netns pids "$run-lan")
	retry packets_at "$other 0 -10" || fail "in no need: $(packets)"
fi

# What nobody waits for is in no hurry.
# shellcheck disable=SC2034 # of lib.sh
LAN='interface tun0 tun address 10.9.9.1/24 peer 10.9.9.2/24'
ruleset pass >"$tmp/natd.conf"
kill -HUP "$natd_pid"
retry packets_at "$other 0 $started" || fail "no divert: $(packets)"
shows '' || fail "no divert, but shown: $(shown)"
LAN=
end_natd

# natd without CAP_SYS_NICE, whoever starts it
begin setpriv --bounding-set=-sys_nice
retry said "packet threads stay at nice $started" || fail "nothing is said"
packets_at "$other 0 $started" || fail "refused, but: $(packets)"
shows "nice $started (a higher one was refused)" ||
    fail "refused, but shown: $(shown)"
retry ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null ||
    fail "nothing passes"
load 'pass
block quick inet proto udp to any port 9' || fail "load"
once
end_natd

# one that may be nice, but not realtime, as by a unit's RestrictRealtime=yes
cat >"$tmp/restrict" <<'EOF'
import ctypes, os, struct, sys
nr = {"x86_64": 144, "aarch64": 119}[os.uname().machine]
code = b"".join(struct.pack("=HBBI", *i) for i in (
    (0x20, 0, 0, 0),		# the number of the system call
    (0x15, 0, 1, nr),		# sched_setscheduler?
    (0x06, 0, 0, 0x00050001),	# EPERM
    (0x06, 0, 0, 0x7fff0000)))	# allowed
text = ctypes.create_string_buffer(code)
prog = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
libc = ctypes.CDLL(None)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, prog, 0, 0):
    sys.exit("no filter")
os.execv(sys.argv[1], sys.argv[1:])
EOF
case $(uname -m) in
x86_64 | aarch64)
	begin python3 "$tmp/restrict"
	retry said 'no realtime priority but nice -10' ||
	    fail "nothing is said of it"
	packets_at "$other 0 -10" || fail "restricted, but: $(packets)"
	shows 'nice -10 (a higher one was refused)' ||
	    fail "restricted, but shown: $(shown)"
	once
	end_natd
	;;
esac

# what somebody chose
begin chrt -f 3
packets_at "1 3 -10" || fail "chosen, but: $(packets)"
shows 'realtime 3' || fail "chosen, but shown: $(shown)"
end_natd
begin chrt -b 0
retry packets_at "3 0 -10" || fail "batch, but: $(packets)"
shows 'nice -10' || fail "batch, but shown: $(shown)"
end_natd

# Over TUN nothing waits for an answer.
room
start_natd tun 'pass'
packets_at "$other 0 $started" || fail "tun: $(packets)"
shows '' || fail "tun: shown: $(shown)"
