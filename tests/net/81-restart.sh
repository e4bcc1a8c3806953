#!/bin/sh
# SPDX-License-Identifier: ISC
# A restart leaves no moment in which packets pass unasked, nor does a start
# behind `natd -b'; a stop opens.  natd tells the service manager when its
# hooks are there.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v python3 >/dev/null || skip "no python3"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
rules='set skip on lo
block
pass out
pass in proto tcp to port 22'

flood() {
	ns lan ping -q -i 0.002 198.51.100.80 >/dev/null 2>&1 &
	flood4=$!
	ns lan ping -q -i 0.002 2001:db8:b::80 >/dev/null 2>&1 &
	flood6=$!
}
passes() {
	_asked=$(echoes wan)
	sleep 0.1
	[ "$(echoes wan)" -gt "$_asked" ]
}
tables() {
	ns gw nft list tables | grep -c ' natd$' || :
}

# At boot: the hooks come first.
printf '%s\n' "$rules" >"$tmp/natd.conf"
gate() {
	ip netns exec "$run-gw" natd "$@" -f "$tmp/natd.conf"
}
flood
# both families: what waits for a neighbour has passed already
retry ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null || fail "no ping"
retry ns lan ping -q -c 1 -W 1 2001:db8:b::80 >/dev/null || fail "no ping"
retry passes || fail "nothing passes before natd"
gate -b || fail "natd -b"
[ "$(tables)" = 2 ] || fail "no hooks"
stays_false passes || fail "natd -b: something passes"
first=$(echoes wan)

# The service manager hears of it when, and not before, all is in force.
cat >"$tmp/manager.py" <<'PY'
import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
s.settimeout(20)
while True:
    said = s.recv(100).decode()
    answers = subprocess.run(["natctl", "-s", "info"], capture_output=True)
    print(said, answers.returncode, flush=True)
    if said == "STOPPING=1":
        break
PY
python3 "$tmp/manager.py" "$tmp/notify" >"$tmp/manager" &
manager=$!
retry grep -q listening "$tmp/manager" || fail "python3"
NOTIFY_SOCKET=$tmp/notify
export NOTIFY_SOCKET
run_natd gw
retry grep -qx 'READY=1 0' "$tmp/manager" || fail "not told: $(cat "$tmp/manager")"
unset NOTIFY_SOCKET

# beside one that runs, -b does nothing
gate -b 2>"$tmp/err" || fail "natd -b"
grep -q 'running' "$tmp/err" || fail "natd -b says: $(cat "$tmp/err")"
serve gw 22
ns lan "$PEER" 10.0.0.1 22 || fail "ssh"

# Restarts, as the service manager does them.
i=0
while [ "$i" -lt 5 ]; do
	i=$((i + 1))
	kill -USR1 "$natd_pid"
	wait "$natd_pid" || fail "natd ends with $?"
	natd_pid=
	[ "$(tables)" = 2 ] || fail "the hooks are gone"
	gate -b || fail "natd -b"
	run_natd gw
	ns lan "$PEER" -w 3000 10.0.0.1 22 || fail "ssh after a restart"
done
wait "$manager" || fail "the manager: $(cat "$tmp/manager")"
grep -q '^STOPPING=1' "$tmp/manager" || fail "not told of the end"
last=$(echoes wan)
[ "$last" = "$first" ] || fail "$((last - first)) packets have passed"

# A stop opens; so does -u, for those that nobody reads any more.
end_natd || fail "natd's exit"
[ "$(tables)" = 0 ] || fail "hooks are left"
retry passes || fail "a stop does not open"
gate -b || fail "natd -b"
stays_false passes || fail "natd -b: something passes"
gate -u || fail "natd -u"
[ "$(tables)" = 0 ] || fail "natd -u leaves hooks"
retry passes || fail "natd -u does not open"

# on-exit pass; a file that cannot be read; one of planes of natd's own
printf 'set on-exit pass\n%s\n' "$rules" >"$tmp/natd.conf"
gate -b || fail "natd -b, on-exit pass"
[ "$(tables)" = 2 ] || fail "no hooks"
retry passes || fail "on-exit pass does not pass"
printf 'nonsense\n' >"$tmp/natd.conf"
gate -b 2>/dev/null || fail "natd -b with a bad file"
stays_false passes || fail "a bad file lets packets pass"
ns gw ping -q -c 1 -W 1 127.0.0.1 >/dev/null || fail "loopback"
# hooks that are left of the rules before, and none
printf 'interface t0 tun address 10.7.0.1/24\npass\n' >"$tmp/natd.conf"
for left in 2 0; do
	[ "$(tables)" = "$left" ] || fail "$(tables) tables, not $left"
	gate -b || fail "natd -b with tun"
	[ "$(tables)" = 0 ] || fail "hooks for tun"
	retry passes || fail "the hooks of other rules keep the host blocked"
done
kill "$flood4" "$flood6"
