#!/bin/sh
# SPDX-License-Identifier: ISC
# When natd is killed, `set on-exit' decides: nothing passes, or everything.
# Somebody else's table stays what it is all the time.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
ns gw nft -f - <<'NFT'
table inet theirs {
	set s { type ipv4_addr; elements = { 192.0.2.1 } }
	chain c { type filter hook forward priority 0; policy accept;
		ip saddr @s drop
		ct state invalid counter
	}
}
NFT
ns gw nft list table inet theirs | grep -v counter >"$tmp/theirs"

unchanged() {
	ns gw nft list table inet theirs | grep -v counter >"$tmp/now"
	cmp "$tmp/theirs" "$tmp/now" || fail "another table has changed: $1"
}

# burst: 200 pings of each family in a second; prints how many came through
burst() {
	_before=$(echoes wan)
	ns lan ping -q -c 200 -i 0.005 -W 1 198.51.100.80 >/dev/null 2>&1 &
	_ping=$!
	ns lan ping -q -c 200 -i 0.005 -W 1 2001:db8:b::80 >/dev/null 2>&1 || :
	wait "$_ping" || :
	echo $(($(echoes wan) - _before))
}

# Neighbours that were not found meanwhile are looked for again, in time.
answered() {
	ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null &&
	    ns lan ping -q -c 1 -W 1 2001:db8:b::80 >/dev/null
}

all_pass() {
	retry answered || fail "$1: nothing passes"
	_n=$(burst)
	[ "$_n" = 400 ] || fail "$1: $_n of 400 pass"
}

killed() {
	kill -9 "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
}

start_natd gw 'pass'
all_pass "at work"
unchanged "at work"
# a second one sees that there is one already
if ns gw natd -d -f "$tmp/natd.conf" -p "$tmp/other.sock" >"$tmp/second" 2>&1
then
	fail "two natds in one namespace"
fi
grep -q 'in use' "$tmp/second" || fail "no clear word: $(cat "$tmp/second")"
all_pass "beside a second one"

killed
n=$(burst)
echo "on-exit block: $n of 400 passed"
[ "$n" = 0 ] || fail "on-exit block: $n passed"
! ns lan "$PEER" -w 300 10.0.0.1 22 2>/dev/null || fail "passed"
unchanged "after the kill"

# back again, and the other choice by a reload
run_natd gw
all_pass "after a new start"
load 'set on-exit pass
pass' || fail "load"
killed
n=$(burst)
echo "on-exit pass: $n of 400 passed"
[ "$n" -ge 396 ] || fail "on-exit pass: only $n passed"
unchanged "after the second kill"

# disabled: everything passes; enabled: as before
start_natd gw 'block drop all'
[ "$(burst)" = 0 ] || fail "not blocked"
natctl -d || fail "disable"
all_pass "disabled"
natctl -e || fail "enable"
[ "$(burst)" = 0 ] || fail "enabled, and not blocked"
natctl -s info | grep -q '^Plane: divert, .*2 queues\|^Plane: divert, ' ||
    fail "no word of the plane: $(natctl -s info | head -4)"

end_natd || fail "natd's exit"
all_pass "stopped"
unchanged "after the stop"

# a start with a file that cannot be read: nothing but loopback
printf 'pass\nand nonsense\n' >"$tmp/natd.conf"
run_natd gw
[ "$(burst)" = 0 ] || fail "a bad file at start lets traffic through"
ns gw ping -q -c 1 -W 1 127.0.0.1 >/dev/null || fail "loopback"
printf 'pass\n' >"$tmp/natd.conf"
kill -HUP "$natd_pid"
open_again() {
	ns lan ping -q -c 1 -W 1 198.51.100.80 >/dev/null
}
retry open_again || fail "a good file does not help"
