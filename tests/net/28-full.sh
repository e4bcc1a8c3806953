#!/bin/sh
# SPDX-License-Identifier: ISC
# Somebody fills the file system that the states lie on, until there is no page
# left: natd lives, its connections go on byte by byte, new ones are refused and
# counted, also after it was killed and started again; and when there is room
# again it takes new ones by itself.
set -eu
# a mount that ends with this test, however that ends
[ -n "${natd_full-}" ] || {
	natd_full=1
	export natd_full
	unshare -m true 2>/dev/null || exit 77
	exec unshare -m sh "$0" "$@"
}
. "$top_srcdir/tests/net/survive.sh"

full=$tmp/full
ended() {
	_status=$?
	set +e
	umount -l "$full" 2>/dev/null
	(exit "$_status")
	cleanup
}
trap ended EXIT
mkdir "$full"
mount -t tmpfs -o size=100m none "$full" || skip "no tmpfs of its own"
NATD_SOCKET=$full/sock

room
MORE='set limit states 200000
set timeout { udp.first 600, udp.single 600, udp.multiple 600 }'
start_natd gw 'pass'
# which goes with natd's device
way() {
	ip -n "$run-wan" route replace 10.0.0.0/24 via 198.51.100.1
}
way
serve wan 80
serve wan -u 7
exchange lan out -c 50 -z 500 -i 100 -w 10000 198.51.100.80 80

# Connections that are answered, until 64 in a row are not.
more_than_fit() {
	ns lan python3 - "$1" "$2" <<'EOF'
import select, socket, sys

def talk(ports):
    socks = []
    for port in ports:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("", port))
        s.connect(("198.51.100.80", 7))
        socks.append(s)
    waiting = set(socks)
    for attempt in range(8):
        for s in waiting:
            try:
                s.send(b"x")
            except OSError:
                pass
        # slow machines answer late
        while waiting:
            got = select.select(list(waiting), [], [], 0.25)[0]
            if not got:
                break
            waiting.difference_update(got)
        if not waiting or (attempt == 3 and len(waiting) == len(socks)):
            break
    for s in socks:
        s.close()
    return len(socks) - len(waiting)

first, count, n = int(sys.argv[1]), int(sys.argv[2]), 0
for port in range(first, first + count, 64):
    answered = talk(range(port, port + 64))
    n += answered
    if answered == 0:
        print(n)
        sys.exit(0)
sys.exit("all of %d connections were answered" % count)
EOF
}

refused() {
	natctl -s info | awk '/^  memory / { print $2 }'
}

states() {
	natctl -s info | awk '/current entries/ { print $NF }'
}

new_one() {
	ns lan "$PEER" -w 500 198.51.100.80 80 >/dev/null 2>&1
}

# A worker has some places at hand, and half-open connections give way.
no_room() {
	! new_one && ! new_one
}

# What natd has ahead is had by itself.
ahead() {
	[ "$(stat -c %b "$full/sock.states")" -gt 16000 ]
}
retry ahead || fail "the file has $(stat -c %b "$full/sock.states") blocks"
! cat /dev/zero >"$full/filler" 2>/dev/null || fail "nothing is full"
said() {
	grep -c 'new ones are refused: No space' "$tmp/natd.log"
}
n=$(more_than_fit 20000 40000) || fail "not refused"
echo "$n connections were answered, $(refused) packets were not"
[ "$n" -gt 30000 ] || fail "$n connections fit"
[ "$(refused)" -gt 0 ] || fail "nothing is counted"
[ "$(said)" = 1 ] || fail "said $(said) times that there is no room"
retry no_room || fail "a new connection finds room"
kill -0 "$natd_pid" || fail "natd is gone"

restart KILL
way
[ "$_taken" -ge $((2 * n)) ] || fail "$_taken states taken over"
retry no_room || fail "a new connection finds room"
[ "$(refused)" -gt 0 ] || fail "nothing is counted"
before=$(states)

rm "$full/filler"
retry new_one || fail "no new connections when there is room"
retry grep -q 'there is memory for more states again' "$tmp/natd.log" ||
    fail "nothing is said of it"
more_than_fit 60000 5000 2>/dev/null && fail "new connections are refused"
[ "$(states)" -gt "$before" ] || fail "there are $(states) states"
exchange_ends out
