#!/bin/sh
# SPDX-License-Identifier: ISC
# Next hops in a table, whose contents change while rules and states stay: the
# kernel knows them at once, forgets them when nobody has them any more, and
# what a table lacks or has too much is counted.
set -eu
. "$top_srcdir/tests/net/lib.sh"
gateway
veth gw wan1 203.0.113.1/24 wan2 eth0 203.0.113.80/24
ip -n "$run-gw" addr add 2001:db8:c::1/64 dev wan1 nodad
ip -n "$run-wan2" addr add 2001:db8:c::80/64 dev eth0 nodad
ip -n "$run-gw" route add default via 198.51.100.80
ns gw sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan1.rp_filter=0 \
    net.ipv4.conf.wan0.rp_filter=0
NAT='match out on wan0 inet from 10.0.0.0/24 nat-to (wan0)
match out on wan1 inet from 10.0.0.0/24 nat-to (wan1)
pass'
for link in wan wan2; do
	ip -n "$run-$link" addr add 192.0.2.9/32 dev lo
	ip -n "$run-$link" addr add 2001:db8:9::9/128 dev lo nodad
	ip -n "$run-$link" route replace fd00:a::/64 via \
	    "$([ "$link" = wan ] && echo 2001:db8:b::1 || echo 2001:db8:c::1)"
	serve "$link" 80
	serve "$link" -u -b 192.0.2.9 53
done

# goes [-6] LINK: a new connection goes there, and not elsewhere
goes() {
	_to=192.0.2.9
	_from="^from $1"
	[ "$1" != -6 ] || { _to=2001:db8:9::9; shift; _from='^from fd00:a::2 '; }
	: >"$tmp/wan.seen"
	: >"$tmp/wan2.seen"
	ns lan "$PEER" -w 2000 "$_to" 80 2>/dev/null || return 1
	case $1 in
	198.*) _at=wan ;;
	*) _at=wan2 ;;
	esac
	grep -q "$_from" "$tmp/$_at.seen"
}

goes_nowhere() {
	: >"$tmp/wan.seen"
	: >"$tmp/wan2.seen"
	! ns lan "$PEER" -w 500 192.0.2.9 80 2>/dev/null &&
	    [ ! -s "$tmp/wan.seen" ] && [ ! -s "$tmp/wan2.seen" ]
}

counter() {
	natctl -s info -v | awk -v name="$1" '$1 == name { n = $2 }
	    END { print n + 0 }'
}

hops() {
	ns gw ip rule | grep -c '^28256:.*fwmark 0x6e602'
}

at_least_one() {
	[ "$(hops || :)" -ge 1 ]
}

# at_most N: so many next hops are left
at_most() {
	[ "$(hops || :)" -le "$1" ]
}

# An empty one leads nowhere, and that is counted; one that has too much is told
# of at once.
start_natd gw "table <hops> persist
table <wide> persist { 2001:db8:c::/112 }
$NAT
pass in on lan0 proto tcp to port 80 route-to <hops>
pass in on lan0 inet6 proto tcp to port 81 route-to <wide>"
retry grep -q 'table <wide> has more next hops than 256' "$tmp/natd.log" ||
    fail "nobody is told of too many at the start"
none=$(counter no-route)
goes_nowhere || fail "an empty table: $(cat "$tmp"/wan*.seen)"
[ "$(counter no-route)" -gt "$none" ] || fail "an empty table is not counted"
[ "$(hops)" -eq 0 ] || fail "hops of an empty table"

# What is added leads at once, both families.
natctl -t hops -T add 203.0.113.80 2001:db8:c::80 || fail "add"
goes 203.0.113.1 || fail "added: $(natctl -s states; ns gw ip rule)"
retry settled gw || fail "addresses stay tentative"
goes -6 203 || fail "added, IPv6: $(natctl -s states; ns gw ip -6 rule)"
[ "$(hops)" -eq 1 ] || fail "not one hop: $(ns gw ip rule)"

# Connections stay on their hop when the table is another one, and new ones
# take the new one.
exchange lan old -c 20 -i 20 192.0.2.9 80
natctl -t hops -T replace 198.51.100.80 || fail "replace"
goes 198.51.100.1 || fail "replaced: $(natctl -s states)"
natctl -t hops -T add 203.0.113.80 || fail "add again"
: >"$tmp/wan.seen"
: >"$tmp/wan2.seen"
for _ in 1 2; do
	ns lan "$PEER" 192.0.2.9 80 || fail "one of two"
