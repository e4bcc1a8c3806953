#!/bin/sh
# SPDX-License-Identifier: ISC
# The packet threads of divert come before other programs; no other thread of
# natd does.  Without the right to that natd runs, and says so once.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v setpriv >/dev/null || skip "needs setpriv"

# nices NAME...: what the threads of natd have whose names begin so
nices() {
	awk -v want="($1" 'index($0, want) {
		sub(/.*\) /, "")
		print $17
	}' /proc/"$natd_pid"/task/*/stat | sort -u
}
packets_at() {
	[ "$(nices natd/)" = "$1" ]
}
shown() {
	natctl -s info | sed -n 's/^Priority of packet threads: //p'
}

gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
start_natd gw 'set workers 2
pass'
started=$(awk '{ sub(/.*\) /, ""); print $17 }' /proc/self/stat)
retry packets_at -10 || fail "packet threads at nice $(nices natd/)"
[ "$(nices 'natd)')" = "$started" ] || fail "others at $(nices 'natd)')"
[ "$(shown)" = 'nice -10' ] || fail "shown: $(shown)"
natctl -j -s info | grep -q '"priority":"nice -10"' || fail "not in JSON"
end_natd

# natd without CAP_SYS_NICE, whoever starts it
mkdir "$tmp/bin"
printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_nice %s "$@"\n' \
    "$(command -v natd)" >"$tmp/bin/natd"
chmod +x "$tmp/bin/natd"
PATH=$tmp/bin:$PATH
start_natd gw 'pass'
said() {
	grep -q 'packet threads stay at nice' "$tmp/natd.log"
}
retry said || fail "nothing is said"
packets_at "$started" || fail "refused, but at nice $(nices natd/)"
[ "$(shown)" = "nice $started (a higher one was refused)" ] ||
    fail "refused, but shown: $(shown)"
retry ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null ||
    fail "nothing passes"
load 'pass
block quick inet proto udp to any port 9' || fail "load"
[ "$(grep -c 'packet threads stay at nice' "$tmp/natd.log")" = 1 ] ||
    fail "it is said more than once"
end_natd
PATH=${PATH#*:}

# Over TUN nothing waits for an answer.
room
start_natd tun 'pass'
[ "$(nices natd/)" = "$started" ] || fail "tun: nice $(nices natd/)"
[ -z "$(shown)" ] || fail "tun: shown: $(shown)"
