#!/bin/sh
# SPDX-License-Identifier: ISC
# natd as a daemon: whoever starts it gets the prompt back when it answers, or
# a reason and an exit status; what it says later is in the system's log.  And
# without memory: it says so, and what is in force stays.
set -eu
. "$top_srcdir/tests/net/lib.sh"

space gw
space lan

# A system's log of the test's own: one line for each message.
ns lan python3 - "$tmp/devlog" "$tmp/syslog" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[2], "w", buffering=1) as out:
    while True:
        out.write(s.recv(8192).decode().rstrip("\n\0") + "\n")
END
retry test -S "$tmp/devlog" || fail "no log"

# daemon FILE: natd with a /dev whose log is that one
daemon() {
	# shellcheck disable=SC2016 # words of the inner shell
	timeout 20 ip netns exec "$run-gw" unshare -m sh -c '
	    mkdir -p "$0/dev" && mount -t tmpfs dev "$0/dev" || exit 77
	    mkdir "$0/dev/net"
	    for f in null urandom net/tun; do
		: >"$0/dev/$f" && mount --bind "/dev/$f" "$0/dev/$f"
	    done
	    ln -s "$0/devlog" "$0/dev/log"
	    mount --move "$0/dev" /dev
	    exec natd -f "$1" -p "$NATD_SOCKET"' "$tmp" "$1"
}

cat >"$tmp/good.conf" <<END
interface lan0 tun netns "$(netns lan)" address 10.0.0.1/24 peer 10.0.0.2/24
pass label "first"
END

# The output ends with the start, though natd has inherited it; and there is
# nothing to wait for.
said=$(cd "$tmp" && daemon good.conf 2>&1) || fail "status $?: $said"
natctl -s info >"$tmp/info.seen" || fail "it does not answer at once"
natd_pid=$(ip netns pids "$run-gw")
[ "$(readlink "/proc/$natd_pid/cwd")" = / ] || fail "it keeps a directory busy"
for fd in 0 1 2; do
	[ "$(readlink "/proc/$natd_pid/fd/$fd")" = /dev/null ] ||
	    fail "descriptor $fd: $(readlink "/proc/$natd_pid/fd/$fd")"
done
ps -o sid= -p "$natd_pid" | grep -qw "$natd_pid" || fail "no session of its own"
natctl -s rules -vv | grep -q "pid $natd_pid\b" ||
    fail "rules of: $(natctl -s rules -vv)"
retry grep -q "natd\[$natd_pid\]: running: 1 rule" "$tmp/syslog" ||
    fail "the log: $(cat "$tmp/syslog")"
ns lan ping -c 1 10.0.0.1 >"$tmp/ping.seen" || fail "$(cat "$tmp/ping.seen")"

# One more of it does not start, says why, and disturbs nobody.
said=$(daemon "$tmp/good.conf" 2>&1) && fail "a second one runs"
case $said in
*'interface lan0: '*) ;;
*) fail "the second one says: $said" ;;
esac

# A mistake in the file is told in the log, as are good news.
printf 'pass from 10.0.0.0/33\n' >>"$tmp/good.conf"
kill -HUP "$natd_pid"
retry grep -q 'good.conf:3:11: netmask 33' "$tmp/syslog" ||
    fail "the log: $(cat "$tmp/syslog")"
retry grep -q 'not loaded; revision 1 stays in force' "$tmp/syslog" ||
    fail "the log: $(cat "$tmp/syslog")"
sed -i '3d; s/first/second/' "$tmp/good.conf"
kill -HUP "$natd_pid"
retry grep -q 'revision 2: rules loaded, 1 states kept' "$tmp/syslog" ||
    fail "the log: $(cat "$tmp/syslog")"

cp "$tmp/good.conf" "$tmp/small.conf"

# With hardly any memory left a big load fails, whoever wants it, and changes
# nothing; a small one works when there is some again.
short_of_memory() {
	prlimit --pid "$natd_pid" --as=$(($(awk '/^VmSize/ { print $2 }' \
	    "/proc/$natd_pid/status") * 1024 + 1000000)):
	seq 1 30000 | awk '{ print "pass in from 1." int($1 / 256) "." $1 % 256 \
	    ".1 to any" }' >"$tmp/big.rules"
	cat "$tmp/big.rules" >>"$tmp/good.conf"
	kill -HUP "$natd_pid"
	retry grep -q 'Cannot allocate memory' "$tmp/syslog" ||
	    fail "the log: $(tail -n 3 "$tmp/syslog")"
	{ head -n 1 "$tmp/good.conf"; cat "$tmp/big.rules"; } >"$tmp/big.conf"
	! natctl -f "$tmp/big.conf" 2>"$tmp/big.seen" || fail "there was memory"
	natctl -s rules | grep -q '"second"' || fail "$(natctl -s rules | head -n 3)"
	natctl -s states | grep -q icmp || fail "the state is gone"
	prlimit --pid "$natd_pid" --as=unlimited:
	natctl -f "$tmp/small.conf" || fail "it does not load any more"
}
# A sanitizer's allocator would rather end the process.
grep -q __asan_init "$(command -v natd)" || short_of_memory

kill "$natd_pid"
gone() {
	[ -z "$(ip netns pids "$run-gw")" ]
}
retry gone || fail "it does not end"
natd_pid=
[ ! -e "$NATD_SOCKET" ] || fail "the socket is left"

# What goes wrong after the file was read is told as well.
said=$( (ulimit -f 1000; daemon "$tmp/small.conf") 2>&1) && fail "no limit"
case $said in
*'memory can be reserved for 100000 states'*'File too large'*) ;;
*) fail "without a memory it says: $said" ;;
esac
sed "s|$(netns lan)|&.none|" "$tmp/small.conf" >"$tmp/none.conf"
said=$(daemon "$tmp/none.conf" 2>&1) && fail "it runs without an interface"
case $said in
*'cannot enter the namespace'*'not every interface'*) ;;
*) fail "without an interface it says: $said" ;;
esac
gone || fail "one that failed is still there"

# One that is killed before it is ready has not started.
mkfifo "$tmp/fifo.conf"
daemon "$tmp/fifo.conf" >"$tmp/fifo.seen" 2>&1 &
job=$!
child() {
	killed=
	for p in $(ip netns pids "$run-gw"); do
		read -r _ _ _ parent _ <"/proc/$p/stat" || continue
		case " $(ip netns pids "$run-gw" | tr '\n' ' ') " in
		*" $parent "*) killed=$p ;;
		esac
	done
	[ -n "$killed" ]
}
retry child || fail "$(cat "$tmp/fifo.seen")"
kill -9 "$killed"
! wait "$job" || fail "status 0 of one that was killed"
grep -q 'ended by signal 9 (Killed) before it was ready' "$tmp/fifo.seen" ||
    fail "$(cat "$tmp/fifo.seen")"