done
for link in wan wan2; do
	[ "$(grep -c '^from ' "$tmp/$link.seen")" -eq 1 ] || fail "no turns: $link"
done
natctl -t hops -T delete 203.0.113.80 || fail "delete"
for _ in 1 2 3; do
	goes 198.51.100.1 || fail "one is left"
done
natctl -t hops -T flush || fail "flush"
goes_nowhere || fail "flushed"
natctl -s states | grep -q '192\.0\.2\.9:80.*{203\.0\.113\.80}\|{203\.0\.113\.80}' ||
    fail "no state has the old hop: $(natctl -s states)"

# A file of the table, by natctl and by a ruleset; its revision is another one,
# and the same rules have another table by then.
echo 203.0.113.80 >"$tmp/hops"
natctl -t hops -T replace -f "$tmp/hops" || fail "replace by a file"
goes 203.0.113.1 || fail "a file"
echo 198.51.100.80 >"$tmp/hops"
ruleset "table <hops> persist file \"$tmp/hops\"
$NAT
pass in on lan0 proto tcp to port 80 route-to <hops>" >"$tmp/load.conf"
ns gw natctl -f "$tmp/load.conf" || fail "a table with a file"
goes 198.51.100.1 || fail "a ruleset with a file"
echo 203.0.113.80 >"$tmp/hops"
ns gw natctl -f "$tmp/load.conf" || fail "the file is another one"
goes 203.0.113.1 || fail "a ruleset with another file"
natctl -t hops -T add 198.51.100.80 || fail "add to the new table"
natctl -t hops -T delete 203.0.113.80 || fail "delete from the new table"
goes 198.51.100.1 || fail "the new table is not followed"

# An entry that ends by itself.
natctl -t hops -T replace '203.0.113.80 ttl 1' || fail "ttl"
goes 203.0.113.1 || fail "with ttl"
retry goes_nowhere || fail "its time is over"

# 0.0.0.0 is nobody's, and passed over.
natctl -t hops -T replace 0.0.0.0 203.0.113.80 || fail "0.0.0.0"
for _ in 1 2 3; do
	goes 203.0.113.1 || fail "a connection goes to 0.0.0.0"
done

# More than can be: 256 have a number, and the others are passed over, first of
# all those that come last.
natctl -t hops -T replace 203.0.113.80 || fail "one of many"
goes 203.0.113.1 || fail "one of many"

# With many of them an edit sets what is new, and not all others once more.
# (Of IPv6 the kernel tells each time.)
natctl -t hops -T add 2001:db8:c::100/121 || fail "half of many"
ns gw ip -6 monitor route >"$tmp/monitor" 2>/dev/null &
monitor=$!
heard() {
	ns gw ip -6 route add "$1" dev wan0
	ns gw ip -6 route del "$1" dev wan0
	grep -q "Deleted $1" "$tmp/monitor"
}
retry heard 2001:db8:d::1 || fail "no monitor"
natctl -t hops -T add 2001:db8:c::200 || fail "one more"
retry heard 2001:db8:d::2 || fail "the monitor ends"
kill "$monitor"
grep -q 'default via 2001:db8:c::200 .*table 18517' "$tmp/monitor" ||
    fail "one more is not set: $(cat "$tmp/monitor")"
# Two routes; and what cannot be set, gw's own address, is tried again.
[ "$(grep -c 'table 18517' "$tmp/monitor")" -le 4 ] ||
    fail "set once more: $(grep -c 'table 18517' "$tmp/monitor")"
natctl -t hops -T add 203.0.113.0/24 198.51.100.0/26 2>"$tmp/said" ||
    fail "many"
over='table <hops> has more next hops than 256'
grep -q "^natctl: warning: $over" "$tmp/said" ||
    fail "who adds too many is not told: $(cat "$tmp/said")"
grep -q "$over" "$tmp/natd.log" || fail "the log is not told of too many"
natctl -j -t hops -T add 198.51.100.1 | grep -q "\"warnings\":\[\"$over" ||
    fail "too many, in JSON"
