#!/bin/sh
# SPDX-License-Identifier: ISC
# 1,000 connections through nat and rdr, 200 reloads meanwhile: none is
# dropped, and no queue has lost a packet.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
rules='nat on wan0 inet from (lan0:network) to any -> (wan0)
rdr on wan0 inet proto tcp to (wan0) port 8080 -> 10.0.0.2 port 80
pass'
start_natd gw "$rules"
serve wan 80
serve lan 80
exchange lan out -c 700 -z 500 -i 200 198.51.100.80 80
exchange wan in -c 300 -z 500 -i 200 198.51.100.1 8080
i=0
while [ "$i" -lt 200 ]; do
	i=$((i + 1))
	load "$rules
block in on wan0 proto tcp to port $((1000 + i))" 2>"$tmp/err" ||
	    fail "reload $i: $(cat "$tmp/err")"
done
exchange_ends out
exchange_ends in
natctl -s info -v | grep -E 'queue-(full|overrun)' |
    awk '{ n += $2 } END { exit n > 0 }' || fail "queues have lost packets"

# Hooks that cannot be set anew: those of before stay, which is said, and it is
# tried again.  Without descriptors natd cannot talk to the kernel.
hooks() {
	ns gw nft list table ip natd
}
command -v nft >/dev/null || skip "no nft"
hooks >"$tmp/before"
python3 - "$NATD_SOCKET" "$natd_pid" >"$tmp/answer" <<'END' || fail "no answer"
import json, os, resource, socket, sys
pid = int(sys.argv[2])
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")


def ask(request):
    f.write(json.dumps(request) + "\n")
    f.flush()
    return f.readline()


ask({"load": {"begin": {}}})
ask({"load": {"text": "set skip on wan0\npass\n"}})
was = resource.prlimit(pid, resource.RLIMIT_NOFILE)
used = {int(n) for n in os.listdir("/proc/%d/fd" % pid)}
free = min(set(range(len(used) + 1)) - used)
resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, was[1]))
print(ask({"load": {"commit": {}}}))
print(ask({"show": {"what": "info"}}))
resource.prlimit(pid, resource.RLIMIT_NOFILE, was)
END
SAID='cannot set the hooks of divert: Too many open files; those of before stay in force'
grep -q "\"level\":\"warning\".*\"text\":\"$SAID\".*\"name\":\"hooks\"" \
    "$tmp/answer" || fail "the answer: $(cat "$tmp/answer")"
grep -q '"plane":"divert, .* (of earlier rules), ' "$tmp/answer" ||
    fail "-s info: $(cat "$tmp/answer")"
[ "$(grep -c "$SAID" "$tmp/natd.log")" -eq 1 ] || fail "the log"
anew() {
	hooks >"$tmp/after"
	! cmp -s "$tmp/before" "$tmp/after"
}
retry anew || fail "it is not tried again"
retry grep -q 'hooks of divert are those of the rules again' "$tmp/natd.log" ||
    fail "the log does not say that it is over"
! natctl -s info | grep -q 'of earlier rules' || fail "-s info, later"
