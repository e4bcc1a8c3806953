#!/bin/sh
# SPDX-License-Identifier: ISC
# A second natd that wants the same devices, or the same socket, does not
# start, and the first one goes on undisturbed.  Nor does one start without a
# file: a mistyped name must not block a host.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
start_natd gw 'nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass'
serve wan 80
exchange lan load -c 20 -i 20 198.51.100.80 80

second() {
	timeout 10 ip netns exec "$run-gw" natd -d -f "$tmp/natd.conf" \
	    -p "$1" >"$tmp/second.seen" 2>&1 || return 0
	fail "a second natd runs"
}

second "$tmp/other.sock"
grep -q 'there is an interface of that name' "$tmp/second.seen" ||
    fail "$(cat "$tmp/second.seen")"
sed 's/interface lan0/interface lan1/; s/interface wan0/interface wan1/
s/on wan0/on wan1/; s/(wan0)/(wan1)/
s/10\.0\.0\./10.0.9./g; s/198\.51\.100\./198.51.99./g
s/fd00:a/fd00:c/g; s/2001:db8:b/2001:db8:d/g; s/ default//' \
    "$tmp/natd.conf" >"$tmp/second.conf"
mv "$tmp/second.conf" "$tmp/natd.conf"
second "$NATD_SOCKET"
grep -q 'a natd answers there already' "$tmp/second.seen" ||
    fail "$(cat "$tmp/second.seen")"

# One that is stopped, and at whose door many wait, is there as well.
kill -STOP "$natd_pid"
python3 - "$NATD_SOCKET" <<'END' &
import select, socket, sys
waiting = []
while True:
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except BlockingIOError:
        break
    waiting.append(s)
open(sys.argv[1] + ".full", "w").close()
select.select([], [], [], 20)
END
crowd=$!
retry test -e "$NATD_SOCKET.full" || fail "the door is never full"
second "$NATD_SOCKET"
kill "$crowd"
kill -CONT "$natd_pid"
grep -q 'a natd answers there already' "$tmp/second.seen" ||
    fail "while it is stopped: $(cat "$tmp/second.seen")"
retry natctl -s info >/dev/null || fail "natd does not answer again"
mv "$tmp/natd.conf" "$tmp/moved.conf"
second "$tmp/other.sock"
grep -q 'natd.conf: No such file' "$tmp/second.seen" ||
    fail "$(cat "$tmp/second.seen")"
ns lan ping -c 2 -i 0.2 198.51.100.80 >"$tmp/ping.seen" ||
    fail "$(cat "$tmp/ping.seen")"
exchange_ends load