[ "$(hops)" -le 300 ] || fail "too many rules: $(hops)"
natctl -t hops -T replace 203.0.113.80 || fail "one is left of many"
for _ in 1 2 3; do
	goes 203.0.113.1 || fail "one is left of many: $(natctl -s states)"
done
# Nobody has the others; the states of before keep theirs.
retry at_most 40 || fail "hops of nobody stay: $(hops)"
exchange_ends old

# The same for answers, and for copies.
ruleset "table <back> persist
table <mon> persist
pass
pass in on wan1 inet proto tcp reply-to <back>
pass in on lan0 inet proto udp dup-to <mon>" >"$tmp/load.conf"
ns gw natctl -f "$tmp/load.conf" || fail "load reply-to"
serve gw 81
! ns wan2 "$PEER" -w 500 -b 192.0.2.9 203.0.113.1 81 2>/dev/null ||
    fail "an empty table of reply-to"
ip -n "$run-wan" route add 10.0.0.0/24 via 198.51.100.1
natctl -t back -T add 203.0.113.80 || fail "add to reply-to"
ns wan2 "$PEER" -z 100000 -b 192.0.2.9 203.0.113.1 81 || fail "reply-to"
copies() {
	_sent=$(counter copies-sent)
	ns lan "$PEER" -u 192.0.2.9 53 >/dev/null &&
	    [ "$(counter copies-sent)" -gt "$_sent" ]
}
natctl -t mon -T add 203.0.113.80 || fail "add to dup-to"
retry copies || fail "dup-to: $(natctl -s info -v | grep copies)"

# More than there are numbers for; who loads them is told, and who adds more.
i=16
while [ "$i" -lt 33 ]; do
	echo "table <t$i> persist { 2001:db8:c::$i:0/120 }"
	i=$((i + 1))
done >"$tmp/tables"
sed 's/^table \(<t\([0-9]*\)>\).*/pass in on lan0 inet6 proto tcp to port \2 route-to \1/' \
    "$tmp/tables" >"$tmp/rules"
ruleset "$(cat "$tmp/tables")
pass
$(cat "$tmp/rules")" >"$tmp/load.conf"
ns gw natctl -f "$tmp/load.conf" 2>"$tmp/said" || fail "17 tables"
short='rules and tables have more next hops than 4095'
grep -q "warning: $short.*\[many-hops\]" "$tmp/said" ||
    fail "who loads too many is not told: $(cat "$tmp/said")"
grep -q "$short" "$tmp/natd.log" || fail "the log is not told of all too many"
natctl -t t31 -T replace 2001:db8:c::1f:9 2>"$tmp/said" || fail "replace t31"
grep -q "$short" "$tmp/said" || fail "who changes too many is not told"
enough() {
	natctl -t t32 -T replace 2001:db8:c::20:9 2>"$tmp/said" &&
	    ! grep -q "$short" "$tmp/said"
}
retry enough || fail "numbers are free: $(cat "$tmp/said")"

# Nothing is left, be it by a stop, or by what comes after one that was killed.
# Rules and routes of others stay.
clean() {
	[ -z "$(ns gw ip rule | grep 28256 | grep -v 0x77)" ] &&
	    [ -z "$(ns gw ip route show table all | grep 185179)" ]
}
ns gw ip rule add pref 28256 fwmark 0x77 lookup 77
end_natd || fail "natd's exit"
clean || fail "a stop leaves rules or routes: $(ns gw ip rule)"
printf 'interface tun0 tun address 10.9.0.1/24\npass\n' >"$tmp/tun.conf"
for how in "-u" "-b -f $tmp/tun.conf"; do
	start_natd gw "pass in on lan0 inet proto tcp route-to 203.0.113.80"
	retry at_least_one || fail "no rule for a next hop"
	kill -9 "$natd_pid"
	wait "$natd_pid" 2>/dev/null || :
	natd_pid=
	# shellcheck disable=SC2086 # words
	ns gw natd $how || fail "natd $how"
	clean || fail "natd $how leaves rules or routes: $(ns gw ip rule)"
done
ns gw ip rule | grep -q '^28256:.*0x77 lookup 77' || fail "another's rule"
