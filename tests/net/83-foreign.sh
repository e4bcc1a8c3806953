#!/bin/sh
# SPDX-License-Identifier: ISC
# Somebody else's tables: whoever translates is named at a load, and nothing
# of theirs changes by a byte, whatever natd does.
set -eu
. "$top_srcdir/tests/net/lib.sh"
command -v nft >/dev/null || skip "no nft"
gateway
ns gw nft -f - <<'NFT' || skip "no NAT in this kernel's nf_tables"
table inet theirs {
	set s { type ipv4_addr; elements = { 192.0.2.1 } }
	chain c { type filter hook forward priority 0; policy accept;
		ip saddr @s drop
	}
}
table ip empty {
	chain post { type nat hook postrouting priority 100; policy accept; }
}
table ip docker {
	chain post { type nat hook postrouting priority 100; policy accept;
		jump more
	}
	chain more {
		ip saddr 172.17.0.0/16 masquerade
	}
	chain pre { type nat hook prerouting priority -100; policy accept;
		tcp dport 2222 dnat to 172.17.0.2:22
		tcp dport 2223 redirect to :22
	}
}
NFT
theirs() {
	for _table in 'inet theirs' 'ip empty' 'ip docker'; do
		# shellcheck disable=SC2086 # family and name
		ns gw nft -a list table $_table
	done
}
theirs >"$tmp/theirs"
unchanged() {
	theirs >"$tmp/now"
	cmp "$tmp/theirs" "$tmp/now" || fail "another table has changed: $1"
}

# named FILE: the one that translates is named there, once, and no other
named() {
	[ "$(grep -c 'translates too' "$1")" = 1 ] || fail "$1: $(cat "$1")"
	grep -q '(table ip docker, .*chain more: masquerade.* \[foreign-nat\]' \
	    "$1" || fail "masquerade: $(cat "$1")"
	grep -q 'chain pre: dnat, chain pre: redirect' "$1" ||
	    fail "dnat: $(cat "$1")"
}
start_natd gw 'pass'
named "$tmp/natd.log"
unchanged "start"
serve wan 80
load 'nat on wan0 inet from (lan0:network) to any -> (wan0)
pass' 2>"$tmp/said" || fail "load"
named "$tmp/said"
ns lan "$PEER" 198.51.100.80 80 || fail "nothing passes"
ns gw natctl -nf "$tmp/load.conf" 2>"$tmp/said" || fail "-n"
load '# natd: no-warn foreign-nat
pass' 2>"$tmp/said" || fail "load"
! grep -q 'translates too' "$tmp/said" || fail "not silent: $(cat "$tmp/said")"
unchanged "loads"
natctl -q -d
unchanged "disable"
natctl -q -e
unchanged "enable"
ip netns exec "$run-gw" natd -n -f "$tmp/load.conf" >"$tmp/said" 2>&1 ||
    fail "natd -n: $(cat "$tmp/said")"
unchanged "check"
kill -9 "$natd_pid"
wait "$natd_pid" 2>/dev/null || :
natd_pid=
unchanged "kill"
run_natd gw
unchanged "a new start"
kill -USR1 "$natd_pid"
wait "$natd_pid" || fail "natd's exit"
natd_pid=
unchanged "handover"
ip netns exec "$run-gw" natd -u || fail "natd -u"
unchanged "natd -u"
[ "$(ns gw nft list tables | grep -c natd)" = 0 ] || fail "tables are left"

# Who has no rule that translates is not named.
ns gw nft delete table ip docker
ns gw nft -a list table ip empty >"$tmp/empty"
run_natd gw
! grep -q 'translates too' "$tmp/natd.log" || fail "$(cat "$tmp/natd.log")"
