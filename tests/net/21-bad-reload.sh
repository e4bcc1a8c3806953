#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload with an error, from natctl and by SIGHUP, changes nothing: not the
# rules, not the states, not a connection.
set -eu
. "$top_srcdir/tests/net/lib.sh"

room
good='nat on wan0 from 10.0.0.0/24 to any -> (wan0)
pass label "good"'
start_natd gw "$good"
serve wan 80
exchange lan load -c 300 -i 20 198.51.100.80 80
natctl -s rules >"$tmp/rules.before"
natctl -s nat >>"$tmp/rules.before"
states=$(natctl -s states | wc -l)

# refused TEXT LINE: natctl says so, and where
refused() {
	if load "$1" >"$tmp/said" 2>&1; then
		fail "accepted: $1"
	fi
	grep -q "load.conf:$2:" "$tmp/said" || fail "no position: $(cat "$tmp/said")"
	natctl -s rules >"$tmp/rules.after"
	natctl -s nat >>"$tmp/rules.after"
	cmp "$tmp/rules.before" "$tmp/rules.after" || fail "the rules changed"
}

i=0
while [ "$i" -lt 10 ]; do
	i=$((i + 1))
	refused 'pass in on lan0 proto icmp to any port 22' 4
	refused "$good
pass outt on wan0" 6
	refused 'nat on wan0 from 10.0.0.0/24 to any
pass' 4
done
# What natd refuses is shown in the text, too, and each warning once.
refused 'table <bad> persist
pass in on lan0 proto tcp to port 22 keep state \
    (max-src-conn 5, overload <bad>)' 6
grep -A2 'load.conf:6:6: error: max-src-conn is not supported' "$tmp/said" |
    tr '\n' '@' | grep -qF '    6 |     (max-src-conn 5, overload <bad>)@      |      ^~~~~~~~~~~~~~@' ||
    fail "the caret is not under the word: $(cat "$tmp/said")"
[ "$(grep -c overload-unread "$tmp/said")" -eq 1 ] ||
    fail "one warning, twice: $(cat "$tmp/said")"
# ... the first of them, if there are many.
many=$(seq -s ' ' -f 'rdomain %.0f' 1 100)
! load "pass on { $many }" >"$tmp/said" 2>&1 || fail "rdomain: accepted"
grep -q 'load.conf:[0-9]*:11: error: on rdomain is not' "$tmp/said" ||
    fail "many: $(cat "$tmp/said")"
# ... in the file that holds it.
printf 'pass in on lan0\nblock once\n' >"$tmp/more.conf"
! load "pass out
include \"$tmp/more.conf\"
pass quick on wan0 set mark 5" >"$tmp/said" 2>&1 || fail "include: accepted"
if ! grep -q 'more.conf:2:7: error: once is not' "$tmp/said" ||
    ! grep -q 'load.conf:6:24: error: set mark is for divert' "$tmp/said"; then
	fail "not where it stands: $(cat "$tmp/said")"
fi
! load 'set limit frags 5001
pass' >"$tmp/said" 2>&1 || fail "more fragments than there is room for"
grep -q 'limit frags is 5000 at most' "$tmp/said" || fail "$(cat "$tmp/said")"
# ... also what only the natd that runs can tell.
! load 'pass
set limit states 99000000' >"$tmp/said" 2>&1 || fail "more states than memory"
grep -A2 'load.conf:5:11: error: limit states 99000000: this natd reserved' \
    "$tmp/said" | grep -q ' *5 | set limit states 99000000' ||
    fail "limit states: $(cat "$tmp/said")"
sed 's/^interface wan0 .*/interface wan0 tun address 192.0.2.77\/24/' \
    "$tmp/natd.conf" >"$tmp/other.conf"
! natctl -f "$tmp/other.conf" >"$tmp/said" 2>&1 || fail "other interfaces"
grep -q 'other.conf:[12]:1: error: interface statements differ' "$tmp/said" ||
    fail "interfaces: $(cat "$tmp/said")"
for bad in 'interface a xdp@1:1: error: no data plane: xdp is not in this' \
    'interface q pcap "x"|interface r divert@2:1: error: pcap and divert'; do
	printf '%s\npass\n' "${bad%@*}" | tr '|' '\n' >"$tmp/other.conf"
	! natd -n -f "$tmp/other.conf" >"$tmp/said" 2>&1 || fail "${bad%@*}"
	grep -qF "other.conf:${bad#*@}" "$tmp/said" ||
	    fail "no place: $(cat "$tmp/said")"
done
! natctl -f "$tmp/none" 2>"$tmp/said" || fail "a file that is not there"
grep -q 'Revision 1 stays in force' "$tmp/said" ||
    fail "what stays? $(cat "$tmp/said")"
printf 'block all\nand nonsense\n' >"$tmp/natd.conf"
kill -HUP "$natd_pid"
retry grep -q 'natd.conf:' "$tmp/natd.log" || fail "no message about the bad file"
natctl -s rules >"$tmp/rules.after"
natctl -s nat >>"$tmp/rules.after"
cmp "$tmp/rules.before" "$tmp/rules.after" || fail "SIGHUP changed the rules"
[ "$(natctl -s states | wc -l)" -eq "$states" ] || fail "the states changed"
exchange_ends load
# Many rules with words that messages may be about are good ones.
seq -f 'pass in log proto tcp to port %.0f tag a_rather_long_name' 1 6000 \
    >"$tmp/many.conf"
natctl -f "$tmp/many.conf" >"$tmp/said" 2>&1 || fail "$(tail -n 1 "$tmp/said")"
[ "$(natctl -s rules | wc -l)" -eq 6000 ] || fail "not all rules"
